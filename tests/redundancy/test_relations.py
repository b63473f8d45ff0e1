"""Relations whose numbers are divisible by the primes that are computed with, against what was planted."""

import numpy as np
import pytest
from gmpy2 import mpq

from troppoly.cellwise.cell_network import CellNetwork
from troppoly.exact.modular import moduli
from troppoly.network import Network
from troppoly.redundancy import redundancy_report
from troppoly.redundancy.relations import LayerFunctions, relations

P, Q, R = (int(p) for p in moduli(3))


@pytest.mark.parametrize("factors", [(P, 1), (1, P), (P, 2 * P), (P * Q, P), (P * Q * R, Q * R), (3, 2)])
def test_proportional_units(factors):
    """Units 1 and 2 are multiples of each other, units 0 and 3 of none; unit 3 is unit 1 modulo P."""
    first, second = factors
    rows = [[1, 2], [first, 0], [second, 0], [first, P]]
    report = redundancy_report(Network.from_arrays([rows, [[1, 1, 1, 1]]]))
    found = [(u.unit, u.other, u.factor) for u in report.units if u.kind == "proportional"]
    assert found == [(2, 1, mpq(second, first))]


@pytest.mark.parametrize("p", [P, Q, P * Q, P * Q * R])
def test_coefficients_that_vanish_modulo_primes(p):
    """p x + y and p x + p^2 y + 1, and these divided by p, where they are active."""
    for scale in (1, p, mpq(1, p)):
        rows, bias = np.array([[p, 1], [p, p * p]], dtype=object) * scale, np.array([0, 1], dtype=object)
        layers = Network.from_arrays([rows.tolist(), [[1, 1]]], [bias.tolist(), [0]]).layers
        masks = [np.ones((3, 2), dtype=bool), np.ones((3, 1), dtype=bool)]
        found = relations(LayerFunctions(CellNetwork.of(layers), masks, 0), [0, 1])
        assert [list(relation.units) for relation in found] == [[0], [1]]
        for i, relation in enumerate(found):
            c = relation.units[i]
            assert [relation.affine.get(j, 0) / c for j in range(3)] == [*rows[i], bias[i]]
