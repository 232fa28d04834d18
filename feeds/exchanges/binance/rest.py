"""Binance's REST bodies: what reads each endpoint, and how a body is known by its shape."""

import re
from collections.abc import Callable
from typing import Protocol, TypeAlias, cast
from urllib.parse import parse_qs

from msgspec import Raw, Struct
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame, Rejected
from feeds.exchanges.binance import archive
from feeds.exchanges.binance.bodies import (
    AggTradeRow,
    BookTickerRow,
    Context,
    DayTickerRow,
    FundingRateRow,
    KlineRow,
    OpenInterestPointRow,
    OpenInterestRow,
    PremiumIndexRow,
    TradeRow,
)
from feeds.exchanges.binance.frames import DECODE_ERRORS, Problem
from feeds.exchanges.binance.listings import ExchangeInfo
from feeds.exchanges.binance.wire import Depth, Stated
from market.events import Listing
from market.instrument import Kind

_Reader: TypeAlias = Callable[[bytes, Context], Stated]


class Refused(Rejected):
    """The venue answered a request with a reason instead of data."""

    def __init__(self, venue: str, problem: Problem) -> None:
        super().__init__(venue, f"{problem.msg} (code {problem.code})")
        self.problem = problem


class _Row(Protocol):
    def events(self, about: Context) -> Stated: ...


def read(venue: str, kind: Kind, path: str, body: bytes | str, now: int) -> Stated:
    """What a body states; `path` holds the query too, and is "" where unknown."""
    try:
        if isinstance(body, str):
            body = body.encode()
        if b'"code"' in body[:64]:
            raise Refused(venue, _decode_problem(body))
        endpoint, symbol, interval = locate(path)
        about = Context(venue, kind, now, symbol, interval)
        if path.startswith("/data/"):
            return archive.trades(about.instrument(), body.decode(), now)
        endpoint = endpoint or _recognise(body)
        if endpoint not in ENDPOINTS:
            return (Ignored(about.instrument(), f"{endpoint}: states nothing that is used"),)
        return ENDPOINTS[endpoint](body, about)
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), body) from error


def locate(path: str) -> tuple[str, str, str]:
    """Endpoint, symbol and interval of a path; "" and "?" where it names none."""
    if symbol := archive.symbol_of(path):
        return "aggTrades", symbol, ""
    match = re.match(r"/(?:[a-z]*api/v\d+|futures/data)/([^?]*)", path)
    query = parse_qs(path.partition("?")[2])
    endpoint = match[1] if match else ""
    symbol = query.get("symbol", ["?"])[0]
    if query.get("contractType") == ["PERPETUAL"] and "pair" in query:
        symbol = f"{query['pair'][0]}_PERP"
    return endpoint, symbol, query.get("interval", [""])[0]


def _recognise(body: bytes) -> str:
    """The endpoint whose bodies look like this. ValueError when none does."""
    decoded = _decode_any(body)
    row = decoded
    if isinstance(decoded, list):
        if not decoded:
            return "empty list"
        if bytes(memoryview(decoded[0])[:1]) == b"[":
            return "klines"
        row = _decode_keys(decoded[0])
    for endpoint, keys in SHAPES.items():
        if keys <= row.keys():
            return endpoint
    raise ValueError("not a body of a known shape")


def _rows(kind: type[Struct]) -> _Reader:
    """A reader of one row or of a list of rows, for a struct that is a `_Row`."""
    either = kind | list[kind]  # type: ignore[valid-type]  # a union made at run time
    decode = cast(Callable[[bytes], _Row | list[_Row]], Decoder(either, strict=False).decode)

    def reader(body: bytes, about: Context) -> Stated:
        rows = decode(body)
        if not isinstance(rows, list):
            return rows.events(about)
        return tuple(event for row in rows for event in row.events(about))

    return reader


def _klines(body: bytes, about: Context) -> Stated:
    rows = _decode_klines(body)
    if rows:
        rows[-1].forming = True
    return tuple(event for row in rows for event in row.events(about))


def _depth(body: bytes, about: Context) -> Stated:
    return _decode_depth(body).events(about.instrument(), about.now)


def _listings(body: bytes, about: Context) -> Stated:
    instruments = _decode_info(body).instruments(about.venue, about.kind)
    return tuple(Listing(listed.id, about.now, listed) for listed in instruments)


_decode_any = Decoder(dict[str, Raw] | list[Raw]).decode
_decode_depth = Decoder(Depth, strict=False).decode
_decode_info = Decoder(ExchangeInfo, strict=False).decode
_decode_keys = Decoder(dict[str, Raw]).decode
_decode_klines = Decoder(list[KlineRow], strict=False).decode
_decode_problem = Decoder(Problem, strict=False).decode

ENDPOINTS: dict[str, _Reader] = {
    "aggTrades": _rows(AggTradeRow),
    "depth": _depth,
    "exchangeInfo": _listings,
    "fundingRate": _rows(FundingRateRow),
    "historicalTrades": _rows(TradeRow),
    "klines": _klines,
    "openInterest": _rows(OpenInterestRow),
    "openInterestHist": _rows(OpenInterestPointRow),
    "premiumIndex": _rows(PremiumIndexRow),
    "ticker/24hr": _rows(DayTickerRow),
    "ticker/bookTicker": _rows(BookTickerRow),
    "trades": _rows(TradeRow),
    "uiKlines": _klines,
}
"""What reads the bodies of each endpoint that states something for the model."""

SHAPES: dict[str, frozenset[str]] = {
    "aggTrades": frozenset({"a", "p", "q", "T"}),
    "depth": frozenset({"lastUpdateId", "bids", "asks"}),
    "exchangeInfo": frozenset({"symbols"}),
    "fundingRate": frozenset({"fundingRate", "fundingTime"}),
    "openInterest": frozenset({"openInterest", "time"}),
    "openInterestHist": frozenset({"sumOpenInterest"}),
    "premiumIndex": frozenset({"markPrice", "lastFundingRate"}),
    "ratio": frozenset({"longShortRatio"}),
    "ticker/24hr": frozenset({"openPrice", "lastPrice"}),
    "ticker/bookTicker": frozenset({"bidPrice", "bidQty"}),
    "ticker/price": frozenset({"symbol", "price"}),
    "time": frozenset({"serverTime"}),
    "trades": frozenset({"id", "price", "qty"}),
}
"""Keys that tell a body's endpoint where no address does; the first row that fits counts."""
