"""Kraken spot's REST bodies: what reads each endpoint, and how a body is known by its shape.

{"error":[],"result":{"XXBTZUSD":..., "last":...}}: errors come with HTTP 200, results by pair.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, TypeAlias
from urllib.parse import parse_qs

from msgspec import UNSET, Meta, Raw, Struct, UnsetType
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame, Rejected
from feeds.exchanges.kraken.pairs import socket_name
from feeds.exchanges.kraken.wire import DECODE_ERRORS, NAMES, Stated
from feeds.fields import Count, Price, Size
from market.events import BookSnapshot, BookTicker, Kline, Listing, Side, Trade
from market.instrument import Instrument

_FINEST = Decimal("1e-18")
Seconds = Annotated[int, Meta(ge=0, le=9_000_000_000)]


class Refused(Rejected):
    """The venue answered a request with a reason instead of data."""

    @property
    def passing(self) -> bool:
        """Whether the same request may do later."""
        return not self.reason.startswith(("EQuery:", "EGeneral:Invalid"))


@dataclass(frozen=True, slots=True)
class Context:
    """What a body does not say itself: who was asked, for which bars, and when the answer came."""

    venue: str
    now: int
    minutes: int

    def instrument(self, pair: str) -> str:
        """The id of a pair by the name that REST has for it."""
        return f"{self.venue}:{socket_name(pair)}"


class _Body(Struct):
    error: list[str] | str = ""
    result: dict[str, Raw] | str | UnsetType = UNSET
    candles: Raw | UnsetType = UNSET


class _Pair(Struct):
    """One pair of the list; those that are not traded on the socket have no `wsname`.

    {"altname":"XBTUSD","wsname":"XBT/USD","pair_decimals":1,"lot_decimals":8,"tick_size":"0.1"}
    """

    lot_decimals: Annotated[int, Meta(ge=0, le=18)]
    pair_decimals: Annotated[int, Meta(ge=0, le=18)]
    wsname: str = ""
    tick_size: Decimal | None = None

    def listing(self, about: Context) -> Listing | Ignored:
        if not self.wsname:
            return Ignored("", "a pair that is not on the socket")
        symbol = socket_name(self.wsname)
        base, _, quote = symbol.partition("/")
        lot, tick = Decimal(1).scaleb(-self.lot_decimals), Decimal(1).scaleb(-self.pair_decimals)
        if self.tick_size is not None:
            tick = self.tick_size.normalize()
        if not _FINEST <= tick <= 10**15:
            raise ValueError(f"{symbol}: {str(tick)[:40]} is no tick size")
        instrument = Instrument(about.venue, symbol, tick, lot, base, quote)
        return Listing(instrument.id, about.now, instrument)


class _Bar(Struct, array_like=True):
    """A bar: [1762777020,"106038.2","106038.2","106038.2","106038.2","0.0","0.00000000",0]."""

    time: Seconds
    open: Size
    high: Size
    low: Size
    close: Size
    average: Size
    volume: Size
    trades: Count


class _Print(Struct, array_like=True):
    """A print: ["105433.60000","0.00027625",1762795433.9717445,"b","l","",10218208]."""

    price: Price
    size: Size
    time: Decimal
    side: str
    kind: str
    other: str
    ident: Count

    def trade(self, instrument: str, now: int) -> Trade:
        if self.side not in ("b", "s") or not 0 <= self.time < 9_000_000_000:
            raise ValueError(f"not a trade: side {self.side[:9]!r} at {str(self.time)[:40]}")
        side = Side.BUY if self.side == "b" else Side.SELL
        time = int(self.time * 1_000_000_000)
        return Trade(instrument, time, now, str(self.ident), self.price, self.size, side)


class _Level(Struct, array_like=True):
    """A level: ["105944.30000","0.136",1762820248]."""

    price: Price
    size: Size


class _Depth(Struct):
    asks: list[_Level]
    bids: list[_Level]


class _Ticker(Struct):
    """{"a":["105944.30000","1","1.000"],"b":["105944.20000","1","1.000"], ...}: price, whole lots,
    lots. The opening price is that of the day and not of 24 h, so nothing else is taken.
    """

    a: tuple[Size, Size, Size]
    b: tuple[Size, Size, Size]


_Reader: TypeAlias = Callable[[str, Raw, Context], Stated]


def _bars(pair: str, rows: Raw, about: Context) -> Stated:
    bars, name = _decode_bars(rows), about.instrument(pair)
    minutes = about.minutes or _spacing(bars)
    stated = []
    for bar in bars:
        start, end = bar.time * 1_000_000_000, (bar.time + 60 * minutes) * 1_000_000_000
        # The last row is the bar that is being made, until its end has passed.
        closed = bar is not bars[-1] or end <= about.now
        prices = (bar.open, bar.high, bar.low, bar.close)
        amounts = (bar.volume, None, None, bar.trades)
        interval = NAMES.get(minutes, f"{minutes}m")
        stated.append(Kline(name, None, about.now, interval, start, end, *prices, *amounts, closed))
    return tuple(stated)


def _spacing(bars: list[_Bar]) -> int:
    """Minutes from one bar to the next; a body always holds many."""
    return max(1, (bars[1].time - bars[0].time) // 60) if len(bars) > 1 else 1


def _prints(pair: str, rows: Raw, about: Context) -> Stated:
    name = about.instrument(pair)
    return tuple(row.trade(name, about.now) for row in _decode_prints(rows))


def _depth(pair: str, row: Raw, about: Context) -> Stated:
    depth = _decode_depth(row)
    bids, asks = ([(row.price, row.size) for row in side] for side in (depth.bids, depth.asks))
    return (BookSnapshot(about.instrument(pair), None, about.now, bids, asks, None),)


def _ticker(pair: str, row: Raw, about: Context) -> Stated:
    ticker = _decode_ticker(row)
    best = (ticker.b[0], ticker.b[2], ticker.a[0], ticker.a[2])
    return (BookTicker(about.instrument(pair), None, about.now, *best, None),)


def _listing(pair: str, row: Raw, about: Context) -> Stated:
    return (_decode_pair(row).listing(about),)


_decode_body = Decoder(_Body).decode
_decode_bars = Decoder(list[_Bar], strict=False).decode
_decode_prints = Decoder(list[_Print], strict=False).decode
_decode_depth = Decoder(_Depth, strict=False).decode
_decode_ticker = Decoder(_Ticker, strict=False).decode
_decode_pair = Decoder(_Pair, strict=False).decode
_decode_keys = Decoder(dict[str, Raw]).decode
_decode_array = Decoder(list[Raw]).decode

ENDPOINTS: dict[str, _Reader] = {
    "AssetPairs": _listing,
    "Depth": _depth,
    "OHLC": _bars,
    "Ticker": _ticker,
    "Trades": _prints,
}
"""What reads one pair's share of each endpoint that states something for the model."""

SHAPES: dict[str, frozenset[str]] = {
    "AssetPairs": frozenset({"altname", "lot_decimals"}),
    "Depth": frozenset({"asks", "bids"}),
    "Ticker": frozenset({"a", "b", "c"}),
}
"""Keys that tell a body's endpoint where no address does."""


def read(venue: str, path: str, body: bytes | str, now: int) -> Stated:
    """What a body states; `path` holds the query too, and is "" where unknown."""
    try:
        endpoint, _, minutes = locate(path)
        about = Context(venue, now, minutes)
        results = _results(venue, body)
        if isinstance(results, Ignored):
            return (results,)
        stated = [event for pair, row in results for event in _read(endpoint, pair, row, about)]
        return tuple(stated) or (Ignored("", "an empty answer"),)
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), body) from error


def locate(path: str) -> tuple[str, str, int]:
    """Endpoint, symbol and minutes a bar of a path; "", "?" and 0 where it names none."""
    match = re.match(r"/0/public/([^?]*)", path)
    query = parse_qs(path.partition("?")[2])
    pair, minutes = query.get("pair", ["?"])[0], query.get("interval", ["0"])[0]
    endpoint = match[1] if match else ""
    return endpoint, socket_name(pair), int(minutes) if re.fullmatch(r"\d{1,6}", minutes) else 0


def _results(venue: str, body: bytes | str) -> list[tuple[str, Raw]] | Ignored:
    """What an answer holds by pair; raise Refused when it holds a reason instead."""
    answer = _decode_body(body)
    if isinstance(answer.error, list) and answer.error:
        raise Refused(venue, ", ".join(answer.error))
    if isinstance(answer.result, dict):
        return [(name, row) for name, row in answer.result.items() if name != "last"]
    if isinstance(answer.result, str) or answer.candles is not UNSET:
        return Ignored("", "an answer of Kraken futures")
    raise ValueError("no result")


def _read(endpoint: str, pair: str, row: Raw, about: Context) -> Stated:
    endpoint = endpoint or _recognise(row)
    if endpoint not in ENDPOINTS:
        return (Ignored("", f"{endpoint or 'this'}: states nothing that is used"),)
    return ENDPOINTS[endpoint](pair, row, about)


def _recognise(row: Raw) -> str:
    """The endpoint whose results look like this, "" where none does."""
    match bytes(memoryview(row)[:1]):
        case b"{":
            keys = _decode_keys(row).keys()
            return next((name for name, some in SHAPES.items() if some <= keys), "")
        case b"[":
            rows = _decode_array(row)
            first = _decode_array(rows[0]) if rows else []
            # Bars begin with their time, prints with a price in quotes.
            quoted = bool(first) and bytes(memoryview(first[0])[:1]) == b'"'
            return "" if not first else "Trades" if quoted else "OHLC"
    return ""
