"""Alignment of REST snapshots with streams of changes, as several venues share it. Pure.

A venue that streams changes of a book and gives the book itself by REST is followed like this:
buffer the changes, ask for the book once the first one is here, drop the changes that the book
already holds, apply the rest, and from then on let none be missing. Changes carry absolute
sizes, so one that overlaps what is already applied does no harm. Numbers do not say that the
snapshot beneath was right: a book that stays crossed is begun anew.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

from feeds.adapter import Fetch, Output, Resync
from feeds.crossing import Crossing
from feeds.touch import Touch
from market.events import BookDelta, BookSnapshot, FeedState, FeedStatus

BUFFER: Final = 2000
"""Changes kept of one symbol while its snapshot is awaited; the oldest go first."""

WINDOW: Final = 100_000
"""Trade ids remembered of one symbol."""

ANSWER: Final = 30_000_000_000
"""ns after which a request without an answer is made again."""

RESTART: Final = 5_000_000_000
"""ns that a change may be newer than the last one applied and yet be an old one."""

FIRST_DELAY: Final = 500_000_000
LAST_DELAY: Final = 16_000_000_000

UNKNOWN: Final = -2
"""The position of a book that is not known; no change follows it."""


class Request:
    """A fetch that is repeated, with growing pauses, until its answer will do."""

    def __init__(self, fetch: Fetch) -> None:
        self.fetch = fetch
        self._due: int | None = None
        self._delay = FIRST_DELAY

    def ask(self, now: int) -> Fetch:
        """Ask now."""
        self._due = now + ANSWER
        return self.fetch

    def refuse(self, now: int) -> None:
        """The answer was of no use: ask again after a pause."""
        self._due = now + self._delay
        self._delay = min(2 * self._delay, LAST_DELAY)

    def settle(self) -> None:
        """No answer is wanted any more."""
        self._due, self._delay = None, FIRST_DELAY

    def tick(self, now: int) -> tuple[Fetch, ...]:
        """The fetch, when it is due."""
        if self._due is None or now < self._due:
            return ()
        return (self.ask(now),)


class BookSync:
    """One symbol's book as a position in the stream of its changes.

    `inclusive` is the futures' rule: the change that ends exactly at the snapshot is applied
    too. On spot the first change must hold the update after the snapshot's. Whoever has a look at
    the book of their own has it not `watched` here.
    """

    def __init__(
        self, instrument: str, fetch: Fetch, *, inclusive: bool, watched: bool = True
    ) -> None:
        self.instrument = instrument
        self.sequence = UNKNOWN
        """The last update in the book. A change whose `prev_sequence` this is follows it."""
        self._inclusive = inclusive
        self._request = Request(fetch)
        self._buffer: deque[BookDelta] = deque(maxlen=BUFFER)
        self._state: FeedState | None = None
        self._time: int | None = None
        """`ts_event` of the last change applied; None when there was none since the snapshot."""
        self._touch = Touch() if watched else None
        self._crossing = Crossing()

    @property
    def state(self) -> FeedState | None:
        """What was said of the book last; None where nothing was."""
        return self._state

    def start(self, now: int) -> FeedStatus:
        """Say that the book is awaited, before anything came."""
        return self._turn(FeedState.SYNCING, now, "waiting for the first change")

    def delta(self, delta: BookDelta, now: int) -> Sequence[Output]:
        """Take a change: to be applied, ignored, or kept until the snapshot is here."""
        if delta.prev_sequence == self.sequence and self._state is FeedState.LIVE:
            return (*self._take(delta), *self._watch(now))
        if self.sequence == UNKNOWN:
            return self._keep(delta, now)
        if delta.prev_sequence > self.sequence:
            return self._lose(delta, _missing(self.sequence, delta), now)
        if delta.sequence <= self.sequence and not self._repeats_the_snapshot(delta):
            return self._skip(delta, now)
        if self._state is FeedState.LIVE:
            return (*self._take(delta), *self._watch(now))
        return (*self._take(delta), self._turn(FeedState.LIVE, now), *self._watch(now))

    def snapshot(self, snapshot: BookSnapshot, now: int) -> Sequence[Output]:
        """Take the answer to a fetch."""
        last = snapshot.sequence
        if last is None or self._state is FeedState.LIVE:
            return ()
        if not self._buffer:
            self.sequence = last
            self._lay(snapshot)
            self._request.settle()
            return (snapshot, *self._turned(FeedState.SNAPSHOT_ONLY, now, "no changes seen yet"))
        oldest = last if self._inclusive else last + 1
        rest = [delta for delta in self._buffer if delta.sequence >= oldest]
        if rest and rest[0].prev_sequence > last:
            self._request.refuse(now)
            return self._turned(FeedState.SYNCING, now, "the snapshot is too old; asking again")
        self.sequence = last
        self._lay(snapshot)
        for delta in rest:
            self._take(delta)
        self._buffer.clear()
        self._request.settle()
        return (snapshot, *rest, self._turn(FeedState.LIVE, now), *self._watch(now))

    def partial(self, snapshot: BookSnapshot, now: int) -> Sequence[Output]:
        """Take a snapshot from the stream; it counts only where nothing better is known."""
        if self._buffer or self._state in (FeedState.LIVE, FeedState.GAP):
            return ()
        reason = "the stream holds a few levels only"
        return (snapshot, *self._turned(FeedState.SNAPSHOT_ONLY, now, reason))

    def lose(self, reason: str, now: int) -> Sequence[Output]:
        """The book is wrong by a check that the numbers know nothing of: begin it anew.

        It is fetched with the next change, so that there is one to align it with.
        """
        self.sequence, self._time = UNKNOWN, None
        self._buffer.clear()
        self._crossing.end()
        return (self._turn(FeedState.GAP, now, reason), Resync(self.instrument, reason))

    def refuse(self, now: int) -> None:
        """The venue could not answer the fetch."""
        self._request.refuse(now)

    def give_up(self) -> None:
        """The venue will not answer the fetch."""
        self._request.settle()

    def tick(self, now: int) -> Sequence[Output]:
        """Ask again, when it is time; begin a book anew that has been crossed for too long."""
        if self._touch is not None and self._state is FeedState.LIVE:
            reason = self._crossing.overdue(self._touch, now)
            if reason:
                return self.lose(reason, now)
        return self._request.tick(now)

    def _keep(self, delta: BookDelta, now: int) -> Sequence[Output]:
        if not self._buffer:
            self._buffer.append(delta)
            turned = self._turned(FeedState.SYNCING, now, "waiting for the whole book")
            return (*turned, self._request.ask(now))
        last = self._buffer[-1].sequence
        if delta.sequence <= last:
            return ()
        if delta.prev_sequence <= last:
            self._buffer.append(delta)
            return ()
        self._buffer.clear()
        self._buffer.append(delta)
        return self._turned(FeedState.GAP, now, _missing(last, delta))

    def _lay(self, snapshot: BookSnapshot) -> None:
        self._crossing.end()
        if self._touch is not None:
            self._touch.replace(snapshot.bids, snapshot.asks)

    def _take(self, delta: BookDelta) -> Sequence[Output]:
        self.sequence = delta.sequence
        self._time = delta.ts_event
        if self._touch is not None:
            self._touch.apply(delta.bids, delta.asks)
        return (delta,)

    def _watch(self, now: int) -> Sequence[Output]:
        """Begin a book anew that stays crossed."""
        if self._touch is None:
            return ()
        reason = self._crossing.unbearable(self._touch, now)
        return self.lose(reason, now) if reason else ()

    def _skip(self, delta: BookDelta, now: int) -> Sequence[Output]:
        """Old changes come again, but never with new times: then the numbers were reset."""
        if self._time is None or (delta.ts_event or 0) <= self._time + RESTART:
            return ()
        reason = f"update numbers went back from {self.sequence} to {delta.sequence}"
        return self._lose(delta, reason, now)

    def _lose(self, delta: BookDelta, reason: str, now: int) -> Sequence[Output]:
        self.sequence, self._time = UNKNOWN, None
        self._buffer.append(delta)
        return (
            self._turn(FeedState.GAP, now, reason),
            Resync(self.instrument, reason),
            self._request.ask(now),
        )

    def _repeats_the_snapshot(self, delta: BookDelta) -> bool:
        return self._inclusive and self._time is None and delta.sequence == self.sequence

    def _turned(self, state: FeedState, now: int, reason: str) -> tuple[FeedStatus, ...]:
        """The status if it is news. A gap stays one until the book is whole again."""
        if state is self._state or self._state is FeedState.GAP:
            return ()
        return (self._turn(state, now, reason),)

    def _turn(self, state: FeedState, now: int, reason: str = "") -> FeedStatus:
        self._state = state
        return FeedStatus(self.instrument, now, state, reason)


def _missing(last: int, delta: BookDelta) -> str:
    return f"updates are missing between {last} and {delta.prev_sequence}"


class Seen:
    """The trade ids seen of one symbol: a range with holes, so that order does not matter.

    An id is refused only if it was taken before. Ids are remembered over a window of `WINDOW`
    numbers; what lies farther back, or a count that starts anew, is taken as not seen.
    """

    def __init__(self) -> None:
        self.next = UNKNOWN
        """The id that continues the range."""
        self._low = 0
        self._holes: set[int] = set()

    def leap(self, ident: int) -> int:
        """How many ids are left out before this one, where they follow one another."""
        return max(0, ident - self.next) if self.next != UNKNOWN else 0

    def take(self, ident: int) -> bool:
        """Whether this id is new; from now on it is not."""
        if ident == self.next:
            self.next = ident + 1
            return True
        if self.next == UNKNOWN or ident < self._low - WINDOW:
            self._low, self.next = ident, ident + 1
            self._holes.clear()
            return True
        if ident > self.next:
            self._skip_to(ident)
            return True
        if ident < self._low:
            self._holes.update(range(ident + 1, self._low))
            self._low = ident
            return True
        if ident in self._holes:
            self._holes.remove(ident)
            return True
        return False

    def _skip_to(self, ident: int) -> None:
        low = ident - WINDOW
        if self.next < low or self._low < low - WINDOW:
            self._holes = {hole for hole in self._holes if hole >= low}
            self._low = low
        self._holes.update(range(max(self.next, low), ident))
        self.next = ident + 1
