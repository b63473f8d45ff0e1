"""Barcodes of sublevel and superlevel sets: when classes of homology are born, and when they die, exactly.

Over a field the homology of the sets {f <= t} for growing t is a direct sum of intervals: a *bar* [birth, death) is
a class that appears at the level t = birth and vanishes, or becomes a sum of older ones, at t = death.  For f >= t the
levels fall, and bars go from the greater end to the smaller one.  Levels are exact rationals; the birth of what is
there at all levels is -infinity (or infinity), and so is the death of what stays.  The sets, and what happens at
infinity: :mod:`troppoly.topology.sublevels`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

from gmpy2 import mpq

from troppoly.arguments import Natural, checked
from troppoly.errors import counted
from troppoly.exact import rational
from troppoly.exact.scalar import abbreviated
from troppoly.topology.chains import check_modulus
from troppoly.topology.reduction import intervals
from troppoly.topology.sublevels import Form, Function, Sublevels
from troppoly.values import Value

__all__ = ["Bar", "Barcode", "persistence", "superlevel_persistence"]


class Bar(NamedTuple):
    """A class of homology of a degree, from its birth (included) to its death (excluded).

    >>> Bar(0, 1, 3), Bar(0, 1, 3).length, Bar(0, 1, inf).length
    (H_0: 1 to 3, 2, inf)
    """

    degree: int
    birth: mpq | float
    death: mpq | float

    @property
    def length(self) -> mpq | float:
        """The distance of birth and death."""
        return abs(self.death - self.birth)

    def contains(self, level: mpq) -> bool:
        """Return whether the class is there at a level."""
        return bool(self.birth <= level < self.death or self.death < level <= self.birth)

    def __repr__(self) -> str:
        return f"H_{self.degree}: {abbreviated(self.birth)} to {abbreviated(self.death)}"


@dataclass(frozen=True, slots=True, eq=False)
class Barcode(Value, Sequence[Bar]):
    """The bars of a function on R^dimension by degree and birth, over Q (modulus 0) or the field with p elements.

    >>> import troppoly as tp
    >>> waves = tp.Network.from_arrays([[[1], [1], [1]], [[1, -2, 2]]], [[0, -1, -2], [0]])
    >>> tp.persistence(waves)  # 0, up to 1, down to 0 and up again
    Barcode over Z/2: H_0: 0 to inf, H_0: 0 to 1
    >>> tp.persistence(waves).betti_numbers("1/2")
    (2, 0)
    """

    bars: tuple[Bar, ...]
    dimension: int
    modulus: int

    def __len__(self) -> int:
        return len(self.bars)

    def __getitem__(self, i: Any) -> Any:
        return self.bars[i]

    @checked
    def of_degree(self, degree: Natural) -> tuple[Bar, ...]:
        """Return the bars of a degree."""
        return tuple(bar for bar in self.bars if bar.degree == degree)

    @checked
    def betti_numbers(self, level: Any) -> tuple[int, ...]:
        """Return the Betti numbers b_0, ..., b_d of the set of a level."""
        t = rational(level, "level")
        return tuple(sum(bar.contains(t) for bar in self.of_degree(k)) for k in range(self.dimension + 1))

    def __repr__(self) -> str:
        field = f"Z/{self.modulus}" if self.modulus else "Q"
        text = f"Barcode over {field}: {', '.join(map(repr, self.bars))}"
        return text if len(text) <= 120 else f"Barcode over {field}: {counted(len(self), 'bar')}"


@checked
def persistence(function: Function, domain: Any = None, *, form: Form = None, modulus: Natural = 2) -> Barcode:
    """Return the barcode of the sublevel sets {f <= t} of a piecewise affine function, on R^d or on a domain.

    ``function`` is linear regions, a network, a tropical polynomial, rational function or map; of several outputs
    ``form`` chooses one by its index, or a combination by its coefficients.  The coefficients of homology are the
    field with a prime number ``modulus`` of elements, or the rationals for 0.

    Domain and errors are those of :func:`troppoly.linear_regions`; InputError, too, for a domain beside linear regions,
    an output that does not exist or another modulus, and ShapeError without a form if there are several outputs.

    >>> import troppoly as tp
    >>> pit = tp.Network.from_arrays([[[1, 0], [-1, 0], [0, 1], [0, -1]], [[-1] * 4, [1] * 4], [[1, 2]]],
    ...                              [[0] * 4, [2, -3], [-1]])  # a peak 1 at 0, a moat of depth -1, then up
    >>> persistence(pit)
    Barcode over Z/2: H_0: -1 to inf, H_1: -1 to 1
    >>> persistence(pit, [(0, 1), (0, 1)])
    Barcode over Z/2: H_0: -1 to inf
    """
    return _barcode(Sublevels.of(function, domain, form), modulus, 1)


@checked
def superlevel_persistence(
    function: Function, domain: Any = None, *, form: Form = None, modulus: Natural = 2
) -> Barcode:
    """Return the barcode of the superlevel sets {f >= t}, whose bars go from a birth down to a death.

    >>> import troppoly as tp
    >>> superlevel_persistence(tp.TropicalPolynomial({(1,): 0, (-1,): 0}))  # |x|
    Barcode over Z/2: H_0: inf to -inf, H_0: inf to 0
    """
    return _barcode(Sublevels.of(function, domain, form, -1), modulus, -1)


def _barcode(sublevels: Sublevels, modulus: int, sign: int) -> Barcode:
    check_modulus(modulus)
    values = [-sign * inf, *(sign * value for value in sublevels.values), sign * inf]
    found = intervals(sublevels.chains, sublevels.of_members(sublevels.lowest), modulus)
    numbers = ((k, birth, len(values) - 1 if death is None else death) for k, birth, death in found)
    bars = sorted(numbers, key=lambda bar: (bar[0], bar[1], -bar[2]))
    dimension = sublevels.complex.ambient_dimension
    return Barcode(tuple(Bar(k, values[b], values[d]) for k, b, d in bars), dimension, modulus)
