"""Tropical polynomials in writing, in classical notation: the maximum of the affine forms that monomials are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from gmpy2 import mpq

from troppoly.exact.scalar import latex

__all__ = ["latex_maximum", "maximum"]

Terms = Mapping[tuple[mpq, ...], mpq]


def maximum(terms: Terms) -> str:
    """Return the maximum of the affine forms in plain text.

    >>> maximum({(mpq(2), mpq(-1)): mpq(1, 2), (mpq(0), mpq(0)): mpq(0)})
    'max(2*x0 - x1 + 1/2, 0)'
    """
    return f"max({', '.join(_affine_forms(terms, str, '*', 'x{}'))})"


def latex_maximum(terms: Terms) -> str:
    r"""Return the maximum of the affine forms in LaTeX."""
    forms = ", ".join(_affine_forms(terms, latex, " ", "x_{{{}}}"))
    return rf"\max\left({forms}\right)" if terms else r"-\infty"


def _affine_forms(terms: Terms, number: Callable[[mpq], str], times: str, variable: str) -> Iterator[str]:
    """The <a, x> + c; summands that are zero are left out."""
    for exponent, coefficient in terms.items():
        factors = [number(abs(a)) + times if abs(a) != 1 else "" for a in exponent]
        products = [factor + variable.format(i) for i, factor in enumerate(factors)]
        summands = zip([*exponent, coefficient], [*products, number(abs(coefficient))], strict=True)
        text = "".join((" - " if value < 0 else " + ") + absolute for value, absolute in summands if value)
        yield ("-" if text.startswith(" - ") else "") + text[3:] or "0"
