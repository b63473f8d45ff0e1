"""What the tests of the package write and read: degenerate now and then, and known by construction."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np

import troppoly as tp


def text_of(write: Callable[..., None], value: Any) -> str:
    """What is written of a value."""
    write(value, stream := io.BytesIO())
    return stream.getvalue().decode()


def network(seed: int, widths: tuple[int, ...]) -> tp.Network:
    """A network with small integer weights."""
    random = np.random.default_rng(seed)
    shapes = list(zip(widths[1:], widths[:-1], strict=True))
    return tp.Network.from_arrays(
        [random.integers(-3, 4, shape) for shape in shapes], [random.integers(-3, 4, shape[0]) for shape in shapes]
    )


def maximum() -> tp.Network:
    """max(x, y, 1/3) by nested rectified units, in a group, with identity units."""
    circuit = [
        tp.Layer(tp.RationalMatrix.of([[0, 1], [1, -1]]), tp.RationalMatrix.of([[0], [0]]), [False, True]),
        tp.Layer(tp.RationalMatrix.of([[1, 1], [-1, -1]]), tp.RationalMatrix.of([[0], ["1/3"]]), [False, True]),
        tp.Layer(tp.RationalMatrix.of([[1, 1]]), tp.RationalMatrix.of([[0]]), [False]),
    ]
    return tp.Network(tuple(circuit), ("first", "second", "last"), (((0, 1), (1, 1)),))


def polynomial() -> tp.TropicalPolynomial:
    """Rational and negative exponents, a boundary and an interior monomial."""
    return tp.TropicalPolynomial(
        {(0, 0): "1/3", (2, 0): -1, (0, "3/2"): 0, (1, 0): "-1/3", (-1, -1): 2, ("1/2", "1/2"): -20}
    )


def rational() -> tp.TropicalRational:
    return polynomial() / tp.TropicalPolynomial({(1, 1): 0, (0, 0): 1})


def mapping() -> tp.TropicalMap:
    return tp.TropicalMap([rational(), polynomial()])
