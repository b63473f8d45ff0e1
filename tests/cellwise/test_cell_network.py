"""Points pushed and forms pulled through masked layers, against products in Fractions; dense and sparse layers."""

from fractions import Fraction

import numpy as np
import pytest

from troppoly.cellwise.arithmetic import masked
from troppoly.cellwise.cell_network import CellNetwork
from troppoly.cellwise.rounding_errors import relative_bound
from troppoly.cellwise.sign_words import SignWords, layer_places, mixed, pack, replaced
from troppoly.exact import RationalMatrix, SparseMatrix, modular
from troppoly.exact.products import SparseWeights
from troppoly.network import Layer


def layers_of(width, n_outputs, generator):
    """Rationals in two hidden layers, of which the second reads two neighbors and every third unit is the identity."""
    first = generator.integers(-9, 10, (width, 2)), generator.integers(-9, 10, (width, 1))
    rows = np.repeat(np.arange(width), 2)
    columns = (rows + np.tile([0, 1], width)) % width
    order = np.lexsort((columns, rows))
    second = np.zeros((width, width), dtype=int)
    second[rows[order], columns[order]] = generator.integers(1, 9, 2 * width)
    last = generator.integers(-9, 10, (n_outputs, width)), generator.integers(-9, 10, (n_outputs, 1))
    rectified = np.arange(width) % 3 > 0
    third = Fraction(1, 3)
    return [
        (first[0] * third, first[1] * third, rectified),
        (second * Fraction(1, 7), generator.integers(-9, 10, (width, 1)) * third, rectified),
        (last[0] * third, last[1] * third, np.zeros(n_outputs, dtype=bool)),
    ]


def expected_maps(layers, masks, cell):
    """The matrix (A | b) of the last layer on a cell."""
    joint = np.array([[Fraction(int(i == j)) for j in range(3)] for i in range(2)])
    for (weight, bias, _), mask in zip(layers, masks, strict=True):
        joint = weight @ joint
        joint[:, -1:] += bias
        joint = np.where(mask[cell][:, None], joint, Fraction(0))
    return joint


def network_of(layers):
    return [Layer(RationalMatrix.of(w.tolist()), RationalMatrix.of(b.tolist()), r) for w, b, r in layers]


@pytest.mark.parametrize("width", [5, 80])  # 80 x 80 with two entries a row is kept sparse
def test_maps_values_and_floats(width):
    generator = np.random.default_rng(width)
    layers = layers_of(width, 2, generator)
    places = layer_places([r for _, _, r in layers], 2)
    words = generator.integers(0, 2**32, (4, places[-1].columns.stop)).astype(np.uint64)
    masks, network = SignWords(words, places), CellNetwork.of(network_of(layers), 2)
    if width == 80:
        assert isinstance(network.layers[1].weight, SparseMatrix)
        assert isinstance(network.floats.layer(1)[0], SparseWeights)
    for layer, mask in zip(layers, masks, strict=True):
        assert mask.shape == (4, len(layer[2]))
        assert mask[:, ~layer[2]].all()
    count = modular.n_moduli(network.form_bits[-1] + 8)
    scales = network.layers[-1].scales
    found = modular.integers(network.maps(masks, count)) / scales[:, None]
    points = generator.integers(-50, 50, (4, 3))
    y = modular.residues(points.astype(object), count)
    values = modular.integers(network.residues(count).values(2, y, masks)) / scales
    single = modular.integers(network.residues(count).single_values(2, np.array([1, 0]), np.array([3, 0]), y, masks))
    forms, sizes = network.floats.pull(2, np.tile([0, 1], 4), masked(masks, 2)).reshape(2, 4, 2, 3)
    pushed = network.floats.values(2, np.stack([points, np.abs(points)]).astype(float), masks)
    bound = Fraction(relative_bound(sum(network.floats.operations)))
    for cell in range(4):
        expected = expected_maps(layers, masks, cell)
        assert [
            [Fraction(int(v.numerator), int(v.denominator)) for v in row] for row in found[cell]
        ] == expected.tolist()
        at = expected @ points[cell]
        assert [Fraction(int(v.numerator), int(v.denominator)) for v in values[cell]] == at.tolist()
        factors = [Fraction(int(s.numerator), int(s.denominator)) for s in scales]
        for i in range(2):
            for j in range(3):
                error = abs(Fraction(forms[cell, i, j]) - factors[i] * expected[i, j])
                assert error <= bound * Fraction(sizes[cell, i, j])
            error = abs(Fraction(pushed[0, cell, i]) - factors[i] * at[i])
            assert error <= bound * Fraction(pushed[1, cell, i])
    assert single.tolist() == [values[3, 1] * scales[1], values[0, 0] * scales[0]]


def test_words_of_many_units():
    generator = np.random.default_rng(0)
    signs = generator.integers(-1, 2, (6, 70))
    (places,) = layer_places([np.ones(70, dtype=bool)])
    words = pack(signs > 0, signs < 0)
    assert words.shape == (6, 3)
    assert np.array_equal(places.signs(words), signs)
    for unit in (0, 31, 32, 69):
        place = places.place(unit)
        assert np.array_equal(place.positive(words), signs[:, unit] > 0)
        assert np.array_equal(place.negative(words), signs[:, unit] < 0)
    union = words[:1] | words[1:2]
    opposite = (signs[0] * signs[1] < 0)[None]
    assert np.array_equal(mixed(union), pack(opposite, np.zeros((1, 70), dtype=bool)))
    expected = np.where(opposite[0], signs[2], places.signs(union)[0])
    assert np.array_equal(places.signs(replaced(union, words[2:3], mixed(union)))[0], expected)
