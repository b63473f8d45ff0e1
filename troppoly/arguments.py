"""Arguments of the wrong kind, told by the annotations: a network where regions are wanted, a string where a number is.

What an annotation does not say (shapes, signs) a function checks itself.
"""

from __future__ import annotations

import inspect
import os
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from itertools import chain, takewhile
from math import inf
from numbers import Real
from operator import index, is_
from typing import Annotated, Any, BinaryIO, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from troppoly.errors import InputError, kind_of, shown, with_article

__all__ = ["Natural", "Norm", "NormOrTwo", "Positive", "Seconds", "Such", "checked"]


@dataclass(frozen=True, slots=True)
class Such:
    """In annotations: only what ``holds`` of, called ``name`` in messages (with its article), and its ``limit``."""

    name: str
    holds: Callable[[Any], bool]
    limit: str = ""


Natural = Annotated[int, Such("a nonnegative integer", lambda n: 0 <= n < 2**31, " below 2^31")]
Positive = Annotated[int, Such("a positive integer", lambda n: 1 <= n < 2**31, " below 2^31")]
Seconds = Annotated[float, Such("a nonnegative number", lambda seconds: seconds >= 0)]
Norm = Annotated[float, Such("1 or math.inf", lambda p: p in (1, inf))]
"""The norms in which everything is rational."""
NormOrTwo = Annotated[float, Such("1, 2 or math.inf", lambda p: p in (1, 2, inf))]
"""These and the Euclidean norm."""

T = TypeVar("T", bound=Callable[..., Any])

_SEQUENCES = (Sequence, tuple, list)
_MEASURED = (float, Iterable, BinaryIO)
"""Of these not every instance is of the kind, or not only instances are."""
_NAMES: dict[Any, str] = {
    int: "integer",
    float: "real number",
    str: "string",
    bool: "True or False",
    type(None): "None",
    Sequence: "sequence",
    tuple: "sequence",
    list: "sequence",
    Iterable: "sequence",
    Mapping: "mapping",
    Callable: "function",
    os.PathLike: "path",
    BinaryIO: "file",
}


def checked(target: T) -> T:
    """Let a function, or the constructor of a class, raise InputError for arguments that do not fit its annotations.

    Not checked are ``Any`` and arrays.  ``int`` is what ``operator.index`` takes but truth values, and comes as an
    integer of Python's, which does not overflow; ``float`` is any real number, and a sequence (tuple, list) whatever
    has a length and an order, such as an array, but a string.

    >>> @checked
    ... def repeated(word: str, times: Sequence[int]) -> list[str]:
    ...     return [word * n for n in times]
    >>> repeated("la", [2])
    ['lala']
    >>> repeated("la", [1.5])
    Traceback (most recent call last):
    ...
    troppoly.errors.InputError: The argument 'times' of repeated must be a sequence of integers; it contains 1.5.
    """
    if isinstance(target, type):
        target.__init__ = checked(target.__init__)  # type: ignore[misc]
        return target
    function: Callable[..., Any] = target

    @wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        names, classes = _instances(function)
        for name, value in chain(zip(names, arguments, strict=False), options.items()):
            if not isinstance(value, classes.get(name, object)) or (isinstance(value, int) and type(value) is not int):
                return _with_converted(function, arguments, options)
        return function(*arguments, **options)

    return call  # type: ignore[return-value]


def _with_converted(function: Callable[..., Any], arguments: Iterable[Any], options: Mapping[str, Any]) -> Any:
    """The result of a function for arguments that are not all, plainly, of the kinds that it takes as they are."""
    signature, hints = _hints(function)
    try:
        bound = signature.bind(*arguments, **options)
    except TypeError:  # a missing argument, or one too many: Python says so
        return function(*arguments, **options)
    given = bound.arguments
    for name, kinds in hints.items():
        if name not in given:
            continue
        kind = next((kind for kind in kinds if _fits(given[name], kind)), None)
        if kind is None:
            *others, last = dict.fromkeys(map(_words, kinds))
            raise InputError(
                f"The argument {name!r} of {function.__qualname__.removesuffix('.__init__')} must be "
                f"{', '.join(others)}{' or ' * bool(others)}{last}{_objection(given[name], kinds)}."
            )
        given[name] = _with_integers(given[name], kind)
    return function(*bound.args, **bound.kwargs)


@cache
def _instances(function: Callable[..., Any]) -> tuple[tuple[str, ...], dict[str, tuple[type, ...]]]:
    """The names of positional arguments, and for those that are checked the classes whose instances stay what they are.

    Of a union these are the first members that are classes without parts, and None: no other member takes it.
    """
    signature, hints = _hints(function)
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = tuple(name for name, parameter in signature.parameters.items() if parameter.kind in positional)
    classes = {}
    for name, kinds in hints.items():
        plain = tuple(takewhile(lambda kind: isinstance(kind, type) and kind not in (*_SEQUENCES, *_MEASURED), kinds))
        classes[name] = plain if type(None) not in kinds or type(None) in plain else (*plain, type(None))
    return names, classes


@cache
def _hints(function: Callable[..., Any]) -> tuple[inspect.Signature, dict[str, tuple[Any, ...]]]:
    """The signature, and for every argument that can be checked the kinds that it may have."""
    signature, hints = inspect.signature(function), get_type_hints(function, include_extras=True)
    kinds = {}
    for name, parameter in signature.parameters.items():
        if name in hints and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            found = _alternatives(hints[name])
            if all(map(_can_be_checked, found)):
                kinds[name] = found
    return signature, kinds


def _alternatives(hint: Any) -> tuple[Any, ...]:
    """The members of a union (Python keeps unions flat)."""
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def _can_be_checked(kind: Any) -> bool:
    plain = get_origin(kind) or kind
    return plain in (Literal, Annotated) or (isinstance(plain, type) and plain not in (Any, object, np.ndarray, type))


def _items(kind: Any) -> tuple[Any, ...]:
    """The kinds of the items of a sequence, if these are to be checked."""
    if get_origin(kind) not in _SEQUENCES or _length(kind):
        return ()
    items = _alternatives(get_args(kind)[0])
    return items if all(map(_can_be_checked, items)) else ()


def _length(kind: Any) -> int:
    """The length of a tuple that has one, else 0."""
    return len(get_args(kind)) if get_origin(kind) is tuple and Ellipsis not in get_args(kind) else 0


def _fits(value: Any, kind: Any) -> bool:
    plain = get_origin(kind) or kind
    if plain is Any:
        return True
    if plain is Annotated:
        base, *conditions = get_args(kind)
        return _fits(value, base) and all(such.holds(value) for such in conditions)
    if plain is Literal:
        return any(type(value) is type(choice) and value == choice for choice in get_args(kind))
    if plain is BinaryIO:
        return hasattr(value, "read") or hasattr(value, "write")
    if plain is Iterable:
        return hasattr(value, "__iter__") and not isinstance(value, (str, bytes))
    if plain in _SEQUENCES:
        ordered = hasattr(value, "__len__") and hasattr(value, "__getitem__")
        if not ordered or isinstance(value, (str, bytes, Mapping)):
            return False
        return _length(kind) in (0, len(value)) and not _wrong_items(value, kind)
    if plain is int:
        try:
            return not isinstance(value, bool) and index(value) is not None
        except TypeError:
            return False
    return isinstance(value, Real) and not isinstance(value, bool) if plain is float else isinstance(value, plain)


def _with_integers(value: Any, kind: Any) -> Any:
    """A value that fits, with Python's integers for those of NumPy and others."""
    plain = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if plain is int:
        return index(value)
    items = _items(plain)
    if len(items) != 1:
        return value
    converted = [_with_integers(item, items[0]) for item in value]
    if all(map(is_, converted, value)):
        return value
    return tuple(converted) if get_origin(plain) is tuple else converted


def _wrong_items(value: Any, kind: Any) -> list[Any]:
    """The items of a sequence that do not fit."""
    kinds = _items(kind)
    return [item for item in value if not any(_fits(item, k) for k in kinds)] if kinds else []


def _objection(value: Any, kinds: tuple[Any, ...]) -> str:
    """What is wrong: the first item that does not fit, or the value."""
    for kind in kinds:
        if _items(kind) and _fits(value, get_origin(kind)):
            return f"; it contains {_shown(_wrong_items(value, kind)[0])}"
    if isinstance(value, str) and len(value) < 30 and any(get_origin(kind) is Literal for kind in kinds):
        return f", not {value!r}"
    return f", not {_shown(value)}"


def _words(kind: Any, several: bool = False) -> str:
    plain = get_origin(kind) or kind
    if plain is Literal:
        return " or ".join(map(repr, get_args(kind)))
    if plain is Annotated:
        such = get_args(kind)[1]
        return f"{such.name.removeprefix('a ')}s{such.limit}" if several else f"{such.name}{such.limit}"
    name = _NAMES.get(plain) or plain.__name__
    fixed = name in ("None", "True or False")
    if several and not fixed:
        name += "s"
    if length := _length(kind):
        name += f" of {length}"
    elif (items := _items(kind)) and not several:
        name += f" of {' or '.join(_words(item, several=True) for item in items)}"
    return name if fixed or several else with_article(name)


def _shown(value: Any) -> str:
    """A number as it is, anything else by its type."""
    if value is None or isinstance(value, (bool, int, float)):
        return shown(value)
    return kind_of(value)
