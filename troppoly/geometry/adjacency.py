"""Adjacency graphs: cells, or linear regions, joined where they share a facet.

These are the dual graphs of the complex.  A walk in the graph of cells is a sequence of sign changes of
neurons, one wall after another.
"""

from __future__ import annotations

from typing import Any

from troppoly.arguments import checked
from troppoly.errors import require
from troppoly.geometry.walls import CellWall, CellWalls
from troppoly.regions import LinearRegions

__all__ = ["cell_graph", "region_graph"]


@checked
def cell_graph(regions: LinearRegions) -> Any:
    """Return the adjacency graph of the cells, a ``networkx.Graph``.

    The vertices are the numbers of the cells, with the data ``bounded`` and ``region``; two cells share at most
    one facet, and the edge has it as ``wall``, a :class:`~troppoly.geometry.walls.CellWall`.

    Raises MissingDependencyError if networkx is not installed.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])
    >>> graph = cell_graph(tp.linear_regions(net))
    >>> len(graph), sorted(wall.units for _, _, wall in graph.edges.data("wall"))
    (4, [((0, 0),), ((0, 0),), ((0, 1),), ((0, 1),)])
    """
    graph = require("networkx", extra="graph").Graph()
    unbounded = regions.complex.unbounded_faces[-1] | bool(regions.complex.lineality_dimension)
    for cell, region in enumerate(regions.region_of_cell.tolist()):
        graph.add_node(cell, bounded=not unbounded[cell], region=region)
    graph.add_edges_from((*wall.cells, {"wall": wall}) for wall in CellWalls(regions))
    return graph


@checked
def region_graph(regions: LinearRegions) -> Any:
    """Return the adjacency graph of the linear regions, a ``networkx.Graph``.

    The vertices are the numbers of the regions, with the data ``bounded`` and ``cells`` (their numbers); the edge
    of two regions has all the walls between their cells as ``walls``, a tuple.  Walls inside of a region are no
    edges.

    Raises MissingDependencyError if networkx is not installed.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [1]], [[1, 1]]], [[0, -1], [0]])
    >>> [len(walls) for _, _, walls in region_graph(tp.linear_regions(net)).edges.data("walls")]
    [1, 1]
    """
    graph = require("networkx", extra="graph").Graph()
    for region in regions:
        cells = tuple(int(i) for i in region._cell_indices())
        graph.add_node(region.index, bounded=region.is_bounded(), cells=cells)
    walls: dict[tuple[int, int], list[CellWall]] = {}
    for wall in CellWalls(regions):
        a, b = sorted(int(regions.region_of_cell[cell]) for cell in wall.cells)
        if a != b:
            walls.setdefault((a, b), []).append(wall)
    graph.add_edges_from((a, b, {"walls": tuple(found)}) for (a, b), found in walls.items())
    return graph
