"""What the pictures are made of: numbers of polygons, segments, marks and labels, and files."""

from __future__ import annotations

from fractions import Fraction
from itertools import starmap
from pathlib import Path

import numpy as np
import pytest
from gmpy2 import mpq
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d.art3d import Line3DCollection, Poly3DCollection

import troppoly as tp
from troppoly import plotting
from troppoly.geometry import Subcomplex, decision_boundary, level_set, track
from troppoly.plotting.clipping import RoundedComplex
from troppoly.plotting.functions import graph_of_function
from troppoly.plotting.subcomplexes import bends, faces_of, view_of


def random_network(*widths: int, seed: int = 0) -> tp.Network:
    random = np.random.default_rng(seed)
    shapes = list(zip(widths[1:], widths[:-1], strict=True))
    return tp.Network.from_arrays([random.normal(size=s) for s in shapes], [random.normal(size=m) for m, _ in shapes])


def regions_of(*widths: int) -> tp.LinearRegions:
    return tp.linear_regions(random_network(*widths))


def segments(ax, kind=LineCollection) -> list[np.ndarray]:
    return [c.get_segments() for c in ax.collections if isinstance(c, kind)]


def shown(subcomplex):
    """The polygons and edges of a surface, and which of the edges bend."""
    view = view_of(subcomplex, None, (3,))
    polygons, edges = faces_of(view, subcomplex, 2), faces_of(view, subcomplex, 1)
    return polygons, edges, bends(subcomplex.complex, polygons, edges)


CUBIC = tp.TropicalPolynomial(
    {(i, j): -(i * i + j * j + i * j) for i in range(4) for j in range(4 - i)}
)  # strictly concave coefficients on the triangle of side 3: nine unit triangles
FLAT = tp.TropicalPolynomial(
    {(0, 0): 0, (2, 0): 0, (0, 2): 0, (1, 0): 0, (0, 1): -1, (1, 1): 0}
)  # one triangle; (1, 0) and (1, 1) on the hull, (0, 1) below


class TestDivisors:
    def test_lengths_of_positive_and_negative_walls(self) -> None:
        """(x)+ - 3 (y - x)+ in a square: the axis is 2 long, the diagonal 2 sqrt(2)."""
        net = tp.Network.from_arrays([[[1, 0], [-1, 1], [2, 1]], [[1, -3, 0]]])
        ax = plotting.plot_divisor(tp.divisor(net), window=(-1.0, 1.0, -1.0, 1.0))
        *_, unused, positive, negative = ax.collections
        sums = [sum(np.linalg.norm(b - a) for a, b in part.get_segments()) for part in (unused, positive, negative)]
        assert sums == pytest.approx([np.sqrt(5), 2, 2 * np.sqrt(2)])
        assert max(positive.get_linewidths()) < min(negative.get_linewidths())


class TestBarcodes:
    def test_bars_and_arrows(self) -> None:
        saddle = tp.Network.from_arrays([[[1, 0], [-1, 0], [0, 1], [0, -1]], [[1, 1, -1, -1]]])
        ax = plotting.plot_barcode(tp.persistence(saddle))  # from -infinity to infinity, and from there to 0
        bars = [line.get_xdata() for line in ax.lines if len(line.get_ydata()) == 2 and line.get_linewidth() == 3]
        low, high = ax.get_xlim()
        assert [tuple(bar) for bar in bars] == [(low, high), (low, 0)]
        assert [line.get_marker() for line in ax.lines if line.get_marker() in "<>"] == ["<", ">", "<"]

    def test_bars_shorter_than_a_pixel_are_seen(self) -> None:
        bars = [(0, 0, 1), (1, mpq(1, 3), mpq(1, 3) + mpq(1, 10**9))]
        figure = plotting.plot_barcode(tp.topology.Barcode(tuple(starmap(tp.topology.Bar, bars)), 2, 2)).figure
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())[:, : canvas.get_width_height()[0] * 3 // 4, :3]  # without the legend
        color = np.round(255 * np.array(to_rgb(figure.axes[0].lines[-1].get_color())))
        assert (np.abs(pixels - color).max(axis=-1) < 60).sum() >= 9

    def test_no_level_is_marked_where_nothing_happens(self) -> None:
        ax = plotting.plot_barcode(tp.persistence(tp.Network.from_arrays([[[1]]])))  # from -infinity to infinity
        assert not [line for line in ax.lines if line.get_linestyle() == ":"]

    def test_no_bars(self) -> None:
        assert not plotting.plot_barcode(tp.topology.Barcode((), 2, 0)).get_legend()


class TestParts:
    def test_parts_are_those_of_a_census_and_have_all_cells(self) -> None:
        net, window = random_network(2, 8, 6, 1), (-2.0, 2.0, -2.0, 2.0)
        n_parts, fills = tp.census(net, part_bytes=3000).n_parts, set()
        polygons = 0
        for part in plotting.plot_parts(net, 3000, window=(-100.0, 100.0, -100.0, 100.0)).collections:
            fills |= set(map(tuple, part.get_facecolor())) if isinstance(part, PolyCollection) else set()
        assert len(fills) == n_parts > 3
        for part in plotting.plot_parts(net, 3000, window=window).collections:
            polygons += len(part.get_paths()) if isinstance(part, PolyCollection) else 0
        (whole,) = (c for c in plotting.plot_layers(tp.linear_regions(net), window=window).collections[:1])
        assert polygons == len(whole.get_paths())

    def test_refusals(self) -> None:
        with pytest.raises(tp.InputError, match="two inputs, but there are 3"):
            plotting.plot_parts(random_network(3, 4, 1), 3000)
        with pytest.raises(tp.InputError, match="more than 200 parts"):
            plotting.plot_parts(random_network(2, 16, 16, 1), 1)


class TestLayers:
    def test_walls_of_the_first_layer_are_whole_lines(self) -> None:
        net = random_network(2, 4, 3, 1, seed=1)
        window = (-2.0, 2.0, -2.0, 2.0)
        ax = plotting.plot_layers(tp.linear_regions(net), window=window)
        first = segments(ax)[-1]  # drawn last
        length = sum(np.linalg.norm(b - a) for a, b in first)
        expected = 0.0
        for row, bias in zip(*(a[0] for a in net.to_arrays()), strict=True):
            # the part of the line <row, x> + bias = 0 in the window, by its crossings with the four sides
            points = []
            for axis in (0, 1):
                for bound in (-2.0, 2.0):
                    other = -(bias + row[axis] * bound) / row[1 - axis]
                    if abs(other) <= 2:
                        points.append((bound, other) if axis == 0 else (other, bound))
            if points:
                expected += np.linalg.norm(np.subtract(*points))
        assert length == pytest.approx(expected)

    def test_polynomials_have_no_layers(self) -> None:
        with pytest.raises(tp.UnsupportedError):
            plotting.plot_layers(tp.linear_regions(CUBIC))

    def test_walls_in_space(self) -> None:
        net = tp.Network.from_arrays([[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 1, 1]]])
        ax = plotting.plot_walls_in_space(tp.linear_regions(net))
        (walls,) = [c for c in ax.collections if isinstance(c, Poly3DCollection)]
        assert len(walls.get_facecolor()) == 12  # quadrants of the coordinate planes
        _, edges = [c for c in ax.collections if isinstance(c, Line3DCollection)]
        assert len(edges._segments3d) == 6
        with pytest.raises(tp.InputError, match="three inputs"):
            plotting.plot_walls_in_space(regions_of(2, 3, 1))


class TestGradientNorms:
    def test_the_colors_follow_the_norm(self) -> None:
        net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 2]]])  # norms 0, 1, 2, 3 on the quadrants
        ax = plotting.plot_gradient_norms(tp.linear_regions(net))
        cells = ax.collections[0]
        lightness = {}
        for path, color in zip(cells.get_paths(), cells.get_facecolors(), strict=True):
            x, y = path.vertices.mean(axis=0)
            lightness[(x > 0) + 2 * (y > 0)] = color[:3] @ [0.21, 0.72, 0.07]
        assert sorted(lightness, key=lightness.__getitem__) == [0, 1, 2, 3]

    @pytest.mark.parametrize("given", [False, True])
    def test_the_bar_is_as_high_as_the_picture(self, given: bool) -> None:
        net = tp.Network.from_arrays([[[10**400, 0], [0, 10**400]], [[1, 2]]])
        left, right = Figure(figsize=(9, 4)).subplots(1, 2)
        window = (-1, 1, -2, 2)
        ax = plotting.plot_gradient_norms(tp.linear_regions(net), ax=left if given else None, window=window)
        ax.figure.draw_without_rendering()
        (bar,) = ax.child_axes
        one, other = ax.get_window_extent(), bar.get_window_extent()
        assert (one.y0, one.y1) == pytest.approx((other.y0, other.y1))
        assert one.x1 < other.x0
        if given:
            assert not bar.get_tightbbox().overlaps(right.get_tightbbox())
        assert bar.get_ylabel() == r"$\|A\|_{\infty} / 10^{400}$"
        assert bar.get_ylim() == (0, 3)

    def test_other_norms_are_refused(self) -> None:
        with pytest.raises(tp.InputError):
            plotting.plot_gradient_norms(regions_of(2, 3, 1), norm=2)


class TestDecisionBoundary:
    def test_ties_on_cells_are_hatched(self) -> None:
        net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 0], [0, 1]]])  # a tie on x, y <= 0
        ax = plotting.plot_decision_boundary(decision_boundary(net))
        hatched = [c for c in ax.collections if c.get_hatch()]
        assert [len(c.get_paths()) for c in hatched] == [1]
        assert sorted(text.get_text() for text in ax.texts) == ["class 0", "class 1", "tie of class 0, class 1"]

    def test_walls_inside_of_a_plateau_are_thin(self) -> None:
        # both outputs are (x)+ + (y)+ + (-y)+, but the second loses (y)+: a tie for y <= 0 on two cells, and a
        # third output that is always less adds a wall
        net = tp.Network.from_arrays(
            [[[1, 0], [0, 1], [0, -1], [1, 1]], [[1, 1, 1, 0], [1, 0, 1, 0], [-1, 0, 0, -1]]],
            [[0, 0, 0, 3], [0, 0, -1]],
        )
        ax = plotting.plot_decision_boundary(decision_boundary(net), window=(-4, 4, -4, 4))
        (thick,) = [c.get_segments() for c in ax.collections if c.get_zorder() == 3]
        assert all((segment[:, 1] == 0).all() for segment in thick)
        assert sum(np.linalg.norm(b - a) for a, b in thick) == pytest.approx(8)

    @pytest.mark.parametrize("labels", [["a"], "abcd", 5, []])
    def test_labels_that_do_not_fit(self, labels) -> None:
        net = tp.Network.from_arrays([[[1, 0], [0, 1], [0, 0]]])
        with pytest.raises(tp.InputError, match="labels"):
            plotting.plot_decision_boundary(decision_boundary(net), labels=labels)

    @pytest.mark.parametrize("length", [1, 30])
    def test_labels_are_inside_and_do_not_overlap(self, length: int) -> None:
        net = tp.Network.from_arrays([[[np.cos(k), np.sin(k)] for k in range(6)]], [[0.0] * 6])
        labels = [f"{k} $ & 100%_" * length for k in range(6)]
        for ax in (None, Figure(figsize=(3, 3)).subplots()):
            ax = plotting.plot_decision_boundary(decision_boundary(net), labels=labels, ax=ax)
            ax.figure.draw_without_rendering()
            frame, boxes = ax.get_window_extent(), [text.get_window_extent() for text in ax.texts]
            assert len(boxes) >= 2
            assert all(box.x0 > frame.x0 - 1 and box.x1 < frame.x1 + 1 for box in boxes)
            assert all(box.y0 > frame.y0 - 1 and box.y1 < frame.y1 + 1 for box in boxes)
            assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])

    def test_labels_are_in_their_classes(self) -> None:
        # class 1 is the wedge y >= 16 |x| - 3.5, which reaches into class 0, among walls that do nothing
        walls = [[1, 0], [-1, 0], [0, 1], [0, -1]] + [[1, 0]] * 17
        shifts = [0] * 4 + [k / 4 for k in range(-8, 9)]
        outputs = [[16, 16] + [0] * 19, [0, 0, 1, -1] + [0] * 17]
        net = tp.Network.from_arrays([walls, outputs], [shifts, [-3.5, 0]])
        ax = plotting.plot_decision_boundary(decision_boundary(net), window=(-4, 4, -4, 4))
        ax.figure.draw_without_rendering()
        for text in ax.texts:
            corners = ax.transData.inverted().transform(text.get_window_extent().corners())
            assert {f"class {int(y > 16 * abs(x) - 3.5)}" for x, y in corners} == {text.get_text()}
        assert len(ax.texts) >= 2

    def test_isolated_points(self) -> None:
        cone = tp.Network.from_arrays([[[1, 0], [-1, 0], [0, 1], [0, -1]], [[1, 1, 1, 1]]])
        ax = plotting.plot_decision_boundary(level_set(cone))
        assert ax.lines[0].get_xydata().tolist() == [[0, 0]]

    def test_labels(self) -> None:
        net = tp.Network.from_arrays([[[1, 0], [0, 1], [0, 0]]])
        ax = plotting.plot_decision_boundary(decision_boundary(net), labels=list("abc"))
        assert sorted(text.get_text() for text in ax.texts) == ["a", "b", "c"]
        place = {text.get_text(): text.get_position() for text in ax.texts}
        assert all(max(range(3), key=[*place[c], 0].__getitem__) == i for i, c in enumerate("abc"))


class TestPolynomials:
    def test_the_curve_beside_its_dual(self) -> None:
        left, right = plotting.plot_duality(CUBIC).axes
        assert sum(len(s) for s in segments(left)) == len(segments(right)[0]) == 18  # dual edges
        triangles, points = right.collections[0], right.collections[-1]
        assert (len(triangles.get_paths()), len(points.get_offsets())) == (9, 10)
        assert len(left.lines[0].get_xdata()) == 9  # vertices of the curve
        colors = {tuple(p): tuple(c) for p, c in zip(points.get_offsets(), points.get_facecolors(), strict=True)}
        cells = next(c for c in left.collections if isinstance(c, PolyCollection))
        for path, color in zip(cells.get_paths(), cells.get_facecolors(), strict=True):
            x = path.vertices[:-1].mean(axis=0)
            best = max(CUBIC.terms, key=lambda a: float(a[0]) * x[0] + float(a[1]) * x[1] + float(CUBIC.terms[a]))
            assert colors[tuple(map(float, best))] == pytest.approx(tuple(color))

    def test_status_of_monomials(self) -> None:
        ax = plotting.plot_newton_polytope(FLAT)
        marks = {line.get_label(): {tuple(p) for p in line.get_xydata()} for line in ax.lines}
        assert marks == {
            "vertex: 3": {(0, 0), (2, 0), (0, 2)},
            "boundary: 2": {(1, 0), (1, 1)},
            "interior: 1": {(0, 1)},
        }

    def test_the_lifted_polytope(self) -> None:
        ax = plotting.plot_lifted_newton_polytope(CUBIC)
        walls, hull = [c for c in ax.collections if isinstance(c, Poly3DCollection)]
        assert (len(walls._faces), len(hull.get_facecolor())) == (9, 9)

    @pytest.mark.parametrize(
        "terms", [{(1, 2): 3}, {(0, 0): 0, (1, 1): 0, (2, 2): -1}], ids=["one monomial", "on a line"]
    )
    def test_degenerate_polynomials(self, terms, tmp_path: Path) -> None:
        f = tp.TropicalPolynomial(terms)
        plotting.plot_duality(f).savefig(tmp_path / "dual.svg")
        plotting.plot_newton_polytope(f).figure.savefig(tmp_path / "newton.svg")
        plotting.plot_lifted_newton_polytope(f).figure.savefig(tmp_path / "lifted.svg")
        assert sum(len(s) for s in segments(plotting.plot_tropical_curve(f))) == len(terms) - 1

    def test_other_numbers_of_variables_are_refused(self) -> None:
        for draw in (plotting.plot_duality, plotting.plot_newton_polytope, plotting.plot_lifted_newton_polytope):
            with pytest.raises(tp.InputError, match="two variables"):
                draw(tp.TropicalPolynomial({(1, 0, 0): 0}))


class TestSpace:
    def test_a_tropical_plane(self) -> None:
        f = tp.TropicalPolynomial({(1, 0, 0): 0, (0, 1, 0): 0, (0, 0, 1): 0, (0, 0, 0): 0})
        ax = plotting.plot_subcomplex(Subcomplex.of(f.normal_complex().complex).skeleton(2))
        (walls,) = [c for c in ax.collections if isinstance(c, Poly3DCollection)]
        assert len(walls.get_facecolor()) == 6
        assert sum(len(c._segments3d) for c in ax.collections[1:] if isinstance(c, Line3DCollection)) == 4

    def test_flat_edges_are_told_from_bends(self) -> None:
        # the octahedron |x| + |y| + |z| = 1, and the same with a square in which walls cross flatly
        weights = [[s if i == j else 0 for j in range(3)] for i in range(3) for s in (1, -1)]
        net = tp.Network.from_arrays([weights, [[1] * 6]])
        polygons, edges, bent = shown(level_set(net, 1).subcomplex)
        assert (len(polygons), len(edges)) == (8, 12)
        assert bent.all()
        plane = tp.Network.from_arrays([[*weights, [1, 1, 1], [-1, -1, -1]], [[0] * 6 + [1, -1]]])
        polygons, _, bent = shown(level_set(plane, 1).subcomplex)
        assert len(polygons) > 1
        assert not bent.any()

    def test_a_surface_is_the_graph(self) -> None:
        net = random_network(2, 6, 4, 2)
        window = (-2.0, 2.0, -2.0, 2.0)
        for output in (0, 1):
            cells, _, box, *_ = graph_of_function(tp.linear_regions(net), output, window)
            values = net.evaluate_float(cells.points[:, :2])[:, output]
            np.testing.assert_allclose(cells.points[:, 2], values, atol=1e-9)
            assert box[4] < values.min() < values.max() < box[5]
        with pytest.raises(tp.InputError, match="output 2"):
            plotting.plot_surface(tp.linear_regions(net), output=2)

    def test_higher_dimensions_are_refused(self) -> None:
        complex_ = tp.linear_regions(tp.Network.from_arrays([[[1, 2, 3, 4]], [[1]]])).complex
        with pytest.raises(tp.InputError, match=r"R\^4"):
            plotting.plot_subcomplex(Subcomplex.of(complex_))


class TestGraphs:
    def test_the_line_is_the_function_and_bends_where_it_does(self) -> None:
        weights, biases = [3, -2, 1, 5], [Fraction(1, 3), 1, -2, Fraction(-5, 7)]
        outer = [1, -2, 1, Fraction(1, 2)]
        regions = tp.linear_regions(tp.Network.from_arrays([[[w] for w in weights], [outer]], [biases, [0]]))
        value = lambda x: sum(v * max(w * x + b, 0) for v, w, b in zip(outer, weights, biases, strict=True))  # noqa: E731
        for ax in (plotting.plot_regions(regions, window=(-5, 2.5)), plotting.plot_graph(regions, window=(-1.0, 3.0))):
            graph, bends = ax.lines
            assert all(y == pytest.approx(float(value(Fraction(x)))) for x, y in graph.get_xydata())
            assert graph.get_xdata()[[0, -1]].tolist() == list(ax.get_xlim())
            breakpoints = sorted(float(Fraction(-b) / w) for w, b in zip(weights, biases, strict=True))
            assert bends.get_xdata().tolist() == breakpoints
            low, high = ax.get_ylim()
            assert ((low < graph.get_ydata()) & (graph.get_ydata() < high)).all()
            bands = ax.collections[0]
            assert len(bands.get_paths()) == 5
            colors = bands.get_facecolors()[:, :3]
            assert np.abs(np.diff(colors, axis=0)).max(axis=1).min() > 0.02

    def test_several_outputs_and_activations_that_do_not_matter(self) -> None:
        net = tp.Network.from_arrays([[[1], [-1]], [[1, -1], [1, 1]]])  # x and |x|
        ax = plotting.plot_graph(tp.linear_regions(net))
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["output 0", "output 1"]
        line = tp.linear_regions(tp.Network.from_arrays([[[1], [-1]], [[1, -1]]]))
        solid, dotted = segments(plotting.plot_graph(line))
        assert (len(solid), len(dotted)) == (0, 1)

    def test_slopes_and_breakpoints_beyond_floats(self) -> None:
        huge = 10**400
        ax = plotting.plot_graph(tp.linear_regions(tp.Network.from_arrays([[[huge]], [[1]]])), window=(-1, 1))
        assert ax.get_ylabel() == "$f(x) / 10^{400}$"
        assert ax.lines[0].get_xydata().tolist() == [[-1, 0], [0, 0], [1, 1]]
        far = tp.linear_regions(tp.Network.from_arrays([[[1], [1]], [[1, 1]]], [[huge, 0], [0]]))
        assert plotting.plot_graph(far).texts[0].get_text() == "1 of 2 vertices is outside"

    def test_overviews(self) -> None:
        biases = [-float(i) for i in range(12)] + [-500.0]
        net = tp.Network.from_arrays([[[1]] * 13, [[(-1) ** i for i in range(13)]]], [biases, [0]])
        whole, part = plotting.overview(tp.linear_regions(net)).axes
        assert whole.get_xlim()[1] > 500
        assert (part.get_xlim()[0] < 0, 11 < part.get_xlim()[1] < 20) == (True, True)


class TestAdjacency:
    def test_nodes_and_edges(self) -> None:
        regions = regions_of(2, 6, 5, 1)
        whole = plotting.window_of(RoundedComplex.of(regions.complex).vertices)
        ax = plotting.plot_adjacency(regions, window=whole)
        assert len(ax.lines[-1].get_xdata()) == regions.n_cells
        *_, between, within = segments(ax)
        assert len(between) + len(within) == len(regions.complex.walls.facets)
        corners = {tuple(p) for path in (*between, *within) for p in path[[0, 2]]}
        assert corners == {tuple(p) for p in ax.lines[-1].get_xydata()}

    def test_too_many_cells_are_refused(self) -> None:
        net = tp.Network.from_arrays([[[1, 0]] * 33 + [[0, 1]] * 33, [[1] * 66]], [[*range(33)] * 2, [0]])
        regions = tp.linear_regions(net)  # 34^2 squares
        with pytest.raises(tp.InputError, match="1,156 cells"):
            plotting.plot_adjacency(regions)
        assert len(plotting.plot_adjacency(regions, window=(-5, 1, -5, 1)).lines[-1].get_xdata()) == 36


class TestSlices:
    def test_the_slice_is_the_restricted_function(self) -> None:
        net = random_network(5, 6, 4, 1)
        p, q, r = np.random.default_rng(1).normal(size=(3, 5))
        restricted = net.restrict(*plotting.plane_through(p, q, r))
        assert restricted((0, 0)) == net(p)
        u = (tp.rational("1/3"), tp.rational(2))
        exact = [
            tp.rational(a) + u[0] * (tp.rational(b) - tp.rational(a)) + u[1] * (tp.rational(c) - tp.rational(a))
            for a, b, c in zip(p, q, r, strict=True)
        ]
        assert restricted(u) == net(exact)
        ax = plotting.plot_slice(net, p, q, r)
        cells = tp.linear_regions(restricted).complex
        met = RoundedComplex.of(cells).faces(2, (-1, 2, -1, 2))
        assert len(ax.collections[0].get_paths()) == len(met)

    @pytest.mark.parametrize(
        "names", [("cat_1", "dog & $", "100%"), ("$", "$$", "a$b"), ("p", "q_1", "{"), ("1", "\\", "")]
    )
    def test_names_are_written_as_they_are(self, names) -> None:
        ax = plotting.plot_slice(random_network(4, 3, 1), *np.eye(4)[:3], names=names)
        ax.figure.draw_without_rendering()
        wanted = [rf"${n}$" if n in ("p", "q_1") else str(n).replace("$", r"\$") for n in names]
        assert [text.get_text() for text in ax.texts] == wanted

    def test_a_slice_is_labeled_in_axes(self) -> None:
        with pytest.raises(tp.InputError, match="argument ax"):
            plotting.label_slice(None, 3)

    @pytest.mark.parametrize("names", [("a", "b"), "abc", ("a", "b", "c", "d"), None])
    def test_other_numbers_of_names_are_refused(self, names) -> None:
        with pytest.raises(tp.InputError, match=r"three points|sequence of strings"):
            plotting.plot_slice(random_network(4, 3, 1), *np.eye(4)[:3], names=names)

    def test_points_on_a_line_or_of_unequal_lengths(self) -> None:
        with pytest.raises(tp.InputError, match="one line"):
            plotting.plane_through((0, 0, 0), (1, 2, 3), (2, 4, 6))
        with pytest.raises(tp.ShapeError, match="and r"):
            plotting.plane_through((0, 0, 0), (1, 2, 3), (2, 4))
        with pytest.raises(tp.ShapeError):
            plotting.plot_slice(random_network(4, 2, 1), (0, 0, 0), (1, 2, 3), (0, 1, 0))


class TestTraining:
    def test_the_lines_are_the_columns(self) -> None:
        table = track({f"step {s}": random_network(2, 4, 2, seed=s) for s in range(4)}, monomials=True)
        ax = plotting.plot_training(table, ["cells", "f_0", "denominator"])
        lines = {line.get_label(): line.get_ydata().tolist() for line in ax.lines}
        assert lines["cells"] == list(table["cells"])
        assert lines["denominator 1"] == [pair[1] for pair in table["denominator"]]
        assert [label.get_text() for label in ax.get_xticklabels()] == list(table["epoch"])
        assert {text.get_text() for text in ax.texts} == set(lines)

    def test_errors(self) -> None:
        with pytest.raises(tp.InputError, match="no rows"):
            plotting.plot_training(track([]))
        with pytest.raises(tp.InputError, match="sequence of strings"):
            plotting.plot_training(track([random_network(2, 2, 1)]), "cells")
        with pytest.raises(tp.InputError, match="walls"):
            plotting.plot_training(track([random_network(2, 2, 1)]), ["walls"])


PICTURES = {
    "regions": lambda ax: plotting.plot_regions(regions_of(2, 4, 3, 1), ax=ax),
    "gradient norms": lambda ax: plotting.plot_gradient_norms(regions_of(2, 4, 3, 1), norm=1, ax=ax),
    "layers": lambda ax: plotting.plot_layers(regions_of(2, 4, 3, 1), ax=ax),
    "adjacency": lambda ax: plotting.plot_adjacency(regions_of(2, 4, 3, 1), ax=ax),
    "boundary": lambda ax: plotting.plot_decision_boundary(decision_boundary(random_network(2, 4, 9)), ax=ax),
    "divisor": lambda ax: plotting.plot_divisor(tp.divisor(random_network(2, 4, 3, 1)), ax=ax),
    "parts": lambda ax: plotting.plot_parts(random_network(2, 4, 3, 1), 1000, ax=ax),
    "curve": lambda ax: plotting.plot_tropical_curve(FLAT, ax=ax),
    "subdivision": lambda ax: plotting.plot_dual_subdivision(FLAT, ax=ax),
    "Newton": lambda ax: plotting.plot_newton_polytope(FLAT, ax=ax),
    "slice": lambda ax: plotting.plot_slice(random_network(4, 3, 1), *np.eye(4)[:3], ax=ax),
    "graph": lambda ax: plotting.plot_graph(regions_of(1, 4, 2), ax=ax),
    "barcode": lambda ax: plotting.plot_barcode(tp.persistence(random_network(2, 4, 3, 1)), ax=ax),
    "training": lambda ax: plotting.plot_training(track([random_network(2, 3, 1)]), ax=ax),
}
PICTURES_OF_SPACE = {
    "surface": lambda ax: plotting.plot_surface(regions_of(2, 4, 3, 1), ax=ax),
    "walls": lambda ax: plotting.plot_walls_in_space(regions_of(3, 3, 2, 1), ax=ax),
    "lifted": lambda ax: plotting.plot_lifted_newton_polytope(FLAT, ax=ax),
    "level set": lambda ax: plotting.plot_subcomplex(level_set(random_network(3, 3, 2, 1)).subcomplex, ax=ax),
}


WRONG_KIND = {
    "regions": plotting.plot_regions,
    "gradient norms": plotting.plot_gradient_norms,
    "layers": plotting.plot_layers,
    "adjacency": plotting.plot_adjacency,
    "boundary": plotting.plot_decision_boundary,
    "subcomplex": plotting.plot_subcomplex,
    "surface": plotting.plot_surface,
    "graph": plotting.plot_graph,
    "walls": plotting.plot_walls_in_space,
    "divisor": plotting.plot_divisor,
    "curve": plotting.plot_tropical_curve,
    "subdivision": plotting.plot_dual_subdivision,
    "duality": plotting.plot_duality,
    "Newton": plotting.plot_newton_polytope,
    "lifted": plotting.plot_lifted_newton_polytope,
    "barcode": plotting.plot_barcode,
    "training": plotting.plot_training,
    "overview": plotting.overview,
    "interactive walls": plotting.interactive_walls,
    "interactive surface": plotting.interactive_surface,
    "interactive subcomplex": plotting.interactive_subcomplex,
}


@pytest.mark.parametrize("name", WRONG_KIND)
def test_pictures_of_another_kind_of_object(name: str) -> None:
    for value in (random_network(2, 3, 1), None, "net.npz"):
        with pytest.raises(tp.InputError, match="must be a"):
            WRONG_KIND[name](value)


@pytest.mark.parametrize("name", [*PICTURES, *PICTURES_OF_SPACE])
def test_axes_of_another_kind(name: str) -> None:
    flat = name in PICTURES
    for ax in (Figure().add_subplot(projection="3d" if flat else None), Figure(), "ax"):
        with pytest.raises(tp.InputError, match="argument ax"):
            (PICTURES | PICTURES_OF_SPACE)[name](ax)


@pytest.mark.parametrize("name", [*PICTURES, *PICTURES_OF_SPACE])
def test_texts_do_not_overlap(name: str) -> None:
    ax = (PICTURES | PICTURES_OF_SPACE)[name](None)
    if name in PICTURES and name != "training":
        (xmin, xmax), (ymin, ymax) = ax.get_xlim(), ax.get_ylim()
        ax.set(xlim=(xmin * 1e7, xmax * 1e7), ylim=(ymin * 1e7, ymax * 1e7), title="a title of some length")
    ax.figure.draw_without_rendering()
    axes = [ax.xaxis, ax.yaxis, *([ax.zaxis] if name in PICTURES_OF_SPACE else [])]
    outer = [ax.title, *(part for axis in axes for part in (axis.label, axis.get_offset_text()))]
    outer += [text for text in ax.texts if "outside" in text.get_text()]
    if ax.get_legend():
        outer.append(ax.get_legend())
    boxes = [text.get_window_extent() for text in outer if not hasattr(text, "get_text") or text.get_text()]
    assert [(i, j) for i, a in enumerate(boxes) for j, b in enumerate(boxes[:i]) if a.overlaps(b)] == []


def test_exponents_and_coefficients_beyond_floats() -> None:
    huge = 10**400
    f = tp.TropicalPolynomial({(3 * huge, 0): 0, (0, 1): huge, (0, 0): 0, (huge, 0): -1})
    curve, dual = plotting.plot_duality(f).axes
    assert dual.get_xlabel() == "exponent of $x_0 / 10^{400}$"
    assert sorted(map(tuple, dual.collections[-1].get_offsets())) == [(0, 0), (0, 1), (3, 0)]
    assert len(curve.collections) > 1
    marks = {line.get_label(): line.get_xydata().tolist() for line in plotting.plot_newton_polytope(f).lines}
    assert marks["interior: 1"] == [[1, 0]]
    assert plotting.plot_lifted_newton_polytope(f).get_zlabel() == "coefficient$ / 10^{400}$"


def test_coordinates_that_cannot_be_projected() -> None:
    weights = [[s if i == j else 0 for j in range(3)] for i in range(3) for s in (1, -1)]
    octahedron = level_set(tp.Network.from_arrays([weights, [[1] * 6]]), 10**200)
    with pytest.raises(tp.InputError, match="coordinates up to 1e"):
        plotting.plot_subcomplex(octahedron.subcomplex)


def test_a_color_that_there_is_not() -> None:
    surface = level_set(random_network(3, 3, 2, 1)).subcomplex
    with pytest.raises(tp.InputError, match="color 'nope'"):
        plotting.plot_subcomplex(surface, color="nope")
    with pytest.raises(tp.InputError, match="must be an integer"):
        plotting.plot_surface(regions_of(2, 3, 1), output="a")


@pytest.mark.parametrize("name", [*PICTURES, *PICTURES_OF_SPACE])
def test_files_of_given_and_of_new_axes(name: str, tmp_path: Path) -> None:
    draw = (PICTURES | PICTURES_OF_SPACE)[name]
    ax = Figure().add_subplot(projection="3d" if name in PICTURES_OF_SPACE else None)
    assert draw(ax) is ax
    for figure, suffix in ((ax.figure, "svg"), (draw(None).figure, "pdf")):
        figure.savefig(tmp_path / f"picture.{suffix}")
        assert (tmp_path / f"picture.{suffix}").stat().st_size > 2000
