"""The ONNX operators of images and signals: convolutions, pooling, resizing, normalization."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
from gmpy2 import floor, mpq
from numpy.typing import NDArray

from troppoly.circuit.activations import absolute, max_over_axes, max_pool
from troppoly.circuit.affine_operators import (
    average,
    convolution,
    normalization,
    normalization_scale,
    total,
    transposed_convolution,
)
from troppoly.circuit.circuit import Wires
from troppoly.circuit.contractions import interpolation, resampled
from troppoly.circuit.windows import AxisWindows, axis_windows, transposed_windows
from troppoly.errors import NotFiniteError, ShapeError
from troppoly.exact import rational
from troppoly.onnx_files.values import Node, Operand, Value, operator

__all__: list[str] = []

Array = NDArray[Any]

_DISAGREE = "the definition of ONNX and its runtimes take differently"


def _images(node: Node, operand: Operand) -> Value:
    """An operand that must be a batch of images or signals, channels first."""
    value = node.value(operand)
    if len(value.shape) < 3:
        raise ShapeError(f"The {node.place} takes a batch of images, not shape {value.shape}.")
    if value.batch not in (None, 0):
        node.refuse_batch("takes images whose first axis is not that of the batch")
    return value


def _each(value: Value, function: Callable[[Wires], Wires]) -> Value:
    """A function of one image, applied to every image."""
    n = value.shape[0]
    results = [function(value.wires.rearranged(lambda a, i=i: a[i : i + 1])) for i in range(n)]  # type: ignore[misc]
    joint = results[0] if n == 1 else reduce(Wires.stacked, results)
    return value.following(joint.rearranged(lambda a: a.reshape(n, *results[0].shape[1:])))


def _kernel(node: Node, value: Value, weight: Operand) -> tuple[Array, list[int]]:
    """The constant weight of a convolution, and the lengths of its kernel."""
    kernel = node.constant(weight, "weight")
    lengths = list(kernel.shape[2:])
    if kernel.ndim != len(value.shape) or 0 in kernel.shape:
        raise ShapeError(
            f"The {node.place} has a weight of shape {kernel.shape}, but its input has shape {value.shape}."
        )
    if (node.integers(None, "kernel_shape") or lengths) != lengths:
        raise ShapeError(f"The {node.place} has a weight of shape {kernel.shape} and another kernel_shape.")
    if node.attributes["group"] < 1:
        raise ShapeError(f"The {node.place} has {node.attributes['group']} groups.")
    return kernel, lengths


def _settings(node: Node, value: Value, kernel: list[int]) -> list[tuple[int, int, int, int]]:
    """The stride, the dilation and the padding before and after each axis of images."""
    n = len(value.shape) - 2
    strides = node.integers(None, "strides") or [1] * n
    dilations = node.integers(None, "dilations") or [1] * n
    pads = node.integers(None, "pads") or [0] * (2 * n)
    if not (len(kernel) == len(strides) == len(dilations) == n and len(pads) == 2 * n):
        raise ShapeError(f"The {node.place} has attributes that do not fit shape {value.shape}.")
    if node.attributes["auto_pad"] not in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"):
        node.refuse(f"has auto_pad {node.attributes['auto_pad']!r}")
    return list(zip(strides, dilations, pads[:n], pads[n:], strict=True))


def _windows(node: Node, value: Value, kernel: list[int]) -> list[AxisWindows]:
    """The windows that the attributes of a node describe."""
    automatic, axes = node.attributes["auto_pad"], []
    ceil = bool(node.attributes.get("ceil_mode", 0))
    for length, k, (stride, dilation, before, after) in zip(
        value.shape[2:], kernel, _settings(node, value, kernel), strict=True
    ):
        if automatic != "NOTSET":
            before = after = 0
        if automatic.startswith("SAME") and stride > 0:
            missing = (-(-length // stride) - 1) * stride + dilation * (k - 1) + 1 - length
            if (missing < 0 or dilation > 1) and node.proto.op_type != "Conv":
                node.refuse(f"has auto_pad with windows that leave entries out, which {_DISAGREE}")
            missing = max(missing, 0)
            before = missing // 2 if automatic == "SAME_UPPER" else -(-missing // 2)
            after = missing - before
        axes.append(axis_windows(length, k, stride, (before, after), dilation, node.place, ceil))
    return axes


@operator("Conv")
def _conv(node: Node, operand: Operand, weight: Operand, bias: Operand = None) -> Value:
    value = _images(node, operand)
    kernel, lengths = _kernel(node, value, weight)
    return _convolved(node, value, bias, convolution, kernel, _windows(node, value, lengths))


def _convolved(
    node: Node, value: Value, bias: Operand, function: Callable[..., Wires], kernel: Array, *windows: Any
) -> Value:
    shift = None if bias is None else node.constant(bias, "bias")
    rest = (node.attributes["group"], node.name, f"weight of {node.place}", f"bias of {node.place}")
    return _each(value, lambda wires: function(wires, kernel, shift, *windows, *rest))


@operator("ConvTranspose")
def _conv_transpose(node: Node, operand: Operand, weight: Operand, bias: Operand = None) -> Value:
    value = _images(node, operand)
    kernel, lengths = _kernel(node, value, weight)
    n, automatic = len(lengths), node.attributes["auto_pad"]
    extra = node.integers(None, "output_padding") or [0] * n
    wanted = node.integers(None, "output_shape")
    wanted = None if wanted is None else wanted[-n:]
    if len(extra) != n or len(wanted or lengths) != n:
        raise ShapeError(f"The {node.place} has attributes that do not fit shape {value.shape}.")
    axes, image = [], []
    for i, (stride, dilation, before, after) in enumerate(_settings(node, value, lengths)):
        m, k = value.shape[2 + i], lengths[i]
        full = stride * (m - 1) + extra[i] + dilation * (k - 1) + 1
        if automatic == "VALID":
            before = after = 0
        if wanted is not None or automatic.startswith("SAME"):
            surplus = full - (m * stride if wanted is None else wanted[i])
            if surplus < 0 and wanted is None:
                node.refuse(f"has results beyond all windows, which {_DISAGREE}")
            before = surplus // 2 if automatic == "SAME_UPPER" else surplus - surplus // 2
            after = surplus - before
        image.append(full - before - after)
        axes.append(transposed_windows(image[i], m, k, stride, before, dilation, node.place))
    return _convolved(node, value, bias, transposed_convolution, kernel, axes, tuple(image))


def _pooled(node: Node, value: Value, pool: Callable[..., Wires], *arguments: Any) -> Value:
    axes = _windows(node, value, node.integers(None, "kernel_shape") or [])
    return _each(value, lambda wires: pool(wires, axes, *arguments, node.place))


@operator("MaxPool")
def _max_pool(node: Node, operand: Operand) -> Value:
    return _pooled(node, _images(node, operand), max_pool)


@operator("AveragePool")
def _average_pool(node: Node, operand: Operand) -> Value:
    divisor = "padded" if node.attributes.get("count_include_pad", 0) else "inside"
    return _pooled(node, _images(node, operand), average, divisor)


@operator("LpPool")
def _lp_pool(node: Node, operand: Operand) -> Value:
    return _pooled(node, _of_the_norm_1(node, operand), average, 1)


def _of_the_norm_1(node: Node, operand: Operand) -> Value:
    """The absolute values of images, for a pooling by their sum."""
    value = _images(node, operand)
    if node.attributes["p"] != 1:
        node.refuse(f"is not piecewise linear, since p = {node.attributes['p']} is not 1")
    return value.following(absolute(value.wires))


@operator("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
def _global_pool(node: Node, operand: Operand) -> Value:
    kind = node.proto.op_type
    value = _of_the_norm_1(node, operand) if kind == "GlobalLpPool" else _images(node, operand)
    axes = range(2, len(value.shape))
    if kind == "GlobalMaxPool":
        return value.following(max_over_axes(value.wires, axes, True))
    n = int(np.prod(value.shape[2:])) if kind == "GlobalAveragePool" else 1
    return value.following(total(value.wires, axes, True, mpq(1, n)))


@operator("BatchNormalization")
def _batch_normalization(
    node: Node, operand: Operand, scale: Operand, bias: Operand, mean: Operand, variance: Operand
) -> Value:
    value = node.value(operand)
    attributes = node.attributes
    trains = attributes.get("training_mode", 0) or sum(map(bool, node.proto.output)) > 1
    if trains or value.batch not in (None, 0) or not attributes.get("spatial", 1):
        node.refuse("normalizes by the statistics of the batch; export the network in evaluation mode")
    names = {"scale": scale, "bias": bias, "mean": mean, "variance": variance}
    weight, shift, centre, spread = (node.constant(part, name) for name, part in names.items())
    if any(part.shape != (value.shape[1:2] or (0,)) for part in (weight, shift, centre, spread)):
        raise ShapeError(f"The {node.place} has parameters that do not fit shape {value.shape}.")
    factor = normalization_scale(weight, spread, float(node.number("epsilon")))
    if not np.isfinite(factor).all():
        raise NotFiniteError(f"The {node.place} has a scale / sqrt(variance + epsilon) that is not finite.")
    return value.following(normalization(value.wires, factor, centre, shift, node.name, node.place))


@operator("Upsample", "Resize")
def _resize(node: Node, operand: Operand, *parameters: Operand) -> Value:
    value, attributes = node.value(operand), node.attributes
    n = len(value.shape)
    arrays = [None if p is None or not np.size(node.constant(p, "size")) else p for p in parameters]
    if node.version < 11:
        scales, sizes = (arrays[0] if arrays else None), None
    else:
        scales, sizes = [*arrays, None, None, None][1:3]
    if "width_scale" in attributes:
        factors: list[Any] = [1, 1, attributes["height_scale"], attributes["width_scale"]]
    else:
        factors = attributes.get("scales", []) if scales is None else node.constant(scales, "scale").tolist()
    lengths = node.integers(sizes, "sizes") if sizes is not None else None
    axes = node.integers(None, "axes")
    axes = list(range(n)) if axes is None else [node.axis(axis, n) for axis in axes]
    if len(factors if lengths is None else lengths) != len(axes):
        raise ShapeError(f"The {node.place} has scales or sizes that do not fit shape {value.shape}.")
    if attributes.get("antialias", 0) or attributes.get("exclude_outside", 0):
        node.refuse("has antialias or exclude_outside, which is not supported")
    if lengths is None:
        ratios = [rational(factor, f"scale of {node.place}") for factor in factors]
        if min(ratios, default=1) <= 0:
            raise ShapeError(f"The {node.place} has a scale that is not positive.")
        exact = [r * value.shape[axis] for r, axis in zip(ratios, axes, strict=True)]
        lengths = [int(floor(length)) for length in exact]
        if lengths != exact and "align_corners" in attributes.get("coordinate_transformation_mode", ""):
            node.refuse(f"has align_corners with the scale of no whole length, which {_DISAGREE}")
    else:
        if min(lengths, default=1) < 1:
            raise ShapeError(f"The {node.place} has the sizes {lengths}.")
        declared = value.declared_shape(node.n_points)
        ratios = [mpq(m, declared[axis]) for m, axis in zip(lengths, axes, strict=True)]
        policy = attributes.get("keep_aspect_ratio_policy", "stretch")
        if policy != "stretch":
            ratio = {"not_larger": min, "not_smaller": max}[policy](ratios)
            ratios = [ratio] * len(axes)
            lengths = [int(floor(ratio * declared[axis] + mpq(1, 2))) for axis in axes]
    old = node.version < 11
    mode = attributes["mode"]
    if mode == "nearest":
        mode = "floor" if old else attributes["nearest_mode"]
    convention = "asymmetric" if old else attributes["coordinate_transformation_mode"]
    weights: list[Any] = [None] * n
    for axis, ratio, m in zip(axes, ratios, lengths, strict=True):
        if ratio == 1:
            continue
        axis = node.feature_axis(axis, value)
        cubic = rational(attributes.get("cubic_coeff_a", -0.75), f"cubic_coeff_a of {node.place}")
        weights[axis] = interpolation(
            value.shape[axis], m, ratio, convention, {"bilinear": "linear"}.get(mode, mode), node.place, cubic
        )
    return value.following(resampled(value.wires, weights, node.place))
