"""Exact equivalence of piecewise linear functions.

*Theorem.*  f = g on R^d (or a domain) iff the affine map of f - g on every cell of its canonical complex is zero, as a
matrix and a vector.  If it is not zero on a cell C with interior point p, vertices v, extreme rays r and lines l, then
f and g differ at p, or at some (p + v) / 2, p + r or p + l, all of which are points of C.

*Proof.*  The cells cover the domain, and are full-dimensional: an affine map that vanishes on one is zero.  If the map
vanishes at p, at all (p + v) / 2, at all p + r, and at all p + l, then it vanishes at all v, and its linear part at all
r and l.  Hence it vanishes on C = conv(v) + cone(r) + span(l).  QED

Values at the vertices of *one* of the two complexes decide nothing: a bump between them is zero at all of them.  Nor do
values at all vertices of the common refinement: the functions may differ at infinity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import Positive, checked
from troppoly.cellwise.cell_network import chunks
from troppoly.complex.polyhedral_complex import Face
from troppoly.equivalence.parallel import PiecewiseLinear, as_network, common_inputs, difference_network
from troppoly.exact import modular
from troppoly.network import Network
from troppoly.polynomial import TropicalPolynomial, TropicalRational
from troppoly.polynomial.map import as_map
from troppoly.refinement import CanonicalComplex, canonical_complex, tropical_map
from troppoly.refinement.domain import domain_forms, middle, vertices
from troppoly.refinement.refinement import Progress

__all__ = ["Equivalence", "equivalent", "first_cell_not_zero"]

Point = tuple[mpq, ...]


@dataclass(frozen=True, slots=True)
class Equivalence:
    """The answer of :func:`equivalent`: truthy if the functions are equal.

    Otherwise ``values`` are the two values at ``point``, where they differ.  ``n_cells`` cells of the difference were
    made.

    >>> import troppoly as tp
    >>> f, g = (tp.Network.from_arrays([[[1]], [[slope]]]) for slope in (1, 2))
    >>> answer = tp.equivalent(f, g)
    >>> bool(answer), answer.point, answer.values
    (False, (mpq(1,1),), ((mpq(1,1),), (mpq(2,1),)))
    """

    point: Point | None
    values: tuple[Point, Point] | None
    n_cells: int

    def __bool__(self) -> bool:
        return self.point is None

    def __repr__(self) -> str:
        if self.point is None or self.values is None:
            return "Equivalent"
        one, other, point = (f"({', '.join(map(str, x))})" for x in (*self.values, self.point))
        return f"Not equivalent: {one} and {other} at {point}"


@checked
def equivalent(
    first: PiecewiseLinear,
    second: PiecewiseLinear,
    domain: Any = None,
    *,
    max_cells: int | None = None,
    max_memory: int | None = None,
    workers: Positive | None = None,
    progress: Progress | None = None,
) -> Equivalence:
    """Decide whether two piecewise linear functions are equal on R^d, or on a domain, exactly.

    Some simple points are tried first; then, if one is a tropical map, whether the other one has the same irredundant
    map, up to an affine function (in up to three variables: whether the crosswise products of numerators and
    denominators are equal); then whether the networks agree up to the order and the positive scaling of units; then the
    canonical complex of the difference decides (by the theorem of :mod:`troppoly.equivalence.decision`).

    Domain, budgets, ``workers``, ``progress`` and errors are those of :func:`troppoly.canonical_complex` for the
    difference; ShapeError if the numbers of inputs or outputs differ.

    >>> from troppoly.network import Network
    >>> f = Network.from_arrays([[[1], [-1]], [[1, 1]]])          # |x|
    >>> g = Network.from_arrays([[[1]], [[1]]])                   # max(x, 0)
    >>> equivalent(f, Network.from_arrays([[[-3], [3]], [["1/3", "1/3"]]]))
    Equivalent
    >>> equivalent(f, g)
    Not equivalent: (1) and (0) at (-1)
    >>> equivalent(f, g, domain=[(0, 9)])
    Equivalent
    """
    one, other = (f if isinstance(f, Network) else as_map(f) for f in (first, second))
    d = common_inputs(one, other)
    facets = domain_forms(domain, d)
    if type(one) is type(other) and one == other:
        return Equivalence(None, None, 0)
    for point in _simple_points(d, domain):
        if all(v >= 0 for v in facets.apply((*point, mpq(1)))) and one(point) != other(point):
            return _different(one, other, point, 0)
    options: dict[str, Any] = {
        "max_cells": max_cells,
        "max_memory": max_memory,
        "workers": workers,
        "progress": progress,
    }
    n_networks = sum(isinstance(f, Network) for f in (one, other))
    if n_networks == 0 or (n_networks == 1 and domain is None):
        maps = [tropical_map(canonical_complex(f, **options)) if isinstance(f, Network) else f for f in (one, other)]
        if all(map(_are_equal, *maps)):
            return Equivalence(None, None, 0)
    difference = difference_network(as_network(one), as_network(other))
    last = difference.layers[-1]
    if not last.weight.n_nonzero and not last.bias.n_nonzero:
        return Equivalence(None, None, 0)
    complex_ = canonical_complex(difference, domain, **options)
    cell = first_cell_not_zero(complex_)
    if cell is None:
        return Equivalence(None, None, complex_.n_cells)
    point = next(p for p in _spanning_points(complex_.cells[cell]) if any(difference(p)))
    return _different(one, other, point, complex_.n_cells)


def _are_equal(r: TropicalRational, s: TropicalRational) -> bool:
    """Whether two rational functions have the same irredundant pairs, or are equal and have at most 3 variables.

    For few variables Minkowski sums of lifted polytopes are small next to the complex of a difference.
    """
    if r == s:
        return True
    r, s = _normalized(r.prune()), _normalized(s.prune())
    return r == s or (r.n_variables <= 3 and r.equals(s))


def _normalized(r: TropicalRational) -> TropicalRational:
    """The same function, with the least monomial of the denominator, which is a common factor, taken out."""
    exponent, constant = min(r.denominator.terms.items())
    factor = TropicalPolynomial.affine([-a for a in exponent], -constant)
    return TropicalRational(r.numerator * factor, r.denominator * factor)


def _different(one: Any, other: Any, point: Point, n_cells: int) -> Equivalence:
    values = (one(point), other(point))
    assert values[0] != values[1]
    return Equivalence(point, values, n_cells)


@checked
def first_cell_not_zero(complex_: CanonicalComplex) -> int | None:
    """Return the first cell on which the network of a complex is not zero, as one prime may prove, or None."""
    network = complex_.cellwise
    for count in (1, modular.n_moduli(network.form_bits[-1])):
        for cells in chunks(complex_.n_cells, network.cost(count)):
            maps = network.maps(complex_.signs.take(cells), count)
            found = np.flatnonzero(maps.any(axis=(0, 2, 3)))
            if len(found):
                return int(cells.start + found[0])
    return None


def _spanning_points(face: Face) -> Iterator[Point]:
    """The points of the theorem."""
    p = face.interior_point()
    yield p
    for v in face.vertices():
        yield tuple((a + b) / 2 for a, b in zip(p, v, strict=True))
    for r in (*face.rays(), *face.lines()):
        yield tuple(a + b for a, b in zip(p, r, strict=True))


def _simple_points(d: int, domain: Any) -> Iterator[Point]:
    """Points with small coordinates (perhaps outside the domain), and some of the domain."""
    yield from ((mpq(value),) * d for value in (0, 1))
    for value in (1, -1, 8, -8):
        yield from (tuple(mpq(value * (i == j)) for i in range(d)) for j in range(min(d, 16)))
    for k in range(1, 17):  # a lattice in general directions
        yield tuple(mpq((k * (2 * j + 3) * 37) % 101 - 50, 13) for j in range(d))
    if domain is not None and (center := middle(domain)) is not None:
        yield center
        for v in islice(vertices(domain), 16):
            yield tuple((a + b) / 2 for a, b in zip(center, v, strict=True))
