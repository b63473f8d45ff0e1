"""Train the network of ``troppoly demo`` and write it, with its data, into the package.

    python tutorials/experiments/train_demo_network.py        (needs PyTorch and scikit-learn)

The data are two features of the wine data of scikit-learn: flavanoids and color intensity of 178
Italian wines from three cultivars (M. Forina et al., PARVUS; UCI Machine Learning Repository,
https://doi.org/10.24432/C5PC7J, CC BY 4.0).  The network is trained on standardized features; the
standardization is folded into the first layer, so that the shipped network takes the features
themselves.  On one machine the result is the same in every run.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_wine
from torch import nn

DATA = Path(__file__).resolve().parents[2] / "troppoly" / "cli" / "data"
FEATURES = ("flavanoids", "color_intensity")
HIDDEN = (16, 16)
STEPS = 2000


def train(features: np.ndarray, classes: np.ndarray) -> nn.Sequential:
    """Return a ReLU network that is trained on standardized features by full-batch Adam."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    sizes = (features.shape[1], *HIDDEN, int(classes.max()) + 1)
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    network = nn.Sequential(*layers[:-1])
    inputs = torch.tensor(features, dtype=torch.float32)
    targets = torch.tensor(classes)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01, weight_decay=1e-3)
    for _ in range(STEPS):
        optimiser.zero_grad()
        nn.functional.cross_entropy(network(inputs), targets).backward()
        optimiser.step()
    accuracy = float((network(inputs).argmax(1) == targets).float().mean())
    print(f"training accuracy {accuracy:.3f}")
    return network


def main() -> None:
    """Train, fold the standardization into the first layer, and write both files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, default=DATA, help="the folder to write wine.npz and wine.csv into")
    folder = parser.parse_args().into
    wine = load_wine()
    features = wine.data[:, [wine.feature_names.index(name) for name in FEATURES]]
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    network = train((features - mean) / deviation, wine.target)
    linear = [module for module in network if isinstance(module, nn.Linear)]
    arrays = {}
    for i, layer in enumerate(linear):
        weight = layer.weight.detach().numpy().astype(np.float64)
        bias = layer.bias.detach().numpy().astype(np.float64)
        if i == 0:
            weight, bias = weight / deviation, bias - weight @ (mean / deviation)
        arrays[f"weight_{i}"] = weight.astype(np.float32)
        arrays[f"bias_{i}"] = bias.astype(np.float32)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "wine.npz", **arrays)
    rows = [",".join((*FEATURES, "cultivar"))]
    rows += [f"{x},{y},{c}" for (x, y), c in zip(features.tolist(), wine.target.tolist(), strict=True)]
    (folder / "wine.csv").write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
