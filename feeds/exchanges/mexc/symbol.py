"""Symbol: what one connection knows of one symbol, its book and which trades it has seen."""

from collections.abc import Sequence

from feeds.adapter import Output
from feeds.ids import RecentIds
from feeds.inband import CROSSED_MESSAGES, CROSSED_TIME, STEADY
from feeds.standing import Standing
from feeds.sync import BookSync
from market.events import BookDelta, BookSnapshot


class Symbol:
    """A symbol's book and the trades that were seen of it.

    Numbers that follow one another do not say that the snapshot beneath was right: a book that
    stays crossed is not, and is fetched again.
    """

    __slots__ = ("_crossed", "_crossed_at", "_lost_at", "_standing", "book", "id", "ids")

    def __init__(self, ident: str, book: BookSync) -> None:
        self.id = ident
        self.ids = RecentIds()
        self._lost_at: int | None = None
        self.forget(book)

    def forget(self, book: BookSync) -> None:
        """Begin anew with this book; trades are remembered."""
        self.book = book
        self._standing = Standing()
        self._crossed = self._crossed_at = 0
        """Messages in a row after which the book was crossed, and when the first of them came."""

    def is_new(self, ident: str) -> bool:
        """Whether a trade was not seen yet; one without an id cannot be told from others."""
        return not ident or self.ids.take(ident)

    def delta(self, delta: BookDelta, now: int) -> Sequence[Output]:
        """Take a change."""
        return self._watched(self.book.delta(delta, now), now)

    def snapshot(self, snapshot: BookSnapshot, now: int) -> Sequence[Output]:
        """Take the book that was fetched."""
        return self._watched(self.book.snapshot(snapshot, now), now)

    def _watched(self, outputs: Sequence[Output], now: int) -> Sequence[Output]:
        told = [output for output in outputs if isinstance(output, BookSnapshot | BookDelta)]
        for output in told:
            if isinstance(output, BookSnapshot):
                self._standing.replace(output.bids, output.asks)
            else:
                self._standing.apply(output.bids, output.asks)
        if not told or not self._standing.crossed:
            self._crossed = 0 if told else self._crossed
            return outputs
        return (*outputs, *self._bear(now))

    def _bear(self, now: int) -> Sequence[Output]:
        """Bear with a crossed book for a while, and with one that was just fetched for longer."""
        if not self._crossed:
            self._crossed_at = now
        self._crossed += 1
        brief = now - self._crossed_at <= CROSSED_TIME and self._crossed < CROSSED_MESSAGES
        fetched = self._lost_at is not None and now - self._lost_at < STEADY
        return () if brief or fetched else self._lose(now)

    def _lose(self, now: int) -> Sequence[Output]:
        standing, self._standing = self._standing, Standing()
        self._crossed, self._lost_at = 0, now
        best = f"{standing.best_bid} bid, {standing.best_ask} asked"
        return self.book.lose(f"the book stays crossed: {best}", now)
