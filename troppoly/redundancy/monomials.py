"""The formal monomials of a network's outputs, counted by what they contribute.

Output i is H - G' with the tropical polynomials of ``network.formal_recursion``, written out without cancellation.
Among its formal monomials, which :func:`formal_monomial_counts` counts, some are *repeated*: equal to another one,
exponent and coefficient.  The different ones are points (a, c), and each is

- a *vertex* of the lifted Newton polytope: it is the maximum on a full-dimensional region,
- or on the *boundary*, the upper hull: it attains the maximum on a set of lower dimension only,
- or *interior*: it never attains the maximum.

So formal = vertex + boundary + interior + repeated, and all but the vertices are redundant.  The vertices are read off
the canonical complex.  The others are exponentially many, and are told apart only where few enough to be written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gmpy2 import mpq

from troppoly.network import Network, formal_monomial_counts
from troppoly.network.large_counts import Count
from troppoly.polynomial import TropicalPolynomial
from troppoly.refinement import CanonicalComplex, tropical_map

__all__ = ["MonomialCounts", "monomial_counts"]

LARGEST_EXPANSION = 5000
"""The most formal monomials that are written out."""

Points = set[tuple[mpq, ...]]


@dataclass(frozen=True, slots=True)
class MonomialCounts:
    """The monomials of the numerator or the denominator of an output by their kind.

    ``formal`` are all when the network is written out, and only those of ``vertex`` are needed; ``boundary`` attain
    the maximum on a set of lower dimension, ``interior`` never, and ``repeated`` are equal to another one.
    ``boundary``, ``interior`` and ``repeated`` are None if the formal expression is too large to be written out, or if
    the counts are those over a domain; ``formal`` may be a :class:`troppoly.network.LargeCount`.

    The numerator of the absolute value is formally 0 (x + 0)(0 + x), in tropical notation:

    >>> import troppoly as tp
    >>> tp.redundancy_report(tp.Network.from_arrays([[[1], [-1]], [[1, 1]]])).monomials[0]
    MonomialCounts(output=0, part='numerator', formal=4, vertex=2, boundary=1, interior=0, repeated=1)
    """

    output: int
    part: Literal["numerator", "denominator"]
    formal: Count
    vertex: int
    boundary: int | None = None
    interior: int | None = None
    repeated: int | None = None


def monomial_counts(complex_: CanonicalComplex, whole_space: bool = True) -> tuple[MonomialCounts, ...]:
    """Return the counts for every output of the network of a canonical complex.

    If it covers a domain only, ``whole_space`` is False, and ``vertex`` counts the monomials that are needed there.
    """
    formal = formal_monomial_counts(complex_.network)
    few = [whole_space and all(isinstance(n, int) and n <= LARGEST_EXPANSION for n in counts) for counts in formal]
    written_out = _written_out(complex_.network, few) if any(few) else [None] * len(few)
    result = []
    for output, needed in enumerate(tropical_map(complex_).monomial_counts()):
        for side, part in enumerate(("numerator", "denominator")):
            n, vertex, others = formal[output][side], needed[side], ()
            if (pair := written_out[output]) is not None:
                points = pair[side]  # of equal exponents the largest coefficient counts
                status = TropicalPolynomial({tuple(a): c for *a, c in sorted(points)}).monomial_status()
                boundary = list(status.values()).count("boundary")
                others = (boundary, len(points) - vertex - boundary, n - len(points))  # type: ignore[assignment, operator]
            result.append(MonomialCounts(output, part, n, vertex, *others))  # type: ignore[arg-type]
    return tuple(result)


def _written_out(network: Network, wanted: Sequence[bool]) -> list[tuple[Points, Points] | None]:
    """The different formal monomials of the numerator and the denominator of the wanted outputs."""
    d, last = network.n_inputs, network.layers[-1]
    inputs: list[Points] = [{tuple(mpq(i == j) for i in range(d + 1))} for j in range(d + 1)]
    pairs: list[tuple[Points, Points] | None] = [(x, {(mpq(0),) * (d + 1)}) for x in inputs[:d]]
    for layer in network.layers:
        following: list[tuple[Points, Points] | None] = []
        for i, (columns, entries) in enumerate(layer.weight.nonzero_rows()):
            row = [(mpq(v, layer.weight.denominator), pairs[j]) for j, v in zip(columns.tolist(), entries, strict=True)]
            upper, lower = (_product(row, side, d) if layer is not last or wanted[i] else None for side in (0, 1))
            if upper is None or lower is None:
                following.append(None)
                continue
            upper = {(*a, c + layer.bias[i, 0]) for *a, c in upper}
            following.append((upper | lower if layer.rectified[i] else upper, lower))
        pairs = following
    return pairs


def _product(row: Sequence[tuple[mpq, tuple[Points, Points] | None]], side: int, d: int) -> Points | None:
    """The sums of |w| times one point of every factor: None if one is missing, or they are too many."""
    result: Points = {(mpq(0),) * (d + 1)}
    for w, pair in row:
        factor = pair and pair[side ^ (w < 0)]
        if factor is None or len(result) * len(factor) > LARGEST_EXPANSION:
            return None
        scaled = [tuple(abs(w) * v for v in point) for point in factor]
        result = {tuple(map(sum, zip(p, q, strict=True))) for p in result for q in scaled}
    return result
