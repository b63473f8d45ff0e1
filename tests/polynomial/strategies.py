"""Hypothesis strategies for tropical polynomials; degenerate position is frequent."""

from fractions import Fraction

from hypothesis import strategies as st

from troppoly.polynomial import TropicalPolynomial

small_integers = st.integers(-2, 2)
huge_rationals = st.builds(Fraction, st.integers(-(10**40), 10**40), st.integers(1, 10**40))
binary_rationals = st.floats(-4, 4, width=32).map(Fraction)
rationals = st.one_of(small_integers, binary_rationals, huge_rationals)


def polynomials(d, max_size=7, exponents=None, coefficients=rationals):
    """Polynomials in d variables, with small integer exponents (often collinear) or arbitrary ones."""
    if exponents is None:
        exponents = st.one_of(*(st.tuples(*[e] * d) for e in (small_integers, small_integers, rationals)))
    terms = st.dictionaries(exponents, coefficients, min_size=1, max_size=max_size)
    return terms.map(TropicalPolynomial)


def integer_polynomials(d, max_size=7):
    """Polynomials with small integers throughout, so that ties are frequent."""
    return polynomials(d, max_size, st.tuples(*[small_integers] * d), small_integers)


def points(d):
    return st.tuples(*[rationals] * d)


def with_dimension(strategy, *more, dimensions=(1, 2, 3)):
    """Tuples of draws from ``strategy(d)`` and the others, for one d."""
    return st.sampled_from(dimensions).flatmap(lambda d: st.tuples(strategy(d), *(s(d) for s in more)))
