"""What can be simplified by looking at the weights alone.

- A hidden layer of identity units only is multiplied with the next layer.
- Unread units are left out, constant ones go into the next biases, units with the same hyperplane are one, and units
  are turned around so that the affine part takes as few identity units as possible (``compression.reading``).

Every layer is taken as a function on all of R^n, n the width of the layer before.  For one hidden layer on R^d this is
all there is.
"""

from __future__ import annotations

import numpy as np

from troppoly.compression.draft import Draft
from troppoly.compression.reading import Reading, Written, layer_cost
from troppoly.network import Layer

__all__ = ["has_fewest_units", "simplified"]


def simplified(draft: Draft) -> Draft:
    """Return the draft after all formal simplifications, which are repeated until none applies."""
    index = 0
    while index < len(draft.layers) - 1:
        layer, following = draft.layers[index : index + 2]
        if not layer.rectified.any():
            draft = draft.composed(index)
        elif (written := _formally_better(layer, following)) is not None:
            draft = draft.rewritten(index, written, "merged or constant")
        else:
            index += 1
            continue
        index = max(index - 1, 0)  # the layer before may have units that nothing reads now
    return draft


def _formally_better(layer: Layer, following: Layer) -> Written | None:
    """A better form of a layer and its reader, if one is found."""
    start = Reading.of(layer, following)
    merged, joined = start.merged(opposite=False), start.merged(opposite=True)
    n, n_identity = layer.n_outputs, int(np.count_nonzero(~layer.rectified))
    best, cost = None, layer_cost(layer)
    if len(merged.units) + merged.rank() < n:
        written = merged.written(following)
        if written.cost < cost:  # the rank may be more than modulo a prime
            best, cost = written, written.cost
    if n_identity or len(joined.units) < len(merged.units):
        turned = joined.oriented()[0].written(following)
        if turned.cost < cost and turned.cost[1] <= n + n_identity:
            best = turned
    return best


def has_fewest_units(draft: Draft) -> bool:
    """Whether no hidden layer is needed, or it is one with the fewest units that can be: see ``orientation``.

    Every rectified unit must have a wall in the domain.  False means that it is not proved.
    """
    if len(draft.layers) != 2:
        return len(draft.layers) == 1
    layer, following = draft.layers
    turned, proved = Reading.of(layer, following).merged(opposite=True).oriented()
    return proved and len(turned.units) + turned.rank() == layer.n_outputs
