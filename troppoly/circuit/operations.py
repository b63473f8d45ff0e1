"""The piecewise linear operations of PyTorch and ONNX, of calls and operands: entries, constants, or numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NoReturn

import numpy as np
from gmpy2 import mpq

from troppoly.circuit.activations import clip, descending, larger, leaky, row_maxima, smaller
from troppoly.circuit.affine_operators import Kernel, linear, normalization_scale, row_totals
from troppoly.circuit.circuit import LARGEST_ARRAY, LARGEST_WEIGHT, Wires, check_size
from troppoly.circuit.entries import Array, Entries, Forms
from troppoly.errors import InputError, ShapeError, UnsupportedError
from troppoly.exact import RationalMatrix

__all__ = [
    "CUT",
    "PRODUCT",
    "Call",
    "added",
    "clamped",
    "divided",
    "entrywise",
    "extreme",
    "multiplied",
    "normalized",
    "products",
    "rectified_with",
    "resampled",
    "shrunk",
    "sorted_along",
    "top",
    "totals",
]

CUT = "cut the network before it"
PRODUCT = f"is the product of two values that depend on the input, which is not piecewise linear; {CUT}"


@dataclass(frozen=True, slots=True)
class Call(ABC):
    """An operator that is called: the name for what it makes, words for messages, and the table of forms."""

    name: str
    where: str
    forms: Forms

    @abstractmethod
    def entries(self, value: Any, part: str = "constant") -> Array:
        """Return the entries of an operand, named ``part`` in messages."""

    @abstractmethod
    def array(self, value: Any, part: str) -> Any:
        """Return an operand that must be constant as an array."""

    @abstractmethod
    def refuse_points(self) -> NoReturn:
        """Raise UnsupportedError since the call joins several points of a batch."""

    def refuse(self, reason: str) -> NoReturn:
        """Raise UnsupportedError."""
        raise UnsupportedError(f"The {self.where} {reason}.")

    def kernel(self, weight: Any, bias: Any, groups: int) -> Kernel:
        """Return the convolution with a constant weight and bias."""
        shift = None if bias is None else self.array(bias, "bias")
        return Kernel(self.array(weight, "weight"), shift, groups, self.name, self.where)

    def check_size(self, shape: Sequence[int]) -> None:
        """Check that a result, at all points, is not empty and not too large for memory."""
        limit = min(self.forms.n_points * LARGEST_ARRAY, LARGEST_WEIGHT)
        check_size(shape, f"result of the {self.where}", limit)

    def column(self, value: Wires, refusal: str) -> Any:
        """Return the exact numbers of a value that must be constant, in a row."""
        found = value.constants()
        return self.refuse(refusal) if found is None else found.to_rationals()[:, 0]

    def numbers(self, entries: Array, part: str) -> Any:
        """Return the exact numbers of entries that must be constants."""
        value = self.forms.value(entries // self.forms.n_points)
        refusal = f"takes a {part} that is computed from the input; it must be constant"
        return self.column(value, refusal).reshape(entries.shape)

    def each(self, function: Callable[..., Wires], *operands: Any) -> Array:
        """Return what a function of vectors, one for every operand, makes of entries; shapes are broadcast."""
        arrays = [self.entries(operand) for operand in operands]
        try:
            arrays = list(np.broadcast_arrays(*arrays))
        except ValueError:
            shapes = " and ".join(str(a.shape) for a in arrays)
            raise ShapeError(f"The {self.where} takes shapes {shapes}, which do not fit together.") from None
        self.check_size(arrays[0].shape)

        def of_columns(value: Wires) -> Wires:
            columns = np.arange(value.size).reshape(value.shape).T
            return function(*(value.picked(column) for column in columns))

        return self.rows(np.stack([a.ravel() for a in arrays], axis=1), of_columns).reshape(arrays[0].shape)

    def rows(self, entries: Any, function: Callable[[Wires], Wires], name: str | None = None) -> Array:
        """Return what a function makes of all rows of an array; see :meth:`Forms.rows`."""
        return self._apart(entries, entries, self.forms.rows, function, self.name if name is None else name)

    def images(self, entries: Any, function: Callable[[Wires], Wires]) -> Array:
        """Return what a function makes of all images of a batch; see :meth:`Forms.images`."""
        return self._apart(entries, entries.reshape(len(entries), -1), self.forms.images, function, self.name)

    def _apart(self, entries: Any, rows: Any, make: Callable[..., Any], *arguments: Any) -> Array:
        """What is made of entries, if no row of them has entries of several points."""
        n, points = self.forms.n_points, self.forms.points(rows)
        if points is None:
            self.refuse_points()
        made = make(np.asarray(entries // n), *arguments)
        return Entries.of(n * made + np.maximum(points, 0).reshape(-1, *[1] * (made.ndim - 1)))

    def along(self, value: Any, axes: Any, function: Callable[[Wires], Wires], keep: bool | None = None) -> Array:
        """Return what a function makes of the entries along some axes, or all if none is given: it gets them as rows.

        It returns one entry for every row, whose axes are kept or not, or for ``keep`` None, with one axis, any number.
        """
        entries = self.entries(value)
        n = max(entries.ndim, 1)
        entries = entries.reshape(entries.shape or (1,))
        listed = [axes] if isinstance(axes, int) else axes or range(n)
        chosen = sorted({axis % n for axis in listed})
        others = [axis for axis in range(n) if axis not in chosen]
        moved = entries.transpose(*others, *chosen)
        lead = moved.shape[: len(others)]
        result = self.rows(moved.reshape(prod(lead), -1), function)
        if keep is None:
            return np.moveaxis(result.reshape(*lead, -1), -1, chosen[0])
        kept = tuple(1 if axis in chosen else entries.shape[axis] for axis in range(n))
        return result.reshape(kept if keep else lead)


# --- entry by entry


def entrywise(function: Callable[[Wires], Wires]) -> Callable[[Call, Any], Array]:
    """Return the operation that applies a function to every entry."""
    return lambda at, self: at.each(function, self)


def added(at: Call, first: Any, second: Any, factor: Any = 1) -> Array:
    """Return first + factor * second."""
    return at.each(lambda x, y: x + (y if factor == 1 else y * factor), first, second)


def multiplied(at: Call, first: Any, second: Any) -> Array:
    """Return the product of two operands, of which one is constant in every entry."""

    def product(x: Wires, y: Wires) -> Wires:
        for value, factor in ((x, y.constants()), (y, x.constants())):
            if factor is not None:
                return value.scaled(factor)
        return at.refuse(PRODUCT)

    return at.each(product, first, second)


def divided(at: Call, first: Any, second: Any) -> Array:
    """Return the quotient by a constant operand."""

    def quotient(x: Wires, y: Wires) -> Wires:
        refusal = f"divides by a value that depends on the input, which is not piecewise linear; {CUT}"
        numbers = at.column(y, refusal).tolist()
        if not all(numbers):
            raise InputError(f"The {at.where} divides by zero.")
        return x.scaled(RationalMatrix.of([[1 / n] for n in numbers]))

    return at.each(quotient, first, second)


def rectified_with(at: Call, value: Any, slopes: Any) -> Array:
    """Return max(x, 0) + s min(x, 0) for constant slopes s."""
    refusal = "takes a slope that is computed from the input; it must be constant"
    slopes = at.entries(slopes, "slope")
    return at.each(lambda x, s: leaky(x, at.column(s, refusal), at.where), value, slopes)


def clamped(at: Call, value: Any, low: Any, high: Any) -> Array:
    """Return min(max(x, low), high); a bound that is None or infinite is none."""

    def is_number(bound: Any, number: float) -> bool:
        return isinstance(bound, (float, np.ndarray, np.floating)) and np.array_equal(np.ravel(bound), [number])

    low, high = None if is_number(low, -np.inf) else low, None if is_number(high, np.inf) else high
    if low is not None and high is not None:
        return at.each(clip, value, low, high)
    result = value if low is None else at.each(larger, value, low)
    return at.entries(result) if high is None else at.each(smaller, result, high)


def shrunk(at: Call, value: Any, threshold: Any) -> Array:
    """Return x - min(max(x, -t), t)."""
    return added(at, value, clamped(at, value, -threshold, threshold), -1)


def normalized(at: Call, value: Any, weight: Any, bias: Any, mean: Any, variance: Any, epsilon: float) -> Array:
    """Return (x - mean) weight / sqrt(variance + eps) + bias with constants for every channel (axis 1)."""
    entries, spread = at.entries(value), at.array(variance, "variance")
    if entries.ndim < 2 or entries.shape[1:2] != spread.shape:
        raise ShapeError(f"The {at.where} takes {spread.size} channels, but its input has shape {entries.shape}.")
    scale = normalization_scale(None if weight is None else at.array(weight, "weight"), spread, epsilon)
    center, shift = at.array(mean, "mean"), np.zeros(1) if bias is None else at.array(bias, "bias")
    parts = {"scale weight / sqrt(variance + eps)": scale, "mean": center, "bias": shift}
    columns = [
        at.forms.constants(array, f"{part} of {at.where}").reshape(-1, *[1] * (entries.ndim - 2))
        for part, array in parts.items()
    ]
    return at.each(lambda x, s, m, b: (x - m).scaled(s.constants()) + b, entries, *columns)


# --- along axes


def totals(at: Call, value: Any, axes: Any, keep: bool, mean: bool = False) -> Array:
    """Return the sums, or the means, over some axes, or all."""
    return at.along(value, axes, lambda x: row_totals(x, mpq(1, x.shape[1] if mean else 1)), keep)


def extreme(at: Call, value: Any, axes: Any, keep: bool, sign: int) -> Array:
    """Return the maxima (sign 1) or minima (-1) over some axes, or all."""
    return at.along(value, axes, lambda x: row_maxima(x * sign) * sign, keep)


def sorted_along(at: Call, value: Any, axis: int, sign: int) -> Array:
    """Return the entries along an axis from the largest (sign 1) or the smallest (-1)."""
    return at.along(value, axis, lambda x: descending(x * sign) * sign)


def top(at: Call, value: Any, k: int, axis: int, sign: int) -> Array:
    """Return the first k of the sorted entries along an axis."""
    if k == 1:
        return extreme(at, value, axis, True, sign)
    return sorted_along(at, value, axis, sign).take(np.arange(k), axis)


def resampled(at: Call, value: Any, axis: int, weights: Any) -> Array:
    """Return a value with an axis multiplied by a constant matrix of shape (result, axis)."""
    return at.along(value, axis, _product_with(at, weights, None))


def products(at: Call, value: Any, matrices: Any, bias: Any = None) -> Array:
    """Return the rows of arrays of shape (s, m, k) times constant matrices of shape (s, n, k), plus a bias."""
    result = np.empty((*value.shape[:2], matrices.shape[1]), dtype=np.int64)
    alike: dict[bytes, list[int]] = {}
    for i, matrix in enumerate(matrices):
        alike.setdefault(matrix.tobytes(), []).append(i)
    for places in alike.values():
        rows = value[places].reshape(-1, value.shape[2])
        made = at.rows(rows, _product_with(at, matrices[places[0]], bias), name="")
        result[places] = made.reshape(len(places), *result.shape[1:])
    return Entries.of(result)


def _product_with(at: Call, matrix: Any, bias: Any) -> Callable[[Wires], Wires]:
    """The product of a matrix with rows, and a bias."""
    return lambda x: linear(x, matrix, bias, at.name, at.where)
