"""Binance's stream events: each struct is one payload and says what it states in our words.

Prices and sizes are decoded from their strings to floats in C, and checked there too: the wire's
"nan" and "inf" would otherwise be floats. Times are milliseconds, or whatever unit their
magnitude shows. https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
"""

import re
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame
from market.events import (
    BookDelta,
    BookSnapshot,
    Event,
    FundingRate,
    Kline,
    Liquidation,
    MarkPrice,
    Side,
    Ticker,
    Trade,
)
from market.events import BookTicker as BookTickerEvent

Stated: TypeAlias = tuple[Event | Ignored, ...]
"""What one payload states."""

Price = Annotated[float, Meta(gt=0, le=1e15)]
Size = Annotated[float, Meta(ge=0, le=1e15)]
"""A size, or a price that the venue writes as 0 where there is none."""
Rate = Annotated[float, Meta(ge=-1e6, le=1e6)]
Time = Annotated[int, Meta(ge=0, le=9_000_000_000_000_000_000)]
Sequence = Annotated[int, Meta(ge=-1, le=2**63 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Levels = list[tuple[Price, Size]]

IN_MS = 9_000_000_000_000
"""Smaller times are milliseconds."""
BUY, SELL = Side.BUY, Side.SELL
"""By themselves, since looking up an enum's member takes as long as reading a trade's price."""


class DepthUpdate(Struct, gc=False, tag_field="e", tag="depthUpdate"):
    """A change of the book, or on futures the top of it: the stream's name tells.

    {"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":5123107832006,
    "u":5123107837557,"pu":5123107831937,"b":[["58710.20","0.014"]],"a":[["61824.90","0.000"]]}
    """

    E: Time
    s: str
    U: Sequence
    u: Sequence
    b: Levels
    a: Levels
    pu: Sequence | None = None
    """Futures only: the `u` of the event before. On spot that is U - 1."""

    def delta(self, instrument: str, now: int) -> BookDelta:
        """The change of a whole book."""
        previous = self.U - 1 if self.pu is None else self.pu
        return BookDelta(instrument, nanoseconds(self.E), now, self.b, self.a, self.u, previous)

    def snapshot(self, instrument: str, now: int) -> BookSnapshot:
        """What `@depth5`, `@depth10` and `@depth20` mean on futures by the same payload."""
        time, previous = nanoseconds(self.E), None if self.pu == -1 else self.pu
        return BookSnapshot(instrument, time, now, self.b, self.a, self.u, previous)

    def events(self, instrument: str, now: int, stream: str) -> Stated:
        match depth_kind(stream):
            case "diff":
                return (self.delta(instrument, now),)
            case "partial":
                return (self.snapshot(instrument, now),)
            case _:
                return (Ignored(instrument, f"{stream}: not the public book"),)


class Depth(Struct, gc=False):
    """A book: the REST body, or on spot a `@depth5|10|20` frame. Futures bodies carry "E".

    {"lastUpdateId":100,"bids":[["99","1"]],"asks":[["101","1"]]}
    """

    lastUpdateId: Sequence
    bids: Levels
    asks: Levels
    E: Time | None = None
    symbol: str = ""

    def snapshot(self, instrument: str, now: int) -> BookSnapshot:
        time = None if self.E is None else nanoseconds(self.E)
        return BookSnapshot(instrument, time, now, self.bids, self.asks, self.lastUpdateId)

    def events(self, instrument: str, now: int, stream: str = "") -> Stated:
        return (self.snapshot(instrument, now),)


class RawTrade(Struct, gc=False, tag_field="e", tag="trade"):
    """A single match of two orders.

    {"e":"trade","E":1723161256322,"T":1723161256322,"s":"BTCUSDT","t":5266583935,
    "p":"61800.30","q":"0.006","X":"MARKET","m":false}
    """

    s: str
    t: Count
    p: Size
    q: Size
    T: Time
    m: bool
    X: str = "MARKET"
    """Futures only: MARKET, INSURANCE_FUND, ADL, or NA with price 0."""

    def trade(self, instrument: str, now: int) -> Trade:
        """The print; only where `X` is MARKET."""
        if not self.p:
            raise MalformedFrame(instrument, "trade without a price")
        side = SELL if self.m else BUY
        time = self.T * 1_000_000 if self.T < IN_MS else nanoseconds(self.T)
        return Trade(instrument, time, now, str(self.t), self.p, self.q, side)

    def events(self, instrument: str, now: int, stream: str) -> Stated:
        if self.X != "MARKET":
            return (Ignored(instrument, f"{self.X} trade: not traded in the market"),)
        return (self.trade(instrument, now),)


class AggTrade(Struct, gc=False, tag_field="e", tag="aggTrade"):
    """The matches of one taker order at one price; on futures those of 100 ms.

    {"e":"aggTrade","E":1765807987120,"a":3013587506,"s":"BTCUSDT","p":"89549.80","q":"0.043",
    "f":7011905007,"l":7011905008,"T":1765807986967,"m":true}
    """

    s: str
    a: Count
    p: Price
    q: Size
    T: Time
    m: bool

    def trade(self, instrument: str, now: int) -> Trade:
        side = SELL if self.m else BUY
        time = self.T * 1_000_000 if self.T < IN_MS else nanoseconds(self.T)
        return Trade(instrument, time, now, str(self.a), self.p, self.q, side)

    def events(self, instrument: str, now: int, stream: str) -> Stated:
        return (self.trade(instrument, now),)


class BookTicker(Struct, gc=False, tag_field="e", tag="bookTicker"):
    """Best bid and ask; on spot without e, T and E.

    {"e":"bookTicker","u":5123107839020,"s":"BTCUSDT","b":"61800.20","B":"2.507",
    "a":"61800.30","A":"2.510","T":1723161256313,"E":1723161256313}
    """

    s: str
    u: Sequence
    b: Size
    B: Size
    a: Size
    A: Size
    E: Time | None = None

    def events(self, instrument: str, now: int, stream: str = "") -> tuple[BookTickerEvent]:
        time = None if self.E is None else nanoseconds(self.E)
        return (BookTickerEvent(instrument, time, now, self.b, self.B, self.a, self.A, self.u),)


class Candle(Struct, gc=False):
    """The `k` of a kline event. "v" and "V" are base, "q" and "Q" quote; V and Q are taker-buy."""

    t: Time
    T: Time
    i: str
    o: Size
    h: Size
    l: Size  # noqa: E741  the venue's name
    c: Size
    v: Size
    n: Count
    x: bool
    q: Decimal
    V: Size


class KlineUpdate(Struct, gc=False, tag_field="e", tag="kline"):
    """A bar as it stands.

    {"e":"kline","E":1653818762502,"s":"BTCUSDT","k":{"t":1653818760000,"T":1653818819999,
    "s":"BTCUSDT","i":"1m","f":1384844002,"L":1384844032,"o":"29038.46","c":"29038.47",
    "h":"29038.47","l":"29038.46","v":"0.20926","n":31,"x":false,"q":"6076.58918320",
    "V":"0.10436","Q":"3030.45472920","B":"0"}}
    """

    E: Time
    s: str
    k: Candle

    def events(self, instrument: str, now: int, stream: str) -> Stated:
        k, time = self.k, nanoseconds(self.E)
        if not k.l:
            return (Ignored(instrument, "kline without a price"),)
        span = (nanoseconds(k.t), nanoseconds(k.T + 1))
        prices = (k.o, k.h, k.l, k.c)
        turnover = finite(k.q)
        return (Kline(instrument, time, now, k.i, *span, *prices, k.v, k.V, turnover, k.n, k.x),)


class DayTicker(Struct, gc=False, tag_field="e", tag="24hrTicker"):
    """Statistics of the last 24 h.

    {"e":"24hrTicker","E":1653815205866,"s":"ETHUSDT","c":"1782.02","o":"1757.33",
    "h":"1809.33","l":"1750.45","v":"1678290.411","q":"2990736920.72", ...}
    """

    E: Time
    s: str
    c: Size
    o: Size
    h: Size
    l: Size  # noqa: E741  the venue's name
    v: Size
    q: Decimal

    def events(self, instrument: str, now: int, stream: str) -> Stated:
        time, turnover = nanoseconds(self.E), finite(self.q)
        prices = (self.c, self.o, self.h, self.l)
        return (Ticker(instrument, time, now, *prices, self.v, turnover),)


class MarkPriceUpdate(Struct, gc=False, tag_field="e", tag="markPriceUpdate"):
    """Mark, index and funding; dated contracts have an empty rate, due at 0.

    {"e":"markPriceUpdate","E":1617308820003,"s":"BTCUSDT","p":"58940.14924532",
    "P":"58905.14663658","i":"58857.26693664","r":"0.00058455","T":1617321600000}
    """

    E: Time
    s: str
    p: Size
    i: Size | None = None
    r: Rate | Literal[""] = ""
    T: Time = 0

    def events(self, instrument: str, now: int, stream: str) -> Stated:
        time = nanoseconds(self.E)
        mark = MarkPrice(instrument, time, now, self.p, self.i)
        if isinstance(self.r, str):
            return (mark,)
        due = nanoseconds(self.T) or None
        return (mark, FundingRate(instrument, time, now, self.r, due))


class _Order(Struct, gc=False):
    s: str
    S: Literal["BUY", "SELL"]
    q: Size
    p: Size
    T: Time
    ap: Size = 0.0
    z: Size = 0.0


class ForceOrder(Struct, gc=False, tag_field="e", tag="forceOrder"):
    """The largest forced order of a second.

    {"e":"forceOrder","E":1568014460893,"o":{"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC",
    "q":"0.014","p":"9910","ap":"9910","X":"FILLED","l":"0.014","z":"0.014","T":1568014460893}}
    """

    o: _Order

    @property
    def s(self) -> str:
        """The symbol, where the other payloads have it."""
        return self.o.s

    def events(self, instrument: str, now: int, stream: str) -> Stated:
        order = self.o
        price, size = order.ap or order.p, order.z or order.q
        time = nanoseconds(order.T)
        return (Liquidation(instrument, time, now, price, size, Side[order.S]),)


class ServerShutdown(Struct, gc=False, tag_field="e", tag="serverShutdown"):
    """A notice that the connection will be closed soon.

    {"e":"serverShutdown","E":1770123456789}
    """

    E: Time
    s: str = "?"

    def events(self, instrument: str, now: int, stream: str) -> Stated:
        return (Ignored("", "the server announced its shutdown"),)


StreamEvent: TypeAlias = (
    DepthUpdate
    | RawTrade
    | AggTrade
    | BookTicker
    | KlineUpdate
    | DayTicker
    | MarkPriceUpdate
    | ForceOrder
    | ServerShutdown
)


def nanoseconds(time: int) -> int:
    """A time in ns, whatever its unit: no market was open in 1970, nor will we see 2255."""
    if time < IN_MS:
        return time * 1_000_000
    return time * 1_000 if time < 9_000_000_000_000_000 else time


def finite(number: Decimal) -> Decimal:
    """The number itself; the decoder lets "NaN" and "1e999999" be Decimals too."""
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > 20 or not 0 <= number < 10**20:
        raise MalformedFrame("binance", f"{str(number)[:40]} is not an amount")
    return number


def depth_kind(stream: str) -> Literal["diff", "partial", "snapshot", "other"]:
    """Which book a stream's name means: the payloads do not tell `@depth` from `@depth20`."""
    name = stream.partition("@")[2]
    match = re.match(r"(depthSnapshot|depth(\d*))(@|$)", name)
    if not name:
        return "diff"
    if match is None:
        return "other"
    if match[1] == "depthSnapshot":
        return "snapshot"
    return "partial" if match[2] else "diff"
