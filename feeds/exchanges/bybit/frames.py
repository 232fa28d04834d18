"""Bybit's frames: data of a topic, or answers to what we asked."""

import re
from collections.abc import Callable
from typing import TypeAlias, cast

from msgspec import Struct
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame
from feeds.exchanges.bybit.wire import Book, Candles, Content, Days, Forced, Trades

DECODE_ERRORS = (ValueError, RecursionError)
"""All that msgspec raises for bytes that are not the JSON it was told to expect."""

Decode: TypeAlias = Callable[[bytes | str], Content]


class Outcome(Struct):
    """Which topics of a request were subscribed, where the answer lists them."""

    failTopics: list[str] = []
    successTopics: list[str] = []


class Answer(Struct):
    """What the venue says to a request of ours; the shape differs from market to market.

    {"success":true,"ret_msg":"","conn_id":"465772b1","req_id":"","op":"subscribe"}
    {"success":true,"conn_id":"aa01fbf","data":{"failTopics":[]},"type":"COMMAND_RESP"}
    {"success":true,"ret_msg":"pong","conn_id":"0970e817","op":"ping"}
    {"args":["1672916271846"],"op":"pong"}
    """

    op: str = ""
    type: str = ""
    success: bool = True
    """Left out of pongs on the options' socket."""
    ret_msg: str = ""
    req_id: str = ""
    data: Outcome | None = None

    @property
    def refused(self) -> bool:
        """Whether it says no to a subscription."""
        failed = not self.success or (self.data is not None and bool(self.data.failTopics))
        # Giving up what is not subscribed changes nothing; a ping is not refused.
        return failed and self.op not in ("unsubscribe", "ping", "pong")

    @property
    def reason(self) -> str:
        """Why, in the venue's words."""
        return (
            self.ret_msg or f"no such topic: {', '.join(self.data.failTopics if self.data else [])}"
        )


class _Topic(Struct):
    topic: str = ""


def read(venue: str, frame: bytes | str) -> tuple[str, Content | Answer | Ignored]:
    """The topic, "" where there is none, and what a frame of any shape holds."""
    try:
        topic = _topic(frame).topic
        if topic:
            decode = decoder(topic)
            return topic, decode(frame) if decode else Ignored("", f"topic {topic!r} is not used")
        answer = _answer(frame)
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), frame) from error
    if not answer.op and not answer.type:
        raise MalformedFrame(venue, "neither data nor an answer", frame)
    return "", answer


def decoder(topic: str) -> Decode | None:
    """What decodes a topic's frames; None for topics that state nothing that is used."""
    for pattern, decode in _DECODERS.items():
        if re.match(pattern, topic):
            return decode
    return None


_answer = Decoder(Answer, strict=False).decode
_topic = Decoder(_Topic).decode


def _of(kind: type[Struct]) -> Decode:
    return cast(Decode, Decoder(kind, strict=False).decode)


_DECODERS: dict[str, Decode] = {
    r"allLiquidation\.": _of(Forced),
    r"kline\.\w+\.": _of(Candles),
    r"orderbook\.\d{1,5}\.": _of(Book),
    r"publicTrade\.": _of(Trades),
    r"tickers\.": _of(Days),
}
"""What decodes the frames of each kind of topic. `orderbook.full` and `.rpi` are other books."""
