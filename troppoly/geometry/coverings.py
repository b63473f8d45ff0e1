r"""Whether polyhedra cover a space: a point that is in none of them.

A part of R^m is divided at the facets of a polyhedron that contains one of its inner points, which removes that
polyhedron from the list of all; an inner point that lies in none is missed.  Polyhedra of lower dimension do not matter
for whether all is covered, as the others are closed; a point that is missed is moved out of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, count
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.complex.polyhedral_complex import Face
from troppoly.errors import BudgetError, counted
from troppoly.exact import RationalMatrix
from troppoly.exact.linear_program import strict_solution
from troppoly.exact.scalar import ObjectArray
from troppoly.passagemath import equation_rows, facet_rows, polyhedron

__all__ = ["generators_of_image", "image_of_cell", "missed_point"]

Point = tuple[mpq, ...]


def generators_of_image(cell: Face, form: ObjectArray) -> tuple[ObjectArray, ObjectArray, ObjectArray]:
    """Return (n, m) points, rays and lines that generate the image of a cell under A x + b, for (A | b)."""
    vertices, rays, lines = (
        np.array(part, dtype=object).reshape(len(part), form.shape[1] - 1) @ form[:, :-1].T
        for part in (cell.vertices(), cell.rays(), cell.lines())
    )
    return vertices + form[:, -1], rays, lines


def image_of_cell(cell: Face, form: ObjectArray) -> Any:
    """Return the image of a cell under A x + b, for the (m, d + 1) matrix (A | b), as a passagemath ``Polyhedron``."""
    points, *directions = generators_of_image(cell, form)
    return polyhedron(points, *(part[(part != 0).any(axis=1)] for part in directions), ambient_dim=len(form))


def missed_point(images: Sequence[Any], m: int, max_programs: int | None = None) -> Point | None:
    """Return a point of R^m that is in none of some polyhedra, or None if there is none.

    Raises BudgetError if that would take more than ``max_programs`` linear programs.

    >>> left, right = (polyhedron([[c]], rays=[[c]], ambient_dim=1) for c in (-1, 1))
    >>> missed_point([left, right], 1), missed_point([left, right, polyhedron([[-1], [2]], ambient_dim=1)], 1)
    ((mpq(0,1),), None)
    """
    thick = [facet_rows(image) for image in images if image.dim() == m]
    waiting = [(np.zeros((0, m + 1), dtype=object), list(range(len(thick))))]
    programs = 0
    while waiting:
        part, left = waiting.pop()
        programs += 1
        if max_programs is not None and programs > max_programs:
            raise BudgetError(f"More than {counted(max_programs, 'linear program')} would be needed.")
        found = (
            strict_solution(RationalMatrix.from_rationals(-part[:, 1:]), list(part[:, 0]))
            if len(part)
            else (mpq(0),) * m
        )
        if found is None:
            continue
        y = np.array(found, dtype=object)
        around = next((i for i in left if (thick[i][:, 1:] @ y + thick[i][:, 0] >= 0).all()), None)
        if around is None:
            thin = [image for image in images if image.dim() < m]
            return _outside(y, part, [thick[i] for i in left], thin)
        rest = [i for i in left if i != around]
        for facet in thick[around]:
            waiting.append((np.concatenate([part, -facet[None]]), rest))
            part = np.concatenate([part, facet[None]])
    return None


def _outside(y: ObjectArray, part: ObjectArray, thick: Sequence[ObjectArray], thin: Sequence[Any]) -> Point:
    """A point near y in the interior of a part, and in no polyhedron, as y is in no thick one.

    On a curve of degree m only finitely many points lie in the hyperplanes of thin ones.
    """
    flat = [(facet_rows(image), equation_rows(image)) for image in thin]
    for t in chain([mpq(0)], (mpq(1, k) for k in count(2))):
        z = np.array([mpq(1), *(v + t ** (j + 1) for j, v in enumerate(y))], dtype=object)
        inside = (part @ z > 0).all() and not any((rows @ z >= 0).all() for rows in thick)
        if inside and not any((rows @ z >= 0).all() and not (equations @ z).any() for rows, equations in flat):
            return tuple(z[1:])
    raise AssertionError("There are only finitely many of them.")
