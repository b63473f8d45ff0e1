"""The linear regions of whatever piecewise linear function is given: networks are refined."""

from __future__ import annotations

from typing import Any

from troppoly.arguments import Positive, checked
from troppoly.errors import InputError
from troppoly.network import Network
from troppoly.refinement.refinement import Progress, canonical_complex
from troppoly.regions.affine_maps import NetworkMaps
from troppoly.regions.polytope_route import PiecewiseLinear, regions_by_polytopes
from troppoly.regions.regions import LinearRegions

__all__ = ["linear_regions", "regions_of"]


@checked
def linear_regions(
    function: PiecewiseLinear,
    domain: Any = None,
    *,
    max_cells: int | None = None,
    max_memory: int | None = None,
    workers: Positive | None = None,
    progress: Progress | None = None,
) -> LinearRegions:
    """Return the linear regions of a network, tropical polynomial, rational function or map, exactly.

    A *cell* is a full-dimensional closed polyhedron of the function's complex: the canonical complex of a network, else
    the common refinement of the normal complexes of all numerators and denominators.  A *linear region* is a class of
    cells with the same affine map that are connected through facets.  Everything is over R^d, or over ``domain``, a
    full-dimensional passagemath ``Polyhedron`` (which may be unbounded) or a box as d pairs (low, high).

    Networks are refined, with the budgets, ``workers`` and ``progress`` of :func:`troppoly.canonical_complex`; the
    others take the polytope route (:func:`troppoly.regions.regions_by_polytopes`).

    Raises EmptyDomainError if the domain is empty or not full-dimensional, ShapeError if it lies in another space, and
    BudgetError if a budget is reached.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> linear_regions(TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0}))
    3 linear regions (0 bounded) of 3 cells in R^2, f-vector (1, 3, 3)
    """
    if not isinstance(function, Network):
        return regions_by_polytopes(function, domain)
    canonical = canonical_complex(
        function, domain, max_cells=max_cells, max_memory=max_memory, workers=workers, progress=progress
    )
    return LinearRegions(function, canonical.complex, NetworkMaps.of(canonical))


def regions_of(function: PiecewiseLinear | LinearRegions, domain: Any = None) -> LinearRegions:
    """Return the linear regions of a function, or those that are given: InputError for a domain beside them."""
    if not isinstance(function, LinearRegions):
        return linear_regions(function, domain)
    if domain is not None:
        raise InputError("Linear regions have their domain already.")
    return function
