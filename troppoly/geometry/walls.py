"""Walls between cells: which neurons change sign there, the hyperplane, and the exact measure.

A wall is a facet that two cells share.  It lies in a hyperplane <a, x> + b = 0 with a primitive integer vector
(a, b), and has a volume of dimension d - 1 whose square is rational: for d = 2 the squared length of an edge,
for d = 3 the squared area of a polygon, for d = 1 it is 1 (see :mod:`troppoly.complex.volume`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from gmpy2 import mpq, mpz
from numpy.typing import NDArray

from troppoly.complex.facets import inward_forms
from troppoly.complex.polyhedral_complex import Face
from troppoly.complex.volume import squared_volumes
from troppoly.exact import ObjectArray
from troppoly.regions import LinearRegions
from troppoly.values import Value

__all__ = ["CellWall", "CellWalls"]

Unit = tuple[int, int]


class CellWalls(Value, Sequence["CellWall"]):
    """All walls of the cells of linear regions, those inside of linear regions included.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])
    >>> walls = CellWalls(tp.linear_regions(net))
    >>> len(walls), sorted({wall.units for wall in walls})
    (4, [((0, 0),), ((0, 1),)])
    """

    def __init__(self, regions: LinearRegions) -> None:
        self.regions = regions
        walls = regions.complex.walls
        finite = np.ones(len(walls.facets), dtype=bool)
        if len(walls.facets):
            finite = ~regions.complex.faces_at_infinity[regions.complex.cone_dimension - 2][walls.facets]
        self.facets = walls.facets[finite].astype(np.intp)
        self.first = walls.first[finite].astype(np.intp)
        self.second = walls.second[finite].astype(np.intp)

    def _content(self) -> tuple[LinearRegions]:
        return (self.regions,)

    def __len__(self) -> int:
        return len(self.facets)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [CellWall(self, j) for j in range(*i.indices(len(self)))]
        return CellWall(self, range(len(self))[i])

    def __iter__(self) -> Iterator[CellWall]:
        return (CellWall(self, i) for i in range(len(self)))

    @cached_property
    def forms(self) -> ObjectArray:
        """The (walls, d + 1) primitive integer forms (a, b), positive on the second cell's side."""
        return inward_forms(self.regions.complex, self.second, self.facets)

    @cached_property
    def bounded(self) -> NDArray[np.bool_]:
        """Which walls are bounded."""
        complex_ = self.regions.complex
        if complex_.lineality_dimension or not len(self):
            return np.zeros(len(self), dtype=bool)
        return ~complex_.unbounded_faces[complex_.cone_dimension - 2][self.facets]

    @cached_property
    def squared_measures(self) -> tuple[mpq | None, ...]:
        """The squared (d-1)-dimensional volumes, None for unbounded walls."""
        result = np.full(len(self), None, dtype=object)
        complex_, bounded = self.regions.complex, self.bounded
        if bounded.any():
            result[bounded] = squared_volumes(complex_, complex_.ambient_dimension - 1, self.facets[bounded])
        return tuple(result)

    @cached_property
    def units(self) -> tuple[tuple[Unit, ...], ...]:
        """For every wall the units (layer, unit) whose signs differ on its two sides, in ascending order.

        (Several at once where hyperplanes coincide.)  Of the units of a maximum it is the last one: those
        before do not matter on one of the sides.  Empty if the function is no network.
        """
        complex_ = self.regions.maps.canonical
        if complex_ is None:
            return ((),) * len(self)
        changes = [
            a != b for a, b in zip(complex_.activation(self.first), complex_.activation(self.second), strict=True)
        ]
        found: list[list[Unit]] = [[] for _ in range(len(self))]
        for layer, (changed, single) in enumerate(zip(changes, complex_.network.layers, strict=True)):
            places = np.flatnonzero(single.rectified)
            for wall, unit in np.argwhere(changed):
                found[wall].append((layer, int(places[unit])))
        earlier = {unit: set(group[i + 1 :]) for group in complex_.network.max_groups for i, unit in enumerate(group)}
        return tuple(tuple(unit for unit in units if not earlier.get(unit, set()) & set(units)) for units in found)

    def __repr__(self) -> str:
        return f"{len(self)} walls of {self.regions!r}"


@dataclass(frozen=True, slots=True)
class CellWall:
    """A facet that two cells share."""

    walls: CellWalls
    index: int

    @property
    def cells(self) -> tuple[int, int]:
        """The two cells."""
        return int(self.walls.first[self.index]), int(self.walls.second[self.index])

    @property
    def face(self) -> Face:
        """The wall as a face of the complex."""
        complex_ = self.walls.regions.complex
        return Face(complex_, complex_.cone_dimension - 1, int(self.walls.facets[self.index]))

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units (layer, unit) whose signs differ on the two sides; see :class:`CellWalls`."""
        return self.walls.units[self.index]

    @property
    def normal(self) -> tuple[mpz, ...]:
        """The integer normal vector a, which points from the first cell to the second."""
        return tuple(self.walls.forms[self.index][:-1])

    @property
    def offset(self) -> mpz:
        """The b of the hyperplane <a, x> + b = 0, with (a, b) primitive."""
        return self.walls.forms[self.index][-1]

    @property
    def squared_measure(self) -> mpq | None:
        """The square of the (d-1)-dimensional volume (length, area), or None if it is infinite."""
        return self.walls.squared_measures[self.index]

    def __repr__(self) -> str:
        a, b = self.cells
        return f"Wall between the cells {a} and {b}, units {list(self.units)}"
