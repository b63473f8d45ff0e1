"""Compressed networks as floats again: rectified units only, and rounded weights with an exact bound.

An identity unit z is max(z, 0) - max(-z, 0), two rectified units.  One is enough beside a rectified unit y of the
layer with z = s y + t, as z = s max(y, 0) - s max(-y, 0) + t, and if z is bounded below on the domain, z = max(z - m, 0) + m for any m <= min z, or above.  On a cell C = conv(v) + cone(r) + L of
a complex on which z is affine, z is bounded below if and only if its slope is nonnegative along all r
and zero along L, and then its minimum is attained at a vertex v.  Always active units are such.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.equivalence import MaximumDifference, maximum_difference
from troppoly.equivalence.maximum import ray_values
from troppoly.exact import RationalMatrix, modular, rational
from troppoly.exact.linear import lines
from troppoly.network import Layer, Network
from troppoly.refinement import CanonicalComplex, canonical_complex
from troppoly.refinement.domain import is_bounded

__all__ = ["RoundedWeight", "Rounding", "rounded_network", "with_single_units"]


@dataclass(frozen=True, slots=True)
class RoundedWeight:
    """An entry that is no double precision number: ``row``, ``column`` of a weight, or of a bias (None)."""

    layer: str
    row: int
    column: int | None
    exact: mpq
    rounded: mpq


@dataclass(frozen=True, slots=True)
class Rounding:
    """A network in double precision, and how it differs from the exact one.

    ``changed`` lists the entries that had to be rounded, each to the nearest double; all others are
    exact.  ``bound`` is the exact largest difference from the original function on a bounded domain,
    with the point where it is attained; it is None if nothing was rounded (the function is the same then)
    or if the domain is unbounded, where no finite bound can be promised.
    """

    network: Network
    changed: tuple[RoundedWeight, ...]
    bound: MaximumDifference | None

    def to_torch(self) -> Any:
        """Return the ``torch.nn.Sequential`` with exactly the rounded weights."""
        return self.network.to_torch()

    def __repr__(self) -> str:
        if not self.changed:
            return f"{self.network!r}, nothing rounded"
        n = len(self.changed)
        effect = repr(self.bound) if self.bound else "no bound on an unbounded domain"
        return f"{self.network!r}, {n} weight{'s' * (n != 1)} rounded: {effect}"


def rounded_network(network: Network, original: Network, domain: Any) -> Rounding:
    """Return a network with all weights rounded to doubles, compared to ``original`` on the domain.

    Raises NotFiniteError if an entry is beyond the range of doubles.

    >>> from troppoly.passagemath import polyhedron
    >>> third = Network.from_arrays([[["1/3"]]])
    >>> rounded_network(third, third, polyhedron([(-1,), (1,)], ambient_dim=1)).bound.value == 1 / mpq(3 * 2**54)
    True
    """
    changed: list[RoundedWeight] = []
    layers = []
    for name, layer in zip(network.names, network.layers, strict=True):
        weight = _rounded(layer.weight, name, changed, bias=False)
        bias = _rounded(layer.bias, name, changed, bias=True)
        layers.append(Layer(weight, bias, layer.rectified))
    result = Network(tuple(layers), network.names)
    bounded = domain is not None and is_bounded(domain)
    bound = maximum_difference(original, result, domain) if changed and bounded else None
    return Rounding(result, tuple(changed), bound)


def _rounded(matrix: RationalMatrix, name: str, changed: list[RoundedWeight], bias: bool) -> RationalMatrix:
    floats = matrix.to_floats()
    what = "bias" if bias else "weight"
    result = np.empty(matrix.shape, dtype=object)
    for (i, j), value in np.ndenumerate(floats):
        exact = matrix[i, j]
        result[i, j] = rational(float(value), f"{what} of layer {name!r}, entry ({i}, {j}), as a double")
        if result[i, j] != exact:
            changed.append(RoundedWeight(name, i, None if bias else j, exact, result[i, j]))
    return RationalMatrix.from_rationals(result)


def with_single_units(network: Network, domain: Any) -> Network:
    """Return the same function on the domain, with rectified units for identity units bounded on one side.

    In a layer with units of both kinds, the identity units z with z >= m on the domain become
    max(z - m, 0), and those with z <= m become max(m - z, 0), m an integer; those with z = s y + t for a rectified
    unit y become max(-y, 0).  The next layer makes up for it.  Other identity units are left.

    >>> from troppoly.passagemath import polyhedron
    >>> net = Network((
    ...     Layer(RationalMatrix.of([[1], [1]]), RationalMatrix.zeros(2, 1), [True, False]),
    ...     Layer(RationalMatrix.of([[1, 1]]), RationalMatrix.zeros(1, 1), [False])))
    >>> with_single_units(net, polyhedron([(-3,)], [(1,)], ambient_dim=1)).layers[0]((mpq(-3),))
    (mpq(0,1), mpq(0,1))
    """
    hidden = network.layers[:-1]
    if not any(layer.rectified.any() and not layer.rectified.all() for layer in hidden):
        return network
    complex_ = canonical_complex(Network(network.layers, network.names), domain)
    layers = list(network.layers)
    for index, layer in enumerate(hidden):
        if not layer.rectified.any() or layer.rectified.all():
            continue
        lower, upper = _bounds(complex_, index)
        weight, bias = layers[index].weight.to_rationals(), layers[index].bias.to_rationals()
        reader, offset = layers[index + 1].weight.to_rationals(), layers[index + 1].bias.to_rationals()
        rectified = layer.rectified.copy()
        for unit in np.flatnonzero(~layer.rectified).tolist():
            least, most = lower[unit], upper[unit]
            if least is not None:
                m = mpq(min(floor(least), 0))
            elif most is not None:
                m = mpq(max(ceil(most), 0))
            elif (place := beside(layer, unit)) is not None:
                y, s = place
                offset[:, 0] += reader[:, unit] * (bias[unit, 0] - s * bias[y, 0])
                reader[:, y] += s * reader[:, unit]
                weight[unit], bias[unit], reader[:, unit] = -weight[y], -bias[y], -s * reader[:, unit]
                rectified[unit] = True
                continue
            else:
                continue
            rectified[unit] = True
            offset[:, 0] += reader[:, unit] * m
            bias[unit, 0] -= m
            if least is None:
                weight[unit], bias[unit], reader[:, unit] = -weight[unit], -bias[unit], -reader[:, unit]
        rational_matrix = RationalMatrix.from_rationals
        layers[index] = Layer(rational_matrix(weight), rational_matrix(bias), rectified)
        following = layers[index + 1]
        layers[index + 1] = Layer(rational_matrix(reader), rational_matrix(offset), following.rectified)
    return Network(tuple(layers), network.names)


def beside(layer: Layer, unit: int) -> tuple[int, mpq] | None:
    """Return a rectified unit y, and s, such that the unit is s y and a constant, or None.

    >>> layer = Layer(RationalMatrix.of([[3], [-6]]), RationalMatrix.of([[1], [5]]), [True, False])
    >>> beside(layer, 1)
    (0, mpq(-2,1))
    """
    rows = lines(layer.weight)
    line, factor = rows[unit]
    for y in np.flatnonzero(layer.rectified).tolist():
        if factor and rows[y][0] == line:
            return y, factor / rows[y][1]
    return None


def _bounds(complex_: CanonicalComplex, layer: int) -> tuple[list[mpq | None], list[mpq | None]]:
    """The exact minimum and maximum on the domain of every unit of a layer, or None."""
    at_infinity = complex_.complex.rays.at_infinity
    values, heights = ray_values(complex_, layer, np.arange(len(at_infinity)))
    slopes = values[at_infinity]
    vertices = values[~at_infinity] / heights[~at_infinity, None]
    steady = _constant_along_lines(complex_, layer)
    low = steady & np.all(slopes >= 0, axis=0)
    high = steady & np.all(slopes <= 0, axis=0)
    return (
        [value if ok else None for value, ok in zip(vertices.min(axis=0), low, strict=True)],
        [value if ok else None for value, ok in zip(vertices.max(axis=0), high, strict=True)],
    )


def _constant_along_lines(complex_: CanonicalComplex, layer: int) -> NDArray[np.bool_]:
    """Which units do not change along the lineality space (their slope there is the same on all cells)."""
    network = complex_.cellwise
    n_units = network.layers[layer].n_units
    n_lines = complex_.complex.lineality_dimension
    if n_lines == 0:
        return np.ones(n_units, dtype=bool)
    points = np.concatenate([complex_.complex.lineality.numerators, np.zeros((n_lines, 1), dtype=object)], axis=1)
    size = int(max(abs(x) for x in points.flat)).bit_length()
    count = modular.n_moduli(network.form_bits[layer] + size)
    y, active = modular.residues(points, count), complex_.signs.take(np.zeros(n_lines, dtype=int))
    return np.asarray(~network.residues(count).values(layer, y, active).any(axis=(0, 1)))
