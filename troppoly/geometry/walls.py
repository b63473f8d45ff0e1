"""Walls between cells, and the graphs of cells, or linear regions, joined where they share one.

A wall lies in a hyperplane <a, x> + b = 0 with a primitive integer vector (a, b), and has a volume of dimension d - 1
whose square is rational: for d = 2 the squared length of an edge, for d = 3 the squared area of a polygon, for d = 1 it
is 1 (see :mod:`troppoly.complex.volume`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from gmpy2 import mpq, mpz

from troppoly.arguments import checked
from troppoly.complex.facets import inward_forms
from troppoly.complex.polyhedral_complex import Face
from troppoly.complex.volume import squared_volumes
from troppoly.errors import counted, require
from troppoly.exact.scalar import ObjectArray
from troppoly.regions import LinearRegions
from troppoly.values import fixed_property

__all__ = ["CellWall", "CellWalls", "cell_graph", "region_graph"]

Unit = tuple[int, int]


@checked
@dataclass(frozen=True, repr=False)
class CellWalls(Sequence["CellWall"]):
    """All walls of the cells of linear regions, those inside of linear regions included.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])
    >>> walls = CellWalls(tp.linear_regions(net))
    >>> len(walls), sorted({wall.units for wall in walls})
    (4, [((0, 0),), ((0, 1),)])
    """

    regions: LinearRegions

    def __len__(self) -> int:
        return len(self.regions.complex.walls.facets)

    def __getitem__(self, i: Any) -> Any:
        chosen = range(len(self))[i]
        return [CellWall(self, j) for j in chosen] if isinstance(i, slice) else CellWall(self, chosen)

    @fixed_property
    def forms(self) -> ObjectArray:
        """The (walls, d + 1) primitive integer forms (a, b), positive on the second cell's side."""
        facets, _, second = self.regions.complex.walls
        return inward_forms(self.regions.complex, second, facets)

    @cached_property
    def squared_measures(self) -> tuple[mpq | None, ...]:
        """The squared (d-1)-dimensional volumes, None for unbounded walls."""
        result = np.full(len(self), None, dtype=object)
        complex_, facets = self.regions.complex, self.regions.complex.walls.facets
        if len(self) and not complex_.lineality_dimension:
            bounded = ~complex_.unbounded_faces[-2][facets]
            result[bounded] = squared_volumes(complex_, complex_.ambient_dimension - 1, facets[bounded])
        return tuple(result)

    @cached_property
    def units(self) -> tuple[tuple[Unit, ...], ...]:
        """For every wall the units (layer, unit) whose signs differ on its two sides, several if hyperplanes coincide.

        Of a maximum only the last one: those before do not matter on one of the sides.  () if there is no network.
        """
        canonical = self.regions.maps.canonical
        if canonical is None:
            return ((),) * len(self)
        _, first, second = self.regions.complex.walls
        found: list[list[Unit]] = [[] for _ in first]
        signs = zip(canonical.activation(first), canonical.activation(second), canonical.network.layers, strict=True)
        for layer, (one, other, single) in enumerate(signs):
            places = np.flatnonzero(single.rectified)
            for wall, unit in np.argwhere(one != other):
                found[wall].append((layer, int(places[unit])))
        later = {unit: set(group[i + 1 :]) for group in canonical.network.max_groups for i, unit in enumerate(group)}
        return tuple(tuple(unit for unit in units if not later.get(unit, set()) & set(units)) for units in found)

    def __repr__(self) -> str:
        return f"{counted(len(self), 'wall')} of {self.regions!r}"


@dataclass(frozen=True, slots=True, repr=False)
class CellWall:
    """A facet that two cells share.

    >>> import troppoly as tp
    >>> wall = CellWalls(tp.linear_regions(tp.Network.from_arrays([[[2]], [[1]]], [[1], [0]])))[0]
    >>> wall, wall.face.vertices(), (wall.normal, wall.offset), wall.squared_measure
    (Wall between the cells 0 and 1, units [(0, 0)], ((mpq(-1,2),),), ((mpz(-2),), mpz(-1)), mpq(1,1))
    """

    walls: CellWalls
    index: int

    @property
    def cells(self) -> tuple[int, int]:
        """The two cells."""
        _, first, second = self.walls.regions.complex.walls
        return int(first[self.index]), int(second[self.index])

    @property
    def face(self) -> Face:
        """The wall as a face of the complex."""
        complex_ = self.walls.regions.complex
        return Face(complex_, complex_.cone_dimension - 1, int(complex_.walls.facets[self.index]))

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


@checked
def cell_graph(regions: LinearRegions) -> Any:
    """Return the adjacency graph of the cells, the dual graph of the complex, a ``networkx.Graph``.

    The vertices are the numbers of the cells, with the data ``bounded`` and ``region``; an edge has the one common
    facet as ``wall``, a :class:`CellWall`.  Raises MissingDependencyError if networkx is not installed.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])
    >>> graph = cell_graph(tp.linear_regions(net))
    >>> len(graph), sorted(wall.units for _, _, wall in graph.edges.data("wall"))
    (4, [((0, 0),), ((0, 0),), ((0, 1),), ((0, 1),)])
    """
    graph = require("networkx", extra="graph").Graph()
    bounded = regions.complex.bounded_cells.tolist()
    for cell, region in enumerate(regions.region_of_cell.tolist()):
        graph.add_node(cell, bounded=bounded[cell], region=region)
    graph.add_edges_from((*wall.cells, {"wall": wall}) for wall in CellWalls(regions))
    return graph


@checked
def region_graph(regions: LinearRegions) -> Any:
    """Return the adjacency graph of the linear regions, a ``networkx.Graph``.

    The vertices are the numbers of the regions, with the data ``bounded`` and ``cells`` (their numbers); an edge has
    the tuple of all the walls between their cells as ``walls``.  Raises MissingDependencyError without networkx.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [1]], [[1, 1]]], [[0, -1], [0]])
    >>> [len(walls) for _, _, walls in region_graph(tp.linear_regions(net)).edges.data("walls")]
    [1, 1]
    """
    graph = require("networkx", extra="graph").Graph()
    for region in regions:
        graph.add_node(region.index, bounded=region.is_bounded(), cells=tuple(cell.index for cell in region.cells))
    walls: dict[tuple[int, ...], list[CellWall]] = {}
    for wall in CellWalls(regions):
        walls.setdefault(tuple(sorted({int(regions.region_of_cell[cell]) for cell in wall.cells})), []).append(wall)
    graph.add_edges_from((*pair, {"walls": tuple(found)}) for pair, found in walls.items() if len(pair) == 2)
    return graph
