"""Answer for troppoly: 1,000 cells around a point of a network with many inputs, when asked (``answers``).

``measure_local.py NETWORK.npz`` also says how long the facets of the first cell, and a segment take.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
from answers import answer
from networks import start_point

from troppoly.local import Exploration, cell_at, explore, segment
from troppoly.network import load_network

CELLS = 1000


def timed(compute: Any) -> tuple[int, float]:
    begun = time.perf_counter()
    return compute(), time.perf_counter() - begun


def facts(found: Exploration) -> dict[str, Any]:
    network, x = found.network, found.points[0]
    facets, facets_seconds = timed(lambda: len(cell_at(network, x).facets))
    pieces, segment_seconds = timed(lambda: len(segment(network, x, -np.array(x))))
    return {
        "cells": found.n_expanded,
        "found": len(found),
        "facets": facets,
        "facets_seconds": facets_seconds,
        "pieces": pieces,
        "segment_seconds": segment_seconds,
    }


if __name__ == "__main__":
    network = load_network(sys.argv[1])
    x = start_point(network.n_inputs)
    explore(network, x, max_cells=100, workers=1)
    answer({}, lambda: explore(network, x, max_cells=CELLS, workers=1), facts)
