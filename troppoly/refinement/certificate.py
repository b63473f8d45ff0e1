"""How the signs of a refinement were decided."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Certificate"]


@dataclass(frozen=True, slots=True)
class Certificate:
    """How the signs of a result were decided; no other sign was used.

    ``by_bound``: the value of the form on a cell exceeds its proven error bound.  ``by_structure``: known from the ends
    of an edge, a sum of exact zeros, or integers without rounding.  ``by_layers``: not so, but the value that is pushed
    through the layers exceeds its bound.  ``recomputed``: in integers.  ``rays_recomputed`` counts rays whose
    coordinates were.  A sign at a ray on the wall between parts is decided in each of them.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])  # (x)+ + (y)+
    >>> tp.linear_regions(net).certificate
    Certificate(by_bound=0, by_structure=10, by_layers=0, recomputed=0, rays_recomputed=0)
    """

    by_bound: int = 0
    by_structure: int = 0
    by_layers: int = 0
    recomputed: int = 0
    rays_recomputed: int = 0

    @property
    def total(self) -> int:
        """The number of signs."""
        return self.by_bound + self.by_structure + self.by_layers + self.recomputed
