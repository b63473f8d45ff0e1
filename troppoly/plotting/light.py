"""Polygons of space in the light: how bright they are, and at which edges they bend."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.plotting.clipping import ClippedFaces
from troppoly.plotting.windows import Window, intervals

__all__ = ["bends", "shaded", "unit_normals"]

Floats: TypeAlias = NDArray[np.float64]

LIGHT = np.array([-0.42, -0.22, 0.88])
"""The direction of the light; polygons are lit from both sides."""

FLAT = 2.0**-30
"""Two polygons whose normals have a cosine this near to 1 look like one."""


def unit_normals(polygons: ClippedFaces) -> Floats:
    """Return the (n, 3) unit normals of polygons of space.

    >>> square = ClippedFaces(np.array([7]), np.array([[0., 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]]), np.array([0, 4]))
    >>> unit_normals(square)
    array([[0., 0., 1.]])
    """
    if not len(polygons):
        return np.zeros((0, 3))
    first = polygons.points - polygons.points[polygons.indptr[:-1]][polygons.owners]
    size = np.maximum.reduceat(np.abs(first).max(axis=1), polygons.indptr[:-1])[polygons.owners]
    first /= np.where(size > 0, size, 1.0)[:, None]  # (a square of a coordinate may be no float)
    second = np.roll(first, -1, axis=0)
    second[polygons.indptr[1:] - 1] = 0.0
    normals = np.add.reduceat(np.cross(first, second), polygons.indptr[:-1])
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300))


def shaded(colours: Floats, polygons: ClippedFaces, box: Window) -> Floats:
    """Return (n, 3) colours darkened by the slope of the polygons, as they lie in a box drawn as a cube."""
    scaled = ClippedFaces(polygons.ids, polygons.points / np.diff(intervals(box))[:, 0], polygons.indptr)
    brightness: Floats = (0.58 + 0.42 * np.abs(unit_normals(scaled) @ LIGHT))[:, None]
    return colours * brightness


def bends(complex: PolyhedralComplex, polygons: ClippedFaces, edges: ClippedFaces) -> NDArray[np.bool_]:
    """Return for every edge whether the polygons at it do more than lie flat, two in one plane.

    Both are faces of a complex of R^3 without lineality.
    """
    incidence = complex.facets[1]
    normal = np.full((incidence.n_lists, 3), np.nan)
    normal[polygons.ids] = unit_normals(polygons)
    met = np.isfinite(normal[incidence.owners, 0])
    at, sides = incidence.indices[met], normal[incidence.owners[met]]
    moments = np.zeros((complex.n_cones(2), 3, 3))
    np.add.at(moments, at, sides[:, :, None] * sides[:, None, :])  # n n^T, the same for n and -n
    count = np.bincount(at, minlength=len(moments))
    # for two unit normals, |n n^T + m m^T|^2 = 2 + 2 <n, m>^2
    flat = (count == 2) & ((moments**2).sum(axis=(1, 2)) >= 4 - FLAT)
    return np.asarray(~flat[edges.ids])
