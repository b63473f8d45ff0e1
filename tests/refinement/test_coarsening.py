"""Merging by labels: maxima as chains of rectified units, against normal complexes of polynomials."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.complex_invariants import assert_face_lattice, assert_whole_space
from tests.refinement.strategies import MIXED, SMALL, matrices
from troppoly.exact import RationalMatrix
from troppoly.network import Layer, Network
from troppoly.polynomial import TropicalPolynomial
from troppoly.refinement.refinement import canonical_complex
from troppoly.regions import linear_regions


def maximum(rows):
    """max_i (<a_i, x> + c_i) for rows (a, c): m_1 = z_1, m_i = m_(i-1) + max(z_i - m_(i-1), 0), by layers."""
    d, k = len(rows[0]) - 1, len(rows)
    rows = [[Fraction(v) for v in row] for row in rows]

    def layer(weight, bias, rectified):
        return Layer(RationalMatrix.of(weight), RationalMatrix.of([[b] for b in bias]), rectified)

    def unit(j, n):
        return [int(i == j) for i in range(n)]

    # first layer: u_2 = (z_2 - z_1)+, m_1 = z_1, and z_3, ..., z_k passed on
    if k == 1:
        return Network((layer([rows[0][:-1]], [rows[0][-1]], [False]),))
    forms = [[b - a for a, b in zip(rows[0], rows[1], strict=True)], rows[0], *rows[2:]]
    layers = [layer([f[:-1] for f in forms], [f[-1] for f in forms], [True] + [False] * (k - 1))]
    for i in range(2, k):
        n = k - i + 2  # inputs u, m, z_i, ..., z_(k-1)
        m = [a + b for a, b in zip(unit(0, n), unit(1, n), strict=True)]
        forms = [[b - a for a, b in zip(m, unit(2, n), strict=True)], m, *(unit(j, n) for j in range(3, n))]
        layers.append(layer(forms, [0] * len(forms), [True] + [False] * (len(forms) - 1)))
    layers.append(layer([[1, 1]], [0], [False]))
    group = tuple((i, 0) for i in range(k - 1))
    assert layers[0].n_inputs == d
    return Network(tuple(layers), max_groups=(group,))


def _polynomial(rows):
    terms = {}
    for *exponent, coefficient in rows:
        key = tuple(Fraction(v) for v in exponent)
        terms[key] = max(terms.get(key, Fraction(coefficient)), Fraction(coefficient))
    return TropicalPolynomial(terms)


@settings(max_examples=120)
@given(st.data())
def test_maxima_have_the_normal_complex_of_their_polynomial(data):
    d, k = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 5))
    rows = data.draw(matrices(k, d + 1, data.draw(st.sampled_from([SMALL, MIXED]))))
    network = maximum(rows)
    found, expected = canonical_complex(network), linear_regions(_polynomial(rows))
    assert_face_lattice(found.complex)
    assert_whole_space(found.complex)
    assert found.f_vector() == expected.f_vector()
    assert found.complex.lineality_dimension == expected.complex.lineality_dimension
    assert {cell.polyhedron() for cell in found.cells} == {cell.polyhedron() for cell in expected.cells}


def test_the_maximum_of_a_simplex():
    """max(0, x, y) in either order has three cells, one of which two units cut in the refinement."""
    for rows in ([[1, 0, 0], [0, 1, 0], [0, 0, 0]], [[0, 0, 0], [0, 1, 0], [1, 0, 0]]):
        assert canonical_complex(maximum(rows)).f_vector() == (1, 3, 3)


def test_lineality_that_only_merging_reveals():
    """The first layer passes x + y and y on; the only wall is that of their difference."""
    first = Layer(RationalMatrix.of([[1, 1], [0, 1]]), RationalMatrix.zeros(2, 1), [False, False])
    second = Layer(RationalMatrix.of([[1, -1]]), RationalMatrix.of([[-1]]), [True])
    last = Layer(RationalMatrix.of([[1]]), RationalMatrix.zeros(1, 1), [False])
    complex_ = canonical_complex(Network((first, second, last)))
    assert complex_.f_vector() == (0, 1, 2)
    assert complex_.complex.lineality_dimension == 1
    assert complex_.complex.lineality[0, 0] == 0
    points = {np.sign(cell.interior_point()[0] - 1) for cell in complex_.cells}
    assert points == {1, -1}


@pytest.mark.parametrize("n", [3, 5])
def test_units_that_pass_their_value_on_only(n):
    """No wall at all: one cell, and R^n is its lineality space."""
    identity = RationalMatrix.identity(n)
    layers = [Layer(identity, RationalMatrix.zeros(n, 1), [False] * n)] * 2
    complex_ = canonical_complex(Network(tuple(layers)))
    assert complex_.f_vector() == (0,) * n + (1,)
    assert complex_.complex.lineality_dimension == n


def test_a_restricted_maximum_is_still_a_maximum():
    """On the line x = y the maximum of 0, x and y has two cells."""
    network = maximum([[1, 0, 0], [0, 1, 0], [0, 0, 0]]).restrict([[1, 0], [1, 1]], [0, 0])
    assert canonical_complex(network).f_vector() == (1, 3, 3)
