"""Tropical polynomials f(x) = max_i (<a_i, x> + c_i) with exact rational exponents and coefficients.

The algebra (+, *, **) is formal, on the list of monomials; those that never attain the maximum are kept until
:meth:`TropicalPolynomial.prune`.  As a function, a polynomial is its lifted Newton polytope
(:mod:`troppoly.polytope.lifted`).

The polynomials in d variables are a semiring: its one is the constant 0, and its zero is the sum of no monomials, which
is -infinity everywhere: it is not a function with values in R and has no polytope.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import chain, compress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import Natural, checked
from troppoly.errors import InputError, ShapeError, counted, kind_of, shown
from troppoly.exact import RationalMatrix, rational, rational_vector
from troppoly.exact.numerators import float_points, over_common_denominator
from troppoly.passagemath import Polyhedron, polyhedron, vertex_matrix
from troppoly.polynomial.operators import SHORT, Operators, latex_maximum, maximum
from troppoly.polynomial.sage_polynomials import from_sage, to_sage
from troppoly.polytope.dual_subdivision import DualSubdivision
from troppoly.polytope.hypersurface import TropicalHypersurface
from troppoly.polytope.lifted import require_lifted
from troppoly.polytope.normal_fan import NormalComplex, normal_complex
from troppoly.polytope.support import hull_of_sum
from troppoly.polytope.upper_hull import MonomialStatus, upper_hull_status
from troppoly.polytope.vertices import are_vertices

if TYPE_CHECKING:
    from troppoly.polynomial.rational import TropicalRational

__all__ = ["Exponent", "TropicalPolynomial", "pruned_product", "pruned_sum"]

Exponent = tuple[mpq, ...]

_BLOCK = 2**22
"""Up to so many float values are held at a time by evaluate_float."""


@dataclass(frozen=True, init=False, repr=False)
class TropicalPolynomial(Operators):
    """The tropical polynomial max_i (<a_i, x> + c_i) on R^d; immutable.

    ``terms`` maps exponents a_i (sequences of d numbers) to coefficients c_i, which are made exact.  Exponents that are
    equal as rationals are one monomial, with the maximum of the coefficients.

    ``f + g`` is max(f, g), ``f * g`` is f + g, ``f ** q`` is q f for rational q >= 0, and ``f / g`` is the tropical
    rational f - g.  A number c stands for the constant polynomial c, so that ``f + 3`` is max(f, 3) and ``3 * f`` is
    f + 3.  ``==`` compares the monomials, :meth:`equals` the functions.  ``len(f)`` is the number of monomials.

    Raises InputError if ``terms`` is not a mapping or has no monomial (see :meth:`zero`), ShapeError if the
    exponents have unequal lengths, and the errors of :func:`troppoly.exact.rational`.

    >>> f = TropicalPolynomial({(1, 0): 2, (0, 1): "1/2", (0, 0): 0})
    >>> f
    max(x0 + 2, x1 + 1/2, 0)
    >>> f((3, "1/3")), len(f * f), f * f == f**2, (f * f).equals(f**2)
    (mpq(5,1), 6, False, True)
    """

    terms: Mapping[Exponent, mpq]
    """The monomials: a read-only mapping from exponents to coefficients."""
    n_variables: int

    def __init__(self, terms: Mapping[Sequence[Any], Any]) -> None:
        if not isinstance(terms, Mapping):
            raise InputError(f"The terms of a polynomial are a mapping, not {shown(terms)}.")
        if not terms:
            raise InputError("The terms need at least one monomial; TropicalPolynomial.zero(d) has none.")
        exact: list[tuple[Exponent, mpq]] = []
        for key, value in terms.items():
            exponent = rational_vector(key, f"exponent {shown(key)}", len(exact[0][0]) if exact else None)
            exact.append((exponent, rational(value, f"coefficient of the monomial {shown(key)}")))
        self._set(exact, len(exact[0][0]))

    def _set(self, monomials: Iterable[tuple[Exponent, mpq]], n_variables: int) -> None:
        terms: dict[Exponent, mpq] = {}
        for exponent, coefficient in monomials:
            if exponent not in terms or terms[exponent] < coefficient:
                terms[exponent] = coefficient
        self.__dict__.update(terms=MappingProxyType(terms), n_variables=int(n_variables))

    def __reduce__(self) -> tuple[Any, ...]:
        return TropicalPolynomial._of, (tuple(self.terms.items()), self.n_variables)

    @classmethod
    def _of(cls, monomials: Iterable[tuple[Exponent, mpq]], n_variables: int) -> TropicalPolynomial:
        """The sum of monomials (a_i, c_i) that are exact already."""
        result = cls.__new__(cls)
        result._set(monomials, n_variables)
        return result

    @classmethod
    @checked
    def from_lifted_points(cls, points: RationalMatrix) -> TropicalPolynomial:
        """Return the polynomial of the monomials (a_i, c_i) that are the rows of the (n, d + 1) matrix ``points``."""
        monomials = ((tuple(exponent), coefficient) for *exponent, coefficient in points.to_rationals())
        return cls._of(monomials, points.shape[1] - 1)

    @classmethod
    @checked
    def from_lifted_polytope(cls, lifted: Polyhedron) -> TropicalPolynomial:
        """Return the irredundant polynomial with the given lifted Newton polytope: its monomials are the vertices.

        Raises InputError unless the recession cone of ``lifted`` is the ray of (0, ..., 0, -1).
        """
        require_lifted(lifted)
        result = cls.from_lifted_points(vertex_matrix(lifted))
        result.__dict__.update(_lifted=lifted, _is_vertex=np.ones(len(result), dtype=bool))
        return result

    @classmethod
    @checked
    def variable(cls, index: Natural, n_variables: Natural) -> TropicalPolynomial:
        """Return the polynomial x_index; raises InputError unless 0 <= index < n_variables."""
        if index >= n_variables:
            raise InputError(f"There is no variable {index} among {n_variables} variables.")
        return cls._of([(tuple(mpq(int(j == index)) for j in range(n_variables)), mpq(0))], n_variables)

    @classmethod
    @checked
    def constant(cls, value: Any, n_variables: Natural) -> TropicalPolynomial:
        """Return the constant polynomial; the errors are those of :func:`troppoly.exact.rational`."""
        return cls._of([((mpq(0),) * int(n_variables), rational(value, "constant"))], n_variables)

    @classmethod
    @checked
    def zero(cls, n_variables: Natural) -> TropicalPolynomial:
        """Return the zero of the semiring, the sum of no monomials: f + zero is f, and f * zero is zero.

        >>> zero, x = TropicalPolynomial.zero(1), TropicalPolynomial.variable(0, 1)
        >>> zero, x + zero, sum([x, x * x], zero)
        (max(), max(x0), max(x0, 2*x0))
        """
        return cls._of((), n_variables)

    @classmethod
    def one(cls, n_variables: Natural) -> TropicalPolynomial:
        """Return the one of the semiring, the constant 0: f * one is f."""
        return cls.constant(0, n_variables)

    @classmethod
    def affine(cls, row: Sequence[Any], constant: Any) -> TropicalPolynomial:
        """Return the single monomial <row, x> + constant."""
        exponent = rational_vector(row, "row")
        return cls._of([(exponent, rational(constant, "constant"))], len(exponent))

    @classmethod
    def from_sage(cls, polynomial: Any) -> TropicalPolynomial:
        """Return a tropical polynomial of Sage's; see :func:`troppoly.polynomial.sage_polynomials.from_sage`."""
        return cls(from_sage(polynomial))

    def to_sage(self) -> Any:
        """Return Sage's tropical polynomial; see :func:`troppoly.polynomial.sage_polynomials.to_sage`."""
        return to_sage(self.terms, self.n_variables)

    @property
    def exponents(self) -> tuple[Exponent, ...]:
        """The exponents a_i, in the order of ``terms``."""
        return tuple(self.terms)

    @property
    def coefficients(self) -> tuple[mpq, ...]:
        """The coefficients c_i, in the order of ``terms``."""
        return tuple(self.terms.values())

    def __len__(self) -> int:
        return len(self.terms)

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    @cached_property
    def lifted_points(self) -> RationalMatrix:
        """The (n, d + 1) matrix of the points (a_i, c_i), in the order of ``terms``; InputError for the zero."""
        if not self.terms:
            raise InputError("The tropical zero is -infinity everywhere, no function with values in R.")
        return RationalMatrix.from_rationals(np.array([(*a, c) for a, c in self.terms.items()], dtype=object))

    def __call__(self, x: Sequence[Any]) -> mpq:
        """Return the exact value at the point ``x`` of d numbers; raises ShapeError for another length."""
        point = rational_vector(x, "point", self.n_variables)
        column, common = over_common_denominator(np.array([*point, mpq(1)], dtype=object))
        return mpq(max(self.lifted_points.numerators @ column), common * self.lifted_points.denominator)

    @cached_property
    def _floats(self) -> NDArray[np.float64]:
        return self.lifted_points.to_floats()

    def evaluate_float(self, points: Any) -> NDArray[np.float64]:
        """Return the (N,) values at the rows of an (N, d) array in floating point; ShapeError for another shape."""
        x = float_points(points, self.n_variables, axes=2)
        slopes, constants = self._floats[:, :-1], self._floats[:, -1]
        result = np.empty(len(x))
        step = max(1, _BLOCK // len(constants))
        for start in range(0, len(x), step):
            block = slice(start, start + step)
            result[block] = np.max(x[block] @ slopes.T + constants, axis=1)
        return result

    def _operand(self, other: Any) -> TropicalPolynomial:
        g = other if isinstance(other, TropicalPolynomial) else self.constant(other, self.n_variables)
        if g.n_variables != self.n_variables:
            raise ShapeError(f"The polynomials have {self.n_variables} and {g.n_variables} variables.")
        return g

    def _plus(self, other: TropicalPolynomial) -> TropicalPolynomial:
        return self._of(chain(self.terms.items(), other.terms.items()), self.n_variables)

    def _times(self, other: TropicalPolynomial) -> TropicalPolynomial:
        monomials = (
            (tuple([p + q for p, q in zip(a, b, strict=True)]), c + e)
            for a, c in self.terms.items()
            for b, e in other.terms.items()
        )
        return self._of(monomials, self.n_variables)

    def _over(self, other: TropicalPolynomial) -> TropicalRational:
        from troppoly.polynomial.rational import TropicalRational

        return TropicalRational(self, other)

    def __pow__(self, power: object) -> TropicalPolynomial:
        """Return q f, for a rational q >= 0, else InputError: -f is convex only if f is affine."""
        q = rational(power, "power")
        if q < 0:
            raise InputError(f"A tropical polynomial has no negative power {q}.")
        if q == 0:
            return self.one(self.n_variables)
        monomials = ((tuple(q * a for a in exponent), q * c) for exponent, c in self.terms.items())
        return self._of(monomials, self.n_variables)

    @checked
    def compose_affine(self, matrix: Any, vector: Sequence[Any]) -> TropicalPolynomial:
        """Return u -> f(A u + b), for A of shape (d, m) and b of length d; raises ShapeError if they do not fit."""
        a = RationalMatrix.of(matrix, where="matrix")
        b = RationalMatrix.of([rational_vector(vector, "vector", self.n_variables)]).T
        if a.shape[0] != self.n_variables:
            raise ShapeError(f"The matrix has shape {a.shape} where {self.n_variables} rows are needed.")
        last = RationalMatrix.of([[0] * a.shape[1] + [1]])
        return self.from_lifted_points(self.lifted_points @ a.hstack(b).vstack(last))

    def compose(self, inner: Any) -> TropicalRational:
        """Return f(r_0, ..., r_{d-1}); see :meth:`TropicalRational.compose`."""
        from troppoly.polynomial.rational import TropicalRational

        return TropicalRational.of(self, self.n_variables).compose(inner)

    @cached_property
    def _lifted(self) -> Any:
        return hull_of_sum([self.prune().lifted_points])

    @cached_property
    def _is_vertex(self) -> NDArray[np.bool_]:
        return are_vertices(self.lifted_points) if len(self) > 1 else np.ones(len(self), dtype=bool)

    def lifted_polytope(self) -> Any:
        """Return conv{(a_i, c_i)} + cone{(0, ..., 0, -1)} as a passagemath ``Polyhedron``."""
        return self._lifted

    def newton_polytope(self) -> Any:
        """Return conv{a_i} as a passagemath ``Polyhedron`` over the rationals."""
        return polyhedron([vertex[:-1] for vertex in self._lifted.vertices_list()], ambient_dim=self.n_variables)

    def monomial_status(self) -> dict[Exponent, MonomialStatus]:
        """Return for every monomial whether it is "vertex", "boundary" or "interior" (:mod:`.polytope.upper_hull`)."""
        if len(self) and self._is_vertex.all():
            return dict.fromkeys(self.terms, "vertex")
        status = upper_hull_status(self.lifted_points, self._lifted)
        return dict(zip(self.terms, status, strict=True))

    def redundant_monomials(self) -> tuple[Exponent, ...]:
        """Return the exponents of the monomials that are not vertices: without them the function is the same."""
        return tuple(compress(self.terms, ~self._is_vertex))

    def prune(self) -> TropicalPolynomial:
        """Return the same function with its vertex monomials only, in the same order."""
        if self._is_vertex.all():
            return self
        result = self._of(compress(self.terms.items(), self._is_vertex), self.n_variables)
        result.__dict__["_is_vertex"] = np.ones(len(result), dtype=bool)
        return result

    def equals(self, other: Any) -> bool:
        """Return whether a polynomial, rational or number is the same function on R^d, decided exactly.

        Raises InputError for anything else, and ShapeError for one in other variables.
        """
        from troppoly.polynomial.rational import TropicalRational

        if isinstance(other, TropicalRational):
            return other.equals(self)
        g = self._coerced(other)
        if g is None:
            raise InputError(f"A tropical polynomial or rational is needed, not {kind_of(other)}.")
        return self == g or self.prune() == g.prune()

    @cached_property
    def _normal_complex(self) -> NormalComplex:
        return normal_complex(self._lifted)

    def normal_complex(self) -> NormalComplex:
        """Return the complex of the regions where one monomial is the maximum, with their monomials."""
        return self._normal_complex

    def dual_subdivision(self) -> DualSubdivision:
        """Return the regular subdivision of the Newton polytope that the coefficients induce."""
        return DualSubdivision(self._normal_complex)

    def hypersurface(self) -> TropicalHypersurface:
        """Return the tropical hypersurface: the set where two monomials are maximal, with weights."""
        return TropicalHypersurface(self._normal_complex)

    def __repr__(self) -> str:
        if len(self) <= SHORT:
            return maximum(self.terms)
        return f"Tropical polynomial in {counted(self.n_variables, 'variable')} with {len(self)} monomials"

    def _latex_(self) -> str:
        return latex_maximum(self.terms)


@checked
def pruned_product(factors: Sequence[TropicalPolynomial], powers: Sequence[Any] | None = None) -> TropicalPolynomial:
    """Return f_1**q_1 * ... * f_k**q_k, the function q_1 f_1 + ... + q_k f_k, without redundancy.

    ``powers`` are k rationals q_i >= 0, by default all 1.  Its monomials are the vertices of the Minkowski sum of the
    lifted polytopes, found without the formal product (:mod:`troppoly.polytope.support`).

    Raises InputError for no factors or a negative power and ShapeError for unequal numbers of variables.

    >>> x = TropicalPolynomial.variable(0, 1)
    >>> pruned_product([x + 0, x + 1], [2, "1/2"])
    max(1/2, 5/2*x0, 2*x0 + 1/2)
    """
    d = _n_variables(factors, "factor")
    exact = rational_vector([1] * len(factors) if powers is None else powers, "powers", len(factors))
    if any(q < 0 for q in exact):
        raise InputError(f"A tropical polynomial has no negative power {min(exact)}.")
    used = [(q, f) for q, f in zip(exact, factors, strict=True) if q]
    if not all(f.terms for _, f in used):
        return TropicalPolynomial.zero(d)
    if not used:
        return TropicalPolynomial.one(d)
    return TropicalPolynomial.from_lifted_polytope(hull_of_sum([q * f.lifted_points for q, f in used]))


@checked
def pruned_sum(summands: Sequence[TropicalPolynomial]) -> TropicalPolynomial:
    """Return f_1 + ... + f_k, the function max(f_1, ..., f_k), without redundancy.

    Raises InputError for no summands and ShapeError for unequal numbers of variables.

    >>> x = TropicalPolynomial.variable(0, 1)
    >>> pruned_sum([x + 0, x * -1, x * x])
    max(0, 2*x0)
    """
    d = _n_variables(summands, "summand")
    matrices = [f.lifted_points for f in summands if f.terms]
    if not matrices:
        return TropicalPolynomial.zero(d)
    return TropicalPolynomial.from_lifted_polytope(hull_of_sum([reduce(RationalMatrix.vstack, matrices)]))


def _n_variables(polynomials: Sequence[TropicalPolynomial], kind: str) -> int:
    """The number of variables of at least one polynomial."""
    numbers = {f.n_variables for f in polynomials}
    if not numbers:
        raise InputError(f"There must be at least one {kind}.")
    if len(numbers) > 1:
        raise ShapeError(f"The polynomials have unequal numbers of variables {sorted(numbers)}.")
    return numbers.pop()
