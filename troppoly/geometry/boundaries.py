"""Decision boundaries and level sets of networks, as closed subcomplexes.

A network f with outputs f_1, ..., f_m decides for the classes i with f_i(x) = max_k f_k(x); its *decision boundary* is
the closed set where at least two outputs attain the maximum,

    union over i < j of {x : f_i(x) = f_j(x) >= f_k(x) for all k}.

The canonical complex C(f) is refined by the maximum of the outputs: m_1 = f_1, and for i > 1
m_i = m_(i-1) + max(u_i, 0) with the unit u_i = f_i - m_(i-1).  Declared as one maximum (``max_groups``), these units
make exactly the walls on which the set of maximal outputs changes.  So in the refined complex C

(1) every output is affine on every face, and
(2) the set of maximal outputs is the same set I(F) on the whole relative interior of a face F.

The maximal outputs at a ray follow from the certified signs of the u_i there.

*Theorem.*  I(F) is the intersection of the sets of outputs that are maximal at the rays of F (as linear forms on the
cone over F), and {f_i = f_j >= all others} is the union of the faces F of C with i, j in I(F), a closed subcomplex.

*Proof.*  Let i in I(F).  Then f_i >= f_k on the relative interior of F and, by continuity, at all rays.  Conversely, if
i is maximal at all rays and k in I(F), then f_i >= f_k at all rays, so on F by (1), so i in I(F).  A point of the set
lies in the relative interior of one face F, and i, j in I(F) by (2).  Faces of F have the rays of F or fewer, so more
maximal outputs.  QED

The set may have parts of every dimension, isolated points and cells among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import Positive, checked
from troppoly.circuit.circuit import Circuit, maximum
from troppoly.circuit.levels import arrange
from troppoly.complex.subcomplex import Subcomplex
from troppoly.errors import InputError, counted
from troppoly.exact import rational
from troppoly.network import Layer, Network
from troppoly.refinement.canonical import CanonicalComplex
from troppoly.refinement.refinement import Progress
from troppoly.regions import LinearRegions, linear_regions
from troppoly.values import Value

__all__ = ["DecisionBoundary", "decision_boundary", "level_set", "with_maximum"]

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class DecisionBoundary(Value):
    """The decision boundary of a network, in the complex of ``regions``, which is refined by it.

    ``maximal[k - 1]`` is the (cones, outputs) array of the outputs that are maximal on the cones of dimension k.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [-1]], [[1, 0], [0, 1]]])  # classes (x)+ and (-x)+
    >>> boundary = decision_boundary(net)
    >>> boundary, boundary.subcomplex, boundary.betti_numbers()
    (Decision boundary of 2 classes in R^1, Subcomplex of R^1 with f-vector (1, 0), (1, 0))
    """

    regions: LinearRegions
    maximal: tuple[Mask, ...]

    @property
    def subcomplex(self) -> Subcomplex:
        """The whole decision boundary: at least two outputs are maximal."""
        return self._where([mask.sum(axis=1) >= 2 for mask in self.maximal])

    def betti_numbers(self) -> tuple[int, ...]:
        """Return the Betti numbers of the whole decision boundary; see :meth:`Subcomplex.betti_numbers`."""
        return self.subcomplex.betti_numbers()

    @checked
    def between(self, i: int, j: int) -> Subcomplex:
        """Return the part {f_i = f_j >= all others}; raises InputError unless i and j are different outputs."""
        if i == j:
            raise InputError(f"The classes {i} and {j} are not two different outputs.")
        return self._where([mask[:, self._output(i)] & mask[:, self._output(j)] for mask in self.maximal])

    @checked
    def decided(self, i: int) -> Subcomplex:
        """Return the closed set {f_i >= all others}; raises InputError unless i is an output."""
        return self._where([mask[:, self._output(i)] for mask in self.maximal])

    def _output(self, i: int) -> int:
        n = self.maximal[0].shape[1]
        if not 0 <= i < n:
            raise InputError(f"The class {i} is not one of the {n} outputs, which are numbered from 0.")
        return i

    def _where(self, masks: list[Mask]) -> Subcomplex:
        return Subcomplex(self.regions.complex, tuple(masks))

    def __repr__(self) -> str:
        classes = counted(self.maximal[0].shape[1], "class")
        return f"Decision boundary of {classes} in R^{self.regions.complex.ambient_dimension}"


@checked
def decision_boundary(
    network: Network,
    domain: Any = None,
    *,
    max_cells: int | None = None,
    max_memory: int | None = None,
    workers: Positive | None = None,
    progress: Progress | None = None,
) -> DecisionBoundary:
    """Return the decision boundary of a network with at least two outputs, on R^d or on a polyhedron.

    The arguments and errors are those of :func:`troppoly.canonical_complex`; InputError if there is only one output.
    The maximum of x, y and 0 is decided by three rays from the origin:

    >>> boundary = decision_boundary(Network.from_arrays([[[1, 0], [0, 1], [0, 0]]]))
    >>> boundary.subcomplex, boundary.between(0, 1).f_vector()
    (Subcomplex of R^2 with f-vector (1, 3, 0), (1, 1, 0))
    """
    if network.n_outputs < 2:
        raise InputError("A network with one output decides nothing; its level sets are given by level_set.")
    regions = linear_regions(
        with_maximum(network),
        domain=domain,
        max_cells=max_cells,
        max_memory=max_memory,
        workers=workers,
        progress=progress,
    )
    maximal = [_maximal_at_rays(regions.canonical)]
    for incidence in regions.complex.facets:
        maximal.append(np.logical_and.reduceat(maximal[-1][incidence.indices], incidence.indptr[:-1], axis=0))
    return DecisionBoundary(regions, tuple(maximal))


@checked
def level_set(network: Network, level: Any = 0, domain: Any = None) -> DecisionBoundary:
    """Return {f = c} for a network with one output: the decision boundary between f and the constant c.

    Class 0 is f and class 1 is c.  Raises InputError if there are more outputs, and as :func:`decision_boundary`.

    >>> roof = Network.from_arrays([[[1], [-1]], [[1, 1]]])  # the absolute value
    >>> sorted(face.vertices()[0] for face in level_set(roof, 2).subcomplex.faces(0))
    [(mpq(-2,1),), (mpq(2,1),)]
    """
    if network.n_outputs != 1:
        raise InputError(f"Level sets are those of a network with one output, not {network.n_outputs}.")
    last = network.layers[-1]
    both = Network((Layer.of([[1], [0]], [0, rational(level, "level")]),)).restrict(last.weight, last.bias[:, 0])
    layers = (*network.layers[:-1], *both.layers)
    return decision_boundary(Network(layers, network.names, network.max_groups), domain)


def with_maximum(network: Network) -> Network:
    """Return the same function, as a network that also computes the maximum of its outputs.

    The units u_i are the first ones of the layers after the outputs, and declared as a maximum.

    >>> f = Network.from_arrays([[[1, 0], [0, 1], [0, 0]]])
    >>> with_maximum(f), with_maximum(f).max_groups, with_maximum(f)((1, 2))
    (Network 2-4-5-3 (ReLU, 7 identity units), (((0, 0), (1, 0)),), (mpq(1,1), mpq(2,1), mpq(0,1)))
    """
    m, last, start = network.n_outputs, network.layers[-1], len(network.layers) - 1
    outputs = Circuit(m).inputs((m,))
    layers = arrange(outputs.stacked(maximum([np.arange(m)], outputs, (1,))))[0]
    *middle, end = Network(layers).restrict(last.weight, last.bias[:, 0]).layers
    end = Layer(end.weight.take_rows(range(m)), end.bias.take_rows(range(m)), end.rectified[:m])
    name = network.names[-1]
    names = (*network.names[:-1], *(f"{name}, maximum of {i + 1}" for i in range(1, m)), name)
    group = tuple((start + i, 0) for i in range(m - 1))
    return Network((*network.layers[:-1], *middle, end), names, (*network.max_groups, group))


def _maximal_at_rays(complex: CanonicalComplex) -> Mask:
    """The (rays, outputs) array of the outputs that are maximal at the rays, by the signs of the units u_i.

    Output i is maximal if u_i >= 0 and no later u_k is positive, and output 1 if no u_i is positive.
    """
    words = complex.ray_signs.words
    group = complex.network.max_groups[-1]
    result = np.zeros((len(words), len(group) + 1), dtype=bool)
    undecided = np.ones(len(words), dtype=bool)  # no unit so far is positive
    for i in range(len(group), 0, -1):
        layer, unit = group[i - 1]
        place = complex.signs.layers[layer].place(unit)
        result[:, i] = undecided & ~place.negative(words)
        undecided &= ~place.positive(words)
    result[:, 0] = undecided
    return result
