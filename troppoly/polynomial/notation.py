"""Tropical polynomials in writing: plain text and LaTeX, in classical notation.

A monomial is written as the affine form that it is, 2*x0 - x1 + 1/2, and a tropical polynomial as
the maximum of its monomials.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gmpy2 import mpq

__all__ = ["affine_form", "latex_affine_form", "latex_maximum", "maximum"]

Terms = Mapping[tuple[mpq, ...], mpq]


def affine_form(exponent: Sequence[mpq], coefficient: mpq) -> str:
    """Return <a, x> + c in plain text.

    >>> affine_form([mpq(2), mpq(-1)], mpq(1, 2)), affine_form([mpq(0)], mpq(0))
    ('2*x0 - x1 + 1/2', '0')
    """
    products = ((a, f"x{i}" if abs(a) == 1 else f"{abs(a)}*x{i}") for i, a in enumerate(exponent))
    return _signed_sum([*products, (coefficient, str(abs(coefficient)))])


def latex_affine_form(exponent: Sequence[mpq], coefficient: mpq) -> str:
    r"""Return <a, x> + c in LaTeX.

    >>> print(latex_affine_form([mpq(2), mpq(-1)], mpq(1, 2)))
    2 x_{0} - x_{1} + \frac{1}{2}
    """
    products = (
        (a, f"x_{{{i}}}" if abs(a) == 1 else f"{_latex_number(abs(a))} x_{{{i}}}") for i, a in enumerate(exponent)
    )
    return _signed_sum([*products, (coefficient, _latex_number(abs(coefficient)))])


def maximum(terms: Terms) -> str:
    """Return the maximum of the affine forms in plain text.

    >>> maximum({(mpq(1),): mpq(2), (mpq(0),): mpq(0)})
    'max(x0 + 2, 0)'
    """
    return f"max({', '.join(affine_form(a, c) for a, c in terms.items())})"


def latex_maximum(terms: Terms) -> str:
    r"""Return the maximum of the affine forms in LaTeX.

    >>> print(latex_maximum({(mpq(1),): mpq(2), (mpq(0),): mpq(0)}))
    \max\left(x_{0} + 2, 0\right)
    """
    forms = ", ".join(latex_affine_form(a, c) for a, c in terms.items())
    return rf"\max\left({forms}\right)" if terms else r"-\infty"


def _latex_number(value: mpq) -> str:
    if value.denominator == 1:
        return str(value)
    return rf"\frac{{{value.numerator}}}{{{value.denominator}}}"


def _signed_sum(summands: Iterable[tuple[mpq, str]]) -> str:
    """A sum of (value, absolute value in writing); those of value zero are left out."""
    text = ""
    for value, absolute in summands:
        if value == 0:
            continue
        sign = "-" if value < 0 else "+"
        if text:
            text += f" {sign} {absolute}"
        else:
            text = f"-{absolute}" if value < 0 else absolute
    return text or "0"
