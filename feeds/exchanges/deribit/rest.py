"""Deribit's REST bodies: what reads each method's result, and how one is known by its shape.

{"jsonrpc":"2.0","result":...,"usIn":1,"usOut":2,"usDiff":1,"testnet":false}
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, cast
from urllib.parse import parse_qs

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame, Rejected
from feeds.exchanges.deribit import frames
from feeds.exchanges.deribit.frames import DECODE_ERRORS, NOT_FOUND, Refusal
from feeds.exchanges.deribit.listings import InstrumentRow
from feeds.exchanges.deribit.names import INTERVALS
from feeds.exchanges.deribit.wire import (
    Chart,
    Context,
    Day,
    Payload,
    Stated,
    Summary,
    Top,
    TradeRows,
)


class Refused(Rejected):
    """The venue answered a request with a reason instead of a result."""

    def __init__(self, venue: str, refusal: Refusal) -> None:
        super().__init__(venue, frames.refused(venue, refusal).reason)
        self.passing = refusal.code in frames.BUSY
        self.unknown = refusal.code in NOT_FOUND


class _Body(Struct):
    result: Raw | UnsetType = UNSET
    error: Refusal | UnsetType = UNSET


_body = Decoder(_Body).decode
_keys = Decoder(dict[str, Raw]).decode
_rows = Decoder(list[Raw]).decode

Reader = Callable[[Raw], Sequence[Payload]]


def _one(kind: Any) -> Reader:  # Any: a type made of a type
    decode = Decoder(kind).decode
    return lambda data: (cast(Payload, decode(data)),)


def _many(kind: Any) -> Reader:  # Any: a type made of a type
    return cast(Reader, Decoder(list[kind]).decode)


METHODS: dict[str, Reader] = {
    "get_book_summary_by_currency": _many(Summary),
    "get_book_summary_by_instrument": _many(Summary),
    "get_instrument": _one(InstrumentRow),
    "get_instruments": _many(InstrumentRow),
    "get_last_trades_by_currency": _one(TradeRows),
    "get_last_trades_by_currency_and_time": _one(TradeRows),
    "get_last_trades_by_instrument": _one(TradeRows),
    "get_last_trades_by_instrument_and_time": _one(TradeRows),
    "get_order_book": _one(Top),
    "get_tradingview_chart_data": _one(Chart),
    "ticker": _one(Day),
}
"""What reads the result of each method that states something for the model."""

SHAPES: dict[str, frozenset[str]] = {
    "get_book_summary_by_instrument": frozenset({"creation_timestamp", "open_interest"}),
    "get_instrument": frozenset({"instrument_name", "tick_size"}),
    "get_last_trades_by_instrument": frozenset({"trades", "has_more"}),
    "get_order_book": frozenset({"bids", "asks"}),
    "get_tradingview_chart_data": frozenset({"ticks", "cost"}),
    "ticker": frozenset({"instrument_name", "mark_price", "stats"}),
}
"""Keys that tell a result's method where no address does."""


def read(venue: str, path: str, body: bytes | str, now: int) -> Stated:
    """What a body states; `path` holds the query too, and is "" where unknown."""
    method, symbol, resolution = locate(path)
    try:
        result = _result(venue, body)
        about = Context(venue, now, symbol, resolution)
        return result_of(result, method, about)
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), body) from error


def result_of(result: Raw, method: str, about: Context) -> Stated:
    """What the result of a method states; raise ValueError where it is not what it should be."""
    reader = METHODS.get(method) if method else _recognise(result)
    if reader is None:
        return (Ignored("", f"{method or 'an answer'}: states nothing that is used"),)
    content = reader(result)
    stated = [event for payload in content for event in payload.events(about)]
    return tuple(stated) or (Ignored("", "an empty answer"),)


def locate(path: str) -> tuple[str, str, str]:
    """Method, symbol and resolution of a path; "", "?" and "" where it names none."""
    match = re.match(r"/api/v2/public/([^?]*)", path)
    query = parse_qs(path.partition("?")[2])
    symbol, resolution = query.get("instrument_name", ["?"]), query.get("resolution", [""])
    return match[1] if match else "", symbol[0], resolution[0]


def seconds_of(resolution: str) -> int:
    """How long a bar lasts."""
    return INTERVALS[resolution][1]


def _result(venue: str, body: bytes | str) -> Raw:
    """The result of an answer, or a list that was taken out of one."""
    if body[:1] in ("[", b"["):
        return Raw(body)
    answer = _body(body)
    if isinstance(answer.error, Refusal):
        raise Refused(venue, answer.error)
    if isinstance(answer.result, UnsetType):
        raise ValueError("neither a result nor a reason")
    return answer.result


def _recognise(result: Raw) -> Reader | None:
    """What reads results that look like this, None where nothing does."""
    many = bytes(memoryview(result)[:1]) == b"["
    rows = _rows(result) if many else [result]
    if not rows or bytes(memoryview(rows[0])[:1]) != b"{":
        return None
    keys = _keys(rows[0]).keys()
    method = next((name for name, some in SHAPES.items() if some <= keys), "")
    if many:
        method = {"get_instrument": "get_instruments"}.get(method, method)
    reader = METHODS.get(method)
    lists = method in ("get_instruments", "get_book_summary_by_instrument")
    return reader if lists == many else None
