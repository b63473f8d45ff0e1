r"""Whether a piecewise linear map is injective, surjective, or a homeomorphism, decided exactly and with a witness.

Let f : R^d -> R^m be continuous, and A_s x + b_s on the cell s of a finite complex.

**Equal dimensions.**  f is *coherently oriented* if all det A_s have the same sign, which is not 0.

*Theorem.*  For d = m, f is injective iff it is a homeomorphism iff it is coherently oriented and some *regular* value,
one that is taken on no wall, has exactly one preimage.  If f is coherently oriented, it is surjective.

*Proof.*  If det A_s = 0, f is not injective on s.  If the signs of s and s' differ, which share a wall, f folds:
A_s'^-1 A_s maps vectors from the wall into s to such into s', so p + v and p + A_s'^-1 A_s v have the
same value for p in the wall and small v.  Now let f be coherently oriented.  It is proper, as all A_s are invertible,
so every regular value has as many preimages as the degree of f says, at least one as there are some in the image; the
image is closed, so f is surjective.  It is open: the preimages of a value are isolated, and the degree of f around each
of them is not 0.  If two points had one value, two disjoint neighborhoods of them would have images around it, in which
there are regular values with two preimages.  So f is injective iff that number is 1, and then its inverse is
continuous.  QED

**One layer of rectified units.**  x -> max(W x + b, 0) is injective iff it is on every cell, that is all ranks are d:
where x and y have the same value, every unit is constant on the segment between them.  (Without b, this is the
criterion of directed spanning sets.)

**In general** f is injective iff all A_s have rank d and no two cells s, s' have points x != y with the same value.
Let F be the common face of s and s', and l the sum of the forms of s that vanish on F (1 if there is none).  If x lies
in F, then so does x as a point of s', and y = x.  So such points exist iff the greatest l(x) <= 1 over the pairs (x, y)
in s x s' with f(x) = f(y) is positive: one exact linear program.

References: Scholtes 2012, Introduction to piecewise differentiable equations, chapter 2; Puthawala, Kothari, Lassas,
Dokmanic and de Hoop, Globally injective ReLU networks, JMLR 2022.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, count
from typing import Any

import numpy as np
from gmpy2 import mpq, sign

from troppoly.arguments import Natural, Positive, checked
from troppoly.circuit.layer import Layer
from troppoly.complex.polyhedral_complex import Face
from troppoly.errors import BudgetError, InputError
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import inverse, kernel
from troppoly.exact.linear_program import Optimum, maximize
from troppoly.exact.numerators import to_flint
from troppoly.exact.scalar import ObjectArray
from troppoly.geometry.coverings import generators_of_image, image_of_cell, missed_point
from troppoly.network import Network
from troppoly.polynomial import TropicalMap
from troppoly.regions import LinearRegions, linear_regions

__all__ = ["Injectivity", "Surjectivity", "injectivity", "is_homeomorphism", "surjectivity"]

Point = tuple[mpq, ...]
Map = Network | TropicalMap | Layer


@dataclass(frozen=True, slots=True, repr=False)
class Injectivity:
    """The answer of :func:`injectivity`: truthy if the function is injective, else ``points`` are two with one value.

    >>> import troppoly as tp
    >>> answer = injectivity(tp.Network.from_arrays([[[1], [-1]], [[1, 1]]]))  # |x|
    >>> bool(answer), [float(x) for (x,) in answer.points]
    (False, [1.0, -1.0])
    """

    function: Map
    points: tuple[Point, Point] | None = None

    def __post_init__(self) -> None:
        if self.points is not None:
            one, other = self.points
            if one == other or self.function(one) != self.function(other):
                raise InputError("The two points are equal, or have different values.")

    def __bool__(self) -> bool:
        return self.points is None

    def __repr__(self) -> str:
        if self.points is None:
            return "Injective"
        text = " and ".join(f"({', '.join(map(str, x))})" for x in self.points)
        return f"Not injective: the same value at {text}" if len(text) <= 120 else "Not injective: see its two points"


@dataclass(frozen=True, slots=True, repr=False)
class Surjectivity:
    """The answer of :func:`surjectivity`: truthy if the function is surjective, else ``missed`` is no value of it.

    >>> import troppoly as tp
    >>> answer = surjectivity(tp.Network.from_arrays([[[1], [-1]], [[1, 1]]]))  # |x|
    >>> answer.missed, answer.gap()
    ((mpq(-1,1),), mpq(1,1))
    """

    function: Map
    missed: Point | None = None

    def __bool__(self) -> bool:
        return self.missed is None

    def gap(self) -> mpq | None:
        """Return how far ``missed`` is from all values, in the infinity-norm; None if there is nothing missed.

        It is the least optimum of a linear program for each cell; an image is closed, so that being positive proves it.
        """
        if self.missed is None:
            return None
        regions, least = linear_regions(_as_map(self.function)), []
        d = regions.complex.ambient_dimension
        shift = np.array([[*[mpq(0)] * d, v] for v in self.missed], dtype=object)
        for index, form in enumerate(regions.maps.exact(np.arange(regions.n_cells)) - shift):
            rows = _rows(regions, index)
            sides = np.concatenate([_widened(rows, 0, 1), _widened(form, 0, 1), _widened(-form, 0, 1)])
            sides[len(rows) :, d] = mpq(1)  # t >= |f(x) - missed|
            best = maximize([mpq(0)] * d + [mpq(-1)], RationalMatrix.from_rationals(-sides[:, :-1]), list(sides[:, -1]))
            assert isinstance(best, Optimum)
            least.append(-best.value)
        return min(least)

    def __repr__(self) -> str:
        if self.missed is None:
            return "Surjective"
        text = f"({', '.join(map(str, self.missed))})"
        return f"Not surjective: {text} is no value" if len(text) <= 120 else "Not surjective: see the value it misses"


@checked
def injectivity(
    function: Map,
    domain: Any = None,
    *,
    max_programs: Natural | None = None,
    max_cells: int | None = None,
    workers: Positive | None = None,
) -> Injectivity:
    """Decide whether a map is injective on R^d, or on a domain; a layer is the map x -> layer(x).

    From R^d to itself, and for layers, this takes time linear in the number of cells; in other cases a linear program
    for every two cells with images that might meet.  Raises BudgetError if there were more than ``max_programs`` of
    these; domain, ``max_cells``, ``workers`` and other errors are those of :func:`troppoly.linear_regions`.

    >>> import troppoly as tp
    >>> shear = tp.Network.from_arrays([[[0, 1], [1, 0], [-1, 0], [0, -1]], [[1, 1, -1, 0], [1, 0, 0, -1]]])
    >>> injectivity(shear), injectivity(tp.Network.from_arrays([[[1], [-1]], [[1, -1], [1, 1]]]))
    (Injective, Injective)
    >>> injectivity(shear.layers[0]), injectivity(tp.Layer.of([[1], [1]], [0, 1], rectified=True)).points
    (Injective, ((mpq(-2,1),), (mpq(-3,2),)))
    """
    regions = linear_regions(_as_map(function), domain, max_cells=max_cells, workers=workers)
    maps = regions.maps.exact(np.arange(regions.n_cells))
    d = regions.complex.ambient_dimension
    points = _in_one_cell(regions, maps)
    if points is None and not isinstance(function, Layer):
        if domain is None and maps.shape[1] == d:
            points = _folded(regions, maps) or _two_preimages(regions, maps)
        else:
            points = _in_two_cells(regions, maps, max_programs)
    return Injectivity(function, points)


@checked
def surjectivity(
    function: Map, *, max_programs: Natural | None = None, max_cells: int | None = None, workers: Positive | None = None
) -> Surjectivity:
    """Decide whether every point of R^m is a value of a map from R^d.

    Raises BudgetError if more than ``max_programs`` linear programs would be needed; other options and errors are those
    of :func:`troppoly.linear_regions`.

    >>> import troppoly as tp
    >>> zigzag = tp.Network.from_arrays([[[1], [1], [1]], [[1, -2, 2]]], [[5, 0, -1], [0]])
    >>> surjectivity(zigzag), surjectivity(tp.Network.from_arrays([[[1]], [[1], [1]]]))
    (Not surjective: (-1) is no value, Not surjective: (1/2, 1/4) is no value)
    """
    regions = linear_regions(_as_map(function), max_cells=max_cells, workers=workers)
    maps = regions.maps.exact(np.arange(regions.n_cells))
    m, d = maps.shape[1], regions.complex.ambient_dimension
    if m == d and set(map(_orientation, maps)) in ({1}, {-1}):
        return Surjectivity(function)
    images = [image_of_cell(cell, form) for cell, form in zip(regions.complex.cells, maps, strict=True)]
    return Surjectivity(function, missed_point(images, m, max_programs))


@checked
def is_homeomorphism(
    function: Map, *, max_programs: Natural | None = None, max_cells: int | None = None, workers: Positive | None = None
) -> Injectivity | Surjectivity:
    """Decide whether a map from R^d to R^m is a homeomorphism: an answer that is falsy, with a witness, if it is not.

    For d = m it is one iff it is injective.  For d > m no map is injective, and for d < m no piecewise linear map is
    surjective.  Options and errors are those of :func:`injectivity` and :func:`surjectivity`.

    >>> import troppoly as tp
    >>> bent = tp.Network.from_arrays([[[1, 0], [0, 1], [-1, 0], [0, -1]], [[1, 0, -2, 1], [2, 1, 0, -3]]])
    >>> bool(is_homeomorphism(bent)), is_homeomorphism(tp.Network.from_arrays([[[1, 1]]])).points is None
    (True, False)
    """
    d = function.n_variables if isinstance(function, TropicalMap) else function.n_inputs
    decide: Callable[..., Injectivity | Surjectivity] = surjectivity if d < function.n_outputs else injectivity
    return decide(function, max_programs=max_programs, max_cells=max_cells, workers=workers)


def _as_map(function: Map) -> Network | TropicalMap:
    if isinstance(function, Layer):
        return Network((function, Layer.of(RationalMatrix.identity(function.n_outputs))))
    return function


def _orientation(form: ObjectArray) -> int:
    """The sign of the determinant of A, for a map (A | b) of R^d to itself."""
    return int(sign(int(to_flint(RationalMatrix.from_rationals(form[:, :-1]).numerators).det())))


def _value(form: ObjectArray, x: ObjectArray) -> ObjectArray:
    return np.asarray(form[:, :-1] @ x + form[:, -1])


def _inner(face: Face) -> ObjectArray:
    return np.array(face.interior_point(), dtype=object)


def _step(rows: ObjectArray, x: ObjectArray, v: ObjectArray) -> mpq:
    """A t > 0, at most 1, with which x + t v has half of the distance from the facets at most."""
    slopes, heights = rows[:, :-1] @ v, rows[:, :-1] @ x + rows[:, -1]
    return min([mpq(1), *(mpq(h) / (-2 * s) for h, s in zip(heights, slopes, strict=True) if s < 0 < h)])


def _rows(regions: LinearRegions, index: int) -> ObjectArray:
    """The forms of the facets of a cell."""
    return np.asarray(regions.complex.cells[index].inequalities().to_rationals())


def _in_one_cell(regions: LinearRegions, maps: ObjectArray) -> tuple[Point, Point] | None:
    """Two points with one value in a cell on which the rank is less than d."""
    for index, form in enumerate(maps):
        null = kernel(RationalMatrix.from_rationals(form[:, :-1]))
        if len(null):
            x, v = _inner(regions.complex.cells[index]), null.to_rationals()[0]
            return tuple(x), tuple(x + _step(_rows(regions, index), x, v) * v)
    return None


def _folded(regions: LinearRegions, maps: ObjectArray) -> tuple[Point, Point] | None:
    """Two points with one value on the sides of a wall at which the sign of the determinant changes."""
    facets, first, second = regions.complex.walls
    signs = np.array(list(map(_orientation, maps)))
    for wall in np.flatnonzero(signs[first] != signs[second])[:1]:
        cells = [int(first[wall]), int(second[wall])]
        p = _inner(Face(regions.complex, regions.complex.cone_dimension - 1, int(facets[wall])))
        u = _inner(regions.complex.cells[cells[0]]) - p
        one, other = (RationalMatrix.from_rationals(maps[i][:, :-1]) for i in cells)
        v = (inverse(other) @ (one @ RationalMatrix.from_rationals(u[:, None]))).to_rationals()[:, 0]
        t = min(_step(_rows(regions, i), p, w) for i, w in zip(cells, (u, v), strict=True))
        return tuple(p + t * u), tuple(p + t * v)
    return None


def _two_preimages(regions: LinearRegions, maps: ObjectArray) -> tuple[Point, Point] | None:
    """Two preimages of a regular value of a coherently oriented map, or None if there is only one."""
    inverses = [inverse(RationalMatrix.from_rationals(form[:, :-1])) for form in maps]
    rows = [_rows(regions, i) for i in range(regions.n_cells)]
    start, d = _inner(regions.complex.cells[0]), regions.complex.ambient_dimension
    for k in count():  # of the points on a curve of degree d finitely many are taken on walls
        t = mpq(1, k + 2)
        direction = np.array([t ** (j + 1) for j in range(d)], dtype=object)
        x = start + _step(rows[0], start, direction) * direction
        y = _value(maps[0], x)
        found = [
            np.array(A.apply(tuple(y - form[:, -1])), dtype=object) for A, form in zip(inverses, maps, strict=True)
        ]
        heights = [r[:, :-1] @ z + r[:, -1] for r, z in zip(rows, found, strict=True)]
        inside = [z for z, h in zip(found, heights, strict=True) if (h >= 0).all()]
        if all((h > 0).all() for h in heights if (h >= 0).all()):
            return (tuple(inside[0]), tuple(inside[1])) if len(inside) > 1 else None
    raise AssertionError("There are only finitely many of them.")


def _in_two_cells(regions: LinearRegions, maps: ObjectArray, budget: int | None) -> tuple[Point, Point] | None:
    """Two points with one value in two cells, on each of which the map is injective."""
    pairs = list(_meeting(regions, maps))
    if budget is not None and len(pairs) > budget:
        raise BudgetError(f"There are more than {budget} pairs of cells.")
    complex_, d = regions.complex, regions.complex.ambient_dimension
    rows = [_rows(regions, i) for i in range(regions.n_cells)]
    rays = [set(map(int, complex_.rays_of(complex_.cone_dimension, i))) for i in range(regions.n_cells)]
    zero = np.full(1, mpq(0), dtype=object)
    for s, other in pairs:
        common = sorted(rays[s] & rays[other])
        face = complex_.rays.homogeneous(common)
        level = np.concatenate([np.repeat(zero, d), [mpq(1)]])
        if any(row[-1] for row in face):  # the cells have a point in common
            level = rows[s][~(rows[s] @ face.T).any(axis=1)].sum(axis=0) + zero
        ours = np.concatenate([rows[s], -level[None] + np.append(np.repeat(zero, d), mpq(1))])
        equal = np.concatenate([maps[s][:, :-1], -maps[other][:, :-1], (maps[s] - maps[other])[:, -1:]], axis=1)
        system = np.concatenate([_widened(ours, 0, d), _widened(rows[other], d, 0), equal, -equal])
        best = maximize(
            [*level[:-1], *[mpq(0)] * d], RationalMatrix.from_rationals(-system[:, :-1]), list(system[:, -1])
        )
        if isinstance(best, Optimum) and best.value + level[-1] > 0:
            return best.point[:d], best.point[d:]
    return None


def _widened(rows: ObjectArray, before: int, after: int) -> ObjectArray:
    """Rows (a, b) as (0, a, 0, b)."""
    n = len(rows)
    zeros = [np.full((n, k), mpq(0), dtype=object) for k in (before, after)]
    return np.concatenate([zeros[0], rows[:, :-1], zeros[1], rows[:, -1:]], axis=1)


def _meeting(regions: LinearRegions, maps: ObjectArray) -> Iterator[tuple[int, int]]:
    """The pairs of cells whose images have a coordinate box in common."""
    boxes = []
    for cell, form in zip(regions.complex.cells, maps, strict=True):
        points, rays, lines = generators_of_image(cell, form)
        down, up = ((s * rays > 0).any(axis=0) | (lines != 0).any(axis=0) for s in (-1, 1))
        ends = (down, points.min(axis=0)), (up, points.max(axis=0))
        boxes.append([[None if free else v for free, v in zip(*end, strict=True)] for end in ends])
    for (i, (low, high)), (j, (other_low, other_high)) in combinations(enumerate(boxes), 2):
        pairs = zip(low + other_low, other_high + high, strict=True)
        if all(a is None or b is None or a <= b for a, b in pairs):
            yield i, j
