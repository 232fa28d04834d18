"""The script: what a recorded session makes an exchange say, and the true book behind it.

A cue is one recorded frame with the stream it belongs to. The recorded `trade` and `aggTrade`
streams are both `trades` here, and every speed of a depth stream is `depth`: whoever subscribes
to one of a kind is given the kind that was recorded.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

import msgspec

from feeds.recording import records
from feeds.registry import venue_for_url

SECOND = 1_000_000_000


class Depth(msgspec.Struct):
    """One change: {"U":50093239189,"u":50093239202,"b":[["61737.63","0.000"]],"a":[],"pu":0}."""

    U: int
    u: int
    b: list[tuple[str, str]]
    a: list[tuple[str, str]]
    pu: int = 0


class DepthBody(msgspec.Struct, rename={"sequence": "lastUpdateId"}):
    """A whole book: {"lastUpdateId":50093239218,"bids":[["61837.63","3.788"]],"asks":[]}."""

    sequence: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


class _Frame(msgspec.Struct):
    stream: str
    data: msgspec.Raw


class _DepthFrame(msgspec.Struct):
    data: Depth


read_depth = msgspec.json.Decoder(_DepthFrame).decode
read_frame = msgspec.json.Decoder(_Frame).decode
_read_body = msgspec.json.Decoder(DepthBody).decode


class Cue(NamedTuple):
    """One frame of the session."""

    at: int
    """ns since the first record."""
    stream: str
    """`symbol@kind`, the symbol in lower case."""
    text: str
    """The frame as it was recorded, with the envelope of a combined stream."""


class TrueBook:
    """The exchange's own book of one symbol: every level it ever mentioned and did not remove."""

    def __init__(self, body: DepthBody) -> None:
        self.sequence = body.sequence
        self.bids = dict(body.bids)
        self.asks = dict(body.asks)

    def copy(self) -> Self:
        """The same book, to go its own way."""
        twin = type(self)(DepthBody(self.sequence, [], []))
        twin.bids, twin.asks = dict(self.bids), dict(self.asks)
        return twin

    def apply(self, depth: Depth) -> None:
        """Follow one change; what the book already holds is left alone."""
        if depth.u <= self.sequence:
            return
        self.sequence = depth.u
        for side, levels in ((self.bids, depth.b), (self.asks, depth.a)):
            for price, size in levels:
                if float(size):
                    side[price] = size
                else:
                    side.pop(price, None)

    def body(self, limit: int | None) -> bytes:
        """What the REST service says of it."""
        bids = sorted(self.bids.items(), key=lambda level: -float(level[0]))[:limit]
        asks = sorted(self.asks.items(), key=lambda level: float(level[0]))[:limit]
        return msgspec.json.encode(DepthBody(self.sequence, bids, asks))


class Script:
    """A session to be played: cues in order, the books at its start, and recorded documents."""

    def __init__(
        self,
        venue: str,
        cues: list[Cue],
        books: Mapping[str, TrueBook],
        documents: Mapping[str, bytes],
    ) -> None:
        self.venue = venue
        self.cues = cues
        self.books = dict(books)
        self.documents = documents
        """Recorded REST bodies other than depth, by path and query."""

    @property
    def streams(self) -> set[str]:
        """All that is ever said, as `symbol@kind`."""
        return {cue.stream for cue in self.cues}

    def only(self, streams: Collection[str]) -> Self:
        """The same session with nothing but these streams."""
        cues = [cue for cue in self.cues if cue.stream in streams]
        return type(self)(self.venue, cues, self.books, self.documents)

    def aggregated(self) -> Self:
        """The same session with every raw trade said as an aggregated one of its own."""
        cues = [cue._replace(text=_as_aggregate(cue.text)) for cue in self.cues]
        return type(self)(self.venue, cues, self.books, self.documents)

    def cut(self, start: int, stop: int) -> Self:
        """The part between two cues, with the books as they were at its start."""
        books = {symbol: book.copy() for symbol, book in self.books.items()}
        for cue in self.cues[:start]:
            follow(books, cue)
        return type(self)(self.venue, self.cues[start:stop], books, self.documents)


def follow(books: Mapping[str, TrueBook], cue: Cue) -> None:
    """Let the books follow a cue, if it is a change of one."""
    symbol, _, kind = cue.stream.partition("@")
    if kind == "depth" and symbol in books:
        books[symbol].apply(read_depth(cue.text).data)


def stream_key(name: str) -> str:
    """The stream a subscription asks for: `btcusdt@depth@100ms` -> `btcusdt@depth`."""
    symbol, _, kind = name.partition("@")
    kind = kind.partition("@")[0]
    return f"{symbol}@{'trades' if kind in {'trade', 'aggTrade'} else kind}"


@lru_cache(maxsize=4)
def load(path: Path) -> Script:
    """Read a recorded session of one venue."""
    cues: list[Cue] = []
    books: dict[str, TrueBook] = {}
    documents: dict[str, bytes] = {}
    began, venue = 0, ""
    for record in records(path):
        venue = venue or venue_for_url(record.url) or ""
        began = began or record.ts_recv or 0
        if record.direction != "in" or isinstance(record.payload, bytes):
            continue
        if record.connection == "http":
            _keep(record.url, record.payload.encode(), books, documents)
            continue
        frame = record.payload
        cues.append(Cue((record.ts_recv or began) - began, _stream_of(frame), frame))
    return Script(venue, [cue for cue in cues if cue.stream], books, documents)


def _as_aggregate(frame: str) -> str:
    if "@trade" not in frame[:60]:
        return frame
    name, data = read_frame(frame).stream, msgspec.json.decode(read_frame(frame).data)
    fields = {"e": "aggTrade", "E": data["E"], "s": data["s"], "a": data["t"]}
    fields |= {"p": data["p"], "q": data["q"], "f": data["t"], "l": data["t"]}
    fields |= {"T": data["T"], "m": data["m"]}
    stream = f"{name.partition('@')[0]}@aggTrade"
    return msgspec.json.encode({"stream": stream, "data": fields}).decode()


def _stream_of(frame: str) -> str:
    try:
        return stream_key(read_frame(frame).stream)
    except msgspec.MsgspecError:
        return ""


def _keep(url: str, body: bytes, books: dict[str, TrueBook], documents: dict[str, bytes]) -> None:
    parts = urlsplit(url)
    if parts.path.endswith("/depth"):
        symbol = dict(parse_qsl(parts.query)).get("symbol", "").lower()
        books.setdefault(symbol, TrueBook(_read_body(body)))
    else:
        documents[f"{parts.path}?{parts.query}".rstrip("?")] = body


def symbols(cues: Iterable[Cue]) -> list[str]:
    """The symbols that occur, in order of appearance, in capitals."""
    return list(dict.fromkeys(cue.stream.partition("@")[0].upper() for cue in cues))
