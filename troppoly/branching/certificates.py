"""Checks of proofs that a domain holds no point of a system: in exact arithmetic, without a float that is trusted.

A proof is a tree of parts, which is walked from the whole domain down.  Where it divides by an input at m, both halves
are there, or an exact linear program shows that the part lies on one side.  Where it divides by a unit, both signs are
there, and all units of earlier layers are decided, so that the unit is a form, and the halves get a cut.  At a leaf an
output is negative, by the linear relaxation of :mod:`troppoly.branching.relaxation` in rational numbers, perhaps with
multipliers of cuts, or by a linear program if all units are decided; or the multipliers are those of a linear system
without solutions.

*Rational relaxation.*  The bounds l <= z <= h are rounded outward, and s is the float near h / (h - l), so that numbers
stay short; then t = max((1 - s) h, -s l) is exact.  Nothing else is rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from gmpy2 import mpq

from troppoly.branching.domains import Box, outward, smaller_box
from troppoly.branching.nodes import FEW, Branching, Part, with_layer
from troppoly.branching.relaxation import Signs
from troppoly.branching.search import Closed, linear_system
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import primitive
from troppoly.exact.linear_program import Infeasible, Optimum
from troppoly.exact.scalar import ObjectArray

__all__ = ["check_closed"]


class _Step(NamedTuple):
    """What replaces the units of a layer: alpha z <= a <= s z + t."""

    alpha: ObjectArray
    s: ObjectArray
    t: ObjectArray


def check_closed(branching: Branching, proof: Sequence[Closed]) -> bool:
    """Return whether closed parts have the domain as their union, and none holds a point where outputs are >= 0."""
    return _check(branching, branching.whole(), list(proof), 0)


def _check(branching: Branching, part: Part, proof: Sequence[Closed], depth: int) -> bool:
    """The same for a part, which is known by the first ``depth`` steps of all closed ones."""
    if not proof:
        return False
    part, below = _relaxed(branching, part)
    if len(proof) == 1 and len(proof[0].steps) == depth:
        return _check_leaf(branching, part, proof[0], below)
    if any(len(closed.steps) <= depth for closed in proof):
        return False
    steps = {closed.steps[depth] for closed in proof}
    kind, place, where, _ = next(iter(steps))
    if {step[:3] for step in steps} != {(kind, place, where)}:
        return False
    sides = {step[3]: [closed for closed in proof if closed.steps[depth] == step] for step in steps}
    if not set(sides) <= {1, -1}:
        return False
    if kind == "input":
        return all(
            _check(branching, _half(part, place, mpq(where), sign), sides[sign], depth + 1)
            if sign in sides
            else _is_beyond(part, place, mpq(where), sign)
            for sign in (1, -1)
        )
    part = _decided(branching, part, place)
    if set(sides) != {1, -1} or part.done != place:
        return False
    form = primitive(branching.unit_forms(part).numerators[int(where)])
    for sign, closed in sides.items():
        cuts = (*part.cuts, sign * form)
        known = part.signs[place].copy()
        known[int(where)] = sign
        signs = with_layer(part.signs, place, known)
        box = smaller_box(part.box, cuts) if branching.k <= FEW and part.box.is_bounded else part.box
        if not _check(branching, replace(part, cuts=cuts, signs=signs, box=box), closed, depth + 1):
            return False
    return True


def _half(part: Part, j: int, middle: mpq, sign: int) -> Part:
    return replace(part, box=part.box.with_bound(j, middle, sign > 0))


def _is_beyond(part: Part, j: int, middle: mpq, sign: int) -> bool:
    """Whether the side of a part where sign (u_j - m) > 0 is empty."""
    best = part.maximize([mpq(sign * (i == j)) for i in range(len(part.inside))])
    return isinstance(best, Infeasible) or (isinstance(best, Optimum) and best.value <= sign * middle)


def _decided(branching: Branching, part: Part, done: int) -> Part:
    """The part with as many as possible of its first ``done`` layers decided, by exact linear programs."""
    while part.done < done:
        forms, known = branching.unit_forms(part), part.signs[part.done].copy()
        for i in np.flatnonzero(known == 0).tolist():
            *a, b = forms.row(i)
            for sign in (1, -1):
                best = part.maximize([-sign * v for v in a])
                if isinstance(best, Infeasible) or (isinstance(best, Optimum) and best.value <= sign * b):
                    known[i] = sign
                    break
        part = branching.advanced(replace(part, signs=with_layer(part.signs, part.done, known)))
        if not known.all():
            break
    return part


def _check_leaf(branching: Branching, part: Part, closed: Closed, below: ObjectArray | None) -> bool:
    if closed.output is not None and below is not None and _is_negative(part, below, closed):
        return True
    part = _decided(branching, part, branching.last)
    if part.done < branching.last:
        part, below = _relaxed(branching, part)
        return closed.output is not None and below is not None and _is_negative(part, below, closed)
    forms = branching.unit_forms(part)
    if closed.output is not None:
        *a, b = forms.row(closed.output)
        best = part.maximize(a)
        return isinstance(best, Infeasible) or (isinstance(best, Optimum) and bool(best.value + b < 0))
    matrix, right = linear_system(part, forms)
    y = closed.multipliers or ()
    if len(y) != len(right) or min(y, default=mpq(0)) < 0 or any(matrix.T.apply(y)):
        return False
    return bool(sum((v * b for v, b in zip(y, right, strict=True)), mpq(0)) < 0)


def _is_negative(part: Part, below: ObjectArray, closed: Closed) -> bool:
    """Whether an output f is, on a part where -f >= <a, u> + b for the rows (a, b): by multipliers y >= 0 of cuts."""
    form = below[closed.output]
    y = closed.multipliers or (mpq(0),) * len(part.cuts)
    if len(y) != len(part.cuts) or min(y, default=mpq(0)) < 0:
        return False
    for v, cut in zip(y, part.cuts, strict=True):
        form = form - v * cut
    return bool(_least(form[None], part.box)[0] > 0)


def _relaxed(branching: Branching, part: Part) -> tuple[Part, ObjectArray | None]:
    """The part with the signs that the rational relaxation proves, and forms (a, b) below the negative outputs."""
    if not part.box.is_bounded:
        return branching.advanced(part), None
    signs, below = _signs_by_relaxation(branching, part.box, part.signs)
    return branching.advanced(replace(part, signs=signs)), below


def _least(forms: ObjectArray, box: Box) -> list[mpq]:
    """The minima of forms (a, b) on a box."""
    low, high = (np.array(ends, dtype=object) for ends in (box.low, box.high))
    return list(forms[:, -1] + (forms[:, :-1] * np.where(forms[:, :-1] > 0, low, high)).sum(axis=1))


def _signs_by_relaxation(branching: Branching, box: Box, signs: Signs) -> tuple[Signs, ObjectArray | None]:
    known, steps = list(signs), list[_Step]()
    for index, (weight, bias, _) in enumerate(branching.layers):
        constants = bias.to_rationals()[:, 0]
        if index == branching.last:
            return tuple(known), _below(branching, -weight, -constants, steps)
        sign = known[index].copy()
        s = np.array([mpq(int(v > 0)) for v in sign], dtype=object)
        alpha, t = s.copy(), s * 0
        rows = np.flatnonzero(sign == 0)
        if len(rows):
            part = weight.take_rows(rows)
            least = outward(_least(_below(branching, part, constants[rows], steps), box), -1)
            greatest = outward([-v for v in _least(_below(branching, -part, -constants[rows], steps), box)], 1)
            if not (np.isfinite(least).all() and np.isfinite(greatest).all()):
                return signs, None
            for i, low, high in zip(rows.tolist(), least.tolist(), greatest.tolist(), strict=True):
                if low >= 0 or high <= 0:
                    sign[i] = 1 if low >= 0 else -1
                    s[i] = alpha[i] = mpq(int(low >= 0))
                    continue
                s[i], alpha[i] = mpq(high / (high - low)), mpq(int(high > -low))
                t[i] = max((1 - s[i]) * mpq(high), -s[i] * mpq(low))
        known[index] = sign
        steps.append(_Step(alpha, s, t))
    raise AssertionError("There is a last layer.")


def _below(branching: Branching, rows: RationalMatrix, constants: ObjectArray, steps: Sequence[_Step]) -> ObjectArray:
    """Forms (a, b) in the inputs that are exactly below forms in what a layer reads."""
    entries = rows.to_rationals()
    for index in reversed(range(len(steps))):
        alpha, s, t = steps[index]
        weight, bias, _ = branching.layers[index]
        positive = entries > 0
        inner = entries * np.where(positive, alpha, s)
        constants = constants + np.where(positive, 0, entries) @ t + inner @ bias.to_rationals()[:, 0]
        entries = (RationalMatrix.from_rationals(inner) @ weight).to_rationals()
    return np.concatenate([entries, np.asarray(constants)[:, None]], axis=1)
