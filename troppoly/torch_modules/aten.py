"""The operators of ATen, the library that all of PyTorch's functions are made of, without underscores around the names.

A function in :data:`OPERATIONS` takes the call, then the arguments of the operator, and returns entries, and None for
the places of maxima, which are not piecewise linear.

A comparison is kept as its *gap* g: it holds where g > 0, and where g = 0 it may hold or not.  A choice between a
and b by it is continuous where a = b for g = 0; if a - b = c g for a constant c, it is b + c max(g, 0).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from itertools import accumulate
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.circuit.activations import absolute, larger, max_pool, smaller
from troppoly.circuit.affine_operators import average, row_totals
from troppoly.circuit.circuit import Wires
from troppoly.circuit.contractions import interpolation
from troppoly.circuit.entries import Array, Entries
from troppoly.circuit.image_windows import Windows, adaptive_windows, axis_windows, product_windows, spaced_windows
from troppoly.circuit.operations import (
    CUT,
    PRODUCT,
    added,
    clamped,
    divided,
    entrywise,
    extreme,
    multiplied,
    normalized,
    products,
    rectified_with,
    resampled,
    shrunk,
    sorted_along,
    top,
    totals,
)
from troppoly.errors import ShapeError
from troppoly.exact import RationalMatrix, SparseMatrix
from troppoly.torch_modules.calls import AtenCall, each_axis, is_traced

__all__ = ["OPERATIONS", "chosen"]


# --- entry by entry


def _rrelu(
    at: AtenCall, self: Any, lower: float = 0.125, upper: float = 1 / 3, training: bool = False, **_: Any
) -> Array:
    if training:
        at.refuse("is in training mode, where it is random; call eval() first")
    return rectified_with(at, self, (lower + upper) / 2)


def _threshold(at: AtenCall, self: Any, threshold: Any, value: Any) -> Array:
    if at.number(threshold) != at.number(value):
        at.refuse(f"is not continuous, since its threshold {threshold} and its value {value} differ")
    return at.each(larger, self, value)


def _div(at: AtenCall, self: Any, other: Any, rounding_mode: Any = None) -> Array:
    if rounding_mode is not None:
        at.refuse(f"rounds, which is not continuous; {CUT}")
    return divided(at, self, other)


def _pow(at: AtenCall, self: Any, exponent: Any) -> Array:
    if isinstance(exponent, (int, float)) and exponent == 1:
        return at.entries(self)
    return at.refuse(f"is the power {exponent}, which is not piecewise linear; {CUT}")


def chosen(at: AtenCall, gap: Any, first: Any, second: Any) -> Array:
    """Return the first value where the gap is positive, and the second where it is negative."""

    def choice(g: Wires, a: Wires, b: Wires) -> Wires:
        difference = a - b
        gaps, jumps = g.forms.widened(difference.forms.shape[1]), difference.forms
        slopes, steps = [mpq(0)] * g.size, [0] * g.size
        for i, ((atoms, gap), (_, jump)) in enumerate(zip(gaps.nonzero_rows(), jumps.nonzero_rows(), strict=True)):
            if len(gap) and len(jump):
                if np.any(atoms > 0):
                    slopes[i] = mpq(jump[0] * gaps.denominator, gap[0] * jumps.denominator)
                else:
                    steps[i] = 1 if gap[0] > 0 else -1  # the comparison of constants
        undecided = [mpq(step == 0) for step in steps]
        if SparseMatrix.diagonal(slopes) @ gaps != SparseMatrix.diagonal(undecided) @ jumps:
            at.refuse(
                "chooses by a comparison between values that are not seen to agree where its two sides are "
                f"equal, so that it is not known to be continuous; {CUT}"
            )
        result = b + difference.scaled(RationalMatrix.of([[int(step > 0)] for step in steps]))
        if not any(slopes):
            return result
        return g.named(b.name or a.name).rectified().scaled(RationalMatrix.of([[s] for s in slopes])) + result

    return at.each(choice, gap, first, second)


# --- along axes


def _of_axis(at: AtenCall, self: Any, dim: Any = None, keepdim: bool = False, *, sign: int) -> Any:
    result = extreme(at, self, dim, keepdim, sign)
    return result if dim is None else (result, None)


def _running(at: AtenCall, self: Any, dim: int, *, sign: int) -> Any:
    def extremes(x: Wires) -> Wires:
        numbers = np.arange(x.size).reshape(x.shape).T
        columns = ((x * sign).picked(column) for column in numbers)
        joint = reduce(Wires.stacked, accumulate(columns, lambda before, column: larger(column, before)))
        return joint.picked(np.arange(x.size).reshape(numbers.shape).T) * sign

    return at.along(self, dim, extremes), None


def _vector_norm(at: AtenCall, self: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False) -> Array:
    if ord not in (1, np.inf, -np.inf):
        at.refuse(f"is the norm of order {ord}, which is not piecewise linear; {CUT}")
    sizes = at.each(absolute, self)
    return totals(at, sizes, dim, keepdim) if ord == 1 else extreme(at, sizes, dim, keepdim, 1 if ord > 0 else -1)


def _sorted(at: AtenCall, self: Any, dim: int = -1, descending: bool = False, stable: Any = None) -> Any:
    return sorted_along(at, self, dim, 1 if descending else -1), None


def _kthvalue(at: AtenCall, self: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    return sorted_along(at, self, dim, -1).take([k - 1] if keepdim else k - 1, dim), None


def _median(at: AtenCall, self: Any, dim: Any = None, keepdim: bool = False) -> Any:
    if dim is None:
        at.refuse("is the median along all axes, that of the batch among them; name the others")
    return _kthvalue(at, self, (self.shape[dim] + 1) // 2, dim, keepdim)


# --- products


def _product(at: AtenCall, one: Any, two: Any, bias: Any = None) -> Array:
    """The product of vectors, matrices or batches of these, of which one operand is constant."""
    varies = [is_traced(x) and not at.forms.is_constant(at.entries(x)).all() for x in (one, two)]
    if all(varies):
        at.refuse(PRODUCT)
    left = at.array(one, "weight") if varies[1] else at.entries(one)
    right = at.entries(two) if varies[1] else at.array(two, "weight")
    shape = (*left.shape[:-1], *right.shape[1:][-1:])
    left, right = left.reshape((1, 1, *left.shape)[-3:]), right[:, None] if right.ndim == 1 else right
    right = right.reshape((1, *right.shape)[-3:]).swapaxes(1, 2)
    result = products(at, right, left).swapaxes(1, 2) if varies[1] else products(at, left, right, bias)
    return result.reshape(shape)


def _affine(at: AtenCall, beta: Any = 1, alpha: Any = 1, **operands: Any) -> Array:
    """beta shift + alpha one two."""
    shift, one, two = operands.values()
    fits = shift.ndim == 1 and two.ndim == 2 and len(shift) == two.shape[1]
    if beta == alpha == 1 and fits and is_traced(one) and not is_traced(shift) and not is_traced(two):
        return _product(at, one, two, at.array(shift, "bias"))
    product = _product(at, one, two) if is_traced(one) or is_traced(two) else one @ two
    return added(at, multiplied(at, shift, beta) if beta != 1 else shift, product, at.number(alpha))


# --- sums at places


def _accumulated(at: AtenCall, base: Any, targets: Any, sources: Any, factor: Any = 1) -> Array:
    """The base plus, at its places ``targets`` in the order of C, the sources; places below 0 are left out."""
    flat, places = at.entries(base).ravel(), np.asarray(targets).ravel()
    entries = np.broadcast_to(at.entries(sources), np.shape(targets)).ravel()
    order = np.argsort(places, kind="stable")
    order = order[places[order] >= 0]
    hit, first, counts = np.unique(places[order], return_index=True, return_counts=True)
    result = flat.copy()
    for count in np.unique(counts):  # the places that as many sources are added to
        here = counts == count
        rows = entries[order[first[here][:, None] + np.arange(count)]]
        result[hit[here]] = added(at, flat[hit[here]], at.rows(rows, partial(row_totals, factor=factor)))
    return result.reshape(base.shape)


def _places(value: Any) -> Any:
    """The places of an array in the order of C."""
    return np.arange(value.numel()).reshape(tuple(value.shape))


def _scatter_add(at: AtenCall, self: Any, dim: int, index: Any, src: Any) -> Array:
    numbers = at.array(index, "index")
    lengths = tuple(slice(n) for n in numbers.shape)
    beside = tuple(slice(None) if axis == dim % self.ndim else cut for axis, cut in enumerate(lengths))
    targets = np.take_along_axis(_places(self)[beside], numbers, dim)
    return _accumulated(at, self, targets, at.entries(src)[lengths])


def _index_add(at: AtenCall, self: Any, dim: int, index: Any, source: Any, alpha: Any = 1) -> Array:
    return _accumulated(at, self, np.take(_places(self), at.array(index, "index"), dim), source, at.number(alpha))


def _index_put(at: AtenCall, self: Any, indices: Any, values: Any, accumulate: bool, **_: Any) -> Array:
    places = tuple(slice(None) if index is None else at.array(index, "index") for index in indices)
    return _accumulated(at, self, _places(self)[places], values)


def _fold(at: AtenCall, self: Any, output_size: Any, **windows: Any) -> Array:
    blocks = _windows(at, output_size, **windows).positions.T  # (entries of a block, blocks)
    image, channels = int(np.prod(output_size)), self.shape[1] // len(blocks)
    starts = image * np.arange(len(self) * channels)[:, None, None]
    base = Entries.of(np.zeros((len(self), channels, *output_size)))
    places = np.where(blocks < 0, -1, starts + blocks)
    return _accumulated(at, base, places, at.entries(self).reshape(places.shape))


# --- images


def _batch(at: AtenCall, value: Any, n: int) -> Array:
    """A batch of images, whose first axis may be missing for a single one."""
    entries = at.entries(value)
    batch = entries[None] if entries.ndim == n + 1 else entries
    if batch.ndim != n + 2 or (len(batch) == 1 and not at.forms.is_constant(batch).all()):
        shape = (1, *entries.shape[2:]) if batch.ndim == n + 2 else entries.shape
        raise ShapeError(
            f"The {at.where} takes a batch with {n + 1} axes (channels first), not shape {shape}; "
            "give input_shape without the axis of the batch."
        )
    return batch


def _convolution(
    at: AtenCall, input: Any, weight: Any, bias: Any, transposed: bool, groups: int, output_padding: Any, **spacing: Any
) -> Array:
    kernel = at.kernel(weight, bias, groups)
    lengths = kernel.weight.shape[2:]
    entries = _batch(at, input, len(lengths))
    spacing = {name: each_axis(spacing[name], len(lengths)) for name in ("stride", "padding", "dilation")}
    if not transposed:
        windows = _windows(at, entries.shape[2:], lengths, **spacing)
        return at.images(entries, partial(kernel.convolution, windows=windows))
    axes = []
    each = zip(entries.shape[2:], lengths, *spacing.values(), each_axis(output_padding, len(lengths)), strict=True)
    for m, k, s, p, d, extra in each:
        axes.append(spaced_windows((m - 1) * s - 2 * p + d * (k - 1) + 1 + extra, m, k, s, (p, 0), d, at.where))
    return at.images(entries, partial(kernel.transposed, windows=product_windows(axes, at.where)))


def _windows(at: AtenCall, image: Any, kernel_size: Any, ceil_mode: bool = False, **spacing: Any) -> Windows:
    settings = (
        kernel_size,
        spacing.get("stride") or kernel_size,
        spacing.get("padding", 0),
        spacing.get("dilation", 1),
    )
    each = zip(image, *(each_axis(setting, len(image)) for setting in settings), strict=True)
    axes = [axis_windows(length, k, s, (p, p), d, at.where, ceil_mode) for length, k, s, p, d in each]
    return product_windows(axes, at.where)


def _pooled(at: AtenCall, value: Any, windows: Windows, pool: Callable[..., Wires], *arguments: Any) -> Array:
    n = len(windows.image)
    result = at.images(_batch(at, value, n), lambda x: pool(x, windows, *arguments, at.where))
    return result.reshape(*value.shape[:-n], *result.shape[2:])


def _max_pool(at: AtenCall, self: Any, *, n: int, **windows: Any) -> Any:
    return _pooled(at, self, _windows(at, self.shape[-n:], **windows), max_pool), None


def _average_pool(
    at: AtenCall, self: Any, count_include_pad: bool = True, divisor_override: Any = None, *, n: int, **windows: Any
) -> Array:
    axes = _windows(at, self.shape[-n:], **windows)
    return _pooled(at, self, axes, average, divisor_override or (axes.sizes if count_include_pad else axes.counts()))


def _adaptive_pool(at: AtenCall, self: Any, output_size: Any, *, n: int, largest: bool) -> Any:
    sizes = zip(self.shape[-n:], each_axis(output_size, n), strict=True)
    windows = product_windows([adaptive_windows(m, size, at.where) for m, size in sizes], at.where)
    if largest:
        return _pooled(at, self, windows, max_pool), None
    return _pooled(at, self, windows, average, windows.counts())


def _upsample(
    at: AtenCall, self: Any, output_size: Any, align_corners: bool, *, mode: str, names: Any, **given: Any
) -> Array:
    """Images with every axis resampled; a scale that is given is the number that is meant."""
    result: Array = at.entries(self)
    convention = "align_corners" if align_corners else "half_pixel"
    for axis, (name, n) in enumerate(zip(names, output_size, strict=True), 2):
        m = self.shape[axis]
        scale = mpq(n, m) if given.get(name) is None else mpq(given[name])
        weights = interpolation(m, n, scale, convention, mode, at.where)
        result = resampled(at, result, axis, weights.to_rationals())
    return result


def _batch_norm(
    at: AtenCall, input: Any, weight: Any, bias: Any, training: bool = False, eps: float = 1e-5, **running: Any
) -> Any:
    mean, variance = running.get("running_mean"), running.get("running_var")
    if training or mean is None or variance is None:
        at.refuse("normalizes by the statistics of the batch, which is not piecewise linear; call eval() first")
    return normalized(at, input, weight, bias, mean, variance, eps), None, None


OPERATIONS: dict[str, Callable[..., Any]] = {
    "relu": entrywise(Wires.rectified),
    "abs": entrywise(absolute),
    "neg": entrywise(lambda x: x * -1),
    "leaky_relu": lambda at, self, negative_slope=0.01: rectified_with(at, self, negative_slope),
    "rrelu_with_noise": _rrelu,
    "prelu_kernel": lambda at, self, weight: rectified_with(at, self, weight),
    "hardtanh": lambda at, self, min_val=-1, max_val=1: clamped(at, self, min_val, max_val),
    **dict.fromkeys(
        ("clamp", "clip", "clamp_min", "clamp_max"), lambda at, self, min=None, max=None: clamped(at, self, min, max)
    ),
    "hardsigmoid": lambda at, self: multiplied(at, clamped(at, added(at, self, 3), 0, 6), mpq(1, 6)),
    "softshrink": lambda at, self, lambd=0.5: shrunk(at, self, at.number(lambd)),
    "threshold": _threshold,
    **dict.fromkeys(("maximum", "fmax"), lambda at, self, other: at.each(larger, self, other)),
    **dict.fromkeys(("minimum", "fmin"), lambda at, self, other: at.each(smaller, self, other)),
    "add": lambda at, self, other, alpha=1: added(at, self, other, at.number(alpha)),
    "sub": lambda at, self, other, alpha=1: added(at, self, other, -at.number(alpha)),
    "rsub": lambda at, self, other, alpha=1: added(at, other, self, -at.number(alpha)),
    "mul": lambda at, self, other: multiplied(at, self, other),
    "div": _div,
    "lerp": lambda at, self, end, weight: added(at, self, multiplied(at, added(at, end, self, -1), weight)),
    "addcmul": lambda at, self, value=1, **pair: added(at, self, multiplied(at, *pair.values()), at.number(value)),
    "addcdiv": lambda at, self, value=1, **pair: added(at, self, divided(at, *pair.values()), at.number(value)),
    "pow": _pow,
    **dict.fromkeys(("gt", "ge"), lambda at, self, other: added(at, self, other, -1)),
    **dict.fromkeys(("lt", "le"), lambda at, self, other: added(at, other, self, -1)),
    **dict.fromkeys(("sum", "nansum"), lambda at, self, dim=None, keepdim=False: totals(at, self, dim, keepdim)),
    **dict.fromkeys(
        ("mean", "nanmean"), lambda at, self, dim=None, keepdim=False: totals(at, self, dim, keepdim, mean=True)
    ),
    "amax": lambda at, self, dim=None, keepdim=False: extreme(at, self, dim, keepdim, 1),
    "amin": lambda at, self, dim=None, keepdim=False: extreme(at, self, dim, keepdim, -1),
    "aminmax": lambda at, self, dim=None, keepdim=False: tuple(extreme(at, self, dim, keepdim, s) for s in (-1, 1)),
    "max": partial(_of_axis, sign=1),
    "min": partial(_of_axis, sign=-1),
    "cummax": partial(_running, sign=1),
    "cummin": partial(_running, sign=-1),
    "cumsum": lambda at, self, dim: resampled(at, self, dim, np.tri(self.shape[dim], dtype=np.int64)),
    "linalg_vector_norm": _vector_norm,
    **dict.fromkeys(("sort", "msort"), _sorted),
    "topk": lambda at, self, k, dim=-1, largest=True, sorted=True: (top(at, self, k, dim, 1 if largest else -1), None),
    "kthvalue": _kthvalue,
    **dict.fromkeys(("median", "nanmedian"), _median),
    **dict.fromkeys(("mm", "bmm", "mv", "dot", "vdot"), lambda at, **factors: _product(at, *factors.values())),
    **dict.fromkeys(("addmm", "addmv", "baddbmm"), _affine),
    "scatter_add": _scatter_add,
    "index_add": _index_add,
    **dict.fromkeys(("index_put", "index_put_impl"), _index_put),
    "col2im": _fold,
    "convolution": _convolution,
    **{f"max_pool{n}d{end}": partial(_max_pool, n=n) for n in (1, 2, 3) for end in ("", "_with_indices")},
    **{f"avg_pool{n}d": partial(_average_pool, n=n) for n in (1, 2, 3)},
    **{f"adaptive_avg_pool{n}d": partial(_adaptive_pool, n=n, largest=False) for n in (1, 2, 3)},
    **{f"adaptive_max_pool{n}d": partial(_adaptive_pool, n=n, largest=True) for n in (1, 2, 3)},
    "upsample_linear1d": partial(_upsample, mode="linear", names=("scales",)),
    "upsample_bilinear2d": partial(_upsample, mode="linear", names=("scales_h", "scales_w")),
    "upsample_bicubic2d": partial(_upsample, mode="cubic", names=("scales_h", "scales_w")),
    "upsample_trilinear3d": partial(_upsample, mode="linear", names=("scales_d", "scales_h", "scales_w")),
    **dict.fromkeys(
        ("native_batch_norm", "native_batch_norm_legit_no_training", "native_batch_norm_legit"), _batch_norm
    ),
}
