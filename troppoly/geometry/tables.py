"""Tables of cells and of linear regions, and of how the regions of a network change over training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from math import inf
from os import PathLike
from types import MappingProxyType
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import Positive, checked
from troppoly.complex.face_lattice import ray_lists
from troppoly.complex.facets import facets_of_cells
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.complex.volume import volumes
from troppoly.errors import InputError, ShapeError, counted, require
from troppoly.exact.scalar import ObjectArray
from troppoly.geometry.lipschitz import jacobian_norms
from troppoly.network import Network, load_network
from troppoly.network.weight_files import network_of_weights
from troppoly.refinement import tropical_map
from troppoly.regions import LinearRegions, linear_regions

__all__ = ["Table", "cell_table", "region_table", "track"]


@dataclass(frozen=True, slots=True, repr=False)
class Table:
    """Columns of equal length by name; ``len`` is the number of rows, iteration yields rows as dictionaries.

    Values are integers, booleans, exact rationals, tuples, or None where one is not defined.  Raises ShapeError if the
    columns have different lengths.

    >>> table = Table({"region": (0, 1), "volume": (None, 2)})
    >>> table, table["volume"], list(table)[1]
    (Table with 2 rows: region, volume, (None, 2), {'region': 1, 'volume': 2})
    """

    columns: Mapping[str, tuple[Any, ...]]

    def __post_init__(self) -> None:
        columns = {name: tuple(values) for name, values in self.columns.items()}
        if len({len(values) for values in columns.values()}) > 1:
            raise ShapeError("The columns of a table must have the same length.")
        object.__setattr__(self, "columns", MappingProxyType(columns))

    def __reduce__(self) -> tuple[type[Table], tuple[dict[str, tuple[Any, ...]]]]:
        return Table, (dict(self.columns),)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __getitem__(self, name: str) -> tuple[Any, ...]:
        """Return a column; raises InputError if there is none of that name."""
        if name not in self.columns:
            raise InputError(f"There is no column {name!r}; the columns are {', '.join(self.columns)}.")
        return self.columns[name]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (dict(zip(self.columns, row, strict=True)) for row in zip(*self.columns.values(), strict=True))

    def distribution(self, name: str) -> Table:
        """Return how often every value of a column occurs, in ascending order and None last.

        >>> Table({"facets": (3, 4, 3)}).distribution("facets").columns["count"]
        (2, 1)
        """
        counts = Counter(self[name])
        values = sorted(counts, key=lambda value: (value is None, value))
        return Table({name: tuple(values), "count": tuple(counts[value] for value in values)})

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame of the same objects; raises MissingDependencyError if pandas is not installed."""
        return require("pandas", extra="table").DataFrame({name: list(values) for name, values in self.columns.items()})

    def __hash__(self) -> int:
        return hash(frozenset(self.columns.items()))

    def __repr__(self) -> str:
        n = len(self)
        names = [*self.columns][:9] + ["..."] * (len(self.columns) > 9)
        return f"Table with {counted(n, 'row')}: {', '.join(names)}"

    def _repr_html_(self) -> str:
        rows = [tuple(self.columns), *zip(*self.columns.values(), strict=True)]
        cells = ("".join(f"<td>{escape(str(value))}</td>" for value in row) for row in rows)
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


@checked
def cell_table(regions: LinearRegions) -> Table:
    """Return a table of the cells, one row each.

    The columns are ``cell``, ``region``, ``bounded``, ``vertices``, ``rays`` (modulo lineality), ``facets``,
    ``neighbors`` (cells that share a facet) and ``volume`` (None if it is infinite).

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [1]], [[1, -1]]], [[0, -2], [0]])
    >>> cell_table(tp.linear_regions(net)).distribution("volume").columns["volume"]
    (mpq(2,1), None)
    """
    complex_, n = regions.complex, regions.n_cells
    walls, cells = complex_.walls, np.arange(n)
    lists = ray_lists(complex_.facets, cells)
    far = complex_.faces_at_infinity[0][lists.indices]
    return Table(
        {
            "cell": tuple(range(n)),
            "region": tuple(regions.region_of_cell.tolist()),
            "bounded": tuple(complex_.bounded_cells.tolist()),
            "vertices": _counts(lists.owners[~far], n),
            "rays": _counts(lists.owners[far], n),
            "facets": _counts(facets_of_cells(complex_, cells)[0], n),
            "neighbors": _counts(np.concatenate([walls.first, walls.second]), n),
            "volume": tuple(_volumes(complex_)),
        }
    )


@checked
def region_table(regions: LinearRegions) -> Table:
    """Return a table of the linear regions, one row each.

    The columns are ``region``, ``cells`` (how many), ``bounded``, ``volume`` (None if it is infinite),
    ``neighbors`` (regions with a common wall), and the operator norms of the Jacobian, ``norm_1`` and ``norm_inf``.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [1]], [[1, -1]]], [[0, -2], [0]])
    >>> sorted(region_table(tp.linear_regions(net))["norm_1"])
    [mpq(0,1), mpq(0,1), mpq(1,1)]
    """
    n, of_cell, walls = len(regions), regions.region_of_cell, regions.complex.walls
    sums: list[Any] = [mpq(0)] * n
    for region, volume in zip(of_cell.tolist(), _volumes(regions.complex), strict=True):
        sums[region] = None if volume is None or sums[region] is None else sums[region] + volume
    ends = np.sort([of_cell[walls.first], of_cell[walls.second]], axis=0)
    pairs = np.unique(ends[:, ends[0] != ends[1]], axis=1)
    return Table(
        {
            "region": tuple(range(n)),
            "cells": _counts(of_cell, n),
            "bounded": tuple(volume is not None for volume in sums),
            "volume": tuple(sums),
            "neighbors": _counts(pairs.ravel(), n),
            "norm_1": jacobian_norms(regions, 1),
            "norm_inf": jacobian_norms(regions, inf),
        }
    )


@checked
def track(
    checkpoints: Mapping[Any, Any] | Iterable[Any],
    domain: Any = None,
    *,
    monomials: bool = False,
    max_cells: int | None = None,
    workers: Positive | None = None,
) -> Table:
    """Return a table of the regions of a sequence of networks with the same input space.

    ``checkpoints`` is a mapping from epochs to networks, or a sequence of them (numbered from 0).  One is a
    :class:`~troppoly.Network`, a PyTorch module, a state dict of Linear layers with ReLU between, or the name of a file
    that :func:`~troppoly.load_network` reads.  Domain, ``max_cells`` and ``workers`` are those of
    :func:`troppoly.linear_regions`.  Raises ShapeError if the numbers of inputs differ, and the errors of
    reading a network and of :func:`troppoly.linear_regions`.

    The columns are ``epoch``, ``cells``, ``regions`` (linear regions), ``bounded`` (of these), ``f_0``, ..., ``f_d``
    (the f-vector), and with ``monomials`` also ``numerator`` and ``denominator``: tuples of the numbers of irredundant
    monomials, one per output.

    >>> nets = [Network.from_arrays([[[1]], [[1]]]), Network.from_arrays([[[1], [2]], [[1, 1]]], [[0, 1], [0]])]
    >>> table = track(nets, monomials=True)
    >>> table["epoch"], table["regions"], table["f_0"], table["numerator"]
    ((0, 1), (2, 3), (1, 2), ((2,), (3,)))
    """
    items = checkpoints.items() if isinstance(checkpoints, Mapping) else enumerate(checkpoints)
    rows, n_inputs = [], None
    for epoch, checkpoint in items:
        network = _network(checkpoint)
        if n_inputs not in (None, network.n_inputs):
            raise ShapeError(f"Checkpoint {epoch} has {counted(network.n_inputs, 'input')}, the one before {n_inputs}.")
        n_inputs = network.n_inputs
        regions = linear_regions(network, domain=domain, max_cells=max_cells, workers=workers)
        row = {"epoch": epoch, "cells": regions.n_cells, "regions": len(regions), "bounded": regions.n_bounded}
        row |= {f"f_{k}": count for k, count in enumerate(regions.f_vector())}
        if monomials:
            row["numerator"], row["denominator"] = zip(*tropical_map(regions.canonical).monomial_counts(), strict=True)
        rows.append(row)
    return Table({name: tuple(row[name] for row in rows) for name in (rows[0] if rows else ())})


def _volumes(complex: PolyhedralComplex) -> ObjectArray:
    """The volumes of all cells, None where they are infinite."""
    bounded = np.flatnonzero(complex.bounded_cells)
    result: ObjectArray = np.full(complex.n_cells, None, dtype=object)
    if len(bounded):
        result[bounded] = volumes(complex, bounded)
    return result


def _counts(owners: NDArray[Any], n: int) -> tuple[int, ...]:
    """How often each of 0, ..., n - 1 occurs."""
    return tuple(np.bincount(owners, minlength=n).tolist())


def _network(checkpoint: Any) -> Network:
    if isinstance(checkpoint, Network):
        return checkpoint
    if isinstance(checkpoint, (str, PathLike)):
        return load_network(checkpoint)
    return network_of_weights(checkpoint) if isinstance(checkpoint, Mapping) else Network.from_torch(checkpoint)
