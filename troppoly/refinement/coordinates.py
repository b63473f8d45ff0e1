"""Coordinates y = Y (x, t) of R^D: some of the first layer's forms in (x, t), and t itself.

Their hyperplanes are walls.  The kernel of Y is the lineality space of the complex, and with Y R = 1 every form c on
R^(d+1) that vanishes on it is the form c R in y.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np
from gmpy2 import gcd
from numpy.typing import NDArray

from troppoly.cellwise.rounding_errors import FloatArray
from troppoly.cellwise.sign_words import Mask
from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.exact.integers import concatenated, integer_array
from troppoly.exact.linear import inverse, kernel, row_basis

__all__ = ["Coordinates", "choose_coordinates"]


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Linear coordinates y = Y (x, t) of R^(d+1) modulo the lineality space, the last one t.

    ``forms`` is Y, ``section`` R, ``lineality`` an (l, d) matrix; ``half`` tells which coordinates are nonnegative on
    the domain, ``artificial`` which are those of a unit that is not rectified, so no walls.
    """

    forms: RationalMatrix
    section: RationalMatrix
    lineality: RationalMatrix
    half: Mask
    artificial: Mask

    @property
    def dimension(self) -> int:
        """D."""
        return self.forms.shape[0]


def choose_coordinates(facets: RationalMatrix, walls: RationalMatrix, others: RationalMatrix) -> Coordinates:
    """Choose independent rows of (n, d+1) forms as coordinates: facets of the domain before walls, these before others.

    Within a matrix, rows are tried in the order of a pivoted orthogonalization in floats, for a well conditioned
    choice; independence is decided exactly.
    """
    d = facets.shape[1] - 1
    given = [matrix for matrix in (facets, walls, others) if len(matrix)] or [facets]
    # Rows are primitive in the end, so denominators do not matter.
    ordered = [matrix.dense().stored[_pivot_order(matrix.to_floats()[:, :d])] for matrix in given]
    stacked = concatenated(ordered) if len(ordered) > 1 else ordered[0]
    linear = DenseMatrix(stacked[:, :d])
    chosen = row_basis(linear)
    rows = [[int(v) // int(gcd(*row) or 1) for v in row] for row in stacked[chosen].tolist()]
    y = DenseMatrix(integer_array([*chain(*rows), *[0] * d, 1]).reshape(-1, d + 1))
    if len(chosen) < d:
        section, lineality = y.T @ inverse(y @ y.T), kernel(linear)
    else:
        section, lineality = inverse(y), DenseMatrix(linear.stored[:0])
    found = np.array([*chosen, -1])  # the last one is t
    return Coordinates(y, section, lineality, half=found < len(facets), artificial=found >= len(facets) + len(walls))


def _pivot_order(rows: FloatArray) -> NDArray[np.intp]:
    """An order of the rows in which each is far from the span of those before it (a proposal only)."""
    order = list[int]()
    with np.errstate(all="ignore"):
        rest = rows / np.maximum(np.abs(rows).max(axis=1, keepdims=True, initial=0), 1e-300)
        rest[~np.isfinite(rest)] = 0.0
        for _ in range(min(rows.shape)):
            norms = np.einsum("ij,ij->i", rest, rest)
            norms[order] = -1.0
            best = int(norms.argmax())
            order.append(best)
            rest -= (rest @ rest[best])[:, None] * (rest[best] / max(norms[best], 1e-300))
    used = set(order)
    return np.array(order + [i for i in range(len(rows)) if i not in used], dtype=np.intp)
