"""Certified rays and signs: floats where their error bounds decide, integers where they do not.

A new ray is born where a unit vanishes on an edge (a cone of dimension 2) between two rays at which it has opposite
signs.

**Known signs.** The edge lies in one cell of the complex so far, so the units of the layers before, and those of this
layer that are done, have one sign on its interior, the union of those at the ends.  All units of this layer are linear
on the edge: one with a union that is +, - or 0 has this sign at the new ray.  Only units with opposite signs at the
ends have to be evaluated.

**Orientation.** The cross product determines a ray up to its sign.  The coordinate hyperplanes are walls, so the signs
of the coordinates are known in the same way; one that is not 0 fixes the orientation, and those that are 0 are set to
0, which is exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.cell_network import chunks
from troppoly.cellwise.lowering import IntegerLayer
from troppoly.cellwise.rounding_errors import EXACT_LIMIT, FloatArray, certain, relative_bound
from troppoly.cellwise.sign_words import Mask, Place, Words, block_words, mixed, pack, replaced, unpack
from troppoly.refinement import minors
from troppoly.refinement.fan import Fan, Ids
from troppoly.refinement.forms import FormTable, Stage, normalized
from troppoly.refinement.recompute import Recomputation

__all__ = ["Certificate", "Signs"]

_FEW = 2**17  # multiplications that take no longer than to find out which are needed


@dataclass(frozen=True, slots=True)
class Certificate:
    """How the signs of a result were decided; no other sign was used.

    ``by_bound``: the computed value exceeds its proven error bound.  ``by_structure``: known from the ends of an edge,
    a sum of exact zeros, or integers without rounding.  ``recomputed``: anew, in integers.  ``rays_recomputed`` counts
    rays whose coordinates were.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])  # (x)+ + (y)+
    >>> tp.linear_regions(net).certificate
    Certificate(by_bound=0, by_structure=10, recomputed=0, rays_recomputed=0)
    """

    by_bound: int = 0
    by_structure: int = 0
    recomputed: int = 0
    rays_recomputed: int = 0

    @property
    def total(self) -> int:
        """The number of signs."""
        return self.by_bound + self.by_structure + self.recomputed


class _Rays(NamedTuple):
    """Some rays of a fan, as arrays: the columns of ``fan.FanRays`` but the block's words."""

    forms: Ids
    y: FloatArray
    magnitude: FloatArray
    exact: Mask
    signs: NDArray[np.int8]
    words: Words


class Signs:
    """Signs of units at rays, and new rays, each with its certificate."""

    def __init__(self, stages: Sequence[Stage], forms: FormTable, D: int) -> None:
        self.stages, self.forms = stages, forms
        self._exact = Recomputation(stages, forms)
        operations = [0 if net.floats is None else sum(net.floats.operations) for net, _ in stages]
        self._numbers = minors.n_numbers(D)
        self._ray_operations = minors.n_operations(D, max(operations))
        self._ray_bound = relative_bound(self._ray_operations)
        self.by_bound = self.by_structure = self.recomputed = self.rays_recomputed = 0

    def certificate(self) -> Certificate:
        """Return the counts so far."""
        return Certificate(self.by_bound, self.by_structure, self.recomputed, self.rays_recomputed)

    def evaluate(self, fan: Fan, stage: int) -> None:
        """Compute the sign words of all rays for all units of a stage."""
        table, last = fan.rays, self.layer(stage)
        columns = (table.forms, table.y, table.magnitude, table.exact, table.signs, table.words)
        for part in self.parts(stage, table.n):
            rays = _Rays(*(column.view[part] for column in columns))
            wanted = np.broadcast_to(True, (len(rays.y), len(last.rectified)))
            rays.words[:, last.places.columns] = self._words(stage, rays, wanted)

    def layer(self, stage: int) -> IntegerLayer:
        """Return the layer of a stage."""
        network, layer = self.stages[stage]
        return network.layers[layer]

    def parts(self, stage: int, n: int) -> Iterator[slice]:
        """Return slices of n rays, or forms, that are computed at once."""
        return chunks(n, 2 * max(self._numbers, self.stages[stage][0].width))

    def _words(self, stage: int, rays: _Rays, wanted: Mask) -> Words:
        """The sign words of a stage at rays; the bits that are not wanted are meaningless."""
        net, layer = self.stages[stage]
        last, floats = net.layers[layer], net.floats
        if floats is None:
            values = np.zeros(wanted.shape)
            sure = free = np.zeros(wanted.shape, dtype=bool)
        else:
            with np.errstate(all="ignore"):
                points = np.stack([rays.y, rays.magnitude])
                values, magnitudes = floats.values(layer, points, net.active(rays.words))[:, :, last.rectified]
                bound = relative_bound(self._ray_operations + sum(floats.operations[: layer + 1]))
                free = magnitudes == 0
                if floats.integral and rays.exact.any():
                    free = free | (rays.exact[:, None] & (magnitudes < EXACT_LIMIT))
                sure = free | certain(values, magnitudes, bound)
        positive, negative = values > 0, values < 0
        doubtful = wanted & ~sure
        n_free, n_doubtful = int(np.count_nonzero(free & wanted)), int(np.count_nonzero(doubtful))
        self.by_structure += n_free
        self.recomputed += n_doubtful
        self.by_bound += int(np.count_nonzero(wanted)) - n_free - n_doubtful
        if n_doubtful:
            rows, units = np.nonzero(doubtful)
            found = self._exact.signs(stage, last.rectified[units], rows, rays.forms, rays.signs, rays.words)
            positive[rows, units], negative[rows, units] = found > 0, found < 0
        return pack(positive, negative)

    def new_rays(self, fan: Fan, stage: int, place: Place, ends: Ids, forms: Ids) -> None:
        """Append the rays on edges with (m, 2) ends, cut out by (m, D-1) forms, where the unit at a place vanishes."""
        table, last = fan.rays, self.layer(stage)
        n_units = len(last.rectified)
        for part in self.parts(stage, len(ends)):
            one, other = ends[part].T
            signs = table.signs.view[one] | table.signs.view[other]  # -1 | 0 = -1, 1 | 0 = 1
            words = table.words.view[one] | table.words.view[other]
            words[:, place.column] &= ~place.both
            rays = _Rays(forms[part], *self._coordinates(forms[part], signs), signs, words)
            current = words[:, last.places.columns]
            open_signs = mixed(current)
            rows = np.flatnonzero(open_signs.any(axis=1))
            self.by_structure += len(words) * n_units
            if len(rows):
                wanted = unpack(open_signs[rows], n_units)
                self.by_structure -= int(np.count_nonzero(wanted))
                found = self._words(stage, _Rays._make(array[rows] for array in rays), wanted)
                current[rows] = replaced(current[rows], found, open_signs[rows])
            block = block_words(words[:, place.column], place.half)
            table.extend(rays.forms, block, rays.y, rays.magnitude, rays.exact, signs, words)

    def _coordinates(self, forms: Ids, signs: NDArray[np.int8]) -> tuple[FloatArray, FloatArray, Mask]:
        """Coordinates, magnitudes, and whether they are exact integers, of rays."""
        table = self.forms
        with np.errstate(all="ignore"):
            n, D = signs.shape
            if n * (D << D) < _FEW:
                magnitude = minors.cross_product_magnitude(table.magnitudes.view[forms])
                y = minors.cross_product(table.values.view[forms])
            else:
                y, magnitude = np.zeros(signs.shape), np.zeros(signs.shape)
                for rows, others, axes in minors.without_coordinates(forms, D):
                    entries, places = (others[:, :, None], axes[:, None, :]), (rows[:, None], axes)
                    magnitude[places] = minors.cross_product_magnitude(table.magnitudes.view[entries])
                    y[places] = minors.cross_product(table.values.view[entries])
            exact: Mask = np.all(table.exact.view[forms], axis=1) & np.all(magnitude < EXACT_LIMIT, axis=1)
            y[signs == 0] = magnitude[signs == 0] = 0.0
            rows = np.arange(len(y))
            largest = np.argmax(np.abs(y), axis=1)
            value = y[rows, largest]
            sure = np.abs(value) > self._ray_bound * magnitude[rows, largest]
            sure |= exact & (value != 0)
            flip = np.where(np.sign(value) == signs[rows, largest], 1.0, -1.0)
            y *= flip[:, None]
            y, magnitude = normalized(y, magnitude, exact)
            sure &= np.isfinite(y).all(axis=1) & np.isfinite(magnitude).all(axis=1)
        doubtful = np.flatnonzero(~sure)
        if len(doubtful):
            self.rays_recomputed += len(doubtful)
            exact = exact.copy()
            integers = self._exact.rays(forms[doubtful], signs[doubtful])
            y[doubtful], magnitude[doubtful], exact[doubtful] = _rounded(integers)
        return y, magnitude, exact


def _rounded(integers: NDArray[np.object_]) -> tuple[FloatArray, FloatArray, Mask]:
    """Integer rays as floats: without error if they are below 2^53, else rounded.

    Coordinates below 2^-400 of the largest may lose relative accuracy: then magnitudes are infinite and decide nothing.
    """
    y, magnitude = np.zeros(integers.shape), np.zeros(integers.shape)
    exact = np.zeros(len(integers), dtype=bool)
    for i, row in enumerate(integers):
        size = max(v.bit_length() for v in row)
        exact[i] = size <= 53
        y[i] = [int(v) / (1 if exact[i] else 1 << size) for v in row]
        small = not exact[i] and any(v != 0 and v.bit_length() < size - 400 for v in row)
        magnitude[i] = np.inf if small else np.abs(y[i])
    return y, magnitude, exact
