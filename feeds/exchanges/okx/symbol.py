"""Symbol: what one connection knows of one instrument, its book and the trades it has seen."""

from collections.abc import Sequence

from msgspec import json

from feeds.adapter import Output, Send
from feeds.checksum import OKX, WireBook
from feeds.exchanges.okx.frames import News, texts
from feeds.exchanges.okx.wire import BookRow
from feeds.inband import InbandSync
from feeds.sync import Seen
from market.events import FeedState

BOOKS = "books"
"""The channel that is subscribed: 400 levels a side, every 100 ms."""


def request(op: str, args: Sequence[dict[str, str]]) -> Send:
    """A frame that subscribes channels, or gives them up."""
    return Send(json.encode({"op": op, "args": args}).decode())


class Symbol:
    """What one connection knows of one instrument.

    Changes of its book point at the one before. Recordings of 2021 and 2022 have no such numbers:
    there changes are counted, and the checksum of 25 levels tells a missing one. Since 2026 the
    venue writes a checksum of 0, which says nothing.
    """

    __slots__ = (
        "_channel",
        "_count",
        "_doubts",
        "_symbol",
        "_wire",
        "book",
        "id",
        "seen",
        "trades",
    )

    def __init__(self, venue: str, symbol: str) -> None:
        self.id = f"{venue}:{symbol}"
        self.seen = Seen()
        self.trades = ""
        """The channel whose trades are taken: those of the other are the same, told singly."""
        self._symbol = symbol
        self.reset()

    def reset(self) -> None:
        """Forget the book; the trades seen are remembered over connections."""
        arg = {"channel": BOOKS, "instId": self._symbol}
        again = (request("unsubscribe", [arg]), request("subscribe", [arg]))
        self.book = InbandSync(self.id, again, window=True)
        self._channel = ""
        """The one whose changes are followed: each has numbers of its own."""
        self._wire: WireBook | None = None
        """The book as it is spelled; None where no checksum is stated."""
        self._count = self._doubts = 0
        """Changes since the whole book, and whole books in a row with a wrong checksum."""

    def push(self, news: News, rows: Sequence[BookRow], now: int) -> Sequence[Output]:
        """Take a push of a channel that states changes."""
        channel = news.arg.channel
        if self._channel not in ("", channel) and self.book.state is FeedState.LIVE:
            return ()
        outputs: list[Output] = []
        for place, row in enumerate(rows):
            if news.action == "snapshot":
                self._channel = channel
                outputs += self._whole(news, place, row, now)
            else:
                outputs += self._change(news, place, row, now)
        return outputs

    def _whole(self, news: News, place: int, row: BookRow, now: int) -> Sequence[Output]:
        self._count = 0
        self._wire = WireBook(OKX) if row.checksum else None
        fault = ""
        if self._wire is not None:
            text = texts(news)[place]
            self._wire.replace(text.bids, text.asks)
            fault = self._fault(row)
            self._doubts = self._doubts + 1 if fault else 0
            if fault and self._doubts > 1 and row.seqId is not None:
                # Not the book is wrong, but what we make of the number: the pointers must do.
                self._wire, fault = None, ""
        sequence = 0 if row.seqId is None else row.seqId
        return self.book.snapshot(row.snapshot(self.id, now, sequence), now, fault)

    def _change(self, news: News, place: int, row: BookRow, now: int) -> Sequence[Output]:
        if row.seqId is None or row.prevSeqId is None:
            delta = row.delta(self.id, now, self._count + 1, self._count)
        else:
            delta = row.delta(self.id, now, row.seqId, row.prevSeqId)
        fault = ""
        if delta.prev_sequence == self.book.sequence:
            self._count += 1
            if self._wire is not None and row.checksum:
                text = texts(news)[place]
                self._wire.change(text.bids, text.asks)
                fault = self._fault(row)
        return self.book.delta(delta, now, fault)

    def _fault(self, row: BookRow) -> str:
        """What the venue's checksum says against the book, "" where it agrees."""
        if self._wire is None or row.checksum is None or self._wire.agrees(row.checksum):
            return ""
        ours = self._wire.checksum()
        return f"the book's checksum is {ours}, the venue's {row.checksum & 0xFFFF_FFFF}"
