"""Bybit's stream messages: each struct is one payload and says what it states in our words.

Prices and sizes are decoded from their strings to floats in C, and checked there too. Sizes are
base currency on spot and linear contracts, and contracts of 1 USD on inverse ones. Times are
milliseconds. https://bybit-exchange.github.io/docs/v5/websocket/public/trade
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from msgspec import Struct

from feeds.adapter import Ignored
from feeds.exchanges.bybit.markets import INTERVALS, Market
from feeds.fields import Blank, Levels, Price, Rate, Sequence, Size, Time, amount, nanoseconds
from feeds.standing import Standing
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
"""What one payload states."""

TAKER = {"Buy": Side.BUY, "Sell": Side.SELL}
FORCED = {"Buy": Side.SELL, "Sell": Side.BUY}
"""The side of the order that closes a position of each side."""


@dataclass(frozen=True, slots=True)
class About:
    """What a message does not say itself: whose it is, and when it came."""

    venue: str
    market: Market
    now: int
    symbol: str = "?"
    interval: str = ""

    def instrument(self, symbol: str = "") -> str:
        """The id of a row's own symbol, else of the one asked for."""
        return f"{self.venue}:{symbol or self.symbol}"

    def quote_volume(self, volume: Decimal, turnover: Decimal) -> Decimal:
        """What was traded in quote currency: on inverse contracts turnover is base currency."""
        contract = self.market.contract_size
        return amount(turnover, self.venue) if contract is None else volume * contract

    def base_volume(self, turnover: Decimal) -> float | None:
        """What was traded in base currency, where volumes count contracts."""
        inverse = self.market.contract_size is not None
        return float(amount(turnover, self.venue)) if inverse else None


class Print(Struct, gc=False):
    """A single match of two orders.

    {"T":1672304486865,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"16578.50","L":"PlusTick",
    "i":"20f43950-d8dd-5b31-9112-a178eb6023af","BT":false,"RPI":false,"seq":1783284617}
    """

    T: Time
    s: str
    S: Literal["Buy", "Sell"]
    v: Size
    p: Price
    i: str
    BT: bool
    """A block trade, agreed upon away from the book."""

    def trade(self, instrument: str, now: int) -> Trade:
        time = nanoseconds(self.T)
        return Trade(instrument, time, now, self.i, self.p, self.v, TAKER[self.S])


class Trades(Struct, gc=False):
    """Up to 1024 matches: {"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1,"data":[]}."""

    data: list[Print]

    def events(self, about: About, topic: str) -> Stated:
        return tuple(
            Ignored(about.instrument(row.s), "a block trade")
            if row.BT
            else row.trade(about.instrument(row.s), about.now)
            for row in self.data
        )


class _Book(Struct, gc=False):
    s: str
    b: Levels
    a: Levels
    u: Sequence


class Book(Struct, gc=False):
    """The book of so many levels, or a change of it.

    {"topic":"orderbook.50.BTCUSDT","type":"delta","ts":1687940967466,"data":{"s":"BTCUSDT",
    "b":[["30247.20","30.028"]],"a":[],"u":177400507,"seq":66544703342},"cts":1687940967464}
    """

    type: Literal["snapshot", "delta"]
    ts: Time
    data: _Book
    cts: Time | None = None
    """When the matching engine made it; not in recordings of 2023."""

    @property
    def whole(self) -> bool:
        """Whether it replaces what was known; number 1 comes after a restart of the service."""
        return self.type == "snapshot" or self.data.u == 1

    @property
    def time(self) -> int:
        """The engine's time, which is that of trades too, else the message's."""
        return nanoseconds(self.ts if self.cts is None else self.cts)

    def snapshot(self, instrument: str, now: int) -> BookSnapshot:
        data = self.data
        return BookSnapshot(instrument, self.time, now, data.b, data.a, data.u)

    def delta(self, instrument: str, now: int) -> BookDelta:
        data = self.data
        return BookDelta(instrument, self.time, now, data.b, data.a, data.u, data.u - 1)

    def quote(self, instrument: str, now: int, standing: Standing) -> BookTicker:
        """The best of both sides, where the topic is that of one level."""
        best = (*_first(standing.bids), *_first(standing.asks))
        return BookTicker(instrument, self.time, now, *best, self.data.u)

    def events(self, about: About, topic: str) -> Stated:
        name, now = about.instrument(self.data.s), about.now
        if depth_of(topic) > 1:
            return (self.snapshot(name, now) if self.whole else self.delta(name, now),)
        if not self.whole:
            return (Ignored(name, "a change of the best bid or ask"),)
        standing = Standing()
        standing.apply(self.data.b, self.data.a)
        return (self.quote(name, now, standing),)


class _Candle(Struct, gc=False):
    start: Time
    end: Time
    interval: str
    open: Size
    close: Size
    high: Size
    low: Size
    volume: Decimal
    turnover: Decimal
    confirm: bool


class Candles(Struct, gc=False):
    """A bar as it stands.

    {"topic":"kline.5.BTCUSDT","data":[{"start":1672324800000,"end":1672325099999,
    "interval":"5","open":"16649.5","close":"16677","high":"16677","low":"16608",
    "volume":"2.081","turnover":"34666.4005","confirm":false,"timestamp":1672324988882}],
    "ts":1672324988882,"type":"snapshot"}
    """

    ts: Time
    data: list[_Candle]

    def events(self, about: About, topic: str) -> Stated:
        name = about.instrument(topic.rpartition(".")[2])
        return tuple(self._bar(row, name, about) for row in self.data)

    def _bar(self, row: _Candle, name: str, about: About) -> Kline | Ignored:
        if row.interval not in INTERVALS or not row.low:
            return Ignored(name, f"kline {row.interval!r} without a known length or a price")
        volume = amount(row.volume, about.venue)
        return Kline(
            name,
            nanoseconds(self.ts),
            about.now,
            INTERVALS[row.interval][0],
            nanoseconds(row.start),
            nanoseconds(row.end + 1),
            row.open,
            row.high,
            row.low,
            row.close,
            float(volume),
            None,
            about.quote_volume(volume, row.turnover),
            None,
            row.confirm,
            about.base_volume(row.turnover),
        )


class Day(Struct, gc=False):
    """What is known of a market now; on derivatives what is left out has not changed.

    {"symbol":"BTCUSDT","lastPrice":"17216.00","highPrice24h":"17281.50",
    "lowPrice24h":"16915.00","prevPrice24h":"16926.50","volume24h":"91705.276",
    "turnover24h":"1570383121.943499","markPrice":"17217.33","indexPrice":"17227.36",
    "openInterest":"68744.761","singleOpenInterest":"34372.380","fundingRate":"-0.000212",
    "nextFundingTime":"1673280000000","bid1Price":"17215.50", ...}
    """

    symbol: str
    lastPrice: Size | Blank = ""
    prevPrice24h: Size | Blank = ""
    highPrice24h: Size | Blank = ""
    lowPrice24h: Size | Blank = ""
    volume24h: Decimal | None = None
    turnover24h: Decimal | None = None
    markPrice: Size | Blank = ""
    indexPrice: Size | Blank = ""
    openInterest: Size | Blank = ""
    """Since June 2026 documented as the sum of both sides."""
    singleOpenInterest: Size | Blank = ""
    """Since June 2026."""
    fundingRate: Rate | Blank = ""
    nextFundingTime: Time | Blank = ""

    def update(self, changed: "Day") -> None:
        """Take what another message states."""
        for name in self.__struct_fields__:
            value = getattr(changed, name)
            if value is not None and value != "":
                setattr(self, name, value)

    def events(self, about: About, time: int, changed: "Day | None" = None) -> Stated:
        """What is stated; with `changed` only that which this part of it changes."""
        name, now, new = about.instrument(self.symbol), about.now, changed or self
        events: list[Event] = []
        mark, rate = self.markPrice, self.fundingRate
        if not isinstance(mark, str) and _any(new.markPrice, new.indexPrice):
            index = None if isinstance(self.indexPrice, str) else self.indexPrice
            events.append(MarkPrice(name, time, now, mark, index))
        if not isinstance(rate, str) and _any(new.fundingRate, new.nextFundingTime):
            due = nanoseconds(self.nextFundingTime or 0) or None
            events.append(FundingRate(name, time, now, rate, due))
        held = one_side(self.openInterest, self.singleOpenInterest, about.market.kind)
        if held is not None and _any(new.openInterest, new.singleOpenInterest):
            events.append(OpenInterest(name, time, now, held))
        return (*events, *self._ticker(about, time, new))

    def _ticker(self, about: About, time: int, new: "Day") -> tuple[Ticker, ...]:
        news = (new.lastPrice, new.prevPrice24h, new.highPrice24h, new.lowPrice24h)
        if not _any(*news) and new.volume24h is None:
            return ()
        prices = [
            price
            for price in (self.lastPrice, self.prevPrice24h, self.highPrice24h, self.lowPrice24h)
            if not isinstance(price, str)
        ]
        volume, turnover = self.volume24h, self.turnover24h
        if len(prices) < len(news) or volume is None or turnover is None:
            return ()
        traded = about.quote_volume(amount(volume, about.venue), turnover)
        last, first, high, low = prices
        name = about.instrument(self.symbol)
        volumes = (float(volume), traded, about.base_volume(turnover))
        return (Ticker(name, time, about.now, last, first, high, low, *volumes),)


class Days(Struct, gc=False):
    """{"topic":"tickers.BTCUSDT","type":"delta","data":{},"cs":24987956059,"ts":1673272861686}."""

    type: Literal["snapshot", "delta"]
    ts: Time
    data: Day

    def events(self, about: About, topic: str) -> Stated:
        stated = self.data.events(about, nanoseconds(self.ts))
        return stated or (Ignored(about.instrument(self.data.symbol), "nothing that is used"),)


class _Forced(Struct, gc=False):
    T: Time
    s: str
    S: Literal["Buy", "Sell"]
    v: Size
    p: Size


class Forced(Struct, gc=False):
    """All liquidations of half a second; S is the position's side, p its bankruptcy price.

    {"topic":"allLiquidation.ROSEUSDT","type":"snapshot","ts":1739502303204,"data":[
    {"T":1739502302929,"s":"ROSEUSDT","S":"Sell","v":"20000","p":"0.04499"}]}
    """

    data: list[_Forced]

    def events(self, about: About, topic: str) -> Stated:
        return tuple(
            Liquidation(
                about.instrument(row.s),
                nanoseconds(row.T),
                about.now,
                row.p,
                row.v,
                FORCED[row.S],
            )
            for row in self.data
        )


Content: TypeAlias = Trades | Book | Candles | Days | Forced


def depth_of(topic: str) -> int:
    """Levels a side of a book's topic."""
    return int(topic.split(".")[1])


def one_side(both: float | str, single: float | str, kind: Kind) -> float | None:
    """Open interest counted once; None where nothing is stated.

    Contracts without the newer field state the sum of longs and shorts, which are equal.
    """
    if not isinstance(single, str):
        return single
    if isinstance(both, str):
        return None
    return both if kind is Kind.SPOT else both / 2


def _any(*values: float | str) -> bool:
    """Whether any of these is stated."""
    return any(value != "" for value in values)


def _first(levels: list[tuple[float, float]]) -> tuple[float, float]:
    return levels[0] if levels else (0.0, 0.0)
