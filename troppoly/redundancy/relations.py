"""Linear relations between the units of a layer, as functions, exactly.

On every cell of a complex the constant 1, the units a_j of a layer and the units h_i of the next one
(after rectification) are affine; so each of these functions is one vector, the list of its affine forms
on all cells.  A *relation*

    sum_i c_i h_i = sum_j l_j a_j + l_0

holds on the domain if and only if the vectors satisfy it.  Dead units, proportional units, units that
are affine on the domain, opposite pairs max(z, 0) - max(-z, 0) = z, and sums of units are all relations.

Relations are found modulo a prime, from random combinations of the coordinates: rows that are independent
there *are* independent.  What is found is a candidate.  Its coefficients are solved for exactly from a few cells,
and it is a relation if it then holds on all cells, in exact integers (``cellwise``).  If all
candidates are relations, none is missed, since the rank is at least the one modulo the prime.  If some are not,
the prime divides a minor that is not zero (or the combinations were unlucky), and the next prime is taken.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.cellwise.network import CellNetwork, chunks
from troppoly.cellwise.sign_words import Masks
from troppoly.exact import DenseMatrix, ObjectArray, RationalMatrix, modular
from troppoly.exact.linear import kernel, primitive

__all__ = ["LayerFunctions", "Relation", "expression", "proportional_pairs", "relations"]

FloatArray = NDArray[np.float64]
Residues = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Relation:
    """The relation sum of units[i] h_i = sum of inputs[j] a_j + constant, with rational coefficients."""

    units: dict[int, mpq]
    inputs: dict[int, mpq]
    constant: mpq


class LayerFunctions:
    """The functions of a layer on cells: rows for the units, then for the layer before, then for 1.

    Units are those of the integer network, ``scales`` times those of the given one.
    """

    def __init__(self, network: CellNetwork, masks: Masks, layer: int) -> None:
        self.network, self.masks, self.layer = network, masks, layer
        self.n_units = network.layers[layer].n_units
        before = network.layers[layer - 1].scales if layer else np.full(network.n_coordinates - 1, mpq(1))
        self.scales = np.concatenate([network.layers[layer].scales, before, [mpq(1)]])
        self.n_rows = len(self.scales)
        self.n_cells = len(masks[0])
        self.bits = max(1, *network.form_bits[: layer + 1][-2:])

    def residues(self, cells: Any, count: int) -> FloatArray:
        """Return the residues (count, rows, cells, d + 1) of all rows."""
        D, residues = self.network.n_coordinates, self.network.residues(count)
        masks = [np.repeat(mask[cells], D, axis=0) for mask in self.masks[: self.layer + 1]]
        y = np.tile(np.eye(D), (count, len(masks[0]) // D, 1))
        units = np.where(masks[-1], residues.values(self.layer, y, masks), 0.0)
        before = residues.push(self.layer, y, masks)[..., : self.n_rows - self.n_units - 1]
        rows = np.concatenate([units, before, y[..., -1:]], axis=2)
        return rows.reshape(count, -1, D, self.n_rows).transpose(0, 3, 1, 2)

    def chunks(self, count: int) -> Iterator[slice]:
        """Slices of the cells that fit in memory."""
        width = max(self.n_rows, self.network.width)
        return chunks(self.n_cells, count * width * self.network.n_coordinates)

    def projected(self, rows: Sequence[int], width: int, prime: int) -> Residues:
        """Return (m, width) random combinations, modulo the prime with this number, of the coordinates of m rows."""
        generator = np.random.default_rng(prime)
        total = np.zeros((prime + 1, len(rows), width))
        for cells in self.chunks(prime + 1):
            part = self.residues(cells, prime + 1)[:, list(rows)]
            part = part.reshape(*part.shape[:2], part.shape[2] * part.shape[3])
            mixture = generator.integers(0, _modulus(prime), size=(part.shape[2], width))
            mixtures = modular.reduce(np.repeat(mixture[None].astype(np.float64), prime + 1, axis=0))
            total = modular.reduce(total + modular.matmul(part, mixtures))
        return np.asarray(total[prime].astype(np.int64))

    def relation(self, support: Sequence[int], prime: int) -> Relation | None:
        """Return the relation between the given rows if their relations are a line, else None.

        They are one modulo the prime with this number.
        """
        rows = np.array(sorted(support))
        cells = self._telling_cells(rows, prime)
        count = modular.n_moduli(self.bits)
        vectors = modular.integers(self.residues(cells, count)[:, rows])
        solutions = kernel(DenseMatrix(vectors.reshape(len(rows), -1).T))
        if solutions.shape[0] != 1 or not self._holds(rows, solutions.numerators[0]):
            return None
        coefficients = primitive(_integers(solutions.numerators[0] * self.scales[rows]))
        found = {i: mpq(c) for i, c in zip(rows.tolist(), coefficients, strict=True)}
        end = self.n_rows - 1
        return Relation(
            {i: c for i, c in found.items() if c and i < self.n_units},
            {i - self.n_units: -c for i, c in found.items() if c and self.n_units <= i < end},
            -found.get(end, mpq(0)),
        )

    def _telling_cells(self, rows: NDArray[Any], prime: int) -> NDArray[np.intp]:
        """Cells whose coordinates have all the rank that these rows have modulo the prime."""
        chosen: list[int] = []
        columns = np.zeros((len(rows), 0), dtype=np.int64)
        for cells in self.chunks(prime + 1):
            part = self.residues(cells, prime + 1)[prime, rows]
            matrix = np.concatenate([columns, part.reshape(len(rows), -1).astype(np.int64)], axis=1)
            pivots = _pivot_columns(matrix, _modulus(prime))
            new = [c - columns.shape[1] for c in pivots if c >= columns.shape[1]]
            chosen += [cells.start + c // part.shape[2] for c in new]
            columns = matrix[:, pivots]
            if len(pivots) >= len(rows) - 1:
                break
        return np.unique(np.array(chosen, dtype=np.intp)) if chosen else np.zeros(1, dtype=np.intp)

    def _holds(self, rows: NDArray[Any], coefficients: ObjectArray) -> bool:
        """Whether the combination of rows vanishes on all cells, in exact integers."""
        size = int(np.abs(coefficients).sum()).bit_length()
        for count in (1, modular.n_moduli(self.bits + size)):
            weights = modular.residues(coefficients[None, :], count)
            for cells in self.chunks(count):
                part = self.residues(cells, count)[:, rows].reshape(count, len(rows), -1)
                if modular.matmul(weights, part).any():
                    return False
        return True


def _integers(row: ObjectArray) -> ObjectArray:
    """A positive multiple of rationals that is integral."""
    result: ObjectArray = RationalMatrix.from_rationals(row[None]).numerators[0]
    return result


def relations(functions: LayerFunctions, units: Sequence[int]) -> list[Relation]:
    """Return a basis of the relations between the given units modulo the layer before and constants.

    >>> import numpy as np
    >>> from troppoly.network import Network
    >>> net = Network.from_arrays([[[1], [2], [-1]], [[1, 1, 1]]])
    >>> masks = [np.array([[True, True, False], [False, False, True]]), np.ones((2, 1), dtype=bool)]
    >>> functions = LayerFunctions(CellNetwork.of(net.layers), masks, 0)
    >>> [relation.units for relation in relations(functions, [0, 1, 2])]
    [{0: mpq(-2,1), 1: mpq(1,1)}, {0: mpq(-1,1), 2: mpq(1,1)}]
    """
    order = [functions.n_rows - 1, *range(functions.n_units, functions.n_rows - 1), *units]
    prime = 0
    while True:
        supports = [[order[i] for i in support] for support in _dependent(functions, order, prime)]
        found = [functions.relation(support, prime) for support in supports]
        held = [relation for relation in found if relation is not None]
        if len(held) == len(found):
            return [relation for relation in held if relation.units]  # not those of the layer before
        prime += 1


def expression(functions: LayerFunctions, unit: int, others: Sequence[int]) -> Relation | None:
    """Return a relation that expresses a unit by 1, other units, and the layer before, almost surely if there is one.

    What comes first in this order is preferred.  Only one prime is tried.

    >>> from troppoly.network import Network
    >>> net = Network.from_arrays([[[1], [1]], [[1, 1]]], [[0, -1], [0]])
    >>> active = np.array([[True, True]])  # on the cell x > 1
    >>> functions = LayerFunctions(CellNetwork.of(net.layers), [active, active[:, :1]], 0)
    >>> expression(functions, 1, [0])
    Relation(units={0: mpq(-1,1), 1: mpq(1,1)}, inputs={}, constant=mpq(-1,1))
    """
    before = range(functions.n_units, functions.n_rows - 1)
    order = [functions.n_rows - 1, *others, *before, unit]
    supports = _dependent(functions, order, 0)
    if not supports or supports[-1][-1] != len(order) - 1:
        return None
    return functions.relation([order[i] for i in supports[-1]], 0)


def proportional_pairs(functions: LayerFunctions, units: Sequence[int]) -> list[tuple[int, int, mpq]]:
    """Return (i, j, c), h_i = c h_j, for every unit i that is proportional to an earlier one, the first j.

    Units that are zero everywhere must not be among ``units``.
    """
    attempts = (_proportional_modulo(functions, units, prime) for prime in itertools.count())
    return next(found for found in attempts if found is not None)


def _proportional_modulo(
    functions: LayerFunctions, units: Sequence[int], prime: int
) -> list[tuple[int, int, mpq]] | None:
    """The pairs that are proportional modulo a prime, or None if one is not, or if the prime divides a unit."""
    p, projected = _modulus(prime), functions.projected(units, 8, prime)
    first: dict[bytes, int] = {}
    found = []
    for i, row in zip(units, projected, strict=True):
        nonzero = np.flatnonzero(row)
        if not len(nonzero):
            return None
        key = (row * pow(int(row[nonzero[0]]), -1, p) % p).tobytes()
        if key not in first:
            first[key] = i
            continue
        relation = functions.relation([first[key], i], prime)
        if relation is None:
            return None
        c = relation.units
        found.append((i, first[key], -c[first[key]] / c[i]))
    return found


def _modulus(prime: int) -> int:
    """The prime with this number."""
    return int(modular.moduli(prime + 1)[prime])


def _dependent(functions: LayerFunctions, order: Sequence[int], prime: int) -> list[list[int]]:
    """For every row in the span of the rows before it, in this order and modulo a prime: the positions of its relation.

    The relation has the row itself, last, and independent rows only.
    """
    p, matrix = _modulus(prime), functions.projected(order, len(order) + 8, prime)
    n, width = matrix.shape
    basis = np.zeros((0, width + n), dtype=np.int64)  # reduced rows, and how they are combined
    pivots: list[int] = []
    result = []
    for i in range(n):
        row = np.zeros(width + n, dtype=np.int64)
        row[:width], row[width + i] = matrix[i], 1
        row = (row - _combination(row[pivots], basis)) % p
        nonzero = np.flatnonzero(row[:width])
        if not len(nonzero):
            result.append(np.flatnonzero(row[width:]).tolist())
            continue
        pivot = int(nonzero[0])
        row = row * pow(int(row[pivot]), -1, p) % p
        basis = np.concatenate([(basis - np.outer(basis[:, pivot], row)) % p, row[None]])
        pivots.append(pivot)
    return result


def _combination(coefficients: Residues, basis: Residues) -> Residues:
    """The combination modulo a prime; up to 2^19 products below 2^44 fit in 63 bits."""
    return np.asarray(coefficients @ basis)


def _pivot_columns(matrix: Residues, p: int) -> list[int]:
    """Columns that are a basis of the column space modulo a prime."""
    matrix = matrix.copy()
    pivots = []
    for i in range(len(matrix)):
        nonzero = np.flatnonzero(matrix[i])
        if not len(nonzero):
            continue
        pivot = int(nonzero[0])
        pivots.append(pivot)
        row = matrix[i] * pow(int(matrix[i, pivot]), -1, p) % p
        matrix[i + 1 :] = (matrix[i + 1 :] - np.outer(matrix[i + 1 :, pivot], row)) % p
    return pivots
