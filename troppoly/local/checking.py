"""Checks of what is said of a cell, from the weights of the network alone, in a few lines of rational arithmetic.

They share nothing with what found it, neither the signs at points nor the coordinates, and use no linear program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.local.cell_facets import LocalFacet, RedundantInequality
from troppoly.local.cells import LocalCell

__all__ = ["check_facet", "check_redundant", "wall_forms"]

Form = list[mpq]
Unit = tuple[int, int]


@checked
def wall_forms(cell: LocalCell) -> list[tuple[Unit, Form]]:
    """Return the units and their forms (a, b), which are at least 0 exactly on the cell if it is one, from the weights.

    >>> import troppoly as tp
    >>> wall_forms(tp.cell_at(tp.Network.from_arrays([[[2], [-1]], [[1, 1]]]), [1]))
    [((0, 0), [mpq(2,1), mpq(0,1)]), ((0, 1), [mpq(1,1), mpq(0,1)])]
    """
    signs = {
        (i, int(unit)): int(sign)
        for i, (layer, known) in enumerate(zip(cell.network.layers, cell.activation, strict=True))
        for unit, sign in zip(layer.rectified.nonzero()[0], known, strict=True)
    }
    result = [(unit, [signs[unit] * v for v in form]) for unit, form in _forms(cell, signs) if signs[unit]]
    for group in cell.network.max_groups:
        last = max((n for n, unit in enumerate(group) if signs[unit] > 0), default=0)
        for before in group[:last]:  # its signs do not matter: the last positive one exceeds it
            forms = dict(_forms(cell, {**signs, before: 1}))
            result.append((group[last], forms[group[last]]))
    return result


def _forms(cell: LocalCell, signs: dict[Unit, int]) -> Iterator[tuple[Unit, Form]]:
    """The rectified units as forms in x, where those of positive sign pass on their value."""
    before: list[Form] = []
    bent = [index for index, layer in enumerate(cell.network.layers) if layer.rectified.any()]
    for index, layer in enumerate(cell.network.layers[: max(bent, default=-1) + 1]):
        forms = []
        for unit, (row, (bias,)) in enumerate(zip(layer.weight, layer.bias, strict=True)):
            form = [*row, bias]
            if index:
                terms = [[w * v for v in f] for w, f in zip(row, before, strict=True) if w and f]
                form = [sum(column) for column in zip([mpq(0)] * cell.dimension + [bias], *terms, strict=True)]
            if layer.rectified[unit]:
                yield (index, unit), form
            forms.append(form if signs.get((index, unit), 1) > 0 else [])
        before = forms


@checked
def check_facet(facet: LocalFacet) -> bool:
    """Return whether the point of a facet lies in its wall, in no other one, and else strictly inside the cell.

    >>> import troppoly as tp
    >>> cell = tp.cell_at(tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]]), (1, 2))
    >>> all(map(check_facet, cell.facets))
    True
    """
    point = facet.point
    walls = [(unit, form, _value(form, point)) for unit, form in wall_forms(facet.cell)]
    tight = [(unit, form) for unit, form, value in walls if value == 0]
    inside = all(value >= 0 for _, _, value in walls)
    same = all(_is_positive_multiple(form, facet.form) for _, form in tight)
    return inside and same and {unit for unit, _ in tight} == set(facet.units)


@checked
def check_redundant(inequality: RedundantInequality) -> bool:
    """Return whether the multipliers show that an inequality follows from those of facets.

    >>> import troppoly as tp
    >>> cell = tp.cell_at(tp.Network.from_arrays([[[1], [1]], [[1, 1]]], [[0, 2], [0]]), [1])
    >>> [check_redundant(inequality) for inequality in cell.redundant]
    [True]
    """
    walls, used = wall_forms(inequality.cell), inequality.multipliers
    rest = list(map(mpq, inequality.form))
    for facet, y in used:
        rest = [v - y * w for v, w in zip(rest, facet.form, strict=True)]
    stated = [(inequality.units, inequality.form), *((facet.units, facet.form) for facet, _ in used)]
    of_network = all(
        any(u == unit and _is_positive_multiple(own, form) for u, own in walls)
        for units, form in stated
        for unit in units
    )
    return of_network and all(y >= 0 for _, y in used) and not any(rest[:-1]) and rest[-1] >= 0


def _value(form: Form, x: Sequence[mpq]) -> mpq:
    return sum((a * v for a, v in zip(form, x, strict=False)), form[-1])


def _is_positive_multiple(one: Sequence[mpq], other: Sequence[mpq]) -> bool:
    ratio = next((mpq(v) / w for v, w in zip(one, other, strict=True) if w), mpq(0))
    return ratio > 0 and all(v == ratio * w for v, w in zip(one, other, strict=True))
