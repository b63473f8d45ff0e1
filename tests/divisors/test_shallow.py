"""Networks with one hidden layer: found for what has one, and refused where a hyperplane bends in different ways."""

import random
from fractions import Fraction

import pytest

import troppoly as tp
from tests.seeds import seeds
from troppoly.divisors import shallow_network


def bends(f, form, rng):
    """The jumps of the slopes of f at random points of the hyperplane <n, x> + b = 0, in the direction n."""
    *n, b = form
    found = set()
    for _ in range(25):
        q = [Fraction(rng.randint(-400, 400), 37) for _ in n]
        height = (sum(a * v for a, v in zip(n, q, strict=True)) + b) / sum(a * a for a in n)
        q = [v - height * a for a, v in zip(n, q, strict=True)]
        e = Fraction(1, 10**9)
        above, below = ([v + s * e * a for a, v in zip(n, q, strict=True)] for s in (1, -1))
        found.add(tuple((u + w - 2 * v) / e for u, v, w in zip(f(above), f(q), f(below), strict=True)))
    return found


@pytest.mark.parametrize("seed", range(12))
def test_shallow_networks_are_found_again(seed):
    """With one unit for every hyperplane at which the function bends."""
    rng = random.Random(seed)
    d, n, m = rng.choice([(1, 4, 1), (2, 4, 1), (2, 3, 2), (3, 3, 1)])
    weights = [[[rng.randint(-2, 2) for _ in range(k)] for _ in range(p)] for p, k in ((n, d), (m, n))]
    net = tp.Network.from_arrays(weights, [[rng.randint(-1, 1) for _ in range(p)] for p in (n, m)])
    found = shallow_network(tp.tropicalize(net))
    assert len(found.layers) <= 2
    assert tp.equivalent(found, net)
    assert len(tp.to_network(tp.tropicalize(net)).layers) <= 2
    if m == 1:
        hyperplanes = {(*wall.normal, wall.offset) for wall in tp.divisor(net)}
        hyperplanes = {max(form, tuple(-v for v in form)) for form in hyperplanes}
        assert sum(int(layer.rectified.sum()) for layer in found.layers) == len(hyperplanes)


@pytest.mark.parametrize("seed", seeds(6, 12))
def test_other_functions_bend_differently_along_a_hyperplane(seed):
    rng = random.Random(seed)
    terms = [{(rng.randint(-2, 2), rng.randint(-2, 2)): rng.randint(-2, 2) for _ in range(4)} for _ in range(2)]
    f, g = map(tp.TropicalPolynomial, terms)
    h = tp.TropicalMap([(f * f / g) if seed % 2 else f * g])
    found = shallow_network(h)
    walls = [(*wall.normal, wall.offset) for wall in tp.divisor(h)]
    forms = [tuple(Fraction(int(v.numerator), int(v.denominator)) for v in form) for form in walls]
    assert (found is not None) == all(len(bends(h, form, rng)) == 1 for form in forms)
    net = tp.to_network(h)
    assert tp.equivalent(net, h)
    if seed % 3 == 0:
        small = tp.compress(net).network
        assert tp.equivalent(small, h)
        assert sum(small.widths) <= sum(net.widths)


def test_affine_functions_and_quotients_that_are_affine():
    x, y = (tp.TropicalPolynomial.variable(i, 2) for i in range(2))
    f = (x + y + 0) * (x + 3) * (y + x * x)
    assert tp.to_network((f * x) / f).widths == (2, 1)
    assert tp.to_network(tp.TropicalMap([x / y, x * "1/2" * y])).widths == (2, 2)
    with pytest.raises(tp.InputError, match="zero"):
        tp.to_network(tp.TropicalPolynomial.zero(2))
