"""A network that is being compressed, with where its units come from and what was done to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from troppoly.network import Layer, Network

__all__ = ["Draft", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a compression: ``kind``, the layer's name, and the units that it was done to.

    The kinds: "unread", "merged or constant", "composed with the next layer", "dead", "always active" (made
    an identity unit, or merged with such), "dependent" (expressed by other units), "identity" (merged with
    other identity units), "without effect", "affine function", "constant function".  Units have their
    numbers in the given network; identity units that came in have none.
    """

    kind: str
    layer: str
    units: tuple[int, ...] = ()

    def __repr__(self) -> str:
        units = f", unit{'s' if len(self.units) > 1 else ''} {', '.join(map(str, self.units))}"
        return f"{self.kind}: layer {self.layer!r}{units if self.units else ''}"


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """Layers, the numbers that their units had in the given network (or None), and the steps so far."""

    layers: tuple[Layer, ...]
    names: tuple[str, ...]
    units: tuple[tuple[int | None, ...], ...]
    steps: tuple[Step, ...] = ()

    @classmethod
    def of(cls, network: Network) -> Draft:
        """Return the draft of a network with no step done."""
        units = tuple(tuple(range(layer.n_outputs)) for layer in network.layers)
        return cls(network.layers, network.names, units)

    @property
    def network(self) -> Network:
        """The network as it is."""
        return Network(self.layers, self.names)

    def with_layer(
        self,
        index: int,
        layer: Layer,
        following: Layer,
        units: Sequence[int | None],
        done: Mapping[str, Sequence[int]],
    ) -> Draft:
        """Return the draft with layers ``index`` and ``index + 1`` replaced.

        ``done`` tells for each kind of step to which units it was done, by their positions in the layer
        as it was.
        """
        layers, numbers = list(self.layers), list(self.units)
        layers[index : index + 2] = [layer, following]
        numbers[index] = tuple(units)
        steps = [
            Step(kind, self.names[index], tuple(n for i in chosen if (n := self.units[index][i]) is not None))
            for kind, chosen in done.items()
            if len(chosen)
        ]
        return replace(self, layers=tuple(layers), units=tuple(numbers), steps=(*self.steps, *steps))

    def without(self, index: int, chosen: NDArray[np.bool_], following: Layer, kind: str) -> Draft:
        """Return the draft without the other units of a layer; ``following`` reads the chosen ones."""
        layer = self.layers[index]
        kept = Layer(layer.weight.take_rows(chosen), layer.bias.take_rows(chosen), layer.rectified[chosen])
        units = [self.units[index][i] for i in np.flatnonzero(chosen)]
        return self.with_layer(index, kept, following, units, {kind: np.flatnonzero(~chosen).tolist()})

    def composed(self, index: int, joint: Layer) -> Draft:
        """Return the draft with one layer in the place of a layer and the next."""
        step = Step("composed with the next layer", self.names[index])
        return Draft(
            (*self.layers[:index], joint, *self.layers[index + 2 :]),
            (*self.names[:index], *self.names[index + 1 :]),
            (*self.units[:index], *self.units[index + 1 :]),
            (*self.steps, step),
        )

    def replaced_by(self, network: Network, kind: str) -> Draft:
        """Return the draft of a network of one layer that replaces everything."""
        step = Step(kind, self.names[-1])
        numbers = tuple(range(network.n_outputs))
        return Draft(network.layers, self.names[-1:], (numbers,), (*self.steps, step))
