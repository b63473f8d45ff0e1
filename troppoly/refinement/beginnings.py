"""A start that is too large, divided before it is made: signs of one coordinate after another.

There are 3^f 2^(D - f) - 1 cones of orthants of f coordinates of both signs and D - f of one.  If they take more than a
part may, they are divided by the hyperplane y_i = 0 of a coordinate: as a division of a part, with sides 1 (negative)
and 2, of which the first owns the faces on it.  Each of the two takes about two thirds.

*Empty sides.*  The interior of a convex domain, so far as the signs of coordinates are fixed, meets both sides, or one.
Linear programs decide that, each answer with an exact certificate.  If it meets both, every point of the domain on the
hyperplane is a limit of inner points on either side, so its faces there are faces of both sides.  If it meets one, that
side is all, and nothing is divided.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import InputError
from troppoly.exact import RationalMatrix
from troppoly.exact.linear_program import strict_solution

__all__ = ["Beginnings", "Orthants"]

Path = tuple[int, ...]


class Orthants(NamedTuple):
    """Orthants with these ``signs`` of coordinates (0 for both), where ``path`` leads; to be divided if not ``small``.

    ``owners`` are what faces on the hyperplane of each coordinate have in ``Part.shared``.
    """

    path: Path
    signs: NDArray[np.int8]
    owners: NDArray[np.uint8]
    small: bool


class Beginnings:
    """How the orthants of coordinates, ``half`` of which are nonnegative, are divided on a domain.

    ``facets`` are the forms of the domain in these coordinates, ``row_bytes`` what a cone of each dimension takes.

    >>> beginnings = Beginnings(np.array([False, False, True]), RationalMatrix.zeros(0, 3), np.full(4, 8), 130)
    >>> beginnings.at(()).small, beginnings.at((2, 1)).signs, beginnings.at((2, 1, 2)).path
    (False, array([1, 0, 1], dtype=int8), (2,))
    """

    def __init__(
        self, half: NDArray[np.bool_], facets: RationalMatrix, row_bytes: NDArray[np.int64], most: int
    ) -> None:
        self._half, self._facets, self._row_bytes, self._most = half, facets, row_bytes, most

    def at(self, path: Path) -> Orthants:
        """Return the orthants where a path leads, or its beginning if these are small before it ends."""
        signs, owners, used = self._half.astype(np.int8), np.zeros(len(self._half), np.uint8), 0
        while True:
            free = np.flatnonzero(signs == 0)
            if not len(free) or self._size(signs) <= self._most:
                return Orthants(path[:used], signs, owners, True)
            sides = [side for side in (1, 2) if self._has_interior(_with_side(signs, free[0], side))]
            if len(sides) == 1:
                signs = _with_side(signs, free[0], sides[0])
                continue
            if used == len(path):
                return Orthants(path, signs, owners, False)
            if path[used] not in sides:
                raise InputError(f"There is no part {path}.")
            signs = _with_side(signs, free[0], path[used])
            owners[free[0]] = 2 * path[used] - 1
            used += 1

    def _size(self, signs: NDArray[np.int8]) -> int:
        """The bytes of the cones, with their lists."""
        n = [1]
        for sign in signs.tolist():
            several = 1 if sign else 2
            n = [low + several * high for low, high in zip([*n, 0], [0, *n], strict=True)]
        return sum(
            count * (int(size) + 4 * k) for k, (count, size) in enumerate(zip(n[1:], self._row_bytes, strict=False))
        )

    def _has_interior(self, signs: NDArray[np.int8]) -> bool:
        """Whether there are inner points of the domain at which coordinates have these signs."""
        if not len(self._facets):
            return True
        fixed = np.flatnonzero(signs)
        rows = np.zeros((len(fixed), len(signs)), dtype=int)
        rows[np.arange(len(fixed)), fixed] = signs[fixed]
        forms = self._facets.vstack(RationalMatrix.of(rows))
        below, heights = (-1) * forms.take_columns(range(len(signs) - 1)), forms.take_columns([len(signs) - 1])
        return strict_solution(below, [row[0] for row in heights.tolist()]) is not None


def _with_side(signs: NDArray[np.int8], coordinate: np.intp, side: int) -> NDArray[np.int8]:
    result = signs.copy()
    result[coordinate] = 2 * side - 3
    return result
