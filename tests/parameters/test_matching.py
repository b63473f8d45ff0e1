"""Permutations and scalings of hidden units: found again, and refused where all permutations fail."""

import itertools
import random
from fractions import Fraction

import pytest

import troppoly as tp
from tests.crossing.parameters import as_network_of_layers, check_matching, moved_units, random_motion


def random_layers(rng, widths, entries, identity=False):
    """Layers with few different numbers, so that there are ties, zero and repeated units."""
    result = []
    for n, m in itertools.pairwise(widths):
        last = len(result) + 2 == len(widths)
        kinds = [not last and not (identity and rng.random() < 0.3) for _ in range(m)]
        weight = [[Fraction(rng.choice(entries)) for _ in range(n)] for _ in range(m)]
        result.append((weight, [Fraction(rng.choice(entries)) for _ in range(m)], kinds))
    return result


@pytest.mark.parametrize("entries", [(0, 1), (0, 0, 1, -1), (1, -1, 2), range(-9, 10)], ids=str)
def test_against_all_permutations(entries):
    rng = random.Random(str(entries))
    answers = []
    for case in range(40):
        widths = rng.choice([(1, 3, 1), (2, 2, 3, 1), (1, 2, 2, 2, 1), (2, 3, 2, 2), (1, 1, 3, 1, 1)])
        one = random_layers(rng, widths, entries, identity=case % 3 == 0)
        other = moved_units(one, *random_motion(one, rng))
        if case % 2:  # change one number, or take two networks that have nothing to do with one another
            weight, bias, _ = rng.choice(other)
            row = rng.choice([*weight, bias])
            row[rng.randrange(len(row))] = Fraction(rng.choice(entries))
        elif case % 4 == 0:
            other = random_layers(rng, widths, entries)
        found = tp.same_parameters(as_network_of_layers(one), as_network_of_layers(other))
        check_matching(found, one, other)
        answers.append(bool(found))
    assert 0 < sum(answers) < len(answers)


@pytest.mark.parametrize("seed", range(6))
def test_larger_networks_are_found_again(seed):
    rng = random.Random(seed)
    entries = [(0, 1), (0, 0, 0, 1, -1), (1,), (0.1, -0.7, 0.3, 1e-9)][seed % 4]
    layers = random_layers(rng, (3, 12, 10, 8, 2), entries)
    one, other = (as_network_of_layers(part) for part in (layers, moved_units(layers, *random_motion(layers, rng))))
    found = tp.same_parameters(one, other)
    assert found
    assert tp.same_parameters(other, one)
    changed = moved_units(layers, *random_motion(layers, rng))
    changed[1][0][3][4] += 1
    assert not tp.same_parameters(one, as_network_of_layers(changed))


def cycles(*lengths):
    """Two layers in which every unit of the second one reads two units of the first: disjoint cycles."""
    n = sum(lengths)
    rows, start = [], 0
    for length in lengths:
        rows += [[int(j - start in (i, (i + 1) % length)) for j in range(n)] for i in range(length)]
        start += length
    return tp.Network.from_arrays([[[1]] * n, rows, [[1] * n]])


def test_ties_that_colors_do_not_break():
    """A cycle of 6 units, and two of 3, look alike from every unit; as functions they are equal."""
    assert tp.same_parameters(cycles(3, 4), cycles(4, 3))
    answer = tp.same_parameters(cycles(6), cycles(3, 3))
    assert (bool(answer), answer.unmatched) == (False, None)
    assert "no permutation" in repr(answer)
    assert tp.equivalent(cycles(6), cycles(3, 3))


def test_units_without_any_path_to_inputs_and_outputs():
    """Their factors are free, and so is which of them is which."""

    def chain(first, second):
        dead = [[0, 0, 0], [0, *first], [0, *second]]
        return tp.Network.from_arrays([[[1], [0], [0]], [[1, 0, 0], *dead[1:]], [[1, 0, 0]]])

    assert tp.same_parameters(chain((1, 2), (0, 0)), chain((0, 0), (14, 7)))
    assert tp.same_parameters(chain((1, 2), (3, 4)), chain((1, 1), (3, 2)))
    assert not tp.same_parameters(chain((1, 2), (3, 4)), chain((1, 1), (3, 1)))
    assert not tp.same_parameters(chain((1, 2), (3, 4)), chain((-1, 1), (3, 2)))


def test_what_forbids_it():
    net = tp.Network.from_arrays([[[1], [-1]], [[1, 1]]])
    wide = tp.Network.from_arrays([[[1], [-1], [0]], [[1, 1, 0]]])
    assert repr(tp.same_parameters(net, wide)) == "Other parameters: the widths differ"
    affine = [tp.Network.from_arrays([[[1], [c]]]) for c in (2, 3)]
    assert tp.same_parameters(*affine).unmatched == (0, 0, 1)
    assert tp.same_parameters(affine[0], affine[0]).permutations == ()
    leaky = tp.Network((tp.Layer(net.layers[0].weight, net.layers[0].bias, [True, False]), net.layers[1]))
    assert not tp.same_parameters(net, leaky)
    with pytest.raises(tp.InputError, match="do not turn"):
        tp.parameters.SameParameters(net, net, ((1, 0),), ((tp.rational(1), tp.rational(1)),))
    with pytest.raises(tp.InputError, match="do not turn"):
        tp.parameters.SameParameters(net, net, ((0, 1),), ((tp.rational(-1), tp.rational(1)),))
