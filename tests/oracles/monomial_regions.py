"""Tropical polynomials by their definition, with Python's fractions and Sage's H-representation.

Nothing of the lifted polytope is used here: a monomial's region is the solution set of the linear
inequalities that say that it is the maximum.
"""

from fractions import Fraction

import passagemath_polyhedra  # noqa: F401
from sage.geometry.polyhedron.constructor import Polyhedron
from sage.rings.rational_field import QQ


def fractions(terms):
    """A mapping of exponents to coefficients as Python fractions."""
    return {tuple(map(to_fraction, a)): to_fraction(c) for a, c in terms.items()}


def to_fraction(value):
    return Fraction(int(value.numerator), int(value.denominator))


def value(terms, x):
    """The maximum of the monomials at a point."""
    return max(monomial_value(a, c, x) for a, c in fractions(terms).items())


def monomial_value(exponent, coefficient, x):
    """<exponent, x> + coefficient in Python's fractions."""
    pairs = zip(map(to_fraction, exponent), map(to_fraction, x), strict=True)
    return sum((a * v for a, v in pairs), start=to_fraction(coefficient))


def region(terms, exponent):
    """The polyhedron of the points at which the monomial is maximal."""
    terms = fractions(terms)
    chosen = tuple(map(to_fraction, exponent))
    rows = [[QQ(terms[chosen] - c), *(QQ(p - q) for p, q in zip(chosen, a, strict=True))] for a, c in terms.items()]
    return Polyhedron(ieqs=rows, base_ring=QQ, ambient_dim=len(chosen))


def status(terms, exponent):
    """Vertex, boundary or interior, by the dimension of the region."""
    dimension = region(terms, exponent).dim()
    if dimension == len(exponent):
        return "vertex"
    return "interior" if dimension == -1 else "boundary"
