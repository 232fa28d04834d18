"""Bybit's REST bodies: what reads each endpoint, and how a body is known by its shape.

{"retCode":0,"retMsg":"OK","result":{"category":"linear","list":[]},"time":1672053054358}
"""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple, TypeAlias, cast
from urllib.parse import parse_qs

from msgspec import Raw, Struct
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame, Rejected
from feeds.exchanges.bybit.bodies import (
    BookBody,
    CandleRow,
    DayRow,
    FundingRow,
    InterestRow,
    ListedRow,
    PrintRow,
)
from feeds.exchanges.bybit.frames import DECODE_ERRORS
from feeds.exchanges.bybit.markets import INTERVALS
from feeds.exchanges.bybit.wire import About, Stated
from feeds.fields import Time, nanoseconds
from market.events import Listing

LATER = frozenset({10000, 10006, 10016, 10018, 429})
"""Codes of a venue that is busy: a timeout, too many visits, a restart. Others stay as they are."""


class Refused(Rejected):
    """The venue answered a request with a reason instead of data."""

    def __init__(self, venue: str, code: int, reason: str) -> None:
        super().__init__(venue, f"{reason} (code {code})")
        self.code = code


class Place(NamedTuple):
    """What a request's path says of its body; "" and "?" where it does not."""

    endpoint: str = ""
    symbol: str = "?"
    interval: str = ""
    category: str = ""


class Body(NamedTuple):
    """What a body states, and the cursor of the next page, "" where there is none."""

    stated: Stated
    cursor: str = ""


class _Envelope(Struct):
    retCode: int
    retMsg: str
    result: Raw = Raw(b"{}")
    time: Time | None = None
    """When the venue answered; left out by few, which state nothing that is used."""


class _Result(Struct):
    list: Raw = Raw(b"[]")
    category: str = ""
    symbol: str = ""
    nextPageCursor: str | None = None


def read(about: About, path: str, body: bytes | str) -> Body:
    """What a body holds; `path` holds the query too, and is "" where unknown."""
    try:
        envelope = _envelope(body)
        if envelope.retCode:
            raise Refused(about.venue, envelope.retCode, envelope.retMsg)
        if bytes(memoryview(envelope.result)[:1]) != b"{":
            return Body((Ignored("", "states nothing that is used"),))
        result, place = _result(envelope.result), locate(path)
        about = _detailed(about, place, result)
        endpoint = place.endpoint or _recognise(envelope.result, result.list)
        reader = ENDPOINTS.get(endpoint)
        category = place.category or result.category
        if reader is None or (category and category != about.market.category):
            said = f"{category} {endpoint}".strip()
            return Body((Ignored(about.instrument(), f"{said}: states nothing that is used"),))
        if envelope.time is None:
            raise ValueError("an answer without its time")
        payload = envelope.result if reader is _book else result.list
        stated = reader(payload, about, nanoseconds(envelope.time))
    except DECODE_ERRORS as error:
        raise MalformedFrame(about.venue, str(error), body) from error
    empty = (Ignored(about.instrument(), f"{endpoint}: an empty list"),)
    return Body(stated or empty, result.nextPageCursor or "")


def locate(path: str) -> Place:
    """Where a path leads."""
    match = re.match(r"/v5/(?:market/)?([^?]*)", path)
    query = parse_qs(path.partition("?")[2])
    names = ("symbol", "interval", "category")
    known = {name: query[name][0] for name in names if name in query}
    return Place(endpoint=match[1] if match else "", **known)


def _detailed(about: About, place: Place, result: _Result) -> About:
    symbol = place.symbol if place.symbol != "?" else result.symbol or "?"
    return replace(about, symbol=symbol, interval=place.interval)


def _recognise(result: Raw, rows: Raw) -> str:
    """The endpoint whose results look like this. ValueError when none does."""
    first = next(iter(_raws(rows)), None)
    if first is None:
        keys = frozenset(_keys(result))
    elif bytes(memoryview(first)[:1]) == b"[":
        return "kline" if len(_raws(first)) == CANDLE_FIELDS else "another kline"
    else:
        keys = frozenset(_keys(first))
    for endpoint, shape in SHAPES.items():
        if shape <= keys:
            return endpoint
    raise ValueError("not a body of a known shape")


def _rows(kind: type[Struct]) -> "_Reader":
    """A reader of lists of a struct with `events`; what came first on the wire comes last."""
    decode = cast(Callable[[Raw], list[DayRow]], Decoder(list[kind], strict=False).decode)  # type: ignore[valid-type]  # a type made at run time

    def reader(rows: Raw, about: About, time: int) -> Stated:
        return tuple(event for row in reversed(decode(rows)) for event in row.events(about, time))

    return reader


def _klines(rows: Raw, about: About, time: int) -> Stated:
    candles = _decode_candles(rows)[::-1]
    if about.interval not in INTERVALS and len(candles) > 1:
        step = min(abs(later.start - sooner.start) for sooner, later in pairwise(candles))
        about = replace(about, interval=_LENGTHS.get(step, ""))
    return tuple(row.bar(about, time) for row in candles)


def _book(result: Raw, about: About, time: int) -> Stated:
    return _decode_book(result).events(about, time)


def _listings(rows: Raw, about: About, time: int) -> Stated:
    found = (row.instrument(about) for row in _decode_listed(rows))
    return tuple(Listing(listed.id, about.now, listed) for listed in found if listed)


_Reader: TypeAlias = Callable[[Raw, About, int], Stated]

_envelope = Decoder(_Envelope, strict=False).decode
_result = Decoder(_Result).decode
_raws = Decoder(list[Raw]).decode
_keys = Decoder(dict[str, Raw]).decode
_decode_book = Decoder(BookBody, strict=False).decode
_decode_candles = Decoder(list[CandleRow], strict=False).decode
_decode_listed = Decoder(list[ListedRow], strict=False).decode
_LENGTHS = {seconds * 1000: code for code, (_, seconds) in INTERVALS.items() if seconds}
"""The venue's intervals by their length in ms, as they are where no request names one."""
CANDLE_FIELDS = 7
"""Klines of mark and index prices have no volumes."""

ENDPOINTS: dict[str, _Reader] = {
    "funding/history": _rows(FundingRow),
    "instruments-info": _listings,
    "kline": _klines,
    "open-interest": _rows(InterestRow),
    "orderbook": _book,
    "recent-trade": _rows(PrintRow),
    "tickers": _rows(DayRow),
}
"""What reads the bodies of each endpoint that states something for the model."""

SHAPES: dict[str, frozenset[str]] = {
    "funding/history": frozenset({"fundingRateTimestamp"}),
    "instruments-info": frozenset({"symbol", "priceFilter", "lotSizeFilter"}),
    "open-interest": frozenset({"openInterest", "timestamp"}),
    "orderbook": frozenset({"s", "b", "a", "u"}),
    "recent-trade": frozenset({"execId", "price"}),
    "tickers": frozenset({"lastPrice", "volume24h"}),
    "time": frozenset({"timeSecond"}),
}
"""Keys that tell a body's endpoint where no address does; the first row that fits counts."""
