"""Rows as Parquet, by pyarrow: decimals stay decimals, times are timestamps in UTC."""

from collections.abc import Sequence
from decimal import Decimal
from typing import IO, Any

from feeds.errors import ConfigError
from feeds.version import __version__
from service.sinks.sink import About
from service.tables.table import Kind, Row, Value

DIGITS, AFTER_POINT = 38, 18
"""Of a decimal in a file: what has more digits after the point is rounded to these."""
CELLS = 1 << 20
"""Values in a row group, which is what is held in memory."""

_STEP = Decimal(1).scaleb(-AFTER_POINT)


class Parquet:
    """Row groups of about a million values, compressed with zstd."""

    def __init__(self, file: IO[bytes], about: About) -> None:
        # pyarrow has no types of its own.
        arrow, parquet = _pyarrow()
        self._arrow: Any = arrow
        self._kinds = [column.kind for column in about.columns]
        self._floats = about.floats
        self._most = max(1, CELLS // len(about.columns))
        self._rows: list[Row] = []
        fields = [(column.name, self._type(column.kind)) for column in about.columns]
        told = {"tapetop": __version__, "what": about.what}
        self._schema: Any = arrow.schema(fields, metadata=told)
        self._writer: Any = parquet.ParquetWriter(file, self._schema, compression="zstd")

    def write(self, rows: Sequence[Row]) -> None:
        """Keep some rows until they are a group."""
        self._rows += rows
        while len(self._rows) >= self._most:
            group, self._rows = self._rows[: self._most], self._rows[self._most :]
            self._group(group)

    def close(self) -> None:
        """Write the last group and what the file ends with."""
        if self._rows:
            self._group(self._rows)
            self._rows = []
        self._writer.close()

    def _group(self, rows: Sequence[Row]) -> None:
        arrays = [
            self._arrow.array([self._cell(kind, value) for value in column], self._type(kind))
            for kind, column in zip(self._kinds, zip(*rows, strict=True), strict=True)
        ]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))

    def _cell(self, kind: Kind, value: Value) -> object:
        if not isinstance(value, Decimal):
            return value
        if kind is Kind.DECIMAL and self._floats:
            return float(value)
        exponent = value.as_tuple().exponent
        fine = isinstance(exponent, int) and exponent >= -AFTER_POINT
        return value if fine else value.quantize(_STEP)

    def _type(self, kind: Kind) -> Any:
        arrow = self._arrow
        match kind:
            case Kind.TEXT:
                return arrow.string()
            case Kind.TIME:
                return arrow.timestamp("ns", "UTC")
            case Kind.COUNT:
                return arrow.int64()
            case Kind.FLAG:
                return arrow.bool_()
            case Kind.DECIMAL:
                return arrow.float64() if self._floats else arrow.decimal128(DIGITS, AFTER_POINT)


def _pyarrow() -> tuple[Any, Any]:
    """The library, asked for only where somebody wants this format."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ConfigError(
            "parquet needs pyarrow, which is not installed: pip install 'tapetop[parquet]'"
        ) from error
    return pyarrow, pyarrow.parquet
