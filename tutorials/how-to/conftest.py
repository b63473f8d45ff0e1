"""The examples of these pages write their files into an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every page in a folder of its own."""
    monkeypatch.chdir(tmp_path)
