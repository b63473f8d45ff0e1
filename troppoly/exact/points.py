"""Points in double precision, for the few functions that say ``float``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import InputError, ShapeError

__all__ = ["float_array", "float_points"]


def float_array(values: Any) -> NDArray[np.float64]:
    """Return an array of numbers in double precision; raises InputError if they are not real numbers.

    >>> float_array([[1, "x"]])
    Traceback (most recent call last):
    ...
    troppoly.errors.InputError: Points must be an array of real numbers.
    """
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InputError("Points must be an array of real numbers.") from None


def float_points(points: Any, n: int, axes: int | None = None) -> NDArray[np.float64]:
    """Return points of R^n as an array of shape (..., n), with ``axes`` axes if that is given.

    Raises InputError if they are not real numbers and ShapeError for another shape.

    >>> float_points([[1, 2]], 3)
    Traceback (most recent call last):
    ...
    troppoly.errors.ShapeError: The points have shape (1, 2) where (..., 3) is needed.
    """
    array = float_array(points)
    if array.ndim != (axes or max(array.ndim, 1)) or array.shape[-1] != n:
        wanted = f"({'..., ' if axes is None else 'N, ' * (axes - 1)}{n})"
        raise ShapeError(f"The points have shape {array.shape} where {wanted} is needed.")
    return array
