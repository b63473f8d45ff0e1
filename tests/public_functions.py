"""The public functions of troppoly, by name."""

import inspect
from types import ModuleType

import troppoly as tp


def of_name(name):
    value = tp
    for part in name.split("."):
        value = getattr(value, part)
    return value


def public_functions():
    """The names of the flat ones, and of those that submodules have beside them."""
    names = {name for name in tp.__all__ if inspect.isfunction(getattr(tp, name))}
    for part in (name for name in tp.__all__ if isinstance(getattr(tp, name), ModuleType)):
        owner = getattr(tp, part)
        others = set(owner.__all__) - set(tp.__all__)
        names |= {f"{part}.{name}" for name in others if inspect.isfunction(getattr(owner, name))}
    return names
