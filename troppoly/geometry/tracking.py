"""How the regions of a network change over training: one row of a table for every checkpoint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any

from troppoly.arguments import checked
from troppoly.errors import ShapeError
from troppoly.geometry.tables import Table
from troppoly.network import Network, load_network
from troppoly.network.weight_files import network_of_weights
from troppoly.refinement import tropical_map
from troppoly.regions import regions_by_refinement

__all__ = ["track"]


@checked
def track(
    checkpoints: Mapping[Any, Any] | Iterable[Any],
    *,
    domain: Any = None,
    monomials: bool = False,
    max_cells: int | None = None,
) -> Table:
    """Return a table of the regions of a sequence of networks with the same input space.

    ``checkpoints`` is a mapping from epochs to networks, or a sequence of them, which are then numbered from 0.  One is
    a :class:`~troppoly.Network`, a PyTorch module, a state dict of Linear layers with ReLU between, or the name of a
    file that :func:`~troppoly.load_network` reads.

    The columns are ``epoch``, ``cells``, ``regions`` (linear regions), ``bounded`` (of these), ``f_0``, ..., ``f_d``
    (the f-vector), and with ``monomials`` also ``numerator`` and ``denominator``: the numbers of irredundant monomials
    of the network's tropical rational map, a tuple with one entry per output.

    Errors are those of :func:`troppoly.linear_regions` and of reading networks.

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
            raise ShapeError(f"Checkpoint {epoch} has {network.n_inputs} inputs, the one before {n_inputs}.")
        n_inputs = network.n_inputs
        regions = regions_by_refinement(network, domain, max_cells=max_cells)
        row = {"epoch": epoch, "cells": regions.n_cells, "regions": len(regions), "bounded": regions.n_bounded}
        row |= {f"f_{k}": count for k, count in enumerate(regions.f_vector())}
        if monomials:
            row["numerator"], row["denominator"] = zip(*tropical_map(regions.canonical).monomial_counts(), strict=True)
        rows.append(row)
    return Table({name: tuple(row[name] for row in rows) for name in (rows[0] if rows else ())})


def _network(checkpoint: Any) -> Network:
    """The network of a checkpoint."""
    if isinstance(checkpoint, Network):
        return checkpoint
    if isinstance(checkpoint, (str, PathLike)):
        return load_network(checkpoint)
    return network_of_weights(checkpoint) if isinstance(checkpoint, Mapping) else Network.from_torch(checkpoint)
