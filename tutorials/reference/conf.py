"""Sphinx: the reference of the package, one page for every layer, from the docstrings."""

from __future__ import annotations

import tomllib
from importlib import import_module
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PACKAGE = ROOT / "troppoly"
REFERENCE = HERE / "reference"

project = "troppoly"
author = "The troppoly authors"
version = release = installed_version("troppoly")
html_theme = "furo"
html_title = f"troppoly {version}"
extensions = ["sphinx.ext.autodoc"]
exclude_patterns = ["_build"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_default_options = {"members": True, "show-inheritance": True}
add_module_names = False
nitpicky = True
nitpick_ignore_regex = [(r"py:.*", r"(?!troppoly).*")]  # classes of other packages

HEADING = {1: "=", 2: "-"}


def heading(text: str, level: int) -> str:
    """Return a heading of reStructuredText."""
    return f"{text}\n{HEADING[level] * len(text)}\n\n"


def layers() -> list[str]:
    """Return the packages and modules of the package from the bottom up, as the import contract lists them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (rows,) = (contract["layers"] for contract in contracts if contract["id"] == "layers")
    names = [name.strip(" ()") for row in reversed(rows) for name in row.split("|")]
    return [name for name in names if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()]


def write_reference(app: Any) -> None:
    """Write the pages of the layers, which autodoc fills."""
    REFERENCE.mkdir(exist_ok=True)
    for page in REFERENCE.glob("*.rst"):
        page.unlink()
    for layer in layers():
        name = f"troppoly.{layer}"
        text = heading(name, 1)
        modules = sorted((PACKAGE / layer).glob("[!_]*.py"))
        if modules:
            text += f".. automodule:: {name}\n   :no-members:\n\n"
            for module in modules:
                text += heading(f"{name}.{module.stem}", 2) + f".. automodule:: {name}.{module.stem}\n\n"
        else:
            text += f".. automodule:: {name}\n\n"
        (REFERENCE / f"{layer}.rst").write_text(text)
    pages = "\n".join(f"   {layer}" for layer in layers())
    (REFERENCE / "index.rst").write_text(
        heading("Reference", 1)
        + "The layers of the package from the bottom up: each imports from those above it in this list.\n"
        + "The names that are public are those of ``dir(troppoly)``.\n\n"
        + f".. toctree::\n   :maxdepth: 1\n\n{pages}\n"
    )


def exported_name(app: Any, environment: Any, node: Any, content: Any) -> Any:
    """Resolve the name by which a package exports an object to the module that documents it."""
    package, _, name = node.get("reftarget", "").rpartition(".")
    for owner, member in ((package, name), (package.rpartition(".")[0], package.rpartition(".")[2])):
        try:
            value = getattr(import_module(owner), member)
        except (AttributeError, ImportError, ValueError):
            continue
        if hasattr(value, "__qualname__"):
            path = [value.__module__, value.__qualname__] + ([] if owner == package else [name])
            return environment.get_domain("py").resolve_xref(
                environment, node["refdoc"], app.builder, node["reftype"], ".".join(path), node, content
            )
    return None


def plain_bars(app: Any, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Escape the bars of absolute values and cardinalities, which reStructuredText takes for substitutions."""
    example = False
    for i, line in enumerate(lines):
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if not example:
            parts = line.split("``")
            lines[i] = "``".join(part if j % 2 else part.replace("|", "\\|") for j, part in enumerate(parts))


def setup(app: Any) -> None:
    """Connect the functions above."""
    app.connect("builder-inited", write_reference)
    app.connect("autodoc-process-docstring", plain_bars)
    app.connect("missing-reference", exported_name)
