"""Linear programs by the Parma Polyhedra Library, through Sage: exact, without certificates."""

from __future__ import annotations

from collections.abc import Sequence

from gmpy2 import mpq

from troppoly.passagemath import load, to_mpq, to_sage_rational

__all__ = ["maximum"]


def maximum(objective: Sequence[mpq], rows: Sequence[Sequence[mpq]], right: Sequence[mpq]) -> mpq | str:
    """The maximum of <c, x> subject to A x <= b, or "infeasible" or "unbounded"."""
    mip = load("sage.numerical.mip")
    backend = load("sage.numerical.backends.generic_backend").get_solver(solver="PPL")
    n = len(objective)
    if n == 0:
        return mpq(0) if all(b >= 0 for b in right) else "infeasible"
    backend.add_variables(n, lower_bound=None)
    for row, b in zip(rows, right, strict=True):
        terms = [(j, to_sage_rational(mpq(a))) for j, a in enumerate(row) if a]
        if not terms:
            if b < 0:
                return "infeasible"
            continue
        backend.add_linear_constraint(terms, None, to_sage_rational(mpq(b)))
    backend.set_objective([to_sage_rational(mpq(c)) for c in objective])
    backend.set_sense(1)
    try:
        backend.solve()
    except mip.MIPSolverException as error:
        return "unbounded" if "unbounded" in str(error) else "infeasible"
    return to_mpq(backend.get_objective_value())
