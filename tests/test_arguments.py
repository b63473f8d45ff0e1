"""Every public function with arguments of the wrong kind: our error, with a sentence, or an answer; never a raw one.

One harness over all public names.  ``CALLS`` has for each of them one call that works; then every argument in turn is
replaced by things that it should not be: of another type, shape or dimension, empty, out of range, not finite.
"""

import inspect
import itertools
import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from gmpy2 import mpq, mpz

import troppoly as tp
from tests.public_functions import of_name, public_functions
from troppoly import plotting
from troppoly.arguments import Natural, checked
from troppoly.errors import InputError, TroppolyError
from troppoly.passagemath import polyhedron

NET = tp.Network.from_arrays([[[1, 0], [0, 1], [1, 1]], [[1, 1, 1]]], [[0, 0, 1], [0]])
TWO = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 0], [0, 1]]])
LINE = tp.Network.from_arrays([[[1], [2]], [[1, 1]]], [[0, 1], [0]])
F = tp.TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0})
G = tp.TropicalPolynomial({(1,): 0, (0,): 0})
REGIONS = tp.linear_regions(NET)
SQUARE = polyhedron([(0, 0), (1, 0), (0, 1), (1, 1)], ambient_dim=2)
BOUNDED = tp.linear_regions(NET, domain=SQUARE)
SWAP = [[0, 1], [1, 0]]
GROUP = tp.symmetry.FiniteGroup.generated_by([SWAP])
REFLECTIONS = tp.symmetry.symmetric_group(2)
SYMMETRIC = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])
ORBITS = tp.symmetry.cell_orbits(REGIONS.complex, GROUP)
BOUNDARY = tp.decision_boundary(TWO)
MATRIX = tp.RationalMatrix.of([[1, 2], [3, 4]])
LIFTED = F.lifted_polytope()
CELL = tp.cell_at(LINE, [1])
BELOW = tp.properties.Property(1, 1, [[[1, 0, 1], [0, -1, 0]]])

CALLS = {
    "canonical_complex": (NET, None),
    "network.associahedron": (3,),
    "network.canonical_polynomial": (NET,),
    "network.cyclohedron": (3,),
    "network.max_pooling": (4, 3, 1),
    "network.permutohedron": (3,),
    "network.sum_of_maxima": (3, [[0, 1], [1, 2]]),
    "polynomial.honeycomb": (2, 2),
    "cell_at": (NET, [1, 2]),
    "census": (NET, SQUARE),
    "local.cells_at": (NET, [0, 2]),
    "local.check_facet": (CELL.facets[0],),
    "local.check_redundant": (CELL.redundant[0],),
    "local.wall_forms": (CELL,),
    "explore": (NET, [0, 1]),
    "local.local_cell": (REGIONS.cells[0],),
    "local.path": (NET, [[0, 1], [1, 2]]),
    "local.ray": (NET, [0, 1], [1, 2]),
    "segment": (NET, [0, 1], [1, 2]),
    "geometry.cell_graph": (REGIONS,),
    "symmetry.cell_orbits": (REGIONS.complex, GROUP),
    "geometry.cell_table": (REGIONS,),
    "symmetry.chamber_cells": (SYMMETRIC, REFLECTIONS),
    "symmetry.chamber_regions": (SYMMETRIC, REFLECTIONS, None),
    "bounds.characteristic_polynomial": ([[1, 0], [0, 1]], [0, 1]),
    "compress": (NET, None),
    "data_regions": (NET, [[1, 2], [3, 4]], [0, 1]),
    "decision_boundary": (TWO, None),
    "maximum_difference": (NET, SYMMETRIC, SQUARE),
    "geometry.distance": (SQUARE, [2, 2], 1),
    "decomposition_polyhedron": (F, F),
    "divisor": (REGIONS,),
    "divisors.shallow_network": (F,),
    "critical_points": (F, SQUARE),
    "persistence": (NET, SQUARE),
    "topology.superlevel_persistence": (REGIONS, None),
    "topology.sublevel_homology": (NET, 1, SQUARE),
    "topology.superlevel_homology": (F, "1/2", None),
    "topology.homology": (BOUNDARY.subcomplex,),
    "is_concave": (F, SQUARE),
    "is_convex": (NET, SQUARE),
    "effective_radius": (F, [0, 1], 1),
    "hoffman.effective_radius_bound": (F, [0, 1]),
    "equivalence.as_network": (F,),
    "equivalent": (NET, SYMMETRIC, SQUARE),
    "symmetry.equivariant": (SYMMETRIC, [(SWAP, [[1]])], None),
    "symmetry.fan_chamber_cells": (
        tp.hyperplane_arrangement([[1, -1, 0], [0, 1, -1], [1, 0, -1]]),
        tp.symmetry.symmetric_group(3),
    ),
    "geometry.fixed_points": (TWO, None),
    "geometry.injectivity": (TWO, None),
    "geometry.is_homeomorphism": (TWO,),
    "geometry.surjectivity": (TWO,),
    "network.folding_network": (2, [4, 3]),
    "functional_dimension": (NET, [(1, 2)]),
    "formal_monomial_counts": (NET,),
    "bounds.generic_regions": (5, 2),
    "bounds.hanin_rolnick_estimate": (2, [4, 4]),
    "hoffman_constant": ([[1, 0], [1, 1]],),
    "hoffman.cell_systems": (F,),
    "symmetry.hyperoctahedral_group": (2,),
    "hyperplane_arrangement": ([[1, 0], [0, 1]], [0, 1]),
    "integrals.integral": (NET, SQUARE),
    "integrals.expected_gradient": (BOUNDED,),
    "integrals.l1_distance": (NET, SYMMETRIC, SQUARE),
    "integrals.l1_norm": (F, SQUARE),
    "integrals.l2_distance": (F, NET, SQUARE),
    "integrals.l2_norm": (BOUNDED,),
    "integrals.mean_squared_gradient": (NET, SQUARE),
    "integrals.moment": (NET, (1, 0), (2,), SQUARE),
    "symmetry.invariant": (SYMMETRIC, [SWAP], None),
    "geometry.jacobian_norms": (REGIONS, 1),
    "geometry.level_set": (NET, 1, None),
    "polytope.dilation": (LIFTED, 2),
    "polytope.hull_of_union": ([LIFTED, LIFTED],),
    "polytope.minkowski_sum": ([LIFTED, LIFTED],),
    "polytope.lifted_points": ([[0, 0], [1, 0]], [0, 1]),
    "polytope.lifted_polyhedron": ([[0, 0], [1, 0]], [0, 1]),
    "linear_regions": (NET, None),
    "lipschitz_constant": (REGIONS, 1),
    "export.load_complex": ("complex.npz",),
    "load_network": ("net.npz",),
    "hoffman.lower_hoffman_constant": ([[1, 0], [1, 1]], 5, 0),
    "network.maximum_of_five": (),
    "maxout": ([[[1, 0], [0, 1]]], [[0, 1]]),
    "bounds.maxout_region_bound": (2, [3, 3]),
    "bounds.montufar_lower_bound": (2, [4, 4]),
    "minimal_decompositions": (F, F),
    "network.neuron_polynomials": (NET,),
    "normal_complex": (LIFTED,),
    "symmetry.permutation_matrix": ([1, 0],),
    "symmetry.permutes_units": (SYMMETRIC, SWAP),
    "polynomial.pruned_product": ([F, F], [1, 2]),
    "polynomial.pruned_sum": ([F, F],),
    "same_parameters": (NET, NET),
    "sampling.random_points_in_ball": (2, 3, 1.0, 0),
    "sampling.random_points_in_box": (2, 3, 1.0, 0),
    "rational": ("1/2", "value"),
    "exact.rank": (tp.RationalMatrix.identity(2),),
    "exact.rational_vector": ([1, 2], "vector", 2),
    "read_json": ("net.json",),
    "redundancy_report": (NET, None),
    "region_counts": (NET, None),
    "geometry.region_graph": (REGIONS,),
    "symmetry.region_orbits": (REGIONS, GROUP),
    "geometry.region_table": (REGIONS,),
    "regions.regions_by_polytopes": (F, None),
    "polytope.restrict_to_domain": (LIFTED, tp.RationalMatrix.of([[1, 0, 0]])),
    "sampling.sampled_activation_patterns_float": (NET, [[0.0, 1.0]]),
    "sampling.sampled_jacobians_float": (NET, [[0.0, 1.0]]),
    "export.save_complex": (REGIONS.complex, "complex.npz"),
    "network.save_npz": (NET, "net.npz"),
    "bounds.serra_upper_bound": (2, [4, 4]),
    "network.simple_maxout": (2, [3, 2]),
    "symmetry.symmetric_group": (3,),
    "network.tent_map": (2,),
    "to_network": (F,),
    "track": ([LINE, LINE],),
    "tropical_map": (REGIONS.canonical,),
    "tropicalize": (NET,),
    "network.tropicalize_formal": (LINE,),
    "properties.parse_vnnlib": ("(declare-const X_0 Real) (declare-const Y_0 Real) (assert (>= Y_0 X_0))",),
    "properties.read_vnnlib": ("net.vnnlib",),
    "properties.verify": (LINE, BELOW),
    "hoffman.upper_hoffman_constant": ([[1, 0], [1, 1]],),
    "export.write_gfan": (F.normal_complex().complex, "f.gfan"),
    "write_json": (NET, "net.json"),
    "export.write_macaulay2": (F, "f.m2"),
    "export.write_oscar": (F, "f.jl"),
    "export.write_polymake": (F, "f.poly"),
    "network.zonotope_tents": ([[1, 0], [0, 1]], 2),
    # classes, and methods of objects
    "Layer": (MATRIX, tp.RationalMatrix.of([[0], [1]]), [True, False]),
    "Network": (NET.layers, ("a", "b"), ()),
    "Network.from_arrays": ([[[1, 0]], [[1]]], [[0], [1]]),
    "Network.from_nnet": ("net.nnet",),
    "Network.from_onnx": ("net.onnx",),
    "properties.Property": (1, 1, [[[1, 0, 1], [0, -1, 0]]]),
    "RationalMatrix.of": ([[1, 2]], "matrix", 2),
    "bounds.CharacteristicPolynomial": ((2, -3, 1),),
    "network.LargeCount.of": (10**40,),
    "RationalMatrix.identity": (2,),
    "exact.Radical.of": (1, [(1, 2)]),
    "exact.Radical.root": (2,),
    "geometry.SpectralNorm.of": ([[1, 2], [3, 4]],),
    "RationalMatrix.zeros": (1, 2),
    "symmetry.FiniteGroup.generated_by": ([SWAP],),
    "symmetry.ReflectionGroup": (REFLECTIONS.roots,),
    "TropicalPolynomial": ({(1, 0): 1},),
    "TropicalPolynomial.affine": ([1, 2], 3),
    "TropicalPolynomial.constant": (1, 2),
    "TropicalPolynomial.variable": (0, 2),
    "TropicalPolynomial.from_lifted_points": (tp.RationalMatrix.of([[1, 2]]),),
    "TropicalPolynomial.from_lifted_polytope": (LIFTED,),
    "TropicalRational": (F, F),
    "TropicalRational.of": (F, 2),
    "TropicalMap": ([F, F],),
    "TropicalMap.affine": ([[1, 2]], [0]),
}
METHODS = {
    "Network.__call__": (NET, [1, 2]),
    "Network.evaluate_float": (NET, [[1.0, 2.0]]),
    "Network.image": (NET, SQUARE),
    "Network.maximum": (NET, [1], SQUARE),
    "Network.minimum": (NET, 0, SQUARE),
    "Network.preimage": (NET, [(0, 1)], SQUARE),
    "Network.unit_signs": (NET, SQUARE),
    "properties.Property.is_unsafe": (BELOW, [1], [2]),
    "Network.restrict": (NET, [[1], [1]], [0, 0]),
    "RationalMatrix.hstack": (MATRIX, MATRIX),
    "RationalMatrix.vstack": (MATRIX, MATRIX),
    "TropicalPolynomial.__call__": (F, [1, 2]),
    "TropicalPolynomial.compose": (F, tp.TropicalMap([F, F])),
    "TropicalPolynomial.compose_affine": (F, [[1, 0], [0, 1]], [0, 1]),
    "TropicalPolynomial.equals": (F, F),
    "TropicalPolynomial.evaluate_float": (F, [[1.0, 2.0]]),
    "TropicalMap.__call__": (tp.TropicalMap([F]), [1, 2]),
    "TropicalMap.equals": (tp.TropicalMap([F]), tp.TropicalMap([F])),
    "TropicalRational.__call__": (F / F, [1, 2]),
    "Cell.diameter": (BOUNDED.cells[0], 1),
    "Cell.inscribed_ball": (BOUNDED.cells[0], 1),
    "local.LocalCell.contains": (CELL, [1]),
    "local.LocalCell.through": (CELL, [1]),
    "local.LocalCell.inscribed_ball": (tp.cell_at(NET, ["-1/4", "-1/4"]), 1),
    "local.EuclideanBall.approximation": (tp.cell_at(NET, ["-1/4", "-1/4"]).euclidean_ball(), 10),
    "geometry.SpectralNorm.bounds": (tp.geometry.SpectralNorm.of([[1, 2], [3, 4]]), 10),
    "exact.Radical.bounds": (tp.exact.Radical.of(1, [(1, 2)]), 10),
    "local.LocalCell.maximum": (CELL, [-1]),
    "local.LocalCell.minimum": (CELL, [1]),
    "local.LocalCell.neighbor": (CELL, CELL.facets[0]),
    "data.DataRegions.margins": (tp.data_regions(NET, [[1, 2]]), 1),
    "data.DataRegions.table": (tp.data_regions(NET, [[1, 2]]), 1),
    "data.DataRegions.point_table": (tp.data_regions(NET, [[1, 2]]), 1),
    "local.Segment.point": (tp.segment(LINE, [0], [1]), 1),
    "local.LocalFacet.contains": (CELL.facets[0], [1]),
    "LinearRegion.diameter": (BOUNDED[0], 1),
    "PolyhedralComplex.faces": (REGIONS.complex, 1),
    "PolyhedralComplex.neighbors": (REGIONS.complex, 1),
    "geometry.Subcomplex.skeleton": (tp.geometry.Subcomplex.of(REGIONS.complex), 1),
    "bounds.CharacteristicPolynomial.__call__": (tp.bounds.CharacteristicPolynomial((2, -3, 1)), 5),
    "symmetry.ChamberCells.stabilizer": (tp.symmetry.chamber_cells(SYMMETRIC, REFLECTIONS), 0),
    "topology.Barcode.of_degree": (tp.persistence(NET), 0),
    "topology.Barcode.betti_numbers": (tp.persistence(NET), "1/2"),
    "topology.Homology.betti_numbers": (tp.topology.Homology((1, 0), ((), ())), 2),
    "divisors.Divisor.forms": (tp.divisor(F), [0, 0, 1], 0),
    "divisors.Divisor.polynomial": (tp.divisor(F), [0, 0, 1], 0),
    "geometry.DecisionBoundary.between": (BOUNDARY, 0, 1),
    "geometry.DecisionBoundary.decided": (BOUNDARY, 0),
    "symmetry.Orbits.stabilizer": (ORBITS, 0),
    "redundancy.RedundancyReport.of_kind": (tp.redundancy_report(NET), "dead"),
    "symmetry.ReflectionGroup.parabolic_order": (REFLECTIONS, [0]),
    "sampling.SampledRegions.coverage": (tp.sampling.sampled_jacobians_float(NET, [[0.0, 1.0]]), 7),
}

WRONG = [
    None,
    object(),
    "abc",
    "1e99999999999",
    -1,
    0,
    99,
    1.5,
    True,
    math.nan,
    math.inf,
    1j,
    [],
    (),
    {},
    {1, 2},
    [1, [2]],
    [[1, 2], [3]],
    [[]],
    [None, "x"],
    [math.nan, math.nan],
    ["1/0", 0],
    np.zeros((0, 2)),
    np.zeros((2, 2, 2)),
    np.array(["a", "b"]),
    lambda: None,
    LINE,
    G,
    REGIONS,
    REGIONS[0],
    REGIONS.cells[0],
    BOUNDED.complex.faces(1)[0],
    GROUP,
    REFLECTIONS,
    polyhedron([(0,), (1,)], ambient_dim=1),
    polyhedron([(0, 0)], ambient_dim=2),
    tp.RationalMatrix.of([[1, 2, 3]]),
]

OCTANTS = tp.Network.from_arrays([[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 1, 1]]])
SURFACE = tp.geometry.level_set(OCTANTS, 1).subcomplex

PICTURES = {
    "central_window": ([[0.0, 1.0]],),
    "interactive_subcomplex": (SURFACE,),
    "interactive_surface": (REGIONS,),
    "interactive_walls": (tp.linear_regions(OCTANTS),),
    "label_slice": (plotting.plot_regions(REGIONS), 3),
    "overview": (REGIONS, None),
    "plane_through": ((0, 0, 0), (1, 0, 0), (0, 1, 0)),
    "plot_adjacency": (REGIONS,),
    "plot_barcode": (tp.persistence(NET),),
    "plot_cell_cut": (tp.cell_at(NET, ["-1/4", "-1/4"]), [1, 0], [0, 1]),
    "plot_exploration": (tp.explore(NET, [1, 2]),),
    "plot_facets": (tp.cell_at(NET, ["-1/4", "-1/4"]), 1),
    "plot_segment": (tp.segment(NET, [-1, -1], [1, 2]),),
    "plot_decision_boundary": (BOUNDARY,),
    "plot_divisor": (tp.divisor(F),),
    "plot_dual_subdivision": (F,),
    "plot_duality": (F,),
    "plot_gradient_norms": (REGIONS,),
    "plot_graph": (tp.linear_regions(LINE),),
    "plot_layers": (REGIONS,),
    "plot_lifted_newton_polytope": (F,),
    "plot_newton_polytope": (F,),
    "plot_parts": (NET, 1000),
    "plot_regions": (REGIONS,),
    "plot_slice": (NET, (0, 0), (1, 0), (0, 1)),
    "plot_subcomplex": (SURFACE,),
    "plot_surface": (REGIONS,),
    "plot_training": (tp.track([LINE, LINE]), ["cells"]),
    "plot_tropical_curve": (F,),
    "plot_walls_in_space": (tp.linear_regions(OCTANTS),),
    "window_of": ([[0.0, 1.0]], 2),
}
"""The same for :mod:`troppoly.plotting`."""

FILES_WANTED = {
    "Network.from_nnet",
    "Network.from_onnx",
    "properties.read_vnnlib",
    "export.load_complex",
    "load_network",
    "read_json",
}
"""Their one argument is a file: there is nothing to read here, and the call with it is an error, too."""


def test_every_public_function_is_called():
    assert set(PICTURES) == set(plotting.__all__)
    names = {name for name in public_functions() if not name.startswith("plotting.")}
    needs_extras = {"sampling.sampled_torch_jacobians_float", "export.to_sage_complex"}
    assert names - needs_extras - set(CALLS) == set()


@pytest.mark.parametrize("name", PICTURES)
def test_wrong_arguments_of_pictures_get_sentences(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    function = getattr(plotting, name)
    function(*PICTURES[name])
    for place in range(len(PICTURES[name])):
        for wrong in WRONG:
            changed = list(PICTURES[name])
            changed[place] = wrong
            assert_sentence(function, changed, f"{name}, argument {place} = {wrong!r}")
    options = [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind == parameter.KEYWORD_ONLY and name in ("window", "output", "colormap", "norm", "labels")
    ]
    for option, wrong in itertools.product(options, WRONG):
        assert_sentence(function, PICTURES[name], f"{name}, {option} = {wrong!r}", **{option: wrong})


@pytest.mark.parametrize("name", [*CALLS, *METHODS])
def test_wrong_arguments_get_sentences(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    function, arguments, first = (of_name(name), CALLS[name], 0) if name in CALLS else (of_name(name), METHODS[name], 1)
    if name not in FILES_WANTED:
        function(*arguments)
    for place in range(first, len(arguments)):
        for wrong in WRONG:
            changed = list(arguments)
            changed[place] = wrong
            assert_sentence(function, changed, f"{name}, argument {place} = {wrong!r}")


@pytest.mark.parametrize("value", [2, np.int8(2), np.uint64(2), mpz(2), np.array(2)])
def test_what_counts(value):
    assert tp.RationalMatrix.identity(value).tolist() == [[1, 0], [0, 1]]
    assert tp.network.tent_map(value)(["3/8"]) == (mpq(1, 2),)
    assert type(checked_integer(value)) is type(checked_integers([value])[0]) is int


@pytest.mark.parametrize("seconds", [-1, float("nan"), "1"])
def test_times_that_are_none(seconds):
    net = tp.network.tent_map(1)
    for ask in (lambda: tp.explore(net, (0,), seconds=seconds), lambda: net.maximum(0, [(0, 1)], seconds=seconds)):
        with pytest.raises(InputError, match=r"'seconds' of .* must be a nonnegative number or None"):
            ask()


@pytest.mark.parametrize("value", [True, np.True_, 2.0, np.float64(2), "2", None, -1, 2**31, Fraction(2), [2]])
def test_what_counts_nothing(value):
    with pytest.raises(InputError, match="must be a nonnegative integer below 2\\^31, not"):
        checked_integer(value)
    with pytest.raises(InputError, match="must be a sequence of nonnegative integers below 2\\^31; it contains"):
        checked_integers([1, value])


@checked
def checked_integer(size: Natural) -> int:
    return size


@checked
def checked_integers(sizes: Sequence[Natural]) -> Sequence[int]:
    return sizes


@pytest.mark.filterwarnings("error")
def test_integers_of_numpy_do_not_overflow():
    a = 2**40 - 1  # 1 + e_1 + e_2 + e_3 of four of them
    assert tp.bounds.maxout_region_bound(3, np.full(4, a + 1)) == 1 + 4 * a + 6 * a**2 + 4 * a**3
    assert tp.bounds.montufar_lower_bound(np.int8(2), [np.int8(100)] * 3) == 50**4 * (1 + 100 + 4950)
    polynomial = tp.bounds.CharacteristicPolynomial(tuple(np.array([0, -100, 1], dtype=np.int8)))
    assert polynomial(np.int8(100)) == 0
    assert polynomial(np.int8(-100)) == 20000
    assert tp.network.LargeCount.of(np.int64(2**40)) == tp.network.LargeCount.of(2**40)
    ranks = np.array([5, 5, 5], dtype=np.int8)  # four lines in each of three directions
    assert len(tp.linear_regions(tp.network.simple_maxout(np.int8(2), ranks))) == 1 + 12 + 3 * 16


def assert_sentence(function, arguments, what, **options):
    try:
        function(*arguments, **options)
    except TroppolyError as error:
        text = str(error)
        assert text[-1] == ".", f"{what}: not a sentence: {text}"
        assert len(text) < 1000
    except Exception as error:
        raise AssertionError(f"{what}: {type(error).__name__}: {error}") from error
