"""Questions about sublevel sets: their homology, the maps between them, and where it changes."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise
from math import inf

import pytest

import troppoly as tp
from tests.crossing.case import fraction, fractions, question
from tests.crossing.cones import closure_contains, dot, inner, point
from tests.crossing.piecewise import Complex, homology, step


def constant_on(face):
    """The value of the only output on a face, or None if it is not constant."""
    form = face.forms[0]
    directions = [*face.cone.lines, *(ray for ray in face.cone.rays if ray[-1] == 0)]
    values = {dot(form, (*point(ray), 1)) for ray in face.cone.rays if ray[-1]}
    return min(values) if len(values) == 1 and not any(dot(form, v) for v in directions) else None


def flat_sets(oracle):
    """The classes of faces on which the function has one value that are connected, with this value."""
    flat = [(face, value) for face in oracle.faces.values() if (value := constant_on(face)) is not None]
    root = {face.label: face.label for face, _ in flat}

    def find(label):
        while root[label] != label:
            label = root[label]
        return label

    for face, value in flat:
        for other, same in flat:
            if value == same and other.dimension < face.dimension and closure_contains(face.cone, inner(other.cone)):
                root[find(face.label)] = find(other.label)
    classes = {}
    for face, value in flat:
        classes.setdefault((value, find(face.label)), []).append(face)
    return [(value, faces) for (value, _), faces in classes.items()]


def cut_at(case, program, levels):
    """The faces of the function cut at levels, each with the first level that it is below (len(levels) if none)."""
    n = len(levels)
    signs = step([[1]] * n + [[0]], [*(-t for t in levels), 0], [(i, n) for i in range(n)])
    faces = Complex([*program, signs], case.d, case.domain).faces.values()
    return [(face, next((i for i, s in enumerate(face.label[-n:]) if s != (i,)), n)) for face in faces]


def chains_of(faces):
    """The chains of faces by inclusion, by length: tuples of their numbers."""
    order = sorted(range(len(faces)), key=lambda i: faces[i].dimension)
    above = {
        i: [
            j
            for j in order
            if faces[j].dimension > faces[i].dimension and closure_contains(faces[j].cone, inner(faces[i].cone))
        ]
        for i in order
    }
    levels = [[(i,) for i in order]]
    while levels[-1]:
        levels.append([(*chain, j) for chain in levels[-1] for j in above[chain[-1]]])
    return levels[:-1]


class Space:
    """A space of vectors of bits."""

    def __init__(self, vectors=()):
        self.pivots = {}
        for v in vectors:
            self.add(v)

    def add(self, v):
        """What is left of a vector, which is added."""
        while v:
            top = v.bit_length()
            if top not in self.pivots:
                self.pivots[top] = v
                return v
            v ^= self.pivots[top]
        return 0


def cycles(rows):
    """A basis of the combinations of the rows that are zero."""
    space, found = Space(), []
    for i, row in enumerate(rows):
        v = (row << len(rows)) | (1 << i)
        while v >> len(rows):
            top = v.bit_length()
            if top not in space.pivots:
                space.pivots[top] = v
                break
            v ^= space.pivots[top]
        else:
            found.append(v)
    return found


def boundaries(levels):
    """For every length the boundaries of the chains, as bits."""
    result = [[0] * len(levels[0])] if levels else []
    for lower, upper in pairwise(levels):
        number = {chain: i for i, chain in enumerate(lower)}
        result.append([sum(1 << number[c[:k] + c[k + 1 :]] for k in range(len(c))) for c in upper])
    return result


def map_ranks(faces, born, n):
    """{(degree, i, j): rank over GF(2) of the homology of the faces born by i in that of those born by j}, i <= j."""
    levels = chains_of(faces)
    maps = boundaries(levels)
    entry = [[max(born[i] for i in chain) for chain in level] for level in levels]
    result = Counter()
    for k in range(len(levels)):
        upper = list(zip(maps[k + 1], entry[k + 1], strict=True)) if k + 1 < len(levels) else []
        for i in range(n):
            inside = [m if e <= i else None for m, e in zip(maps[k], entry[k], strict=True)]
            chosen = [a for a, m in enumerate(inside) if m is not None]
            found = cycles([inside[a] for a in chosen])
            found = [sum(1 << chosen[b] for b in range(len(chosen)) if z >> b & 1) for z in found]
            for j in range(i, n):
                space = Space(m for m, e in upper if e <= j)
                before = len(space.pivots)
                for z in found:
                    space.add(z)
                result[k, i, j] = len(space.pivots) - before
    return +result


def relative_betti_numbers(faces, inside, d):
    """Those of the order complex of faces relative to the faces that are not ``inside``."""
    levels = [[c for c in level if any(inside[i] for i in c)] for level in chains_of(faces)]
    result = [0] * (d + 1)
    numbers = [{c: i for i, c in enumerate(level)} for level in levels]
    ranks = [0] * (len(levels) + 1)
    for k in range(1, len(levels)):
        rows = [
            sum(1 << numbers[k - 1][s] for m in range(len(c)) if (s := c[:m] + c[m + 1 :]) in numbers[k - 1])
            for c in levels[k]
        ]
        ranks[k] = len(Space(rows).pivots)
    for k, level in enumerate(levels):
        result[k] = len(level) - ranks[k] - ranks[k + 1]
    return tuple(result)


def with_form(case, rng):
    """A form of the outputs (None if there is one) and the program of that."""
    if case.n_outputs == 1 and rng.random() < 0.7:
        return None, [*case.program, step([[1]], [0])]
    form = [Fraction(rng.choice([1, -1, 2, 0]), rng.choice([1, 2])) for _ in range(case.n_outputs)]
    return [str(a) for a in form], [*case.program, step([form], [0])]


def refuse(case):
    """What is no function, or has several outputs, of which none is chosen."""
    if case.n_outputs == 1:
        return
    with pytest.raises(tp.ShapeError):
        tp.persistence(case.function, case.polyhedron)


@question
def persistence(case, rng):
    """Bars are intervals with the ranks of the maps between sublevel sets, cut out of the complex."""
    form, program = with_form(case, rng)
    refuse(case)
    found = tp.persistence(case.function, case.polyhedron, form=form)
    oracle = Complex(program, case.d, case.domain)
    values = sorted({value for value, _ in flat_sets(oracle)}) or [Fraction(rng.randint(-2, 2))]
    ends = {fraction(v) for bar in found for v in bar[1:] if abs(v) != inf}
    assert ends <= set(values)
    assert all(bar.birth < bar.death for bar in found)
    below, above = values[0] - 1, values[-1] + 1
    if len(oracle.faces) > 30 or len(values) > 6:
        t = rng.choice([below, above, *values, *((a + b) / 2 for a, b in pairwise(values))])
        faces = [face for face, level in cut_at(case, program, [t]) if level == 0]
        if len(faces) <= 120:
            assert found.betti_numbers(str(t)) == homology(faces, case.d)
        return
    levels = [below, *values, above]
    cut = [(face, level) for face, level in cut_at(case, program, levels) if level < len(levels)]
    faces, born = [face for face, _ in cut], [level for _, level in cut]
    ranks = Counter()
    for degree, birth, death in found:
        for i, s in enumerate(levels):
            for j, t in enumerate(levels[i:], start=i):
                ranks[degree, i, j] += birth <= s and t < death
    assert +ranks == map_ranks(faces, born, len(levels))


@question
def critical_points(case, rng):
    """Flat sets with the homology of the sublevel set relative to what is outside of them; superlevel sets by -f."""
    form, program = with_form(case, rng)
    found = tp.critical_points(case.function, case.polyhedron, form=form)
    oracle = Complex(program, case.d, case.domain)
    sets, d = flat_sets(oracle), case.d
    assert len(found) + len(found.regular) == len(sets)
    assert found.at_infinity.euler_characteristic() + sum(k.homology.euler_characteristic() for k in found) == 1
    bars = tp.persistence(case.function, case.polyhedron, form=form, modulus=3)
    changes = Counter((k, birth) for k, birth, _ in bars) + Counter((k + 1, death) for k, _, death in bars)
    local = Counter({(k, -inf): b for k, b in enumerate(found.at_infinity.betti_numbers(3))})
    for flat in found:
        local += Counter({(k, flat.value): b for k, b in enumerate(flat.homology.betti_numbers(3))})
    assert +local == Counter({key: n for key, n in changes.items() if key[1] != inf})
    if len(oracle.faces) > 40:
        return
    expected = []
    for value, faces in sets:
        labels = {face.label for face in faces}
        cut = [face for face, level in cut_at(case, program, [value]) if level == 0]
        inside = [face.label[:-1] in labels for face in cut]
        corners = sorted({point(r) for f in faces for r in f.cone.rays if r[-1]})
        expected.append((value, relative_betti_numbers(cut, inside, d), corners))
    pointed = not case.regions.complex.lineality_dimension
    given = [
        (fraction(k.value), k.homology.betti_numbers(2), sorted(map(fractions, k.vertices)))
        for k in (*found, *found.regular)
    ]
    keys = slice(None) if pointed else slice(2)
    assert sorted(k[keys] for k in given) == sorted(k[keys] for k in expected)


@question
def homology_of_levels(case, rng):
    """The homology of {f <= t} and {f >= t}, and of the regions where an output is the greatest."""
    form, program = with_form(case, rng)
    t = Fraction(rng.randint(-4, 4), 2)
    negative = [*program, step([[-1]], [0])]
    for function, code, level in (
        (tp.topology.sublevel_homology, program, t),
        (tp.topology.superlevel_homology, negative, -t),
    ):
        found = function(case.function, str(t), case.polyhedron, form=form)
        faces = [face for face, born in cut_at(case, code, [level]) if born == 0]
        assert not any(found.torsion)
        if len(faces) <= 120:
            assert found.betti_numbers(2) == found.ranks == homology(faces, case.d)
    if isinstance(case.function, tp.Network) and case.n_outputs > 1:
        decided = tp.decision_boundary(case.function, case.polyhedron).decided(0)
        assert tp.topology.homology(decided).betti_numbers(2) == decided.betti_numbers()
