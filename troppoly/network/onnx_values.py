"""Values of ONNX graphs: arrays of affine forms, one axis of which is that of the points of a batch.

The axis of the batch has length 1 here.  It is the first one of images, but a graph may also compute
with columns (features, batch), or with a single vector and no batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NoReturn, TypeVar

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.errors import FileFormatError, ShapeError, UnsupportedError
from troppoly.exact import rational
from troppoly.network.circuit import Wires

__all__ = ["OPERATORS", "Node", "Operand", "Value", "operator"]

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

    def following(self, wires: Wires) -> Value:
        """Return a value of the same shape that is computed from this one."""
        return replace(self, wires=wires)


Operand = Value | Array | None
"""A value, a constant, or an optional input that is missing."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a graph: its name, words for messages, and its attributes by name.

    ``n_outputs`` is the number of its results, and ``n_points`` the number of points of a batch that
    the graph declares (None if it is left open).
    """

    name: str
    place: str
    attributes: dict[str, Any]
    n_outputs: int
    n_points: int | None

    def refuse(self, reason: str) -> NoReturn:
        """Raise UnsupportedError."""
        raise UnsupportedError(f"The {self.place} {reason}.")

    def number(self, name: str, default: float) -> mpq:
        """Return an attribute as the exact value of its float32."""
        return rational(self.attributes.get(name, np.float32(default)), f"{name} of {self.place}")

    def value(self, operand: Operand) -> Value:
        """Return an operand that must be computed from the input."""
        if not isinstance(operand, Value):
            self.refuse("does not take a result of the input where one is needed")
        return operand

    def image(self, operand: Operand) -> Value:
        """Return an operand that must be a batch of images or signals, channels first."""
        value = self.value(operand)
        if value.batch != 0 or len(value.shape) < 3:
            raise ShapeError(f"The {self.place} takes a batch of images, not shape {value.shape}.")
        return value

    def constant(self, operand: Operand, part: str) -> Array:
        """Return an operand that must be constant."""
        if not isinstance(operand, np.ndarray):
            self.refuse(f"takes a {part} that is not constant")
        return operand

    def optional(self, operand: Operand, part: str) -> Array | None:
        """Return an operand that must be constant or missing."""
        return None if operand is None else self.constant(operand, part)

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
            self.refuse("does not keep the points of a batch apart")
        return result

    def rearranged(
        self, value: Value, function: Callable[[NDArray[np.int64]], NDArray[np.int64]], batch: int | None
    ) -> Value:
        """Return a value of rearranged entries, whose axis of the batch is ``batch``."""
        try:
            wires = value.wires.rearranged(function)
        except (ValueError, IndexError) as error:
            raise ShapeError(f"The {self.place} cannot rearrange shape {value.shape} ({error}).") from None
        if batch is not None and (batch >= len(wires.shape) or wires.shape[batch] != 1):
            self.refuse("does not keep the points of a batch apart")
        return Value(wires, batch)


OPERATORS: dict[str, Callable[..., Any]] = {}
"""The operators by name: functions of the node and its operands."""


def operator(*names: str) -> Callable[[Function], Function]:
    """Register a function under the names of operators."""

    def register(function: Function) -> Function:
        OPERATORS.update(dict.fromkeys(names, function))
        return function

    return register
