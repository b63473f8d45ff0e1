"""Orbits under a reflection group whose stabilisers are parabolic, and their sizes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from troppoly.symmetry.reflection_group import ReflectionGroup
from troppoly.values import Value

__all__ = ["ReflectionOrbits", "orbit_sizes"]


def orbit_sizes(group: ReflectionGroup, mirrors: NDArray[np.bool_]) -> tuple[int, ...]:
    """Return the index of W_I in W for the rows of an (orbits, rank) array, as sets I of simple mirrors.

    >>> from troppoly.symmetry.reflection_group import symmetric_group
    >>> orbit_sizes(symmetric_group(3), np.array([[False, True], [False, False], [True, True]]))
    (3, 6, 1)
    """
    subsets, places = np.unique(mirrors, axis=0, return_inverse=True)
    sizes = [group.order // group.parabolic_order(np.flatnonzero(row).tolist()) for row in subsets]
    return tuple(sizes[place] for place in places.ravel())


@dataclass(frozen=True, eq=False)
class ReflectionOrbits(Value):
    """Orbits of cells or of regions, with one representative of each that lies in or meets the chamber.

    ``mirrors`` is an (orbits, rank) array: the stabiliser of representative i is the parabolic group W_I
    of the simple reflections j with ``mirrors[i, j]``.
    """

    group: ReflectionGroup
    mirrors: NDArray[np.bool_]

    @property
    def n_orbits(self) -> int:
        """The number of orbits."""
        return len(self.mirrors)

    @property
    def orbit_sizes(self) -> tuple[int, ...]:
        """The exact sizes of the orbits, |W| / |W_I|."""
        return orbit_sizes(self.group, self.mirrors)

    @property
    def n_total(self) -> int:
        """The number of all cells or regions in R^d: the sum of the sizes of the orbits."""
        return sum(self.orbit_sizes)

    def stabiliser(self, i: int) -> tuple[int, ...]:
        """Return the set I of simple reflections that generate the stabiliser of representative i."""
        return tuple(np.flatnonzero(self.mirrors[i]).tolist())

    def n_orbits_by_size(self) -> dict[int, int]:
        """Return how many orbits there are of each size, by ascending size."""
        return dict(sorted(Counter(self.orbit_sizes).items()))
