"""Networks in JSON files, exactly.

A file holds one object, whose members ``format`` and ``version`` tell what it is (:mod:`troppoly.export.json_format`).
A network is an object with the member ``type``, ``"network"``, and

``widths``
    The numbers [n_0, ..., n_L] of inputs and of units.
``layers``
    A list of ``{"name": string, "weight": [[rational]], "bias": [rational], "rectified": [bool]}``.
``max_groups``
    Lists of places [layer, unit], the rectified units that compute a maximum (:class:`troppoly.Network`).

Numbers are as in :mod:`troppoly.network.json_values`.  Further members are ignored.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from troppoly.circuit.layer import Layer
from troppoly.errors import FileFormatError
from troppoly.exact import RationalMatrix
from troppoly.network.json_values import count_at, entries_at, flag_at, matrix_at, member, text_at, texts, vector_at
from troppoly.network.network import Network

__all__ = [
    "FUNCTION",
    "REGIONS",
    "VERSION",
    "format_of",
    "network_at",
    "network_of_json",
    "network_value",
    "parsed_json",
    "with_digest",
]

VERSION = 3

FUNCTION, REGIONS = "troppoly.function", "troppoly.linear-regions"


def parsed_json(content: bytes) -> Any:
    """Return what a JSON text says, whose numbers must be integers; raises FileFormatError if it is none."""
    try:
        return json.loads(content.decode("utf-8"), parse_float=_refused, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"This is not JSON, or it is damaged ({error}).") from error


def _refused(text: str) -> None:
    raise ValueError(f"{text} is not an integer")


def with_digest(document: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON document with the member ``digest``: the SHA-256 of all others, in hexadecimal digits.

    They are hashed as one JSON text in ASCII, with sorted names and without spaces.
    """
    others = {name: value for name, value in document.items() if name != "digest"}
    text = json.dumps(others, sort_keys=True, separators=(",", ":"))
    return others | {"digest": sha256(text.encode("ascii")).hexdigest()}


def format_of(document: Any) -> str:
    """Return the format of a JSON document, FUNCTION or REGIONS, if it is that of this version, with its digest."""
    kind, version = (member(document, name, "document") for name in ("format", "version"))
    if kind not in (FUNCTION, REGIONS):
        raise FileFormatError(f"The format is {kind!r}, not {FUNCTION!r} or {REGIONS!r}.")
    if type(version) is not int or version != VERSION:
        raise FileFormatError(f"The version of the format is {version!r}, not {VERSION}.")
    if "digest" in document and document != with_digest(document):
        raise FileFormatError("The digest is not that of the other members: they were changed after they were written.")
    return str(kind)


def network_of_json(content: bytes) -> Network:
    """Return the network in a JSON text: that of a function, or the one whose linear regions it holds."""
    document = parsed_json(content)
    value = document if format_of(document) == FUNCTION else member(document, "function", "document")
    kind = member(value, "type", "function")
    if kind != "network":
        raise FileFormatError(f"There is a function of the type {kind!r}, not a network.")
    return network_at(value, "network")


def network_value(network: Network) -> dict[str, Any]:
    """Return the JSON object of a network."""
    layers = [
        {
            "name": name,
            "weight": [texts(row) for row in layer.weight.to_rationals()],
            "bias": texts(layer.bias.to_rationals()[:, 0]),
            "rectified": layer.rectified.tolist(),
        }
        for name, layer in zip(network.names, network.layers, strict=True)
    ]
    groups = [[list(place) for place in group] for group in network.max_groups]
    return {"type": "network", "widths": list(network.widths), "layers": layers, "max_groups": groups}


def network_at(value: Any, where: str) -> Network:
    """Return the network of a JSON object.  Raises FileFormatError, and what :class:`Network` raises."""
    layers, names = [], []
    for i, record in enumerate(entries_at(member(value, "layers", where), f"layers of the {where}")):
        place = f"layer {i} of the {where}"
        weight = matrix_at(member(record, "weight", place), f"weight of {place}")
        n = weight.shape[0]
        bias = vector_at(member(record, "bias", place), f"bias of {place}", n)
        rectified = entries_at(member(record, "rectified", place), f"rectified of {place}", flag_at, n)
        layers.append(Layer(weight, RationalMatrix.of([[b] for b in bias], columns=1), rectified))  # type: ignore[arg-type]
        names.append(text_at(member(record, "name", place), f"name of {place}"))

    def units_at(group: Any, at: str) -> tuple[tuple[int, ...], ...]:
        return tuple(entries_at(group, at, lambda unit, place: tuple(entries_at(unit, place, count_at, 2))))

    groups = entries_at(member(value, "max_groups", where), f"max_groups of the {where}", units_at)
    network = Network(tuple(layers), tuple(names), tuple(groups))
    widths = entries_at(member(value, "widths", where), f"widths of the {where}", count_at)
    if tuple(widths) != network.widths:
        raise FileFormatError(f"The widths of the {where} are {network.widths}, not {tuple(widths)}.")
    return network
