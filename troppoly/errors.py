"""The exceptions of troppoly, raised where bad input enters.

Every message is a full sentence that says what was wrong and where (the layer, the shape, the index), and every class
derives from the built-in exception that one would catch, too.  Long numbers are cut here; what a caller handed over is
written by :func:`shown`.
"""

from __future__ import annotations

import re
from importlib import import_module
from reprlib import Repr
from typing import Any

__all__ = [
    "BudgetError",
    "EmptyDomainError",
    "FileFormatError",
    "InputError",
    "MissingDependencyError",
    "NotFiniteError",
    "ShapeError",
    "StoppedError",
    "TroppolyError",
    "UnboundedError",
    "UnsupportedError",
]


class TroppolyError(Exception):
    """The base of all errors that troppoly raises on purpose.

    >>> InputError(f"There is no unit {10**100}.")
    InputError('There is no unit 1000000000...(101 digits).')
    """

    def __init__(self, message: str = "") -> None:
        text = re.sub(r"[0-9]{40,}", lambda run: f"{run[0][:10]}...({len(run[0])} digits)", message)
        super().__init__(text if len(text) <= 2000 else f"{text[:1000]} ... {text[-1000:]}")


class InputError(TroppolyError, ValueError):
    """An argument is not what the function is defined on.

    >>> import troppoly as tp
    >>> tp.TropicalPolynomial({})
    Traceback (most recent call last):
    ...
    troppoly.errors.InputError: The terms need at least one monomial; TropicalPolynomial.zero(d) has none.
    """


class ShapeError(InputError):
    """An array has the wrong number of axes, or a length that does not fit.

    >>> import troppoly as tp
    >>> tp.Network.from_arrays([[[1, 0]]])((1, 2, 3))
    Traceback (most recent call last):
    ...
    troppoly.errors.ShapeError: The point has 3 entries where 2 are needed.
    """


class NotFiniteError(InputError):
    """A number is NaN or infinite, so it is not rational.

    >>> import troppoly as tp
    >>> tp.rational(float("nan"))
    Traceback (most recent call last):
    ...
    troppoly.errors.NotFiniteError: The value is nan, which is not a rational number.
    """


class EmptyDomainError(InputError):
    """A domain is empty or not full-dimensional.

    >>> import troppoly as tp
    >>> tp.linear_regions(tp.Network.from_arrays([[[1, 0], [0, 1]]]), domain=[(0, 1), (2, 2)])
    Traceback (most recent call last):
    ...
    troppoly.errors.EmptyDomainError: The domain is a box without interior: from 2 to 2 in coordinate 1.
    """


class FileFormatError(InputError):
    """A file is truncated, malformed, or not of the format that its name says.

    >>> import troppoly as tp
    >>> tp.load_network("no-such-file.npz")
    Traceback (most recent call last):
    ...
    troppoly.errors.FileFormatError: no-such-file.npz: No such file or directory.
    """


class UnsupportedError(TroppolyError, NotImplementedError):
    """A module or operator is not piecewise linear, or not supported; it is named with its place.

    >>> import troppoly as tp
    >>> cell = tp.linear_regions(tp.TropicalPolynomial({(1,): 0, (0,): 0})).cells[0]
    >>> cell.activation
    Traceback (most recent call last):
    ...
    troppoly.errors.UnsupportedError: These regions are not those of the canonical complex of a network.
    """


class UnboundedError(TroppolyError, ValueError):
    """A finite quantity was asked of an unbounded set.

    >>> import troppoly as tp
    >>> tp.linear_regions(tp.Network.from_arrays([[[1, 0], [0, 1]]]))[0].diameter()
    Traceback (most recent call last):
    ...
    troppoly.errors.UnboundedError: Linear region 0: 1 cell, unbounded has no finite diameter.
    """


class BudgetError(TroppolyError):
    """A computation reached its budget; ``partial`` is what was finished before (made when asked for), or None.

    >>> BudgetError("too many cells", partial=lambda: 7).partial
    7
    """

    def __init__(self, message: str, partial: Any = None) -> None:
        super().__init__(message)
        self._partial = partial

    @property
    def partial(self) -> Any:
        """What was finished before."""
        if callable(self._partial):
            self._partial = self._partial()
        return self._partial

    def __reduce__(self) -> Any:
        return type(self), (str(self), self.partial)


class StoppedError(TroppolyError, RuntimeError):
    """A long run came to an end before it was done: the disk is full, or the cluster is gone.

    What was finished stays in the run's directory, and the same call goes on from there.

    >>> raise StoppedError("run/tasks/121.npz: No space left on device.")
    Traceback (most recent call last):
    ...
    troppoly.errors.StoppedError: run/tasks/121.npz: No space left on device.
    """


class MissingDependencyError(TroppolyError, ImportError):
    """An optional package is not installed; the message names the extra that brings it.

    >>> from troppoly.errors import require
    >>> require("no_such_module", extra="graph")
    Traceback (most recent call last):
    ...
    troppoly.errors.MissingDependencyError: This needs the package 'no_such_module': pip install 'troppoly[graph]'.
    """


class _Short(Repr):
    """Python refuses to write integers beyond 4300 digits."""

    maxstring = maxother = 60

    def repr_int(self, value: int, level: int) -> str:
        bits = value.bit_length()
        return repr(value) if bits < 200 else f"an integer of {bits} bits"


def shown(value: Any) -> str:
    """Return the repr of a value for a message, cut where it is long.

    >>> shown("a"), shown((10**5000, 1)), shown([0] * 10**6)
    ("'a'", '(an integer of 16610 bits, 1)', '[0, 0, 0, 0, 0, 0, ...]')
    """
    return _Short().repr(value)


def counted(n: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "entry"), counted(2, "entry"), counted(0, "vertex")
    ('1 entry', '2 entries', '0 vertices')
    """
    several = {"entry": "entries", "vertex": "vertices", "class": "classes"}.get(noun, f"{noun}s")
    return f"{n} {noun if n == 1 else several}"


def with_article(name: str) -> str:
    """Return a noun with its article, such as "an int"."""
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"


def kind_of(value: Any) -> str:
    """Return the type of a value, with its article.

    >>> kind_of(3), kind_of([])
    ('an int', 'a list')
    """
    return with_article(type(value).__name__)


def needed(n: Any) -> str:
    """Return "1 is needed" or "2 are needed"."""
    text = shown(n)
    return f"{text} {'is' if text == '1' else 'are'} needed"


def require(module: str, extra: str) -> Any:
    """Return an optional module, or raise MissingDependencyError, which says which extra installs it.

    >>> require("json", extra="torch").dumps(1)
    '1'
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingDependencyError(f"This needs the package {package!r}: pip install 'troppoly[{extra}]'.") from error
