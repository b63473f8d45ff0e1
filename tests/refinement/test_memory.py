"""Memory that is used again, and arrays that grow."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from troppoly.refinement import memory
from troppoly.refinement.memory import Growing, arrays

LARGE = memory._SMALL // 8


@pytest.fixture(autouse=True)
def _nothing_free(monkeypatch):
    gc.collect()
    memory._free.clear()


def test_arrays_do_not_overlap():
    found = arrays(((3, 5), np.float64), ((0, 2), np.int32), ((7,), np.uint8), ((LARGE,), np.uint64), ((), np.int64))
    for i, array in enumerate(found):
        assert array.ctypes.data % 64 == 0
        array[...] = i
    for i, array in enumerate(found):
        assert (array == i).all()


def test_memory_is_used_again_when_no_array_refers_to_it():
    one, other = arrays(((LARGE,), np.int64), ((4,), np.int64))
    place, view = one.ctypes.data, other[1:3].reshape(2, 1)
    del one, other
    (fresh,) = arrays(((LARGE,), np.int64))
    assert fresh.ctypes.data != place  # as long as a view of another array is there
    del view
    (again,) = arrays(((LARGE,), np.int64))
    assert again.ctypes.data == place
    (more,) = arrays(((LARGE,), np.int64))
    more[:], again[:], fresh[:] = 1, 2, 3
    assert ((more == 1) & (again == 2) & (fresh == 3)).all()


def test_what_is_kept_has_a_limit(monkeypatch):
    monkeypatch.setattr(memory, "_KEPT", 40 * LARGE)
    found = [arrays(((n * LARGE,), np.int64))[0] for n in (1, 2, 3, 6)]
    while found:
        found.pop()
        assert sum(map(len, memory._free.values())) <= 40 * LARGE
    assert len(memory._free) == 2  # the last two; one was too large to be kept


def test_threads_do_not_share_memory():
    def work(number):
        for _ in range(200):
            one, other = arrays(((LARGE,), np.int64), ((LARGE,), np.int64))
            one[:], other[:] = number, -number
            assert (one == number).all()
            assert (other == -number).all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))


@pytest.mark.parametrize("moves", [True, False])
def test_arrays_that_grow(monkeypatch, moves):
    monkeypatch.setattr(memory, "_MOVES", moves and memory._MOVES)
    growing, expected = Growing(np.zeros((0, 3), np.int32)), np.zeros((0, 3), np.int32)
    for rows in (1, 10, 2, LARGE, 40 * LARGE, 39 * LARGE, 100 * LARGE, 3, 0, 5, 50 * LARGE):
        growing.resize(rows)
        common = min(rows, len(expected))
        assert growing.array.shape == (rows, 3)
        assert (growing.array[:common] == expected[:common]).all()
        growing.array[common:] = np.arange(3 * (rows - common)).reshape(-1, 3)
        expected = growing.array.copy()


def test_reserved_rows():
    growing = Growing(np.zeros(0))
    growing.reserve(4)
    growing.reserve(3)
    assert growing.array.shape == (4,)
    growing.reserve(5)
    assert growing.array.shape == (8,)


@pytest.mark.skipif(not memory._MOVES, reason="there is no mremap, so a large array is copied")
def test_views_keep_memory_from_moving():
    growing = Growing(np.zeros(0, np.int64))
    growing.resize(40 * LARGE)
    growing.array[:] = 7
    view = growing.array[5:9]
    with pytest.raises(BufferError):
        growing.resize(4000 * LARGE)
    assert (view == 7).all()


def test_no_memory():
    growing = Growing(np.zeros(0, np.int64))
    with pytest.raises(MemoryError, match="bytes"):
        growing.resize(2**58)
    growing.resize(40 * LARGE)
    with pytest.raises(MemoryError, match="bytes"):
        growing.resize(2**58)
