"""Homology of a closed subcomplex by the chains of all its faces, bounded or not.

|X| is homotopy equivalent to the order complex of the poset of its nonempty faces.  Here every face is the set of
its rays (those at infinity too), and the homology of the simplicial complex of all chains is computed by dense
Gaussian elimination with oriented boundaries modulo an odd prime: nothing in common with collapsing and
reducing the bounded faces over GF(2).
"""

from itertools import pairwise

PRIME = 10007


def betti_numbers(subcomplex):
    """(b_0, ..., b_d) over the field with 10007 elements; small complexes only."""
    d = subcomplex.complex.ambient_dimension
    faces = []
    for dimension in range(d + 1):
        for face in subcomplex.faces(dimension):
            rays = face.complex.rays_of(face.cone_dimension, face.index)
            faces.append(frozenset(rays.tolist()))
    faces.sort(key=len)
    above = [[j for j, g in enumerate(faces) if f < g] for f in faces]
    levels = [[(i,) for i in range(len(faces))]]
    while levels[-1]:
        levels.append([(*chain, j) for chain in levels[-1] for j in above[chain[-1]]])
    ranks = [0]
    for lower, upper in pairwise(levels):
        number = {chain: i for i, chain in enumerate(lower)}
        rows = [{number[chain[:k] + chain[k + 1 :]]: (-1) ** k % PRIME for k in range(len(chain))} for chain in upper]
        ranks.append(rank(rows))
    numbers = [len(level) - ranks[k] - ranks[k + 1] for k, level in enumerate(levels[:-1])]
    return tuple((numbers + [0] * (d + 1))[: d + 1])


def rank(rows):
    """The rank modulo the prime of sparse rows {column: entry}."""
    pivots = {}
    for row in rows:
        row = dict(row)
        while row:
            column = min(row)
            if column not in pivots:
                inverse = pow(row[column], -1, PRIME)
                pivots[column] = {c: v * inverse % PRIME for c, v in row.items()}
                break
            factor = row[column]
            for c, v in pivots[column].items():
                value = (row.get(c, 0) - factor * v) % PRIME
                if value:
                    row[c] = value
                else:
                    row.pop(c, None)
    return len(pivots)
