r"""The functional dimension: how many parameters a network really has.

Let F(theta, x) be the function of a network with the parameters theta in R^D.  A point x is *smooth* if F is smooth at
(theta, x), which holds if no rectified unit is zero there.  The *functional dimension* of theta is the largest rank of
the derivative of theta -> F(theta, .) restricted to a finite set Z of smooth points, over all Z; with a given Z it is
the *batch functional dimension*.

*How it is computed.*  On the interior of a cell F is affine in x, with coefficients that are polynomials in theta, and
d + 1 points in general position of each cell determine them.  So it is the rank of the stacked derivatives of all (A_s,
b_s) by theta, over the cells s on which no unit is identically zero.

*Upper bound.*  Multiplying the weights and the bias of a hidden unit by e^c and the weights that read it by e^-c does
not change the function.  The directions of these *scaling symmetries* lie in the kernel; for a fully connected network
without zero units they are independent, so that the functional dimension is at most the number of parameters minus that
of hidden units.  What else is in the kernel are the *hidden* directions: they do not change the function to first
order.

*Proof of the rank.*  A minor that is not zero modulo a prime is not zero, so the rank r modulo a prime is a lower
bound.  If it is D minus the rank of the scalings, it is the rank.  Otherwise r independent rows have an exact kernel
of dimension D - r, and all rows are multiplied with it; if one of the products is not zero it is taken to the rows.

References: Grigsby, Lindsey, Meyerhoff and Wu, Functional dimension of feedforward ReLU neural networks (arXiv
2209.04036); Grigsby, Lindsey and Rolnick, Hidden symmetries of ReLU networks, ICML 2023.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from flint import nmod_mat
from gmpy2 import mpq, mpz
from numpy.typing import NDArray

from troppoly.arguments import Positive, checked
from troppoly.cellwise.cell_network import chunks
from troppoly.errors import InputError, counted
from troppoly.exact import DenseMatrix, RationalMatrix, SparseMatrix, modular, rational_vector
from troppoly.exact.linear import kernel, primitive_rows, row_basis
from troppoly.exact.numerators import over_common_denominator, to_flint
from troppoly.network import Network
from troppoly.parameters.derivatives import Derivatives
from troppoly.refinement import canonical_complex

__all__ = ["FunctionalDimension", "functional_dimension"]

Array = NDArray[Any]
Batch = tuple[Sequence[Array], Array]
"""Masks of active units and points, as :class:`Derivatives` takes them."""


@dataclass(frozen=True, slots=True, repr=False)
class FunctionalDimension:
    """The ``rank`` of the derivatives of a network by its ``n_parameters``; ``int()`` of it is the rank.

    The rows of ``scaling`` are a basis of the directions of scaling symmetries, and those of ``hidden`` extend it to
    one of all directions that do not change the function to first order.  Entries belong to the ``parameters``.

    >>> import troppoly as tp
    >>> found = tp.functional_dimension(tp.Network.from_arrays([[[1], [2]], [[1, 1]]], [[0, 0], [0]]))
    >>> found, found.parameters[:3]
    (Functional dimension 3 of 7 parameters: 2 scaling and 2 hidden directions, ((0, 0, 0), (0, 0, None), (0, 1, 0)))
    """

    network: Network
    rank: int
    scaling: RationalMatrix
    hidden: RationalMatrix

    @property
    def n_parameters(self) -> int:
        """The number of weights and biases."""
        return sum(layer.n_outputs * (layer.n_inputs + 1) for layer in self.network.layers)

    @property
    def bound(self) -> int:
        """The number of parameters minus the rank of the scaling symmetries: what the rank would be at most."""
        return self.n_parameters - len(self.scaling)

    @property
    def parameters(self) -> tuple[tuple[int, int, int | None], ...]:
        """For every parameter its layer, its unit, and which input of the layer it reads (None for the bias)."""
        return tuple(
            (index, unit, place)
            for index, layer in enumerate(self.network.layers)
            for unit in range(layer.n_outputs)
            for place in (*range(layer.n_inputs), None)
        )

    def __int__(self) -> int:
        return self.rank

    __index__ = __int__

    def __repr__(self) -> str:
        n, m = len(self.scaling), len(self.hidden)
        directions = f"{n} scaling and {counted(m, 'hidden direction')}"
        return f"Functional dimension {self.rank} of {counted(self.n_parameters, 'parameter')}: {directions}"


@checked
def functional_dimension(
    network: Network,
    data: Sequence[Any] | None = None,
    *,
    max_cells: int | None = None,
    workers: Positive | None = None,
) -> FunctionalDimension:
    """Return the functional dimension of a network, or the batch functional dimension at the points ``data``.

    Maxima are taken unit by unit, and weights that are zero, or that a convolution repeats, are parameters like others.
    Raises InputError if a point lies where a rectified unit is zero, so that it is not known to be smooth, or if all
    points do; ShapeError for points of another dimension; and, without data, BudgetError if there are more cells:
    then ``max_cells`` and ``workers`` are those of :func:`troppoly.canonical_complex`.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]], [[0, 0], [0]])
    >>> int(functional_dimension(net)), int(functional_dimension(net, [(1, 1), (2, 1), (-1, 2)]))
    (7, 3)
    """
    plain = Network(network.layers, network.names)
    batches = _on_cells(plain, max_cells, workers) if data is None else [_at_points(plain, data)]
    derivatives = Derivatives.of(plain)
    scaling = _scalings(plain)
    scaling = scaling.take_rows(row_basis(scaling))
    n_parameters = len(derivatives.factors)
    kept = _independent_rows(derivatives, batches, n_parameters - len(scaling))
    if len(kept) == n_parameters - len(scaling):
        return FunctionalDimension(network, len(kept), scaling, RationalMatrix.zeros(0, n_parameters))
    found = _exact_kernel(derivatives, batches, kept)
    directions = found @ SparseMatrix.diagonal([1 / q for q in derivatives.factors])
    both = scaling.vstack(primitive_rows(directions)[0]).dense()
    hidden = both.take_rows([i for i in row_basis(both) if i >= len(scaling)])
    return FunctionalDimension(network, n_parameters - len(found), scaling, hidden)


def _scalings(network: Network) -> RationalMatrix:
    """For every hidden unit the direction that scales it up, and down what reads it."""
    sizes = [layer.n_outputs * (layer.n_inputs + 1) for layer in network.layers]
    starts = np.cumsum([0, *sizes])
    directions = []
    joints = [layer.weight.hstack(layer.bias).to_rationals() for layer in network.layers]
    for index, (joint, following) in enumerate(pairwise(joints)):
        for unit, row in enumerate(joint):
            direction = np.full(starts[-1], mpq(0), dtype=object)
            first = starts[index] + unit * joint.shape[1]
            direction[first : first + joint.shape[1]] = row
            direction[starts[index + 1] : starts[index + 2]].reshape(following.shape)[:, unit] = -following[:, unit]
            directions.append(direction)
    if not directions:
        return RationalMatrix.zeros(0, int(starts[-1]))
    return RationalMatrix.from_rationals(np.array(directions, dtype=object))


def _on_cells(network: Network, max_cells: int | None, workers: int | None) -> list[Batch]:
    """The cells on which no rectified unit is zero, with all unit vectors."""
    canonical = canonical_complex(network, max_cells=max_cells, workers=workers)
    smooth = np.flatnonzero(np.all([(signs != 0).all(axis=1) for signs in canonical.activation()], axis=0))
    if not len(smooth):
        raise InputError("On every cell a rectified unit is zero, so no point is known to be smooth.")
    d = network.n_inputs
    identity = np.array([[mpz(i == j) for j in range(d + 1)] for i in range(d + 1)], dtype=object)
    result: list[Batch] = []
    for part in chunks(len(smooth), (d + 1) * network.n_outputs * _n_parameters(network)):
        cells = smooth[part]
        masks = canonical.cellwise.active(canonical.signs.words[cells])
        result.append((list(masks), np.broadcast_to(identity, (len(cells), d + 1, d + 1))))
    return result


def _n_parameters(network: Network) -> int:
    return sum(layer.n_outputs * (layer.n_inputs + 1) for layer in network.layers)


def _at_points(network: Network, data: Sequence[Any]) -> Batch:
    """The active units at points, which all are smooth, and the points (x, t) as integers."""
    points, masks = [], [list[Array]() for _ in network.layers]
    for number, point in enumerate(data):
        values = rational_vector(point, f"point {number}", length=network.n_inputs)
        points.append([*over_common_denominator(np.array([*values, mpq(1)], dtype=object))[0]])
        for index, layer in enumerate(network.layers):
            z = [w + b for w, b in zip(layer.weight.apply(values), layer.bias[:, 0], strict=True)]
            if any(v == 0 and r for v, r in zip(z, layer.rectified, strict=True)):
                raise InputError(
                    f"At point {number} a unit of layer {network.names[index]!r} is zero: it is not smooth."
                )
            on = [v > 0 or not r for v, r in zip(z, layer.rectified, strict=True)]
            masks[index].append(np.array(on))
            values = tuple(v if o else mpq(0) for v, o in zip(z, on, strict=True))
    if not points:
        raise InputError("There must be at least one point.")
    return [np.array(mask) for mask in masks], np.array(points, dtype=object)[:, None]


def _independent_rows(derivatives: Derivatives, batches: Sequence[Batch], most: int) -> list[tuple[int, int]]:
    """The (batch, row) of rows that are independent modulo a prime, as many as there are, or ``most`` of them."""
    p = int(modular.moduli(1)[0])
    kept: list[tuple[int, int]] = []
    matrix: Array = np.zeros((0, len(derivatives.factors)), dtype=np.int64)
    step = 2 * len(derivatives.factors) + 16
    for number, (active, points) in enumerate(batches):
        rows = derivatives.residues(active, points, 0).reshape(-1, matrix.shape[1])
        for start in range(0, len(rows), step):
            if len(kept) == most:
                return kept
            part = rows[start : start + step]
            names = [*kept, *((number, start + i) for i in range(len(part)))]
            joint = np.concatenate([matrix, part])
            pivots = _pivots(joint.T, p)
            kept, matrix = [names[i] for i in pivots], joint[pivots]
    return kept


def _pivots(matrix: Array, p: int) -> list[int]:
    """The pivot columns of a matrix modulo p."""
    reduced, count = nmod_mat(*matrix.shape, matrix.ravel().tolist(), p).rref()
    table = np.array([int(v) for v in reduced.entries()], dtype=np.int64).reshape(matrix.shape)[:count]
    return [int(i) for i in (table != 0).argmax(axis=1)]


def _exact_kernel(
    derivatives: Derivatives, batches: Sequence[Batch], kept: Sequence[tuple[int, int]]
) -> RationalMatrix:
    """A basis of the directions that all rows annihilate."""
    n = len(derivatives.factors)

    def exact() -> Iterator[Array]:
        return (derivatives.rows(active, points).reshape(-1, n) for active, points in batches)

    chosen = np.concatenate(
        [rows[[i for b, i in kept if b == number]] for number, rows in enumerate(exact())] or [np.zeros((0, n))]
    )
    while True:
        found = kernel(DenseMatrix(chosen)) if len(chosen) else RationalMatrix.identity(n)
        transposed = to_flint(found.T.numerators)
        more = []
        for rows in exact():
            products = to_flint(rows) * transposed
            table = np.array([bool(v) for v in products.entries()], dtype=bool).reshape(len(rows), -1)
            wrong = np.flatnonzero(table.any(axis=1))
            if len(wrong):  # the prime divides a minor
                more.append(rows[wrong[0]])
                break
        if not more:
            return found
        chosen = np.concatenate([chosen, more])
