"""Questions about how a function bends: divisors, convexity, differences of convex functions."""

from fractions import Fraction

import pytest

import troppoly as tp
from tests.crossing.case import fraction, fractions, question
from tests.crossing.cones import dot, inner, point, primitive
from tests.crossing.piecewise import evaluate


def label_of(case, face):
    return case.oracle.at(fractions(face.interior_point())).label


def scalar(case, ask):
    """Whether there is one output; else it is refused."""
    if case.n_outputs == 1:
        return True
    with pytest.raises(tp.ShapeError):
        ask(case.function, case.polyhedron)
    return False


def bends(oracle):
    """For every wall its label with the weight of the only output."""
    result = {}
    for face, a, b in oracle.walls():
        jump = [p - q for p, q in zip(a.forms[0], b.forms[0], strict=True)]
        if any(jump):
            normal = primitive(jump[:-1])
            weight = next(j / n for j, n in zip(jump, normal, strict=False) if n)
            upwards = dot(jump, inner(a.cone)) > 0
            result[face.label] = weight if upwards else -weight
    return result


@question
def divisors(case, rng):
    """The weights of all walls, the balance, the function back, and the degree from the slopes at infinity."""
    if not scalar(case, tp.divisor):
        return
    found, oracle = tp.divisor(case.regions), case.oracle
    assert {label_of(case, wall.face): fraction(wall.weight) for wall in found} == bends(oracle)
    assert found.is_balanced()
    cells = [oracle.faces[label_of(case, cell)] for cell in case.regions.cells]
    chosen = rng.randrange(len(cells))
    forms = found.forms(cells[chosen].forms[0], chosen)
    assert [fractions(form) for form in forms] == [cell.forms[0] for cell in cells]
    if case.domain:
        with pytest.raises(tp.InputError):
            _ = found.degree
        return
    d, slopes = case.d, []
    for ray in [[1] * d, *([-int(i == j) for i in range(d)] for j in range(d))]:
        at = next(cell for cell in cells if all(dot(f, (*ray, 0)) >= 0 for f in cell.cone.forms))
        slopes.append(dot(at.forms[0], (*ray, 0)))
    assert fraction(found.degree) == sum(slopes)


@question
def convexity(case, rng):
    """Convex or concave iff every piece is the greatest or the least of all inside its cell; else a segment."""
    if not scalar(case, tp.is_convex):
        return
    cells = [(cell.forms[0], (*point(inner(cell.cone)), 1)) for cell in case.oracle.cells]
    for decide, best in ((tp.is_convex, max), (tp.is_concave, min)):
        answer = decide(case.function, case.polyhedron)
        assert bool(answer) == all(dot(f, x) == best(dot(g, x) for g, _ in cells) for f, x in cells)
        if not answer:
            first, middle, last = (fractions(x) for x in answer.points)
            assert middle == tuple((a + b) / 2 for a, b in zip(first, last, strict=True))
            values = [evaluate(case.program, x)[0] for x in (first, middle, last)]
            assert list(fractions(answer.values)) == values
            mean = Fraction(values[0] + values[2]) / 2
            assert values[1] == best(values[1], mean) != mean
            assert all(dot(form, (*x, 1)) >= 0 for form in case.domain for x in (first, last))


@question
def decompositions(case, rng):
    """Minimal decompositions are the function, with pieces no more than the pair at hand if that bends there, too."""
    if not scalar(case, lambda f, domain: tp.minimal_decompositions(f)):
        return
    space = tp.decomposition_polyhedron(case.regions)
    if space.n_parameters > 6:
        least = space.irreducible_point()
        assert space.irreducibility(least).check()
        found, decompositions = None, [space.decomposition(least)]
    else:
        found = tp.minimal_decompositions(case.regions)
        decompositions = list(found)
        assert all(found.certificate(i) and found.certificate(i).check() for i in range(len(found)))
    for r in decompositions:
        for x in case.oracle.points():
            assert fraction(r(x)) == evaluate(case.program, x)[0]
    if found and not case.domain and space.support.all():
        n, m = found.given_size
        assert any(p <= n and q <= m for p, q in found.sizes)
