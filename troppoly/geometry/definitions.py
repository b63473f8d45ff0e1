r"""The number of linear regions of a network by every definition of the literature, side by side.

Let f be the function of a network, and let the *pattern* of a point tell of every rectified unit whether its
pre-activation is positive (1) or not (0).

- An *activation region* is a nonempty set of all points with one pattern, of any dimension.
- A *proper activation region* is one of full dimension.
- An *open connected region* is a maximal connected open set on which f is affine.
- A *closed connected region* is a maximal connected union of closed cells on which f is one affine map.
- An *affine region* is the set where f is one affine map on full-dimensional cells, connected or not.

Each number is at most the one before it, and all may differ.

*How they are read off the canonical complex.*  On the relative interior of a face all signs are constant, so patterns
are those of the faces, with the bits of the units that are positive at a ray of the face.  An open connected set on
which f is affine may avoid all faces of codimension 2, so it goes from cell to cell through facets; these are the
:class:`troppoly.LinearRegions`.  Closed cells meet iff they have a vertex in common (modulo lineality), as every face
has one.

The least number of cells of a polyhedral complex on which f is affine (*convex regions*) is one more definition; it
lies between the open connected and the proper activation regions, is the solution of an optimization problem, and is
not computed.

Reference: Stargalla, Hertrich and Reichman, The computational complexity of counting linear regions in ReLU neural
networks, NeurIPS 2025 (arXiv 2505.16716).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import Positive, checked
from troppoly.cellwise.sign_words import unions
from troppoly.complex.face_lattice import ray_lists
from troppoly.complex.topology import connected_components
from troppoly.geometry.tables import Table
from troppoly.network import Network
from troppoly.refinement.canonical import CanonicalComplex
from troppoly.regions import LinearRegions, linear_regions

__all__ = ["RegionCounts", "region_counts"]

_POSITIVE = np.uint64(2**32 - 1)  # the bits of a sign word that say positive


@dataclass(frozen=True, slots=True)
class RegionCounts:
    """The numbers of linear regions of a network by definition, see :mod:`troppoly.geometry.definitions`.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [-1]], [[1, 1]]])  # |x|: at 0 no unit is active
    >>> tp.region_counts(net)
    Linear regions: 3 activation, 2 proper activation, 2 open connected, 2 closed connected, 2 affine
    """

    activation: int
    proper_activation: int
    open_connected: int
    closed_connected: int
    affine: int

    @property
    def table(self) -> Table:
        """The numbers as a table with the columns ``definition`` and ``regions``."""
        return Table({"definition": tuple(self._names()), "regions": astuple(self)})

    def to_pandas(self) -> Any:
        """Return the table as a pandas DataFrame; raises MissingDependencyError if pandas is not installed."""
        return self.table.to_pandas()

    def _names(self) -> Iterator[str]:
        return (name.replace("_", " ") for name in self.__slots__)

    def __repr__(self) -> str:
        return "Linear regions: " + ", ".join(
            f"{n} {name}" for n, name in zip(astuple(self), self._names(), strict=True)
        )

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


@checked
def region_counts(
    network: Network, domain: Any = None, *, max_cells: int | None = None, workers: Positive | None = None
) -> RegionCounts:
    """Return the numbers of linear regions of a network on R^d, or on a domain, by every definition.

    Every rectified unit counts, also those that compute a declared maximum.  Domain, ``max_cells``, ``workers`` and
    errors are those of :func:`troppoly.linear_regions`.

    All five differ on a network of five units, and on none of four, which the page "Which linear region" proves.

    >>> import troppoly as tp
    >>> weights = [[[-1, 0], [0, 1], [1, -1], [1, 1], [1, 1]], [[1, 1, -1, 1, 0]]]
    >>> region_counts(tp.Network.from_arrays(weights, [[0, 0, 0, 1, 0], [0]])).table["regions"]
    (13, 12, 10, 9, 8)
    """
    regions = linear_regions(Network(network.layers, network.names), domain, max_cells=max_cells, workers=workers)
    everywhere, inside = _patterns(regions.canonical)
    maps, map_of_cell = _maps(regions)
    return RegionCounts(everywhere, inside, len(regions), _connected(regions, map_of_cell), maps)


def _patterns(canonical: CanonicalComplex) -> tuple[int, int]:
    """The numbers of patterns on faces, and on cells."""
    complex_, words = canonical.complex, canonical.ray_signs.words
    columns = np.concatenate(
        [np.arange(*layer.columns.indices(words.shape[1])) for layer in canonical.ray_signs.layers]
    )
    words, found = words[:, columns] & _POSITIVE, []
    for level, at_infinity in enumerate(complex_.faces_at_infinity):
        if level:
            words = unions(words, complex_.facets[level - 1])
        found.append(np.unique(words[~at_infinity], axis=0))
    return len(np.unique(np.concatenate(found), axis=0)), len(found[-1])


def _maps(regions: LinearRegions) -> tuple[int, NDArray[np.intp]]:
    """The number of affine maps, and for every cell the number of its map."""
    cells = np.unique(regions.region_of_cell, return_index=True)[1]
    numbers: dict[tuple[Any, ...], int] = {}
    of_region = [numbers.setdefault(tuple(map_.ravel()), len(numbers)) for map_ in regions.maps.exact(cells)]
    return len(numbers), np.array(of_region, dtype=np.intp)[regions.region_of_cell]


def _connected(regions: LinearRegions, map_of_cell: NDArray[np.intp]) -> int:
    """The number of components of cells with one map, joined where they have a vertex in common."""
    complex_, cells = regions.complex, np.arange(regions.n_cells)
    lists = ray_lists(complex_.facets, cells)
    finite = ~complex_.faces_at_infinity[0][lists.indices]
    owners, vertices = lists.owners[finite], lists.indices[finite]
    order = np.lexsort((map_of_cell[owners], vertices))
    owners, vertices = owners[order], vertices[order]
    same = (vertices[1:] == vertices[:-1]) & (map_of_cell[owners[1:]] == map_of_cell[owners[:-1]])
    return len(np.unique(connected_components(len(cells), owners[:-1][same], owners[1:][same])))
