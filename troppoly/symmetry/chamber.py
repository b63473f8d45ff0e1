"""A complex over the fundamental chamber of a reflection group, and orbits whose stabilizers are parabolic."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.cellwise.sign_words import Mask, Place, Words, unions
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.errors import InputError, counted
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import primitive
from troppoly.refinement import CanonicalComplex
from troppoly.refinement.domain import domain_forms
from troppoly.symmetry.reflection_group import ReflectionGroup
from troppoly.values import Value

__all__ = ["Chamber", "ReflectionOrbits", "orbit_sizes"]


def orbit_sizes(group: ReflectionGroup, mirrors: Mask) -> tuple[int, ...]:
    """Return the index of W_I in W for the rows of an (orbits, rank) array, as sets I of simple mirrors.

    >>> from troppoly.symmetry.reflection_group import symmetric_group
    >>> orbit_sizes(symmetric_group(3), np.array([[False, True], [False, False], [True, True]]))
    (3, 6, 1)
    """
    subsets, places = np.unique(mirrors, axis=0, return_inverse=True)
    order = group.order
    sizes = [order // group.parabolic_order(np.flatnonzero(row).tolist()) for row in subsets]
    return tuple(sizes[place] for place in places.ravel())


@dataclass(frozen=True, eq=False)
class ReflectionOrbits(Value, ABC):
    """Orbits of cells or of regions, with one representative of each that lies in or meets the chamber.

    ``mirrors`` is an (orbits, rank) array: the stabilizer of representative i is the parabolic group W_I of the simple
    reflections j with ``mirrors[i, j]``.
    """

    group: ReflectionGroup
    mirrors: Mask

    @property
    def n_orbits(self) -> int:
        """The number of orbits."""
        return len(self.mirrors)

    @property
    def orbit_sizes(self) -> tuple[int, ...]:
        """The exact sizes of the orbits, |W| / |W_I|."""
        return orbit_sizes(self.group, self.mirrors)

    @property
    def n_total(self) -> int:
        """The number of all cells or regions in R^d: the sum of the sizes of the orbits."""
        return sum(self.orbit_sizes)

    @checked
    def stabilizer(self, i: int) -> tuple[int, ...]:
        """Return the set I of simple reflections that generate the stabilizer of representative i, else InputError."""
        if not 0 <= i < self.n_orbits:
            raise InputError(f"The orbits are 0, ..., {self.n_orbits - 1}, not {i}.")
        return tuple(np.flatnonzero(self.mirrors[i]).tolist())

    def n_orbits_by_size(self) -> dict[int, int]:
        """Return how many orbits there are of each size, by ascending size."""
        return dict(sorted(Counter(self.orbit_sizes).items()))

    @property
    @abstractmethod
    def _noun(self) -> str:
        """What the orbits are of."""

    def __repr__(self) -> str:
        n, m = self.n_total, self.n_orbits
        return f"{counted(n, self._noun)} in {counted(m, 'orbit')} under W of order {self.group.order}"


@dataclass(frozen=True, slots=True, eq=False)
class Chamber(Value):
    """A canonical complex over a chamber, or over a slice of it that meets every face but the lowest.

    ``mirror_bits[i]`` is the position of simple mirror i among the facets of the domain.
    """

    canonical: CanonicalComplex
    mirror_bits: tuple[int, ...]

    @classmethod
    def of(cls, canonical: CanonicalComplex, domain: Any, forms: RationalMatrix) -> Chamber:
        """Return the chamber from its domain and the forms that vanish on the simple mirrors."""
        facets = [tuple(primitive(row)) for row in domain_forms(domain, forms.shape[1] - 1).numerators]
        return cls(canonical, tuple(facets.index(tuple(primitive(row))) for row in forms.numerators))

    @property
    def complex(self) -> PolyhedralComplex:
        """The complex without its labels."""
        return self.canonical.complex

    @property
    def columns(self) -> range:
        """The columns of the sign words that belong to the network's units; the domain's come before."""
        return range(self.canonical.signs.layers[0].columns.start, self.canonical.signs.words.shape[1])

    def words(self, column: int) -> Iterator[Words]:
        """Yield for the cones of dimension 1, ..., D the words of one column, the unions of those of their rays."""
        words = self.canonical.ray_signs.words[:, column]
        yield words
        for incidence in self.complex.facets:
            words = unions(words, incidence)
            yield words

    def in_mirrors(self) -> list[Mask]:
        """Return for the cones of dimension 1, ..., D the (n, r) array that tells in which mirrors they lie."""
        places = [Place(bit // 32, bit % 32) for bit in self.mirror_bits]
        words = self.canonical.ray_signs.words[:, [place.column for place in places]]
        result = [(words & np.array([place.both for place in places], dtype=np.uint64)) == 0]
        for incidence in self.complex.facets:
            result.append(np.logical_and.reduceat(result[-1][incidence.indices], incidence.indptr[:-1], axis=0))
        return result

    def mirror_facets(self) -> tuple[NDArray[np.int64], NDArray[np.int64], Mask]:
        """Return for the facets of cells in mirrors: the cell, the mirror, and whether the cell's signs hold on it."""
        in_mirror = self.in_mirrors()[-2]
        incidence = self.complex.facets[-1]
        entries = np.flatnonzero(np.asarray(in_mirror.any(axis=1))[incidence.indices])
        cells, facets = incidence.owners[entries], incidence.indices[entries]
        in_no_wall = np.ones(len(entries), dtype=bool)
        for column in self.columns:
            of_facets, of_cells = deque(self.words(column), maxlen=2)
            in_no_wall &= of_facets[facets] == of_cells[cells]
        return cells, in_mirror[facets].argmax(axis=1), in_no_wall
