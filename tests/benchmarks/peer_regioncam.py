"""Count the regions of a network in a square with regioncam, in its own environment; prints one line of JSON."""

from __future__ import annotations

import json
import sys
import time

import regioncam
from networks import torch_modules

if __name__ == "__main__":
    layers = [(m.weight.detach().numpy().T, m.bias.detach().numpy()) for m in torch_modules(sys.argv[1])[::2]]
    wall, cpu = [], []
    for _ in range(5):
        begun = time.perf_counter(), time.process_time()
        camera = regioncam.Regioncam(size=float(sys.argv[2]))
        for weight, bias in layers[:-1]:
            camera.linear(weight, bias)
            camera.relu()
        camera.linear(*layers[-1])
        wall.append(time.perf_counter() - begun[0])
        cpu.append(time.process_time() - begun[1])
    json.dump({"cells": camera.num_faces, "seconds": min(wall), "cpu_seconds": min(cpu)}, sys.stdout)
