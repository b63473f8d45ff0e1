"""Tables of cells and regions against Sage's polyhedra, pandas, and tracking over checkpoints."""

import pytest
import torch
from gmpy2 import mpq
from hypothesis import given, settings

from tests.refinement.strategies import SMALL, networks
from tests.seeds import cases
from troppoly import InputError, Network, ShapeError, UnboundedError, linear_regions
from troppoly.geometry import Table, cell_table, region_table, track
from troppoly.network import save_npz
from troppoly.passagemath import polyhedron, to_mpq


@given(networks(SMALL, dimensions=(1, 2, 3), most_units=6))
@settings(max_examples=cases(15, 40))
def test_the_rows_of_cells_are_those_of_sage(arrays):
    regions = linear_regions(Network.from_arrays(*arrays))
    table = cell_table(regions)
    assert len(table) == regions.n_cells
    for row, cell in list(zip(table, regions.cells, strict=True))[:10]:
        p = cell.polyhedron()
        assert row["bounded"] == p.is_compact()
        assert row["vertices"] == p.n_vertices()
        assert row["rays"] == p.n_rays()
        assert row["facets"] == p.n_facets() == row["neighbors"]
        assert row["volume"] == (to_mpq(p.volume(measure="ambient")) if p.is_compact() else None)


@given(networks(SMALL, dimensions=(1, 2, 3), most_units=6))
@settings(max_examples=40)
def test_the_rows_of_regions(arrays):
    regions = linear_regions(Network.from_arrays(*arrays))
    table = region_table(regions)
    assert sum(table["cells"]) == regions.n_cells
    assert sum(table["bounded"]) == regions.n_bounded
    for row, region in zip(table, regions, strict=True):
        assert row["cells"] == len(region.cells)
        matrix = region.affine_map[0]
        assert row["norm_1"] == max(sum(abs(v) for v in column) for column in matrix.T)
        assert row["norm_inf"] == max(sum(abs(v) for v in line) for line in matrix)
        if row["bounded"]:
            assert row["volume"] == sum(to_mpq(p.volume(measure="ambient")) for p in region.polyhedra())
            assert row["volume"] == region.volume()
        else:
            with pytest.raises(UnboundedError):
                region.volume()


def test_volumes_over_a_domain_add_up():
    torch.manual_seed(0)
    layers = [torch.nn.Linear(3, 6), torch.nn.Linear(6, 6), torch.nn.Linear(6, 2)]
    net = Network.from_arrays(*zip(*((m.weight, m.bias) for m in layers), strict=True))
    simplex = polyhedron([(0, 0, 0), (7, 0, 0), (0, 5, 0), (0, 0, 3)], ambient_dim=3)
    regions = linear_regions(net, domain=simplex)
    assert sum(region_table(regions)["volume"]) == sum(cell_table(regions)["volume"]) == mpq(105, 6)


def test_a_table_as_a_data_frame():
    frame = region_table(linear_regions(Network.from_arrays([[[1], [-1]], [[1, 2]]]))).to_pandas()
    assert list(frame.columns) == ["region", "cells", "bounded", "volume", "neighbors", "norm_1", "norm_inf"]
    assert sorted(frame["norm_1"]) == [1, 2]
    assert all(isinstance(v, type(mpq(1))) for v in frame["norm_1"])


def test_columns_and_distributions():
    table = Table({"a": (2, 1, 2), "b": (None, mpq(1, 2), None)})
    assert table.distribution("a") == Table({"a": (1, 2), "count": (1, 2)})
    assert table.distribution("b") == Table({"b": (mpq(1, 2), None), "count": (1, 2)})
    assert len(Table({})) == 0
    with pytest.raises(InputError, match="'c'"):
        table["c"]
    with pytest.raises(ShapeError, match="same length"):
        Table({"a": (1,), "b": ()})


def test_tracking_takes_networks_modules_state_dicts_and_files(tmp_path):
    torch.manual_seed(1)
    module = torch.nn.Sequential(torch.nn.Linear(2, 5), torch.nn.ReLU(), torch.nn.Linear(5, 1))
    state = module.state_dict()
    net = Network.from_arrays([state["0.weight"], state["2.weight"]], [state["0.bias"], state["2.bias"]])
    torch.save(state, tmp_path / "net.pt")
    save_npz(net, tmp_path / "net.npz")
    table = track([net, module, state, tmp_path / "net.pt", str(tmp_path / "net.npz")], monomials=True)
    rows = [{k: v for k, v in row.items() if k != "epoch"} for row in table]
    assert table["epoch"] == (0, 1, 2, 3, 4)
    assert all(row == rows[0] for row in rows)
    # five lines in general position: 16 cells, 6 of them bounded, 10 crossings
    assert (rows[0]["cells"], rows[0]["f_0"], rows[0]["f_1"], rows[0]["f_2"]) == (16, 10, 25, 16)
    assert len(rows[0]["numerator"]) == len(rows[0]["denominator"]) == 1


def test_epochs_by_name_and_a_domain():
    nets = {10: Network.from_arrays([[[1], [1]], [[1, 1]]], [[0, -1], [0]]), 20: Network.from_arrays([[[1]]])}
    left = polyhedron([(0,)], rays=[(-1,)], ambient_dim=1)
    assert track(nets)["regions"] == (3, 1)
    assert track(nets, domain=left)["epoch"] == (10, 20)
    assert track(nets, domain=left)["regions"] == (1, 1)
    assert track(nets)["bounded"] == (1, 0)
    assert len(track([])) == 0


def test_bad_state_dicts():
    with pytest.raises(InputError, match=r"'0\.running_mean'"):
        track([{"0.weight": [[1]], "0.running_mean": [1]}])
    with pytest.raises(InputError, match=r"no key '0\.weight'"):
        track([{"0.bias": [1]}])


def test_networks_of_several_input_spaces_are_not_tracked():
    nets = [Network.from_arrays([[[1]]]), Network.from_arrays([[[1, 2]]])]
    with pytest.raises(ShapeError, match="Checkpoint 1 has 2 inputs, the one before 1"):
        track(nets)
