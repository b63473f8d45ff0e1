"""Questions about files and copies: JSON and back, arrays and back, pickling and copying."""

import copy
import io
import pickle
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np

import troppoly as tp
from tests.crossing.algebra import at, lifted, sides
from tests.crossing.case import program_of, question
from tests.crossing.piecewise import convex_pieces, equal, evaluate, formal_counts
from tests.crossing.shapes import complex_of, label_of, map_of
from troppoly.export import RegionsDocument
from troppoly.export.json_format import document, from_document
from troppoly.network.json_network import with_digest


def same_function(one, other):
    """Equal as expressions, of one type."""
    assert type(one) is type(other)
    if isinstance(one, tp.Network):
        assert one == other
        assert one.max_groups == other.max_groups
    else:
        assert one == other
        assert [lifted(f) for f in sides(one)] == [lifted(f) for f in sides(other)]


@question
def json_of_the_function(case, rng):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "function.json")
        tp.write_json(case.function, path)
        same_function(tp.read_json(path), case.function)


@question
def json_of_the_regions(case, rng):
    """Linear regions, with the monomials for a network, and what is read answers as what was written."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "regions.json")
        tp.write_json(regions_document(case), path)
        read = tp.read_json(path)
    check_document(case, read)
    assert (read.tropical_map is None) == (bool(case.domain) or not isinstance(case.function, tp.Network))


def numbers_in(value, place=()):
    """The places of all numbers in a JSON document, those of the function itself left out."""
    if isinstance(value, dict):
        for key, entry in value.items():
            if key not in ("function", "format", "version", "type", "digest"):
                yield from numbers_in(entry, (*place, key))
    elif isinstance(value, list):
        for i, entry in enumerate(value):
            yield from numbers_in(entry, (*place, i))
    elif not isinstance(value, bool) and value is not None:
        yield place


@question
def changed_json(case, rng):
    """A number of the document of the regions is changed: refused, or what is read is the same still."""
    document = to_document(case)
    place = rng.choice(list(numbers_in(document)))
    *path, last = place
    record = document
    for key in path:
        record = record[key]
    old = record[last]
    change = rng.choice([1, -1, 2])
    record[last] = str(Fraction(old) + change) if isinstance(old, str) else old + change
    if rng.random() < 0.8:  # by someone who knows how to make the digest
        document = with_digest({name: entry for name, entry in document.items() if name != "digest"})
    try:
        read = from_document(document)
    except tp.FileFormatError:
        return
    check_document(case, read)


@question
def changed_arrays(case, rng):
    """A number of the arrays of a complex is changed: refused, or what is read is the same still."""
    file = io.BytesIO()
    tp.export.save_complex(complex_of(case), file)
    file.seek(0)
    arrays = dict(np.load(file))
    name = rng.choice([name for name, array in arrays.items() if array.size and name not in ("format", "digest")])
    array = arrays[name]
    i = rng.randrange(array.size)
    if array.dtype.kind == "S":
        array = array.astype("S40")
        array.flat[i] = str(int(array.flat[i]) + rng.choice([1, -1, 2])).encode()
    else:
        array.flat[i] += rng.choice([1, -1])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "complex.npz")
        np.savez(path, **(arrays | {name: array}))
        try:
            read = tp.export.load_complex(path)
        except tp.FileFormatError:
            return
    check_complex(case, read)


def to_document(case):
    """The JSON document of the regions, with the monomials of a network on all of R^d."""
    return document(regions_document(case))


def regions_document(case):
    if isinstance(case.function, tp.Network) and not case.domain:
        monomials = tp.tropicalize(case.function)
        return RegionsDocument(case.regions, monomials, tp.formal_monomial_counts(case.function))
    return RegionsDocument(case.regions)


def check_document(case, read):
    same_function(read.regions.function, case.function)
    check_regions(case, read.regions)
    if read.tropical_map is not None:
        pieces = convex_pieces(case.layers, case.d)
        assert [(lifted(r.numerator), lifted(r.denominator)) for r in read.tropical_map] == pieces
        assert read.formal_counts == formal_counts(case.layers, case.d)


def check_regions(case, regions):
    oracle = case.oracle
    assert regions.f_vector() == oracle.f_vector()
    assert len(regions) == len(oracle.regions())
    found = {label_of(case, cell): map_of(cell) for cell in regions.cells}
    assert found == {c.label: c.forms for c in oracle.cells}
    assert {frozenset(label_of(case, c) for c in region.cells) for region in regions} == {
        frozenset(c.label for c in region) for region in oracle.regions()
    }


def check_complex(case, complex_):
    oracle = case.oracle
    assert complex_.f_vector() == oracle.f_vector()
    assert complex_.n_bounded_cells == complex_of(case).n_bounded_cells
    for k in range(case.d + 1):
        labels = {label_of(case, face) for face in complex_.faces(k)}
        assert labels == {f.label for f in oracle.faces.values() if f.dimension == k}


@question
def arrays_of_the_complex(case, rng):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "complex.npz")
        tp.export.save_complex(complex_of(case), path)
        check_complex(case, tp.export.load_complex(path))


@question
def arrays_of_the_network(case, rng):
    """ReLU between layers: the network itself, or with identity units written as two rectified ones."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "network.npz")
        try:
            tp.network.save_npz(case.function, path)
        except tp.InputError:
            if not isinstance(case.function, tp.Network):
                raise
            assert any(  # a number that is not a float
                float(v) != v for rows, bias, _ in case.layers for v in [*bias, *(w for row in rows for w in row)]
            )
            return
        read = tp.load_network(path)
    if all(all(flags) for _, _, flags in case.layers[:-1]):
        assert read.layers == case.function.layers
    assert equal(case.program, program_of(read), case.d, case.domain)


def copies(value):
    return [pickle.loads(pickle.dumps(value)), copy.deepcopy(value), copy.copy(value)]


@question
def copies_of_the_function(case, rng):
    for other in copies(case.function):
        same_function(other, case.function)
        assert hash(other) == hash(case.function)
        for x in case.oracle.points()[:3]:
            assert at(other, x) == evaluate(case.program, x)


@question
def copies_of_the_complex(case, rng):
    for other in copies(complex_of(case)):
        assert other == complex_of(case)
        assert hash(other) == hash(complex_of(case))
        check_complex(case, other)


@question
def copies_of_the_regions(case, rng):
    """Linear regions, their tables, and the answers that hold them."""
    for other in copies(case.regions):
        check_regions(case, other)
    for table in (tp.geometry.cell_table(case.regions), tp.geometry.region_table(case.regions)):
        assert all(other == table for other in copies(table))
    radius = tp.effective_radius(case.regions)
    for other in copies(radius):
        assert other.value == radius.value
        assert other.check()
    answer = tp.equivalent(case.function, case.function, case.polyhedron)
    assert all(map(bool, copies(answer)))
    assert np.array_equal(pickle.loads(pickle.dumps(case.regions)).region_of_cell, case.regions.region_of_cell)
