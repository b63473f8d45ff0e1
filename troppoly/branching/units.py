"""Which units of a network are dead, always on, or neither, on a domain: proved.

Bounds of the relaxation decide most units, and values at points show that others take both signs.  Of each unit that is
left the extrema are computed by branching, on the layers up to its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.branching.nodes import Branching
from troppoly.branching.pieces import flat_of, with_outputs
from troppoly.branching.relaxation import Signs
from troppoly.branching.search import Clock, greatest
from troppoly.circuit.layer import Layer
from troppoly.errors import BudgetError
from troppoly.exact import RationalMatrix
from troppoly.values import Value

__all__ = ["UnitSigns", "unit_signs"]

Vector = tuple[mpq, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class UnitSigns(Value):
    """For every unit (layer, unit) that is rectified, what its pre-activation z does on a domain.

    ``dead`` units have z <= 0 on all of it, ``always_on`` ones z >= 0 and somewhere z > 0, ``both`` take both signs;
    ``unknown`` are those that a time limit left.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [-1], [1]], [[1, 1, -1]], [[1]]], [[0, -2, 2], [0], [0]])
    >>> net.unit_signs([(-1, 1)])
    Units on the domain: 2 dead, 1 always on, 1 with both signs
    >>> net.unit_signs([(-1, 1)]).dead
    ((0, 1), (1, 0))
    """

    dead: tuple[tuple[int, int], ...]
    always_on: tuple[tuple[int, int], ...]
    both: tuple[tuple[int, int], ...]
    unknown: tuple[tuple[int, int], ...]

    def __repr__(self) -> str:
        said = f"{len(self.dead)} dead, {len(self.always_on)} always on, {len(self.both)} with both signs"
        return f"Units on the domain: {said}" + (f", {len(self.unknown)} unknown" if self.unknown else "")


def unit_signs(layers: tuple[Layer, ...], domain: Any, seconds: float | None) -> UnitSigns:
    """Return what the rectified units of the layers do on a domain."""
    flat, clock = flat_of(domain, layers[0].n_inputs), Clock(seconds)
    branching = Branching(layers, flat)
    part, _ = branching.refined(branching.whole())
    positive, negative = _seen(layers, flat.lifted(flat.inside))
    kinds: dict[str, list[tuple[int, int]]] = {"dead": [], "always_on": [], "both": [], "unknown": []}
    for index, layer in enumerate(layers):
        for unit in np.flatnonzero(layer.rectified).tolist():
            sign, seen = part.signs[index][unit], (bool(positive[index][unit]), bool(negative[index][unit]))
            try:
                up, down = (
                    _takes(layers[: index + 1], unit, s, flat, clock) if not known and sign != -s else known
                    for s, known in zip((1, -1), seen, strict=True)
                )
            except BudgetError:
                kinds["unknown"].append((index, unit))
                continue
            kinds["both" if up and down else "always_on" if up else "dead"].append((index, unit))
    return UnitSigns(*(tuple(units) for units in kinds.values()))


def _seen(layers: tuple[Layer, ...], x: Vector) -> tuple[Signs, Signs]:
    """Which units are positive, and which negative, at a point."""
    positive, negative = [], []
    for layer in layers:
        z = [a + b for a, b in zip(layer.weight.apply(x), layer.bias[:, 0], strict=True)]
        positive.append(np.array([v > 0 for v in z]))
        negative.append(np.array([v < 0 for v in z]))
        x = layer(x)
    return tuple(positive), tuple(negative)


def _takes(layers: tuple[Layer, ...], unit: int, sign: int, flat: Any, clock: Clock) -> bool:
    """Whether a unit of the last layer has a sign anywhere."""
    clock.check(0)
    form = np.full(layers[-1].n_outputs + 1, mpq(0), dtype=object)
    form[unit] = mpq(sign)
    found = greatest(Branching(with_outputs(layers, RationalMatrix.of([form])), flat), clock, enough=mpq(0))
    return found.value is None or found.value > 0
