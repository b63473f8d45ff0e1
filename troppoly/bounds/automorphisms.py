"""Linear symmetries of hyperplanes <a_i, x> = 0, found from the angles between them.

A *symmetry* is a linear map g with g a_i = e_i a_pi(i) for all i, signs e_i and a permutation pi.  Let the a_i span
R^r and Q = sum_i a_i a_i^T.

*Theorem* (Bremner, Dutour Sikiric, Schuermann 2009, for vectors).  Signs e and a permutation pi come from a symmetry if
and only if they preserve the numbers P_ij = a_i^T Q^-1 a_j, that is e_i e_j P_pi(i)pi(j) = P_ij for all i, j.

*Proof.*  A symmetry has g Q g^T = Q, so it preserves the form Q^-1.  Conversely let b_1, ..., b_r be a basis among the
a_i and let e, pi preserve all P_ij with a_j in the basis.  The images of the basis have the same matrix of the form
Q^-1, which is regular, so they are a basis, and there is a linear g, an isometry, with g b_k = e_k pi(b_k).  Now g a_i
and e_i a_pi(i) have the same products with this basis, so they are equal.

*Signs.*  The symmetries that move no hyperplane are the signs that are constant on each *component* of the graph with
the edges P_ij != 0.  So modulo these the image of the first b_k of each component may be demanded with the sign +.

*Search.*  The images of b_1, ..., b_r determine a symmetry.  Let G_k be the symmetries that fix b_1, ..., b_k.  Then
G_(k-1) is the union of the cosets u G_k, one for each image u(b_k); every u is found by a depth-first search for images
with the right P_ij.  So all symmetries are products p q of a q in G_k, for some k, and a product p of k of these u, and
flats X, Y are in one orbit if and only if q X = p^-1 Y for some of these p, q.  Both lists together are as short as the
square root of the order, at best.  The search and the lists are bounded: what is listed are symmetries, but not always
all.

Reference: Bremner, Dutour Sikiric and Schuermann, Polyhedral representation conversion up to symmetries, 2009.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from troppoly.exact import RationalMatrix
from troppoly.exact.linear import inverse

__all__ = ["Symmetries", "angles", "symmetries"]

Integers = NDArray[np.int64]
Permutations = NDArray[np.int64]

_NODES = 2**14  # of all searches together
_MOST = 2**14  # symmetries in a list


def angles(rows: RationalMatrix) -> Integers:
    """Return numbers for the P_ij: equal for equal ones, negative for negative ones, 0 for 0.

    The rows of the (m, r) matrix span R^r.

    >>> angles(RationalMatrix.of([[1, 0], [0, 1], [1, 1]])).tolist()
    [[2, -1, 1], [-1, 2, 1], [1, 1, 2]]
    """
    form = rows @ inverse(rows.T @ rows) @ rows.T
    numerators = form.numerators
    _, numbers = np.unique(np.append(abs(numerators), 0), return_inverse=True)
    return numbers[:-1].reshape(form.shape) * (1 - 2 * (numerators < 0).astype(np.int64))


class Symmetries(NamedTuple):
    """The q and the p^-1 of the search, as rows of permutations of the hyperplanes; the identity comes first."""

    fixing: Permutations
    returning: Permutations

    @property
    def order(self) -> int:
        """How many symmetries there are, or are known."""
        return len(self.fixing) * len(self.returning)


def symmetries(form: Integers, basis: list[int]) -> Symmetries:
    """Return the symmetries of vectors from their :func:`angles` and a basis among them; no two are proportional.

    >>> rows = RationalMatrix.of([[1, 0], [0, 1], [1, 1]])
    >>> symmetries(angles(rows), [0, 1]).order
    6
    """
    search = _Search(form, basis)
    cosets = [np.array(list(search.movers(k))) for k in range(len(basis))]
    sizes = [len(movers) for movers in cosets]
    k = min(range(len(basis)), key=lambda k: prod(sizes[:k]) + prod(sizes[k:]))
    identity = np.arange(len(form))[None]
    fixing, leading = identity, identity
    for movers in reversed(cosets[k:]):
        fixing = np.concatenate([u[fixing] for u in movers])[:_MOST]
    for movers in cosets[:k]:
        leading = np.concatenate([leading[:, u] for u in movers])[:_MOST]
    return Symmetries(fixing, np.argsort(leading, axis=1))


@dataclass(slots=True)
class _Search:
    """Depth-first search for symmetries: images (j, e) of the basis with the right numbers."""

    form: Integers
    basis: list[int]
    kinds: Integers = field(init=False)
    components: Integers = field(init=False)
    nodes: int = _NODES

    def __post_init__(self) -> None:
        profiles = np.sort(abs(self.form), axis=1)
        self.kinds = np.unique(profiles, axis=0, return_inverse=True)[1].reshape(-1)
        self.components = np.arange(len(self.form))
        for _ in range(2 * len(self.basis)):  # every other vector of a shortest path is orthogonal to the others
            self.components = np.where(self.form != 0, self.components, len(self.form)).min(axis=1)

    def movers(self, k: int) -> Iterator[Permutations]:
        """Symmetries that fix b_1, ..., b_(k-1), one for each image of b_k; the identity first."""
        fixed = [(b, 1) for b in self.basis[:k]]
        images = self.candidates(fixed)
        images.remove((self.basis[k], 1))
        yield np.arange(len(self.form))
        for image in images:
            u = self.completed([*fixed, image])
            if u is not None:
                yield u

    def candidates(self, images: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """The images of the next vector of the basis that fit to those before."""
        before, b = self.basis[: len(images)], self.basis[len(images)]
        places, signs = [j for j, _ in images], np.array([e for _, e in images], dtype=np.int64)
        wanted, given = self.form[b, before], self.form[:, places] * signs
        found = []
        for e in (1, -1) if self.components[b] in self.components[before] else (1,):
            fits = (self.kinds == self.kinds[b]) & (e * given == wanted).all(axis=1)
            found += [(int(j), e) for j in np.flatnonzero(fits)]
        return found

    def completed(self, images: list[tuple[int, int]]) -> Permutations | None:
        """A symmetry with the given images of the first vectors of the basis, or None."""
        if self.nodes <= 0:
            return None
        self.nodes -= 1
        if len(images) == len(self.basis):
            return self.permutation(images)
        for image in self.candidates(images):
            u = self.completed([*images, image])
            if u is not None:
                return u
        return None

    def permutation(self, images: list[tuple[int, int]]) -> Permutations | None:
        """The permutation of a linear map that preserves the form, or None if it does not permute the hyperplanes."""
        before = self.form[:, self.basis]
        after = self.form[:, [j for j, _ in images]] * np.array([e for _, e in images])
        lines = {}
        for j, row in enumerate(after):
            lines[row.tobytes()] = lines[(-row).tobytes()] = j
        result = [lines.get(row.tobytes(), -1) for row in before]
        return None if min(result) < 0 else np.array(result)
