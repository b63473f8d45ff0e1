from __future__ import annotations

import hashlib
import io
import zipfile
from itertools import product
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import troppoly as tp
from tests.export import samples
from troppoly.export import load_complex, save_complex
from troppoly.passagemath import polyhedron


def signature(complex_: tp.PolyhedralComplex) -> Any:
    """The complex as sets of generators of all its faces, in order."""
    return [
        [(set(face.vertices()), set(face.rays()), set(face.lines())) for face in complex_.faces(k)]
        for k in range(complex_.ambient_dimension + 1)
    ]


COMPLEXES = [
    tp.canonical_complex(samples.network(0, (2, 5, 1))).complex,
    tp.canonical_complex(samples.network(6, (4, 5, 2))).complex,
    tp.canonical_complex(samples.network(7, (4, 2, 2, 1))).complex,
    tp.canonical_complex(
        samples.network(0, (2, 5, 1)), domain=polyhedron(product((-2, "7/3"), repeat=2), ambient_dim=2)
    ).complex,
    tp.canonical_complex(tp.Network.from_arrays([[[1, 2]]])).complex,
    tp.canonical_complex(tp.Network.from_arrays([[[0.1, -0.3], [1e-300, 7e200]], [[1, 1]]])).complex,
    samples.polynomial().normal_complex().complex,
]


@pytest.mark.parametrize("complex_", COMPLEXES, ids=repr)
def test_complexes_are_read_back_equal(complex_: tp.PolyhedralComplex, tmp_path: Path) -> None:
    save_complex(complex_, tmp_path / "out.npz")
    again = load_complex(tmp_path / "out.npz")
    assert again.f_vector() == complex_.f_vector()
    assert again.lineality == complex_.lineality
    assert signature(again) == signature(complex_)
    for one, other in zip(again.facets, complex_.facets, strict=True):
        assert np.array_equal(one.indptr, other.indptr)
        assert np.array_equal(one.indices, other.indices)


def test_numpy_reads_the_file_without_pickle(tmp_path: Path) -> None:
    complex_ = COMPLEXES[0]
    save_complex(complex_, tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz", allow_pickle=False) as arrays:
        rays = arrays["rays"].astype(float)
        finite = rays[:, -1] > 0
        vertices = rays[finite, :-1] / rays[finite, -1:]
        exact = [[float(x) for x in face.vertices()[0]] for face in complex_.faces(0)]
        assert np.allclose(vertices, exact)
        assert len(arrays["indptr_3"]) - 1 == complex_.n_cells


def arrays_of(complex_: tp.PolyhedralComplex) -> dict[str, Any]:
    save_complex(complex_, file := io.BytesIO())
    file.seek(0)
    with np.load(file) as arrays:
        return dict(arrays)


def swapped(array: Any, i: int, j: int) -> Any:
    result = array.copy()
    result[[i, j]] = result[[j, i]]
    return result


def replaced(array: Any, place: Any, value: Any) -> Any:
    result = array.astype("S20") if array.dtype.kind == "S" else array.copy()
    result[place] = value
    return result


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("format", lambda a: np.array(b"troppoly.polyhedral-complex 2")),
        ("format", lambda a: np.array(["x"])),
        ("rays", lambda a: a[:-1]),
        ("rays", lambda a: a[:, :-1]),
        ("rays", lambda a: a.astype(float)),
        ("rays", lambda a: a.astype(object)),
        ("rays", lambda a: swapped(a, 0, 1)),
        ("rays", lambda a: replaced(a, (0, 0), b"1e9999999")),
        ("rays", lambda a: replaced(a, (0, 0), b"1/2")),
        ("rays", lambda a: replaced(a, (np.flatnonzero(a[:, -1] != b"0")[0], 0), b"12345")),
        ("rays", lambda a: replaced(a, (0, 2), b"-1")),
        ("rays", lambda a: replaced(a, 0, a[1])),
        ("lineality", lambda a: np.array([[b"0", b"0"]])),
        ("lineality", lambda a: np.array([[b"1", b"0"]])),
        ("indptr_2", lambda a: a[:-1]),
        ("indptr_2", lambda a: replaced(a, 1, 10**9)),
        ("indptr_2", lambda a: np.zeros(0, dtype=np.int64)),
        ("indices_2", lambda a: replaced(a, 0, -1)),
        ("indices_2", lambda a: replaced(a, 0, 2**31 - 1)),
        ("indices_2", lambda a: a.astype(float)),
        ("indices_3", lambda a: a[::-1]),
        ("indices_3", lambda a: replaced(a, 0, a[1])),
        ("indices_4", lambda a: None),
        ("indices_2", lambda a: None),
        ("rays", lambda a: None),
        ("weight_0", lambda a: np.zeros(1)),
    ],
)
def test_false_archives_are_refused(name: str, change: Any, tmp_path: Path) -> None:
    arrays = arrays_of(COMPLEXES[0])
    value = change(arrays.pop(name, None))
    if value is None:
        arrays |= {name: np.zeros(1, dtype=np.int32)} if name == "indices_4" else {}
    else:
        arrays[name] = value
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(tp.FileFormatError, match=r"bad\.npz: "):
        load_complex(tmp_path / "bad.npz")


def test_every_change_of_an_incidence_is_noticed(tmp_path: Path) -> None:
    """Two facets of different cells are exchanged: the arrays stay of the right form."""
    arrays = arrays_of(COMPLEXES[1])
    random = np.random.default_rng(0)
    for name in ("indices_2", "indices_3", "indices_4", "indices_5"):
        for _ in range(10):
            i, j = random.integers(0, len(arrays[name]), 2)
            if arrays[name][i] == arrays[name][j]:
                continue
            changed = arrays | {name: swapped(arrays[name], i, j)}
            lists = [np.split(a[name], a[name.replace("indices", "indptr")][1:-1]) for a in (arrays, changed)]
            if all(set(x) == set(y) for x, y in zip(*lists, strict=True)):
                continue
            np.savez(tmp_path / "bad.npz", **changed)
            with pytest.raises(tp.FileFormatError):
                load_complex(tmp_path / "bad.npz")


def test_two_cells_on_one_side_of_a_wall_are_noticed(tmp_path: Path) -> None:
    """Two rays to the right of 0, the longer of which would be a cell that overlaps the other."""
    arrays = {
        "format": np.array(b"troppoly.polyhedral-complex 1"),
        "rays": np.array([[b"0", b"1"], [b"1", b"0"], [b"5", b"1"]]),
        "lineality": np.zeros((0, 1), dtype="S1"),
        "indptr_2": np.array([0, 2, 4]),
        "indices_2": np.array([0, 1, 0, 2]),
    }
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(tp.FileFormatError, match="one side"):
        load_complex(tmp_path / "bad.npz")


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|S1", "fortran_order": False, "shape": (2**31, 3)})
    with zipfile.ZipFile(tmp_path / "bad.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rays.npy", header.getvalue() + bytes(10**6))
    with pytest.raises(tp.FileFormatError, match="declares shape"):
        load_complex(tmp_path / "bad.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY", b"x" * 1000])
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.npz").write_bytes(content)
    with pytest.raises(tp.FileFormatError, match=r"bad\.npz: "):
        load_complex(tmp_path / "bad.npz")


def test_any_damaged_byte_ends_in_an_error_or_a_complex(tmp_path: Path) -> None:
    save_complex(tp.canonical_complex(samples.network(0, (2, 3, 1))).complex, tmp_path / "good.npz")
    content, good = (tmp_path / "good.npz").read_bytes(), load_complex(tmp_path / "good.npz")
    random = np.random.default_rng(1)
    for place in random.integers(0, len(content), 150):
        damaged = bytearray(content)
        damaged[place] ^= 1 << int(random.integers(0, 8))
        (tmp_path / "bad.npz").write_bytes(damaged)
        try:
            again = load_complex(tmp_path / "bad.npz")
        except tp.FileFormatError:
            continue
        assert again == good


def with_digest(arrays: dict[str, Any]) -> dict[str, Any]:
    """The arrays with the digest that the module describes, however false they are."""
    content = hashlib.sha256()
    for name, array in sorted((n, np.asarray(a)) for n, a in arrays.items() if n != "digest"):
        if array.dtype.kind == "i":
            entries = b"".join(int(x).to_bytes(8, "little", signed=True) for x in array)
        else:
            entries = b",".join(array.ravel().tolist())
        content.update(f"{name} {array.shape} {len(entries)} ".encode() + entries)
    return arrays | {"digest": np.array(content.hexdigest().encode())}


def cells_around_the_origin(directions: list[tuple[int, int]], closed: bool) -> dict[str, Any]:
    """The sectors between directions at infinity that follow one another, around a vertex at the origin."""
    n = len(directions)
    n_cells = n if closed else n - 1
    edges = [(i, n) for i in range(n)] + [(i, (i + 1) % n) for i in range(n_cells)]
    cells = [(i, (i + 1) % n, n + i) for i in range(n_cells)]
    rays = [[x // gcd(x, y), y // gcd(x, y), 0] for x, y in directions] + [[0, 0, 1]]
    return with_digest(
        {
            "format": np.array(b"troppoly.polyhedral-complex 1"),
            "rays": np.array([[str(v).encode() for v in ray] for ray in rays]),
            "lineality": np.zeros((0, 2), dtype="S1"),
            "indptr_2": np.arange(0, 2 * len(edges) + 1, 2),
            "indices_2": np.array(edges, dtype=np.int32).ravel(),
            "indptr_3": np.arange(0, 3 * n_cells + 1, 3),
            "indices_3": np.array(cells, dtype=np.int32).ravel(),
        }
    )


ONCE = [(3, 0), (-2, 3), (-1, -3)]
TWICE = [*ONCE, (4, 1), (-1, 2), (-2, -3)]


@pytest.mark.parametrize(
    ("directions", "closed", "message"),
    [
        (ONCE, True, None),
        (ONCE[:2], False, None),
        (TWICE, True, "in the interior of 2 cells"),
        ([*TWICE, (5, 2), (-1, 4), (-3, -4)], True, "in the interior of 3 cells"),
        (ONCE, False, "beyond the boundary"),
        ([*ONCE, (3, 1)], False, "beyond the boundary"),
        (TWICE[:5], False, "beyond the boundary"),
    ],
)
def test_a_complex_covers_every_point_once(
    directions: list[tuple[int, int]], closed: bool, message: str | None, tmp_path: Path
) -> None:
    """Sectors between directions that wind around the origin once, or more often, or to no convex set."""
    np.savez(tmp_path / "sectors.npz", **cells_around_the_origin(directions, closed))
    if message is None:
        assert load_complex(tmp_path / "sectors.npz").n_cells == len(directions) - (not closed)
        return
    with pytest.raises(tp.FileFormatError, match=message):
        load_complex(tmp_path / "sectors.npz")


def test_another_complex_is_noticed_by_the_digest(tmp_path: Path) -> None:
    """A vertex of the line and one ray of the plane are moved: the complex is another, and is one."""
    line = arrays_of(tp.TropicalPolynomial({(2,): 0, (1,): 1, (0,): 0}).normal_complex().complex)
    vertex = np.flatnonzero((line["rays"] == [b"1", b"1"]).all(axis=1))
    moved = line | {"rays": replaced(line["rays"], (vertex, 0), b"7")}
    sectors = cells_around_the_origin(ONCE, closed=True)
    turned = sectors | {"rays": replaced(sectors["rays"], (0, 1), b"1")}
    for changed in (moved, turned):
        np.savez(tmp_path / "changed.npz", **changed)
        with pytest.raises(tp.FileFormatError, match="digest is not that"):
            load_complex(tmp_path / "changed.npz")
        del changed["digest"]
        np.savez(tmp_path / "without.npz", **changed)
        with pytest.raises(tp.FileFormatError, match="digest is not that"):
            load_complex(tmp_path / "without.npz")
        np.savez(tmp_path / "another.npz", **with_digest(changed))
        load_complex(tmp_path / "another.npz")


def test_the_digest_is_the_one_that_is_described() -> None:
    for complex_ in COMPLEXES:
        arrays = arrays_of(complex_)
        assert with_digest(arrays)["digest"] == arrays["digest"]


def test_faces_that_are_listed_twice_are_noticed(tmp_path: Path) -> None:
    """Two squares with a common edge, which is listed once for each of them."""
    corners = [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)]
    edges = [(0, 1), (1, 4), (3, 4), (0, 3), (1, 2), (2, 5), (4, 5), (1, 4)]
    arrays = {
        "format": np.array(b"troppoly.polyhedral-complex 1"),
        "rays": np.array([[str(v).encode() for v in (*corner, 1)] for corner in corners]),
        "lineality": np.zeros((0, 2), dtype="S1"),
        "indptr_2": np.arange(0, 17, 2),
        "indices_2": np.array(edges, dtype=np.int32).ravel(),
        "indptr_3": np.array([0, 4, 8]),
        "indices_3": np.array([0, 1, 2, 3, 4, 5, 6, 7], dtype=np.int32),
    }
    np.savez(tmp_path / "bad.npz", **with_digest(arrays))
    with pytest.raises(tp.FileFormatError, match="same rays"):
        load_complex(tmp_path / "bad.npz")
