"""The refinement engine: the canonical complex of a network, unit by unit.

The complex is a fan (see ``complex.polyhedral_complex``): the orthants of coordinates chosen from the first layer's
forms, so that there is no artificial wall; cut to the domain; and refined by one rectified unit after another, layer by
layer.  When all layers before are done, a unit is linear on every cone, and its signs at the rays decide what it
crosses.  Faces between which there is no wall of the network are merged in the end (see ``coarsening``).

Reference: Berzins, Polyhedral complex extraction from ReLU networks using edge subdivision, ICML 2023 (there with
edges only, in a box, and in general position).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.cellwise.cell_network import CellNetwork
from troppoly.cellwise.lowering import Affine, lowered
from troppoly.cellwise.sign_words import BLOCK, Mask, SignWords, layer_places, pack
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.errors import BudgetError
from troppoly.exact import DenseMatrix, RationalMatrix, SparseMatrix
from troppoly.exact.linear import rank_bound, row_basis
from troppoly.network import Network
from troppoly.refinement.budget import MANY, Budget
from troppoly.refinement.canonical import CanonicalComplex, PartialComplex, RefinedRays
from troppoly.refinement.coarsening import coarsen
from troppoly.refinement.coordinates import choose_coordinates
from troppoly.refinement.domain import domain_forms
from troppoly.refinement.fan import Column, orthants
from troppoly.refinement.forms import FormTable
from troppoly.refinement.rays import Certificate, Signs
from troppoly.refinement.recompute import Recomputation
from troppoly.refinement.split import Crossing, Unit, split

__all__ = ["canonical_complex"]

Progress = Callable[[int, int, int], None]
_Result = tuple[PolyhedralComplex, Network, SignWords, SignWords, SignWords, Certificate, int]


@checked
def canonical_complex(
    network: Network,
    domain: Any = None,
    *,
    max_cells: int | None = None,
    max_memory: int | None = None,
    progress: Progress | None = None,
) -> CanonicalComplex:
    """Return the canonical complex of a network over R^d, or over a full-dimensional polyhedron.

    ``domain`` is a passagemath ``Polyhedron`` in R^d, or a box as d pairs (low, high).  ``progress`` is called after
    every unit with the numbers of units done, of all units, and of cells.

    Raises EmptyDomainError if the domain is empty or not full-dimensional, ShapeError if it lies in another space, and
    BudgetError before there are more than ``max_cells`` cells or ``max_memory`` bytes of arrays (no more than the
    machine has); its ``partial`` is the :class:`PartialComplex` of the units before, or None if the coordinates chosen
    from the first layer exceed the budget.

    >>> net = Network.from_arrays([[[1], [1]], [[1, 1]]], [[0, -1], [0]])
    >>> canonical_complex(net).f_vector()
    (2, 3)
    """
    budget = Budget.of(max_cells, max_memory)
    refinement = _Refinement(network, domain_forms(domain, network.n_inputs), budget)
    for unit, cells in refinement.crossings([0]):  # the facets of the domain; stage i + 1 is layer i of the network
        refinement.refine(unit, cells, None)
        fan = refinement.fan
        fan.keep((fan.cones[-1].word.view & unit.place.minus) == 0)  # where the facet's form is nonnegative
    for done, (unit, cells) in enumerate(refinement.crossings(range(1, len(refinement.stages)))):
        refinement.refine(unit, cells, done)
        if progress is not None:
            progress(done + 1, refinement.n_units, refinement.fan.cells.n)
    return CanonicalComplex(*refinement.result(refinement.n_units))


class _Refinement:
    """The state of a refinement; ``facets`` are the forms that are nonnegative on the domain."""

    def __init__(self, network: Network, facets: RationalMatrix, budget: Budget) -> None:
        d = network.n_inputs
        self.network, self.budget = network, budget
        layers = _relevant_layers(network)
        forms, rectified = RationalMatrix.zeros(0, d + 1), np.zeros(0, dtype=bool)
        if layers:
            forms, rectified = layers[0][0].hstack(layers[0][1]), layers[0][2]
        start = budget.check_start(facets, forms)
        self.coordinates = choose_coordinates(facets, forms.take_rows(rectified), forms.take_rows(~rectified))
        section = self.coordinates.section
        normals, offsets = facets.take_columns(np.arange(d)), facets.take_columns([d])
        outside = lowered([(normals, offsets, np.ones(facets.shape[0], dtype=bool))], 0, section)
        first = outside[0].places.columns.stop
        inside = CellNetwork(lowered(layers, first, section))
        n_words = (outside + inside.layers)[-1].places.columns.stop
        self.places = layer_places([layer.rectified for layer in network.layers], first)
        self.stages = [(CellNetwork(outside), 0), *((inside, index) for index in range(len(inside.layers)))]
        self.n_units = sum(len(layer.rectified) for layer in inside.layers)
        self.forms = FormTable.of_coordinates(self.coordinates.dimension, n_words)
        self.signs = Signs(self.stages, self.forms, self.coordinates.dimension)
        self.fan = orthants(self.coordinates.half, n_words)
        self.nbytes = max(start, self.fan.nbytes + self.forms.nbytes)  # the most so far
        over = budget.exceeded(1, self.nbytes)
        if over is not None:
            raise BudgetError(f"The first layer alone has {over}.")

    def crossings(self, stages: Iterable[int]) -> Iterator[tuple[Unit, NDArray[np.intp]]]:
        """Yield every unit of some stages with the cells that it crosses; refine before the next."""
        for stage in stages:
            layer = self.signs.layer(stage)
            self.fan.cells.origin = Column(np.arange(self.fan.cells.n, dtype=np.int32))
            self.signs.evaluate(self.fan, stage)
            for start in range(0, len(layer.rectified), BLOCK):
                block = layer.rectified[start : start + BLOCK]
                first = layer.places.place(block[0])
                self.fan.begin_block(first.column, first.half)
                for position in block:
                    unit = Unit(stage, int(position), layer.places.place(position))
                    yield unit, np.flatnonzero(unit.place.crosses(self.fan.cones[-1].word.view))
                self.fan.end_block(first.column, first.half)

    def refine(self, unit: Unit, cells: NDArray[np.intp], done: int | None) -> None:
        """Split what the unit crosses, unless that would exceed the budget; ``done`` is None for the domain."""
        over = self.budget.exceeded(self.fan.cells.n + len(cells), self.nbytes)
        if over is None and len(cells):
            crossing = Crossing(self.fan, self.forms, unit, cells)
            over = self.budget.exceeded(1, crossing.nbytes, crossing.n_rows, "faces of one dimension")
            if over is None:
                split(self.fan, self.signs, crossing)
                self.nbytes = max(self.nbytes, crossing.nbytes)
        if over is not None:
            raise self.error(unit, over, done)

    def error(self, unit: Unit, over: str, done: int | None) -> BudgetError:
        """The error that says what a step would exceed, with what is finished."""
        if done is None:
            return BudgetError(f"Facet {unit.position} of the domain would make {over}.")
        self.fan.end_block(unit.place.column, unit.place.half)
        layer = unit.stage - 1
        position = np.searchsorted(self.signs.layer(unit.stage).rectified, unit.position)
        number = self.places[layer].rectified[position]  # only units that are not rectified were left out
        return BudgetError(
            f"Unit {number} of layer {self.network.names[layer]!r} would make {over}; "
            f"{done} of {self.n_units} units are done, and the error's attribute 'partial' holds them.",
            partial=lambda: PartialComplex(*self.result(done), done, self.n_units),
        )

    def result(self, done: int) -> _Result:
        """Return the complex refined by the first ``done`` units, with its labels."""
        fan, refined, lineality = self.fan, self.refined_bits(done), self.coordinates.lineality
        forms, signs = fan.rays.forms.view, fan.rays.signs.view
        recomputation = Recomputation(self.stages, self.forms)
        rays = RefinedRays(forms, signs, self.coordinates, recomputation)
        ray_words, unmerged = fan.rays.words.view & refined, fan.cells.words.view & refined
        facets = tuple(level.incidence() for level in fan.levels)
        words = unmerged
        ahead = len(self.stages) > 1 and done < len(self.signs.layer(1).rectified)
        if self.network.max_groups or self.coordinates.artificial.any() or ahead:
            groups = [[self.places[i].place(unit) for i, unit in group] for group in self.network.max_groups]
            coarse = coarsen(ray_words, rays.at_infinity, facets, groups)
            lines = DenseMatrix(rays.homogeneous(coarse.lines)[:, :-1])
            lineality = lineality.vstack(lines.take_rows(row_basis(lines)))
            rays = RefinedRays(forms[coarse.rays], signs[coarse.rays], self.coordinates, recomputation)
            facets, words, ray_words = coarse.facets, coarse.words, ray_words[coarse.rays]
        return (
            PolyhedralComplex(self.network.n_inputs, lineality, rays, facets),
            self.network,
            SignWords(words, self.places),
            SignWords(ray_words, self.places),
            SignWords(unmerged, self.places),
            self.signs.certificate(),
            self.nbytes,
        )

    def refined_bits(self, done: int) -> NDArray[np.uint64]:
        """The (W,) bits of the sign words that belong to the domain and to the first ``done`` units."""
        bits = [np.full(self.places[0].columns.start, 2**64 - 1, dtype=np.uint64)]
        for layer in self.places:
            first = np.arange(len(layer.rectified))[None] < done
            bits.append(pack(first, first)[0])
            done -= len(layer.rectified)
        return np.concatenate(bits)


def _relevant_layers(network: Network) -> list[Affine]:
    """The layers without the units on which no rectified unit depends.

    Where the next layer reads fewer combinations of units that only pass their value on, these are units instead, so
    that coordinates need not span more.
    """
    result: list[Affine] = []
    read: Mask = np.zeros(network.n_outputs, dtype=bool)  # which units later layers read
    for layer in reversed(network.layers):
        keep = layer.rectified | read
        if not result and not keep.any():
            read = np.zeros(layer.n_inputs, dtype=bool)
            continue
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
