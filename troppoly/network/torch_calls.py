"""Calls of PyTorch functions on values of a circuit: where they stand, and which are known.

The functions in :data:`FUNCTIONS` take the place of the call, then the arguments of their namesake in
``torch``, ``torch.nn.functional`` or ``torch.Tensor``.  Values have the batch axis 0, of length 1, and
operations along it are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isinf
from typing import Any, NamedTuple, NoReturn, TypeVar

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.errors import ShapeError, UnsupportedError
from troppoly.exact import rational
from troppoly.network.circuit import Wires

__all__ = [
    "FUNCTIONS",
    "CallPlace",
    "Maxima",
    "axis_number",
    "axis_numbers",
    "each_axis",
    "piecewise_linear",
    "tensor_array",
]

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
class CallPlace:
    """Where a function is called: the qualified name of the module, and words for messages.

    ``kind`` is the NumPy type of the module's parameters; PyTorch rounds numbers in the code, such as
    the slope of a LeakyReLU, to it, and these are the numbers that are meant.
    """

    name: str
    where: str
    kind: type[np.floating[Any]]

    def number(self, value: Any) -> mpq:
        """Return a number in the code as the exact rational that PyTorch works with."""
        if not isinstance(value, (int, float)) and not hasattr(value, "detach"):
            self.refuse(f"takes {type(value).__name__} where a number or a tensor is supported")
        exact = isinstance(value, int) or hasattr(value, "detach")
        return rational(value if exact else self.kind(value), f"number in {self.where}")

    def bound(self, value: Any) -> mpq | None:
        """Return a bound, None if it is missing or infinite."""
        if hasattr(value, "detach") and value.numel() != 1:
            self.refuse("clips to bounds that differ from entry to entry")
        return None if value is None or isinf(value) else self.number(value)

    def constant(self, value: Any) -> Any:
        """Return a constant number or tensor as an array of exact numbers."""
        if hasattr(value, "detach"):
            return tensor_array(value)
        return np.array([self.number(value)], dtype=object)

    def array(self, value: Any, part: str) -> Array:
        """Return a constant tensor as an array."""
        if not hasattr(value, "detach"):
            self.refuse(f"takes a {part} that is computed from the input; it must be constant")
        return tensor_array(value)

    def optional(self, value: Any, part: str) -> Array | None:
        """Return a constant tensor that may be missing as an array."""
        return None if value is None else self.array(value, part)

    def refuse(self, reason: str) -> NoReturn:
        """Raise UnsupportedError."""
        raise UnsupportedError(f"The {self.where} {reason}.")


class Maxima(NamedTuple):
    """What ``torch.max`` along an axis returns; the indices are no piecewise linear function."""

    values: Wires
    indices: None = None


FUNCTIONS: dict[str, Callable[..., Any]] = {}
"""The functions by the names they are called by; names may end in an underscore more."""


def piecewise_linear(*names: str) -> Callable[[Function], Function]:
    """Register a function under the names that it is called by."""

    def register(function: Function) -> Function:
        FUNCTIONS.update(dict.fromkeys(names, function))
        return function

    return register


def axis_number(at: CallPlace, value: Wires, axis: int) -> int:
    """An axis as a number that is not negative, and is not that of the batch."""
    n = len(value.shape)
    if not -n <= axis < n:
        raise ShapeError(f"The {at.where} names axis {axis} of shape {value.shape}.")
    if axis % n == 0:
        at.refuse("works along axis 0, that of the batch")
    return axis % n


def axis_numbers(at: CallPlace, value: Wires, axes: Any) -> tuple[int, ...]:
    """Axes as numbers that are not negative, without that of the batch."""
    if axes is None:
        at.refuse("works along all axes, that of the batch among them; name the others")
    listed = (axes,) if isinstance(axes, int) else tuple(axes)
    return tuple(axis_number(at, value, axis) for axis in listed)


def each_axis(value: Any, n: int) -> tuple[Any, ...]:
    """An argument for every axis of an image."""
    values = tuple(value) if isinstance(value, Iterable) else (value,)
    return values * n if len(values) == 1 else values
