"""Linear regions of a function with a reflection group, counted from the fundamental chamber alone.

Let W be a finite reflection group with simple reflections s_i, mirrors H_i and chamber C (see ``reflection_group``).

*Theorem.*  Let f be piecewise linear, and h_1, ..., h_r invertible matrices with f(s_i x) = h_i f(x) for all x.  Let Q
be a linear region of f on C, with the affine map A, and I(Q) the set of those i for which a cell of Q has a facet in
H_i and A(s_i x) = h_i A(x) for all x.  Then the union of the w Q with w in W_I(Q) is a linear region of f with
stabilizer W_I(Q), every orbit of linear regions contains exactly one of these, and f has  sum_Q |W| / |W_I(Q)|  of
them.

*Proof.*  Take any complex of C on whose cells f is affine, and its translates by W; a region is a class of cells with
one affine map, connected through facets.  On w P, with w = s_j ... s_k, f is x -> h_j ... h_k A_P(w^-1 x).  So cells
w P and w P' that share a facet have one map iff P and P' do, and w P and w s_i P iff A_P(x) = h_i A_P(s_i x).  The
components of this graph are the w W_I(Q) x {cells of Q}, on which W acts from the left, with stabilizer W_I(Q) of
W_I(Q) x {cells of Q}.  No complex has to be invariant here, and no region convex.  QED

Reference for the facts on W: Humphreys, Reflection Groups and Coxeter Groups, Cambridge 1990, 1.12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import Positive, checked
from troppoly.equivalence.parallel import PiecewiseLinear, as_network
from troppoly.errors import InputError, ShapeError
from troppoly.exact import RationalMatrix
from troppoly.refinement.refinement import Progress
from troppoly.regions import LinearRegions, linear_regions
from troppoly.symmetry.chamber import Chamber, ReflectionOrbits
from troppoly.symmetry.invariance import equivariant
from troppoly.symmetry.reflection_group import ReflectionGroup

__all__ = ["ChamberRegions", "chamber_regions"]

_CHUNK = 2**16


@dataclass(frozen=True, eq=False, repr=False)
class ChamberRegions(ReflectionOrbits):
    """The orbits of linear regions: orbit i contains region i of ``regions``, the linear regions over the chamber.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])  # (x)+ + (y)+
    >>> orbits = tp.symmetry.chamber_regions(net, tp.symmetry.symmetric_group(2))
    >>> orbits, orbits.orbit_sizes
    (4 linear regions in 3 orbits under W of order 2, (1, 1, 2))
    """

    regions: LinearRegions
    _noun = "linear region"


@checked
def chamber_regions(
    function: PiecewiseLinear,
    group: ReflectionGroup,
    outputs: Sequence[Any] | None = None,
    *,
    max_cells: int | None = None,
    max_memory: int | None = None,
    workers: Positive | None = None,
    progress: Progress | None = None,
) -> ChamberRegions:
    """Return the orbits of the linear regions of an invariant or equivariant function on R^d.

    Only the chamber is enumerated; budgets, ``workers`` and ``progress`` are those of
    :func:`troppoly.canonical_complex` there.  It is decided first that f(s_i x) = h_i f(x) for the simple reflections
    s_i, where ``outputs`` lists the invertible (m, m) matrices h_i, by default identities.

    Raises ShapeError if the shapes do not fit, InputError if f is not equivariant, and BudgetError.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> from troppoly.symmetry.reflection_group import symmetric_group
    >>> f = TropicalPolynomial({(1, 0, 0): 0, (0, 1, 0): 0, (0, 0, 1): 0})
    >>> orbits = chamber_regions(f, symmetric_group(3))
    >>> orbits, len(orbits.regions), orbits.stabilizer(0)
    (3 linear regions in 1 orbit under W of order 6, 1, (1,))
    """
    network = as_network(function)
    if network.n_inputs != group.dimension:
        raise ShapeError(f"The group acts on R^{group.dimension}, the function on R^{network.n_inputs}.")
    if outputs is not None and len(outputs) != group.rank:
        raise ShapeError(f"There are {len(outputs)} matrices for {group.rank} simple reflections.")
    pairs = list(zip(group.reflections(), outputs or [None] * group.rank, strict=True))
    answer = equivariant(network, pairs)
    if not answer:
        raise InputError(f"The function is not equivariant under the simple reflections. {answer}.")
    domain = group.chamber()
    regions = linear_regions(
        network, domain=domain, max_cells=max_cells, max_memory=max_memory, workers=workers, progress=progress
    )
    owners, simple, _ = Chamber.of(regions.canonical, domain, group.forms()).mirror_facets()
    mirrors = np.zeros((len(regions), group.rank), dtype=bool)
    for i, (s, h) in enumerate(pairs):
        cells = np.unique(owners[simple == i])
        mirrors[regions.region_of_cell[cells[_continued(regions, cells, s, h)]], i] = True
    return ChamberRegions(group, mirrors, regions)


def _continued(regions: LinearRegions, cells: NDArray[Any], s: RationalMatrix, h: Any) -> NDArray[np.bool_]:
    """Whether A(s x) = h A(x) for the maps A on cells."""
    d = s.shape[0]
    extended = np.eye(d + 1, dtype=object)
    extended[:d, :d] = s.to_rationals()
    after = None if h is None else RationalMatrix.of(h).to_rationals()
    result = np.zeros(len(cells), dtype=bool)
    for start in range(0, len(cells), _CHUNK):
        maps = regions.maps.exact(cells[start : start + _CHUNK])
        images = maps if after is None else after @ maps
        result[start : start + _CHUNK] = np.all(maps @ extended == images, axis=(1, 2))
    return result
