"""Symbol: what one connection knows of one market."""

from collections.abc import Sequence

from msgspec import json

from feeds.adapter import Output, Send
from feeds.exchanges.dydx.uncross import UncrossedBook
from feeds.exchanges.dydx.wire import About, Change, WholeBook
from feeds.ids import RecentIds
from feeds.inband import InbandSync
from market.events import BookDelta, BookSnapshot, FeedState

BOOK = "v4_orderbook"


def request(kind: str, channel: str, ident: str = "") -> Send:
    """The frame that subscribes, or gives a subscription up."""
    named = {"id": ident} if ident else {}
    batched = {"batched": True} if kind == "subscribe" else {}
    return Send(json.encode({"type": kind, "channel": channel, **named, **batched}).decode())


class Symbol:
    """A market's book, uncrossed, and the trades it has seen.

    Changes of a book have no numbers but those of the connection's messages.
    """

    __slots__ = ("_symbol", "_uncrossed", "book", "id", "ids")

    def __init__(self, venue: str, symbol: str) -> None:
        self.id = f"{venue}:{symbol}"
        self.ids = RecentIds()
        self._symbol = symbol
        self.reset()

    def reset(self) -> None:
        """Forget the book; the trades seen are remembered over connections."""
        again = [request(kind, BOOK, self._symbol) for kind in ("unsubscribe", "subscribe")]
        self.book = InbandSync(self.id, again)
        self._uncrossed = UncrossedBook()

    def whole(self, book: WholeBook, about: About) -> Sequence[Output]:
        """Take the whole book."""
        sides = self._uncrossed.replace(*book.sides)
        snapshot = BookSnapshot(self.id, None, about.now, *sides, about.number)
        return self.book.snapshot(snapshot, about.now)

    def change(self, changes: list[Change], about: About) -> Sequence[Output]:
        """Take changes of the book, in order."""
        now, before = about.now, self.book.sequence
        if self.book.state is not FeedState.LIVE:
            return self.book.delta(BookDelta(self.id, None, now, (), (), 0, 0), now)
        sides = self._uncrossed.change([change.sides for change in changes])
        return self.book.delta(BookDelta(self.id, None, now, *sides, about.number, before), now)
