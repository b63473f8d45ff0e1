r"""Chain complexes of cells over the integers, and their homology with torsion.

The homology of a complex of free abelian groups with boundary maps D_k is H_k = Z^b + sum of Z / t, where b is the
number of cells of degree k minus the ranks of D_k and D_(k+1), and the t > 1 are elementary divisors of D_(k+1).  With
coefficients in a field of characteristic p the Betti number b_k grows by the numbers of the t of H_k and of H_(k-1)
that p divides (universal coefficients).

**Elimination.**  The columns of D_k are reduced one after another by those with an entry +1 or -1 in a *pivot* row;
what has such an entry then is a pivot itself.  Rows of pivots have no entries in the columns that are left, so the
elementary divisors are a 1 for every pivot, and those of the matrix that is left, by its Smith normal form (FLINT).
Degrees go down: a pivot column of D_(k+1) is a cycle in which the cell of its row has the coefficient +1 or -1, so
D_k of that cell is a combination of other columns, and is left out.

**Free faces.**  A cell G in the boundary of exactly one F, with [F : G] = +1 or -1, is removed with F first, for all at
once: no boundary of other cells is changed by the elimination of the pair.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from flint import fmpz, fmpz_mat
from numpy.typing import NDArray

from troppoly.arguments import Natural, checked
from troppoly.complex.orientation import incidence_numbers
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.complex.subcomplex import Subcomplex
from troppoly.complex.topology import collapse
from troppoly.errors import InputError, counted

__all__ = ["Boundary", "Chains", "Homology", "check_modulus", "homology"]

Column = dict[int, int]
Ids = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, repr=False)
class Homology:
    """Integral homology groups: ``ranks[k]`` and the ``torsion[k]`` coefficients, each dividing the next, of H_k.

    >>> Homology((1, 0, 0), ((), (2,), ()))  # the projective plane
    (Z, Z/2, 0)
    >>> Homology((1, 0, 0), ((), (2,), ())).betti_numbers(2)
    (1, 1, 1)
    """

    ranks: tuple[int, ...]
    torsion: tuple[tuple[int, ...], ...]

    @classmethod
    def zero(cls, length: int) -> Homology:
        """Return the groups H_0, ..., H_(length - 1) that are all zero."""
        return cls((0,) * length, ((),) * length)

    @checked
    def betti_numbers(self, modulus: Natural = 0) -> tuple[int, ...]:
        """Return the Betti numbers over the rationals (0), or over the field with a prime number of elements.

        Raises InputError for other numbers.
        """
        check_modulus(modulus)
        extra = [sum(modulus > 0 and t % modulus == 0 for t in torsion) for torsion in ((), *self.torsion)]
        return tuple(b + extra[k] + extra[k + 1] for k, b in enumerate(self.ranks))

    def euler_characteristic(self) -> int:
        """Return the alternating sum of the Betti numbers, over any field."""
        return sum((-1) ** k * b for k, b in enumerate(self.ranks))

    def is_zero(self) -> bool:
        """Return whether all groups are zero."""
        return not any(self.ranks) and not any(self.torsion)

    def __repr__(self) -> str:
        groups = []
        for rank, torsion in zip(self.ranks, self.torsion, strict=True):
            parts = [f"Z^{rank}" if rank > 1 else "Z"] * (rank > 0) + [f"Z/{t}" for t in torsion]
            groups.append(" + ".join(parts) or "0")
        text = f"({', '.join(groups)}{',' * (len(groups) == 1)})"
        return text if len(text) <= 160 else f"{counted(len(groups), 'homology group')}, of the ranks {self.ranks[:20]}"


class Boundary(NamedTuple):
    """A boundary map: that of the cell owners[i] has signs[i] times the cell entries[i], of the degree before."""

    owners: Ids
    entries: Ids
    signs: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Chains:
    """``counts[k]`` cells of degree k, and the ``boundaries[k - 1]`` of those of degree k."""

    counts: tuple[int, ...]
    boundaries: tuple[Boundary, ...]

    @classmethod
    def of(cls, complex: PolyhedralComplex) -> Chains:
        """Return the chains of all cones of a complex: a cone of dimension k has degree k - 1."""
        numbers = incidence_numbers(complex.facets)
        boundaries = zip(complex.facets, numbers, strict=True)
        counts = tuple(complex.n_cones(k) for k in range(1, complex.cone_dimension + 1))
        return cls(counts, tuple(Boundary(i.owners, i.indices.astype(np.intp), signs) for i, signs in boundaries))

    def dual(self) -> Chains:
        """Return the transposed boundary maps, in the opposite order."""
        turned = tuple(Boundary(entries, owners, signs) for owners, entries, signs in reversed(self.boundaries))
        return Chains(self.counts[::-1], turned)

    def take(self, masks: Sequence[Mask]) -> Chains:
        """Return the chains of some cells (a mask for every degree), the others being zero."""
        numbers = [np.cumsum(mask) - 1 for mask in masks]
        boundaries = []
        for k, (owners, entries, signs) in enumerate(self.boundaries):
            left = masks[k + 1][owners] & masks[k][entries]
            boundaries.append(Boundary(numbers[k + 1][owners[left]], numbers[k][entries[left]], signs[left]))
        return Chains(tuple(int(mask.sum()) for mask in masks), tuple(boundaries))

    def homology(self, length: int) -> Homology:
        """Return the homology groups H_0, ..., H_(length - 1)."""
        found = self.homologies([np.zeros(n, dtype=np.intp) for n in self.counts], length)
        return found.get(0, Homology.zero(length))

    def homologies(self, classes: Sequence[Ids], length: int) -> dict[int, Homology]:
        """Return the homology of every class of cells, those of other classes being zero; left out if there is none.

        ``classes[k]`` has the class of every cell of degree k.
        """
        inside = [
            (owners, entries, signs, classes[k + 1][owners] == classes[k][entries])
            for k, (owners, entries, signs) in enumerate(self.boundaries)
        ]
        pairs = [(owners[same], entries[same]) for owners, entries, _, same in inside]
        alive = collapse(self.counts, pairs)
        columns: list[dict[int, Column]] = [{} for _ in self.counts]
        for k, (owners, entries, signs, same) in enumerate(inside):
            left = same & alive[k + 1][owners] & alive[k][entries]
            for cell, entry, sign in zip(*(a[left].tolist() for a in (owners, entries, signs)), strict=True):
                columns[k + 1].setdefault(cell, {})[entry] = sign
        members: dict[int, list[list[int]]] = {}
        for k, mask in enumerate(alive):
            for cell in np.flatnonzero(mask).tolist():
                members.setdefault(int(classes[k][cell]), [[] for _ in self.counts])[k].append(cell)
        return {name: _homology(cells, columns, length) for name, cells in members.items()}


@checked
def homology(subcomplex: Subcomplex) -> Homology:
    """Return the integral homology of a closed subcomplex, such as a decision region: H_0, ..., H_d.

    It is that of its faces that are bounded modulo lineality (:mod:`troppoly.complex.subcomplex`).  In R^3 and below
    there is no torsion (Alexander duality).

    >>> import troppoly as tp
    >>> boundary = tp.geometry.level_set(tp.Network.from_arrays([[[1, 1], [-1, -1]], [[1, 1]]]), 2)
    >>> homology(boundary.subcomplex), homology(boundary.decided(0)), homology(boundary.decided(1))
    ((Z^2, 0, 0), (Z^2, 0, 0), (Z, 0, 0))
    """
    complex_ = subcomplex.complex
    return Chains.of(complex_).take(subcomplex.bounded()._finite).homology(complex_.ambient_dimension + 1)


def check_modulus(modulus: int) -> None:
    """Raise InputError unless the modulus is 0 or a prime number."""
    if modulus and not fmpz(modulus).is_prime():
        raise InputError(f"The modulus must be 0 (the rationals) or a prime number, not {modulus}.")


def _homology(cells: Sequence[Sequence[int]], columns: Sequence[dict[int, Column]], length: int) -> Homology:
    """The homology of some cells of every degree, by the columns of their boundaries."""
    ranks = [0] * (length + 1)
    torsion: list[tuple[int, ...]] = [()] * length
    cleared: set[int] = set()
    for k in range(len(cells) - 1, 0, -1):
        left = (columns[k].get(cell, {}) for cell in cells[k] if cell not in cleared)
        cleared, divisors = _elementary_divisors(left)
        ranks[k], torsion[k - 1] = len(cleared) + len(divisors), tuple(t for t in divisors if t > 1)
    numbers = [len(part) for part in cells] + [0] * length
    return Homology(tuple(numbers[k] - ranks[k] - ranks[k + 1] for k in range(length)), tuple(torsion))


def _elementary_divisors(columns: Iterable[Column]) -> tuple[set[int], list[int]]:
    """The rows of the pivots, and the elementary divisors of what is left, without zeros."""
    pivots: dict[int, Column] = {}
    order: dict[int, int] = {}  # when the pivot of a row was found: its column has no entries in the rows before
    left, found = [dict(column) for column in columns], -1
    while found < len(pivots):  # until there is no new pivot
        found, waiting, left = len(pivots), left, []
        for column in waiting:
            while (row := min(column.keys() & order.keys(), key=order.__getitem__, default=None)) is not None:
                _subtract(column, column[row] * pivots[row][row], pivots[row])
            pivot = next((row for row, value in column.items() if value in (1, -1)), None)
            if pivot is not None:
                order[pivot], pivots[pivot] = len(order), column
            elif column:
                left.append(column)
    if not left:
        return set(pivots), []
    rows = sorted({row for column in left for row in column})
    form = fmpz_mat([[column.get(row, 0) for column in left] for row in rows]).snf()
    diagonal = (int(form[i, i]) for i in range(min(len(rows), len(left))))
    return set(pivots), [t for t in diagonal if t]


def _subtract(column: Column, factor: int, other: Column) -> None:
    """Subtract a multiple of another column."""
    for row, value in other.items():
        if new := column.get(row, 0) - factor * value:
            column[row] = new
        else:
            del column[row]
