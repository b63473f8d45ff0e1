"""Explicit networks whose zero sets are surfaces of known topology.

|x| = (x)+ + (-x)+ and max(a, b) = a + (b - a)+.  Nonnegative numbers pass a ReLU unchanged.
"""

from troppoly import Network


def annulus():
    """g(x, y) = | max(|x|, |y|) - 2 | - 1: zero on two squares, negative between them."""
    return Network.from_arrays(
        [
            [[1, 0], [-1, 0], [0, 1], [0, -1]],  # the parts of x and of y
            [[1, 1, 0, 0], [-1, -1, 1, 1]],  # |x|, (|y| - |x|)+
            [[1, 1], [-1, -1]],  # the parts of n - 2
            [[1, 1]],
        ],
        [[0] * 4, [0, 0], [-2, 2], [-1]],
    )


def torus():
    """g(x, y, z) = max(| max(|x|, |y|) - 4 |, |z|) - 1: zero on the surface of a torus, negative inside."""
    return Network.from_arrays(
        [
            [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]],
            [[1, 1, 0, 0, 0, 0], [-1, -1, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1]],  # |x|, (|y| - |x|)+, |z|
            [[1, 1, 0], [-1, -1, 0], [0, 0, 1]],  # the parts of n - 4, |z|
            [[1, 1, 0], [-1, -1, 1]],  # r, (|z| - r)+
            [[1, 1]],
        ],
        [[0] * 6, [0] * 3, [-4, 4, 0], [0, 0], [-1]],
    )


def infinity_norm(d):
    """max |x_i| for d = 2 or 3."""
    first = [[s * (i == j) for j in range(d)] for i in range(d) for s in (1, -1)]
    size = [[int(k // 2 == i) for k in range(2 * d)] for i in range(d)]
    second = [size[0], [b - a for a, b in zip(size[0], size[1], strict=True)], *size[2:]]
    if d == 2:
        return Network.from_arrays([first, second, [[1, 1]]])
    return Network.from_arrays([first, second, [[1, 1, 0], [-1, -1, 1]], [[1, 1]]])
