"""Symbol: what one connection knows of one product, its book and the trades it has seen."""

from collections.abc import Sequence

from msgspec import json

from feeds.adapter import Output, Send
from feeds.exchanges.coinbase.wire import BookEvent
from feeds.inband import InbandSync
from feeds.sync import Seen
from market.events import BookDelta, BookSnapshot, FeedState, FeedStatus


def request(kind: str, channel: str, symbols: Sequence[str]) -> Send:
    """A frame that subscribes a channel, or gives it up."""
    params: dict[str, object] = {"type": kind, "channel": channel}
    if symbols:
        params["product_ids"] = list(symbols)
    return Send(json.encode(params).decode())


class Symbol:
    """What one connection knows of one product. Changes of its book are counted here."""

    __slots__ = ("_count", "_symbol", "book", "id", "seen")

    def __init__(self, venue: str, symbol: str) -> None:
        self.id = f"{venue}:{symbol}"
        self.seen = Seen()
        self._symbol = symbol
        self.reset()

    def reset(self) -> None:
        """Forget the book; the trades seen are remembered over connections."""
        again = [request(kind, "level2", [self._symbol]) for kind in ("unsubscribe", "subscribe")]
        self.book = InbandSync(self.id, again)
        self._count = 0

    def push(self, event: BookEvent, time: int, now: int) -> Sequence[Output]:
        """Take the whole book or a change of it."""
        levels = event.levels()
        if event.type == "snapshot":
            self._count = 0
            return self.book.snapshot(BookSnapshot(self.id, time, now, *levels, 0), now)
        before, self._count = self._count, self._count + 1
        return self.book.delta(BookDelta(self.id, time, now, *levels, self._count, before), now)

    def lost(self, count: int, now: int) -> Sequence[Output]:
        """Say that trades are missing; the book is as good as it was."""
        if not count or self.book.state not in (None, FeedState.LIVE):
            return ()
        reason = f"{count} trade{'s' if count > 1 else ''} missing"
        gap = FeedStatus(self.id, now, FeedState.GAP, reason)
        return gap, FeedStatus(self.id, now, FeedState.LIVE)
