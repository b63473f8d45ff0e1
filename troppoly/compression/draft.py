"""A network that is being compressed, with where its units come from and what was done to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.cellwise.sign_words import Mask
from troppoly.compression.reading import Written
from troppoly.equivalence.parallel import constant_network, value_after
from troppoly.network import Layer, Network

__all__ = ["Draft", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a compression: ``kind``, the layer's name, and the units that it was done to.

    The kinds: "unread", "merged or constant", "turned around" (max(z, 0) = z + max(-z, 0)), "composed with the next
    layer", "dead", "always active" (now an identity unit, or merged with such), "dependent" (expressed by others),
    "identity" (merged with identity units), "hidden" (its kink is not seen by later layers), "joined" (with other
    layers), "affine function", "constant function".  Units have their numbers in the given network, new ones none.

    >>> import troppoly as tp
    >>> tp.compress(tp.Network.from_arrays([[[1], [2]], [[1, 1]]])).steps[0]
    merged or constant: layer '0', unit 1
    """

    kind: str
    layer: str
    units: tuple[int, ...] = ()

    def __repr__(self) -> str:
        first = ", ".join(map(str, self.units[:9])) + ", ..." * (len(self.units) > 9)
        units = f", unit{'s' if len(self.units) > 1 else ''} {first}"
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
        """Return a network with no step done."""
        units = tuple(tuple(range(layer.n_outputs)) for layer in network.layers)
        return cls(network.layers, network.names, units)

    @property
    def network(self) -> Network:
        """The network as it is."""
        return Network(self.layers, self.names)

    def rewritten(
        self, index: int, written: Written, kind: str, kinds: Mapping[str, Iterable[int]] | None = None
    ) -> Draft:
        """Return the draft with a layer and its reader replaced by an equal form.

        The steps: ``kinds``, units by their positions in the layer as it was; then what else is gone, "unread",
        "identity" or of the given ``kind``; then what is "turned around".
        """
        layer, following = self.layers[index : index + 2]

        def among(units: Iterable[int | None]) -> Mask:
            return np.isin(np.arange(layer.n_outputs), [i for i in units if i is not None])

        done = {name: among(units) for name, units in (kinds or {}).items()}
        gone = ~np.logical_or.reduce([among(written.units), *done.values()])
        read = following.weight.nonzero_columns()
        done |= {
            "unread": gone & ~read,
            "identity": gone & read & ~layer.rectified,
            kind: gone & read & layer.rectified,
        }
        done["turned around"] = among(written.turned)
        numbers, name = np.array(self.units[index], dtype=object), self.names[index]
        steps = tuple(
            Step(word, name, tuple(n for n in numbers[mask] if n is not None))
            for word, mask in done.items()
            if mask.any()
        )
        if not written.units:
            values = value_after((written.reader, *self.layers[index + 2 :]), (mpq(0),) * written.reader.n_inputs)
            constant = constant_network(self.layers[0].n_inputs, values)
            return replace(self, steps=(*self.steps, *steps)).replaced_by(constant, "constant function")
        kept = tuple(None if i is None else numbers[i] for i in written.units)
        return self._with(index, index + 1, (written.layer, written.reader), steps, kept)

    def composed(self, index: int) -> Draft:
        """Return the draft with an affine layer multiplied with the next one."""
        layer, following = self.layers[index : index + 2]
        weight, bias = following.weight @ layer.weight, following.weight @ layer.bias + following.bias
        step = Step("composed with the next layer", self.names[index])
        return self._with(index, index + 1, (Layer(weight, bias, following.rectified),), (step,))

    def joined(self, start: int, stop: int, written: Written) -> Draft:
        """Return the draft with one hidden layer in the place of the layers from start to stop - 1."""
        steps = tuple(Step("joined", name) for name in self.names[start:stop])
        return self._with(start, stop, (written.layer, written.reader), steps, (None,) * written.layer.n_outputs)

    def _with(
        self,
        start: int,
        stop: int,
        layers: tuple[Layer, ...],
        steps: tuple[Step, ...],
        units: tuple[int | None, ...] = (),
    ) -> Draft:
        """The draft with a reader, perhaps after a layer with these units, in the place of layers start, ..., stop."""
        n = len(layers)

        def put(old: tuple[Any, ...], new: tuple[Any, ...]) -> tuple[Any, ...]:
            return (*old[:start], *new[-n:], *old[stop + 1 :])

        names, numbers = (self.names[start], self.names[stop]), (units, self.units[stop])
        return Draft(put(self.layers, layers), put(self.names, names), put(self.units, numbers), (*self.steps, *steps))

    def replaced_by(self, network: Network, kind: str) -> Draft:
        """Return the draft of a network of one layer that replaces everything."""
        step = Step(kind, self.names[-1])
        numbers = tuple(range(network.n_outputs))
        return Draft(network.layers, self.names[-1:], (numbers,), (*self.steps, step))
