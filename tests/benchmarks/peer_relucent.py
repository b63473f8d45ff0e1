"""Count the cells of a network with relucent, in its own environment; prints one line of JSON."""

from __future__ import annotations

import json
import sys
import time

from networks import torch_modules
from relucent import Complex

if __name__ == "__main__":
    complex = Complex(torch_modules(sys.argv[1]))
    begun = time.perf_counter()
    found = complex.bfs(verbose=0)
    seconds = time.perf_counter() - begun
    json.dump({"cells": len(complex), "seconds": seconds, "complete": bool(found.complete)}, sys.stdout)
