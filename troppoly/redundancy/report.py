"""What is redundant in a network: its units one by one, and the monomials of its outputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import Positive, checked
from troppoly.errors import counted
from troppoly.exact import SparseMatrix
from troppoly.exact.linear import lines
from troppoly.network import Layer, Network
from troppoly.network.large_counts import in_short
from troppoly.redundancy.effect import units_with_effect
from troppoly.redundancy.monomials import MonomialCounts, monomial_counts
from troppoly.redundancy.relations import LayerFunctions, proportional_pairs
from troppoly.refinement import canonical_complex
from troppoly.refinement.refinement import Progress

__all__ = ["RedundancyReport", "RedundantUnit", "redundancy_report"]


@dataclass(frozen=True, slots=True)
class RedundantUnit:
    """A rectified unit (or identity unit, of the last kind) that can be done without, or with less.

    ``kind`` is

    - ``"dead"``: never positive on the domain;
    - ``"always active"``: never negative, so that it is affine in the layer before;
    - ``"proportional"``: ``factor`` > 0 times unit ``other`` of its layer, as functions on the domain;
    - ``"cancelling"``: it and unit ``other`` are max(z, 0) and max(-s z, 0) with outgoing weights w and
      -w / s, which add up to w z; or they are proportional with outgoing weights that add up to zero;
    - ``"without effect"``: the derivatives of all outputs by it are zero wherever it is active.

    >>> import troppoly as tp
    >>> tp.redundancy_report(tp.Network.from_arrays([[[1], [2], [-1]], [[1, 1, 1]]])).units
    (RedundantUnit(layer=0, unit=1, kind='proportional', other=0, factor=mpq(2,1)),)
    """

    layer: int
    unit: int
    kind: str
    other: int | None = None
    factor: mpq | None = None


@dataclass(frozen=True, slots=True)
class RedundancyReport:
    """The redundant units of a network on R^d or a domain, and the monomials of its outputs.

    A unit may be listed under several kinds.

    >>> import troppoly as tp
    >>> report = tp.redundancy_report(tp.Network.from_arrays([[[1], [2]], [[1, 1]]]))
    >>> report, report.of_kind("proportional")
    (Redundant units of Network 1-2-1 (ReLU) on 2 cells: 1 proportional, ((0, 1),))
    """

    network: Network
    n_cells: int
    units: tuple[RedundantUnit, ...]
    monomials: tuple[MonomialCounts, ...]

    @checked
    def of_kind(self, kind: str) -> tuple[tuple[int, int], ...]:
        """Return the (layer, unit) of the units of a kind (see :class:`RedundantUnit`)."""
        return tuple((u.layer, u.unit) for u in self.units if u.kind == kind)

    def unit_rows(self) -> list[tuple[str, ...]]:
        """Return a table: a header, then a row of text for every finding."""
        rows: list[tuple[str, ...]] = [("layer", "unit", "kind", "of unit", "factor")]
        for u in self.units:
            optional = ("" if value is None else str(value) for value in (u.other, u.factor))
            rows.append((self.network.names[u.layer], str(u.unit), u.kind, *optional))
        return rows

    def monomial_rows(self) -> list[tuple[str, ...]]:
        """Return a table of the monomial counts; what is not known is left empty."""
        fields = ("output", "part", "formal", "vertex", "boundary", "interior", "repeated")
        rows: list[tuple[str, ...]] = [fields]
        for m in self.monomials:
            values = (getattr(m, name) for name in fields)
            rows.append(tuple("" if v is None else v if isinstance(v, str) else in_short(v) for v in values))
        return rows

    def __repr__(self) -> str:
        kinds = dict.fromkeys(u.kind for u in self.units)
        found = ", ".join(f"{len(self.of_kind(kind))} {kind}" for kind in kinds) or "none"
        return f"Redundant units of {self.network!r} on {counted(self.n_cells, 'cell')}: {found}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>{_html(self.unit_rows())}{_html(self.monomial_rows())}"


@checked
def redundancy_report(
    network: Network,
    domain: Any = None,
    *,
    max_cells: int | None = None,
    max_memory: int | None = None,
    workers: Positive | None = None,
    progress: Progress | None = None,
) -> RedundancyReport:
    """Report what is redundant in a network, as a function on R^d or on a domain, exactly.

    ``domain`` is a full-dimensional passagemath ``Polyhedron`` or d pairs (low, high); budgets, ``workers``,
    ``progress`` and the errors are those of :func:`troppoly.refinement.canonical_complex`.  What is counted is
    described at :class:`RedundantUnit` and :class:`troppoly.redundancy.MonomialCounts`.

    >>> redundancy_report(Network.from_arrays([[[1], [2], [-1]], [[1, 1, 1]]]))
    Redundant units of Network 1-3-1 (ReLU) on 2 cells: 1 proportional
    """
    plain = Network(network.layers, network.names)  # every unit counts, those of maxima too
    complex_ = canonical_complex(
        plain, domain, max_cells=max_cells, max_memory=max_memory, workers=workers, progress=progress
    )
    masks = list(complex_.signs)
    effect = units_with_effect(complex_.cellwise, masks)
    found: list[RedundantUnit] = []
    for index, signs in enumerate(complex_.activation()[:-1]):
        rectified = np.flatnonzero(plain.layers[index].rectified)
        dead = set(rectified[~(signs > 0).any(axis=0)].tolist())
        linear = set(rectified[~(signs < 0).any(axis=0)].tolist()) - dead
        alive = [int(unit) for unit in rectified if unit not in dead]
        pairs = proportional_pairs(LayerFunctions(complex_.cellwise, masks, index), alive)
        found += [RedundantUnit(index, unit, "dead") for unit in sorted(dead)]
        found += [RedundantUnit(index, unit, "always active") for unit in sorted(linear)]
        found += [RedundantUnit(index, i, "proportional", j, c) for i, j, c in pairs]
        found += _cancelling(plain, index, pairs)
        inert = np.flatnonzero(~effect[index])
        found += [RedundantUnit(index, int(i), "without effect") for i in inert if int(i) not in dead]
    return RedundancyReport(network, complex_.n_cells, tuple(found), monomial_counts(complex_, domain is None))


def _cancelling(network: Network, index: int, pairs: list[tuple[int, int, mpq]]) -> Iterator[RedundantUnit]:
    """The pairs of units whose sum, as the next layer reads it, is affine in the layer before: u_j = -|c| u_i."""
    found = [*pairs, *_opposite_pairs(network.layers[index])]
    if found:
        later, earlier, factors = (list(part) for part in zip(*found, strict=True))
        columns = network.layers[index + 1].weight.T
        sums = SparseMatrix.diagonal(list(map(abs, factors))) @ columns.take_rows(later) + columns.take_rows(earlier)
        for k in np.flatnonzero(~sums.T.nonzero_columns()).tolist():
            yield RedundantUnit(index, later[k], "cancelling", earlier[k], factors[k])


def _opposite_pairs(layer: Layer) -> Iterator[tuple[int, int, mpq]]:
    """The (i, j, c), j < i, c < 0, of rectified units with rows z_i = c z_j."""
    rows, moving = lines(layer.weight.hstack(layer.bias)), layer.weight.T.nonzero_columns()
    known: dict[tuple[Any, bool], int] = {}
    for i in np.flatnonzero(layer.rectified & moving).tolist():
        line, factor = rows[i]
        if (j := known.get((line, factor < 0))) is not None:
            yield i, j, factor / rows[j][1]
        known.setdefault((line, factor > 0), i)


def _html(rows: list[tuple[str, ...]]) -> str:
    tags = ["th", *["td"] * (len(rows) - 1)]
    cells = ("".join(f"<{tag}>{escape(v)}</{tag}>" for v in row) for tag, row in zip(tags, rows, strict=True))
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"
