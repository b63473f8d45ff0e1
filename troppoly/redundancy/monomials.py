"""The formal monomials of a network's outputs, counted by what they contribute.

Output i is H - G' with the tropical polynomials of the formal recursion (``network.formal``), written
out without cancellation.  Among its formal monomials, which :func:`formal_monomial_counts` counts,
some are *repeated*: equal to another one, exponent and coefficient.  The different ones are points
(a, c), and each is

- a *vertex* of the lifted Newton polytope: it is the maximum on a full-dimensional region,
- or on the *boundary*, the upper hull: it attains the maximum on a set of lower dimension only,
- or *interior*: it never attains the maximum.

So formal = vertex + boundary + interior + repeated, and all but the vertices are redundant.  The
vertices are read off the canonical complex for networks of any depth.  The others are exponentially
many, and are told apart only where there are few enough to be written out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from gmpy2 import mpq

from troppoly.network import Network, formal_monomial_counts
from troppoly.network.large_counts import Count
from troppoly.polynomial import TropicalPolynomial
from troppoly.refinement import CanonicalComplex, tropical_map

__all__ = ["MonomialCounts", "monomial_counts"]

LARGEST_EXPANSION = 5000
"""The most formal monomials that are written out."""

Lifted = tuple[mpq, ...]
Points = frozenset[Lifted]


@dataclass(frozen=True, slots=True)
class MonomialCounts:
    """The monomials of the numerator or the denominator of an output (see the module's introduction).

    ``boundary``, ``interior`` and ``repeated`` are None if the formal expression is too large to be
    written out, or if the counts are those over a domain; ``formal`` may be a :class:`troppoly.network.LargeCount`.
    """

    output: int
    part: Literal["numerator", "denominator"]
    formal: Count
    vertex: int
    boundary: int | None
    interior: int | None
    repeated: int | None


def monomial_counts(complex_: CanonicalComplex, whole_space: bool = True) -> tuple[MonomialCounts, ...]:
    """Return the counts for every output of the network of a canonical complex.

    If the complex covers a domain only, ``whole_space`` is False, and ``vertex`` counts the monomials
    that are needed on the domain.

    The absolute value is formally 0 (x + 0)(0 + x) / x, in tropical notation:

    >>> from troppoly.refinement import canonical_complex
    >>> net = Network.from_arrays([[[1], [-1]], [[1, 1]]])
    >>> monomial_counts(canonical_complex(net))[0]
    MonomialCounts(output=0, part='numerator', formal=4, vertex=2, boundary=1, interior=0, repeated=1)
    """
    network = complex_.network
    formal = formal_monomial_counts(network)
    vertices = tropical_map(complex_).monomial_counts()
    written_out = dict(_written_out(network, formal)) if whole_space else {}
    result = []
    for output, (counts, needed) in enumerate(zip(formal, vertices, strict=True)):
        for side, part in enumerate(("numerator", "denominator")):
            points, n_formal = written_out.get((output, side)), counts[side]
            boundary = interior = repeated = None
            if points is not None and isinstance(n_formal, int):
                status = _polynomial(points).monomial_status()
                boundary = sum(1 for kind in status.values() if kind == "boundary")
                interior = len(points) - needed[side] - boundary
                repeated = n_formal - len(points)
            result.append(
                MonomialCounts(output, part, n_formal, needed[side], boundary, interior, repeated)  # type: ignore[arg-type]
            )
    return tuple(result)


def _polynomial(points: Points) -> TropicalPolynomial:
    """The polynomial of lifted points; of equal exponents the largest coefficient counts."""
    terms: dict[Any, mpq] = {}
    for *exponent, c in sorted(points):
        terms[tuple(exponent)] = c
    return TropicalPolynomial(terms)


def _written_out(network: Network, formal: tuple[tuple[Count, Count], ...]) -> Iterator[tuple[tuple[int, int], Points]]:
    """The different formal monomials of the numerators and denominators that are small enough."""
    wanted = [
        i for i, counts in enumerate(formal) if all(isinstance(n, int) and n <= LARGEST_EXPANSION for n in counts)
    ]
    if not wanted:
        return
    d = network.n_inputs
    zero = frozenset({(mpq(0),) * (d + 1)})
    pairs: list[tuple[Points, Points] | None] = [
        (frozenset({tuple(mpq(int(i == j)) for i in range(d + 1))}), zero) for j in range(d)
    ]
    for index, layer in enumerate(network.layers):
        last = index == len(network.layers) - 1
        following: list[tuple[Points, Points] | None] = []
        for i, rectified in enumerate(layer.rectified):
            row = layer.weight.row(i)
            if last and i not in wanted:
                following.append(None)
                continue
            upper = _product([(w, 0 if w > 0 else 1, j) for j, w in enumerate(row) if w], pairs, d)
            lower = _product([(w, 1 if w > 0 else 0, j) for j, w in enumerate(row) if w], pairs, d)
            if upper is None or lower is None or len(upper) + len(lower) > 2 * LARGEST_EXPANSION:
                following.append(None)
                continue
            b = layer.bias[i, 0]
            upper = frozenset((*point[:-1], point[-1] + b) for point in upper)
            following.append((upper | lower if rectified else upper, lower))
        pairs = following
    for i, sides in enumerate(pairs):
        if sides is not None:
            yield (i, 0), sides[0]
            yield (i, 1), sides[1]


def _product(factors: list[tuple[mpq, int, int]], pairs: list[tuple[Points, Points] | None], d: int) -> Points | None:
    """The sums of one point of each factor, times |w|: None if a factor is missing, or they are too many."""
    result = {(mpq(0),) * (d + 1)}
    for w, side, j in factors:
        pair = pairs[j]
        if pair is None or len(result) * len(pair[side]) > LARGEST_EXPANSION:
            return None
        scaled = [tuple(abs(w) * v for v in point) for point in pair[side]]
        result = {tuple(a + b for a, b in zip(p, q, strict=True)) for p in result for q in scaled}
    return frozenset(result)
