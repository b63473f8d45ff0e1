"""Float estimators: numbers of regions that random points meet, for networks too large to enumerate.

Not exact: signs of units are those of floating-point evaluation, and the regions that were hit are a lower bound of
their number up to rounding errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from troppoly.arguments import Natural, Positive, Such, checked
from troppoly.cellwise.cell_network import CellNetwork, chunks
from troppoly.cellwise.sign_words import SignWords, layer_places, pack
from troppoly.errors import InputError, counted, kind_of, require
from troppoly.exact import modular
from troppoly.exact.numerators import float_points
from troppoly.network import Network
from troppoly.values import Value

__all__ = [
    "SampledRegions",
    "random_points_in_ball",
    "random_points_in_box",
    "sampled_activation_patterns_float",
    "sampled_jacobians_float",
    "sampled_torch_jacobians_float",
]

FloatArray = NDArray[np.float64]
Count = Annotated[int, Such("a positive integer", lambda count: count >= 1)]
Radius = Annotated[float, Such("a nonnegative number", lambda radius: 0 <= radius < 2**1000, " below 2^1000")]


@dataclass(frozen=True, eq=False, repr=False)
class SampledRegions(Value):
    """Which points met the same region: ``labels`` (n,) numbers the regions in the order in which they were met first.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [-1, -1]], [[1, 1, 1]]], [[0, 0, 1], [0]])
    >>> sampled = tp.sampling.sampled_activation_patterns_float(net, [(0.25, 0.25), (5.0, 5.0), (6.0, 6.0)])
    >>> sampled, sampled.labels.tolist()
    (2 regions met by 3 points, [0, 1, 1])
    """

    labels: NDArray[np.int64]

    @property
    def n_points(self) -> int:
        """The number of points."""
        return len(self.labels)

    @property
    def n_distinct(self) -> int:
        """The number of regions that were met."""
        return int(self.labels.max(initial=-1)) + 1

    def curve(self) -> NDArray[np.int64]:
        """Return the (n,) array of the numbers of regions that were met by the first 1, 2, ..., n points.

        >>> SampledRegions(np.array([0, 1, 0, 2])).curve()
        array([1, 2, 2, 3])
        """
        return np.maximum.accumulate(self.labels) + 1

    @checked
    def coverage(self, exact_count: Count) -> FloatArray:
        """Return the (n,) curve divided by the exact number of regions.

        >>> SampledRegions(np.array([0, 1, 0, 2])).coverage(4)
        array([0.25, 0.5 , 0.5 , 0.75])
        """
        return self.curve() / exact_count

    def __repr__(self) -> str:
        return f"{counted(self.n_distinct, 'region')} met by {counted(self.n_points, 'point')}"


@checked
def random_points_in_box(d: Positive, n: Natural, radius: Radius, seed: Natural) -> FloatArray:
    """Return n points of the cube [-radius, radius]^d, uniformly distributed, as an (n, d) array of floats.

    >>> random_points_in_box(2, 3, 1.0, seed=0).shape
    (3, 2)
    """
    return np.random.default_rng(seed).uniform(-radius, radius, (n, d))


@checked
def random_points_in_ball(d: Positive, n: Natural, radius: Radius, seed: Natural) -> FloatArray:
    """Return n points of the Euclidean ball of a radius, uniformly distributed, as an (n, d) array of floats.

    >>> points = random_points_in_ball(3, 100, 2.0, seed=0)
    >>> bool((np.linalg.norm(points, axis=1) < 2.000001).all())
    True
    """
    generator = np.random.default_rng(seed)
    directions = generator.standard_normal((n, d))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return np.asarray(directions * (radius * generator.uniform(0, 1, (n, 1)) ** (1 / d)))


@checked
def sampled_activation_patterns_float(
    network: Network, points: ArrayLike, *, batch_size: Positive = 65536
) -> SampledRegions:
    """Return which of the points (n, d) have the same active units: generic points, the cells of the canonical complex.

    Raises ShapeError for points of another dimension.

    >>> net = Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])
    >>> sampled_activation_patterns_float(net, random_points_in_box(2, 100, 1.0, seed=0))
    4 regions met by 100 points
    """
    return SampledRegions(_in_order_of_appearance(_signs(network, points, batch_size).words))


@checked
def sampled_jacobians_float(network: Network, points: ArrayLike, *, batch_size: Positive = 65536) -> SampledRegions:
    """Return which of the points (n, d) have the same Jacobian matrix, exact for the active units at the point.

    Distinct linear regions may have equal Jacobians.  Raises ShapeError for points of another dimension.

    >>> net = Network.from_arrays([[[1, 0], [0, 1]], [[1, 0]]])             # the second unit is not used
    >>> sampled_jacobians_float(net, random_points_in_box(2, 100, 1.0, seed=0))
    2 regions met by 100 points
    """
    signs = _signs(network, points, batch_size)
    if not len(signs.words):
        return SampledRegions(np.zeros(0, dtype=np.int64))
    labels = _in_order_of_appearance(signs.words)
    first = np.unique(labels, return_index=True)[1]
    cellwise = CellNetwork.of(network.layers)
    count = modular.n_moduli(cellwise.form_bits[-1])
    maps = []
    for cells in chunks(len(first), cellwise.cost(count)):
        residues = cellwise.maps(signs.take(first[cells]), count)[..., :-1]
        maps.append(modular.canonical(residues).transpose(1, 0, 2, 3).reshape(residues.shape[1], -1))
    jacobians = _in_order_of_appearance(np.concatenate(maps))
    return SampledRegions(jacobians[labels])


@checked
def sampled_torch_jacobians_float(
    module: Any, points: Any, *, batch_size: Positive = 1024, digits: Natural = 6
) -> SampledRegions:
    """Return which of the points have the same Jacobian, for a PyTorch module of any size, on its device.

    ``points`` is an array or tensor of shape (n, *shape of an input*).  Jacobians, by automatic differentiation, count
    as equal if they agree after rounding to ``digits`` after the point, relative to the largest entry of all.

    Raises MissingDependencyError if PyTorch is not installed, and InputError for what is not a module.

    >>> import torch
    >>> sampled_torch_jacobians_float(torch.nn.ReLU(), random_points_in_box(2, 100, 1.0, seed=0))
    4 regions met by 100 points
    """
    torch = require("torch", extra="torch")
    if not isinstance(module, torch.nn.Module):
        raise InputError(f"A torch.nn.Module is needed, not {kind_of(module)}.")
    parameter = next(iter(module.parameters()), None)
    inputs = torch.as_tensor(points)
    if parameter is not None:
        inputs = inputs.to(device=parameter.device, dtype=parameter.dtype)
    jacobian = torch.func.vmap(torch.func.jacrev(lambda x: module(x[None])[0]))
    parts = [jacobian(batch).reshape(len(batch), -1).detach() for batch in torch.split(inputs, batch_size)]
    values = torch.cat(parts).cpu().double().numpy()
    largest = np.abs(values).max(initial=0) or 1.0
    return SampledRegions(_in_order_of_appearance(np.round(values / largest, digits) + 0.0))


def _signs(network: Network, points: ArrayLike, batch_size: int) -> SignWords:
    """The sign words at points, in floats: a unit is active or not."""
    values = float_points(points, network.n_inputs, axes=2)
    places = layer_places([layer.rectified for layer in network.layers])
    words = np.zeros((len(values), places[-1].columns.stop), dtype=np.uint64)
    for start in range(0, len(values), batch_size):
        batch = values[start : start + batch_size]
        for layer, place in zip(network.layers, places, strict=True):
            batch = layer.evaluate_float(batch)
            active = batch[:, place.rectified] > 0
            words[start : start + batch_size, place.columns] = pack(active, ~active)
    return SignWords(words, places)


def _in_order_of_appearance(rows: NDArray[Any]) -> NDArray[np.int64]:
    """Number equal rows alike, in the order of their first appearance."""
    numbers: dict[bytes, int] = {}
    return np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in rows], dtype=np.int64)
