"""Compressed networks as floats again: rectified units only, and rounded weights with an exact bound.

An identity unit z is max(z, 0) - max(-z, 0), two rectified units.  One is enough beside a rectified unit y of the layer
with z = s y + t, as z = s max(y, 0) - s max(-y, 0) + t, and if z is bounded below on the domain,
z = max(z - m, 0) + m for any m <= min z, or above.  On a cell C = conv(v) + cone(r) + L of a complex on which z is
affine, z is bounded below if and only if its slope is nonnegative along all r and zero along L, and then its minimum is
attained at a vertex v.  Always active units are such.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.compression.reading import matrix_of
from troppoly.equivalence import MaximumDifference, maximum_difference
from troppoly.equivalence.maximum import ray_values
from troppoly.errors import counted
from troppoly.exact import DenseMatrix, RationalMatrix, SparseMatrix, modular, rational
from troppoly.exact.linear import lines
from troppoly.network import Layer, Network
from troppoly.refinement import CanonicalComplex, canonical_complex
from troppoly.refinement.domain import is_bounded

__all__ = ["RoundedWeight", "Rounding", "rounded_network", "with_single_units"]


@dataclass(frozen=True, slots=True)
class RoundedWeight:
    """An entry that is not a double precision number: ``row``, ``column`` of a weight, or of a bias (None).

    >>> import troppoly as tp
    >>> tp.compress(tp.Network.from_arrays([[["1/3"]]])).rounded().changed[0].exact
    mpq(1,3)
    """

    layer: str
    row: int
    column: int | None
    exact: mpq
    rounded: mpq


@dataclass(frozen=True, slots=True)
class Rounding:
    """A network in double precision; ``changed`` are the entries that were rounded, each to the nearest double.

    ``bound`` is the exact largest difference from the original function on a bounded domain, with the point where it is
    attained; None if nothing was rounded, or the domain is unbounded, where no finite bound can be promised.

    >>> import troppoly as tp
    >>> tp.compress(tp.Network.from_arrays([[["1/3"]]]), [(-1, 1)]).rounded().bound.value == 1 / mpq(3 * 2**54)
    True
    """

    network: Network
    changed: tuple[RoundedWeight, ...]
    bound: MaximumDifference | None

    def __repr__(self) -> str:
        if not self.changed:
            return f"{self.network!r}, nothing rounded"
        n = len(self.changed)
        effect = repr(self.bound) if self.bound else "no bound on an unbounded domain"
        return f"{self.network!r}, {counted(n, 'weight')} rounded: {effect}"


def rounded_network(network: Network, original: Network, domain: Any) -> Rounding:
    """Return a network in doubles, compared to ``original``; NotFiniteError if an entry is beyond their range."""
    changed: list[RoundedWeight] = []
    layers = tuple(
        Layer(_rounded(layer.weight, name, changed), _rounded(layer.bias, name, changed, bias=True), layer.rectified)
        for name, layer in zip(network.names, network.layers, strict=True)
    )
    result = Network(layers, network.names)
    bounded = domain is not None and is_bounded(domain)
    bound = maximum_difference(original, result, domain) if changed and bounded else None
    return Rounding(result, tuple(changed), bound)


def _rounded(matrix: RationalMatrix, name: str, changed: list[RoundedWeight], bias: bool = False) -> RationalMatrix:
    sparse = matrix.sparse()
    entries = DenseMatrix(sparse.entries[None], sparse.denominator)
    triples, where = [], f"{'bias' if bias else 'weight'} of layer {name!r}"
    numbers = zip(sparse.rows.tolist(), sparse.columns.tolist(), entries[0], entries.to_floats()[0], strict=True)
    for i, j, exact, nearest in numbers:
        value = rational(float(nearest), f"{where}, entry ({i}, {j}), as a double")
        triples.append((i, j, value))
        if value != exact:
            changed.append(RoundedWeight(name, i, None if bias else j, exact, value))
    return matrix_of(triples, matrix.shape).economical()


def with_single_units(network: Network, domain: Any) -> Network:
    """Return the same function on the domain, with one rectified unit for an identity unit where that is enough.

    In a layer with units of both kinds, z >= m becomes max(z - m, 0), z <= m becomes max(m - z, 0), m an integer, and
    z = s y + t beside a rectified y becomes max(-y, 0).  The next layer makes up for it.
    """
    mixed = [i for i, layer in enumerate(network.layers[:-1]) if len(set(layer.rectified.tolist())) > 1]
    if not mixed:
        return network
    complex_ = canonical_complex(Network(network.layers, network.names), domain)
    layers = list(network.layers)
    for index in mixed:
        layer, following = layers[index : index + 2]
        n, rows, (lower, upper) = layer.n_outputs, lines(layer.weight), _bounds(complex_, index)
        beside = {rows[y][0]: y for y in reversed(np.flatnonzero(layer.rectified).tolist())}
        # unit i becomes sign (z_source - shift), and is read as the sum of factor h_j over (i, j, factor), + constant
        source, sign, shift, constant = list(range(n)), [mpq(1)] * n, [mpq(0)] * n, [mpq(0)] * n
        read, rectified = [(i, i, mpq(1)) for i in range(n)], layer.rectified.copy()
        for i in np.flatnonzero(~layer.rectified).tolist():
            line, factor = rows[i]
            if lower[i] is not None or upper[i] is not None:
                sign[i] = mpq(-1 if lower[i] is None else 1)
                shift[i] = constant[i] = mpq(max(ceil(upper[i]), 0) if lower[i] is None else min(floor(lower[i]), 0))
                read[i] = (i, i, sign[i])
            elif factor and (y := beside.get(line)) is not None:
                s = factor / rows[y][1]
                source[i], sign[i] = y, mpq(-1)
                constant[i] = layer.bias[i, 0] - s * layer.bias[y, 0]
                read[i] = (i, i, -s)
                read.append((i, y, s))
            else:
                continue
            rectified[i] = True
        signs, moved = SparseMatrix.diagonal(sign), layer.bias.take_rows(source) - _column(shift)
        layers[index] = Layer(signs @ layer.weight.take_rows(source), signs @ moved, rectified)
        weight, bias = following.weight @ matrix_of(read, (n, n)), following.bias + following.weight @ _column(constant)
        layers[index + 1] = Layer(weight, bias, following.rectified)
    return Network(tuple(layers), network.names)


def _column(values: list[mpq]) -> RationalMatrix:
    return RationalMatrix.of([[v] for v in values])


def _bounds(complex_: CanonicalComplex, layer: int) -> tuple[list[Any], list[Any]]:
    """The exact minimum and maximum on the domain of every unit of a layer, or None."""
    at_infinity = complex_.complex.rays.at_infinity
    values, heights = ray_values(complex_, layer, np.arange(len(at_infinity)))
    slopes, vertices = values[at_infinity], values[~at_infinity] / heights[~at_infinity, None]
    steady = _constant_along_lines(complex_, layer)
    low, high = steady & np.all(slopes >= 0, axis=0), steady & np.all(slopes <= 0, axis=0)
    least, most = vertices.min(axis=0), vertices.max(axis=0)
    least[~low], most[~high] = None, None
    return list(least), list(most)


def _constant_along_lines(complex_: CanonicalComplex, layer: int) -> NDArray[np.bool_]:
    """Which units do not change along the lineality space (their slope there is the same on all cells)."""
    network, n_lines = complex_.cellwise, complex_.complex.lineality_dimension
    points = complex_.complex.homogeneous_lines.numerators
    size = int(max((abs(x) for x in points.flat), default=0)).bit_length()
    count = modular.n_moduli(network.form_bits[layer] + size)
    y, active = modular.residues(points, count), complex_.signs.take(np.zeros(n_lines, dtype=int))
    return np.asarray(~network.residues(count).values(layer, y, active).any(axis=(0, 1)))
