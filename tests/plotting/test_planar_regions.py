from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

import troppoly as tp
from troppoly.plotting import overview, plot_regions, window_of
from troppoly.plotting.clipping import RoundedComplex
from troppoly.plotting.planar_regions import check_picture_file, save_figure
from troppoly.plotting.view import View, cell_colors


def colors_of_cells(ax) -> np.ndarray:
    (cells,) = [c for c in ax.collections if isinstance(c, PolyCollection)]
    return cells.get_facecolors()


def wall_counts(ax) -> tuple[int, int]:
    """The numbers of solid and of dotted walls."""
    solid, dotted = [c for c in ax.collections if isinstance(c, LineCollection)]
    return len(solid.get_segments()), len(dotted.get_segments())


def random_regions() -> tp.LinearRegions:
    random = np.random.default_rng(0)
    weights = [random.normal(size=shape) for shape in [(8, 2), (6, 8), (1, 6)]]
    return tp.linear_regions(tp.Network.from_arrays(weights, [random.normal(size=len(w)) for w in weights]))


def test_equal_maps_have_equal_colors_and_neighbors_others() -> None:
    regions = random_regions()
    whole = window_of(RoundedComplex.of(regions.complex).vertices)
    colors = colors_of_cells(plot_regions(regions, window=whole))
    maps = [cell.affine_map for cell in regions.cells]
    equal = [[(a[0] == b[0]).all() and (a[1] == b[1]).all() for b in maps] for a in maps]
    assert all((colors[i] == colors[j]).all() for i in range(len(maps)) for j in range(len(maps)) if equal[i][j])
    walls = regions.complex.walls
    assert all((colors[i] == colors[j]).all() == equal[i][j] for i, j in zip(walls.first, walls.second, strict=True))


def test_a_wall_inside_a_linear_region_is_dotted() -> None:
    # (x)+ - (-x)+ = x: one linear region, two cells. With (y)+: two linear regions, four cells.
    line = tp.Network.from_arrays([[[1, 0], [-1, 0]], [[1, -1]]])
    assert wall_counts(plot_regions(tp.linear_regions(line))) == (0, 1)
    bend = tp.Network.from_arrays([[[1, 0], [-1, 0], [0, 1]], [[1, -1, 1]]])
    ax = plot_regions(tp.linear_regions(bend))
    assert wall_counts(ax) == (2, 2)
    assert len(np.unique(colors_of_cells(ax), axis=0)) == 2


def luminance(color) -> float:
    linear = np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_dotted_walls_are_seen_on_every_fill() -> None:
    # (x - 1)+ + ... + (x - 6)+ with (y)+ - (-y)+ = y: seven strips, from the flattest to the steepest, cut by y = 0
    rows = [[0, 1], *([1, 0] for _ in range(6)), [0, -1]]
    net = tp.Network.from_arrays([rows, [[1, *[1] * 6, -1]]], [[0, *range(-6, 0), 0], [0]])
    regions = tp.linear_regions(net)
    first, second, ids = *regions.complex.walls[1:], View.of(regions.complex).walls.ids
    inner = [w for w in ids if regions.region_of_cell[first[w]] == regions.region_of_cell[second[w]]]
    fills = cell_colors(regions)
    dotted = [c for c in plot_regions(regions).collections if isinstance(c, LineCollection)][1]
    assert len(inner) == len(dotted.get_segments()) == 7
    for wall, line in zip(inner, dotted.get_colors(), strict=True):
        low, high = sorted([luminance(fills[first[wall]]), luminance(line[:3])])
        assert (high + 0.05) / (low + 0.05) > 3  # what WCAG 2.1 asks of graphical objects


def test_what_is_outside_is_said() -> None:
    # a grid of 25 points, and two far away on the line y = 0
    net = tp.Network.from_arrays(
        [[[1, 0]] * 6 + [[0, 1]] * 5, [[1] * 11]], [[0, 1, 2, 3, 4, -1000, 0, 1, 2, 3, 4], [0]]
    )
    ax = plot_regions(tp.linear_regions(net))
    assert [text.get_text() for text in ax.texts] == ["5 of 30 vertices are outside"]
    assert ax.get_xlim()[0] < -4 < 0 < ax.get_xlim()[1] < 10
    assert not plot_regions(tp.linear_regions(net), window=(-1, 0, -1, 0)).texts
    whole, part = overview(tp.linear_regions(net)).axes
    assert whole.get_xlim()[1] > 1000
    assert part.get_xlim() == ax.get_xlim()


def test_it_draws_into_given_axes() -> None:
    ax = Figure().subplots()
    assert plot_regions(random_regions(), ax=ax, window=(0, 1, 2, 3)) is ax
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 1), (2, 3))


def test_other_dimensions_are_refused() -> None:
    regions = tp.linear_regions(tp.Network.from_arrays([[[1, 0, 0]], [[1]]]))
    with pytest.raises(tp.InputError, match="two inputs"):
        plot_regions(regions)


@pytest.mark.parametrize("suffix", ["png", "pdf", "svg"])
def test_saved_pictures(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"regions.{suffix}"
    save_figure(overview(random_regions()), path)
    assert path.stat().st_size > 1000


def test_a_suffix_that_is_not_of_a_picture(tmp_path: Path) -> None:
    with pytest.raises(tp.InputError, match=r"\.png"):
        check_picture_file(tmp_path / "regions.json")
