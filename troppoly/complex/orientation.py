"""Incidence numbers of the cones of a fan, from the face lattice alone.

The numbers [F : G] = +1 or -1 of the facets G of every pointed cone F are such that

    sum over G of [F : G] [G : H] = 0    for every H two dimensions below F,

where [r : 0] = 1 for rays r and the apex 0.  Between H and F there are exactly two cones G, so the number of one facet
of F gives those of the facets that share an H with it, and these reach all facets; the first one gets +1.  By induction
they are the signs of the facets' orientations in the boundary of F for some orientation of every cone: they are unique
up to the orientations.

Reference: Massey 1991, A Basic Course in Algebraic Topology, chapter IX.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from troppoly.complex.face_lattice import Incidence

__all__ = ["incidence_numbers"]

Signs = NDArray[np.int8]


def incidence_numbers(facets: Sequence[Incidence]) -> list[Signs]:
    """Return the incidence numbers of the entries of ``facets[k - 2].indices``, for k = 2, ..., D.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> line = TropicalPolynomial({(1,): 0, (0,): 0}).normal_complex().complex
    >>> incidence_numbers(line.facets)
    [array([ 1, -1,  1, -1], dtype=int8)]
    """
    result: list[Signs] = []
    for level, incidence in enumerate(facets):
        if level == 0:
            signs = np.ones(len(incidence.indices), dtype=np.int8)
            signs[1::2] = -1  # a cone of dimension 2 has two rays
        else:
            signs = _next_level(incidence, facets[level - 1], result[-1])
        result.append(signs)
    return result


def _next_level(upper: Incidence, lower: Incidence, known: Signs) -> Signs:
    """The incidence numbers of cones, from those of their facets."""
    entries, ridges = lower.take(upper.indices)  # positions in upper.indices, and what lies below
    counts = np.diff(lower.indptr)[upper.indices]
    places = np.arange(len(entries)) - np.repeat(np.cumsum(counts) - counts, counts)
    numbers = known[lower.indptr[upper.indices][entries] + places]
    order = np.lexsort((ridges, upper.owners[entries]))  # one after another the two facets of a cone above a ridge
    first, second = entries[order].reshape(-1, 2).T
    factors = -numbers[order].reshape(-1, 2).prod(axis=1, dtype=np.int8)
    signs = np.zeros(len(upper.indices), dtype=np.int8)
    signs[upper.indptr[:-1]] = 1
    while not signs.all():
        for source, target in ((first, second), (second, first)):
            new = (signs[source] != 0) & (signs[target] == 0)
            signs[target[new]] = signs[source[new]] * factors[new]
    return signs
