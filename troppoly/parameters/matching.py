r"""Whether permutations and positive scalings of hidden units turn one network into another one.

Let a network have the weights W^l and biases b^l.  Permutations p of the units of every hidden layer, and positive
factors t_i of its units i, give another network

    W'^l[p(i), p(j)] = t_i W^l[i, j] / t_j,    b'^l[p(i)] = t_i b^l[i],

with p = id and t = 1 for inputs and outputs, of the same function: max(t z, 0) = t max(z, 0) for t > 0.  Networks are
taken in their normal form, where a leaky rectifier, say, is a rectified and an identity unit, each with its factor.

**Factors.**  The *graph* of a network has the constant 1, the inputs, the units and the outputs as vertices, and an
edge for every weight or bias that is not zero.  Vertices with known factors s are those of the constant, the inputs and
the outputs, s = 1; in every round the units that have edges to known ones get the factor with which the absolute values
of the weights s_i W_ij / s_j of these edges (incoming ones, or if there are none outgoing ones) add up to 1.  What is
done does not depend on names or factors of units, so two networks are related iff after this *normalization* a
permutation p alone turns one into the other.  Units without any path to the constant, inputs and outputs form connected
components of their own; there one unit gets the factor 1, and in the other network all are tried for it.

**Permutations.**  What is left is isomorphism of graphs with labeled edges, by *color refinement*: units have the
colors of their layer and kind, and again and again the color of a unit is refined by the multisets of (label, color)
along its edges, in both networks alike.  A color that occurs more often in one of them is a proof that there is no
isomorphism.  Where a color has several units, *twins*, which have the same edges to the same units, may be matched in
any way; otherwise one unit of the first network is tried with all units of the second one (but for twins of those that
failed).  So the search is complete.  For n units and m weights a refinement takes O(n m log m) steps, and in general
position one suffices; every tried pair takes one more.  In the worst case their number is exponential, as zero-one
weights of two layers encode any graph.

References: Phuong and Lampert, Functional vs. parametric equivalence of ReLU networks, ICLR 2020; McKay and Piperno,
Practical graph isomorphism, II, J. Symbolic Comput. 60 (2014).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.errors import InputError, counted
from troppoly.network import Network

__all__ = ["SameParameters", "same_parameters"]

Permutations = tuple[tuple[int, ...], ...]
Factors = tuple[tuple[mpq, ...], ...]
Edges = list[list[tuple[int, mpq]]]
Labels = list[tuple[int, int]]
Colors = tuple[dict[int, int], dict[int, int]]
Place = tuple[int, int, int]


@dataclass(frozen=True, slots=True, repr=False)
class SameParameters:
    """The answer of :func:`same_parameters`: truthy if the networks are related.

    Then unit i of hidden layer l of ``first``, scaled by ``scalings[l][i]``, is unit ``permutations[l][i]`` of
    ``second``, which is checked.  Otherwise both are None, and ``unmatched`` is the place (network 0 or 1, layer, unit)
    of a unit without partner: fewer units of the other network look like it, seen along all paths; None if the widths
    differ, or if every unit alone has a partner, but no permutation fits all of them.

    >>> import troppoly as tp
    >>> first = tp.Network.from_arrays([[[1], [-1]], [[1, 5]]], [[0, 2], [1]])
    >>> found = tp.same_parameters(first, tp.Network.from_arrays([[[-3], [2]], [["5/3", "1/2"]]], [[6, 0], [1]]))
    >>> found, found.permutations, found.scalings
    (Same parameters up to the order and scaling of 2 hidden units, ((1, 0),), ((mpq(2,1), mpq(3,1)),))
    """

    first: Network
    second: Network
    permutations: Permutations | None = None
    scalings: Factors | None = None
    unmatched: Place | None = None

    def __post_init__(self) -> None:
        if self.permutations is not None and self.scalings is not None and not self._is_right():
            raise InputError("These permutations and scalings do not turn the first network into the second one.")

    def __bool__(self) -> bool:
        return self.permutations is not None

    def _is_right(self) -> bool:
        """Whether every layer becomes that of the second network."""
        d, m = self.first.n_inputs, self.first.n_outputs
        orders = [np.arange(d), *map(np.array, self.permutations or ()), np.arange(m)]
        factors = [[mpq(1)] * d, *(self.scalings or ()), [mpq(1)] * m]
        if any(t <= 0 for part in factors for t in part):
            return False
        columns = [np.array(part, dtype=object) for part in factors]
        for index, (one, other) in enumerate(zip(self.first.layers, self.second.layers, strict=True)):
            (before, rows), (s, t) = orders[index : index + 2], columns[index : index + 2]
            weight = one.weight.to_rationals() * t[:, None] / s
            bias = one.bias.to_rationals() * t[:, None]
            if not (
                np.array_equal(weight, other.weight.to_rationals()[np.ix_(rows, before)])
                and np.array_equal(bias, other.bias.to_rationals()[rows])
                and np.array_equal(one.rectified, other.rectified[rows])
            ):
                return False
        return True

    def __repr__(self) -> str:
        if self:
            n = sum(self.first.widths[1:-1])
            return f"Same parameters up to the order and scaling of {counted(n, 'hidden unit')}"
        if self.unmatched is not None:
            network, layer, unit = self.unmatched
            which = ("first", "second")[network]
            return f"Other parameters: unit {unit} of layer {layer} of the {which} network has no partner"
        if self.first.widths != self.second.widths:
            return "Other parameters: the widths differ"
        return "Other parameters: no permutation of the hidden units fits all of them"


@checked
def same_parameters(first: Network, second: Network) -> SameParameters:
    """Decide whether permuting hidden units and scaling them by positive factors turns one network into the other.

    If so, they are equal as functions, which :func:`troppoly.equivalent` decides; the converse does not hold.  Declared
    maxima are taken unit by unit.  Definition, algorithm and complexity: :mod:`troppoly.parameters.matching`.

    >>> net = Network.from_arrays([[[1], [-1]], [[1, 1]]])                                   # |x|
    >>> bool(same_parameters(net, Network.from_arrays([[[-3], [2]], [["1/3", "1/2"]]])))
    True
    >>> same_parameters(net, Network.from_arrays([[[1], [-1]], [[1, 2]]]))
    Other parameters: unit 1 of layer 0 of the first network has no partner
    """
    if first.widths != second.widths:
        return SameParameters(first, second)
    one, other = _Graph.of(first), _Graph.of(second)
    numbers: dict[mpq, int] = {}
    (anchored, *rest), (their_anchored, *others) = list(one.components()), list(other.components())
    found = _isomorphism(_Labeled.of(one, *anchored, numbers), _Labeled.of(other, *their_anchored, numbers))
    if isinstance(found, _Failure):
        place = None if found.vertex is None else (found.side, *(one, other)[found.side].places[found.vertex])
        return SameParameters(first, second, unmatched=place)
    matches = [found]
    for vertices, roots in rest:
        free = _Labeled.of(one, vertices, roots, numbers)
        tries = ((i, [root]) for i, (component, _) in enumerate(others) for root in component)
        found_in = ((i, _isomorphism(free, _Labeled.of(other, others[i][0], root, numbers))) for i, root in tries)
        fitting = next(((i, match) for i, match in found_in if isinstance(match, dict)), None)
        if fitting is None:
            return SameParameters(first, second, unmatched=(0, *one.places[roots[0]]))
        matches.append(fitting[1])
        del others[fitting[0]]
    partner = {v: match for found in matches for v, match in found.items()}
    hidden = [range(*ends) for ends in pairwise(one.starts[1:-1])]
    orders = tuple(tuple(partner[v][0] - units.start for v in units) for units in hidden)
    return SameParameters(first, second, orders, tuple(tuple(partner[v][1] for v in units) for units in hidden))


@dataclass(frozen=True, slots=True)
class _Graph:
    """The vertices: the constant 1, the inputs and the units of all layers; ``starts`` are the first ones of these.

    ``into`` and ``out`` are the edges (vertex, weight) of every vertex, ``kinds`` its color in the beginning, and
    ``places`` its layer and unit.
    """

    starts: tuple[int, ...]
    into: Edges
    out: Edges
    kinds: list[int]
    places: list[tuple[int, int]]

    @classmethod
    def of(cls, network: Network) -> _Graph:
        starts = tuple(accumulate(network.widths, initial=1))
        n = starts[-1]
        into, out = ([list[tuple[int, mpq]]() for _ in range(n)] for _ in range(2))
        kinds, places = list(range(n)), [(-1, v - 1) for v in range(starts[1])]  # anchors have colors of their own
        for index, layer in enumerate(network.layers):
            before, here = starts[index : index + 2]
            last = index + 1 == len(network.layers)
            places += [(index, unit) for unit in range(layer.n_outputs)]
            biases = layer.bias.to_rationals()[:, 0]
            for unit, (columns, entries) in enumerate(layer.weight.nonzero_rows()):
                v = here + unit
                edges = [
                    (before + int(j), mpq(w, layer.weight.denominator)) for j, w in zip(columns, entries, strict=True)
                ]
                into[v] = edges + [(0, biases[unit])] * bool(biases[unit])
                for u, w in into[v]:
                    out[u].append((v, w))
                if not last:
                    kinds[v] = n + 2 * index + int(layer.rectified[unit])
        return cls(starts, into, out, kinds, places)

    def components(self) -> Iterator[tuple[list[int], list[int]]]:
        """Vertices and roots of the component of the anchors, and of the others, whose first vertex is the root."""
        anchors = [*range(self.starts[1]), *range(self.starts[-2], self.starts[-1])]
        known = set[int]()
        for roots in (anchors, *([v] for v in range(self.starts[-1]))):
            if roots[0] in known:
                continue
            reached, waiting = set(roots), list(roots)
            while waiting:
                v = waiting.pop()
                new = {u for u, _ in (*self.into[v], *self.out[v])} - reached
                reached |= new
                waiting += new
            known |= reached
            yield sorted(reached), roots


@dataclass(frozen=True, slots=True)
class _Labeled:
    """A component, normalized: the factors of its vertices, their edges, with numbers for labels, and first colors.

    Vertices from ``first_unit`` on are units.
    """

    factors: dict[int, mpq]
    into: dict[int, Labels]
    out: dict[int, Labels]
    colors: dict[int, int]
    first_unit: int

    @classmethod
    def of(cls, graph: _Graph, vertices: list[int], roots: list[int], numbers: dict[mpq, int]) -> _Labeled:
        s, latest = dict.fromkeys(roots, mpq(1)), roots
        while latest:
            near = {u for v in latest for u, _ in (*graph.into[v], *graph.out[v])} - s.keys()
            new = {}
            for v in near:
                total = sum(abs(w) / s[u] for u, w in graph.into[v] if u in s)
                new[v] = 1 / total if total else sum((abs(w) * s[u] for u, w in graph.out[v] if u in s), mpq(0))
            s |= new
            latest = list(new)
        into: dict[int, Labels] = {v: [] for v in vertices}
        out: dict[int, Labels] = {v: [] for v in vertices}
        for v in vertices:
            for u, w in graph.into[v]:
                label = numbers.setdefault(w * s[v] / s[u], len(numbers))
                into[v].append((u, label))
                out[u].append((v, label))
        colors = {v: graph.kinds[v] for v in vertices}
        if len(roots) == 1:  # not the anchors, which have colors of their own
            colors[roots[0]] = -1
        return cls(s, into, out, colors, graph.starts[1])

    def twin_key(self, v: int) -> tuple[Any, ...]:
        """What twins have in common."""
        return tuple(sorted(self.into[v])), tuple(sorted(self.out[v]))


class _Failure(NamedTuple):
    """There is no isomorphism: a vertex of one side has a color that is rarer on the other; None: all tries fail."""

    side: int
    vertex: int | None


def _isomorphism(one: _Labeled, other: _Labeled) -> dict[int, tuple[int, mpq]] | _Failure:
    """The partner of every vertex of one side, and the factor that takes it there."""
    waiting: list[Colors] = [(one.colors, other.colors)]
    failure: _Failure | None = None
    while waiting:
        colors = _refined((one, other), waiting.pop())
        if isinstance(colors, _Failure):
            failure = failure or colors
            continue
        failure = _Failure(0, None)
        classes: dict[int, tuple[list[int], list[int]]] = {c: ([], []) for c in colors[0].values()}
        for side, part in enumerate(colors):
            for v, c in part.items():
                classes[c][side].append(v)
        tied = [pair for pair in classes.values() if len(pair[0]) > 1]
        if not tied:
            pairs = ((v, w) for (v,), (w,) in classes.values())
            return {v: (w, one.factors[v] / other.factors[w]) for v, w in pairs}
        twins = [
            pair
            for pair in tied
            if all(len(set(map(side.twin_key, part))) == 1 for side, part in zip((one, other), pair, strict=True))
        ]
        if twins:
            new = [
                (v, w, -i) for i, (v, w) in enumerate((pair for each in twins for pair in zip(*each, strict=True)), 1)
            ]
            waiting.append((colors[0] | {v: c for v, _, c in new}, colors[1] | {w: c for _, w, c in new}))
        else:
            ours, theirs = min(tied, key=lambda pair: len(pair[0]))
            tries = {other.twin_key(w): w for w in reversed(theirs)}
            waiting += [(colors[0] | {ours[0]: -1}, colors[1] | {w: -1}) for w in tries.values()]
    assert failure is not None
    return failure


def _refined(sides: tuple[_Labeled, _Labeled], colors: Colors) -> Colors | _Failure:
    """Colors that no round refines any more, or a color that is rarer on one side."""
    while True:
        table: dict[Any, int] = {}
        one, other = (
            {
                v: table.setdefault((c, _seen(side.into[v], part), _seen(side.out[v], part)), len(table))
                for v, c in part.items()
            }
            for side, part in zip(sides, colors, strict=True)
        )
        counts = Counter(one.values()), Counter(other.values())
        if counts[0] != counts[1]:
            more = [
                (v, number)
                for number, part in enumerate((one, other))
                for v, c in part.items()
                if v >= sides[0].first_unit and counts[number][c] > counts[1 - number][c]
            ]
            vertex, number = min(more)
            return _Failure(number, vertex)
        if len(table) == len(set(colors[0].values())):
            return one, other
        colors = one, other


def _seen(edges: Labels, colors: dict[int, int]) -> tuple[tuple[int, int], ...]:
    """The labels of some edges, with the colors at their other ends."""
    return tuple(sorted((colors[u], label) for u, label in edges))
