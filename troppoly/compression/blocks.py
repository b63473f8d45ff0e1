"""Several layers as one hidden layer, if what is read of them bends along whole hyperplanes only.

Let a block of hidden layers compute F(a) from the values a of the layer before it (or the input).  On every cell F is
an affine map of a, which jumps at walls by a matrix (Jacobian | constant).  If F = sum_i u_i max(v_i a + c_i, 0) +
Lambda a + beta, the jump is +- u_i (v_i | c_i), of rank one, on all walls in the hyperplane v_i a + c_i = 0.  So u_i
and (v_i | c_i) are read off the walls, Lambda and beta from one cell.  Bends that later layers of the block hide do not
appear: max(max(x, 0) - 3, 0) bends at 3 only.  (Walls where several hyperplanes coincide as functions of the input may
have jumps of another rank, and are passed over.)  Whether the sum *is* F is decided afterwards (``equivalence``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.cellwise.cell_network import CellNetwork, chunks
from troppoly.cellwise.sign_words import Masks
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.compression.draft import Draft
from troppoly.compression.reading import Reading
from troppoly.equivalence.parallel import value_after
from troppoly.exact import DenseMatrix, RationalMatrix, modular
from troppoly.exact.linear import direction
from troppoly.exact.scalar import ObjectArray
from troppoly.refinement import CanonicalComplex

__all__ = ["as_one_layer"]

LARGEST_MAP = 2**20
"""The most entries of the maps of a block on cells."""

CellNumbers = NDArray[np.integer[Any]]


def as_one_layer(
    draft: Draft, complex_: CanonicalComplex, masks: Masks, block: tuple[int, int], most_units: int
) -> Reading | None:
    """Return what one hidden layer in the place of layers start, ..., stop - 1 must be, given the masks of the cells.

    None: there is none with at most ``most_units`` rectified units, or the map of the block on a cell is too large.
    """
    (start, stop), layers = block, draft.layers
    network, inside = CellNetwork.of(layers[start : stop + 1]), masks[start : stop + 1]
    scales, count = network.layers[-1].scales, modular.n_moduli(network.form_bits[-1] + 2)
    if network.n_coordinates * len(scales) > LARGEST_MAP:
        return None

    def maps(cells: CellNumbers | slice, count: int) -> NDArray[np.float64]:
        return network.maps([mask[cells] for mask in inside], count)

    def jumps(first: CellNumbers, second: CellNumbers, count: int) -> NDArray[np.float64]:
        return modular.reduce(maps(first, count) - maps(second, count))

    found: dict[tuple[object, ...], tuple[ObjectArray, int]] = {}
    for first, second in _walls(complex_.complex, network.cost(1)):
        bent: NDArray[np.bool_] = np.asarray(jumps(first, second, 1).any(axis=(0, 2, 3)))
        if not bent.all():  # one prime proves a bend; that there is none is decided with all
            bent[~bent] = jumps(first[~bent], second[~bent], count).any(axis=(0, 2, 3))
        if not bent.any():
            continue
        first, second = first[bent], second[bent]
        for cell, jump in zip(first.tolist(), modular.integers(jumps(first, second, count)), strict=True):
            form = direction(next(row for row in jump if row.any()))
            pivot = next((k for k, w in enumerate(form[:-1]) if w), None)
            if pivot is None:
                continue
            column = jump[:, pivot] // form[pivot]
            if (np.outer(column, form) != jump).any():
                continue  # several bends of the block that coincide for these inputs
            known, _ = found.setdefault(tuple(form), (column, cell))
            if ((known != column).any() and (known != -column).any()) or len(found) > most_units:
                return None
    origin = maps(np.zeros(1, dtype=np.intp), count)
    if not found:  # but bends may have been passed over
        for cells in chunks(complex_.n_cells, network.cost(count)):
            if modular.reduce(maps(cells, count) - origin).any():
                return None
    n, m, width = len(found), *origin.shape[2:]
    forms, columns = np.zeros((n, width), dtype=object), np.zeros((m, n), dtype=object)
    active = np.zeros(n, dtype=bool)
    for i, (key, (column, cell)) in enumerate(found.items()):
        forms[i] = key
        columns[:, i] = column / scales * (1 if _value(draft, complex_, start, cell, forms[i]) > 0 else -1)
        active[i] = _value(draft, complex_, start, 0, forms[i]) > 0
    rows, read = DenseMatrix(forms), RationalMatrix.from_rationals(columns * mpq(1))
    affine = RationalMatrix.from_rationals(modular.integers(origin)[0] / scales[:, None])
    affine = affine - read.take_columns(active) @ rows.take_rows(active)
    return Reading(rows, tuple(range(n)), read, affine)


def _walls(complex_: PolyhedralComplex, cost: int) -> Iterator[tuple[CellNumbers, CellNumbers]]:
    """The pairs of cells with a common wall, first a few, then more."""
    (_, first, second), begin = complex_.walls, 0
    while begin < len(first):
        end = begin + min(begin + 64, 2**12, max(1, 2**24 // cost))
        yield first[begin:end], second[begin:end]
        begin = end


def _value(draft: Draft, complex_: CanonicalComplex, start: int, cell: int, form: ObjectArray) -> mpq:
    """The value of a form of the values before layer ``start`` at a point inside a cell."""
    values = value_after(draft.layers[:start], complex_.cells[cell].interior_point())
    return sum((a * v for a, v in zip(form[:-1], values, strict=True)), mpq(form[-1]))
