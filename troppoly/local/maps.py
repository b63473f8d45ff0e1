"""Which cells have the same affine map: numbers of the different ones.

Cells whose outputs at a random point differ modulo a prime have different maps.  The others are compared by all
residues that determine the maps (:mod:`troppoly.cellwise.cell_network`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.cell_network import CellNetwork, chunks
from troppoly.cellwise.sign_words import Mask
from troppoly.exact import modular
from troppoly.local.germs import Signs, masks_of

__all__ = ["numbers_of_maps"]


def numbers_of_maps(cells: CellNetwork, signs: Signs) -> NDArray[np.intp]:
    """Return for cells with these (cells, units) signs the number of their affine map, in order of first occurrence."""
    n, last = len(signs[0]), len(cells.layers) - 1
    active = masks_of(cells, signs)
    y = np.random.default_rng(0).integers(0, 2**21, (1, 1, cells.n_coordinates)).astype(np.float64)
    print_ = np.empty((n, cells.layers[-1].n_units), dtype=np.int32)
    for part in chunks(n, 4 * max(cells.width, cells.n_coordinates)):
        masks = [mask[part] for mask in active]
        at_y = np.broadcast_to(y, (1, len(masks[0]), y.shape[2]))
        print_[part] = modular.canonical(cells.residues(1).values(last, at_y, masks))[0]
    _, classes = np.unique(print_, axis=0, return_inverse=True)
    parts = _told_apart(cells, active, classes.ravel())
    found: dict[tuple[int, int], int] = {}
    return np.array([found.setdefault(pair, len(found)) for pair in zip(classes.ravel().tolist(), parts, strict=True)])


def _told_apart(cells: CellNetwork, active: list[Mask], classes: NDArray[np.intp]) -> list[int]:
    """The number of the map of every cell among those of its class."""
    order = np.argsort(classes, kind="stable")
    order = order[np.bincount(classes)[classes[order]] > 1]
    count = modular.n_moduli(cells.form_bits[-1])
    result, known, of_class = [0] * len(classes), list[NDArray[np.int32]](), -1
    for part in chunks(len(order), cells.cost(count)):
        maps = modular.canonical(cells.maps([mask[order[part]] for mask in active], count))
        for i, own in zip(order[part].tolist(), maps.transpose(1, 0, 2, 3), strict=True):
            if classes[i] != of_class:
                known, of_class = [], classes[i]
            result[i] = next((k for k, other in enumerate(known) if np.array_equal(own, other)), len(known))
            if result[i] == len(known):
                known.append(own)
    return result
