"""Budgets: the error carries the complex of the units that were done."""

import pickle
import subprocess
import sys
from itertools import count, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.complex_invariants import assert_face_lattice, assert_whole_space
from tests.oracles.fraction_network import relu_layers
from tests.oracles.sign_faces import f_vector, sign_faces, sign_vector
from tests.refinement import strategies
from troppoly.equivalence.decision import first_cell_not_zero
from troppoly.errors import BudgetError, InputError
from troppoly.network import Network
from troppoly.redundancy.monomials import monomial_counts
from troppoly.refinement import budget, pieces, refinement
from troppoly.refinement.refinement import canonical_complex
from troppoly.refinement.tropicalization import tropical_map
from troppoly.regions.affine_maps import NetworkMaps

GENERATOR = np.random.default_rng(0)
ARRAYS = (
    [GENERATOR.standard_normal(s) for s in ((7, 2), (5, 7), (1, 5))],
    [GENERATOR.standard_normal(n) for n in (7, 5, 1)],
)


def truncated(layers, done):
    """The layers with the first ``done`` rectified units, and the next affine layer."""
    result = []
    for weight, bias, _ in layers[:-1]:
        n = min(done, len(weight))
        done -= n
        if n == 0:
            break
        result.append((weight[:n], bias[:n], [True] * n))
        if n < len(weight):
            break
    d = len(layers[0][0][0])
    width = len(result[-1][0]) if result else d
    return [*result, ([[0] * width], [0], [False])]


def assert_is_truncated(partial, layers):
    """Faces, labels and Euler characteristic are those of the truncated network."""
    d = len(layers[0][0][0])
    short = truncated(layers, partial.n_refined)
    faces = sign_faces(short)
    assert_face_lattice(partial.complex)
    assert_whole_space(partial.complex)
    assert partial.f_vector() == f_vector(faces, d)
    labels = np.concatenate(partial.activation(), axis=1)
    for cell, label in zip(partial.cells, labels, strict=True):
        assert tuple(label[: partial.n_refined]) == sign_vector(short, cell.interior_point())
        assert not label[partial.n_refined :].any()


def stop(weights, biases, **budget):
    with pytest.raises(BudgetError) as info:
        canonical_complex(Network.from_arrays(weights, biases), **budget)
    return info.value


@settings(max_examples=60)
@given(strategies.networks(dimensions=(1, 2, 3), most_units=6), st.integers(0, 2**32))
def test_partial_results_are_complexes_of_truncated_networks(network, seed):
    layers = relu_layers(*network)
    whole = canonical_complex(Network.from_arrays(*network))
    if whole.n_cells == 1:
        return
    error = stop(*network, max_cells=1 + seed % (whole.n_cells - 1))
    if error.partial is not None:
        assert error.partial.n_cells < whole.n_cells
        assert_is_truncated(error.partial, layers)


@pytest.mark.parametrize("max_cells", [4, 5, 10, 20, 29, 30, 40, 50])
def test_max_cells(max_cells):
    error = stop(*ARRAYS, max_cells=max_cells)
    assert error.partial.n_cells <= max_cells
    assert f"max_cells={max_cells}" in str(error)
    assert f"{error.partial.n_refined} of 12 units are done" in str(error)
    assert_is_truncated(error.partial, relu_layers(*ARRAYS))


def test_a_budget_that_suffices_changes_nothing():
    network = Network.from_arrays(*ARRAYS)
    n = canonical_complex(network).n_cells
    assert canonical_complex(network, max_cells=n, max_memory=10**9).n_cells == n
    assert stop(*ARRAYS, max_cells=n - 1).partial.n_cells < n


def test_max_memory():
    needed = canonical_complex(Network.from_arrays(*ARRAYS)).nbytes
    error = stop(*ARRAYS, max_memory=needed // 2)
    assert f"max_memory={needed // 2}" in str(error)
    assert_is_truncated(error.partial, relu_layers(*ARRAYS))


def test_the_coordinates_alone_may_exceed_the_budget():
    """30 independent units have 2^30 cells and more than 3^30 faces: refused before they are made."""
    identity = np.eye(30, dtype=int)
    for limit in ({"max_cells": 10**6}, {"max_memory": 10**9}):
        error = stop([identity, identity[:1]], [[0] * 30, [0]], **limit)
        assert error.partial is None
        assert "The first layer alone has at least" in str(error)


def test_an_interrupt_leaves_nothing_half_written():
    """The second run is not disturbed by an interrupt of the first one."""
    network = Network.from_arrays(*ARRAYS)
    expected = canonical_complex(network).f_vector()

    def interrupt(done, total, cells):
        if done == total - 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        canonical_complex(network, progress=interrupt)
    assert canonical_complex(network).f_vector() == expected


def test_progress():
    calls = []
    complex_ = canonical_complex(Network.from_arrays(*ARRAYS), progress=lambda *call: calls.append(call))
    assert [done for done, _, _ in calls] == [i for i, _ in zip(count(1), calls, strict=False)]
    assert {total for _, total, _ in calls} == {12}
    cells = [n for _, _, n in calls]
    assert cells == sorted(cells)
    assert cells[-1] == complex_.n_cells


def test_a_partial_complex_is_not_taken_for_the_whole():
    """It has the faces of the units that were done, and whatever reads a network off its cells refuses it."""
    network = Network.from_arrays([[[1], [1]], [[1, 1]]], [[0, -1], [0]])  # (x)+ + (x - 1)+
    with pytest.raises(BudgetError) as info:
        canonical_complex(network, max_cells=2)
    partial = info.value.partial
    assert partial.f_vector() == (1, 2)
    assert repr(partial).startswith("Complex of the first 1 of 2 rectified units")
    for question in (tropical_map, NetworkMaps.of, first_cell_not_zero, monomial_counts):
        with pytest.raises(InputError, match="must be a CanonicalComplex, not a PartialComplex"):
            question(partial)


def test_no_result_holds_more_than_was_allowed():
    network = Network.from_arrays(*ARRAYS)
    needed = canonical_complex(network).nbytes
    assert canonical_complex(network, max_memory=needed).nbytes == needed
    for limit in np.linspace(needed // 20, needed - 1, 25).astype(int).tolist():
        error = stop(*ARRAYS, max_memory=limit)
        assert error.partial is None or error.partial.nbytes <= limit


@pytest.mark.parametrize("d", range(1, 6))
@pytest.mark.parametrize("box", [False, True])
def test_what_a_run_held_suffices_for_the_next(d, box):
    """Also where the start takes most of it."""
    network = Network.from_arrays([np.eye(d, dtype=int), [[1] * d]], [[0] * d, [0]])
    domain = [(-1, 1)] * d if box else None
    first = canonical_complex(network, domain)
    again = canonical_complex(network, domain, max_cells=first.n_cells, max_memory=first.nbytes)
    assert (again.f_vector(), again.nbytes) == (first.f_vector(), first.nbytes)


def test_the_bytes_of_a_complex_are_those_of_its_arrays():
    """But for what the lists have at their beginnings."""
    resonance = [v for v in product((0, 1), repeat=3) if any(v)]
    central = [resonance, [[1, -1, 0, 0, 0, 0, 1]], [[1]]], None
    for arrays, box in ((ARRAYS, None), (ARRAYS, [(-1, 1), (0, 2)]), (central, None)):
        complex_ = canonical_complex(Network.from_arrays(*arrays), box)
        rays, D = complex_.complex.rays, complex_.ambient_dimension + 1
        held = [rays.forms, rays.signs, complex_.ray_signs.words, complex_.unmerged.words]
        held += [rays.recomputation._recipe, rays.recomputation._words]
        held += [array for facets in complex_.complex.facets for array in (facets.indptr, facets.indices)]
        assert 0 <= sum(array.nbytes for array in held) - complex_.nbytes <= 8 * D


@pytest.mark.parametrize("part_bytes", [1, 300, 1500])
@pytest.mark.parametrize("max_cells", [5, 20, 29, 50])
def test_budgets_of_cells_in_the_midst_of_parts(monkeypatch, part_bytes, max_cells):
    """As many units are done as with one part, whatever the number of workers."""
    whole = stop(*ARRAYS, max_cells=max_cells)
    monkeypatch.setattr(pieces, "PART_BYTES", part_bytes)
    for workers in (1, 3):
        error = stop(*ARRAYS, max_cells=max_cells, workers=workers)
        assert f"max_cells={max_cells}" in str(error)
        assert error.partial.n_refined == whole.partial.n_refined
        assert error.partial.f_vector() == whole.partial.f_vector()
    assert_is_truncated(error.partial, relu_layers(*ARRAYS))


@pytest.mark.parametrize("part_bytes", [300, 1500])
def test_budgets_of_memory_in_the_midst_of_parts(monkeypatch, part_bytes):
    monkeypatch.setattr(pieces, "PART_BYTES", part_bytes)
    needed = canonical_complex(Network.from_arrays(*ARRAYS)).nbytes
    assert canonical_complex(Network.from_arrays(*ARRAYS), max_memory=needed).nbytes == needed
    for share in (0.3, 0.5, 0.7, 0.9, 1.0):
        limit = int(share * needed) - 1
        errors = [stop(*ARRAYS, max_memory=limit, workers=workers) for workers in (1, 2, 3)]
        assert len({str(error) for error in errors}) == 1
        assert len({error.partial.n_refined for error in errors}) == 1
        assert errors[0].partial.nbytes <= limit
        assert_is_truncated(errors[0].partial, relu_layers(*ARRAYS))


def test_row_numbers_do_not_wrap(monkeypatch):
    monkeypatch.setattr(budget, "MOST_ROWS", 100)
    error = stop(*ARRAYS)
    assert "more than can be numbered" in str(error)
    assert max(error.partial.complex.n_cones(k) for k in (1, 2, 3)) <= 100
    assert_is_truncated(error.partial, relu_layers(*ARRAYS))


def test_errors_are_pickled_with_what_they_hold():
    error = pickle.loads(pickle.dumps(stop(*ARRAYS, max_cells=20)))
    assert_is_truncated(error.partial, relu_layers(*ARRAYS))


def test_a_partial_complex_is_made_when_it_is_asked_for(monkeypatch):
    error = stop(*ARRAYS, max_cells=20)

    def fail(*arguments):
        raise MemoryError

    monkeypatch.setattr(refinement.Refinement, "result", fail)
    with pytest.raises(MemoryError):
        _ = error.partial


CHILD = """
import resource
from itertools import product
import troppoly as tp

def peak():
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

network = tp.hyperplane_arrangement([v for v in product((0, 1), repeat=6) if any(v)])
tp.canonical_complex(tp.hyperplane_arrangement([[1, 0], [0, 1]]))  # loads what is compiled
before = peak()
try:
    tp.canonical_complex(network, max_memory=10**7)
except tp.BudgetError:
    print(peak() - before)
"""


def test_peak_memory_of_a_process_that_is_refused():
    """The resonance arrangement in R^6 has 1066044 cells; beside the result there are parts in the making."""
    child = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
    assert int(child.stdout) < 10**7 + 2 * 10**8
