"""Symbol: what one connection knows of one symbol, its book and which trades it has seen."""

from collections.abc import Sequence

from feeds.adapter import Output
from feeds.sync import BookSync, Seen
from market.events import FeedState, FeedStatus


class Symbol:
    """What one connection knows of one symbol."""

    __slots__ = ("aggregated", "book", "changes", "id", "raw")

    def __init__(self, ident: str, book: BookSync) -> None:
        self.id = ident
        self.book = book
        self.changes = "@"
        """The last stream whose payloads are changes of the book."""
        self.raw: Seen | None = Seen()
        self.aggregated: Seen | None = Seen()
        """Of the two kinds of trades, the one that lost is None."""

    def lost(self, count: int, now: int) -> Sequence[Output]:
        """Say that trades are missing; the book is as good as it was."""
        if not count or self.book.state not in (None, FeedState.LIVE):
            return ()
        reason = f"{count} trade{'s' if count > 1 else ''} missing"
        gap = FeedStatus(self.id, now, FeedState.GAP, reason)
        return gap, FeedStatus(self.id, now, FeedState.LIVE)
