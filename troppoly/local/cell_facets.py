"""What a cell says of its inequalities: facets with points, redundancies with multipliers, extrema with both."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gmpy2 import mpq, mpz

from troppoly.arguments import checked
from troppoly.exact import CertifiedNumber, rational_vector

if TYPE_CHECKING:
    from troppoly.local.cells import LocalCell

__all__ = ["Extremum", "LocalFacet", "RedundantInequality"]

Unit = tuple[int, int]
Vector = tuple[mpq, ...]


@dataclass(frozen=True, slots=True, repr=False)
class _OfCell(ABC):
    """The inequality of a cell with the number ``index``."""

    cell: LocalCell
    index: int

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units (layer, unit) that bend there: whose pre-activations are multiples of its form on the cell."""
        return self.cell.units[self.index]

    @property
    def form(self) -> tuple[mpz, ...]:
        """The primitive integers (a, b) with <a, x> + b >= 0 on the cell, > 0 inside, and = 0 on a facet."""
        return tuple(self.cell.inequalities.numerators[self.index])


@dataclass(frozen=True, slots=True, repr=False)
class LocalFacet(_OfCell):
    """A facet of a cell: that of the inequality ``index``.

    >>> import troppoly as tp
    >>> facet = tp.cell_at(tp.Network.from_arrays([[[2], [1]], [[1, 1]]], [[-1, 0], [0]]), ["1/4"]).facets[0]
    >>> facet, facet.form, facet.point
    (Facet of unit 0 of layer 0, (mpz(-2), mpz(1)), (mpq(1,2),))
    """

    @property
    def point(self) -> Vector:
        """An exact point of the facet that lies in no other wall: it proves that this is a facet."""
        return self.cell._inside.point_of_facet(self.index)

    @checked
    def contains(self, point: Sequence[Any]) -> bool:
        """Return whether a point lies in the (closed) facet."""
        x = rational_vector(point, "point", self.cell.dimension)
        *a, b = self.form
        return sum((p * q for p, q in zip(a, x, strict=True)), b) == 0 and self.cell.contains(x)

    def __repr__(self) -> str:
        return f"Facet of {_named(self.units)}"


@dataclass(frozen=True, slots=True, repr=False)
class RedundantInequality(_OfCell):
    """An inequality of a cell that follows from its facets: the one with the number ``index``.

    >>> import troppoly as tp
    >>> cell = tp.cell_at(tp.Network.from_arrays([[[1], [1]], [[1, 1]]], [[0, 2], [0]]), [1])
    >>> cell.redundant, cell.redundant[0].multipliers, cell.redundant[0].constant
    ((Redundant inequality of unit 1 of layer 0,), ((Facet of unit 0 of layer 0, mpq(1,1)),), mpq(2,1))
    """

    @property
    def multipliers(self) -> tuple[tuple[LocalFacet, mpq], ...]:
        """The facets with their y > 0: the form is the sum of y times theirs, and of ``constant`` (Farkas)."""
        scales, known = self.cell._scales, self.cell._geometry.description.multipliers[self.index]
        own = scales[self.index]
        return tuple((LocalFacet(self.cell, j), y * own / scales[j]) for j, y in sorted(known.items()))

    @property
    def constant(self) -> mpq:
        """What is left, a number that is not negative."""
        return self.cell._scales[self.index] * self.cell._geometry.description.constant(self.index)

    def __repr__(self) -> str:
        return f"Redundant inequality of {_named(self.units)}"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Extremum(CertifiedNumber):
    """The greatest or least value of a linear form on a cell, with a point that has it and multipliers of facets.

    ``value`` minus <form, x> is the sum of the multipliers times the forms of their facets: so it is a maximum if they
    are at least 0, and a minimum if they are at most 0.

    >>> import troppoly as tp
    >>> cell = tp.cell_at(tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]]), (-1, -1))
    >>> best = cell.maximum((1, 2))
    >>> best, best.point, best.multipliers[1], best.check()
    (Extremum 0 at (0, 0), (mpq(0,1), mpq(0,1)), (Facet of unit 1 of layer 0, mpq(2,1)), True)
    """

    value: mpq
    form: Vector
    point: Vector
    multipliers: tuple[tuple[LocalFacet, mpq], ...]

    def check(self) -> bool:
        """Return whether the multipliers, all of one sign, make up the value minus the form, and the point is tight."""
        left = [*(-v for v in self.form), self.value]
        for facet, y in self.multipliers:
            left = [v - y * w for v, w in zip(left, facet.form, strict=True)]
        signs = {y > 0 for _, y in self.multipliers}
        tight = all(facet.contains(self.point) for facet, _ in self.multipliers)
        value = sum((a * b for a, b in zip(self.form, self.point, strict=True)), mpq(0))
        return len(signs) <= 1 and tight and not any(left) and value == self.value

    def __repr__(self) -> str:
        place = ", ".join(map(str, self.point[:4])) + ", ..." * (len(self.point) > 4)
        return f"Extremum {self.value} at ({place})"


def _named(units: Sequence[Unit]) -> str:
    """The first units, in words."""
    text = ", ".join(f"unit {unit} of layer {layer}" for layer, unit in units[:2])
    return text + f" and {len(units) - 2} more" * (len(units) > 2)
