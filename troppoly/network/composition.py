"""The normal form of a composition of affine maps and rectifications.

Modules and files are read as a sequence of steps; here the sequence becomes layers.  An affine map
and the rectification after it are one layer.  Nothing is multiplied out, so the numbers of the layers
are the numbers that were read:

- an affine map with no rectification after it is a layer of identity units,
- a rectification with no affine map before it comes after an identity matrix,
- a rectification at the end is followed by an identity matrix, so that the last layer is affine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from troppoly.circuit.layer import Layer
from troppoly.errors import InputError, ShapeError
from troppoly.exact import RationalMatrix, rational_vector

__all__ = ["Affine", "Rectification", "normal_form", "split_identity_units"]


@dataclass(frozen=True, slots=True)
class Affine:
    """The step a -> W a + b, with the name of the place it was read from."""

    name: str
    weight: RationalMatrix
    bias: RationalMatrix

    @classmethod
    def of(cls, name: str, weight: Any, bias: Any, weight_name: str = "weight", bias_name: str = "bias") -> Affine:
        """Return the exact step of a matrix (n_out, n_in) and a vector (n_out,), or None for zero.

        ``weight_name`` and ``bias_name`` say in error messages where the numbers stand.  Raises
        ShapeError if the shapes do not fit and NotFiniteError for NaN and infinities.

        >>> Affine.of("0", [[1, 2]], None).bias
        RationalMatrix([['0']])
        """
        matrix = RationalMatrix.of(weight, weight_name)
        n_out = matrix.shape[0]
        if 0 in matrix.shape:
            raise ShapeError(f"The {weight_name} has shape {matrix.shape}, which is empty.")
        if bias is None:
            return cls(name, matrix, RationalMatrix.zeros(n_out, 1))
        vector = rational_vector(bias, bias_name, length=n_out)
        return cls(name, matrix, RationalMatrix.of([(b,) for b in vector]))


@dataclass(frozen=True, slots=True)
class Rectification:
    """The step a -> max(a, 0), entry by entry, with the name of the place it was read from."""

    name: str


def normal_form(steps: Iterable[Affine | Rectification]) -> tuple[tuple[Layer, ...], tuple[str, ...]]:
    """Return the layers of a composition, first step first, and their names.

    Raises InputError if there is no affine step, since the number of inputs is unknown then, and
    ShapeError if a step does not take the outputs of the one before.

    >>> layers, names = normal_form([Affine.of("fc", [[1, -1]], [2]), Rectification("relu")])
    >>> [(name, layer.weight, layer.rectified) for name, layer in zip(names, layers)]
    [('fc', RationalMatrix([['1', '-1']]), array([ True])), ('relu', RationalMatrix([['1']]), array([False]))]
    """
    layers: list[Layer] = []
    names: list[str] = []
    rectification: str | None = None  # the name of the last one

    def append_identity(name: str, size: int, rectified: bool) -> None:
        weight, bias = RationalMatrix.identity(size), RationalMatrix.zeros(size, 1)
        layers.append(Layer(weight, bias, np.full(size, rectified)))
        names.append(name)

    for step in steps:
        if isinstance(step, Affine):
            n_out, n_in = step.weight.shape
            if not layers and rectification is not None:
                append_identity(rectification, n_in, True)
            if layers and layers[-1].n_outputs != n_in:
                raise ShapeError(
                    f"Layer {step.name!r} takes {n_in} inputs, but layer {names[-1]!r} before it "
                    f"has {layers[-1].n_outputs} outputs."
                )
            layers.append(Layer(step.weight, step.bias, np.full(n_out, False)))
            names.append(step.name)
        else:
            rectification = step.name
            if layers:
                last = layers.pop()
                layers.append(Layer(last.weight, last.bias, np.full(last.n_outputs, True)))
    if not layers:
        raise InputError("A network needs an affine layer; without one its number of inputs is unknown.")
    if rectification is not None and layers[-1].rectified.any():
        append_identity(rectification, layers[-1].n_outputs, False)
    return tuple(layers), tuple(names)


def split_identity_units(layers: Sequence[Layer], chosen: Collection[int]) -> tuple[Layer, ...]:
    """Return layers of the same function in which the chosen layers have rectified units only.

    An identity unit z is two rectified ones, z = (z)+ - (-z)+: its row is repeated with the opposite
    sign, and so is its column in the next layer.  Signs are all that changes, so floats stay floats.
    The last layer cannot be chosen.

    >>> layer = Layer(RationalMatrix.of([[2]]), RationalMatrix.of([[1]]), np.array([False]))
    >>> first, last = split_identity_units([layer, layer], chosen=[0])
    >>> first.weight, first.bias, last.weight
    (RationalMatrix([['2'], ['-2']]), RationalMatrix([['1'], ['-1']]), RationalMatrix([['2', '-2']]))
    """
    result = []
    doubled = np.zeros(layers[0].n_inputs, dtype=bool)  # which inputs of the layer come twice
    for i, layer in enumerate(layers):
        weight, bias, rectified = layer.weight, layer.bias, layer.rectified
        if doubled.any():
            weight = weight.hstack(-weight.take_columns(doubled))
        doubled = ~rectified if i in chosen else np.zeros_like(rectified)
        if doubled.any():
            weight = weight.vstack(-weight.take_rows(doubled))
            bias = bias.vstack(-bias.take_rows(doubled))
            rectified = np.full(weight.shape[0], True)
        result.append(Layer(weight, bias, rectified))
    return tuple(result)
