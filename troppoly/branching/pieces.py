"""Images and preimages: the polyhedra on which a network is affine, in a domain of any dimension."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.branching.domains import Flat, forms_of_domain, on_affine_hull
from troppoly.branching.nodes import Branching, Part
from troppoly.branching.relaxation import Signs
from troppoly.branching.search import affine_parts
from troppoly.circuit.layer import Layer
from troppoly.errors import EmptyDomainError, InputError, ShapeError
from troppoly.exact import RationalMatrix
from troppoly.exact.linear_program import Optimum, maximize
from troppoly.exact.scalar import ObjectArray
from troppoly.passagemath import polyhedron
from troppoly.values import Value

__all__ = ["AffinePiece", "flat_of", "image", "preimage", "with_outputs"]

Vector = tuple[mpq, ...]


@dataclass(frozen=True, eq=False, repr=False)
class AffinePiece(Value):
    """A polyhedron on which a network is affine, with the signs of all units constant inside.

    It is the set of all x = ``matrix`` u + ``vector`` with <a, u> + b >= 0 for the rows (a, b) of the ``inequalities``;
    in these coordinates of its domain's affine hull, ``outputs`` are the network, as rows.  The ``activation`` is for
    every layer 1 for units that pass their value on and -1 for those that are 0; ``point`` lies in the piece.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [-1]], [[1, 1], [1, 0]]])
    >>> piece = net.image([(-1, 2)])[0]
    >>> piece, piece.point, piece.affine_map[0].tolist()
    (Affine piece with activation (+-), (mpq(1,2),), [[mpq(1,1)], [mpq(1,1)]])
    >>> piece.polyhedron().vertices_list(), piece.image().vertices_list()
    ([[0], [2]], [[0, 0], [2, 2]])
    """

    layers: tuple[Layer, ...]
    activation: Signs
    point: Vector
    matrix: RationalMatrix
    vector: RationalMatrix
    inequalities: RationalMatrix
    outputs: RationalMatrix

    @property
    def affine_map(self) -> tuple[ObjectArray, ObjectArray]:
        """The exact (outputs, d) matrix and (outputs,) vector of the network where units have this activation."""
        matrix, vector = self.layers[0].weight, self.layers[0].bias
        for layer, signs in zip(self.layers[1:], self.activation, strict=False):
            active = signs > 0
            part = layer.weight.take_columns(active)
            matrix = part @ matrix.take_rows(active)
            vector = part @ vector.take_rows(active) + layer.bias
        return matrix.to_rationals(), vector.to_rationals()[:, 0]

    def polyhedron(self) -> Any:
        """Return the passagemath ``Polyhedron`` of all x, over the rationals."""
        return self._mapped(self.matrix.hstack(self.vector))

    def image(self) -> Any:
        """Return the passagemath ``Polyhedron`` of the outputs."""
        return self._mapped(self.outputs)

    def _mapped(self, forms: RationalMatrix) -> Any:
        """The image under the map of forms in u."""
        n, k = len(forms), forms.shape[1] - 1
        rows = forms.to_rationals()
        if not k:
            return polyhedron(vertices=[rows[:, 0].tolist()], ambient_dim=n)
        source = polyhedron(inequalities=[(r[-1], *r[:-1]) for r in self.inequalities.to_rationals()], ambient_dim=k)

        def moved(vectors: Sequence[Sequence[Any]], t: int) -> list[Any]:
            columns = RationalMatrix.of([*zip(*vectors, strict=True), [t] * len(vectors)], columns=len(vectors))
            found = (forms @ columns).T.tolist() if vectors else []
            return [v for v in found if t or any(v)]  # the map may lose a direction

        generators = source.vertices_list(), source.rays_list(), source.lines_list()
        return polyhedron(*(moved(part, t) for part, t in zip(generators, (1, 0, 0), strict=True)), ambient_dim=n)

    def __repr__(self) -> str:
        words = " ".join("".join("-+"[int(sign > 0)] for sign in signs) for signs in self.activation[:-1])
        return f"Affine piece with activation ({words})" if len(words) < 70 else "Affine piece"


def flat_of(domain: Any, d: int) -> Flat:
    """Return a domain in R^d in coordinates of its affine hull; raises EmptyDomainError if it is empty."""
    flat = on_affine_hull(forms_of_domain(domain, d))
    if flat is None:
        raise EmptyDomainError("The domain is empty.")
    return flat


def with_outputs(layers: Sequence[Layer], forms: RationalMatrix) -> tuple[Layer, ...]:
    """Return the layers followed by affine forms (c, e) in the outputs."""
    n = layers[-1].n_outputs
    linear = forms.take_columns(range(n))
    last = Layer(
        linear @ layers[-1].weight, linear @ layers[-1].bias + forms.take_columns([n]), np.zeros(len(forms), dtype=bool)
    )
    return (*layers[:-1], last)


def image(layers: tuple[Layer, ...], domain: Any) -> tuple[AffinePiece, ...]:
    """Return the pieces of a domain on which the network of the layers is affine."""
    branching = Branching(layers, flat_of(domain, layers[0].n_inputs))
    return tuple(
        _piece(layers, branching.flat, part, part.system, forms, part.inside)
        for part, forms in affine_parts(branching, prune=False)
    )


def preimage(layers: tuple[Layer, ...], target: Any, domain: Any) -> tuple[AffinePiece, ...]:
    """Return the parts of affine pieces of a domain whose outputs lie in a polyhedron."""
    n = layers[-1].n_outputs
    try:
        conditions = forms_of_domain(target, n)
    except EmptyDomainError:
        return ()
    except ShapeError as error:
        raise ShapeError(f"The target does not lie in the space R^{n} of the outputs.") from error
    except InputError as error:
        raise InputError("The target must be a passagemath Polyhedron, or a box as pairs (low, high).") from error
    linear = conditions.take_columns(range(n)).nonzero_columns().any() if len(conditions) else False
    flat, result = flat_of(domain, layers[0].n_inputs), []
    if not linear:
        return image(layers, domain)
    branching = Branching(with_outputs(layers, conditions), flat)
    for part, forms in affine_parts(branching, prune=True):
        matrix, right = part.system
        k = branching.k
        matrix = matrix.vstack(-forms.take_columns(range(k)))
        right = [*right, *(row[-1] for row in forms.to_rationals())]
        found = maximize([mpq(0)] * k, matrix, right) if k else None
        if isinstance(found, Optimum) or (not k and min(right, default=0) >= 0):
            point = found.point if isinstance(found, Optimum) else ()
            own = _outputs(layers, flat, part.signs)
            result.append(_piece(layers, flat, part, (matrix, right), own, point))
    return tuple(result)


def _outputs(layers: Sequence[Layer], flat: Flat, signs: Signs) -> RationalMatrix:
    """The outputs as forms in u, where units have these signs."""
    forms = flat.matrix.hstack(flat.vector)
    for layer, before in zip(layers, (None, *signs), strict=False):
        weight = layer.weight if before is None else layer.weight.take_columns(before > 0)
        constants = RationalMatrix.zeros(layer.n_outputs, flat.matrix.shape[1]).hstack(layer.bias)
        forms = weight @ (forms if before is None else forms.take_rows(before > 0)) + constants
    return forms


def _piece(
    layers: tuple[Layer, ...],
    flat: Flat,
    part: Part,
    system: tuple[RationalMatrix, list[mpq]],
    outputs: RationalMatrix,
    u: Vector,
) -> AffinePiece:
    matrix, right = system
    column = RationalMatrix.from_rationals(np.array(right, dtype=object).reshape(-1, 1))
    rows = (-matrix).hstack(column).dense()
    return AffinePiece(layers, part.signs, flat.lifted(u), flat.matrix, flat.vector, rows, outputs)
