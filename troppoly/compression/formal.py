"""What can be simplified by looking at the weights alone.

- A hidden layer of identity units only is an affine map, and is multiplied with the next layer.
- A unit that nothing reads is left out.
- A unit with zero weights is a constant, and goes into the biases of the next layer.
- Units with positively proportional rows and biases are one unit (``equivalence.parallel``).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from gmpy2 import mpq

from troppoly.compression.draft import Draft
from troppoly.equivalence.parallel import Sharing, constant_network, value_after
from troppoly.network import Layer

__all__ = ["simplified"]


def simplified(draft: Draft) -> Draft:
    """Return the draft after all formal simplifications, which are repeated until none applies.

    >>> from troppoly.network import Network
    >>> net = Network.from_arrays([[[1], [2], [0]], [[1, 1, 5]]], [[0, 0, 1], [0]])
    >>> draft = simplified(Draft.of(net))
    >>> draft.network, draft.layers[1].weight, draft.layers[1].bias
    (Network 1-1-1 (ReLU), RationalMatrix([['3']]), RationalMatrix([['5']]))
    >>> draft.steps
    (merged or constant: layer '0', units 1, 2,)
    """
    rules: tuple[Callable[[Draft], Draft | None], ...] = (_unread, _shared, _composed)
    while True:
        for rule in rules:
            result = rule(draft)
            if result is not None:
                draft = result
                break
        else:
            return draft


def _unread(draft: Draft) -> Draft | None:
    """Leave out the units that nothing reads, in the last layer that has such."""
    for index in reversed(range(len(draft.layers) - 1)):
        following = draft.layers[index + 1]
        read = np.asarray(following.weight.nonzero().any(axis=0))
        if not read.any():
            values = value_after(draft.layers[index + 1 :], (mpq(0),) * len(read))
            n_inputs = draft.layers[0].n_inputs
            return draft.replaced_by(constant_network(n_inputs, values), "constant function")
        if not read.all():
            weight = following.weight.take_columns(read)
            reading = Layer(weight, following.bias, following.rectified)
            return draft.without(index, read, reading, "unread")
    return None


def _shared(draft: Draft) -> Draft | None:
    """Merge proportional units, and fold constant ones, in the first layer that has such."""
    for index in range(len(draft.layers) - 1):
        layer, following = draft.layers[index : index + 2]
        sharing = Sharing.of(layer)
        if not sharing.kept:
            values = value_after(draft.layers[index + 1 :], sharing.constants)
            n_inputs = draft.layers[0].n_inputs
            return draft.replaced_by(constant_network(n_inputs, values), "constant function")
        if len(sharing.kept) < layer.n_outputs:
            chosen = np.isin(np.arange(layer.n_outputs), sharing.kept)
            return draft.without(index, chosen, sharing.apply(layer, following)[1], "merged or constant")
    return None


def _composed(draft: Draft) -> Draft | None:
    """Multiply the first hidden layer without rectified units with the next one."""
    for index in range(len(draft.layers) - 1):
        layer, following = draft.layers[index : index + 2]
        if not layer.rectified.any():
            joint = Layer(
                following.weight @ layer.weight,
                following.weight @ layer.bias + following.bias,
                following.rectified,
            )
            return draft.composed(index, joint)
    return None
