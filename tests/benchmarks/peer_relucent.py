"""Answer for relucent: the cells of a network; in its own environment (see ``answers``)."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from answers import answer
from networks import sequential
from relucent import Complex

if __name__ == "__main__":
    with np.load(sys.argv[1]) as archive:
        network = sequential(archive)

    def compute() -> tuple[Any, Any]:
        complex = Complex(network)
        return complex, complex.bfs(verbose=0)

    answer({}, compute, lambda found: {"cells": len(found[0]), "complete": bool(found[1].complete)})
