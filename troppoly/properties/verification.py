"""Whether a network has a property: decided, with a proof, or with an exact point that shows the contrary.

Each unsafe polyhedron is looked at alone.  Its rows in the inputs alone are the domain, in coordinates of its affine
hull; the others become outputs of the network, whose inputs are passed on by identity units where they are needed.
Then parts of the domain are closed, or a point is found: :mod:`troppoly.branching.search`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import Seconds, checked
from troppoly.branching.certificates import check_closed
from troppoly.branching.domains import on_affine_hull
from troppoly.branching.nodes import Branching
from troppoly.branching.search import Clock, Closed, point_of_system
from troppoly.errors import BudgetError, ShapeError, counted
from troppoly.exact import RationalMatrix
from troppoly.exact.scalar import decimals
from troppoly.network import Layer, Network
from troppoly.properties.property import Property
from troppoly.values import Value

__all__ = ["Verdict", "verify"]

Vector = tuple[mpq, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Verdict(Value):
    """Whether a network has a property: ``status`` is "holds", "violated" or "unknown"; true if it holds.

    If it is violated, ``point`` is an exact input, ``outputs`` are the network's, and together they are unsafe.  If it
    holds, ``proof`` has for every unsafe polyhedron the parts that its inputs were divided into, each with the reason
    why it holds no unsafe point (:class:`troppoly.branching.Closed`).

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [-1]], [[1, 1]]])
    >>> below = tp.properties.Property(1, 1, [[[1, 0, 1], [-1, 0, 1], [0, -1, "-1/2"]]])
    >>> tp.properties.verify(net, below)
    The property holds: 1 part closed
    """

    network: Network
    statement: Property
    status: str
    point: Vector | None
    proof: tuple[tuple[Closed, ...], ...]

    @property
    def outputs(self) -> Vector | None:
        """The exact outputs at ``point``."""
        return None if self.point is None else self.network(self.point)

    def check(self) -> bool:
        """Return whether the point is unsafe, or the proof is one: in exact arithmetic, which trusts no float.

        That takes longer than to find it.  False if the status is "unknown".

        >>> import troppoly as tp
        >>> net = tp.Network.from_arrays([[[1], [-1]], [[1, 1]]])
        >>> rows = [[1, 0, 1], [-1, 0, 1], [0, -1, "-1/2"]]
        >>> tp.properties.verify(net, tp.properties.Property(1, 1, [rows])).check()
        True
        """
        if self.point is not None:
            return self.statement.is_unsafe(self.point, self.network(self.point))
        if self.status == "unknown" or len(self.proof) != len(self.statement.unsafe):
            return False
        problems = (_problem(self.network, rows) for rows in self.statement.unsafe)
        return all(
            problem is None or (isinstance(problem, Branching) and check_closed(problem, closed))
            for problem, closed in zip(problems, self.proof, strict=True)
        )

    def __bool__(self) -> bool:
        return self.status == "holds"

    def __repr__(self) -> str:
        if self.point is not None:
            return f"The property is violated at ({', '.join(decimals(v, 6) for v in self.point[:8])})"
        if self.status == "unknown":
            return "It is unknown whether the property holds"
        return f"The property holds: {counted(sum(map(len, self.proof)), 'part')} closed"


@checked
def verify(network: Network, property: Property, *, seconds: Seconds | None = None) -> Verdict:
    """Return whether a network has a property: no input has an output with which it is unsafe.

    The verdict is "unknown" if ``seconds`` have passed; raises ShapeError if the numbers of inputs or outputs differ.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [-1]], [[1, 1]]])
    >>> above = tp.properties.parse_vnnlib('''(declare-const X_0 Real) (declare-const Y_0 Real)
    ... (assert (<= X_0 1)) (assert (>= X_0 -2)) (assert (>= Y_0 3/2))''')
    >>> found = verify(net, above)
    >>> found, bool(found), found.point, found.outputs
    (The property is violated at (-2), False, (mpq(-2,1),), (mpq(2,1),))
    """
    wanted, given = (property.n_inputs, property.n_outputs), (network.n_inputs, network.n_outputs)
    if wanted != given:
        raise ShapeError(
            f"The property is of networks with {counted(wanted[0], 'input')} and {counted(wanted[1], 'output')}, "
            f"the network has {given[0]} and {given[1]}."
        )
    clock, proof, unknown = Clock(seconds), list[tuple[Closed, ...]](), False
    for rows in property.unsafe:
        try:
            point, closed = _unsafe_point(network, rows, clock)
        except BudgetError:
            unknown = True
            break
        if point is not None:
            assert property.is_unsafe(point, network(point))
            return Verdict(network, property, "violated", point, ())
        proof.append(closed)
    return Verdict(network, property, "unknown" if unknown else "holds", None, () if unknown else tuple(proof))


def _problem(network: Network, rows: RationalMatrix) -> Branching | Vector | None:
    """The domain of an unsafe polyhedron, and its forms as outputs; a point if there are none; None if it is empty."""
    d, n = network.n_inputs, network.n_outputs
    reads_outputs = rows.take_columns(range(d, d + n)).nonzero().any(axis=1)
    inputs = rows.take_rows(~reads_outputs).take_columns([*range(d), d + n])
    flat = on_affine_hull(inputs)
    if flat is None:
        return None
    if not reads_outputs.any():
        return flat.lifted(flat.inside)
    return Branching(with_system(network.layers, rows.take_rows(reads_outputs)), flat)


def _unsafe_point(network: Network, rows: RationalMatrix, clock: Clock) -> tuple[Vector | None, tuple[Closed, ...]]:
    """A point of an unsafe polyhedron, or why there is none."""
    problem = _problem(network, rows)
    if not isinstance(problem, Branching):
        return problem, ()
    found = point_of_system(problem, clock)
    return (None if found.point is None else problem.flat.lifted(found.point)), found.closed


def with_system(layers: tuple[Layer, ...], rows: RationalMatrix) -> tuple[Layer, ...]:
    """Return the layers whose outputs are the forms <a, x> + <c, y> + e of rows (a, c, e)."""
    d, n = layers[0].n_inputs, layers[-1].n_outputs
    a, c, e = rows.take_columns(range(d)), rows.take_columns(range(d, d + n)), rows.take_columns([d + n])
    *hidden, last = layers
    read = np.flatnonzero(a.nonzero_columns())
    if not len(read) or not hidden:
        weight = c @ last.weight if hidden else c @ last.weight + a
        return (*hidden, Layer(weight, c @ last.bias + e, np.zeros(len(rows), dtype=bool)))
    kept, result = RationalMatrix.identity(d).take_rows(read), list[Layer]()
    for layer in hidden:
        weight = layer.weight if not result else layer.weight.hstack(RationalMatrix.zeros(layer.n_outputs, len(read)))
        if result:
            kept = RationalMatrix.zeros(len(read), layer.n_inputs).hstack(RationalMatrix.identity(len(read)))
        rectified = np.append(layer.rectified, np.zeros(len(read), dtype=bool))
        result.append(Layer(weight.vstack(kept), layer.bias.vstack(RationalMatrix.zeros(len(read), 1)), rectified))
    final = Layer((c @ last.weight).hstack(a.take_columns(read)), c @ last.bias + e, np.zeros(len(rows), dtype=bool))
    return (*result, final)
