"""OKX's frames: the rows of a channel, answers to our requests, and notices."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame, Rejected
from feeds.exchanges.okx.names import bar_of
from feeds.exchanges.okx.wire import (
    BestRow,
    BookRow,
    CandleRow,
    ForcedRow,
    FundingRow,
    IndexRow,
    InterestRow,
    LiquidationRow,
    MarkRow,
    Row,
    TextRow,
    TickerRow,
    TradeRow,
)

DECODE_ERRORS = (ValueError, RecursionError)
"""All that msgspec raises for bytes that are not the JSON it was told to expect, and our checks."""

UPGRADE = "64008"
"""The code of the notice that the server is about to close the connection."""


class Arg(Struct, gc=False):
    """What was subscribed: {"channel":"books","instId":"BTC-USDT"}."""

    channel: str = ""
    instId: str = ""
    instType: str = ""


class Frame(Struct, gc=False):
    """Any message.

    {"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[...]}
    {"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"32f4414f"}
    {"event":"error","code":"60018","msg":"Wrong URL or channel:..., instId:FOO doesn't exist..."}
    """

    arg: Arg | UnsetType = UNSET
    action: str = ""
    data: Raw | UnsetType = UNSET
    event: str = ""
    code: str = ""
    msg: str = ""


class Notice(Struct, gc=False):
    """What the venue says of the connection or of a request, and not of a market."""

    event: str
    code: str
    msg: str

    @property
    def refused(self) -> bool:
        """Whether something was wanted that the venue will not do."""
        return self.event == "error"

    @property
    def closing(self) -> bool:
        """Whether the server will soon hang up."""
        return self.event == "notice" and self.code == UPGRADE


class News(Struct, gc=False):
    """The rows of one push of a channel."""

    arg: Arg
    action: str
    rows: Sequence[Row]
    data: Raw
    """The rows as the wire spells them."""


Read: TypeAlias = News | Notice | Ignored

_frame = Decoder(Frame).decode
_texts = Decoder(list[TextRow]).decode


def _rows(kind: Any) -> Callable[[Raw], Sequence[Row]]:  # Any: a type made of a type
    return cast(Callable[[Raw], Sequence[Row]], Decoder(list[kind], strict=False).decode)


CHANNELS: dict[str, Callable[[Raw], Sequence[Row]]] = {
    "bbo-tbt": _rows(BestRow),
    "books": _rows(BookRow),
    "books-l2-tbt": _rows(BookRow),
    "books5": _rows(BookRow),
    "books50-l2-tbt": _rows(BookRow),
    "funding-rate": _rows(FundingRow),
    "index-tickers": _rows(IndexRow),
    "liquidation-orders": _rows(LiquidationRow),
    # No channel: so recorders wrote down what the REST service said.
    "liquidations": _rows(ForcedRow),
    "mark-price": _rows(MarkRow),
    "open-interest": _rows(InterestRow),
    "tickers": _rows(TickerRow),
    "trades": _rows(TradeRow),
    "trades-all": _rows(TradeRow),
}
"""What reads the rows of each channel that states something for the model."""

_candles = _rows(CandleRow)


def read(venue: str, frame: bytes | str) -> Read:
    """What a frame holds. Raise MalformedFrame when it is not what the venue documents."""
    if frame in ("pong", b"pong"):
        return Ignored("", "pong")
    try:
        wire = _frame(frame)
        arg, data = wire.arg, wire.data
        if isinstance(arg, Arg) and isinstance(data, Raw):
            reader = CHANNELS.get(arg.channel)
            if reader is None:
                if not bar_of(arg.channel):
                    return Ignored("", f"channel {arg.channel[:40]!r} is not used")
                reader = _candles
            return News(arg, wire.action, reader(data), data)
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), frame) from error
    if wire.event:
        return Notice(wire.event, wire.code, wire.msg)
    raise MalformedFrame(venue, "neither rows nor an event", frame)


def refusal(venue: str, notice: Notice) -> Rejected:
    """A refusal in words that name the symbol it is about."""
    _, found, rest = notice.msg.partition("instId:")
    symbol, missing, _ = rest.partition(" doesn't exist")
    if found and missing and symbol.replace("-", "").isalnum():
        return Rejected(venue, f"{symbol}: no such symbol (code {notice.code})")
    return Rejected(venue, f"{notice.msg or 'refused'} (code {notice.code})")


def texts(news: News) -> Sequence[TextRow]:
    """The levels of a book as they are spelled."""
    return _texts(news.data)
