"""Bitget's frames: the rows of a topic, or answers to our requests."""

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame
from feeds.exchanges.bitget.classic import ClassicBar, ClassicBook, ClassicDay, ClassicPrint
from feeds.exchanges.bitget.markets import MARKETS, Market, interval_of
from feeds.exchanges.bitget.wire import (
    BarRow,
    BookRow,
    Context,
    DayRow,
    ForcedRow,
    PrintRow,
    Row,
    TextRow,
)
from feeds.fields import Time, nanoseconds

DECODE_ERRORS = (ValueError, RecursionError)
"""All that msgspec raises for bytes that are not the JSON it was told to expect, and our checks."""

Rows: TypeAlias = Callable[[Raw], Sequence[Row]]


class Arg(Struct, gc=False):
    """What was subscribed, in words of today or of the API before.

    {"instType":"usdt-futures","topic":"kline","symbol":"BTCUSDT","interval":"1m"}
    {"instType":"USDT-FUTURES","channel":"candle1m","instId":"BTCUSDT"}
    """

    instType: str = ""
    topic: str = ""
    channel: str = ""
    symbol: str = ""
    instId: str = ""
    interval: str = ""


class Frame(Struct, gc=False):
    """Any message but a pong, which is no JSON.

    {"action":"update","arg":{"instType":"spot","topic":"books","symbol":"BTCUSDT"},
    "data":[...],"ts":1777358880013}
    {"event":"subscribe","arg":{...}}
    {"event":"error","code":30001,"msg":"{\\"symbol\\":\\"NOPE\\",...} doesn't exist"}
    """

    arg: Arg | UnsetType = UNSET
    action: str = ""
    data: Raw | UnsetType = UNSET
    ts: Time = 0
    event: str = ""
    code: str | int = ""
    msg: str = ""


class Notice(Struct, gc=False):
    """What the venue says to a request of ours."""

    event: str
    code: str
    msg: str
    arg: Arg

    @property
    def refused(self) -> bool:
        """Whether it says no."""
        return self.event == "error"

    @property
    def reason(self) -> str:
        """Why, in the venue's words."""
        return f"{self.msg[:200] or 'refused'} (code {self.code})"

    @property
    def about(self) -> tuple[Market | None, str, str]:
        """Market, symbol and topic that it is about, as far as it says."""
        known = {name: getattr(self.arg, name) for name in Arg.__struct_fields__}
        # The frame of today has them in its words only.
        known |= dict(re.findall(r'"(instType|symbol|topic)":"([\w-]+)"', self.msg))
        symbol, topic = known["symbol"] or known["instId"], known["topic"] or known["channel"]
        return MARKETS.get(known["instType"].lower()), symbol, topic


class News(Struct, gc=False):
    """The rows of one push of a topic."""

    topic: str
    """As it is called today."""
    about: Context
    rows: Sequence[Row]
    data: Raw
    """The rows as the wire spells them."""


Read: TypeAlias = News | Notice | Ignored

_frame = Decoder(Frame, strict=False).decode
_texts = Decoder(list[TextRow]).decode


def _rows(kind: Any) -> Rows:  # Any: a type made of a type
    return cast(Rows, Decoder(list[kind], strict=False).decode)


def _today(kind: Any) -> Rows:  # Any: as above
    decode = Decoder(list[kind], strict=False).decode
    return lambda data: [row.today() for row in decode(data)]


_BOOKS = ("books", "books1", "books5", "books50")

TOPICS: dict[str, Rows] = {
    **dict.fromkeys(_BOOKS, _rows(BookRow)),
    "kline": _rows(BarRow),
    "liquidation": _rows(ForcedRow),
    "publicTrade": _rows(PrintRow),
    "ticker": _rows(DayRow),
}
"""What reads the rows of each topic that states something for the model."""

CLASSIC: dict[str, Rows] = {
    **dict.fromkeys((*_BOOKS, "books15"), _today(ClassicBook)),
    "kline": _today(ClassicBar),
    "publicTrade": _today(ClassicPrint),
    "ticker": _today(ClassicDay),
}
"""The same for frames of the API before, by the topics of today."""


def read(venue: str, frame: bytes | str, now: int) -> Read:
    """What a frame holds. Raise MalformedFrame when it is not what the venue documents."""
    if frame in ("pong", b"pong"):
        return Ignored("", "pong")
    try:
        wire = _frame(frame)
        if isinstance(wire.arg, Arg) and isinstance(wire.data, Raw):
            return _news(venue, wire, wire.arg, wire.data, now)
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), frame) from error
    if wire.event:
        arg = wire.arg if isinstance(wire.arg, Arg) else Arg()
        return Notice(wire.event, str(wire.code), wire.msg, arg)
    raise MalformedFrame(venue, "neither rows nor an event", frame)


def _news(venue: str, wire: Frame, arg: Arg, data: Raw, now: int) -> News | Ignored:
    topic, interval = _topic(arg)
    market = MARKETS.get(arg.instType.lower())
    reader = (TOPICS if arg.topic else CLASSIC).get(topic)
    if market is None or reader is None:
        return Ignored("", f"{arg.instType[:20]} {topic[:20]}: states nothing that is used")
    about = Context(
        venue,
        now,
        market,
        arg.symbol or arg.instId or "?",
        interval_of(interval),
        # Every push of these is whole, whatever it says.
        wire.action == "snapshot" or topic != "books",
        topic == "books1",
        nanoseconds(wire.ts),
    )
    return News(topic, about, reader(data), data)


def _topic(arg: Arg) -> tuple[str, str]:
    """The topic of today, and the interval of bars."""
    if arg.topic:
        return arg.topic, arg.interval
    if arg.channel.startswith("candle"):
        return "kline", arg.channel.removeprefix("candle")
    return {"trade": "publicTrade"}.get(arg.channel, arg.channel), ""


def texts(news: News) -> Sequence[TextRow]:
    """The levels of a book as they are spelled."""
    return _texts(news.data)
