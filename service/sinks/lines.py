"""Rows as JSON, an object a line: decimals as strings, times as numbers, null where unknown."""

from collections.abc import Sequence
from decimal import Decimal
from typing import IO

from feeds.jsonline import json_line
from service.sinks.sink import About
from service.tables.table import Row, shortest


class Lines:
    """Every row has every column."""

    def __init__(self, file: IO[bytes], about: About) -> None:
        self._file = file
        self._names = [column.name for column in about.columns]

    def write(self, rows: Sequence[Row]) -> None:
        """Write some rows."""
        for row in rows:
            values = (shortest(value) if isinstance(value, Decimal) else value for value in row)
            self._file.write(json_line(dict(zip(self._names, values, strict=True))))

    def close(self) -> None:
        """Nothing is kept back."""
