"""What is computed can be pickled and deep-copied, and is the same afterwards."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import troppoly as tp

NETWORK = tp.Network.from_arrays([[[1, 0], [0, 1], [1, 1]], [[1, -1, 1], [0, 1, 2]]], [[0, 0, 1], [0, 1]])
POLYNOMIAL = tp.TropicalPolynomial({(1, 0): 0, (0, 1): "1/2", (0, 0): 0})

VALUES: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "network": (NETWORK, lambda v: v),
    "map": (tp.tropicalize(NETWORK), lambda v: v),
    "matrix": (NETWORK.layers[0].weight, lambda v: v),
    "regions of a network": (tp.linear_regions(NETWORK), lambda v: [repr(v), *(r.affine_map[0].tolist() for r in v)]),
    "regions of a polynomial": (tp.linear_regions(POLYNOMIAL), lambda v: [repr(v), v.function]),
    "cell": (tp.linear_regions(POLYNOMIAL).cells[1], lambda v: (v.index, v.vertices(), v.rays())),
    "normal complex": (POLYNOMIAL.normal_complex(), lambda v: v.complex.f_vector()),
    "dual subdivision": (POLYNOMIAL.dual_subdivision(), repr),
    "hypersurface": (POLYNOMIAL.hypersurface(), lambda v: [wall.weight for wall in v]),
    "table": (tp.geometry.cell_table(tp.linear_regions(NETWORK)), lambda v: v),
    "radius": (tp.effective_radius(POLYNOMIAL / 0), repr),
    "boundary": (tp.decision_boundary(NETWORK), repr),
    "equivalence": (tp.equivalent(NETWORK, tp.tropicalize(NETWORK)), repr),
    "compression": (tp.compress(NETWORK), lambda v: v.network),
    "group": (tp.symmetry.symmetric_group(2), repr),
    "redundancy": (tp.redundancy_report(NETWORK), repr),
}


@pytest.mark.parametrize("name", VALUES)
def test_copies_are_the_same(name: str) -> None:
    value, content = VALUES[name]
    for copied in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):
        assert type(copied) is type(value)
        assert content(copied) == content(value)


@pytest.mark.parametrize("error", [tp.BudgetError("Too many.", partial=7), tp.InputError("No.")])
def test_errors(error: tp.TroppolyError) -> None:
    copied = pickle.loads(pickle.dumps(error))
    assert (str(copied), vars(copied)) == (str(error), vars(error))
