"""Pictures of space to turn around, in Plotly: what they are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import require
from troppoly.plotting.axes import box_edges, matplotlib
from troppoly.plotting.clipping import ClippedFaces
from troppoly.plotting.coloring import FAINT
from troppoly.plotting.windows import Window, intervals


def plotly() -> Any:
    """Return Plotly's module of traces and figures; raises MissingDependencyError without it."""
    return require("plotly.graph_objects", extra="plotly")


def mesh(faces: ClippedFaces, colors: Any, name: str, opacity: float) -> Any:
    """Return polygons as one mesh, in one color or an (n, 3) array of them."""
    (x, y, z), (corners, owners) = faces.points.T, triangles(faces)
    i, j, k = corners.T
    one, to_hex = np.ndim(colors) == 1, matplotlib("colors").to_hex
    paint = {"color": to_hex(colors)} if one else {"facecolor": [to_hex(c) for c in np.asarray(colors)[owners]]}
    lighting = {"ambient": 0.65, "diffuse": 0.6, "specular": 0.05}
    options = {"opacity": opacity, "name": name, "showlegend": one, "hoverinfo": "skip", "lighting": lighting}
    return plotly().Mesh3d(x=x, y=y, z=z, i=i, j=j, k=k, flatshading=True, **options, **paint)


def triangles(faces: ClippedFaces) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the (n, 3) triangles of convex polygons at their first corners, and the polygon of each."""
    rows, owners = np.arange(len(faces.points)), faces.owners
    first, last = faces.indptr[:-1][owners], faces.indptr[1:][owners] - 1
    inner = rows[(rows > first) & (rows < last)]
    return np.column_stack([first[inner], inner, inner + 1]), owners[inner]


def lines(segments: Any, name: str, color: str, width: float, **options: Any) -> Any:
    """Return (n, 2, 3) segments as one trace."""
    broken = np.full((len(segments), 3, 3), np.nan)
    broken[:, :2] = segments
    x, y, z = broken.reshape(-1, 3).T
    style = {"line": {"color": color, "width": width}, "hoverinfo": "skip"} | options
    return plotly().Scatter3d(x=x, y=y, z=z, mode="lines", name=name, **style)


def figure(traces: list[Any], window: Window) -> Any:
    """Return a figure that shows a window of R^3, with its box."""
    box = intervals(window)
    sides = box[:, 1] - box[:, 0]
    hidden = {"showbackground": False, "showgrid": False, "zeroline": False}
    axes = {
        f"{axis}axis": {"range": bounds.tolist(), "title": f"x<sub>{i}</sub>", **hidden}
        for i, (axis, bounds) in enumerate(zip("xyz", box, strict=True), start=1)
    }
    result = plotly().Figure([*traces, lines(box_edges(window), "window", FAINT, 1, showlegend=False)])
    return result.update_layout(
        scene={**axes, "aspectmode": "data" if sides.max() <= 3 * sides.min() else "cube"},
        scene_camera={"eye": {"x": 1.3, "y": -1.6, "z": 1.2}},
        template="plotly_white",
        margin={"l": 0, "r": 0, "t": 10, "b": 0},
        legend={"x": 0, "y": 1},
    )
