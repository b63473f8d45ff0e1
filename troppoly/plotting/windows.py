"""Windows: the boxes (xmin, xmax, ymin, ymax, ...) of R^d that pictures show."""

from __future__ import annotations

from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from troppoly.arguments import Positive, checked
from troppoly.errors import InputError, ShapeError
from troppoly.exact.numerators import float_points

__all__ = ["central_window", "window_of"]

Floats: TypeAlias = NDArray[np.float64]
Window: TypeAlias = tuple[float, ...]

MARGIN = 0.08  # the part of the picture's width, on every side, that is left around the vertices
REACH = 3  # how far the central window reaches, in units of the distance within which half of the points lie
LARGEST = 1e300  # coordinates beyond it are in no window; the sides of windows are floats, too


@checked
def window_of(points: ArrayLike, dimension: Positive = 2, margin: float = MARGIN) -> Window:
    """Return the bounding box of (n, d) points with a margin; around a single point or none, a cube of side 2.

    ``margin`` is the part of a side of the window before and after the points.  Points with a coordinate beyond
    10^300 are not counted.

    >>> window_of([[0.0, 0.0], [84.0, 42.0]])
    (-8.0, 92.0, -4.0, 46.0)
    """
    array = float_points(points)
    if array.size % dimension:
        raise ShapeError(f"Points of shape {array.shape} are not points of dimension {dimension}.")
    array = array.reshape(-1, dimension)
    array = array[np.all(np.abs(array) < LARGEST, axis=1)]
    if not len(array):
        return (-1.0, 1.0) * dimension
    low, high = array.min(axis=0), array.max(axis=0)
    size = high - low
    size = np.where(size == 0, float(size.max()) or 2 * (1 - 2 * margin), size)
    middle, half = (low + high) / 2, size / 2 / (1 - 2 * margin)
    return tuple(np.column_stack([middle - half, middle + half]).ravel().tolist())


@checked
def central_window(points: ArrayLike, margin: float = MARGIN) -> Window:
    """Return the window around the (n, d) points, without those that are far away from where most are.

    A few vertices of a network often lie far away from all others, where walls are nearly parallel.  In every
    coordinate let r be the median of the distances > 0 from the median; points farther than 3 r are left out, unless
    a window of twice the size holds all points.

    >>> near = [[x, y] for x in range(-21, 22) for y in range(-21, 22)]
    >>> central_window([*near, [1000.0, -2000.0]]) == window_of(near)
    True
    """
    array = float_points(points)
    if array.ndim != 2 and array.size:
        raise ShapeError(f"Points have shape (n, d), not {array.shape}.")
    array = array[np.all(np.abs(array) < LARGEST, axis=1)] if len(array) else array
    if not len(array):
        return window_of(array, array.shape[-1] if array.ndim == 2 else 2)
    away = np.abs(array - np.median(array, axis=0))
    half = np.array([np.median(column[column > 0]) if column.any() else 0.0 for column in away.T])
    near = np.all(away <= REACH * half, axis=1)
    if near.any() and (np.ptp(array, axis=0) > 2 * np.ptp(array[near], axis=0)).any():
        array = array[near]
    return window_of(array, array.shape[1], margin)


wide_window = partial(central_window, margin=0.2)  # for curves and surfaces, whose unbounded parts are to be seen, too


def check_window(window: Any, dimension: int = 2) -> Window:
    """Return the window in floats; raises InputError unless it is one of R^d, finite and not empty."""
    names = ", ".join(f"{axis}min, {axis}max" for axis in "xyz"[:dimension])
    try:
        bounds = np.asarray(window, dtype=float)
    except (TypeError, ValueError, OverflowError):
        bounds = np.zeros(0)
    if isinstance(window, str) or bounds.shape != (2 * dimension,):
        raise InputError(f"A window of R^{dimension} is ({names}), {2 * dimension} numbers, not {window!r}.")
    low, high = intervals(window).T
    if not (np.all(np.abs(bounds) < LARGEST) and (low < high).all()):
        raise InputError(f"The window ({names}) = {window} is empty or not finite.")
    return tuple(bounds.tolist())


def intervals(window: Window) -> Floats:
    """Return the (d, 2) array of the lower and upper bounds."""
    return np.array(window, dtype=float).reshape(-1, 2)


def inside(points: Any, window: Window) -> NDArray[np.bool_]:
    """Return which of the (n, d) points lie in a window."""
    low, high = intervals(window).T
    return np.asarray(np.all((low <= points) & (points <= high), axis=1))


def left_out(vertices: Floats, window: Window) -> str:
    """Return a line that says how many of the (n, d) vertices lie outside of a window, or an empty one."""
    n = np.count_nonzero(~inside(vertices, window))
    return f"{n:,} of {len(vertices):,} vertices {'is' if n == 1 else 'are'} outside" if n else ""
