"""Sage's polyhedral complexes, made of our cells, have our faces."""

from __future__ import annotations

import passagemath_polyhedra  # noqa: F401  (before Sage)
import pytest

from tests.oracles.exchanged import complexes
from troppoly.export import to_sage_complex

pytest.importorskip(
    "sage.topology.cell_complex", reason="Sage's complexes need passagemath-graphs", exc_type=ImportError
)


@pytest.mark.parametrize("index", range(len(complexes())))
def test_faces(index: int) -> None:
    complex_ = complexes()[index]
    theirs = to_sage_complex(complex_)
    cells = theirs.cells()
    for k in range(complex_.ambient_dimension + 1):
        ours = {face.polyhedron() for face in complex_.faces(k)}
        assert set(cells.get(k, [])) == ours
    assert theirs.is_full_dimensional()
    assert theirs.is_pure()
    assert len(theirs.maximal_cells()[complex_.ambient_dimension]) == complex_.n_cells
