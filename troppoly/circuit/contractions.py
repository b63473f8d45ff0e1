"""Sums of products with constant arrays: contractions in the notation of Einstein, and resampling of images.

A linear map here is a *sum over indices*: for every assignment of numbers to some named axes its matrix has an entry,
whose row, column and value are those of three arrays on these axes; entries with the same row and column are added.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from gmpy2 import ceil, floor, mpq
from numpy.typing import NDArray

from troppoly.circuit.circuit import LARGEST_WEIGHT, check_size
from troppoly.errors import ShapeError, UnsupportedError
from troppoly.exact import RationalMatrix, SparseMatrix

__all__ = ["Axes", "einsum_axes", "interpolation", "numbered", "sum_over_indices"]

Axes = Sequence[str]
Named = tuple[NDArray[Any], Axes]
"""An array and the names of its axes."""

_KEYS = mpq(-3, 4)


def einsum_axes(equation: str, shapes: Sequence[tuple[int, ...]], where: str) -> tuple[list[Axes], Axes]:
    """Return the axes of the operands and of the result of an equation of ``numpy.einsum``.

    An axis is a letter; the axes of an ellipsis are numbered from the last, "...1", "...2".

    >>> einsum_axes("...ij,j", [(5, 2, 3), (3,)], "product")
    ([['...1', 'i', 'j'], ['j']], ['...1', 'i'])
    """
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise ShapeError(f"The {where} has the equation {equation!r} for {len(shapes)} operands.")
    n_free = [len(shape) - len(t.replace("...", "")) for t, shape in zip(terms, shapes, strict=True)]

    def axes(term: str, n: int) -> list[str]:
        before, ellipsis, after = term.partition("...")
        letters = before + after
        if (n and not ellipsis) or n < 0 or not (letters.isalpha() or not letters):
            raise ShapeError(f"The {where} has the equation {equation!r}, which does not fit shapes {shapes}.")
        return [*before, *(f"...{k}" for k in range(n, 0, -1)), *after]

    operands: list[Axes] = [axes(term, n) for term, n in zip(terms, n_free, strict=True)]
    most = max([n for term, n in zip(terms, n_free, strict=True) if "..." in term], default=0)
    letters = "".join(terms).replace(".", "").replace(",", "")
    once = "".join(sorted(a for a in set(letters) if letters.count(a) == 1))
    result = axes(right, most if "..." in right else 0) if arrow else axes(f"...{once}", most)
    known = {axis for operand in operands for axis in operand}
    if len(set(result)) < len(result) or not known.issuperset(result) or (most and "...1" not in result):
        raise ShapeError(f"The {where} has the equation {equation!r}, whose result is not defined by it.")
    return operands, result


def sum_over_indices(
    shape: tuple[int, int], rows: Named, columns: Named, factors: Named, denominator: Any, where: str
) -> SparseMatrix:
    """Return the matrix of a sum over indices, divided by ``denominator``.

    Axes of length 1 are repeated; where the row or the column is negative (padding) there is no entry.

    >>> windows, kernel = np.array([[0, 1], [1, -1]]), RationalMatrix.of([[3, 5]]).numerators[0]
    >>> sum_over_indices((2, 2), (np.arange(2), "o"), (windows, "ok"), (kernel, "k"), 1, "pool")
    RationalMatrix([['3', '5'], ['0', '3']])
    """
    lengths: dict[str, int] = {}
    for array, axes in (rows, columns, factors):
        for axis, length in zip(axes, array.shape, strict=True):
            lengths[axis] = max(length, lengths.get(axis, 1))
    grid = tuple(lengths.values())
    check_size(grid, f"weight of {where}", LARGEST_WEIGHT)
    places = dict(zip(lengths, np.indices(grid, sparse=True), strict=True))

    def spread(array: NDArray[Any], axes: Axes) -> NDArray[Any]:
        picked = [places[axis] % n for axis, n in zip(axes, array.shape, strict=True)]
        return np.broadcast_to(array[(*picked, ...)], grid).ravel()

    row, column, factor = spread(*rows), spread(*columns), spread(*factors)
    inside = (row >= 0) & (column >= 0)
    if not inside.all():
        row, column, factor = row[inside], column[inside], factor[inside]
    return SparseMatrix.from_triples(row, column, factor, shape, denominator)


def numbered(shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Return the numbers of the entries of an array, in the order of C."""
    return np.arange(prod(shape)).reshape(shape)


def interpolation(
    length: int, n: int, scale: mpq, convention: str, mode: str, where: str, cubic: mpq = _KEYS
) -> RationalMatrix:
    """Return the exact (n, length) matrix that resamples an axis.

    Result o is read at the place x of the axis that the ``convention`` says; the symmetric one keeps the middle in the
    middle.  The ``mode`` ``"linear"`` weights the two neighbors of x by their distances, ``"cubic"`` four of them by
    the kernel of Keys with the coefficient ``cubic``; the others take the entry at x rounded.  Beyond its ends the axis
    continues with its last entry.

    >>> interpolation(2, 4, mpq(2), "half_pixel", "linear", "resize")
    RationalMatrix([['1', '0'], ['3/4', '1/4'], ['1/4', '3/4'], ['0', '1']])
    """
    half, a = mpq(1, 2), cubic
    middle = mpq(length, 2) * (1 - mpq(n) / (length * scale))
    conventions = {
        "half_pixel": lambda o: (o + half) / scale - half,
        "pytorch_half_pixel": lambda o: (o + half) / scale - half if n > 1 else mpq(0),
        "half_pixel_symmetric": lambda o: (o + half) / scale - half + middle,
        "align_corners": lambda o: mpq(o * (length - 1), n - 1) if n > 1 else mpq(0),
        "asymmetric": lambda o: o / scale,
    }

    def keys(t: mpq) -> mpq:
        return ((a + 2) * t - (a + 3)) * t * t + 1 if t < 1 else ((a * t - 5 * a) * t + 8 * a) * t - 4 * a

    modes: dict[str, Callable[[mpq], list[tuple[Any, mpq]]]] = {
        "floor": lambda x: [(floor(x), mpq(1))],
        "ceil": lambda x: [(ceil(x), mpq(1))],
        "round_prefer_floor": lambda x: [(ceil(x - half), mpq(1))],
        "round_prefer_ceil": lambda x: [(floor(x + half), mpq(1))],
        "linear": lambda x: [(floor(x), 1 - x + floor(x)), (floor(x) + 1, x - floor(x))],
        "cubic": lambda x: [(k, keys(abs(x - k))) for k in (floor(x) + i for i in (-1, 0, 1, 2))],
    }
    if convention not in conventions or mode not in modes:
        raise UnsupportedError(
            f"The {where} resamples in the mode {mode!r} with the convention {convention!r}; this is not supported."
        )
    check_size((n, length), f"weight of the {where}", LARGEST_WEIGHT)
    rows = np.full((n, length), mpq(0), dtype=object)
    for o in range(n):
        for place, weight in modes[mode](conventions[convention](o)):
            rows[o, min(max(int(place), 0), length - 1)] += weight
    return RationalMatrix.from_rationals(rows)
