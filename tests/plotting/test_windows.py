from __future__ import annotations

import numpy as np
import pytest

import troppoly as tp
from troppoly.plotting import RoundedComplex, central_window, check_window, window_of


def test_the_window_shows_every_vertex() -> None:
    random = np.random.default_rng(0)
    weights = [random.normal(size=shape) for shape in [(8, 2), (6, 8), (1, 6)]]
    regions = tp.linear_regions(
        tp.Network.from_arrays(weights, [random.normal(size=len(w)) for w in weights])
    )
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
    # every point is first or last in one coordinate
    low, high, *_ = central_window(np.array([[0.0, 0.0], [1.0, 9.0], [2.0, -9.0], [9.0, 1.0]]))
    assert low < high


@pytest.mark.parametrize("window", [(0, 1, 0, 1, 2, 2), (0, 1, 0, 1), (0, 1, 0, 1, 0, float("inf"))])
def test_windows_of_space(window) -> None:
    with pytest.raises(tp.InputError, match="zmin, zmax"):
        check_window(window, 3)
