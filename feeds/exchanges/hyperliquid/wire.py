"""Hyperliquid's stream messages: each struct is one channel and says what it states in our words.

Prices and sizes are strings on the wire, decoded to floats and checked in C. Sizes are base
currency, times milliseconds. There are no changes of books, no sequence and no checksum.
https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/websocket/subscriptions
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from msgspec import Raw, Struct
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame
from feeds.exchanges.hyperliquid.names import INTERVALS, next_hour
from feeds.fields import Count, Price, Rate, Size, Time, nanoseconds
from market.events import (
    BookSnapshot,
    BookTicker,
    Event,
    FundingRate,
    Kline,
    MarkPrice,
    OpenInterest,
    Orders,
    Side,
    Trade,
)

Stated: TypeAlias = tuple[Event | Ignored, ...]
"""What one message states."""

TAKER = {"B": Side.BUY, "A": Side.SELL}

DECODE_ERRORS = (ValueError, RecursionError)
"""All that msgspec raises for bytes that are not the JSON it was told to expect."""


@dataclass(frozen=True, slots=True)
class About:
    """What a message does not say itself: whose it is, and when it came."""

    venue: str
    now: int

    def instrument(self, coin: str) -> str:
        """The id of a coin."""
        return f"{self.venue}:{coin}"


class Print(Struct, gc=False):
    """A match of two orders; those of one aggressor share time and hash.

    {"coin":"BTC","side":"A","px":"84143.0","sz":"0.00036","time":1790232216193,"hash":"0x7a…",
    "tid":1045359869404765,"users":["0x9a…","0x82…"]}
    """

    coin: str
    side: Literal["A", "B"]
    px: Price
    sz: Size
    time: Time
    tid: Count

    def trade(self, about: About) -> Trade:
        name, time = about.instrument(self.coin), nanoseconds(self.time)
        return Trade(name, time, about.now, str(self.tid), self.px, self.sz, TAKER[self.side])


class Trades(Struct, gc=False, tag_field="channel", tag="trades"):
    """{"channel":"trades","data":[…]}; the first after a subscription is the recent past."""

    data: list[Print]

    def events(self, about: About) -> Stated:
        return tuple(row.trade(about) for row in self.data)


class Level(Struct, gc=False):
    """{"px":"84143.0","sz":"10.25923","n":36}."""

    px: Price
    sz: Size
    n: Count
    """Orders."""

    @property
    def pair(self) -> tuple[float, float]:
        return (self.px, self.sz)


def snapshot_of(name: str, time: int, now: int, sides: Sequence[Sequence[Level]]) -> BookSnapshot:
    """The book of these bids and asks; it has no sequence."""
    bids, asks = ([level.pair for level in side] for side in sides)
    orders = Orders(*([level.n for level in side] for side in sides))
    return BookSnapshot(name, time, now, bids, asks, None, orders=orders)


class Book(Struct, gc=False):
    """The best levels of both sides: 20 of each, or 5 where `fast` is set.

    {"coin":"BTC","time":1790232236546,"levels":[[{"px":"84143.0","sz":"10.2","n":36}],[…]]}
    """

    coin: str
    levels: tuple[list[Level], list[Level]]
    time: Time
    fast: bool = False

    def snapshot(self, about: About) -> BookSnapshot:
        time = nanoseconds(self.time)
        return snapshot_of(about.instrument(self.coin), time, about.now, self.levels)


class BookMessage(Struct, gc=False, tag_field="channel", tag="l2Book"):
    """{"channel":"l2Book","data":{…}}."""

    data: Book

    def events(self, about: About) -> Stated:
        return (self.data.snapshot(about),)


class Quote(Struct, gc=False):
    """The best bid and ask; one that is not there is null or, as the last, left out.

    {"coin":"BTC","time":1790232237145,"bbo":[{"px":"84143.0","sz":"10.25923","n":36},null]}
    """

    coin: str
    time: Time
    bbo: list[Level | None]

    @property
    def sides(self) -> tuple[Level | None, Level | None]:
        """Bid and ask."""
        bid, ask = (*self.bbo, None, None)[:2]
        return bid, ask

    def ticker(self, about: About) -> BookTicker:
        pairs = [(0.0, 0.0) if level is None else level.pair for level in self.sides]
        (bid, bid_size), (ask, ask_size) = pairs
        best = (bid, bid_size, ask, ask_size)
        name = about.instrument(self.coin)
        return BookTicker(name, nanoseconds(self.time), about.now, *best, None)


class QuoteMessage(Struct, gc=False, tag_field="channel", tag="bbo"):
    """{"channel":"bbo","data":{…}}."""

    data: Quote

    def events(self, about: About) -> Stated:
        return (self.data.ticker(about),)


class Candle(Struct, gc=False):
    """A bar as it stands; the venue does not say that it is over.

    {"t":1790232180000,"T":1790232239999,"s":"BTC","i":"1m","o":"84143.0","c":"84143.0",
    "h":"84144.0","l":"84143.0","v":"14.27847","n":114}
    """

    t: Time
    T: Time
    s: str
    i: str
    o: Size
    c: Size
    h: Size
    l: Size  # noqa: E741  # the venue's name
    v: Size
    n: Count

    def bar(self, about: About, *, closed: bool = False) -> Kline | Ignored:
        name = about.instrument(self.s)
        if self.i not in INTERVALS or not self.l:
            return Ignored(name, f"candle {self.i[:9]!r} without a known length or a price")
        start, end = nanoseconds(self.t), nanoseconds(self.T) + 1_000_000
        prices = (self.o, self.h, self.l, self.c)
        amounts = (self.v, None, None, self.n)
        over = closed or 0 < end <= about.now
        return Kline(name, None, about.now, self.i, start, end, *prices, *amounts, over)


class Candles(Struct, gc=False, tag_field="channel", tag="candle"):
    """{"channel":"candle","data":{…}}; the documentation has a list of them."""

    data: Candle | list[Candle]

    def events(self, about: About) -> Stated:
        rows = self.data if isinstance(self.data, list) else [self.data]
        return tuple(row.bar(about) for row in rows)


class Context(Struct, gc=False):
    """The state of a perpetual. The rate is of an hour, the oracle's price what it is drawn to.

    {"funding":"0.0000018952","openInterest":"36585.31848","prevDayPx":"86627.0",
    "dayNtlVlm":"4161029539.69","premium":"-0.00064","oraclePx":"84198.0","markPx":"84148.0",
    "midPx":"84143.5","impactPxs":["84143.0","84144.0"],"dayBaseVlm":"49116.08533"}
    """

    funding: Rate
    openInterest: Size
    oraclePx: Size
    markPx: Price

    def events(self, coin: str, about: About) -> Stated:
        """It states no time of its own, so it is that of its receipt."""
        name, now = about.instrument(coin), about.now
        return (
            MarkPrice(name, now, now, self.markPx, self.oraclePx or None),
            FundingRate(name, now, now, self.funding, next_hour(now)),
            OpenInterest(name, now, now, self.openInterest),
        )


class _CoinContext(Struct, gc=False):
    coin: str
    ctx: Context


class Contexts(Struct, gc=False, tag_field="channel", tag="activeAssetCtx"):
    """{"channel":"activeAssetCtx","data":{"coin":"BTC","ctx":{…}}}."""

    data: _CoinContext

    def events(self, about: About) -> Stated:
        return self.data.ctx.events(self.data.coin, about)


class Error(Struct, gc=False, tag_field="channel", tag="error"):
    """{"channel":"error","data":"Already subscribed: {\"type\":\"l2Book\",\"coin\":\"SOL\"}"}."""

    data: str

    @property
    def harmless(self) -> bool:
        """Whether what was asked for is so already."""
        return self.data.startswith(("Already subscribed", "Already unsubscribed"))


class _Response(Struct, gc=False):
    type: str
    payload: Raw


class _Posted(Struct, gc=False):
    id: Count
    response: _Response


class Posted(Struct, gc=False, tag_field="channel", tag="post"):
    """An answer to what was asked over the socket.

    {"channel":"post","data":{"id":7,"response":{"type":"info",
    "payload":{"type":"l2Book","data":null}}}}
    """

    data: _Posted


class Answer(Struct):
    """{"type":"candleSnapshot","data":[…]}: what REST would have answered is the `data`."""

    data: Raw = Raw(b"null")
    type: str = ""


Content: TypeAlias = Trades | BookMessage | QuoteMessage | Candles | Contexts | Error | Posted


class _Head(Struct):
    channel: str


_decode: Callable[[bytes | str], Content] = Decoder(Content, strict=False).decode
_head = Decoder(_Head).decode
_answer = Decoder(Answer).decode
_text = Decoder(str).decode

_USED = frozenset({"trades", "l2Book", "bbo", "candle", "activeAssetCtx", "error", "post"})


def read(venue: str, frame: bytes | str) -> Content | Ignored:
    """What a frame holds. Raise MalformedFrame when it is not what the venue documents."""
    try:
        return _decode(frame)
    except DECODE_ERRORS as error:
        if frame in _GREETINGS:
            return Ignored("", "greeting")
        channel = channel_of(frame)
        if channel is None or channel in _USED:
            raise MalformedFrame(venue, str(error), frame) from error
        return Ignored("", _UNUSED.get(channel, f"channel {channel[:40]!r} is not used"))


_GREETINGS = ("Websocket connection established.", b"Websocket connection established.")
"""What comes first on a connection, and is no JSON."""
_UNUSED = {"pong": "pong", "subscriptionResponse": "acknowledgement"}


def channel_of(frame: bytes | str) -> str | None:
    """The channel of a frame; None where it has none."""
    try:
        return _head(frame).channel
    except DECODE_ERRORS:
        return None


def answered(venue: str, posted: Posted) -> tuple[Raw, str]:
    """The data of an answer, or in the second place what is wrong."""
    response = posted.data.response
    try:
        if response.type == "info":
            return _answer(response.payload).data, ""
        return Raw(b"null"), _text(response.payload) or "refused"
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), bytes(response.payload)) from error
