"""Gate's rows: each struct is one row of a channel or a body, and says what it states in our words.

Prices are strings on the wire, sizes strings or numbers. Sizes of futures are contracts, whose
worth the list of contracts states, below zero where they are sold.
https://www.gate.com/docs/developers/apiv4/ws/en/
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal, Protocol, TypeAlias

from msgspec import Meta, Struct

from feeds.adapter import Ignored
from feeds.exchanges.gate.markets import INTERVALS, Market
from feeds.fields import Blank, Count, Levels, Price, Rate, Sequence, Size, Time, nanoseconds
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

Signed = Annotated[float, Meta(ge=-1e15, le=1e15)]
"""A size that is below zero where it is sold."""
Milliseconds = Annotated[float, Meta(ge=0, le=9e12)]
"""Milliseconds with a fraction."""
Seconds = Annotated[float, Meta(ge=0, le=9e9)]


@dataclass(frozen=True, slots=True)
class Context:
    """What a row does not say itself: whose it is, what it is of, and when it came."""

    venue: str
    market: Market
    now: int
    time: int = 0
    """When the venue sent it, ns."""
    symbol: str = "?"
    interval: str = ""
    """Our name, of bars."""

    def instrument(self, symbol: str = "") -> str:
        """The id of a row's own symbol, else of the one asked for."""
        return f"{self.venue}:{symbol or self.symbol}"


class Row(Protocol):
    """A row that says what it states."""

    def events(self, about: Context) -> Stated: ...


class SpotPrint(Struct, gc=False):
    """A single match on spot.

    {"id":816995772,"create_time":1619093543,"create_time_ms":"1619093543708.2642","side":"sell",
    "currency_pair":"DIS_USDT","amount":"0.2010000000","price":"121.5800000000"}
    """

    id: Count
    create_time_ms: Milliseconds
    side: Literal["buy", "sell"]
    currency_pair: str
    amount: Size
    price: Price

    def events(self, about: Context) -> Stated:
        side = Side.BUY if self.side == "buy" else Side.SELL
        name, time = about.instrument(self.currency_pair), round(self.create_time_ms * 1000) * 1000
        return (Trade(name, time, about.now, str(self.id), self.price, self.amount, side),)


class FuturesPrint(Struct, gc=False):
    """A single match of a future; messages of 2020 have seconds only.

    {"size":-22,"id":1696009,"create_time":1593561623,"create_time_ms":1593561623111,
    "price":"225.5","contract":"ETH_USDT"}
    """

    id: Count
    size: Signed
    price: Price
    contract: str
    create_time: Seconds
    create_time_ms: Milliseconds | None = None

    def events(self, about: Context) -> Stated:
        time = round(self.create_time_ms or self.create_time * 1000) * 1_000_000
        side, size = (Side.BUY if self.size > 0 else Side.SELL), abs(self.size)
        name = about.instrument(self.contract)
        return (Trade(name, time, about.now, str(self.id), self.price, size, side),)


class Level(Struct, gc=False):
    """{"p":"77232.2","s":2100}."""

    p: Price
    s: Size


class SpotChange(Struct, gc=False):
    """A change of a book that REST states.

    {"t":1619093532978,"s":"HAI_ETH","U":2691446,"u":2691446,"b":[["0.0001","5360.2"]],"a":[]}
    """

    t: Time
    s: str
    U: Sequence
    u: Sequence
    b: Levels
    a: Levels

    def delta(self, name: str, now: int) -> BookDelta:
        return BookDelta(name, nanoseconds(self.t), now, self.b, self.a, self.u, self.U - 1)

    def events(self, about: Context) -> Stated:
        return (self.delta(about.instrument(self.s), about.now),)


class FuturesChange(Struct, gc=False):
    """The same of a future.

    {"t":1789455569062,"U":125033668137,"u":125033668232,"s":"BTC_USDT",
    "a":[{"p":"77232.2","s":2100}],"b":[],"l":"20"}
    """

    t: Time
    s: str
    U: Sequence
    u: Sequence
    b: list[Level]
    a: list[Level]

    def delta(self, name: str, now: int) -> BookDelta:
        levels = pairs(self.b), pairs(self.a)
        return BookDelta(name, nanoseconds(self.t), now, *levels, self.u, self.U - 1)

    def events(self, about: Context) -> Stated:
        return (self.delta(about.instrument(self.s), about.now),)


class Obu(Struct, gc=False):
    """A book, where it is full, or a change of it; sides that do not change are left out.

    {"t":1789455580280,"s":"ob.BTC_USDT.50","U":125033675975,"u":125033676003,
    "b":[["77222.9","648"]],"a":[["77235","50"],["77235.2","0"]]}
    """

    t: Time
    s: str
    u: Sequence
    U: Sequence | None = None
    full: bool = False
    b: Levels = []
    a: Levels = []

    @property
    def symbol(self) -> str:
        """The symbol in its name."""
        return self.s.removeprefix("ob.").rpartition(".")[0]

    def snapshot(self, name: str, now: int) -> BookSnapshot:
        return BookSnapshot(name, nanoseconds(self.t), now, self.b, self.a, self.u)

    def delta(self, name: str, now: int) -> BookDelta:
        before = (self.u if self.U is None else self.U) - 1
        return BookDelta(name, nanoseconds(self.t), now, self.b, self.a, self.u, before)

    def events(self, about: Context) -> Stated:
        name = about.instrument(self.symbol)
        return (self.snapshot(name, about.now) if self.full else self.delta(name, about.now),)


class WholeBook(Struct, gc=False):
    """A few levels of a future, whole each time; messages of 2020 have no time and number.

    {"t":1680307560929,"id":35064314497,"contract":"BTC_USDT","asks":[{"p":"28455.9","s":19415}],
    "bids":[{"p":"28455.8","s":29510}]}
    """

    contract: str
    asks: list[Level]
    bids: list[Level]
    t: Time | None = None
    id: Sequence | None = None

    def events(self, about: Context) -> Stated:
        name = about.instrument(self.contract)
        if self.t == 0:
            return (Ignored(name, "a book of nothing"),)
        time = about.time if self.t is None else nanoseconds(self.t)
        levels = pairs(self.bids), pairs(self.asks)
        return (BookSnapshot(name, time, about.now, *levels, self.id),)


class LevelChange(Struct, gc=False):
    """A level of a future's book, below zero where it is asked; 0 says not of which side it was.

    {"p":"222.25","s":-390,"c":"BCH_USDT","id":242207247}
    """

    p: Price
    s: Signed
    c: str
    id: Sequence

    def events(self, about: Context) -> Stated:
        level = (self.p, abs(self.s))
        bids = [level] if self.s >= 0 else []
        asks = [level] if self.s <= 0 else []
        name = about.instrument(self.c)
        return (BookDelta(name, about.time, about.now, bids, asks, self.id, self.id - 1),)


class BestRow(Struct, gc=False):
    """The best bid and ask, "" where there is none.

    {"t":1789456337013,"u":125034507671,"s":"BTC_USDT","b":"77179","B":107847,"a":"77179.1",
    "A":5808}
    """

    t: Time
    u: Sequence
    s: str
    b: Size | Blank
    B: Size | Blank
    a: Size | Blank
    A: Size | Blank

    def events(self, about: Context) -> Stated:
        name = about.instrument(self.s)
        if not self.t:
            return (Ignored(name, "nobody bids or asks"),)
        best = (self.b or 0.0, self.B or 0.0, self.a or 0.0, self.A or 0.0)
        return (BookTicker(name, nanoseconds(self.t), about.now, *best, self.u),)


class DayRow(Struct, gc=False):
    """What is known of a market now, of spot or of a future.

    {"currency_pair":"NEO_BTC","last":"0.0018716","change_percentage":"2.9256",
    "base_volume":"1138.01640718","quote_volume":"2.04","high_24h":"0.0018754",
    "low_24h":"0.0017148", ...}
    {"contract":"BTC_USDT","last":"77175.1","mark_price":"77183.5","index_price":"77221.8",
    "funding_rate":"0.000072","funding_next_apply":1789459200,"total_size":"153482780",
    "change_percentage":"-1.3","volume_24h":"155496714","low_24h":"23018.3", ...}
    """

    last: Size | Blank
    currency_pair: str = ""
    contract: str = ""
    change_percentage: Rate | Blank | None = None
    high_24h: Size | Blank | None = None
    low_24h: Size | Blank | None = None
    base_volume: Size | None = None
    volume_24h: Size | None = None
    mark_price: Size | Blank | None = None
    index_price: Size | Blank | None = None
    funding_rate: Rate | Blank | None = None
    funding_next_apply: Seconds | None = None
    total_size: Size | Blank | None = None

    def events(self, about: Context) -> Stated:
        name = about.instrument(self.currency_pair or self.contract)
        stated: list[Event] = [*self._day(name, about)]
        if self.mark_price:
            index = self.index_price or None
            stated.append(MarkPrice(name, about.time, about.now, self.mark_price, index))
        if isinstance(self.funding_rate, float):
            due = round(self.funding_next_apply or 0) * 1_000_000_000 or None
            stated.append(FundingRate(name, about.time, about.now, self.funding_rate, due))
        if isinstance(self.total_size, float):
            stated.append(OpenInterest(name, about.time, about.now, self.total_size))
        return tuple(stated) or (Ignored(name, "nothing that is used"),)

    def _day(self, name: str, about: Context) -> tuple[Ticker, ...]:
        """What was 24 h ago is not stated, but by how much it changed."""
        change, high, low = self.change_percentage, self.high_24h, self.low_24h
        volume = self.base_volume if about.market.kind is Kind.SPOT else self.volume_24h
        if not isinstance(change, float) or change <= -100 or volume is None:
            return ()
        if not self.last or not high or not low:
            return ()
        day = (self.last, self.last / (1 + change / 100), high, low)
        return (Ticker(name, about.time, about.now, *day, volume, None),)


class BarRow(Struct, gc=False):
    """A bar; `w` says whether it is over, `a` the base currency of spot, where `v` is quote.

    {"t":"1619093520","v":"0","c":"120.92","h":"120.92","l":"120.92","o":"120.92",
    "n":"1m_DIS_USDT","a":"0","w":false}
    """

    t: Time
    v: Size
    c: Size
    h: Size
    l: Size  # noqa: E741  # the exchange's own name
    o: Size
    n: str = ""
    """Stated by the stream only."""
    a: Size | None = None
    w: bool | None = None

    def events(self, about: Context) -> Stated:
        interval, _, symbol = self.n.partition("_")
        name = about.instrument(symbol)
        known = about.interval or INTERVALS.get(interval, ("", 0))[0]
        spot = about.market.kind is Kind.SPOT
        volume = self.a if spot and self.v else self.v
        if not known or not self.l or volume is None:
            # Before 2023 the stream stated the quote volume of spot only.
            return (Ignored(name, "a bar without a known length, a price or a volume"),)
        start = nanoseconds(self.t)
        end = start + _LENGTHS[known] * 1_000_000_000
        closed = end <= about.time if self.w is None else self.w
        quote = Decimal(repr(self.v)) if spot else None
        prices = (self.o, self.h, self.l, self.c)
        head = (name, about.time, about.now, known)
        return (Kline(*head, start, end, *prices, volume, None, quote, None, closed),)


class ForcedRow(Struct, gc=False):
    """A forced order; below zero it sells.

    {"price":"99","size":"-2","time_ms":1739502302929,"contract":"BTC_USDT"}
    """

    price: Price
    size: Signed
    contract: str
    time_ms: Milliseconds

    def events(self, about: Context) -> Stated:
        side = Side.SELL if self.size < 0 else Side.BUY
        name, time = about.instrument(self.contract), round(self.time_ms) * 1_000_000
        return (Liquidation(name, time, about.now, self.price, abs(self.size), side),)


_LENGTHS = dict(INTERVALS.values())


def pairs(levels: list[Level]) -> list[tuple[float, float]]:
    """Levels as events state them."""
    return [(level.p, level.s) for level in levels]
