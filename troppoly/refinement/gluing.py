"""The whole face lattice, glued from parts.

A face that only one part has gets a new number; one that is marked as shared is looked up.  A ray is known by its sign
word: the signs of all coordinates and units on a relatively open face determine the face.  A cone of dimension k >= 2
is known by *any two* of its facets, so by the two with the least numbers: if two cones of a fan contain both, their
intersection is a face of each that contains two distinct faces of dimension k - 1, so it has dimension k, and is equal
to both.  All lookups compare whole keys, so nothing depends on hash values.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from troppoly.compiled import compiled, inner, prefetch
from troppoly.complex.face_lattice import Incidence
from troppoly.refinement.memory import Growing
from troppoly.refinement.part import FORMS, SPAN, Part

__all__ = ["Lattice"]

_ONE = np.uint64(1)
_ENTRY = np.dtype([("key", "u8"), ("id", "i8")])


class Lattice:
    """What parts have in all: rays with their forms and words, lists of facets, and the words of cells.

    ``counters`` are the fields of the certificate.
    """

    def __init__(self, D: int, n_words: int) -> None:
        self.n = np.zeros(D, np.int64)
        self.entries = np.zeros(D, np.int64)
        self.n_forms = D  # the coordinates
        self.counters = np.zeros(5, np.int64)
        self.ray_forms = Growing(np.zeros((0, max(D - 1, 0)), np.int32))
        self.ray_words = Growing(np.zeros((0, n_words), np.uint64))
        self.ray_signs = Growing(np.zeros(0, np.uint64))  # of the coordinates
        self.cell_words = Growing(np.zeros((0, n_words), np.uint64))
        self.recipe = Growing(np.stack([np.full(D, -1, np.int32), np.arange(D, dtype=np.int32)], axis=1))
        self.form_words = Growing(np.zeros((D, n_words), np.uint64))
        self.indptr = [Growing(np.zeros(1, np.int64)) for _ in range(D)]
        self.indices = [Growing(np.zeros(0, np.int32)) for _ in range(D)]
        self._rays = np.full(64, -1, np.int32)
        self._tables = [_empty_table(64) for _ in range(D)]
        self._shared = np.zeros(D, np.int64)

    def add(self, part: Part) -> None:
        """Add a part."""
        D, n = len(part.n), part.n
        self._room(n, part.used, int(part.state[FORMS]))
        numbers = np.empty(int(n.sum()), np.int32)
        bases = np.cumsum(n) - n
        shared = [int(np.count_nonzero(part.shared[a : a + m])) for a, m in zip(part.base, n, strict=True)]
        self._grow_tables(shared)
        keys = np.empty(max(shared), np.uint64)
        first_ray = int(self.n[0])
        self.n[0], self._shared[0] = _add_rays(
            part, self.ray_words.array, self.ray_signs.array, self.ray_forms.array, first_ray, self._rays,
            self._shared[0], numbers,
        )  # fmt: skip
        self._add_forms(part, self.ray_forms.array[first_ray : self.n[0]])
        for k in range(1, D):
            self.n[k], self.entries[k], self._shared[k] = _add_level(
                part, k, numbers, bases, self.indptr[k].array, self.indices[k].array, self.n[k], self.entries[k],
                self._tables[k], self._shared[k], keys,
            )  # fmt: skip
        first = int(self.n[-1] - n[-1])
        self.cell_words.array[first : first + n[-1]] = part.cell_words[: n[-1], :-1]

    def _add_forms(self, part: Part, forms: NDArray[np.int32]) -> None:
        """Add the forms of new rays, and number them."""
        D = len(self.n)
        used = np.zeros(int(part.state[FORMS]), bool)
        used[forms] = True
        used[:D] = False
        new = np.flatnonzero(used)
        numbers = np.arange(len(used), dtype=np.int32)  # of the coordinates
        numbers[new] = np.arange(self.n_forms, self.n_forms + len(new))
        forms[:] = numbers[forms]
        self.recipe.array[self.n_forms : self.n_forms + len(new)] = part.recipe[new]
        self.form_words.array[self.n_forms : self.n_forms + len(new)] = part.form_words[new]
        self.n_forms += len(new)

    def nbytes(self, row_bytes: NDArray[np.int64]) -> int:
        """The bytes of what was added."""
        D = len(self.n)
        return int(self.n @ row_bytes[:D] + 4 * self.entries.sum() + self.n_forms * row_bytes[D])

    def _room(self, n: NDArray[np.int64], used: NDArray[np.int64], forms: int) -> None:
        for array, rows in self._sizes(self.n + n, self.entries + used, self.n_forms + forms):
            array.reserve(rows)

    def _sizes(self, n: NDArray[np.int64], entries: NDArray[np.int64], forms: int) -> Iterator[tuple[Growing, int]]:
        """How many rows all arrays have with so many cones, entries and forms."""
        yield from ((array, int(n[0])) for array in (self.ray_words, self.ray_signs, self.ray_forms))
        yield self.cell_words, int(n[-1])
        yield from ((array, forms) for array in (self.recipe, self.form_words))
        for k in range(1, len(n)):
            yield self.indptr[k], int(n[k]) + 1
            yield self.indices[k], int(entries[k])

    def _grow_tables(self, more: list[int]) -> None:
        """Keep the tables of shared faces at most half full."""
        for k in range(len(self.n)):
            size = old = len(self._tables[k] if k else self._rays)
            while 2 * (self._shared[k] + more[k]) > size:
                size *= 2
            if size > old and k:
                table = _empty_table(size)
                _rehash(self._tables[k], table)
                self._tables[k] = table
            elif size > old:
                ids = np.full(size, -1, np.int32)
                _rehash_rays(self.ray_words.array, self.ray_signs.array, self._rays, ids)
                self._rays = ids

    def finish(self) -> tuple[Incidence, ...]:
        """Give back what is not used, and return the lists of facets of the cones of dimension 2, 3, ..."""
        self._tables, self._rays = [], self._rays[:0]
        for array, rows in self._sizes(self.n, self.entries, self.n_forms):
            array.resize(rows)
        pairs = zip(self.indptr[1:], self.indices[1:], strict=True)
        return tuple(Incidence(indptr.array, indices.array) for indptr, indices in pairs)


def _empty_table(size: int) -> NDArray[np.void]:
    table = np.empty(size, _ENTRY)
    table["id"] = -1
    return table


@inner
def _hash(x):
    x = (x ^ (x >> np.uint64(31))) * np.uint64(0x7FB5D329728EA185)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x81DADEF4BC2DD44D)
    return x ^ (x >> np.uint64(33))


@inner
def _hash_row(words, r):
    x = np.uint64(0)
    for c in range(words.shape[1]):
        x = _hash(x ^ words[r, c])
    return x


@compiled
def _rehash_rays(words, signs, old, ids):
    mask = np.uint64(len(ids) - 1)
    for number in old:
        if number >= 0:
            z = _hash(_hash_row(words, number) ^ signs[number]) & mask  # as of the row in the part, signs last
            while ids[z] >= 0:
                z = (z + _ONE) & mask
            ids[z] = number


@compiled
def _rehash(old, table):
    mask = np.uint64(len(table) - 1)
    for i in range(len(old)):
        if old[i].id >= 0:
            z = _hash(old[i].key) & mask
            while table[z].id >= 0:
                z = (z + _ONE) & mask
            table[z].key, table[z].id = old[i].key, old[i].id


@compiled
def _add_rays(p, words, signs, forms, n, ids, shared, numbers):
    mask, width, last = np.uint64(len(ids) - 1), forms.shape[1], words.shape[1]
    for r in range(p.n[0]):
        found = -1
        if p.shared[r]:
            z = _hash_row(p.ray_words, r) & mask
            while ids[z] >= 0:
                found = ids[z]
                if signs[found] != p.ray_words[r, last]:
                    found = -1
                for c in range(last if found >= 0 else 0):
                    if words[found, c] != p.ray_words[r, c]:
                        found = -1
                        break
                if found >= 0:
                    break
                z = (z + _ONE) & mask
            if found < 0:
                ids[z] = n
                shared += 1
        if found < 0:
            for c in range(last):
                words[n, c] = p.ray_words[r, c]
            signs[n] = p.ray_words[r, last]
            for z in range(width):
                forms[n, z] = p.form[r * width + z]
            found = n
            n += 1
        numbers[r] = found
    return n, shared


@compiled
def _add_level(p, k, numbers, bases, indptr, indices, n, entries, table, shared, keys):
    """Number the cones of a level, and enter the lists of those that are new."""
    mask, base, below, stop = np.uint64(len(table) - 1), bases[k] & SPAN, bases[k - 1] & SPAN, p.base[k] + p.n[k]
    m = 0
    for c in range(p.base[k], stop):
        if p.shared[c]:
            t = (p.pool_base[k] & SPAN) + p.row[c].start
            least = second = np.int64(2**62)
            for e in range(t, t + p.row[c].count):
                g = np.int64(numbers[below + p.pool[e]])
                if g < least:
                    least, second = g, least
                elif g < second:
                    second = g
            keys[m] = np.uint64((least << 32) | second)
            m += 1
    z = 0
    for c in range(p.base[k], stop):
        if c + 8 < stop:
            prefetch(p.pool, p.pool_base[k] + p.row[c + 8].start)
        found = -1
        if p.shared[c]:
            if z + 8 < m:
                prefetch(table, np.int64(_hash(keys[z + 8]) & mask))
            key = keys[z]
            z += 1
            place = _hash(key) & mask
            while table[place].id >= 0:
                if table[place].key == key:
                    found = table[place].id
                    break
                place = (place + _ONE) & mask
            if found < 0:
                table[place].key, table[place].id = key, n
                shared += 1
        if found < 0:
            t = (p.pool_base[k] & SPAN) + p.row[c].start
            for e in range(t, t + p.row[c].count):
                indices[entries] = numbers[below + p.pool[e]]
                entries += 1
            found = n
            n += 1
            indptr[n] = entries
        numbers[base + c - p.base[k]] = found
    return n, entries, shared
