"""Units without effect on the output, to first order.

On a cell where unit i is active the output is an affine function of it; the derivative is the matrix
product of the masked weights of the layers after it.  A unit is *without effect* if these derivatives of
all outputs are zero on every cell where it is active.

This says that a small change of the unit's value does not change the output.  It does not say that the
unit may be left out: max(max(x, 0) - max(2 x, 0) + max(-x, 0), 0) = max(-x, 0), and where max(2 x, 0) is
active its derivative is zero, but without it the function is |x|.  So compression takes such units as
candidates, which it checks, and the same for units that are a function of others wherever they have an effect.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from troppoly.equivalence.cell_forms import IntegerNetwork, Masks, chunks
from troppoly.exact import modular

__all__ = ["cells_with_effect", "units_with_effect"]


def units_with_effect(integers: IntegerNetwork, masks: Masks) -> list[NDArray[np.bool_]]:
    """Return for every hidden layer which units have an effect on an output on some cell.

    One prime proves an effect; that there is none is then decided with as many as it takes.

    >>> from troppoly.network import Network
    >>> net = Network.from_arrays([[[1], [-1]], [[1, 0]]])
    >>> masks = [np.array([[True, False], [False, True]]), np.ones((2, 1), dtype=bool)]
    >>> units_with_effect(IntegerNetwork(net.layers), masks)
    [array([ True, False])]
    """
    hidden = range(len(integers.layers) - 1)
    result = [np.zeros(integers.layers[i].n_outputs, dtype=bool) for i in hidden]
    for count in (1, modular.n_moduli(integers.sensitivity_bits())):
        for cells in chunks(len(masks[0]), integers.cost(count)):
            part = [mask[cells] for mask in masks]
            for index, derivatives in integers.sensitivities(part, count):
                result[index] |= (derivatives.any(axis=(0, 2)) & part[index]).any(axis=0)
            if all(mask.all() for mask in result):
                return result
    return result


def cells_with_effect(integers: IntegerNetwork, masks: Masks) -> list[NDArray[np.bool_]]:
    """Return for every hidden layer the (cells, units) array of where a unit's value has an effect, active or not.

    One prime is used: an effect is proved, that there is none is almost sure.

    >>> from troppoly.network import Network
    >>> net = Network.from_arrays([[[1]], [[1]], [[1]]], [[0], [-3], [0]])
    >>> masks = [np.array([[False], [True], [True]]), np.array([[False], [False], [True]]), np.ones((3, 1), dtype=bool)]
    >>> cells_with_effect(IntegerNetwork(net.layers), masks)[0].ravel()
    array([False, False,  True])
    """
    result = [np.zeros(mask.shape, dtype=bool) for mask in masks[:-1]]
    for cells in chunks(len(masks[0]), integers.cost(1)):
        for index, derivatives in integers.sensitivities([mask[cells] for mask in masks], 1):
            result[index][cells] = derivatives.any(axis=(0, 2))
    return result
