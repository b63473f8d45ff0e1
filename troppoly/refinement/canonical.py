"""The canonical complex of a network: a polyhedral complex, and the signs of the units on its cells and at its rays.

C(N) is the coarsest polyhedral complex on which the pre-activation of every rectified unit has a constant sign on every
relatively open face.

Reference: Grigsby and Lindsey, On transversality of bent hyperplane arrangements and the topological expressiveness of
ReLU neural networks, SIAM J. Appl. Algebra Geom. 6 (2022).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from gmpy2 import gcd, mpq, mpz
from numpy.typing import NDArray

from troppoly.cellwise.cell_network import CellNetwork
from troppoly.cellwise.sign_words import SignWords, pack
from troppoly.complex.polyhedral_complex import Faces, PolyhedralComplex, Rays
from troppoly.exact import rational_vector
from troppoly.exact.scalar import ObjectArray
from troppoly.network import Network
from troppoly.refinement.certificate import Certificate
from troppoly.refinement.coordinates import Coordinates
from troppoly.refinement.recompute import Recomputation
from troppoly.values import Value

__all__ = ["CanonicalComplex", "PartialComplex", "RefinedComplex", "RefinedRays"]


@dataclass(frozen=True, eq=False)
class RefinedRays(Value):
    """The rays of a refinement, cut out by ``forms`` (n, D - 1), with ``signs`` (n, D) of coordinates."""

    forms: NDArray[np.int32]
    signs: NDArray[np.int8]
    coordinates: Coordinates
    recomputation: Recomputation

    def _content(self) -> tuple[Any, ...]:
        return (self.homogeneous(np.arange(len(self.signs))),)

    def __hash__(self) -> int:
        return len(self.signs)

    @property
    def at_infinity(self) -> NDArray[np.bool_]:
        """The (n,) array that is true where t = 0."""
        return np.asarray(self.signs[:, -1] == 0)

    def homogeneous(self, ids: Any) -> ObjectArray:
        """Return the (len(ids), d + 1) integer coordinates (x, t) of the rays ``ids``."""
        ids = np.asarray(ids, dtype=np.int64)
        y = self.recomputation.rays(self.forms[ids], self.signs[ids])
        points = y @ self.coordinates.section.numerators.T  # a positive multiple of (x, t)
        for i, row in enumerate(points):
            points[i] = row // max(gcd(*row), mpz(1))
        return points


@dataclass(frozen=True, eq=False)
class RefinedComplex(Value, ABC):
    """A complex that was refined by units of a network (over a domain), with their signs.

    ``signs`` are those on the cells, ``ray_signs`` those at the rays, and ``unmerged`` those on the cells before these
    were merged over what maxima do without: all sign vectors of units on full-dimensional sets.  ``certificate`` tells
    how the signs at the rays were decided; ``nbytes`` is the most memory that the arrays of the refinement took up.
    """

    complex: PolyhedralComplex
    network: Network
    signs: SignWords
    ray_signs: SignWords
    unmerged: SignWords
    certificate: Certificate
    nbytes: int = field(compare=False)

    @property
    def ambient_dimension(self) -> int:
        """The number d of inputs."""
        return self.complex.ambient_dimension

    @property
    def lineality_dimension(self) -> int:
        """The dimension of the lineality space that all faces have in common."""
        return self.complex.lineality_dimension

    @property
    def rays(self) -> Rays:
        """The rays of the cones, exact when asked for."""
        return self.complex.rays

    @property
    def n_cells(self) -> int:
        """The number of cells."""
        return self.complex.n_cells

    @property
    def n_bounded_cells(self) -> int:
        """The number of bounded cells."""
        return self.complex.n_bounded_cells

    def n_cones(self, k: int) -> int:
        """Return the number of cones of dimension k, those at infinity included."""
        return self.complex.n_cones(k)

    def faces(self, dimension: int) -> Faces:
        """Return the faces of a dimension; raises InputError unless it is one of 0, ..., d."""
        return self.complex.faces(dimension)

    def euler_characteristic(self) -> int:
        """Return the sum of (-1)^dim over all faces, (-1)^d over R^d (compact supports)."""
        return self.complex.euler_characteristic()

    @property
    def cells(self) -> Faces:
        """The cells, in the order of ``signs``."""
        return self.complex.cells

    def f_vector(self) -> tuple[int, ...]:
        """Return (f_0, ..., f_d): the numbers of faces by dimension."""
        return self.complex.f_vector()

    def activation(self, cells: Any = slice(None)) -> tuple[NDArray[np.int8], ...]:
        """Return for every layer the (cells, rectified units) signs +1, 0, -1 of pre-activations inside cells.

        A unit whose sign does not matter (it belongs to a maximum of which a later unit is positive, or the refinement
        did not come to it) has the sign 0; the function on the cell is that of a unit which is zero there.
        """
        return self.signs.take(cells).activation()

    @abstractmethod
    def __repr__(self) -> str: ...


@dataclass(frozen=True, eq=False, repr=False)
class PartialComplex(RefinedComplex):
    """What is left when a budget is reached: the complex of the first ``n_refined`` of ``n_units`` rectified units.

    The network is not affine on its cells, so it is refused where a canonical complex is wanted.
    """

    n_refined: int
    n_units: int

    def __repr__(self) -> str:
        return (
            f"Complex of the first {self.n_refined} of {self.n_units} rectified units of {self.network!r} "
            f"with f-vector {self.f_vector()}"
        )


@dataclass(frozen=True, eq=False, repr=False)
class CanonicalComplex(RefinedComplex):
    """The canonical complex of a network (over a domain): ``complex``, with the signs of the units.

    ``cellwise`` is the network on the cells, which reads the words of ``signs``.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])  # (x)+ + (y)+
    >>> tp.canonical_complex(net)
    Canonical complex of Network 2-2-1 (ReLU) with f-vector (1, 4, 4)
    >>> tp.canonical_complex(net).complex.n_directions_at_infinity
    4
    """

    cellwise: CellNetwork = field(compare=False)

    def candidates(self, point: Sequence[Any]) -> NDArray[np.intp]:
        """Return the cells on which no unit has the sign opposite to that at a point.

        Those that contain the point x are among them, and over R^d there are no others: if one unit after another is
        zero at x or has its sign on the cell, the units pass on at x what they do on the cell, so x satisfies the
        inequalities of the cell.
        """
        values = rational_vector(point, "point", length=self.complex.ambient_dimension)
        possible = np.ones(self.n_cells, dtype=bool)
        for layer, places in zip(self.network.layers, self.signs.layers, strict=True):
            z = [w + layer.bias[i, 0] for i, w in enumerate(layer.weight.apply(values))]
            signs = np.array([int(v > 0) - int(v < 0) for v in z])[None, layer.rectified]
            possible &= ~(self.signs.words[:, places.columns] & pack(signs < 0, signs > 0)).any(axis=1)
            values = tuple(mpq(0) if r and v < 0 else v for r, v in zip(layer.rectified, z, strict=True))
        return np.flatnonzero(possible)

    def __repr__(self) -> str:
        return f"Canonical complex of {self.network!r} with f-vector {self.f_vector()}"
