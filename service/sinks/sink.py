"""Sink: where rows go, and the formats there are."""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import IO, NamedTuple, Protocol, TypeAlias, cast

from service.tables.table import Column, Row


class About(NamedTuple):
    """What the rows are, for formats that have room for it."""

    what: str
    columns: Sequence[Column]
    floats: bool
    """Whether decimals may be written as floats, where a format has a type for each."""


class Sink(Protocol):
    """Rows in, bytes out."""

    def write(self, rows: Sequence[Row]) -> None:
        """Write some rows."""
        ...

    def close(self) -> None:
        """Write what is still to be written; what it writes to is closed by who opened it."""
        ...


Maker: TypeAlias = Callable[[IO[bytes], About], Sink]

FORMATS: dict[str, str] = {
    "csv": "service.sinks.delimited:Delimited",
    "jsonl": "service.sinks.lines:Lines",
    "parquet": "service.sinks.parquet:Parquet",
}
"""Ending to `module:class`; loaded only when wanted, so that no other needs pyarrow."""


def maker(form: str) -> Maker:
    """What makes a sink of a format."""
    module, _, name = FORMATS[form].partition(":")
    # A dotted path cannot be typed; the tests write by each.
    return cast("Maker", getattr(import_module(module), name))
