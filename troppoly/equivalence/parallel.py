"""Functions as networks, and the difference of two as one network, with what they have in common computed once.

The difference of two networks of the same depth has, in every layer, the units of both, and its last layer subtracts
the outputs.  The shorter network is continued by identity units that pass its outputs on.

*Sharing.*  Let two units of a layer be rectified, with rows (w, b) and (w', b') = s (w, b), s > 0.  Then
max(z', 0) = s max(z, 0), so whoever reads unit z' may read s times unit z instead.  For identity units s may also be
negative, and a unit with w = 0 is a constant that goes into the biases of the next layer.  Units that nobody reads are
left out.  Rows are compared as primitive integer vectors, and no complex is needed.  Networks that differ by permuted
and rescaled units share all of them, and their difference is seen to be zero at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.errors import ShapeError
from troppoly.exact import RationalMatrix, SparseMatrix
from troppoly.exact.linear import lines
from troppoly.network import Layer, Network
from troppoly.polynomial import TropicalMap
from troppoly.polynomial.map import as_map, distinct_sides
from troppoly.regions.polytope_route import PiecewiseLinear

__all__ = ["PiecewiseLinear", "Sharing", "as_network", "common_inputs", "constant_network", "difference_network"]
__all__ += ["value_after"]

Group = tuple[tuple[int, int], ...]


@checked
def as_network(function: PiecewiseLinear) -> Network:
    """Return a network of the same function; a network is returned as it is.

    A maximum is m_i = m_(i-1) + max(z_i - m_(i-1), 0), one unit a layer, beside identity units for x and the m_(i-1).

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> x = TropicalPolynomial.variable(0, 1)
    >>> net = as_network(x + x ** 2 + 1)
    >>> net((5,)), net((-5,)), net
    ((mpq(10,1),), (mpq(1,1),), Network 1-2-1 (ReLU, 1 identity unit))
    """
    if isinstance(function, Network):
        return function
    polynomials, *sides = distinct_sides(as_map(function))
    points = [f.lifted_points for f in polynomials]  # rows (a, c)
    d, n = points[0].shape[1] - 1, len(points)
    layers, groups = [], [list[tuple[int, int]]() for _ in points]
    forms = RationalMatrix.of([rows.row(0) for rows in points])
    read = SparseMatrix.identity(d).vstack(forms.take_columns(range(d)))
    shift = RationalMatrix.zeros(d, 1).vstack(forms.take_columns([d]))
    for step in range(1, max(map(len, points))):  # read, shift: x and the maxima so far, in what the last layer gives
        active = [p for p, rows in enumerate(points) if len(rows) > step]
        forms, chosen = RationalMatrix.of([points[p].row(step) for p in active]), SparseMatrix.selection(active, n)
        gaps = forms.take_columns(range(d)).hstack(-chosen)
        weight, bias = read.vstack(gaps @ read), shift.vstack(gaps @ shift + forms.take_columns([d]))
        layers.append(Layer(weight.economical(), bias, np.arange(len(weight)) >= d + n))
        for unit, p in enumerate(active, start=d + n):
            groups[p].append((step - 1, unit))
        increase = SparseMatrix.zeros(d, len(active)).vstack(chosen.T)
        read, shift = SparseMatrix.identity(d + n).hstack(increase), RationalMatrix.zeros(d + n, 1)
    plus, minus = (SparseMatrix.selection(d + np.array(numbers), d + n) for numbers in sides)
    signs = plus - minus
    layers.append(Layer((signs @ read).economical(), signs @ shift, np.zeros(len(signs), dtype=bool)))
    return share_units(layers, [tuple(group) for group in groups if group])


def constant_network(n_inputs: int, values: Sequence[mpq]) -> Network:
    """Return the network of one affine layer with the given constant values."""
    return Network((Layer.of(RationalMatrix.zeros(len(values), n_inputs), values),))


def common_inputs(first: Network | TropicalMap, second: Network | TropicalMap) -> int:
    """Return the number of inputs of both; ShapeError if the numbers of inputs or of outputs differ."""
    shapes = [(f.n_inputs if isinstance(f, Network) else f.n_variables, f.n_outputs) for f in (first, second)]
    for what, n, m in zip(("inputs", "outputs"), *shapes, strict=True):
        if n != m:
            raise ShapeError(f"The functions have {n} and {m} {what}.")
    return shapes[0][0]


def difference_network(first: Network, second: Network) -> Network:
    """Return the network x -> first(x) - second(x), with shared units.

    Raises ShapeError if the numbers of inputs or of outputs differ.

    >>> twice = Network.from_arrays([[[2]], [[1]]])
    >>> difference_network(twice, Network.from_arrays([[[1]], [[2]]]))
    Network 1-1 (affine)
    >>> difference_network(twice, Network.from_arrays([[[1], [-1]], [[2, 0]], [[1]]]))((-3,))
    (mpq(0,1),)
    """
    common_inputs(first, second)
    depth = max(len(first.layers), len(second.layers))
    passing = Layer.of(RationalMatrix.identity(first.n_outputs))
    one, other = ([*f.layers, *[passing] * (depth - len(f.layers))] for f in (first, second))
    layers = []
    for index, (a, b) in enumerate(zip(one, other, strict=True)):
        last = index == depth - 1
        lower = -b.weight if last else b.weight
        if index == 0:
            weight = a.weight + lower if last else a.weight.vstack(lower)
        elif last:
            weight = a.weight.hstack(lower)
        else:
            above = a.weight.hstack(SparseMatrix.zeros(a.n_outputs, b.n_inputs))
            weight = above.vstack(SparseMatrix.zeros(b.n_outputs, a.n_inputs).hstack(lower))
        bias = a.bias - b.bias if last else a.bias.vstack(b.bias)
        rectified = a.rectified if last else np.concatenate([a.rectified, b.rectified])
        layers.append(Layer(weight.economical(), bias, rectified))
    shifted = [tuple((i, one[i].n_outputs + unit) for i, unit in group) for group in second.max_groups]
    return share_units(layers, [*first.max_groups, *shifted])


def share_units(layers: Sequence[Layer], max_groups: Sequence[Group] = ()) -> Network:
    """Return the network of some layers in which formally equal units of a layer, up to a factor, are one unit.

    A maximum stays one if all its units still belong to it alone, or to an equal maximum; otherwise its units become
    ordinary ones.

    >>> share_units(Network.from_arrays([[[1], [3], [0]], [[1, 1, 5]]], [[0, 0, 2], [0]]).layers).layers[1].weight
    RationalMatrix([['4']])
    """
    layers, n_inputs = list(layers), layers[0].n_inputs
    positions: list[Sequence[int | None]] = []
    for index in range(len(layers) - 1):
        sharing = Sharing.of(layers[index])
        if not sharing.kept:
            return constant_network(n_inputs, value_after(layers[index + 1 :], sharing.constants))
        positions.append(sharing.position)
        layers[index], layers[index + 1] = sharing.apply(layers[index], layers[index + 1])
    for index in reversed(range(len(layers) - 1)):
        layer, following = layers[index : index + 2]
        read = following.weight.nonzero_columns()
        if not read.any():
            return constant_network(n_inputs, value_after(layers[index + 1 :], (mpq(0),) * len(read)))
        if not read.all():
            layers[index] = _of_units(layer, read)
            layers[index + 1] = Layer(following.weight.take_columns(read), following.bias, following.rectified)
            number = np.cumsum(read) - 1
            positions[index] = [int(number[p]) if p is not None and read[p] else None for p in positions[index]]
    place = {(i, u): (i, p) for i, row in enumerate(positions) for u, p in enumerate(row) if p is not None}
    return Network(tuple(layers), max_groups=tuple(sorted(_surviving(max_groups, place))))


def _surviving(groups: Sequence[Group], place: dict[tuple[int, int], tuple[int, int]]) -> set[Group]:
    """The images of the maxima all of whose units belong to maxima with the same image."""
    image = {group: tuple(place[unit] for unit in group) for group in groups if all(unit in place for unit in group)}
    image_of_unit = {unit: target for group, target in image.items() for unit in group}
    users: dict[tuple[int, int], set[Group | None]] = {}
    for unit, target in place.items():
        users.setdefault(target, set()).add(image_of_unit.get(unit))
    return {target for target in image.values() if all(users[unit] == {target} for unit in target)}


def value_after(layers: Sequence[Layer], values: Sequence[mpq]) -> tuple[mpq, ...]:
    """Return the value of the last of ``layers`` if the first one reads ``values``."""
    return reduce(lambda result, layer: layer(result), layers, tuple(values))


def _of_units(layer: Layer, chosen: Any) -> Layer:
    """The layer with the chosen units only."""
    return Layer(layer.weight.take_rows(chosen), layer.bias.take_rows(chosen), layer.rectified[chosen])


@dataclass(frozen=True, slots=True)
class Sharing:
    """Which units of a layer are multiples of which.

    Unit i is ``factors[i]`` times unit ``kept[position[i]]``, or the constant ``constants[i]`` where ``position[i]`` is
    None.
    """

    kept: tuple[int, ...]
    position: tuple[int | None, ...]
    factors: tuple[mpq, ...]
    constants: tuple[mpq, ...]

    @classmethod
    def of(cls, layer: Layer) -> Sharing:
        """Compare the rows of a layer."""
        units: list[tuple[int | None, mpq, mpq]] = []  # position, factor, constant
        known: dict[tuple[Any, ...], tuple[int, int]] = {}  # the unit of a line, and its position
        rows = lines(layer.weight.hstack(layer.bias))
        for unit, moving in enumerate(layer.weight.T.nonzero_columns().tolist()):
            (line, factor), rectified = rows[unit], bool(layer.rectified[unit])
            if moving:
                first, position = known.setdefault((rectified, rectified and factor < 0, line), (unit, len(known)))
                units.append((position, factor / rows[first][1], mpq(0)))
            else:
                bias = layer.bias[unit, 0]
                units.append((None, mpq(0), mpq(0) if rectified and bias < 0 else bias))
        positions, factors, constants = zip(*units, strict=True)
        return cls(tuple(unit for unit, _ in known.values()), positions, factors, constants)

    def apply(self, layer: Layer, following: Layer) -> tuple[Layer, Layer]:
        """Return the layer with the kept units, and the next layer reading these."""
        if len(self.kept) == len(self.position):
            return layer, following
        factors = SparseMatrix.selection([p or 0 for p in self.position], len(self.kept), self.factors)
        bias = following.bias + following.weight @ RationalMatrix.of([[c] for c in self.constants])
        return _of_units(layer, np.array(self.kept)), Layer(following.weight @ factors, bias, following.rectified)
