"""BitMEX's rows: each struct is one row of a table, and says what it states in our words.

Sizes are counted in contracts, whose worth the instrument states. Times are RFC 3339.
https://www.bitmex.com/app/wsAPI
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal, Protocol, TypeAlias

from msgspec import Meta, Struct

from feeds.adapter import Ignored
from feeds.fields import Count, Price, Rate, Size, amount
from market.events import (
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

Stated: TypeAlias = tuple[Event | Ignored, ...]
"""What one row states."""

Moment = Annotated[datetime, Meta(tz=True)]
Word = Literal["Buy", "Sell"]

SIDES = {"Buy": Side.BUY, "Sell": Side.SELL}
BINS: dict[str, int] = {"1m": 60, "5m": 300, "1h": 3600, "1d": 86400}
"""The seconds of the bars that there are, which have our names."""
BARS = {
    "1m": "1m",
    "3m": "1m",
    "5m": "5m",
    "15m": "5m",
    "30m": "5m",
    "1h": "1h",
    "2h": "1h",
    "4h": "1h",
    "6h": "1h",
    "8h": "1h",
    "12h": "1h",
    "1d": "1d",
    "3d": "1d",
    "1w": "1d",
    "1M": "1d",
}
"""The venue's bar for each of our intervals, or one that it can be made of."""

_NO_MATCH = "00000000-0000-0000-0000-000000000000"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Context:
    """What a row does not say itself: whose it is, and when it came."""

    venue: str
    now: int
    interval: str = ""
    """Of bars."""

    def instrument(self, symbol: str) -> str:
        """The id of a row's symbol."""
        return f"{self.venue}:{symbol}"


class Row(Protocol):
    """A row that says what it states."""

    @property
    def symbol(self) -> str: ...

    def events(self, about: Context) -> Stated: ...


class TradeRow(Struct, gc=False):
    """One match; of indices, and of contracts that are settled, something like one.

    {"timestamp":"2021-03-12T02:00:04.608Z","symbol":"XBTUSD","side":"Sell","size":900,
    "price":56927,"tickDirection":"MinusTick","trdMatchID":"d1b82d61-d902-349c-936c-2588b8204aff",
    "grossValue":1581300,"homeNotional":0.015813,"foreignNotional":900}
    """

    timestamp: Moment
    symbol: str
    price: Size
    size: Size | None = None
    side: Word | Literal[""] | None = None
    """Left out where nobody was the taker."""
    trdMatchID: str | None = None
    trdType: str | None = None

    def trade(self, about: Context) -> Trade | Ignored:
        name, kind = about.instrument(self.symbol), self.trdType or "Regular"
        if not self.side or not self.size or not self.price:
            return Ignored(name, f"no trade of the book: {kind[:20]}")
        ident = "" if self.trdMatchID in (None, _NO_MATCH) else str(self.trdMatchID)
        time, side = nanoseconds(self.timestamp), SIDES[self.side]
        return Trade(name, time, about.now, ident, self.price, self.size, side)

    def events(self, about: Context) -> Stated:
        return (self.trade(about),)


class LevelRow(Struct, gc=False):
    """One level of a book; a change of it names no price, what is gone no size.

    {"symbol":"XRPU21","id":56799989301,"side":"Sell","size":3000,"price":0.00010699}
    """

    symbol: str
    id: Count
    side: Word
    size: Size | None = None
    price: Price | None = None
    timestamp: Moment | None = None

    def events(self, about: Context) -> Stated:
        return (Ignored(about.instrument(self.symbol), "one level of a book"),)


class TenRow(Struct, gc=False):
    """The best ten levels, whole each time; an empty side may be left out.

    {"symbol":"XBTM22","bids":[[31530.5,1800]],"timestamp":"2022-05-30T22:19:48.301Z",
    "asks":[[31570.5,7000]]}
    """

    symbol: str
    timestamp: Moment
    bids: list[tuple[Price, Size]] = []
    asks: list[tuple[Price, Size]] = []

    def snapshot(self, about: Context) -> BookSnapshot:
        name, time = about.instrument(self.symbol), nanoseconds(self.timestamp)
        return BookSnapshot(name, time, about.now, self.bids, self.asks, None)

    def events(self, about: Context) -> Stated:
        return (self.snapshot(about),)


class QuoteRow(Struct, gc=False):
    """The best bid and ask; null where there is none.

    {"timestamp":"2022-07-01T00:00:07.138Z","symbol":"XBTUSD","bidSize":2100,"bidPrice":19917.5,
    "askPrice":19918,"askSize":3600}
    """

    timestamp: Moment
    symbol: str
    bidSize: Size | None = None
    bidPrice: Size | None = None
    askPrice: Size | None = None
    askSize: Size | None = None

    def events(self, about: Context) -> Stated:
        numbers = (self.bidPrice, self.bidSize, self.askPrice, self.askSize)
        bid, bid_size, ask, ask_size = (number or 0.0 for number in numbers)
        name, time = about.instrument(self.symbol), nanoseconds(self.timestamp)
        return (BookTicker(name, time, about.now, bid, bid_size, ask, ask_size, None),)


class BinRow(Struct, gc=False):
    """A bar by the time at which it ended. It opens with the close of the one before.

    {"timestamp":"2023-02-01T00:07:00.000Z","symbol":"XBTUSD","open":23077.5,"high":23096.5,
    "low":23076.5,"close":23085,"trades":93,"volume":342600,"vwap":23081.1487,"lastSize":100,
    "turnover":1484330812,"homeNotional":14.84330812,"foreignNotional":342600}
    """

    timestamp: Moment
    symbol: str
    open: Size | None = None
    high: Size | None = None
    low: Size | None = None
    close: Size | None = None
    trades: Count = 0
    volume: Size | None = None
    homeNotional: Size | None = None
    foreignNotional: Decimal | None = None

    def events(self, about: Context) -> Stated:
        name = about.instrument(self.symbol)
        prices = [price for price in (self.open, self.high, self.low, self.close) if price]
        if len(prices) < 4 or about.interval not in BINS:
            return (Ignored(name, "a bar without a price or a known length"),)
        end = nanoseconds(self.timestamp)
        start = end - BINS[about.interval] * 1_000_000_000
        if start < 0:
            return (Ignored(name, "a bar before there was a market"),)
        worth = self.foreignNotional
        quote = None if worth is None else amount(worth, about.venue)
        first, high, low, last = prices
        return (
            Kline(
                name,
                None,
                about.now,
                about.interval,
                start,
                end,
                first,
                high,
                low,
                last,
                self.volume or 0.0,
                None,
                quote,
                self.trades,
                end <= about.now,
                self.homeNotional,
            ),
        )


class ForcedRow(Struct, gc=False):
    """An order that closes a position by force, and what of it is not done yet.

    {"orderID":"a5ae6bb1-...","symbol":"XBTUSD","side":"Sell","price":56000,"leavesQty":1000}
    """

    orderID: str
    symbol: str
    side: Word | None = None
    price: Size | None = None
    leavesQty: Size | None = None

    def events(self, about: Context) -> Stated:
        name = about.instrument(self.symbol)
        if self.side is None or not self.price or not self.leavesQty:
            return (Ignored(name, "a liquidation that goes on"),)
        size, side = self.leavesQty, SIDES[self.side]
        return (Liquidation(name, about.now, about.now, self.price, size, side),)


class FundingRow(Struct, gc=False):
    """A rate that was paid.

    {"timestamp":"2021-04-01T20:00:00.000Z","symbol":"XBTUSD",
    "fundingInterval":"2000-01-01T08:00:00.000Z","fundingRate":0.000817,"fundingRateDaily":0.00245}
    """

    timestamp: Moment
    symbol: str
    fundingRate: Rate

    def events(self, about: Context) -> Stated:
        name, time = about.instrument(self.symbol), nanoseconds(self.timestamp)
        return (FundingRate(name, time, about.now, self.fundingRate, None),)


class MarketRow(Struct, gc=False):
    """What is known of a market now; what is left out of a change has not changed.

    {"symbol":"XBTUSD","fundingRate":0.0001,"fundingTimestamp":"2021-07-23T04:00:00.000Z",
    "volume24h":662123900,"foreignNotional24h":662123900,"prevPrice24h":31990,"highPrice":32594.5,
    "lowPrice":31709,"lastPrice":32175,"openInterest":574264600,"markPrice":32184.89,
    "indicativeSettlePrice":32182.72,"timestamp":"2021-07-22T22:36:05.000Z", ...}
    """

    symbol: str
    timestamp: Moment | None = None
    markPrice: Size | None = None
    indicativeSettlePrice: Size | None = None
    """The price of the index that it is settled by."""
    fundingRate: Rate | None = None
    fundingTimestamp: Moment | None = None
    """When it is next paid."""
    openInterest: Size | None = None
    """Contracts."""
    lastPrice: Size | None = None
    prevPrice24h: Size | None = None
    highPrice: Size | None = None
    lowPrice: Size | None = None
    volume24h: Size | None = None
    homeNotional24h: Size | None = None
    foreignNotional24h: Decimal | None = None

    def update(self, changed: "MarketRow") -> None:
        """Take what another row states."""
        for name in self.__struct_fields__:
            value = getattr(changed, name)
            if value is not None:
                setattr(self, name, value)

    def events(self, about: Context) -> Stated:
        stated = self.changes(about, self)
        return stated or (Ignored(about.instrument(self.symbol), "nothing that is used"),)

    def changes(self, about: Context, new: "MarketRow") -> tuple[Event, ...]:
        """What is stated by that which a row changes."""
        name, now = about.instrument(self.symbol), about.now
        time = now if self.timestamp is None else nanoseconds(self.timestamp)
        events: list[Event] = []
        if self.markPrice and _any(new.markPrice, new.indicativeSettlePrice):
            index = self.indicativeSettlePrice or None
            events.append(MarkPrice(name, time, now, self.markPrice, index))
        if self.fundingRate is not None and _any(new.fundingRate, new.fundingTimestamp):
            due = self.fundingTimestamp
            when = None if due is None else nanoseconds(due)
            events.append(FundingRate(name, time, now, self.fundingRate, when))
        if new.openInterest is not None:
            events.append(OpenInterest(name, time, now, new.openInterest))
        return (*events, *self._ticker(about, new, time))

    def _ticker(self, about: Context, new: "MarketRow", time: int) -> tuple[Ticker, ...]:
        if not _any(new.lastPrice, new.prevPrice24h, new.highPrice, new.lowPrice, new.volume24h):
            return ()
        last, first, high, low = self.lastPrice, self.prevPrice24h, self.highPrice, self.lowPrice
        volume, worth = self.volume24h, self.foreignNotional24h
        if not last or not first or not high or not low or volume is None:
            return ()
        quote = None if worth is None else amount(worth, about.venue)
        volumes = (volume, quote, self.homeNotional24h)
        name = about.instrument(self.symbol)
        return (Ticker(name, time, about.now, last, first, high, low, *volumes),)


def nanoseconds(moment: datetime) -> int:
    """A time in ns; ValueError for one before there were any markets."""
    time = (moment - _EPOCH) // timedelta(microseconds=1) * 1000
    if time < 0:
        raise ValueError(f"{moment} is no time of a market")
    return time


def _any(*values: object) -> bool:
    """Whether any of these is stated."""
    return any(value is not None for value in values)
