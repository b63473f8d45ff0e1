"""The picture against the mathematics: the cells tile the window and carry the right map."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from matplotlib.path import Path
from numpy.typing import NDArray

import troppoly as tp
from troppoly.passagemath import polyhedron
from troppoly.plotting import plot_regions, window_of
from troppoly.plotting.clipping import RoundedComplex
from troppoly.plotting.view import View

NETWORKS = {
    "generic": lambda: random_network(0, (2, 8, 8, 1)),
    "several outputs": lambda: random_network(1, (2, 6, 5, 3)),
    "central": lambda: tp.Network.from_arrays([[[1, 0], [0, 1], [1, 1]], [[1, 2, 4]]]),
    "half-planes": lambda: tp.Network.from_arrays([[[1, 2]], [[1]]], [[3], [0]]),
    "strips": lambda: tp.Network.from_arrays([[[1, 2], [2, 4], [-1, -2]], [[1, 2, 3]]], [[3, -1, 5], [0]]),
    "affine": lambda: tp.Network.from_arrays([[[1, 2]]]),
    "quadrants": lambda: tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]]),
}
WINDOWS = [None, (-1.5, 2.0, -0.5, 3.0), (100.0, 140.0, -30.0, 30.0), (0.0, 1.0, 0.0, 1.0)]


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


def box(window):
    corners = product(*np.reshape(window, (-1, 2)).tolist())
    return polyhedron(vertices=[[tp.rational(x) for x in c] for c in corners], ambient_dim=len(window) // 2)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("name", NETWORKS)
def test_cells_tile_the_window_and_carry_the_right_map(name: str, window) -> None:
    network = NETWORKS[name]()
    regions = tp.linear_regions(network)
    picture = View.of(regions.complex, window)
    xmin, xmax, ymin, ymax = picture.window
    areas, _ = picture.cells.areas_and_centroids()
    assert areas.sum() == pytest.approx((xmax - xmin) * (ymax - ymin), rel=1e-9)
    points = np.random.default_rng(0).uniform((xmin, ymin), (xmax, ymax), (500, 2))
    owner = np.full(len(points), -1)
    for i, polygon in zip(picture.cells.ids, picture.cells.polygons, strict=True):
        inside = Path(polygon).contains_points(points)
        assert (owner[inside] == -1).all()
        owner[inside] = i
    assert (owner >= 0).all()
    matrices, vectors = cell_maps(regions)
    predicted = np.einsum("nij,nj->ni", matrices[owner], points) + vectors[owner]
    np.testing.assert_allclose(predicted, network.evaluate_float(points), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("window", WINDOWS[1:])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_cells_and_walls_are_those_that_meet_the_window(name: str, window) -> None:
    complex_ = tp.linear_regions(NETWORKS[name]()).complex
    picture, frame = View.of(complex_, window), box(window)
    sections = [cell.polyhedron().intersection(frame) for cell in complex_.cells]
    met = [i for i, section in enumerate(sections) if section.dim() == 2]
    assert picture.cells.ids.tolist() == met
    areas, centroids = picture.cells.areas_and_centroids()
    np.testing.assert_allclose(areas, [float(sections[i].volume()) for i in met], rtol=1e-9)
    expected = [[float(x) for x in sections[i].centroid()] for i in met]
    np.testing.assert_allclose(centroids, expected, rtol=1e-9, atol=1e-12)
    pairs = set(zip(complex_.walls.first.tolist(), complex_.walls.second.tolist(), strict=True))
    inner = {
        (a, b)
        for a, b in pairs
        if (section := sections[a].intersection(sections[b])).dim() == 1
        and frame.relative_interior_contains(section.center())
    }
    walls = complex_.walls
    ids = picture.walls.ids
    assert set(zip(walls.first[ids].tolist(), walls.second[ids].tolist(), strict=True)) == inner


@pytest.mark.parametrize("name", NETWORKS)
def test_the_ends_of_the_walls_lie_on_both_cells_and_end_at_vertices_or_the_frame(name: str) -> None:
    regions = tp.linear_regions(NETWORKS[name]())
    vertices = RoundedComplex.of(regions.complex).vertices
    picture = View.of(regions.complex, window_of(vertices))
    walls = regions.complex.walls
    assert len(picture.walls) == len(walls.facets)  # the window shows every vertex
    matrices, vectors = cell_maps(regions)
    bounds = np.reshape(picture.window, (2, 2))
    for segment, wall in zip(picture.walls.polygons, picture.walls.ids, strict=True):
        a, b = walls.first[wall], walls.second[wall]
        assert len(segment) == 2
        for point in segment:
            first, second = (matrices[c] @ point + vectors[c] for c in (a, b))
            np.testing.assert_allclose(first, second, rtol=1e-6, atol=1e-6)
            at_frame = np.isclose(bounds, point[:, None]).any()
            assert at_frame or (len(vertices) and np.isclose(vertices, point).all(axis=1).any())


@pytest.mark.parametrize(
    "weights",
    [[[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]], [[1, 2, 0], [1, -1, 0], [0, 1, 0]], [[1, 2, 3], [2, 4, 6]]],
    ids=["generic", "lineality of dimension 1", "lineality of dimension 2"],
)
def test_faces_of_space_are_cut_at_the_box(weights) -> None:
    net = tp.Network.from_arrays([weights, [[1] * len(weights)]], [[i - 1 for i in range(len(weights))], [0]])
    complex_ = tp.linear_regions(net).complex
    rounded = RoundedComplex.of(complex_)
    window = (-2.0, 1.5, -1.25, 2.0, -0.75, 3.0)
    frame = box(window)
    for dimension in (1, 2):
        faces = list(complex_.faces(dimension))
        sections = {face.index: face.polyhedron().intersection(frame) for face in faces}
        sections = {
            i: section
            for i, section in sections.items()
            if section.dim() == dimension and frame.relative_interior_contains(section.center())
        }
        clipped = rounded.faces(dimension, window)
        assert clipped.ids.tolist() == sorted(sections)
        for i, corners in zip(clipped.ids, clipped.polygons, strict=True):
            exact = np.array([[float(x) for x in v] for v in sections[i].vertices_list()])
            key = lambda array: sorted(map(tuple, np.round(array, 9) + 0.0))  # noqa: E731
            assert key(corners) == key(exact)


def test_the_corners_are_in_cyclic_order() -> None:
    cells = View.of(tp.linear_regions(NETWORKS["generic"]()).complex).cells
    for polygon in cells.polygons:
        sides = np.roll(polygon, -1, axis=0) - polygon
        following = np.roll(sides, -1, axis=0)
        turns = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
        assert (turns > -1e-9).all() or (turns < 1e-9).all()


FAR = {
    "vertices at 10^16": ([[0.1 + 0.2, 1], [0.3, 1]], [0, -1], (-2.0, 2.0, -2.0, 2.0)),
    "vertices at 10^17": (
        [[-Fraction(k * k, 2**60), 1] for k in range(5)],
        [-Fraction(k, 4) for k in range(5)],
        (-1.0, 1.0, -0.1, 1.1),
    ),
    "vertices at 10^400": ([[Fraction(k, 10**400), 1] for k in range(4)], [0, -1, 3, 1], (-3.0, 3.0, -4.0, 2.0)),
    "slopes of 10^200": ([[10**200, 1], [-(10**200), 10**200], [1, 3]], [0, 10**200, 1], (-2.0, 2.0, -2.0, 2.0)),
    "near lines in random directions": (
        [[random + k * 2.0**-50, 1 - random] for random in (0.25, 0.8) for k in range(3)],
        [0.1, 0.2, 0.3, -0.1, 0.4, 0.7],
        (-1.0, 1.0, -1.0, 1.0),
    ),
}


def chord(row, bias, window) -> list[tuple[float, float]]:
    """The ends of the part of the line <row, x> + bias = 0 in a window, in Fractions, rounded at the end."""
    a, b, c = Fraction(row[0]), Fraction(row[1]), Fraction(bias)
    bounds = np.reshape([Fraction(x) for x in window], (2, 2))
    ends = {(x, -(a * x + c) / b) for x in bounds[0]} | ({(-(b * y + c) / a, y) for y in bounds[1]} if a else set())
    inside = [p for p in ends if all(low <= x <= high for x, (low, high) in zip(p, bounds, strict=True))]
    return [tuple(map(float, p)) for p in (min(inside), max(inside))]


@pytest.mark.parametrize("name", FAR)
def test_walls_end_where_their_lines_leave_the_window_exactly(name: str) -> None:
    weights, biases, window = FAR[name]
    regions = tp.linear_regions(tp.Network.from_arrays([weights, [[2**i for i in range(len(biases))]]], [biases, [0]]))
    picture = View.of(regions.complex, window)
    drawn = {tuple(end) for end in picture.walls.points.tolist()}
    for row, bias in zip(weights, biases, strict=True):
        assert set(chord(row, bias, window)) <= drawn
    areas, _ = picture.cells.areas_and_centroids()
    xmin, xmax, ymin, ymax = window
    assert areas.sum() == pytest.approx((xmax - xmin) * (ymax - ymin), rel=1e-12)
    ax = plot_regions(regions, window=window)
    ax.figure.draw_without_rendering()


def test_the_bands_between_nearly_parallel_lines_are_filled() -> None:
    weights, biases, window = FAR["vertices at 10^17"]
    net = tp.Network.from_arrays([weights, [[1] * 5]], [biases, [0]])
    cells = View.of(tp.linear_regions(net).complex, window).cells
    for polygon in cells.polygons:  # y = k / 4, up to less than the width of a line
        low, high = sorted({round(y, 6) for y in polygon[:, 1]})
        assert (low, high) in {(-0.1, 0.0), (0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.0), (1.0, 1.1)}
    assert len(cells) == 6


@pytest.mark.parametrize("size", [10**200, 10**400])
def test_a_strip_and_a_plane_far_away(size: int) -> None:
    # the lines x + y = size and x + y = 1, and a constant
    strips = tp.Network.from_arrays([[[1, 1], [1, 1]], [[1, 1]]], [[-size, -1], [0]])
    picture = View.of(tp.linear_regions(strips).complex, (0.0, 2.0, 0.0, 2.0))
    assert [sorted(map(tuple, wall)) for wall in picture.walls.polygons] == [[(0, 1), (1, 0)]]
    constant = tp.linear_regions(tp.Network.from_arrays([[[0, 0]]], [[size]]))
    (plane,) = View.of(constant.complex, (0.0, 2.0, 0.0, 2.0)).cells.polygons
    assert sorted(map(tuple, plane)) == [(0, 0), (0, 2), (2, 0), (2, 2)]


def test_integers_beyond_the_range_of_floats() -> None:
    big = 10**400
    net = tp.Network.from_arrays([[[big, 1], [1, big]], [[1, 1]]], [[big, 2 * big], [0]])
    rounded = RoundedComplex.of(tp.linear_regions(net).complex)
    np.testing.assert_allclose(rounded.vertices, [[-1, -2]])
    assert np.isfinite(rounded.rays).all()
    far = tp.Network.from_arrays([[[1, 0], [0, 1], [1, 1]], [[1, 1, 1]]], [[big, 0, 0], [0]])
    assert View.of(tp.linear_regions(far).complex).window == (-1, 1, -1, 1)  # around the only one


def test_a_domain_is_drawn_where_the_complex_ends() -> None:
    net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])
    strip = polyhedron(vertices=[(-1, -1), (-1, 1)], rays=[(1, 0)], ambient_dim=2)
    ax = plot_regions(tp.linear_regions(net, domain=strip), window=(-2, 2, -2, 2))
    border = [c for c in ax.collections if c.get_zorder() == 2.5]
    ends = np.concatenate([c.get_segments() for c in border])
    # the left side and the upper and lower one, in pieces that stop at the walls, and nothing at x = 2
    assert sum(np.linalg.norm(b - a) for a, b in ends) == pytest.approx(2 + 3 + 3)
    assert not any((segment[:, 0] == 2).all() for segment in ends)


def test_no_faces() -> None:
    complex_ = tp.linear_regions(NETWORKS["quadrants"]()).complex
    clipped = RoundedComplex.of(complex_).faces(1, (1, 2, 1, 2))
    assert len(clipped) == 0
    assert clipped.polygons == []
    assert len(clipped.take([])) == 0


def test_other_dimensions_and_empty_windows_are_refused() -> None:
    regions = tp.linear_regions(tp.Network.from_arrays([[[1, 0, 0]], [[1]]]))
    with pytest.raises(tp.InputError, match=r"R\^3"):
        View.of(regions.complex)
    plane = tp.linear_regions(NETWORKS["quadrants"]())
    for window in [(0, 1, 2, 2), (0, 1), (0, 1, 0, float("inf")), (0, float("nan"), 0, 1)]:
        with pytest.raises(tp.InputError, match="window"):
            View.of(plane.complex, window)
