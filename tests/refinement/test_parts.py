"""Parts: the complex is the same however it is divided, and no list of a part is written beyond its end."""

from contextlib import contextmanager
from itertools import pairwise
from math import comb

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.complex_invariants import assert_face_lattice
from tests.refinement import strategies
from tests.refinement.test_coarsening import maximum
from troppoly.errors import TroppolyError
from troppoly.network import Network
from troppoly.refinement import pieces
from troppoly.refinement.part import FORMS, _copy, allocate, entries, form_columns, ray_columns, wanted_forms
from troppoly.refinement.refinement import canonical_complex
from troppoly.refinement.start import orthants

GENERATOR = np.random.default_rng(7)


@contextmanager
def divided(part_bytes, form_bytes=pieces.FORM_BYTES, doubts=pieces._DOUBTS):
    """Parts are divided at these sizes, and Python is asked as soon as there are this many doubts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PART_BYTES", part_bytes)
        patch.setattr(pieces, "FORM_BYTES", form_bytes)
        patch.setattr(pieces, "_DOUBTS", doubts)
        yield


DIVISIONS = [(1, 1, 1), (400, 2**22, 4096), (3000, 2000, 40), (2**15, 2**22, 4096)]


def directions(complex_):
    """The rays as points (x, 1), or as directions up to a factor, modulo the lineality space."""
    basis = []
    for i in range(complex_.lineality_dimension):
        row = reduced(list(complex_.lineality.row(i)), basis)
        lead = next(j for j, v in enumerate(row) if v)
        row = [v / row[lead] for v in row]
        basis = [(at, reduced(other, [(lead, row)])) for at, other in basis]
        basis.append((lead, row))
    result = []
    for *x, t in complex_.rays.homogeneous(np.arange(len(complex_.rays.at_infinity))):
        x = reduced([mpq(v) for v in x], basis)
        scale = t if t else abs(next(v for v in x if v))
        result.append((int(bool(t)), *(v / scale for v in x)))
    return result


def reduced(row, basis):
    for lead, other in basis:
        row = [a - row[lead] * b for a, b in zip(row, other, strict=True)]
    return row


def content(canonical):
    """What does not depend on the numbering: the faces as sets of rays, their facets and words."""
    complex_ = canonical.complex
    names = directions(complex_)
    assert len(set(names)) == len(names)
    words = canonical.ray_signs.words
    level = [(frozenset([name]), tuple(row)) for name, row in zip(names, words.tolist(), strict=True)]
    levels = [dict(level)]
    for incidence in complex_.facets:
        following = []
        for i in range(incidence.n_lists):
            facets = [level[g] for g in incidence[i]]
            union = frozenset().union(*(rays for rays, _ in facets))
            word = tuple(np.bitwise_or.reduce(np.array([w for _, w in facets], dtype=np.uint64), axis=0).tolist())
            following.append((union, word))
            assert len({rays for rays, _ in facets}) == len(facets)
        levels.append({
            (rays, word): frozenset(level[g][0] for g in incidence[i]) for i, (rays, word) in enumerate(following)
        })  # fmt: skip
        assert len(levels[-1]) == len(following)
        level = following
    cells = {rays: tuple(row) for (rays, _), row in zip(level, canonical.signs.words.tolist(), strict=True)}
    unmerged = sorted(map(tuple, canonical.unmerged.words.tolist()))
    lines = sorted(map(tuple, complex_.lineality.to_rationals().tolist())) and complex_.lineality_dimension
    return canonical.f_vector(), levels, cells, unmerged, lines


def arrays(canonical):
    """All arrays of the result, in their order."""
    rays = canonical.complex.rays
    result = [rays.forms, rays.signs, canonical.signs.words, canonical.ray_signs.words, canonical.unmerged.words]
    result += [array for incidence in canonical.complex.facets for array in (incidence.indptr, incidence.indices)]
    return [*result, rays.recomputation._recipe, rays.recomputation._words]


def assert_same_in_parts(network, domain=None, divisions=DIVISIONS, workers=(2, 3)):
    expected = canonical_complex(network, domain)
    whole = content(expected)
    for division in divisions:
        with divided(*division):
            found = canonical_complex(network, domain, workers=1)
            assert content(found) == whole
            for n in workers:
                again = canonical_complex(network, domain, workers=n)
                assert again.certificate == found.certificate
                for one, other in zip(arrays(again), arrays(found), strict=True):
                    assert one.dtype == other.dtype
                    assert np.array_equal(one, other)
    return expected


@settings(max_examples=40)
@given(strategies.networks(), st.sampled_from(DIVISIONS))
def test_small_networks(network, division):
    assert_same_in_parts(Network.from_arrays(*network), divisions=[division], workers=[2])


@settings(max_examples=8)
@given(strategies.networks(strategies.EXTREME, dimensions=(1, 2, 3), most_units=6), st.sampled_from(DIVISIONS))
def test_small_networks_with_extreme_weights(network, division):
    assert_same_in_parts(Network.from_arrays(*network), divisions=[division], workers=[2])


@settings(max_examples=25)
@given(strategies.layers_with_identities(), st.sampled_from(DIVISIONS))
def test_units_that_pass_their_value_on(layers, division):
    assert_same_in_parts(strategies.network_of_layers(layers), divisions=[division], workers=[2])


@settings(max_examples=25)
@given(strategies.networks(strategies.SMALL, dimensions=(1, 2, 3)), st.data())
def test_domains(network, data):
    d = len(network[0][0][0])
    lows = [data.draw(st.integers(-3, 0)) for _ in range(d)]
    box = [(low, low + data.draw(st.integers(1, 3))) for low in lows]
    division = data.draw(st.sampled_from(DIVISIONS))
    assert_same_in_parts(Network.from_arrays(*network), box, divisions=[division], workers=[2])


@settings(max_examples=25)
@given(st.data())
def test_maxima(data):
    d, k = data.draw(st.integers(1, 3)), data.draw(st.integers(2, 6))
    rows = data.draw(strategies.matrices(k, d + 1, strategies.SMALL))
    assert_same_in_parts(maximum(rows), divisions=[data.draw(st.sampled_from(DIVISIONS))], workers=[2])


def random_network(widths, entries):
    draw = {
        "normal": lambda *shape: GENERATOR.standard_normal(shape),
        "small": lambda *shape: GENERATOR.integers(-1, 2, shape),
        "central": lambda *shape: GENERATOR.integers(-2, 3, shape) * (len(shape) > 1),
    }[entries]
    pairs = list(pairwise(widths))
    return Network.from_arrays([draw(n, m) for m, n in pairs], [draw(n) for _, n in pairs])


@pytest.mark.parametrize("entries", ["normal", "small", "central"])
@pytest.mark.parametrize("widths", [(1, 70, 40, 1), (2, 12, 8, 6, 1), (2, 40, 3, 1), (3, 9, 5, 1), (4, 6, 2, 1)])
def test_layers_of_many_units(widths, entries):
    """More than a block, a word, and two words; central ones vanish wherever what they read does."""
    network = random_network(widths, entries)
    assert_face_lattice(assert_same_in_parts(network, divisions=DIVISIONS[1:], workers=[3]).complex)


def test_hyperplanes_that_meet_in_many_ways():
    """The resonance arrangement in R^4 (15 hyperplanes, 370 cells), and a layer that is zero on half of them."""
    rows = [[i >> j & 1 for j in range(4)] for i in range(1, 16)]
    network = Network.from_arrays([rows, [[1] * 15, [0] * 14 + [-1]], [[1, 1]]], [[0] * 15, [0, 0], [0]])
    complex_ = assert_same_in_parts(network, divisions=[(4000, 2**22, 4096), (2**15, 2**14, 100)], workers=[2])
    assert complex_.n_cells == 370


GAP = 3  # rows and entries between the levels, where nobody may write
SENTINEL = 2**31 - 77


def guarded(part, factor):
    """A part with room for exactly what the next split wants, and gaps between the levels."""
    n, used = np.maximum(part.wanted[0], part.n), entries(part) + np.maximum(part.wanted[1] - part.used, 0)
    used[0] = 0
    forms = int(wanted_forms.py_func(part))
    result = allocate(len(n), part.form_words.shape[1], n + GAP, used + GAP, forms + GAP, 0)
    result.cap[:], result.pool_cap[:] = n, used
    for array in (result.form, result.crossed, result.pool, result.row["start"], result.row["slot"], result.recipe):
        array[...] = SENTINEL
    for array in (result.y, result.magnitude, result.values):
        array[...] = SENTINEL
    result.row["mark"] = 0
    result.state[:], result.units[:], result.n[:] = part.state, part.units, part.n
    for old, new in ray_columns(part, result):
        new[: part.n[0]] = old[: part.n[0]]
    result.cell_words[: part.n[-1]] = part.cell_words[: part.n[-1]]
    result.following[: part.n[-1]] = part.following[: part.n[-1]]
    for old, new in form_columns(part, result):
        new[: part.state[FORMS]] = old[: part.state[FORMS]]
    _copy(part, result)
    return result._replace(form_of=part.form_of)


def assert_gaps(part):
    D = len(part.n)
    assert (part.n <= part.cap).all()
    assert (part.used[1:] <= part.pool_cap[1:]).all()
    for k in range(D):
        gap = slice(part.base[k] + part.cap[k], part.base[k] + part.cap[k] + GAP)
        assert (part.row["start"][gap] == SENTINEL).all()
        assert (part.row["slot"][gap] == SENTINEL).all()
        assert (part.crossed[gap] == SENTINEL).all()
        pool = part.pool_base[k] + part.pool_cap[k]
        assert (part.pool[pool : pool + GAP] == SENTINEL).all()
        width = D - 1 - k
        form = part.form_base[k] + part.cap[k] * width
        assert (part.form[form : form + GAP * width] == SENTINEL).all()
    for array in (part.y, part.magnitude):
        assert (array[part.cap[0] :] == SENTINEL).all()
    for array in (part.values, part.recipe):
        assert (array[-GAP:] == SENTINEL).all()
    assert part.state[FORMS] <= len(part.values) - GAP


DEGENERATE = [
    ([[i >> j & 1 for j in range(4)] for i in range(1, 16)], [0] * 15),
    ([[i >> j & 1 for j in range(3)] for i in (1, 2, 4, 3, 5, 6, 7, 7)], [0, 0, 0, -1, -1, -1, -1, 1]),
    ([[1, 0], [0, 1], [1, 1], [1, -1], [2, 1], [1, 2], [-1, 0], [3, 3]], [0, 0, 0, 0, -1, -1, 1, -3]),
    ([[1]] * 40, list(range(40))),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "biases"), DEGENERATE)
@pytest.mark.parametrize("part_bytes", [1500, 2**23])
def test_what_a_split_wants_is_enough(monkeypatch, rows, biases, part_bytes):
    n, seen = len(rows), []
    network = Network.from_arrays([rows, np.eye(n, dtype=int)[:3] - 1, [[1] * 3]], [biases, [1, 0, 0], [0]])
    expected = content(canonical_complex(network))
    inner = pieces.refine

    def refine(part, *arguments):
        code = inner(part, *arguments)
        if part.pool.shape[0] == part.pool_cap.sum() + GAP * len(part.n):  # it is guarded
            assert_gaps(part)
            seen.append(code)
        return code

    monkeypatch.setattr(pieces, "grown", guarded)
    monkeypatch.setattr(pieces, "orthants", lambda *arguments: guarded(orthants(*arguments), 1.0))
    monkeypatch.setattr(pieces, "announce", lambda function: None)
    monkeypatch.setattr(pieces, "refine", refine)
    with divided(part_bytes):
        assert content(canonical_complex(network)) == expected
    assert len(seen) > 2


@pytest.mark.parametrize("n", [0, 1, 2, 4])
@pytest.mark.parametrize("m", [0, 1, 2])
def test_orthants(n, m):
    """n whole coordinates, m nonnegative ones and t: products of crosses and simplices, known by counting."""
    part = orthants(np.array([False] * n + [True] * (m + 1)), 2)
    D = n + m + 1
    expected = [sum(comb(n, j) * 2**j * comb(m + 1, k - j) for j in range(k + 1)) for k in range(1, D + 1)]
    assert part.n.tolist() == expected
    assert (part.n <= part.cap).all()
    assert part.n[-1] == 2**n
    rays = [{r} for r in range(part.n[0])]
    for k in range(1, D):
        level = part.row[part.base[k] : part.base[k] + part.n[k]]
        assert (level["count"] == k + 1).all()
        pool = part.pool[part.pool_base[k] : part.pool_base[k] + part.used[k]]
        lists = [pool[start : start + k + 1].tolist() for start in level["start"]]
        rays = [set().union(*(rays[g] for g in some)) for some in lists]
        assert len({frozenset(face) for face in rays}) == len(rays)
        width = D - 1 - k
        forms = part.form[part.form_base[k] : part.form_base[k] + part.n[k] * width].reshape(part.n[k], width)
        for face, zero in zip(rays, forms, strict=True):
            assert len(face) == k + 1
            assert len(set(zero.tolist())) == width
            assert not part.y[sorted(face)][:, zero].any()
    for row, forms in zip(part.y[: part.n[0]], part.form[: part.n[0] * (D - 1)].reshape(part.n[0], D - 1), strict=True):
        assert not row[forms].any()
        assert np.count_nonzero(row) == 1


def test_cones_that_are_not_those_of_a_complex_are_noticed(monkeypatch):
    """An edge is lost."""
    add = pieces.Lattice.add

    def forgetful(lattice, *arguments):
        add(lattice, *arguments)
        lattice.n[1] -= 1

    monkeypatch.setattr(pieces.Lattice, "add", forgetful)
    with pytest.raises(TroppolyError, match="are not those of a complex: this is an error"):
        canonical_complex(random_network((2, 3, 1), "normal"))
