"""Sphinx: the site, made of the pages of this folder and of the docstrings of what is public, by topic."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import troppoly as tp

API = Path(__file__).parent / "api"
os.environ["MATPLOTLIBRC"] = str(Path(__file__).parent / "matplotlibrc")  # for all folders

project = "troppoly"
author = "The troppoly authors"
version = release = tp.__version__
html_theme = "furo"
html_title = f"troppoly {version}"
html_show_copyright = False
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
extensions = ["sphinx.ext.autodoc", "myst_nb", "sphinx-mathjax-offline"]
exclude_patterns = ["_build", "experiments/README.md", "benchmarks/results.md", ".*", "**/.*"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_default_options = {"members": True}
add_module_names = add_function_parentheses = False
nitpicky = True
nitpick_ignore_regex = [(r"py:.*", r"(?!troppoly).*")]  # classes of other packages

myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "force"  # what is cached would not see changes of the package
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_merge_streams = True

TOPICS = {
    "polynomials": ("Tropical polynomials and polytopes", "polynomial polytope exact"),
    "networks": ("Networks", "network"),
    "regions": ("Complexes, cells and linear regions", "regions refinement complex"),
    "geometry": ("Geometry of regions", "geometry"),
    "integrals": ("Integrals", "integrals"),
    "divisors": ("Divisors and convexity", "divisors"),
    "topology": ("Topology of level sets", "topology"),
    "local": ("One cell at a time", "local data"),
    "counting": ("The census of a large complex", "counting"),
    "properties": ("Images, extrema and properties", "branching properties"),
    "comparing": ("Equality, redundancy, compression", "equivalence redundancy compression"),
    "parameters": ("Parameters", "parameters"),
    "hoffman": ("Hoffman constants", "hoffman"),
    "symmetry": ("Symmetry", "symmetry"),
    "bounds": ("Bounds and samples", "bounds sampling"),
    "files": ("Files for other programs", "export"),
    "pictures": ("Pictures", "plotting"),
    "errors": ("Errors", "errors"),
}
"""For every page of public names its title and the submodules whose names it has."""


def heading(text: str, underline: str) -> str:
    """Return a heading of reStructuredText."""
    return f"{text}\n{underline * len(text)}\n\n"


def place(value: Any) -> tuple[str, int]:
    """Where a public object is defined: its module, and the line there."""
    lines = Path(str(sys.modules[value.__module__].__file__)).read_text().splitlines()
    starts = (f"class {value.__name__}", f"def {value.__name__}")
    return value.__module__, next((i for i, line in enumerate(lines) if line.startswith(starts)), 0)


def write_api(app: Any) -> None:
    """Write the pages of public names, which autodoc fills; each name is on exactly one."""
    API.mkdir(exist_ok=True)
    submodules = {name for name in tp.__all__ if isinstance(getattr(tp, name), ModuleType)}
    if rest := submodules ^ {part for _, parts in TOPICS.values() for part in parts.split()}:
        raise ValueError(f"These submodules are public or on a page, not both: {sorted(rest)}")
    pages = "\n".join(f"   {page}" for page in TOPICS)
    index = heading("Public names", "=") + f".. toctree::\n   :hidden:\n\n{pages}\n\n"
    for page, (title, parts) in TOPICS.items():
        text, names, modules = heading(title, "="), [], {}
        for part in parts.split():
            owner = getattr(tp, part)
            for name in sorted(owner.__all__, key=lambda name: (name not in tp.__all__, *place(getattr(owner, name)))):
                value = getattr(owner, name)
                full = f"troppoly.{name}" if name in tp.__all__ else f"troppoly.{part}.{name}"
                names.append(full)
                modules[value.__module__] = None
                text += f".. auto{'class' if isinstance(value, type) else 'function'}:: {full}\n"
                own = [base for base in getattr(value, "__bases__", ()) if base.__module__.startswith("troppoly")]
                text += "   :show-inheritance:\n\n" if own else "\n"
            modules[f"troppoly.{part}"] = None
        told = [module for module in modules if "\n\n" in str(import_module(module).__doc__).strip()]
        if told:
            text += heading("Definitions and proofs", "-")
        for module in told:
            text += heading(module, "~") + f".. automodule:: {module}\n   :no-members:\n\n"
        (API / f"{page}.rst").write_text(text)
        listed = ", ".join(f":py:obj:`~{name}`" for name in names)
        index += f":doc:`{page}`\n   {listed}\n\n"
    (API / "index.rst").write_text(index)


def documented_name(app: Any, environment: Any, node: Any, content: Any) -> Any:
    """Resolve the name in the module that defines an object to the public one; what is not public gets no link."""
    parts = node.get("reftarget", "").split(".")
    if parts[0] != "troppoly":
        return None
    for n in range(len(parts), 0, -1):
        try:
            value: Any = import_module(".".join(parts[:n]))
        except ImportError:
            continue
        for name in parts[n:]:
            value = getattr(value, name, None)
        for owner in ("troppoly", ".".join(parts[:2])):
            found = environment.get_domain("py").resolve_xref(
                environment, node["refdoc"], app.builder, node["reftype"], ".".join([owner, *parts[n:]]), node, content
            )
            if found is not None and n < len(parts):
                return found
        return None if value is None else content
    return None


def plain_bars(app: Any, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Escape the bars of absolute values and cardinalities, which reStructuredText takes for substitutions."""
    example = False
    for i, line in enumerate(lines):
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if not example:
            parts = line.split("``")
            lines[i] = "``".join(part if j % 2 else part.replace("|", "\\|") for j, part in enumerate(parts))


def closed_examples(app: Any, page: str, source: list[str]) -> None:
    """Leave out the blank line that ends an example for doctest."""
    source[0] = source[0].replace("\n\n```\n", "\n```\n")


def setup(app: Any) -> None:
    """Connect the functions above, and let pages be read in parallel: MathJax offline only copies a folder."""
    offline = app.extensions["sphinx-mathjax-offline"]
    offline.parallel_read_safe = offline.parallel_write_safe = True
    app.connect("builder-inited", write_api)
    app.connect("source-read", closed_examples)
    app.connect("autodoc-process-docstring", plain_bars)
    app.connect("missing-reference", documented_name)
