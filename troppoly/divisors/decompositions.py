r"""Differences of convex functions: the decomposition polyhedron of a piecewise affine function, and its best points.

Let f be affine on the cells of a complex P.  The ways to write f = g - h with g and h convex and affine on the cells,
up to one affine function added to both, are the weights w of g (:mod:`troppoly.divisors.balancing`), and h has the
weights w - w_f.  So they are the points of the *decomposition polyhedron*

    D_P(f) = {w balanced, w >= 0, w >= w_f}.

It has no lines, and its recession cone are the convex functions on P.  A decomposition is *reduced* by a convex
function, not affine, whose weights u are at most w and w - w_f: it may be taken from both g and h.  If there is none it
is *irreducible*.  One with as few pieces of g and of h as possible (no other has at most as many of both, and fewer of
one) is *minimal*.

*Theorem* (Brandenburg, Grillo and Hertrich).  The irreducible decompositions are the points of the bounded faces of
D_P(f), and minimal ones are vertices.

*Proof.*  A u of the recession cone reduces w iff w - u is a point, too, that is iff w is not in a bounded face.  If w
is no vertex, it is inside a segment, w + s v for small |s|.  Where g or h does not bend, neither do they for these s.
In one of the two directions s ends, where a constraint becomes tight: g or h bends at one wall less there, so that two
pieces are one, and no wall is new.  QED

*Certificate.*  Let T be the walls with w > 0 and w > w_f, and E the balancing equations.  If there is a y with y E >= 1
on T, then w is irreducible: a u as above is zero outside of T, so 0 = y E u >= sum u.  If there is no such y, then by
Farkas' lemma there is a balanced u >= 0, not zero, on T, and a small multiple of it reduces w.

By default P consists of the linear regions of f, which is the coarsest P there may be, if f has a decomposition on them
(then they are convex), and else of the cells of its complex, on which it has one.  For another complex, give a convex
function that bends exactly at its walls.

Reference: Brandenburg, Grillo and Hertrich, Decomposition polyhedra of piecewise linear functions, ICLR 2025
(arXiv 2410.04907).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.divisors.balancing import WeightSpace
from troppoly.divisors.weighted_walls import Scalar, forms_of, scalar_regions
from troppoly.errors import InputError, ShapeError, counted
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import kernel
from troppoly.exact.linear_program import Infeasible, Optimum, maximize
from troppoly.exact.scalar import ObjectArray
from troppoly.network import Network
from troppoly.passagemath import polyhedron, vertex_matrix
from troppoly.polynomial import TropicalMap, TropicalPolynomial, TropicalRational
from troppoly.refinement import tropical_map
from troppoly.regions import LinearRegions, linear_regions
from troppoly.regions.affine_maps import ExplicitMaps
from troppoly.values import Value, fixed_property

__all__ = ["DecompositionPolyhedron", "Irreducibility", "MinimalDecompositions"]
__all__ += ["decomposition_polyhedron", "minimal_decompositions"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Irreducibility(Value):
    """Whether a decomposition is irreducible, with the proof; truthy if it is.

    ``functional`` is then the y of :mod:`troppoly.divisors.decompositions`; else ``summand`` are weights on all walls
    of a convex function that may be taken from both parts.

    >>> import troppoly as tp
    >>> x = tp.TropicalPolynomial.variable(0, 1)
    >>> space = tp.decomposition_polyhedron(x + 0)
    >>> space.irreducibility(space.vertices[0]), space.irreducibility(space.vertices[0] * 3).summand.tolist()
    (Irreducible, [mpq(2,1)])
    """

    polyhedron: DecompositionPolyhedron
    weights: ObjectArray
    functional: tuple[mpq, ...] | None
    summand: ObjectArray | None

    def __bool__(self) -> bool:
        return self.functional is not None

    def check(self) -> bool:
        """Return whether the proof is one, by multiplying it out."""
        equations, free = self.polyhedron.space.equations, self.polyhedron._free(self.weights)
        if self.functional is not None:
            bounds = equations.T.apply(self.functional) if len(equations) else [mpq(0)] * len(free)
            return all(bounds[i] >= 1 for i in np.flatnonzero(free))
        assert self.summand is not None
        inside = self.polyhedron.contains(self.weights - self.summand)
        balanced = not len(self.polyhedron.space.unbalanced(self.summand))
        return inside and balanced and any(self.summand) and min(self.summand) >= 0

    def __repr__(self) -> str:
        return "Irreducible" if self else "Reducible"


@dataclass(frozen=True, eq=False, repr=False)
class DecompositionPolyhedron(Value):
    """The polyhedron of the weights w of the convex functions g with g - f convex, on a complex.

    ``regions`` are those of f, and ``support`` tells at which walls of their complex g and h may bend.

    >>> import troppoly as tp
    >>> x, y = (tp.TropicalPolynomial.variable(i, 2) for i in range(2))
    >>> found = tp.decomposition_polyhedron((x + 0) * (y + 0) / (x + y + 0))
    >>> found, found.n_parameters, len(found.vertices)
    (Decomposition polyhedron of dimension 3 with 1 vertex, on 5 walls, 3, 1)
    """

    regions: LinearRegions
    support: NDArray[np.bool_]

    def __reduce__(self) -> tuple[Any, ...]:
        return DecompositionPolyhedron, (self.regions, self.support)

    @property
    def complex(self) -> PolyhedralComplex:
        """The complex whose walls the weights belong to."""
        return self.regions.complex

    @cached_property
    def space(self) -> WeightSpace:
        """The walls with their forms, and the balancing equations."""
        return WeightSpace(self.regions.complex)

    @cached_property
    def _forms(self) -> ObjectArray:
        return forms_of(self.regions)

    @fixed_property
    def lower(self) -> ObjectArray:
        """For every wall the larger one of 0 and w_f."""
        return np.asarray(np.maximum(self._bends, mpq(0)))

    @cached_property
    def _bends(self) -> ObjectArray:
        """The weights w_f."""
        return self.space.weights(self._forms)

    @cached_property
    def _balanced(self) -> RationalMatrix:
        """A basis of the balanced weights on the support, as rows over all walls."""
        places = np.flatnonzero(self.support)
        equations = self.space.equations.take_columns(places)
        basis = kernel(equations.dense()) if len(equations) else RationalMatrix.identity(len(places))
        result = np.full((len(basis), len(self.support)), mpq(0), dtype=object)
        result[:, places] = basis.to_rationals()
        return RationalMatrix.from_rationals(result)

    @property
    def n_parameters(self) -> int:
        """The dimension of the space of balanced weights, which the coordinates of ``polyhedron`` belong to."""
        return len(self._balanced)

    @cached_property
    def polyhedron(self) -> Any:
        """The passagemath ``Polyhedron`` of the c with w = sum_i c_i w_i, in a basis of the balanced weights."""
        columns = self._balanced.T.to_rationals()[self.support]
        rows = [[-low, *column] for low, column in zip(self.lower[self.support], columns, strict=True)]
        return polyhedron(inequalities=rows or [[1] + [0] * self.n_parameters], ambient_dim=self.n_parameters)

    @fixed_property
    def vertices(self) -> tuple[ObjectArray, ...]:
        """The vertices, each as the weights of all walls."""
        if not self.n_parameters:
            return () if self.is_empty() else (np.full(len(self.support), mpq(0), dtype=object),)
        return tuple(self._weights_of_vertices[i] for i in self._order_of_vertices)

    @cached_property
    def _weights_of_vertices(self) -> ObjectArray:
        """The weights of all walls for the vertices of ``polyhedron``, in the order that they have there."""
        return (vertex_matrix(self.polyhedron) @ self._balanced).to_rationals()

    @cached_property
    def _order_of_vertices(self) -> list[int]:
        """The numbers that ``vertices`` have in ``polyhedron``."""
        weights = self._weights_of_vertices
        return sorted(range(len(weights)), key=lambda i: tuple(weights[i]))

    @cached_property
    def bounded_faces(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """For every dimension the bounded faces, each by its ``vertices``: together the irreducible decompositions."""
        if not self.n_parameters:
            return () if self.is_empty() else (((0,),),)
        vertices = list(map(tuple, self.polyhedron.vertices_list()))
        place = {vertices[i]: k for k, i in enumerate(self._order_of_vertices)}
        result = []
        for k in range(self.dimension + 1):
            faces = [face for face in self.polyhedron.faces(k) if face.is_compact()]
            found = [tuple(sorted(place[tuple(v)] for v in face.vertices())) for face in faces]
            if not found:
                break
            result.append(tuple(sorted(found)))
        return tuple(result)

    @property
    def dimension(self) -> int:
        """The dimension, -1 if it is empty."""
        return int(self.polyhedron.dim()) if self.n_parameters else int(not self.is_empty()) - 1

    def is_empty(self) -> bool:
        """Return whether f is not a difference of convex functions on the complex."""
        return self._least() is None

    def irreducible_point(self) -> ObjectArray:
        """Return the weights of one irreducible decomposition: the least sum of weights, without all vertices.

        That has an optimum, on a bounded face, as the sum grows along the recession cone.  Raises InputError if the
        polyhedron is empty.
        """
        found = self._least()
        if found is None:
            raise InputError("The function is not a difference of convex functions that are affine on the cells.")
        return found

    def _least(self) -> ObjectArray | None:
        """The weights of an optimum of the least sum."""
        basis = self._balanced
        if any(self._bends[~self.support]):
            return None
        if not len(basis):
            return None if any(self.lower) else np.full(len(self.support), mpq(0), dtype=object)
        columns = basis.T.take_rows(np.flatnonzero(self.support))
        objective = [-sum(row) for row in basis.to_rationals()]
        best = maximize(objective, -columns, [-low for low in self.lower[self.support]])
        if isinstance(best, Infeasible):
            return None
        assert isinstance(best, Optimum)
        return np.array(basis.T.apply(best.point), dtype=object)

    def contains(self, weights: ObjectArray) -> bool:
        """Return whether weights of all walls belong to a decomposition on the complex."""
        inside = all(w >= low for w, low in zip(weights, self.lower, strict=True))
        return inside and not any(np.asarray(weights)[~self.support]) and not len(self.space.unbalanced(weights))

    def irreducibility(self, weights: ObjectArray) -> Irreducibility:
        """Decide whether the decomposition with these weights is irreducible; InputError if it is none."""
        if not self.contains(weights):
            raise InputError("The weights are not those of a decomposition.")
        places, equations = np.flatnonzero(self._free(weights)), self.space.equations
        room = np.minimum(weights, weights - self._bends)
        if not len(places):
            return Irreducibility(self, weights, (mpq(0),) * len(equations), None)
        if not len(equations):  # all weights are balanced
            return Irreducibility(self, weights, None, np.where(self._free(weights), room, mpq(0)))
        part = equations.take_columns(places).T
        answer = maximize([mpq(0)] * len(equations), -part.dense(), [mpq(-1)] * len(places))
        if isinstance(answer, Optimum):
            return Irreducibility(self, weights, answer.point, None)
        assert isinstance(answer, Infeasible)
        summand = np.full(len(weights), mpq(0), dtype=object)
        summand[places] = answer.multipliers
        return Irreducibility(self, weights, None, summand * min(room[i] / summand[i] for i in np.flatnonzero(summand)))

    def _free(self, weights: ObjectArray) -> NDArray[np.bool_]:
        """The walls at which both g and h bend, of those where they may."""
        return np.asarray((weights > self.lower) & self.support, dtype=bool)

    def decomposition(self, weights: ObjectArray) -> TropicalRational:
        """Return the decomposition with these weights of g, as irredundant polynomials; InputError if it is none."""
        if not self.contains(weights):
            raise InputError("The weights are not those of a decomposition.")
        d = self.regions.complex.ambient_dimension
        g = self.space.function(weights, 0, np.full(d + 1, mpq(0), dtype=object))
        assert g is not None
        parts = (TropicalPolynomial({tuple(row[:-1]): row[-1] for row in forms}) for forms in (g, g - self._forms))
        return TropicalRational(*parts)

    def __repr__(self) -> str:
        n, walls = len(self.vertices), counted(int(np.count_nonzero(self.support)), "wall")
        vertices = f"{n} vertex" if n == 1 else f"{n} vertices"
        return f"Decomposition polyhedron of dimension {self.dimension} with {vertices}, on {walls}"


@dataclass(frozen=True, eq=False, repr=False)
class MinimalDecompositions(Value, Sequence[TropicalRational]):
    """The decompositions of a function with the fewest pieces, the fewest of both together first.

    ``weights`` are those of their numerators; ``given`` is the pair that the function came with, or None.

    >>> import troppoly as tp
    >>> x, y, z = (tp.TropicalPolynomial.variable(i, 3) for i in range(3))
    >>> median = (x * y + x * z + y * z) ** 2 / ((x + y + z) * (x * y + x * z + y * z))
    >>> found = tp.minimal_decompositions(median)
    >>> found, found.sizes, found.given_size, bool(found.certificate(0))
    (1 minimal decomposition with (3, 3) pieces, ((3, 3),), (3, 6), True)
    """

    polyhedron: DecompositionPolyhedron
    weights: tuple[ObjectArray, ...]
    given: TropicalRational | None = field(compare=False)

    def __len__(self) -> int:
        return len(self.weights)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [self.polyhedron.decomposition(w) for w in self.weights[i]]
        return self.polyhedron.decomposition(self.weights[i])

    @cached_property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """For every decomposition the numbers of pieces of its numerator and denominator."""
        return tuple((len(r.numerator), len(r.denominator)) for r in self)

    @property
    def given_size(self) -> tuple[int, int] | None:
        """The numbers of pieces of the pair that the function came with, irredundant."""
        return None if self.given is None else (len(self.given.numerator), len(self.given.denominator))

    def certificate(self, i: int) -> Irreducibility:
        """Return the proof that a decomposition is irreducible."""
        return self.polyhedron.irreducibility(self.weights[i])

    def __repr__(self) -> str:
        sizes = sorted(set(self.sizes), key=sum)
        listed = ", ".join(map(str, sizes[:4])) + (", ..." if len(sizes) > 4 else "")
        return f"{counted(len(self), 'minimal decomposition')} with {listed} pieces"


@checked
def decomposition_polyhedron(function: Scalar, complex: TropicalPolynomial | None = None) -> DecompositionPolyhedron:
    """Return the decomposition polyhedron of linear regions, or of a function with one output.

    The complex is that of the regions where one monomial of the polynomial ``complex`` is the maximum; by default it is
    as :mod:`troppoly.divisors.decompositions` says.  Raises ShapeError unless there is one output and the numbers of
    variables are equal, and InputError if the function is not affine on the cells of a given complex, or if that is
    given beside linear regions on a domain.

    >>> import troppoly as tp
    >>> x = tp.TropicalPolynomial.variable(0, 1)
    >>> tent = (x + 0) * (x + 2) / (x + 1) ** 2
    >>> decomposition_polyhedron(tent)
    Decomposition polyhedron of dimension 3 with 1 vertex, on 3 walls
    >>> decomposition_polyhedron(tent, (x + 0) * (x + 1) * (x + 2) * (x + 3)).dimension
    4
    """
    if complex is not None:
        return _on_given_complex(function, complex)
    regions = scalar_regions(function)
    bends = WeightSpace(regions.complex).weights(forms_of(regions))
    coarsest = DecompositionPolyhedron(regions, np.asarray(bends != 0, dtype=bool))
    return DecompositionPolyhedron(regions, np.ones(len(bends), dtype=bool)) if coarsest.is_empty() else coarsest


@checked
def minimal_decompositions(function: Scalar, complex: TropicalPolynomial | None = None) -> MinimalDecompositions:
    """Return the minimal decompositions of a function as a difference of convex functions, on a complex.

    Arguments and errors are those of :func:`decomposition_polyhedron`; InputError, too, if there is no decomposition.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [1, 1]], [[1, 1, -2]]])
    >>> found = minimal_decompositions(net)
    >>> found, tp.equivalent(found[0], net)
    (1 minimal decomposition with (4, 2) pieces, Equivalent)
    """
    found = decomposition_polyhedron(function, complex)
    if not found.vertices:
        raise InputError("The function is not a difference of convex functions that are affine on the cells.")
    sizes = [tuple(len(side) for side in _sides(found.decomposition(w))) for w in found.vertices]
    best = [i for i, s in enumerate(sizes) if not any(t != s and t[0] <= s[0] and t[1] <= s[1] for t in sizes)]
    best.sort(key=lambda i: (sum(sizes[i]), sizes[i]))
    return MinimalDecompositions(found, tuple(found.vertices[i] for i in best), _given(function))


def _sides(r: TropicalRational) -> tuple[TropicalPolynomial, TropicalPolynomial]:
    return r.numerator, r.denominator


def _given(function: Scalar) -> TropicalRational | None:
    """The irredundant pair that a function comes with."""
    if isinstance(function, LinearRegions):
        if function.maps.canonical is not None:
            return tropical_map(function.maps.canonical)[0]  # type: ignore[no-any-return]
        function = function.function
    if isinstance(function, Network):
        return _given(linear_regions(function))
    if isinstance(function, (TropicalMap, TropicalPolynomial, TropicalRational)):
        return _rational(function).prune()
    return None


def _rational(function: Scalar) -> TropicalRational:
    """A function with one output as a pair."""
    if isinstance(function, TropicalMap):
        return function.components[0]
    if isinstance(function, (TropicalPolynomial, TropicalRational)):
        return TropicalRational.of(function, function.n_variables)
    given = _given(function)
    assert given is not None
    return given


def _on_given_complex(function: Scalar, complex: TropicalPolynomial) -> DecompositionPolyhedron:
    regions = scalar_regions(function)
    if not WeightSpace(regions.complex).covers_the_space:
        raise InputError("On a domain the complex is that of the linear regions.")
    d = regions.complex.ambient_dimension
    if complex.n_variables != d:
        raise ShapeError(f"The complex lies in R^{complex.n_variables}, the function lives on R^{d}.")
    joint = linear_regions(TropicalMap([_rational(function), complex]))
    maps = joint.maps.exact(np.arange(joint.n_cells))
    own = LinearRegions(function, joint.complex, ExplicitMaps(maps[:, :1]))
    support = np.asarray(WeightSpace(joint.complex).weights(maps[:, 1]) != 0, dtype=bool)
    found = DecompositionPolyhedron(own, support)
    if any(found._bends[~support]):
        raise InputError("The function is not affine on the cells of the complex.")
    return found
