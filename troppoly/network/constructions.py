"""Networks that are known from the literature: their numbers of linear regions, or what few layers can do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import Natural, checked
from troppoly.circuit.circuit import Circuit, maximum
from troppoly.circuit.layer import Layer
from troppoly.circuit.levels import arrange
from troppoly.errors import InputError, ShapeError
from troppoly.exact import RationalMatrix
from troppoly.network.network import Network

__all__ = [
    "folding_network",
    "hyperplane_arrangement",
    "maximum_of_five",
    "maxout",
    "maxout_region_bound",
    "simple_maxout",
    "tent_map",
    "zonotope_tents",
]


@checked
def tent_map(k: int) -> Network:
    """Return the k-fold composition of the tent map, with three rectified units in each of k > 0 layers.

    The tent map is t(x) = 2 (x)+ - 4 (x - 1/2)+ + 2 (x - 1)+, which is 0 outside of [0, 1].  The composition has 2^k
    pieces on [0, 1], all of slope 2^k or -2^k, and 2^k + 2 linear regions on R.  Raises InputError unless k > 0.

    Reference: Telgarsky, Benefits of depth in neural networks, COLT 2016.

    >>> tent_map(2)(["3/8"]), tent_map(2)
    ((mpq(1,2),), Network 1-3-3-1 (ReLU))
    """
    if k < 1:
        raise InputError(f"A composition of {k} tent maps is not a network with rectified units.")
    weights = [[[1]] * 3, *[[["2", "-4", "2"]] * 3] * (k - 1), [["2", "-4", "2"]]]
    return Network.from_arrays(weights, [[0, "-1/2", -1]] * k + [[0]])


@checked
def hyperplane_arrangement(normals: Any, offsets: Sequence[Any] | None = None) -> Network:
    """Return x -> sum_i max(<a_i, x> + b_i, 0), whose cells are the regions of the arrangement.

    ``normals`` is the (m, d) matrix of the a_i and ``offsets`` the m numbers b_i, by default 0.  If the hyperplanes
    are distinct, these are the linear regions too: across the i-th one the gradient changes by a multiple of a_i.

    >>> hyperplane_arrangement([[1, -1, 0], [0, 1, -1], [1, 0, -1]])           # the braid arrangement
    Network 3-3-1 (ReLU)
    """
    matrix = RationalMatrix.of(normals, "matrix of normals")
    return Network.from_arrays([matrix, [[1] * matrix.shape[0]]], [offsets, None])


@checked
def zonotope_tents(generators: Any, k: int) -> Network:
    """Return the composition of the k-fold tent map with the norm x -> sum_i |<b_i, x>|.

    ``generators`` is the (m, n) matrix of the b_i; the norm is the support function of the zonotope
    sum_i [-b_i, b_i].  If every n of the b_i are independent, m >= n >= 2, the norm has N = 2 sum_{i < n} C(m - 1, i)
    linear regions, which are pointed cones.  Each of them contains 2^k pieces with gradients 2^k and -2^k times that
    of the norm, and outside of the norm's unit ball the network is 0; so it has 2^k N + 1 linear regions, with k + 1
    layers of 2 m, 3, ..., 3 rectified units.  Raises InputError unless k > 0.

    Reference: Arora, Basu, Mianjy and Mukherjee, Understanding deep neural networks with rectified linear
    units, ICLR 2018, Theorem 3.9.

    >>> zonotope_tents([[1, 0], [0, 1]], 2)(["1/8", "-1/4"])
    (mpq(1,2),)
    """
    matrix = RationalMatrix.of(generators, "matrix of generators")
    signed, (first, *others) = matrix.vstack(-matrix), tent_map(k).layers
    ones = RationalMatrix.of([[1] * signed.shape[0]])
    return Network((Layer.of(signed, rectified=True), Layer(first.weight @ ones, first.bias, first.rectified), *others))


@checked
def folding_network(n: int, widths: Sequence[int]) -> Network:
    """Return a network whose complex has as many cells in the unit cube as Montufar's lower bound says.

    ``widths`` are the numbers n_1, ..., n_L >= n of rectified units.  With p_l = floor(n_l / n), the layers l < L map
    every coordinate by a zigzag of p_l pieces, with p_l units, from [0, 1] onto [0, 1]; further units are constant.  So
    they map each of (p_1 ... p_(L-1))^n small cubes onto the unit cube.  The last hidden layer is a simple arrangement
    with all its vertices in the cube, which cuts it into sum_{j <= n} C(n_L, j) cells.

    *The arrangement*: the hyperplanes sum_{j < n} s^j y_j = s^n for s = 1, ..., m.  A point lies on those s that are
    roots of a polynomial of degree n, so on at most n, and any n have one common point, whose coordinates are up to
    sign the elementary symmetric polynomials of n numbers s <= m, below (1 + m)^n.  With y = 4 (1 + m)^n (x - 1/2), all
    these points lie in the cube.

    Raises InputError if there is no width, or one is less than n.

    Reference: Montufar, Pascanu, Cho and Bengio, On the number of linear regions of deep neural networks,
    NeurIPS 2014, Theorem 5.

    >>> folding_network(1, [2, 1])([1])
    (mpq(0,1),)
    """
    if n < 1 or len(widths) == 0 or min(widths) < n:
        raise InputError(f"There is no folding network with {n} inputs and widths {list(widths)}.")
    *folds, m = widths
    weights, biases = [], []
    zigzag = RationalMatrix.identity(n)  # from the units before to the point of the cube
    for width in folds:
        p = width // n
        spread = np.zeros((width, n), dtype=int)
        spread[np.arange(p * n), np.repeat(np.arange(n), p)] = 1
        slopes = np.array([p, *(2 * p * (-1) ** i for i in range(1, p))] * n + [0] * (width - p * n))
        weights.append(RationalMatrix.of(spread) @ zigzag)
        biases.append([mpq(-(unit % p), p) if unit < p * n else 0 for unit in range(width)])
        zigzag = RationalMatrix.of(spread.T * slopes)
    normals = [[4 * (1 + m) ** n * s**j for j in range(n)] for s in range(1, m + 1)]
    weights += [RationalMatrix.of(normals) @ zigzag, RationalMatrix.of([[1] * m])]
    biases += [[-(s**n) - mpq(sum(row), 2) for s, row in enumerate(normals, start=1)], [0]]
    return Network.from_arrays(weights, biases)


def maximum_of_five() -> Network:
    """Return max(a_0, a_1, a_2, a_3, z) as a network with two hidden layers, of 8 and 11 rectified units.

    A tree of maxima of two needs three layers, and on weights that are integers three are necessary.  With [x, y, ...]
    for max(x, y, ...), indices modulo 4, and sums over k = 0, ..., 3 (the first one) or k = 0, 1, the maximum is

        [a_0, a_1, a_2, a_3] + 1/4 sum [a_k, a_(k+1), z]
        - 1/4 sum [[a_k, a_(k+1)] + [a_(k+2), z], [a_(k+2), a_(k+3)] + [a_k, z]]
        - 1/4 sum [[a_k, a_(k+1)] + [a_(k+3), z], [a_(k+2), a_(k+3)] + [a_(k+1), z]]
        + 1/4 sum [[a_k, z] + [a_(k+1), z], [a_(k+2), z] + [a_(k+3), z]],

    and every summand is the maximum of two functions with one hidden layer, [a_0, a_1, a_2, a_3] that of [a_0, a_1] and
    [a_2, a_3].  The identity is the solution, found in rationals, of a linear system for functions of this kind that
    have the symmetry of a square; :func:`troppoly.equivalent` proves it.

    References: Bakaev, Brunck, Hertrich, Stade and Yehudayoff, Better neural network expressivity: subdividing the
    simplex, 2025 (arXiv 2505.14338), that there is such a network; Haase, Hertrich and Loho, Lower bounds on the depth
    of integral ReLU neural networks via lattice polytopes, ICLR 2023.

    >>> maximum_of_five()((3, "1/2", -1, 0, 5)), int(maximum_of_five().layers[1].rectified.sum())
    ((mpq(5,1),), 11)
    """
    around = range(4)
    edge, spoke, z = (0, 1, 2, 3), (4, 5, 6, 7, 4), 12  # the places of [a_k, a_(k+1)], [a_k, z] and z
    inputs = Circuit(5).inputs((5,))
    windows = [(k, (k + 1) % 4) for k in around] + [(k, 4) for k in around]
    values = maximum([np.array(window) for window in windows], inputs, (8,)).stacked(inputs)
    pairs: list[tuple[tuple[int, ...], tuple[int, ...]]] = [((edge[0],), (edge[2],))]
    pairs += [((edge[k],), (z,)) for k in around]
    pairs += [((edge[k], spoke[k + 2]), (edge[k + 2], spoke[k])) for k in range(2)]
    pairs += [((edge[k], spoke[k + 3]), (edge[k + 2], spoke[k + 1])) for k in range(2)]
    pairs += [((spoke[k], spoke[k + 1]), (spoke[k + 2], spoke[k + 3])) for k in range(2)]
    sums = RationalMatrix.of([[int(i in side) for i in range(13)] for pair in pairs for side in pair])
    outer = maximum(list(np.arange(22).reshape(11, 2)), values.mapped(sums, (22,)), (11,))
    weights = RationalMatrix.of([[1, *["1/4"] * 4, *["-1/4"] * 4, *["1/4"] * 2]])
    return Network(*arrange(outer.mapped(weights, (1,))))


@checked
def maxout(weights: Sequence[Any], biases: Sequence[Any]) -> Network:
    """Return the network of one maxout layer, x -> (max_j (<w_ij, x> + b_ij))_i.

    ``weights[i]`` has shape (k_i, n) and ``biases[i]`` shape (k_i,); k_i is the rank of unit i.  Raises ShapeError.

    >>> maxout([[[1], [-1]], [[2], [1], [0]]], [[0, 0], [0, 0, -1]])((-3,))
    (mpq(3,1), mpq(-1,1))
    """
    if not len(weights) or len(biases) != len(weights):
        n, m = len(weights), len(biases)
        raise ShapeError(f"A maxout layer needs a matrix and a bias for each of its units, not {n} and {m} of them.")
    units = [
        Layer.of(weight, bias, where=(f"array weights[{i}]", f"array biases[{i}]"))
        for i, (weight, bias) in enumerate(zip(weights, biases, strict=True))
    ]
    joint = reduce(RationalMatrix.vstack, [unit.weight for unit in units])
    shift = reduce(RationalMatrix.vstack, [unit.bias for unit in units])
    m, n = joint.shape
    values = Circuit(n).inputs((n,)).mapped(joint, (m,), shift, "maxout")
    ends = accumulate((unit.n_outputs for unit in units), initial=0)
    windows = [np.arange(start, stop) for start, stop in pairwise(ends)]
    return Network(*arrange(maximum(windows, values, (len(units),))))


@checked
def maxout_region_bound(n: Natural, ranks: Sequence[int]) -> int:
    """Return sum_{j <= n} e_j(k_1 - 1, ..., k_m - 1), the most linear regions of a maxout layer with ranks k_i.

    Raises InputError unless the ranks are positive.

    Reference: Montufar, Ren and Zhang, Sharp bounds for the number of regions of maxout networks and
    vertices of Minkowski sums, SIAM J. Appl. Algebra Geom. 6 (2022), Theorem 3.7.

    >>> maxout_region_bound(2, [3, 3, 3])
    19
    """
    if any(rank < 1 for rank in ranks):
        raise InputError(f"There is no maxout layer with ranks {list(ranks)}.")
    elementary = [1] + [0] * min(n, len(ranks))
    for rank in ranks:
        elementary = [e + (rank - 1) * before for e, before in zip(elementary, [0, *elementary], strict=False)]
    return sum(elementary)


@checked
def simple_maxout(n: int, ranks: Sequence[int]) -> Network:
    """Return a maxout layer on R^n with as many linear regions as :func:`maxout_region_bound` allows.

    Unit i is max_j (j <a_i, x> - c_ij) with a_i = (1, i, i^2, ...) on the moment curve.  It breaks on the k_i - 1
    parallel hyperplanes <a_i, x> = t_ij, t_ij = c_ij - c_i(j-1), which ascend.

    *The bound is attained*: any n of the a_i are independent, and n + 1 of the hyperplanes from different units have
    no common point: that would be a relation sum_i d_i t_ij = 0 with integers d_i, minors of the a_i and not all
    zero, but the t_ij are distinct powers of a base above sum_i |d_i|.  So for each j <= n the arrangement has
    e_j(k_1 - 1, ..., k_m - 1) flats of codimension j, and as many regions as these together.

    Raises InputError unless there are ranks, and they and n are positive.

    >>> simple_maxout(1, [3, 2]).widths
    (1, 3, 3, 2)
    """
    m = len(ranks)
    if n < 1 or m < 1 or min(ranks) < 1:
        raise InputError(f"There is no maxout layer with {n} inputs and ranks {list(ranks)}.")
    base = (n + 1) * (n * m**n) ** n + 1  # a minor is at most n! m^(n (n - 1))
    weights = [[[j * i**power for power in range(n)] for j in range(rank)] for i, rank in enumerate(ranks, start=1)]
    powers = pairwise(accumulate((rank - 1 for rank in ranks), initial=1))
    biases = [list(accumulate((-(base**t) for t in range(*ends)), initial=0)) for ends in powers]
    return maxout(weights, biases)
