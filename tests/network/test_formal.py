"""The formal recursion against its literal expansion, and against the network as a function."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.fraction_network import evaluate, evaluate_polynomial, expand
from troppoly.errors import BudgetError
from troppoly.exact import RationalMatrix
from troppoly.network import LargeCount, Layer, Network, large_counts
from troppoly.network.formal_recursion import (
    canonical_polynomial,
    formal_monomial_counts,
    neuron_polynomials,
    tropicalize_formal,
)
from troppoly.polynomial import TropicalPolynomial


def default_torch_network(*widths):
    torch = pytest.importorskip("torch", reason="PyTorch is an optional dependency")
    torch.manual_seed(0)
    modules = []
    for n_in, n_out in pairwise(widths):
        modules += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
    return Network.from_torch(torch.nn.Sequential(*modules[:-1]))


@st.composite
def tiny_layers(draw, widths=(1, 2, 3)):
    """Layers of the oracle: small integers (degenerate position is frequent), some identity units."""
    sizes = [draw(st.sampled_from(widths)), draw(st.integers(1, 3)), *draw(st.lists(st.integers(1, 2), max_size=2))]
    if len(sizes) == 4:
        sizes[1] = min(sizes[1], 2)
    layers = []
    for i, (n_in, n_out) in enumerate(pairwise(sizes)):
        weight = [[Fraction(draw(st.integers(-2, 2))) for _ in range(n_in)] for _ in range(n_out)]
        bias = [Fraction(draw(st.integers(-2, 2)), draw(st.integers(1, 2))) for _ in weight]
        rectified = [i < len(sizes) - 2 and draw(st.integers(0, 4)) > 0 for _ in weight]
        layers.append((weight, bias, rectified))
    return layers


def network_of(layers):
    return Network(
        tuple(Layer(RationalMatrix.of(w), RationalMatrix.of([[v] for v in b]), np.array(r)) for w, b, r in layers)
    )


def pairs_of(tropical_map):
    return [(rational.numerator, rational.denominator) for rational in tropical_map]


@given(tiny_layers())
def test_counts_are_those_of_the_literal_expansion(layers):
    expected = tuple((len(f), len(g)) for f, g in expand(layers))
    assert formal_monomial_counts(network_of(layers)) == expected


@settings(max_examples=60)
@given(tiny_layers())
def test_monomials_are_the_irredundant_ones_of_the_literal_expansion(layers):
    for (f, g), literal in zip(pairs_of(tropicalize_formal(network_of(layers))), expand(layers), strict=True):
        for polynomial, monomials in zip((f, g), literal, strict=True):
            points = RationalMatrix.of([(*a, c) for a, c in monomials])
            assert polynomial == TropicalPolynomial.from_lifted_points(points).prune()


@given(tiny_layers(), st.data())
def test_map_equals_the_network(layers, data):
    x = [data.draw(st.fractions(-4, 4, max_denominator=6)) for _ in layers[0][0][0]]
    values = [
        evaluate_polynomial(f.terms.items(), x) - evaluate_polynomial(g.terms.items(), x)
        for f, g in pairs_of(tropicalize_formal(network_of(layers)))
    ]
    assert values == evaluate(layers, x)


@given(tiny_layers(), st.data())
def test_neurons_equal_their_polynomials(layers, data):
    x = [data.draw(st.fractions(-4, 4, max_denominator=6)) for _ in layers[0][0][0]]
    polynomials = neuron_polynomials(network_of(layers))
    assert len(polynomials) == len(layers)
    for k, pairs in enumerate(polynomials):
        values = [evaluate_polynomial(f.terms.items(), x) - evaluate_polynomial(g.terms.items(), x) for f, g in pairs]
        assert values == evaluate(layers[: k + 1], x)


@settings(max_examples=60)
@given(tiny_layers())
def test_canonical_polynomial_is_the_product_over_rectified_units(layers):
    net = network_of(layers)
    product = TropicalPolynomial.constant(0, net.n_inputs)
    for layer, pairs in zip(net.layers, neuron_polynomials(net), strict=True):
        for rectified, (f, _) in zip(layer.rectified, pairs, strict=True):
            product = (product * f).prune() if rectified else product
    assert canonical_polynomial(net) == product


@pytest.mark.parametrize(
    ("widths", "cells"),
    [
        # counted independently: sums of binomials for one hidden layer in general position, else by other tools
        ((2, 6, 1), 22),
        ((3, 5, 1), 26),
        ((4, 4, 1), 16),
        ((5, 3, 1), 8),
        ((6, 2, 1), 4),
        ((2, 4, 2, 1), 21),
        ((2, 6, 4, 1), 58),
        ((2, 8, 8, 1), 156),
    ],
)
def test_canonical_polynomial_has_one_monomial_for_each_cell(widths, cells):
    assert len(canonical_polynomial(default_torch_network(*widths)).terms) == cells


@pytest.mark.parametrize(
    ("widths", "irredundant"), [((2, 4, 1), (2, 7)), ((2, 4, 2, 1), (10, 12)), ((2, 6, 4, 1), (31, 40))]
)
def test_irredundant_monomials_of_default_networks(widths, irredundant):
    ((f, g),) = pairs_of(tropicalize_formal(default_torch_network(*widths)))
    assert (len(f.terms), len(g.terms)) == irredundant


def test_formal_counts_of_default_networks():
    assert formal_monomial_counts(default_torch_network(2, 4, 2, 1)) == ((64, 40),)
    ((numerator, denominator),) = formal_monomial_counts(default_torch_network(2, 16, 16, 1))
    assert type(numerator) is type(denominator) is int
    assert 10**45 <= numerator < 10**46


def shallow(depth, width=4):
    """2-width-...-width-1 with weights of both signs."""
    weights = [np.sin(np.arange(1, 1 + width * a)).reshape(width, a) for a in [2] + [width] * (depth - 1)]
    return Network.from_arrays([*weights, np.ones((1, width))])


@pytest.mark.parametrize("limit", [1, 10, 100, 1000])
def test_brackets_hold_the_exact_count(monkeypatch, limit):
    exact = formal_monomial_counts(shallow(6))[0]
    monkeypatch.setattr(large_counts, "LARGEST_BITS", limit)
    for n, bracket in zip(exact, formal_monomial_counts(shallow(6))[0], strict=True):
        assert isinstance(bracket, LargeCount)
        assert bracket.bit_length() == n.bit_length()
        assert str(bracket) == f"{Decimal(n):.2e}"
        # 2^p <= n^q <= 2^r for the bounds p/q and r/q, cut to 20 binary digits: n^q is written out
        q = 2**20 if n.bit_length() < 300 else 2**8
        low, high = int(bracket.lower * q // 1), int(-(-bracket.upper * q // 1))
        assert 1 << low <= n**q <= 1 << high
        assert high - low <= 1
        assert bracket.upper - bracket.lower < Fraction(1, 2**100)


def test_counts_of_many_layers_are_immediate():
    """The number of monomials of the sum of all units' is multiplied in every layer: log2 grows with 4^depth."""
    (count, _), (more, _) = formal_monomial_counts(shallow(15))[0], formal_monomial_counts(shallow(16))[0]
    assert isinstance(count, LargeCount)
    assert count.lower < count.upper < more.lower < 8 * count.upper
    with pytest.raises(BudgetError, match=r"known by its logarithm only"):
        int(count)
    with pytest.raises(BudgetError, match=r"known by its logarithm only"):
        range(count)
    deep = formal_monomial_counts(shallow(100))[0][0]
    assert str(deep).startswith("10^(")


@given(st.integers(1, 2**400))
def test_the_bracket_of_an_integer(n):
    bracket = LargeCount.of(n)
    assert bracket.lower <= bracket.upper
    assert (1 << (bracket.lower // 1)) <= n <= (1 << -(-bracket.upper // 1))
    assert bracket.upper - bracket.lower < Fraction(1, 2**150)
    if n >= 10**12:
        assert str(bracket) == f"{Decimal(n):.2e}"


def test_degenerate_networks():
    zero = Network.from_arrays([[[0, 0]], [[0]]], [[0], ["1/3"]])
    assert pairs_of(tropicalize_formal(zero)) == [
        (TropicalPolynomial.constant("1/3", 2), TropicalPolynomial.constant(0, 2))
    ]
    affine = Network.from_arrays([[[1, -2]]], [[3]])
    assert pairs_of(tropicalize_formal(affine)) == [
        (TropicalPolynomial.affine([1, 0], 3), TropicalPolynomial.affine([0, 2], 0))
    ]
    assert canonical_polynomial(affine) == TropicalPolynomial.constant(0, 2)
    twins = Network.from_arrays([[[1, 1], [1, 1], [2, 2]], [[1, 1, 1]]])
    assert len(canonical_polynomial(twins).terms) == 2
    (f, _) = pairs_of(tropicalize_formal(twins))[0]
    assert f == TropicalPolynomial({(0, 0): 0, (4, 4): 0})


def test_several_outputs_share_the_cells():
    net = Network.from_arrays([np.eye(2), [[1, 0], [0, 1], [1, 1]]])
    counts = [(len(f.terms), len(g.terms)) for f, g in pairs_of(tropicalize_formal(net))]
    assert counts == [(2, 1), (2, 1), (4, 1)]
