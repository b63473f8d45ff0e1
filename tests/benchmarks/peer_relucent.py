"""Count the cells of a network with relucent, in its own environment; prints one line of JSON."""

from __future__ import annotations

import json
import os
import sys
import time

from networks import torch_modules
from relucent import Complex


def cpu_seconds() -> float:
    """Of this process and of its workers that have ended."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    complex = Complex(torch_modules(sys.argv[1]))
    begun = time.perf_counter(), cpu_seconds()
    found = complex.bfs(verbose=0)
    seconds = {"seconds": time.perf_counter() - begun[0], "cpu_seconds": cpu_seconds() - begun[1]}
    json.dump({"cells": len(complex), "complete": bool(found.complete), **seconds}, sys.stdout)
