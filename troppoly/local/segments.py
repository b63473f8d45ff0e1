"""A network along segments and rays: exact breakpoints, the units that bend there, and the map on every piece.

The number of pieces along a path between data points is a measure of what a network expresses: Raghu, Poole, Kleinberg,
Ganguli, Sohl-Dickstein, On the expressive power of deep neural networks, ICML 2017 (transitions along a trajectory).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from gmpy2 import mpq, mpz

from troppoly.arguments import checked
from troppoly.cellwise.cell_network import CellNetwork, chunks
from troppoly.errors import InputError, counted
from troppoly.exact import modular, rational_vector
from troppoly.exact.scalar import ObjectArray
from troppoly.local.cells import LocalCell, cell_at
from troppoly.local.germs import Signs, masks_of
from troppoly.local.lines import CutLine, cut_line
from troppoly.network import Network
from troppoly.values import Value, fixed_property

__all__ = ["Piece", "Segment", "path", "ray", "segment"]

Vector = tuple[mpq, ...]
Unit = tuple[int, int]


@checked
def segment(network: Network, a: Sequence[Any], b: Sequence[Any]) -> Segment:
    """Return a network on the segment from a to b, exactly, cut where the sign of a unit changes.

    Raises ShapeError for points of another dimension and NotFiniteError for NaN and infinities.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [-1, -1]], [[1, 1, 1]]], [[0, 0, 1], [0]])
    >>> way = segment(net, (-1, -1), (1, 2))
    >>> way.breakpoints, way.units
    ((mpq(1,3), mpq(1,2), mpq(3,5)), (((0, 1),), ((0, 0),), ((0, 2),)))
    >>> [piece.affine_map[0].tolist() for piece in way]
    [[[mpq(-5,1)]], [[mpq(-2,1)]], [[mpq(0,1)]], [[mpq(5,1)]]]
    """
    start, stop = (rational_vector(x, name, network.n_inputs) for x, name in ((a, "point a"), (b, "point b")))
    return Segment(network, start, tuple(q - p for p, q in zip(start, stop, strict=True)), True)


@checked
def ray(network: Network, point: Sequence[Any], direction: Sequence[Any]) -> Segment:
    """Return a network on the ray of all point + s direction, s >= 0.

    >>> import troppoly as tp
    >>> ray(tp.Network.from_arrays([[[1], [1]], [[1, 1]]], [[-1, -5], [0]]), [0], [2]).breakpoints
    (mpq(1,2), mpq(5,2))
    """
    start = rational_vector(point, "point", network.n_inputs)
    return Segment(network, start, rational_vector(direction, "direction", network.n_inputs), False)


@checked
def path(network: Network, points: Sequence[Any]) -> tuple[Segment, ...]:
    """Return a network on the segments between consecutive points, of which there are at least two.

    >>> import troppoly as tp
    >>> way = path(tp.Network.from_arrays([[[1], [1]], [[1, 1]]], [[0, -2], [0]]), [[-1], [1], [3]])
    >>> sum(len(part.breakpoints) for part in way)
    2
    """
    if len(points) < 2:
        raise InputError(f"A path needs at least two points, not {len(points)}.")
    return tuple(segment(network, a, b) for a, b in pairwise(points))


@dataclass(frozen=True, eq=False, repr=False)
class Segment(Value, Sequence["Piece"]):
    """A network at ``start`` + s ``direction``: for 0 <= s <= 1, or for all s >= 0 if it is not ``bounded``.

    A sequence of its pieces, which end where the sign of a unit changes.

    >>> import troppoly as tp
    >>> way = tp.segment(tp.Network.from_arrays([[[1]], [[1]]]), [-1], [3])
    >>> way, way.point(way.breakpoints[0])
    (Segment of Network 1-1-1 (ReLU) with 2 pieces, (mpq(0,1),))
    """

    network: Network
    start: Vector
    direction: Vector
    bounded: bool

    @cached_property
    def _cells(self) -> CellNetwork:
        return CellNetwork.of(self.network.restrict([[v] for v in self.direction], self.start).layers)

    @cached_property
    def _line(self) -> CutLine:
        end = np.array([mpz(1), mpz(int(self.bounded))], dtype=object)
        return cut_line(self._cells, end, self.network.max_groups)

    @cached_property
    def breakpoints(self) -> tuple[mpq, ...]:
        """The exact s, ascending, without the ends, where the sign of a unit changes."""
        return tuple(mpq(s, t) for s, t in self._line.points[1:-1])

    @cached_property
    def units(self) -> tuple[tuple[Unit, ...], ...]:
        """For every breakpoint the units (layer, unit) whose signs before and behind it differ."""
        result: list[list[Unit]] = [[] for _ in self.breakpoints]
        for index, (layer, signs) in enumerate(zip(self._cells.layers, self._line.inside, strict=True)):
            for i, column in zip(*np.nonzero(signs[1:] != signs[:-1]), strict=True):
                result[i].append((index, int(layer.rectified[column])))
        return tuple(map(tuple, result))

    @fixed_property
    def affine_maps(self) -> ObjectArray:
        """The (pieces, outputs, 2) array of the exact slopes and constants of the outputs as functions of s."""
        cells, last = self._cells, len(self._cells.layers) - 1
        count = modular.n_moduli(cells.form_bits[-1])
        residues, width = cells.residues(count), cells.layers[-1].n_units
        result = np.empty((len(self), width, 2), dtype=object)
        for part in chunks(len(self), 2 * count * cells.width):
            # a form is what it is at (1, 0) and at (0, 1)
            masks = masks_of(cells, self._line.inside, part)
            y = np.tile(np.eye(2), (count, len(masks[0]), 1))
            values = residues.values(last, y, [np.repeat(mask, 2, axis=0) for mask in masks])
            result[part] = modular.integers(values).reshape(-1, 2, width).transpose(0, 2, 1)
        return np.asarray(result * (1 / cells.layers[-1].scales[:, None]))

    def point(self, s: Any) -> Vector:
        """Return the point with a parameter s."""
        (value,) = rational_vector([s], "parameter")
        return tuple(a + value * v for a, v in zip(self.start, self.direction, strict=True))

    def __len__(self) -> int:
        return len(self._line.points) - 1

    def __getitem__(self, i: Any) -> Any:
        numbers = range(len(self))[i]
        return [Piece(self, j) for j in numbers] if isinstance(i, slice) else Piece(self, numbers)

    def __iter__(self) -> Iterator[Piece]:
        return (Piece(self, i) for i in range(len(self)))

    def __repr__(self) -> str:
        return f"{'Segment' if self.bounded else 'Ray'} of {self.network!r} with {counted(len(self), 'piece')}"


@dataclass(frozen=True, slots=True, repr=False)
class Piece:
    """A piece of a segment, on which all units have constant signs inside.

    >>> import troppoly as tp
    >>> first, last = tp.segment(tp.Network.from_arrays([[[1]], [[2]]]), [-1], [1])
    >>> first, last.start, last.stop, last.affine_map[0].tolist(), last.cell
    (Piece 0 of 2, mpq(1,2), mpq(1,1), [[mpq(4,1)]], Cell of Network 1-1-1 (ReLU) with 1 active of 1 unit)
    """

    segment: Segment
    index: int

    @property
    def start(self) -> mpq:
        """The parameter where the piece starts."""
        return mpq(0) if self.index == 0 else self.segment.breakpoints[self.index - 1]

    @property
    def stop(self) -> mpq | None:
        """The parameter where the piece stops, or None if it goes on for ever."""
        if self.index + 1 < len(self.segment):
            return self.segment.breakpoints[self.index]
        return mpq(1) if self.segment.bounded else None

    @property
    def activation(self) -> Signs:
        """For every layer the signs of its rectified units inside the piece: 0 if a unit is zero all along."""
        return tuple(signs[self.index] for signs in self.segment._line.inside)

    @property
    def affine_map(self) -> tuple[ObjectArray, ObjectArray]:
        """The exact (outputs, 1) matrix and (outputs,) vector of the network as a function of s."""
        joint = self.segment.affine_maps[self.index]
        return joint[:, :-1], joint[:, -1]

    @property
    def cell(self) -> LocalCell:
        """The cell of the middle of the piece (of s = start + 1 if it goes on for ever); see ``cell_at``."""
        stop = self.stop
        return cell_at(
            self.segment.network, self.segment.point(self.start + 1 if stop is None else (self.start + stop) / 2)
        )

    def __repr__(self) -> str:
        return f"Piece {self.index} of {len(self.segment)}"
