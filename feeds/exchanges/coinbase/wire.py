"""Coinbase's Advanced Trade messages: each struct is one and says what it states in our words.

Messages are told apart by their channel and numbered over all channels of a connection. Numbers
come as strings. https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Raw, Struct
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame, Rejected
from feeds.fields import Blank, Count, Price, Size
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    Kline,
    Levels,
    Side,
    Ticker,
    Trade,
)

Stated: TypeAlias = tuple[Event | Ignored, ...]
"""What one message states."""

Moment = Annotated[datetime, Meta(tz=True)]
Percent = Annotated[float, Meta(gt=-100, le=1e12)]
Seconds = Annotated[int, Meta(ge=0, le=9_000_000_000)]

DECODE_ERRORS = (ValueError, RecursionError)
"""All that msgspec raises for bytes that are not the JSON it was told to expect, and our checks."""

LIVE_BARS = "5m"
"""The only bars that the stream has."""
_LIVE_BAR = 300_000_000_000

# The fixtures of April 2026 have SELL at the ask, as the Exchange feed documents it of itself.
TAKER = {"BUY": Side.SELL, "SELL": Side.BUY}
"""The aggressor's side, where the wire's is the maker's."""


class Change(Struct, gc=False):
    """One level; its own time is left unread, a snapshot's may be of any age."""

    side: Literal["bid", "offer"]
    price_level: Price
    new_quantity: Size


class BookEvent(Struct, gc=False):
    """One product's share of a book message. An update may hold nothing."""

    type: Literal["snapshot", "update"]
    product_id: str
    updates: list[Change]

    def levels(self) -> tuple[Levels, Levels]:
        """Bids and asks."""
        bids, asks = list[tuple[float, float]](), list[tuple[float, float]]()
        for row in self.updates:
            side = bids if row.side == "bid" else asks
            side.append((row.price_level, row.new_quantity))
        return bids, asks


class Book(Struct, gc=False, tag_field="channel", tag="l2_data"):
    """The whole book or a change of it; what is subscribed as `level2`.

    {"channel":"l2_data","timestamp":"2026-08-24T22:34:13.873923087Z","sequence_num":8,"events":
    [{"type":"update","product_id":"BTC-USD","updates":[{"side":"offer","event_time":
    "2026-08-24T22:34:13.848009Z","price_level":"78856.06","new_quantity":"0.1898315"}]}]}
    """

    timestamp: Moment
    sequence_num: Count
    events: list[BookEvent]

    @property
    def time(self) -> int:
        """When the venue made the message."""
        return nanoseconds(self.timestamp)

    def stated(self, venue: str, now: int) -> Stated:
        stated: list[Event] = []
        for event in self.events:
            name, levels = f"{venue}:{event.product_id}", event.levels()
            if event.type == "snapshot":
                stated.append(BookSnapshot(name, self.time, now, *levels, None))
            else:
                stated.append(BookDelta(name, self.time, now, *levels, 0, 0))
        return tuple(stated)


class TradeRow(Struct, gc=False):
    """One print.

    {"trade_id":"22381691","product_id":"ETH-USDT","price":"2375.56","size":"0.5",
    "time":"2024-10-04T07:13:31.088388Z","side":"BUY"}
    """

    trade_id: Count
    product_id: str
    price: Price
    size: Size
    time: Moment
    side: Literal["BUY", "SELL"]

    def trade(self, instrument: str, now: int, side: Side) -> Trade:
        time = nanoseconds(self.time)
        return Trade(instrument, time, now, str(self.trade_id), self.price, self.size, side)


class _Trades(Struct, gc=False):
    type: Literal["snapshot", "update"]
    trades: list[TradeRow]


class Trades(Struct, gc=False, tag_field="channel", tag="market_trades"):
    """The prints of about 250 ms, newest first; the snapshot holds past ones.

    {"channel":"market_trades","timestamp":"2024-10-04T07:13:31.158696693Z","sequence_num":2,
    "events":[{"type":"update","trades":[...]}]}
    """

    sequence_num: Count
    events: list[_Trades]

    @property
    def live(self) -> bool:
        """Whether they were made just now."""
        return all(event.type == "update" for event in self.events)

    def rows(self) -> list[TradeRow]:
        """The prints in the order of their numbers."""
        rows = [row for event in self.events for row in event.trades]
        return sorted(rows, key=lambda row: row.trade_id)

    def stated(self, venue: str, now: int) -> Stated:
        return tuple(
            row.trade(f"{venue}:{row.product_id}", now, TAKER[row.side]) for row in self.rows()
        )


class TickerRow(Struct, gc=False):
    """Statistics of the last 24 h; with the best bid and ask, but for those of every 5 s."""

    product_id: str
    price: Size | Blank
    volume_24_h: Size | Blank
    low_24_h: Size | Blank
    high_24_h: Size | Blank
    price_percent_chg_24_h: Percent | Blank
    best_bid: Size | Blank = ""
    best_bid_quantity: Size | Blank = ""
    best_ask: Size | Blank = ""
    best_ask_quantity: Size | Blank = ""

    def events(self, name: str, time: int, now: int) -> tuple[Ticker | BookTicker, ...]:
        """The day and the best prices, as far as there are any."""
        day = (self.price, self.high_24_h, self.low_24_h, self.volume_24_h)
        best = (self.best_bid, self.best_bid_quantity, self.best_ask, self.best_ask_quantity)
        found: list[Ticker | BookTicker] = []
        match (*day, self.price_percent_chg_24_h):
            case float(last), float(high), float(low), float(volume), float(change):
                before = round(last / (1 + change / 100), 12)
                found.append(Ticker(name, time, now, last, before, high, low, volume, None))
        match best:
            case float(bid), float(bids), float(ask), float(asks):
                found.append(BookTicker(name, time, now, bid, bids, ask, asks, None))
        return tuple(found)


class _Tickers(Struct, gc=False):
    tickers: list[TickerRow]


class Tickers(Struct, gc=False, tag_field="channel", tag="ticker"):
    """24 h statistics, with every match.

    {"channel":"ticker","timestamp":"2023-02-09T20:30:37.167359596Z","sequence_num":0,"events":
    [{"type":"snapshot","tickers":[{"type":"ticker","product_id":"ETH-USDT","price":"21932.98",
    "volume_24_h":"16038.28","low_24_h":"21835.29","high_24_h":"23011.18","low_52_w":"15460",
    "high_52_w":"48240","price_percent_chg_24_h":"-4.157","best_bid":"21931.98",
    "best_bid_quantity":"8000.21","best_ask":"21933.98","best_ask_quantity":"8038.07"}]}]}
    """

    timestamp: Moment
    sequence_num: Count
    events: list[_Tickers]

    def rows(self) -> list[TickerRow]:
        """The statistics of each product."""
        return [row for event in self.events for row in event.tickers]

    def stated(self, venue: str, now: int) -> Stated:
        time = nanoseconds(self.timestamp)
        return tuple(
            event
            for row in self.rows()
            for event in row.events(f"{venue}:{row.product_id}", time, now)
        )


class SlowTickers(Tickers, tag="ticker_batch"):
    """The same every 5 s."""


class CandleRow(Struct, gc=False):
    """One bar as it stands; the venue does not say when it is over.

    {"start":"1712192400","low":"66055.14","high":"66331.99","open":"66312.4","close":"66181.6",
    "volume":"355.82896243"}
    """

    start: Seconds
    high: Size
    low: Size
    open: Size
    close: Size
    volume: Size
    product_id: str = "?"
    """Not in a REST body."""

    def kline(self, name: str, interval: str, length: int, now: int) -> Kline | Ignored:
        """The bar, over where its end has passed."""
        if not self.low:
            return Ignored(name, "kline without a price")
        start = self.start * 1_000_000_000
        end = start + length
        bar = (self.open, self.high, self.low, self.close, self.volume, None, None, None)
        return Kline(name, None, now, interval, start, end, *bar, end <= now)


class _Candles(Struct, gc=False):
    candles: list[CandleRow]


class Candles(Struct, gc=False, tag_field="channel", tag="candles"):
    """Bars of five minutes, every second; the snapshot holds past ones.

    {"channel":"candles","timestamp":"2026-04-07T14:30:05.000000Z","sequence_num":3,"events":
    [{"type":"update","candles":[{"start":"1775521800","high":"68950.00","low":"68850.00",
    "open":"68900.00","close":"68920.50","volume":"42.15","product_id":"BTC-USD"}]}]}
    """

    sequence_num: Count
    events: list[_Candles]

    def rows(self) -> list[CandleRow]:
        """The bars, oldest first."""
        return sorted((row for each in self.events for row in each.candles), key=_started)

    def stated(self, venue: str, now: int) -> Stated:
        return tuple(live_bar(row, f"{venue}:{row.product_id}", now) for row in self.rows())


class Heartbeats(Struct, gc=False, tag_field="channel", tag="heartbeats"):
    """One a second, so that the other channels stay open while they are quiet.

    {"channel":"heartbeats","timestamp":"2024-10-04T07:04:40.825062088Z","sequence_num":1,
    "events":[{"current_time":"2024-10-04 07:04:40.820713045 +0000 UTC","heartbeat_counter":66987}]}
    """

    sequence_num: Count

    def stated(self, venue: str, now: int) -> Stated:
        return (Ignored("", "heartbeat"),)


class Subscriptions(Struct, gc=False, tag_field="channel", tag="subscriptions"):
    """What is subscribed by now, after each request.

    {"channel":"subscriptions","timestamp":"2026-08-24T22:34:13.813379359Z","sequence_num":3,
    "events":[{"subscriptions":{"level2":["BTC-USD"]}}]}
    """

    sequence_num: Count

    def stated(self, venue: str, now: int) -> Stated:
        return (Ignored("", "acknowledgement"),)


class Status(Struct, gc=False, tag_field="channel", tag="status"):
    """The products there are; REST states them with their real grids.

    {"channel":"status","timestamp":"2023-02-09T20:29:49.753424311Z","sequence_num":0,"events":[]}
    """

    sequence_num: Count

    def stated(self, venue: str, now: int) -> Stated:
        return (Ignored("", "channel 'status' is not used"),)


Message: TypeAlias = (
    Book | Trades | Tickers | SlowTickers | Candles | Heartbeats | Subscriptions | Status
)


class _Head(Struct):
    channel: str | None = None
    type: str | None = None
    message: str = ""
    sequence_num: int | None = None


_decode: Callable[[bytes | str], Message] = Decoder(Message, strict=False).decode
_decode_head = Decoder(_Head).decode
_decode_keys = Decoder(dict[str, Raw]).decode


def read(venue: str, frame: bytes | str) -> Message | Ignored:
    """What a frame holds. Raise MalformedFrame when it is not what the venue documents."""
    try:
        return _decode(frame)
    except DECODE_ERRORS as error:
        return _read_odd(venue, frame, error)


def _read_odd(venue: str, frame: bytes | str, error: Exception) -> Ignored:
    """A frame of another kind than the usual."""
    try:
        head = _decode_head(frame)
    except DECODE_ERRORS as odd:
        raise MalformedFrame(venue, str(odd), frame) from odd
    if head.channel is None and head.type == "error":
        raise Rejected(venue, head.message)
    if head.channel is None and head.type is not None:
        return Ignored("", "a message of the Exchange feed")
    raise MalformedFrame(venue, str(error), frame) from error


def live_bar(row: CandleRow, name: str, now: int) -> Kline | Ignored:
    """A bar of the stream."""
    return row.kline(name, LIVE_BARS, _LIVE_BAR, now)


def nanoseconds(moment: datetime) -> int:
    """A time in ns; ValueError where no market can have been open."""
    time = round(moment.timestamp() * 1e6) * 1000
    if not 0 <= time < 9_000_000_000_000_000_000:
        raise ValueError(f"{moment} is no time of a market")
    return time


def _started(row: CandleRow) -> int:
    return row.start
