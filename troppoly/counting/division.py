"""The tree of parts, walked from the start on: what is divided into what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from troppoly.counting.results import Path
from troppoly.errors import InputError
from troppoly.refinement.beginnings import Beginnings, Orthants
from troppoly.refinement.part import LIMIT, grown
from troppoly.refinement.refinement import Refinement

if TYPE_CHECKING:
    from troppoly.refinement.pieces import Piece

__all__ = ["Division", "Node", "Stopped"]

Ask = Callable[[], bool]


class Stopped(Exception):
    """A task was asked to stop before it was done."""


@dataclass(slots=True)
class Node:
    """A part where it was divided from the rest; ``piece`` is None as long as it is not made."""

    path: Path
    piece: Piece | None = None

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """What it holds, some of it with others."""
        return () if self.piece is None else self.piece.arrays


class Division:
    """How the refinement of a network is divided into parts of at most ``part_bytes``, as far as there are walls.

    >>> import troppoly as tp
    >>> from troppoly.counting.work import Work
    >>> work = Work.of(tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]]), part_bytes=1)
    >>> [node.path for node in work.division.divided(Node((1,)), lambda: False)]
    [(1, 1), (1, 2)]
    """

    def __init__(self, refinement: Refinement, part_bytes: int) -> None:
        self._refinement, self._part_bytes = refinement, part_bytes

    @cached_property
    def _beginnings(self) -> Beginnings:
        return self._refinement.beginnings(self._part_bytes)

    def divided(self, node: Node, stopped: Ask) -> tuple[Node, ...]:
        """Refine a part, which is made if it was not; return what it is divided into, or nothing if it is done.

        Raises InputError if there is no such part, or Stopped.
        """
        if node.piece is None:
            start = self._beginnings.at(node.path)
            if not start.small:
                return Node((*node.path, 1)), Node((*node.path, 2))
            node.piece = self._made(start, node.path, stopped)
        halves = self._halves(node.piece)
        for half in halves[1:]:  # it waits, so it needs no room to grow
            half.part = grown(half.part, 1.0)
        return tuple(Node(half.path, half) for half in halves)

    def _made(self, start: Orthants, path: Path, stopped: Ask) -> Piece:
        """Make a part by following its path from a start on."""
        refinement = self._refinement
        piece = refinement.program.start(start.signs, refinement.budget, start.path, start.owners)
        piece.part.state[LIMIT] = self._part_bytes
        for side in path[len(start.path) :]:
            if stopped():
                raise Stopped
            halves = self._halves(piece)
            if side not in (1, 2) or not halves:
                raise InputError(f"There is no part {path}.")
            piece = halves[side - 1]
        return piece

    def _halves(self, piece: Piece) -> tuple[Piece, ...]:
        return self._refinement.program.advance(piece, self._refinement.n_units)
