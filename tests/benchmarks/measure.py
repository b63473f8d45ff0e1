"""Measure the refinement engine on one network, in a process of its own.

``measure.py NETWORK.npz --seconds S [--box R]`` prints one line of JSON.  The complex is computed at
least twice and until S seconds are over, once if one time takes longer; the least times are reported.
With ``--box`` the domain is [-R, R]^d.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from typing import Any

from troppoly.network import Network, load_network
from troppoly.passagemath import polyhedron
from troppoly.refinement import canonical_complex


def _peak() -> int:
    """The most memory that this process has had, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _box(d: int, radius: int) -> Any:
    sides = [[radius, *(sign * (i == j) for j in range(d))] for i in range(d) for sign in (1, -1)]
    return polyhedron(inequalities=sides, ambient_dim=d)


def measure(network: Network, domain: Any, limit: float) -> dict[str, Any]:
    result: dict[str, Any] = {"start_bytes": _peak()}
    wall: list[float] = []
    cpu: list[float] = []
    while not wall or (sum(wall) < limit and len(wall) < 50):
        begun = time.perf_counter(), time.process_time()
        complex = canonical_complex(network, domain)
        wall.append(time.perf_counter() - begun[0])
        cpu.append(time.process_time() - begun[1])
        if len(wall) == 1:
            result |= {"peak_bytes": _peak(), "held_bytes": complex.nbytes, "cells": complex.n_cells}
            f = complex.f_vector()
            result |= {"f_vector": f, "at_infinity": complex.complex.n_directions_at_infinity}
            result |= {"euler_characteristic": complex.complex.euler_characteristic()}
            certificate = complex.certificate
            result |= {"signs": certificate.total, "signs_recomputed": certificate.recomputed}
        del complex
    return result | {"seconds": min(wall), "cpu_seconds": min(cpu), "runs": len(wall)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("network")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--box", type=int)
    arguments = parser.parse_args()
    network = load_network(arguments.network)
    domain = None if arguments.box is None else _box(network.n_inputs, arguments.box)
    json.dump(measure(network, domain, arguments.seconds), sys.stdout)
