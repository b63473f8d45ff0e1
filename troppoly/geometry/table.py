"""Tables: named columns of exact values, which become a pandas DataFrame on request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from troppoly.errors import InputError, ShapeError, require

__all__ = ["Table"]


@dataclass(frozen=True, slots=True, repr=False)
class Table:
    """Columns of equal length by name; ``len`` is the number of rows, iteration yields rows as dictionaries.

    Values are Python integers and booleans, exact rationals (``gmpy2.mpq``), tuples, or None where a value is
    not defined.  Raises ShapeError if the columns have different lengths.

    >>> table = Table({"region": (0, 1), "volume": (None, 2)})
    >>> table, table["volume"], list(table)[1]
    (Table with 2 rows: region, volume, (None, 2), {'region': 1, 'volume': 2})
    """

    columns: Mapping[str, tuple[Any, ...]]

    def __post_init__(self) -> None:
        columns = {name: tuple(values) for name, values in self.columns.items()}
        if len({len(values) for values in columns.values()}) > 1:
            raise ShapeError("The columns of a table must have the same length.")
        object.__setattr__(self, "columns", MappingProxyType(columns))

    def __reduce__(self) -> tuple[type[Table], tuple[dict[str, tuple[Any, ...]]]]:
        return Table, (dict(self.columns),)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __getitem__(self, name: str) -> tuple[Any, ...]:
        """Return a column; raises InputError if there is none of that name."""
        if name not in self.columns:
            raise InputError(f"There is no column {name!r}; the columns are {', '.join(self.columns)}.")
        return self.columns[name]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (dict(zip(self.columns, row, strict=True)) for row in zip(*self.columns.values(), strict=True))

    def distribution(self, name: str) -> Table:
        """Return how often every value of a column occurs, in ascending order and None last.

        >>> Table({"facets": (3, 4, 3)}).distribution("facets").columns["count"]
        (2, 1)
        """
        counts = Counter(self[name])
        values = sorted(value for value in counts if value is not None)
        values += [None] if None in counts else []
        return Table({name: tuple(values), "count": tuple(counts[value] for value in values)})

    def to_pandas(self) -> Any:
        """Return the table as a pandas DataFrame; exact rationals stay what they are, as objects.

        Raises MissingDependencyError if pandas is not installed.
        """
        return require("pandas", extra="table").DataFrame({name: list(values) for name, values in self.columns.items()})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and dict(self.columns) == dict(other.columns)

    def __hash__(self) -> int:
        return hash(frozenset(self.columns.items()))

    def __repr__(self) -> str:
        n = len(self)
        names = [*self.columns][:9] + ["..."] * (len(self.columns) > 9)
        return f"Table with {n} row{'s' * (n != 1)}: {', '.join(names)}"
