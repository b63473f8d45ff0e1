"""Tropical polynomials, rational functions and maps over the rationals, in max-plus."""

from troppoly.polynomial.map import TropicalMap
from troppoly.polynomial.polynomial import TropicalPolynomial, pruned_product, pruned_sum
from troppoly.polynomial.rational import TropicalRational
from troppoly.polynomial.smooth import honeycomb

__all__ = ["TropicalMap", "TropicalPolynomial", "TropicalRational", "honeycomb", "pruned_product", "pruned_sum"]
