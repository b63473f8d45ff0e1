"""Lossless compression: a smaller network of the same function."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.complex import CanonicalComplex, canonical_complex
from troppoly.complex.domain import domain_forms
from troppoly.complex.refinement import Progress
from troppoly.compression.draft import Draft, Step
from troppoly.compression.floats import Rounding, rounded_network, with_single_units
from troppoly.compression.formal import simplified
from troppoly.compression.layer_reduction import reduced
from troppoly.equivalence import Equivalence, equivalent
from troppoly.equivalence.cell_forms import IntegerNetwork, active_units, chunks
from troppoly.equivalence.parallel import constant_network, value_after
from troppoly.exact import RationalMatrix, modular
from troppoly.network import Layer, Network
from troppoly.redundancy import LayerFunctions, Relation, opposite_pairs, relations, units_with_effect

__all__ = ["Compression", "CompressionCertificate", "compress"]


@dataclass(frozen=True, slots=True)
class CompressionCertificate:
    """The claim that two networks are equal on a domain, which :meth:`check` decides from scratch."""

    original: Network
    compressed: Network
    domain: Any

    def check(self, *, max_cells: int | None = None, max_memory: int | None = None) -> Equivalence:
        """Decide the claim by :func:`troppoly.equivalence.equivalent`, which uses no step of the compression.

        The result is truthy if the claim holds.  Budgets and errors are those of ``equivalent``.
        """
        return equivalent(
            self.original, self.compressed, self.domain, max_cells=max_cells, max_memory=max_memory
        )


@dataclass(frozen=True, eq=False)
class Compression:
    """The result of :func:`compress`: the smaller ``network``, and the ``steps`` that led there."""

    original: Network
    network: Network
    domain: Any
    steps: tuple[Step, ...]

    @property
    def certificate(self) -> CompressionCertificate:
        """The claim that the network is the given one, as a function on the domain."""
        return CompressionCertificate(self.original, self.network, self.domain)

    @cached_property
    def rectified(self) -> Network:
        """The network with its identity units as rectified ones, where one is enough for one.

        See :func:`troppoly.compression.floats.with_single_units`.
        """
        return with_single_units(self.network, self.domain)

    def to_torch(self) -> Any:
        """Return the ``torch.nn.Sequential`` of exactly this function on the domain.

        Raises InputError, which names the entry, if a weight is no double precision number; then
        :meth:`rounded` says what rounding does.
        """
        return self.rectified.to_torch()

    def rounded(self) -> Rounding:
        """Return the network in double precision, with what was rounded, and the exact effect of it.

        See :class:`troppoly.compression.Rounding`.
        """
        return rounded_network(self.rectified, self.original, self.domain)

    def __repr__(self) -> str:
        n = len(self.steps)
        return f"Compression of {self.original!r} to {self.network!r} in {n} step{'s' * (n != 1)}"


def compress(
    network: Network,
    domain: Any = None,
    *,
    max_cells: int | None = None,
    max_memory: int | None = None,
    progress: Progress | None = None,
) -> Compression:
    """Return a smaller network of the same function on R^d, or on a domain.

    ``domain`` is a full-dimensional passagemath ``Polyhedron``.  Until nothing changes,

    - units that nothing reads, constant ones, and multiples of others are removed, and affine layers
      are multiplied together (``compression.formal``);
    - if the network is affine on all cells, it becomes one layer;
    - dead units, always active ones, and units that are related to others as functions on the domain are
      removed or become identity units, of which as few are kept as the rank of what they pass on
      (``compression.layer_reduction``);
    - units without effect on the output are removed if the function without them is the same.

    Every step leaves the function unchanged exactly, and decreases the number of units, or else that of
    rectified units; so this ends, and compressing the result again does nothing.  If anything is
    changed, ``max_groups`` of the network are dropped: what were maxima are ordinary units then.

    Raises the errors of :func:`troppoly.complex.canonical_complex`, with the given budgets.

    >>> net = Network.from_arrays([[[1], [2], [-1], [0]], [[1, 1, 1, 1]]], [[0, 0, 0, -3], [0]])
    >>> result = compress(net)
    >>> result
    Compression of Network 1-4-1 (ReLU) to Network 1-2-1 (ReLU) in 1 step
    >>> result.certificate.check()
    Equivalent
    """
    budgets: dict[str, Any] = {"max_cells": max_cells, "max_memory": max_memory}
    domain_forms(domain, network.n_inputs)  # raises errors
    draft = simplified(Draft.of(network))
    while len(draft.layers) > 1:
        complex_ = canonical_complex(draft.network, domain, progress=progress, **budgets)
        smaller = _affine(draft, complex_) or _by_relations(draft, complex_)
        if smaller is None:
            smaller = _without_effect(draft, active_units(complex_), domain, budgets)
        if smaller is None:
            break
        draft = simplified(smaller)
    result = draft.network if draft.steps else network
    return Compression(network, result, domain, draft.steps)


def _affine(draft: Draft, complex_: CanonicalComplex) -> Draft | None:
    """One affine layer, if all cells have the same map."""
    integers = IntegerNetwork(draft.layers)
    for count in (1, modular.n_moduli(integers.bits[-1] + 1)):
        first = integers.outputs(active_units(complex_, slice(0, 1)), count)
        for cells in chunks(complex_.n_cells, integers.cost(count)):
            if (integers.outputs(active_units(complex_, cells), count) != first).any():
                return None
    joint = RationalMatrix(modular.integers(first)[0], integers.scales[-1])
    d = integers.n_coordinates - 1
    layer = Layer(
        joint.take_columns(np.arange(d)), joint.take_columns([d]), np.zeros(joint.shape[0], dtype=bool)
    )
    return draft.replaced_by(Network((layer,)), "affine function")


def _by_relations(draft: Draft, complex_: CanonicalComplex) -> Draft | None:
    """Reduce one layer after the other; the cells stay cells of all units that are left."""
    start, masks = draft, active_units(complex_)
    for index, signs in enumerate(complex_.activation()[:-1]):
        layer, following = draft.layers[index : index + 2]
        linear = ~layer.rectified
        linear[layer.rectified] = ~(signs < 0).any(axis=0)
        masks[index][:, linear] = True  # where such a unit is not active, it is zero
        found = _related(draft, masks, index, linear)
        result = reduced(layer, following, linear, found)
        if result is None:
            continue
        new, reader, numbers = result
        if not numbers:
            values = value_after((reader, *draft.layers[index + 2 :]), (mpq(0),) * reader.n_inputs)
            return draft.replaced_by(constant_network(draft.layers[0].n_inputs, values), "constant function")
        units = [None if i is None else draft.units[index][i] for i in numbers]
        gone = np.isin(np.arange(layer.n_outputs), [i for i in numbers if i is not None], invert=True)
        dead = ~(signs > 0).any(axis=0)
        rectified = np.flatnonzero(layer.rectified)
        is_dead = np.isin(np.arange(layer.n_outputs), rectified[dead])
        done = {
            "dead": gone & is_dead,
            "always active": linear & layer.rectified & ~is_dead,
            "identity": gone & ~layer.rectified,
            "dependent": gone & ~linear & ~is_dead,
        }
        draft = draft.with_layer(
            index, new, reader, units, {kind: np.flatnonzero(mask).tolist() for kind, mask in done.items()}
        )
        true = np.ones(len(masks[index]), dtype=bool)
        masks[index] = np.stack(
            [
                masks[index][:, i] if r and i is not None else true
                for i, r in zip(numbers, new.rectified, strict=True)
            ],
            axis=1,
        )
    return None if draft is start else draft


def _related(
    draft: Draft, masks: list[NDArray[np.bool_]], index: int, linear: NDArray[np.bool_]
) -> list[Relation]:
    """The relations between the units of a layer that are not passed on as they are."""
    layer = draft.layers[index]
    integers = IntegerNetwork(draft.layers[: index + 1])
    functions = LayerFunctions(integers, masks[: index + 1], index)
    dead = np.asarray(~masks[index].any(axis=0))
    related = [Relation({i: mpq(1)}, {}, mpq(0)) for i in np.flatnonzero(dead).tolist()]
    opposite: set[int] = set()
    for i, j, s in opposite_pairs(layer):
        if not (dead[i] or dead[j] or linear[i] or linear[j]):
            row = {k: -s * w for k, w in enumerate(layer.weight.row(j)) if w}
            related.append(Relation({i: mpq(1), j: -s}, row, -s * layer.bias.entry(j, 0)))
            opposite.add(i)
    rest = [i for i in range(layer.n_outputs) if not (dead[i] or linear[i] or i in opposite)]
    return [*related, *relations(functions, rest)]


def _without_effect(
    draft: Draft, masks: list[NDArray[np.bool_]], domain: Any, budgets: dict[str, Any]
) -> Draft | None:
    """Leave out units without effect, all of them or one, if the function stays the same."""
    effect = units_with_effect(IntegerNetwork(draft.layers), masks)
    inert = [(index, int(i)) for index, mask in enumerate(effect) for i in np.flatnonzero(~mask)]
    trials = [inert] if len(inert) > 1 else []
    trials += [[place] for place in inert]
    for chosen in trials:
        trial = draft
        for index in sorted({index for index, _ in chosen}):
            keep = np.ones(draft.layers[index].n_outputs, dtype=bool)
            keep[[unit for place, unit in chosen if place == index]] = False
            trial = _left_out(trial, index, keep)
        if equivalent(draft.network, trial.network, domain, **budgets):
            return trial
    return None


def _left_out(draft: Draft, index: int, keep: NDArray[np.bool_]) -> Draft:
    """The draft in which units of a layer are not read any more."""
    layer, following = draft.layers[index : index + 2]
    factors = RationalMatrix.of([[int(k)] for k in keep])
    weight = following.weight.T
    kept = RationalMatrix(weight.numerators * factors.numerators, weight.denominator).T
    reader = Layer(kept, following.bias, following.rectified)
    removed = np.flatnonzero(~keep).tolist()
    return draft.with_layer(index, layer, reader, draft.units[index], {"without effect": removed})
