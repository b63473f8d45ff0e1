"""PyTorch modules in plain Python fractions, by loops over nested lists, sharing no code with the library.

Images are dictionaries from (channel, row, column) to fractions; vectors are lists.
"""

from fractions import Fraction
from itertools import product


def _relu(v):
    return max(v, Fraction(0))


def _numbers(tensor):
    return [Fraction(v) for v in tensor.detach().double().flatten().tolist()]


def _pairs(value):
    return value if isinstance(value, tuple) else (value, value)


def _pointwise(function, x):
    return {k: function(v) for k, v in x.items()} if isinstance(x, dict) else [function(v) for v in x]


def image(numbers, channels, height, width):
    """The image of a flat list of numbers, in the order of C."""
    return dict(zip(product(range(channels), range(height), range(width)), numbers, strict=True))


def _size(x):
    return tuple(1 + max(key[i] for key in x) for i in range(3))


def _windows(x, kernel, stride, padding, dilation=(1, 1)):
    """For every place of a window, the places in the image by place in the kernel (may be outside)."""
    _, height, width = _size(x)
    counts = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip((height, width), kernel, stride, padding, dilation, strict=True)
    ]
    for i, j in product(range(counts[0]), range(counts[1])):
        yield (
            (i, j),
            {
                (a, b): (i * stride[0] + a * dilation[0] - padding[0], j * stride[1] + b * dilation[1] - padding[1])
                for a, b in product(range(kernel[0]), range(kernel[1]))
            },
        )


def _convolution(m, x):
    weight = m.weight.detach().double().tolist()
    bias = _numbers(m.bias)
    channels_out, per_group = len(weight), len(weight[0])
    windows = list(_windows(x, m.kernel_size, _pairs(m.stride), _pairs(m.padding), _pairs(m.dilation)))
    result = {}
    for out in range(channels_out):
        first = out // (channels_out // m.groups) * per_group
        for place, window in windows:
            result[(out, *place)] = bias[out] + sum(
                Fraction(weight[out][c][a][b]) * x.get((first + c, *at), Fraction(0))
                for c in range(per_group)
                for (a, b), at in window.items()
            )
    return result


def _pool(m, x, reduce):
    arguments = (_pairs(m.kernel_size), _pairs(m.stride), _pairs(m.padding))
    return {
        (c, *place): reduce([x[(c, *at)] for at in window.values() if (c, *at) in x], len(window))
        for c in range(_size(x)[0])
        for place, window in _windows(x, *arguments)
    }


def evaluate_module(m, x):
    """The value of a module at a vector or an image of fractions."""
    name = type(m).__name__
    if name == "Sequential":
        for child in m:
            x = evaluate_module(child, x)
        return x
    if name == "Linear":
        rows, bias = m.weight.detach().double().tolist(), _numbers(m.bias)
        return [
            b + sum(Fraction(w) * v for w, v in zip(row, x, strict=True)) for row, b in zip(rows, bias, strict=True)
        ]
    if name == "Flatten":
        return [x[key] for key in sorted(x)]
    if name == "Conv2d":
        return _convolution(m, x)
    if name == "MaxPool2d":
        return _pool(m, x, lambda values, _: max(values))
    if name == "AvgPool2d":
        return _pool(m, x, lambda values, n: sum(values) / n)
    if name == "PReLU":
        slopes = _numbers(m.weight)
        slopes = slopes * (len(x) if len(slopes) == 1 else 1)
        return [_relu(v) - s * _relu(-v) for v, s in zip(x, slopes, strict=True)]
    functions = {
        "ReLU": _relu,
        "LeakyReLU": lambda v: _relu(v) - Fraction(getattr(m, "negative_slope", 0)) * _relu(-v),
        "ReLU6": lambda v: min(_relu(v), Fraction(6)),
        "Hardtanh": lambda v: min(max(v, Fraction(getattr(m, "min_val", 0))), Fraction(getattr(m, "max_val", 0))),
        "Identity": lambda v: v,
        "Dropout": lambda v: v,
    }
    return _pointwise(functions[name], x)
