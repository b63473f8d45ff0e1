"""A canonical complex answers the commonest questions on faces as the complex that it holds."""

import numpy as np

import troppoly as tp

# (x)+ + (y)+: four orthants, four half-axes, and the origin
CROSS = tp.canonical_complex(tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]]))


def test_questions_on_faces():
    assert (CROSS.ambient_dimension, CROSS.lineality_dimension, CROSS.n_cells, CROSS.n_bounded_cells) == (2, 0, 4, 0)
    assert CROSS.f_vector() == (1, 4, 4)
    assert CROSS.euler_characteristic() == 1
    assert [len(CROSS.faces(k)) for k in range(3)] == [1, 4, 4]
    assert [CROSS.n_cones(k) for k in (1, 2, 3)] == [5, 8, 4]  # at infinity there are four rays and four arcs
    assert sorted(map(tuple, CROSS.rays.homogeneous(np.arange(5)).tolist())) == [
        (-1, 0, 0),
        (0, -1, 0),
        (0, 0, 1),
        (0, 1, 0),
        (1, 0, 0),
    ]
