"""Hypothesis profiles: the default draws the same examples in every run; ``thorough`` searches for new ones.

``pytest --hypothesis-profile=thorough`` runs 1,000 of each test that names no number, at random.
"""

from __future__ import annotations

import gc
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from tests.seeds import cases

settings.register_profile(
    "deterministic",
    max_examples=cases(50, 100),
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("deterministic")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Modules and tests stay to the end: a fifth of the time of their collection went into the search for garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
