"""Sharing of units, and tropical functions as networks."""

from fractions import Fraction
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.fraction_network import evaluate, fraction
from tests.refinement import strategies
from troppoly.equivalence import as_network, equivalent
from troppoly.equivalence.parallel import difference_network, share_units
from troppoly.network import Network
from troppoly.polynomial import TropicalPolynomial
from troppoly.refinement import canonical_complex

grid = [Fraction(v, 2) for v in range(-5, 6)]


@settings(max_examples=100)
@given(strategies.layers_with_identities())
def test_sharing_keeps_the_values(layers):
    shared = share_units(strategies.network_of_layers(layers).layers)
    d = len(layers[0][0][0])
    for x in product(grid[:: d + 1], repeat=d):
        assert [fraction(v) for v in shared(x)] == evaluate(layers, x)


@settings(max_examples=60)
@given(st.integers(1, 3).flatmap(lambda d: st.tuples(*[strategies.layers_with_identities((d,))] * 2)))
def test_the_difference_network(pair):
    n = min(len(layers[-1][0]) for layers in pair)  # outputs of both
    one, other = ([*layers[:-1], tuple(part[:n] for part in layers[-1])] for layers in pair)
    f, g = (strategies.network_of_layers(layers) for layers in (one, other))
    difference = difference_network(f, g)
    for x in product(grid[:: f.n_inputs + 1], repeat=f.n_inputs):
        expected = [a - b for a, b in zip(evaluate(one, x), evaluate(other, x), strict=True)]
        assert [fraction(v) for v in difference(x)] == expected


@settings(max_examples=60)
@given(st.dictionaries(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), st.integers(-2, 2), min_size=1, max_size=6))
def test_polynomials_as_networks(terms):
    """Values by the definition; the walls are those of the polynomial alone."""
    net = as_network(TropicalPolynomial(terms))
    for x in product(grid[::2], repeat=2):
        assert fraction(net(x)[0]) == max(a * x[0] + b * x[1] + c for (a, b), c in terms.items())
    needed = TropicalPolynomial(terms).prune()
    assert canonical_complex(net).n_cells == len(needed)


def test_maxima_shared_by_both_sides_stay_maxima():
    x, y = (TropicalPolynomial.variable(i, 2) for i in range(2))
    f = x + y + 1
    difference = difference_network(as_network(f**2), as_network(f))
    assert len(difference.max_groups) == 1


def test_a_unit_of_a_maximum_that_is_used_otherwise():
    """The maximum has max(y - x, 0) as a unit; a network reads the same unit, so its wall counts."""
    x, y = (TropicalPolynomial.variable(i, 2) for i in range(2))
    f = as_network(x + y + 5)
    again = Network.from_arrays([[[1, 0], [-1, 0], [-1, 1]], [[1, -1, 1]]])  # max(x, y)
    assert not equivalent(f, again)
    g = as_network((x + y + 5) * (x + y))
    total = difference_network(g, again)  # max(x, y, 5) in disguise
    assert equivalent(total, f)
    assert equivalent(f, total)
