"""Units without effect on the output, to first order.

On a cell where unit i is active the output is an affine function of it; the derivative is the matrix product of the
masked weights of the layers after it.  A unit is *without effect* if these derivatives of all outputs are zero on every
cell where it is active.

So a small change of the unit's value does not change the output; but the unit may be needed: max(max(x, 0) - max(2 x,
0) + max(-x, 0), 0) = max(-x, 0), and where max(2 x, 0) is active its derivative is zero, but without it the function is
|x|.  So compression takes such units as candidates, which it checks, and so it does with units that are a function of
others wherever they have an effect.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from troppoly.cellwise.arithmetic import FloatArray, Passing, masked
from troppoly.cellwise.network import CellNetwork, chunks
from troppoly.cellwise.sign_words import Mask, Masks
from troppoly.exact import modular

__all__ = ["cells_with_effect", "units_with_effect"]


def units_with_effect(network: CellNetwork, masks: Masks) -> list[Mask]:
    """Return for every hidden layer which units have an effect on an output on some cell.

    One prime proves an effect; that there is none is then decided with as many as it takes.

    >>> from troppoly.network import Network
    >>> net = Network.from_arrays([[[1], [-1]], [[1, 0]]])
    >>> masks = [np.array([[True, False], [False, True]]), np.ones((2, 1), dtype=bool)]
    >>> units_with_effect(CellNetwork.of(net.layers), masks)
    [array([ True, False])]
    """
    result = [np.zeros(layer.n_units, dtype=bool) for layer in network.layers[:-1]]
    for count in (1, modular.n_moduli(network.sensitivity_bits)):
        for cells, seen in _effects(network, masks, count):
            for units, part, mask in zip(result, seen, masks[:-1], strict=True):
                units |= (part & mask[cells]).any(axis=0)
            if all(units.all() for units in result):
                return result
    return result


def cells_with_effect(network: CellNetwork, masks: Masks) -> list[Mask]:
    """Return for every hidden layer the (cells, units) array of where a unit's value has an effect, active or not.

    One prime is used: an effect is proved, that there is none is almost sure.

    >>> from troppoly.network import Network
    >>> net = Network.from_arrays([[[1]], [[1]], [[1]]], [[0], [-3], [0]])
    >>> masks = [np.array([[False], [True], [True]]), np.array([[False], [False], [True]]), np.ones((3, 1), dtype=bool)]
    >>> cells_with_effect(CellNetwork.of(net.layers), masks)[0].ravel()
    array([False, False,  True])
    """
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
