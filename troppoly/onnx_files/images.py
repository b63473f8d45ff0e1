"""The ONNX operators of images and signals: convolutions, pooling, resizing, normalization."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from gmpy2 import floor, mpq

from troppoly.circuit.activations import absolute, max_pool
from troppoly.circuit.affine_operators import Kernel, average
from troppoly.circuit.contractions import interpolation
from troppoly.circuit.entries import Array
from troppoly.circuit.image_windows import Windows, axis_windows, product_windows, spaced_windows
from troppoly.circuit.operations import extreme, normalized, resampled, totals
from troppoly.errors import ShapeError
from troppoly.exact import rational
from troppoly.onnx_files.nodes import Node, Operand

__all__ = ["IMAGES"]

_DISAGREE = "the definition of ONNX and its runtimes take differently"


def _images(node: Node, operand: Operand, of_norm_1: bool = False) -> Array:
    """An operand that must be a batch of images or signals, channels first, or its absolute values."""
    value = node.value(operand)
    if value.ndim < 3:
        raise ShapeError(f"The {node.where} takes a batch of images, not shape {value.shape}.")
    if not of_norm_1:
        return value
    if node.attributes["p"] != 1:
        node.refuse(f"is not piecewise linear, since p = {node.attributes['p']} is not 1")
    return node.each(absolute, value)


def _convolved(node: Node, operand: Operand, weight: Operand, bias: Operand) -> tuple[Array, Kernel, list[int]]:
    """The images, the kernel of a convolution, and its lengths."""
    value = _images(node, operand)
    kernel = node.kernel(weight, bias, node.attributes["group"])
    shape = kernel.weight.shape
    lengths = list(shape[2:])
    if len(shape) != value.ndim or 0 in shape:
        raise ShapeError(f"The {node.where} has a weight of shape {shape}, but its input has shape {value.shape}.")
    if (node.integers(None, "kernel_shape") or lengths) != lengths:
        raise ShapeError(f"The {node.where} has a weight of shape {shape} and another kernel_shape.")
    if kernel.groups < 1:
        raise ShapeError(f"The {node.where} has {kernel.groups} groups.")
    return value, kernel, lengths


def _settings(node: Node, value: Array, kernel: list[int]) -> list[tuple[int, int, int, int]]:
    """The stride, the dilation and the padding before and after each axis of images."""
    n = value.ndim - 2
    strides = node.integers(None, "strides") or [1] * n
    dilations = node.integers(None, "dilations") or [1] * n
    pads = node.integers(None, "pads") or [0] * (2 * n)
    if not (len(kernel) == len(strides) == len(dilations) == n and len(pads) == 2 * n):
        raise ShapeError(f"The {node.where} has attributes that do not fit shape {value.shape}.")
    if node.attributes["auto_pad"] not in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"):
        node.refuse(f"has auto_pad {node.attributes['auto_pad']!r}")
    return list(zip(strides, dilations, pads[:n], pads[n:], strict=True))


def _windows(node: Node, value: Array, kernel: list[int]) -> Windows:
    """The windows that the attributes of a node describe."""
    automatic, axes = node.attributes["auto_pad"], []
    ceil = bool(node.attributes.get("ceil_mode", 0))
    settings = _settings(node, value, kernel)
    for length, k, (stride, dilation, before, after) in zip(value.shape[2:], kernel, settings, strict=True):
        if automatic != "NOTSET":
            before = after = 0
        if automatic.startswith("SAME") and stride > 0:
            missing = (-(-length // stride) - 1) * stride + dilation * (k - 1) + 1 - length
            if (missing < 0 or dilation > 1) and node.kind != "Conv":
                node.refuse(f"has auto_pad with windows that leave entries out, which {_DISAGREE}")
            missing = max(missing, 0)
            before = missing // 2 if automatic == "SAME_UPPER" else -(-missing // 2)
            after = missing - before
        axes.append(axis_windows(length, k, stride, (before, after), dilation, node.where, ceil))
    return product_windows(axes, node.where)


def _conv(node: Node, operand: Operand, weight: Operand, bias: Operand = None) -> Array:
    value, kernel, lengths = _convolved(node, operand, weight, bias)
    return node.images(value, partial(kernel.convolution, windows=_windows(node, value, lengths)))


def _conv_transpose(node: Node, operand: Operand, weight: Operand, bias: Operand = None) -> Array:
    value, kernel, lengths = _convolved(node, operand, weight, bias)
    n, automatic = len(lengths), node.attributes["auto_pad"]
    extra = node.integers(None, "output_padding") or [0] * n
    wanted = node.integers(None, "output_shape")
    wanted = None if wanted is None else wanted[-n:]
    if len(extra) != n or len(wanted or lengths) != n:
        raise ShapeError(f"The {node.where} has attributes that do not fit shape {value.shape}.")
    axes = []
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
        axes.append(spaced_windows(full - before - after, m, k, stride, (before, 0), dilation, node.where))
    return node.images(value, partial(kernel.transposed, windows=product_windows(axes, node.where)))


def _pool_windows(node: Node, value: Array) -> Windows:
    return _windows(node, value, node.integers(None, "kernel_shape") or [])


def _max_pool(node: Node, operand: Operand) -> Array:
    windows = _pool_windows(node, value := _images(node, operand))
    return node.images(value, lambda wires: max_pool(wires, windows, node.where))


def _average_pool(node: Node, operand: Operand, *, of_norm_1: bool = False) -> Array:
    windows = _pool_windows(node, value := _images(node, operand, of_norm_1))
    counted = windows.sizes if node.attributes.get("count_include_pad", 0) else windows.counts()
    return node.images(value, lambda wires: average(wires, windows, 1 if of_norm_1 else counted, node.where))


def _global_pool(node: Node, operand: Operand, *, of_norm_1: bool = False) -> Array:
    value = _images(node, operand, of_norm_1)
    return totals(node, value, range(2, value.ndim), True, mean=not of_norm_1)


def _global_max_pool(node: Node, operand: Operand) -> Array:
    value = _images(node, operand)
    return extreme(node, value, range(2, value.ndim), True, 1)


def _batch_normalization(node: Node, operand: Operand, *parameters: Operand) -> Array:
    value, attributes = node.value(operand), node.attributes
    trains = attributes.get("training_mode", 0) or sum(map(bool, node.proto.output)) > 1
    if trains or not attributes.get("spatial", 1):
        node.refuse("normalizes by the statistics of the batch; export the network in evaluation mode")
    names = ("scale", "bias", "mean", "variance")
    arrays = [node.array(part, name) for part, name in zip(parameters, names, strict=True)]
    if any(part.shape != (value.shape[1:2] or (0,)) for part in arrays):
        raise ShapeError(f"The {node.where} has parameters that do not fit shape {value.shape}.")
    weight, bias, mean, variance = arrays
    return normalized(node, value, weight, bias, mean, variance, float(node.number("epsilon")))


def _resize(node: Node, operand: Operand, *parameters: Operand) -> Array:
    value, attributes = node.value(operand), node.attributes
    n, old = value.ndim, node.version < 11
    arrays = [None if p is None or not np.size(node.constant(p, "size")) else p for p in parameters]
    scales, sizes = ([*arrays, None][0], None) if old else [*arrays, None, None, None][1:3]
    if "width_scale" in attributes:
        factors: list[Any] = [1, 1, attributes["height_scale"], attributes["width_scale"]]
    else:
        factors = attributes.get("scales", []) if scales is None else node.array(scales, "scale").tolist()
    lengths = None if sizes is None else node.integers(sizes, "sizes")
    axes = node.integers(None, "axes")
    axes = list(range(n)) if axes is None else [node.axis(axis, n) for axis in axes]
    if len(factors if lengths is None else lengths) != len(axes):
        raise ShapeError(f"The {node.where} has scales or sizes that do not fit shape {value.shape}.")
    if attributes.get("antialias", 0) or attributes.get("exclude_outside", 0):
        node.refuse("has antialias or exclude_outside, which is not supported")
    convention = "asymmetric" if old else attributes["coordinate_transformation_mode"]
    if lengths is None:
        ratios = [rational(factor, f"scale of {node.where}") for factor in factors]
        if min(ratios, default=1) <= 0:
            raise ShapeError(f"The {node.where} has a scale that is not positive.")
        exact = [r * value.shape[axis] for r, axis in zip(ratios, axes, strict=True)]
        lengths = [int(floor(length)) for length in exact]
        if lengths != exact and "align_corners" in convention:
            node.refuse(f"has align_corners with the scale of no whole length, which {_DISAGREE}")
    else:
        if min(lengths, default=1) < 1:
            raise ShapeError(f"The {node.where} has the sizes {lengths}.")
        ratios = [mpq(m, value.shape[axis]) for m, axis in zip(lengths, axes, strict=True)]
        policy = attributes.get("keep_aspect_ratio_policy", "stretch")
        if policy != "stretch":
            ratios = [{"not_larger": min, "not_smaller": max}[policy](ratios)] * len(axes)
            lengths = [int(floor(r * value.shape[axis] + mpq(1, 2))) for r, axis in zip(ratios, axes, strict=True)]
    nearest = "floor" if old else attributes["nearest_mode"]
    mode: str = {"nearest": nearest, "bilinear": "linear"}.get(attributes["mode"], attributes["mode"])
    cubic = rational(attributes.get("cubic_coeff_a", -0.75), f"cubic_coeff_a of {node.where}")
    for axis, ratio, m in zip(axes, ratios, lengths, strict=True):
        if ratio != 1:
            weights = interpolation(value.shape[axis], m, ratio, convention, mode, node.where, cubic)
            value = resampled(node, value, axis, weights.to_rationals())
    return value


IMAGES: dict[str, Callable[..., Any]] = {
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "MaxPool": _max_pool,
    "AveragePool": _average_pool,
    "LpPool": partial(_average_pool, of_norm_1=True),
    "GlobalAveragePool": _global_pool,
    "GlobalMaxPool": _global_max_pool,
    "GlobalLpPool": partial(_global_pool, of_norm_1=True),
    "BatchNormalization": _batch_normalization,
    **dict.fromkeys(("Upsample", "Resize"), _resize),
}
