"""HTX's rows: each struct is what a channel or a body holds, and says what it states in our words.

Sizes of swaps are contracts, and what is traded of them counts both sides: a taker of 180 that
stood in the book makes a trade of 360. Open interest, forced orders and books count one side.
https://www.htx.com/en-us/opend/newApiPages/
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from feeds.adapter import Ignored
from feeds.exchanges.htx.markets import INTERVALS, Market
from feeds.fields import Count, Levels, Price, Rate, Size, Time, nanoseconds
from feeds.fields import Sequence as Number
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

Stated: TypeAlias = Sequence[Event | Ignored]
"""What one row states."""


@dataclass(frozen=True, slots=True)
class About:
    """What a row does not say itself: whose it is, what it is of, and when it came."""

    venue: str
    market: Market
    now: int
    symbol: str = "?"
    time: int = 0
    """When the venue sent it, ns."""
    interval: str = ""
    """The venue's name, of bars."""

    def instrument(self, symbol: str = "") -> str:
        """The id of a row's own symbol, else of the one that the message is of."""
        return f"{self.venue}:{symbol or self.symbol}"


class Row(Protocol):
    """A row that says what it states."""

    def events(self, about: About) -> Stated: ...


class Print(Struct, gc=False):
    """A single match; the numbers of spot's are longer than 64 bits, but not the `tradeId`.

    {"id":123140716701236887569077664,"ts":1616243199156,"tradeId":102357140867,
    "amount":1.98E-4,"price":58911.07,"direction":"sell"}
    {"amount":4,"quantity":40,"trade_turnover":16.7648,"ts":1645289380927,
    "id":431311833130000,"price":0.41912,"direction":"buy"}
    """

    id: int | float
    ts: Time
    amount: Size
    price: Price
    direction: Literal["buy", "sell", ""]
    """"" in rare messages of 2022."""
    tradeId: Count | None = None

    @property
    def ident(self) -> str:
        """What no other trade of the symbol is called."""
        if self.tradeId is None and isinstance(self.id, float):
            raise ValueError("a trade whose number is not a whole one")
        return str(self.id if self.tradeId is None else self.tradeId)


class Prints(Struct, gc=False):
    """{"id":100182534526,"ts":1618678027940,"data":[...]}."""

    data: list[Print]

    def events(self, about: About) -> Stated:
        name, sides = about.instrument(), about.market.sides
        return [
            Trade(
                name,
                nanoseconds(row.ts),
                about.now,
                row.ident,
                row.price,
                row.amount / sides,
                Side.BUY if row.direction == "buy" else Side.SELL,
            )
            if row.direction
            else Ignored(name, "a trade whose side is not told")
            for row in self.data
        ]


class Depth(Struct, gc=False):
    """A book whole each time, as `depth.step0` and `mbp.refresh.20` are; empty sides may lack.

    {"mrid":43131188379,"id":1645289384,"bids":[[0.41887,250]],"asks":[[0.41889,10]],
    "ts":1645289384831,"version":1645289384,"ch":"market.GRT-USDT.depth.step0"}
    """

    bids: Levels | None = None
    asks: Levels | None = None
    version: Number | None = None
    seqNum: Number | None = None

    def snapshot(self, about: About) -> BookSnapshot:
        number = self.version if self.seqNum is None else self.seqNum
        levels = self.bids or [], self.asks or []
        return BookSnapshot(about.instrument(), about.time or None, about.now, *levels, number)

    def events(self, about: About) -> Stated:
        return (self.snapshot(about),)


class Step(Struct, gc=False):
    """The book of a swap, or a change of it.

    {"asks":[],"bids":[[86853.4,2],[86848.5,0]],"event":"update","mrid":100129125618998,
    "ts":1790134831871,"version":1789895280798, ...}
    """

    event: Literal["snapshot", "update"]
    version: Number
    bids: Levels | None = None
    asks: Levels | None = None

    def snapshot(self, about: About) -> BookSnapshot:
        return Depth(self.bids, self.asks, self.version).snapshot(about)

    def delta(self, about: About, before: int) -> BookDelta:
        levels = self.bids or [], self.asks or []
        return BookDelta(about.instrument(), about.time, about.now, *levels, self.version, before)

    def events(self, about: About) -> Stated:
        if self.event == "snapshot":
            return (self.snapshot(about),)
        return (self.delta(about, self.version - 1),)


class Change(Struct, gc=False):
    """A change of a book of spot.

    {"seqNum":109409288253,"prevSeqNum":109409288226,"asks":[[9138.67,0.036178]],"bids":[]}
    """

    seqNum: Number
    prevSeqNum: Number
    bids: Levels | None = None
    asks: Levels | None = None

    def delta(self, about: About) -> BookDelta:
        levels = self.bids or [], self.asks or []
        numbers = self.seqNum, self.prevSeqNum
        return BookDelta(about.instrument(), about.time, about.now, *levels, *numbers)

    def events(self, about: About) -> Stated:
        return (self.delta(about),)


class SpotBest(Struct, gc=False):
    """{"seqId":103273695595,"ask":7543.59,"askSize":2.3,"bid":7541.16,"bidSize":0.002,
    "quoteTime":1575158404057,"symbol":"btcusdt"}.
    """

    quoteTime: Time
    seqId: Number | None = None
    bid: Size | None = None
    bidSize: Size | None = None
    ask: Size | None = None
    askSize: Size | None = None

    def events(self, about: About) -> Stated:
        best = (self.bid or 0.0, self.bidSize or 0.0, self.ask or 0.0, self.askSize or 0.0)
        time = nanoseconds(self.quoteTime)
        return (BookTicker(about.instrument(), time, about.now, *best, self.seqId),)


class SwapBest(Struct, gc=False):
    """{"mrid":64797873746,"id":1630454400,"bid":[47176.5,1],"ask":[47176.6,9249],
    "ts":1630454400495,"version":64797873746,"ch":"market.BTC-USDT.bbo"}.
    """

    version: Number
    ts: Time
    bid: tuple[Size, Size] | None = None
    ask: tuple[Size, Size] | None = None

    def events(self, about: About) -> Stated:
        best = *(self.bid or (0.0, 0.0)), *(self.ask or (0.0, 0.0))
        time = nanoseconds(self.ts)
        return (BookTicker(about.instrument(), time, about.now, *best, self.version),)


class Day(Struct, gc=False):
    """The last 24 hours: `amount` in coins, `vol` in contracts or in spot's quote currency.

    {"id":1654164240,"open":30728.4,"close":29944.4,"high":30729.5,"low":29306.6,
    "amount":34473.406,"vol":34473406,"trade_turnover":1047364677.232,"count":203526, ...}
    """

    open: Size
    close: Size
    high: Size
    low: Size
    amount: Size
    vol: Size
    trade_turnover: Size | None = None

    def volumes(self, market: Market) -> tuple[float, Decimal | None, float | None]:
        """In the unit of trades, in quote currency, and of inverse contracts in base currency."""
        if market.kind is Kind.SPOT:
            return self.amount, Decimal(repr(self.vol)), None
        if market.kind is Kind.INVERSE:
            return self.vol / market.sides, None, self.amount / market.sides
        turnover = self.trade_turnover
        quote = None if turnover is None else Decimal(repr(turnover)) / market.sides
        return self.vol / market.sides, quote, None

    def events(self, about: About) -> Stated:
        name = about.instrument()
        if not (self.open and self.close and self.low):
            return (Ignored(name, "a day without trades"),)
        volumes = self.volumes(about.market)
        day = (self.close, self.open, self.high, self.low, *volumes)
        return (Ticker(name, about.time, about.now, *day),)


class Bar(Struct, gc=False):
    """{"id":1654081440,"mrid":108782988900,"open":31531.9,"close":31531.9,"high":31532,
    "low":31531.9,"amount":0.532,"vol":532,"trade_turnover":16774.9728,"count":5}.
    """

    id: Time
    open: Size
    close: Size
    high: Size
    low: Size
    amount: Size
    vol: Size
    count: Count
    trade_turnover: Size | None = None

    def events(self, about: About) -> Stated:
        name = about.instrument()
        interval, seconds = INTERVALS.get(about.interval, ("", 0))
        if not interval or not self.low:
            return (Ignored(name, "a bar without a price, or of a length that is not used"),)
        start = nanoseconds(self.id)
        end = start + seconds * 1_000_000_000
        prices = (self.open, self.high, self.low, self.close)
        day = Day(self.open, self.close, self.high, self.low, self.amount, self.vol)
        day.trade_turnover = self.trade_turnover
        volume, quote, base = day.volumes(about.market)
        # What counts as one of a swap's trades is not said.
        trades = self.count if about.market.kind is Kind.SPOT else None
        head = (name, about.time or None, about.now, interval)
        closed = end <= about.time
        return (Kline(*head, start, end, *prices, volume, None, quote, trades, closed, base),)


class Mark(Struct, gc=False):
    """A bar of mark prices, all of it in strings; its close is the price of now.

    {"id":1790135100,"open":"86834.8","close":"86826.6","high":"86838.2","low":"86826.6", ...}
    """

    close: Price

    def events(self, about: About) -> Stated:
        return (MarkPrice(about.instrument(), about.time, about.now, self.close, None),)


class Funding(Struct, gc=False):
    """{"contract_code":"BTC-USDT","funding_time":"1790135110000",
    "funding_rate":"0.000064355479737646","settlement_time":"1790150400000", ...}.
    """

    contract_code: str
    funding_rate: Rate | None = None
    settlement_time: Time | None = None

    def events(self, about: About) -> Stated:
        name = about.instrument(self.contract_code)
        if self.funding_rate is None:
            return (Ignored(name, "no rate yet"),)
        due = nanoseconds(self.settlement_time) if self.settlement_time else None
        return (FundingRate(name, about.time, about.now, self.funding_rate, due),)


class Forced(Struct, gc=False):
    """A forced order; `direction` is its own, and sells where a long is closed.

    {"contract_code":"BTC-USDT","direction":"sell","offset":"close","volume":227,
    "price":23350.5,"created_at":1608226502284,"amount":0.227, ...}
    """

    contract_code: str
    direction: Literal["buy", "sell"]
    volume: Size
    price: Price
    created_at: Time

    def events(self, about: About) -> Stated:
        side = Side.BUY if self.direction == "buy" else Side.SELL
        name, time = about.instrument(self.contract_code), nanoseconds(self.created_at)
        return (Liquidation(name, time, about.now, self.price, self.volume, side),)


class Interest(Struct, gc=False):
    """{"volume":119125.0,"amount":945962.04,"symbol":"EOS","contract_code":"EOS-USD", ...}."""

    volume: Size
    contract_code: str

    def events(self, about: About) -> Stated:
        name = about.instrument(self.contract_code)
        return (OpenInterest(name, about.time, about.now, self.volume),)
