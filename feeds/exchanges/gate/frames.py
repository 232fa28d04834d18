"""Gate's frames: the rows of a channel, or answers to our requests."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame
from feeds.exchanges.gate.wire import (
    BarRow,
    BestRow,
    DayRow,
    ForcedRow,
    FuturesChange,
    FuturesPrint,
    LevelChange,
    Obu,
    Row,
    SpotChange,
    SpotPrint,
    WholeBook,
)
from feeds.fields import Time, nanoseconds

DECODE_ERRORS = (ValueError, RecursionError, OverflowError)
"""All that msgspec raises for bytes that are not the JSON it was told to expect, and our checks."""


class Fault(Struct, gc=False):
    """{"code":2,"message":"Alert sub ob.BTC_USDT.50"}."""

    code: int = 0
    message: str = ""


class Frame(Struct, gc=False):
    """Any message.

    {"time":1789455580,"time_ms":1789455580280,"channel":"futures.obu","event":"update",
    "result":{...}}
    {"time":1789456896,"channel":"futures.obu","event":"subscribe","payload":["ob.BTC_USDT.50"],
    "error":{"code":2,"message":"Alert sub ob.BTC_USDT.50"},"result":{"status":"fail"}}
    """

    time: Time
    channel: str
    event: str
    time_ms: Time = 0
    payload: list[str] | None = None
    error: Fault | None = None
    result: Raw | UnsetType = UNSET


class Notice(Struct, gc=False):
    """What the venue says to a request of ours."""

    channel: str
    payload: list[str]
    fault: Fault | None

    @property
    def refused(self) -> bool:
        """Whether it says no; what is subscribed already is there."""
        return self.fault is not None and "Alert sub" not in self.fault.message

    @property
    def reason(self) -> str:
        """Why, in the venue's words."""
        fault = self.fault or Fault()
        return f"{fault.message[:200] or 'refused'} (code {fault.code})"


class News(Struct, gc=False):
    """The rows of one push of a channel."""

    channel: str
    """Without the market's name."""
    time: int
    rows: Sequence[Row]


Read: TypeAlias = News | Notice | Ignored
Rows: TypeAlias = Callable[[Raw], Sequence[Row]]

_frame = Decoder(Frame, strict=False).decode


def _one(kind: Any) -> Rows:  # Any: a type made of a type
    decode = Decoder(kind, strict=False).decode
    return lambda data: [decode(data)]


def _some(kind: Any) -> Rows:  # Any: as above
    """Rows in a list, or one without."""
    decode, single = Decoder(list[kind], strict=False).decode, _one(kind)
    return lambda data: (
        cast(Sequence[Row], decode(data)) if bytes(memoryview(data)[:1]) == b"[" else single(data)
    )


CHANNELS: dict[str, Rows] = {
    "futures.book_ticker": _one(BestRow),
    "futures.candlesticks": _some(BarRow),
    "futures.obu": _one(Obu),
    "futures.order_book_update": _one(FuturesChange),
    "futures.public_liquidates": _some(ForcedRow),
    "futures.tickers": _some(DayRow),
    "futures.trades": _some(FuturesPrint),
    "spot.book_ticker": _one(BestRow),
    "spot.candlesticks": _some(BarRow),
    "spot.obu": _one(Obu),
    "spot.order_book_update": _one(SpotChange),
    "spot.tickers": _some(DayRow),
    "spot.trades": _some(SpotPrint),
}
"""What reads the rows of each channel that states something for the model."""

_whole_books, _level_changes = _one(WholeBook), _some(LevelChange)


def read(venue: str, prefix: str, frame: bytes | str) -> Read:
    """What a frame holds. Raise MalformedFrame when it is not what the venue documents."""
    try:
        wire = _frame(frame)
        market, _, channel = wire.channel.partition(".")
        if channel == "pong":
            return Ignored("", "pong")
        if wire.event in ("subscribe", "unsubscribe") or wire.error is not None:
            return Notice(channel, wire.payload or [], wire.error)
        if isinstance(wire.result, UnsetType) or wire.event not in ("update", "all"):
            raise ValueError("neither rows nor an answer")
        reader = CHANNELS.get(wire.channel)
        if wire.channel == "futures.order_book":
            reader = _whole_books if wire.event == "all" else _level_changes
        if reader is None or market != prefix:
            return Ignored("", f"{wire.channel[:40]}: states nothing that is used")
        if bytes(memoryview(wire.result)[:2]) == b"[[":
            return Ignored("", "rows of no documented shape")
        return News(channel, nanoseconds(wire.time_ms or wire.time), reader(wire.result))
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), frame) from error
