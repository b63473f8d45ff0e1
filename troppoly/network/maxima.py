"""Whether rectified units compute a maximum, decided from the weights.

Units u_2, ..., u_k in ascending layers *compute a maximum* M_k = max(0, y_2, ..., y_k) if there are functions y_j
of other units and factors l_j > 0 such that, with M_1 = 0,

    u_j = l_j (y_j - M_(j-1)),    M_j = M_(j-1) + max(u_j, 0) / l_j = max(M_(j-1), y_j),

and if all other units and the outputs depend on these units through M_k only.  Then the signs of u_2, ..., u_(j-1) do not
matter where u_j > 0, since M_j = y_j there, and

    u_j > 0  iff  y_j > 0, y_2, ..., y_(j-1),    u_i <= 0 for all i > j  iff  y_i <= y_j for all i > j,

so that the points with u_j > 0, u_i <= 0 for i > j and given signs of the other units (on which all y are affine) form a
convex polyhedron, on which M_k = y_j.  This is what :mod:`troppoly.refinement.coarsening` needs.

**The check.**  Follow these units through the layers after them, through identity units, in terms of B_j = l_j M_j: the
unit u_j has the summand -l_j M_(j-1) = c_j B_(j-1) with some c_j < 0, and max(u_j, 0) = B_j + c_j B_(j-1).  Conversely,
if B_(j-1) occurs in u_j, with some c_j < 0, and in no other rectified unit and no output, for j = 3, ..., k, then
l_2 = 1 and l_j = -c_j l_(j-1) are as above; which functions the other summands of u_j are plays no part.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from operator import index
from typing import Any

import numpy as np

from troppoly.circuit.layer import Layer
from troppoly.errors import InputError
from troppoly.exact import SparseMatrix

__all__ = ["MaxGroup", "as_max_groups", "check_maxima"]

MaxGroup = tuple[tuple[int, int], ...]
"""The places (layer, unit) of the units u_2, ..., u_k of a maximum."""


def check_maxima(layers: Sequence[Layer], groups: Sequence[MaxGroup]) -> None:
    """Raise InputError, which names the group, unless the units of every group compute a maximum.

    >>> from troppoly.network import Network
    >>> f = Network.from_arrays([[[1]], [[1], [1]], [[1, 1]]], [[-1000], [0, 1], [0]])
    >>> check_maxima(f.layers, [((0, 0), (1, 1))])
    Traceback (most recent call last):
    ...
    troppoly.errors.InputError: The units ((0, 0), (1, 1)) of max_groups do not compute a maximum: see unit 0 of layer 1.
    """
    column: dict[tuple[int, int], int] = {}  # of B_j, by the place of u_j
    for group in groups:
        _check_places(layers, group, column)
        column |= {place: len(column) + j for j, place in enumerate(group)}
    sizes = [len(group) for group in groups]
    group_of = np.repeat(np.arange(len(groups)), sizes)
    last = np.append(group_of[1:] != group_of[:-1], [True] * (len(group_of) > 0)).astype(bool)
    read = SparseMatrix.zeros(layers[0].n_inputs, len(column))
    for i in range(min((layer for layer, _ in column), default=len(layers)), len(layers)):
        layer = layers[i]
        if read.shape[0] != layer.n_inputs:  # the first one
            read = SparseMatrix.zeros(layer.n_inputs, len(column))
        read = (layer.weight.sparse() @ read).sparse()
        own = np.full(layer.n_outputs, -1)  # the column of a unit
        for place, number in column.items():
            if place[0] == i:
                own[place[1]] = number
        before = (own[read.rows] == read.columns + 1) & ~last[read.columns]  # B_(j-1) in u_j
        stops = layer.rectified | (i == len(layers) - 1)
        wrong = stops[read.rows] & ~last[read.columns] & ~(before & (read.entries < 0).astype(bool))
        for unit, number in zip(read.rows[wrong], read.columns[wrong], strict=True):
            raise _not_a_maximum(groups[group_of[number]], i, unit)
        units = np.flatnonzero(own >= 0)
        later = units[np.append(False, ~last)[own[units]]]  # those with a B_(j-1)
        for unit in np.setdiff1d(later, read.rows[before]):
            raise _not_a_maximum(groups[group_of[own[unit]]], i, unit)
        ones = np.full(len(units), read.denominator, dtype=object)
        passed = before | ~stops[read.rows]
        read = SparseMatrix.from_triples(
            np.append(read.rows[passed], units),
            np.append(read.columns[passed], own[units]),
            np.append(read.entries[passed], ones),
            read.shape,
            read.denominator,
        )


def as_max_groups(groups: Any) -> tuple[MaxGroup, ...]:
    """Return groups of places (layer, unit) as tuples of integers; raises InputError if they are not."""
    try:
        return tuple(tuple((index(layer), index(unit)) for layer, unit in group) for group in groups)
    except (TypeError, ValueError):
        raise InputError("max_groups must be a sequence of groups of places (layer, unit).") from None


def _check_places(layers: Sequence[Layer], group: MaxGroup, known: Container[tuple[int, int]]) -> None:
    """Check that a group lists rectified units, of no other group, in ascending layers."""
    ascending = [layer for layer, _ in group]
    if ascending != sorted(set(ascending)):
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


def _not_a_maximum(group: MaxGroup, layer: int, unit: int) -> InputError:
    return InputError(f"The units {group} of max_groups do not compute a maximum: see unit {unit} of layer {layer}.")
