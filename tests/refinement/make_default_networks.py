"""Write ``default_networks.npz``: PyTorch's default initialization with seed 0, as float32 arrays.

``python tests/refinement/make_default_networks.py`` needs PyTorch; the tests that read the file do not.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np

WIDTHS = [
    (2, 4, 2, 1),
    (2, 6, 4, 1),
    (2, 8, 8, 1),
    (2, 16, 16, 1),
    (3, 8, 8, 1),
    (2, 64, 64, 1),
    (2, 64, 64, 64, 1),
    (3, 16, 16, 1),
    (3, 32, 32, 1),
    (4, 16, 16, 1),
]


def main():
    import torch

    arrays = {}
    for widths in WIDTHS:
        torch.manual_seed(0)
        for i, (m, n) in enumerate(pairwise(widths)):
            layer = torch.nn.Linear(m, n)
            name = "-".join(map(str, widths))
            arrays[f"{name}/weight{i}"] = layer.weight.detach().numpy()
            arrays[f"{name}/bias{i}"] = layer.bias.detach().numpy()
    np.savez_compressed(Path(__file__).with_name("default_networks.npz"), **arrays)


if __name__ == "__main__":
    main()
