"""The irredundant tropical rational map of a network, read off its canonical complex.

With a_j = F_j - G_j for the units of a layer, the next layer z = W a + b is z_i = H_i - G'_i with

    H_i = sum_j (W+_ij F_j + W-_ij G_j) + b_i,    G'_i = sum_j (W+_ij G_j + W-_ij F_j),

and max(z_i, 0) = max(H_i, G'_i) - G'_i (Zhang, Naitzat and Lim, Tropical geometry of deep neural networks, ICML 2018).
On a cell of the canonical complex the maximum is H_i if unit i is active and G'_i if not, so all of these tropical
polynomials are affine there.

*Theorem.*  Let F be convex, and affine on every cell of a polyhedral complex that covers R^d.  Its irredundant
monomials are exactly the distinct affine forms of F on the cells.

*Proof.* F is convex, so F >= l for its form l on a cell, with equality on the cell.  Hence F is the maximum of the
forms, and each is strictly greater than the others inside its cell (two agree only on a hyperplane).  QED

A form p F + q G in a layer is, in terms of the layer before, (p on) W+ + (p off + q) W- on the F's and (p on) W- +
(p off + q) W+ on the G's, plus (p on) b, with the indicators on and off of active and inactive units: a product of
integer matrices.  It is computed modulo primes, and only distinct forms are made into rationals: no expansion, hull or
linear program.

**Maxima.**  On cells that were merged over units that do not matter to a maximum (see ``coarsening``) the function is
affine, but F and G are not: the denominator of max(0, y, z) is max(0, y), which bends where z is the maximum, too.  So
the forms are those of the cells before merging.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import Positive, checked
from troppoly.cellwise.arithmetic import FloatArray, Passing
from troppoly.cellwise.cell_network import CellNetwork, chunks
from troppoly.cellwise.lowering import IntegerLayer
from troppoly.cellwise.sign_words import SignWords, layer_places
from troppoly.exact import DenseMatrix, modular
from troppoly.exact.integers import concatenated
from troppoly.exact.scalar import ObjectArray
from troppoly.network import Network
from troppoly.polynomial import TropicalMap, TropicalPolynomial, TropicalRational
from troppoly.refinement.canonical import CanonicalComplex
from troppoly.refinement.refinement import canonical_complex

__all__ = ["distinct_residues", "distinct_rows", "signed", "tropical_map", "tropicalize"]


@checked
def tropicalize(network: Network, *, workers: Positive | None = None) -> TropicalMap:
    """Return the irredundant tropical rational map of a network.

    For every output: the vertices of the lifted Newton polytopes of H and G' of the formal recursion.  ``workers`` are
    those of :func:`troppoly.canonical_complex`.

    >>> f = tropicalize(Network.from_arrays([[[1], [-1]], [[1, 1]]]))
    >>> f[0].numerator == TropicalPolynomial({(2,): 0, (0,): 0}), f[0].denominator
    (True, max(x0))
    """
    return tropical_map(canonical_complex(network, workers=workers))


@checked
def tropical_map(complex: CanonicalComplex) -> TropicalMap:
    """Return the irredundant tropical rational map of the network of a canonical complex, on its domain.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])  # (x)+ + (y)+
    >>> tp.tropical_map(tp.canonical_complex(net))[0]
    max(x0 + x1, x0, x1, 0) - max(0)
    """
    network = complex.cellwise
    both, count = signed(network), modular.n_moduli(network.form_bits[-1])
    scales = both.layers[-1].scales
    forms = [_distinct_forms(both, count, output, complex.unmerged) for output in range(len(scales))]
    rows = [(1 / scale) * DenseMatrix(form) for form, scale in zip(forms, scales, strict=True)]
    polynomials, m = [TropicalPolynomial.from_lifted_points(points) for points in rows], len(rows) // 2
    return TropicalMap([TropicalRational(*pair) for pair in zip(polynomials[:m], polynomials[m:], strict=True)])


def signed(network: CellNetwork) -> CellNetwork:
    """Return the network with the weights (W+ W- ; W- W+) and biases (b ; 0), so with units H_i, then G'_i.

    The first layer, which reads the inputs and t, has the weights (W+ ; W-), with the columns b and 0 of t.
    """
    result = []
    for index, layer in enumerate(network.layers):
        offset = layer.n_inputs - (index == 0)  # the column of t, or none
        parts = layer.weight.positive_part(), layer.weight.negative_part()
        p, q = (part.take_columns(range(offset)) for part in parts)
        one, other = (p.hstack(q), q.hstack(p)) if index else (p, q)
        column = layer.weight.take_columns(range(offset, layer.n_inputs))
        weight = one.hstack(column).vstack(other.hstack(0 * column)).economical()
        (places,) = layer_places([np.zeros(2 * layer.n_units, dtype=bool)])
        constants = concatenated([layer.constants, np.zeros(layer.n_units, dtype=np.int64)])
        result.append(IntegerLayer(weight, constants, places, layer.scale, np.tile(layer.divisors, 2)))
    return CellNetwork(tuple(result))


def _distinct_forms(both: CellNetwork, count: int, output: int, signs: SignWords) -> ObjectArray:
    """The distinct forms (a, c), as integers times a common positive scale, of a unit H or G' on cells."""
    found = distinct_residues(both, count, output, signs)
    return modular.integers(found.reshape(len(found), count, -1).transpose(1, 0, 2).astype(np.float64))


def distinct_residues(both: CellNetwork, count: int, output: int, signs: SignWords) -> NDArray[np.int32]:
    """Return the residues modulo ``count`` primes, a row for each, of the distinct forms of a unit H or G' on cells.

    ``both`` is the network of :func:`signed`.
    """
    residues, last = both.residues(count), len(both.layers) - 1
    found = np.zeros((0, count * both.n_coordinates), dtype=np.int32)
    for cells in chunks(len(signs.words), count * both.width):
        part = signs.take(cells)
        forms = residues.pull(last, np.full(len(part.words), output), _passing(part))
        rows = modular.canonical(forms).transpose(1, 0, 2).reshape(forms.shape[1], -1)
        found = distinct_rows(np.concatenate([found, rows]))
    return found


def distinct_rows(rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the distinct rows in the order in which they come."""
    keys = np.ascontiguousarray(rows).view([("", "V", rows.shape[1] * 4)]).ravel()
    return rows[np.sort(np.unique(keys, return_index=True)[1])]


def _passing(signs: SignWords) -> Passing:
    """The rule for forms p F + q G: F is H where a unit is active, and else G', and G is G'."""

    def passing(layer: int, g: FloatArray) -> FloatArray:
        (p, q), active = np.split(g, 2, axis=2), signs[layer]
        off = modular.reduce(np.where(active, 0.0, p) + q)
        return np.concatenate([np.where(active, p, 0.0), off], axis=2)

    return passing
