"""Linear regions of networks with every activation: the refinement against the polytope route."""

import numpy as np
import pytest
from gmpy2 import mpq

from tests.seeds import cases
from troppoly.network import Network
from troppoly.passagemath import polyhedron
from troppoly.refinement import canonical_complex
from troppoly.regions import linear_regions, regions_by_polytopes

torch = pytest.importorskip("torch", reason="PyTorch is an optional dependency")
nn = torch.nn


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


ACTIVATIONS = {
    "ReLU": nn.ReLU(),
    "LeakyReLU": nn.LeakyReLU(0.25),
    "negative slope": nn.LeakyReLU(-1.0),
    "ReLU6": nn.ReLU6(),
    "Hardtanh": nn.Hardtanh(-1, 1),
    "abs": Function(torch.abs),
    "max with a constant": Function(lambda x: torch.maximum(x, torch.ones(1).double())),
    "max and min": Function(lambda x: torch.maximum(x[:, :1], x[:, 1:]) - torch.minimum(x[:, :1], 2 * x[:, 1:])),
    "residual": Function(lambda x: x - 2 * x.relu()),
    "maximum over an axis": Function(lambda x: x.amax(1, keepdim=True)),
    "maxout": Function(lambda x: torch.cat([x, 1 - x], 1).view(-1, 2, 2).amax(2)),
    "concatenation": Function(lambda x: torch.cat([x.relu(), x.abs()], dim=1)),
}


def network(name, hidden, seed):
    """A small network with integer weights over 2, the activation after its first layer."""
    generator = torch.Generator().manual_seed(seed)
    first = nn.Linear(2, hidden)
    middle = ACTIVATIONS[name]
    width = middle(first(torch.zeros(1, 2)).double()).shape[1]
    module = nn.Sequential(first, middle, nn.Linear(width, 2), nn.ReLU(), nn.Linear(2, 1)).double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randint(-4, 5, parameter.shape, generator=generator) / 2)
    return Network.from_torch(module)


def maps(regions):
    """The affine maps of the regions, with their numbers."""
    found = {}
    for region in regions:
        matrix, vector = region.affine_map
        key = (tuple(matrix.ravel().tolist()), tuple(vector.tolist()))
        found[key] = found.get(key, 0) + 1
    return found


@pytest.mark.parametrize("seed", [1, 0][: cases(1, 2)])  # seed 1 has up to three times as many regions
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_both_routes_find_the_same_regions_and_maps(name, seed):
    net = network(name, 2, seed)
    one, two = linear_regions(net), regions_by_polytopes(net)
    assert len(one) == len(two)
    assert maps(one) == maps(two)
    assert sum((-1) ** k * n for k, n in enumerate(one.f_vector())) == 1


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_both_routes_agree_on_a_domain(name):
    net = network(name, 2, 7)
    triangle = polyhedron([(-2, -1), (3, 0), (0, mpq(5, 2))], ambient_dim=2)
    one, two = linear_regions(net, domain=triangle), regions_by_polytopes(net, triangle)
    assert len(one) == len(two)
    assert maps(one) == maps(two)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_maps_are_those_of_the_network_at_interior_points(name):
    net = network(name, 3 if name not in ("max and min", "maxout") else 2, 5)
    for region in linear_regions(net):
        matrix, vector = region.affine_map
        x = region.interior_point()
        assert net(x) == tuple(row @ np.array(x, dtype=object) + b for row, b in zip(matrix, vector, strict=True))


def test_convolutions_of_an_image_on_a_slice():
    torch.manual_seed(0)
    module = nn.Sequential(
        *(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 4, 3), nn.ReLU(), nn.Flatten()),
        nn.Linear(4 * 11 * 11, 2),
    )
    net = Network.from_torch(module, (1, 28, 28))
    slice_ = net.restrict(torch.randn(784, 2), torch.randn(784))
    square = polyhedron([(0, 0), (mpq(1, 200), 0), (0, mpq(1, 200)), (mpq(1, 200),) * 2], ambient_dim=2)
    regions = linear_regions(slice_, domain=square)
    assert regions.complex.euler_characteristic() == 1
    assert regions.n_cells > 10
    for region in list(regions)[:5]:
        matrix, vector = region.affine_map
        x = region.interior_point()
        assert slice_(x) == tuple(row @ np.array(x, dtype=object) + b for row, b in zip(matrix, vector, strict=True))


def test_sparse_and_dense_weights_have_the_same_complex():
    torch.manual_seed(1)
    module = nn.Sequential(nn.Conv2d(1, 1, 2), nn.ReLU(), nn.MaxPool2d(2, stride=1), nn.Flatten(), nn.Linear(81, 1))
    net = Network.from_torch(module, (1, 11, 11)).restrict(torch.randn(121, 2), torch.randn(121))
    layers = [
        type(layer)(
            layer.weight.dense() if hasattr(layer.weight, "dense") else layer.weight, layer.bias, layer.rectified
        )
        for layer in net.layers
    ]
    dense = Network(tuple(layers), net.names, net.max_groups)
    assert any(hasattr(layer.weight, "dense") for layer in net.layers)
    assert net == dense
    square = polyhedron([(0, 0), (mpq(1, 9), 0), (0, mpq(1, 9))], ambient_dim=2)
    one, two = (canonical_complex(n, square) for n in (net, dense))
    assert one.f_vector() == two.f_vector()
