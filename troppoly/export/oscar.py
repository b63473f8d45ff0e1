"""Scripts for OSCAR (Julia) that rebuild tropical polynomials over its max-plus semiring.

OSCAR's exponents are nonnegative integers, so each polynomial f is given by a polynomial F, a number N and
a vector m with N f(x) = F(x) + <m, x> (:mod:`troppoly.export.integer_monomials`): the script defines ``f``, or
``f`` and ``g`` of a rational function f / g, or ``f0``, ``g0``, ``f1``, ``g1``, ... of a map, each a named tuple
``(polynomial = F, scale = N, shift = m)``.  ``tropical_hypersurface(f.polynomial)`` is the hypersurface of f,
with weights N times as large.

Run it by ``include("polynomials.jl")``.
"""

from __future__ import annotations

from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.errors import InputError
from troppoly.export.integer_monomials import IntegerMonomials, TropicalFunction, integer_monomials, named_polynomials
from troppoly.writing import Destination, write_text

__all__ = ["oscar_script", "write_oscar"]

_LARGEST = 2**63 - 1


def oscar_script(function: TropicalFunction) -> str:
    """Return the script for a tropical polynomial, rational function or map of one variable or more.

    Raises InputError for anything else, and if an exponent does not fit into 64 bits.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> print(oscar_script(TropicalPolynomial({(1, 0): 2, (0, "1/2"): "1/3"})), end="")
    # Tropical polynomials over (QQ, max, +), with scale * f(x) = polynomial(x) + <shift, x>.
    using Oscar
    T = tropical_semiring(max)
    R, x = polynomial_ring(T, ["x0", "x1"])
    f = (polynomial = R(T(4))*x[1]^2 + R(T(2//3))*x[2], scale = 2, shift = [0, 0])
    """
    polynomials = named_polynomials(function)
    d = next(iter(polynomials.values())).n_variables
    if d == 0:
        raise InputError("A polynomial without variables is a number, which needs no script.")
    variables = ", ".join(f'"x{i}"' for i in range(d))
    lines = [
        "# Tropical polynomials over (QQ, max, +), with scale * f(x) = polynomial(x) + <shift, x>.",
        "using Oscar",
        "T = tropical_semiring(max)",
        f"R, x = polynomial_ring(T, [{variables}])",
    ]
    lines += [f"{name} = {_tuple(integer_monomials(f))}" for name, f in polynomials.items()]
    return "\n".join(lines) + "\n"


@checked
def write_oscar(function: TropicalFunction, path: Destination) -> None:
    """Write the script of :func:`oscar_script` to a file.

    Raises its errors, and OSError if the file cannot be written: then it is what it was before.

    >>> import troppoly as tp
    >>> from tempfile import mkdtemp
    >>> path = f"{mkdtemp()}/f.jl"
    >>> write_oscar(tp.TropicalPolynomial({(2,): 1, (0,): 0}), path)
    >>> print(open(path).readline(), end="")
    # Tropical polynomials over (QQ, max, +), with scale * f(x) = polynomial(x) + <shift, x>.
    """
    write_text(oscar_script(function), path)


def _tuple(monomials: IntegerMonomials) -> str:
    largest = max(a for exponent in monomials.exponents for a in exponent)
    if max(largest, *(abs(m) for m in monomials.shift)) > _LARGEST:
        raise InputError(f"The exponents have a common denominator {monomials.scale}, beyond 64 bits.")
    terms = (
        "*".join([f"R(T({_number(c)}))", *(_power(i, a) for i, a in enumerate(exponent, start=1) if a)])
        for exponent, c in zip(monomials.exponents, monomials.coefficients, strict=True)
    )
    shift = ", ".join(map(str, monomials.shift))
    return f"(polynomial = {' + '.join(terms)}, scale = {_integer(monomials.scale)}, shift = [{shift}])"


def _power(variable: int, exponent: int) -> str:
    return f"x[{variable}]" if exponent == 1 else f"x[{variable}]^{exponent}"


def _number(value: mpq) -> str:
    numerator = _integer(int(value.numerator))
    return numerator if value.denominator == 1 else f"{numerator}//{_integer(int(value.denominator))}"


def _integer(value: int) -> str:
    """A literal; Julia's own are 128 bits wide beyond 64, which OSCAR's rationals do not take."""
    return str(value) if abs(value) <= _LARGEST else f'big"{value}"'
