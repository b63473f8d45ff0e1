"""Calls of PyTorch's operators on entries of affine forms: where they stand, and which are known.

The functions in :data:`OPERATIONS` take the place of the call, then the arguments of the operator of ATen with
the same name, the library that all of PyTorch's functions are made of.  They return arrays of entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.circuit.circuit import LARGEST_ARRAY, Wires, check_size
from troppoly.errors import ShapeError, UnsupportedError
from troppoly.exact import rational
from troppoly.torch_modules.forms import UNSET, Entries, Forms, column_of_constants

__all__ = ["OPERATIONS", "Call", "Place", "each_axis", "operation", "tensor_array"]

Array = NDArray[Any]
Function = TypeVar("Function", bound=Callable[..., Any])


def tensor_array(tensor: Any) -> Array:
    """Return a torch tensor as a NumPy array of the same numbers.

    Every floating type of torch that NumPy lacks (bfloat16, the 8-bit ones) is contained in
    float32, so the conversion is lossless.
    """
    tensor = tensor.detach().cpu()
    if tensor.is_floating_point() and str(tensor.dtype) not in ("torch.float32", "torch.float64"):
        tensor = tensor.float()
    return np.asarray(tensor.numpy())


@dataclass(frozen=True, slots=True)
class Place:
    """A result that is the places of maxima, or a comparison: no piecewise linear function itself."""

    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """An operator that is called: the qualified name of the module, words for messages, and the forms.

    ``kind`` is the NumPy type that PyTorch computes with here; it rounds numbers in the code, such as the
    slope of a LeakyReLU, to it, and these are the numbers that are meant.
    """

    name: str
    where: str
    kind: type[np.floating[Any]]
    forms: Forms
    drop_final: bool

    def number(self, value: Any) -> mpq:
        """Return a number in the code as the exact rational that PyTorch works with."""
        exact = not isinstance(value, float)
        return rational(value if exact else self.kind(value), f"number in {self.where}")

    def entries(self, value: Any, part: str = "constant", may_be_unset: bool = False) -> Entries:
        """Return the entries of a traced or constant tensor, or of a number."""
        if isinstance(value, np.ndarray) and value.dtype == np.int64:
            return value  # entries already
        if hasattr(value, "entries"):
            return np.asarray(value.entries.numpy().astype(np.int64))
        where = f"{part} of the {self.where}"
        if not hasattr(value, "detach"):
            return self.forms.constants(np.array(self.number(value), dtype=object), where)
        array = tensor_array(value)
        if array.ndim == 0 and array.dtype == np.float64:
            array = array.astype(self.kind)
        if may_be_unset and not np.isfinite(array).all():
            known = self.forms.constants(np.where(np.isfinite(array), array, 0), where)
            return np.where(np.isfinite(array), known, UNSET)
        return self.forms.constants(array.astype(np.int64) if array.dtype == bool else array, where)

    def array(self, value: Any, part: str) -> Any:
        """Return an operand that must be constant as an array."""
        if not hasattr(value, "entries"):
            return tensor_array(value)
        numbers = column_of_constants(self.forms.value(self.entries(value) >> 1))
        if numbers is None:
            self.refuse(f"takes a {part} that is computed from the input; it must be constant")
        return numbers.to_rationals().reshape(tuple(value.shape))

    def optional(self, value: Any, part: str) -> Any:
        """Return a constant operand that may be missing as an array."""
        return None if value is None else self.array(value, part)

    def each(self, function: Callable[..., Wires], *operands: Any) -> Entries:
        """Return what a function makes of entries one by one: it gets a vector for every operand.

        Operands are repeated to a common shape.
        """
        arrays = [self.entries(operand) for operand in operands]
        try:
            arrays = list(np.broadcast_arrays(*arrays))
        except ValueError:
            shapes = " and ".join(str(a.shape) for a in arrays)
            raise ShapeError(f"The {self.where} takes shapes {shapes}, which do not fit together.") from None
        check_size((arrays[0].size,), f"result of the {self.where}", limit=2 * LARGEST_ARRAY)

        def of_columns(value: Wires) -> Wires:
            return function(
                *(value.rearranged(lambda n, j=j: n[:, j]) for j in range(len(arrays)))  # type: ignore[misc]
            )

        stacked = np.stack([a.ravel() for a in arrays], axis=1)
        return self.rows(stacked, of_columns).reshape(arrays[0].shape)

    def rows(self, entries: Entries, function: Callable[[Wires], Wires], keeps_name: bool = False) -> Entries:
        """Return what a function makes of all rows of an array; see :meth:`Forms.rows`.

        Atoms are named after this call for it, or keep the name of the one that made them.
        """
        return self._apart(lambda: self.forms.rows(entries, function, "" if keeps_name else self.name))

    def images(self, entries: Entries, function: Callable[[Wires], Wires]) -> Entries:
        """Return what a function makes of all images of a batch; see :meth:`Forms.images`."""
        if len(entries) == 1 and not self.forms.is_constant(entries).all():
            raise ShapeError(
                f"The {self.where} takes a batch with {entries.ndim - 1} axes (channels first), not shape "
                f"{(1, *entries.shape[2:])}; give input_shape without the axis of the batch."
            )
        return self._apart(lambda: self.forms.images(entries, function, self.name))

    def along(self, value: Any, dim: Any, function: Callable[[Wires], Wires], keepdim: bool | None = None) -> Entries:
        """Return what a function makes of the entries along some axes, or all: it gets them as rows.

        It returns one entry for every row, whose axes are kept or not, or, for ``keepdim`` None and a
        single axis, as many as there were or any number.
        """
        entries = self.entries(value)
        n = max(entries.ndim, 1)
        entries = entries.reshape(entries.shape or (1,))
        listed = range(n) if dim is None or dim == [] else [dim] if isinstance(dim, int) else dim
        axes = sorted(axis % n for axis in listed)
        others = [axis for axis in range(n) if axis not in axes]
        moved = entries.transpose(*others, *axes)
        lead = moved.shape[: len(others)]
        rows = moved.reshape(int(np.prod(lead, dtype=np.int64)), -1)
        result = self.rows(rows, function)
        if keepdim is None:
            return np.moveaxis(result.reshape(*lead, -1), -1, axes[0])
        kept = tuple(1 if axis in axes else entries.shape[axis] for axis in range(n))
        return result.reshape(kept if keepdim else lead)

    def _apart(self, make: Callable[[], Entries]) -> Entries:
        try:
            return make()
        except UnsupportedError as error:
            if str(error).startswith("does not"):
                self.refuse(str(error))
            raise

    def refuse(self, reason: str) -> NoReturn:
        """Raise UnsupportedError."""
        raise UnsupportedError(f"The {self.where} {reason}.")


OPERATIONS: dict[str, Callable[..., Any]] = {}
"""The operators by name, without underscores around it."""


def operation(*names: str) -> Callable[[Function], Function]:
    """Register a function under the names of operators."""

    def register(function: Function) -> Function:
        OPERATIONS.update(dict.fromkeys(names, function))
        return function

    return register


def each_axis(value: Any, n: int) -> tuple[Any, ...]:
    """An argument for every axis of an image."""
    values = tuple(value) if isinstance(value, Iterable) else (value,)
    return values * n if len(values) == 1 else values
