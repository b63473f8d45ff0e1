"""The flats of an arrangement of hyperplanes <a_i, x> = 0, codimension by codimension, and its Whitney numbers.

The *Whitney number* w_k of the first kind is the sum of mu(X) over the flats X of codimension k
(:mod:`troppoly.bounds.arrangement`).

*Algorithm.*  Let r be the rank of the a_i.  The hyperplanes that do not contain a flat Y of codimension k - 1 cut it in
the flats of codimension k that Y covers.  Let H be the first hyperplane that contains X.  The flats above X form a
geometric lattice, so Weisner's theorem reads

    mu(X) = - sum of mu(Y) over the flats Y that cover X from above, dim Y = dim X + 1, and do not lie in H.

Every X has such a Y (a complement of H), so only those hyperplanes of Y are visited whose first H comes before all
hyperplanes that contain Y; in codimension r - 1 it is enough to count them.  One flat of codimension r is left, and
chi(1) = 0.

*Arithmetic.*  The rank of integer rows over Q is the greatest of their ranks modulo primes whose product exceeds
Hadamard's bound of all minors: a minor that is not 0 is not divisible by all of them.  A flat is kept as a basis of it
modulo every p.  A hyperplane contains it if its normal restricts to 0; two others cut it in the same flat if their
restrictions are proportional, modulo every p.  Should one p say 0 and another not, p divides a minor, and other primes
are taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import prod
from typing import Any, NamedTuple

import numpy as np
from gmpy2 import invert, mpz
from numpy.typing import NDArray

from troppoly.errors import BudgetError
from troppoly.exact.scalar import ObjectArray

__all__ = ["BITS", "Flats", "Floats", "Residues", "UnluckyPrimes", "Words", "united"]

Floats = NDArray[np.float64]
Words = NDArray[np.uint64]

_BLOCK = 2**20  # residues that are looked at at a time
BITS = 16  # of the primes: sums of products are exact in floats


class UnluckyPrimes(Exception):
    """A prime divides a minor that is not zero, or two different rows have one hash."""


class Flats(NamedTuple):
    """N flats of a codimension k: the hyperplanes that contain them as bits, the first of these, mu, and their bases.

    ``masks`` has shape (N, W), ``first`` and ``mu`` (N,), and ``bases`` (primes, N, r - k, r).
    """

    masks: Words
    first: NDArray[np.int64]
    mu: Any
    bases: NDArray[np.uint16]

    def take(self, ids: Any) -> Flats:
        """Some of the flats."""
        return Flats(self.masks[ids], self.first[ids], self.mu[ids], self.bases[:, ids])


def united(parts: list[Flats]) -> Flats:
    """The flats of all parts, where the mu of the same flat are added."""
    masks = np.concatenate([part.masks for part in parts])
    order = np.lexsort(masks.T)
    masks = masks[order]
    starts = np.flatnonzero(np.append(True, (masks[1:] != masks[:-1]).any(axis=1)))
    ids = order[starts]
    first = np.concatenate([part.first for part in parts])[ids]
    mu = np.add.reduceat(np.concatenate([part.mu for part in parts])[order], starts)
    return Flats(masks[starts], first, mu, np.concatenate([part.bases for part in parts], axis=1)[:, ids])


class Hyperplanes(NamedTuple):
    """The hyperplanes in N flats as classes of rows, sorted by class.

    ``rows`` (primes, N, width, m) are the normalized restrictions, ``pivots`` (primes, N, m) the places of their first
    entries, ``order`` (N, m) the rows sorted by class, and ``starts`` where a class starts, with its least row.
    """

    rows: Floats
    pivots: NDArray[np.intp]
    order: NDArray[np.intp]
    starts: NDArray[np.bool_]


class Residues(NamedTuple):
    """The (primes, r, m) normals modulo primes, the inverses modulo these, and the bits of the hyperplanes."""

    primes: Floats
    inverses: NDArray[np.uint16]
    normals: Floats
    bits: Words
    random: np.random.Generator

    @classmethod
    def of(cls, rows: ObjectArray, supply: Iterator[int]) -> Residues:
        """The next primes whose product exceeds the product of the r longest rows, which bounds all minors."""
        m, r = rows.shape
        squares = sorted((mpz(sum(row * row)) for row in rows), reverse=True)
        bound = prod(squares[:r], start=mpz(1))
        primes: list[int] = []
        product = mpz(1)
        while product * product <= bound:
            p = next(supply, None)
            if p is None:
                raise BudgetError(f"The normals have numbers of {bound.bit_length() // 2} bits, which are too long.")
            primes.append(p)
            product *= p
        bits = np.zeros((m, (m + 63) // 64), dtype=np.uint64)
        bits[np.arange(m), np.arange(m) // 64] = np.uint64(1) << (np.arange(m, dtype=np.uint64) % np.uint64(64))
        residues = np.array([(rows.T % q).astype(np.float64) for q in primes]).reshape(len(primes), r, m)
        return cls(
            np.array(primes, dtype=np.float64).reshape(-1, 1, 1, 1),
            np.array([_inverses(q) for q in primes]),
            residues,
            bits,
            np.random.default_rng(len(primes)),
        )

    def whole_space(self, mu: Any) -> Flats:
        """R^r, the flat of codimension 0."""
        n_primes, r, m = self.normals.shape
        bases = np.broadcast_to(np.eye(r, dtype=np.uint16), (n_primes, 1, r, r))
        return Flats(np.zeros((1, self.bits.shape[1]), dtype=np.uint64), np.array([m]), mu, bases)

    def reduced(self, values: Floats) -> Floats:
        """Residues from 0 to p - 1 of integers from 0 to 2^52, whose quotients by p are rounded to no other integer."""
        return values - self.primes * np.floor(values / self.primes)

    def whitney_numbers(self, max_memory: int) -> Iterator[int]:
        """Whitney numbers by the algorithm."""
        n_primes, r, m = self.normals.shape
        flats = self.whole_space(np.array([1]))
        numbers = [1]
        yield 1
        for k in range(1, r):
            if m * int(abs(flats.mu).max()) >= 2**62:
                flats = flats._replace(mu=flats.mu.astype(object))
            is_last = k == r - 1
            flats = flats.take(np.argsort(flats.first, kind="stable"))
            found: list[Flats] = []  # the first one is united
            total = 0
            size = max(1, _BLOCK // (n_primes * (r - k + 1) * m))
            for start in range(0, len(flats.mu), size):
                block = flats.take(slice(start, start + size))
                below = self.hyperplanes(block, int(block.first.max()) if is_last else m)
                visited = below.starts & (below.order < block.first[:, None])
                total -= sum((block.mu * visited.sum(axis=1)).tolist())
                if is_last:
                    continue
                if visited.any():
                    parent = np.nonzero(visited)[0]
                    found.append(united([self.cut(block, below, visited, -block.mu[parent])]))
                if 3 * sum(array.nbytes for part in (flats, *found) for array in part) > max_memory:
                    raise BudgetError(f"The flats of codimension {k} need more than max_memory={max_memory} bytes.")
                if sum(len(part.mu) for part in found[1:]) > len(found[0].mu if found else ()):
                    found = [united(found)]
            numbers.append(total)
            yield total
            if found:
                flats = united(found)
        if r:
            yield -sum(numbers)

    def hyperplanes(self, flats: Flats, n_rows: int) -> Hyperplanes:
        """The hyperplanes in which the first rows cut the flats, as classes of proportional restrictions."""
        n_primes, n, width, r = flats.bases.shape
        rows = flats.bases.reshape(n_primes, n * width, r).astype(np.float64) @ self.normals[:, :, :n_rows]
        rows = self.reduced(rows.reshape(n_primes, n, width, n_rows))
        pivots = (rows != 0).argmax(axis=2)
        values = np.take_along_axis(rows, pivots[:, :, None], axis=2)[:, :, 0].astype(np.intp)
        if ((values == 0) != (values[0] == 0)).any():
            raise UnluckyPrimes
        rows = self.reduced(rows * self.inverses[np.arange(n_primes)[:, None, None], values][:, :, None])
        hashes = np.zeros((n, n_rows), dtype=np.uint64)
        for k, j in np.ndindex(n_primes, width):
            factor = self.random.integers(2**63, dtype=np.uint64)
            hashes += factor * rows[k, :, j].astype(np.uint64)
        order = np.argsort(hashes, axis=1, kind="stable")
        hashes = np.take_along_axis(hashes, order, axis=1)
        same = hashes[:, 1:] == hashes[:, :-1]
        flat, place = np.nonzero(same)
        if (rows[:, flat, :, order[flat, place]] != rows[:, flat, :, order[flat, place + 1]]).any():
            raise UnluckyPrimes
        return Hyperplanes(rows, pivots, order, np.concatenate([np.ones((n, 1), dtype=bool), ~same], axis=1))

    def cut(self, flats: Flats, below: Hyperplanes, visited: NDArray[np.bool_], mu: Any) -> Flats:
        """The flats of the next codimension that are visited from these, each as often as it is, with the given mu."""
        masks = np.bitwise_or.reduceat(self.bits[below.order.reshape(-1)], np.flatnonzero(below.starts.reshape(-1)))[
            visited[below.starts]
        ]
        parent, place = np.nonzero(visited)
        first = below.order[parent, place]
        forms = below.rows[:, parent, :, first].transpose(1, 0, 2)  # with the pivot 1
        pivots = below.pivots[:, parent, first]
        bases = flats.bases[:, parent].astype(np.float64)
        width = bases.shape[2]
        removed = np.take_along_axis(bases, pivots[:, :, None, None], axis=2)
        bases = self.reduced(bases + (self.primes - forms[..., None]) * removed)
        kept = np.arange(width - 1) + (np.arange(width - 1) >= pivots[:, :, None])
        bases = np.take_along_axis(bases, kept[..., None], axis=2)
        first = np.minimum(first, flats.first[parent])
        return Flats(masks | flats.masks[parent], first, mu, bases.astype(np.uint16))


@cache
def _inverses(p: int) -> NDArray[np.uint16]:
    """The inverses modulo a prime p of 1, ..., p - 1, and zeros elsewhere."""
    result = np.zeros(2**BITS, dtype=np.uint16)
    result[1:p] = [int(invert(i, p)) for i in range(1, p)]
    return result
