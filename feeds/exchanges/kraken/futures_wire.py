"""Kraken futures' WebSocket v1 messages: each struct is one and says what it states in our words.

Numbers are JSON numbers, times milliseconds. Sizes of PF_ and FF_ contracts are base currency,
those of PI_ and FI_ contracts of 1 USD. https://docs.kraken.com/api/docs/futures-api/websocket/book
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame, Rejected
from feeds.fields import Count, Price, Rate, Size, Time, amount, nanoseconds
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FundingRate,
    Liquidation,
    MarkPrice,
    OpenInterest,
    Side,
    Ticker,
    Trade,
)

Stated: TypeAlias = tuple[Event | Ignored, ...]
"""What one message states."""

DECODE_ERRORS = (ValueError, RecursionError)
"""All that msgspec raises for bytes that are not the JSON it was told to expect, and our checks."""

IN_MARKET = frozenset({"fill", "liquidation"})
"""Trades made in the market; the others move a position at a price that was settled elsewhere."""


class Level(Struct, gc=False):
    """A price and what stands there: {"price":34892.5,"qty":6385.0}."""

    price: Price
    qty: Size


class Whole(Struct, gc=False, tag_field="feed", tag="book_snapshot"):
    """The whole book. Levels of size 0 are those that have just gone.

    {"feed":"book_snapshot","product_id":"PI_XBTUSD","timestamp":1612269825817,"seq":326072249,
    "tickSize":null,"bids":[{"price":34892.5,"qty":6385}],"asks":[{"price":34911.5,"qty":20598}]}
    """

    product_id: str
    seq: Count
    timestamp: Time
    bids: list[Level]
    asks: list[Level]

    def snapshot(self, instrument: str, now: int) -> BookSnapshot:
        bids, asks = (
            [(level.price, level.qty) for level in side if level.qty]
            for side in (self.bids, self.asks)
        )
        return BookSnapshot(instrument, nanoseconds(self.timestamp), now, bids, asks, self.seq)

    def events(self, venue: str, now: int) -> Stated:
        return (self.snapshot(f"{venue}:{self.product_id}", now),)


class Change(Struct, gc=False, tag_field="feed", tag="book"):
    """A change of one level; recordings of 2019 state no time.

    {"feed":"book","product_id":"PI_XBTUSD","side":"sell","seq":326094134,"price":34981,"qty":0,
    "timestamp":1612269953629}
    """

    product_id: str
    side: Literal["buy", "sell"]
    seq: Count
    price: Price
    qty: Size
    timestamp: Time | None = None

    def delta(self, instrument: str, now: int) -> BookDelta:
        time = None if self.timestamp is None else nanoseconds(self.timestamp)
        level = [(self.price, self.qty)]
        bids, asks = (level, []) if self.side == "buy" else ([], level)
        return BookDelta(instrument, time, now, bids, asks, self.seq, self.seq - 1)

    def events(self, venue: str, now: int) -> Stated:
        return (self.delta(f"{venue}:{self.product_id}", now),)


class Print(Struct, gc=False, tag_field="feed", tag="trade"):
    """A print; recordings of 2019 have no `uid`. The side is the taker's.

    {"feed":"trade","product_id":"PI_XBTUSD","uid":"05af78ac-a774-478c-a50c-8b9c234e071e",
    "side":"sell","type":"fill","seq":653355,"time":1612266317519,"qty":15000,"price":34969.5}
    """

    product_id: str
    side: Literal["buy", "sell"]
    type: str
    seq: Count
    time: Time
    qty: Size
    price: Price
    uid: str = ""

    def events(self, venue: str, now: int) -> Stated:
        name, time = f"{venue}:{self.product_id}", nanoseconds(self.time)
        if self.type not in IN_MARKET:
            return (Ignored(name, f"a trade by {self.type[:40]}: not made in the market"),)
        side = Side.BUY if self.side == "buy" else Side.SELL
        ident = self.uid or str(self.seq)
        trade = Trade(name, time, now, ident, self.price, self.qty, side)
        if self.type == "fill":
            return (trade,)
        return trade, Liquidation(name, time, now, self.price, self.qty, side)


class Prints(Struct, gc=False, tag_field="feed", tag="trade_snapshot"):
    """The last 100 prints, newest first.

    {"feed":"trade_snapshot","product_id":"PI_XBTUSD","trades":[{"feed":"trade", ...}]}
    """

    product_id: str
    trades: list[Print]

    def events(self, venue: str, now: int) -> Stated:
        return tuple(event for row in self.trades for event in row.events(venue, now)) or (
            Ignored(f"{venue}:{self.product_id}", "no trades yet"),
        )


class Day(Struct, gc=False, tag_field="feed", tag="ticker"):
    """Statistics of 24 h with best bid and ask, mark, index, funding and open interest.

    {"feed":"ticker","time":1676393235406,"product_id":"PI_XBTUSD","bid":21978.5,"ask":21987.0,
    "bid_size":2536.0,"ask_size":13948.0,"volume":31403908.0,"index":21984.54,"last":21983.5,
    "relative_funding_rate":-1.380384722222e-6,"next_funding_rate_time":1676394000000,
    "openInterest":30072580.0,"markPrice":21979.68641534714,"volumeQuote":31403908.0,
    "open":21968.5,"high":22123.0,"low":21456.0, ...}
    """

    product_id: str
    time: Time
    bid: Size
    ask: Size
    bid_size: Size
    ask_size: Size
    volume: Size
    last: Size
    openInterest: Size
    markPrice: Size
    index: Size | None = None
    relative_funding_rate: Rate | None = None
    """Of dated contracts there is none."""
    next_funding_rate_time: Time = 0
    # Recordings before 2023 state no turnover, and of the day the last price only.
    volumeQuote: Decimal | None = None
    open: Size = 0.0
    high: Size = 0.0
    low: Size = 0.0

    def ticker(self, name: str, now: int, venue: str) -> Ticker:
        day = (self.last, self.open, self.high, self.low, self.volume)
        turnover = None if self.volumeQuote is None else amount(self.volumeQuote, venue)
        return Ticker(name, nanoseconds(self.time), now, *day, turnover)

    def best(self, name: str, now: int) -> BookTicker:
        best = (self.bid, self.bid_size, self.ask, self.ask_size)
        return BookTicker(name, nanoseconds(self.time), now, *best, None)

    def contract(self, name: str, now: int) -> list[Event]:
        """What is stated of a contract besides its price."""
        time = nanoseconds(self.time)
        stated: list[Event] = [
            MarkPrice(name, time, now, self.markPrice, self.index),
            OpenInterest(name, time, now, self.openInterest),
        ]
        if self.relative_funding_rate is not None and self.next_funding_rate_time:
            due = nanoseconds(self.next_funding_rate_time)
            stated.append(FundingRate(name, time, now, self.relative_funding_rate, due))
        return stated

    def events(self, venue: str, now: int) -> Stated:
        name = f"{venue}:{self.product_id}"
        day = [self.ticker(name, now, venue)] if self.last else []
        return (*day, self.best(name, now), *self.contract(name, now))


class Lite(Struct, gc=False, tag_field="feed", tag="ticker_lite"):
    """Best bid and ask without their sizes."""

    product_id: str

    def events(self, venue: str, now: int) -> Stated:
        return (Ignored(f"{venue}:{self.product_id}", "best prices without sizes or time"),)


class Heartbeat(Struct, gc=False, tag_field="feed", tag="heartbeat"):
    """A sign of life: {"feed":"heartbeat","time":1534262350627}."""

    def events(self, venue: str, now: int) -> Stated:
        return (Ignored("", "heartbeat"),)


Message: TypeAlias = Whole | Change | Print | Prints | Day | Lite | Heartbeat


class Answer(Struct, gc=False):
    """What the venue says of the connection or of a request.

    {"event":"subscribed","feed":"book","product_ids":["PI_XBTUSD"]}
    {"event":"alert","message":"Bad request"}
    """

    event: str = ""
    message: str = ""
    feed: str = ""
    channel: str = ""
    """Of messages of Kraken spot."""
    method: str = ""

    def events(self, venue: str, now: int) -> Stated:
        if self.channel or self.method:
            return (Ignored("", "a message of Kraken spot"),)
        if self.event in ("alert", "error", "subscribed_failed"):
            self.complain(venue)
        return (Ignored("", self.event[:40] or f"feed {self.feed[:40]!r} is not used"),)

    def complain(self, venue: str) -> None:
        """Raise what an alert means: a refusal, or a request of ours that was not understood."""
        about = self.message.lower()
        if self.event == "subscribed_failed" or "product" in about or "feed" in about:
            raise Rejected(venue, self.message or "subscription refused")
        raise MalformedFrame(venue, f"{self.event}: {self.message[:100]}")


_message: Callable[[bytes | str], Message] = Decoder(Message).decode
_answer = Decoder(Answer).decode
_FEEDS = frozenset(
    str(kind.__struct_config__.tag) for kind in (Whole, Change, Print, Prints, Day, Lite, Heartbeat)
)


def read(venue: str, frame: bytes | str) -> Message | Answer:
    """What a frame holds. Raise MalformedFrame when it is not what the venue documents."""
    try:
        return _message(frame)
    except DECODE_ERRORS as error:
        try:
            answer = _answer(frame)
        except DECODE_ERRORS:
            raise MalformedFrame(venue, str(error), frame) from error
        if answer.event or answer.channel or answer.method or answer.feed not in ("", *_FEEDS):
            return answer
        raise MalformedFrame(venue, str(error), frame) from error
