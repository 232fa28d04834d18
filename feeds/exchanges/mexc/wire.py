"""MEXC spot's pushes: protobuf messages by their published schema, and what they state.

https://github.com/mexcdevelop/websocket-proto
"""

from decimal import Decimal
from typing import Literal

from msgspec import Struct, convert

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame
from feeds.exchanges.mexc.about import CODES, DECODE_ERRORS, About, Stated
from feeds.exchanges.mexc.protobuf import Schema, read
from feeds.fields import Blank, Count, Levels, Price, Size, Time, amount, nanoseconds
from market.events import BookDelta, BookSnapshot, BookTicker, Kline, Side, Trade

TAKER = {1: Side.BUY, 2: Side.SELL}


class Deal(Struct, gc=False):
    """A print: {price "84270", quantity "0.00099829", tradeType 2, time 1790281246176, tradeId}."""

    price: Price
    quantity: Size
    tradeType: Literal[1, 2]
    """What the taker did: 1 bought, 2 sold."""
    time: Time
    tradeId: str = ""
    """Since summer 2026, and not always."""

    def trade(self, instrument: str, now: int) -> Trade:
        time, side = nanoseconds(self.time), TAKER[self.tradeType]
        return Trade(instrument, time, now, self.tradeId, self.price, self.quantity, side)


class Deals(Struct, gc=False):
    """The prints of 10 or 100 ms."""

    deals: list[Deal]

    def events(self, name: str, time: int | None, about: About) -> Stated:
        return tuple(deal.trade(name, about.now) for deal in self.deals)


class Depths(Struct, gc=False):
    """The changes of the book in 10 or 100 ms, from one version to another, both included."""

    asks: Levels
    bids: Levels
    fromVersion: Count
    toVersion: Count

    def __post_init__(self) -> None:
        if self.fromVersion > self.toVersion:
            raise ValueError("the versions of a change run backwards")

    def delta(self, name: str, time: int | None, now: int) -> BookDelta:
        last, before = self.toVersion, self.fromVersion - 1
        return BookDelta(name, time, now, self.bids, self.asks, last, before)

    def events(self, name: str, time: int | None, about: About) -> Stated:
        return (self.delta(name, time, about.now),)


class LimitDepths(Struct, gc=False):
    """The best 5, 10 or 20 levels of the book."""

    asks: Levels
    bids: Levels
    version: Count | None = None

    def snapshot(self, name: str, time: int | None, now: int) -> BookSnapshot:
        return BookSnapshot(name, time, now, self.bids, self.asks, self.version)

    def events(self, name: str, time: int | None, about: About) -> Stated:
        return (self.snapshot(name, time, about.now),)


class Quote(Struct, gc=False):
    """The best bid and ask; a side without orders has empty texts."""

    bidPrice: Size | Blank = ""
    bidQuantity: Size | Blank = ""
    askPrice: Size | Blank = ""
    askQuantity: Size | Blank = ""
    version: Count | None = None

    def events(self, name: str, time: int | None, about: About) -> Stated:
        stated = (self.bidPrice, self.bidQuantity, self.askPrice, self.askQuantity)
        bid, bid_size, ask, ask_size = (0.0 if size == "" else size for size in stated)
        best = (bid, bid_size, ask, ask_size)
        return (BookTicker(name, time, about.now, *best, self.version),)


class Candle(Struct, gc=False):
    """A bar as it stands; its window is in seconds."""

    interval: str
    windowStart: Time
    openingPrice: Price
    closingPrice: Price
    highestPrice: Price
    lowestPrice: Price
    volume: Size
    amount: Decimal
    windowEnd: Time

    def events(self, name: str, time: int | None, about: About) -> Stated:
        interval = CODES.get(self.interval)
        if interval is None:
            return (Ignored(name, f"kline {self.interval[:20]!r} of unknown length"),)
        start, end = nanoseconds(self.windowStart), nanoseconds(self.windowEnd)
        prices = (self.openingPrice, self.highestPrice, self.lowestPrice, self.closingPrice)
        traded = amount(self.amount, about.venue)
        closed = time is not None and time >= end
        volumes = (self.volume, None, traded, None)
        return (Kline(name, time, about.now, interval, start, end, *prices, *volumes, closed),)


class Push(Struct, gc=False):
    """What every push is wrapped in; one of the last five is there."""

    channel: str
    symbol: str = ""
    createTime: Time | None = None
    sendTime: Time | None = None
    deals: Deals | None = None
    depths: Depths | None = None
    kline: Candle | None = None
    limitDepths: LimitDepths | None = None
    quote: Quote | None = None

    @property
    def time(self) -> int | None:
        """When it was sent, else made."""
        stated = self.createTime if self.sendTime is None else self.sendTime
        return None if stated is None else nanoseconds(stated)

    @property
    def content(self) -> Deals | Depths | Candle | LimitDepths | Quote | None:
        """What is wrapped, None where it is nothing that is used."""
        return self.deals or self.depths or self.quote or self.kline or self.limitDepths

    def events(self, about: About) -> Stated:
        """What it states by itself."""
        name, content = about.instrument(self.symbol), self.content
        if content is None or not self.symbol:
            return (Ignored(name, f"{self.channel[:60]}: nothing that is used"),)
        stated = content.events(name, self.time, about)
        return stated or (Ignored(name, "an empty list"),)


def read_push(venue: str, frame: bytes) -> Push:
    """A push out of its bytes. MalformedFrame where they are none."""
    try:
        return convert(read(_PUSH, frame), Push, strict=False)
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), frame) from error


def is_push(frame: bytes | str) -> bool:
    """Whether this is a push of spot, which recordings of both markets may hold."""
    if isinstance(frame, str) or not frame.startswith(_CHANNEL):
        return False
    try:
        return read_push("", frame).channel.startswith("spot@")
    except MalformedFrame:
        return False


_CHANNEL = b"\x0a"
"""What a push begins with: its channel, the first of its fields."""

_DEAL = Schema({1: "price", 2: "quantity", 3: "tradeType", 4: "time", 5: "tradeId"})
_DEPTHS = Schema({4: "fromVersion", 5: "toVersion"}, pairs={1: "asks", 2: "bids"})
_LIMIT_DEPTHS = Schema({4: "version"}, pairs={1: "asks", 2: "bids"})
_QUOTE = Schema({1: "bidPrice", 2: "bidQuantity", 3: "askPrice", 4: "askQuantity", 5: "version"})
_CANDLE = Schema(
    {
        1: "interval",
        2: "windowStart",
        3: "openingPrice",
        4: "closingPrice",
        5: "highestPrice",
        6: "lowestPrice",
        7: "volume",
        8: "amount",
        9: "windowEnd",
    }
)
_PUSH = Schema(
    {1: "channel", 3: "symbol", 5: "createTime", 6: "sendTime"},
    {
        303: ("limitDepths", _LIMIT_DEPTHS),
        308: ("kline", _CANDLE),
        313: ("depths", _DEPTHS),
        314: ("deals", Schema(lists={1: ("deals", _DEAL)})),
        315: ("quote", _QUOTE),
    },
)
"""Numbers 301, 302, 304, 305 and 311 are older forms of the same, which the venue has ended."""
