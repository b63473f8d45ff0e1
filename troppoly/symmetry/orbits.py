"""Orbits and stabilizers of cells and of linear regions under a finite group of matrices.

A matrix g acts on a polyhedral complex if it maps faces to faces.  That is decided exactly on the rays of its fan
(vertices and directions at infinity, modulo the lineality space), then by dimension: its facets determine a cone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.complex.face_lattice import Incidence
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.complex.topology import connected_components
from troppoly.errors import InputError, counted
from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.exact.linear import modulo
from troppoly.regions import LinearRegions
from troppoly.symmetry.finite_group import FiniteGroup, square_matrix
from troppoly.values import Value, fixed_property

__all__ = ["Orbits", "cell_orbits", "region_orbits"]

Images = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Orbits(Value):
    """The orbits of a finite group on the numbers 0, ..., n - 1 of cells or of regions.

    ``images`` is the (generators, n) array of the permutations by which the generators act.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])  # (x)+ + (y)+
    >>> swap = tp.symmetry.FiniteGroup.generated_by([[[0, 1], [1, 0]]])
    >>> orbits = tp.symmetry.region_orbits(tp.linear_regions(net), swap)
    >>> orbits, orbits.sizes.tolist()
    (3 orbits of 4 under a group of 2 matrices on R^2, [1, 2, 1])
    """

    group: FiniteGroup
    images: Images

    @fixed_property
    def labels(self) -> NDArray[np.int64]:
        """The (n,) array of the number of the orbit to which each element belongs."""
        k, n = self.images.shape
        roots = connected_components(n, np.tile(np.arange(n), k), self.images.ravel())
        return np.unique(roots, return_inverse=True)[1]

    @property
    def n_orbits(self) -> int:
        """The number of orbits."""
        return int(self.labels.max()) + 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """The sizes of the orbits."""
        return np.bincount(self.labels)

    @property
    def representatives(self) -> NDArray[np.intp]:
        """The first element of every orbit."""
        return np.unique(self.labels, return_index=True)[1]

    @checked
    def stabilizer(self, i: int) -> tuple[RationalMatrix, ...]:
        """Return the elements of the group that map cell or region i to itself.

        Raises InputError if there is no such cell or region.
        """
        if not 0 <= i < self.images.shape[1]:
            raise InputError(f"There are cells or regions 0, ..., {self.images.shape[1] - 1}, not {i}.")
        image = [i]
        for generator, before in self.group.steps[1:]:
            image.append(int(self.images[generator, image[before]]))
        return tuple(g for g, j in zip(self.group.elements, image, strict=True) if j == i)

    def __repr__(self) -> str:
        group = repr(self.group).replace("G", "g", 1)
        return f"{counted(self.n_orbits, 'orbit')} of {self.images.shape[1]} under a {group}"


@checked
def cell_orbits(complex_: PolyhedralComplex, group: FiniteGroup) -> Orbits:
    """Return the orbits of the cells of a complex under a group that maps the complex to itself.

    Raises ShapeError if the group acts on another space, and InputError, which names the generator, if one does not.

    >>> import troppoly as tp
    >>> complex_ = tp.canonical_complex(tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])).complex
    >>> orbits = cell_orbits(complex_, FiniteGroup.generated_by([[[0, 1], [1, 0]]]))
    >>> orbits, sorted(orbits.sizes.tolist())
    (3 orbits of 4 under a group of 2 matrices on R^2, [1, 1, 2])
    """
    result = []
    for i, g in enumerate(group.generators):
        images = _cell_images(complex_, square_matrix(g, f"generator {i}", complex_.ambient_dimension))
        if images is None:
            raise InputError(f"Generator {i} does not map the complex to itself.")
        result.append(images)
    return Orbits(group, np.stack(result))


@checked
def region_orbits(regions: LinearRegions, group: FiniteGroup) -> Orbits:
    """Return the orbits of linear regions under a group that maps their complex and them to themselves.

    Raises what :func:`cell_orbits` does, and InputError, which names the generator, if cells of one are separated.

    >>> from troppoly.network import Network
    >>> from troppoly.regions import linear_regions
    >>> regions = linear_regions(Network.from_arrays([[[1, -1], [-1, 1]], [[1, 1]]]))       # |x - y|
    >>> orbits = region_orbits(regions, FiniteGroup.generated_by([[[0, 1], [1, 0]]]))
    >>> orbits.n_orbits, len(orbits.stabilizer(0))
    (1, 1)
    """
    cells = cell_orbits(regions.complex, group)
    of_cell = regions.region_of_cell
    images = np.zeros((len(cells.images), len(regions)), dtype=np.int64)
    for i, permutation in enumerate(cells.images):
        images[i, of_cell] = of_cell[permutation]
        if not np.array_equal(images[i, of_cell], of_cell[permutation]):
            raise InputError(f"Generator {i} maps cells of one linear region to different ones.")
    return Orbits(group, images)


def _cell_images(complex_: PolyhedralComplex, g: RationalMatrix) -> Images | None:
    """The number of the cell g R for every cell R of a complex, or None if g does not map the complex to itself."""
    images = _ray_images(complex_, g)
    for incidence in complex_.facets:
        images = None if images is None else _cone_images(incidence, images)
    return images


def _ray_images(complex_: PolyhedralComplex, g: RationalMatrix) -> Images | None:
    """The permutation of the rays, or None if there is none."""
    lines, d = complex_.lineality, complex_.ambient_dimension
    moving = g.hstack(RationalMatrix.zeros(d, 1)).vstack(RationalMatrix.of([[0] * d + [1]])).T
    if modulo((complex_.homogeneous_lines @ moving).numerators, lines).any():
        return None
    rays = complex_.homogeneous_rays
    place = {tuple(ray): i for i, ray in enumerate(modulo(rays, lines))}
    moved = modulo((DenseMatrix(rays) @ moving).numerators, lines)
    images = np.array([place.get(tuple(ray), -1) for ray in moved], dtype=np.int64)
    return None if (images < 0).any() else images


def _cone_images(incidence: Incidence, facets: Images) -> Images | None:
    """The permutation of cones by that of their facets, or None if there is none."""
    counts = np.diff(incidence.indptr)
    result = np.full(len(counts), -1, dtype=np.int64)
    for count in np.unique(counts):
        cones = np.flatnonzero(counts == count)
        lists = incidence.indices[incidence.indptr[cones][:, None] + np.arange(count)].astype(np.int64)
        both = np.concatenate([np.sort(lists, axis=1), np.sort(facets[lists], axis=1)])
        _, classes = np.unique(both.view([("", "V", both.shape[1] * 8)]), return_inverse=True)
        one, other = np.split(classes.ravel(), 2)
        place = np.full(len(both), -1)
        place[one] = cones
        result[cones] = place[other]
    return None if (result < 0).any() else result
