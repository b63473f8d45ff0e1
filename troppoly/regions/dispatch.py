"""``linear_regions``: the regions of whatever piecewise linear function is given."""

from __future__ import annotations

from typing import Any

from troppoly.arguments import checked
from troppoly.errors import InputError
from troppoly.network import Network
from troppoly.polynomial import TropicalMap, TropicalPolynomial, TropicalRational
from troppoly.refinement.refinement import Progress
from troppoly.regions.linear_regions import LinearRegions
from troppoly.regions.polytope_route import regions_by_polytopes
from troppoly.regions.refinement_route import regions_by_refinement

__all__ = ["linear_regions"]


@checked
def linear_regions(
    function: Network | TropicalPolynomial | TropicalRational | TropicalMap,
    *,
    domain: Any = None,
    max_cells: int | None = None,
    max_memory: int | None = None,
    progress: Progress | None = None,
) -> LinearRegions:
    """Return the linear regions of a network, tropical polynomial, rational function or map, exactly.

    A *cell* is a full-dimensional closed polyhedron of the function's complex: the canonical complex of
    a network, the common refinement of the normal complexes of all numerators and denominators
    otherwise.  A *linear region* is a class of cells with the same affine map that are connected
    through facets.  Everything is over R^d, or over ``domain``, a full-dimensional passagemath
    ``Polyhedron`` (which may be unbounded) or a box as d pairs (low, high).

    Networks are refined (:func:`troppoly.regions.regions_by_refinement`); ``max_cells``, ``max_memory``
    and ``progress`` are described there and apply to networks only.  The others take the polytope route
    (:func:`troppoly.regions.regions_by_polytopes`).

    Raises InputError for another kind of function, EmptyDomainError if the domain is empty or not
    full-dimensional, ShapeError if it lies in another space, and BudgetError if a budget is reached.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> linear_regions(TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0}))
    3 linear regions (0 bounded) of 3 cells in R^2, f-vector (1, 3, 3)
    """
    if isinstance(function, Network):
        return regions_by_refinement(function, domain, max_cells=max_cells, max_memory=max_memory, progress=progress)
    if isinstance(function, (TropicalPolynomial, TropicalRational, TropicalMap)):
        return regions_by_polytopes(function, domain)
    raise InputError(
        "Linear regions are those of a Network, TropicalPolynomial, TropicalRational or TropicalMap, "
        f"not of a {type(function).__name__}."
    )
