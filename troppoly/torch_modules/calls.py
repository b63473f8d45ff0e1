"""Calls of PyTorch's operators on traced tensors, which hold entries of affine forms instead of numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.circuit.entries import Entries
from troppoly.circuit.operations import Call
from troppoly.errors import UnsupportedError, require
from troppoly.exact import rational
from troppoly.torch_modules.operator_kinds import MOVES

__all__ = ["COMPARED", "PLACE", "UNSET", "AtenCall", "Note", "each_axis", "is_traced", "tensor_array", "traced_type"]

UNSET = -2
"""The entry of memory that was not written to, or holds no finite number."""


@dataclass(frozen=True, slots=True, eq=False)
class Note:
    """What a traced tensor is that is not the value of a piecewise linear function, and the operators that take it."""

    words: str
    taken_by: frozenset[str] = frozenset()


COMPARED = Note("compares numbers")
PLACE = Note("is the place of a maximum or minimum, which is not continuous", MOVES)


@cache
def traced_type() -> Any:
    """The type of traced tensors."""
    torch = require("torch", extra="torch")

    class Traced(torch.Tensor):  # type: ignore[misc, name-defined]
        """A tensor with entries instead of numbers, and perhaps a note."""

        @staticmethod
        def __new__(cls: Any, entries: Any, dtype: Any, note: Note | None = None) -> Any:
            self = torch.Tensor._make_wrapper_subclass(
                cls, entries.shape, strides=entries.stride(), storage_offset=entries.storage_offset(), dtype=dtype
            )
            self.entries, self.note = entries, note
            return self

        __torch_function__ = torch._C._disabled_torch_function_impl

        def __repr__(self) -> str:
            return f"Traced(shape={tuple(self.shape)})"

        @classmethod
        def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            raise UnsupportedError(f"A traced tensor is used by {func} outside of the run of its module.")

    return Traced


def is_traced(value: Any) -> bool:
    """Whether a value is a traced tensor, or entries."""
    return isinstance(value, Entries) or hasattr(value, "entries")


def tensor_array(tensor: Any) -> NDArray[Any]:
    """Return a torch tensor as an array of the same numbers; float32 contains the floats that NumPy lacks."""
    tensor = tensor.detach().cpu()
    if tensor.is_floating_point() and str(tensor.dtype) not in ("torch.float32", "torch.float64"):
        tensor = tensor.float()
    return np.asarray(tensor.numpy())


def each_axis(value: Any, n: int) -> tuple[Any, ...]:
    """An argument for every axis of an image."""
    values = tuple(value) if isinstance(value, Iterable) else (value,)
    return values * n if len(values) == 1 else values


@dataclass(frozen=True, slots=True)
class AtenCall(Call):
    """A call in a module.

    PyTorch rounds numbers in the code, such as the slope of a LeakyReLU, to the type ``kind``: these are meant.
    """

    kind: type[np.floating[Any]]

    def number(self, value: Any) -> mpq:
        """Return a number in the code as the exact rational that PyTorch works with."""
        return rational(self.kind(value) if isinstance(value, float) else value, f"number in {self.where}")

    def entries(self, value: Any, part: str = "constant", may_be_unset: bool = False) -> Entries:
        """Return the entries of a traced or constant tensor, or of a number."""
        if isinstance(value, Entries):
            return value
        if is_traced(value):
            return Entries.of(value.entries.numpy())
        where = f"{part} of the {self.where}"
        if not hasattr(value, "detach"):
            return self.forms.constants(np.array(self.number(value), dtype=object), where)
        array = tensor_array(value)
        if array.ndim == 0 and array.dtype == np.float64:
            array = array.astype(self.kind)
        if may_be_unset and not (finite := np.isfinite(array)).all():
            return Entries.of(np.where(finite, self.forms.constants(np.where(finite, array, 0), where), UNSET))
        return self.forms.constants(array.astype(np.int64) if array.dtype == bool else array, where)

    def array(self, value: Any, part: str) -> Any:
        """Return an operand that must be constant as an array."""
        return self.numbers(self.entries(value), part) if is_traced(value) else tensor_array(value)

    def refuse_points(self) -> NoReturn:
        """Raise UnsupportedError since the call joins several points of a batch."""
        self.refuse("does not keep the points of a batch apart")
