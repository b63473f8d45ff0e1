"""Networks in plain Python fractions, sharing no code with the library.

A network is a list of layers ``(W, b, rectified)``: a list of rows, a list of numbers and a list of
booleans.  A monomial is a pair (exponent tuple, coefficient), a polynomial a list of monomials.
"""

from fractions import Fraction
from itertools import product


def relu_layers(weights, biases):
    """Layers with ReLU between and an affine last one; numbers are converted by Fraction."""
    layers = []
    for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        rows = [[Fraction(w) for w in row] for row in weight]
        layers.append((rows, [Fraction(b) for b in bias], [i < len(weights) - 1] * len(rows)))
    return layers


def evaluate(layers, x):
    values = [Fraction(v) for v in x]
    for weight, bias, rectified in layers:
        z = [sum((w * v for w, v in zip(row, values, strict=True)), b) for row, b in zip(weight, bias, strict=True)]
        values = [max(v, Fraction(0)) if r else v for v, r in zip(z, rectified, strict=True)]
    return values


def fraction(value):
    """Any rational number as a Fraction of Python integers."""
    return Fraction(int(value.numerator), int(value.denominator))


def evaluate_polynomial(monomials, x):
    return max(
        sum((fraction(a) * v for a, v in zip(exponent, x, strict=True)), fraction(c)) for exponent, c in monomials
    )


def _tropical_product(factors, d):
    """The product of the powers f^w of the pairs (f, w), w > 0, written out without any merging."""
    result = []
    for choice in product(*(f for f, _ in factors)):
        exponent, coefficient = [Fraction(0)] * d, Fraction(0)
        for (a, c), (_, w) in zip(choice, factors, strict=True):
            exponent = [e + w * v for e, v in zip(exponent, a, strict=True)]
            coefficient += w * c
        result.append((tuple(exponent), coefficient))
    return result


def expand(layers):
    """Numerator and denominator of every output, written out literally by the formal recursion."""
    d = len(layers[0][0][0])
    unit = [tuple(Fraction(int(i == j)) for i in range(d)) for j in range(d)]
    zero = (Fraction(0),) * d
    pairs = [([(unit[j], Fraction(0))], [(zero, Fraction(0))]) for j in range(d)]
    for weight, bias, rectified in layers:
        following = []
        for row, b, r in zip(weight, bias, rectified, strict=True):
            used = [(w, f, g) for w, (f, g) in zip(row, pairs, strict=True) if w != 0]
            upper = _tropical_product([(f, w) if w > 0 else (g, -w) for w, f, g in used], d)
            upper = [(a, c + b) for a, c in upper]
            lower = _tropical_product([(g, w) if w > 0 else (f, -w) for w, f, g in used], d)
            following.append((upper + lower if r else upper, lower))
        pairs = following
    return pairs
