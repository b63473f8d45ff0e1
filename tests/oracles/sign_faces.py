"""All faces of a canonical complex by brute force: every sign vector, with strict inequalities in PPL.

The relatively open faces are the nonempty sets of points with given signs (+1, 0, -1) of all rectified
units, and of the facets of a domain.  Unit by unit, each set is cut with z > 0, z = 0 and z < 0; on it the
units before are linear.  Polyhedra that need not be closed, emptiness and dimensions are PPL's.  Shares no
code with the library; layers are those of ``fraction_network``, and the numbers of forms are gmpy2's rationals,
which are faster than fractions.
"""

from math import lcm
from typing import NamedTuple

import ppl
from gmpy2 import mpq


class SignFace(NamedTuple):
    dimension: int
    closure: ppl.NNC_Polyhedron
    affine_map: tuple  # rows (a_1, ..., a_d, c) of the outputs


def _expression(form):
    """A form (a_1, ..., a_d, c) times a positive integer."""
    scale = lcm(*(int(v.denominator) for v in form))
    *normal, constant = (int(v * scale) for v in form)
    return sum((a * ppl.Variable(i) for i, a in enumerate(normal)), ppl.Linear_Expression(constant))


def _pieces(polyhedron, form, signs=(1, 0, -1)):
    h = _expression(form)
    for sign in signs:
        piece = ppl.NNC_Polyhedron(polyhedron)
        piece.add_constraint(h > 0 if sign > 0 else h < 0 if sign < 0 else h == 0)
        if not piece.is_empty():
            yield sign, piece


def sign_faces(layers, domain=()):
    """The faces by their sign vectors: first those of the domain's forms (a_1, ..., a_d, c), then all units."""
    d = len(layers[0][0][0])
    identity = [[mpq(int(i == j)) for j in range(d + 1)] for i in range(d)]
    faces = [((), ppl.NNC_Polyhedron(d, "universe"), identity)]
    for form in domain:
        form = [mpq(v) for v in form]
        faces = [
            ((*signs, sign), piece, units)
            for signs, face, units in faces
            for sign, piece in _pieces(face, form, (1, 0))
        ]
    zero = [mpq(0)] * (d + 1)
    for weight, bias, rectified in layers:
        weight = [[mpq(w) for w in row] for row in weight]
        following = []
        for signs, face, units in faces:
            columns = list(zip(*units, strict=True))
            forms = [
                [sum((w * v for w, v in zip(row, column, strict=True) if w), mpq(0)) for column in columns]
                for row in weight
            ]
            for form, b in zip(forms, bias, strict=True):
                form[-1] += mpq(b)
            parts = [(signs, face, [])]
            for form, is_rectified in zip(forms, rectified, strict=True):
                if not is_rectified:
                    parts = [(s, p, [*u, form]) for s, p, u in parts]
                    continue
                parts = [
                    ((*s, sign), piece, [*u, form if sign > 0 else zero])
                    for s, p, u in parts
                    for sign, piece in _pieces(p, form)
                ]
            following += parts
        faces = following
    result = {}
    for signs, face, units in faces:
        dimension = face.affine_dimension()
        face.topological_closure_assign()
        result[signs] = SignFace(dimension, face, tuple(map(tuple, units)))
    return result


def f_vector(faces, d):
    counts = [0] * (d + 1)
    for face in faces.values():
        counts[face.dimension] += 1
    return tuple(counts)


def hull(vertices, rays, lines, d):
    """The closed polyhedron with these generators."""
    polyhedron = ppl.NNC_Polyhedron(d, "empty")
    for make, rows in ((ppl.point, vertices), (ppl.ray, rays), (ppl.line, lines)):
        for row in rows:
            scale = lcm(1, *(int(v.denominator) for v in row))
            e = sum((int(v * scale) * ppl.Variable(i) for i, v in enumerate(row)), ppl.Linear_Expression(0))
            polyhedron.add_generator(make(e, scale) if make is ppl.point else make(e))
    return polyhedron


def sign_vector(layers, x, domain=()):
    """The signs of the domain's forms and of all rectified units at a point."""
    values = [mpq(v) for v in x]
    result = []
    for *normal, constant in domain:
        h = sum((mpq(a) * v for a, v in zip(normal, values, strict=True)), mpq(constant))
        result.append(int(h > 0) - int(h < 0))
    for weight, bias, rectified in layers:
        z = [
            sum((mpq(w) * v for w, v in zip(row, values, strict=True) if w and v), mpq(b))
            for row, b in zip(weight, bias, strict=True)
        ]
        result += [int(v > 0) - int(v < 0) for v, r in zip(z, rectified, strict=True) if r]
        values = [max(v, mpq(0)) if r else v for v, r in zip(z, rectified, strict=True)]
    return tuple(result)
