"""Whether rectified units compute a maximum, decided from the weights.

Units u_2, ..., u_k in ascending layers *compute a maximum* M_k = max(0, y_2, ..., y_k) if, for functions y_j of other
units and factors l_j > 0, with M_1 = 0,

    u_j = l_j (y_j - M_(j-1)),    M_j = M_(j-1) + max(u_j, 0) / l_j = max(M_(j-1), y_j),

and all other units and the outputs depend on these units through M_k only.  Then the signs of u_2, ..., u_(j-1) do not
matter where u_j > 0, since M_j = y_j there, and

    u_j > 0  iff  y_j > max(0, y_2, ..., y_(j-1)),    u_i <= 0 for all i > j  iff  y_i <= M_j for all i > j.

So the points with u_j > 0 >= u_(j+1), ..., u_k and given signs of the other units (on which all y are affine) form a
convex polyhedron, on which M_k = y_j.  This is what :mod:`troppoly.refinement.coarsening` needs.

**The check.**  Let B_j = l_j M_j.  Then u_j has the summand c_j B_(j-1), c_j = -l_j / l_(j-1) < 0 (l_1 = l_2 = 1), and
max(u_j, 0) = B_j + c_j B_(j-1).  Conversely, if for j = 3, ..., k, through identity units, B_(j-1) occurs in u_j with
some c_j < 0, and in no other rectified unit and no output, then these l_j are as above, whatever else u_j has.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np

from troppoly.circuit.layer import Layer
from troppoly.errors import InputError
from troppoly.exact import SparseMatrix

__all__ = ["MaxGroup", "checked_maxima"]

MaxGroup = tuple[tuple[int, int], ...]
"""The places (layer, unit) of the units u_2, ..., u_k of a maximum."""


def checked_maxima(layers: Sequence[Layer], max_groups: Any) -> tuple[MaxGroup, ...]:
    """Return groups of places as tuples; raises InputError unless the units of every group compute a maximum.

    >>> layers = Layer.of([[1]], [-5], rectified=True), Layer.of([[1], [1]], rectified=True), Layer.of([[1, 1]])
    >>> checked_maxima(layers, [((0, 0), (1, 1))])
    Traceback (most recent call last):
    ...
    troppoly.errors.InputError: The units ((0, 0), (1, 1)) of max_groups do not compute a maximum: see unit 0 of layer 1.
    """  # noqa: E501
    try:
        groups = tuple(tuple((index(layer), index(unit)) for layer, unit in group) for group in max_groups)
    except (TypeError, ValueError):
        raise InputError("max_groups must be a sequence of groups of places (layer, unit).") from None
    if not groups:
        return groups
    _check_places(layers, groups)
    places = np.array([place for group in groups for place in group], dtype=np.int64).reshape(-1, 2)
    group_of = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    first, last = np.diff(group_of, prepend=-1) != 0, np.diff(group_of, append=-1) != 0
    read = SparseMatrix.zeros(layers[0].n_inputs, len(places))  # column j: the coefficients of B_j
    for i, layer in enumerate(layers):
        read = (layer.weight.sparse() @ read).sparse()
        columns = np.flatnonzero(places[:, 0] == i)
        units = places[columns, 1]
        own = np.full(layer.n_outputs, -1)  # the column of a unit
        own[units] = columns
        before = (own[read.rows] == read.columns + 1) & ~last[read.columns]  # B_(j-1) in u_j
        stops = layer.rectified | (i == len(layers) - 1)
        wrong = stops[read.rows] & ~last[read.columns] & ~(before & (read.entries < 0).astype(bool))
        lacking = ~first[columns] & ~np.isin(units, read.rows[before])
        for unit, column in zip(
            [*read.rows[wrong], *units[lacking]], [*read.columns[wrong], *columns[lacking]], strict=True
        ):
            group = groups[group_of[column]]
            raise InputError(f"The units {group} of max_groups do not compute a maximum: see unit {unit} of layer {i}.")
        passed = before | ~stops[read.rows]
        read = SparseMatrix.from_triples(
            np.append(read.rows[passed], units),
            np.append(read.columns[passed], columns),
            np.append(read.entries[passed], np.full(len(units), read.denominator, dtype=object)),
            read.shape,
            read.denominator,
        )
    return groups


def _check_places(layers: Sequence[Layer], groups: Sequence[MaxGroup]) -> None:
    """Check that every group lists rectified units, of no other group, in ascending layers."""
    known: set[tuple[int, int]] = set()
    for group in groups:
        if (ascending := [layer for layer, _ in group]) != sorted(set(ascending)):
            raise InputError(f"The group {group} of max_groups does not list units in ascending layers.")
        for layer, unit in group:
            problem = None
            if not (0 <= layer < len(layers) and 0 <= unit < layers[layer].n_outputs):
                problem = "does not exist"
            elif not layers[layer].rectified[unit]:
                problem = "is not rectified"
            elif (layer, unit) in known:
                problem = "is in another maximum, too"
            if problem:
                raise InputError(f"Unit {unit} of layer {layer}, in the group {group} of max_groups, {problem}.")
        known |= set(group)
