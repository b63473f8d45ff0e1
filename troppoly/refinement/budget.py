"""Budgets of a refinement: cells, and bytes of the arrays, from the first instruction on.

**The start.**  If all forms have rank at least r (that modulo a prime is enough), and the domain h facets, then at
least f = r - h coordinates take both signs, so there are at least 3^f 2^(r + 1 - f) orthants, 2^f of them cells.

**The domain** is a product of segments, half-lines and lines if its facets are linearly independent but for k pairs of
opposite ones and l others; then it has 3^k 2^l faces.  Another domain is refused when it has become too large.

No division into parts helps with a domain of too many faces.  The interior of each face contains that of a face of the
complex, so this has no fewer faces; and n cells have them all, so one of the cells has at least the n-th part.  A part
has whole cells.  So what is refused is to list the faces of polytopes that have too many: 3^20 of a cube in R^20 that
is in one cell.
"""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass

import numpy as np

from troppoly.errors import BudgetError, counted
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import lines, rank_bound

__all__ = ["MANY", "MOST_ROWS", "Budget"]

MOST_ROWS = 2**31 - 1
"""The most cones of one dimension: row numbers are 32 bit integers."""

MANY = 64
"""The number of independent forms that no refinement starts with, whatever the budget."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a refinement may use; ``memory_text`` says where the bound of the memory comes from."""

    max_cells: int | None
    memory: int
    memory_text: str

    @classmethod
    def of(cls, max_cells: int | None, max_memory: int | None) -> Budget:
        """Return the budget; no more than the machine's memory, and by default half of it."""
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        address_space = resource.getrlimit(resource.RLIMIT_AS)[0]
        if address_space != resource.RLIM_INFINITY:
            machine = min(machine, address_space)
        if max_memory is None:
            return cls(max_cells, machine // 2, f"half of the memory of this machine ({machine // 2:,} bytes)")
        if max_memory > machine:
            return cls(max_cells, machine, f"the memory of this machine ({machine:,} bytes)")
        return cls(max_cells, max_memory, f"the max_memory={max_memory} that were allowed")

    def exceeded(self, n_cells: int, n_bytes: int, n_rows: int = 0, rows: str = "cones") -> str | None:
        """Say what is exceeded, or None; ``n_rows`` is the most cones of one dimension."""
        if self.max_cells is not None and n_cells > self.max_cells:
            return f"{counted(n_cells, 'cell')}, more than the max_cells={self.max_cells} that were allowed"
        if n_bytes > self.memory:
            return f"{n_bytes:,} bytes of cones, more than {self.memory_text}"
        if n_rows > MOST_ROWS:
            return f"{n_rows:,} {rows}, more than can be numbered"
        return None

    def check_start(self, facets: RationalMatrix, forms: RationalMatrix) -> int:
        """Return the bytes that the orthants, or the faces of the domain, take at least while they are made.

        ``facets`` and ``forms`` are the (n, d + 1) forms of the domain and of the first layer.  Raises BudgetError.
        """
        h, d = facets.shape[0], facets.shape[1] - 1
        linear = (facets.vstack(forms) if h else forms).take_columns(np.arange(d))
        r = rank_bound(linear, MANY)
        free = max(0, r - h)
        cones, D = 3**free * 2 ** (r + 1 - free), r + 1
        known = h and r < MANY  # else the orthants are too many
        faces = _faces_of_product(facets.take_columns(np.arange(d))) if known else 1
        domain = faces * (4 * D + 20)
        orthants = cones * (7 * D + 40)  # lists, forms, and what the construction takes
        what, over = f"The domain alone has {counted(faces, 'face')} in", self.exceeded(1, domain)
        if over is None:
            what = f"The {'first layer' if free or not h else 'domain'} alone has at least"
            over = self.exceeded(2**free, orthants, cones)
        _refuse(what, over)
        return int(max(domain, orthants))

    def check_parts(self, facets: RationalMatrix, forms: RationalMatrix) -> int:
        """Return the bytes that the faces of the domain, or of one orthant, take; raises BudgetError.

        These are needed even where the start is divided by signs of coordinates.
        """
        h, d = facets.shape[0], facets.shape[1] - 1
        linear = (facets.vstack(forms) if h else forms).take_columns(np.arange(d))
        D = rank_bound(linear, MANY) + 1
        faces = _faces_of_product(facets.take_columns(np.arange(d))) if h and D <= MANY else 1
        domain, orthant = faces * (4 * D + 20), 2**D * (7 * D + 40)
        _refuse(f"The domain alone has {counted(faces, 'face')} in", self.exceeded(1, domain))
        _refuse("An orthant of the first layer alone has", self.exceeded(1, orthant, 2**D))
        return int(max(domain, orthant))


def _refuse(what: str, over: str | None) -> None:
    if over is not None:
        raise BudgetError(
            f"{what} {over}; restrict the network to an affine subspace (Network.restrict) or to a domain "
            "with few faces, or look at one cell after another (troppoly.cell_at, troppoly.explore)."
        )


def _faces_of_product(normals: RationalMatrix) -> int:
    """The number of faces of a product of segments and half-lines with these normals of facets, else 1."""
    spanned = lines(normals)
    m, k = normals.shape[0], len({line for line, _ in spanned})
    if m > len({(line, factor > 0) for line, factor in spanned}) or rank_bound(normals, k) < k:
        return 1
    return int(3 ** (m - k) * 2 ** (2 * k - m))
