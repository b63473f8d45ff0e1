"""The fan that a refinement starts with: the orthants of the chosen coordinates, as one part."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.compiled import compiled
from troppoly.refinement.part import FORMS, LIVE, Part, allocate

__all__ = ["orthants"]

_ROOM = 2048  # cones of each dimension, for which there is room from the start


def orthants(signs: NDArray[Any], n_words: int, owners: NDArray[np.uint8] | None = None) -> Part:
    """Return the fan of the orthants of R^D in which the coordinates have these signs, or both if they are 0.

    Form i is coordinate i.  A cone is a word of D digits: 0 (no ray of this coordinate), 1 (e_i, or -e_i for the sign
    -1) or 2 (-e_i), and the coordinates with digit 0 cut out its span.  There it has the bits ``owners`` in ``shared``.
    """
    D = len(signs)
    bases, n = np.where(signs, 2, 3), [1]  # cones of every dimension
    for base in bases.tolist():
        n = [low + (base - 1) * high for low, high in zip([*n, 0], [0, *n], strict=True)]
    sizes = np.array(n[1:])
    entries = sizes * np.arange(1, D + 1)
    entries[0] = 0
    room = np.maximum(sizes, _ROOM)
    part = allocate(D, n_words, room, np.maximum(entries, 8 * D * _ROOM), max(D, _ROOM), 1)
    places = np.append(np.cumprod(bases[:0:-1])[::-1], 1)
    owners = np.zeros(D, np.uint8) if owners is None else owners
    _enter(part, bases, places, np.asarray(signs) < 0, owners, np.zeros(D, np.int64), np.zeros(sum(n), np.int32))
    part.values[:D] = part.magnitudes[:D] = np.eye(D)
    part.exact_forms[:D] = 1
    part.recipe[:D, 0], part.recipe[:D, 1], part.form_words[:D] = -1, np.arange(D), 0
    part.state[FORMS], part.state[LIVE] = D, entries.sum()
    return part


@compiled
def _enter(p, bases, places, negative, owners, digits, numbers):
    """Enter all cones in the order of their words; facets have smaller words, and their ``numbers`` are known."""
    D = len(bases)
    for word in range(1, len(numbers)):
        k, rest = 0, word
        for i in range(D):
            digits[i], rest = rest // places[i], rest % places[i]
            k += digits[i] != 0
        n, used = p.n[k - 1], p.used[k - 1]
        row, form, entry = p.base[k - 1] + n, p.form_base[k - 1] + n * (D - k), p.pool_base[k - 1] + used
        signs, facets, shared = np.uint64(0), 0, 0
        for i in range(D):
            if digits[i] == 0:
                p.form[form] = i
                form += 1
                shared |= owners[i]
                continue
            signs |= np.uint64(1) << np.uint64(i if (digits[i] == 1) != negative[i] else i + 32)
            if k > 1:
                p.pool[entry + facets] = numbers[word - digits[i] * places[i]]
                facets += 1
        numbers[word] = n
        p.n[k - 1], p.used[k - 1] = n + 1, used + facets
        p.row[row].start, p.row[row].count, p.row[row].mark, p.shared[row] = used, facets, 0, shared
        if k == 1:
            for c in range(p.ray_words.shape[1]):
                p.ray_words[n, c] = 0
            p.ray_words[n, -1] = signs
            for i in range(D):
                p.y[n, i] = 0.0 if digits[i] == 0 else 1.0 if (digits[i] == 1) != negative[i] else -1.0
                p.magnitude[n, i] = abs(p.y[n, i])
            p.exact[n] = 1
        if k == D:
            for c in range(p.cell_words.shape[1]):
                p.cell_words[n, c] = 0
            p.cell_words[n, -1] = signs
