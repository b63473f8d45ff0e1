"""Units without effect on the output, to first order.

A unit is *without effect* if on every cell where it is active the derivatives of all outputs by it are zero: the
product of the masked weights of the layers after it.  So a small change of its value does not change the output; but
the unit may be needed: in max(max(x, 0) - max(2 x, 0) + max(-x, 0), 0) = max(-x, 0) the derivative by max(2 x, 0) is
zero where this is active, but without it the function is |x|.  So for compression such units are candidates, and so are
units that are a function of others wherever they have an effect.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from troppoly.cellwise.arithmetic import FloatArray, Passing, masked
from troppoly.cellwise.cell_network import CellNetwork, chunks
from troppoly.cellwise.sign_words import Mask, Masks
from troppoly.exact import modular

__all__ = ["cells_with_effect", "units_with_effect"]


def units_with_effect(network: CellNetwork, masks: Masks) -> list[Mask]:
    """Return for every hidden layer which units have an effect; one prime proves it, enough primes disprove it."""
    result = [np.zeros(layer.n_units, dtype=bool) for layer in network.layers[:-1]]
    for count in (1, modular.n_moduli(network.sensitivity_bits)):
        for cells, seen in _effects(network, masks, count):
            for units, part, mask in zip(result, seen, masks[:-1], strict=True):
                units |= (part & mask[cells]).any(axis=0)
            if all(units.all() for units in result):
                return result
    return result


def cells_with_effect(network: CellNetwork, masks: Masks) -> list[Mask]:
    """Return for every hidden layer where (cells, units) a value has an effect modulo one prime, active or not."""
    parts = [seen for _, seen in _effects(network, masks, 1)]
    return [np.concatenate(layer) for layer in zip(*parts, strict=True)]


def _effects(network: CellNetwork, masks: Masks, count: int) -> Iterator[tuple[slice, list[Mask]]]:
    """For some cells at a time, where the derivative of an output by a unit's value is not zero modulo some prime."""
    m, last = network.layers[-1].n_units, len(network.layers) - 1
    for cells in chunks(len(masks[0]), network.cost(count)):
        part = [mask[cells] for mask in masks]
        through, seen = masked(part, m), part[:-1]

        def passing(layer: int, g: FloatArray, through: Passing = through, seen: list[Mask] = seen) -> FloatArray:
            seen[layer] = np.asarray(g.any(axis=0).reshape(-1, m, g.shape[2]).any(axis=1))
            return through(layer, g)

        network.residues(count).pull(last, np.tile(np.arange(m), len(part[0])), passing)
        yield cells, seen
