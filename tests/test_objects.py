"""The conformance suite of objects: one value of every public class, on every route.

Each can be pickled, copied, deep-copied and sent to another process, is equal to its copies and hashed as they are, and
has a repr of one line that prints no complex.
"""

from __future__ import annotations

import contextlib
import copy
import inspect
import os
import pickle
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, fields, is_dataclass
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import troppoly as tp
from troppoly import errors
from troppoly.export.json_format import document, from_document

NET = tp.Network.from_arrays([[[1, 0], [0, 1], [1, 1]], [[1, -1, 1], [0, 1, 2]]], [[0, 0, 1], [0, 1]])
SCALAR = tp.Network.from_arrays([[[1, 0], [0, 1], [-1, -1]], [[1, 1, 1]]], [[0, 0, 1], [0]])
MAXIMA = tp.maxout([[[1, 0], [0, 1], [1, 1]]], [[0, 1, 0]])
TWINS = tp.Network.from_arrays([[[1, 0], [2, 0], [0, 1]], [[1, 1, 1]]])
SUM = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])
F = tp.TropicalPolynomial({(1, 0): 0, (0, 1): "1/2", (0, 0): 0})
BOX = [(0, 1), (0, "1/2")]
REGIONS = tp.linear_regions(NET)
SWAP = tp.symmetry.FiniteGroup.generated_by([[[0, 1], [1, 0]]])
S2 = tp.symmetry.symmetric_group(2)
WALLS = tp.geometry.CellWalls(REGIONS)
BOUNDARY = tp.decision_boundary(NET)
REPORT = tp.redundancy_report(TWINS)
RADIUS_BOUND = tp.hoffman.effective_radius_bound(F)
MATRIX_CONSTANT = tp.hoffman_constant([[1, 0], [-1, 0], [1, 1]])
COMPRESSION = tp.compress(TWINS)
ROUNDING = tp.compress(tp.Network.from_arrays([[["1/3"]], [[1]]], [[1], [0]])).rounded()
LOCAL_CELL = tp.cell_at(tp.Network.from_arrays([[[1, 0], [0, 1], [1, 0]], [[1, 1, 1]]], [[0, 0, -1], [0]]), (-1, -1))

BELOW = tp.properties.Property(2, 2, (tp.RationalMatrix.of([[1, 0, 0, 0, 1], [0, 0, 1, 0, -9], [-1, 0, 0, 0, 1]]),))
UNIT_SQUARE = [[1, 0, 0, 0, 0], [-1, 0, 0, 0, 1], [0, 1, 0, 0, 0], [0, -1, 0, 0, 1]]
HOLDS = tp.properties.verify(NET, tp.properties.Property(2, 2, [[*UNIT_SQUARE, [0, 0, -1, 0, -99]]]))


def _error(function: Any, *arguments: Any, **options: Any) -> Any:
    with pytest.raises(tp.TroppolyError) as caught:
        function(*arguments, **options)
    return caught.value


OVER_BUDGET = _error(tp.canonical_complex, NET, max_cells=4)

VALUES: dict[str, Any] = {
    # matrices, polynomials, networks
    "dense matrix": tp.RationalMatrix.of([[1, "1/2"], [3, 4]]),
    "sparse matrix": tp.exact.SparseMatrix.of([[1, 0], [0, "1/3"]]),
    "polynomial": F,
    "rational": F / 2,
    "map": tp.tropicalize(NET),
    "layer": NET.layers[0],
    "network": NET,
    "network of maxima": MAXIMA,
    "count": tp.network.LargeCount.of(10**40),
    # complexes, regions and their parts, on every route
    "complex by refinement": REGIONS.complex,
    "canonical complex": REGIONS.canonical,
    "complex of maxima": tp.canonical_complex(MAXIMA),
    "complex over a domain": tp.canonical_complex(NET, BOX),
    "partial complex": OVER_BUDGET.partial,
    "complex by polytopes": F.normal_complex().complex,
    "certificate": REGIONS.certificate,
    "normal complex": F.normal_complex(),
    "dual subdivision": F.dual_subdivision(),
    "hypersurface": F.hypersurface(),
    "wall of a hypersurface": F.hypersurface()[0],
    "regions by refinement": REGIONS,
    "regions over a domain": tp.linear_regions(NET, domain=BOX),
    "regions of maxima": tp.linear_regions(MAXIMA),
    "regions of a polynomial": tp.linear_regions(F),
    "regions of a rational": tp.linear_regions(F / (F * F + 1)),
    "regions of a map": tp.linear_regions(tp.tropicalize(NET)),
    "regions of a network by polytopes": tp.regions.regions_by_polytopes(SUM),
    "region": REGIONS[0],
    "cell": REGIONS.cells[0],
    "cell by polytopes": tp.linear_regions(F).cells[1],
    "cells": REGIONS.cells,
    "face": REGIONS.complex.faces(1)[0],
    "faces": REGIONS.complex.faces(1),
    # geometry
    "ball": tp.linear_regions(SCALAR, domain=BOX).cells[0].inscribed_ball(),
    "boundary": BOUNDARY,
    "walls": WALLS,
    "wall": WALLS[0],
    "distance": tp.geometry.distance(REGIONS[0], [-5, -5]),
    "Lipschitz constant": tp.lipschitz_constant(REGIONS),
    "Euclidean Lipschitz constant": tp.lipschitz_constant(REGIONS, 2),
    "spectral norm": tp.geometry.SpectralNorm.of([[1, 1], [0, 1]]),
    "subcomplex": BOUNDARY.subcomplex,
    "table": tp.geometry.cell_table(REGIONS),
    "region counts": tp.region_counts(NET),
    "fixed set": tp.geometry.fixed_points(tp.network.tent_map(1))[0],
    "injectivity": tp.geometry.injectivity(SUM),
    "surjectivity": tp.geometry.surjectivity(SUM),
    "sample": tp.sampling.sampled_jacobians_float(NET, [[0.5, 1.0], [-1.0, 2.0]]),
    # divisors
    "divisor": tp.divisor(F),
    "wall of a divisor": tp.divisor(F)[0],
    "convexity": tp.is_concave(SCALAR),
    "decomposition polyhedron": tp.decomposition_polyhedron(SCALAR),
    "minimal decompositions": tp.minimal_decompositions(SCALAR),
    "irreducibility": tp.minimal_decompositions(F / 2).certificate(0),
    # topology
    "barcode": tp.persistence(NET, form=0),
    "bar": tp.persistence(SCALAR)[0],
    "critical points": tp.critical_points(SCALAR),
    "flat set": tp.critical_points(SCALAR, BOX)[0],
    "homology": tp.topology.sublevel_homology(SCALAR, 1),
    # one cell at a time
    "local cell": LOCAL_CELL,
    "local facet": LOCAL_CELL.facets[0],
    "redundant inequality": LOCAL_CELL.redundant[0],
    "Euclidean ball": tp.cell_at(SCALAR, ("1/4", "1/4")).euclidean_ball(),
    "radical": tp.exact.Radical.of(1, [(1, 2), ("1/3", 3)]),
    "extremum": LOCAL_CELL.maximum((1, 1)),
    "exploration": tp.explore(NET, (1, 2)),
    "random walk": tp.explore(NET, (1, 2), order="walk", domain=[(0, 2), (0, 3)]),
    "part of an exploration": tp.explore(NET, [(1, 2), (-1, -1)], max_cells=3),
    "segment": tp.segment(NET, (-1, -1), (1, 2)),
    "data regions": tp.data_regions(NET, [(1, 2), (-1, 0)], [0, 1]),
    "margin": tp.data_regions(NET, [(1, 2)]).margins()[0],
    "ray": tp.local.ray(NET, (-1, -1), (2, 3)),
    "piece": tp.segment(NET, (-1, -1), (1, 2))[1],
    # a census and its measures
    "census": tp.census(NET, BOX, measures=["linear_regions", "volumes", "lipschitz"]),
    "measure of regions": tp.counting.LinearRegions(),
    "measure of maps": tp.counting.DistinctMaps(),
    "measure of monomials": tp.counting.Monomials(),
    "measure of volumes": tp.counting.Volumes(),
    "measure of norms": tp.counting.Lipschitz(1),
    "measure of facets": tp.counting.Facets(),
    "measure of depths": tp.counting.WallDepths(),
    # on a domain
    "affine piece": NET.image(BOX)[0],
    "maximum of outputs": NET.maximum((1, 2), BOX),
    "no maximum": NET.maximum(1),
    "signs of units": NET.unit_signs(BOX),
    "property": BELOW,
    "verdict": HOLDS,
    "violation": tp.properties.verify(NET, BELOW),
    "closed part": HOLDS.proof[0][0],
    # comparisons and simplifications
    "equivalent": tp.equivalent(NET, tp.tropicalize(NET)),
    "not equivalent": tp.equivalent(SUM, SCALAR),
    "difference": tp.maximum_difference(SUM, SCALAR, BOX),
    "redundancy": REPORT,
    "redundant unit": REPORT.units[0],
    "monomial counts": REPORT.monomials[0],
    "compression": COMPRESSION,
    "certificate of a compression": COMPRESSION.certificate,
    "step": COMPRESSION.steps[0],
    "rounding": ROUNDING,
    "rounded weight": ROUNDING.changed[0],
    # parameters
    "functional dimension": tp.functional_dimension(TWINS),
    "same parameters": tp.same_parameters(TWINS, TWINS),
    # Hoffman constants
    "Hoffman constant": MATRIX_CONSTANT,
    "Hoffman constant of a map": RADIUS_BOUND.hoffman,
    "cell system": RADIUS_BOUND.hoffman.cells[0],
    "bounds of a radius": RADIUS_BOUND,
    "radius": tp.effective_radius(F),
    # symmetry and bounds
    "matrix group": SWAP,
    "reflection group": S2,
    "orbits": tp.symmetry.region_orbits(tp.linear_regions(SUM), SWAP),
    "chamber cells": tp.symmetry.chamber_cells(SUM, S2),
    "chamber regions": tp.symmetry.chamber_regions(SUM, S2),
    "characteristic polynomial": tp.bounds.characteristic_polynomial([[1, 0], [0, 1]]),
    # files and pictures
    "document": from_document(document(REGIONS)),
    **{name: getattr(errors, name)("No.") for name in errors.__all__},
    "error with a partial result": OVER_BUDGET,
}

WIDE = tp.Network.from_arrays([[[int(i == j) for j in range(40)] for i in range(40)], [[1] * 40]])
LONG = tp.TropicalPolynomial({tuple(int(i == j) for j in range(30)): f"{i}/7" for i in range(31)})
LONG_CONSTANT = tp.hoffman_constant([[int(i == j) for j in range(40)] for i in range(40)])
LARGE: dict[str, Any] = {
    "convexity": tp.is_convex(tp.Network.from_arrays([[[0.1, 0.7], [0.3, 1e-9]], [[1, -0.9]]], [[1e-30, 0.3], [0]])),
    "dense matrix": WIDE.layers[0].weight.dense,
    "sparse matrix": WIDE.layers[0].weight.sparse,
    "layer": WIDE.layers[0],
    "local cell": tp.cell_at(WIDE, [1] * 40),
    "local facet": tp.cell_at(WIDE, [1] * 40).facets[0],
    "extremum": tp.cell_at(WIDE, [-1] * 40).maximum([1] * 40),
    "spectral norm": tp.geometry.SpectralNorm.of([[i * j + (i > j) for j in range(9)] for i in range(9)]),
    "radical": tp.exact.Radical.of(1, [(1, n**2 + 1) for n in range(1, 50)]),
    "affine piece": WIDE.image([(i, i) for i in range(40)])[0],
    "maximum of outputs": WIDE.maximum(0, [(i, i) for i in range(40)]),
    "no maximum": WIDE.maximum(0),
    "violation": tp.properties.verify(WIDE, tp.properties.Property(40, 1, [[[0] * 40 + [1, 0]]])),
    "network": tp.Network((*WIDE.layers[:1] * 60, WIDE.layers[1])),
    "polynomial": LONG,
    "rational": LONG / LONG,
    "map": tp.TropicalMap([LONG] * 40),
    "Hoffman constant": LONG_CONSTANT,
    "cell system": type(RADIUS_BOUND.hoffman.cells[0])(WIDE.layers[0].weight, LONG.exponents[0], LONG.exponents),
    "barcode": tp.topology.Barcode(tuple(tp.topology.Bar(0, i, i + 1) for i in range(90)), 1, 2),
    "homology": tp.topology.Homology((1, 2, 0), ((2, 4), tuple(3**k for k in range(1, 60)), ())),
    "step": type(COMPRESSION.steps[0])("dead", "fc1", tuple(range(90))),
    "characteristic polynomial": tp.bounds.CharacteristicPolynomial(tuple(range(90))),
    "table": tp.geometry.Table({f"column {i}": (i,) for i in range(60)}),
    "group": tp.symmetry.FiniteGroup.generated_by([tp.symmetry.permutation_matrix([*range(1, 30), 0])]),
    "not equivalent": tp.equivalent(WIDE, tp.Network.from_arrays([[[1] * 40]])),
}


def _public_classes() -> Iterator[type]:
    modules = [value for value in (getattr(tp, name) for name in tp.__all__) if isinstance(value, ModuleType)]
    for owner in (tp, *modules):
        yield from {value for value in (getattr(owner, name) for name in owner.__all__) if inspect.isclass(value)}


def _is_equal(first: Any, second: Any) -> bool:
    """Errors are equal to themselves alone: what they say is compared."""
    if isinstance(first, tp.TroppolyError):
        return (str(first), getattr(first, "partial", None)) == (str(second), getattr(second, "partial", None))
    return first == second and hash(first) == hash(second)


@pytest.fixture(scope="module")
def sent() -> dict[str, tuple[Any, str]]:
    """The values after a round trip to another process, with their reprs there."""
    program = (
        "import pickle, sys; values = pickle.load(sys.stdin.buffer);"
        "pickle.dump({name: (value, repr(value)) for name, value in values.items()}, sys.stdout.buffer)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        input=pickle.dumps(VALUES),
        stdout=subprocess.PIPE,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    return pickle.loads(answer.stdout)


def test_every_public_class_has_a_value() -> None:
    abstract = {cls for cls in _public_classes() if cls.__subclasses__() and cls not in map(type, VALUES.values())}
    final = set(_public_classes()) - abstract
    assert {cls.__name__ for cls in final} - {type(value).__name__ for value in VALUES.values()} == set()
    assert all(any(isinstance(value, cls) for value in VALUES.values()) for cls in abstract)


@pytest.mark.parametrize("name", VALUES)
def test_copies_are_equal(name: str, sent: dict[str, tuple[Any, str]]) -> None:
    value = VALUES[name]
    copies = [copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value)), sent[name][0]]
    for copied in copies:
        assert type(copied) is type(value)
        assert _is_equal(copied, value)
        assert repr(copied) == repr(value)
    assert sent[name][1] == repr(value)


@pytest.mark.parametrize("name", VALUES)
def test_values_differ_from_those_of_others(name: str) -> None:
    value = VALUES[name]
    assert value != object()
    equal = {other for other, others in VALUES.items() if type(others) is type(value) and others == value}
    assert equal == {name}


@pytest.mark.parametrize("value", [*VALUES.values(), *LARGE.values()], ids=[*VALUES, *(f"large {n}" for n in LARGE)])
def test_the_repr_is_one_short_line(value: Any) -> None:
    text = repr(value)
    assert "\n" not in text
    assert " at 0x" not in text
    assert len(text) <= 200
    assert not re.search(r"\b1 (?:cells|regions|walls|orbits|units|weights|faces|points|monomials|steps)\b", text)


@pytest.mark.parametrize("name", VALUES)
def test_arrays_that_are_computed_once_are_read_only(name: str) -> None:
    """What is written to an array that is shown twice would change the object: the number of its regions, say."""
    value = VALUES[name]
    for key, kind in inspect.getmembers_static(type(value)):
        if isinstance(kind, cached_property) and not key.startswith("_"):
            with contextlib.suppress(tp.TroppolyError):
                shown = getattr(value, key)
                arrays = [a for a in (shown if isinstance(shown, tuple) else (shown,)) if isinstance(a, np.ndarray)]
                assert not any(array.flags.writeable for array in arrays), key


@pytest.mark.parametrize("name", VALUES)
def test_what_a_notebook_shows_is_well_formed(name: str) -> None:
    value = VALUES[name]
    if hasattr(value, "_repr_html_"):
        ElementTree.fromstring(f"<div>{value._repr_html_()}</div>")
    for method in ("_latex_", "_repr_latex_"):
        if hasattr(value, method):
            text = getattr(value, method)()
            assert text.count("{") == text.count("}")
            assert text.count(r"\left") == text.count(r"\right")
            assert text.count("$") % 2 == 0


@pytest.mark.parametrize("name", VALUES)
def test_dataclasses_are_frozen(name: str) -> None:
    value = VALUES[name]
    if is_dataclass(value) and fields(value):
        with pytest.raises(FrozenInstanceError):
            setattr(value, fields(value)[0].name, None)
