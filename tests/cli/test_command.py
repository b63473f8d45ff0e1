"""The commands: what they print and write, and how they fail."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from decimal import Decimal, localcontext
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from troppoly.cli import main

COMMAND = [sys.executable, "-c", "from troppoly.cli import main; main()"]


class Result(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def run(*arguments: object) -> Result:
    """Run the command line in this process."""
    with redirect_stdout(StringIO()) as output, redirect_stderr(StringIO()) as errors:
        try:
            main(list(map(str, arguments)))
        except SystemExit as end:
            return Result(end.code, output.getvalue(), errors.getvalue())
    raise AssertionError("main always exits")


def save(path: Path, *layers: tuple[list[list[float]], list[float]]) -> Path:
    arrays = {}
    for i, (weight, bias) in enumerate(layers):
        arrays[f"weight_{i}"] = np.array(weight, dtype=float)
        arrays[f"bias_{i}"] = np.array(bias, dtype=float)
    np.savez(path, **arrays)
    return path


@pytest.fixture
def triangle(tmp_path: Path) -> Path:
    """max(x, 0) + max(y, 0) + max(1 - x - y, 0): three lines in general position."""
    layers = [([[1, 0], [0, 1], [-1, -1]], [0, 0, 1]), ([[1, 1, 1]], [0])]
    return save(tmp_path / "triangle.npz", *layers)


@pytest.fixture
def three_inputs(tmp_path: Path) -> Path:
    layers = [([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [0, 0, 0]), ([[1, 1, 1]], [0])]
    return save(tmp_path / "octants.npz", *layers)


def values(output: str) -> dict[str, str]:
    """The lines of a report as names and values."""
    rows = (line.strip().split("  ", 1) for line in output.splitlines() if "  " in line.strip())
    return {name.strip(): value.strip() for name, value in rows}


def test_three_lines_have_seven_regions(triangle: Path) -> None:
    result = run("regions", triangle)
    assert (result.returncode, result.stderr) == (0, "")
    report = values(result.stdout)
    assert report["cells"] == report["linear regions"] == "7"
    assert (report["bounded"], report["unbounded"]) == ("1", "6")
    assert report["f-vector"] == "(3, 9, 7)"
    assert "2-3-1" in result.stdout


def test_a_name_with_brackets(triangle: Path) -> None:
    path = triangle.rename(triangle.with_name("a[bold]b[red].npz"))
    result = run("regions", path)
    assert result.returncode == 0
    assert path.name in result.stdout


def test_the_monomials_of_three_lines(triangle: Path) -> None:
    # The function is convex: the denominator is the one formal -x - y part, the numerator has a
    # monomial for each of the 7 regions.
    result = run("monomials", triangle)
    assert result.returncode == 0
    numerator = next(line.split() for line in result.stdout.splitlines() if " numerator " in line)
    assert numerator[2:] == ["8", "7", "1"]
    denominator = next(line.split() for line in result.stdout.splitlines() if " denominator " in line)
    assert denominator[2:] == ["1", "1", "0"]


def test_the_list_of_monomials_evaluates_to_the_network(triangle: Path) -> None:
    result = run("monomials", triangle, "--list")
    assert result.returncode == 0
    sides: dict[str, list[tuple[Fraction, ...]]] = {"numerator": [], "denominator": []}
    for line in result.stdout.splitlines():
        output, side, *numbers = line.split("\t")
        assert output == "0"
        sides[side].append(tuple(map(Fraction, numbers)))
    for x, y in [(0, 0), (Fraction(1, 3), Fraction(1, 3)), (-5, 2), (7, -3), (4, 4)]:
        numerator, denominator = (max(a * x + b * y + c for a, b, c in sides[s]) for s in sides)
        assert numerator - denominator == max(x, 0) + max(y, 0) + max(1 - x - y, 0)


def test_json_and_picture(triangle: Path, tmp_path: Path) -> None:
    exact, picture = tmp_path / "out.json", tmp_path / "out.png"
    result = run("regions", triangle, "--json", exact, "--plot", picture)
    assert (result.returncode, result.stderr) == (0, "")
    assert picture.read_bytes().startswith(b"\x89PNG")
    document = json.loads(exact.read_text())
    assert document["function"]["widths"] == [2, 3, 1]
    assert sorted(document["vertices"]) == [["0", "0"], ["0", "1"], ["1", "0"]]
    assert document["monomials"][0]["formal"] == ["8", "1"]


def test_the_installed_command() -> None:
    result = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("troppoly ")


def test_help_names_the_commands() -> None:
    result = run("--help")
    assert result.returncode == 0
    assert all(name in result.stdout for name in ("regions", "monomials", "demo"))
    assert "..." not in result.stdout.partition("Commands:")[2]  # what a command does fits into its line


def failure(*arguments: object) -> str:
    """The one sentence that a wrong call is answered with."""
    result = run(*arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    (line,) = result.stderr.splitlines()
    assert line.startswith("troppoly: ")
    return line


def test_a_missing_file(tmp_path: Path) -> None:
    assert "No such file" in failure("regions", tmp_path / "nothing.npz")


def test_a_folder_for_a_network(tmp_path: Path) -> None:
    (tmp_path / "net.npz").mkdir()
    assert "net.npz" in failure("regions", tmp_path / "net.npz")


def test_a_suffix_that_is_no_network(tmp_path: Path) -> None:
    (tmp_path / "net.txt").write_text("weights")
    assert ".onnx" in failure("regions", tmp_path / "net.txt")


@pytest.mark.parametrize("suffix", [".npz", ".pt", ".onnx"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x02}q\x00.", b"weights" * 100])
def test_a_file_of_something_else(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"net{suffix}"
    path.write_bytes(content)
    assert path.name in failure("monomials", path)


def test_a_truncated_file(triangle: Path) -> None:
    content = triangle.read_bytes()
    triangle.write_bytes(content[: len(content) // 2])
    assert "triangle.npz" in failure("regions", triangle)


def test_a_picture_of_three_inputs(three_inputs: Path, tmp_path: Path) -> None:
    assert "two inputs" in failure("regions", three_inputs, "--plot", tmp_path / "a.png")


def test_a_picture_with_another_suffix(triangle: Path, tmp_path: Path) -> None:
    assert ".png" in failure("regions", triangle, "--plot", tmp_path / "a.xyz")


@pytest.mark.parametrize(("option", "name"), [("--json", "out.json"), ("--plot", "out.png")])
def test_output_into_a_missing_folder(triangle: Path, tmp_path: Path, option: str, name: str) -> None:
    assert "no folder" in failure("regions", triangle, option, tmp_path / "missing" / name)


def test_output_onto_a_folder(triangle: Path, tmp_path: Path) -> None:
    (tmp_path / "taken.json").mkdir()
    assert "a folder" in failure("regions", triangle, "--json", tmp_path / "taken.json")


def test_nothing_is_written_over_what_is_read(triangle: Path, tmp_path: Path) -> None:
    before = triangle.read_bytes()
    link, hard = tmp_path / "link.json", tmp_path / "hard.json"
    link.symlink_to(triangle)
    hard.hardlink_to(triangle)
    for name in (link, hard):
        assert "is read from" in failure("regions", triangle, "--json", name)
    assert ".json" in failure("regions", triangle, "--json", triangle)
    assert "is read from" in failure("compress", triangle, "--output", triangle)
    assert "is read from" in failure(
        "compress", triangle, "--output", tmp_path / "." / ".." / tmp_path.name / triangle.name
    )
    assert triangle.read_bytes() == before


def test_two_outputs_are_two_files(triangle: Path, tmp_path: Path) -> None:
    picture = tmp_path / "both.png"
    (tmp_path / "both.json").symlink_to(picture)  # which does not exist yet
    assert "is written to" in failure("regions", triangle, "--json", tmp_path / "both.json", "--plot", picture)
    assert ".json" in failure("regions", triangle, "--json", picture, "--plot", picture)
    assert not picture.exists()


@pytest.mark.parametrize(("command", "name"), [("regions", "out.json"), ("compress", "out.npz")])
def test_a_failed_write_leaves_the_old_file(triangle: Path, tmp_path: Path, command: str, name: str) -> None:
    option = {"regions": "--json", "compress": "--output"}[command]
    output = tmp_path / name
    assert run(command, triangle, option, output).returncode == 0
    before = output.read_bytes()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limit[1]))
    try:
        result = run(command, triangle, option, output)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert result.returncode == 2
    assert name in result.stderr
    assert output.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {triangle.name, name}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_output_without_permission(triangle: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    assert "permission" in failure("regions", triangle, "--json", locked / "out.json")


def test_a_full_disk_is_one_sentence(triangle: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full on this system")
    result = run("regions", triangle, "--json", "/dev/full")
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert "No space left" in line


def test_too_many_cells(triangle: Path) -> None:
    assert "cells" in failure("regions", triangle, "--max-cells", 3)
    assert run("regions", triangle, "--max-cells", 7).returncode == 0


def test_an_empty_window(triangle: Path, tmp_path: Path) -> None:
    window = ("--window", 1, 1, 0, 1)
    assert "window" in failure("regions", triangle, "--plot", tmp_path / "a.png", *window)


def test_a_window_without_a_picture(triangle: Path) -> None:
    assert "--plot" in failure("regions", triangle, "--window", 0, 1, 0, 1)


def test_unknown_commands_and_options(triangle: Path) -> None:
    assert "nothing" in failure("nothing")
    assert "--nothing" in failure("regions", triangle, "--nothing")
    assert "NETWORK" in failure("regions")


def test_no_command_shows_the_help() -> None:
    result = run()
    assert result.returncode == 2
    assert "Usage" in result.stderr + result.stdout


def test_an_interruption_is_one_line() -> None:
    program = (
        "import os, signal, time\n"
        "import troppoly.cli.analysis as analysis\n"
        "def wait(path):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    time.sleep(60)\n"
        "analysis.load_network = wait\n"
        "from troppoly.cli import main\n"
        "main(['regions', 'net.npz'])\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (130, "")
    assert result.stderr.strip() == "troppoly: Interrupted."


def test_an_interruption_keeps_what_is_known(triangle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any, progress: Any = None, **options: Any) -> None:
        if progress is not None:
            progress(2, 3, 4321)
        raise KeyboardInterrupt

    monkeypatch.setattr("troppoly.cli.analysis.tropical_map", interrupted)
    result = run("regions", triangle)
    assert result.returncode == 130
    assert values(result.stdout)["linear regions"] == "7"
    assert result.stderr.strip() == "troppoly: Interrupted: the table of regions is complete, the rest is missing."
    monkeypatch.setattr("troppoly.cli.analysis.linear_regions", interrupted)
    result = run("regions", triangle)
    assert (result.returncode, result.stdout) == (130, "")
    assert result.stderr.strip() == "troppoly: Interrupted after 2 of 3 units, which make 4,321 cells."


@pytest.mark.parametrize("command", ["regions", "monomials", "redundancy"])
def test_formal_monomials_beyond_writing_are_no_obstacle(tmp_path: Path, command: str) -> None:
    """The unit (x)+ copied 4 times a layer in 15 layers: two regions, about 2^(4^15) formal monomials."""
    layers = [([[1.0]] * 4, [0.0] * 4), *[([[1.0] * 4] * 4, [0.0] * 4)] * 14, ([[1.0] * 4], [0.0])]
    result = run(command, save(tmp_path / "deep.npz", *layers))
    assert result.returncode == 0
    row = next(line.split() for line in result.stdout.splitlines() if " numerator " in line)
    # The first digits of the count c_15^4, c_1 = 2, c_(k+1) = c_k^4 + 1 by its logarithm in 60 digits.
    with localcontext() as context:
        context.prec = 60
        logarithm = Decimal(2).log10()
        for _ in range(14):
            exact = 4 * logarithm  # the one that is added is beyond all digits from the fourth layer on
            logarithm = (Decimal(10) ** exact + 1).log10() if exact < 50 else exact
        logarithm *= 4
        exponent = int(logarithm)
        assert row[2] == f"{Decimal(10) ** (logarithm - exponent):.2f}e+{exponent}"


def test_a_reader_that_leaves_is_no_error(triangle: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "monomials", str(triangle), "--list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait()
