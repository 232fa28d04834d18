"""Books that the stream itself states: a snapshot first, then changes that follow one another.

Nothing is fetched. What was missed is had again by giving the subscription up and making it anew,
which brings another snapshot. The families differ in how a change names the one before it, and
that is the adapter's to put into `BookDelta.prev_sequence`:

- a pointer (OKX `prevSeqId`, Deribit `prev_change_id`, Bitget `pseq`): as it is. Such numbers may
  go back, as after maintenance at OKX, as long as they point at the change before;
- a counter (Bybit `u`, Gate `U`, Kraken futures `seq`, MEXC futures `version`): the number that
  must have come before, so one less;
- a number that need only rise (HTX `version`): `sequence` of this sync, while it does rise;
- none, but a checksum (Kraken, Bitget, Bitfinex): a count of the adapter's own. What the checksum
  says against the book is handed over as `fault`;
- none but that of the connection (Coinbase, dYdX): a count too, and `lose` for every book of it.
"""

from collections.abc import Sequence
from typing import Final

from feeds.adapter import Output, Resync, Send
from feeds.crossing import Crossing
from feeds.standing import Standing
from feeds.sync import UNKNOWN
from market.events import BookDelta, BookSnapshot, FeedState, FeedStatus

ANSWER: Final = 10_000_000_000
"""ns after which a subscription without a snapshot is made again."""

STEADY: Final = 10_000_000_000
"""ns that a subscription must have lasted for the pauses to start over."""

FIRST_PAUSE: Final = 1_000_000_000
LAST_PAUSE: Final = 60_000_000_000
"""Least ns between two subscriptions; it doubles with each, since venues count them by the hour."""

DRIFT: Final = 0.05
"""The part of its span by which an end of a window may move before the book is restated."""

LOOK: Final = 32
"""Changes between two looks at how far a window has moved."""


class InbandSync:
    """One symbol's book as a position in the stream of its changes.

    `again` are the frames that give up the subscription and make it anew. A `window` is a book of
    so many levels around the price: it is stated again as it moves, so that what has come into it
    counts as known. Venues that trade with a crossed book, in auctions or always, `may_cross`.
    """

    def __init__(
        self,
        instrument: str,
        again: Sequence[Send],
        *,
        window: bool = False,
        may_cross: bool = False,
    ) -> None:
        self.instrument = instrument
        self.sequence = UNKNOWN
        """The last change in the book. One whose `prev_sequence` this is follows it."""
        self._again = tuple(again)
        self._window, self._may_cross = window, may_cross
        self._standing = Standing()
        self._span: tuple[float, float] | None = None
        """Lowest and highest price as they were last stated whole."""
        self._look = LOOK
        self._crossing = Crossing()
        self._state: FeedState | None = None
        self._time: int | None = None
        """`ts_event` of the last message applied."""
        self._asked = -STEADY
        self._pause = FIRST_PAUSE
        self._due: int | None = None
        """When to subscribe again; None while nothing is awaited."""

    @property
    def state(self) -> FeedState | None:
        """What was said of the book last; None where nothing was."""
        return self._state

    @property
    def best(self) -> tuple[float | None, float | None]:
        """The best bid and ask; None where nothing stands, or the book is not to be believed."""
        if self._state is not FeedState.LIVE:
            return None, None
        return self._standing.best_bid, self._standing.best_ask

    def start(self, now: int) -> FeedStatus:
        """Say that the book is awaited: the subscription is being made."""
        self._asked, self._due = now, now + ANSWER
        return self._turn(FeedState.SYNCING, now, "waiting for the whole book")

    def snapshot(self, snapshot: BookSnapshot, now: int, fault: str = "") -> Sequence[Output]:
        """Take the whole book; it replaces what was known, whenever it comes.

        `fault` is what a check of the venue's own says against it, "" for nothing.
        """
        if fault:
            return self.lose(fault, now)
        self.sequence = UNKNOWN if snapshot.sequence is None else snapshot.sequence
        self._time, self._due = snapshot.ts_event, None
        self._standing.replace(snapshot.bids, snapshot.asks)
        self._span, self._look = self._standing.reach, LOOK
        self._crossing.end()
        if self._state is FeedState.LIVE:
            return (snapshot, *self._check(now))
        return (snapshot, self._turn(FeedState.LIVE, now), *self._check(now))

    def delta(self, delta: BookDelta, now: int, fault: str = "") -> Sequence[Output]:
        """Take a change: to be applied, or the sign that others are missing.

        `fault` is what a check of the venue's own says against the book with it, "" for nothing.
        """
        if self._state is not FeedState.LIVE:
            return self._too_early(now)
        if delta.prev_sequence != self.sequence:
            return self._stray(delta, now)
        if fault:
            return self.lose(fault, now)
        self.sequence, self._time = delta.sequence, delta.ts_event
        self._standing.apply(delta.bids, delta.asks)
        if self._crossing.now or self._standing.crossed:
            return (delta, *self._check(now))
        if self._window:
            self._look -= 1
            if self._look <= 0 and self._has_moved():
                return (delta, self._restated(delta))
        return (delta,)

    def partial(self, snapshot: BookSnapshot, now: int) -> Sequence[Output]:
        """Take a book that no change will follow; it counts only where nothing better is known."""
        if self._state in (FeedState.LIVE, FeedState.GAP):
            return ()
        self._due = None
        if self._state is FeedState.SNAPSHOT_ONLY:
            return (snapshot,)
        reason = "the stream states no changes"
        return (snapshot, self._turn(FeedState.SNAPSHOT_ONLY, now, reason))

    def lose(self, reason: str, now: int) -> Sequence[Output]:
        """The book can no longer be believed: say so, and subscribe again as soon as is polite."""
        if now - self._asked >= STEADY:
            self._pause = FIRST_PAUSE
        self.sequence, self._time = UNKNOWN, None
        self._crossing.end()
        self._due = self._asked + self._pause
        gap = self._turn(FeedState.GAP, now, reason)
        return (gap, Resync(self.instrument, reason), *self.tick(now))

    def give_up(self) -> None:
        """The venue will not make the subscription."""
        self._due = None

    def tick(self, now: int) -> Sequence[Output]:
        """Subscribe again, when it is time; or a book that has been crossed for too long."""
        if reason := self._crossing.overdue(self._standing, now):
            return self.lose(reason, now)
        if self._due is None or now < self._due:
            return ()
        self._asked, self._due = now, now + max(ANSWER, self._pause)
        self._pause = min(2 * self._pause, LAST_PAUSE)
        return self._again

    def _too_early(self, now: int) -> Sequence[Output]:
        """A change without its book: one of an earlier subscription, or a recording cut short."""
        if self._state is not None:
            return ()
        return (self._turn(FeedState.SYNCING, now, "waiting for the whole book"),)

    def _stray(self, delta: BookDelta, now: int) -> Sequence[Output]:
        """A change that does not follow. Old ones may come again, but never with a new time."""
        if delta.sequence > self.sequence:
            reason = f"updates are missing between {self.sequence} and {delta.prev_sequence}"
        elif self._time is not None and (delta.ts_event or 0) > self._time:
            reason = f"update numbers went back from {self.sequence} to {delta.sequence}"
        else:
            return ()
        return self.lose(reason, now)

    def _check(self, now: int) -> Sequence[Output]:
        """Bear with a crossed book for a while, and with one that was just begun for longer."""
        if self._may_cross:
            return ()
        reason = self._crossing.unbearable(self._standing, now)
        return self.lose(reason, now) if reason else ()

    def _has_moved(self) -> bool:
        """Whether either end of the levels is elsewhere than when they were stated whole."""
        self._look = LOOK
        reach, span = self._standing.reach, self._span
        if reach is None or span is None:
            return reach is not span
        moved = max(abs(reach[0] - span[0]), abs(reach[1] - span[1]))
        return moved > DRIFT * (span[1] - span[0])

    def _restated(self, delta: BookDelta) -> BookSnapshot:
        """The whole book as it stands after a change."""
        standing = self._standing
        self._span = standing.reach
        return BookSnapshot(
            delta.instrument,
            delta.ts_event,
            delta.ts_recv,
            standing.bids,
            standing.asks,
            delta.sequence,
        )

    def _turn(self, state: FeedState, now: int, reason: str = "") -> FeedStatus:
        self._state = state
        return FeedStatus(self.instrument, now, state, reason)
