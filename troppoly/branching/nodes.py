"""Parts of a domain on which the signs of some units of a network are known, and how they are divided.

A *part* is a full-dimensional polyhedron Q: a box and cuts.  Where all units of the first layers are decided on Q, the
units of the next layer are affine forms there, exactly.  Such a unit z is decided on Q, or it takes both signs inside,
and then Q is divided into the parts with z >= 0 and z <= 0, both full-dimensional.  An exact linear program tells: a
point inside of Q has one sign (if it has none, both occur near it); the greatest value of the other sign on Q is
positive, at a point of Q where z has that sign, or the unit is decided, with the multipliers that prove it.  Mostly it
is not needed: the greatest value on the box, at a corner, has not the other sign, or the corner lies in Q; or floats
propose a point inside that has the other sign, exactly, or multipliers that prove that there is none.

A part may also be halved in an input, where relaxations become tighter.  Nothing is lost either way: the parts that a
part is divided into have it as their union.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from gmpy2 import mpq, mpz
from numpy.typing import NDArray

from troppoly.branching.cut_boxes import CutBox
from troppoly.branching.domains import Box, Flat, bounding_box, outward, smaller_box
from troppoly.branching.relaxation import Bounds, FloatArray, Relaxation, Signs
from troppoly.circuit.layer import Layer
from troppoly.exact import DenseMatrix, RationalMatrix, SparseMatrix
from troppoly.exact.linear import primitive
from troppoly.exact.linear_program import Infeasible, Optimum, Unbounded, maximize
from troppoly.exact.numerators import nearest_floats
from troppoly.exact.scalar import ObjectArray, nearest_float

__all__ = ["FEW", "Branching", "Part", "Step", "with_layer"]

Vector = tuple[mpq, ...]

Step = tuple[str, int, int | mpq, int]
"""How a part was cut off: ("input", j, m, s) where s (u_j - m) >= 0, ("unit", l, i, s) where unit (l, i) has sign s."""

FEW = 8  # dimensions in which boxes around cut parts are computed
_TRIED = 6  # units, before one of them divides a part
_HALVINGS = 10  # in each input, before units are divided


@dataclass(frozen=True, eq=False)
class Part:
    """The u in a box where the cuts are at least 0; ``inside`` is one where all is strict.

    ``signs`` are those of all units as far as they are known; the units of the first ``done`` layers are, and
    ``forms`` are the (units, k + 1) forms of those units of the layer before ``done`` that are active.
    """

    box: Box
    cuts: tuple[ObjectArray, ...]
    inside: Vector
    signs: Signs
    done: int
    forms: RationalMatrix
    path: tuple[Step, ...] = ()

    @cached_property
    def system(self) -> tuple[RationalMatrix, list[mpq]]:
        """The A and b with A u <= b on the part."""
        k, rows = len(self.inside), [*self.box.forms(), *self.cuts]
        forms = DenseMatrix(np.array(rows, dtype=object).reshape(len(rows), k + 1))
        return -forms.take_columns(range(k)), [mpq(b) for b in forms.entries[:, k]]

    def maximize(self, form: Sequence[mpq]) -> Optimum | Infeasible | Unbounded:
        """Return the maximum of a linear form on the part."""
        return maximize(list(form), *self.system)

    def is_inside(self, u: Vector) -> bool:
        """Return whether all inequalities are strict at a point."""
        bounds = zip(self.box.low, u, self.box.high, strict=True)
        if not all((a is None or a < v) and (b is None or v < b) for a, v, b in bounds):
            return False
        return all(_value(a, b, u) > 0 for *a, b in self.cuts)

    def corner(self, slopes: Sequence[mpq]) -> tuple[Vector, bool] | None:
        """Return where a linear form is greatest on the box, and whether the cuts leave it; None without a box."""
        if not self.box.is_bounded:
            return None
        ends = zip(slopes, self.box.low, self.box.high, strict=True)
        u = tuple(high if s > 0 else low for s, low, high in ends)
        return u, all(_value(a, b, u) >= 0 for *a, b in self.cuts)

    @cached_property
    def cut_box(self) -> CutBox | None:
        """The part in floats, if it is bounded and has cuts."""
        if not (self.cuts and self.box.is_bounded and len(self.inside)):
            return None
        return CutBox(outward(self.box.low, -1), outward(self.box.high, 1), self.cuts)

    @property
    def n_undecided(self) -> int:
        """The number of units whose sign is not known."""
        return sum(int(np.count_nonzero(signs == 0)) for signs in self.signs)

    @property
    def n_halvings(self) -> int:
        """How often an input was halved."""
        return sum(step[0] == "input" for step in self.path)


class Branching:
    """A network on a polyhedron in coordinates of its affine hull: the whole as a part, and the division of parts."""

    def __init__(self, layers: Sequence[Layer], flat: Flat) -> None:
        first = layers[0]
        weight, bias = first.weight @ flat.matrix, first.weight @ flat.vector + first.bias
        # a Layer has inputs; where the polyhedron is a point there are none
        self.layers = ((weight, bias, first.rectified), *((x.weight, x.bias, x.rectified) for x in layers[1:]))
        self.flat, self.k, self.last = flat, flat.matrix.shape[1], len(layers) - 1
        self.relaxation = Relaxation(self.layers)

    def whole(self) -> Part:
        """Return the whole polyhedron, with the bounds of :meth:`refined` still to come."""
        flat, k = self.flat, self.k
        box = bounding_box(flat.box, flat.cuts) if k <= FEW else flat.box
        forms = SparseMatrix.identity(k).hstack(SparseMatrix.zeros(k, 1))
        return Part(box, flat.cuts, flat.inside, self.relaxation.unknown(), 0, forms)

    def refined(self, part: Part, enough: float = -np.inf) -> tuple[Part, Bounds]:
        """Return the part with the signs that bounds prove, and the bounds.

        Where they are tighter with the cuts, these are used, until an output is proven to be below ``enough``.
        """
        found = self.relaxation.bounds(outward(part.box.low, -1), outward(part.box.high, 1), part.signs)
        box = part.cut_box
        if box is not None and not (found.high < enough).any():
            high, multipliers = found.high.copy(), dict[int, Vector]()
            for i in np.argsort(high, kind="stable").tolist():
                size, error = float(found.sizes[i]), self.relaxation.error * (1 + 2.0**-40)
                least = box.least(found.slopes[i], float(found.constants[i]), size, error * size)
                if least is not None and -least.bound < high[i]:
                    high[i], multipliers[i] = -least.bound, least.multipliers
                    if high[i] < enough:
                        break
            found = replace(found, high=high, multipliers=multipliers)
        return self.advanced(replace(part, signs=found.signs)), found

    def advanced(self, part: Part) -> Part:
        """Return the part with as many layers done as are decided."""
        done, forms = part.done, part.forms
        while done < self.last and part.signs[done].all():
            forms = self._units(part.signs, done, forms).take_rows(part.signs[done] > 0)
            done += 1
        return replace(part, done=done, forms=forms) if done > part.done else part

    def _units(self, signs: Signs, layer: int, forms: RationalMatrix) -> RationalMatrix:
        """The forms of the units of a layer from those of the active units before it."""
        weight, bias, _ = self.layers[layer]
        if not layer:
            return weight.hstack(bias).dense()
        weight = weight.take_columns(signs[layer - 1] > 0)
        constants = RationalMatrix.zeros(weight.shape[0], self.k).hstack(bias)
        return (weight @ forms + constants).dense() if weight.shape[1] else constants.dense()

    def unit_forms(self, part: Part) -> RationalMatrix:
        """Return the forms (a, b) in u of the units of the first layer that is not done: of the outputs, at the end."""
        return self._units(part.signs, part.done, part.forms)

    def value(self, u: Vector) -> Vector:
        """Return the exact outputs at a point."""
        values = u
        for weight, bias, rectified in self.layers:
            found = zip(weight.apply(values), bias[:, 0], rectified, strict=True)
            values = tuple(mpq(0) if positive and z + b < 0 else z + b for z, b, positive in found)
        return values

    def about(self, u: Vector) -> FloatArray:
        """Return the outputs at a point in floats, which prove nothing."""
        values = np.array(list(map(nearest_float, u)), dtype=np.float64)
        parts = zip(self.relaxation.weights, self.relaxation.biases, self.relaxation.rectified, strict=True)
        with np.errstate(all="ignore"):
            for weight, bias, rectified in parts:
                z = weight @ values + bias
                values = np.where(rectified, np.maximum(z, 0.0), z)
        return np.nan_to_num(values, nan=np.inf)

    def prefers_halves(self, part: Part) -> bool:
        """Return whether halving an input promises more than dividing by a unit: a small box with many units."""
        few = 0 < self.k <= FEW and part.box.is_bounded
        return few and part.n_undecided > 2 * self.k + 4 and part.n_halvings < _HALVINGS * self.k

    def halves(self, part: Part, slopes: FloatArray) -> list[Part]:
        """Return the part divided in the middle of the input on which bounds with these slopes depend most."""
        widths = outward(part.box.high, 1) - outward(part.box.low, -1)
        j = int(np.argmax(np.abs(slopes).sum(axis=0) * widths)) if np.isfinite(slopes).all() else int(np.argmax(widths))
        low, high = part.box.low[j], part.box.high[j]
        assert low is not None
        assert high is not None
        middle = (low + high) / 2
        form = np.full(self.k + 1, mpz(0), dtype=object)
        form[j], form[self.k] = middle.denominator, -middle.numerator
        children = []
        for sign, inside in self._sides(part, form):
            box = part.box.with_bound(j, middle, sign > 0)
            path = (*part.path, ("input", j, middle, sign))
            children.append(self._child(replace(part, box=box, path=path), inside))
        return children

    def tried(self, part: Part, bounds: Bounds) -> FloatArray:
        """Return the balance of the first layer that is not done, where those units count most that were tried.

        These are a few of the greatest balance.  For each the bounds of the halves are computed, without cuts, and what
        counts is by how much both of them are less than that of the part, for the output that is nearest to negative.
        """
        balance, known = bounds.balance[part.done].copy(), part.signs[part.done]
        open_units = np.flatnonzero(known == 0)
        if len(open_units) < 2 or not part.box.is_bounded or not np.isfinite(bounds.high).all():
            return balance
        low, high = outward(part.box.low, -1), outward(part.box.high, 1)
        output = int(np.argmin(bounds.high))

        def bound(signs: Signs) -> float:
            return float(self.relaxation.bounds(low, high, signs).high[output])

        units = open_units[np.argsort(-balance[open_units], kind="stable")][:_TRIED]
        whole, gains = bound(part.signs), np.ones(len(units))
        if not np.isfinite(whole):
            return balance
        for n, i in enumerate(units):
            for sign in (1, -1):
                half = known.copy()
                half[i] = sign
                gains[n] *= max(whole - bound(with_layer(part.signs, part.done, half)), 0.0)
        balance /= float(balance.max()) or 1.0
        balance[units] = 2 + gains / (float(gains.max()) or 1.0)
        return balance

    def divided(self, part: Part, balance: FloatArray) -> list[Part]:
        """Return the part divided by a unit of the first layer that is not done, or with all of these decided.

        Units that ``balance`` says to go far to both sides come first.
        """
        forms = self.unit_forms(part)
        signs = part.signs[part.done].copy()
        open_units = np.flatnonzero(signs == 0)
        for i in open_units[np.argsort(-balance[open_units], kind="stable")].tolist():
            form = primitive(forms.numerators[i])
            sides = list(self._sides(part, form))
            if len(sides) == 1:
                signs[i] = sides[0][0]
                continue
            children = []
            for sign, inside in sides:
                known = signs.copy()
                known[i] = sign
                path = (*part.path, ("unit", part.done, i, sign))
                cuts = (*part.cuts, sign * form)
                child = replace(part, cuts=cuts, signs=with_layer(part.signs, part.done, known), path=path)
                if self.k <= FEW and part.box.is_bounded:
                    child = replace(child, box=smaller_box(part.box, cuts))
                children.append(self.advanced(self._child(child, inside)))
            return children
        return [self.advanced(replace(part, signs=with_layer(part.signs, part.done, signs)))]

    def _child(self, child: Part, inside: Vector) -> Part:
        """The child with a point inside that has short coordinates."""
        return replace(child, inside=_shortened(child, inside))

    def _sides(self, part: Part, form: ObjectArray) -> Iterator[tuple[int, Vector]]:
        """The signs that a form takes inside of a part, with points that have them; -1 for a form that is zero."""
        *a, b = form
        here = _value(a, b, part.inside)
        if not any(a):
            yield (1 if b > 0 else -1), part.inside
            return
        if not here:
            for sign in (1, -1):
                yield sign, _stepped(part, tuple(mpq(sign * v) for v in a))
            return
        own = 1 if here > 0 else -1
        yield own, part.inside
        slopes = [mpq(-own * v) for v in a]
        if corner := part.corner(slopes):
            there = _value(a, b, corner[0])
            if there * own >= 0:
                return
            if corner[1]:
                yield -own, _between(corner[0], there, part.inside, here)
                return
        if part.cut_box is not None and (said := _other_side(part, part.cut_box, own, form)) is not None:
            yield from said
            return
        best = part.maximize(slopes)
        if isinstance(best, Unbounded):
            yield -own, _far(part, best, own, a, b)
            return
        assert isinstance(best, Optimum)
        there = _value(a, b, best.point)
        if there * own < 0:
            yield -own, _between(best.point, there, part.inside, here)


def with_layer(signs: Signs, layer: int, known: NDArray[np.int8]) -> Signs:
    """Return the signs with those of a layer replaced."""
    return (*signs[:layer], known, *signs[layer + 1 :])


def _value(a: Sequence[mpz], b: mpz, u: Vector) -> mpq:
    return sum((v * x for v, x in zip(a, u, strict=True)), mpq(b))


def _other_side(part: Part, box: CutBox, own: int, form: ObjectArray) -> list[tuple[int, Vector]] | None:
    """The sign -own of a form and a point inside that has it; nothing if it is not taken, None if unknown."""
    scale = mpz(1) << int(max(map(abs, form[:-1]))).bit_length()
    floats = own * nearest_floats(form, scale)
    with np.errstate(over="ignore", invalid="ignore"):
        size = float(np.abs(floats[:-1]) @ box.size + abs(floats[-1])) * (1 + 2.0**-40)
    found = box.least(floats[:-1], float(floats[-1]), size)
    if found is None:
        return None
    if found.bound >= 0:
        return []
    near = tuple(mpq(float(v)) for v in found.near)
    for share in (mpq(1, 16), mpq(1, 2**12), mpq(1, 2**24)):
        u = tuple(p + share * (q - p) for p, q in zip(near, part.inside, strict=True))
        if _value(list(form[:-1]), form[-1], u) * own < 0 and part.is_inside(u):
            return [(-own, u)]
    return None


def _between(point: Vector, there: mpq, inside: Vector, here: mpq) -> Vector:
    """A point inside on the way to one where a form has another sign, with that sign."""
    share = there / (there - here) / 2
    return tuple(p + share * (q - p) for p, q in zip(point, inside, strict=True))


def _stepped(part: Part, direction: Vector) -> Vector:
    """A point inside of a part in a direction from the one that is known."""
    matrix, right = part.system
    slopes, here = matrix.apply(direction), matrix.apply(part.inside)
    steps = [(b - v) / s for b, v, s in zip(right, here, slopes, strict=True) if s > 0]
    step = min(steps, default=mpq(1)) / 2
    return tuple(p + step * v for p, v in zip(part.inside, direction, strict=True))


def _far(part: Part, best: Unbounded, own: int, a: Sequence[mpz], b: mpz) -> Vector:
    """A point inside of a part on a ray along which a form goes to the other side."""
    slope = sum((v * r for v, r in zip(a, best.ray, strict=True)), mpq(0))
    step = 2 * abs(_value(a, b, part.inside) / slope)
    return tuple(p + step * r for p, r in zip(part.inside, best.ray, strict=True))


def _shortened(part: Part, u: Vector) -> Vector:
    """A point inside with few binary digits near a given one."""
    for bits in (4, 10, 20, 40, 80):
        near = tuple(mpq(mpz(round(v * 2**bits)), mpz(1) << bits) for v in u)
        if part.is_inside(near):
            return near
    return u
