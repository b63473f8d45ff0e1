"""The exact maximum of the difference of two functions on a bounded domain.

On a cell C of the complex of f - g over a polytope, every component of f - g is affine, so its absolute value is convex
and attains its maximum over the polytope C at a vertex.  Hence the maximum of |f_i(x) - g_i(x)| over all outputs i and
all x of the domain is the largest of finitely many exact numbers, the values at the vertices of the complex.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import Positive, checked
from troppoly.cellwise.cell_network import chunks
from troppoly.equivalence.parallel import PiecewiseLinear, as_network, difference_network
from troppoly.errors import UnboundedError
from troppoly.exact import CertifiedNumber, modular
from troppoly.exact.scalar import ObjectArray, decimals
from troppoly.refinement import CanonicalComplex, canonical_complex
from troppoly.refinement.domain import domain_forms, is_bounded
from troppoly.refinement.refinement import Progress

__all__ = ["MaximumDifference", "maximum_difference", "ray_values"]

Point = tuple[mpq, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MaximumDifference(CertifiedNumber):
    """The maximum ``value`` of |f_i - g_i|, attained at ``point`` by ``output`` i; ``values`` are f and g there.

    >>> import troppoly as tp
    >>> f, g = (tp.Network.from_arrays([[[1]], [[slope]]]) for slope in (1, 2))
    >>> difference = tp.maximum_difference(f, g, [(-1, 3)])
    >>> difference, difference.values
    (Largest difference 3 (about 3) at (3), ((mpq(3,1),), (mpq(6,1),)))
    """

    value: mpq
    point: Point
    output: int
    values: tuple[Point, Point]

    def __repr__(self) -> str:
        point = ", ".join(map(str, self.point))
        return f"Largest difference {self.value} (about {decimals(self.value, 3)}) at ({point})"


@checked
def maximum_difference(
    first: PiecewiseLinear,
    second: PiecewiseLinear,
    domain: Any,
    *,
    max_cells: int | None = None,
    max_memory: int | None = None,
    workers: Positive | None = None,
    progress: Progress | None = None,
) -> MaximumDifference:
    """Return the exact maximum of |first - second| over a bounded domain and all outputs, and where it is attained.

    The other arguments and errors are those of :func:`troppoly.equivalent`; UnboundedError for an unbounded domain.

    >>> from troppoly.network import Network
    >>> f = Network.from_arrays([[[1]], [[1]]])
    >>> maximum_difference(f, Network.from_arrays([[["1/2"]]]), [(-1, 3)])
    Largest difference 3/2 (about 1.5) at (3)
    """
    one, other = as_network(first), as_network(second)
    difference = difference_network(one, other)
    domain_forms(domain, one.n_inputs)
    if domain is None or not is_bounded(domain):
        raise UnboundedError("The maximum of a difference needs a bounded domain.")
    complex_ = canonical_complex(
        difference, domain, max_cells=max_cells, max_memory=max_memory, workers=workers, progress=progress
    )
    vertices = np.flatnonzero(~complex_.complex.rays.at_infinity)
    values, heights = ray_values(complex_, len(difference.layers) - 1, vertices)
    sizes = np.abs(values) / heights[:, None]
    place, output = (int(i) for i in np.unravel_index(np.argmax(sizes), sizes.shape))
    *x, t = complex_.complex.rays.homogeneous(vertices[[place]])[0]
    point = tuple(mpq(v, t) for v in x)
    return MaximumDifference(sizes[place, output], point, output, (one(point), other(point)))


def ray_values(complex_: CanonicalComplex, layer: int, rays: NDArray[np.intp]) -> tuple[ObjectArray, ObjectArray]:
    """Return the exact values (rays, units) of a layer before rectification at rays (x, t), and the t.

    They are those of the homogenized network: at a vertex to be divided by t, at a direction at infinity slopes.
    """
    points = complex_.complex.rays.homogeneous(rays)
    cells = np.arange(complex_.n_cells)  # that have the faces of one dimension after the other, down to the rays
    for k, incidence in reversed(list(enumerate(complex_.complex.facets, start=1))):
        above, cells = cells, np.zeros(complex_.complex.n_cones(k), dtype=np.int64)
        cells[incidence.indices] = above[incidence.owners]
    cells = cells[rays]
    network = complex_.cellwise
    values = np.empty((len(rays), network.layers[layer].n_units), dtype=object)
    size = int(max((abs(x) for x in points.flat), default=1)).bit_length()
    count = modular.n_moduli(network.form_bits[layer] + size)
    order = np.argsort(cells, kind="stable")
    for part in chunks(len(rays), network.cost(count)):
        chosen = order[part]
        y, active = modular.residues(points[chosen], count), complex_.signs.take(cells[chosen])
        values[chosen] = modular.integers(network.residues(count).values(layer, y, active))
    values *= 1 / network.layers[layer].scales
    return values, points[:, -1]
