"""A complex of the plane in floating point, its unbounded cells cut off outside a window.

An unbounded cell is the sum of the hull of its vertices and its recession cone.  For a picture it
is replaced by the hull of its vertices and of finitely many *far points*: vertices moved by a
length R along directions of the recession cone that are less than 90 degrees apart and include its
extreme rays.  Such a hull agrees with the cell inside a window as soon as R is a few times the
window's diagonal, so that Matplotlib's clipping at the axes does the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import InputError
from troppoly.polytope.polyhedral_complex import PolyhedralComplex

__all__ = ["PlanarComplex", "Window"]

Floats: TypeAlias = NDArray[np.float64]
Window: TypeAlias = tuple[float, float, float, float]

MARGIN = 0.08
"""The part of the picture's width, on every side, that is left around the vertices."""

FAR = 8.0
"""The far points, in diagonals of the window."""


@dataclass(frozen=True, slots=True, eq=False)
class PlanarComplex:
    """What a picture of a complex of R^2 needs: polygons and wall segments, rounded to floats.

    ``window`` is (xmin, xmax, ymin, ymax); ``vertices`` (n, 2) are all vertices, also those outside
    of it (representatives modulo lineality); ``polygons[i]`` is the (n, 2) array of the corners of
    cell i, counterclockwise, cut off far outside the window if the cell is unbounded;
    ``segments[j]`` is the (2, 2) array of the ends of wall j of ``complex.walls``, cut off likewise.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0})
    >>> picture = PlanarComplex.of(tp.linear_regions(f).complex)
    >>> picture.window, len(picture.polygons), len(picture.segments)
    ((-1.0, 1.0, -1.0, 1.0), 3, 3)
    """

    window: Window
    vertices: Floats
    polygons: tuple[Floats, ...]
    segments: Floats

    @classmethod
    def of(cls, complex: PolyhedralComplex, window: Window | None = None) -> PlanarComplex:
        """Return the picture of a complex of R^2, by default in a window that shows every vertex.

        Raises InputError for a complex of another dimension and for an empty window.
        """
        if complex.ambient_dimension != 2:
            raise InputError(
                f"A picture in the plane needs two inputs, but these are regions of "
                f"R^{complex.ambient_dimension}."
            )
        at_infinity, points = _rounded_rays(complex)
        lines = complex.lineality.to_floats().reshape(-1, 2)
        vertices = points[~at_infinity]
        if window is None:
            window = window_of(vertices)
        xmin, xmax, ymin, ymax = check_window(window)
        middle = np.array([xmin + xmax, ymin + ymax]) / 2
        reach = FAR * float(np.hypot(xmax - xmin, ymax - ymin))
        reach += float(np.max(np.abs(vertices - middle), initial=0.0))
        owners, members = _rays_of_cells(complex)
        return cls(
            window,
            vertices,
            _polygons(owners, members, points, at_infinity, lines, reach, complex.n_cells),
            _segments(complex, points, at_infinity, lines, reach),
        )


def window_of(vertices: Floats) -> Window:
    """Return the bounding box of points with a margin; around a single point, a square of side 2.

    >>> window_of(np.array([[0.0, 0.0], [84.0, 42.0]]))
    (-8.0, 92.0, -4.0, 46.0)
    """
    if not len(vertices):
        return (-1.0, 1.0, -1.0, 1.0)
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    size = high - low
    scale = float(size.max()) or 2 * (1 - 2 * MARGIN)
    size = np.where(size == 0, scale, size)
    middle, half = (low + high) / 2, size / 2 / (1 - 2 * MARGIN)
    (xmin, ymin), (xmax, ymax) = (middle - half).tolist(), (middle + half).tolist()
    return (xmin, xmax, ymin, ymax)


def check_window(window: Window) -> Window:
    """Return the window, after a check that it is finite and not empty.

    >>> check_window((0, 1, 3, 2))
    Traceback (most recent call last):
    ...
    troppoly.errors.InputError: The window (xmin, xmax, ymin, ymax) = (0, 1, 3, 2) is empty or not finite.
    """
    xmin, xmax, ymin, ymax = window
    if not (-np.inf < xmin < xmax < np.inf and -np.inf < ymin < ymax < np.inf):
        raise InputError(f"The window (xmin, xmax, ymin, ymax) = {window} is empty or not finite.")
    return window


def central_window(vertices: Floats) -> Window:
    """Return the window around the points between the first and the last decile of both coordinates.

    A few vertices of a network often lie far away from all others, where two walls are nearly
    parallel; this window shows where most are.

    >>> far = np.array([[1000.0, -2000.0]])
    >>> near = np.array([[x, y] for x in range(-21, 22) for y in range(-21, 22)])
    >>> [round(bound, 1) for bound in central_window(np.concatenate([near, far]))]
    [-20.2, 20.2, -20.2, 20.2]
    """
    if not len(vertices):
        return window_of(vertices)
    low, high = np.quantile(vertices, [0.1, 0.9], axis=0, method="nearest")
    inside = np.all((low <= vertices) & (vertices <= high), axis=1)
    return window_of(vertices[inside])


def _rounded_rays(complex: PolyhedralComplex) -> tuple[NDArray[np.bool_], Floats]:
    """Which rays are at infinity, and the (n, 2) vertices and unit directions."""
    at_infinity = np.asarray(complex.rays.at_infinity)
    homogeneous = complex.rays.homogeneous(np.arange(len(at_infinity)))
    points = np.empty((len(at_infinity), 2))
    for i, (x, y, t) in enumerate(homogeneous):
        if at_infinity[i]:
            t = max(abs(x), abs(y))  # before rounding: integers may exceed the range of floats
        points[i] = x / t, y / t
    points[at_infinity] /= np.linalg.norm(points[at_infinity], axis=1, keepdims=True)
    return at_infinity, points


def _rays_of_cells(complex: PolyhedralComplex) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """All pairs of a cell and one of its rays, sorted, as two arrays."""
    n_rays = complex.n_cones(1)
    cells: NDArray[Any] = np.arange(complex.n_cells)
    faces: NDArray[Any] = cells
    for incidence in reversed(complex.facets):
        lengths = np.diff(incidence.indptr)[faces]
        starts = np.repeat(incidence.indptr[faces] - np.cumsum(lengths) + lengths, lengths)
        cells = np.repeat(cells, lengths)
        faces = incidence.indices[starts + np.arange(len(starts))]
    pairs = np.unique(cells.astype(np.int64) * n_rays + faces)
    return pairs // n_rays, pairs % n_rays


def _polygons(
    owners: NDArray[np.intp],
    members: NDArray[np.intp],
    points: Floats,
    at_infinity: NDArray[np.bool_],
    lines: Floats,
    reach: float,
    n_cells: int,
) -> tuple[Floats, ...]:
    """The corners of every cell: of bounded cells sorted around their mean, of others by a hull."""
    starts = np.searchsorted(owners, np.arange(n_cells + 1))
    means = np.add.reduceat(points[members], starts[:-1]) / np.diff(starts)[:, None]
    offsets = points[members] - means[owners]
    order = members[np.lexsort((np.arctan2(offsets[:, 1], offsets[:, 0]), owners))]
    polygons = np.split(points[order], starts[1:-1])
    unbounded = np.unique(owners[at_infinity[members]]) if not len(lines) else np.arange(n_cells)
    for cell in unbounded:
        rays = members[starts[cell] : starts[cell + 1]]
        vertices, directions = points[rays[~at_infinity[rays]]], points[rays[at_infinity[rays]]]
        far = _far_points(vertices, directions, lines, reach)
        polygons[cell] = _convex_hull(np.concatenate([vertices, far]))
    return tuple(polygons)


def _convex_hull(points: Floats) -> Floats:
    """The corners of the convex hull of points, counterclockwise (A. M. Andrew, 1979)."""
    ordered = sorted(map(tuple, points.tolist()))
    chains = []
    for sequence in (ordered, ordered[::-1]):
        chain: list[tuple[float, ...]] = []
        for x, y in sequence:
            while len(chain) > 1 and (chain[-1][0] - chain[-2][0]) * (y - chain[-2][1]) <= (
                chain[-1][1] - chain[-2][1]
            ) * (x - chain[-2][0]):
                chain.pop()
            chain.append((x, y))
        chains += chain[:-1]
    return np.array(chains)


def _far_points(vertices: Floats, rays: Floats, lines: Floats, reach: float) -> Floats:
    """The vertices moved by ``reach`` along enough directions of the recession cone."""
    directions = np.concatenate([rays, lines, -lines])
    directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    angles = np.sort(np.arctan2(directions[:, 1], directions[:, 0]))
    gaps = np.diff(np.append(angles, angles[0] + 2 * np.pi))
    # A cone that is not the plane fills every gap between its directions but the largest; a line
    # alone (the cell is a strip) fills none.
    filled = np.full(len(gaps), len(lines) == 2 or len(rays) > 0)
    if len(lines) < 2:
        filled[np.argmax(gaps)] = False
    angles = np.concatenate([angles, (angles + gaps / 2)[filled]])
    steps = reach * np.column_stack([np.cos(angles), np.sin(angles)])
    return (vertices[:, None, :] + steps[None, :, :]).reshape(-1, 2)


def _segments(
    complex: PolyhedralComplex,
    points: Floats,
    at_infinity: NDArray[np.bool_],
    lines: Floats,
    reach: float,
) -> Floats:
    """The two ends of every wall."""
    walls = complex.walls.facets
    if not len(walls):
        return np.zeros((0, 2, 2))
    if len(lines):
        # Modulo a line the plane is a line, and its walls are points.
        return np.stack([points[walls] - reach * lines[0], points[walls] + reach * lines[0]], axis=1)
    rays = complex.facets[0].indices.reshape(-1, 2)[walls]
    finite_first = np.where(at_infinity[rays[:, :1]], rays[:, ::-1], rays)
    start, end = points[finite_first[:, 0]], points[finite_first[:, 1]]
    unbounded = at_infinity[finite_first[:, 1]][:, None]
    return np.stack([start, np.where(unbounded, start + reach * end, end)], axis=1)


def extent(window: Window) -> dict[str, Any]:
    """Return the window as keyword arguments of ``Axes.set``.

    >>> extent((0, 1, 2, 3))
    {'xlim': (0, 1), 'ylim': (2, 3)}
    """
    return {"xlim": window[:2], "ylim": window[2:]}
