"""What holds for the arrays of every polyhedral complex, and for one with given signs."""

import numpy as np
from gmpy2 import mpq

from tests.oracles.sign_faces import f_vector, hull, sign_vector


def assert_face_lattice(complex_):
    """Edges have two rays, the diamond property, facets in at most two cells, no face twice."""
    facets = complex_.facets
    n_lower = len(complex_.rays.at_infinity)
    for k, incidence in enumerate(facets, start=2):
        counts = np.diff(incidence.indptr)
        assert incidence.indptr[0] == 0
        assert incidence.indptr[-1] == len(incidence.indices)
        assert (counts == 2).all() if k == 2 else (counts >= k).all()
        assert set(np.unique(incidence.indices)) == set(range(n_lower))  # every face is a facet of one
        pairs = np.stack([incidence.owners, incidence.indices])
        assert np.unique(pairs, axis=1).shape == pairs.shape
        lists = {tuple(sorted(incidence[i])) for i in range(incidence.n_lists)}
        assert len(lists) == incidence.n_lists
        if k > 2:
            lower = facets[k - 3]
            below = [(i, g) for i, f in zip(*pairs, strict=True) for g in lower[f]]
            _, times = np.unique(np.array(below), axis=0, return_counts=True)
            assert (times == 2).all()
        n_lower = incidence.n_lists
    if facets:
        _, times = np.unique(facets[-1].indices, return_counts=True)
        assert times.max() <= 2
        walls = complex_.walls
        assert len(walls.facets) == np.count_nonzero(times == 2)
        for facet, a, b in list(zip(*walls, strict=True))[:200]:
            assert a != b
            assert facet in facets[-1][a]
            assert facet in facets[-1][b]


def assert_whole_space(complex_):
    """The Euler characteristic, and inner facets in exactly two cells."""
    d = complex_.ambient_dimension
    assert complex_.euler_characteristic() == (-1) ** d
    if complex_.facets:
        inner = ~complex_.faces_at_infinity[-2]
        assert (np.bincount(complex_.facets[-1].indices, minlength=len(inner))[inner] == 2).all()


def assert_is_canonical(canonical, layers, faces, domain=(), incidences=True):
    """The complex is the one whose faces are ``faces`` (see ``sign_faces``): labels and sets.

    With ``incidences`` also every face's facets, and the exact coordinates that are asked of single faces.
    """
    complex_ = canonical.complex
    d = complex_.ambient_dimension
    assert_face_lattice(complex_)
    if not domain:
        assert_whole_space(complex_)
    assert complex_.f_vector() == f_vector(faces, d)
    homogeneous = complex_.rays.homogeneous(np.arange(len(complex_.rays.at_infinity)))
    points = [[mpq(v, row[-1]) for v in row[:-1]] if row[-1] else [mpq(v) for v in row[:-1]] for row in homogeneous]
    lines = [complex_.lineality.row(i) for i in range(complex_.lineality_dimension)]
    found, cells = {}, []
    for k in range(d + 1):
        for face in complex_.faces(k):
            ids = complex_.rays_of(face.cone_dimension, face.index)
            vertices = [points[i] for i in ids if homogeneous[i, -1]]
            rays = [points[i] for i in ids if not homogeneous[i, -1]]
            interior = [
                sum((v[j] for v in vertices), mpq(0)) / len(vertices) + sum((r[j] for r in rays), mpq(0))
                for j in range(d)
            ]
            signs = sign_vector(layers, interior, domain)
            assert faces[signs].dimension == face.dimension == k
            assert hull(vertices, rays, lines, d) == faces[signs].closure
            assert face.is_bounded() == faces[signs].closure.is_bounded()
            found[signs] = face
            if k == d:
                cells.append(signs[len(domain) :])
            if incidences:
                assert hull(face.vertices(), face.rays(), face.lines(), d) == faces[signs].closure
                assert sign_vector(layers, face.interior_point(), domain) == signs
    assert found.keys() == faces.keys()
    activation = canonical.activation()
    for i, signs in enumerate(cells):
        assert signs == tuple(int(s) for part in activation for s in part[i])
    if incidences:
        for signs, face in found.items():
            below = {sign_vector(layers, g.interior_point(), domain) for g in face.facets()}
            assert below == {
                other
                for other, g in faces.items()
                if g.dimension == face.dimension - 1 and faces[signs].closure.contains(g.closure)
            }
