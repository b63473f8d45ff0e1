"""Every source of functions with every question, against brute force in fractions.

The product is complete: a pair (source, question) is run on random functions, or it is listed in ``REFUSED``, where
the library has to say so, or in ``MEANINGLESS``, with the reason.  The seeds are 0, ..., CROSSING_SEEDS - 1
for every pair, by default 1; ``first:stop`` is a range of them.  About 10^5 cases are ``nox -s crossing``.
"""

import ast
import os
import random
import sys
from pathlib import Path

import pytest

import troppoly as tp
from tests.crossing import (  # noqa: F401
    algebra,
    bends,
    branching,
    cones,
    counting,
    definitions,
    dynamics,
    files,
    integrals,
    levels,
    local,
    parameters,
    piecewise,
    shapes,
    sources,
)
from tests.crossing.case import QUESTIONS, SOURCES

DEFAULT_SEEDS = "1"

TROPICAL = ("polynomial", "rational", "tropical_map", "tropical_on_a_domain", "degenerate_tropical")
OF_NETWORKS = (
    "tropicalize",
    "redundancy",
    "region_counts",
    "census",
    "functional_dimension",
    "same_parameters",
    "compression",
    "boundary",
    "sampling",
    "training_table",
    "arrays_of_the_network",
    "local_cells",
    "exploration",
    "segments",
    "points_of_data",
    "extrema",
    "preimages",
    "signs_of_units",
)
OF_COMPLEXES = (
    "faces",
    "lower_faces",
    "inscribed_balls",
    "arrays_of_the_complex",
    "copies_of_the_complex",
    "changed_arrays",
)

REFUSED = {
    **{(s, q): "It is asked of a network." for s in TROPICAL for q in OF_NETWORKS},
    **{
        ("partial", q): "A complex that a budget stopped is neither a function nor the complex of its network."
        for q in QUESTIONS
        if q not in OF_COMPLEXES
    },
}
MEANINGLESS = {
    **{(s, "false_maxima"): "A tropical function has no units." for s in TROPICAL},
    ("partial", "value"): "A complex has no values.",
    ("partial", "monomials"): "A complex has no monomials.",
    ("partial", "false_maxima"): "A complex is not made from places of units.",
    ("partial", "equivalence_with_a_rewritten_form"): "A complex has no other form.",
    ("partial", "equivalence_with_a_perturbed_one"): "A complex has no numbers to change.",
    ("partial", "copies_of_the_function"): "Copies of complexes are another question.",
}
REFUSED = {pair: reason for pair, reason in REFUSED.items() if pair not in MEANINGLESS}
RUN = [(s, q) for s in SOURCES for q in QUESTIONS if (s, q) not in REFUSED and (s, q) not in MEANINGLESS]


def seeds():
    first, _, stop = os.environ.get("CROSSING_SEEDS", DEFAULT_SEEDS).rpartition(":")
    return range(int(first or 0), int(stop))


def ask(source, question, seed):
    """One case; a failure says how to see it again."""
    rng = random.Random(f"{source} {question} {seed}")
    try:
        case = SOURCES[source](rng)
        QUESTIONS[question](case, rng)
    except Exception as error:
        test = sys._getframe(1).f_code.co_name
        error.add_note(
            f"Seed {seed}; again: CROSSING_SEEDS={seed}:{seed + 1} "
            f"python -m pytest 'tests/crossing/test_crossing.py::{test}[{source}-{question}]'"
        )
        raise


@pytest.mark.parametrize(("source", "question"), RUN)
def test_question(source, question):
    for seed in seeds():
        ask(source, question, seed)


@pytest.mark.parametrize(("source", "question"), list(REFUSED))
def test_refused(source, question):
    for seed in seeds():
        with pytest.raises(tp.TroppolyError):
            ask(source, question, seed)


def test_the_product_is_complete():
    assert len(RUN) + len(REFUSED) + len(MEANINGLESS) == len(SOURCES) * len(QUESTIONS)
    assert set(RUN) | REFUSED.keys() | MEANINGLESS.keys() == {(s, q) for s in SOURCES for q in QUESTIONS}
    assert {question for _, question in RUN} == QUESTIONS.keys()
    assert {source for source, _ in RUN} == SOURCES.keys()


@pytest.mark.parametrize("module", [cones, piecewise])
def test_the_oracle_imports_only_the_standard_library(module):
    tree = ast.parse(Path(module.__file__).read_text())
    names = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert {name for name in names if name.split(".")[0] not in sys.stdlib_module_names} <= {"tests.crossing.cones"}
