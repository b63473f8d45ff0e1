"""Volumes of bounded cells: the exact sum, the least and the greatest, and quantiles.

The exact sum is kept in base 32: it may have millions of digits, and other bases take long.

The volumes themselves are kept as long as there are not too many.  Then only the numbers of those with the same binary
exponent and the same leading bits are: so a quantile is known to lie between two numbers.  Which of these it is depends
on the number of bounded cells alone, so not on how they were divided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.complex.volume import volumes
from troppoly.counting.measure import Measure, Tally
from troppoly.counting.parts import FinishedPart
from troppoly.exact.scalar import total
from troppoly.refinement.refinement import Refinement

__all__ = ["Volumes"]

_QUANTILES = (mpq(1, 4), mpq(1, 2), mpq(3, 4))


@dataclass(frozen=True, slots=True)
class Volumes(Measure):
    """The volumes of the bounded cells.

    Quantiles are pairs of a lower and an upper bound.  Up to ``exact`` bounded cells these are the same; then the upper
    one is 1 + 2^-``bits`` times the lower one at most.  The quantile of p is the least volume that at least a share p
    of the volumes does not exceed.

    >>> import troppoly as tp
    >>> net = tp.hyperplane_arrangement([[1, 0], [0, 1], [1, 1]], [0, 0, -1])
    >>> volumes = tp.census(net, [(-1, 2), (-1, 2)], measures=[Volumes()])["volumes"]
    >>> volumes["total"], volumes["greatest"], volumes["quantiles"]["1/2"]
    (mpq(9,1), mpq(7,2), (mpq(1,1), mpq(1,1)))
    """

    bits: int = 10
    exact: int = 4096
    name: ClassVar[str] = "volumes"

    def of_part(self, part: FinishedPart) -> Tally:
        """Return the tally of a part."""
        complex_ = part.canonical.complex
        found = list(volumes(complex_, np.flatnonzero(complex_.bounded_cells))) if complex_.n_bounded_cells else []
        exact = total(found)  # in the order of cells: neighbors have denominators in common
        found.sort()
        tally = {
            "bounded": len(found), "unbounded": part.n_cells - len(found), "total": exact.digits(32),
            "extremes": [str(found[0]), str(found[-1])] if found else [], "values": list(map(str, found)),
            "bins": np.zeros(0, np.int64), "counts": np.zeros(0, np.int64),
        }  # fmt: skip
        return self._reduced(tally)

    def joined(self, one: Tally, other: Tally, whole: Refinement) -> Tally:
        """Return the sums, extremes, and numbers of both."""
        extremes = sorted(map(mpq, one["extremes"] + other["extremes"]))
        one, other = (self._binned(t) if one["bounded"] + other["bounded"] > self.exact else t for t in (one, other))
        bins, places = np.unique(np.concatenate([one["bins"], other["bins"]]), return_inverse=True)
        counts = np.zeros(len(bins), np.int64)
        np.add.at(counts, places, np.concatenate([one["counts"], other["counts"]]))
        return {
            "bounded": one["bounded"] + other["bounded"], "unbounded": one["unbounded"] + other["unbounded"],
            "total": (mpq(one["total"], 32) + mpq(other["total"], 32)).digits(32),
            "extremes": [str(extremes[0]), str(extremes[-1])] if extremes else [],
            "values": one["values"] + other["values"], "bins": bins, "counts": counts,
        }  # fmt: skip

    def answer(self, tally: Tally, whole: Refinement) -> dict[str, Any]:
        """Return the sum, the extremes (None without bounded cells) and the quantiles."""
        least, greatest = map(mpq, tally["extremes"]) if tally["extremes"] else (None, None)
        quantiles = {str(p): self._quantile(tally, p) for p in _QUANTILES} if tally["bounded"] else {}
        return {
            "total": mpq(tally["total"], 32), "bounded": tally["bounded"], "unbounded": tally["unbounded"],
            "least": least, "greatest": greatest, "quantiles": quantiles,
        }  # fmt: skip

    def _reduced(self, tally: Tally) -> Tally:
        return self._binned(tally) if tally["bounded"] > self.exact else tally

    def _binned(self, tally: Tally) -> Tally:
        """The numbers of volumes in place of these."""
        if not tally["values"]:
            return tally
        bins, counts = np.unique(self._bins(list(map(mpq, tally["values"]))), return_counts=True)
        return tally | {"values": [], "bins": bins, "counts": counts}

    def _bins(self, found: Sequence[mpq]) -> NDArray[np.int64]:
        """The bin q of every volume v: floor(v 2^(bits - e)) + (e - 1) 2^bits with 2^e <= v < 2^(e + 1)."""
        result = np.empty(len(found), np.int64)
        for i, v in enumerate(found):
            e = v.numerator.bit_length() - v.denominator.bit_length()
            e -= v < mpq(2) ** e
            result[i] = int(v * mpq(2) ** (self.bits - e)) + ((e - 1) << self.bits)
        return result

    def _quantile(self, tally: Tally, p: mpq) -> tuple[mpq, mpq]:
        rank = -int(-p * tally["bounded"] // 1)  # the volume with this number, from 1 on
        if tally["values"]:
            value = sorted(map(mpq, tally["values"]))[rank - 1]
            return value, value
        place = int(tally["bins"][np.searchsorted(np.cumsum(tally["counts"]), rank)])
        e, digits = place >> self.bits, place & ((1 << self.bits) - 1)
        unit = mpq(2) ** (e - self.bits)
        return ((1 << self.bits) + digits) * unit, ((1 << self.bits) + digits + 1) * unit
