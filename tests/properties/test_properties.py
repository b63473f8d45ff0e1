"""Properties of networks: files, verdicts against the enumerated complex, and points that show violations."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from gmpy2 import mpq

import troppoly as tp
from tests.local.networks import random_network, wide_network
from troppoly.properties import Property, parse_vnnlib, read_vnnlib, verify

DECLARED = "(declare-const X_0 Real) (declare-const X_1 Real) (declare-const Y_0 Real) (declare-const Y_1 Real)"


def random_property(rng, d, n):
    """Two unsafe polyhedra: boxes of inputs, sometimes flat, with forms in the outputs, sometimes in both."""
    unsafe = []
    for _ in range(2):
        rows = []
        for i in range(d):
            low = mpq(rng.randint(-4, 2), 2)
            high = low + rng.choice([0, 1, 2, 2])
            axis = [int(i == j) for j in range(d)]
            rows += [[*axis, *[0] * n, -low], [*(-v for v in axis), *[0] * n, high]]
        for _ in range(rng.randint(1, 2)):
            mixed = [rng.randint(-1, 1) if rng.random() < 0.3 else 0 for _ in range(d)]
            rows.append([*mixed, *(rng.randint(-2, 2) for _ in range(n)), mpq(rng.randint(-6, 2), 2)])
        unsafe.append(rows)
    return Property(d, n, unsafe)


def is_violated(net, rows):
    """By the pieces of the domain, and a linear program of PPL on each."""
    d, n = net.n_inputs, net.n_outputs
    from troppoly.passagemath import polyhedron

    everywhere = tp.linear_regions(net).cells
    for cell in everywhere:
        matrix, vector = cell.affine_map
        forms = []
        for row in rows:
            a, c, e = np.array(row[:d], dtype=object), np.array(row[d : d + n], dtype=object), row[-1]
            forms.append((e + c @ vector, *(a + c @ matrix)))
        if not cell.polyhedron().intersection(polyhedron(inequalities=forms, ambient_dim=d)).is_empty():
            return True
    return False


@pytest.mark.parametrize("seed", range(12))
def test_verdicts_are_those_of_the_cells(seed):
    rng = random.Random(seed)
    net = tp.Network(random_network(rng).layers)
    wanted = random_property(rng, net.n_inputs, net.n_outputs)
    expected = any(is_violated(net, matrix.to_rationals()) for matrix in wanted.unsafe)
    found = verify(net, wanted)
    assert found.status == ("violated" if expected else "holds")
    assert bool(found) != expected
    assert found.check()
    if expected:
        assert wanted.is_unsafe(found.point, net(found.point))
        assert found.outputs == net(found.point)
    else:
        assert len(found.proof) == 2


def small_acas(seed):
    """A network of the shape of the ACAS Xu ones, narrower: 5 inputs, six hidden layers, 5 outputs."""
    return wide_network([5, *[8] * 6, 5], seed)


@pytest.mark.parametrize("seed", range(2))
def test_a_network_of_the_shape_of_acas_xu(seed):
    """That output 0 is not least on a small box: decided, and in agreement with the extrema of the differences."""
    net = small_acas(seed)
    box = [(-0.3, -0.25), (-0.1, 0.1), (0.25, 0.25), (0.25, 0.5), (-0.5, 0)]
    domain = [row for i, (a, b) in enumerate(box) for row in _sides(i, a, b)]
    least = [[0] * 5 + [-1, *(int(j == k) for j in range(1, 5)), 0] for k in range(1, 5)]
    found = verify(net, Property(5, 5, [[*domain, *least]]))
    assert found.status in ("holds", "violated")
    gaps = [net.maximum([-1, *(int(j == k) for j in range(1, 5))], box) for k in range(1, 5)]
    if found.status == "violated":
        assert all(gap.value >= 0 for gap in gaps)
        assert min(found.outputs) == found.outputs[0]
    for gap, k in zip(gaps, range(1, 5), strict=True):
        y = net(gap.point)
        assert y[k] - y[0] == gap.value
        above = [*[0] * 5, -1, *(int(j == k) for j in range(1, 5))]
        assert verify(net, Property(5, 5, [[*domain, [*above, -gap.value - mpq(1, 10**6)]]]))
        assert not verify(net, Property(5, 5, [[*domain, [*above, -gap.value]]]))


def _sides(i, low, high):
    axis = [int(i == j) for j in range(5)]
    return [[*axis, *[0] * 5, -mpq(low)], [*(-v for v in axis), *[0] * 5, mpq(high)]]


def test_a_time_limit_makes_the_verdict_unknown():
    net = small_acas(0)
    found = verify(net, Property(5, 5, [[[0] * 5 + [1, 0, 0, 0, 0, 100]]]), seconds=0)
    assert (found.status, bool(found), found.point, found.proof) == ("unknown", False, None, ())


@pytest.mark.parametrize("seed", range(2))
def test_proofs_are_checked_without_floats(seed):
    """Also deep ones; and what is changed in them, or left out, is found."""
    net = wide_network([2, 8, 8, 1], seed)
    top = net.maximum(0, [(-2, 2), (-2, 2)]).value
    box = [[1, 0, 0, 2], [-1, 0, 0, 2], [0, 1, 0, 2], [0, -1, 0, 2]]
    found = verify(net, Property(2, 1, [[*box, [0, 0, 1, -top - mpq(1, 10**6)]]]))
    (closed,) = found.proof
    assert found
    assert len(closed) > 1
    assert {kind for part in closed for kind, *_ in part.steps} >= {"unit"}
    assert found.check()
    assert not replace(found, proof=(closed[1:],)).check()
    assert not replace(found, proof=((*closed, closed[0]),)).check()
    assert not replace(found, proof=()).check()
    kind, i, where, sign = closed[0].steps[-1]
    other = replace(closed[0], steps=(*closed[0].steps[:-1], (kind, i, where + 1, sign)))
    assert not replace(found, proof=((other, *closed[1:]),)).check()
    lower = Property(2, 1, [[*box, [0, 0, 1, -top]]])
    assert not replace(found, statement=lower).check()
    for i, part in enumerate(closed):
        if part.output is None and part.multipliers:
            less = replace(
                part, multipliers=tuple(y / 2 if y == max(part.multipliers) else y for y in part.multipliers)
            )
            assert not replace(found, proof=((*closed[:i], less, *closed[i + 1 :]),)).check()
            break


def test_unsafe_sets_without_conditions_on_outputs_or_without_points():
    net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])
    assert verify(net, Property(2, 1, []))
    assert verify(net, Property(2, 1, [[[1, 0, 0, -1], [-1, 0, 0, 0]]]))
    assert verify(net, Property(2, 1, [[[1, 0, 0, -1]]])).point[0] >= 1
    assert verify(net, Property(2, 1, [[[0, 0, 0, 0]]])).status == "violated"
    assert verify(tp.Network.from_arrays([[[1, 2]]]), Property(2, 1, [[[1, 1, -1, 0], [0, -1, 0, -1]]])).point
    with pytest.raises(tp.ShapeError, match="1 input and 1 output"):
        verify(net, Property(1, 1, []))


def test_formulas_of_vnnlib_are_unions_of_polyhedra():
    text = f"""; a comment (with parentheses)
    {DECLARED}
    (assert (and (<= X_0 0.1) (>= X_0 (- 1)) (= X_1 (* 2 X_0))))
    (assert (or (and (>= Y_0 1e-3) (<= Y_1 (+ Y_0 X_1 -3/2))) (<= (- Y_0 (* -2 Y_1 3)) -1)))
    """
    found = parse_vnnlib(text)
    assert len(found.unsafe) == 2

    def expected(x, y):
        inputs = x[0] <= mpq("0.1") and x[0] >= -1 and x[1] == 2 * x[0]
        first = y[0] >= mpq("1/1000") and y[1] <= y[0] + x[1] - mpq("3/2")
        return inputs and (first or y[0] + 6 * y[1] <= -1)

    rng = random.Random(0)
    seen = set()
    for _ in range(300):
        a = mpq(rng.randint(-12, 2), 10)
        x, y = (a, 2 * a + rng.choice([0, 0, 1])), (mpq(rng.randint(-9, 9), 2), mpq(rng.randint(-9, 9), 2))
        seen.add(expected(x, y))
        assert found.is_unsafe(x, y) == expected(x, y)
    assert seen == {True, False}


ACAS_NAMES = "".join(f"(declare-const {letter}_{i} Real)\n" for letter in "XY" for i in range(5))
ACAS_BOX = "(assert (<= X_0 0.679857769))\n(assert (>= X_0 6e-1))\n(assert (<= X_1 5E-1))\n(assert (>= X_1 -0.5))\n"


@pytest.mark.parametrize(
    ("text", "shapes", "pair"),
    [
        (ACAS_BOX + "(assert (>= Y_0 3.991125645861615))", [5], ([0.65, 0.5, 9, 9, 9], [4, 0, 0, 0, 0])),  # 1
        (
            ACAS_BOX + "".join(f"(assert (<= Y_{k} Y_0))\n" for k in range(1, 5)),
            [8],
            (["0.6", 0, 0, 0, 0], [1] * 5),
        ),  # 2
        (
            ACAS_BOX + "(assert (or\n    (and (<= Y_0 Y_4))\n    (and (<= Y_1 Y_4))\n))",  # 5
            [5, 5],
            (["0.6", 0, 0, 0, 0], [2, 1, 0, 0, 1]),
        ),
        (
            "(assert (or\n    (and (<= X_0 0.7) (>= X_0 0.1) (<= X_1 0.5) (>= X_1 0.11))\n"  # 6
            "    (and (<= X_0 0.7) (>= X_0 0.1) (<= X_1 -0.11) (>= X_1 -0.5))\n))\n"
            "(assert (or (and (<= Y_1 Y_0)) (and (<= Y_2 Y_0)) (and (<= Y_3 Y_0)) (and (<= Y_4 Y_0))))",
            [5] * 8,
            ([0.2, -0.2, 0, 0, 0], [0, 1, 1, 0, 1]),
        ),
        (
            ACAS_BOX + "(assert (or (and (<= Y_3 Y_0) (<= Y_3 Y_1) (<= Y_3 Y_2))"  # 7
            " (and (<= Y_4 Y_0) (<= Y_4 Y_1) (<= Y_4 Y_2))))",
            [7, 7],
            (["0.6", 0, 0, 0, 0], [1, 1, 1, 2, 1]),
        ),
    ],
)
def test_files_of_the_shapes_of_the_acas_xu_properties(text, shapes, pair):
    """Boxes of inputs, or several, and what outputs are to be least, as in the files prop_1 to prop_10."""
    found = parse_vnnlib(f"; ACAS Xu property\n\n{ACAS_NAMES}\n; Unscaled Input 0: (55947.691, 60760)\n{text}")
    assert [len(rows) for rows in found.unsafe] == shapes
    x, y = pair
    assert found.is_unsafe(x, y)
    assert not found.is_unsafe([2, *x[1:]], y)
    assert not found.is_unsafe(x, [0, *[v + 9 for v in y[1:3]], y[3] + 9, y[4] + 9] if y[0] != 2 else [9, 9, 9, 9, 0])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(assert (<= X_0 1))", "not declared before"),
        (f"{DECLARED} (assert (< X_0 1))", "line 1 is not made of"),
        (f"{DECLARED} (assert (<= X_0 1 2))", "not made of"),
        (f"{DECLARED}\n(assert (<= (* X_0 X_1) 1))", "line 2 is no sum"),
        (f"{DECLARED} (check-sat)", "neither"),
        (f"{DECLARED} (assert (<= X_0 one))", "'one' where a number"),
        (f"{DECLARED} (assert (<= X_0 nan))", "'nan' where a number"),
        (f"{DECLARED}\n\n(assert (<= X_0 1_000))", "Line 3 has '1_000' where a number"),
        (f"{DECLARED} (assert (<= X_0 1)", "is not closed"),
        (f"{DECLARED})", "not opened"),
        (f"{DECLARED} X_0", "outside"),
        (f"{DECLARED} (declare-const X_0 Real)", "again"),
        ("(declare-const X_1 Real) (declare-const Y_0 Real)", "with a gap"),
        ("(declare-const X_0 Int)", "in Real"),
        ("(declare-const x Real)", "in Real"),
        ("", "not declared"),
        ("(" * 300, "more than 200 open"),
        (f"{DECLARED} (assert {'(or (<= X_0 1) (<= X_0 2))'})" + "(assert (or (<= X_0 1) (<= X_0 2)))" * 17, "cases"),
    ],
)
def test_other_texts_are_refused_with_their_line(text, said):
    with pytest.raises((tp.FileFormatError, tp.UnsupportedError), match=said):
        parse_vnnlib(text)


def nnet_text(weights, biases, end=",\n"):
    sizes = [len(weights[0][0]), *map(len, weights)]
    lines = ["// a network", "//"]
    header = [len(weights), sizes[0], sizes[-1], max(sizes)]
    lines += [",".join(map(str, part)) + end.strip("\n") for part in (header, sizes, [0])]
    lines += [",".join(["0.5"] * (sizes[0] + extra)) + end.strip("\n") for extra in (0, 0, 1, 1)]
    for weight, bias in zip(weights, biases, strict=True):
        lines += [",".join(map(str, row)) + end.strip("\n") for row in weight]
        lines += [f"{b}{end}".strip("\n") for b in bias]
    return "\n".join(lines) + "\n"


def test_nnet_files(tmp_path):
    weights, biases = [[["0.1", "-2e-3"], ["1", "0"], ["3", "1.5"]], [["1", "-1", "0.25"]]], [["0", "1", "-1"], ["7"]]
    path = tmp_path / "small.nnet"
    for end in (",\n", "\n"):
        path.write_text(nnet_text(weights, biases, end))
        assert tp.Network.from_nnet(path) == tp.load_network(path) == tp.Network.from_arrays(weights, biases)


def test_nnet_files_that_are_none(tmp_path):
    path, whole = tmp_path / "small.nnet", nnet_text([[[1, 2]]], [[3]])
    for text, said in [
        (whole.replace("1,2,1,2", "1,3,1,2", 1), "sizes of the layers"),
        (whole.replace("1,2,\n3", "1,x,\n3"), "not a rational number"),
        (whole.replace("1,2,\n3", "1,\n3"), "row 0 of the weights of layer 0"),
        (whole + "4,\n", "comes after"),
        (whole.removesuffix("3,\n"), "file ends where the bias 0 of layer 0"),
        (whole.replace("1,2,1,2", "1000000,2,1,2", 1), "too short"),
        (whole.replace("1,2,1,2", "-1,2,1,2", 1), "not integers"),
        ("//", "file ends"),
    ]:
        path.write_text(text)
        with pytest.raises(tp.FileFormatError, match=said) as caught:
            tp.Network.from_nnet(path)
        assert str(path) in str(caught.value)
    path.write_text(whole)
    with pytest.raises(tp.InputError, match="give none"):
        tp.load_network(path, negative_slope=1)


def test_properties_in_files(tmp_path):
    path = tmp_path / "p.vnnlib"
    path.write_text(f"{DECLARED} (assert (<= X_0 0.1))")
    assert read_vnnlib(path).unsafe[0].tolist() == [[-1, 0, 0, 0, mpq(1, 10)]]
    path.write_text("(assert true)")
    with pytest.raises(tp.UnsupportedError, match=str(path)):
        read_vnnlib(path)
