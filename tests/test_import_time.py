"""What an import and ``troppoly --help`` must not pay for."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("numba", "sage", "passagemath_polyhedra", "torch", "onnx", "matplotlib", "sklearn", "scipy", "rich")


def modules_after(program: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded at the end of a program."""
    listing = "import atexit, sys\natexit.register(lambda: print('MODULES', *sorted(sys.modules)))\n"
    result = subprocess.run([sys.executable, "-c", listing + program], capture_output=True, text=True, check=True)
    line = next(line for line in result.stdout.splitlines() if line.startswith("MODULES"))
    return {name.partition(".")[0] for name in line.split()[1:]}


@pytest.mark.parametrize(
    "program",
    [
        "import troppoly",
        "import troppoly.plotting, troppoly.export, troppoly.cli",
        "from troppoly.cli import main; main(['--help'])",
        "from troppoly.cli import main; main(['--version'])",
        "from troppoly.cli import main; main(['regions', '--help'])",
    ],
)
def test_heavy_modules_stay_out(program: str) -> None:
    assert modules_after(program).isdisjoint(HEAVY)


def test_the_check_sees_a_heavy_module() -> None:
    assert "rich" in modules_after("import rich")
