"""Lossless compression: a smaller network of the same function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import Positive, checked
from troppoly.cellwise.cell_network import CellNetwork
from troppoly.cellwise.sign_words import Mask
from troppoly.compression.blocks import as_one_layer
from troppoly.compression.draft import Draft, Step
from troppoly.compression.formal_steps import has_fewest_units, simplified
from troppoly.compression.reading import Reading, Written, layer_cost, linear_part, used_relations
from troppoly.compression.rounding import Rounding, rounded_network, with_single_units
from troppoly.equivalence import Equivalence, equivalent
from troppoly.errors import BudgetError, counted
from troppoly.network import Layer, Network
from troppoly.redundancy.effect import cells_with_effect
from troppoly.redundancy.relations import LayerFunctions, Relation, expression, relations
from troppoly.refinement import CanonicalComplex, canonical_complex
from troppoly.refinement.domain import domain_forms
from troppoly.refinement.refinement import Progress

__all__ = ["Compression", "CompressionCertificate", "compress"]

Equal = Callable[[Network], Equivalence]


@dataclass(frozen=True, slots=True)
class CompressionCertificate:
    """The claim that two networks are equal on a domain, which :meth:`check` decides from scratch.

    ``fewest_units``: it is proved that no network with at most one hidden layer, of rectified and identity units, has
    this function on the domain with fewer units (``compression.orientation``).  ``stopped``: cells exceeded a budget,
    and beside the formal steps only those were done that are listed.

    >>> import troppoly as tp
    >>> tp.compress(tp.Network.from_arrays([[[1], [2]], [[1, 1]]])).certificate.check()
    Equivalent
    """

    original: Network
    compressed: Network
    domain: Any
    fewest_units: bool
    stopped: bool

    def check(
        self, *, max_cells: int | None = None, max_memory: int | None = None, workers: Positive | None = None
    ) -> Equivalence:
        """Decide the claim by :func:`troppoly.equivalence.equivalent`, which uses no step of the compression.

        Budgets, ``workers`` and errors are those of ``equivalent``.
        """
        options: dict[str, Any] = {"max_cells": max_cells, "max_memory": max_memory, "workers": workers}
        return equivalent(self.original, self.compressed, self.domain, **options)


@dataclass(frozen=True, slots=True)
class Compression:
    """The result of :func:`compress`: the smaller ``network``, the ``steps`` that led there, and what is proved.

    >>> import troppoly as tp
    >>> result = compress(tp.Network.from_arrays([[[1], [2]], [[1, 1]]]))
    >>> result, bool(result.certificate.check())
    (Compression of Network 1-2-1 (ReLU) to Network 1-1-1 (ReLU) in 1 step, True)
    """

    network: Network
    steps: tuple[Step, ...]
    certificate: CompressionCertificate

    def rectified(self) -> Network:
        """Return the network with rectified units for identity units where one is enough (``compression.rounding``)."""
        return with_single_units(self.network, self.certificate.domain)

    def to_torch(self) -> Any:
        """Return the exact ``torch.nn.Sequential``; InputError names weights that are not doubles (see ``rounded``)."""
        return self.rectified().to_torch()

    def rounded(self) -> Rounding:
        """Return the network in double precision, with what was rounded, and the exact effect of it."""
        return rounded_network(self.rectified(), self.certificate.original, self.certificate.domain)

    def __repr__(self) -> str:
        n = len(self.steps)
        return f"Compression of {self.certificate.original!r} to {self.network!r} in {counted(n, 'step')}"


@checked
def compress(
    network: Network,
    domain: Any = None,
    *,
    max_cells: int | None = None,
    max_memory: int | None = None,
    workers: Positive | None = None,
    progress: Progress | None = None,
) -> Compression:
    """Return a smaller network of the same function on R^d, or on a domain.

    ``domain`` is a full-dimensional passagemath ``Polyhedron`` or d pairs (low, high).  Until nothing changes,

    - unread and constant units and multiples of others are removed, units are turned around so that fewest identity
      units are needed, and affine layers are multiplied together (``compression.formal_steps``);
    - a network that is affine on the domain becomes one layer;
    - dead units, always active ones, and those that are related to others as functions on the domain are removed, or
      become identity units, as few as the rank of what they pass on (``compression.reading``);
    - units that are affine, or expressed by others, wherever they have an effect on the output, are replaced by that if
      the function stays the same: max(max(x, 0) - 3, 0) = max(x - 3, 0);
    - several hidden layers become one with fewer units, if what is read of them bends along whole hyperplanes only
      (``compression.blocks``).

    Every step leaves the function unchanged and decreases the number of units, or of rectified ones, or of those that
    it takes to write identity units; so this ends, and compressing again does nothing.  A network that is changed loses
    its ``max_groups``.  One hidden layer on all of R^d takes no cells.

    Raises the errors of :func:`troppoly.refinement.canonical_complex`, with its budgets, ``workers`` and
    ``progress``.  The ``partial`` of a
    BudgetError is the Compression so far, with at least the formal steps.

    >>> net = Network.from_arrays([[[1], [2], [-1], [0]], [[1, 1, 1, 1]]], [[0, 0, 0, -3], [0]])
    >>> compress(net)
    Compression of Network 1-4-1 (ReLU) to Network 1-2-1 (ReLU) in 1 step
    """
    options: dict[str, Any] = {"max_cells": max_cells, "max_memory": max_memory, "workers": workers}
    domain_forms(domain, network.n_inputs)  # raises errors
    draft = simplified(Draft.of(network))
    while len(draft.layers) > (2 if domain is None else 1):
        try:
            complex_ = canonical_complex(draft.network, domain, progress=progress, **options)
            masks = list(complex_.signs)
            equal = partial(equivalent, draft.network, domain=domain, **options)
            smaller = (
                _affine(draft, complex_, masks)
                or _by_relations(draft, complex_, list(masks))
                or _where_seen(draft, masks, equal)
                or _joined(draft, complex_, masks, equal)
            )
        except BudgetError as error:
            so_far = _compression(network, draft, domain, stopped=True)
            raise BudgetError(f"{error} The partial result is {so_far!r}.", partial=so_far) from error
        if smaller is None:
            break
        draft = simplified(smaller)
    return _compression(network, draft, domain, stopped=False)


def _compression(network: Network, draft: Draft, domain: Any, *, stopped: bool) -> Compression:
    result = draft.network if draft.steps else network
    fewest = has_fewest_units(draft) and (domain is None or not stopped)
    return Compression(result, draft.steps, CompressionCertificate(network, result, domain, fewest, stopped))


def _affine(draft: Draft, complex_: CanonicalComplex, masks: list[Mask]) -> Draft | None:
    """One affine layer, if the function has no bend."""
    reading = as_one_layer(draft, complex_, masks, (0, len(draft.layers) - 1), 0)
    if reading is None:
        return None
    weight, bias = linear_part(reading.affine), reading.affine.take_columns([draft.layers[0].n_inputs])
    return draft.replaced_by(Network((Layer(weight, bias, draft.layers[-1].rectified),)), "affine function")


def _joined(draft: Draft, complex_: CanonicalComplex, masks: list[Mask], equal: Equal) -> Draft | None:
    """One hidden layer, or none, in the place of several: the shortest block for which this is fewer units."""
    n = len(draft.layers) - 1
    for start, stop in sorted(combinations(range(n + 1), 2), key=lambda block: block[1] - block[0]):
        units, rectified = map(sum, zip(*map(layer_cost, draft.layers[start:stop]), strict=True))
        if stop - start == 1 or not (reading := as_one_layer(draft, complex_, masks, (start, stop), units - 1)):
            continue
        written = reading.oriented()[0].written(draft.layers[stop])
        if written.cost[0] < units and written.cost[1] <= rectified:
            trial = draft.joined(start, stop, written)
            if equal(trial.network):
                return trial
    return None


def _by_relations(draft: Draft, complex_: CanonicalComplex, masks: list[Mask]) -> Draft | None:
    """Reduce one layer after the other; the cells stay cells of all units that are left."""
    start = draft
    for index, signs in enumerate(complex_.activation()[:-1]):
        layer = draft.layers[index]
        linear, dead = ~layer.rectified, np.zeros(layer.n_outputs, dtype=bool)
        dead[layer.rectified] = ~(signs > 0).any(axis=0)
        linear[layer.rectified] = ~(signs < 0).any(axis=0) & (signs > 0).any(axis=0)
        masks[index] = masks[index] | linear  # where such a unit is not active, it is zero
        written = _with_relations(draft, masks, index, linear, dead)
        if written is None:
            continue
        kinds = {"dead": np.flatnonzero(dead), "always active": np.flatnonzero(linear & layer.rectified)}
        draft = draft.rewritten(index, written, "dependent", kinds)
        if len(draft.layers) == 1:
            return draft
        kept = [i for i, r in zip(written.units, written.layer.rectified, strict=True) if r and i is not None]
        active = np.ones((len(masks[index]), written.layer.n_outputs), dtype=bool)
        active[:, : len(kept)] = masks[index][:, kept] ^ np.isin(kept, list(written.turned))
        masks[index] = active
    return None if draft is start else draft


def _with_relations(draft: Draft, masks: list[Mask], index: int, linear: Mask, dead: Mask) -> Written | None:
    """A layer with fewer units, or as many and fewer rectified ones, by the relations between its units."""
    layer, following = draft.layers[index : index + 2]
    functions = LayerFunctions(CellNetwork.of(draft.layers[: index + 1]), masks, index)
    start = Reading.of(layer, following, linear).without(dead)
    limit = layer.n_outputs + int(np.count_nonzero(linear))
    best, least = None, (layer.n_outputs, int(np.count_nonzero(layer.rectified)))
    for stage in used_relations(start, relations(functions, start.units)):
        written = stage.oriented()[0].written(following)
        size = (written.cost[0], len(stage.units))
        if size < least and written.cost[1] <= limit:
            best, least = written, size
        least = min(least, (layer.n_outputs, 0))  # after the first stage only fewer units count
    return best


def _where_seen(draft: Draft, masks: list[Mask], equal: Equal) -> Draft | None:
    """Replace units by what they are wherever later layers see them, if the function stays the same.

    In a layer first all units that are affine there, then single ones, by other units if that is possible.
    """
    network = CellNetwork.of(draft.layers)
    for index, seen in enumerate(cells_with_effect(network, masks)):
        layer, following = draft.layers[index : index + 2]
        start = Reading.of(layer, following)
        parts = {i: seen[:, i] for i in start.units if not seen[:, i].all()}
        affine, related = {}, []
        for i, cells in parts.items():
            if (relation := _expression(network, masks, index, cells, i, [])) is not None:
                affine[i] = relation
            others = [j for j in start.units if j != i]
            if (relation := _expression(network, masks, index, cells, i, others)) is not None:
                related.append({i: relation})
        for trial in [affine] * (len(affine) > 1) + [{i: relation} for i, relation in affine.items()] + related:
            reading = start.eliminate(trial)
            written = reading.oriented()[0].written(following)
            most = layer.n_outputs + int(np.count_nonzero(~layer.rectified))
            better = written.cost < layer_cost(layer) and written.cost[1] <= most
            if better or not reading.units:  # then the layer is affine, and is left out
                smaller = draft.rewritten(index, written, "dependent", {"hidden": list(trial)})
                if equal(smaller.network):
                    return smaller
    return None


def _expression(
    network: CellNetwork, masks: list[Mask], index: int, seen: Mask, unit: int, others: list[int]
) -> Relation | None:
    """What a unit is on the cells where it is seen; a few of them tell mostly that there is nothing to find."""
    cells = np.flatnonzero(seen)
    if not len(cells):
        return Relation({unit: mpq(1)}, {})
    inputs = network.layers[index].n_inputs
    few = 8 + (inputs + len(others)) // network.n_coordinates
    sample = cells[np.linspace(0, len(cells) - 1, min(few, len(cells))).astype(np.intp)]
    for chosen in (sample, cells):
        functions = LayerFunctions(network, [mask[chosen] for mask in masks[: index + 1]], index)
        relation = expression(functions, unit, others)
        if relation is None:
            return None
    return relation
