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

from troppoly.complex.bounds import EXACT_LIMIT, LARGEST_WEIGHT
from troppoly.exact import ObjectArray, RationalMatrix
from troppoly.exact.linear import inverse, kernel, primitive, row_basis

__all__ = ["Coordinates", "FloatLayer", "HomogeneousLayer", "choose_coordinates", "homogenise"]

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]


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

    weight: FloatArray
    bias: FloatArray
    magnitude: FloatArray
    bias_magnitude: FloatArray
    operations: int
    integral: bool


@dataclass(frozen=True, slots=True)
class HomogeneousLayer:
    """z = N a + beta t with integers N of shape (units, inputs) and beta of shape (units,).

    ``rectified`` lists the units that are max(z, 0); the others are passed on as they are.
    ``columns`` is the range of the sign words (of 32 units each) that belong to this layer.  Unit i is
    ``scales[i]`` > 0 times the unit of the given network.
    """

    weight: ObjectArray
    bias: ObjectArray
    rectified: NDArray[np.intp]
    columns: slice
    scales: tuple[mpq, ...]
    floats: FloatLayer | None

    @property
    def n_units(self) -> int:
        """The number of units."""
        return len(self.bias)


def choose_coordinates(
    facets: RationalMatrix, walls: RationalMatrix, others: RationalMatrix
) -> Coordinates:
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
    floats = _float_layers([(weight, bias) for weight, bias, _ in integers])
    result = []
    for (weight, bias, scales), (_, _, mask), single in zip(integers, layers, floats, strict=True):
        rectified = np.flatnonzero(mask)
        stop = first_column + -(-len(rectified) // 32)
        columns = slice(first_column, stop)
        result.append(HomogeneousLayer(weight, bias, rectified, columns, scales, single))
        first_column = stop
    return tuple(result)


def _scaled_layers(
    layers: Sequence[tuple[RationalMatrix, RationalMatrix, Mask]], section: RationalMatrix
) -> list[tuple[ObjectArray, ObjectArray, tuple[mpq, ...]]]:
    """Integer weights and biases, each unit scaled to a primitive row, and the scales."""
    result: list[tuple[ObjectArray, ObjectArray, tuple[mpq, ...]]] = []
    scales: list[mpq] = []  # unit of the integer network = scale * unit of the given one
    for index, (weight, bias, _) in enumerate(layers):
        joint = weight.hstack(bias)
        if index == 0:
            joint = joint @ section
            joint = joint.hstack(RationalMatrix.zeros(joint.shape[0], 1))  # the bias is in y_D = t
        else:
            inverse_scales = RationalMatrix.from_rationals(
                np.array([[1 / s for s in scales] + [mpq(1)]], dtype=object)
            )
            joint = RationalMatrix(
                joint.numerators * inverse_scales.numerators,
                joint.denominator * inverse_scales.denominator,
            )
        rows = np.empty(joint.shape, dtype=object)
        scales = []
        for i, row in enumerate(joint.numerators):
            rows[i] = primitive(row)
            pivot = next((j for j, v in enumerate(row) if v != 0), None)
            scales.append(
                mpq(1) if pivot is None else mpq(rows[i, pivot] * joint.denominator, row[pivot])
            )
        result.append((rows[:, :-1], rows[:, -1], tuple(scales)))
    return result


def _float_layers(
    layers: Sequence[tuple[ObjectArray, ObjectArray]],
) -> list[FloatLayer] | list[None]:
    """The floating-point counterpart of integer layers, or Nones if it leaves the safe range."""
    limit = mpz(EXACT_LIMIT)
    integral = all(
        abs(entry) < limit for weight, bias in layers for part in (weight, bias) for entry in part.flat
    )
    result: list[FloatLayer] = []
    exponents: NDArray[np.int64] | None = None
    for weight, bias in layers:
        joint = np.concatenate([weight, bias[:, None]], axis=1)
        mantissas, powers = _split(joint)
        if not integral:
            if exponents is not None:
                powers[:, :-1] += exponents
            tops = np.where(mantissas != 0, powers, np.iinfo(np.int64).min).max(axis=1, initial=0)
            exponents = np.maximum(tops, np.iinfo(np.int32).min)
            powers -= exponents[:, None]
            if np.any((mantissas != 0) & (np.abs(powers) > LARGEST_WEIGHT - 1)):
                return [None] * len(layers)
        values = np.ldexp(mantissas, np.where(mantissas != 0, powers, 0))
        magnitude = np.abs(values)
        terms = max(int((mantissas != 0).sum(axis=axis).max(initial=0)) for axis in (0, 1))
        result.append(
            FloatLayer(
                weight=np.ascontiguousarray(values[:, :-1].T),
                bias=values[:, -1].copy(),
                magnitude=np.ascontiguousarray(magnitude[:, :-1].T),
                bias_magnitude=magnitude[:, -1].copy(),
                operations=terms + 5,
                integral=integral,
            )
        )
    return result


def _split(values: ObjectArray) -> tuple[FloatArray, NDArray[np.int64]]:
    """Integers as correctly rounded mantissas in (1/2, 1] times powers of two."""
    mantissas = np.zeros(values.shape)
    powers = np.zeros(values.shape, dtype=np.int64)
    flat_mantissas, flat_powers = mantissas.reshape(-1), powers.reshape(-1)
    for position, entry in enumerate(values.flat):
        if entry:
            size = entry.bit_length()
            flat_mantissas[position] = int(entry) / (1 << size)  # rounded once
            flat_powers[position] = size
    return mantissas, powers
