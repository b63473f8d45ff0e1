"""Growing arrays, lists of facets, and the fan of orthants."""

from math import comb

import numpy as np
import pytest

from troppoly.refinement.fan import Column, Level, orthants


def test_columns_grow():
    column = Column(np.arange(6).reshape(3, 2))
    for i in range(3, 300):
        column.extend(np.array([[2 * i, 2 * i + 1]]))
    column.extend(np.zeros((0, 2), dtype=int))
    assert column.n == 300
    assert column.view.tolist() == np.arange(600).reshape(300, 2).tolist()
    column.view[5] = 0
    assert column.view[5].tolist() == [0, 0]
    assert column.nbytes >= column.view.nbytes


def test_a_column_is_apart_from_its_source():
    source = np.arange(3)
    column = Column(source)
    source[0] = 9
    assert column.view.tolist() == [0, 1, 2]


def test_lists_that_are_replaced():
    forms, words = np.zeros((3, 0), np.int32), np.zeros(3, np.uint64)
    start, count = np.array([0, 2, 3]), np.array([2, 1, 2], np.int32)
    lists = Level(*map(Column, (forms, words, start, count, np.array([5, 6, 7, 8, 9], np.int32))))
    owners, entries = lists.gather(np.array([2, 0]))
    assert (owners.tolist(), entries.tolist()) == ([0, 0, 1, 1], [8, 9, 5, 6])
    lists.replace(np.array([0]), np.array([3]), np.array([1, 2, 3], np.int32))
    assert lists.pool.n == 8
    lists.append(forms[:1], words[:1], np.array([1]), np.array([4], np.int32))
    lists.compact()
    assert lists.pool.view.tolist() == [1, 2, 3, 7, 8, 9, 4]
    lists.replace(np.array([0]), np.array([1]), np.array([0], np.int32))
    assert lists.pool.n == 8
    lists.replace(np.array([2]), np.array([1]), np.array([6], np.int32))
    assert lists.pool.n == 4  # 5 of 9 entries were replaced, so the others were moved together
    incidence = lists.incidence()
    assert [incidence[i].tolist() for i in range(4)] == [[0], [7], [6], [4]]


@pytest.mark.parametrize("n", [0, 1, 2, 4])
@pytest.mark.parametrize("m", [0, 1, 2])
def test_orthants(n, m):
    """n whole coordinates, m nonnegative ones and t: products of crosses and simplices, known by counting."""
    half = np.array([False] * n + [True] * (m + 1))
    fan = orthants(half, 2)
    D = n + m + 1
    expected = [sum(comb(n, j) * 2**j * comb(m + 1, k - j) for j in range(k + 1)) for k in range(1, D + 1)]
    assert [cones.n for cones in fan.cones] == expected
    assert fan.cells.n == 2**n
    assert fan.dimension == D
    for k, cones in enumerate(fan.cones, start=1):
        assert cones.forms.view.shape == (cones.n, D - k)
        if k > 1:
            assert (cones.count.view == k).all()
    for row, forms in zip(fan.rays.y.view, fan.rays.forms.view, strict=True):
        assert not row[forms].any()
        assert np.count_nonzero(row) == 1
