"""The irredundant tropical rational map of a network, read off its canonical complex.

With a_j = F_j - G_j for the units of a layer, the next layer z = W a + b is z_i = H_i - G'_i with

    H_i = sum_j (W+_ij F_j + W-_ij G_j) + b_i,    G'_i = sum_j (W+_ij G_j + W-_ij F_j),

and max(z_i, 0) = max(H_i, G'_i) - G'_i (Zhang, Naitzat and Lim, Tropical geometry of deep neural
networks, ICML 2018).  On a cell of the canonical complex the maximum is H_i if unit i is active and G'_i
if not, so all of these tropical polynomials are affine there.

*Theorem.*  Let F be a convex function that is affine on every cell of a polyhedral complex that covers
R^d.  Its irredundant monomials are exactly the distinct affine forms of F on the cells.

*Proof.*  F is convex, so on the interior of a cell its form l there is a subgradient: F >= l everywhere,
with equality on the cell.  Hence F = max of the forms, and each of them is the strict maximum over the
others on the interior of its cell (where two different forms agree only on a hyperplane).  QED

A form with nonnegative coefficients p on the F_j and q on the G_j of a layer is, in terms of the layer
before, (p on) W+ + (p off + q) W- on the F's and (p on) W- + (p off + q) W+ on the G's, plus (p on) b,
where on and off are the indicators of the active and the inactive units.  So the forms of all cells are
products of a few integer matrices, which are computed modulo primes (``exact.modular``), and only the
distinct ones are made into rationals.  Nothing is expanded, and no hull or linear program is solved.

**Maxima.**  Where a maximum max(z_1, ..., z_k) is computed by units in steps, the function is affine on cells
that were merged over the units that do not matter (see ``coarsening``), but F and G of these units are not: the
denominator of max(0, y, z) is max(0, y), which bends where z is the maximum, too.  So the forms are
those of the cells of the refinement, before merging.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.cellwise.sign_words import Words
from troppoly.complex.canonical import CanonicalComplex, whole
from troppoly.complex.homogeneous import HomogeneousLayer
from troppoly.complex.recompute import ResidueNetwork
from troppoly.complex.refinement import canonical_complex
from troppoly.exact import ObjectArray, RationalMatrix, SparseMatrix, modular
from troppoly.exact.products import (
    residue_columns,
    residue_product,
    residue_transpose,
    residue_weights,
)
from troppoly.network import Network
from troppoly.polynomial import TropicalMap, TropicalPolynomial, TropicalRational

__all__ = ["tropical_map", "tropicalize"]

FloatArray = NDArray[np.float64]

_CHUNK = 2**22


@checked
def tropicalize(network: Network) -> TropicalMap:
    """Return the irredundant tropical rational map of a network.

    It has, for every output, the vertices of the lifted Newton polytopes of the numerator H and the
    denominator G' of the formal recursion (see the module's introduction).

    >>> f = tropicalize(Network.from_arrays([[[1], [-1]], [[1, 1]]]))
    >>> f[0].numerator == TropicalPolynomial({(2,): 0, (0,): 0}), f[0].denominator
    (True, max(x0))
    """
    return tropical_map(canonical_complex(network))


def tropical_map(complex: CanonicalComplex) -> TropicalMap:
    """Return the irredundant tropical rational map of the network that ``complex`` belongs to.

    If the complex covers a domain only, the map has the monomials that are needed on the domain.  Raises InputError if
    ``complex`` is not the canonical complex of a network.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])  # (x)+ + (y)+
    >>> tp.tropical_map(tp.canonical_complex(net))[0]
    max(x0 + x1, x0, x1, 0) - max(0)
    """
    layers = whole(complex).integer_layers()
    count = modular.n_moduli(ResidueNetwork(layers).form_bits[-1])
    blocks = [_SignedWeights(layer, count, first=i == 0) for i, layer in enumerate(layers)]
    return TropicalMap(
        [
            TropicalRational(
                *(
                    _polynomial(
                        _distinct_forms(layers, blocks, output, negated, complex.unmerged.words), scale
                    )
                    for negated in (False, True)
                )
            )
            for output, scale in enumerate(layers[-1].scales)
        ]
    )


class _SignedWeights:
    """The residues of the block matrix (W+ W- ; W- W+) and of the bias of a layer.

    The columns of the first layer are the inputs and t; its column of t is the bias.
    """

    def __init__(self, layer: HomogeneousLayer, count: int, first: bool) -> None:
        weight: RationalMatrix = (
            layer.weight if isinstance(layer.weight, SparseMatrix) else RationalMatrix(layer.weight)
        )
        bias = layer.bias
        if first:
            n = weight.shape[1] - 1
            bias, weight = weight.take_columns([n]).numerators[:, 0], weight.take_columns(np.arange(n))
        positive, negative = weight.positive_part(), weight.negative_part()
        blocks = positive.hstack(negative).vstack(negative.hstack(positive))
        # the transpose of the residues of a matrix is that of the transposed matrix
        self.matrix = residue_transpose(
            residue_weights(blocks if isinstance(blocks, SparseMatrix) else blocks.numerators, count)
        )
        self.bias = modular.residues(bias[:, None], count)


def _distinct_forms(
    layers: tuple[HomogeneousLayer, ...],
    blocks: list[_SignedWeights],
    output: int,
    negated: bool,
    words: Words,
) -> ObjectArray:
    """The distinct forms (a, c), as integers times a common positive scale, of H (or G') of an output."""
    count = blocks[0].matrix.shape[0]
    step = max(1, _CHUNK // (count * max(block.matrix.shape[1] for block in blocks)))
    found = np.zeros((0, count * (blocks[0].matrix.shape[2] // 2 + 1)), dtype=np.int32)
    for start in range(0, len(words), step):
        forms = _forms(layers, blocks, output, negated, words[start : start + step])
        rows = modular.canonical(forms).transpose(1, 0, 2).reshape(forms.shape[1], -1)
        found = _distinct_rows(np.concatenate([found, rows]))
    residues = found.reshape(len(found), count, -1).transpose(1, 0, 2)
    return modular.integers(residues.astype(np.float64))


def _forms(
    layers: tuple[HomogeneousLayer, ...],
    blocks: list[_SignedWeights],
    output: int,
    negated: bool,
    words: Words,
) -> FloatArray:
    """The residues (count, cells, d + 1) of the forms of H (or G') of an output on cells."""
    n, last = len(words), blocks[-1]
    half = last.matrix.shape[1] // 2
    row = residue_columns(residue_transpose(last.matrix), [output + half if negated else output])
    pairs = np.repeat(row.transpose(0, 2, 1), n, axis=1)
    constant = np.zeros((len(row), n)) if negated else np.repeat(last.bias[:, output], n, axis=1)
    for layer, block in zip(layers[-2::-1], blocks[-2::-1], strict=True):
        p, q = np.split(pairs, 2, axis=2)
        active = layer.places.active(words)
        on, off = np.where(active, p, 0.0), np.where(active, 0.0, p) + q
        constant = modular.reduce(constant + modular.matmul(on, block.bias)[:, :, 0])
        pairs = residue_product(np.concatenate([on, modular.reduce(off)], axis=2), block.matrix)
    exponents = np.split(pairs, 2, axis=2)[0]  # the inputs are x_j - 0
    return np.concatenate([exponents, constant[:, :, None]], axis=2)


def _distinct_rows(rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """The distinct rows of an array, compared as bytes, in order of first occurrence."""
    keys = np.ascontiguousarray(rows).view([("", "V", rows.shape[1] * 4)]).ravel()
    first = np.unique(keys, return_index=True)[1]
    return rows[np.sort(first)]


def _polynomial(forms: ObjectArray, scale: object) -> TropicalPolynomial:
    """The polynomial with the monomials (a, c) = forms / scale."""
    return TropicalPolynomial.from_lifted_points((1 / scale) * RationalMatrix(forms))  # type: ignore[operator]
