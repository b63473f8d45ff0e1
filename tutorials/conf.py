"""Sphinx: the site, made of the pages of this folder and of the docstrings of what is public, by topic."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.metadata import version as installed_version
from pathlib import Path
from types import ModuleType
from typing import Any

import troppoly as tp
import troppoly.plotting

API = Path(__file__).parent / "api"
os.environ["MATPLOTLIBRC"] = str(Path(__file__).parent / "matplotlibrc")  # for all folders

project = "troppoly"
author = "The troppoly authors"
version = release = installed_version("troppoly")
html_theme = "furo"
html_title = f"troppoly {version}"
html_show_copyright = False
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
extensions = ["sphinx.ext.autodoc", "myst_nb", "sphinx-mathjax-offline"]
exclude_patterns = ["_build", "experiments/README.md", ".*", "**/.*"]

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
    "polynomials": (
        "Tropical polynomials and polytopes",
        "polynomial polytope exact",
        "polytope.minkowski_sum polytope.hull_of_union polytope.dilation polytope.lifted_points exact.CertifiedNumber",
    ),
    "networks": ("Networks", "network circuit", ""),
    "regions": ("Complexes, cells and linear regions", "regions refinement complex", ""),
    "geometry": (
        "Geometry of regions",
        "geometry",
        "geometry.Ball geometry.CellWall geometry.CellWalls geometry.LipschitzConstant geometry.Subcomplex "
        "geometry.Table geometry.facet_inequalities geometry.operator_norm",
    ),
    "comparing": (
        "Equality, redundancy, compression",
        "equivalence redundancy compression",
        "compression.CompressionCertificate compression.Rounding redundancy.MonomialCounts redundancy.RedundantUnit",
    ),
    "hoffman": ("Hoffman constants", "hoffman", "hoffman.CellSystem hoffman.EffectiveRadiusBound"),
    "symmetry": ("Symmetry", "symmetry", "symmetry.ReflectionOrbits"),
    "bounds": ("Bounds and samples", "bounds sampling", ""),
    "files": ("Files for other programs", "export", "export.to_sage_complex"),
    "pictures": ("Pictures", "", " ".join(f"plotting.{name}" for name in troppoly.plotting.__all__)),
    "errors": ("Errors", "errors", ""),
}
"""For every page of public names its title, the packages whose public names it has, and names beside these."""


def heading(text: str, underline: str) -> str:
    """Return a heading of reStructuredText."""
    return f"{text}\n{underline * len(text)}\n\n"


def public(name: str) -> Any:
    """Return a public object of the package."""
    value = getattr(tp, name)
    return getattr(value, name) if isinstance(value, ModuleType) else value


def write_api(app: Any) -> None:
    """Write the pages of public names, which autodoc fills; each name is on exactly one."""
    API.mkdir(exist_ok=True)
    rest = set(tp.__all__)
    pages = "\n".join(f"   {page}" for page in TOPICS)
    index = heading("Public names", "=") + f".. toctree::\n   :hidden:\n\n{pages}\n\n"
    for page, (title, packages, others) in TOPICS.items():
        names = sorted(
            (name for name in rest if package(public(name)) in packages.split()),
            key=lambda name: (packages.index(package(public(name))), *place(name)),
        )
        rest.difference_update(names)
        text = heading(title, "=")
        for full in [f"troppoly.{name}" for name in names + others.split()]:
            owner, _, name = full.rpartition(".")
            value = public(name) if owner == "troppoly" else getattr(import_module(owner), name)
            text += f".. auto{'class' if isinstance(value, type) else 'function'}:: {full}\n"
            own = [base for base in getattr(value, "__bases__", ()) if base.__module__.startswith("troppoly")]
            text += "   :show-inheritance:\n\n" if own else "\n"
        modules = dict.fromkeys(public(name).__module__ for name in names)
        if page == "pictures":
            modules = {"troppoly.plotting": None}
        told = [module for module in modules if "\n\n" in str(import_module(module).__doc__).strip()]
        if told:
            text += heading("Definitions and proofs", "-")
        for module in told:
            text += heading(module, "~") + f".. automodule:: {module}\n   :no-members:\n\n"
        (API / f"{page}.rst").write_text(text)
        listed = ", ".join(f":py:obj:`~troppoly.{name}`" for name in names + others.split())
        index += f":doc:`{page}`\n   {listed}\n\n"
    if rest:
        raise ValueError(f"These public names are on no page: {sorted(rest)}")
    (API / "index.rst").write_text(index)


def package(value: Any) -> str:
    """The package of troppoly that an object is of."""
    return str(value.__module__).split(".")[1]


def place(name: str) -> tuple[bool, str, int]:
    """Where a public object is defined: the module that is called as its package comes first."""
    module = public(name).__module__
    lines = Path(str(sys.modules[module].__file__)).read_text().splitlines()
    starts = (f"class {name}", f"def {name}")
    line = next((i for i, line in enumerate(lines) if line.startswith(starts)), 0)
    return module != f"troppoly.{package(public(name))}.{package(public(name))}", module, line


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
                environment,
                node["refdoc"],
                app.builder,
                node["reftype"],
                ".".join([owner, *parts[n:]]),
                node,
                content,
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
    """Connect the functions above."""
    app.connect("builder-inited", write_api)
    app.connect("source-read", closed_examples)
    app.connect("autodoc-process-docstring", plain_bars)
    app.connect("missing-reference", documented_name)
