"""A part of the canonical complex that is done: what measures are given.

All cells that a part has are its own; other faces may lie in several parts, and one of these *owns* it (see
``refinement.part``).  A wall between cells of two parts is a facet that is ``shared``, of one cell in either part.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.sign_words import Mask, Words
from troppoly.complex.face_lattice import Incidence
from troppoly.refinement.canonical import CanonicalComplex
from troppoly.refinement.certificate import Certificate
from troppoly.refinement.coarsening import clear_what_does_not_matter
from troppoly.refinement.gluing import Lattice
from troppoly.refinement.owned import owned_faces
from troppoly.refinement.part import Part
from troppoly.refinement.refinement import Refinement

__all__ = ["FinishedPart", "SharedWalls"]

Ids = NDArray[np.intp]


class SharedWalls(NamedTuple):
    """The walls to other parts: facets, their cells in this part, and the words of the facets, by which they match."""

    facets: Ids
    cells: Ids
    words: Words


class _Lattice(NamedTuple):
    """What is made of a part on demand: its complex, which faces it owns and shares, and its walls to others."""

    canonical: CanonicalComplex
    owned: tuple[Mask, ...]
    shared: tuple[Mask, ...]
    words_of_facets: tuple[Words, tuple[Incidence, ...], Ids | None]


class FinishedPart:
    """A part with ``path``; ``canonical`` and what follows from it is made when a measure asks for it.

    >>> import troppoly as tp
    >>> from troppoly.counting.work import Work
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])
    >>> [part] = Work.of(net).parts(())
    >>> part.canonical.f_vector(), part.face_counts.tolist(), [mask.all() for mask in part.owned]
    ((1, 4, 4), [[1, 4, 4], [1, 0, 0]], [np.True_, np.True_, np.True_])
    """

    def __init__(self, refinement: Refinement, part: Part, path: tuple[int, ...], certificate: Certificate) -> None:
        self.refinement, self.path, self.certificate = refinement, path, certificate
        self._part = part

    @property
    def n_cells(self) -> int:
        """The number of cells."""
        return int(self.face_counts[0, -1])

    @property
    def canonical(self) -> CanonicalComplex:
        """The canonical complex on the part alone: its cells with signs and maps, and all their faces."""
        return self._lattice.canonical

    @property
    def owned(self) -> tuple[Mask, ...]:
        """For every cone dimension of the complex k = 1, ..., D, which cones the part owns."""
        return self._lattice.owned

    @property
    def shared(self) -> tuple[Mask, ...]:
        """For every cone dimension of the complex k = 1, ..., D, which cones other parts have, too."""
        return self._lattice.shared

    @cached_property
    def face_counts(self) -> NDArray[np.int64]:
        """The (2, d + 1) numbers of owned faces by dimension, and of the bounded ones among these."""
        result = np.zeros((2, self.refinement.network.n_inputs + 1), np.int64)
        if not self.refinement.merges:
            counts = owned_faces(self._part)
            lines = result.shape[1] - counts.shape[1]
            result[:, lines:] = counts
            result[1] *= not lines
            return result
        complex_ = self.canonical.complex
        masks = zip(self.owned, complex_.faces_at_infinity, complex_.unbounded_faces, strict=True)
        for k, (owned, at_infinity, unbounded) in enumerate(masks, start=complex_.lineality_dimension):
            result[0, k] = np.count_nonzero(owned & ~at_infinity)
            result[1, k] = 0 if complex_.lineality_dimension else np.count_nonzero(owned & ~unbounded)
        return result

    @cached_property
    def shared_walls(self) -> SharedWalls:
        """The walls to other parts."""
        complex_, none = self.canonical.complex, np.zeros(0, np.intp)
        ray_words, facets, members = self._lattice.words_of_facets
        if complex_.cone_dimension == 1:
            return SharedWalls(none, none, np.zeros((0, ray_words.shape[1]), np.uint64))
        walls = np.flatnonzero(self.shared[-2] & ~complex_.faces_at_infinity[-2])
        words = _words_of(walls if members is None else members[walls], facets[:-1], ray_words)
        clear_what_does_not_matter(words, self.refinement.groups)
        owner = np.empty(len(self.shared[-2]), np.intp)
        owner[complex_.facets[-1].indices] = complex_.facets[-1].owners
        return SharedWalls(walls, owner[walls], words)

    @cached_property
    def _lattice(self) -> _Lattice:
        part, refinement = self._part, self.refinement
        lattice = Lattice(len(part.n), refinement.n_words)
        lattice.counters += np.array([getattr(self.certificate, name) for name in Certificate.__slots__])
        lattice.add(part._replace(shared=np.zeros_like(part.shared)))  # so all faces keep their numbers
        result, members = refinement.result_with_members(lattice, refinement.n_units)
        canonical = CanonicalComplex(*result, refinement.cellwise)
        bits = [part.shared[base : base + n] for base, n in zip(part.base, part.n, strict=True)]
        if members is not None:
            bits = [level[chosen] for level, chosen in zip(bits[-len(members) :], members, strict=True)]
        shared, owned = tuple(level != 0 for level in bits), tuple(level & 2 == 0 for level in bits)
        of_facets = members[-2] if members is not None and len(members) > 1 else None
        fine = lattice.ray_words.array, lattice.finish(), of_facets
        return _Lattice(canonical, owned, shared, fine)


def _words_of(cones: Ids, facets: Sequence[Incidence], ray_words: Words) -> Words:
    """The words of some cones, whose facets ``facets[-1]`` lists, from those of rays."""
    steps = []
    for k in reversed(range(len(facets))):
        owners, entries = facets[k].take(cones)
        used = np.zeros(facets[k - 1].n_lists if k else len(ray_words), bool)
        used[entries] = True
        steps.append((np.searchsorted(owners, np.arange(len(cones))), (np.cumsum(used) - 1)[entries]))
        cones = np.flatnonzero(used)
    words = ray_words[cones]
    for starts, entries in reversed(steps):
        words = np.bitwise_or.reduceat(words[entries], starts, axis=0) if len(starts) else words[:0]
    return words
