"""Pictures of space to turn around, by Plotly: walls, subcomplexes and graphs of functions."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.complex.subcomplex import Subcomplex
from troppoly.errors import InputError, require
from troppoly.plotting.axes import box_edges
from troppoly.plotting.clipping import ClippedFaces
from troppoly.plotting.palette import FAINT, INK, color_of, layer_styles
from troppoly.plotting.plane import cell_colours
from troppoly.plotting.space import walls_in_space
from troppoly.plotting.subcomplexes import ClippedSubcomplex
from troppoly.plotting.surface import graph_of_function
from troppoly.plotting.windows import Window, intervals
from troppoly.regions.linear_regions import LinearRegions

__all__ = ["interactive_subcomplex", "interactive_surface", "interactive_walls"]

Floats: TypeAlias = NDArray[np.float64]


@checked
def interactive_walls(regions: LinearRegions, *, window: Window | None = None, opacity: float = 0.35) -> Any:
    """Return a Plotly figure of the walls of a network with three inputs, coloured by layer.

    It shows what :func:`~troppoly.plotting.plot_walls_in_space` draws; layers are switched on and off in the legend.

    Raises InputError, UnsupportedError as that function does, and MissingDependencyError without Plotly.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 1, 1]]])
    >>> figure = interactive_walls(tp.linear_regions(net))
    >>> [trace.name for trace in figure.data], len(figure.data[0].i)  # 12 quadrants, of two triangles each
    (['layer 1', 'edges', 'window'], 24)
    """
    walls, layers, edges, window, _ = walls_in_space(regions, window)
    present = np.unique(layers).tolist()
    colours = layer_styles(max(present, default=-1) + 1)[0]
    traces = [_mesh(walls.take(layers == layer), colours[layer], f"layer {layer + 1}", opacity) for layer in present]
    return _figure([*traces, _lines(edges.points, "edges", INK, 2)], window)


@checked
def interactive_subcomplex(
    subcomplex: Subcomplex, *, window: Window | None = None, color: Any = "#56b4e9", opacity: float = 1.0
) -> Any:
    """Return a Plotly figure of a closed subcomplex of R^3, as :func:`~troppoly.plotting.plot_subcomplex` draws it.

    Raises InputError for a subcomplex of another space, and MissingDependencyError without Plotly.

    >>> import troppoly as tp
    >>> from troppoly.geometry import Subcomplex
    >>> f = tp.TropicalPolynomial({(1, 0, 0): 0, (0, 1, 0): 0, (0, 0, 1): 0, (0, 0, 0): 0})
    >>> figure = interactive_subcomplex(Subcomplex.of(f.normal_complex().complex).skeleton(2))
    >>> [trace.name for trace in figure.data]
    ['polygons', 'edges', 'window']
    """
    d = subcomplex.complex.ambient_dimension
    if d != 3:
        raise InputError(f"An interactive picture is one of space, but this is a subcomplex of R^{d}.")
    clipped = ClippedSubcomplex.of(subcomplex, window)
    rgb = color_of(color)
    edges = clipped.edges.take(clipped.bends())
    traces = [_mesh(clipped.polygons, rgb, "polygons", opacity), _lines(edges.points, "edges", INK, 3)]
    if len(clipped.points):
        x, y, z = clipped.points.T
        graph_objects = require("plotly.graph_objects", extra="plotly")
        mark = {"color": INK, "size": 4}
        traces.append(graph_objects.Scatter3d(x=x, y=y, z=z, mode="markers", marker=mark, name="points"))
    return _figure(traces, clipped.window)


@checked
def interactive_surface(
    regions: LinearRegions, *, output: int = 0, window: Window | None = None, colormap: str = "YlGnBu_r"
) -> Any:
    """Return a Plotly figure of the graph of an output, as :func:`~troppoly.plotting.plot_surface` draws it.

    Raises what that function raises, and MissingDependencyError without Plotly.

    >>> import troppoly as tp
    >>> roof = tp.Network.from_arrays([[[1, 0], [-1, 0]], [[-1, -1]]])  # -|x|
    >>> [trace.name for trace in interactive_surface(tp.linear_regions(roof)).data]
    ['graph', 'folds', 'window']
    """
    cells, folds, box, unit, _ = graph_of_function(regions, output, window)
    colours = cell_colours(regions, colormap)[cells.ids]
    traces = [_mesh(cells, colours, "graph", 1.0), _lines(folds.points, "folds", INK, 3)]
    figure = _figure(traces, box)
    figure.update_layout(
        scene={"zaxis_title": f"f(x){unit}", "aspectmode": "manual", "aspectratio": {"x": 1, "y": 1, "z": 0.7}}
    )
    return figure


def triangles(faces: ClippedFaces) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the (n, 3) triangles of convex polygons at their first corners, and the polygon of each.

    >>> square = ClippedFaces(np.array([7]), np.zeros((4, 3)), np.array([0, 4]))
    >>> triangles(square)[0].tolist()
    [[0, 1, 2], [0, 2, 3]]
    """
    rows = np.arange(len(faces.points))
    first, last = faces.indptr[:-1][faces.owners], faces.indptr[1:][faces.owners] - 1
    inner = rows[(rows > first) & (rows < last)]
    return np.column_stack([first[inner], inner, inner + 1]), faces.owners[inner]


def _mesh(faces: ClippedFaces, colours: Any, name: str, opacity: float) -> Any:
    """Polygons as one mesh, in one colour or an (n, 3) array of them."""
    (x, y, z), (corners, owners) = faces.points.T, triangles(faces)
    i, j, k = corners.T
    one = np.ndim(colours) == 1
    paint = {"color": _css(colours)} if one else {"facecolor": [_css(c) for c in np.asarray(colours)[owners]]}
    return require("plotly.graph_objects", extra="plotly").Mesh3d(
        x=x, y=y, z=z, i=i, j=j, k=k, opacity=opacity, name=name, flatshading=True,
        showlegend=one, hoverinfo="skip", lighting={"ambient": 0.65, "diffuse": 0.6, "specular": 0.05}, **paint,
    )  # fmt: skip


def _lines(ends: Floats, name: str, colour: str, width: float) -> Any:
    """Segments with the (2 n, 3) array of their ends, as one trace."""
    broken = np.full((len(ends) // 2, 3, 3), np.nan)
    broken[:, :2] = ends.reshape(-1, 2, 3)
    x, y, z = broken.reshape(-1, 3).T
    return require("plotly.graph_objects", extra="plotly").Scatter3d(
        x=x, y=y, z=z, mode="lines", line={"color": colour, "width": width}, name=name, hoverinfo="skip"
    )


def _figure(traces: list[Any], window: Window) -> Any:
    """A figure that shows a window of R^3, with its box."""
    box = intervals(window)
    sides = box[:, 1] - box[:, 0]
    equal = sides.max() <= 3 * sides.min()
    axes = {
        f"{axis}axis": {
            "range": bounds.tolist(),
            "title": f"x<sub>{i}</sub>",
            "showbackground": False,
            "showgrid": False,
            "zeroline": False,
        }
        for i, (axis, bounds) in enumerate(zip("xyz", box, strict=True), start=1)
    }
    frame = _lines(box_edges(window).reshape(-1, 3), "window", FAINT, 1)
    frame.showlegend = False
    figure = require("plotly.graph_objects", extra="plotly").Figure([*traces, frame])
    figure.update_layout(
        scene={**axes, "aspectmode": "data" if equal else "cube"},
        scene_camera={"eye": {"x": 1.3, "y": -1.6, "z": 1.2}},
        template="plotly_white",
        margin={"l": 0, "r": 0, "t": 10, "b": 0},
        legend={"x": 0, "y": 1},
    )
    return figure


def _css(colour: Any) -> str:
    return "#" + "".join(f"{round(255 * float(c)):02x}" for c in colour)
