"""MEXC futures' data, of pushes and of bodies alike: each struct says what it states in our words.

Sizes are counted in contracts; what one is worth is in the list of instruments.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct
from msgspec.structs import replace

from feeds.adapter import Ignored
from feeds.exchanges.mexc.about import CODES, SECONDS, About, Stated
from feeds.fields import Count, Price, Rate, Size, Time, amount, nanoseconds
from market.events import (
    BookDelta,
    BookSnapshot,
    Event,
    FundingRate,
    Kline,
    Listing,
    MarkPrice,
    OpenInterest,
    Orders,
    Side,
    Ticker,
    Trade,
)
from market.instrument import Instrument, Kind

TAKER = {1: Side.BUY, 2: Side.SELL}
Rows: TypeAlias = list[tuple[Price, Size, Count]]
"""Price, contracts, and how many orders they are of."""

_SECOND = 1_000_000_000


class Deal(Struct, gc=False):
    """A print; on `deals` some have no id.

    {"p":115309.8,"v":55,"T":2,"O":3,"M":1,"t":1755487578276,"i":"13064218826"}
    """

    p: Price
    v: Size
    T: Literal[1, 2]
    """What the taker did: 1 bought, 2 sold."""
    t: Time
    i: str | int = ""

    @property
    def id(self) -> str:
        """The id as the venue spells it, "" where there is none."""
        return str(self.i)

    def trade(self, instrument: str, now: int) -> Trade:
        time = nanoseconds(self.t)
        return Trade(instrument, time, now, self.id, self.p, self.v, TAKER[self.T])

    def events(self, about: About, time: int | None) -> Stated:
        return (self.trade(about.instrument(), about.now),)


class Depth(Struct, gc=False):
    """Levels of the book: what changed, the best few, or all.

    {"cts":1789498405579,"asks":[[1235.06,606,1]],"bids":[[1233.04,0,0]],"end":1111084807,
    "begin":1111084806,"version":1111084807}
    """

    asks: Rows
    bids: Rows
    version: Count
    begin: Count | None = None
    """The first version, where several are told as one."""
    end: Count | None = None
    cts: Time | None = None
    """When the matching engine made it."""
    timestamp: Time | None = None
    """When the REST service answered."""

    def __post_init__(self) -> None:
        if self.begin is not None and self.begin > self.version:
            raise ValueError("the versions of a change run backwards")

    def delta(self, instrument: str, time: int | None, now: int) -> BookDelta:
        before = (self.version if self.begin is None else self.begin) - 1
        levels, orders = (_levels(self.bids), _levels(self.asks)), self._orders()
        at = self._time(time)
        return BookDelta(instrument, at, now, *levels, self.version, before, orders)

    def snapshot(self, instrument: str, time: int | None, now: int) -> BookSnapshot:
        levels, orders = (_levels(self.bids), _levels(self.asks)), self._orders()
        at = self._time(time)
        return BookSnapshot(instrument, at, now, *levels, self.version, orders=orders)

    def events(self, about: About, time: int | None) -> Stated:
        return (self.snapshot(about.instrument(), time, about.now),)

    def _orders(self) -> Orders:
        return Orders([row[2] for row in self.bids], [row[2] for row in self.asks])

    def _time(self, time: int | None) -> int | None:
        stated = self.timestamp if self.cts is None else self.cts
        return time if stated is None else nanoseconds(stated)


def _levels(rows: Rows) -> list[tuple[float, float]]:
    return [(price, size) for price, size, _ in rows]


class Candle(Struct, gc=False):
    """A bar as it stands; `t` is its start in seconds.

    {"symbol":"SOL_USDT","interval":"Min5","t":1770174300,"o":98.11,"c":98.35,"h":98.4,"l":98.11,
    "a":2322734.44,"q":236245,"ro":98.11,"rc":98.35,"rh":98.4,"rl":98.11}
    """

    interval: str
    t: Time
    o: Size
    h: Size
    l: Size  # noqa: E741  # the venue's name
    c: Size
    q: Size
    a: Decimal
    """Quote currency; base currency on contracts that are settled in it."""
    ro: Size = 0
    """Prices that were traded: `o` is the close of the bar before. Older pushes have none."""
    rh: Size = 0
    rl: Size = 0
    rc: Size = 0

    def events(self, about: About, time: int | None) -> Stated:
        """The bar, closed if it had ended when it was sent."""
        bar = self.bar(about, time)
        if isinstance(bar, Kline) and time is not None and time >= bar.end:
            bar = replace(bar, closed=True)
        return (bar,)

    def bar(self, about: About, time: int | None, *, closed: bool = False) -> Kline | Ignored:
        name, interval = about.instrument(), CODES.get(self.interval)
        real = (self.ro, self.rh, self.rl, self.rc)
        prices = real if all(real) else (self.o, self.h, self.l, self.c)
        if interval is None or not all(prices):
            return Ignored(name, f"kline {self.interval[:20]!r} without a length or a price")
        start = nanoseconds(self.t)
        end = bar_end(start, interval)
        traded = amount(self.a, about.venue)
        inverse = is_inverse(about.symbol)
        volumes = (self.q, None, None if inverse else traded, None)
        bar = (interval, start, end, *prices, *volumes, closed)
        return Kline(name, time, about.now, *bar, float(traded) if inverse else None)


class Day(Struct, gc=False):
    """What is known of a contract now.

    {"symbol":"BTC_USDT","lastPrice":6865.5,"riseFallValue":-304.5,"high24Price":7223.5,
    "lower24Price":6756,"volume24":164586129,"amount24":124905007.4428,"holdVol":2284742,
    "fairPrice":6867.4,"indexPrice":6861.6,"fundingRate":0.0008,"timestamp":1587442022003, ...}
    """

    symbol: str
    lastPrice: Size
    high24Price: Size
    lower24Price: Size
    volume24: Size
    timestamp: Time
    riseFallValue: Annotated[float, Meta(ge=-1e15, le=1e15)] | None = None
    amount24: Decimal | None = None
    holdVol: Size | None = None
    fairPrice: Size = 0
    indexPrice: Size = 0

    def events(self, about: About, time: int | None) -> Stated:
        name, when, now = about.instrument(self.symbol), nanoseconds(self.timestamp), about.now
        events: list[Event] = []
        if self.fairPrice:
            events.append(MarkPrice(name, when, now, self.fairPrice, self.indexPrice or None))
        if self.holdVol is not None:
            events.append(OpenInterest(name, when, now, self.holdVol))
        if self.riseFallValue is not None:
            # A price less a change, to no more digits than either has.
            first = max(0.0, round(self.lastPrice - self.riseFallValue, 12))
            prices = (self.lastPrice, first, self.high24Price, self.lower24Price)
            stated, inverse = self.amount24, is_inverse(self.symbol)
            traded = None if stated is None else amount(stated, about.venue)
            base = float(traded) if inverse and traded is not None else None
            traded = None if inverse else traded
            events.append(Ticker(name, when, now, *prices, self.volume24, traded, base))
        return events or (Ignored(name, "nothing that is used"),)


class Funding(Struct, gc=False):
    """The funding rate: {"symbol":"BTC_USDT","rate":0.000081,"nextSettleTime":1789516800000}.

    A body calls it `fundingRate` and states its own time, or that of a past payment.
    """

    symbol: str
    rate: Rate | None = None
    fundingRate: Rate | None = None
    nextSettleTime: Time | None = None
    settleTime: Time | None = None
    timestamp: Time | None = None

    def events(self, about: About, time: int | None) -> Stated:
        name = about.instrument(self.symbol)
        stated = self.settleTime if self.timestamp is None else self.timestamp
        when = time if stated is None else nanoseconds(stated)
        rate = self.fundingRate if self.rate is None else self.rate
        if rate is None or when is None:
            return (Ignored(name, "a funding rate without a number or a time"),)
        due = nanoseconds(self.nextSettleTime or 0) or None
        return (FundingRate(name, when, about.now, rate, due),)


class Fair(Struct, gc=False):
    """The mark price: {"symbol":"BTC_USDT","price":75986}; a body calls it `fairPrice`."""

    symbol: str
    price: Price | None = None
    fairPrice: Price | None = None
    timestamp: Time | None = None

    def events(self, about: About, time: int | None) -> Stated:
        # A body may well name another contract than the one that it was asked for.
        name, price = about.instrument(self.symbol), self.price or self.fairPrice
        when = time if self.timestamp is None else nanoseconds(self.timestamp)
        if price is None or when is None:
            return (Ignored(name, "a mark price without a number or a time"),)
        return (MarkPrice(name, when, about.now, price, None),)


class Contract(Struct, gc=False):
    """An instrument of `detail`.

    {"symbol":"BTC_USDT","baseCoin":"BTC","quoteCoin":"USDT","settleCoin":"USDT",
    "contractSize":0.0001,"priceUnit":0.5,"volUnit":1,"state":0, ...}
    """

    symbol: str
    baseCoin: str
    quoteCoin: str
    settleCoin: str
    contractSize: Decimal
    priceUnit: Decimal
    volUnit: Decimal

    def events(self, about: About, time: int | None) -> Stated:
        name = about.instrument(self.symbol)
        stated = (self.priceUnit, self.volUnit, self.contractSize)
        tick, lot, contract = (amount(number, about.venue).normalize() for number in stated)
        if not tick or not lot or not contract:
            return (Ignored(name, "a contract of unknown grids or worth"),)
        kind = Kind.INVERSE if self.settleCoin == self.baseCoin else Kind.LINEAR
        coins = (self.baseCoin, self.quoteCoin)
        listed = Instrument(about.venue, self.symbol, tick, lot, *coins, kind, contract)
        return (Listing(listed.id, about.now, listed),)


class Nothing(Struct, gc=False):
    """Data that state nothing that is used."""

    def events(self, about: About, time: int | None) -> Stated:
        return (Ignored(about.instrument(), "nothing that is used"),)


def bar_end(start: int, interval: str) -> int:
    """The first ns after a bar."""
    if interval in SECONDS:
        return start + SECONDS[interval] * _SECOND
    return _month_after(start)


def is_inverse(symbol: str) -> bool:
    """Whether a contract is settled in its base currency: those in dollars are."""
    return symbol.endswith("_USD")


def _month_after(start: int) -> int:
    """The end of a month that begins at a time in ns."""
    begin = datetime.fromtimestamp(start // _SECOND, UTC)
    year, month = divmod(begin.year * 12 + begin.month, 12)
    return int(datetime(year, month + 1, 1, tzinfo=UTC).timestamp()) * _SECOND
