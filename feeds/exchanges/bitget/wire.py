"""Bitget's rows: each struct is one row of a topic, and says what it states in our words.

Numbers are strings on the wire. Sizes are base currency, on coin-margined futures too. Times are
milliseconds. https://www.bitget.com/api-doc/uta/websocket/public/Public-Trades-Channel
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal, Protocol, TypeAlias

from msgspec import Meta, Struct

from feeds.adapter import Ignored
from feeds.exchanges.bitget.markets import INTERVALS, SPOT, Market
from feeds.fields import Blank, Levels, Price, Rate, Sequence, Size, Time, amount, nanoseconds
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FundingRate,
    Kline,
    Liquidation,
    MarkPrice,
    OpenInterest,
    Side,
    Ticker,
    Trade,
)
from market.instrument import Kind

Stated: TypeAlias = tuple[Event | Ignored, ...]
"""What one row states."""

Checksum = Annotated[int, Meta(ge=-(2**31), le=2**32 - 1)]

_SIDES = {"buy": Side.BUY, "sell": Side.SELL, "Buy": Side.BUY, "Sell": Side.SELL}
_FORCED = {"buy": Side.SELL, "sell": Side.BUY}
"""The side of the order that closes a position of each side."""
_LENGTHS = dict(INTERVALS.values())


@dataclass(frozen=True, slots=True)
class Context:
    """What a row does not say itself: whose it is, what it is of, and when it came."""

    venue: str
    now: int
    market: Market = SPOT
    symbol: str = "?"
    interval: str = ""
    """Our name, of bars."""
    whole: bool = True
    """Of a book: whether it is no change of one."""
    best: bool = False
    """Of a book: whether it is the topic of the best levels."""
    time: int = 0
    """When the venue sent it, ns."""

    def instrument(self, symbol: str = "") -> str:
        """The id of a row's own symbol, else of the one subscribed."""
        return f"{self.venue}:{symbol or self.symbol}{self.market.ending}"


class Row(Protocol):
    """A row that says what it states."""

    def events(self, about: Context) -> Stated: ...


class PrintRow(Struct, gc=False):
    """A single match; S is the taker's side.

    {"i":"1432912488536195072","p":"76671.22","v":"0.001367","S":"sell","T":"1777358880170",
    "L":"1432912488536195073","isRPI":"no"}
    """

    i: str
    p: Price
    v: Size
    S: Literal["buy", "sell", "Buy", "Sell"]
    T: Time
    symbol: str = ""
    """Stated by REST only."""

    def trade(self, instrument: str, now: int) -> Trade:
        time, side = nanoseconds(self.T), _SIDES[self.S]
        return Trade(instrument, time, now, self.i, self.p, self.v, side)

    def events(self, about: Context) -> Stated:
        return (self.trade(about.instrument(self.symbol), about.now),)


class BookRow(Struct, gc=False):
    """A book, a change of it, or its best levels; `pseq` is the number of the change before.

    {"a":[],"b":[["0.00519","30828.52"]],"seq":427583480559,"pseq":427583461144,
    "ts":"1789456512452","maxdepth":"1000"}
    """

    a: Levels
    b: Levels
    ts: Time
    seq: Sequence | None = None
    """Not in recordings of 2024."""
    pseq: Sequence | None = None
    checksum: Checksum | None = None
    """0 where none is made; left out since 2026."""

    def snapshot(self, instrument: str, now: int, sequence: int | None) -> BookSnapshot:
        return BookSnapshot(instrument, nanoseconds(self.ts), now, self.b, self.a, sequence)

    def delta(self, instrument: str, now: int, sequence: int, previous: int) -> BookDelta:
        time = nanoseconds(self.ts)
        return BookDelta(instrument, time, now, self.b, self.a, sequence, previous)

    def quote(self, instrument: str, now: int) -> BookTicker:
        """The best bid and ask; 0 where a side is empty."""
        best = (*(self.b[0] if self.b else (0.0, 0.0)), *(self.a[0] if self.a else (0.0, 0.0)))
        return BookTicker(instrument, nanoseconds(self.ts), now, *best, self.seq)

    def events(self, about: Context) -> Stated:
        name, now = about.instrument(), about.now
        if about.best:
            return (self.quote(name, now),)
        if about.whole:
            return (self.snapshot(name, now, self.seq),)
        return (self.delta(name, now, self.seq or 0, self.pseq or 0),)


class TextRow(Struct, gc=False):
    """The levels of a book as the wire spells them, for its checksum; either pair of names."""

    a: list[list[str]] = []
    b: list[list[str]] = []
    asks: list[list[str]] = []
    bids: list[list[str]] = []


class DayRow(Struct, gc=False):
    """What is known of a market now; spot has no more than the first line.

    {"lastPrice":"100000","openPrice24h":"0","highPrice24h":"100000","lowPrice24h":"98200",
    "volume24h":"37.722858","turnover24h":"3750302.979626","bid1Price":"99999", ...
    "markPrice":"99000","indexPrice":"99001","fundingRate":"0.0001",
    "nextFundingTime":"1736380800000","openInterest":"45000"}
    """

    lastPrice: Size | Blank
    openPrice24h: Size | Blank
    highPrice24h: Size | Blank
    lowPrice24h: Size | Blank
    volume24h: Size | Blank
    turnover24h: str
    markPrice: Size | Blank | None = None
    indexPrice: Size | Blank | None = None
    fundingRate: Rate | Blank | None = None
    nextFundingTime: Time | Blank | None = None
    """0 for a future that ends."""
    openInterest: Size | Blank | None = None
    symbol: str = ""
    ts: Time | None = None

    def events(self, about: Context) -> Stated:
        name = about.instrument(self.symbol)
        time = about.time if self.ts is None else nanoseconds(self.ts)
        stated: list[Event] = []
        if self.lastPrice:
            day = (self.openPrice24h or 0.0, self.highPrice24h or 0.0, self.lowPrice24h or 0.0)
            turnover = exact(self.turnover24h, about.venue)
            last, volume = self.lastPrice, self.volume24h or 0.0
            stated.append(Ticker(name, time, about.now, last, *day, volume, turnover))
        if about.market.kind is Kind.SPOT:
            return tuple(stated)
        if self.markPrice:
            stated.append(MarkPrice(name, time, about.now, self.markPrice, self.indexPrice or None))
        if isinstance(self.fundingRate, float) and self.nextFundingTime:
            due = nanoseconds(self.nextFundingTime)
            stated.append(FundingRate(name, time, about.now, self.fundingRate, due))
        if isinstance(self.openInterest, float):
            stated.append(OpenInterest(name, time, about.now, self.openInterest))
        return tuple(stated)


class BarRow(Struct, gc=False):
    """A bar as it stands; whether it is over is not said.

    {"start":"1755564480000","open":"116286","close":"116256.2","high":"116310.2",
    "low":"116232.8","volume":"39.7062","turnover":"4616746.46654"}
    """

    start: Time
    open: Size
    high: Size
    low: Size
    close: Size
    volume: Size
    turnover: Decimal

    def events(self, about: Context) -> Stated:
        name = about.instrument()
        if not about.interval or not self.low:
            return (Ignored(name, "kline without a known length or a price"),)
        start = nanoseconds(self.start)
        end = start + _LENGTHS[about.interval] * 1_000_000_000
        prices = (self.open, self.high, self.low, self.close)
        amounts = (self.volume, None, amount(self.turnover, about.venue), None)
        closed = end <= about.time
        head = (name, about.time, about.now, about.interval)
        return (Kline(*head, start, end, *prices, *amounts, closed),)


class ForcedRow(Struct, gc=False):
    """A forced order: the largest of a second and side. The side is the position's.

    {"symbol":"BTCUSDT","side":"buy","price":"89000","amount":"37.722858","ts":"1736371332162"}
    """

    symbol: str
    side: Literal["buy", "sell"]
    price: Price
    amount: Size
    """Quote currency."""
    ts: Time

    def events(self, about: Context) -> Stated:
        name, time = about.instrument(self.symbol), nanoseconds(self.ts)
        size = self.amount / self.price
        if size > 1e15:
            return (Ignored(name, "a liquidation of an impossible size"),)
        return (Liquidation(name, time, about.now, self.price, size, _FORCED[self.side]),)


def exact(text: str, venue: str) -> Decimal | None:
    """The amount that a text spells, None where it spells none."""
    if not text:
        return None
    try:
        return amount(Decimal(text), venue)
    except ArithmeticError as error:
        raise ValueError(f"{text[:40]} is not a number") from error
