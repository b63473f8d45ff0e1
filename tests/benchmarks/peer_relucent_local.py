"""Answer for relucent: a few cells around a point, with their facets; in its own environment (see ``answers``)."""

from __future__ import annotations

import sys

import numpy as np
from answers import answer
from networks import sequential, start_point
from relucent import Complex

CELLS = 10

if __name__ == "__main__":
    with np.load(sys.argv[1]) as archive:
        network = sequential(archive)
        x = start_point(archive["weight_0"].shape[1])

    def compute() -> Complex:
        complex = Complex(network)
        complex.bfs(x, max_polys=CELLS, nworkers=1, verbose=0, verify=False)
        return complex

    answer({}, compute, lambda complex: {"cells": len(complex)})
