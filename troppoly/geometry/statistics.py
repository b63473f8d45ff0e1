"""Tables of cells and of linear regions: sizes, numbers of faces, norms of Jacobians."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.complex.face_lattice import ray_lists
from troppoly.complex.facets import facets_of_cells
from troppoly.complex.volume import volumes
from troppoly.exact import ObjectArray
from troppoly.geometry.lipschitz import jacobian_norms
from troppoly.geometry.table import Table
from troppoly.regions import LinearRegions

__all__ = ["cell_table", "region_table"]


@checked
def cell_table(regions: LinearRegions) -> Table:
    """Return a table of the cells, one row each.

    The columns are ``cell``, ``region``, ``bounded``, ``vertices``, ``rays`` (extreme directions at infinity, modulo
    lineality), ``facets``, ``neighbours`` (cells that share a facet) and ``volume`` (None if it is infinite).

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [1]], [[1, -1]]], [[0, -2], [0]])
    >>> cell_table(tp.linear_regions(net)).distribution("volume").columns["volume"]
    (mpq(2,1), None)
    """
    complex_ = regions.complex
    n = complex_.n_cells
    lists = ray_lists(complex_, complex_.cone_dimension, np.arange(n))
    far = complex_.faces_at_infinity[0][lists.indices]
    walls = complex_.walls
    return Table(
        {
            "cell": tuple(range(n)),
            "region": tuple(regions.region_of_cell.tolist()),
            "bounded": tuple(_bounded(regions).tolist()),
            "vertices": _counts(lists.owners[~far], n),
            "rays": _counts(lists.owners[far], n),
            "facets": _counts(facets_of_cells(complex_, np.arange(n))[0], n),
            "neighbours": _counts(np.concatenate([walls.first, walls.second]), n),
            "volume": tuple(_volumes(regions)),
        }
    )


@checked
def region_table(regions: LinearRegions) -> Table:
    """Return a table of the linear regions, one row each.

    The columns are ``region``, ``cells`` (how many), ``bounded``, ``volume`` (None if it is infinite),
    ``neighbours`` (regions with a common wall), and the operator norms of the Jacobian, ``norm_1`` and ``norm_inf``.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [1]], [[1, -1]]], [[0, -2], [0]])
    >>> sorted(region_table(tp.linear_regions(net))["norm_1"])
    [mpq(0,1), mpq(0,1), mpq(1,1)]
    """
    n, of_cell = len(regions), regions.region_of_cell
    sums: list[Any] = [mpq(0)] * n
    for region, volume in zip(of_cell.tolist(), _volumes(regions), strict=True):
        sums[region] = None if volume is None or sums[region] is None else sums[region] + volume
    ends = np.sort(np.stack([of_cell[regions.complex.walls.first], of_cell[regions.complex.walls.second]]), axis=0)
    pairs = np.unique(ends[:, ends[0] != ends[1]], axis=1)
    return Table(
        {
            "region": tuple(range(n)),
            "cells": _counts(of_cell, n),
            "bounded": tuple(volume is not None for volume in sums),
            "volume": tuple(sums),
            "neighbours": _counts(pairs.ravel(), n),
            "norm_1": jacobian_norms(regions, 1),
            "norm_inf": jacobian_norms(regions, inf),
        }
    )


def _bounded(regions: LinearRegions) -> NDArray[np.bool_]:
    """Which cells are bounded."""
    complex_ = regions.complex
    return ~complex_.unbounded_faces[-1] & (complex_.lineality_dimension == 0)


def _volumes(regions: LinearRegions) -> ObjectArray:
    """The volumes of all cells, None where they are infinite."""
    bounded = _bounded(regions)
    result: ObjectArray = np.full(len(bounded), None, dtype=object)
    if bounded.any():
        result[bounded] = volumes(regions.complex, np.flatnonzero(bounded))
    return result


def _counts(owners: NDArray[Any], n: int) -> tuple[int, ...]:
    """How often each of 0, ..., n - 1 occurs."""
    return tuple(np.bincount(owners, minlength=n).tolist())
