"""Sage's tropical polynomials as an outside oracle, for integer exponents.

Sage's tropical varieties need its symbolic ring, which passagemath-polyhedra does not bring; the
examples of Sage's documentation are taken as they are printed there (Sage 10.8,
sage/rings/semirings/tropical_variety.py and tropical_mpolynomial.py).
"""

import passagemath_polyhedra  # noqa: F401
import pytest
from gmpy2 import mpq
from hypothesis import given
from hypothesis import strategies as st
from sage.rings.polynomial.polynomial_ring_constructor import PolynomialRing
from sage.rings.rational_field import QQ
from sage.rings.real_double import RDF
from sage.rings.semirings.tropical_semiring import TropicalSemiring

from tests.polynomial.strategies import points, polynomials, rationals, with_dimension
from troppoly.errors import InputError
from troppoly.passagemath import polyhedron, to_mpq, to_sage_rational
from troppoly.polynomial import TropicalPolynomial

MAX = TropicalSemiring(QQ, use_min=False)
MIN = TropicalSemiring(QQ, use_min=True)


def natural_polynomials(d, max_size=6):
    """Polynomials that Sage can express."""
    return polynomials(d, max_size, st.tuples(*[st.integers(0, 3)] * d), rationals)


def sage_value(p, x):
    semiring = p.parent().base()
    return to_mpq(p(*(semiring(to_sage_rational(mpq(v))) for v in x)).lift())


@given(with_dimension(natural_polynomials, points))
def test_values(drawn):
    f, x = drawn
    assert sage_value(f.to_sage(), [mpq(v.numerator, v.denominator) for v in x]) == f(x)


@given(with_dimension(natural_polynomials, natural_polynomials))
def test_the_algebra(drawn):
    f, g = drawn
    assert (f + g).to_sage() == f.to_sage() + g.to_sage()
    assert (f * g).to_sage() == f.to_sage() * g.to_sage()


@given(with_dimension(natural_polynomials))
def test_there_and_back(drawn):
    (f,) = drawn
    assert TropicalPolynomial.from_sage(f.to_sage()) == f


@given(with_dimension(natural_polynomials, dimensions=(2, 3)))
def test_newton_polytopes(drawn):
    (f,) = drawn
    assert f.to_sage().newton_polytope().base_extend(QQ) == f.newton_polytope()


@given(natural_polynomials(1))
def test_roots_with_multiplicities(f):
    """A univariate hypersurface: its points are the roots, its weights their multiplicities.

    Sage counts the exponent of a common factor x**k as roots at minus infinity; f is freed of it.
    """
    lowest = min(a for (a,) in f.exponents)
    f = TropicalPolynomial({(a - lowest,): c for (a,), c in f.terms.items()})
    ours = []
    for wall in f.hypersurface():
        ((x,),) = wall.face.vertices()
        ours += [x] * int(wall.weight)
    roots = [to_mpq(root) for root in f.to_sage().roots()] if len(f) > 1 else []
    assert sorted(ours) == sorted(roots)


@given(with_dimension(natural_polynomials, points))
def test_min_plus_polynomials_by_the_isomorphism(drawn):
    """f(x) = -p(-x), by values."""
    f, x = drawn
    d = f.n_variables
    names = [f"x{i}" for i in range(d)]
    ring = PolynomialRing(MIN, names[0]) if d == 1 else PolynomialRing(MIN, names)
    terms = {tuple(map(int, a)): MIN(to_sage_rational(c)) for a, c in f.terms.items()}
    p = ring({a[0]: c for a, c in terms.items()} if d == 1 else dict(terms))
    image = TropicalPolynomial.from_sage(p)
    assert image.terms == {a: -c for a, c in f.terms.items()}
    assert image(x) == -sage_value(p, [-mpq(v.numerator, v.denominator) for v in x])


def test_rings_and_names():
    two = TropicalPolynomial({(1, 0): 2, (0, 0): "1/2"}).to_sage()
    assert str(two) == "2*x0 + 1/2"
    assert two.parent() is PolynomialRing(MAX, 2, "x")
    one = TropicalPolynomial({(2,): -1, (0,): 0}).to_sage()
    assert one.parent() is PolynomialRing(MAX, "x0")


def test_what_sage_cannot_express():
    for exponent in [(-1,), ("1/2",), (2**31,), (0, 2**70)]:
        with pytest.raises(InputError, match="nonnegative integer exponents"):
            TropicalPolynomial({exponent: 0}).to_sage()


def test_what_is_no_tropical_polynomial_over_the_rationals():
    plane = PolynomialRing(MAX, "x,y")
    for zero in (plane.zero(), PolynomialRing(MIN, "x").zero()):
        with pytest.raises(InputError, match="infinite"):
            TropicalPolynomial.from_sage(zero)
    for other in (PolynomialRing(QQ, "x").gen(), 3, None, MAX(1)):
        with pytest.raises(InputError, match="A tropical polynomial of Sage's is needed"):
            TropicalPolynomial.from_sage(other)
    floating = PolynomialRing(TropicalSemiring(RDF, use_min=False), "x,y")
    with pytest.raises(InputError, match="which is not a rational number"):
        TropicalPolynomial.from_sage(floating({(1, 0): 0.1}))


# -- Sage's documentation


def walls(f):
    """The walls as polyhedra, with their weights."""
    return {(wall.polyhedron(), int(wall.weight)) for wall in f.hypersurface()}


def cell(*generators, rays=()):
    return polyhedron(vertices=generators, rays=rays, ambient_dim=2)


CURVES = [
    pytest.param(
        "max",
        {(1, 0): 1, (1, 1): 0, (0, 0): 0},
        {(cell((-1, 1), rays=[(1, 0)]), 1), (cell((-1, 1), rays=[(0, -1)]), 1), (cell((-1, 1), rays=[(-1, 1)]), 1)},
        id="TropicalVariety, p1 in max-plus",
    ),
    pytest.param(
        "min",
        {(1, 0): 1, (1, 1): 0, (0, 0): 0},
        {(cell((-1, 1), rays=[(-1, 0)]), 1), (cell((-1, 1), rays=[(0, 1)]), 1), (cell((-1, 1), rays=[(1, -1)]), 1)},
        id="TropicalVariety, p1 in min-plus",
    ),
    pytest.param(
        "max",
        {(0, 0): 7, (1, 0): 4, (0, 1): 0, (1, 1): 4, (0, 2): 3, (2, 0): -3},
        {
            (cell((3, 0), rays=[(0, -1)]), 1),
            (cell((3, 0), (1, 2)), 1),
            (cell((1, 2), rays=[(-1, 0)]), 2),
            (cell((3, 0), (7, 0)), 1),
            (cell((7, 0), rays=[(0, -1)]), 1),
            (cell((1, 2), rays=[(1, 1)]), 1),
            (cell((7, 0), rays=[(1, 1)]), 1),
        },
        id="TropicalVariety, components of varying orders",
    ),
    pytest.param(
        "max",
        {(2, 0): -2, (1, 0): -1, (0, 1): "1/2", (0, 0): "1/6"},
        {
            (cell(("13/12", "-1/3"), rays=[(1, 2)]), 1),
            (cell(("13/12", "-1/3"), rays=[(0, -1)]), 2),
            (cell(("13/12", "-1/3"), rays=[(-1, 0)]), 1),
        },
        id="TropicalCurve, p2",
    ),
]


@pytest.mark.parametrize(("convention", "terms", "expected"), CURVES)
def test_documented_curves(convention, terms, expected):
    plane = PolynomialRing(MAX if convention == "max" else MIN, "x,y")
    f = TropicalPolynomial.from_sage(plane({a: QQ(c) for a, c in terms.items()}))
    if convention == "min":
        # The curve of f is that of p, reflected.
        expected = {(-p, weight) for p, weight in expected}
    assert walls(f) == expected


def sets(*polygons):
    return set(map(frozenset, polygons))


@pytest.mark.parametrize(
    ("terms", "polygons"),
    [
        (
            {(0, 0): 3, (1, 0): 2, (0, 1): 2, (1, 1): 3, (2, 0): 0, (0, 2): 0},
            sets(
                [(0, 0), (0, 1), (1, 1)], [(0, 0), (1, 0), (1, 1)], [(0, 1), (0, 2), (1, 1)], [(1, 0), (1, 1), (2, 0)]
            ),
        ),
        (
            {(0, 0): 3, (2, 0): 0, (0, 1): -2, (2, 1): "1/2", (1, 3): 2, (3, 4): -1},
            sets(
                [(0, 0), (0, 1), (1, 3)],
                [(0, 0), (1, 3), (2, 1)],
                [(0, 0), (2, 0), (2, 1)],
                [(1, 3), (2, 1), (3, 4)],
                [(2, 0), (2, 1), (3, 4)],
            ),
        ),
    ],
)
def test_documented_dual_subdivisions(terms, polygons):
    polytopes = TropicalPolynomial(terms).dual_subdivision().polyhedra(2)
    assert {frozenset(map(tuple, p.vertices_list())) for p in polytopes} == polygons


def test_documented_dual_subdivision_of_a_min_plus_quartic():
    """Ten maximal cells, not all of them triangles."""
    plane = PolynomialRing(MIN, "x,y")
    quartic = {
        (0, 0): 8, (1, 0): 4, (0, 1): 2, (2, 0): 1, (1, 1): 0, (0, 2): 1, (3, 0): 2, (2, 1): 0,
        (1, 2): 0, (0, 3): 4, (4, 0): 8, (3, 1): 4, (2, 2): 0, (1, 3): 2, (0, 4): 0,
    }  # fmt: skip
    f = TropicalPolynomial.from_sage(plane(quartic))
    polytopes = f.dual_subdivision().polyhedra(2)
    assert {frozenset(map(tuple, p.vertices_list())) for p in polytopes} == sets(
        [(0, 0), (0, 1), (1, 0)],
        [(0, 1), (0, 2), (1, 1)],
        [(0, 1), (1, 0), (2, 0)],
        [(0, 1), (1, 1), (2, 0)],
        [(0, 2), (0, 4), (1, 1)],
        [(0, 4), (1, 1), (2, 1), (2, 2)],
        [(1, 1), (2, 0), (2, 1)],
        [(2, 0), (2, 1), (3, 0)],
        [(2, 1), (2, 2), (3, 0)],
        [(2, 2), (3, 0), (4, 0)],
    )


@pytest.mark.parametrize(
    ("terms", "vertices"),
    [
        ({(1, 0): 0, (0, 1): 0}, set()),
        ({(2, 0): -2, (1, 0): -1, (0, 1): "1/2", (0, 0): "1/6"}, {(1, "-1/2"), ("7/6", "-1/3")}),
        ({(2, 0): 2, (1, 1): 0, (0, 2): 2, (1, 0): 0, (0, 1): -1, (0, 0): 3}, {(-2, 0), (-1, -3), (-1, 0), (3, 4)}),
    ],
)
def test_documented_vertices_of_min_plus_curves(terms, vertices):
    plane = PolynomialRing(MIN, "x,y")
    f = TropicalPolynomial.from_sage(plane({a: QQ(c) for a, c in terms.items()}))
    ours = {face.vertices()[0] for face in f.normal_complex().complex.faces(0)}
    assert ours == {tuple(-mpq(v) for v in vertex) for vertex in vertices}


def test_documented_hypersurface_in_dimension_four():
    """Six walls of weight 1, as the documentation parametrizes them; one point of each is checked."""
    space = PolynomialRing(MIN, "w,x,y,z")
    p = space({(0, 1, 1, 0): 0, (0, 1, 0, 1): QQ((-1, 2)), (0, 0, 0, 2): 4, (1, 1, 0, 0): 0})
    f = TropicalPolynomial.from_sage(p)
    hypersurface = f.hypersurface()
    assert [wall.weight for wall in hypersurface] == [1] * 6
    half = mpq(1, 2)
    parametrizations = [
        lambda t1, t2, t3: (t1, t2, t3 - half, t3),
        lambda t1, t2, t3: (t1, 2 * t2 - t3 + 4, t3, t2),
        lambda t1, t2, t3: (t1, t2, t1, t3),
        lambda t1, t2, t3: (t1, t2 + mpq(9, 2), t3, t2),
        lambda t1, t2, t3: (t1 - half, t2, t3, t1),
        lambda t1, t2, t3: (2 * t1 - t2 + 4, t2, t3, t1),
    ]
    # Points that satisfy the documented conditions on the parameters strictly.
    parameters = [(2, 0, 0), (3, 2, 1), (0, 0, 5), (0, -2, 0), (0, 1, 3), (-6, 0, 0)]
    conditions = [
        lambda t1, t2, t3: t2 - mpq(9, 2) < t3 < t1 + half and t2 - 5 < t1,
        lambda t1, t2, t3: t3 + half < t2 and t3 < t1,
        lambda t1, t2, t3: max(t1 + half, (t1 + t2) * half - 2) < t3,
        lambda t1, t2, t3: t2 < min(t3 + half, t1 + half),
        lambda t1, t2, t3: t2 - mpq(9, 2) < t1 < t3 + half and t2 - 5 < t3,
        lambda t1, t2, t3: t1 < min((t2 + t3) * half - 2, t2 - mpq(9, 2)),
    ]
    hit = []
    for parametrize, values, holds in zip(parametrizations, parameters, conditions, strict=True):
        assert holds(*values)
        reflected = [-v for v in parametrize(*values)]
        containing = [
            i
            for i, wall in enumerate(hypersurface)
            if wall.polyhedron().relative_interior_contains([to_sage_rational(mpq(v)) for v in reflected])
        ]
        hit += containing
        assert len(containing) == 1
    assert sorted(hit) == list(range(6))
