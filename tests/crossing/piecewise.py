"""Piecewise linear functions by brute force in fractions; imports the standard library only.

A *program* is a list of steps (rows, bias, groups): z = rows a + bias, and the results are the maxima of the z_i
over the groups of indices.  A rectified unit is the maximum of z_i and a zero row.  The *label* of a point is, step
by step and group by group, the set of the indices that attain the maximum; before them stand the signs of the
forms (a_1, ..., a_d, c) >= 0 of a domain.  The points with one label are a relatively open polyhedron, and all of
these are the *faces*: they are found by cutting space with one comparison after the other.
"""

from fractions import Fraction
from itertools import chain, combinations, pairwise, product
from typing import NamedTuple

from tests.crossing.cones import (
    Cone,
    closure_contains,
    cut,
    determinant,
    dimension,
    dot,
    half_space,
    inner,
    is_bounded,
    point,
    volume,
)


class Face(NamedTuple):
    cone: Cone
    label: tuple
    forms: tuple  # the outputs (a_1, ..., a_d, c) on the face
    dimension: int


def step(rows, bias, groups=None):
    """A step; every result is one of the z_i if no groups are given."""
    rows = [[Fraction(v) for v in row] for row in rows]
    return rows, [Fraction(v) for v in bias], groups or [(i,) for i in range(len(rows))]


def rectifier(rows, bias, rectified=None):
    """A step with max(z_i, 0) for the rectified units i, by default all."""
    n, width = len(rows), len(rows[0])
    rectified = [True] * n if rectified is None else rectified
    groups = [(i, n) if r else (i,) for i, r in enumerate(rectified)]
    return step([*rows, [0] * width], [*bias, 0], groups)


def evaluate(program, x):
    return trace(program, x)[1]


def trace(program, x, domain=()):
    """The label and the values at a point."""
    label = tuple((dot(form, (*x, 1)) > 0) - (dot(form, (*x, 1)) < 0) for form in domain)
    values = [Fraction(v) for v in x]
    for rows, bias, groups in program:
        z = [dot(row, values) + b for row, b in zip(rows, bias, strict=True)]
        values = [max(z[i] for i in group) for group in groups]
        label += tuple(tuple(i for i in group if z[i] == top) for group, top in zip(groups, values, strict=True))
    return label, tuple(values)


def subsets(items):
    return chain.from_iterable(combinations(items, k) for k in range(1, len(items) + 1))


def split(cone, group, forms):
    """The parts of a cone by the set of the forms of a group that are maximal there."""
    if len(group) == 2:
        i, j = group
        parts = cut(cone, _minus(forms[i], forms[j]))
        return [({1: (i,), 0: group, -1: (j,)}[sign], part) for sign, part in parts.items()]
    found = []
    for chosen in subsets(group):
        part = cone
        for j in group:
            if j != chosen[0] and part is not None:
                part = cut(part, _minus(forms[chosen[0]], forms[j])).get(0 if j in chosen else 1)
        if part is not None:
            found.append((chosen, part))
    return found


def _minus(one, other):
    return [a - b for a, b in zip(one, other, strict=True)]


def faces(program, d, domain=()):
    """All faces, by label."""
    parts = [((), half_space(d))]
    for form in domain:
        parts = [((*label, sign), part) for label, cone in parts for sign, part in cut(cone, form).items() if sign >= 0]
    identity = tuple(tuple(Fraction(int(i == j)) for j in range(d + 1)) for i in range(d))
    pieces = [(label, cone, identity) for label, cone in parts]
    for rows, bias, groups in program:
        following = []
        for label, cone, units in pieces:
            forms = []
            for row, b in zip(rows, bias, strict=True):
                form = [dot(row, column) for column in zip(*units, strict=True)] if units else [0] * (d + 1)
                form[-1] += b
                forms.append(tuple(form))
            parts = [(label, cone, ())]
            for group in groups:
                parts = [
                    ((*before, chosen), part, (*results, forms[chosen[0]]))
                    for before, old, results in parts
                    for chosen, part in split(old, group, forms)
                ]
            following += parts
        pieces = following
    return {label: Face(cone, label, units, dimension(cone)) for label, cone, units in pieces}


class Complex:
    """The faces of a program, with what follows from them by definition."""

    def __init__(self, program, d, domain=()):
        self.program, self.d, self.domain = program, d, tuple(map(tuple, domain))
        self.faces = faces(program, d, domain)
        self.cells = [face for face in self.faces.values() if face.dimension == d]

    def f_vector(self):
        return tuple(sum(f.dimension == k for f in self.faces.values()) for k in range(self.d + 1))

    def at(self, x):
        """The face whose relative interior contains a point."""
        return self.faces[trace(self.program, x, self.domain)[0]]

    def cells_at(self, x):
        return [cell for cell in self.cells if closure_contains(cell.cone, (*x, 1))]

    def points(self):
        """A point of every face."""
        return [point(inner(face.cone)) for face in self.faces.values()]

    def walls(self):
        """The pairs of cells that share a facet, with that facet."""
        result = []
        for face in self.faces.values():
            if face.dimension == self.d - 1:
                owners = [c for c in self.cells if closure_contains(c.cone, inner(face.cone))]
                if len(owners) == 2:
                    result.append((face, *owners))
        return result

    def regions(self):
        """The classes of cells with the same affine map that are connected through facets."""
        root = {cell.label: cell.label for cell in self.cells}

        def find(label):
            while root[label] != label:
                label = root[label]
            return label

        for _, a, b in self.walls():
            if a.forms == b.forms:
                root[find(a.label)] = find(b.label)
        classes = {}
        for cell in self.cells:
            classes.setdefault(find(cell.label), []).append(cell)
        return list(classes.values())

    def below(self, face):
        """The faces in the closure of a face, itself not included."""
        return [
            f
            for f in self.faces.values()
            if f.dimension < face.dimension and closure_contains(face.cone, inner(f.cone))
        ]

    def volume(self, cells):
        """The volume of some cells, None if it is infinite."""
        if not all(is_bounded(cell.cone) for cell in cells):
            return None
        return sum((volume(cell.cone) for cell in cells), Fraction(0))


def homology(faces, d):
    """The Betti numbers over GF(2) of a closed set of faces, of the order complex of their poset."""
    faces = sorted(faces, key=lambda f: f.dimension)
    above = [
        [j for j, g in enumerate(faces) if g.dimension > f.dimension and closure_contains(g.cone, inner(f.cone))]
        for f in faces
    ]
    levels = [[(i,) for i in range(len(faces))]]
    while levels[-1]:
        levels.append([(*c, j) for c in levels[-1] for j in above[c[-1]]])
    ranks = [0]
    for lower, upper in pairwise(levels):
        number = {c: i for i, c in enumerate(lower)}
        rows = [sum(1 << number[c[:k] + c[k + 1 :]] for k in range(len(c))) for c in upper]
        ranks.append(_rank_two(rows))
    numbers = [len(level) - ranks[k] - ranks[k + 1] for k, level in enumerate(levels[:-1])]
    return tuple((numbers + [0] * (d + 1))[: d + 1])


def _rank_two(rows):
    """The rank over the field with two elements of rows written as bits."""
    pivots = {}
    for row in rows:
        while row:
            top = row.bit_length()
            if top not in pivots:
                pivots[top] = row
                break
            row ^= pivots[top]
    return len(pivots)


def side_by_side(first, second):
    """The program of the difference of two programs."""
    depth = max(len(first), len(second))
    first, second = _padded(first, depth), _padded(second, depth)
    result = []
    for index, ((a, b, f), (c, e, g)) in enumerate(zip(first, second, strict=True)):
        n = len(a)
        shifted = [tuple(i + n for i in group) for group in g]
        if index == 0:
            result.append(([*a, *c], [*b, *e], [*f, *shifted]))
        else:
            left, right = len(a[0]), len(c[0])
            rows = [[*r, *[Fraction(0)] * right] for r in a] + [[*[Fraction(0)] * left, *r] for r in c]
            result.append((rows, [*b, *e], [*f, *shifted]))
    m = len(first[-1][2])
    last = [[int(j == i) - int(j == i + m) for j in range(2 * m)] for i in range(m)]
    return [*result, step(last, [0] * m)]


def _padded(program, depth):
    m = len(program[-1][2])
    identity = step([[int(i == j) for j in range(m)] for i in range(m)], [0] * m)
    return [*program, *[identity] * (depth - len(program))]


def equal(first, second, d, domain=()):
    """Whether two programs are one function: all cells of their difference have the form 0."""
    return all(not any(map(any, f.forms)) for f in Complex(side_by_side(first, second), d, domain).cells)


def before(program, matrix, vector):
    """The program of u -> f(A u + b)."""
    return [step(matrix, vector), *program]


def convex_pieces(layers, d, domain=()):
    """For every output the sets of the lifted monomials (a, c) of H and G' on the cells of ReLU layers, over a domain.

    ``layers`` are (rows, bias, rectified), and F, G, H, G' those of the formal recursion z = H - G', F = max(H, G')
    and G = G' for rectified units, F = H and G = G' for the others.
    """
    program = [rectifier(*layer) for layer in layers]
    found = [(set(), set()) for _ in layers[-1][0]]
    for cell in Complex(program, d, domain).cells:
        x = point(inner(cell.cone))
        zero = (Fraction(0),) * (d + 1)
        upper = [tuple(Fraction(int(i == j)) for j in range(d + 1)) for i in range(d)]
        lower = [zero] * d
        for rows, bias, rectified in layers:
            following = []
            for row, b, r in zip(rows, bias, rectified, strict=True):
                h = _combination([(w, upper[j] if w > 0 else lower[j]) for j, w in enumerate(row)], d)
                g = _combination([(w, lower[j] if w > 0 else upper[j]) for j, w in enumerate(row)], d)
                h = (*h[:-1], h[-1] + b)
                following.append((max(h, g, key=lambda f: dot(f, (*x, 1))) if r else h, g))
            upper, lower = map(list, zip(*following, strict=True))
        for (numerator, denominator), h, g in zip(found, upper, lower, strict=True):
            numerator.add(h)
            denominator.add(g)
    return found


def _combination(terms, d):
    return tuple(sum((abs(w) * form[i] for w, form in terms), Fraction(0)) for i in range(d + 1))


def formal_counts(layers, d):
    """The numbers of monomials of H and G' written out, by counting."""
    counts = [(1, 1)] * d
    for rows, _, rectified in layers:
        following = []
        for row, r in zip(rows, rectified, strict=True):
            h = g = 1
            for w, (f, e) in zip(row, counts, strict=True):
                h *= f if w > 0 else e if w < 0 else 1
                g *= e if w > 0 else f if w < 0 else 1
            following.append((h + g if r else h, g))
        counts = following
    return tuple(counts)


def status(terms, d):
    """For every exponent of {exponent: coefficient}: vertex, boundary or interior."""
    exponents = list(terms)
    program = [step(exponents, [terms[a] for a in exponents], [tuple(range(len(exponents)))])]
    result = {}
    for i, a in enumerate(exponents):
        dimensions = [f.dimension for f in faces(program, d).values() if i in f.label[0]]
        top = max(dimensions, default=-1)
        result[a] = "vertex" if top == d else "interior" if top == -1 else "boundary"
    return result


def hoffman(rows):
    """The Hoffman constant in the infinity norm: the greatest ratio over independent rows and zero columns.

    For k independent rows J the minimum of |A_J^T v|_1 over v >= 0 with sum v = 1 is attained where k - 1
    coordinates of (v, A_J^T v) vanish; with v_i = 0 it is one of fewer rows, so the coordinates are of A_J^T v.
    """
    best, n = Fraction(0), len(rows[0]) if rows else 0
    rows = list(dict.fromkeys(map(tuple, rows)))
    for k in range(1, min(len(rows), n) + 1):
        for chosen, columns in product(combinations(rows, k), combinations(range(n), k - 1)):
            v = [
                (-1) ** i * determinant([[r[c] for c in columns] for r in chosen[:i] + chosen[i + 1 :]])
                for i in range(k)
            ]
            if min(v) < 0:
                v = [-a for a in v]
            size = sum(abs(sum(a * r[c] for a, r in zip(v, chosen, strict=True))) for c in range(n))
            if min(v) >= 0 and size:
                best = max(best, Fraction(sum(v)) / size)
    return best
