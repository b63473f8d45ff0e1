r"""Networks of tropical functions: with one hidden layer where there is such a network, else with maxima in trees.

*Theorem.*  A piecewise linear map f : R^d -> R^m, with its linear regions on a complex, has a network with one hidden
layer iff every hyperplane in which a wall with a weight that is not 0 lies is a union of walls that all have the same
weights w_H (one for every output).  Then, with the primitive forms l_H of these hyperplanes,

    f = sum over H of w_H max(l_H, 0) + an affine map,

with the fewest rectified units: one for every hyperplane.

*Proof.*  A unit bends along its whole hyperplane by one weight, and the weights of units with the same hyperplane add
up; where the sum is not 0 the hyperplane consists of walls with this weight, and elsewhere f does not bend.
Conversely, f minus the sum bends nowhere, so it is affine.  QED

A hyperplane that contains a wall is a union of walls iff no cell has inner points on both sides of it, which the signs
of its form at the rays of the cells tell.

Reference: Brandenburg, Grillo and Hertrich, Decomposition polyhedra of piecewise linear functions, ICLR 2025.
"""

from __future__ import annotations

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.circuit.circuit import Circuit
from troppoly.circuit.levels import arrange
from troppoly.complex.face_lattice import ray_lists
from troppoly.divisors.balancing import WeightSpace
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import direction
from troppoly.network import Network
from troppoly.network.maximum_trees import tree_network
from troppoly.polynomial.map import TropicalFunction, as_map
from troppoly.regions import linear_regions

__all__ = ["shallow_network", "to_network"]


@checked
def to_network(function: TropicalFunction) -> Network:
    """Return a network of a tropical polynomial, rational function or map.

    It has one hidden layer, or none, if there is such a network (:func:`troppoly.divisors.shallow_network`), else
    ceil(log2 k), with k the most irredundant monomials of a numerator or denominator
    (:mod:`troppoly.network.maximum_trees`).  That need not be the fewest: :func:`troppoly.network.maximum_of_five` has
    two.  Raises InputError for the tropical zero.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> x, y = (TropicalPolynomial.variable(i, 2) for i in range(2))
    >>> to_network((x + 0) * (y + 0) * (x * y + 1)), to_network(x + y + 0)
    (Network 2-3-1 (ReLU), Network 2-2-2-1 (ReLU, 2 identity units))
    >>> to_network(x * y)
    Network 2-1 (affine)

    What units of a tree do twice, or for nothing, :func:`troppoly.compress` takes away, and proves it:

    >>> import troppoly as tp
    >>> tree = to_network((x + y + 0) * (x + y) / (x + y + 1))
    >>> tree, tp.compress(tree).network
    (Network 2-4-3-1 (ReLU, 2 identity units), Network 2-2-2-1 (ReLU, 1 identity unit))
    """
    tree = tree_network(function)
    if len(tree.layers) <= 2:
        return tree
    return shallow_network(function) or tree


@checked
def shallow_network(function: TropicalFunction) -> Network | None:
    """Return a network with one hidden layer, of the fewest rectified units, or None if the function has none.

    It is decided on the complex of :func:`troppoly.linear_regions`, whose errors it has.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> x, y = (TropicalPolynomial.variable(i, 2) for i in range(2))
    >>> shallow_network((x + y) * (x + 0)), shallow_network(x + y + 0)
    (Network 2-3-1 (ReLU, 1 identity unit), None)
    """
    regions = linear_regions(as_map(function))
    complex_, space = regions.complex, WeightSpace(regions.complex)
    maps = regions.maps.exact(np.arange(regions.n_cells))
    weights = np.array([space.weights(maps[:, i]) for i in range(maps.shape[1])], dtype=object).T
    bends: dict[tuple[object, ...], tuple[int, set[tuple[mpq, ...]]]] = {}  # a wall, and all weights
    for wall, form in enumerate(space.integer_forms):
        bends.setdefault(tuple(direction(form)), (wall, set()))[1].add(tuple(weights[wall]))
    chosen = [wall for wall, found in bends.values() if any(map(any, found))]
    if any(len(found) > 1 for _, found in bends.values()):
        return None
    cells = ray_lists(complex_.facets, np.arange(complex_.n_cells))
    rays, places = np.unique(cells.indices, return_inverse=True)
    heights = (complex_.rays.homogeneous(rays) @ space.integer_forms[chosen].T)[places]
    above, below = (np.logical_or.reduceat((sign * heights > 0).astype(bool), cells.indptr[:-1]) for sign in (1, -1))
    if (above & below).any():
        return None
    forms, jumps = space.forms[chosen], weights[chosen]
    affine = maps[0] - jumps.T @ (forms * above[0][:, None])
    d = complex_.ambient_dimension
    x = Circuit(d).inputs((d,))
    linear, columns = (RationalMatrix.from_rationals(part) for part in (forms[:, :-1], forms[:, -1:]))
    rest, shift = (RationalMatrix.from_rationals(part) for part in (affine[:, :-1], affine[:, -1:]))
    value = x.mapped(rest, (len(affine),), shift)
    if chosen:
        units = x.mapped(linear, (len(forms),), columns).rectified()
        value = units.mapped(RationalMatrix.from_rationals(jumps.T), (len(affine),)) + value
    return Network(*arrange(value))
