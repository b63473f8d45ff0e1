"""Outside programs: those on the path, and those that wheels of passagemath bring along."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest


def program(name: str, package: str) -> str:
    """The path of a program; without it, the test is skipped."""
    wheels = Path(sysconfig.get_path("purelib")) / "sage_wheels" / "bin"
    found = shutil.which(name, path=os.pathsep.join((str(wheels), os.environ.get("PATH", ""))))
    if found is None:
        pytest.skip(f"{name} is not installed: {package}")
    return found


def run(*command: str, folder: Path, stdin: str | None = None) -> str:
    """What the command prints, run in a folder that is also its home."""
    environment = os.environ | {"HOME": str(folder)}
    result = subprocess.run(
        command, cwd=folder, input=stdin, capture_output=True, text=True, timeout=300, env=environment
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
