"""Answer for troppoly: refine one network again and again, when asked.

``measure.py NETWORK.npz [--box R] [--workers N] [--surface]`` writes a line of JSON when it is ready; then it reads
lines with a number of seconds, refines until these are over, at least once, and writes the least times (``answers``).
With ``--box`` the domain is [-R, R]^d.  It also runs with commit 0878852, so it imports what both have.
"""

from __future__ import annotations

import argparse
import gc
import inspect
import time
from collections.abc import Callable
from dataclasses import fields
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
from answers import answer

from troppoly.network import Network, load_network

try:
    from troppoly.refinement import canonical_complex
except ImportError:  # commit 0878852
    from troppoly.complex import canonical_complex


def cube(d: int, radius: int | None) -> Any:
    if radius is None:
        return None
    from troppoly.passagemath import polyhedron

    sides = [[radius, *(sign * (i == j) for j in range(d))] for i in range(d) for sign in (1, -1)]
    return polyhedron(inequalities=sides, ambient_dim=d)


def refiner(network: Network, box: int | None, workers: int) -> Callable[[], Any]:
    """The call that is measured."""
    domain = cube(network.n_inputs, box)
    options: dict[str, Any] = {}
    if "workers" in inspect.signature(canonical_complex).parameters:
        options["workers"] = workers
    elif workers > 1:
        raise SystemExit("has no workers")
    return lambda: canonical_complex(network, domain, **options)


def warm_up(d: int, box: int | None, workers: int) -> float:
    """Refine a small network, and one of two inputs that is divided into parts, so that what is compiled is loaded.

    The seconds that it takes are returned.
    """
    random, begun = np.random.default_rng(0), time.perf_counter()
    for inputs, width in ((d, d + 2), (2, 64)):
        shapes = ((width, inputs), (width, width), (1, width))
        layers = [(random.integers(-99, 100, shape), random.integers(-99, 100, shape[0])) for shape in shapes]
        refiner(Network.from_arrays(*zip(*layers, strict=True)), box if inputs == d else None, workers)()
    return time.perf_counter() - begun


def array_bytes(value: Any) -> int:
    """The bytes of all arrays that an object holds: of every buffer, once."""
    seen: set[int] = set()
    total, todo = 0, [value]
    while todo:
        item = todo.pop()
        while isinstance(item, np.ndarray) and item.base is not None:
            item = item.base
        if id(item) in seen or isinstance(item, (type, ModuleType, FunctionType, MethodType)):
            continue
        seen.add(id(item))
        if isinstance(item, np.ndarray):
            total += item.nbytes
        else:
            total += _buffer_bytes(item)
            todo += gc.get_referents(item)
    return total


def _buffer_bytes(item: Any) -> int:
    """The bytes of a buffer that is no NumPy array, such as one of compiled code."""
    try:
        return memoryview(item).nbytes
    except TypeError:
        return 0


def facts(complex: Any) -> dict[str, Any]:
    """What is reported of a complex: counts, bytes, and how its signs were settled."""
    returned, certificate = array_bytes(complex), complex.certificate  # first: what follows may add to it
    at_infinity = getattr(complex, "complex", complex).n_directions_at_infinity
    stages = [field.name for field in fields(certificate) if not field.name.startswith("rays")]
    return {
        "cells": complex.n_cells,
        "f_vector": complex.f_vector(),
        "at_infinity": at_infinity,
        "euler_characteristic": complex.euler_characteristic(),
        "returned_bytes": returned,
        "signs": {name: getattr(certificate, name) for name in stages},
    }


def betti_numbers(network: Network, box: int | None) -> tuple[int, ...]:
    """Those of the surface on which the network is zero."""
    from troppoly.geometry import level_set

    return level_set(network, 0, cube(network.n_inputs, box)).betti_numbers()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("network")
    parser.add_argument("--box", type=int)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--surface", action="store_true", help="also the Betti numbers of its zero set")
    arguments = parser.parse_args()
    network = load_network(arguments.network)
    seconds = warm_up(network.n_inputs, arguments.box, arguments.workers)
    extra = {"betti_numbers": betti_numbers(network, arguments.box)} if arguments.surface else {}
    ready = {"warm_up_seconds": seconds, "package": inspect.getfile(Network)} | extra
    answer(ready, refiner(network, arguments.box, arguments.workers), facts)
