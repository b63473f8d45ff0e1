"""Tasks and their results: functions of the work and the path alone, joined in any order."""

import io
import pickle
import random

import numpy as np
import pytest

import troppoly as tp
from troppoly.counting.measures import MEASURES
from troppoly.counting.results import TaskResult
from troppoly.counting.work import Stopped, Work, join
from troppoly.errors import FileFormatError, InputError, TroppolyError

GENERATOR = np.random.default_rng(3)
NET = tp.Network.from_arrays(
    [GENERATOR.integers(-5, 6, shape) for shape in [(6, 2), (5, 6), (1, 5)]],
    [GENERATOR.integers(-5, 6, n) for n in (6, 5, 1)],
)
WORK = Work.of(NET, None, list(MEASURES.values()), part_bytes=500, parts_per_task=3)


def fresh(work):
    return pickle.loads(pickle.dumps(work))


def all_results(work, choose=lambda waiting: waiting.pop(), again=False):
    waiting, results = [()], []
    while waiting:
        results.append((fresh(work) if again else work).run(choose(waiting)))
        waiting += results[-1].children
    return results


RESULTS = all_results(WORK)


def test_results_depend_on_the_path_alone():
    assert len(RESULTS) > 5
    rng = random.Random(1)
    other = all_results(WORK, lambda waiting: waiting.pop(rng.randrange(len(waiting))), again=True)
    assert {result.path: result for result in other} == {result.path: result for result in RESULTS}
    assert fresh(WORK).digest == WORK.digest
    assert fresh(WORK) == WORK


def test_parts_that_wait_may_be_forgotten(monkeypatch):
    monkeypatch.setattr("troppoly.counting.work._WAITING", 0)
    assert all_results(fresh(WORK)) == RESULTS


def test_the_order_does_not_matter():
    expected = tp.census(NET, measures=list(MEASURES), part_bytes=500, parts_per_task=3)
    regions = tp.linear_regions(NET)
    assert (expected.f_vector, expected.n_linear_regions) == (regions.f_vector(), len(regions))
    for seed in range(5):
        order = random.Random(seed).sample(RESULTS, len(RESULTS))
        assert join(fresh(WORK), order) == expected


def test_tasks_divide_the_whole():
    assert sum(result.parts for result in RESULTS) == join(WORK, RESULTS).n_parts
    assert abs(sum(result.share for result in RESULTS) - 1) < 1e-12
    assert max(result.parts for result in RESULTS) == 3
    assert RESULTS[0].parts == 1
    cells = [
        tuple(word) for r in RESULTS for part in WORK.parts(r.path) for word in part.canonical.signs.words.tolist()
    ]
    whole = tp.canonical_complex(NET).signs.words.tolist()
    assert sorted(cells) == sorted(map(tuple, whole))


def test_faces_of_parts_have_one_owner():
    """The sets of rays of owned faces are those of all faces, each once."""
    found = []
    for result in RESULTS:
        for part in WORK.parts(result.path):
            words = [part.canonical.ray_signs.words]
            for incidence in part.canonical.complex.facets:
                words.append(np.bitwise_or.reduceat(words[-1][incidence.indices], incidence.indptr[:-1], axis=0))
            masks = zip(words, part.owned, part.canonical.complex.faces_at_infinity, strict=True)
            found += [tuple(row) for level, owned, far in masks for row in level[owned & ~far].tolist()]
    assert len(set(found)) == len(found) == sum(tp.canonical_complex(NET).f_vector())


@pytest.mark.parametrize("result", RESULTS[:3])
def test_results_as_arrays(result):
    file = io.BytesIO()
    np.savez(file, **result.arrays())
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        assert TaskResult.from_arrays(dict(arrays)) == result
    changed = result.arrays() | {"text": np.zeros(3, np.uint8)}
    with pytest.raises(FileFormatError, match="not the result of a task"):
        TaskResult.from_arrays(changed)


def test_all_tasks_are_needed_once():
    with pytest.raises(InputError, match="not those of all tasks"):
        join(WORK, RESULTS[:-1])
    with pytest.raises(InputError, match="counted already"):
        join(WORK, [*RESULTS, RESULTS[2]])


def test_what_is_missed_is_found_by_the_euler_characteristic():
    first = RESULTS[0]
    faces = first.tallies["counts"]["faces"] - np.array([0, 1, 0])
    wrong = first.tallies | {"counts": first.tallies["counts"] | {"faces": faces}}
    fewer = TaskResult(first.path, first.children, first.parts, first.cells, first.share, wrong)
    with pytest.raises(TroppolyError, match="Euler characteristic"):
        join(WORK, [fewer, *RESULTS[1:]])


def test_no_such_part():
    for path in [(1,) * 50, (3,), (0, 1)]:
        with pytest.raises(InputError, match="There is no part"):
            fresh(WORK).run(path)


def test_stopping_and_reports():
    calls = []
    task = max(RESULTS, key=lambda result: result.parts).path
    result = fresh(WORK).run(task, lambda *numbers: calls.append(numbers))
    assert calls[-1] == (result.cells, result.parts)
    assert [parts for _, parts in calls] == list(range(1, result.parts + 1))
    with pytest.raises(Stopped):
        fresh(WORK).run(task, stopped=lambda: True)
    answers = iter([False] * (len(task) + 2) + [True] * 9)
    with pytest.raises(Stopped):
        fresh(WORK).run(task, stopped=lambda: next(answers))


def test_the_digest_tells_what_decides_the_results():
    others = [
        Work.of(NET, [(-1, 1)] * 2, WORK.measures, 500, 3),
        Work.of(NET, None, WORK.measures[1:], 500, 3),
        Work.of(NET, None, WORK.measures, 501, 3),
        Work.of(NET, None, WORK.measures, 500, 4),
        Work.of(tp.Network(NET.layers[1:]), None, WORK.measures, 500, 3),
        Work.of(NET, None, [tp.counting.Lipschitz(1)], 500, 3),
        Work.of(NET, None, [tp.counting.Lipschitz()], 500, 3),
    ]
    assert len({work.digest for work in [*others, WORK]}) == 8
    named = tp.Network(NET.layers, names=("a", "b", "c"))
    assert Work.of(named, None, WORK.measures, 500, 3).digest == WORK.digest


def test_measures_have_different_names():
    with pytest.raises(InputError, match="different names"):
        tp.census(NET, measures=["volumes", "volumes"])
    with pytest.raises(InputError, match="no measure 'area'"):
        tp.census(NET, measures=["area"])
    with pytest.raises(InputError, match="was not asked for"):
        _ = tp.census(NET).n_linear_regions


RESONANCE = {2: 6, 3: 32, 4: 370}


@pytest.mark.parametrize(("n", "cells"), RESONANCE.items())
@pytest.mark.parametrize("part_bytes", [1, 4000, None])
def test_resonance_arrangements(n, cells, part_bytes):
    """The numbers of regions are known (OEIS A034997); all hyperplanes meet in one point."""
    rows = [[i >> j & 1 for j in range(n)] for i in range(1, 2**n)]
    found = tp.census(tp.hyperplane_arrangement(rows), part_bytes=part_bytes)
    assert (found.n_cells, found.n_bounded_cells, found.f_vector[0]) == (cells, 0, 1)
