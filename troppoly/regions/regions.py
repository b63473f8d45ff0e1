"""Linear regions: cells, and classes of cells with the same affine map that are connected through facets.

The literature has several definitions of a linear region; in this one it need not be convex.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import Norm, checked
from troppoly.complex.facets import cells_that_contain
from troppoly.complex.polyhedral_complex import Face, PolyhedralComplex
from troppoly.complex.shape import diameter
from troppoly.complex.topology import connected_components
from troppoly.complex.volume import centroids, volumes
from troppoly.errors import UnboundedError, UnsupportedError, counted
from troppoly.exact.scalar import ObjectArray, total
from troppoly.refinement.canonical import CanonicalComplex
from troppoly.refinement.certificate import Certificate
from troppoly.regions.affine_maps import AffineMaps
from troppoly.values import Value, fixed_property

__all__ = ["Cell", "Cells", "LinearRegion", "LinearRegions"]

AffineMap = tuple[ObjectArray, ObjectArray]


@dataclass(frozen=True, eq=False)
class LinearRegions(Value, Sequence["LinearRegion"]):
    """The linear regions of a piecewise linear function: a sequence of :class:`LinearRegion`.

    >>> import troppoly as tp
    >>> regions = tp.linear_regions(tp.Network.from_arrays([[[1], [1]], [[1, -1]]], [[0, -1], [0]]))
    >>> regions
    3 linear regions (1 bounded) of 3 cells in R^1, f-vector (2, 3)
    >>> sorted(str(region.affine_map[0][0, 0]) for region in regions)
    ['0', '0', '1']
    """

    function: Any
    complex: PolyhedralComplex
    maps: AffineMaps = field(compare=False)

    @fixed_property
    def region_of_cell(self) -> NDArray[np.int64]:
        """The (cells,) array of the number of the linear region that a cell belongs to."""
        walls = self.complex.walls
        same = self.maps.equal(walls.first, walls.second)
        least = connected_components(self.complex.n_cells, walls.first[same], walls.second[same])
        return (np.cumsum(least == np.arange(len(least))) - 1)[least]

    @cached_property
    def _cells_of_region(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        order = np.argsort(self.region_of_cell, kind="stable")
        return order, np.searchsorted(self.region_of_cell[order], np.arange(len(self) + 1))

    def __len__(self) -> int:
        return int(self.region_of_cell.max()) + 1

    def __getitem__(self, i: Any) -> Any:
        numbers = _chosen(len(self), i, "linear region")
        return [LinearRegion(self, j) for j in numbers] if isinstance(i, slice) else LinearRegion(self, numbers)

    def __iter__(self) -> Iterator[LinearRegion]:
        return (LinearRegion(self, i) for i in range(len(self)))

    @property
    def canonical(self) -> CanonicalComplex:
        """The complex, as the canonical complex of a network; UnsupportedError if it is not."""
        if self.maps.canonical is None:
            raise UnsupportedError("These regions are not those of the canonical complex of a network.")
        return self.maps.canonical

    @property
    def cells(self) -> Cells:
        """The cells of the complex."""
        return Cells(self)

    def at(self, point: Sequence[Any]) -> tuple[LinearRegion, ...]:
        """Return the linear regions that contain a point, in ascending order; see :meth:`Cells.at`."""
        numbers = {int(self.region_of_cell[cell.index]) for cell in self.cells.at(point)}
        return tuple(LinearRegion(self, i) for i in sorted(numbers))

    def _cell(self, index: int) -> Cell:
        return Cell(self.complex, self.complex.cone_dimension, index, self)

    @property
    def n_cells(self) -> int:
        """The number of cells."""
        return self.complex.n_cells

    def f_vector(self) -> tuple[int, ...]:
        """Return (f_0, ..., f_d): the numbers of faces of the complex by dimension."""
        return self.complex.f_vector()

    @cached_property
    def _bounded(self) -> NDArray[np.bool_]:
        return np.asarray(np.bincount(self.region_of_cell, ~self.complex.bounded_cells) == 0)

    @property
    def n_bounded(self) -> int:
        """The number of bounded linear regions."""
        return int(np.count_nonzero(self._bounded))

    @property
    def n_unbounded(self) -> int:
        """The number of unbounded linear regions."""
        return len(self) - self.n_bounded

    @property
    def certificate(self) -> Certificate | None:
        """How the signs that the complex rests on were decided, or None on the polytope route."""
        return None if self.maps.canonical is None else self.maps.canonical.certificate

    def __repr__(self) -> str:
        return (
            f"{counted(len(self), 'linear region')} ({self.n_bounded} bounded) of "
            f"{counted(self.n_cells, 'cell')} in R^{self.complex.ambient_dimension}, f-vector {self.f_vector()}"
        )


@dataclass(frozen=True, slots=True)
class Cells(Sequence["Cell"]):
    """The cells of linear regions, made when asked for."""

    regions: LinearRegions

    def __len__(self) -> int:
        return self.regions.complex.n_cells

    def __getitem__(self, i: Any) -> Any:
        numbers = _chosen(len(self), i, "cell")
        return [self.regions._cell(j) for j in numbers] if isinstance(i, slice) else self.regions._cell(numbers)

    def __repr__(self) -> str:
        return f"{counted(len(self), 'cell')} in R^{self.regions.complex.ambient_dimension}"

    def at(self, point: Sequence[Any]) -> tuple[Cell, ...]:
        """Return the cells that contain a point: several if it lies on walls, none outside of the domain.

        Raises ShapeError for a point of another dimension and NotFiniteError for NaN and infinities.

        >>> import troppoly as tp
        >>> cells = tp.linear_regions(tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])).cells
        >>> [len(cells.at(x)) for x in [(1, 1), (0, "1/2"), (0, 0)]]
        [1, 2, 4]
        """
        canonical = self.regions.maps.canonical
        candidates = None if canonical is None else canonical.candidates(point)
        found = cells_that_contain(self.regions.complex, point, candidates)
        return tuple(self.regions._cell(int(i)) for i in found)


@dataclass(frozen=True, slots=True, repr=False)
class Cell(Face):
    """A cell with the affine map of the function on it.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])  # (x)+ + (y)+
    >>> cell = tp.linear_regions(net).cells[0]
    >>> cell, cell.activation[0].tolist(), cell.vertices()
    (Cell 0 of dimension 2, unbounded, [1, 1], ((mpq(0,1), mpq(0,1)),))
    """

    regions: LinearRegions = field(hash=False)

    @property
    def affine_map(self) -> AffineMap:
        """The exact matrix (outputs, d) and vector (outputs,) of the function on the cell."""
        joint = self.regions.maps.exact(np.array([self.index]))[0]
        return joint[:, :-1], joint[:, -1]

    @property
    def region(self) -> LinearRegion:
        """The linear region that the cell belongs to."""
        return LinearRegion(self.regions, int(self.regions.region_of_cell[self.index]))

    @property
    def activation(self) -> tuple[NDArray[np.int8], ...]:
        """For every layer the signs of its rectified units inside the cell; UnsupportedError without a network."""
        return tuple(signs[0] for signs in self.regions.canonical.activation([self.index]))


@dataclass(frozen=True, slots=True)
class LinearRegion:
    """A class of cells with the same affine map, connected through facets; UnboundedError for what is infinite.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [-1, -1]], [[1, 1, 1]]], [[0, 0, 1], [0]])
    >>> region = next(r for r in tp.linear_regions(net) if r.is_bounded())
    >>> region, region.volume(), region.affine_map[1]
    (Linear region 0: 1 cell, bounded, mpq(1,2), array([mpq(1,1)], dtype=object))
    """

    regions: LinearRegions = field(hash=False)
    index: int

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells that the region is the union of."""
        return tuple(self.regions._cell(int(i)) for i in self._cell_indices())

    def _cell_indices(self) -> NDArray[np.intp]:
        order, bounds = self.regions._cells_of_region
        return order[bounds[self.index] : bounds[self.index + 1]]

    @property
    def affine_map(self) -> AffineMap:
        """The exact matrix (outputs, d) and vector (outputs,) of the function on the region."""
        return self.cells[0].affine_map

    def polyhedra(self) -> list[Any]:
        """Return the cells of the region as passagemath ``Polyhedron`` objects."""
        return [cell.polyhedron() for cell in self.cells]

    def interior_point(self) -> tuple[mpq, ...]:
        """Return an exact interior point (of the region's first cell)."""
        return self.cells[0].interior_point()

    def is_bounded(self) -> bool:
        """Return whether the region is bounded."""
        return bool(self.regions._bounded[self.index])

    def volume(self) -> mpq:
        """Return the exact volume, the sum of those of the cells."""
        if not self.is_bounded():
            raise UnboundedError(f"Linear region {self.index} is unbounded and has no finite volume.")
        return total(volumes(self.regions.complex, self._cell_indices()))

    def centroid(self) -> tuple[mpq, ...]:
        """Return the center of mass."""
        complex_, cells = self.regions.complex, self._cell_indices()
        weights = volumes(complex_, cells)
        return tuple((centroids(complex_, cells) * weights[:, None]).sum(axis=0) / sum(weights))

    @checked
    def diameter(self, norm: Norm = inf) -> mpq:
        """Return the largest distance of two points, in the 1- or the infinity-norm."""
        if not self.is_bounded():
            raise UnboundedError(f"{self} has no finite diameter.")
        return diameter(list({v for cell in self.cells for v in cell.vertices()}), norm)

    def __repr__(self) -> str:
        kind = "bounded" if self.is_bounded() else "unbounded"
        return f"Linear region {self.index}: {counted(len(self._cell_indices()), 'cell')}, {kind}"


def _chosen(n: int, i: Any, noun: str) -> Any:
    """The number of one of n things, or the numbers of a slice."""
    try:
        return range(n)[i]
    except IndexError:
        raise IndexError(f"There is no {noun} {i} among {counted(n, noun)}, which are numbered from 0.") from None
