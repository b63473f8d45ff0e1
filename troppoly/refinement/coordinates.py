"""Coordinates y = Y (x, t) of R^D: some of the first layer's forms in (x, t), and t itself.

Their hyperplanes are walls.  The kernel of Y is the lineality space of the complex, and with Y R = 1 every form c on
R^(d+1) that vanishes on it is the form c R in y.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from gmpy2 import mpz
from numpy.typing import NDArray

from troppoly.cellwise.rounding_errors import FloatArray
from troppoly.cellwise.sign_words import Mask
from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.exact.linear import inverse, kernel, primitive, row_basis

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
    given = (facets, walls, others)
    first, second, third = (matrix.take_rows(_pivot_order(matrix.to_floats()[:, :d])) for matrix in given)
    stacked = first.vstack(second).vstack(third)
    kinds = np.repeat(np.arange(3), [matrix.shape[0] for matrix in given])
    chosen = row_basis(stacked.take_columns(np.arange(d)))
    rows = [primitive(row) for row in stacked.take_rows(chosen).numerators]
    y = DenseMatrix(np.array([*rows, [mpz(0)] * d + [mpz(1)]], dtype=object))
    return Coordinates(
        forms=y,
        section=y.T @ inverse(y @ y.T),
        lineality=kernel(y.take_rows(np.arange(len(chosen))).take_columns(np.arange(d))),
        half=np.append(kinds[chosen] == 0, True),
        artificial=np.append(kinds[chosen] == 2, False),
    )


def _pivot_order(rows: FloatArray) -> NDArray[np.intp]:
    """An order of the rows in which each is far from the span of those before it (a proposal only)."""
    with np.errstate(all="ignore"):
        rest = rows / np.maximum(np.abs(rows).max(axis=1, keepdims=True, initial=0), 1e-300)
        order: list[int] = []
        for _ in range(min(rows.shape)):
            norms = np.nan_to_num((rest**2).sum(axis=1))
            norms[order] = -1
            best = int(np.argmax(norms))
            order.append(best)
            rest = rest - np.outer(rest @ rest[best], rest[best]) / max(norms[best], 1e-300)
    return np.array(order + [i for i in range(len(rows)) if i not in set(order)], dtype=np.intp)
