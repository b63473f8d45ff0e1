"""JSON files with exact rational numbers, written and read back equal.

A file holds one object.  Its members ``format`` and ``version`` (the number 3) tell what the others are:

``"troppoly.function"``
    A network, tropical polynomial, rational function or map (:mod:`troppoly.export.json_functions`).
``"troppoly.linear-regions"``
    Linear regions, perhaps with the monomials of the function (:mod:`troppoly.export.json_regions`).

``digest`` is the SHA-256 digest of all other members (:func:`troppoly.network.json_network.with_digest`), so that what
is read is what was written; it may be left out.  Every rational number is a string ``"p"`` or ``"p/q"`` in decimal
digits, so nothing is rounded and any JSON reader can take the file.  Reading runs no code and allocates memory in
proportion to the size of the file, which is limited; what a file claims is checked, as the modules above say.
"""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import Any

from troppoly.arguments import checked
from troppoly.errors import FileFormatError, InputError
from troppoly.export.json_functions import function_at, function_value
from troppoly.export.json_regions import RegionsDocument, regions_at, regions_value
from troppoly.network.json_network import FUNCTION, REGIONS, VERSION, format_of, parsed_json, with_digest
from troppoly.regions.polytope_route import PiecewiseLinear
from troppoly.regions.regions import LinearRegions
from troppoly.untrusted import content_of, naming_file
from troppoly.writing import Destination, write_text

__all__ = ["VERSION", "document", "from_document", "read_json", "write_json"]


@checked
def document(value: PiecewiseLinear | LinearRegions | RegionsDocument) -> dict[str, Any]:
    """Return the JSON document of a function or of linear regions, as dicts, lists and strings."""
    if isinstance(value, LinearRegions):
        value = RegionsDocument(value)
    if isinstance(value, RegionsDocument):
        return with_digest({"format": REGIONS, "version": VERSION} | regions_value(value))
    return with_digest({"format": FUNCTION, "version": VERSION} | function_value(value))


def from_document(value: Any) -> PiecewiseLinear | RegionsDocument:
    """Return what a JSON document describes, linear regions as a :class:`RegionsDocument`; or raise FileFormatError."""
    is_function = format_of(value) == FUNCTION
    try:
        return function_at(value, "function") if is_function else regions_at(value)
    except FileFormatError:
        raise
    except InputError as error:  # what the functions in it are not defined on
        raise FileFormatError(str(error)) from error


@checked
def write_json(value: PiecewiseLinear | LinearRegions | RegionsDocument, path: Destination) -> None:
    """Write a function or linear regions to a file.

    Raises OSError if the file cannot be written: then it is what it was before.

    >>> import troppoly as tp
    >>> from tempfile import mkdtemp
    >>> path = f"{mkdtemp()}/f.json"
    >>> tp.write_json(tp.TropicalPolynomial({(1,): "1/3"}), path)
    >>> tp.read_json(path)
    max(x0 + 1/3)
    """
    write_text(json.dumps(document(value), separators=(",", ":")) + "\n", path)


@checked
def read_json(path: str | PathLike[str]) -> PiecewiseLinear | RegionsDocument:
    """Return what is in a file of :func:`write_json`, linear regions as a :class:`troppoly.export.RegionsDocument`.

    Raises FileFormatError, whose message starts with the name of the file.

    >>> import troppoly as tp
    >>> from tempfile import mkdtemp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])  # (x)+ + (y)+
    >>> path = f"{mkdtemp()}/net.json"
    >>> tp.write_json(net, path)
    >>> tp.read_json(path) == net
    True
    """
    with naming_file(path):
        return from_document(parsed_json(content_of(Path(path))))
