"""The picture against the mathematics: every point of the window lies in the polygon of its cell."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.path import Path
from numpy.typing import NDArray

import troppoly as tp
from troppoly.plotting.planar import PlanarComplex, window_of

NETWORKS = {
    "generic": lambda: random_network(0, (2, 8, 8, 1)),
    "several outputs": lambda: random_network(1, (2, 6, 5, 3)),
    "central": lambda: tp.Network.from_arrays([[[1, 0], [0, 1], [1, 1]], [[1, 2, 4]]]),
    "half-planes": lambda: tp.Network.from_arrays([[[1, 2]], [[1]]], [[3], [0]]),
    "strips": lambda: tp.Network.from_arrays([[[1, 2], [2, 4], [-1, -2]], [[1, 2, 3]]], [[3, -1, 5], [0]]),
    "affine": lambda: tp.Network.from_arrays([[[1, 2]]]),
    "quadrants": lambda: tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]]),
}


def random_network(seed: int, widths: tuple[int, ...]) -> tp.Network:
    random = np.random.default_rng(seed)
    shapes = list(zip(widths[1:], widths[:-1], strict=True))
    return tp.Network.from_arrays(
        [random.normal(size=shape) for shape in shapes], [random.normal(size=m) for m, _ in shapes]
    )


def cell_maps(regions: tp.LinearRegions) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    maps = [cell.affine_map for cell in regions.cells]
    matrices = np.array([matrix.astype(float) for matrix, _ in maps])
    return matrices, np.array([vector.astype(float) for _, vector in maps])


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("window", [None, (-1.5, 2.0, -0.5, 3.0), (100.0, 140.0, -30.0, 30.0)])
def test_polygons_tile_the_window_and_carry_the_right_map(name: str, window) -> None:
    network = NETWORKS[name]()
    regions = tp.linear_regions(network)
    picture = PlanarComplex.of(regions.complex, window)
    xmin, xmax, ymin, ymax = picture.window
    points = np.random.default_rng(0).uniform((xmin, ymin), (xmax, ymax), (500, 2))
    owner = np.full(len(points), -1)
    for i, polygon in enumerate(picture.polygons):
        inside = Path(polygon).contains_points(points)
        assert (owner[inside] == -1).all()
        owner[inside] = i
    assert (owner >= 0).all()
    matrices, vectors = cell_maps(regions)
    predicted = np.einsum("nij,nj->ni", matrices[owner], points) + vectors[owner]
    np.testing.assert_allclose(predicted, network.evaluate_float(points), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_ends_of_the_walls_lie_on_both_cells(name: str) -> None:
    regions = tp.linear_regions(NETWORKS[name]())
    picture = PlanarComplex.of(regions.complex)
    walls = regions.complex.walls
    matrices, vectors = cell_maps(regions)
    for segment, a, b in zip(picture.segments, walls.first, walls.second, strict=True):
        for point in segment:
            first, second = (matrices[c] @ point + vectors[c] for c in (a, b))
            np.testing.assert_allclose(first, second, rtol=1e-6, atol=1e-6)


def test_the_window_shows_every_vertex() -> None:
    regions = tp.linear_regions(NETWORKS["generic"]())
    xmin, xmax, ymin, ymax = PlanarComplex.of(regions.complex).window
    for face in regions.complex.faces(0):
        (vertex,) = face.vertices()
        assert xmin < vertex[0] < xmax
        assert ymin < vertex[1] < ymax


def test_the_window_of_points_on_a_line_or_none() -> None:
    assert window_of(np.zeros((0, 2))) == (-1, 1, -1, 1)
    xmin, xmax, ymin, ymax = window_of(np.array([[0.0, 5.0], [10.0, 5.0]]))
    assert xmin < 0 < 10 < xmax
    assert ymin < 5 < ymax


def test_other_dimensions_and_empty_windows_are_refused() -> None:
    regions = tp.linear_regions(tp.Network.from_arrays([[[1, 0, 0]], [[1]]]))
    with pytest.raises(tp.InputError, match=r"R\^3"):
        PlanarComplex.of(regions.complex)
    plane = tp.linear_regions(NETWORKS["quadrants"]())
    with pytest.raises(tp.InputError, match="empty"):
        PlanarComplex.of(plane.complex, (0, 1, 2, 2))
