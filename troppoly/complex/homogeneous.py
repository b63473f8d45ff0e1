"""Networks as positively homogeneous integer maps, in coordinates adapted to their first layer.

**Homogenisation.**  With x replaced by (x, t) and every bias b by b t, a network becomes a map that is
positively homogeneous on the half-space t >= 0 of R^(d+1).

**Coordinates.**  Some of the first layer's affine forms, as linear forms in (x, t), and t itself, are
taken as coordinates y = Y (x, t) of R^D, so that their hyperplanes are coordinate hyperplanes.  The
kernel of Y is the lineality space of the complex.  With a right inverse R of Y, every form c on
R^(d+1) that vanishes on that kernel is the form c R in y.

**Integers.**  A ReLU commutes with positive factors, so every unit may be scaled by a positive rational
that makes its row of weights and bias a vector of primitive integers, if the columns that read this
unit are divided by it.  Signs do not change.  The result is a network with integer weights, on which
all exact arithmetic is done.

**Floats.**  The same network in floats: its integer weights themselves where all of them are below
2^53, else the rounded weights, with units scaled by powers of two.  If the nonzero weights cannot be
brought into the range that the error bounds need, there is no floating-point network, and all signs
are computed in integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from gmpy2 import mpq, mpz
from numpy.typing import NDArray

from troppoly.cellwise.sign_words import LayerPlaces, Mask, layer_places
from troppoly.complex.bounds import EXACT_LIMIT, LARGEST_WEIGHT
from troppoly.exact import ObjectArray, RationalMatrix, SparseMatrix, economical
from troppoly.exact.linear import inverse, kernel, primitive, row_basis
from troppoly.exact.products import FloatWeights, SparseFloats

__all__ = ["Coordinates", "FloatLayer", "HomogeneousLayer", "choose_coordinates", "homogenise"]

FloatArray = NDArray[np.float64]

LARGEST_FLOAT_ARRAY = 2**24
"""The most entries of weights that are kept as an array whatever their number of zeros."""


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Linear coordinates y = Y (x, t) of R^(d+1) modulo the lineality space; the last one is t.

    ``forms`` is Y, of shape (D, d+1); ``section`` is R, of shape (d+1, D), with Y R = 1;
    ``lineality`` is an (l, d) matrix; ``half`` is true for the coordinates that are nonnegative on
    the domain (t among them); the others are hyperplanes of the first layer, ``artificial`` where its
    unit is not rectified, so that it makes no wall.
    """

    forms: RationalMatrix
    section: RationalMatrix
    lineality: RationalMatrix
    half: Mask
    artificial: Mask

    @property
    def dimension(self) -> int:
        """D."""
        return self.forms.shape[0]


@dataclass(frozen=True, slots=True)
class FloatLayer:
    """The floating-point weights of a layer, ready for products with rows of activations.

    ``weight`` has shape (inputs, units), ``bias`` (units,); ``magnitude`` and ``bias_magnitude``
    are their absolute values; ``operations`` bounds the number of rounding errors that a monomial
    takes up in this layer, forwards or backwards (a sum over a row or a column of nonzero weights, the
    rounding of the weight, its product, the bias, the floor); ``integral`` says that all weights are exact integers.
    """

    weight: FloatWeights
    bias: FloatArray
    magnitude: FloatWeights
    bias_magnitude: FloatArray
    operations: int
    integral: bool


@dataclass(frozen=True, slots=True)
class HomogeneousLayer:
    """z = N a + beta t with integers N of shape (units, inputs) and beta of shape (units,).

    ``places`` says where the signs of the rectified units, which are max(z, 0), stand in the sign words; the others
    are passed on as they are.  Unit i is ``scales[i]`` > 0 times the unit of the given network.
    """

    weight: ObjectArray | SparseMatrix
    bias: ObjectArray
    places: LayerPlaces
    scales: tuple[mpq, ...]
    floats: FloatLayer | None

    @property
    def n_units(self) -> int:
        """The number of units."""
        return len(self.bias)

    @property
    def rectified(self) -> NDArray[np.intp]:
        """The rectified units."""
        return self.places.rectified

    @property
    def columns(self) -> slice:
        """The sign words of the layer."""
        return self.places.columns


def choose_coordinates(facets: RationalMatrix, walls: RationalMatrix, others: RationalMatrix) -> Coordinates:
    """Choose independent rows of the given forms as coordinates, in this order of preference.

    The arguments are (n, d+1) matrices of forms on (x, t): the facets of the domain, which are
    nonnegative on it, the rectified and the other units of the first layer.  Within a matrix, rows are
    tried in the order of a pivoted orthogonalisation in floats, which makes for a well conditioned
    choice; independence is decided exactly.
    """
    d = facets.shape[1] - 1
    stacked = RationalMatrix.zeros(0, d + 1)
    for matrix in (facets, walls, others):
        stacked = stacked.vstack(matrix.take_rows(_pivot_order(matrix.to_floats()[:, :d])))
    kinds = np.repeat(np.arange(3), [matrix.shape[0] for matrix in (facets, walls, others)])
    chosen = row_basis(stacked.take_columns(np.arange(d)))
    rows = np.empty((len(chosen) + 1, d + 1), dtype=object)
    for i, index in enumerate(chosen):
        rows[i] = primitive(stacked.numerators[index])
    rows[-1] = [mpz(0)] * d + [mpz(1)]
    y = RationalMatrix(rows)
    return Coordinates(
        forms=y,
        section=y.T @ inverse(y @ y.T),
        lineality=kernel(y.take_rows(np.arange(len(chosen))).take_columns(np.arange(d))),
        half=np.append(kinds[chosen] == 0, True),
        artificial=np.append(kinds[chosen] == 2, False),
    )


def _pivot_order(rows: FloatArray) -> NDArray[np.intp]:
    """An order of the rows in which each is far from the span of those before it (a proposal only)."""
    with np.errstate(all="ignore"):
        rest = rows / np.maximum(np.abs(rows).max(axis=1, keepdims=True, initial=0), 1e-300)
        order: list[int] = []
        for _ in range(min(rows.shape)):
            norms = np.nan_to_num((rest**2).sum(axis=1))
            norms[order] = -1
            best = int(np.argmax(norms))
            order.append(best)
            rest = rest - np.outer(rest @ rest[best], rest[best]) / max(norms[best], 1e-300)
    return np.array(order + [i for i in range(len(rows)) if i not in set(order)], dtype=np.intp)


def homogenise(
    layers: Sequence[tuple[RationalMatrix, RationalMatrix, Mask]],
    section: RationalMatrix,
    first_column: int = 0,
) -> tuple[HomogeneousLayer, ...]:
    """Return the integer network, and its floats, of affine layers (weight, bias, rectified).

    The first layer reads (x, t) through ``section``; the sign words of the layers are numbered from
    ``first_column`` on.
    """
    integers = _scaled_layers(layers, section)
    floats = _float_layers([joint for joint, _ in integers])
    result = []
    places = layer_places([mask for _, _, mask in layers], first_column)
    for (joint, scales), place, single in zip(integers, places, floats, strict=True):
        n = joint.shape[1] - 1
        matrix = economical(joint.take_columns(range(n)))
        weight = matrix if isinstance(matrix, SparseMatrix) else matrix.numerators
        bias = joint.take_columns([n]).numerators[:, 0]
        result.append(HomogeneousLayer(weight, bias, place, tuple(scales), single))
    return tuple(result)


def _scaled_layers(
    layers: Sequence[tuple[RationalMatrix, RationalMatrix, Mask]], section: RationalMatrix
) -> list[tuple[SparseMatrix, list[mpq]]]:
    """Integer weights with the biases as last column, each unit a primitive row, and their scales."""
    result: list[tuple[SparseMatrix, list[mpq]]] = []
    scales: list[mpq] = []  # unit of the integer network = scale * unit of the given one
    for index, (weight, bias, _) in enumerate(layers):
        joint = weight.hstack(bias)
        if index == 0:
            joint = joint @ section
            rows = SparseMatrix.of_matrix(joint).widened(joint.shape[1] + 1)  # the bias is in y_D = t
        else:
            inverse_scales = np.array([[1 / s for s in scales] + [mpq(1)]], dtype=object)
            rows = SparseMatrix.of_matrix(joint).scale_columns(RationalMatrix.from_rationals(inverse_scales))
        rows, scales = rows.primitive_rows()
        result.append((rows, scales))
    return result


def _float_layers(layers: Sequence[SparseMatrix]) -> list[FloatLayer] | list[None]:
    """The floating-point counterpart of integer layers, or Nones if it leaves the safe range."""
    limit = mpz(EXACT_LIMIT)
    integral = all(abs(entry) < limit for joint in layers for entry in joint.entries)
    result: list[FloatLayer] = []
    exponents = np.zeros(layers[0].shape[1] if layers else 0, dtype=np.int64)
    for joint in layers:
        mantissas, powers = _split(joint.entries)
        rows, columns, (m, n) = joint.rows, joint.columns, joint.shape
        if not integral:
            powers += exponents[columns]
            tops = np.zeros(m, dtype=np.int64)
            filled = np.flatnonzero(np.diff(joint.indptr))
            if len(filled):
                tops[filled] = np.maximum.reduceat(powers, joint.indptr[filled])
            exponents = np.append(tops, 0)
            powers -= tops[rows]
            if np.any(np.abs(powers) > LARGEST_WEIGHT - 1):
                return [None] * len(layers)
        values = np.ldexp(mantissas, powers)
        terms = max(int(np.bincount(places, minlength=1).max()) for places in (rows, columns))
        bias = np.zeros(m)
        last = columns == n - 1
        bias[rows[last]] = values[last]
        weight, magnitude = (_float_weights(joint, part) for part in (values, np.abs(values)))
        result.append(FloatLayer(weight, bias, magnitude, np.abs(bias), terms + 5, integral))
    return result


def _float_weights(joint: SparseMatrix, values: FloatArray) -> FloatWeights:
    """The transpose of a matrix without its last column, with given values of the nonzero entries.

    It is an array unless that is much slower, or large.
    """
    m, n = joint.shape[0], joint.shape[1] - 1
    inside = joint.columns < n
    size = m * n
    if size >= 4096 and (32 * np.count_nonzero(inside) < size or size > LARGEST_FLOAT_ARRAY):
        pattern = joint.take_columns(range(n))
        return SparseFloats.of_transpose(pattern, values[inside])
    result = np.zeros((n, m))
    result[joint.columns[inside], joint.rows[inside]] = values[inside]
    return result


def _split(values: ObjectArray) -> tuple[FloatArray, NDArray[np.int64]]:
    """Integers that are not zero as correctly rounded mantissas in (1/2, 1] times powers of two."""
    mantissas, powers = np.empty(len(values)), np.empty(len(values), dtype=np.int64)
    for position, entry in enumerate(values):
        size = entry.bit_length()
        mantissas[position] = int(entry) / (1 << size)  # rounded once
        powers[position] = size
    return mantissas, powers
