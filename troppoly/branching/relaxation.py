r"""Bounds of all units of a network on a box, in floats, with proven errors.

**Linear relaxation** (Singh, Gehr, Pueschel, Vechev, An abstract domain for certifying neural networks, POPL 2019;
Zhang, Weng, Chen, Hsieh, Daniel, Efficient neural network robustness certification, NeurIPS 2018).  On a box, let
z = W a + b be the units of a layer, a = max(z, 0).  If l <= z <= h with l < 0 < h, then

    alpha z <= a <= s z + t,    for any 0 <= alpha, s <= 1, t >= max((1 - s) h, -s l);

units that are not negative have a = z, those that are not positive a = 0.  A form <p, a> + c is bounded below by
putting the left side where p > 0 and the right side where p < 0: that is a form in z, hence in what the layer before
yields, and at last in the inputs, where its minimum on the box is known.  Upper bounds are those of -<p, a> - c.

**Rounding.**  Let u = 2^-53, and let m_i be an upper bound of sum_j |W_ij| A_j + |b_i|, where A_j >= |a_j| on the box:
by intervals, m >= |z|.  A row p of floats is *taken as it is*: then what is computed for the next layer is an exact
form again, and the error of this step is one of its values.  With n terms in a sum: g_i = p_i s_i is off by u |p_i|,
hence the value by u |p_i| m_i; p' = g W, with weights that were rounded, by gamma_(n+1) |g| |W| and the value by
gamma_(n+1) sum |p_i| m_i; the constants <g, b> and sum p_i t_i, t <= 2 m, by 3 gamma_n sum |p_i| m_i.  All partial sums
of constants are at most 3 S, S the sum of all sum |p_i| m_i and of |p| (|c| + r) in the inputs, where the box lies in
c +- r.  So the computed bound is off by at most 4 gamma_N S, N = n + 2 layers + 16, and S is itself computed with a
relative error of gamma_N; 4 gamma_(2N) S covers both.  Here gamma_n = n u / (1 - n u), and sums are in any order, with
fused multiply-adds or not: :mod:`troppoly.cellwise.rounding_errors`.

*Underflow.*  Numbers that are not 0 lie between 2^-400 and 2^400, and m below 2^400, or floats bound nothing.  A
product that underflows is off by 2^-1075, and at most 2^20 of them in each of at most 2^20 entries with values below
2^400 make less than 2^-600; so 2^-500 is added to every error, 2^-500 to m and 2^-600 to t.  What overflows is infinite
or NaN, and m bounds the unit in its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.exact import RationalMatrix

__all__ = ["Bounds", "Relaxation", "Signs"]

FloatArray = NDArray[np.float64]
Affine = tuple[RationalMatrix, RationalMatrix, NDArray[np.bool_]]
Signs = tuple[NDArray[np.int8], ...]
"""For every layer: 1 for units that pass their value on, -1 for those that are 0, 0 for those that are not decided."""

_SMALLEST, _LARGEST = 2.0**-400, 2.0**400
_TINY = 2.0**-500


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """What is known on a box: signs of units, ``low`` and ``high`` of the outputs, perhaps infinite.

    The outputs f are bounded above by forms in the inputs: -f >= <slopes, u> + ``constants`` up to the error of floats
    with these ``sizes``.  ``balance`` says for every layer how much of that bound its units that are not decided may
    cost, with l <= z <= h: p min(-l, h) for the factors p > 0 with which they come in, and -p t for p < 0; it is for
    choices only.  ``multipliers`` are those of cuts that prove some of the upper bounds.
    """

    signs: Signs
    low: FloatArray
    high: FloatArray
    slopes: FloatArray
    balance: tuple[FloatArray, ...]
    constants: FloatArray
    sizes: FloatArray
    multipliers: Mapping[int, tuple[mpq, ...]] = field(default_factory=dict)


class Relaxation:
    """The layers of a network, each its weight, its bias and which units are rectified, in floats.

    >>> matrices = [RationalMatrix.of(rows) for rows in ([[1], [-1]], [[0], [0]], [[-1, -1]], [[0]])]
    >>> roof = Relaxation([(*matrices[:2], np.array([True, True])), (*matrices[2:], np.array([False]))])
    >>> found = roof.bounds(np.array([-1.0]), np.array([2.0]), roof.unknown())
    >>> bool(-4 < found.low[0] <= -2), bool(0 <= found.high[0] < 2), found.signs[0]
    (True, True, array([0, 0], dtype=int8))
    """

    def __init__(self, layers: Sequence[Affine]) -> None:
        self.weights = [weight.to_floats() for weight, _, _ in layers]
        self.biases = [bias.to_floats()[:, 0] for _, bias, _ in layers]
        self.rectified = [rectified for _, _, rectified in layers]
        self.sizes = [(np.abs(w), np.abs(b)) for w, b in zip(self.weights, self.biases, strict=True)]
        numbers = np.concatenate([part.ravel() for pair in self.sizes for part in pair])
        exact = sum(matrix.n_nonzero for weight, bias, _ in layers for matrix in (weight, bias))
        inside = (numbers >= _SMALLEST) & (numbers <= _LARGEST)
        self.usable = bool((inside | (numbers == 0)).all()) and int(np.count_nonzero(numbers)) == exact
        n = max((max(w.shape) for w in self.weights), default=1) + 2 * len(self.weights) + 16
        self.error = 8.1 * (n + 2) * 2.0**-53  # at least 4 gamma_(2n), and rounded

    def unknown(self) -> Signs:
        """Return the signs of which only those of identity units are known."""
        return tuple(np.where(rectified, 0, 1).astype(np.int8) for rectified in self.rectified)

    def bounds(self, low: FloatArray, high: FloatArray, signs: Signs) -> Bounds:
        """Return bounds on the part of the box where units have the known signs, z >= 0 or z <= 0."""
        known, balance = list(signs), [np.zeros(len(part)) for part in signs]
        last = len(self.weights) - 1
        count = len(self.biases[last])
        ends = np.full((2, count), np.inf)
        nothing = Bounds(signs, -ends[0], ends[0], np.zeros((count, len(low))), tuple(balance), *-ends)
        if not (self.usable and np.isfinite(low).all() and np.isfinite(high).all()):
            return nothing
        center = low / 2 + high / 2
        with np.errstate(over="ignore"):
            radius = np.maximum(high - center, center - low) * (1 + 2.0**-40) + _TINY
        size = np.abs(center) + radius
        steps: list[tuple[FloatArray, FloatArray, FloatArray, FloatArray]] = []
        with np.errstate(all="ignore"):
            inputs = size
            for index, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
                absolute, constants = self.sizes[index]
                most = (absolute @ size + constants) * (1 + self.error) + _TINY
                if not (most <= _LARGEST).all():
                    return nothing
                rows = np.arange(count) if index == last else np.flatnonzero(known[index] == 0)
                if len(rows):
                    signed = np.concatenate([weight[rows], -weight[rows]])
                    offsets = np.concatenate([bias[rows], -bias[rows]])
                    most_of = np.tile(most[rows], 2)
                    slopes, offsets, sizes, passed = self._lower(signed, offsets, most_of, steps, inputs)
                    found = slopes @ center - np.abs(slopes) @ radius + offsets - (self.error * sizes + _TINY)
                    found = np.where(np.isfinite(found), found, -np.inf)
                    least = np.maximum(found[: len(rows)], -most[rows])
                    greatest = -np.maximum(found[len(rows) :], -most[rows])
                if index == last:
                    for own, before, step in zip(balance, reversed(passed), steps, strict=False):
                        gap = np.maximum(before[count:], 0.0) * own - np.minimum(before[count:], 0.0) * step[2]
                        own[:] = np.where(own > 0, gap.sum(axis=0), 0.0)
                    above = slopes[count:], tuple(balance), offsets[count:], sizes[count:]
                    return Bounds(tuple(known), least, greatest, *above)
                sign = known[index].copy()
                s = (sign > 0).astype(np.float64)
                alpha, t, size = s.copy(), np.zeros(len(s)), np.where(sign < 0, 0.0, most)
                if len(rows):
                    decided = np.where(least >= 0, 1, np.where(greatest <= 0, -1, 0))
                    sign[rows] = decided
                    slope = np.where(decided == 0, greatest / (greatest - least), decided > 0)
                    slope = np.clip(np.nan_to_num(slope, nan=1.0), 0.0, 1.0)
                    shift = np.maximum((1 - slope) * greatest, -slope * least) * (1 + 2.0**-50) + 2.0**-600
                    s[rows], t[rows] = slope, np.where(decided == 0, shift, 0.0)
                    alpha[rows] = np.where(decided == 0, greatest > -least, slope)
                    size[rows] = np.where(decided < 0, 0.0, np.minimum(most[rows], np.maximum(greatest, 0.0)))
                    balance[index][rows] = np.where(decided == 0, np.minimum(-least, greatest), 0.0)
                known[index] = sign
                steps.append((alpha, s, t, most))
        raise AssertionError("There is a last layer.")

    def _lower(
        self,
        rows: FloatArray,
        constants: FloatArray,
        sizes: FloatArray,
        steps: Sequence[tuple[FloatArray, FloatArray, FloatArray, FloatArray]],
        inputs: FloatArray,
    ) -> tuple[FloatArray, FloatArray, FloatArray, list[FloatArray]]:
        """Forms in the inputs that bound forms in what a layer reads below, the sizes of their errors, and the way."""
        passed = list[FloatArray]()
        for index in reversed(range(len(steps))):
            alpha, s, t, most = steps[index]
            passed.append(rows)
            positive = np.maximum(rows, 0.0)
            negative = np.minimum(rows, 0.0)
            sizes = sizes + np.abs(rows) @ most
            inner = positive * alpha + negative * s
            constants = constants + negative @ t + inner @ self.biases[index]
            rows = inner @ self.weights[index]
        return rows, constants, sizes + np.abs(rows) @ inputs, passed
