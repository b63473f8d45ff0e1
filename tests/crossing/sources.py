"""Sources of functions: for every kind a small random one, as the library's object and as a program in fractions.

A source takes a ``random.Random`` and returns a :class:`Case`.  Numbers are small integers and halves, so that
hyperplanes often meet in one point, are parallel, or coincide.
"""

from fractions import Fraction

import pytest

import troppoly as tp
from tests.crossing.case import Case, source
from tests.crossing.piecewise import before, rectifier, step


def number(rng):
    return Fraction(rng.choice([0, 0, 1, 1, -1, -1, 2, -2, 3, -3]), rng.choice([1, 1, 1, 2]))


def vector(rng, n):
    return [number(rng) for _ in range(n)]


def matrix(rng, m, n):
    return [vector(rng, n) for _ in range(m)]


def dimension(rng):
    return rng.choice([1, 2, 2])


def network_case(weights, biases, domain=()):
    """ReLU between affine layers."""
    function = tp.Network.from_arrays(weights, biases)
    program = [rectifier(w, b) for w, b in zip(weights[:-1], biases[:-1], strict=True)]
    return Case(function, [*program, step(weights[-1], biases[-1])], len(weights[0][0]), domain)


def random_arrays(rng, widths):
    pairs = list(zip(widths[1:], widths, strict=False))
    return [matrix(rng, m, n) for m, n in pairs], [vector(rng, m) for m, _ in pairs]


def maxout_case(weights, biases, domain=()):
    function = tp.maxout(weights, biases)
    groups, start = [], 0
    for part in weights:
        groups.append(tuple(range(start, start + len(part))))
        start += len(part)
    program = [step([row for part in weights for row in part], [b for part in biases for b in part], groups)]
    return Case(function, program, len(weights[0][0]), domain)


def random_domain(rng, d):
    """Two to four half-spaces through a neighborhood of the origin, often a box."""
    if rng.random() < 0.4:
        box = []
        for i in range(d):
            axis = [int(i == j) for j in range(d)]
            box += [(*axis, rng.choice([1, 2])), (*(-a for a in axis), rng.choice([1, "3/2"]))]
        return tuple(tuple(Fraction(v) for v in form) for form in box)
    forms = [(*vector(rng, d), Fraction(rng.choice([1, 2, 3]), rng.choice([1, 2]))) for _ in range(rng.randint(1, 4))]
    return tuple(form for form in forms if any(form[:-1])) or ((*[Fraction(1)] * d, Fraction(1)),)


def terms(rng, d, most=5):
    n = rng.randint(1, most)
    return {tuple(vector(rng, d)): number(rng) for _ in range(n)}


def tropical_case(components, d, domain=(), kind="map"):
    """Polynomials {exponent: coefficient}, or pairs of them, as a map (or its only component)."""
    exponents, coefficients, groups, signs, built = [], [], [], [], []
    for component in components:
        sides = component if isinstance(component, tuple) else (component,)
        for sign, side in zip((1, -1), sides, strict=False):
            groups.append(tuple(range(len(exponents), len(exponents) + len(side))))
            exponents += list(side)
            coefficients += list(side.values())
            signs.append((len(built), sign))
        polynomials = [tp.TropicalPolynomial(side) for side in sides]
        built.append(polynomials[0] / polynomials[1] if len(sides) == 2 else polynomials[0])
    program = [step(exponents, coefficients, groups)]
    if kind != "polynomial":
        rows = [[sign * (i == owner) for owner, sign in signs] for i in range(len(built))]
        program.append(step(rows, [0] * len(rows)))
    return Case(tp.TropicalMap(built) if kind == "map" else built[0], program, d, domain)


@source
def polynomial(rng):
    d = dimension(rng)
    return tropical_case([terms(rng, d, 7)], d, kind="polynomial")


@source
def rational(rng):
    d = dimension(rng)
    return tropical_case([(terms(rng, d, 4), terms(rng, d, 3))], d, kind="rational")


@source
def tropical_map(rng):
    d = dimension(rng)
    return tropical_case([(terms(rng, d, 3), terms(rng, d, 2)), terms(rng, d, 3)], d)


@source
def tropical_on_a_domain(rng):
    d = dimension(rng)
    domain = random_domain(rng, d)
    if rng.random() < 0.5:
        return tropical_case([terms(rng, d)], d, domain, kind="polynomial")
    return tropical_case([(terms(rng, d, 3), terms(rng, d, 3)), terms(rng, d, 2)], d, domain)


@source
def degenerate_tropical(rng):
    """One monomial, monomials in a line, in a grid, with lineality, equal numerator and denominator."""
    d = dimension(rng)
    line = vector(rng, d)
    multiples = {tuple(k * v for v in line): number(rng) for k in range(rng.randint(1, 4))}
    grid = {(Fraction(i), Fraction(j))[:d]: Fraction(0) for i in range(2) for j in range(2)}
    kind = rng.randrange(6)
    if kind == 0:
        return tropical_case([{tuple(line): number(rng)}], d, kind="polynomial")
    if kind == 1:
        return tropical_case([multiples], d, kind="polynomial")
    if kind == 2:
        return tropical_case([grid], d, kind="polynomial")
    if kind == 3:
        return tropical_case([(multiples, multiples)], d, kind="rational")
    if kind == 4:
        return tropical_case([(grid, multiples), grid], d)
    hidden = {(0,) * d: 0, (1,) * d: -1, (2,) * d: 0, (3,) * d: 0}  # interior and boundary monomials
    return tropical_case([{tuple(map(Fraction, a)): Fraction(c) for a, c in hidden.items()}], d, kind="polynomial")


@source
def relu(rng):
    return network_case(*random_arrays(rng, [dimension(rng), rng.randint(1, 4), rng.randint(1, 2)]))


@source
def deep(rng):
    return network_case(*random_arrays(rng, [dimension(rng), 2, rng.randint(1, 3), rng.randint(1, 2)]))


@source
def leaky(rng):
    nn = torch().nn
    d, n, m = dimension(rng), rng.randint(1, 3), rng.randint(1, 2)
    slope = Fraction(rng.choice([1, 2, -1, 3, 8]), 4)
    weights, biases = random_arrays(rng, [d, n, m])
    module = nn.Sequential(nn.Linear(d, n), nn.LeakyReLU(float(slope)), nn.Linear(n, m))
    fill(module, weights, biases)
    rows = [*weights[0], *([slope * w for w in row] for row in weights[0])]
    bias = [*biases[0], *(slope * b for b in biases[0])]
    if slope <= 1:
        first = step(rows, bias, [(i, i + n) for i in range(n)])
        return Case(tp.Network.from_torch(module), [first, step(weights[1], biases[1])], d)
    first = rectifier([*weights[0], *([-w for w in row] for row in weights[0])], [*biases[0], *(-b for b in biases[0])])
    last = step([[*row, *(-slope * w for w in row)] for row in weights[1]], biases[1])
    return Case(tp.Network.from_torch(module), [first, last], d)


@source
def maxout(rng):
    d = dimension(rng)
    ranks = [rng.randint(1, 4) for _ in range(rng.randint(1, 2))]
    return maxout_case([matrix(rng, k, d) for k in ranks], [vector(rng, k) for k in ranks])


@source
def pooling(rng):
    """Overlapping or disjoint windows of one layer, and a layer that reads their maxima."""
    nn = torch().nn
    d, m = dimension(rng), rng.randint(1, 2)
    n, kernel, stride = rng.choice([(4, 3, 1), (4, 2, 2), (3, 3, 1), (4, 4, 1), (3, 2, 1)])
    count = (n - kernel) // stride + 1
    weights, biases = [matrix(rng, n, d), matrix(rng, m, count)], [vector(rng, n), vector(rng, m)]
    module = nn.Sequential(
        nn.Linear(d, n), nn.Unflatten(1, (1, n)), nn.MaxPool1d(kernel, stride), nn.Flatten(), nn.Linear(count, m)
    )
    fill(module, weights, biases)
    groups = [tuple(range(i * stride, i * stride + kernel)) for i in range(count)]
    program = [step(weights[0], biases[0], groups), step(weights[1], biases[1])]
    return Case(tp.Network.from_torch(module), program, d)


@source
def residual(rng):
    d, n = dimension(rng), rng.randint(1, 3)
    weights, biases = random_arrays(rng, [d, n, d])
    module = residual_module(d, n)
    fill(module, weights, biases)
    identity = [[Fraction(int(i == j)) for j in range(d)] for i in range(d)]
    first = rectifier([*weights[0], *identity], [*biases[0], *[0] * d], [True] * n + [False] * d)
    last = step([[*row, *one] for row, one in zip(weights[1], identity, strict=True)], biases[1])
    return Case(tp.Network.from_torch(module), [first, last], d)


@source
def sliced(rng):
    d, n = dimension(rng), 3
    inner = relu_or_maxout(rng, n)
    A, b = matrix(rng, n, d), vector(rng, n)
    return Case(inner.function.restrict(A, b), before(inner.program, A, b), d)


@source
def on_a_domain(rng):
    d = dimension(rng)
    inner = relu_or_maxout(rng, d)
    return Case(inner.function, inner.program, d, random_domain(rng, d))


@source
def lineality(rng):
    """Everything factors through fewer coordinates."""
    d, r = rng.choice([(2, 1), (3, 1), (3, 2), (2, 0)])
    inner = relu_or_maxout(rng, max(r, 1))
    project = matrix(rng, 1, d) if r else [[Fraction(0)] * d]
    if r == 2:
        project = [[Fraction(1), Fraction(0), number(rng)], [Fraction(0), Fraction(1), number(rng)]]
    return Case(
        inner.function.restrict(project, [0] * len(project)), before(inner.program, project, [0] * len(project)), d
    )


@source
def space(rng):
    """Three inputs, on a simplex or on all of R^3."""
    tetrahedron = ((1, 0, 0, 1), (0, 1, 0, 1), (0, 0, 1, 1), (-1, -1, -1, rng.choice([1, 2])))
    domain = tuple(tuple(map(Fraction, form)) for form in tetrahedron) if rng.random() < 0.5 else ()
    if rng.random() < 0.7:
        return network_case(*random_arrays(rng, [3, rng.randint(1, 3), 1]), domain)
    return maxout_case([matrix(rng, 3, 3)], [vector(rng, 3)], domain)


@source
def degenerate(rng):
    """Repeated, opposite, zero and dead units, one unit, an affine map, grids, all through one point."""
    d, kind = dimension(rng), rng.randrange(9)
    axes = [[Fraction(int(i == j)) for j in range(d)] for i in range(d)]
    row = vector(rng, d)
    if kind == 0:  # multiples of one row, of both signs
        factors = [Fraction(1), Fraction(1), Fraction(-1), Fraction(2)]
        return network_case([[[c * v for v in row] for c in factors], matrix(rng, 1, 4)], [[0] * 4, [0]])
    if kind == 1:  # constant units, negative, zero and positive
        return network_case([[[0] * d, [0] * d, row], matrix(rng, 2, 3)], [[0, -1, 1], vector(rng, 2)])
    if kind == 2:
        return network_case([[row], [[1]]], [[number(rng)], [0]])
    if kind == 3:
        m = rng.randint(1, 2)
        return network_case([matrix(rng, m, d)], [vector(rng, m)])
    if kind == 4:  # a grid: x - i, y - j and the diagonals
        rows = [axes[0], axes[0], axes[-1], [sum(c) for c in zip(*axes, strict=True)]]
        return network_case([rows, [[1, -1, 1, 1]]], [[0, -1, 0, -1], [0]])
    if kind == 5:  # everything through the origin
        return network_case([matrix(rng, 4, d), matrix(rng, 2, 4)], [[0] * 4, [0] * 2])
    if kind == 6:  # equal entries of a maximum, and a maximum of one
        return maxout_case([[row, row, axes[0]], [row]], [[1, 1, 0], [0]])
    if kind == 7:  # a unit that is zero wherever the next could see it
        weights = [[row, [-v for v in row]], [[1, 1], [-1, -1]], [[1, number(rng)]]]
        return network_case(weights, [[0, 0], [0, 0], [0]])
    return network_case([matrix(rng, 2, d), [[0, 0]]], [vector(rng, 2), [3]])  # nothing is read


@source
def symmetric(rng):
    """The sum of f(g x) over a finite group of matrices."""
    d = dimension(rng)
    swap = [((1, 0), (0, 1)), ((0, 1), (1, 0))]
    signs = [((1, 0), (0, 1)), ((-1, 0), (0, -1))]
    group = rng.choice([swap, signs]) if d == 2 else [((1,),), ((-1,),)]
    weights, biases = random_arrays(rng, [d, rng.randint(1, 2), 1])
    rows = [[sum(row[k] * g[k][j] for k in range(d)) for j in range(d)] for g in group for row in weights[0]]
    return network_case([rows, [weights[1][0] * 2]], [biases[0] * 2, biases[1]])


@source
def partial(rng):
    """The complex of a network that a budget stopped; its program has the units that are done."""
    while True:
        kind = rng.choice([relu, deep, maxout])
        case = kind(rng)
        try:
            tp.canonical_complex(case.function, max_cells=rng.randint(2, 6))
        except tp.BudgetError as error:
            if error.partial is not None:
                first = first_entries if kind is maxout else first_units
                return Case(error.partial.complex, first(case, error.partial.n_refined), case.d)


def first_units(case, count):
    """The program of the first rectified units of a network, in the order of its layers."""
    program = []
    for rows, bias, rectified in case.layers:
        n = min(count, sum(rectified))
        count -= n
        places = [i for i, r in enumerate(rectified) if r][:n]
        program.append(rectifier(rows, bias, [i in places for i in range(len(rows))]))
    return program


def first_entries(case, count):
    """The program of a maxout layer with the entries that its first units compare: all second entries, all third."""
    ((rows, bias, groups),) = case.program
    steps = [(k, i) for k in range(1, 4) for i, group in enumerate(groups) if len(group) > k]
    done = [i for _, i in steps[:count]]
    return [step(rows, bias, [group[: 1 + done.count(i)] for i, group in enumerate(groups)])]


def relu_or_maxout(rng, d):
    if rng.random() < 0.5:
        return network_case(*random_arrays(rng, [d, rng.randint(1, 3), rng.randint(1, 2)]))
    ranks = [rng.randint(2, 3) for _ in range(rng.randint(1, 2))]
    return maxout_case([matrix(rng, k, d) for k in ranks], [vector(rng, k) for k in ranks])


def torch():
    return pytest.importorskip("torch", reason="PyTorch is an optional dependency")


def residual_module(d, n):
    nn = torch().nn

    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.outer = nn.Linear(d, n), nn.Linear(n, d)

        def forward(self, x):
            return x + self.outer(nn.functional.relu(self.inner(x)))

    return Residual()


def fill(module, weights, biases):
    """Set the parameters of the Linear layers, in double precision."""
    t = torch()
    module.double().eval()
    linear = [child for child in module.modules() if isinstance(child, t.nn.Linear)]
    with t.no_grad():
        for child, weight, bias in zip(linear, weights, biases, strict=True):
            child.weight.copy_(t.tensor([[float(v) for v in row] for row in weight]))
            child.bias.copy_(t.tensor([float(v) for v in bias]))
