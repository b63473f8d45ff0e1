"""Every public name has an example, which the doctests run."""

import inspect
from types import ModuleType

import pytest

import troppoly as tp


@pytest.mark.parametrize("name", tp.__all__)
def test_every_public_name_has_an_example(name: str) -> None:
    value = getattr(tp, name)
    if isinstance(value, ModuleType):  # pytest puts a module over the function of the same name
        value = getattr(value, name)
    assert ">>> " in (inspect.getdoc(value) or "")
