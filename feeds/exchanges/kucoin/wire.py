"""KuCoin's rows: each struct is what a topic or a body holds, and says what it states.

Prices and sizes are strings or numbers. Sizes of futures are lots, whose worth the list of
contracts states. https://www.kucoin.com/docs/websocket/introduction
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from feeds.adapter import Ignored
from feeds.exchanges.kucoin.markets import INTERVALS
from feeds.fields import Count, Price, Rate, Size, Time, nanoseconds
from feeds.fields import Sequence as Number
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FundingRate,
    Kline,
    MarkPrice,
    Side,
    Ticker,
    Trade,
)

Stated: TypeAlias = Sequence[Event | Ignored]
"""What one row states."""


@dataclass(frozen=True, slots=True)
class About:
    """What a row does not say itself: whose it is, what it is of, and when it came."""

    venue: str
    now: int
    symbol: str = "?"
    interval: str = ""
    """The venue's name, of bars."""

    def instrument(self, symbol: str = "") -> str:
        """The id of a row's own symbol, else of the one that the message is of."""
        return f"{self.venue}:{symbol or self.symbol}"


class Row(Protocol):
    """A row that says what it states."""

    def events(self, about: About) -> Stated: ...


class Print(Struct, gc=False):
    """A single match: of spot with `time`, of a future with `ts`, both in ns.

    {"symbol":"DAPPT-BTC","sequence":"1612701563869","side":"buy","size":"81.8814",
    "price":"0.0000001117","time":"1619378327739050725","tradeId":"6085c09769bc506996295e36", ...}
    {"symbol":"SOLUSDTM","sequence":1701197946092,"side":"sell","size":10,"price":"93.624",
    "tradeId":"1701197946092","ts":1705708799998000000, ...}
    """

    symbol: str
    side: Literal["buy", "sell"]
    size: Size
    price: Price
    tradeId: str
    time: Time | None = None
    ts: Time | None = None

    def events(self, about: About) -> Stated:
        name, time = about.instrument(self.symbol), self.time or self.ts
        if not self.tradeId or time is None:
            raise ValueError("a trade without a number or a time")
        side = Side.BUY if self.side == "buy" else Side.SELL
        when = nanoseconds(time)
        return (Trade(name, when, about.now, self.tradeId, self.price, self.size, side),)


class Changes(Struct, gc=False):
    """{"asks":[["18906","0.00331","14103845"]],"bids":[]}: price, size and number."""

    asks: list[tuple[Size, Size, Number]]
    bids: list[tuple[Size, Size, Number]]


class SpotChange(Struct, gc=False):
    """A change of spot's book; a row at the price 0 stands for a number without a change.

    {"sequenceStart":1613277183874,"symbol":"BCHSV-USDT","changes":{"asks":
    [["0","0","1613277183874"]],"bids":[]},"sequenceEnd":1613277183874,"time":1663747970273}
    """

    sequenceStart: Number
    sequenceEnd: Number
    symbol: str
    changes: Changes
    time: Time | None = None

    def events(self, about: About) -> Stated:
        name, changes = about.instrument(self.symbol), self.changes
        bids = [(price, size) for price, size, _ in changes.bids if price]
        asks = [(price, size) for price, size, _ in changes.asks if price]
        time = None if self.time is None else nanoseconds(self.time)
        numbers = self.sequenceEnd, self.sequenceStart - 1
        return (BookDelta(name, time, about.now, bids, asks, *numbers),)


class FuturesChange(Struct, gc=False):
    """{"sequence":1747821025244,"change":"83614,buy,12","timestamp":1790113097240}."""

    sequence: Number
    change: str
    timestamp: Time

    def events(self, about: About) -> Stated:
        level = self.level()
        bids, asks = ([level], []) if self.side == "buy" else ([], [level])
        head = (about.instrument(), nanoseconds(self.timestamp), about.now)
        return (BookDelta(*head, bids, asks, self.sequence, self.sequence - 1),)

    @property
    def side(self) -> str:
        """What it is of: "buy" of a bid, "sell" of an ask."""
        return self.change.split(",")[1]

    def level(self) -> tuple[float, float]:
        """Price and size, which a list of text does not check by itself."""
        parts = self.change.split(",")
        if len(parts) != 3 or parts[1] not in ("buy", "sell"):
            raise ValueError("a change that is not of price, side and size")
        price, size = float(parts[0]), float(parts[2])
        if not (0 < price <= 1e15 and 0 <= size <= 1e15):
            raise ValueError("a change to what is no price or no size")
        return price, size


class Whole(Struct, gc=False):
    """A book or a part of it, whole; times are ms, or ns of a future.

    {"time":1619378326628,"sequence":"1613277183892","bids":[["242.649","5"]],"asks":[...]}
    {"sequence":1736604716188,"asks":[["2749.69",44]],"bids":[["2749.68",241]],
    "timestamp":1790114460610,"ts":1790114460610}
    """

    asks: list[tuple[Price, Size]] | None = None
    bids: list[tuple[Price, Size]] | None = None
    sequence: Number | None = None
    time: Time | None = None
    timestamp: Time | None = None
    ts: Time | None = None

    def snapshot(self, about: About) -> BookSnapshot:
        told = self.time or self.timestamp or self.ts
        time = nanoseconds(told) if told else None
        levels = self.bids or [], self.asks or []
        return BookSnapshot(about.instrument(), time, about.now, *levels, self.sequence)

    def events(self, about: About) -> Stated:
        return (self.snapshot(about),)


class SpotBest(Struct, gc=False):
    """{"sequence":"1612844051653","bestAsk":"0.00028717","bestBidSize":"3.70422021",
    "time":1619378326323,"bestAskSize":"14.04274325","bestBid":"0.00028678", ...}.
    """

    time: Time
    bestBid: Size | None = None
    bestBidSize: Size | None = None
    bestAsk: Size | None = None
    bestAskSize: Size | None = None
    sequence: Number | None = None

    def events(self, about: About) -> Stated:
        bid, ask = (self.bestBid or 0.0, self.bestAsk or 0.0)
        sizes = (self.bestBidSize or 0.0, self.bestAskSize or 0.0)
        head = (about.instrument(), nanoseconds(self.time), about.now)
        return (BookTicker(*head, bid, sizes[0], ask, sizes[1], self.sequence),)


class FuturesBest(Struct, gc=False):
    """{"symbol":"AUCTIONUSDTM","sequence":1702237470700,"bestBidSize":260,
    "bestBidPrice":"24.067","bestAskPrice":"24.08","bestAskSize":250,"ts":1705708800078000000}.
    """

    ts: Time
    bestBidPrice: Size | None = None
    bestBidSize: Size | None = None
    bestAskPrice: Size | None = None
    bestAskSize: Size | None = None
    sequence: Number | None = None

    def events(self, about: About) -> Stated:
        best = (self.bestBidPrice, self.bestBidSize, self.bestAskPrice, self.bestAskSize)
        return SpotBest(self.ts, *best, self.sequence).events(about)


class Mark(Struct, gc=False):
    """{"markPrice":86201.79,"indexPrice":86248.81,"granularity":1000,"timestamp":1790113097000}."""

    markPrice: Price
    timestamp: Time
    indexPrice: Size | None = None

    def events(self, about: About) -> Stated:
        head = (about.instrument(), nanoseconds(self.timestamp), about.now)
        return (MarkPrice(*head, self.markPrice, self.indexPrice or None),)


class Funding(Struct, gc=False):
    """{"granularity":60000,"fundingRate":-0.000076,"timestamp":1790114460000}."""

    fundingRate: Rate
    timestamp: Time

    def events(self, about: About) -> Stated:
        time = nanoseconds(self.timestamp)
        return (FundingRate(about.instrument(), time, about.now, self.fundingRate, None),)


class Day(Struct, gc=False):
    """The last 24 hours of spot.

    {"symbolCode":"KCS-BTC","datetime":1548388122031,"high":0.00013,"vol":27514.34842,
    "volValue":3.13851792584,"low":0.0001,"changePrice":-1e-05,"lastTradedPrice":0.00012, ...}
    """

    symbol: str
    datetime: Time
    high: Size | None = None
    low: Size | None = None
    lastTradedPrice: Size | None = None
    changePrice: float | None = None
    vol: Size | None = None
    volValue: Size | None = None

    def events(self, about: About) -> Stated:
        name, last = about.instrument(self.symbol), self.lastTradedPrice
        if not last or not self.high or not self.low or self.vol is None:
            return (Ignored(name, "a day without trades"),)
        begin = round(last - (self.changePrice or 0.0), 12)
        if not 0 < begin <= 1e15:
            return (Ignored(name, "a day that began without a price"),)
        quote = None if self.volValue is None else Decimal(repr(self.volValue))
        day = (last, begin, self.high, self.low, self.vol, quote)
        return (Ticker(name, nanoseconds(self.datetime), about.now, *day),)


class DayPush(Struct, gc=False):
    """{"sequence":"1545896669291","data":{...}}."""

    data: Day

    def events(self, about: About) -> Stated:
        return self.data.events(about)


class Candle(Struct, gc=False, array_like=True):
    """["1619378280","0.0000001117","0.0000001126","0.0000001126","0.0000001117","3799.1984",
    "0.00042624222239"]: its start, then open, close, high, low, volume and turnover.
    """

    start: Time
    open: Size
    close: Size
    high: Size
    low: Size
    volume: Size
    turnover: Size

    def events(self, about: About) -> Stated:
        quote = Decimal(repr(self.turnover)) if about.venue == "kucoin" else None
        prices = (self.open, self.high, self.low, self.close)
        return (bar(about, self.start, prices, self.volume, quote),)


class CandlePush(Struct, gc=False):
    """{"symbol":"DAPPT-BTC","candles":[...],"time":1619378332805085744}."""

    candles: Candle
    time: Time | None = None

    def events(self, about: About) -> Stated:
        return self.candles.events(about)


class FuturesCandle(Struct, gc=False, array_like=True):
    """[1575331200000,7495.01,8309.67,7250,7463.55,0]: open, high, low, close and volume."""

    start: Time
    open: Size
    high: Size
    low: Size
    close: Size
    volume: Size

    def events(self, about: About) -> Stated:
        prices = (self.open, self.high, self.low, self.close)
        return (bar(about, self.start, prices, self.volume, None),)


def bar(
    about: About,
    start: int,
    prices: tuple[float, float, float, float],
    volume: float,
    quote: Decimal | None,
) -> Event | Ignored:
    """A bar of so many seconds; it is over when its time is."""
    interval, seconds = INTERVALS.get(about.interval, ("", 0))
    if not interval or not prices[2]:
        return Ignored(about.instrument(), "a bar without a price, or of a length not used")
    begin = nanoseconds(start)
    end = begin + seconds * 1_000_000_000
    head = (about.instrument(), None, about.now, interval, begin, end)
    return Kline(*head, *prices, volume, None, quote, None, end <= about.now)


class Fault(Struct, gc=False):
    """{"id":"x","type":"error","code":404,"data":"topic /market/x:y is not found"}."""

    code: Count
    data: str = ""
