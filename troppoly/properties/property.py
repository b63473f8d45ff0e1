"""Properties of networks: that no input x with output y is in a union of polyhedra of pairs (x, y)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from troppoly.arguments import Positive, checked
from troppoly.errors import ShapeError, counted
from troppoly.exact import RationalMatrix, rational_vector
from troppoly.values import Value

__all__ = ["Property"]


@checked
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Property(Value):
    """What must not happen: ``unsafe`` are polyhedra of pairs (x, y), each a matrix of rows (a, c, e).

    A pair is in it if <a, x> + <c, y> + e >= 0 for all rows.  Raises ShapeError if a matrix has another width than
    ``n_inputs + n_outputs + 1``.

    >>> import troppoly as tp
    >>> below = Property(1, 1, [[[1, 0, 1], [-1, 0, 1], [0, -1, "-1/2"]]])      # y <= -1/2 for an x in [-1, 1]
    >>> below, below.is_unsafe([0], [-1])
    (Property of networks with 1 input and 1 output: 1 unsafe polyhedron, True)
    """

    n_inputs: Positive
    n_outputs: Positive
    unsafe: tuple[Any, ...]

    def __post_init__(self) -> None:
        width = self.n_inputs + self.n_outputs + 1
        matrices = tuple(
            RationalMatrix.of(rows, f"unsafe polyhedron {i}", columns=width) for i, rows in enumerate(self.unsafe)
        )
        for i, matrix in enumerate(matrices):
            if matrix.shape[1] != width:
                raise ShapeError(f"The rows of unsafe polyhedron {i} have {matrix.shape[1]} entries, not {width}.")
        object.__setattr__(self, "unsafe", matrices)

    @checked
    def is_unsafe(self, x: Sequence[Any], y: Sequence[Any]) -> bool:
        """Return whether an input with an output is in one of the polyhedra."""
        pair = (*rational_vector(x, "input", self.n_inputs), *rational_vector(y, "output", self.n_outputs), 1)
        return any(all(v >= 0 for v in matrix.apply(pair)) for matrix in self.unsafe)

    def __repr__(self) -> str:
        sizes = f"{counted(self.n_inputs, 'input')} and {counted(self.n_outputs, 'output')}"
        n = len(self.unsafe)
        return f"Property of networks with {sizes}: {n} unsafe polyhed{'ron' if n == 1 else 'ra'}"
