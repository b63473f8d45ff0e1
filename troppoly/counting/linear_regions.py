"""Linear regions across parts: components of cells with one affine map, joined through the walls between parts.

Linear regions are classes of cells with the same affine map that are connected through facets.  A class of cells of one
part is *closed* if no wall to another part is on it: it is counted and forgotten.  Of the other classes the walls are
kept, each with the word of its cell.  Where two sets of parts are joined, walls with the same word are the same wall,
and the maps on its sides are compared by the words of the cells: classes with one map become one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from troppoly.cellwise.sign_words import SignWords
from troppoly.complex.topology import connected_components
from troppoly.counting.measure import Measure, Tally
from troppoly.counting.parts import FinishedPart
from troppoly.counting.wall_matching import equal_rows, kept
from troppoly.refinement.refinement import Refinement
from troppoly.regions.affine_maps import NetworkMaps

__all__ = ["LinearRegions"]


@dataclass(frozen=True, slots=True)
class LinearRegions(Measure):
    """The number of linear regions, and of the bounded ones.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [1]], [[1, -1]]], [[0, -1], [0]])
    >>> tp.census(net, measures=[LinearRegions()])["linear_regions"]
    {'linear_regions': 3, 'bounded': 1}
    """

    name: ClassVar[str] = "linear_regions"

    def of_part(self, part: FinishedPart) -> Tally:
        """Return the tally of a part."""
        complex_, signs, shared = part.canonical.complex, part.canonical.signs, part.shared_walls
        maps, walls, n = NetworkMaps(part.canonical.cellwise, signs), complex_.walls, complex_.n_cells
        same = maps.equal(walls.first, walls.second)
        least = connected_components(n, walls.first[same], walls.second[same])
        tally = {
            "regions": 0, "bounded": 0, "unbounded": ~complex_.bounded_cells,
            "walls": shared.words, "cells": signs.words[shared.cells], "component": shared.cells,
        }  # fmt: skip
        return _closed(tally, least)

    def joined(self, one: Tally, other: Tally, whole: Refinement) -> Tally:
        """Join the components on both sides of the walls that both have."""
        first, second = equal_rows(one["walls"], other["walls"])
        places = tuple(layer.places for layer in whole.cellwise.layers)
        cells = np.concatenate([one["cells"][first], other["cells"][second]])
        pairs = np.arange(len(cells)).reshape(2, -1)
        same = NetworkMaps(whole.cellwise, SignWords(cells, places)).equal(*pairs)
        n = len(one["unbounded"])
        left = kept(len(one["walls"]), first), kept(len(other["walls"]), second)
        tally: Tally = {
            "regions": one["regions"] + other["regions"],
            "bounded": one["bounded"] + other["bounded"],
            "unbounded": np.concatenate([one["unbounded"], other["unbounded"]]),
            "component": np.concatenate([one["component"][left[0]], other["component"][left[1]] + n]),
        }
        for name in ("walls", "cells"):
            tally[name] = np.concatenate([one[name][left[0]], other[name][left[1]]])
        joined = one["component"][first][same], other["component"][second][same] + n
        return _closed(tally, connected_components(len(tally["unbounded"]), *joined))

    def answer(self, tally: Tally, whole: Refinement) -> dict[str, Any]:
        """Return the numbers of linear regions and of bounded ones."""
        return {"linear_regions": tally["regions"], "bounded": tally["bounded"]}


def _closed(tally: Tally, least: Any) -> Tally:
    """Count the components without walls; ``least`` is the least member of the component that each becomes a part of.

    The others are numbered anew.
    """
    numbers, places = np.unique(least, return_inverse=True)
    unbounded = np.bincount(places, tally["unbounded"], len(numbers)) > 0
    component = places[tally["component"]]
    is_open = np.bincount(component, minlength=len(numbers)) > 0
    return tally | {
        "regions": tally["regions"] + int(np.count_nonzero(~is_open)),
        "bounded": tally["bounded"] + int(np.count_nonzero(~is_open & ~unbounded)),
        "unbounded": unbounded[is_open],
        "component": (np.cumsum(is_open) - 1)[component],
    }
