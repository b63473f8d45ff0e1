"""How many random cases a test has: few in every run, and many in the session ``crossing`` of nox."""

from __future__ import annotations

import os


def cases(few: int, many: int) -> int:
    """The second number if CROSSING_SEEDS is in the environment, else the first."""
    return many if "CROSSING_SEEDS" in os.environ else few


def seeds(few: int, many: int) -> range:
    """So many seeds 0, 1, ..."""
    return range(cases(few, many))
