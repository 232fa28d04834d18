"""BitMEX's frames: rows of a table, answers to our requests, and greetings."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame
from feeds.exchanges.bitmex.listings import ActiveRow, InstrumentRow
from feeds.exchanges.bitmex.wire import (
    BINS,
    BinRow,
    ForcedRow,
    FundingRow,
    LevelRow,
    MarketRow,
    QuoteRow,
    Row,
    TenRow,
    TradeRow,
)

DECODE_ERRORS = (ValueError, RecursionError, ArithmeticError)
"""All that msgspec raises for bytes that are not the JSON it was told to expect, and our checks."""

BOOKS = frozenset({"orderBookL2", "orderBookL2_25"})
"""Tables of levels that are inserted, updated and deleted."""


class _Filter(Struct, gc=False):
    symbol: str = ""


class _Request(Struct, gc=False):
    op: str = ""
    args: list[str] | str = []


class _Frame(Struct, gc=False):
    table: str = ""
    action: str = ""
    data: Raw | UnsetType = UNSET
    filter: _Filter | None = None
    info: str = ""
    success: bool | None = None
    status: int = 0
    error: str = ""
    request: _Request | None = None


class News(Struct, gc=False):
    """Rows of one table."""

    table: str
    action: str
    rows: Sequence[Row]
    symbol: str
    """What was subscribed, which a table without rows does not tell; "" where nobody says."""

    @property
    def interval(self) -> str:
        """Of bars."""
        return self.table.removeprefix("tradeBin") if self.table.startswith("tradeBin") else ""


class Refusal(Struct, gc=False):
    """A request that the venue will not do, or not now.

    {"status":400,"error":"Unknown or expired symbol.","meta":{},"request":{"op":"subscribe",
    "args":["trade:NOSUCH"]}}
    """

    status: int
    error: str
    args: Sequence[str]

    @property
    def passing(self) -> bool:
        """Whether the venue is busy."""
        return self.status == 429 or self.status >= 500

    @property
    def harmless(self) -> bool:
        """Whether we have what was asked for."""
        return "already subscribed" in self.error or "not subscribed" in self.error


Read: TypeAlias = News | Refusal | Ignored

_frame = Decoder(_Frame).decode


def _rows(kind: Any) -> Callable[[Raw], Sequence[Row]]:  # Any: a type made of a type
    return cast(Callable[[Raw], Sequence[Row]], Decoder(list[kind]).decode)


_listed, _markets = Decoder(list[InstrumentRow]).decode, Decoder(list[MarketRow]).decode


def active(data: bytes | str | Raw) -> Sequence[Row]:
    """The rows of a list of whole instruments."""
    pairs = zip(_listed(data), _markets(data), strict=True)
    return [ActiveRow(listed, market) for listed, market in pairs]


TABLES: dict[str, Callable[[Raw], Sequence[Row]]] = {
    "funding": _rows(FundingRow),
    "instrument": _rows(MarketRow),
    "liquidation": _rows(ForcedRow),
    "orderBook10": _rows(TenRow),
    "orderBookL2": _rows(LevelRow),
    "orderBookL2_25": _rows(LevelRow),
    "quote": _rows(QuoteRow),
    "trade": _rows(TradeRow),
    **{f"tradeBin{name}": _rows(BinRow) for name in BINS},
}
"""What reads the rows of each table that states something for the model."""


def read(venue: str, frame: bytes | str) -> Read:
    """What a frame holds. Raise MalformedFrame when it is not what the venue documents."""
    if frame in ("pong", b"pong"):
        return Ignored("", "pong")
    try:
        wire = _frame(frame)
        if wire.table and isinstance(wire.data, Raw):
            if wire.table not in TABLES:
                return Ignored("", f"table {wire.table[:40]!r} is not used")
            symbol = "" if wire.filter is None else wire.filter.symbol
            return News(wire.table, wire.action, TABLES[wire.table](wire.data), symbol)
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), frame) from error
    if wire.error:
        args = [] if wire.request is None else wire.request.args
        return Refusal(wire.status, wire.error, [args] if isinstance(args, str) else args)
    if wire.success is not None or wire.info:
        return Ignored("", "a greeting" if wire.info else "acknowledgement")
    raise MalformedFrame(venue, "neither rows nor an answer", frame)
