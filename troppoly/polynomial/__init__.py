"""Tropical polynomials, rational functions and maps over the rationals, in max-plus."""

from troppoly.polynomial.map import TropicalMap
from troppoly.polynomial.polynomial import TropicalPolynomial, pruned_product, pruned_sum
from troppoly.polynomial.rational import TropicalRational

__all__ = ["TropicalMap", "TropicalPolynomial", "TropicalRational", "pruned_product", "pruned_sum"]
