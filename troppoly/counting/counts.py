"""The counts that every census has: faces, bounded cells, and how signs were decided."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Any, ClassVar

import numpy as np

from troppoly.counting.measure import Measure, Tally
from troppoly.counting.parts import FinishedPart
from troppoly.refinement.certificate import Certificate
from troppoly.refinement.refinement import Refinement

__all__ = ["Counts"]


@dataclass(frozen=True, slots=True)
class Counts(Measure):
    """The faces that parts own, by dimension."""

    name: ClassVar[str] = "counts"

    def of_part(self, part: FinishedPart) -> Tally:
        """Return the tally of a part."""
        faces, bounded = part.face_counts
        return {"faces": faces, "bounded": int(bounded[-1]), "certificate": np.array(astuple(part.certificate))}

    def joined(self, one: Tally, other: Tally, whole: Refinement) -> Tally:
        """Return the sums."""
        return {name: one[name] + other[name] for name in one}

    def answer(self, tally: Tally, whole: Refinement) -> dict[str, Any]:
        """Return the first fields of a census."""
        return {
            "f_vector": tuple(tally["faces"].tolist()),
            "n_bounded_cells": tally["bounded"],
            "certificate": Certificate(*tally["certificate"].tolist()),
        }
