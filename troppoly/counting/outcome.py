"""What a census says: the counts of a complex, and the answers of measures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any

from troppoly.errors import InputError, counted
from troppoly.network import Network
from troppoly.refinement.certificate import Certificate
from troppoly.values import Value

__all__ = ["Census"]


@dataclass(frozen=True, eq=False, repr=False)
class Census(Value):
    """The counts of the canonical complex of a network, and what measures say: ``census["volumes"]``.

    ``f_vector`` are the numbers (f_0, ..., f_d) of faces by dimension, ``certificate`` tells how the signs were
    decided, and ``n_parts`` is the number of parts that the complex was divided into.

    >>> import troppoly as tp
    >>> c = tp.census(tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]]), measures=["linear_regions"])
    >>> c, c.n_cells, c.n_linear_regions, c.euler_characteristic
    (Census of Network 2-2-1 (ReLU): 4 cells (0 bounded), f-vector (1, 4, 4), linear_regions, 4, 4, 1)
    """

    network: Network
    f_vector: tuple[int, ...]
    n_bounded_cells: int
    certificate: Certificate
    n_parts: int
    answers: Mapping[str, Any] = field(hash=False)

    @property
    def n_cells(self) -> int:
        """The number of cells."""
        return self.f_vector[-1]

    @property
    def n_unbounded_cells(self) -> int:
        """The number of unbounded cells."""
        return self.n_cells - self.n_bounded_cells

    @property
    def euler_characteristic(self) -> int:
        """The sum of (-1)^dim over all faces, (-1)^d over R^d (compact supports)."""
        return sum((-1) ** k * n for k, n in enumerate(self.f_vector))

    @property
    def n_linear_regions(self) -> int:
        """The number of linear regions, if that was asked for; else raises InputError."""
        return int(self["linear_regions"]["linear_regions"])

    def __getitem__(self, measure: str) -> Any:
        """Return what a measure says; raises InputError if it was not asked for."""
        if measure not in self.answers:
            raise InputError(
                f"The measure {measure!r} was not asked for: give measures=[{measure!r}, ...] to census; "
                f"here are {', '.join(['the counts', *map(repr, self.answers)])}."
            )
        return self.answers[measure]

    def to_json(self) -> str:
        """Return all of it but the network as JSON text, rational numbers as strings."""
        found = {
            "f_vector": self.f_vector, "cells": self.n_cells, "bounded_cells": self.n_bounded_cells,
            "unbounded_cells": self.n_unbounded_cells, "euler_characteristic": self.euler_characteristic,
            "certificate": asdict(self.certificate), "parts": self.n_parts, **self.answers,
        }  # fmt: skip
        return json.dumps(found, default=_plain)

    def _rows(self) -> Iterator[tuple[str, Any]]:
        yield from (("f-vector", self.f_vector), ("cells", self.n_cells), ("bounded cells", self.n_bounded_cells))
        yield from (("Euler characteristic", self.euler_characteristic), ("parts", self.n_parts))
        for name, answer in self.answers.items():
            if isinstance(answer, Mapping):
                yield from ((f"{name}: {key}", value) for key, value in answer.items())
            else:
                yield name, answer

    def _repr_html_(self) -> str:
        cells = (f"<td>{escape(str(name))}</td><td>{escape(str(value))}</td>" for name, value in self._rows())
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"

    def __repr__(self) -> str:
        more = "".join(f", {name}" for name in self.answers)
        return (
            f"Census of {self.network!r}: {counted(self.n_cells, 'cell')} ({self.n_bounded_cells} bounded), "
            f"f-vector {self.f_vector}{more}"
        )


def _plain(value: Any) -> Any:
    """What JSON has no type for: rational numbers and mappings with other keys."""
    return str(value)
