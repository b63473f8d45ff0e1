"""Linear relations between the units of a layer, as functions, exactly.

On every cell the constant 1, the units a_j of a layer and the units h_i of the next one (after rectification) are
affine, so each is one row, the list of its affine forms on all cells.  A *relation* sum_i c_i h_i = sum_j l_j a_j + l_0
holds on the domain if and only if the rows satisfy it.  Dead and proportional units, units that are affine on the
domain, pairs max(z, 0) - max(-z, 0) = z, and sums of units are all relations.

*Candidates* are found modulo a prime, in random combinations of the coordinates: rows that are independent there *are*
independent.  Their coefficients are solved for in random integer combinations, and a candidate is a relation if it then
holds on all cells, in exact integers.  If all are relations, none is missed, for the rank is at least that modulo the
prime.  If not, the prime divides a minor that is not zero (or the combinations were unlucky), and the next is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.cellwise.arithmetic import FloatArray
from troppoly.cellwise.cell_network import CellNetwork, chunks
from troppoly.cellwise.sign_words import Masks
from troppoly.errors import InputError
from troppoly.exact import DenseMatrix, SparseMatrix, modular
from troppoly.exact.linear import primitive, solve
from troppoly.exact.scalar import ObjectArray

__all__ = ["LayerFunctions", "Relation", "expression", "proportional_pairs", "relations"]

Groups = Mapping[tuple[int, ...], Sequence[int]]
"""Independent rows, and the rows that are combinations of exactly these modulo a prime."""

_FACTOR_BITS = 20
"""The factors of random combinations are below a power of two, so that they are residues of least absolute value."""


@dataclass(frozen=True, slots=True)
class Relation:
    """The relation sum of units[i] h_i = sum of affine[j] (a, 1)_j, without coefficients 0."""

    units: dict[int, mpq]
    affine: dict[int, mpq]

    def minus(self, factor: mpq, other: Relation) -> Relation:
        """Return this relation minus a multiple of another one."""

        def difference(one: dict[int, mpq], two: dict[int, mpq]) -> dict[int, mpq]:
            values = {k: one.get(k, mpq(0)) - factor * two.get(k, mpq(0)) for k in sorted(one.keys() | two.keys())}
            return {k: v for k, v in values.items() if v}

        return Relation(difference(self.units, other.units), difference(self.affine, other.affine))


class LayerFunctions:
    """The rows of the units of a layer (``scales`` times those of the given network), of the layer before, and of 1."""

    def __init__(self, network: CellNetwork, masks: Masks, layer: int) -> None:
        self.network, self.masks, self.layer = network, masks, layer
        self.n_units = network.layers[layer].n_units
        before = network.layers[layer - 1].scales if layer else np.full(network.n_coordinates - 1, mpq(1))
        self.scales = np.concatenate([network.layers[layer].scales, before, [mpq(1)]])
        self.before = range(self.n_units, len(self.scales) - 1)
        self.bits = max(1, *network.form_bits[: layer + 1][-2:])
        self.n_coordinates = len(masks[0]) * network.n_coordinates

    def _residues(self, n_primes: int) -> Iterator[FloatArray]:
        """The residues (primes, coordinates, rows), for some cells at a time."""
        D, residues = self.network.n_coordinates, self.network.residues(n_primes)
        width = max(len(self.scales), self.network.width)
        for cells in chunks(len(self.masks[0]), n_primes * width * D):
            masks = [np.repeat(mask[cells], D, axis=0) for mask in self.masks[: self.layer + 1]]
            y = np.tile(np.eye(D), (n_primes, len(masks[0]) // D, 1))
            units = np.where(masks[-1], residues.values(self.layer, y, masks), 0.0)
            before = residues.push(self.layer, y, masks)[..., : len(self.before)]
            yield np.concatenate([units, before, y[..., -1:]], axis=2)

    def combinations(self, rows: Sequence[int], width: int, seed: int, n_primes: int) -> FloatArray:
        """Return the residues (primes, width, m) of random combinations of the coordinates of m rows."""
        generator = np.random.default_rng(seed)
        total = np.zeros((n_primes, width, len(rows)))
        for part in self._residues(n_primes):
            factors = generator.integers(-(2**_FACTOR_BITS), 2**_FACTOR_BITS, (width, part.shape[1]))
            stack = np.broadcast_to(factors.astype(np.float64), (n_primes, *factors.shape))
            total = modular.reduce(total + modular.matmul(stack, part[..., list(rows)]))
        return total

    def confirmed(self, groups: Groups, seed: int) -> list[Relation] | None:
        """Return the relation of every member of a group, where its coefficient is 1, or None if one does not hold."""
        if not groups:
            return []
        width, used = max(map(len, groups)), sorted({*chain(*groups), *chain(*groups.values())})
        n_primes = modular.n_moduli(self.bits + _FACTOR_BITS + self.n_coordinates.bit_length())
        exact = np.zeros((width, len(self.scales)), dtype=object)
        exact[:, used] = modular.integers(self.combinations(used, width, seed, n_primes))
        found: list[tuple[list[int], ObjectArray]] = []
        for support, members in groups.items():
            square, right = (DenseMatrix(exact[: len(support), list(rows)]) for rows in (support, members))
            try:
                solution = solve(square, right)
            except InputError:  # the combinations are dependent
                return None
            columns = (primitive(np.append(column, -solution.denominator)) for column in solution.numerators.T)
            found += [([*support, member], column) for member, column in zip(members, columns, strict=True)]
        return [self._relation(*one) for one in found] if self._hold(found) else None

    def _hold(self, found: Sequence[tuple[list[int], ObjectArray]]) -> bool:
        """Whether integer combinations of rows vanish on all cells."""
        rows, entries = zip(*found, strict=True)
        numbers = np.repeat(np.arange(len(found)), [len(part) for part in rows])
        triples = numbers, np.concatenate(rows), np.concatenate(entries)
        matrix = SparseMatrix.from_triples(*triples, (len(found), len(self.scales))).economical()
        size = max(int(np.abs(part).sum()).bit_length() for part in entries)
        for n_primes in (1, modular.n_moduli(self.bits + size)):
            weights = matrix.residue_weights(n_primes)
            if any(modular.matmul(part, weights).any() for part in self._residues(n_primes)):
                return False
        return True

    def _relation(self, rows: list[int], coefficients: ObjectArray) -> Relation:
        scaled = coefficients * self.scales[rows]
        named, n = sorted((row, c) for row, c in zip(rows, scaled / scaled[-1], strict=True) if c), self.n_units
        return Relation({i: c for i, c in named if i < n}, {i - n: -c for i, c in named if i >= n})


def relations(functions: LayerFunctions, units: Sequence[int]) -> list[Relation]:
    """Return a basis of the relations between units modulo the layer before; each has its last unit for itself."""
    order = [functions.before.stop, *functions.before, *sorted(units)]
    attempts = (functions.confirmed(_dependent(functions, order, prime), prime) for prime in count())
    found = next(found for found in attempts if found is not None)
    return sorted((relation for relation in found if relation.units), key=lambda relation: max(relation.units))


def expression(functions: LayerFunctions, unit: int, others: Sequence[int]) -> Relation | None:
    """Return a relation of a unit with, in order of preference, 1, others, and the layer before; one prime is tried."""
    groups = _dependent(functions, [functions.before.stop, *others, *functions.before, unit], 0)
    found = functions.confirmed({rows: [unit] for rows, members in groups.items() if unit in members}, 0)
    return found[0] if found else None


def proportional_pairs(functions: LayerFunctions, units: Sequence[int]) -> list[tuple[int, int, mpq]]:
    """Return (i, j, c), h_i = c h_j, for every unit i proportional to an earlier one, the first j; none may be zero."""
    attempts = (_proportional_modulo(functions, units, prime) for prime in count())
    found = next(found for found in attempts if found is not None)
    return sorted((max(r.units), min(r.units), -r.units[min(r.units)]) for r in found)


def _proportional_modulo(functions: LayerFunctions, units: Sequence[int], prime: int) -> list[Relation] | None:
    """The relations of units proportional modulo a prime, or None if one is none, or the prime divides a unit."""
    p, rows = _combined(functions, units, 8, prime)
    if not rows.any(axis=0).all():
        return None
    leading = rows[(rows != 0).argmax(axis=0), np.arange(len(units))]
    normal = rows * np.array([pow(v, -1, p) for v in leading.tolist()], dtype=np.int64) % p
    groups: dict[tuple[int, ...], list[int]] = {}
    first: dict[bytes, int] = {}
    for i, column in zip(units, np.ascontiguousarray(normal.T), strict=True):
        if (j := first.setdefault(column.tobytes(), i)) != i:
            groups.setdefault((j,), []).append(i)
    return functions.confirmed(groups, prime)


def _combined(functions: LayerFunctions, rows: Sequence[int], width: int, prime: int) -> tuple[int, NDArray[np.int64]]:
    """The prime with this number, and random combinations (width, rows) modulo it, from 0 to p - 1."""
    p = int(modular.moduli(prime + 1)[prime])
    return p, functions.combinations(rows, width, prime, prime + 1)[prime].astype(np.int64) % p


def _dependent(functions: LayerFunctions, order: Sequence[int], prime: int) -> Groups:
    """The rows in the span of rows before them modulo a prime, by those that they are combined of."""
    width = min(len(order), functions.n_coordinates) + 8
    reduced, pivots = modular.echelon(_combined(functions, order, width, prime)[1], prime)
    groups: dict[tuple[int, ...], list[int]] = {}
    independent = np.array(order)[pivots]
    for position in np.setdiff1d(np.arange(len(order)), pivots).tolist():
        support = independent[reduced[:, position] != 0].tolist()
        groups.setdefault(tuple(support), []).append(order[position])
    return groups
