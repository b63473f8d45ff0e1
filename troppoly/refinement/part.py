"""Parts: pieces of the fan under refinement, each a face lattice of its own in flat arrays.

A cone of dimension k is a row of level k - 1: its facets (rows of the level below) are ``count`` entries of ``pool``
from ``start`` on, the D - k linear forms that cut out its span are numbers of the part's table of forms, and ``word``
says for at most 20 units where they are positive (bits 0 to 19), zero (from 21 on) and negative (from 42 on).  Rays
have coordinates instead of facets; rays and cells have the words of all units, and in a last column the signs of the
coordinates.  All levels lie one behind the other in the same arrays, so that one compiled program serves every
dimension.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from troppoly.compiled import compiled, inner
from troppoly.refinement.memory import arrays

__all__ = ["Part", "allocate", "entries", "form_columns", "grown", "ray_columns", "size_of", "wanted_forms"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ids = NDArray[np.int32]
Words = NDArray[np.uint64]

BLOCK = 20
"""The number of units of a block."""

SPAN = 2**40 - 1
"""What is masked by it is not negative; so numba leaves out what would count negative indices from the end."""

PLUS, ZERO, MINUS = np.uint64(0), np.uint64(21), np.uint64(42)

# The entries of a part's ``state``.
PHASE, OFF, NEXT, J, N_UNITS, FORMS, DOUBTS, CURSOR, RAYS, TICK, LIMIT, RECORD, LIVE, COUNTERS = range(14)
_N_STATE = COUNTERS + 5


_ROW = np.dtype(
    [("word", "u8"), ("start", "u4"), ("count", "u4"), ("slot", "u4"), ("mark", "i4"), ("minus", "i4"), ("zero", "i4")]
)
"""What is read of a cone together: ``start`` is relative to the level's ``pool_base``, ``slot`` a cell that contains it
(at the begin of the layer), ``minus`` and ``zero`` are F- and F0 if the unit with the tick ``mark`` crosses it."""


class Part(NamedTuple):
    """The arrays of a part; those by level have the rows ``base[k] + i``, i < ``n[k]`` <= ``cap[k]``."""

    state: Ints
    units: Ints  # the units of the block
    n: Ints
    base: Ints
    cap: Ints
    used: Ints  # of the pool of each level
    pool_base: Ints
    pool_cap: Ints
    wanted: Ints  # (2, D): rows and entries for the next split
    form_base: Ints
    row: NDArray[np.void]
    shared: NDArray[np.uint8]  # 1: other parts may have it, 2: and one of them owns it
    form: Ids
    crossed: NDArray[np.uint32]
    n_crossed: Ints
    pool: NDArray[np.uint32]
    y: Floats
    magnitude: Floats
    exact: NDArray[np.uint8]
    ray_words: Words
    cell_words: Words
    following: Ids  # of each cell the next one in the tree of all splits, from left to right; the first is cell 0
    values: Floats  # of the forms
    magnitudes: Floats
    exact_forms: NDArray[np.uint8]
    recipe: Ids
    form_words: Words
    form_of: Ids  # (slots, 2): the form of a unit on each slot, and the unit's tick


def allocate(D: int, n_words: int, n: Ints, used: Ints, n_forms: int, n_slots: int) -> Part:
    """Return an empty part with room for this many cones, entries, forms and slots."""
    widths = n * np.arange(D - 1, -1, -1)
    rows, rays, cells = int(n.sum()), int(n[0]), int(n[-1])
    wanted: dict[str, tuple[tuple[int, ...], Any]] = {
        "state": ((_N_STATE,), np.int64),
        "units": ((BLOCK,), np.int64),
        **dict.fromkeys(("n", "base", "cap", "used", "pool_base", "pool_cap"), ((D,), np.int64)),
        "wanted": ((2, D), np.int64),
        "form_base": ((D,), np.int64),
        "row": ((rows,), _ROW),
        "shared": ((rows,), np.uint8),
        "form": ((int(widths.sum()),), np.int32),
        "crossed": ((rows,), np.uint32),
        "n_crossed": ((D,), np.int64),
        "pool": ((int(used.sum()),), np.uint32),
        "y": ((rays, D), np.float64),
        "magnitude": ((rays, D), np.float64),
        "exact": ((rays,), np.uint8),
        "ray_words": ((rays, n_words + 1), np.uint64),
        "cell_words": ((cells, n_words + 1), np.uint64),
        "following": ((cells,), np.int32),
        "values": ((n_forms, D), np.float64),
        "magnitudes": ((n_forms, D), np.float64),
        "exact_forms": ((n_forms,), np.uint8),
        "recipe": ((n_forms, 2), np.int32),
        "form_words": ((n_forms, n_words), np.uint64),
    }
    form_of = np.zeros((n_slots, 2), np.int32)  # grown parts have it, too, so it keeps no other memory
    part = Part(**dict(zip(wanted, arrays(*wanted.values()), strict=True)), form_of=form_of)
    for array in (part.state, part.units, part.n, part.used, part.wanted, part.n_crossed):
        array[...] = 0
    part.cap[:], part.pool_cap[:] = n, used
    for base, sizes in ((part.base, n), (part.pool_base, used), (part.form_base, widths)):
        base[:] = np.cumsum(sizes) - sizes
    part.following[:] = np.arange(1, cells + 1)
    return part


@inner
def size_of(p, row_bytes):
    """The bytes of the part in the result; its ``py_func`` is for Python."""
    D = len(p.n)
    size = 4 * p.state[LIVE] + p.state[FORMS] * row_bytes[D]
    for k in range(D):
        size += p.n[k] * row_bytes[k]
    return size


@inner
def wanted_forms(p):
    """The forms that there are at most after the next split: one for each slot that is crossed; as ``size_of``."""
    return p.state[FORMS] + min(p.n_crossed[len(p.n) - 1], len(p.form_of))


def entries(part: Part) -> Ints:
    """Return how many entries the lists of every level have in all."""
    ends = zip(part.base[1:], (part.base + part.n)[1:], strict=True)
    return np.array([0, *(part.row["count"][first:end].sum() for first, end in ends)], np.int64)


def grown(part: Part, factor: float) -> Part:
    """Return the part with ``factor`` times the room it wants; lists that were replaced are left out."""
    n = factor * np.maximum(part.wanted[0], part.n)
    used = 1.5 * factor * entries(part) + np.maximum(part.wanted[1] - part.used, 0)
    more = int(factor * wanted_forms.py_func(part)) + 1
    result = allocate(len(part.n), part.form_words.shape[1], n.astype(int) + 1, used.astype(int) + 1, more, 0)
    result.state[:], result.units[:], result.n[:] = part.state, part.units, part.n
    n_rays, n_cells, n_forms = int(part.n[0]), int(part.n[-1]), int(part.state[FORMS])
    for old, new in ray_columns(part, result):
        new[:n_rays] = old[:n_rays]
    result.cell_words[:n_cells] = part.cell_words[:n_cells]
    result.following[:n_cells] = part.following[:n_cells]
    for old, new in form_columns(part, result):
        new[:n_forms] = old[:n_forms]
    _copy(part, result)
    return result._replace(form_of=part.form_of)


@compiled
def _copy(p, q):
    D = len(p.n)
    for k in range(D):
        a, b, width, used = p.base[k], q.base[k], D - 1 - k, 0
        for i in range(p.n[k]):
            q.row[b + i].word = p.row[a + i].word
            q.row[b + i].slot = p.row[a + i].slot
            q.row[b + i].count = p.row[a + i].count
            q.row[b + i].mark = 0
            q.shared[b + i] = p.shared[a + i]
            if k:
                q.row[b + i].start = used
                s, t = p.pool_base[k] + p.row[a + i].start, q.pool_base[k] + used
                for e in range(p.row[a + i].count):
                    q.pool[t + e] = p.pool[s + e]
                used += p.row[a + i].count
        q.used[k] = used
        a, b = p.form_base[k], q.form_base[k]
        for i in range(p.n[k] * width):
            q.form[b + i] = p.form[a + i]


Columns = list[tuple[NDArray[Any], NDArray[Any]]]


def ray_columns(p: Part, q: Part) -> Columns:
    """Return the columns of two tables of rays."""
    return [(p.y, q.y), (p.magnitude, q.magnitude), (p.exact, q.exact), (p.ray_words, q.ray_words)]


def form_columns(p: Part, q: Part) -> Columns:
    """Return the columns of two tables of forms."""
    pairs: Columns = [(p.values, q.values), (p.magnitudes, q.magnitudes), (p.exact_forms, q.exact_forms)]
    return [*pairs, (p.recipe, q.recipe), (p.form_words, q.form_words)]
