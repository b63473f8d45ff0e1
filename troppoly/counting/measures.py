"""The measures that have names."""

from __future__ import annotations

from troppoly.counting.distinct_forms import DistinctMaps, Monomials
from troppoly.counting.linear_regions import LinearRegions
from troppoly.counting.lipschitz import Lipschitz
from troppoly.counting.measure import Measure
from troppoly.counting.volumes import Volumes
from troppoly.counting.walls import Facets, WallDepths
from troppoly.errors import InputError

__all__ = ["MEASURES", "of_name"]

_NAMED: tuple[Measure, ...] = (
    LinearRegions(), DistinctMaps(), Monomials(), Volumes(), Lipschitz(), Facets(), WallDepths(),
)  # fmt: skip

MEASURES = {measure.name: measure for measure in _NAMED}


def of_name(measure: str | Measure) -> Measure:
    """Return the measure with a name, or the given one; raises InputError if there is none of that name."""
    if isinstance(measure, Measure):
        return measure
    if measure not in MEASURES:
        raise InputError(f"There is no measure {measure!r}; the names are {', '.join(MEASURES)}.")
    return MEASURES[measure]
