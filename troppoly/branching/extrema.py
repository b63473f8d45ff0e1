"""The greatest and least value of a linear form of the outputs of a network on a domain, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gmpy2 import mpq

from troppoly.branching.nodes import Branching
from troppoly.branching.pieces import flat_of, with_outputs
from troppoly.branching.search import Clock, greatest
from troppoly.circuit.layer import Layer
from troppoly.errors import InputError, UnboundedError
from troppoly.exact import RationalMatrix, rational_vector
from troppoly.exact.scalar import abbreviated, decimals
from troppoly.values import Value

__all__ = ["OutputExtremum", "form_of_outputs", "output_maximum"]

Vector = tuple[mpq, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OutputExtremum(Value):
    """The maximum or minimum of the form <form, y> of the outputs y on a domain.

    It is attained at ``point``; or it does not exist, and along ``point`` + s ``ray``, s >= 0, in the domain, the form
    is affine and goes to infinity.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [-1]], [["-1/2", -1]]], [[0, 0], [1]])
    >>> top, bottom = net.maximum(0), net.minimum(0)
    >>> top, top.value, top.point
    (Maximum 1 at (0), mpq(1,1), (mpq(0,1),))
    >>> bottom, bottom.is_bounded
    (No minimum: the form is unbounded along (-1), False)
    """

    form: Vector
    point: Vector
    ray: Vector | None
    kind: str
    _value: mpq | None

    @property
    def is_bounded(self) -> bool:
        """Whether the extremum exists."""
        return self.ray is None

    @property
    def value(self) -> mpq:
        """The extremum; raises UnboundedError if there is none."""
        if self._value is None:
            raise UnboundedError(f"The form has no {self.kind} on the domain; see the ray.")
        return self._value

    def __float__(self) -> float:
        return float(self.value)

    def __repr__(self) -> str:
        if self._value is None:
            return f"No {self.kind}: the form is unbounded along ({_listed(self.ray or ())})"
        return f"{self.kind.capitalize()} {abbreviated(self._value)} at ({_listed(self.point)})"


def _listed(values: Vector) -> str:
    text = ", ".join(map(str, values))
    return text if len(text) < 60 else ", ".join(decimals(v, 4) for v in values[:6]) + ", ..." * (len(values) > 6)


def form_of_outputs(form: int | Sequence[Any], n: int) -> Vector:
    """Return the coefficients of a linear form of n outputs, of which an integer names one."""
    if isinstance(form, int):
        if not 0 <= form < n:
            raise InputError(f"There is no output {form}; they are numbered from 0 to {n - 1}.")
        return tuple(mpq(i == form) for i in range(n))
    return rational_vector(form, "form", n)


def output_maximum(
    layers: tuple[Layer, ...], form: Vector, domain: Any, sign: int, seconds: float | None
) -> OutputExtremum:
    """Return the maximum, or with the sign -1 the minimum, of a form of the outputs on a domain."""
    row = RationalMatrix.of([[*(sign * v for v in form), 0]])
    flat = flat_of(domain, layers[0].n_inputs)
    found = greatest(Branching(with_outputs(layers, row), flat), Clock(seconds))
    ray = None if found.ray is None else flat.moved(found.ray)
    value = None if found.value is None else sign * found.value
    return OutputExtremum(form, flat.lifted(found.point), ray, "maximum" if sign > 0 else "minimum", value)
