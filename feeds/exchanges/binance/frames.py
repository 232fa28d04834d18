"""Frames of every shape: combined or bare, arrays, acks, refusals, and events nobody reads."""

from collections.abc import Callable, Sequence
from functools import cache, reduce
from operator import or_
from typing import TypeAlias, cast

from msgspec import UNSET, Raw, Struct, UnsetType, defstruct
from msgspec.json import Decoder

from feeds.adapter import Channel, Ignored
from feeds.errors import MalformedFrame, Rejected
from feeds.exchanges.binance.wire import (
    AggTrade,
    BookTicker,
    DayTicker,
    Depth,
    DepthUpdate,
    ForceOrder,
    KlineUpdate,
    MarkPriceUpdate,
    RawTrade,
    ServerShutdown,
    StreamEvent,
)

DECODE_ERRORS = (ValueError, RecursionError)
"""All that msgspec raises for bytes that are not the JSON it was told to expect."""

CHANNELS: dict[type[Struct], Channel] = {
    AggTrade: Channel.TRADES,
    BookTicker: Channel.BOOK_TICKER,
    DayTicker: Channel.TICKER,
    DepthUpdate: Channel.BOOK,
    ForceOrder: Channel.LIQUIDATIONS,
    KlineUpdate: Channel.KLINES,
    MarkPriceUpdate: Channel.MARK_PRICE,
    RawTrade: Channel.TRADES,
}
"""The channel that each kind of event belongs to."""

UNREAD: dict[type[Struct], type[Struct]] = {
    kind: defstruct(f"Unread{kind.__name__}", [], tag_field="e", tag=kind.__struct_config__.tag)
    for kind in CHANNELS
}
"""For each kind a struct of the same tag without fields: cheap to decode, states nothing."""


class Frame(Struct, gc=False):
    """How all streams of a socket arrive.

    {"stream":"btcusdt@trade","data":{"e":"trade", ...}}
    """

    data: StreamEvent | list[StreamEvent]
    stream: str = ""


class Problem(Struct, gc=False):
    """Why the venue does not do what was asked.

    {"code":2,"msg":"Invalid request: unknown method"}
    """

    code: int
    msg: str


class _Envelope(Struct):
    stream: str = ""
    data: Raw | UnsetType = UNSET
    result: Raw | UnsetType = UNSET
    error: Problem | UnsetType = UNSET
    code: int | UnsetType = UNSET
    msg: str = ""


class _Tag(Struct):
    e: str = ""
    lastUpdateId: int | None = None


Content: TypeAlias = StreamEvent | Depth | Ignored

_envelope = Decoder(_Envelope, strict=False).decode
_tag = Decoder(_Tag, strict=False).decode
_tagged: Callable[[Raw | bytes | str], StreamEvent] = Decoder(StreamEvent, strict=False).decode
_depth = Decoder(Depth, strict=False).decode
_ticker = Decoder(BookTicker, strict=False).decode
_array = Decoder(list[Raw]).decode


Decode: TypeAlias = Callable[[bytes | str], Frame]
"""Bytes of a combined frame to what it holds."""


def read(venue: str, frame: bytes | str) -> tuple[str, Sequence[Content]]:
    """The stream's name, "" where none is given, and what a frame of any shape holds.

    This is the careful way; `frame_decoder` is the fast one for the shape that nearly all have.
    """
    try:
        if frame[:1] in ("[", b"["):
            return "", [_content(item) for item in _array(frame)]
        envelope = _envelope(frame)
        if envelope.data is UNSET:
            return "", [_answer(venue, envelope) or _content(frame)]
        if bytes(memoryview(envelope.data)[:1]) == b"[":
            return envelope.stream, [_content(item) for item in _array(envelope.data)]
        return envelope.stream, [_content(envelope.data)]
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), frame) from error


def _answer(venue: str, envelope: _Envelope) -> Ignored | None:
    """What the venue says to a request of ours."""
    if envelope.error is not UNSET:
        raise Rejected(venue, f"{envelope.error.msg} (code {envelope.error.code})")
    if envelope.code is not UNSET:
        raise Rejected(venue, f"{envelope.msg} (code {envelope.code})")
    if envelope.result is not UNSET:
        return Ignored("", "acknowledgement")
    return None


def _content(payload: Raw | bytes | str) -> Content:
    tag = _tag(payload)
    if not tag.e:
        if tag.lastUpdateId is not None:
            return _depth(payload)
        return _ticker(payload)
    if tag.e in _TAGS:
        return _tagged(payload)
    return Ignored("", f"event {tag.e!r} is not used")


_TAGS = {str(kind.__struct_config__.tag) for kind in CHANNELS} | {"serverShutdown"}


@cache
def frame_decoder(channels: frozenset[Channel] | None) -> Decoder[Frame]:
    """A decoder of combined frames that leaves unread what is not in `channels`."""
    if channels is None:
        return Decoder(Frame, strict=False)
    kinds = [kind if channel in channels else UNREAD[kind] for kind, channel in CHANNELS.items()]
    event = reduce(or_, [*kinds, ServerShutdown])
    data = event | list[event]  # type: ignore[valid-type]  # a union made at run time
    shape = defstruct("Frame", [("data", data), ("stream", str, "")], gc=False)
    return Decoder(cast(type[Frame], shape), strict=False)


@cache
def kind_decoder(kind: type) -> Decode:
    """A decoder of combined frames that hold one kind of event; their stream is left unread."""
    shape = defstruct("Frame", [("data", kind)], gc=False)
    return Decoder(cast(type[Frame], shape), strict=False).decode
