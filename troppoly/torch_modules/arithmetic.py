"""The arithmetic of PyTorch on entries of affine forms: sums, products with constants, averages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.circuit.affine_operators import linear, total
from troppoly.circuit.circuit import Wires
from troppoly.errors import InputError
from troppoly.exact import RationalMatrix
from troppoly.torch_modules.calls import Call, operation
from troppoly.torch_modules.forms import Entries, column_of_constants

__all__ = ["added", "multiplied"]

_PRODUCT = (
    "is the product of two values that depend on the input, which is not piecewise linear; cut the network before it"
)


def added(at: Call, first: Any, second: Any, factor: Any = 1) -> Entries:
    """Return first + factor * second."""
    return at.each(lambda x, y: x + (y if factor == 1 else y * factor), first, second)


@operation("mul")
def multiplied(at: Call, self: Any, other: Any) -> Entries:
    """Return the product of two operands, of which one is constant in every entry."""

    def product(x: Wires, y: Wires) -> Wires:
        for value, factor in ((x, column_of_constants(y)), (y, column_of_constants(x))):
            if factor is not None:
                return value.scaled(factor)
        return at.refuse(_PRODUCT)

    return at.each(product, self, other)


@operation("add")
def _add(at: Call, self: Any, other: Any, alpha: Any = 1) -> Entries:
    return added(at, self, other, at.number(alpha))


@operation("sub")
def _sub(at: Call, self: Any, other: Any, alpha: Any = 1) -> Entries:
    return added(at, self, other, -at.number(alpha))


@operation("rsub")
def _rsub(at: Call, self: Any, other: Any, alpha: Any = 1) -> Entries:
    return added(at, other, self, -at.number(alpha))


@operation("div")
def _div(at: Call, self: Any, other: Any, rounding_mode: Any = None) -> Entries:
    if rounding_mode is not None:
        at.refuse("rounds, which is not continuous; cut the network before it")

    def quotient(x: Wires, y: Wires) -> Wires:
        divisors = column_of_constants(y)
        if divisors is None:
            at.refuse(
                "divides by a value that depends on the input, which is not piecewise linear; cut the network before it"
            )
        numbers = divisors.to_rationals()[:, 0].tolist()
        if not all(numbers):
            raise InputError(f"The {at.where} divides by zero.")
        return x.scaled(RationalMatrix.of([[1 / n] for n in numbers]))

    return at.each(quotient, self, other)


@operation("lerp")
def _lerp(at: Call, self: Any, end: Any, weight: Any) -> Entries:
    return added(at, self, multiplied(at, added(at, end, self, -1), weight))


@operation("addcmul")
def _addcmul(at: Call, self: Any, tensor1: Any, tensor2: Any, value: Any = 1) -> Entries:
    return added(at, self, multiplied(at, tensor1, tensor2), at.number(value))


@operation("addcdiv")
def _addcdiv(at: Call, self: Any, tensor1: Any, tensor2: Any, value: Any = 1) -> Entries:
    return added(at, self, _div(at, tensor1, tensor2), at.number(value))


def _is_traced(value: Any) -> bool:
    return hasattr(value, "entries")


@operation("mm", "mv", "dot", "vdot")
def _mm(at: Call, self: Any, mat2: Any = None, bias: Any = None, **named: Any) -> Entries:
    other = mat2 if mat2 is not None else named.popitem()[1]  # "vec" of mv, "tensor" of dot
    if _is_traced(self) and _is_traced(other):
        other_is_constant = at.forms.is_constant(at.entries(other)).all()
        if not other_is_constant and not at.forms.is_constant(at.entries(self)).all():
            at.refuse(_PRODUCT)
        left = bool(other_is_constant)
    else:
        left = _is_traced(self)
    value, matrix = at.entries(self if left else other), at.array(other if left else self, "weight")
    if not left:
        value = value.T
        matrix = matrix.T
    flat = matrix.reshape(len(matrix), -1)
    rows = value.reshape(-1, value.shape[-1])
    result = at.rows(rows, _product_with(at, flat.T, bias), True).reshape(*value.shape[:-1], *matrix.shape[1:])
    return result if left else result.T


@operation("addmm", "addmv")
def _addmm(
    at: Call, self: Any, mat1: Any = None, mat2: Any = None, beta: Any = 1, alpha: Any = 1, **named: Any
) -> Entries:
    first = named["mat"] if mat1 is None else mat1
    second = named["vec"] if mat2 is None else mat2
    if (
        _is_traced(first)
        and beta == alpha == 1
        and not _is_traced(self)
        and not _is_traced(second)
        and self.ndim == 1
        and len(self) == second.shape[-1]
        and second.ndim == 2
    ):
        return _mm(at, first, second, at.array(self, "bias"))
    product = _mm(at, first, second) if _is_traced(first) or _is_traced(second) else at.entries(first @ second)
    return added(at, multiplied(at, self, beta) if beta != 1 else self, product, at.number(alpha))


@operation("bmm")
def _bmm(at: Call, self: Any, mat2: Any) -> Entries:
    if _is_traced(self) and _is_traced(mat2):
        at.refuse(_PRODUCT)
    left = _is_traced(self)
    value, matrices = at.entries(self if left else mat2), at.array(mat2 if left else self, "weight")
    if not left:
        value, matrices = value.swapaxes(1, 2), matrices.swapaxes(1, 2)
    result = np.empty((*value.shape[:2], matrices.shape[2]), dtype=np.int64)
    alike: dict[bytes, list[int]] = {}
    for i, matrix in enumerate(matrices):
        alike.setdefault(matrix.tobytes(), []).append(i)
    for places in alike.values():
        rows = value[places].reshape(-1, value.shape[2])
        made = at.rows(rows, _product_with(at, matrices[places[0]].T, None), True)
        result[places] = made.reshape(len(places), *result.shape[1:])
    return result if left else result.swapaxes(1, 2)


def _product_with(at: Call, matrix: Any, bias: Any) -> Callable[[Wires], Wires]:
    """The product of a matrix with rows, and a bias."""
    return lambda x: linear(x, matrix, bias, at.name, f"weight of {at.where}", f"bias of {at.where}")


@operation("baddbmm")
def _baddbmm(at: Call, self: Any, batch1: Any, batch2: Any, beta: Any = 1, alpha: Any = 1) -> Entries:
    product = _bmm(at, batch1, batch2) if _is_traced(batch1) or _is_traced(batch2) else at.entries(batch1 @ batch2)
    return added(at, multiplied(at, self, beta) if beta != 1 else self, product, at.number(alpha))


@operation("sum", "nansum")
def _sum(at: Call, self: Any, dim: Any = None, keepdim: bool = False) -> Entries:
    return at.along(self, dim, lambda x: total(x, (1,), False, 1), keepdim)


@operation("mean", "nanmean")
def _mean(at: Call, self: Any, dim: Any = None, keepdim: bool = False) -> Entries:
    return at.along(self, dim, lambda x: total(x, (1,), False, mpq(1, x.shape[1])), keepdim)


@operation("pow")
def _pow(at: Call, self: Any, exponent: Any) -> Entries:
    if isinstance(exponent, (int, float)) and exponent == 1:
        return at.entries(self)
    return at.refuse(f"is the power {exponent}, which is not piecewise linear; cut the network before it")


def _accumulated(at: Call, base: Any, targets: Any, sources: Any, factor: Any = 1) -> Entries:
    """The base plus, at its places ``targets`` in the order of C, the sources; places below 0 are left out."""
    result, places = at.entries(base).copy(), np.asarray(targets).ravel()
    entries = np.broadcast_to(at.entries(sources), np.shape(targets)).ravel()
    order = np.argsort(places, kind="stable")
    order = order[places[order] >= 0]
    hit, first, counts = np.unique(places[order], return_index=True, return_counts=True)
    flat = result.reshape(-1)
    for count in np.unique(counts):  # the places that as many sources are added to
        chosen = counts == count
        rows = entries[order[first[chosen][:, None] + np.arange(count)]]
        sums = at.rows(rows, lambda x: total(x, (1,), False, factor))
        flat[hit[chosen]] = added(at, flat[hit[chosen]], sums)
    return flat.reshape(result.shape)


def _places(at: Call, shape: Any) -> Any:
    """The places of an array in the order of C."""
    return np.arange(int(np.prod(shape))).reshape(tuple(shape))


@operation("scatter_add")
def _scatter_add(at: Call, self: Any, dim: int, index: Any, src: Any) -> Entries:
    numbers = at.array(index, "index")
    lengths = tuple(slice(n) for n in numbers.shape)
    beside = tuple(slice(None) if axis == dim % self.ndim else cut for axis, cut in enumerate(lengths))
    targets = np.take_along_axis(_places(at, self.shape)[beside], numbers, dim)
    return _accumulated(at, self, targets, at.entries(src)[lengths])


@operation("index_add")
def _index_add(at: Call, self: Any, dim: int, index: Any, source: Any, alpha: Any = 1) -> Entries:
    targets = np.take(_places(at, self.shape), at.array(index, "index"), dim)
    return _accumulated(at, self, targets, source, at.number(alpha))


@operation("index_put", "index_put_impl")
def _index_put(at: Call, self: Any, indices: Any, values: Any, accumulate: bool, **_: Any) -> Entries:
    chosen = tuple(slice(None) if index is None else at.array(index, "index") for index in indices)
    return _accumulated(at, self, _places(at, self.shape)[chosen], values)


@operation("cumsum")
def _cumsum(at: Call, self: Any, dim: int) -> Entries:
    def sums(x: Wires) -> Wires:
        return linear(x, np.tri(x.shape[1], dtype=np.int64), None, at.name, at.where, at.where)

    return at.along(self, dim, sums)
