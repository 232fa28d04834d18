"""Kraken's WebSocket v2 messages: each struct is one and says what it states in our words.

Numbers arrive as JSON numbers. Most are decoded to floats in C; the book's are kept as they are
spelled, since its checksum is made of that. https://docs.kraken.com/api/docs/websocket-v2/book
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Raw, Struct
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.checksum import KRAKEN, Rows, WireBook
from feeds.errors import MalformedFrame, Rejected
from feeds.fields import Count, Price, Size
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    Kline,
    Side,
    Ticker,
    Trade,
)

Stated: TypeAlias = tuple[Event | Ignored, ...]
"""What one message states."""

Change = Annotated[float, Meta(ge=-1e15, le=1e15)]
Minutes = Annotated[int, Meta(gt=0, le=100_000)]
Checksum = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Moment = Annotated[datetime, Meta(tz=True)]

DECODE_ERRORS = (ValueError, RecursionError)
"""All that msgspec raises for bytes that are not the JSON it was told to expect, and our checks."""

INTERVALS = {
    "1m": 1,
    "5m": 5,
    "15m": 15,
    "30m": 30,
    "1h": 60,
    "4h": 240,
    "1d": 1440,
    "1w": 10080,
    "15d": 21600,
}
"""Minutes of each kind of bar that the venue makes."""
NAMES = {minutes: name for name, minutes in INTERVALS.items()}


class Level(Struct, gc=False):
    """A price and what stands there: {"price":78871.5,"qty":0.01266503}."""

    price: Raw
    qty: Raw


class BookData(Struct, gc=False):
    """One symbol's share of a book message; the oldest recordings' snapshots state no time."""

    symbol: str
    bids: list[Level]
    asks: list[Level]
    checksum: Checksum
    timestamp: Moment | None = None

    def rows(self) -> tuple[Rows, Rows]:
        """Bids and asks as the wire spells them."""
        return (
            [(str(level.price, "ascii"), str(level.qty, "ascii")) for level in self.bids],
            [(str(level.price, "ascii"), str(level.qty, "ascii")) for level in self.asks],
        )

    def time(self) -> int | None:
        """When the venue made the message."""
        return None if self.timestamp is None else nanoseconds(self.timestamp)


class Book(Struct, gc=False, tag_field="channel", tag="book"):
    """The whole book or a change of it.

    {"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":78857.0,
    "qty":0.34775324}],"asks":[],"checksum":2416540570,"timestamp":"2026-08-24T22:21:58.343688Z"}]}
    """

    type: Literal["snapshot", "update"]
    data: list[BookData]

    def events(self, venue: str, now: int) -> Stated:
        stated: list[Event] = []
        for data in self.data:
            name, time = f"{venue}:{data.symbol}", data.time()
            levels = WireBook(KRAKEN).change(*data.rows())
            if self.type == "snapshot":
                stated.append(BookSnapshot(name, time, now, *levels, None))
            else:
                stated.append(BookDelta(name, time, now, *levels, 0, 0))
        return tuple(stated)


class TradeData(Struct, gc=False):
    """One print."""

    symbol: str
    side: Literal["buy", "sell"]
    price: Price
    qty: Size
    trade_id: Count
    timestamp: Moment

    def trade(self, instrument: str, now: int) -> Trade:
        side = Side.BUY if self.side == "buy" else Side.SELL
        time = nanoseconds(self.timestamp)
        return Trade(instrument, time, now, str(self.trade_id), self.price, self.qty, side)


class Trades(Struct, gc=False, tag_field="channel", tag="trade"):
    """Prints; the snapshot holds the last 50. The side is the taker's.

    {"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy",
    "price":105944.20,"qty":0.00027625,"ord_type":"limit","trade_id":10218208,
    "timestamp":"2023-10-06T17:35:55.440295Z"}]}
    """

    data: list[TradeData]

    def events(self, venue: str, now: int) -> Stated:
        return tuple(row.trade(f"{venue}:{row.symbol}", now) for row in self.data)


class Candle(Struct, gc=False):
    """One bar as it stands; the venue states no turnover and does not say when a bar is over."""

    symbol: str
    open: Size
    high: Size
    low: Size
    close: Size
    volume: Size
    trades: Count
    interval_begin: Moment
    interval: Minutes

    def kline(self, instrument: str, now: int) -> Kline:
        """The bar, over where its end has passed; only where it has a price."""
        start = nanoseconds(self.interval_begin)
        end = start + self.interval * 60_000_000_000
        name = NAMES.get(self.interval, f"{self.interval}m")
        prices = (self.open, self.high, self.low, self.close)
        amounts = (self.volume, None, None, self.trades)
        return Kline(instrument, None, now, name, start, end, *prices, *amounts, end <= now)


class Candles(Struct, gc=False, tag_field="channel", tag="ohlc"):
    """Bars; the snapshot holds past ones too.

    {"channel":"ohlc","type":"update","data":[{"symbol":"BTC/USD","interval":1,
    "interval_begin":"2023-10-04T16:25:00.000000000Z","open":106038.2,"high":106044.3,
    "low":106038.1,"close":106040.1,"volume":30927.68066226,"vwap":106039.6,"trades":12}]}
    """

    data: list[Candle]

    def events(self, venue: str, now: int) -> Stated:
        return tuple(
            row.kline(f"{venue}:{row.symbol}", now)
            if row.low
            else Ignored(f"{venue}:{row.symbol}", "kline without a price")
            for row in self.data
        )


class TickerData(Struct, gc=False):
    """Statistics of the last 24 h with the best bid and ask; the venue stated no time in 2023."""

    symbol: str
    bid: Size
    bid_qty: Size
    ask: Size
    ask_qty: Size
    last: Size
    volume: Size
    low: Size
    high: Size
    change: Change
    timestamp: Moment | None = None

    def events(self, venue: str, now: int) -> tuple[Ticker, BookTicker]:
        name = f"{venue}:{self.symbol}"
        time = None if self.timestamp is None else nanoseconds(self.timestamp)
        before = Decimal(repr(self.last)) - Decimal(repr(self.change))
        best = (self.bid, self.bid_qty, self.ask, self.ask_qty)
        day = (self.last, max(0.0, float(before)), self.high, self.low, self.volume)
        return (
            Ticker(name, now if time is None else time, now, *day, None),
            BookTicker(name, time, now, *best, None),
        )


class Tickers(Struct, gc=False, tag_field="channel", tag="ticker"):
    """24 h statistics with best bid and ask.

    {"channel":"ticker","type":"snapshot","data":[{"symbol":"BTC/USD","bid":105944.20,
    "bid_qty":2.5,"ask":105944.30,"ask_qty":3.2,"last":105899.40,"volume":163.28908096,
    "vwap":105904.39279,"low":104711.00,"high":106613.10,"change":250.00,"change_pct":0.24,
    "timestamp":"2022-12-25T09:30:59.123456Z"}]}
    """

    data: list[TickerData]

    def events(self, venue: str, now: int) -> Stated:
        return tuple(event for row in self.data for event in row.events(venue, now))


class Heartbeat(Struct, gc=False, tag_field="channel", tag="heartbeat"):
    """{"channel":"heartbeat"}: about once a second while nothing else is said."""

    def events(self, venue: str, now: int) -> Stated:
        return (Ignored("", "heartbeat"),)


class _System(Struct, gc=False):
    system: str


class Status(Struct, gc=False, tag_field="channel", tag="status"):
    """The state of the whole venue, when it changes and at the start.

    {"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online",
    "api_version":"v2","connection_id":806193442143087786}]}
    """

    data: list[_System]

    def events(self, venue: str, now: int) -> Stated:
        states = " ".join(row.system for row in self.data)
        return (Ignored("", f"the venue is {states}"),)


Message: TypeAlias = Book | Trades | Candles | Tickers | Heartbeat | Status


class Subscribed(Struct, gc=False):
    """What was subscribed, as the acknowledgement repeats it."""

    channel: str = ""
    symbol: str = ""
    depth: Annotated[int, Meta(ge=1, le=100_000)] | None = None


class Answer(Struct, gc=False):
    """What the venue says to a request of ours: an ack, a pong or a refusal.

    {"method":"subscribe","result":{"channel":"book","depth":10,"snapshot":true,
    "symbol":"BTC/USD"},"success":true,"time_in":"..","time_out":".."}
    {"error":"Currency pair not supported FOO/USD","method":"subscribe","success":false,
    "symbol":"FOO/USD","time_in":"..","time_out":".."}
    """

    method: str = ""
    success: bool = True
    error: str = ""
    symbol: str = ""
    result: Subscribed | None = None

    def events(self, venue: str, now: int) -> Stated:
        if self.refused:
            raise Rejected(venue, self.reason)
        return (Ignored("", "pong" if self.method == "pong" else "acknowledgement"),)

    @property
    def refused(self) -> bool:
        """Whether something was wanted that the venue will not do."""
        # A subscription given up and asked for again may cross with itself on the way.
        repeated = self.error.startswith(("Already subscribed", "Subscription Not Found"))
        return not self.success and not repeated

    @property
    def reason(self) -> str:
        """The venue's words, with the symbol they are about."""
        if not self.symbol or self.symbol in self.error:
            return self.error
        return f"{self.symbol}: {self.error}"


class _Head(Struct, gc=False):
    channel: str = ""
    method: str = ""
    error: str = ""
    event: str = ""
    feed: str = ""


_message: Callable[[bytes | str], Message] = Decoder(Message).decode
_head = Decoder(_Head).decode
_answer = Decoder(Answer).decode
_KNOWN = {
    str(kind.__struct_config__.tag) for kind in (Book, Trades, Candles, Tickers, Heartbeat, Status)
}


def read(venue: str, frame: bytes | str) -> Message | Answer | Ignored:
    """What a frame holds. Raise MalformedFrame when it is not what the venue documents."""
    try:
        return _message(frame)
    except DECODE_ERRORS as error:
        return _read_odd(venue, frame, error)


def _read_odd(venue: str, frame: bytes | str, error: Exception) -> Answer | Ignored:
    """A frame of another kind than the usual."""
    try:
        head = _head(frame)
        if head.method or head.error:
            return _answer(frame)
        if head.event or head.feed:
            return Ignored("", "a message of Kraken futures or of version 1")
        if head.channel and head.channel not in _KNOWN:
            return Ignored("", f"channel {head.channel!r} is not used")
    except DECODE_ERRORS as odd:
        error = odd
    raise MalformedFrame(venue, str(error), frame) from error


def channel_of(frame: bytes | str) -> str:
    """The channel of a frame that could not be read, "" where not even that can be."""
    try:
        return _head(frame).channel
    except DECODE_ERRORS:
        return ""


def nanoseconds(moment: datetime) -> int:
    """A time in ns; ValueError where no market can have been open."""
    time = round(moment.timestamp() * 1e6) * 1000
    if not 0 <= time < 9_000_000_000_000_000_000:
        raise ValueError(f"{moment} is no time of a market")
    return time
