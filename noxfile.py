"""Everything a contributor runs: ``nox`` runs the session ``check``; ``nox -l`` lists all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["check"]
nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = True

PROJECT = nox.project.load_toml("pyproject.toml")
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

COMPILE = """
import numpy as np
import troppoly as tp
from troppoly.refinement import pieces

pieces.PART_BYTES = 2**13  # several parts, whose common faces fill the tables
rng, shapes = np.random.default_rng(0), [(12, 3), (12, 12), (1, 12)]
weights, biases = [rng.normal(size=shape) for shape in shapes], [rng.normal(size=rows) for rows, _ in shapes]
print(tp.canonical_complex(tp.Network.from_arrays(weights, biases)))
"""


def install(session: nox.Session, *requirements: str, groups: Iterable[str]) -> None:
    """Install requirements and dependency groups at the tested versions.

    The pip that comes with Python may need three times as long to resolve them.  Python compiles what it imports, and
    keeps it: else every one of a hundred processes compiles torch and Sage anew.
    """
    session.env["PYTHONDONTWRITEBYTECODE"] = ""
    session.install("--no-compile", "-c", "constraints.txt", "pip")
    session.install(
        "--no-compile", "-c", "constraints.txt", *requirements, *nox.project.dependency_groups(PROJECT, *groups)
    )


def compile_refinement(session: nox.Session) -> None:
    """Call every compiled function once, so that processes that run at once need not all compile them."""
    session.run("python", "-c", COMPILE)


def run_tests(session: nox.Session) -> None:
    session.run("pytest", "-n", "auto", "--dist", "worksteal", *session.posargs, env=ONE_THREAD)


def run_lint(session: nox.Session) -> None:
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports", env={"PYTHONPATH": "."})


def run_types(session: nox.Session) -> None:
    session.run("mypy")


def run_docs(session: nox.Session) -> None:
    options = ["-q", "-j", "auto", "-W", "--keep-going", "-E", "-b", "html"]
    session.run("sphinx-build", *options, "tutorials", "tutorials/_build/html", env=ONE_THREAD, silent=True)


@nox.session
def check(session: nox.Session) -> None:
    """The sessions lint, types, tests and docs, in one environment that has what all of them need.

    No core waits: lint and types run beside the compilation, and the site, whose output is told if it fails, is made
    beside the tests.
    """
    install(session, "-e", ".[all]", groups=("test", "lint", "types", "docs"))
    failed = []

    def run(part: Callable[[nox.Session], None]) -> None:
        try:
            part(session)
        except nox.command.CommandFailed:
            failed.append(part.__name__.removeprefix("run_"))

    with ThreadPoolExecutor(1) as pool:
        compiling, documenting = [pool.submit(run, part) for part in (compile_refinement, run_docs)]
        run(run_lint)
        run(run_types)
        compiling.result()  # raises what is no failed command
        run(run_tests)
        documenting.result()
    if failed:
        session.error(f"Failed: {', '.join(failed)}.")


@nox.session
def tests(session: nox.Session) -> None:
    """The tests and the doctests, on all cores with one thread each; arguments go to pytest."""
    install(session, "-e", ".[all]", groups=["test"])
    compile_refinement(session)
    run_tests(session)


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff, and the import contracts of pyproject.toml."""
    install(session, groups=["lint"])
    run_lint(session)


@nox.session
def types(session: nox.Session) -> None:
    """Mypy, strict, on the package."""
    install(session, "-e", ".", groups=["types"])
    run_types(session)


@nox.session
def docs(session: nox.Session) -> None:
    """The site, into tutorials/_build/html, with every tutorial executed; warnings and cells that raise are errors."""
    install(session, "-e", ".[all]", groups=["docs"])
    compile_refinement(session)
    run_docs(session)


@nox.session
def oldest(session: nox.Session) -> None:
    """The tests on the oldest versions that pyproject.toml admits, last corrections; arguments go to pytest."""
    lower = [*PROJECT["project"]["dependencies"], *nox.project.dependency_groups(PROJECT, "test")]
    for extra in PROJECT["project"]["optional-dependencies"].values():
        lower += [requirement for requirement in extra if not requirement.startswith("troppoly[")]
    versions = Path(session.create_tmp()) / "oldest.txt"
    versions.write_text("".join(f"{requirement.replace('>=', '==')}.*\n" for requirement in lower))
    session.install("-c", str(versions), "-e", ".[all]", *nox.project.dependency_groups(PROJECT, "test"))
    compile_refinement(session)
    run_tests(session)


@nox.session
def oracles(session: nox.Session) -> None:
    """The tests against other systems; arguments go to pytest.

    gfan, Macaulay2, GUDHI and more of Sage are installed from PyPI.  polymake is not there for Linux and is taken from
    the system (apt-get install polymake), and OSCAR needs Julia: without it, its scripts are only parsed.
    """
    install(session, "-e", ".[sage,plot]", groups=["oracles"])
    if shutil.which("polymake") is None:
        session.warn("polymake is not installed: its tests are skipped.")
    arguments = session.posargs or ["tests/oracles", "tests/export", "-rs"]
    compile_refinement(session)
    session.run("pytest", *arguments, env={"OPENBLAS_NUM_THREADS": "1"})


@nox.session
def crossing(session: nox.Session) -> None:
    """About 10^5 random cases of tests/crossing, and many of all tests, on all cores; arguments go to pytest.

    CROSSING_SEEDS in the environment, a number or ``first:stop``, is the range of seeds of every pair.
    """
    install(session, "-e", ".[all]", groups=["test"])
    env = ONE_THREAD | {"CROSSING_SEEDS": os.environ.get("CROSSING_SEEDS", "200")}
    compile_refinement(session)
    session.run("pytest", "-n", "auto", "tests", *session.posargs, env=env)


@nox.session
def runs(session: nox.Session) -> None:
    """Long runs whose processes, workers and schedulers are killed, 20 times each; arguments go to pytest."""
    install(session, "-e", ".[all]", groups=["test"])
    compile_refinement(session)
    session.run("pytest", "tests/counting", *session.posargs, env=ONE_THREAD | {"RUN_KILLS": "20"})


@nox.session
def onnx_backend(session: nox.Session) -> None:
    """The backend tests of the ONNX project for our operators, on all cores; arguments go to pytest."""
    install(session, "-e", ".[all]", groups=["test"])
    compile_refinement(session)
    session.run("pytest", "-n", "auto", "tests/onnx_backend/test_onnx_backend.py", *session.posargs, env=ONE_THREAD)


@nox.session
def bench(session: nox.Session) -> None:
    """The benchmarks, beside peers on PyPI and an earlier commit; arguments go to bench.py (try --help)."""
    session.install("-c", "constraints.txt", "-e", ".[torch,plot]")
    session.run("python", "tests/benchmarks/bench.py", *session.posargs)
