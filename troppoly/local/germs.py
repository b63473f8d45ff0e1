"""The signs of all units near a point, in exact arithmetic: which cell a point lies in, also where it is on walls.

A *germ* is a path y(e) = y_0 + e y_1 + e^2 y_2 + ... for small e > 0; a form f is positive on it if the first number
that is not zero among f(y_0), f(y_1), ... is, where f acts on directions by its linear part.  So the signs of units on
a germ are found layer by layer: those before make the units of the next layer forms.  If the directions span R^d, a
unit is zero on the germ only if its form is zero, and all points of the germ lie inside one cell.

Here y_0 is a point, and the last directions are e_1, ..., e_d; so without others the germ is that of the moment curve
x + (e, e^2, ..., e^d), and the cell that it finds is the *first* of those around x in the lexicographic order.

Floats decide by proven bounds (:mod:`troppoly.cellwise.rounding_errors`); where they do not, the form is computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gmpy2 import mpz
from numpy.typing import NDArray

from troppoly.cellwise.arithmetic import masked
from troppoly.cellwise.cell_network import CellNetwork
from troppoly.cellwise.rounding_errors import FloatArray, certain, floored, relative_bound
from troppoly.cellwise.sign_words import Mask
from troppoly.exact import modular
from troppoly.exact.integers import IntegerArray
from troppoly.exact.numerators import nearest_floats
from troppoly.exact.scalar import ObjectArray
from troppoly.local.charts import Chart
from troppoly.network.maxima import MaxGroup

__all__ = ["Signs", "float_points", "forms_of_units", "masks_of", "normalized", "signs_at", "signs_on_germ"]

Signs = tuple[NDArray[np.int8], ...]
"""For every layer the signs of its rectified units."""


def masks_of(cells: CellNetwork, signs: Sequence[NDArray[np.int8]], rows: Any = slice(None)) -> list[Mask]:
    """Return for the layers with known signs the (cells, units) masks of the units that pass their value on.

    The signs are those of one cell, or in arrays (cells, units) those of several, of which some ``rows`` are taken.
    """
    result = []
    for layer, known in zip(cells.layers, signs, strict=False):
        chosen = np.atleast_2d(known)[rows]
        mask = np.ones((len(chosen), layer.n_units), dtype=bool)
        mask[:, layer.rectified] = chosen > 0
        result.append(mask)
    return result


def forms_of_units(cells: CellNetwork, layer: int, units: Any, active: Sequence[Mask]) -> ObjectArray:
    """Return the integer forms (len(units), D) of units of a layer, which may each have masks of their own."""
    units = np.asarray(units, dtype=np.intp)
    rows = len(units) // len(active[0]) if active else 1
    count = modular.n_moduli(cells.form_bits[layer])
    return modular.integers(cells.residues(count).pull(layer, units, masked(active, rows)))


def signs_on_germ(chart: Chart, point: ObjectArray, directions: Sequence[ObjectArray] = ()) -> Signs:
    """Return the signs on a germ: ``point`` and ``directions`` are integer vectors (u, t), t > 0 and t = 0."""
    return _signs(chart, [point, *directions], chart.directions)


def signs_at(chart: Chart, point: ObjectArray) -> Signs:
    """Return the signs at a point (u, t) itself."""
    return _signs(chart, [point], None)


def _signs(chart: Chart, path: Sequence[ObjectArray], last: ObjectArray | None) -> Signs:
    """The signs of all rectified units on a path, which goes on along the rows of ``last`` if there are any."""
    cells, signs = chart.cells, list[NDArray[np.int8]]()
    floats, y = cells.floats, float_points(path[0], path[0][-1])[:, None]
    for index, layer in enumerate(cells.layers):
        units, active = layer.rectified, masks_of(cells, signs)
        found = np.zeros(len(units), dtype=np.int8)
        doubtful = np.ones(len(units), dtype=bool)
        if floats is not None and len(units):
            bound = relative_bound(sum(floats.operations[: index + 1]) + 2)
            with np.errstate(all="ignore"):
                values, magnitudes = floats.values(index, y, active)[:, 0, units]
                doubtful = ~certain(values, magnitudes, bound) | (magnitudes == 0)
            found = np.sign(np.where(doubtful, 0, values)).astype(np.int8)
        if doubtful.any():
            chosen = np.flatnonzero(doubtful)
            forms = forms_of_units(cells, index, units[chosen], active)
            found[chosen] = [_first_sign(form, path, last) for form in forms]
        signs.append(found)
    return tuple(signs)


def _first_sign(form: ObjectArray, path: Sequence[ObjectArray], last: ObjectArray | None) -> int:
    """The sign of the first number that is not zero among the values of a form, and 0 if there is none."""
    for y in path:
        if value := form @ y:
            return 1 if value > 0 else -1
    if last is not None and form.any():
        return next((1 if value > 0 else -1 for value in last @ form if value), 0)
    return 0


def float_points(numerators: IntegerArray, denominator: mpz) -> FloatArray:
    """Return integer points (u, t) as values and magnitudes (2, ..., D) of the floats that are nearest to (u / t, 1).

    A coordinate that is not 0 has a magnitude that is not 0, also where it is too small for a float.

    >>> float_points(np.array([1, 0, 2]), mpz(2))[:, 0].tolist()
    [0.5, 0.5]
    """
    values = nearest_floats(numerators, denominator)
    least = np.finfo(np.float64).smallest_subnormal
    return np.stack([values, floored(np.where(numerators != 0, np.maximum(np.abs(values), least), 0.0))])


def normalized(signs: Signs, cells: CellNetwork, groups: Sequence[MaxGroup]) -> Signs:
    """Return the signs with 0 for units of a maximum that do not matter, as a later unit of it is positive.

    They may be those of several cells, in arrays (cells, units).
    """
    if not groups:
        return signs
    result = tuple(known.copy() for known in signs)
    for group in groups:
        beaten = np.zeros(result[0].shape[:-1], dtype=bool)
        for layer, unit in reversed(group):
            column = result[layer][..., int(np.searchsorted(cells.layers[layer].rectified, unit))]
            column[beaten] = 0
            beaten |= column > 0
    return result
