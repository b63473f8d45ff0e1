"""Tropical polynomials, rational functions and maps as networks.

A maximum z_1, ..., z_k of affine forms is m_1 = z_1, m_i = m_(i-1) + max(z_i - m_(i-1), 0): one
rectified unit in each of k - 1 layers, in which identity units pass x and m_(i-1) on.  The walls of
these units that are none of the maximum's are no walls of the network's complex, since the maximum is
declared in ``max_groups``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.errors import InputError
from troppoly.exact import ObjectArray, RationalMatrix
from troppoly.network import Layer, Network
from troppoly.polynomial import TropicalMap, TropicalPolynomial, TropicalRational

__all__ = ["PiecewiseLinear", "as_network"]

PiecewiseLinear = Network | TropicalPolynomial | TropicalRational | TropicalMap


def as_network(function: PiecewiseLinear) -> Network:
    """Return a network of the same function; a network is returned as it is.

    Raises InputError for anything but a network, tropical polynomial, rational function or map.

    >>> x = TropicalPolynomial.variable(0, 1)
    >>> net = as_network(x + x ** 2 + 1)
    >>> net((5,)), net((-5,)), net
    ((mpq(10,1),), (mpq(1,1),), Network 1-4-1 (ReLU, 3 identity units))
    """
    if isinstance(function, Network):
        return function
    if isinstance(function, (TropicalPolynomial, TropicalRational)):
        function = TropicalMap([function])
    if not isinstance(function, TropicalMap):
        raise InputError(
            f"Expected a Network, TropicalPolynomial, TropicalRational or TropicalMap, not a {type(function).__name__}."
        )
    polynomials: dict[TropicalPolynomial, int] = {}
    signed = []
    for r in function.components:
        sides = (r.numerator.prune(), r.denominator.prune())
        signed.append([polynomials.setdefault(side, len(polynomials)) for side in sides])
    return _nested_maxima(list(polynomials), signed, function.n_variables)


def _nested_maxima(polynomials: Sequence[TropicalPolynomial], signed: Sequence[Sequence[int]], d: int) -> Network:
    """The network with outputs polynomials[i] - polynomials[j] for the pairs (i, j) of ``signed``."""
    forms = [f.lifted_points.to_rationals() for f in polynomials]  # rows (a, c)
    n, depth = len(forms), max(len(rows) for rows in forms)
    layers = []
    groups: list[list[tuple[int, int]]] = [[] for _ in forms]
    inputs, maxima = _identity(d), np.vstack([rows[0][:-1] for rows in forms])  # in terms of what is read
    biases = np.array([rows[0][-1] for rows in forms], dtype=object)
    for step in range(1, depth):
        active = [p for p in range(n) if len(forms[p]) > step]
        form = np.vstack([forms[p][step] for p in active])
        for position, p in enumerate(active):
            groups[p].append((step - 1, d + n + position))
        weight = np.vstack([inputs, maxima, form[:, :-1] @ inputs - maxima[active]])
        bias = np.concatenate([np.full(d, mpq(0)), biases, form[:, -1] - biases[active]])
        layers.append(_layer(weight, bias, np.arange(len(bias)) >= d + n))
        read = _identity(len(bias))  # x, the maxima, the steps
        inputs, maxima, biases = read[:d], read[d : d + n], np.full(n, mpq(0))
        maxima[active] += read[d + n :]
    plus, minus = (list(side) for side in zip(*signed, strict=True))
    layers.append(_layer(maxima[plus] - maxima[minus], biases[plus] - biases[minus], np.zeros(len(plus), bool)))
    return Network(tuple(layers), max_groups=tuple(tuple(group) for group in groups if group))


def _identity(size: int) -> ObjectArray:
    return RationalMatrix.identity(size).to_rationals()


def _layer(weight: ObjectArray, bias: ObjectArray, rectified: Any) -> Layer:
    return Layer(RationalMatrix.from_rationals(weight), RationalMatrix.from_rationals(bias[:, None]), rectified)
