"""The ladder: one book put together of three that the venue states whole, each at its own pace.

Twenty levels a side come every few seconds, five every half second, the best at every change.
None is followed by changes, so in each zone of prices the newest counts, and beyond the best five
a level may be seconds old. It is why such a book is called SNAPSHOT-ONLY.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

from feeds.adapter import Output, Resync, Send
from feeds.exchanges.hyperliquid.wire import About, Book, Level, Quote, snapshot_of
from feeds.fields import nanoseconds
from market.events import BookSnapshot, FeedState, FeedStatus

FAST_DEPTH: Final = 5
"""Levels a side of the fast book; fewer mean that there are no more."""

STALE: Final = 6_000_000_000
"""ns without a book, of either depth, after which it is old."""

SILENCE: Final = 15_000_000_000
"""ns without a book after which it is subscribed again."""

LAST_PAUSE: Final = 120_000_000_000
"""The most ns between two such subscriptions; the time doubles with each."""

REASON: Final = "the venue states no changes; beyond the best five a level may be 5 s old"

_SECOND = 1_000_000_000
Side: TypeAlias = list[Level]


class Ladder:
    """One symbol's book, and what may be believed of it."""

    def __init__(self, coin: str, again: Sequence[Send]) -> None:
        self._coin = coin
        self._again = tuple(again)
        self._deep: Book | None = None
        self._fast: Book | None = None
        self._quote: Quote | None = None
        self._state: FeedState | None = None
        self._due: int | None = None
        """When to subscribe again; None where nothing is awaited."""
        self._old_at = 0
        self._patience = SILENCE

    def start(self, about: About) -> FeedStatus:
        """Say that the book is awaited: the subscription is being made."""
        self._due = about.now + SILENCE
        return self._turn(FeedState.SYNCING, about, "waiting for the whole book")

    def take(self, book: Book, about: About) -> Sequence[Output]:
        """Take a book of either depth; one that is older than what is known says nothing."""
        known = self._fast if book.fast else self._deep
        if known is not None and book.time < known.time:
            return ()
        if book.fast:
            self._fast = book
        else:
            self._deep = book
        if self._due is not None:
            self._patience, self._due = SILENCE, about.now + SILENCE
            self._old_at = about.now + STALE
        if self._state is FeedState.SNAPSHOT_ONLY:
            return (self._whole(about),)
        return (self._whole(about), self._turn(FeedState.SNAPSHOT_ONLY, about, REASON))

    def touch(self, quote: Quote, about: About) -> Sequence[Output]:
        """Take the best bid and ask; alone they make no book."""
        if self._quote is not None and quote.time < self._quote.time:
            return ()
        self._quote = quote
        if self._state is not FeedState.SNAPSHOT_ONLY or quote.time <= self._books_time():
            return ()
        return (self._whole(about),)

    def give_up(self) -> None:
        """The venue will not make the subscription."""
        self._due = None

    def tick(self, about: About) -> Sequence[Output]:
        """Say that the book is old, and subscribe again, when it is time."""
        if self._due is None:
            return ()
        if about.now < self._due:
            if self._state is not FeedState.SNAPSHOT_ONLY or about.now < self._old_at:
                return ()
            return (self._turn(FeedState.STALE, about, f"no book for {STALE // _SECOND} s"),)
        self._patience = min(2 * self._patience, LAST_PAUSE)
        self._due = about.now + self._patience
        if self._state is FeedState.SYNCING:
            return self._again
        reason = f"no book for {SILENCE // _SECOND} s"
        gap = self._turn(FeedState.GAP, about, reason)
        return (gap, Resync(gap.instrument, reason), *self._again)

    def _books_time(self) -> int:
        return max((book.time for book in (self._deep, self._fast) if book is not None), default=0)

    def _whole(self, about: About) -> BookSnapshot:
        """The book of the newest in each zone of prices."""
        time, deep, fast, quote = self._books_time(), self._deep, self._fast, self._quote
        bids, asks = _levels(deep, 0), _levels(deep, 1)
        if fast is not None and (deep is None or fast.time >= deep.time):
            bids = _overlaid(bids, fast.levels[0], FAST_DEPTH, 1)
            asks = _overlaid(asks, fast.levels[1], FAST_DEPTH, -1)
        if quote is not None and quote.time > time:
            time = quote.time
            bid, ask = quote.sides
            bids, asks = _overlaid(bids, _best(bid), 1, 1), _overlaid(asks, _best(ask), 1, -1)
        name = about.instrument(self._coin)
        return snapshot_of(name, nanoseconds(time), about.now, (bids, asks))

    def _turn(self, state: FeedState, about: About, reason: str) -> FeedStatus:
        self._state = state
        return FeedStatus(about.instrument(self._coin), about.now, state, reason)


def _levels(book: Book | None, side: int) -> Side:
    return [] if book is None else book.levels[side]


def _best(level: Level | None) -> Side:
    return [] if level is None else [level]


def _overlaid(old: Side, new: Side, depth: int, sign: int) -> Side:
    """The new levels and, where they were as many as there could be, the old ones beyond them."""
    if len(new) < depth:
        return new
    end = sign * new[-1].px
    return new + [level for level in old if sign * level.px < end]
