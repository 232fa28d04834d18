"""Symbol: what one connection knows of one instrument, its book and the trades it has seen."""

from collections.abc import Sequence

from msgspec import json

from feeds.adapter import Output, Send
from feeds.exchanges.deribit.wire import Book, Top
from feeds.ids import RecentIds
from feeds.inband import InbandSync
from feeds.sync import Seen
from market.events import FeedState, FeedStatus

UNTRACKED = 0
"""The id of requests whose answer tells us nothing."""


def request(method: str, ident: int, **params: object) -> Send:
    """A frame that asks the venue for something."""
    call = {"jsonrpc": "2.0", "id": ident, "method": f"public/{method}", "params": params}
    return Send(json.encode(call).decode())


class Symbol:
    """What one connection knows of one instrument.

    The book of each interval has numbers of its own, so one channel is followed. Trades of an
    instrument are numbered without a hole.
    """

    __slots__ = ("_channel", "_symbol", "book", "id", "ids", "seen")

    def __init__(self, venue: str, symbol: str) -> None:
        self.id = f"{venue}:{symbol}"
        self.ids = RecentIds()
        self.seen = Seen()
        self._symbol = symbol
        self.reset()

    def reset(self) -> None:
        """Forget the book; the trades seen are remembered over connections."""
        channels = [book_channel(self._symbol)]
        again = (
            request("unsubscribe", UNTRACKED, channels=channels),
            request("subscribe", UNTRACKED, channels=channels),
        )
        self.book = InbandSync(self.id, again)
        self._channel = ""

    def push(self, channel: str, data: Book, now: int) -> Sequence[Output]:
        """Take a book or a change of it."""
        if self._channel not in ("", channel) and self.book.state is FeedState.LIVE:
            return ()
        if data.whole:
            self._channel = channel
            return self.book.snapshot(data.snapshot(self.id, now), now)
        return self.book.delta(data.delta(self.id, now), now)

    def top(self, data: Top, now: int) -> Sequence[Output]:
        """Take the best levels, which count where no changes are followed."""
        return self.book.partial(data.snapshot(self.id, now), now)

    def lost(self, number: int, now: int) -> Sequence[Output]:
        """Say how many trades before this one are missing; the book is as good as it was."""
        count = self.seen.leap(number)
        self.seen.take(number)
        if not count or self.book.state not in (None, FeedState.LIVE):
            return ()
        reason = f"{count} trade{'s' if count > 1 else ''} missing"
        gap = FeedStatus(self.id, now, FeedState.GAP, reason)
        return gap, FeedStatus(self.id, now, FeedState.LIVE)


def book_channel(symbol: str) -> str:
    """The channel of the whole book and its changes, told ten times a second."""
    return f"book.{symbol}.100ms"
