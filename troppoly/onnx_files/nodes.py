"""Nodes of ONNX graphs, as calls on constant arrays and entries of affine forms at all points that a graph declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.circuit.affine_operators import check_finite
from troppoly.circuit.circuit import LARGEST_WEIGHT, check_size
from troppoly.circuit.entries import Array, Entries
from troppoly.circuit.operations import Call
from troppoly.errors import FileFormatError, ShapeError
from troppoly.exact import rational

__all__ = ["Node", "Operand", "apart"]

Operand = NDArray[Any] | None
"""Entries, a constant, or an optional input that is missing."""


def apart(n_points: int) -> str:
    """Words for a graph that does not keep its points apart."""
    alone = "give the shape of the input to take all of it as one point"
    return f"so that the {n_points} points that the graph declares do not pass through it one by one; {alone}"


@dataclass(frozen=True, slots=True)
class Node(Call):
    """A node of a graph: a call with the version of its operator set and its attributes by name."""

    proto: Any
    version: int
    attributes: dict[str, Any]

    @property
    def kind(self) -> str:
        """The name of the operator."""
        return str(self.proto.op_type)

    def refuse_points(self) -> NoReturn:
        """Raise UnsupportedError since the points of a batch are not treated one by one."""
        self.refuse(f"joins values of several points, {apart(self.forms.n_points)}")

    def entries(self, value: Any, part: str = "constant") -> Entries:
        """Return the entries of an operand, or of an exact number."""
        if isinstance(value, Entries):
            return value
        array = self.array(value if value is None else np.asarray(value), part)
        check_size(array.shape, f"{part} of the {self.where}", LARGEST_WEIGHT)
        return self.forms.constants(array, f"{part} of the {self.where}")

    def value(self, operand: Operand) -> Array:
        """Return an operand that must be computed from the input."""
        if not isinstance(operand, Entries):
            self.refuse("takes a constant where a result of the input is needed")
        return operand

    def constant(self, operand: Operand, part: str) -> NDArray[Any]:
        """Return an operand that must be constant, in its own type."""
        if operand is None or isinstance(operand, Entries):
            self.refuse(f"takes a {part} that is not constant")
        return operand

    def array(self, value: Any, part: str) -> NDArray[Any]:
        """Return an operand that must be constant, as integers or floats."""
        array = self.constant(value, part)
        if array.dtype.kind not in "fiuO":
            array = array.astype(np.int64 if array.dtype.kind == "b" else np.float64)
        check_finite(array, f"{part} of {self.where}")
        return array

    def number(self, name: str) -> mpq:
        """Return an attribute as the exact value of its float32."""
        return rational(self.attributes[name], f"{name} of {self.where}")

    def single(self, operand: Operand, part: str) -> Any:
        """Return the one number of a constant operand."""
        array = self.constant(operand, part)
        if array.size != 1:
            raise ShapeError(f"The {self.where} has a {part} of shape {array.shape}, where one number is needed.")
        return array.item()

    def integers(self, operand: Operand, name: str) -> list[int] | None:
        """Return a list of integers, which is an attribute or a constant operand, or None."""
        if operand is None:
            listed = self.attributes.get(name)
            return None if listed is None else [int(n) for n in np.atleast_1d(listed)]
        array = self.constant(operand, name)
        if array.dtype.kind not in "iu" or array.ndim > 1:
            raise FileFormatError(f"The {self.where} has {name} that are not a list of integers.")
        return [int(n) for n in np.atleast_1d(array)]

    def axis(self, axis: int, n_axes: int) -> int:
        """Return an axis as a number that is not negative."""
        if not -n_axes <= axis < n_axes:
            raise ShapeError(f"The {self.where} names axis {axis} of an array with {n_axes} axes.")
        return axis % n_axes
