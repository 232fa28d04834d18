"""Kraken futures' REST bodies: what reads each, and how a body is known by its keys.

{"result":"success","serverTime":"2025-11-17T00:34:37.524Z","tickers":[...]}
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias
from urllib.parse import parse_qs

from msgspec import UNSET, Meta, Raw, Struct, UnsetType
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame, Rejected
from feeds.exchanges.kraken import wire
from feeds.exchanges.kraken.futures_wire import DECODE_ERRORS, IN_MARKET, Stated
from feeds.exchanges.kraken.pairs import OLD_NAMES
from feeds.fields import Price, Rate, Size, Time, amount, nanoseconds
from market.events import (
    BookSnapshot,
    BookTicker,
    Event,
    FundingRate,
    Kline,
    Listing,
    MarkPrice,
    OpenInterest,
    Side,
    Ticker,
    Trade,
)
from market.instrument import Instrument, Kind

Moment = Annotated[datetime, Meta(tz=True)]

RESOLUTIONS = {
    "1m": 60,
    "5m": 300,
    "15m": 900,
    "30m": 1800,
    "1h": 3600,
    "4h": 14400,
    "12h": 43200,
    "1d": 86400,
    "1w": 604800,
}
"""Seconds of each kind of bar that the venue makes."""

_KINDS = {
    "flexible_futures": Kind.LINEAR,
    "futures_inverse": Kind.INVERSE,
    "futures_vanilla": Kind.LINEAR,
}


@dataclass(frozen=True, slots=True)
class Context:
    """What a body does not say itself: who was asked, for what, and when the answer came."""

    venue: str
    now: int
    time: int
    """By the venue's clock, where the body states it."""
    symbol: str = "?"
    interval: str = ""

    def instrument(self, symbol: str = "") -> str:
        """The id of a row's own symbol, else of the one asked for."""
        return f"{self.venue}:{symbol.upper() or self.symbol}"


class _Contract(Struct, gc=False):
    """One instrument of the list; indices have neither ticks nor contracts.

    {"symbol":"PF_ETHUSD","type":"flexible_futures","tickSize":0.1,"contractSize":1,
    "tradeable":true,"contractValueTradePrecision":3,"base":"ETH","quote":"USD", ...}
    """

    symbol: str
    type: str
    tickSize: Decimal | None = None
    contractSize: Decimal | None = None
    contractValueTradePrecision: Annotated[int, Meta(ge=-15, le=15)] = 0
    base: str = ""
    quote: str = ""

    def events(self, about: Context) -> Stated:
        name, kind = about.instrument(self.symbol), _KINDS.get(self.type)
        if kind is None or not self.tickSize or not self.contractSize:
            return (Ignored(name, f"{self.type[:40]}: nothing that is traded"),)
        tick = amount(self.tickSize, about.venue).normalize()
        lot = Decimal(1).scaleb(-self.contractValueTradePrecision)
        size = amount(self.contractSize, about.venue).normalize()
        # A linear contract of one coin is a coin; an inverse one is so many dollars.
        contract = None if kind is Kind.LINEAR and size == 1 else size
        names = (self.base, self.quote) if self.base else _sides(self.symbol)
        symbol = self.symbol.upper()
        instrument = Instrument(about.venue, symbol, tick, lot, *names, kind, contract)
        return (Listing(instrument.id, about.now, instrument),)


class _Day(Struct, gc=False):
    """One contract of the tickers. Its funding rate is in currency, not a fraction: left out."""

    symbol: str
    markPrice: Size | None = None
    indexPrice: Size | None = None
    openInterest: Size | None = None
    bid: Size = 0.0
    bidSize: Size = 0.0
    ask: Size = 0.0
    askSize: Size = 0.0
    last: Size = 0.0
    open24h: Size = 0.0
    high24h: Size = 0.0
    low24h: Size = 0.0
    vol24h: Size = 0.0
    volumeQuote: Decimal | None = None

    def events(self, about: Context) -> Stated:
        name, now, time = about.instrument(self.symbol), about.now, about.time
        stated: list[Event] = []
        if self.last:
            day = (self.last, self.open24h, self.high24h, self.low24h, self.vol24h)
            turnover = self.volumeQuote
            turnover = None if turnover is None else amount(turnover, about.venue)
            stated.append(Ticker(name, time, now, *day, turnover))
        if self.bid or self.ask:
            best = (self.bid, self.bidSize, self.ask, self.askSize)
            stated.append(BookTicker(name, time, now, *best, None))
        if self.markPrice is not None:
            stated.append(MarkPrice(name, time, now, self.markPrice, self.indexPrice))
        if self.openInterest is not None:
            stated.append(OpenInterest(name, time, now, self.openInterest))
        return tuple(stated) or (Ignored(name, "a ticker of an index"),)


class _Level(Struct, gc=False, array_like=True):
    price: Price
    size: Size


class _Book(Struct, gc=False):
    bids: list[_Level]
    asks: list[_Level]


class _Print(Struct, gc=False):
    """One trade of the history; its side is the taker's.

    {"time":"2025-07-11T12:00:00.000Z","trade_id":99,"price":105900.0,"size":0.5,"side":"buy",
    "type":"fill","uid":"05af78ac-a774-478c-a50c-8b9c234e071e"}
    """

    time: Moment
    price: Price
    size: Size
    side: Literal["buy", "sell"]
    type: str
    uid: str

    def events(self, about: Context) -> Stated:
        if self.type not in IN_MARKET:
            return (Ignored(about.instrument(), f"a trade by {self.type[:40]}"),)
        side = Side.BUY if self.side == "buy" else Side.SELL
        time = wire.nanoseconds(self.time)
        return (Trade(about.instrument(), time, about.now, self.uid, self.price, self.size, side),)


class _Rate(Struct, gc=False):
    """A past one: {"timestamp":"2025-07-11T08:00:00.000Z","relativeFundingRate":0.0001, ...}."""

    timestamp: Moment
    relativeFundingRate: Rate

    def events(self, about: Context) -> Stated:
        time = wire.nanoseconds(self.timestamp)
        rate = self.relativeFundingRate
        return (FundingRate(about.instrument(), time, about.now, rate, None),)


class _Bar(Struct, gc=False):
    """{"time":1731715200000,"open":"91069","high":"91373.5","low":"90956","close":"91045.5",
    "volume":"319499"}: a bar.
    """

    time: Time
    open: Size
    high: Size
    low: Size
    close: Size
    volume: Size


class _Body(Struct):
    result: Raw | UnsetType = UNSET
    error: Raw | UnsetType = UNSET
    serverTime: Moment | None = None
    instruments: list[_Contract] | UnsetType = UNSET
    tickers: list[_Day] | UnsetType = UNSET
    history: list[_Print] | UnsetType = UNSET
    rates: list[_Rate] | UnsetType = UNSET
    orderBook: _Book | UnsetType = UNSET
    candles: list[_Bar] | UnsetType = UNSET


_Rows: TypeAlias = Sequence[_Contract] | Sequence[_Day] | Sequence[_Print] | Sequence[_Rate]

_body: Callable[[bytes | str], _Body] = Decoder(_Body, strict=False).decode
_list = Decoder(list[_Contract], strict=False).decode


def read(venue: str, path: str, body: bytes | str, now: int) -> Stated:
    """What a body states; `path` holds the query too, and is "" where unknown."""
    try:
        kind, symbol, interval = locate(path)
        if body[:1] in ("[", b"["):
            about = Context(venue, now, now, symbol)
            return tuple(event for row in _list(body) for event in row.events(about))
        answer = _body(body)
        refusal = _refusal(venue, answer)
        if refusal is not None:
            raise refusal
        time = now if answer.serverTime is None else wire.nanoseconds(answer.serverTime)
        return _stated(answer, Context(venue, now, time, symbol, interval), kind)
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), body) from error


def locate(path: str) -> tuple[str, str, str]:
    """Kind, symbol and interval of a path; "", "?" and "" where it names none.

    The kind is `trade` for bars of trades, `mark` or `spot` for others, else the endpoint.
    """
    bars = re.match(r"/api/charts/v1/(\w+)/(\w+)/(\w+)", path)
    if bars:
        return bars[1], bars[2].upper(), bars[3]
    match = re.match(r"/derivatives/api/v\d/([\w/-]+)", path)
    query = parse_qs(path.partition("?")[2])
    return (match[1] if match else ""), query.get("symbol", ["?"])[0].upper(), ""


def _refusal(venue: str, answer: _Body) -> Rejected | None:
    """Why there is no data, where the venue gives a reason."""
    if isinstance(answer.result, Raw) and bytes(memoryview(answer.result)) == b'"error"':
        reason = bytes(memoryview(answer.error)) if isinstance(answer.error, Raw) else b"refused"
        return Rejected(venue, reason[:100].decode(errors="replace").strip('"'))
    return None


def _stated(answer: _Body, about: Context, kind: str) -> Stated:
    candles, book = answer.candles, answer.orderBook
    if not isinstance(candles, UnsetType):
        if kind not in ("", "trade"):
            return (Ignored(about.instrument(), f"bars of {kind[:40]} prices"),)
        return _bars(candles, about)
    if not isinstance(book, UnsetType):
        bids, asks = ([(row.price, row.size) for row in side] for side in (book.bids, book.asks))
        return (BookSnapshot(about.instrument(), about.time, about.now, bids, asks, None),)
    lists: tuple[_Rows | UnsetType, ...] = (
        answer.instruments,
        answer.tickers,
        answer.history,
        answer.rates,
    )
    for rows in lists:
        if not isinstance(rows, UnsetType):
            stated = tuple(event for row in rows for event in row.events(about))
            return stated or (Ignored("", "an empty answer"),)
    if isinstance(answer.error, Raw):
        return (Ignored("", "an answer of Kraken spot"),)
    raise ValueError("not a body of a known shape")


def _bars(bars: Sequence[_Bar], about: Context) -> Stated:
    name, interval = about.instrument(), about.interval or _spacing(bars)
    seconds = RESOLUTIONS.get(interval)
    if seconds is None:
        raise ValueError(f"no bars of {interval[:20]}")
    stated: list[Event | Ignored] = []
    for bar in bars:
        if not bar.low:
            continue
        start = nanoseconds(bar.time)
        end = start + seconds * 1_000_000_000
        # The last bar is the one that is being made, until its end has passed.
        closed = bar is not bars[-1] or end <= about.now
        numbers = (bar.open, bar.high, bar.low, bar.close, bar.volume, None, None, None)
        stated.append(Kline(name, None, about.now, interval, start, end, *numbers, closed))
    return tuple(stated) or (Ignored(name, "no bars"),)


def _spacing(bars: Sequence[_Bar]) -> str:
    """The interval of bars by the time from one to the next."""
    step = (bars[1].time - bars[0].time) // 1000 if len(bars) > 1 else 60
    return next((name for name, seconds in RESOLUTIONS.items() if seconds == step), "?")


def _sides(symbol: str) -> tuple[str, str]:
    """Base and quote of a symbol, where the list does not state them: pi_xbtusd -> BTC, USD."""
    match = re.match(r"[A-Z]{2}_([A-Z0-9]+)(USD|EUR|GBP)(?:_|$)", symbol.upper())
    return (OLD_NAMES.get(match[1], match[1]), match[2]) if match else ("", "")
