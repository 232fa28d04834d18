"""Rows as CSV: a line of names, decimals as they are, `true` and `false`, nothing where unknown."""

import csv
import json
from collections.abc import Sequence
from io import TextIOWrapper
from typing import IO

from service.sinks.sink import About
from service.tables.table import Row, Value, worded


class Delimited:
    """Commas between, quotes where they are needed, line feeds at the end."""

    def __init__(self, file: IO[bytes], about: About) -> None:
        self._text = TextIOWrapper(file, "utf-8", newline="", write_through=True)
        self._writer = csv.writer(self._text, lineterminator="\n")
        self._writer.writerow([column.name for column in about.columns])

    def write(self, rows: Sequence[Row]) -> None:
        """Write some rows."""
        self._writer.writerows([[_cell(value) for value in row] for row in rows])

    def close(self) -> None:
        """Hand everything over and let go of the file."""
        self._text.flush()
        self._text.detach()


def _cell(value: Value) -> str:
    """A value as text, what a terminal could obey or hide written as JSON's `\\u` escapes."""
    text = worded(value)
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() else json.dumps(mark)[1:-1] for mark in text)
