"""Answer for regioncam: the regions of a network in a square; in its own environment (see ``answers``)."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import regioncam
from answers import answer

if __name__ == "__main__":
    with np.load(sys.argv[1]) as archive:
        layers = [(archive[f"weight_{i}"].T, archive[f"bias_{i}"]) for i in range(len(archive.files) // 2)]

    def compute() -> Any:
        camera = regioncam.Regioncam(size=float(sys.argv[2]))
        for weight, bias in layers[:-1]:
            camera.linear(weight, bias)
            camera.relu()
        camera.linear(*layers[-1])
        return camera

    answer({}, compute, lambda camera: {"cells": camera.num_faces})
