"""Linear regions of a network by the refinement route: the canonical complex, then its maps."""

from __future__ import annotations

from typing import Any

from troppoly.arguments import checked
from troppoly.network import Network
from troppoly.refinement.refinement import Progress, canonical_complex
from troppoly.regions.affine_maps import NetworkMaps
from troppoly.regions.linear_regions import LinearRegions

__all__ = ["regions_by_refinement"]


@checked
def regions_by_refinement(
    network: Network,
    domain: Any = None,
    *,
    max_cells: int | None = None,
    max_memory: int | None = None,
    progress: Progress | None = None,
) -> LinearRegions:
    """Return the linear regions of a network on R^d, or on a full-dimensional polyhedron.

    The arguments and errors are those of :func:`troppoly.refinement.refinement.canonical_complex`.

    >>> net = Network.from_arrays([[[1]], [[2]]], [[0], [0]])
    >>> regions_by_refinement(net)
    2 linear regions (0 bounded) of 2 cells in R^1, f-vector (1, 2)
    """
    canonical = canonical_complex(network, domain, max_cells=max_cells, max_memory=max_memory, progress=progress)
    return LinearRegions(network, canonical.complex, NetworkMaps(canonical))
