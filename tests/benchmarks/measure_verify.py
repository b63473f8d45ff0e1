"""Answer for troppoly: which outputs of a network are the greatest somewhere in a small box, when asked (``answers``).

For every output it is decided whether "it is nowhere at least as great as the others" holds, with the parts of the box
that prove it, or is violated, with an exact point.  Linear programs are counted: those in floats, that only propose,
and exact ones.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import numpy as np
from answers import answer
from networks import start_point

from troppoly.branching import cut_boxes, domains, nodes, search
from troppoly.network import Network, load_network
from troppoly.properties import Property, Verdict, verify

PROGRAMS = Counter[str]()


def counted(kind: str, function: Any) -> Any:
    def call(*arguments: Any) -> Any:
        PROGRAMS[kind] += 1
        return function(*arguments)

    return call


def greatest(network: Network, j: int, half: float) -> Property:
    """That output j is nowhere in the box the greatest one."""
    d, n = network.n_inputs, network.n_outputs
    rows = []
    for i, x in enumerate(start_point(d)):
        axis = np.eye(d)[i].tolist()
        rows += [[*axis, *[0] * n, half - x], [*(-v for v in axis), *[0] * n, half + x]]
    others = [[0] * d + [int(i == j) - int(i == k) for i in range(n)] + [0] for k in range(n) if k != j]
    return Property(d, n, [rows + others])


def facts(verdicts: list[Verdict]) -> dict[str, Any]:
    programs = dict(PROGRAMS)
    return {
        "cells": sum(map(bool, verdicts)),
        "verdicts": [verdict.status for verdict in verdicts],
        "parts": sum(len(closed) for verdict in verdicts for closed in verdict.proof),
        "programs": programs,
    }


if __name__ == "__main__":
    network, half = load_network(sys.argv[1]), float(sys.argv[sys.argv.index("--box") + 1])
    for module in (domains, nodes, search):
        module.maximize = counted("exact", module.maximize)  # type: ignore[attr-defined]
    cut_boxes.CutBox._proposal = counted("floats", cut_boxes.CutBox._proposal)  # type: ignore[method-assign]

    def compute() -> list[Verdict]:
        PROGRAMS.clear()
        return [verify(network, greatest(network, j, half)) for j in range(network.n_outputs)]

    verify(network, greatest(network, 0, half / 1000))
    answer({}, compute, facts)
