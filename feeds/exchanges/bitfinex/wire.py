"""Bitfinex's messages: arrays after the number of their channel, and objects about channels.

`[CHANNEL, PAYLOAD, SEQUENCE, TIME]`, or `[CHANNEL, "te", PAYLOAD, SEQUENCE, TIME]`. What a channel
is about is said once, when it is subscribed. Fields may be added at the end of any array.
https://docs.bitfinex.com/docs/ws-general
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from msgspec import Meta, Raw, Struct
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame
from feeds.fields import Count, Price, Rate, Size, Time, nanoseconds
from market.events import (
    BookTicker,
    Event,
    FundingRate,
    Kline,
    Liquidation,
    MarkPrice,
    OpenInterest,
    Orders,
    Side,
    Ticker,
    Trade,
)

Stated: TypeAlias = tuple[Event | Ignored, ...]
"""What one payload states."""
Row: TypeAlias = tuple[str, str, str]
"""A level as the wire spells it: price, size without its sign, orders; size 0 removes."""
_MOST_ORDERS = 2**31

Amount = Annotated[float, Meta(ge=-1e15, le=1e15)]
Checksum = Annotated[int, Meta(ge=-(2**31), le=2**32 - 1)]

DECODE_ERRORS = (ValueError, RecursionError)
"""All that msgspec raises for bytes that are not the JSON it was told to expect, and our checks."""

INTERVALS: dict[str, tuple[str, int]] = {
    "1m": ("1m", 60),
    "5m": ("5m", 300),
    "15m": ("15m", 900),
    "30m": ("30m", 1800),
    "1h": ("1h", 3600),
    "3h": ("3h", 10800),
    "6h": ("6h", 21600),
    "12h": ("12h", 43200),
    "1D": ("1d", 86400),
    "1W": ("1w", 604800),
    "14D": ("14d", 1209600),
    "1M": ("1M", 2592000),
}
"""Our name and the seconds of each of the venue's bars; of a month they are about right."""


class About(Struct, gc=False):
    """What a channel is about.

    {"event":"subscribed","channel":"book","chanId":943592,"symbol":"tBTCF0:USTF0","prec":"P0",
    "freq":"F0","len":"25","pair":"BTCF0:USTF0"}
    {"event":"subscribed","channel":"status","chanId":127758,"key":"deriv:tBTCF0:USTF0"}
    """

    channel: str
    symbol: str = ""
    key: str = ""
    prec: str = "P0"

    @property
    def subject(self) -> str:
        """The symbol, wherever it is said."""
        return self.symbol or (self.key.rpartition(":t")[0] and "t" + self.key.partition(":t")[2])


class Notice(Struct, gc=False):
    """An object: an answer, or news of the whole platform.

    {"event":"error","msg":"subscribe: limit","code":10305,"channel":"book","symbol":"tICPUSD"}
    {"event":"info","code":20051,"msg":"Stopping. Please try to reconnect"}
    """

    event: str
    code: int = 0
    msg: str = ""
    chanId: Annotated[int, Meta(ge=0)] | None = None
    channel: str = ""
    symbol: str = ""
    key: str = ""
    prec: str = "P0"

    @property
    def about(self) -> About:
        """What the channel is about that it names."""
        return About(self.channel, self.symbol, self.key, self.prec)


@dataclass(frozen=True, slots=True)
class Push:
    """A message of one channel, its payload not read yet."""

    channel: int
    about: About | None
    """Where the recorder of a message wrote it instead of the channel's number."""
    word: str
    """"te", "hb" and so on, "" where there is none."""
    payload: Raw | None
    sequence: int | None
    time: int | None
    """ns."""


class _Trade(Struct, array_like=True, gc=False):
    """A print: [658733916,1617643611128,0.7574881,230890]; the sign is the taker's."""

    id: Count
    time: Time
    amount: Amount
    price: Price


class _Ticker(Struct, array_like=True, gc=False):
    """[bid, size, ask, size, change, relative change, last, volume, high, low]."""

    bid: Size
    bid_size: Size
    ask: Size
    ask_size: Size
    change: Amount
    relative: Amount
    last: Size
    volume: Size
    high: Size
    low: Size


class Candle(Struct, array_like=True, gc=False):
    """A bar: [1654074480000,open,close,high,low,volume]."""

    time: Time
    open: Size
    close: Size
    high: Size
    low: Size
    volume: Size

    def kline(self, name: str, interval: str, now: int) -> Kline | Ignored:
        """The bar, over where its end has passed."""
        if not self.low:
            return Ignored(name, "kline without a price")
        ours, seconds = INTERVALS.get(interval, INTERVALS["1m"])
        start = nanoseconds(self.time)
        end = start + seconds * 1_000_000_000
        bar = (self.open, self.high, self.low, self.close, self.volume, None, None, None)
        return Kline(name, None, now, ours, start, end, *bar, end <= now)


class _Derivative(Struct, array_like=True, gc=False):
    """[time,_,last,index,_,insurance,_,next funding,predicted,step,_,rate,_,_,mark,_,_,open]."""

    time: Time
    _1: None
    last: Size | None
    index: Size | None
    _2: None
    insurance: Amount | None
    _3: None
    next_time: Time | None
    predicted: Rate | None
    step: int | None
    _4: None
    rate: Rate | None
    _5: None = None
    _6: None = None
    mark: Price | None = None
    _7: None = None
    _8: None = None
    open_interest: Size | None = None

    def events(self, name: str, time: int | None, now: int) -> Stated:
        at = nanoseconds(self.time) if time is None else time
        due = None if self.next_time is None else nanoseconds(self.next_time)
        found: list[Event] = []
        if self.mark is not None:
            found.append(MarkPrice(name, at, now, self.mark, self.index))
        if self.rate is not None:
            found.append(FundingRate(name, at, now, self.rate, due))
        if self.open_interest is not None:
            found.append(OpenInterest(name, at, now, self.open_interest))
        return tuple(found) or (Ignored(name, "neither a mark price nor funding"),)


class _Forced(Struct, array_like=True, gc=False):
    """["pos",143683674,1593522802742,null,"tBTCF0:USTF0",0.00268657,9135.97,null,0,1,null,9080]:
    the position's size with its sign and its base price; a 1 is told again when it was matched.
    """

    word: str
    id: Count
    time: Time
    _1: None
    symbol: str
    amount: Amount
    price: Price
    _2: None
    matched: int

    def event(self, venue: str, now: int) -> Event | Ignored:
        name = f"{venue}:{self.symbol}"
        if self.matched:
            return Ignored(name, "the same liquidation, told again when it was matched")
        side = Side.SELL if self.amount > 0 else Side.BUY
        time = nanoseconds(self.time)
        return Liquidation(name, time, now, self.price, abs(self.amount), side)


_notice = Decoder(Notice).decode
_about = Decoder(About).decode
_array = Decoder(list[Raw]).decode
_rows = Decoder(list[list[Raw]]).decode
_number = Decoder(Count).decode
_word = Decoder(str).decode
_time = Decoder(Time).decode
checksum_of = Decoder(Checksum).decode
_trade = Decoder(_Trade).decode
_trades = Decoder(list[_Trade]).decode
_ticker = Decoder(_Ticker).decode
_candle = Decoder(Candle).decode
candles_of = Decoder(list[Candle]).decode
_derivative = Decoder(_Derivative).decode
_forced = Decoder(list[_Forced]).decode


def read(venue: str, frame: bytes | str) -> Push | Notice:
    """What a frame holds. Raise MalformedFrame when it is not what the venue documents."""
    try:
        if frame[:1] in (b"{", "{"):
            return _notice(frame)
        items = _array(frame)
        if len(items) < 2:
            raise ValueError("an array of a channel has two items or more")
        about = _about(items[0]) if _first(items[0]) == b"{" else None
        channel = -1 if about is not None else _number(items[0])
        word, rest = "", items[1:]
        if _first(rest[0]) == b'"':
            word, rest = _word(rest[0]), rest[1:]
        payload = rest.pop(0) if word != "hb" and rest else None
        sequence = _number(rest[0]) if rest else None
        time = nanoseconds(_time(rest[1])) if len(rest) > 1 else None
        return Push(channel, about, word, payload, sequence, time)
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), frame) from error


def nested(payload: Raw) -> bool:
    """Whether a payload holds many rows, or none, and not a single one."""
    return bytes(memoryview(payload)[1:2]) in (b"[", b"]")


def levels_of(payload: Raw) -> tuple[list[Row], list[Row]]:
    """Bids and asks of `[price, count, amount]` rows; a count of 0 removes."""
    rows = _rows(payload) if nested(payload) else [_array(payload)]
    sides = list[Row](), list[Row]()
    for row in rows:
        price, count, amount = (str(item, "ascii") for item in row[:3])
        asked = amount.startswith("-")
        size = "0" if count == "0" else amount.removeprefix("-")
        sides[asked].append((price, size, count))
    return sides


def orders_of(bids: Sequence[Row], asks: Sequence[Row]) -> Orders:
    """Of how many orders each level is made; ValueError where one is not a number of them."""
    counts = [[int(row[2]) for row in side] for side in (bids, asks)]
    if any(not 0 <= count < _MOST_ORDERS for side in counts for count in side):
        raise ValueError("a level is not made of so many orders")
    return Orders(*counts)


def trades_of(payload: Raw, name: str, now: int) -> list[Trade]:
    """Prints, oldest first."""
    rows = (
        sorted(_trades(payload), key=lambda row: row.id) if nested(payload) else [_trade(payload)]
    )
    return [
        Trade(
            name,
            nanoseconds(row.time),
            now,
            str(row.id),
            row.price,
            abs(row.amount),
            Side.BUY if row.amount > 0 else Side.SELL,
        )
        for row in rows
    ]


def ticker_of(payload: Raw, name: str, time: int | None, now: int) -> tuple[Ticker, BookTicker]:
    """The day and the best prices."""
    row = _ticker(payload)
    before = max(0.0, round(row.last - row.change, 12))
    day = (row.last, before, row.high, row.low, row.volume, None)
    best = (row.bid, row.bid_size, row.ask, row.ask_size, None)
    at = now if time is None else time
    return Ticker(name, at, now, *day), BookTicker(name, time, now, *best)


def bars_of(payload: Raw, about: About, venue: str, now: int) -> Stated:
    """Bars, oldest first."""
    rows = candles_of(payload) if nested(payload) else [_candle(payload)]
    _, interval, symbol = about.key.split(":", 2)
    rows.sort(key=lambda row: row.time)
    return tuple(row.kline(f"{venue}:{symbol}", interval, now) for row in rows)


def status_of(payload: Raw, about: About, venue: str, time: int | None, now: int) -> Stated:
    """Mark price, funding and open interest of a contract, or forced orders of any."""
    if about.key.startswith("liq:"):
        return tuple(row.event(venue, now) for row in _forced(payload))
    return _derivative(payload).events(f"{venue}:{about.subject}", time, now)


def _first(item: Raw) -> bytes:
    return bytes(memoryview(item)[:1])
