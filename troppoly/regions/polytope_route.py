"""Linear regions by the polytope route: normal complexes of Minkowski sums, the literal definition.

The common refinement of the regions of several tropical polynomials is the normal complex of the Minkowski sum of their
lifted Newton polytopes, that is, of their product.  On a cell each of them is its monomial that is the maximum at an
interior point.  For a network, that of the product of the polynomials F_i of all rectified units is the canonical
complex (see ``network.formal_recursion``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.complex import PolyhedralComplex
from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.exact.scalar import ObjectArray
from troppoly.network import Network, canonical_polynomial
from troppoly.polynomial import TropicalPolynomial, pruned_product
from troppoly.polynomial.map import TropicalFunction, as_map
from troppoly.polytope import normal_complex, restrict_to_domain
from troppoly.refinement.domain import domain_forms
from troppoly.regions.affine_maps import ExplicitMaps
from troppoly.regions.regions import LinearRegions

__all__ = ["PiecewiseLinear", "regions_by_polytopes"]

PiecewiseLinear = Network | TropicalFunction


@checked
def regions_by_polytopes(function: PiecewiseLinear, domain: Any = None) -> LinearRegions:
    """Return the linear regions of a small network, a tropical polynomial, rational function or map.

    The errors are those of :func:`troppoly.linear_regions` for domains.

    >>> x = TropicalPolynomial.variable(0, 1)
    >>> regions_by_polytopes((x + 0) / (x + 1))
    3 linear regions (1 bounded) of 3 cells in R^1, f-vector (2, 3)
    """
    if isinstance(function, Network):
        complex_ = _normal_complex(canonical_polynomial(function), domain)
        maps = np.array([_map_at(function, cell.interior_point()) for cell in complex_.cells])
        return LinearRegions(function, complex_, ExplicitMaps(maps))
    map_ = as_map(function)
    pairs = [(r.numerator.prune(), r.denominator.prune()) for r in map_]
    complex_ = _normal_complex(pruned_product([p for pair in pairs for p in pair]), domain)
    points = [cell.interior_point() for cell in complex_.cells]
    maps = np.empty((len(points), len(pairs), map_.n_variables + 1), dtype=object)
    for output, (numerator, denominator) in enumerate(pairs):
        maps[:, output] = _forms_at(numerator, points) - _forms_at(denominator, points)
    return LinearRegions(function, complex_, ExplicitMaps(maps))


def _normal_complex(polynomial: TropicalPolynomial, domain: Any) -> PolyhedralComplex:
    """The normal complex of a polynomial, on a domain."""
    lifted = polynomial.lifted_polytope()
    if domain is not None:
        lifted = restrict_to_domain(lifted, domain_forms(domain, polynomial.n_variables))
    return normal_complex(lifted).complex


def _forms_at(polynomial: TropicalPolynomial, points: Sequence[Sequence[mpq]]) -> ObjectArray:
    """The (points, d + 1) array of the monomials (a, c) that are the maximum at the points."""
    forms = polynomial.lifted_points
    homogeneous = RationalMatrix.of([[*point, 1] for point in points])
    best = (homogeneous.numerators @ forms.numerators.T).argmax(axis=1)
    return np.asarray(forms.to_rationals()[best])


def _map_at(network: Network, point: Sequence[mpq]) -> ObjectArray:
    """The (outputs, d + 1) affine map of a network at a point where no rectified unit changes sign."""
    joint = RationalMatrix.identity(network.n_inputs + 1)  # the units so far, and 1, as forms in (x, 1)
    last = joint.take_rows([network.n_inputs])
    for layer in network.layers:
        joint = layer.weight.hstack(layer.bias) @ joint
        active = np.array([z > 0 for z in joint.apply((*point, mpq(1)))]) | ~layer.rectified
        joint = DenseMatrix(np.where(active[:, None], joint.numerators, 0), joint.denominator).vstack(last)
    return joint.to_rationals()[:-1]
