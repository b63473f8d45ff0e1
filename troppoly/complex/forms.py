"""The affine forms that cut out the cones, and the values of units at rays, in floats.

On a cone where the signs of all units before it are known, a unit is a linear form in y: the product
of its row of weights with the masked weight matrices of the layers before it.  Its value at a ray is
a forward pass, in which the units that are known to be inactive at that ray (negative or zero there)
contribute exactly nothing.  Both come with magnitudes in the sense of ``bounds``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.sign_words import Mask, Words
from troppoly.complex.bounds import EXACT_LIMIT, floored
from troppoly.complex.fan import Column
from troppoly.complex.homogeneous import FloatLayer, HomogeneousLayer
from troppoly.exact.products import float_columns, float_transpose_product

__all__ = ["FormTable", "forward", "pull_back"]

FloatArray = NDArray[np.float64]


def forward(
    layers: tuple[HomogeneousLayer, ...], y: FloatArray, magnitude: FloatArray, words: Words
) -> tuple[FloatArray, FloatArray]:
    """Return the values, with magnitudes, of the rectified units of the last of ``layers``.

    ``y`` and ``magnitude`` have shape (m, D), the results (m, rectified units); ``words`` (m, W) hold
    the signs of all units before the last layer.  All layers must have floats.
    """
    t, t_magnitude = y[:, -1:], magnitude[:, -1:]
    a, a_magnitude = y, magnitude
    for layer in layers[:-1]:
        active = layer.places.active(words)
        a, a_magnitude = _affine(_floats(layer), a, a_magnitude, t, t_magnitude)
        a = np.where(active, a, 0.0)
        a_magnitude = np.where(active, a_magnitude, 0.0)
    z, z_magnitude = _affine(_floats(layers[-1]), a, a_magnitude, t, t_magnitude)
    rectified = layers[-1].rectified
    if len(rectified) == layers[-1].n_units:
        return z, z_magnitude
    return z[:, rectified], z_magnitude[:, rectified]


def _floats(layer: HomogeneousLayer) -> FloatLayer:
    assert layer.floats is not None
    return layer.floats


def _affine(
    layer: FloatLayer, a: FloatArray, a_magnitude: FloatArray, t: FloatArray, t_magnitude: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """One layer on values and on magnitudes."""
    return (
        a @ layer.weight + t * layer.bias,
        floored(a_magnitude @ layer.magnitude + t_magnitude * layer.bias_magnitude),
    )


def pull_back(layers: tuple[HomogeneousLayer, ...], unit: int, words: Words) -> tuple[FloatArray, FloatArray]:
    """Return the forms in y, with magnitudes, of a unit of the last layer on cells with these words.

    ``words`` has shape (m, W), the results (m, D).
    """
    last = _floats(layers[-1])
    m = len(words)
    g = np.repeat(float_columns(last.weight, [unit]).T, m, axis=0)
    g_magnitude = np.repeat(float_columns(last.magnitude, [unit]).T, m, axis=0)
    t = np.full(m, last.bias[unit])
    t_magnitude = np.full(m, last.bias_magnitude[unit])
    for layer in reversed(layers[:-1]):
        floats = _floats(layer)
        active = layer.places.active(words)
        g = np.where(active, g, 0.0)
        g_magnitude = np.where(active, g_magnitude, 0.0)
        t = t + g @ floats.bias
        t_magnitude = floored(t_magnitude + g_magnitude @ floats.bias_magnitude)
        g = float_transpose_product(g, floats.weight)
        g_magnitude = floored(float_transpose_product(g_magnitude, floats.magnitude))
    g[:, -1] += t
    g_magnitude[:, -1] += t_magnitude
    return g, g_magnitude


@dataclass(slots=True)
class FormTable:
    """All linear forms that cut out cones, with what is needed to compute them again exactly.

    ``values`` and ``magnitudes`` have shape (n, D), ``exact`` says that a form is a vector of integers
    without error.  ``recipe`` (n, 3) is (network, layer, unit), with network -1 for the coordinate
    ``unit``; ``words`` (n, W) are the sign words of the cell on which the unit is this form.
    """

    values: Column
    magnitudes: Column
    exact: Column
    recipe: Column
    words: Column

    @classmethod
    def of_coordinates(cls, D: int, n_words: int) -> FormTable:
        """Return the table of the D coordinate forms."""
        recipe = np.full((D, 3), -1, dtype=np.int32)
        recipe[:, 2] = np.arange(D)
        return cls(
            Column(np.eye(D)),
            Column(np.eye(D)),
            Column(np.ones(D, dtype=bool)),
            Column(recipe),
            Column(np.zeros((D, n_words), dtype=np.uint64)),
        )

    def add(
        self, layers: tuple[HomogeneousLayer, ...], network: int, unit: int, words: Words
    ) -> NDArray[np.int32]:
        """Append the forms of a unit (a position among the layer's units) on cells with these words."""
        m, D = len(words), self.values.view.shape[1]
        exact: Mask = np.zeros(m, dtype=bool)
        if layers[-1].floats is None:
            values = magnitudes = np.full((m, D), np.nan)
        else:
            with np.errstate(all="ignore"):
                values, magnitudes = pull_back(layers, unit, words)
                if layers[-1].floats.integral:
                    exact = np.all(magnitudes < EXACT_LIMIT, axis=1)
                values, magnitudes = normalised(values, magnitudes, exact)
        first = self.values.n
        self.values.extend(values)
        self.magnitudes.extend(magnitudes)
        self.exact.extend(exact)
        self.recipe.extend(np.tile(np.array([network, len(layers) - 1, unit], np.int32), (m, 1)))
        self.words.extend(words)
        return np.arange(first, first + m, dtype=np.int32)

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns."""
        return self.values, self.magnitudes, self.exact, self.recipe, self.words

    @property
    def nbytes(self) -> int:
        """The memory that is held."""
        return sum(column.nbytes for column in self.columns)


def normalised(values: FloatArray, magnitudes: FloatArray, exact: Mask) -> tuple[FloatArray, FloatArray]:
    """Scale rows by positive factors without error: integers by their divisors, others by powers of 2.

    The power is at least 2^-500, so that a magnitude of tau (see ``bounds``) does not become zero.

    >>> normalised(np.array([[4.0, 6.0]]), np.array([[8.0, 6.0]]), np.array([True]))
    (array([[2., 3.]]), array([[2., 3.]]))
    """
    values, magnitudes = values.copy(), magnitudes.copy()
    if exact.any():
        integers = values[exact].astype(np.int64)
        divisors = np.maximum(np.gcd.reduce(integers, axis=1), 1)
        values[exact] = integers // divisors[:, None]
        magnitudes[exact] = np.abs(values[exact])
    if not exact.all():
        _, exponents = np.frexp(magnitudes[~exact].max(axis=1, initial=0))
        powers = -np.minimum(exponents, 500)[:, None]
        values[~exact] = np.ldexp(values[~exact], powers)
        magnitudes[~exact] = floored(np.ldexp(magnitudes[~exact], powers))
    return values, magnitudes
