"""The number of threads: whoever has a budget of cells takes it, and it comes to where parts are shared out."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import troppoly as tp
from tests.public_functions import of_name, public_functions
from troppoly.cli import main
from troppoly.errors import InputError
from troppoly.refinement import pieces

NET = tp.Network.from_arrays([[[1, 0], [0, 1], [1, 1]], [[1, 1, 1]]], [[0, 0, 1], [0]])
DEEP = tp.Network.from_arrays([[[1], [-1]], [[1, -2], [1, 1]], [[1, 1]]], [[0, 0], [0, -1], [0]])
SAME = tp.Network.from_arrays([[[1], [1], [-1]], [[1, 1, 1]]], [[0, -1, -1], [0]])  # (x)+ + (x-1)+ + (-x-1)+
SYMMETRIC = tp.Network.from_arrays([[[2, -1, -1], [-1, 2, -1], [-1, -1, 2]], [[1, 1, 1]]])
SQUARE = [(0, 1), (0, 1)]
GROUP = tp.symmetry.symmetric_group(3)

CALLS = {
    "canonical_complex": (NET,),
    "compress": (DEEP,),
    "decision_boundary": (tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 0], [0, 1]]]),),
    "equivalent": (DEEP, SAME),
    "functional_dimension": (NET,),
    "geometry.fixed_points": (tp.network.tent_map(1), [(0, 1)]),
    "geometry.injectivity": (tp.network.tent_map(1), [(0, 1)]),
    "geometry.is_homeomorphism": (tp.network.tent_map(1),),
    "geometry.surjectivity": (tp.network.tent_map(1),),
    "linear_regions": (NET,),
    "maximum_difference": (NET, NET, SQUARE),
    "redundancy_report": (NET,),
    "region_counts": (NET,),
    "track": ([NET, NET],),
    "tropicalize": (NET,),
    "plotting.plot_slice": (NET, (0, 0), (1, 0), (0, 1)),
    "symmetry.chamber_cells": (SYMMETRIC, GROUP),
    "symmetry.chamber_regions": (SYMMETRIC, GROUP),
    "symmetry.fan_chamber_cells": (SYMMETRIC, GROUP),
}


@pytest.fixture
def numbers(monkeypatch):
    """The numbers of threads with which refinements began."""
    found, lattice = [], pieces.Program.lattice

    def recorded(self, half, limit, workers, *others):
        found.append(workers)
        return lattice(self, half, limit, workers, *others)

    monkeypatch.setattr(pieces.Program, "lattice", recorded)
    return found


def test_what_has_a_budget_of_cells_has_workers():
    names = public_functions()
    parameters = {name: inspect.signature(of_name(name)).parameters for name in names}
    refining = {name for name in names if "workers" in parameters[name]} - {"census", "explore"}  # which have processes
    assert refining == set(CALLS)
    budgeted = {name for name in names if "max_cells" in parameters[name]}
    walking = {name for name in names if of_name(name).__module__.startswith("troppoly.local.")}  # from cell to cell
    assert budgeted - walking == refining - {"tropicalize"}


@pytest.mark.parametrize("name", CALLS)
def test_the_number_comes_to_the_threads(name, numbers):
    of_name(name)(*CALLS[name], workers=3)
    assert numbers
    assert set(numbers) == {3}
    with pytest.raises(InputError, match=r"'workers' of .* must be a positive integer below 2\^31 or None"):
        of_name(name)(*CALLS[name], workers=0)


def test_of_the_check_of_a_compression(numbers):
    compression = tp.compress(DEEP, workers=3)
    assert compression.steps
    assert compression.certificate.check(workers=3)
    assert set(numbers) == {3}


@pytest.mark.parametrize("command", ["regions", "monomials", "redundancy", "equivalent", "compress"])
def test_of_commands(command, numbers, tmp_path):
    arrays = {"weight_0": [[1.0], [-1]], "bias_0": [0.0, 0], "weight_1": [[1.0, -2], [1, 1]], "bias_1": [0.0, -1]}
    path, other = tmp_path / "net.npz", tmp_path / "other.npz"
    np.savez(path, **arrays, weight_2=np.array([[1.0, 1]]), bias_2=np.array([0.0]))
    np.savez(other, **arrays, weight_2=np.array([[1.0, 1]]), bias_2=np.array([1e-300]))
    more = {"equivalent": [other], "compress": ["--output", tmp_path / "small.npz"]}.get(command, [])
    with pytest.raises(SystemExit) as end:
        main([command, *map(str, [path, *more]), "--workers", "3"])
    assert end.value.code == int(command == "equivalent")
    assert set(numbers) <= {3}
    assert numbers or command == "equivalent"  # a point may show it
    with pytest.raises(SystemExit) as end:
        main([command, *map(str, [path, *more]), "--workers", "0"])
    assert end.value.code == 2
