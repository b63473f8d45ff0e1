"""From a circuit to layers: units in the earliest layer, and as few other values carried as possible.

A rectified unit stands in the layer of its level.  What later layers need of values before it passes through identity
units.  Let T be the matrix of the forms that are needed later, in the values that a layer reads.  If T = R C, the layer
may carry the rows of C.  Of these the fewest are taken: R the columns of T up to multiples, or C its rows up to
multiples, and a value that was marked as kept carried itself, or written out in T.
"""

from __future__ import annotations

from functools import reduce
from itertools import groupby

import numpy as np
from gmpy2 import gcd, mpq, mpz
from numpy.typing import NDArray

from troppoly.circuit.circuit import UnitBlock, Wires, foldable
from troppoly.circuit.layer import Layer
from troppoly.exact import RationalMatrix, SparseMatrix

__all__ = ["arrange", "factorize"]

Indices = NDArray[np.int64]
Groups = tuple[tuple[tuple[int, int], ...], ...]


def arrange(output: Wires) -> tuple[tuple[Layer, ...], tuple[str, ...], Groups]:
    """Return layers, their names and the groups of maxima for the entries of a value.

    >>> from troppoly.circuit.circuit import Circuit
    >>> x = Circuit(1).inputs((1,))
    >>> layers, names, groups = arrange(x.rectified() * 2 - x)
    >>> [(layer.weight, layer.rectified.tolist()) for layer in layers]
    [(RationalMatrix([['1'], ['1']]), [True, False]), (RationalMatrix([['2', '-1']]), [False])]
    """
    circuit = output.circuit
    blocks = sorted(_reachable(output), key=lambda block: block.value.level)
    parts = [value.forms.widened(circuit.n_atoms) for value in (*(block.value for block in blocks), output)]
    later = reduce(RationalMatrix.vstack, parts).sparse()  # type: ignore[arg-type]
    basis = np.arange(1, circuit.n_inputs + 1)  # the atoms that the next layer reads
    layers: list[Layer] = []
    names: list[str] = []
    places: dict[int, tuple[int, int]] = {}
    for _, group in groupby(blocks, key=lambda block: block.value.level):
        here = list(group)
        atoms = np.concatenate([block.atoms for block in here])
        mask = np.concatenate([np.full(len(block.atoms), block.rectified) for block in here])
        forms, later = later.take_rows(range(len(atoms))), later.take_rows(range(len(atoms), later.shape[0]))
        carried, carried_atoms, later = _carry(later, basis, atoms[~mask], forms.take_rows(~mask), bool(mask.any()))
        if not mask.any() and not carried.shape[0]:
            continue
        joint = forms.take_rows(mask).widened(carried.shape[1]).vstack(carried)
        layers.append(_layer(joint, basis, int(mask.sum())))
        names.append(here[0].value.name)
        places |= {int(atom): (len(layers) - 1, unit) for unit, atom in enumerate(atoms[mask])}
        basis = np.concatenate([atoms[mask], carried_atoms])
    layers.append(_layer(later, basis, 0))
    names.append(output.name)
    groups = tuple(tuple(places[a] for a in group) for group in circuit.maxima if group[0] in places)
    return tuple(layers), tuple(names), groups


def _reachable(output: Wires) -> list[UnitBlock]:
    """The blocks that a value is computed from, in the order in which they were made."""
    blocks, needed = output.circuit.blocks, set(output.sources)
    for number in reversed(range(len(blocks))):
        if number in needed:
            needed |= blocks[number].value.sources
    return [blocks[number] for number in sorted(needed)]


def _layer(forms: RationalMatrix, basis: Indices, n_rectified: int) -> Layer:
    """The layer of some forms in the constant and the atoms of a basis; the first ones are rectified."""
    bias = forms.take_columns([0]).dense()
    return Layer(forms.take_columns(basis).economical(), bias, np.arange(forms.shape[0]) < n_rectified)


def _carry(
    later: SparseMatrix, basis: Indices, kept_atoms: Indices, kept: SparseMatrix, may_write_out: bool
) -> tuple[SparseMatrix, Indices, SparseMatrix]:
    """The forms of carried units, their atoms, and the later forms in terms of them.

    ``kept`` are the forms of the atoms ``kept_atoms``, which may be carried themselves.
    """
    needed = np.isin(kept_atoms, later.columns)
    kept_atoms, kept = kept_atoms[needed], kept.take_rows(needed)
    right, left = factorize(later.take_columns(basis))
    factor = later.take_columns(kept_atoms)
    if len(kept_atoms) and may_write_out and foldable(factor, kept):
        product = (factor @ kept).sparse().widened(later.shape[1])
        written = (_without(later, kept_atoms) + product).sparse()
        new_right, new_left = factorize(written.take_columns(basis))
        if new_left.shape[0] < left.shape[0] + len(kept_atoms):
            right, left, later = new_right, new_left, written
            kept_atoms, kept = kept_atoms[:0], kept.take_rows([])
    first = later.shape[1]
    new_atoms = np.arange(first, first + left.shape[0])
    width = first + len(new_atoms)
    carried = kept.widened(width).vstack(left @ SparseMatrix.selection(basis, width)).sparse()
    rest = _without(later, basis).widened(width) + right @ SparseMatrix.selection(new_atoms, width)
    return carried, np.concatenate([kept_atoms, new_atoms]), rest.sparse()


def _without(forms: SparseMatrix, atoms: Indices) -> SparseMatrix:
    """The forms with the coefficients of some atoms replaced by zero."""
    mask = ~np.isin(forms.columns, atoms)
    rows, columns, entries = forms.rows[mask], forms.columns[mask], forms.entries[mask]
    return SparseMatrix.from_triples(rows, columns, entries, forms.shape, forms.denominator)


def factorize(matrix: SparseMatrix) -> tuple[SparseMatrix, SparseMatrix]:
    """Return R and C with R C = ``matrix``: R its columns up to multiples, or C its rows, whichever are fewer."""
    columns, combination = _up_to_multiples(matrix.T)
    rows, multiples = _up_to_multiples(matrix)
    if rows.shape[0] < columns.shape[0]:
        return multiples, rows
    return columns.T, combination.T


def _up_to_multiples(matrix: SparseMatrix) -> tuple[SparseMatrix, SparseMatrix]:
    """The matrix of the rows up to multiples, without zero, and S with S times it = ``matrix``.

    Rows without a multiple among the others stay as they are; the others are made primitive, so that S has no other
    primes in its denominators than the matrix.
    """
    classes: dict[tuple[object, ...], list[tuple[int, mpz]]] = {}  # rows with their contents, signed as the first entry
    for i, (columns, entries) in enumerate(matrix.nonzero_rows()):
        if len(entries):
            content = gcd(*entries) if entries[0] > 0 else -gcd(*entries)
            classes.setdefault((columns.tobytes(), *(entries // content)), []).append((i, content))
    common = [members[0][1] if len({c for _, c in members}) == 1 else mpz(1) for members in classes.values()]
    triples = [
        (i, number, content // common[number])
        for number, members in enumerate(classes.values())
        for i, content in members
    ]
    rows, numbers, factors = zip(*triples, strict=True) if triples else ((), (), ())
    combination = SparseMatrix.from_triples(rows, numbers, factors, (matrix.shape[0], len(classes)))
    first = [members[0] for members in classes.values()]
    scales = [mpq(c, content) for c, (_, content) in zip(common, first, strict=True)]
    chosen = matrix.take_rows([i for i, _ in first])
    return (SparseMatrix.diagonal(scales) @ chosen).sparse(), combination
