"""Rationals that are floats: conversion without rounding, or an error that names the entry."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import InputError
from troppoly.exact import RationalMatrix, rational

__all__ = ["exact_floats", "fits_float32"]


def exact_floats(matrix: RationalMatrix, where: str) -> NDArray[np.float64]:
    """Return the entries as float64; every one must be one.

    Raises InputError, naming ``where`` and the entry, if an entry is no binary64 number.

    >>> exact_floats(RationalMatrix.of([[1, "1/3"]]), "weight of layer '0'")
    Traceback (most recent call last):
    ...
    troppoly.errors.InputError: The weight of layer '0', entry (0, 1) is 1/3, which is not a double precision number.
    """
    floats = matrix.to_floats()
    for (i, j), value in np.ndenumerate(floats):
        exact = matrix[i, j]
        if not np.isfinite(value) or rational(float(value)) != exact:
            raise InputError(f"The {where}, entry ({i}, {j}) is {exact}, which is not a double precision number.")
    return floats


def fits_float32(floats: NDArray[np.float64]) -> bool:
    """Return whether every entry is a binary32 number.

    >>> fits_float32(np.array([0.5])), fits_float32(np.array([0.1]))
    (True, False)
    """
    with np.errstate(over="ignore", under="ignore"):
        return bool(np.array_equal(floats.astype(np.float32).astype(np.float64), floats))
