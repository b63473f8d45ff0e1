"""Compiled code is that of the sources, those of the functions it calls included."""

from __future__ import annotations

import os
import subprocess
import sys

import numba
import pytest

from troppoly import compiled


def one_more(n):
    return n + 1


def test_other_sources_compile_anew(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    before, after = tmp_path / "before.py", tmp_path / "after.py"
    before.write_text("two = 2")
    after.write_text("two = 3")
    for path, hits in ((before, 0), (before, 1), (after, 0), (after, 1)):
        monkeypatch.setattr(compiled, "SOURCES", (path,))
        function = compiled.compiled(one_more)
        caplog.clear()
        compiled.announce(function)
        assert len(caplog.records) == 1 - hits
        assert function(1) == 2
        assert sum(function.stats.cache_hits.values()) == hits


@pytest.mark.parametrize("name", ["compiled", "kernel", "rays", "part", "floats", "gluing"])
def test_all_sources_count(name):
    assert f"{name}.py" in {path.name for path in compiled.SOURCES}


def test_without_compilation_it_says_what_to_do():
    code = """
import troppoly as tp
try:
    tp.canonical_complex(tp.Network.from_arrays([[[1]], [[1]]]))
except tp.UnsupportedError as error:
    print(error)
"""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert "unset the environment's NUMBA_DISABLE_JIT" in run.stdout
