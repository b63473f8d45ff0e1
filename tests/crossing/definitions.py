"""The question how many linear regions there are, by every definition."""

import troppoly as tp
from tests.crossing.case import program_of, question
from tests.crossing.cones import vertices
from tests.crossing.piecewise import Complex


def pattern(program, label):
    """Which rectified units (groups of two, the second one zero) are positive."""
    flags, place = [], 0
    for _, _, groups in program:
        for group in groups:
            if len(group) == 2:
                flags.append(label[place] == group[:1])
            place += 1
    return tuple(flags)


def components(items, joined):
    """The number of classes of the relation that ``joined`` generates."""
    classes = []
    for item in items:
        touching = [c for c in classes if any(joined(item, other) for other in c)]
        classes = [c for c in classes if c not in touching] + [[item, *(x for c in touching for x in c)]]
    return len(classes)


def region_counts_of(program, d, domain=()):
    """The numbers of patterns on faces and on cells, of classes joined by facets and by points, and of affine maps."""
    oracle = Complex(program, d, domain)
    skip = len(oracle.domain)
    everywhere = {pattern(program, face.label[skip:]) for face in oracle.faces.values()}
    inside = {pattern(program, cell.label[skip:]) for cell in oracle.cells}
    corners = {cell.label: vertices(cell.cone) for cell in oracle.cells}

    def touch(a, b):
        return a.forms == b.forms and bool(corners[a.label] & corners[b.label])

    maps = {cell.forms for cell in oracle.cells}
    return len(everywhere), len(inside), len(oracle.regions()), components(oracle.cells, touch), len(maps)


@question
def region_counts(case, rng):
    """All definitions of a linear region of a network, every rectified unit on its own."""
    found = tp.region_counts(case.function, case.polyhedron).table["regions"]
    assert list(found) == sorted(found, reverse=True)
    assert found[2] == len(case.regions)
    if sum(sum(flags) for _, _, flags in case.layers) <= 5:  # brute force has many faces
        assert found == region_counts_of(program_of(case.function), case.d, case.domain)
