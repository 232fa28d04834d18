"""Symbol: what one connection knows of one instrument, its book and the trades it has seen."""

from collections.abc import Sequence

from msgspec import json

from feeds.adapter import Output, Send
from feeds.checksum import BITGET, WireBook
from feeds.exchanges.bitget.frames import News, texts
from feeds.exchanges.bitget.markets import split
from feeds.exchanges.bitget.wire import BookRow
from feeds.ids import RecentIds
from feeds.inband import InbandSync
from market.events import FeedState, FeedStatus

BOOKS = "books"
"""The topic that is subscribed: the whole book, and then its changes."""

DOUBTS = 2
"""Whole books in a row whose changes disagree with the checksum, until it is no longer asked."""


def request(op: str, args: Sequence[dict[str, str]]) -> Send:
    """A frame that subscribes topics, or gives them up."""
    return Send(json.encode({"op": op, "args": args}).decode())


def argument(topic: str, symbol: str, **other: str) -> dict[str, str]:
    """One topic of one symbol."""
    market, name = split(symbol)
    return {"instType": market.name, "topic": topic, "symbol": name} | other


class Symbol:
    """What one connection knows of one instrument.

    Changes of its book point at the one before. Recordings of 2024 have no such numbers: there
    changes are counted, and the checksum of 25 levels tells a missing one. It was stated with
    changes only, and since 2026 not at all. Where even books that were just stated disagree with
    it, it is our way of making it that is wrong, and the pointers must do.
    """

    __slots__ = ("_count", "_doubts", "_symbol", "_wire", "book", "id", "ids")

    def __init__(self, venue: str, symbol: str) -> None:
        self.id = f"{venue}:{symbol}"
        self.ids = RecentIds()
        self._symbol = symbol
        self._doubts = 0
        self.reset()

    def reset(self) -> None:
        """Forget the book; the trades seen are remembered over connections."""
        arg = argument(BOOKS, self._symbol)
        again = (request("unsubscribe", [arg]), request("subscribe", [arg]))
        self.book = InbandSync(self.id, again, window=True)
        self._wire: WireBook | None = None
        """The book as it is spelled; None where no checksum is stated."""
        self._count = 0
        """Changes since the whole book."""

    def push(self, news: News, rows: Sequence[BookRow], now: int) -> Sequence[Output]:
        """Take a push of the topic that states changes."""
        outputs: list[Output] = []
        for place, row in enumerate(rows):
            if news.about.whole:
                outputs += self._whole(news, place, row, now)
            else:
                outputs += self._change(news, place, row, now)
        return outputs

    def _whole(self, news: News, place: int, row: BookRow, now: int) -> Sequence[Output]:
        self._count = 0
        self._wire, fault = None, ""
        if row.checksum is not None and (row.seq is None or self._doubts < DOUBTS):
            self._wire = WireBook(BITGET)
            self._spell(news, place, whole=True)
            fault = self._fault(row)
        sequence = 0 if row.seq is None else row.seq
        return self.book.snapshot(row.snapshot(self.id, now, sequence), now, fault)

    def _change(self, news: News, place: int, row: BookRow, now: int) -> Sequence[Output]:
        if row.seq is None or row.pseq is None:
            delta = row.delta(self.id, now, self._count + 1, self._count)
        else:
            delta = row.delta(self.id, now, row.seq, row.pseq)
        follows = delta.prev_sequence == self.book.sequence
        if self.book.state is not FeedState.LIVE or not follows:
            return self.book.delta(delta, now)
        self._count += 1
        fault = ""
        if self._wire is not None:
            self._spell(news, place, whole=False)
            fault = self._fault(row)
        if fault and row.seq is not None and self._doubts >= DOUBTS:
            self._wire = None
            reason = "the venue's checksums are not what we make of its books"
            said = FeedStatus(self.id, now, FeedState.LIVE, reason)
            return (*self.book.delta(delta, now), said)
        return self.book.delta(delta, now, fault)

    def _spell(self, news: News, place: int, *, whole: bool) -> None:
        """Take the levels as they are spelled."""
        text = texts(news)[place]
        bids, asks = text.b or text.bids, text.a or text.asks
        if self._wire is not None:
            (self._wire.replace if whole else self._wire.change)(bids, asks)

    def _fault(self, row: BookRow) -> str:
        """What the venue's checksum says against the book, "" where it agrees or there is none."""
        if self._wire is None or not row.checksum:
            return ""
        if self._wire.agrees(row.checksum):
            self._doubts = 0
            return ""
        self._doubts += 1
        ours = self._wire.checksum()
        return f"the book's checksum is {ours}, the venue's {row.checksum & 0xFFFF_FFFF}"
