"""Windows: the boxes that pictures show of R^d."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from troppoly.errors import InputError

__all__ = ["Window", "central_window", "check_window", "intervals", "window_of"]

Floats: TypeAlias = NDArray[np.float64]

Window: TypeAlias = tuple[float, ...]
"""A box (xmin, xmax, ymin, ymax) of the plane, or with (..., zmin, zmax) one of space."""

MARGIN = 0.08
"""The part of the picture's width, on every side, that is left around the vertices."""

WIDE_MARGIN = 0.2
"""The same for curves and surfaces, of which the unbounded parts are to be seen, too."""


def window_of(points: ArrayLike, dimension: int = 2, margin: float = MARGIN) -> Window:
    """Return the bounding box of (n, d) points with a margin; around a single point or none, a cube of side 2.

    ``margin`` is the part of every side of the window that is left on either side of the points.

    >>> window_of([[0.0, 0.0], [84.0, 42.0]])
    (-8.0, 92.0, -4.0, 46.0)
    >>> window_of([], 3)
    (-1.0, 1.0, -1.0, 1.0, -1.0, 1.0)
    """
    array = np.asarray(points, dtype=float).reshape(-1, dimension)
    if not len(array):
        return (-1.0, 1.0) * dimension
    low, high = array.min(axis=0), array.max(axis=0)
    size = high - low
    scale = float(size.max()) or 2 * (1 - 2 * margin)
    size = np.where(size == 0, scale, size)
    middle, half = (low + high) / 2, size / 2 / (1 - 2 * margin)
    return tuple(np.column_stack([middle - half, middle + half]).ravel().tolist())


def central_window(points: ArrayLike) -> Window:
    """Return the window around the points between the first and the last decile of all coordinates.

    A few vertices of a network often lie far away from all others, where walls are nearly parallel;
    this window shows where most are.

    >>> far = np.array([[1000.0, -2000.0]])
    >>> near = np.array([[x, y] for x in range(-21, 22) for y in range(-21, 22)])
    >>> [round(bound, 1) for bound in central_window(np.concatenate([near, far]))]
    [-20.2, 20.2, -20.2, 20.2]
    """
    array = np.asarray(points, dtype=float)
    if not len(array):
        return window_of(array, array.shape[-1] if array.ndim == 2 else 2)
    low, high = np.quantile(array, [0.1, 0.9], axis=0, method="nearest")
    inside = np.all((low <= array) & (array <= high), axis=1)
    return window_of(array[inside] if inside.any() else array, array.shape[1])


def check_window(window: Window, dimension: int = 2) -> Window:
    """Return the window, after a check that it is one of R^d, finite and not empty.

    >>> check_window((0, 1, 3, 2))
    Traceback (most recent call last):
    ...
    troppoly.errors.InputError: The window (xmin, xmax, ymin, ymax) = (0, 1, 3, 2) is empty or not finite.
    """
    names = ", ".join(f"{axis}min, {axis}max" for axis in "xyz"[:dimension])
    if len(window) != 2 * dimension:
        raise InputError(f"A window of R^{dimension} is ({names}), not {window}.")
    low, high = intervals(window).T
    if not (np.isfinite([low, high]).all() and (low < high).all()):
        raise InputError(f"The window ({names}) = {window} is empty or not finite.")
    return window


def intervals(window: Window) -> NDArray[Any]:
    """Return the (d, 2) array of the lower and upper bounds.

    >>> intervals((0, 1, 2, 3))
    array([[0., 1.],
           [2., 3.]])
    """
    return np.array(window, dtype=float).reshape(-1, 2)
