"""The linear forms in y that cut out the cones: those of units on cells of the complex of the units before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from troppoly.cellwise.arithmetic import FloatArray, masked
from troppoly.cellwise.cell_network import CellNetwork
from troppoly.cellwise.rounding_errors import EXACT_LIMIT, floored
from troppoly.cellwise.sign_words import Mask, Words
from troppoly.refinement.fan import Column, Columns

__all__ = ["FormTable", "Stage", "normalized"]

Stage = tuple[CellNetwork, int]
"""A layer of a network, whose units are refined by at once: first the facets of the domain, then the layers."""


@dataclass(slots=True)
class FormTable(Columns):
    """All linear forms that cut out cones, with what is needed to compute them again exactly.

    ``values`` and ``magnitudes`` are (n, D) arrays, ``exact`` says that a form is integers without error, ``recipe`` is
    (stage, unit), or (-1, coordinate), and ``words`` (n, W) are those of the cell on which the unit is this form.
    """

    values: Column
    magnitudes: Column
    exact: Column
    recipe: Column
    words: Column

    @classmethod
    def of_coordinates(cls, D: int, n_words: int) -> FormTable:
        """Return the table of the D coordinate forms."""
        recipe = np.stack([np.full(D, -1), np.arange(D)], axis=1).astype(np.int32)
        words = np.zeros((D, n_words), dtype=np.uint64)
        return cls(*map(Column, (np.eye(D), np.eye(D), np.ones(D, dtype=bool), recipe, words)))

    def add(self, stages: Sequence[Stage], number: int, unit: int, words: Words) -> None:
        """Append the forms of a unit of a stage on cells with these words."""
        m, D, (network, layer) = len(words), self.values.view.shape[1], stages[number]
        exact: Mask = np.zeros(m, dtype=bool)
        if network.floats is None:
            values = magnitudes = np.full((m, D), np.nan)
        else:
            with np.errstate(all="ignore"):
                passing = masked(network.active(words))
                values, magnitudes = network.floats.pull(layer, np.full(m, unit), passing)
                if network.floats.integral:
                    exact = np.all(magnitudes < EXACT_LIMIT, axis=1)
                values, magnitudes = normalized(values, magnitudes, exact)
        self.extend(values, magnitudes, exact, np.tile(np.array([number, unit], np.int32), (m, 1)), words)


def normalized(values: FloatArray, magnitudes: FloatArray, exact: Mask) -> tuple[FloatArray, FloatArray]:
    """Scale rows by positive factors without error: integers by their divisors, others by powers of 2.

    These are at least 2^-500, so that a magnitude of tau (see ``rounding_errors``) does not become zero.
    """
    values, magnitudes = values.copy(), magnitudes.copy()
    if exact.any():
        integers = values[exact].astype(np.int64)
        divisors = np.maximum(np.gcd.reduce(integers, axis=1), 1)
        values[exact] = integers // divisors[:, None]
        magnitudes[exact] = np.abs(values[exact])
    if not exact.all():
        _, exponents = np.frexp(magnitudes[~exact].max(axis=1, initial=0))
        powers = -np.minimum(exponents, 500)[:, None]
        values[~exact] = np.ldexp(values[~exact], powers)
        magnitudes[~exact] = floored(np.ldexp(magnitudes[~exact], powers))
    return values, magnitudes
