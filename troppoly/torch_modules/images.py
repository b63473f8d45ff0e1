"""The convolutions, pooling, resampling and normalization of PyTorch on entries of affine forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from gmpy2 import mpq, mpz

from troppoly.circuit.activations import max_pool
from troppoly.circuit.affine_operators import average, convolution, normalization_scale, transposed_convolution
from troppoly.circuit.circuit import Wires
from troppoly.circuit.contractions import interpolation, resampled
from troppoly.circuit.windows import AxisWindows, adaptive_windows, axis_windows, product_windows, transposed_windows
from troppoly.errors import ShapeError
from troppoly.exact import SparseMatrix
from troppoly.torch_modules.arithmetic import added, multiplied
from troppoly.torch_modules.calls import Call, Place, each_axis, operation
from troppoly.torch_modules.forms import Entries

__all__: list[str] = []


@operation("convolution")
def _convolution(
    at: Call,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
    **of_backends: Any,
) -> Entries:
    kernel, shift = at.array(weight, "weight"), at.optional(bias, "bias")
    n, image = kernel.ndim - 2, tuple(input.shape[2:])
    names = (at.name, f"weight of {at.where}", f"bias of {at.where}")
    arguments = [each_axis(argument, n) for argument in (stride, padding, dilation, output_padding)]
    each = list(zip(image, kernel.shape[2:], *arguments, strict=True))
    if not transposed:
        axes = [axis_windows(m, k, s, (p, p), d, at.where) for m, k, s, p, d, _ in each]
        return at.images(at.entries(input), lambda x: convolution(x, kernel, shift, axes, groups, *names))
    result = tuple((m - 1) * s - 2 * p + d * (k - 1) + 1 + extra for m, k, s, p, d, extra in each)
    axes = [
        transposed_windows(length, m, k, s, p, d, at.where)
        for length, (m, k, s, p, d, _) in zip(result, each, strict=True)
    ]
    return at.images(
        at.entries(input), lambda x: transposed_convolution(x, kernel, shift, axes, result, groups, *names)
    )


def _windows(
    at: Call, value: Any, n: int, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil: bool
) -> list[AxisWindows]:
    stride = kernel if stride is None or list(stride) == [] else stride
    arguments = (each_axis(argument, n) for argument in (kernel, stride, padding, dilation))
    return [
        axis_windows(length, k, s, (p, p), d, at.where, ceil)
        for length, k, s, p, d in zip(value.shape[-n:], *arguments, strict=True)
    ]


def _batch(at: Call, value: Any, n: int) -> Entries:
    """A batch of images, whose first axis may be missing for a single one."""
    entries = at.entries(value)
    if entries.ndim not in (n + 1, n + 2):
        raise ShapeError(f"The {at.where} takes a batch with {n + 1} axes (channels first), not shape {entries.shape}.")
    return entries.reshape(-1, *entries.shape[-n - 1 :])


def _register_pooling(n: int) -> None:
    def pooled(at: Call, value: Any, pool: Callable[..., Wires], *arguments: Any) -> Entries:
        result = at.images(_batch(at, value, n), lambda x: pool(x, *arguments, at.where))
        return result.reshape(*value.shape[: -n - 1], *result.shape[-n - 1 :])

    @operation(f"max_pool{n}d_with_indices", f"max_pool{n}d")
    def max_pool_(
        at: Call,
        self: Any,
        kernel_size: Any,
        stride: Any = (),
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
    ) -> Any:
        axes = _windows(at, self, n, kernel_size, stride, padding, dilation, ceil_mode)
        result = pooled(at, self, max_pool, axes)
        return result, Place(result.shape)

    @operation(f"avg_pool{n}d")
    def average_pool(
        at: Call,
        self: Any,
        kernel_size: Any,
        stride: Any = (),
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Entries:
        axes = _windows(at, self, n, kernel_size, stride, padding, 1, ceil_mode)
        divisor = divisor_override or ("padded" if count_include_pad else "inside")
        return pooled(at, self, average, axes, divisor)

    def adaptive(at: Call, value: Any, output_size: Any) -> list[AxisWindows]:
        sizes = zip(value.shape[-n:], each_axis(output_size, n), strict=True)
        return [adaptive_windows(m, size, at.where) for m, size in sizes]

    @operation(f"adaptive_avg_pool{n}d")
    def adaptive_average_pool(at: Call, self: Any, output_size: Any) -> Entries:
        return pooled(at, self, average, adaptive(at, self, output_size), "inside")

    @operation(f"adaptive_max_pool{n}d")
    def adaptive_max_pool(at: Call, self: Any, output_size: Any) -> Any:
        result = pooled(at, self, max_pool, adaptive(at, self, output_size))
        return result, Place(result.shape)


for _n in (1, 2, 3):
    _register_pooling(_n)


def _register_resampling(name: str, mode: str, parts: tuple[str, ...]) -> None:
    @operation(f"upsample_{name}")
    def resample(at: Call, self: Any, output_size: Any, align_corners: bool, **given: Any) -> Entries:
        """Images with every axis resampled; a scale that is given is the number that is meant."""
        convention = "align_corners" if align_corners else "half_pixel"
        weights: list[Any] = [None, None]
        for part, m, size in zip(parts, self.shape[2:], output_size, strict=True):
            scale = mpq(size, m) if given.get(part) is None else mpq(given[part])
            weights.append(interpolation(m, size, scale, convention, mode, at.where))
        return at.images(at.entries(self), lambda x: resampled(x, weights, at.where))


_register_resampling("linear1d", "linear", ("scales",))
_register_resampling("bilinear2d", "linear", ("scales_h", "scales_w"))
_register_resampling("bicubic2d", "cubic", ("scales_h", "scales_w"))
_register_resampling("trilinear3d", "linear", ("scales_d", "scales_h", "scales_w"))


@operation("native_batch_norm", "native_batch_norm_legit_no_training", "cudnn_batch_norm", "native_batch_norm_legit")
def _batch_norm(
    at: Call,
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any = None,
    running_var: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    if training or running_mean is None or running_var is None:
        at.refuse("normalizes by the statistics of the batch, which is not piecewise linear; call eval() first")
    variance = at.array(running_var, "running_var")
    if input.ndim < 2 or input.shape[1] != len(variance):
        raise ShapeError(
            f"The {at.where} takes {len(variance)} channels, but its input has shape {tuple(input.shape)}."
        )
    scale = normalization_scale(at.optional(weight, "weight"), variance, eps)

    def channels(array: Any, part: str) -> Entries:
        entries = at.forms.constants(array.reshape(-1, 1), f"{part} of {at.where}")
        return entries.reshape(-1, *[1] * (input.ndim - 2))

    mean = channels(at.array(running_mean, "running_mean"), "mean")
    factors = channels(scale, "scale weight / sqrt(variance + eps)")
    result = multiplied(at, added(at, input, mean, -1), factors)
    if bias is not None:
        result = added(at, result, channels(at.array(bias, "bias"), "bias"))
    return result, Place((0,)), Place((0,))


@operation("col2im")
def _fold(at: Call, self: Any, output_size: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Entries:
    arguments = (each_axis(argument, 2) for argument in (kernel_size, stride, padding, dilation))
    axes = [
        axis_windows(length, k, s, (p, p), d, at.where)
        for length, k, s, p, d in zip(output_size, *arguments, strict=True)
    ]
    windows = product_windows(axes, output_size, at.where).positions  # (blocks, entries of a block)
    n, image = windows.shape[1], int(np.prod(output_size))
    channels = self.shape[1] // n
    places = windows.T[None] + image * np.arange(channels)[:, None, None]
    places = np.where((windows < 0).T[None], -1, places).reshape(self.shape[1:])

    def folded(x: Wires) -> Wires:
        source = np.flatnonzero(places.ravel() >= 0)
        ones = [mpz(1)] * len(source)
        shape = (channels * image, x.size)
        matrix = SparseMatrix.from_triples(places.ravel()[source], source, ones, shape)
        return x.mapped(matrix, (1, channels, *output_size))

    return at.images(at.entries(self), folded)
