"""Symbol: what one connection knows of one pair, its checked book and the trades it has seen."""

from collections.abc import Sequence

from msgspec import json

from feeds.adapter import Output, Send
from feeds.checksum import KRAKEN, WireBook
from feeds.exchanges.kraken.wire import BookData
from feeds.inband import InbandSync
from feeds.sync import Seen
from market.events import BookDelta, BookSnapshot, FeedState, FeedStatus

DEPTHS = (10, 25, 100, 500, 1000)
"""Levels a side that can be subscribed."""
DEPTH = DEPTHS[-1]
"""Levels a side that are."""


def book_request(method: str, symbols: Sequence[str]) -> Send:
    """The frame that subscribes books, or gives them up."""
    return request(method, channel="book", symbol=list(symbols), depth=DEPTH)


def request(method: str, **params: object) -> Send:
    """A frame that asks the venue for something."""
    return Send(json.encode({"method": method, "params": params}).decode())


class Symbol:
    """What one connection knows of one pair.

    The venue numbers no change of a book: they are counted here, and it is the checksum of the
    best ten levels that tells a missing one. Levels that leave the subscribed depth are dropped,
    as the venue drops them without a word.
    """

    __slots__ = ("_count", "_symbol", "_wire", "book", "depth", "id", "seen")

    def __init__(self, venue: str, symbol: str) -> None:
        self.id = f"{venue}:{symbol}"
        self.seen = Seen()
        self.depth: int | None = None
        """Levels a side as they were subscribed; None where nobody has said."""
        self._symbol = symbol
        self.reset()

    def reset(self) -> None:
        """Forget the book; the trades seen are remembered over connections."""
        again = (
            book_request("unsubscribe", [self._symbol]),
            book_request("subscribe", [self._symbol]),
        )
        self.book = InbandSync(self.id, again, window=True)
        self._wire = WireBook(KRAKEN)
        self._count = 0

    def whole(self, data: BookData, now: int) -> Sequence[Output]:
        """Take the whole book."""
        self._wire = WireBook(KRAKEN, self.depth or _depth_of(data))
        self._count = 0
        levels = self._wire.replace(*data.rows())
        snapshot = BookSnapshot(self.id, data.time(), now, *levels, 0)
        return self.book.snapshot(snapshot, now, self._fault(data))

    def change(self, data: BookData, now: int) -> Sequence[Output]:
        """Take a change of the book."""
        if self.book.state is not FeedState.LIVE:
            return self.book.delta(BookDelta(self.id, None, now, (), (), 0, 0), now)
        levels = self._wire.change(*data.rows())
        before, self._count = self._count, self._count + 1
        delta = BookDelta(self.id, data.time(), now, *levels, self._count, before)
        return self.book.delta(delta, now, self._fault(data))

    def _fault(self, data: BookData) -> str:
        """What the venue's checksum says against the book, "" where it agrees."""
        if self._wire.agrees(data.checksum):
            return ""
        return f"the book's checksum is {self._wire.checksum()}, the venue's {data.checksum}"

    def lost(self, count: int, now: int) -> Sequence[Output]:
        """Say that trades are missing; the book is as good as it was."""
        if not count or self.book.state not in (None, FeedState.LIVE):
            return ()
        reason = f"{count} trade{'s' if count > 1 else ''} missing"
        gap = FeedStatus(self.id, now, FeedState.GAP, reason)
        return gap, FeedStatus(self.id, now, FeedState.LIVE)


def _depth_of(data: BookData) -> int:
    """The depth that a snapshot was made with, where no acknowledgement was recorded."""
    most = max(len(data.bids), len(data.asks))
    return next((depth for depth in DEPTHS if most <= depth), most)
