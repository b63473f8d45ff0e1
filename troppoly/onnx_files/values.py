"""Values of ONNX graphs: arrays of affine forms for one point.

A graph that declares several points computes the same for each of them: its values have an axis of the
batch, which has length 1 here, and constants are the same along it.  If it declares one point, or leaves
their number open, then the arrays are those of a batch of one point, and no axis is special.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn, TypeVar

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.circuit.affine_operators import constant_column
from troppoly.circuit.circuit import Circuit, Wires, check_size
from troppoly.errors import FileFormatError, ShapeError, UnsupportedError
from troppoly.exact import rational

__all__ = ["OPERATORS", "Node", "Operand", "Value", "constant_wires", "operator"]

Array = NDArray[Any]
Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Value:
    """An array of forms, and its axis of the batch (None if it has none)."""

    wires: Wires
    batch: int | None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, with length 1 along the batch."""
        return self.wires.shape

    def declared_shape(self, n_points: int) -> tuple[int, ...]:
        """Return the shape of the array of all points."""
        return tuple(n_points if axis == self.batch else n for axis, n in enumerate(self.shape))

    def following(self, wires: Wires) -> Value:
        """Return a value with the same axis of the batch that is computed from this one."""
        return replace(self, wires=wires)


Operand = Value | Array | None
"""A value, a constant, or an optional input that is missing."""


def constant_wires(circuit: Circuit, array: Array, where: str) -> Wires:
    """Return a constant array as forms."""
    check_size(array.shape, f"constant of the {where}")
    column = constant_column(array, array.shape, f"constant of the {where}")
    return Wires(circuit, column.sparse().widened(circuit.n_atoms), array.shape)


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a graph: its name, words for messages, and its attributes by name.

    ``version`` is that of the operator set, and ``n_points`` the number of points of a batch that the
    graph declares (1 if it is left open).
    """

    proto: Any
    name: str
    place: str
    version: int
    attributes: dict[str, Any]
    n_points: int

    def refuse(self, reason: str) -> NoReturn:
        """Raise UnsupportedError."""
        raise UnsupportedError(f"The {self.place} {reason}.")

    def refuse_batch(self, reason: str) -> NoReturn:
        """Raise UnsupportedError since the points of a batch are not treated one by one."""
        self.refuse(
            f"{reason}, so that the {self.n_points} points that the graph declares do not pass through it "
            "one by one; give the shape of the input to take all of it as one point"
        )

    def number(self, name: str) -> mpq:
        """Return an attribute as the exact value of its float32."""
        return rational(self.attributes[name], f"{name} of {self.place}")

    def value(self, operand: Operand) -> Value:
        """Return an operand that must be computed from the input."""
        if not isinstance(operand, Value):
            self.refuse("takes a constant where a result of the input is needed")
        return operand

    def constant(self, operand: Operand, part: str) -> Array:
        """Return an operand that must be constant, as integers or floats."""
        if not isinstance(operand, np.ndarray):
            self.refuse(f"takes a {part} that is not constant")
        if operand.dtype.kind == "b":
            return operand.astype(np.int64)
        return operand if operand.dtype.kind in "fiuO" else operand.astype(np.float64)

    def single(self, operand: Operand, part: str) -> Any:
        """Return the one number of a constant operand."""
        array = self.constant(operand, part)
        if array.size != 1:
            raise ShapeError(f"The {self.place} has a {part} of shape {array.shape}, where one number is needed.")
        return array.item()

    def integers(self, operand: Operand, name: str) -> list[int] | None:
        """Return a list of integers, which is an attribute or a constant operand, or None."""
        if operand is None:
            listed = self.attributes.get(name)
            return None if listed is None else [int(n) for n in np.atleast_1d(listed)]
        array = self.constant(operand, name)
        if array.dtype.kind not in "iu" or array.ndim > 1:
            raise FileFormatError(f"The {self.place} has {name} that are no list of integers.")
        return [int(n) for n in np.atleast_1d(array)]

    def axis(self, axis: int, n_axes: int) -> int:
        """Return an axis as a number that is not negative."""
        if not -n_axes <= axis < n_axes:
            raise ShapeError(f"The {self.place} names axis {axis} of an array with {n_axes} axes.")
        return axis % n_axes

    def feature_axis(self, axis: int, value: Value) -> int:
        """Return an axis that must not be that of the batch."""
        result = self.axis(axis, len(value.shape))
        if result == value.batch:
            self.refuse_batch("works along the axis of the batch")
        return result

    def at_one_point(self, array: Array, axis: int | None) -> Array:
        """Return a constant at one point, for which ``axis`` is that of the batch, if it has it."""
        if axis is None or not 0 <= axis < array.ndim or array.shape[axis] == 1:
            return array
        first = array.take([0], axis)
        if array.shape[axis] != self.n_points or not np.array_equal(array, np.broadcast_to(first, array.shape)):
            self.refuse_batch(f"has a constant of shape {array.shape}")
        return first

    def aligned(self, operands: Sequence[Operand]) -> tuple[list[Wires | Array], int | None]:
        """Return operands of arithmetic entry by entry, at one point, and their common axis of the batch."""
        ndims = [0 if operand is None else len(operand.shape) for operand in operands]
        most = max(ndims)
        places = {
            operand.batch + most - len(operand.shape)
            for operand in operands
            if isinstance(operand, Value) and operand.batch is not None
        }
        if len(places) > 1:
            self.refuse_batch("takes values with different axes of the batch")
        batch = next(iter(places), None)
        result: list[Wires | Array] = []
        for operand, n in zip(operands, ndims, strict=True):
            own = None if batch is None else batch - most + n
            if not isinstance(operand, Value):
                result.append(self.at_one_point(self.constant(operand, "operand"), own))
                continue
            if own is not None and own >= 0 and operand.shape[own] != 1:
                self.refuse_batch("takes a value without an axis of the batch")
            result.append(operand.wires)
        return result, batch


OPERATORS: dict[str, Callable[..., Any]] = {}
"""The operators by name: functions of the node and its operands, of which one is a value."""


def operator(*names: str) -> Callable[[Function], Function]:
    """Register a function under the names of operators."""

    def register(function: Function) -> Function:
        OPERATORS.update(dict.fromkeys(names, function))
        return function

    return register
