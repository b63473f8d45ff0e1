"""Arrays of numbers from elsewhere as integers over one denominator, and these as floats and as matrices of FLINT's."""

from __future__ import annotations

from math import inf, prod
from typing import Any

import numpy as np
from flint import fmpz_mat
from gmpy2 import lcm, mpz
from numpy.typing import NDArray

from troppoly.errors import InputError, NotFiniteError, ShapeError, counted
from troppoly.exact.integers import IntegerArray, in_words, largest
from troppoly.exact.scalar import ObjectArray, in_order, rational

__all__ = ["float_points", "from_flint", "nearest_floats", "over_common_denominator", "read_numbers", "to_flint"]


def read_numbers(entries: Any, where: str, columns: int | None) -> tuple[IntegerArray, mpz]:
    """Return the (m, n) numerators and the denominator of a matrix of any kind, and raise as ``RationalMatrix.of``."""
    entries = _of_tensor(entries)
    if isinstance(entries, np.ndarray) and entries.dtype.kind in "fiu" and not np.ma.is_masked(entries):
        entries = np.asarray(entries)
        if entries.ndim != 2:
            raise ShapeError(f"The {where} has shape {entries.shape} where a matrix (two axes) is needed.")
        if entries.dtype.kind in "iu":
            return in_words(entries), mpz(1)
        if entries.dtype.itemsize <= 8:
            return _read_floats(entries, where)
    if getattr(entries, "ndim", None) == 2:
        columns = entries.shape[1]  # of an array without rows, too
    return over_common_denominator(_read_rows(entries, where, columns))


def over_common_denominator(values: ObjectArray) -> tuple[ObjectArray, mpz]:
    """Return numerators over the least common denominator of an array of ``mpq``."""
    common = lcm(mpz(1), *(v.denominator for v in values.flat))
    return _filled(values.shape, (v.numerator * (common // v.denominator) for v in values.flat)), common


def nearest_floats(numerators: IntegerArray, denominator: mpz) -> NDArray[np.float64]:
    """Return the nearest floats of the quotients, infinite beyond the range of floats.

    A quotient of floats is rounded correctly, and integers up to 2^53 and powers of 2 are floats.
    """
    divisor = int(denominator)
    is_float = divisor <= 2**53 or (divisor < 2**1023 and divisor.bit_count() == 1)
    if numerators.dtype != object and is_float and largest(numerators) <= 2**53:
        return np.asarray(numerators / float(divisor))

    def nearest(numerator: mpz) -> float:
        try:
            return int(numerator) / divisor  # Python's division of integers rounds correctly
        except OverflowError:
            return inf if numerator > 0 else -inf

    floats = map(nearest, numerators.ravel().tolist())
    return np.fromiter(floats, dtype=np.float64, count=numerators.size).reshape(numerators.shape)


def to_flint(numerators: IntegerArray) -> fmpz_mat:
    """Return an (m, n) array of integers as a matrix of FLINT's."""
    return fmpz_mat(*numerators.shape, list(map(int, numerators.ravel().tolist())))


def from_flint(matrix: fmpz_mat) -> ObjectArray:
    """Return the entries of a matrix of FLINT's."""
    return _filled((matrix.nrows(), matrix.ncols()), (mpz(int(v)) for v in matrix.entries()))


def float_points(points: Any, n: int | None = None, axes: int | None = None) -> NDArray[np.float64]:
    """Return points of R^n as floats of shape (..., n), with ``axes`` axes if given; InputError or ShapeError."""
    points = _of_tensor(points)
    try:
        array = None if _is_masked(points) else np.asarray(points)
        if array is None or array.dtype.kind in "cmM":  # of these, too, NumPy makes floats
            raise TypeError
        array = np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InputError("Points must be an array of real numbers.") from None
    if n is not None and (array.ndim != (axes or max(array.ndim, 1)) or array.shape[-1] != n):
        wanted = f"({'..., ' if axes is None else 'N, ' * (axes - 1)}{n})"
        raise ShapeError(f"The points have shape {array.shape} where {wanted} is needed.")
    return array


def _of_tensor(values: Any) -> Any:
    """A tensor as an array, and anything else as it is; bfloat16 goes by way of float32, without loss."""
    if not hasattr(values, "detach"):
        return values
    tensor = values.detach().cpu()
    return (tensor.float() if str(tensor.dtype) == "torch.bfloat16" else tensor).numpy()


def _is_masked(values: Any) -> bool:
    """Whether an array, or one in sequences, has masked entries."""
    if isinstance(values, (list, tuple)):
        return any(isinstance(part, (list, tuple, np.ma.MaskedArray)) and _is_masked(part) for part in values)
    return np.ma.is_masked(values)


def _filled(shape: tuple[int, ...], values: Any) -> ObjectArray:
    """The object array with these values, in order."""
    return np.fromiter(values, dtype=object, count=prod(shape)).reshape(shape)


def _read_floats(entries: NDArray[Any], where: str) -> tuple[IntegerArray, mpz]:
    """Floats as odd integers times powers of two, over the least power of two that is needed."""
    finite = np.isfinite(entries)
    if not finite.all():
        i, j = np.argwhere(~finite)[0]
        raise NotFiniteError(f"The {where}, entry ({i}, {j}) is {entries[i, j]}, which is not a rational number.")
    mantissas, exponents = np.frexp(entries.astype(np.float64))
    integers = np.ldexp(mantissas, 53).astype(np.int64)
    bits = np.frexp((integers & -integers).astype(np.float64))[1] - 1  # the zeros at the end, -1 of 0
    shifts = np.where(integers == 0, 0, exponents.astype(np.int64) + bits - 53)
    low = min(0, int(shifts.min(initial=0)))
    if np.all(exponents - low <= 62):
        return (integers >> np.maximum(bits, 0)) << (shifts - low), mpz(1) << -low
    pairs = zip((integers >> np.maximum(bits, 0)).ravel().tolist(), (shifts - low).ravel().tolist(), strict=True)
    return _filled(entries.shape, (mpz(v) << shift for v, shift in pairs)), mpz(1) << -low


def _read_rows(entries: Any, where: str, columns: int | None) -> ObjectArray:
    """A nested sequence, entry by entry."""
    try:
        rows = [list(in_order(row, where)) for row in in_order(entries, where)]
    except (TypeError, ShapeError) as error:
        raise ShapeError(f"The {where} is not a sequence of rows of numbers.") from error
    width = len(rows[0]) if rows else (columns or 0)
    for i, row in enumerate(rows):
        if len(row) != width:
            raise ShapeError(f"Row {i} of the {where} has {counted(len(row), 'entry')}, row 0 has {width}.")
    numbers = (rational(v, f"{where}, entry ({i}, {j})") for i, row in enumerate(rows) for j, v in enumerate(row))
    return _filled((len(rows), width), numbers)
