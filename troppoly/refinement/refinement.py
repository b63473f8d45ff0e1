"""The refinement engine: the canonical complex of a network, unit by unit.

The complex is a fan (see ``complex.polyhedral_complex``): the orthants of coordinates chosen from the first layer's
forms, so that there is no artificial wall; cut to the domain; and refined by one rectified unit after another, layer by
layer.  When all layers before are done, a unit is linear on every cone, and its signs at the rays decide what it
crosses.  Faces between which there is no wall of the network are merged in the end (see ``coarsening``).

Reference: Berzins, Polyhedral complex extraction from ReLU networks using edge subdivision, ICML 2023 (there with
edges only, in a box, and in general position).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import Positive, checked
from troppoly.cellwise.cell_network import CellNetwork
from troppoly.cellwise.lowering import Affine, lowered, of_forms
from troppoly.cellwise.sign_words import Mask, Place, SignWords, coordinate_signs, layer_places, pack
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.errors import BudgetError, TroppolyError
from troppoly.exact import DenseMatrix, RationalMatrix, SparseMatrix
from troppoly.exact.linear import rank_bound, row_basis
from troppoly.network import Network
from troppoly.refinement.beginnings import Beginnings
from troppoly.refinement.budget import MANY, Budget
from troppoly.refinement.canonical import CanonicalComplex, PartialComplex, RefinedRays
from troppoly.refinement.certificate import Certificate
from troppoly.refinement.coarsening import coarsen
from troppoly.refinement.coordinates import choose_coordinates
from troppoly.refinement.domain import domain_forms
from troppoly.refinement.recompute import Recomputation

if TYPE_CHECKING:
    from troppoly.refinement.gluing import Lattice

__all__ = ["Refinement", "canonical_complex"]

Progress = Callable[[int, int, int], None]
_Result = tuple[PolyhedralComplex, Network, SignWords, SignWords, SignWords, Certificate, int]


@checked
def canonical_complex(
    network: Network,
    domain: Any = None,
    *,
    max_cells: int | None = None,
    max_memory: int | None = None,
    workers: Positive | None = None,
    progress: Progress | None = None,
) -> CanonicalComplex:
    """Return the canonical complex of a network over R^d, or over a full-dimensional polyhedron.

    ``domain`` is a passagemath ``Polyhedron`` in R^d, or a box as d pairs (low, high).  ``workers`` threads
    refine parts of the complex at once, by default one on each core; the result is the same for any number of them.
    ``progress`` is called with the numbers of units done (where parts are at different units, the mean), of all units,
    and of cells.

    Raises EmptyDomainError if the domain is empty or not full-dimensional, ShapeError if it lies in another space, and
    BudgetError before there are more than ``max_cells`` cells or ``max_memory`` bytes in the arrays of the result (no
    more than the machine has; parts in the making take some hundred megabytes at most).  Its ``partial``, made when
    asked for, is the :class:`PartialComplex` of the units before, or None if the coordinates chosen from the first
    layer exceed the budget.

    >>> net = Network.from_arrays([[[1], [1]], [[1, 1]]], [[0, -1], [0]])
    >>> canonical_complex(net).f_vector()
    (2, 3)
    """
    budget = Budget.of(max_cells, max_memory)
    refinement = Refinement(network, domain_forms(domain, network.n_inputs), budget)
    workers = n_workers(workers)
    lattice, history, over = refinement.lattice(refinement.n_units, workers, progress)
    if over is not None:
        del lattice  # what is not whole is not kept
        raise refinement.error(history, over, workers)
    return CanonicalComplex(*refinement.result(lattice, refinement.n_units), refinement.cellwise)


@cache
def n_workers(wanted: int | None) -> int:
    """Return how many workers there are: one on each core if no number is given, and at most 64.

    >>> n_workers(100)
    64
    """
    return min(wanted or os.cpu_count() or 1, 64)


class Refinement:
    """What all parts have in common; ``facets`` are the forms that are nonnegative on the domain.

    ``divided`` tells that a large start may be divided, see ``beginnings``; but coordinates that are no walls may not.
    """

    def __init__(self, network: Network, facets: RationalMatrix, budget: Budget, divided: bool = False) -> None:
        self.network, self.budget = network, budget
        first = -(-facets.shape[0] // 32)
        self.cellwise = CellNetwork.of(network.layers, first)
        self.places = layer_places([layer.rectified for layer in network.layers], first)
        self.n_words = self.places[-1].columns.stop
        layers, forms, walls = _relevant_layers(network), facets.take_rows([]), np.zeros(0, dtype=bool)
        if layers:
            forms, walls = layers[0][0].hstack(layers[0][1]), layers[0][2]
        self.start_nbytes = (budget.check_parts if divided else budget.check_start)(facets, forms)
        self.coordinates = choose_coordinates(facets, forms.take_rows(walls), forms.take_rows(~walls))
        if divided and self.merges:
            self.start_nbytes = budget.check_start(facets, forms)
        section = self.coordinates.section
        self.facets = facets @ section if len(facets) else RationalMatrix.zeros(0, section.shape[1])
        outside = _domain(self.facets) if len(facets) else _whole_space(section.shape[1])
        inside = CellNetwork(lowered(layers, first, section))
        self.networks = [(outside, 0), *((inside, index) for index in range(len(layers)))]
        from troppoly.refinement.pieces import Program  # numba, which this needs, takes a second to import

        self.program = Program(self.networks, self.coordinates.dimension, self.n_words, self._walls())
        self.n_units = self.program.n_units

    def lattice(
        self, limit: int, workers: int, progress: Progress | None = None
    ) -> tuple[Lattice, NDArray[np.int64], str | None]:
        """Refine by the units before the limit; see ``Program.lattice``."""
        return self.program.lattice(self.coordinates.half, limit, workers, self.budget, progress)

    @property
    def merges(self) -> bool:
        """Whether faces of the refinement are merged in the end."""
        return bool(self.network.max_groups or self.coordinates.artificial.any())

    @property
    def groups(self) -> list[list[Place]]:
        """For every maximum the places of its units."""
        return [[self.places[i].place(unit) for i, unit in group] for group in self.network.max_groups]

    def beginnings(self, most: int) -> Beginnings:
        """How the start is divided until it takes no more than so many bytes."""
        most = 2**62 if self.merges else most  # coordinates need not be walls
        return Beginnings(self.coordinates.half, self.facets, self.program.row_bytes, most)

    def _walls(self) -> Mask:
        """By which (column, bit) of the words of cells parts may be divided: by what is a wall in the end, too.

        If faces are merged, these are all units but those of a maximum before its last one, and no coordinates.  A
        face of the canonical complex lies on one side of such a wall or in it, and so do all cells around it: it lies
        in a part altogether or not at all, and has one owner.
        """
        walls = np.ones((self.n_words + 1, 32), dtype=bool)
        walls[-1] = not self.merges
        for group in self.groups:
            for place in group[:-1]:
                walls[place.column, place.bit] = False
        return walls

    def error(self, history: NDArray[np.int64], over: str, workers: int) -> BudgetError:
        """The error that says what a unit would exceed, with the complex of those before, which is found by bisection.

        ``history`` and ``over`` are those of the run that was stopped.
        """
        fits, failed = -1, self.n_units  # numbers of units
        units = range(failed - 1)
        limit = next((i for i in units if self.budget.exceeded(*history[:, i].tolist()) is not None), failed - 1)
        while failed - fits > 1:
            for unit in range(failed - 1):
                more = self.budget.exceeded(int(history[0, unit]), 0)
                if more is not None:  # also if it is not all that would be there
                    failed, over = unit + 1, more
                    break
            limit = min(limit, failed - 1)
            history, more = self.lattice(limit, workers)[1:]
            if more is None:
                fits = limit
            else:
                failed, over = limit, more
            limit = max(fits + failed, 0) // 2
        layer, number = 1, fits
        while number >= len(self.program.stages[layer].units):
            number -= len(self.program.stages[layer].units)
            layer += 1
        name = self.places[layer - 1].rectified[number]  # only units that are not rectified were left out
        return BudgetError(
            f"Unit {name} of layer {self.network.names[layer - 1]!r} would make {over}; "
            f"{fits} of {self.n_units} units are done, and the error's attribute 'partial' holds them.",
            partial=lambda: PartialComplex(*self.result(self.lattice(fits, workers)[0], fits), fits, self.n_units),
        )

    def result(self, lattice: Lattice, done: int) -> _Result:
        """Return the complex refined by the first ``done`` units, with its labels.

        The cones, with the one of dimension 0, subdivide a closed convex cone that is no linear space, so its Euler
        characteristic with compact supports is 0.  Raises TroppolyError if theirs is another.
        """
        if sum((-1) ** k * n for k, n in enumerate(lattice.n.tolist(), start=1)) != -1:
            raise TroppolyError(f"{lattice.n.tolist()} cones are not those of a complex: this is an error of troppoly.")
        return self.result_with_members(lattice, done)[0]

    def result_with_members(self, lattice: Lattice, done: int) -> tuple[_Result, tuple[NDArray[np.intp], ...] | None]:
        """Return also, for the faces of every dimension, cones of the lattice that they contain, or None for all."""
        facets, D = lattice.finish(), len(lattice.n)
        refined, lineality = self.refined_bits(done), self.coordinates.lineality
        recomputation = Recomputation(self.networks, lattice.recipe.array, lattice.form_words.array)
        signs = coordinate_signs(lattice.ray_signs.array, D)
        rays = RefinedRays(lattice.ray_forms.array, signs, self.coordinates, recomputation)
        ray_words, unmerged = lattice.ray_words.array, lattice.cell_words.array
        for c in np.flatnonzero(~refined):
            ray_words[:, c] &= refined[c]
            unmerged[:, c] &= refined[c]
        words, members = unmerged, None
        ahead = len(self.program.stages) > 1 and done < len(self.program.stages[1].units)
        if self.merges or ahead:
            coarse = coarsen(ray_words, rays.at_infinity, facets, self.groups)
            lines = DenseMatrix(rays.homogeneous(coarse.lines)[:, :-1])
            lineality = lineality.vstack(lines.take_rows(row_basis(lines)))
            rays = RefinedRays(rays.forms[coarse.rays], signs[coarse.rays], self.coordinates, recomputation)
            facets, words, ray_words, members = coarse.facets, coarse.words, ray_words[coarse.rays], coarse.members
        result = (
            PolyhedralComplex(self.network.n_inputs, lineality, rays, facets),
            self.network,
            SignWords(words, self.places),
            SignWords(ray_words, self.places),
            SignWords(unmerged, self.places),
            Certificate(*lattice.counters.tolist()),
            max(self.start_nbytes, lattice.nbytes(self.program.row_bytes)),
        )
        return result, members

    def refined_bits(self, done: int) -> NDArray[np.uint64]:
        """The (W,) bits of the sign words that belong to the domain and to the first ``done`` units."""
        bits = np.full(self.n_words, 2**64 - 1, dtype=np.uint64)
        for stage in self.program.stages[1:]:
            n = len(stage.units)
            if done < n:
                first = np.arange(n)[None] < done
                bits[stage.column : stage.column + -(-n // 32)] = pack(first, first)[0]
            done = max(0, done - n)
        return bits


def _domain(forms: RationalMatrix) -> CellNetwork:
    """The network of the facets of a domain, forms in y."""
    return CellNetwork((of_forms(forms, *layer_places([np.ones(len(forms), dtype=bool)])),))


@cache
def _whole_space(D: int) -> CellNetwork:
    """That of no facets."""
    return _domain(DenseMatrix(np.zeros((0, D), dtype=np.int64)))


def _relevant_layers(network: Network) -> list[Affine]:
    """The layers without the units on which no rectified unit depends.

    Where the next layer reads fewer combinations of units that only pass their value on, these are units instead, so
    that coordinates need not span more.
    """
    last = max((i for i, layer in enumerate(network.layers) if layer.rectified.any()), default=-1)
    if all(layer.rectified.all() for layer in network.layers[: last + 1]):
        return [(layer.weight, layer.bias, layer.rectified) for layer in network.layers[: last + 1]]
    result: list[Affine] = []
    read: Mask = np.zeros(len(network.layers[last].rectified), dtype=bool)  # which units later layers read
    for layer in reversed(network.layers[: last + 1]):
        keep = layer.rectified | read
        if result:
            keep[0] |= not keep.any()  # a layer has at least one unit
            result[-1] = result[-1][0].take_columns(keep), *result[-1][1:]
        weight, bias, rectified = layer.weight.take_rows(keep), layer.bias.take_rows(keep), layer.rectified[keep]
        if result:
            own, following = weight.take_rows(~rectified), result[-1][0]
            through = following.take_columns(~rectified)
            if rank_bound(through, MANY) < rank_bound(own, MANY):
                identity = SparseMatrix.identity(through.shape[0])
                result[-1] = following.take_columns(rectified).hstack(identity), *result[-1][1:]
                weight = weight.take_rows(rectified).vstack(through @ own)
                bias = bias.take_rows(rectified).vstack(through @ bias.take_rows(~rectified))
                rectified = np.arange(weight.shape[0]) < np.count_nonzero(rectified)
        result.append((weight, bias, rectified))
        read = weight.nonzero_columns()
    return result[::-1]
