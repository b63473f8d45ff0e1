"""A function as the library's object and as a program in fractions, and the catalogs of sources and questions."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import troppoly as tp
from tests.crossing.piecewise import Complex, rectifier
from troppoly.passagemath import polyhedron

SOURCES, QUESTIONS = {}, {}


@dataclass
class Case:
    """A function on R^d, or on the domain {x : <a, x> + c >= 0 for its forms (a, c)}."""

    function: Any
    program: list
    d: int
    domain: tuple = ()

    @cached_property
    def oracle(self):
        return Complex(self.program, self.d, self.domain)

    @cached_property
    def polyhedron(self):
        """The domain for the library, or None."""
        if not self.domain:
            return None
        return polyhedron(inequalities=[(c, *a) for *a, c in self.domain], ambient_dim=self.d)

    @cached_property
    def regions(self):
        return tp.linear_regions(self.function, domain=self.polyhedron)

    @property
    def n_outputs(self):
        return len(self.program[-1][2])

    @cached_property
    def layers(self):
        """The layers of a network as they are, in fractions."""
        return read_layers(self.function)


def fraction(value):
    return Fraction(int(value.numerator), int(value.denominator))


def fractions(values):
    return tuple(fraction(v) for v in values)


def read_layers(network):
    return [
        (
            [list(map(fraction, row)) for row in layer.weight.to_rationals()],
            [fraction(b) for (b,) in layer.bias.to_rationals()],
            layer.rectified.tolist(),
        )
        for layer in network.layers
    ]


def program_of(network):
    """The program of the layers of a network, every rectified unit on its own."""
    return [rectifier(*layer) for layer in read_layers(network)]


def source(function):
    SOURCES[function.__name__] = function
    return function


def question(function):
    QUESTIONS[function.__name__] = function
    return function
