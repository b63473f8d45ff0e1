"""How networks are divided: it is part of what decides a run, so a change of it is a change of the run."""

from __future__ import annotations

from hashlib import sha256

import troppoly as tp
from tests.counting.test_beginnings import random_network
from troppoly.counting.work import DIVISION, Work


def divided(work: Work) -> list[object]:
    """What all tasks do, in the order of their paths."""
    found, waiting = dict[tuple[int, ...], object](), [()]
    while waiting:
        result = work.run(waiting.pop())
        waiting += result.children
        found[result.path] = result.children, result.parts, result.tallies["counts"]["faces"].tolist()
    return sorted(found.items())


def test_the_digest_of_the_division() -> None:
    """If this fails, and the division is meant to be another one, give DIVISION what is found here."""
    resonance = tp.hyperplane_arrangement([[i >> j & 1 for j in range(4)] for i in range(1, 16)])
    works = [
        Work.of(random_network(2, 9, 9, 1), None, (), 3000, 3),
        Work.of(random_network(3, 7, 7, 7, 1), None, (), 40000, 8),
        Work.of(random_network(3, 6, 6, 1), [(-1, "1/2")] * 3, (), 900, 4),
        Work.of(random_network(20, 7, 1), None, (), 20000, 8),
        Work.of(resonance, None, (), 4000, 2),
        Work.of(random_network(2, 60, 60, 1), None, (), 2**18, 8),
        Work.of(random_network(3, 24, 24, 1), None, (), 2**20, 8),
    ]
    found = [divided(work) for work in works]
    assert min(len(tasks) for tasks in found) > 1
    assert sha256(repr(found).encode()).hexdigest()[:16] == DIVISION


def test_it_is_part_of_what_a_run_is() -> None:
    assert Work.of(random_network(2, 3, 1)).description()["division"] == DIVISION
