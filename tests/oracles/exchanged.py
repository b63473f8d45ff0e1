"""The polynomials and complexes that other systems read and compute with."""

from __future__ import annotations

from random import Random
from typing import Any

import troppoly as tp
from tests.export import samples


def polynomial(d: int, seed: int, n_terms: int = 6) -> tp.TropicalPolynomial:
    """Small exponents and coefficients, rational for odd seeds, so that ties are frequent."""
    random = Random(seed)
    divisor = 2 if seed % 2 else 1
    return tp.TropicalPolynomial(
        {
            tuple(tp.rational(random.randrange(-2, 4)) / divisor for _ in range(d)): tp.rational(
                random.randrange(-4, 5)
            )
            / divisor
            for _ in range(n_terms)
        }
    )


POLYNOMIALS = [polynomial(d, seed) for d in (1, 2, 3) for seed in range(4)] + [
    samples.polynomial(),
    tp.TropicalPolynomial({(1, 2): 3}),  # affine
    tp.TropicalPolynomial({(1, 1): 0, (0, 0): 0, (3, 3): "-1/2"}),  # with a line
]

PAIRS = [(polynomial(d, 2 * seed), polynomial(d, 2 * seed + 1)) for d in (2, 3) for seed in range(3)]


def complexes() -> list[tp.PolyhedralComplex]:
    networks = [
        samples.network(0, (2, 5, 1)),
        samples.network(1, (2, 4, 3, 2)),
        samples.network(3, (3, 4, 1)),
        samples.network(6, (4, 5, 2)),
        samples.network(7, (4, 2, 2, 1)),  # two lines
        samples.maximum(),
    ]
    return [tp.canonical_complex(net).complex for net in networks] + [samples.polynomial().normal_complex().complex]


def cone_counts(complex_: tp.PolyhedralComplex) -> list[int]:
    """The f-vector of the fan in one dimension more, modulo lineality: what programs for fans count."""
    return [complex_.n_cones(k) for k in range(1, complex_.cone_dimension + 1)]


def generators(polyhedron: Any) -> list[set[tuple[Any, ...]]]:
    """The vertices and the rays of a passagemath polyhedron, as tuples of exact rationals."""
    return [
        {tuple(tp.rational(v) for v in row) for row in rows}
        for rows in (polyhedron.vertices_list(), polyhedron.rays_list())
    ]
