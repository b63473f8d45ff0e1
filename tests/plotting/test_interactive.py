from __future__ import annotations

import json

import numpy as np
import pytest

import troppoly as tp
from troppoly.geometry import level_set
from troppoly.plotting import interactive_subcomplex, interactive_surface, interactive_walls


def area_of_mesh(trace) -> float:
    points = np.column_stack([trace.x, trace.y, trace.z])
    a, b, c = (points[np.asarray(index)] for index in (trace.i, trace.j, trace.k))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def test_the_mesh_of_an_octahedron() -> None:
    weights = [[s if i == j else 0 for j in range(3)] for i in range(3) for s in (1, -1)]
    octahedron = level_set(tp.Network.from_arrays([weights, [[1] * 6]]), 1).subcomplex
    figure = interactive_subcomplex(octahedron)
    mesh, edges, _ = figure.data
    assert area_of_mesh(mesh) == pytest.approx(4 * np.sqrt(3))
    assert len(edges.x) == 3 * 12
    assert json.loads(figure.to_json())["data"]


def test_walls_are_cut_at_the_window() -> None:
    net = tp.Network.from_arrays([[[1, 0, 0], [0, 1, 0]], [[1, 1]], [[1]]], [[0, 0], [-1], [0]])
    figure = interactive_walls(tp.linear_regions(net), window=(-2, 2, -2, 2, -2, 2))
    areas = {trace.name: area_of_mesh(trace) for trace in figure.data if trace.type == "mesh3d"}
    # two squares; x = 1 for y < 0, y = 1 for x < 0, x + y = 1 between them
    assert areas == {"layer 1": pytest.approx(32), "layer 2": pytest.approx(8 + 8 + 4 * np.sqrt(2))}


def test_the_graph_of_a_roof() -> None:
    roof = tp.Network.from_arrays([[[1, 0], [-1, 0]], [[-1, -1]]])
    graph, folds, _ = interactive_surface(tp.linear_regions(roof), window=(-1, 1, -1, 1)).data
    assert area_of_mesh(graph) == pytest.approx(4 * np.sqrt(2))
    assert np.nanmax(np.abs(folds.x)) == 0
    with pytest.raises(tp.InputError):
        interactive_subcomplex(level_set(roof).subcomplex)
