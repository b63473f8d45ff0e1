"""Hypothesis profiles: the default draws the same examples in every run; ``thorough`` searches for new ones.

``pytest --hypothesis-profile=thorough`` runs ten times as many, at random.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "deterministic",
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("deterministic")
