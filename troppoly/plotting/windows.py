"""Windows: the boxes that pictures show of R^d."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from troppoly.arguments import Positive, checked
from troppoly.errors import InputError, ShapeError
from troppoly.exact.numerators import float_points

__all__ = ["Window", "central_window", "check_window", "intervals", "window_of"]

Floats: TypeAlias = NDArray[np.float64]

Window: TypeAlias = tuple[float, ...]
"""A box (xmin, xmax, ymin, ymax) of the plane, or with (..., zmin, zmax) one of space."""

MARGIN = 0.08
"""The part of the picture's width, on every side, that is left around the vertices."""

WIDE_MARGIN = 0.2
"""The same for curves and surfaces, of which the unbounded parts are to be seen, too."""

REACH = 3
"""How far the central window reaches, in units of the distance within which half of the points lie."""

LARGEST = 1e300
"""Coordinates beyond it are in no window; the sides of windows are floats, too."""


@checked
def window_of(points: ArrayLike, dimension: Positive = 2, margin: float = MARGIN) -> Window:
    """Return the bounding box of (n, d) points with a margin; around a single point or none, a cube of side 2.

    ``margin`` is the part of every side of the window that is left on either side of the points.  Points with
    a coordinate beyond 10^300 are not counted.

    >>> window_of([[0.0, 0.0], [84.0, 42.0]])
    (-8.0, 92.0, -4.0, 46.0)
    >>> window_of([], 3)
    (-1.0, 1.0, -1.0, 1.0, -1.0, 1.0)
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
    scale = float(size.max()) or 2 * (1 - 2 * margin)
    size = np.where(size == 0, scale, size)
    middle, half = (low + high) / 2, size / 2 / (1 - 2 * margin)
    return tuple(np.column_stack([middle - half, middle + half]).ravel().tolist())


@checked
def central_window(points: ArrayLike, margin: float = MARGIN) -> Window:
    """Return the window around the (n, d) points, without those that are far away from where most are.

    A few vertices of a network often lie far away from all others, where walls are nearly parallel: in
    a window with all of them, the others would be a speck.  In every coordinate, half of the points are no farther
    from the median than some distance (points at the median are not counted); the window is that
    of the points no farther than REACH times it, so that this half of them has a good part of the picture.
    If a window of twice its size holds all points, so does the one that is returned.

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


@checked
def check_window(window: Any, dimension: Positive = 2) -> Window:
    """Return the window, after a check that it is one of R^d, finite and not empty.

    >>> check_window((0, 1, 3, 2))
    Traceback (most recent call last):
    ...
    troppoly.errors.InputError: The window (xmin, xmax, ymin, ymax) = (0, 1, 3, 2) is empty or not finite.
    """
    names = ", ".join(f"{axis}min, {axis}max" for axis in "xyz"[:dimension])
    shape = f"A window of R^{dimension} is ({names}), {2 * dimension} numbers"
    try:
        bounds = np.asarray(window, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{shape}, not {window!r}.") from None
    if isinstance(window, str) or bounds.shape != (2 * dimension,):
        raise InputError(f"{shape}, not {window!r}.")
    low, high = intervals(window).T
    if not (np.all(np.abs(bounds) < LARGEST) and (low < high).all()):
        raise InputError(f"The window ({names}) = {window} is empty or not finite.")
    return tuple(bounds.tolist())


def intervals(window: Window) -> NDArray[Any]:
    """Return the (d, 2) array of the lower and upper bounds.

    >>> intervals((0, 1, 2, 3))
    array([[0., 1.],
           [2., 3.]])
    """
    return np.array(window, dtype=float).reshape(-1, 2)
