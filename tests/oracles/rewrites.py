"""Rewrites of networks that do not change the function, in plain fractions.

Networks are lists of layers ``(W, b, rectified)`` as in ``fraction_network``.  Shares no code with the
library.
"""

from fractions import Fraction


def copied(layers):
    return [([list(row) for row in rows], list(bias), list(flags)) for rows, bias, flags in layers]


def permuted(layers, index, order):
    layers = copied(layers)
    rows, bias, flags = layers[index]
    layers[index] = ([rows[i] for i in order], [bias[i] for i in order], [flags[i] for i in order])
    following, b, f = layers[index + 1]
    layers[index + 1] = ([[row[i] for i in order] for row in following], b, f)
    return layers


def scaled(layers, index, unit, factor):
    """Unit times factor > 0, and what reads it divided by it."""
    layers = copied(layers)
    rows, bias, _ = layers[index]
    rows[unit] = [factor * w for w in rows[unit]]
    bias[unit] *= factor
    for row in layers[index + 1][0]:
        row[unit] /= factor
    return layers


def split(layers, index, unit, share, factor=Fraction(1)):
    """A second unit, ``factor`` > 0 times a unit, takes over a share of it."""
    layers = copied(layers)
    rows, bias, flags = layers[index]
    rows.append([factor * w for w in rows[unit]])
    bias.append(factor * bias[unit])
    flags.append(flags[unit])
    for row in layers[index + 1][0]:
        row.append(row[unit] * share / factor)
        row[unit] *= 1 - share
    return layers


def with_unit(layers, index, row, bias, columns):
    """One more rectified unit, read with the given column."""
    layers = copied(layers)
    layers[index][0].append(list(row))
    layers[index][1].append(bias)
    layers[index][2].append(True)
    for following, value in zip(layers[index + 1][0], columns, strict=True):
        following.append(value)
    return layers


def with_cancelling_pair(layers, index, row, bias, columns):
    """max(z, 0) - max(z, 0), as two units with opposite columns."""
    once = with_unit(layers, index, row, bias, columns)
    return with_unit(once, index, [3 * w for w in row], 3 * bias, [-v / 3 for v in columns])


def with_passing_layer(layers):
    """The outputs once more through max(y, 0) - max(-y, 0)."""
    layers = copied(layers)
    rows, bias, _ = layers[-1]
    m = len(rows)
    doubled = rows + [[-w for w in row] for row in rows]
    last = [[Fraction(int(i == j) - int(i + m == j)) for j in range(2 * m)] for i in range(m)]
    layers[-1] = (doubled, bias + [-b for b in bias], [True] * 2 * m)
    return [*layers, (last, [Fraction(0)] * m, [False] * m)]


def difference(one, other):
    """The layers of one - other, for networks of the same depth, at least 2."""
    zero = Fraction(0)
    result = []
    for index, ((a, b, f), (c, d, g)) in enumerate(zip(one, other, strict=True)):
        if index == len(one) - 1:
            rows = [[*r, *(-w for w in s)] for r, s in zip(a, c, strict=True)]
            result.append((rows, [u - v for u, v in zip(b, d, strict=True)], f))
        elif index == 0:
            result.append(([*a, *c], [*b, *d], [*f, *g]))
        else:
            rows = [[*r, *[zero] * len(c[0])] for r in a] + [[*[zero] * len(a[0]), *r] for r in c]
            result.append((rows, [*b, *d], [*f, *g]))
    return result


def turned(layers, index, units, *, as_identity=False):
    """Units turned around, u max(z, 0) = u max(-z, 0) + u z, with the sums of the u z as further units.

    For every reader these are one identity unit L, or the pair max(L, 0) - max(-L, 0).
    """
    layers = copied(layers)
    rows, bias, flags = layers[index]
    readers = layers[index + 1][0]
    sums = []
    for reader in readers:
        row = [sum(reader[i] * rows[i][k] for i in units) for k in range(len(rows[0]))]
        sums.append((row, sum(reader[i] * bias[i] for i in units)))
    for i in units:
        rows[i], bias[i] = [-w for w in rows[i]], -bias[i]
    for place, (row, constant) in enumerate(sums):
        for sign in (1,) if as_identity else (1, -1):
            rows.append([sign * w for w in row])
            bias.append(sign * constant)
            flags.append(not as_identity)
            for other, reader in enumerate(readers):
                reader.append(Fraction(sign * (other == place)))
    return layers


def delayed(layers, index, shifts):
    """One more layer, max(z, 0) = max(max(z + c, 0) - c, 0), with c >= 0 for every rectified unit of a layer."""
    layers = copied(layers)
    rows, bias, flags = layers[index]
    n = len(rows)
    shifts = [c if flag else Fraction(0) for c, flag in zip(shifts, flags, strict=True)]
    layers[index] = (rows, [b + c for b, c in zip(bias, shifts, strict=True)], flags)
    same = [[Fraction(int(i == j)) for j in range(n)] for i in range(n)]
    layers.insert(index + 1, (same, [-c for c in shifts], list(flags)))
    return layers
