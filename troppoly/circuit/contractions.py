"""Sums of products with constant arrays: contractions in the notation of Einstein, and resampling of images.

A contraction with one constant factor is linear in the other.  Its matrix has an entry for every
assignment of numbers to all axes that occur: the row is the place in the result, the column the place in
the value, and the entry is taken from the constant; entries with the same row and column are added.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from gmpy2 import ceil, floor, mpq
from numpy.typing import NDArray

from troppoly.circuit.circuit import LARGEST_WEIGHT, Wires, check_size
from troppoly.errors import ShapeError, UnsupportedError
from troppoly.exact import RationalMatrix, SparseMatrix

__all__ = ["contraction", "einsum_axes", "interpolation", "resampled"]

Axes = Sequence[str]

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


def contraction(
    value: Wires, constant: Any, value_axes: Axes, constant_axes: Axes, result_axes: Axes, where: str
) -> Wires:
    """Return the sums, over all axes that are not in the result, of a value times a constant.

    Axes with the same name are run through together, and those of length 1 are repeated.

    >>> from troppoly.circuit.circuit import Circuit
    >>> x = Circuit(2).inputs((1, 2))
    >>> contraction(x, np.array([[1, 2], [3, 4]]), "bi", "oi", "bo", "product").forms.dense()
    RationalMatrix([['0', '1', '2'], ['0', '3', '4']])
    """
    constant = np.asarray(constant)
    lengths: dict[str, int] = {}
    for axes, shape in ((value_axes, value.shape), (constant_axes, constant.shape)):
        for axis, length in zip(axes, shape, strict=True):
            if length == 0 or (lengths.get(axis, 1) not in (1, length) and length != 1):
                raise ShapeError(
                    f"The {where} takes shapes {value.shape} and {constant.shape}, which do not fit together."
                )
            lengths[axis] = max(length, lengths.get(axis, 1))
    names = [*result_axes, *sorted(lengths.keys() - set(result_axes))]
    grid = tuple(lengths[axis] for axis in names)
    shape = tuple(lengths[axis] for axis in result_axes)
    check_size(shape, f"result of the {where}")
    check_size(grid, f"weight of the {where}", LARGEST_WEIGHT)
    places = dict(zip(names, np.indices(grid, sparse=True), strict=True))

    def numbers(axes: Axes, lengths: tuple[int, ...]) -> NDArray[np.int64]:
        """The number of the entry of an array at every place of the grid."""
        picked = [places[axis] if n > 1 else np.zeros(1, int) for axis, n in zip(axes, lengths, strict=True)]
        entries = np.arange(prod(lengths)).reshape(lengths)
        return np.broadcast_to(entries[tuple(picked)], grid).ravel()

    factor = RationalMatrix.of(constant if constant.ndim == 2 else constant.reshape(-1, 1), f"factor of the {where}")
    matrix = SparseMatrix.from_triples(
        numbers(result_axes, shape),
        numbers(value_axes, value.shape),
        factor.numerators.ravel()[numbers(constant_axes, constant.shape)],
        (prod(shape), value.size),
        factor.denominator,
    )
    return value.mapped(matrix, shape)


def interpolation(
    length: int, n: int, scale: mpq, convention: str, mode: str, where: str, cubic: mpq = _KEYS
) -> RationalMatrix:
    """Return the (n, length) matrix that resamples an axis: its rows are the exact weights of the entries.

    Result o is read at the place x of the axis, by the ``convention``:

    ``half_pixel``            (o + 1/2) / scale - 1/2
    ``pytorch_half_pixel``    the same, but 0 for n = 1
    ``half_pixel_symmetric``  the same, shifted so that the middle of the axis stays in the middle
    ``align_corners``         o (length - 1) / (n - 1), and 0 for n = 1
    ``asymmetric``            o / scale

    The ``mode`` ``"linear"`` weights the two neighbours of x by their distances, and ``"cubic"`` four of
    them by the kernel of Keys with the coefficient ``cubic``; ``"floor"``, ``"ceil"``,
    ``"round_prefer_floor"`` and ``"round_prefer_ceil"`` take the entry at x rounded.  Beyond its ends the
    axis continues with its last entry.

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

    def near(t: mpq) -> mpq:
        return ((a + 2) * t - (a + 3)) * t * t + 1

    def far(t: mpq) -> mpq:
        return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a

    modes: dict[str, Callable[[mpq], list[tuple[Any, mpq]]]] = {
        "floor": lambda x: [(floor(x), mpq(1))],
        "ceil": lambda x: [(ceil(x), mpq(1))],
        "round_prefer_floor": lambda x: [(ceil(x - half), mpq(1))],
        "round_prefer_ceil": lambda x: [(floor(x + half), mpq(1))],
        "linear": lambda x: [(floor(x), 1 - x + floor(x)), (floor(x) + 1, x - floor(x))],
        "cubic": lambda x: [
            (floor(x) + k, weight(abs(x - floor(x) - k))) for k, weight in ((-1, far), (0, near), (1, near), (2, far))
        ],
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


def resampled(value: Wires, weights: Sequence[RationalMatrix | None], where: str) -> Wires:
    """Return a value with each axis multiplied by a matrix (result, axis), or left as it is by None."""
    axes = [str(i) for i in range(len(value.shape))]
    for i, weight in enumerate(weights):
        if weight is not None:
            result = [*axes[:i], "new", *axes[i + 1 :]]
            value = contraction(value, weight.to_rationals(), axes, ["new", str(i)], result, where)
    return value
