"""The inequalities of a cell, each with the units whose walls it is.

On the cell with given signs s_i every unit is a form f_i (by the signs of the units before), and the cell is
{s_i f_i >= 0}.  Forms that are positive multiples of each other are one inequality.

**Maxima.**  Where unit u_j of a maximum is its last positive one (:mod:`troppoly.network.maxima`), the signs of
u_2, ..., u_(j-1) do not matter, and y_j is at least 0 and all y_i: with u_i alone active before it, u_j = l_j (y_j -
y_i), and with none, u_j = l_j y_j.  These are the inequalities of u_j, i = 2, ..., j - 1 and none; those of later units
are u_i <= 0 with u_j alone active.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from gmpy2 import mpz
from numpy.typing import NDArray

from troppoly.cellwise.sign_words import Mask
from troppoly.exact.linear import primitive
from troppoly.exact.scalar import ObjectArray
from troppoly.local.charts import Chart, objects
from troppoly.local.germs import Signs, forms_of_units, masks_of
from troppoly.network.maxima import MaxGroup

__all__ = ["Inequalities", "inequalities_of"]

Unit = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Inequalities:
    """The cell {f >= 0 for the rows f of ``forms``} in the coordinates (u, t) of a chart.

    Rows are primitive, different, and not zero; ``units[i]`` are the units (layer, unit) that are positive multiples of
    row i, up to their sign.
    """

    forms: ObjectArray
    units: tuple[tuple[Unit, ...], ...]

    def __len__(self) -> int:
        return len(self.units)


def inequalities_of(chart: Chart, signs: Signs, groups: Sequence[MaxGroup]) -> Inequalities:
    """Return the inequalities of the cell with these signs, in the order of its units."""
    cells = chart.cells
    active = masks_of(cells, signs)
    found: dict[tuple[mpz, ...], list[Unit]] = {}
    beaten = _earlier_units(signs, chart, groups)
    for index, layer in enumerate(cells.layers):
        chosen = np.flatnonzero(signs[index])
        units = layer.rectified[chosen]
        if not len(units):
            continue
        forms = forms_of_units(cells, index, units, active[:index]) * signs[index][chosen, None]
        for unit, form in zip(units.tolist(), forms, strict=True):
            found.setdefault(tuple(primitive(form)), []).append((index, unit))
            for other in beaten.get((index, unit), ()):
                masks = _with(active[:index], other)
                (form,) = forms_of_units(cells, index, [unit], masks)
                found.setdefault(tuple(primitive(form)), []).append((index, unit))
    zero = (mpz(0),) * cells.n_coordinates
    found.pop(zero, None)
    forms = objects([v for form in found for v in form]).reshape(len(found), cells.n_coordinates)
    return Inequalities(forms, tuple(tuple(dict.fromkeys(units)) for units in found.values()))


def _earlier_units(signs: Signs, chart: Chart, groups: Sequence[MaxGroup]) -> dict[Unit, list[Unit]]:
    """For the last positive unit of every maximum the units before it."""
    result = {}
    for group in groups:
        for number, (layer, unit) in reversed(list(enumerate(group))):
            if signs[layer][int(np.searchsorted(chart.cells.layers[layer].rectified, unit))] > 0:
                result[layer, unit] = list(group[:number])
                break
    return result


def _with(active: Sequence[Mask], unit: Unit) -> list[NDArray[np.bool_]]:
    """The masks with one more active unit."""
    result = [mask.copy() for mask in active]
    result[unit[0]][0, unit[1]] = True
    return result
