"""Every public name has an example, which the doctests run, and there are not too many to read."""

import inspect
from pathlib import Path
from types import ModuleType

import pytest

import troppoly as tp

SUBMODULES = [name for name in tp.__all__ if isinstance(getattr(tp, name), ModuleType)]
FLAT = sorted(set(tp.__all__) - set(SUBMODULES))


@pytest.mark.parametrize(
    ("owner", "name"),
    [(tp, name) for name in FLAT]
    + [(getattr(tp, part), name) for part in SUBMODULES for name in getattr(tp, part).__all__],
)
def test_every_public_name_has_an_example(owner: ModuleType, name: str) -> None:
    assert ">>> " in (inspect.getdoc(getattr(owner, name)) or "")


def test_flat_names_are_few_and_public_in_their_submodules() -> None:
    assert len(FLAT) <= 60
    assert set(FLAT) <= {name for part in SUBMODULES for name in getattr(tp, part).__all__}


def test_no_module_has_the_name_of_a_public_function() -> None:
    """Else an import of the module would put it over the function."""
    for part in SUBMODULES:
        owner = getattr(tp, part)
        modules = (
            {path.stem for path in Path(str(owner.__file__)).parent.glob("*.py")}
            if hasattr(owner, "__path__")
            else set()
        )
        assert modules.isdisjoint(owner.__all__)
