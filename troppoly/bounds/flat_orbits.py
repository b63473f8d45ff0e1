"""Whitney numbers from flats up to symmetry.

Let G be symmetries of an arrangement (:mod:`troppoly.bounds.automorphisms`).  They preserve the Moebius function mu,
and the number a(X) of the hyperplanes that contain a flat X.

*A sum without a first hyperplane.*  By Weisner's theorem (:mod:`troppoly.bounds.flats`), -mu(X) is the sum of mu(Y)
over the flats Y that cover X from above and do not lie in H, for each hyperplane H that contains X.  The sum over all
these H is

    a(X) mu(X) = - sum over Y of (a(X) - a(Y)) mu(Y).

*Masses.*  Call a function M on the flats of codimension k a *mass* if sum_X M(X) f(X) = sum_X mu(X) f(X) for all
functions f that G preserves.  A mass stays one if M(X) is moved to the flat g X for any g of G.  Let M be a mass in
codimension k - 1, and let every Y give to each X that it covers the amount  - M(Y) (a(X) - a(Y)) / a(X).

*Theorem.*  What the flats of codimension k receive is a mass; so w_k is its sum.

*Proof.*  For f on codimension k let f'(Y) = - sum of f(X) (a(X) - a(Y)) / a(X) over the X that Y covers.  If G
preserves f, it preserves f'.  So the sum of f with the amounts received is sum M f' = sum mu f', which is sum mu f by
the formula.  With f = 1 it is w_k.

So masses are moved to few representatives, and only these are cut.  Whether the representatives are all in different
orbits, whether the symmetries are all and whether they are a group, does not matter for the result.  In codimension
r - 1 the amounts alone are enough.

*Which flats are in one orbit.*  Flats with equal profiles, numbers that G preserves, are compared: the images of one of
them by symmetries q with the images of the others by symmetries p^-1, as sets of hyperplanes.

Another way with symmetry, by deletion and restriction: Brysiewicz, Eble and Kuehne, Computing characteristic
polynomials of hyperplane arrangements with symmetries, Discrete Comput. Geom. 70 (2023).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.bounds.automorphisms import Integers, Symmetries
from troppoly.bounds.flats import Flats, Floats, Residues, Words, united
from troppoly.errors import BudgetError
from troppoly.exact.scalar import ObjectArray

__all__ = ["whitney_numbers_by_orbits"]

_BLOCK = 2**20  # residues that are looked at at a time


def whitney_numbers_by_orbits(
    residues: Residues, form: Integers, symmetries: Symmetries, max_memory: int
) -> Iterator[int]:
    """Yield the Whitney numbers w_0, ..., w_r; the ``mu`` of the flats are masses.

    Raises BudgetError if the flats need more than ``max_memory`` bytes.
    """
    n_primes, r, m = residues.normals.shape
    orbits = _Orbits.of(form, symmetries)
    flats = residues.whole_space(np.array([mpq(1)]))
    numbers = [1]
    yield 1
    for k in range(1, r):
        total = mpq(0)
        found: list[Flats] = []
        size = max(1, _BLOCK // (n_primes * (r - k + 1) * m))
        for start in range(0, len(flats.mu), size):
            block = flats.take(slice(start, start + size))
            below = residues.hyperplanes(block, m)
            visited = below.starts & (below.order != block.first[:, None])
            amounts = _amounts(block, below.starts, visited)
            total += sum(amounts)
            if k < r - 1:
                found.append(united([residues.cut(block, below, visited, amounts)]))
            if 3 * sum(array.nbytes for part in (flats, *found) for array in part) > max_memory:
                raise BudgetError(f"The flats of codimension {k} need more than max_memory={max_memory} bytes.")
        numbers.append(int(total))
        yield int(total)
        if found:
            flats = orbits.moved(united(found))
    if r:
        yield -sum(numbers)


def _amounts(flats: Flats, starts: NDArray[np.bool_], visited: NDArray[np.bool_]) -> ObjectArray:
    """What the flats give to those that they cover: - M(Y) (a(X) - a(Y)) / a(X)."""
    sizes = np.diff(np.flatnonzero(starts), append=starts.size)[visited[starts]]
    parents = np.nonzero(visited)[0]
    above = np.bitwise_count(flats.masks).sum(axis=1, dtype=np.int64)[parents]
    shares = np.array([mpq(-s, s + a) for s, a in zip(sizes.tolist(), above.tolist(), strict=True)], dtype=object)
    return np.asarray(flats.mu[parents] * shares)


class _Orbits(NamedTuple):
    """The symmetries, random numbers of the P_ij, and random numbers of the hyperplanes: a set has their sum."""

    symmetries: Symmetries
    weights: Floats
    names: Words

    @classmethod
    def of(cls, form: Integers, symmetries: Symmetries) -> _Orbits:
        m = len(form)
        random = np.random.default_rng(m)
        weights = random.integers(2**24, size=int(abs(form).max(initial=0)) + 1).astype(np.float64)[abs(form)]
        return cls(symmetries, weights, random.integers(2**63, size=m, dtype=np.uint64))

    def moved(self, flats: Flats) -> Flats:
        """Representatives of the flats, with the masses that are moved to them."""
        members = np.unpackbits(flats.masks.view(np.uint8), axis=1, bitorder="little", count=len(self.names))
        profiles = self.profiles(members)
        order = np.argsort(profiles, kind="stable")
        mu, kept = flats.mu.copy(), []
        for group in np.split(order, np.flatnonzero(np.diff(profiles[order])) + 1):
            while len(group):
                chosen, rest = group[0], group[1:]
                kept.append(chosen)
                if len(rest):
                    found = self.images(members[group])
                    mu[chosen] += sum(mu[rest[found]])
                    rest = rest[~found]
                group = rest
        return flats._replace(mu=mu).take(np.array(kept))

    def profiles(self, members: NDArray[np.uint8]) -> Words:
        """Numbers of sets, equal for images by symmetries: their sizes, and a hash of their P_ij to each hyperplane."""
        sums = (members.astype(np.float64) @ self.weights).astype(np.uint64)
        sums = (sums << np.uint64(1)) | members
        sums *= np.uint64(0x9E3779B97F4A7C15)
        sums ^= sums >> np.uint64(29)
        sums *= np.uint64(0xBF58476D1CE4E5B9)
        sums ^= sums >> np.uint64(32)
        hashes, sizes = sums.sum(axis=1, dtype=np.uint64), members.sum(axis=1, dtype=np.uint64)
        return np.asarray((hashes << np.uint64(16)) | sizes)

    def images(self, members: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Which sets are found to be images of the first one; all have the same size."""
        one, *others = np.nonzero(members)[1].reshape(len(members), -1)
        places = np.array(others)
        fixing, returning = self.symmetries
        names, which = np.unique(self.names[fixing[:, one]].sum(axis=1, dtype=np.uint64), return_index=True)
        wanted = np.zeros((len(returning), len(places)), dtype=np.uint64)
        for column in places.T:
            wanted += self.names[returning[:, column]]
        near = np.searchsorted(names, wanted).clip(max=len(names) - 1)
        back = (names[near] == wanted).argmax(axis=0)
        found = np.arange(len(places))
        ahead = which[near[back, found]]
        return np.asarray(
            (np.sort(fixing[ahead[:, None], one]) == np.sort(returning[back[:, None], places])).all(axis=1)
        )
