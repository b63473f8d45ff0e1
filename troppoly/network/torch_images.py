"""The convolutions, pooling and normalisation of PyTorch on values of a circuit."""

from __future__ import annotations

from typing import Any

from troppoly.errors import ShapeError
from troppoly.network.activations import max_pool
from troppoly.network.affine_operators import average, convolution, normalisation, normalisation_scale
from troppoly.network.circuit import Wires
from troppoly.network.torch_calls import CallPlace, each_axis, piecewise_linear
from troppoly.network.windows import AxisWindows, adaptive_windows, axis_windows

__all__: list[str] = []


@piecewise_linear("conv1d", "conv2d", "conv3d")
def _conv(
    at: CallPlace,
    input: Wires,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Wires:
    kernel = at.array(weight, "weight")
    n = kernel.ndim - 2
    _check_image(at, input, n)
    dilations = each_axis(dilation, n)
    if padding == "same":
        reach = [d * (k - 1) for d, k in zip(dilations, kernel.shape[2:], strict=True)]
        paddings = [(r // 2, r - r // 2) for r in reach]
    else:
        paddings = [(p, p) for p in each_axis(0 if padding == "valid" else padding, n)]
    axes = [
        axis_windows(*arguments, where=at.where)
        for arguments in zip(
            input.shape[2:], kernel.shape[2:], each_axis(stride, n), paddings, dilations, strict=True
        )
    ]
    names = (f"weight of {at.where}", f"bias of {at.where}")
    return convolution(input, kernel, at.optional(bias, "bias"), axes, groups, at.name, *names)


def _check_image(at: CallPlace, value: Wires, n: int) -> None:
    if len(value.shape) != n + 2:
        raise ShapeError(
            f"The {at.where} takes a batch with {n + 1} axes (channels first), not shape {value.shape}; "
            "give input_shape without the axis of the batch."
        )


def _windows(
    at: CallPlace, value: Wires, n: int, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil: bool
) -> list[AxisWindows]:
    _check_image(at, value, n)
    stride = kernel if stride is None or stride == [] else stride
    arguments = (each_axis(argument, n) for argument in (kernel, stride, padding, dilation))
    return [
        axis_windows(length, k, s, (p, p), d, at.where, ceil)
        for length, k, s, p, d in zip(value.shape[2:], *arguments, strict=True)
    ]


def _register_pooling(n: int) -> None:
    @piecewise_linear(f"max_pool{n}d")
    def max_pool_(
        at: CallPlace,
        input: Wires,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Wires:
        if return_indices:
            at.refuse("returns indices, which are not piecewise linear")
        axes = _windows(at, input, n, kernel_size, stride, padding, dilation, ceil_mode)
        return max_pool(input, axes, at.where)

    @piecewise_linear(f"avg_pool{n}d")
    def average_pool(
        at: CallPlace,
        input: Wires,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Wires:
        axes = _windows(at, input, n, kernel_size, stride, padding, 1, ceil_mode)
        divisor = divisor_override or ("padded" if count_include_pad else "inside")
        return average(input, axes, divisor, at.where)

    def adaptive(at: CallPlace, value: Wires, output_size: Any) -> list[AxisWindows]:
        _check_image(at, value, n)
        sizes = zip(value.shape[2:], each_axis(output_size, n), strict=True)
        return [adaptive_windows(m, m if size is None else size, at.where) for m, size in sizes]

    @piecewise_linear(f"adaptive_avg_pool{n}d")
    def adaptive_average_pool(at: CallPlace, input: Wires, output_size: Any) -> Wires:
        return average(input, adaptive(at, input, output_size), "inside", at.where)

    @piecewise_linear(f"adaptive_max_pool{n}d")
    def adaptive_max_pool(
        at: CallPlace, input: Wires, output_size: Any, return_indices: bool = False
    ) -> Wires:
        if return_indices:
            at.refuse("returns indices, which are not piecewise linear")
        return max_pool(input, adaptive(at, input, output_size), at.where)


for _n in (1, 2, 3):
    _register_pooling(_n)


@piecewise_linear("batch_norm")
def _batch_norm(
    at: CallPlace,
    input: Wires,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Wires:
    if training or running_mean is None or running_var is None:
        at.refuse(
            "normalises by the statistics of the batch, which is not piecewise linear; call eval() first"
        )
    variance = at.array(running_var, "running_var")
    scale = normalisation_scale(at.optional(weight, "weight"), variance, eps)
    mean, shift = at.array(running_mean, "running_mean"), at.optional(bias, "bias")
    return normalisation(input, scale, mean, shift, at.name, at.where)
