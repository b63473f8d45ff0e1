from __future__ import annotations

import numpy as np
import pytest

import troppoly as tp
from troppoly.plotting import central_window, window_of
from troppoly.plotting.clipping import RoundedComplex
from troppoly.plotting.windows import check_window


def test_the_window_shows_every_vertex() -> None:
    random = np.random.default_rng(0)
    weights = [random.normal(size=shape) for shape in [(8, 2), (6, 8), (1, 6)]]
    regions = tp.linear_regions(tp.Network.from_arrays(weights, [random.normal(size=len(w)) for w in weights]))
    xmin, xmax, ymin, ymax = window_of(RoundedComplex.of(regions.complex).vertices)
    for face in regions.complex.faces(0):
        (vertex,) = face.vertices()
        assert xmin < vertex[0] < xmax
        assert ymin < vertex[1] < ymax


def test_the_window_of_points_on_a_line_or_none() -> None:
    assert window_of(np.zeros((0, 2))) == (-1, 1, -1, 1)
    assert window_of([[3.0, 3.0, 3.0]], 3) == (2, 4, 2, 4, 2, 4)
    xmin, xmax, ymin, ymax = window_of(np.array([[0.0, 5.0], [10.0, 5.0]]))
    assert xmin < 0 < 10 < xmax
    assert ymin < 5 < ymax


def test_the_central_window_of_few_or_scattered_points() -> None:
    assert central_window(np.zeros((0, 2))) == (-1, 1, -1, 1)
    few = np.array([[0.0, 0.0], [1.0, 9.0], [2.0, -9.0], [4.0, 1.0]])
    assert central_window(few) == window_of(few)
    assert central_window([[1e308, 2.0], [np.inf, 3.0]]) == (-1, 1, -1, 1)


def test_the_central_window_is_not_a_speck_and_leaves_out_few() -> None:
    # crossings of 60 random lines: a few are as far away as the lines are nearly parallel
    random = np.random.default_rng(1)
    normals, biases = random.normal(size=(60, 2)), random.normal(size=60)
    pairs = [(i, j) for i in range(60) for j in range(i)]
    points = np.array([np.linalg.solve(normals[[i, j]], biases[[i, j]]) for i, j in pairs])
    low, high = np.reshape(central_window(points), (2, 2)).T
    inside = np.all((low < points) & (points < high), axis=1)
    assert 0.7 < inside.mean() < 1
    quarter = np.quantile(points, [0.25, 0.75], axis=0)  # half of the coordinates on a sixth of the side or more
    assert ((quarter[1] - quarter[0]) > (high - low) / 6).all()
    assert (np.ptp(points, axis=0) > 20 * (high - low)).all()
    square = random.uniform(size=(500, 2))
    assert central_window(square) == window_of(square)


@pytest.mark.parametrize("window", ["abcd", "0123", None, 7, [0, 1, 2], [[0, 1], [0, 1]], (0, 1, 0, "x"), {1, 2, 3, 4}])
def test_no_windows(window) -> None:
    with pytest.raises(tp.InputError, match=r"window of R\^2"):
        check_window(window)


def test_no_points() -> None:
    for choose in (window_of, central_window):
        with pytest.raises(tp.InputError, match=r"abc|array"):
            choose("abc")


@pytest.mark.parametrize("window", [(0, 1, 0, 1, 2, 2), (0, 1, 0, 1), (0, 1, 0, 1, 0, float("inf"))])
def test_windows_of_space(window) -> None:
    with pytest.raises(tp.InputError, match="zmin, zmax"):
        check_window(window, 3)
