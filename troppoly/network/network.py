"""Networks: exact compositions of layers whose last one is affine.

Weights are finite binary floats, so each of them *is* a rational number: nothing is lost on the way into a
:class:`Network`, and everything after it is exact.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import ArrayLike, NDArray

from troppoly.arguments import Seconds, checked
from troppoly.branching.extrema import OutputExtremum, form_of_outputs, output_maximum
from troppoly.branching.pieces import AffinePiece, image, preimage
from troppoly.branching.units import UnitSigns, unit_signs
from troppoly.circuit.layer import Layer
from troppoly.circuit.levels import arrange
from troppoly.errors import InputError, ShapeError, counted, require
from troppoly.exact import RationalMatrix, rational, rational_vector
from troppoly.exact.numerators import float_points
from troppoly.network.maxima import MaxGroup, checked_maxima
from troppoly.network.nnet import nnet_layers
from troppoly.untrusted import content_of, naming_file

__all__ = ["Network"]

_Shapes = Mapping[str, Sequence[int]]
_Floats = NDArray[np.float64]


@checked
@dataclass(frozen=True, slots=True, repr=False)
class Network:
    """The function x -> layers[-1](... layers[0](x) ...), a continuous piecewise linear map.

    ``layers`` is a sequence of at least one :class:`Layer`, the last one without rectified units; ``names`` are their
    names in messages (by default their numbers).  Two networks are equal if their layers and declared maxima are;
    that they are equal as *functions* is another question.

    ``max_groups`` declares maxima that are computed as m_1 = z_1, m_i = m_(i-1) + max(z_i - m_(i-1), 0), i <= k: the
    places (layer, unit) of these k - 1 rectified units, in ascending layers.  The sign of such a unit does not make a
    wall where a later unit of its group is positive.

    Raises ShapeError if consecutive layers do not fit and InputError if there is no layer, the last one has a
    rectified unit, or a group is not a maximum (:mod:`troppoly.network.maxima`).

    The absolute value as (x)+ + (-x)+:

    >>> net = Network.from_arrays([[[1], [-1]], [[1, 1]]], [[0, 0], [0]])
    >>> net, net(["-1/3"])
    (Network 1-2-1 (ReLU), (mpq(1,3),))
    """

    layers: tuple[Layer, ...]
    names: tuple[str, ...] = field(default=(), compare=False)
    max_groups: tuple[MaxGroup, ...] = ()

    def __post_init__(self) -> None:
        layers, names = tuple(self.layers), tuple(self.names) or tuple(map(str, range(len(self.layers))))
        object.__setattr__(self, "layers", layers)
        object.__setattr__(self, "names", names)
        if not layers:
            raise InputError("A network needs at least one layer.")
        if len(names) != len(layers):
            raise ShapeError(f"There are {len(names)} names for {len(layers)} layers.")
        for i, (before, layer) in enumerate(pairwise(layers)):
            if layer.n_inputs != before.n_outputs:
                n, m = counted(layer.n_inputs, "input"), counted(before.n_outputs, "output")
                raise ShapeError(f"Layer {names[i + 1]!r} takes {n}, but layer {names[i]!r} before it has {m}.")
        if layers[-1].rectified.any():
            raise InputError(f"The last layer {names[-1]!r} must be affine, but has rectified units.")
        object.__setattr__(self, "max_groups", checked_maxima(layers, self.max_groups))

    @classmethod
    @checked
    def from_arrays(cls, weights: Sequence[Any], biases: Sequence[Any] | None = None) -> Network:
        """Return the network with the given matrices and vectors, ReLU between, and an affine last layer.

        ``weights[i]`` has shape (n_i, n_{i-1}) and ``biases[i]`` shape (n_i,), or is None for zero; entries are any
        exact numbers or floats.  Raises ShapeError and NotFiniteError, which name the array and the entry.

        >>> Network.from_arrays([[[1, 1]], [["1/2"]]])((3, 1))
        (mpq(2,1),)
        """
        biases = [None] * len(weights) if biases is None else biases
        if len(weights) != len(biases):
            raise ShapeError(f"The numbers of weight matrices and of biases differ: {len(weights)} and {len(biases)}.")
        layers = (
            Layer.of(weight, bias, rectified=i + 1 < len(weights), where=(f"array weights[{i}]", f"array biases[{i}]"))
            for i, (weight, bias) in enumerate(zip(weights, biases, strict=True))
        )
        return cls(tuple(layers))

    @classmethod
    @checked
    def from_torch(cls, module: Any, input_shape: Sequence[int] | None = None, *, drop_final: bool = False) -> Network:
        """Return the network of a PyTorch module, whose ``forward`` is followed on affine forms.

        Accepted is, in evaluation mode, whatever PyTorch computes by operators that are piecewise linear and known
        (:mod:`troppoly.torch_modules.tracing`).  The argument of ``forward`` is a batch; ``input_shape`` is the shape
        of a point of it, such as (1, 28, 28), needed where the parameters do not tell it, and inputs are flattened in
        the order of C.  With ``drop_final`` a softmax, log-softmax or sigmoid that nothing follows is left out: another
        function with the same decision (the largest entry, or where a sigmoid is 1/2).

        Every number is the exact value of a float that PyTorch itself works with: parameters, constants of the code in
        their type, and for batch normalization the scale weight / sqrt(variance + eps) that is computed in it.

        Raises UnsupportedError, which names the module, the line of its code and the shape of the value, for
        anything else, and ShapeError, NotFiniteError and InputError for bad parameters or an unknown input shape.
        """
        from troppoly.torch_modules.tracing import module_outputs

        return cls(*arrange(module_outputs(module, input_shape, drop_final)))

    @classmethod
    @checked
    def from_onnx(
        cls, path: str | PathLike[str], outputs: Sequence[str] | None = None, shapes: _Shapes | None = None
    ) -> Network:
        """Return the network of an ONNX file of piecewise linear operators (:mod:`troppoly.onnx_files.graph`).

        Several inputs, each in the order of C, are one vector, in the order of the graph, and so are several outputs.
        ``outputs`` are the names of other results in the graph, say those before a softmax; ``shapes`` are the shapes
        of inputs by name, where the graph leaves them open, or where what it declares as a batch is one point.

        Raises UnsupportedError, which names the operator and its node, and FileFormatError for a damaged file.
        """
        from troppoly.onnx_files.graph import onnx_outputs

        with naming_file(path):
            return cls(*arrange(onnx_outputs(Path(path), outputs, shapes)))

    @classmethod
    @checked
    def from_nnet(cls, path: str | PathLike[str]) -> Network:
        """Return the network of a ``.nnet`` file, on normalized inputs (:mod:`troppoly.network.nnet`).

        Raises FileFormatError, which names the line.
        """
        with naming_file(path):
            return cls(nnet_layers(content_of(Path(path))))

    @property
    def n_inputs(self) -> int:
        """The number d of inputs."""
        return self.layers[0].n_inputs

    @property
    def n_outputs(self) -> int:
        """The number of outputs."""
        return self.layers[-1].n_outputs

    @property
    def widths(self) -> tuple[int, ...]:
        """The number of inputs and the numbers of units of all layers.

        >>> Network.from_arrays([[[1, 1]], [[2], [3]]]).widths
        (2, 1, 2)
        """
        return (self.n_inputs, *(layer.n_outputs for layer in self.layers))

    def __call__(self, x: Iterable[Any]) -> tuple[mpq, ...]:
        """Return the exact value at the point ``x``, a sequence of ``n_inputs`` exact numbers or floats."""
        values = rational_vector(x, "point", length=self.n_inputs)
        for layer in self.layers:
            values = layer(values)
        return values

    @checked
    def evaluate_float(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the values, of shape (..., n_outputs), at ``points`` of shape (..., n_inputs) in floats, not exactly.

        >>> Network.from_arrays([[[1], [-1]], [[1, 1]]]).evaluate_float([[-2.0], [3.0]])
        array([[2.],
               [3.]])
        """
        values = float_points(points, self.n_inputs)
        for layer in self.layers:
            values = layer.evaluate_float(values)
        return values

    @checked
    def restrict(self, matrix: Any, vector: Any) -> Network:
        """Return the network u -> net(A u + b), with A of shape (n_inputs, k) and b of shape (n_inputs,).

        For injective A this is the restriction to an affine subspace.  Raises ShapeError if the shapes do not fit.

        >>> net = Network.from_arrays([[[1, 2]]], [[0]])
        >>> net.restrict([[1], [1]], [5, 0])((10,)) == net((15, 10))
        True
        """
        names = ("matrix of the restriction", "vector of the restriction")
        inner = Layer.of(matrix, vector, where=names)
        first = self.layers[0]
        if inner.n_outputs != first.n_inputs:
            raise ShapeError(f"The {names[0]} has shape {inner.weight.shape} where {first.n_inputs} rows are needed.")
        weight, bias = first.weight @ inner.weight, first.weight @ inner.bias + first.bias
        return replace(self, layers=(Layer(weight, bias, first.rectified), *self.layers[1:]))

    @checked
    def image(self, domain: Any) -> tuple[AffinePiece, ...]:
        """Return the image of a domain as a union of polyhedra: those of the pieces on which the network is affine.

        A domain is a box of pairs (low, high), or a passagemath ``Polyhedron``, of any dimension, or None for R^d.  The
        pieces have the domain as their union, and no interior points (in its affine hull) in common.  Raises
        EmptyDomainError if the domain is empty and ShapeError if it lies in another space.

        >>> net = Network.from_arrays([[[1, 0], [0, 1]], [[1, 1], [1, -1]]])
        >>> [piece.image().vertices_list() for piece in net.image([(-1, 2), (1, 1)])]
        [[[1, -1], [3, 1]], [[1, -1]]]
        """
        return image(self.layers, domain)

    @checked
    def preimage(self, target: Any, domain: Any = None) -> tuple[AffinePiece, ...]:
        """Return the points of a domain whose outputs lie in a target, as a union of polyhedra in its affine pieces.

        Target and domain are as the domain of :meth:`image`.  Neighboring pieces have faces in common, and a piece
        may be such a face only.

        >>> net = Network.from_arrays([[[1], [-1]], [[1, 1]]])
        >>> [piece.polyhedron().vertices_list() for piece in net.preimage([(1, 2)])]
        [[[1], [2]], [[-2], [-1]]]
        """
        return preimage(self.layers, target, domain)

    @checked
    def maximum(
        self, form: int | Sequence[Any], domain: Any = None, *, seconds: Seconds | None = None
    ) -> OutputExtremum:
        """Return the exact maximum of an output, or of a linear form of the outputs, on a domain, and where it is.

        It is found by branching: parts of the domain on which proven bounds are below a value that is attained are
        not divided.  The domain is as that of :meth:`image`; raises BudgetError if ``seconds`` have passed.

        >>> net = Network.from_arrays([[[1, 0], [0, 1], [1, 1]], [[2, 1, -3]]], [[0, 0, -1], [0]])
        >>> net.maximum(0, [(-1, 1), (-1, 1)])
        Maximum 2 at (1, 0)
        """
        return output_maximum(self.layers, form_of_outputs(form, self.n_outputs), domain, 1, seconds)

    @checked
    def minimum(
        self, form: int | Sequence[Any], domain: Any = None, *, seconds: Seconds | None = None
    ) -> OutputExtremum:
        """Return the exact minimum of an output, or of a linear form of the outputs; as :meth:`maximum`."""
        return output_maximum(self.layers, form_of_outputs(form, self.n_outputs), domain, -1, seconds)

    @checked
    def unit_signs(self, domain: Any = None, *, seconds: Seconds | None = None) -> UnitSigns:
        """Return which units are dead, always on, or take both signs on a domain, proved; as :meth:`maximum`.

        >>> Network.from_arrays([[[1], [1]], [[1, 1]]], [[0, 3], [0]]).unit_signs([(-1, 1)]).always_on
        ((0, 1),)
        """
        return unit_signs(self.layers, domain, seconds)

    def to_arrays(self) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
        """Return weights and biases for ReLU between layers, as float64 arrays and without rounding.

        Hidden identity units are written as z = (z)+ - (-z)+; else ``Network.from_arrays(*net.to_arrays()) == net``.
        Raises InputError, which names the entry, if a number is not a float64.

        >>> Network.from_arrays([[[1], [2]], [[0.5, 0.25]]]).to_arrays()[0][1]
        array([[0.5 , 0.25]])
        """
        return _layer_floats(_split_identity_units(self.layers, range(len(self.layers) - 1)), self.names)

    def to_torch(self) -> Any:
        """Return the ``torch.nn.Sequential`` with exactly the weights of the network.

        The type is float32 if every weight is a float32 number, else float64.  In a layer of which only some units are
        rectified, identity units are written as z = (z)+ - (-z)+.  Raises InputError as :meth:`to_arrays` does.
        """
        partly = [i for i, layer in enumerate(self.layers) if layer.rectified.any() != layer.rectified.all()]
        return _module_of(_split_identity_units(self.layers, partly), self.names)

    def __repr__(self) -> str:
        hidden = [unit for layer in self.layers[:-1] for unit in layer.rectified.tolist()]
        n_identity = len(hidden) - sum(hidden)
        units = "ReLU" if any(hidden) else "affine"
        if n_identity and any(hidden):
            units += f", {counted(n_identity, 'identity unit')}"
        return f"Network {'-'.join(map(str, self.widths))} ({units})"


# --- in floats, without rounding


def _split_identity_units(layers: Sequence[Layer], chosen: Collection[int]) -> tuple[Layer, ...]:
    """Layers of the same function in which the chosen layers, not the last one, have rectified units only.

    By z = (z)+ - (-z)+ the row of an identity unit is repeated with the opposite sign, and so is its column in the
    next layer; floats stay floats.
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


def _layer_floats(layers: Sequence[Layer], names: Sequence[str]) -> tuple[list[_Floats], list[_Floats]]:
    """The weights and the biases of layers, of which every number must be a float64."""
    named = list(zip(names, layers, strict=True))
    weights = [_exact_floats(layer.weight, f"weight of layer {name!r}") for name, layer in named]
    return weights, [_exact_floats(layer.bias, f"bias of layer {name!r}")[:, 0] for name, layer in named]


def _exact_floats(matrix: RationalMatrix, where: str) -> _Floats:
    """The entries as float64; raises InputError, which names the first that is not one."""
    floats = matrix.to_floats()
    if not np.isfinite(floats).all() or RationalMatrix.of(floats) != matrix:
        exact = ((at, np.isfinite(x) and rational(x) == matrix[at]) for at, x in np.ndenumerate(floats))
        i, j = next(at for at, is_exact in exact if not is_exact)
        raise InputError(f"The {where}, entry ({i}, {j}) is {matrix[i, j]}, which is not a double precision number.")
    return floats


def _module_of(layers: Sequence[Layer], names: Sequence[str]) -> Any:
    """The ``torch.nn.Sequential`` of layers, in each of which all units are rectified or none."""
    torch = require("torch", extra="torch")
    weights, biases = _layer_floats(layers, names)
    with np.errstate(over="ignore", under="ignore"):
        single = all(np.array_equal(array.astype(np.float32), array) for array in (*weights, *biases))
    modules, dtype = [], torch.float32 if single else torch.float64
    for layer, weight, bias in zip(layers, weights, biases, strict=True):
        linear = torch.nn.utils.skip_init(torch.nn.Linear, layer.n_inputs, layer.n_outputs, dtype=dtype)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight.copy()))
            linear.bias.copy_(torch.from_numpy(bias.copy()))
        modules += [linear, torch.nn.ReLU()] if layer.rectified.all() else [linear]
    return torch.nn.Sequential(*modules)
