"""The size of cells and regions: diameter and inradius in the 1- and the infinity-norm, centroid.

Both norms have rational values at rational points, and their unit balls are polytopes, so that these numbers
are rational (the Euclidean ones are not).
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.complex.facets import facet_inequalities
from troppoly.complex.polyhedral_complex import Face
from troppoly.complex.volume import centroids, volumes
from troppoly.errors import InputError, UnboundedError
from troppoly.exact import RationalMatrix
from troppoly.exact.linear_program import Optimum, maximise
from troppoly.regions import LinearRegion

__all__ = ["Ball", "centroid", "check_norm", "diameter", "dual_norm", "inscribed_ball", "norm_of"]

Vector = tuple[mpq, ...]


class Ball(NamedTuple):
    """The ball {x : |x - centre| <= radius} in the norm that was asked for."""

    centre: Vector
    radius: mpq


def check_norm(norm: float) -> None:
    """Raise InputError unless ``norm`` is 1 or infinity.

    >>> check_norm(2)
    Traceback (most recent call last):
    ...
    troppoly.errors.InputError: The norm must be 1 or math.inf, where everything is rational, not 2.
    """
    if norm not in (1, inf):
        raise InputError(f"The norm must be 1 or math.inf, where everything is rational, not {norm!r}.")


def norm_of(vector: Vector, norm: float) -> mpq:
    """Return the 1- or infinity-norm of a vector.

    >>> norm_of((mpq(1), mpq(-2)), 1), norm_of((mpq(1), mpq(-2)), inf)
    (mpq(3,1), mpq(2,1))
    """
    check_norm(norm)
    sizes = [abs(v) for v in vector]
    return sum(sizes, mpq(0)) if norm == 1 else max(sizes, default=mpq(0))


def dual_norm(norm: float) -> float:
    """Return the norm of linear forms on the space with the given norm: 1 and infinity are dual."""
    check_norm(norm)
    return inf if norm == 1 else 1


@checked
def diameter(part: Face | LinearRegion, norm: float = inf) -> mpq:
    """Return the largest distance of two points of a bounded face, cell or linear region.

    A norm is convex, so the distance of two points of a union of polytopes is largest at two of their
    vertices.  Raises UnboundedError if the part is unbounded, and InputError unless ``norm`` is 1 or
    ``math.inf``.

    >>> import troppoly as tp
    >>> from troppoly.passagemath import polyhedron
    >>> triangle = polyhedron([(0, 0), (3, 0), (0, 2)], ambient_dim=2)
    >>> region = tp.linear_regions(tp.TropicalPolynomial({(1, 1): 0}), domain=triangle)[0]
    >>> diameter(region, 1), diameter(region, inf)
    (mpq(5,1), mpq(3,1))
    """
    check_norm(norm)
    if not part.is_bounded():
        raise UnboundedError(f"{part} has no finite diameter.")
    faces = part.cells if isinstance(part, LinearRegion) else (part,)
    points = list(dict.fromkeys(v for face in faces for v in face.vertices()))
    if norm == inf:  # the widest of the coordinates
        return max(max(values) - min(values) for values in zip(*points, strict=True))
    return max(
        (
            norm_of(tuple(a - b for a, b in zip(p, q, strict=True)), norm)
            for i, p in enumerate(points)
            for q in points[:i]
        ),
        default=mpq(0),
    )


@checked
def inscribed_ball(cell: Face, norm: float = inf) -> Ball:
    """Return a largest ball in a cell or face, in the 1- or the infinity-norm; its radius is the *inradius*.

    The ball of radius r at c lies in {x : <a, x> + b >= 0} iff <a, c> + b >= r |a|, with the dual norm of
    a.  So this is a linear program in (c, r), solved exactly.  The radius is unique, the centre need not be.  In a
    face of lower dimension the largest balls are its points.

    Raises UnboundedError if the cell contains balls of any radius, and InputError unless ``norm`` is 1 or
    ``math.inf``.

    >>> import troppoly as tp
    >>> from troppoly.passagemath import polyhedron
    >>> triangle = polyhedron([(0, 0), (3, 0), (0, 3)], ambient_dim=2)
    >>> cell = tp.linear_regions(tp.TropicalPolynomial({(1, 1): 0}), domain=triangle).cells[0]
    >>> inscribed_ball(cell, inf), inscribed_ball(cell, 1).radius
    (Ball(centre=(mpq(3,4), mpq(3,4)), radius=mpq(3,4)), mpq(1,1))
    """
    dual = dual_norm(norm)
    if cell.dimension < cell.complex.ambient_dimension:
        return Ball(cell.interior_point(), mpq(0))
    forms = facet_inequalities(cell)
    d = forms.shape[1] - 1
    rows = [forms.row(i) for i in range(forms.shape[0])]
    matrix = RationalMatrix.of([[*(-v for v in row[:d]), norm_of(row[:d], dual)] for row in rows] + [[0] * d + [-1]])
    best = maximise([0] * d + [1], matrix, [row[d] for row in rows] + [0])
    if not isinstance(best, Optimum):  # a cell is not empty
        raise UnboundedError(f"{cell} contains balls of any radius.")
    return Ball(best.point[:d], best.point[d])


@checked
def centroid(part: Face | LinearRegion) -> Vector:
    """Return the centre of mass of a bounded face, cell or linear region.

    That of a face of dimension k is taken with respect to the k-dimensional volume.
    (:func:`troppoly.complex.volume.centroids` returns those of many cells at once.)  Raises UnboundedError
    if it is unbounded.

    >>> import troppoly as tp
    >>> from troppoly.passagemath import polyhedron
    >>> triangle = polyhedron([(0, 0), (3, 0), (0, 2)], ambient_dim=2)
    >>> regions = tp.linear_regions(tp.TropicalPolynomial({(1, 1): 0}), domain=triangle)
    >>> centroid(regions[0]), {centroid(edge) for edge in regions.complex.faces(1)} >= {(mpq(3, 2), mpq(0))}
    ((mpq(1,1), mpq(2,3)), True)
    """
    if isinstance(part, Face):
        return tuple(centroids(part.complex, [part.index], part.dimension)[0])
    cells = part.cells
    complex_, ids = cells[0].complex, [cell.index for cell in cells]
    weights = volumes(complex_, ids)
    moments = (centroids(complex_, ids) * weights[:, None]).sum(axis=0)
    return tuple(moment / sum(weights) for moment in moments)
