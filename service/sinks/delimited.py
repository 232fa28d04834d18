"""Rows as CSV: a line of names, decimals as they are, `true` and `false`, nothing where unknown."""

import csv
import json
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import IO

from service.sinks.sink import About
from service.tables.table import Row, Value, worded


class Delimited:
    """Commas between, quotes where they are needed, line feeds at the end."""

    def __init__(self, file: IO[bytes], about: About) -> None:
        self._file = file
        self._write([[column.name for column in about.columns]])

    def write(self, rows: Sequence[Row]) -> None:
        """Write some rows."""
        self._write([_cell(value) for value in row] for row in rows)

    def close(self) -> None:
        """Nothing is kept back."""

    def _write(self, rows: Iterable[Sequence[str]]) -> None:
        # By way of memory: a text layer over somebody's file would close it when it is dropped.
        text = StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        self._file.write(text.getvalue().encode())


def _cell(value: Value) -> str:
    """A value as text, what a terminal could obey or hide written as JSON's `\\u` escapes."""
    text = worded(value)
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() else json.dumps(mark)[1:-1] for mark in text)
