"""Images, preimages, extrema and signs of units on a domain, by branching with proven bounds; see ``Network``."""

from troppoly.branching.extrema import OutputExtremum
from troppoly.branching.pieces import AffinePiece
from troppoly.branching.search import Closed
from troppoly.branching.units import UnitSigns

__all__ = ["AffinePiece", "Closed", "OutputExtremum", "UnitSigns"]
