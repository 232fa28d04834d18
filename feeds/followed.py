"""Followed: books of a snapshot and changes, watched for what their numbers do not tell.

Numbers without a gap (`feeds.sync`) do not say that the snapshot beneath was right: a book that
stays crossed is not, and is begun anew. Nor do they say how far the book is known. Of a `window`,
which the venue moves with the price, the whole is stated again as it moves. Else what lies beyond
the ends of the snapshot is unknown: before the price gets there, another snapshot is asked for and
laid beneath the changes since, while the book goes on. A quiet book is asked for without a change.
"""

from collections.abc import Sequence
from typing import Final

from feeds.adapter import Fetch, Output
from feeds.crossing import Crossing
from feeds.inband import DRIFT, LOOK
from feeds.standing import Standing
from feeds.sync import ANSWER, BUFFER, FIRST_DELAY, UNKNOWN, BookSync
from market.events import BookDelta, BookSnapshot, FeedState, FeedStatus

QUIET: Final = 3_000_000_000
"""ns without a first change after which the book is asked for nevertheless."""

MARGIN: Final = 0.25
"""How near to an end of what is known the price may come, as a part of the whole."""


class FollowedBook:
    """One symbol's book as a position in the stream of its changes, and as it stands."""

    def __init__(self, instrument: str, fetch: Fetch, *, window: bool) -> None:
        self._sync = BookSync(instrument, fetch, inclusive=False, watched=False)
        self._fetch, self._window = fetch, window
        self._standing = Standing()
        self._span: tuple[float, float] | None = None
        """Lowest and highest price as they were last stated whole."""
        self._look = LOOK
        self._crossing = Crossing()
        self._later: list[BookDelta] | None = None
        """Changes since another snapshot was asked for; None where none was."""
        self._since = UNKNOWN
        """The last change in the book when that snapshot was asked for."""
        self._due: int | None = None
        """When to ask for a snapshot that no change has asked for."""

    @property
    def state(self) -> FeedState | None:
        """What was said of the book last; None where nothing was."""
        return self._sync.state

    def start(self, now: int) -> FeedStatus:
        """Say that the book is awaited."""
        self._due = now + QUIET
        return self._sync.start(now)

    def delta(self, delta: BookDelta, now: int) -> Sequence[Output]:
        """Take a change."""
        if self._later is None:
            self._due = None
        elif len(self._later) < BUFFER:
            self._later.append(delta)
        else:
            self._later = self._due = None
        outputs = self._sync.delta(delta, now)
        if outputs and outputs[0] is delta:
            self._standing.apply(delta.bids, delta.asks)
            return (*outputs, *self._watch(delta, now))
        return outputs

    def snapshot(self, snapshot: BookSnapshot, now: int) -> Sequence[Output]:
        """Take the answer to a request."""
        if self._later is not None and self._sync.state is FeedState.LIVE:
            return self._renewed(snapshot, self._later, now)
        self._later = self._due = None
        outputs = self._sync.snapshot(snapshot, now)
        if not outputs or outputs[0] is not snapshot:
            return outputs
        self._standing.replace(snapshot.bids, snapshot.asks)
        self._span, self._look = self._standing.reach, LOOK
        self._crossing.end()
        for output in outputs:
            if isinstance(output, BookDelta):
                self._standing.apply(output.bids, output.asks)
        return (*outputs, *self._bear(now))

    def partial(self, snapshot: BookSnapshot, now: int) -> Sequence[Output]:
        """Take a book that no change will follow; it counts only where nothing better is known."""
        return self._sync.partial(snapshot, now)

    def refuse(self, now: int) -> None:
        """The venue could not answer."""
        if self._later is not None:
            self._due = now + FIRST_DELAY
        else:
            self._sync.refuse(now)

    def give_up(self) -> None:
        """The venue will not answer."""
        self._later = self._due = None
        self._sync.give_up()

    def tick(self, now: int) -> Sequence[Output]:
        """Ask again, when it is time; begin a book anew that has been crossed for too long."""
        if self._sync.state is FeedState.LIVE:
            reason = self._crossing.overdue(self._standing, now)
            if reason:
                return self._lose(reason, now)
        if self._due is not None and now >= self._due:
            self._due = now + ANSWER
            return (self._fetch, *self._sync.tick(now))
        return self._sync.tick(now)

    def _watch(self, delta: BookDelta, now: int) -> Sequence[Output]:
        """What a change that was applied means to the whole."""
        if self._crossing.now or self._standing.crossed:
            return self._bear(now)
        self._look -= 1
        if self._look > 0:
            return ()
        self._look = LOOK
        if self._window:
            return (self._restated(delta.ts_event, now),) if self._has_moved() else ()
        if self._later is not None or not self._nears_an_end():
            return ()
        self._later, self._since, self._due = [], self._sync.sequence, now + ANSWER
        return (self._fetch,)

    def _has_moved(self) -> bool:
        """Whether either end of the levels is elsewhere than when they were stated whole."""
        reach, span = self._standing.reach, self._span
        if reach is None or span is None:
            return reach is not span
        moved = max(abs(reach[0] - span[0]), abs(reach[1] - span[1]))
        return moved > DRIFT * (span[1] - span[0])

    def _nears_an_end(self) -> bool:
        """Whether either best price is near to where the book is not known."""
        bid, ask, span = self._standing.best_bid, self._standing.best_ask, self._span
        if bid is None or ask is None or span is None:
            return False
        margin = MARGIN * (span[1] - span[0])
        return bid < span[0] + margin or ask > span[1] - margin

    def _renewed(
        self, snapshot: BookSnapshot, later: Sequence[BookDelta], now: int
    ) -> Sequence[Output]:
        """Lay another snapshot beneath the changes since; it may be too old for them."""
        last = UNKNOWN if snapshot.sequence is None else snapshot.sequence
        if last < self._since:
            self._due = now + FIRST_DELAY
            return ()
        self._later = self._due = None
        self._standing.replace(snapshot.bids, snapshot.asks)
        self._span = self._standing.reach
        for delta in later:
            if delta.sequence > last:
                self._standing.apply(delta.bids, delta.asks)
        whole = self._standing.bids, self._standing.asks
        time = later[-1].ts_event if later else snapshot.ts_event
        number = self._sync.sequence
        return (BookSnapshot(snapshot.instrument, time, now, *whole, number), *self._bear(now))

    def _restated(self, time: int | None, now: int) -> BookSnapshot:
        """The whole book as it stands."""
        self._span = self._standing.reach
        whole = self._standing.bids, self._standing.asks
        return BookSnapshot(self._sync.instrument, time, now, *whole, self._sync.sequence)

    def _bear(self, now: int) -> Sequence[Output]:
        """Bear with a crossed book for a while, and with one that was just begun for longer."""
        reason = self._crossing.unbearable(self._standing, now)
        return self._lose(reason, now) if reason else ()

    def _lose(self, reason: str, now: int) -> Sequence[Output]:
        self._later = None
        self._crossing.end()
        return self._sync.lose(reason, now)
