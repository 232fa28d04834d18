"""KuCoin's frames: rows of a topic, or answers to us."""

from collections.abc import Callable
from typing import Any, TypeAlias, cast

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame
from feeds.exchanges.kucoin.wire import (
    CandlePush,
    DayPush,
    Funding,
    FuturesBest,
    FuturesChange,
    Mark,
    Print,
    Row,
    SpotBest,
    SpotChange,
    Whole,
)

DECODE_ERRORS = (ValueError, RecursionError, OverflowError)
"""All that msgspec raises for bytes that are not the JSON it was told to expect, and our checks."""


class Frame(Struct, gc=False):
    """Any message.

    {"topic":"/market/level2:BCHSV-USDT","type":"message","subject":"trade.l2update","data":{...}}
    {"id":"NSkIrWGB1s","type":"welcome"}
    {"id":"1","type":"ack"}
    {"id":"1","type":"error","code":404,"data":"topic is not found"}
    """

    type: str = ""
    topic: str = ""
    subject: str = ""
    id: str | int | None = None
    code: int = 0
    data: Raw | UnsetType = UNSET
    T: str = ""
    """The channel of the newer protocol, which recordings may hold."""
    result: bool | None = None
    message: str = ""


class Welcome(Struct, gc=False):
    """The venue is ready for subscriptions."""


class Notice(Struct, gc=False):
    """The venue refuses a request of ours."""

    topic: str
    code: int
    reason: str


class News(Struct, gc=False):
    """The row of one push."""

    channel: str
    symbol: str
    row: Row
    interval: str = ""


Read: TypeAlias = News | Notice | Welcome | Ignored
_Reader: TypeAlias = Callable[[Raw], Row]

_frame = Decoder(Frame, strict=False).decode
_said = Decoder(str).decode


def _one(kind: Any) -> _Reader:  # Any: a type made of a type
    decode = Decoder(kind, strict=False).decode
    return lambda data: cast(Row, decode(data))


CHANNELS: dict[str, _Reader] = {
    "/contract/instrument funding.rate": _one(Funding),
    "/contract/instrument mark.index.price": _one(Mark),
    "/contractMarket/execution": _one(Print),
    "/contractMarket/level2": _one(FuturesChange),
    "/contractMarket/level2Depth5": _one(Whole),
    "/contractMarket/level2Depth50": _one(Whole),
    "/contractMarket/limitCandle": _one(CandlePush),
    "/contractMarket/tickerV2": _one(FuturesBest),
    "/market/candles": _one(CandlePush),
    "/market/level2": _one(SpotChange),
    "/market/match": _one(Print),
    "/market/snapshot": _one(DayPush),
    "/market/ticker": _one(SpotBest),
    "/spotMarket/level2Depth5": _one(Whole),
    "/spotMarket/level2Depth50": _one(Whole),
}
"""What reads each topic that states something for the model, told apart by subjects if need be."""


def read(venue: str, frame: bytes | str) -> Read:
    """What a frame holds. Raise MalformedFrame when it is not what the venue documents."""
    try:
        wire = _frame(frame)
        if wire.type == "welcome":
            return Welcome()
        if wire.type == "error":
            return _refusal(wire)
        if wire.topic and isinstance(wire.data, Raw):
            return _news(wire, wire.data)
        if wire.type in ("ack", "pong"):
            return Ignored("", wire.type)
        if wire.T or wire.message or wire.result is not None:
            return Ignored("", "a message of the newer protocol, which is not spoken")
        raise ValueError("neither rows nor an answer")
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), frame) from error


def _refusal(wire: Frame) -> Notice:
    topic = wire.id if isinstance(wire.id, str) else ""
    reason = _said(wire.data) if isinstance(wire.data, Raw) else ""
    return Notice(topic, wire.code, f"{reason[:200] or 'refused'} ({wire.code})")


def _news(wire: Frame, data: Raw) -> Read:
    """The row of a topic such as `/market/candles:BTC-USDT_1min`."""
    channel, _, of = wire.topic.partition(":")
    symbol, _, interval = of.partition("_")
    reader = CHANNELS.get(channel) or CHANNELS.get(f"{channel} {wire.subject}")
    if reader is None or not symbol:
        return Ignored("", f"{channel[:40]}: states nothing that is used")
    if symbol == "all":
        symbol = wire.subject
    return News(channel, symbol, reader(data), interval)
