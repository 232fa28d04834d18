"""MEXC spot's REST bodies: each struct is one row, and a table says what reads each endpoint."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, NamedTuple, Protocol, TypeAlias, cast
from urllib.parse import parse_qs

from msgspec import Meta, Raw, Struct
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame
from feeds.exchanges.mexc.about import DECODE_ERRORS, About, Refused, Stated
from feeds.fields import Blank, Count, Levels, Price, Size, Time, amount, nanoseconds
from market.events import BookSnapshot, BookTicker, Kline, Listing, Side, Ticker, Trade
from market.instrument import Instrument

INTERVALS: dict[str, str] = {
    "1m": "1m",
    "5m": "5m",
    "15m": "15m",
    "30m": "30m",
    "60m": "1h",
    "4h": "4h",
    "1d": "1d",
    "1W": "1w",
    "1M": "1M",
}
"""Our interval of each that requests name; there are no eight hours."""

SPELLING = {name: code for code, name in INTERVALS.items()} | {"8h": "4h"}
"""The requests' interval for each of those that the sockets have."""

_LENGTHS = {60: "1m", 300: "5m", 900: "15m", 1800: "30m", 3600: "1h", 14400: "4h"} | {
    86400: "1d",
    604800: "1w",
}
"""Our intervals by their seconds, for klines that nobody says were asked for."""


class Place(NamedTuple):
    """What a request's path says of its body; "" and "?" where it does not."""

    endpoint: str = ""
    symbol: str = "?"
    interval: str = ""


class _Row(Protocol):
    def events(self, about: About) -> Stated: ...


class TradeRow(Struct, gc=False):
    """A print of `trades`, without an id.

    {"id":null,"price":"3219.58","qty":"0.04757","quoteQty":"153.1554206","time":1737623988881,
    "isBuyerMaker":false,"isBestMatch":true,"tradeType":"BID"}
    """

    price: Price
    qty: Size
    time: Time
    isBuyerMaker: bool

    def events(self, about: About) -> Stated:
        return (_trade(about, self.time, self.price, self.qty, self.isBuyerMaker),)


class AggTradeRow(Struct, gc=False):
    """A print of `aggTrades`, without an id.

    {"a":null,"f":null,"l":null,"p":"46782.67","q":"0.0038","T":1641380483000,"m":false,"M":true}
    """

    p: Price
    q: Size
    T: Time
    m: bool

    def events(self, about: About) -> Stated:
        return (_trade(about, self.T, self.p, self.q, self.m),)


def _trade(about: About, time: int, price: float, size: float, is_buyer_maker: bool) -> Trade:
    side = Side.SELL if is_buyer_maker else Side.BUY
    return Trade(about.instrument(), nanoseconds(time), about.now, "", price, size, side)


class DayRow(Struct, gc=False):
    """24 h statistics of `ticker/24hr`.

    {"symbol":"BTCUSDT","lastPrice":"46263.71","openPrice":"46079.37","highPrice":"47550.01",
    "lowPrice":"45555.5","volume":"1732.461487","quoteVolume":null,"closeTime":1641349582808, ...}
    """

    symbol: str
    lastPrice: Size
    openPrice: Size
    highPrice: Size
    lowPrice: Size
    volume: Size
    closeTime: Time
    quoteVolume: Decimal | None = None

    def events(self, about: About) -> Stated:
        prices = (self.lastPrice, self.openPrice, self.highPrice, self.lowPrice)
        traded = None if self.quoteVolume is None else amount(self.quoteVolume, about.venue)
        name, time = about.instrument(self.symbol), nanoseconds(self.closeTime)
        return (Ticker(name, time, about.now, *prices, self.volume, traded),)


class QuoteRow(Struct, gc=False):
    """Best bid and ask of `ticker/bookTicker`.

    {"symbol":"AEUSDT","bidPrice":"0.11001","bidQty":"115.59","askPrice":"0.11127",
    "askQty":"215.48"}
    """

    symbol: str
    bidPrice: Size | Blank | None
    bidQty: Size | Blank | None
    askPrice: Size | Blank | None
    askQty: Size | Blank | None

    def events(self, about: About) -> Stated:
        bid, bid_size = self.bidPrice or 0.0, self.bidQty or 0.0
        ask, ask_size = self.askPrice or 0.0, self.askQty or 0.0
        name = about.instrument(self.symbol)
        return (BookTicker(name, None, about.now, bid, bid_size, ask, ask_size, None),)


class BookBody(Struct, gc=False):
    """{"lastUpdateId":1112416,"bids":[["15.0","49999.0"]],"asks":[["15.1","1.0"]]}."""

    lastUpdateId: Count
    bids: Levels
    asks: Levels

    def events(self, about: About) -> Stated:
        name = about.instrument()
        return (BookSnapshot(name, None, about.now, self.bids, self.asks, self.lastUpdateId),)


class CandleRow(Struct, gc=False, array_like=True):
    """A bar: an array, not an object; the oldest comes first.

    [1640804880000,"47482.36","47482.36","47416.57","47436.1","3.550717",1640804940000,"168387.3"]
    """

    start: Time
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Size
    end: Time
    turnover: Decimal

    def bar(self, about: About, *, closed: bool) -> Kline | Ignored:
        start, name = nanoseconds(self.start), about.instrument()
        # The end is written as the next bar's start, on some endpoints as the ms before.
        end = nanoseconds(self.end + self.end % 2)
        interval = INTERVALS.get(about.interval) or _LENGTHS.get((end - start) // 1_000_000_000)
        if interval is None:
            return Ignored(name, "a kline without a known length")
        prices = (self.open, self.high, self.low, self.close)
        volumes = (self.volume, None, amount(self.turnover, about.venue), None)
        return Kline(name, None, about.now, interval, start, end, *prices, *volumes, closed)


class ListedRow(Struct, gc=False):
    """An instrument of `exchangeInfo`.

    {"symbol":"BTCUSDT","status":"1","baseAsset":"BTC","baseAssetPrecision":8,"quoteAsset":"USDT",
    "quotePrecision":2, "baseSizePrecision":"0.000001", ...}
    """

    symbol: str
    baseAsset: str
    quoteAsset: str
    baseAssetPrecision: Annotated[int, Meta(ge=0, le=18)]
    quotePrecision: Annotated[int, Meta(ge=0, le=18)]
    """Decimals of a price."""

    def events(self, about: About) -> Stated:
        # `baseSizePrecision` is the least order; trades are of any number of decimals' units.
        tick, lot = (
            Decimal(1).scaleb(-self.quotePrecision),
            Decimal(1).scaleb(-self.baseAssetPrecision),
        )
        coins = (self.baseAsset, self.quoteAsset)
        listed = Instrument(about.venue, self.symbol, tick, lot, *coins)
        return (Listing(listed.id, about.now, listed),)


class _Listed(Struct):
    symbols: list[ListedRow]

    def events(self, about: About) -> Stated:
        return tuple(event for row in self.symbols for event in row.events(about))


class _Problem(Struct):
    """{"code":-1121,"msg":"Invalid symbol."}, beside which some bodies have a code of 0."""

    code: int = 0
    msg: str | None = None


def read(about: About, place: Place, body: bytes | str) -> Stated:
    """What a body states. MalformedFrame where it is none, Refused where it is a refusal."""
    try:
        keys, endpoint = _keys(body), place.endpoint
        if "code" in keys:
            problem = _problem(body)
            if problem.code not in (0, 200):
                raise Refused(about.venue, problem.code, problem.msg or "refused")
        endpoint = endpoint or _recognise(body, keys)
        reader = ENDPOINTS.get(endpoint)
        if reader is None:
            return (Ignored(about.instrument(), f"{endpoint}: states nothing that is used"),)
        return reader(body, about) or (Ignored(about.instrument(), f"{endpoint}: an empty list"),)
    except DECODE_ERRORS as error:
        raise MalformedFrame(about.venue, str(error), body) from error


def locate(path: str) -> Place:
    """Where a path leads; a path of the other market leads to its whole self."""
    match = re.match(r"/api/v3/([^?]*)", path)
    asked = parse_qs(path.partition("?")[2])
    names = ("symbol", "interval")
    known = {name: asked[name][0] for name in names if name in asked}
    return Place(match[1] if match else path.partition("?")[0][:60], **known)


def _recognise(body: bytes | str, keys: frozenset[str]) -> str:
    """The endpoint whose bodies look like this. ValueError when none does."""
    for endpoint, shape in SHAPES.items():
        if shape <= keys:
            return endpoint
    if not keys and isinstance(_any(body), list):
        return "klines" if _rows_of(body) else "an empty list"
    raise ValueError("not a body of a known shape")


def _keys(body: bytes | str) -> frozenset[str]:
    """The keys of an object, or of the first of a list of them."""
    decoded = _any(body)
    if isinstance(decoded, dict):
        return frozenset(decoded)
    first = bytes(decoded[0]) if decoded else b"[]"
    return frozenset() if first[:1] == b"[" else frozenset(_object(first))


def _rows(kind: type[Struct]) -> "_Reader":
    """A reader of one row or of a list of rows, for a struct with `events`."""
    either = kind | list[kind]  # type: ignore[valid-type]  # a union made at run time
    decode = cast(Callable[[bytes | str], _Row | list[_Row]], Decoder(either, strict=False).decode)

    def reader(body: bytes | str, about: About) -> Stated:
        rows = decode(body)
        if not isinstance(rows, list):
            return rows.events(about)
        return tuple(event for row in rows for event in row.events(about))

    return reader


def _klines(body: bytes | str, about: About) -> Stated:
    rows = _candles(body)
    # The last one is still open.
    return tuple(row.bar(about, closed=row is not rows[-1]) for row in rows)


_Reader: TypeAlias = Callable[[bytes | str, About], Stated]

_any = Decoder(dict[str, Raw] | list[Raw]).decode
_rows_of = Decoder(list[Raw]).decode
_object = Decoder(dict[str, Raw]).decode
_problem = Decoder(_Problem).decode
_candles = Decoder(list[CandleRow], strict=False).decode

ENDPOINTS: dict[str, _Reader] = {
    "aggTrades": _rows(AggTradeRow),
    "depth": _rows(BookBody),
    "exchangeInfo": _rows(_Listed),
    "klines": _klines,
    "ticker/24hr": _rows(DayRow),
    "ticker/bookTicker": _rows(QuoteRow),
    "trades": _rows(TradeRow),
}
"""What reads the bodies of each endpoint that states something for the model."""

SHAPES: dict[str, frozenset[str]] = {
    "a body of futures": frozenset({"success", "code"}),
    "a list of futures": frozenset({"contractSize", "symbol"}),
    "aggTrades": frozenset({"p", "q", "T", "m"}),
    "avgPrice": frozenset({"mins", "price"}),
    "defaultSymbols": frozenset({"code", "data"}),
    "depth": frozenset({"lastUpdateId", "bids", "asks"}),
    "exchangeInfo": frozenset({"symbols"}),
    "ticker/24hr": frozenset({"openPrice", "lastPrice"}),
    "ticker/bookTicker": frozenset({"bidPrice", "bidQty"}),
    "ticker/price": frozenset({"symbol", "price"}),
    "time": frozenset({"serverTime"}),
    "trades": frozenset({"price", "qty", "isBuyerMaker"}),
}
"""Keys that tell a body's endpoint where no address does; the first row that fits counts."""
