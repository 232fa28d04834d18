"""The handover: two connections for the same streams, and the moment at which one takes over.

Until then all that is seen comes over the old one, while what the new one learns is kept back: its
book as a whole, its trades, the last word on everything else. It takes over when its books are as
good as the old one's and its trades reach back to one that was seen. Trades are told apart by
their ids, so none is left out and none comes twice.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from enum import Enum, auto
from typing import Final

from feeds.board import RANK, Word
from feeds.errors import Disconnected
from feeds.outlet import LIMIT, Outlet
from feeds.plan import Link
from feeds.rest import SECOND
from feeds.timing import Timing
from feeds.whole import Whole
from market.events import (
    BookDelta,
    BookSnapshot,
    Event,
    FeedState,
    Kline,
    Liquidation,
    Trade,
)

REMEMBERED: Final = 100_000
"""Trades of one instrument that are told apart while two connections are open."""
_GOOD = frozenset({FeedState.LIVE, FeedState.SNAPSHOT_ONLY})
_FOLLOWED = _GOOD | {FeedState.STALE}


class Joint(Enum):
    """Whether the trades of two connections follow one another without a hole."""

    OPEN = auto()
    """Not known yet."""
    WHOLE = auto()
    BROKEN = auto()
    """Some may be missing."""


class Handover:
    """From one connection of a link to the next. `last` are the trades seen last before it."""

    def __init__(
        self,
        link: Link,
        outlet: Outlet,
        last: Mapping[str, Trade],
        timing: Timing,
        news: Callable[[], None],
    ) -> None:
        self._link, self._outlet, self._timing = link, outlet, timing
        self.old = Departing(outlet, last, news)
        self.new = Arriving(link, news)

    def ready(self, states: Mapping[str, FeedState], now: int) -> bool:
        """Whether a new connection that has been heard can take over unseen.

        `states` is what the old one says of its instruments.
        """
        books = all(self._as_good(name, states) for name in self._link.vital)
        return books and all(
            self.joint(name, now) is not Joint.OPEN or states.get(name) not in _FOLLOWED
            for name in self._link.prints
        )

    def joint(self, name: str, now: int) -> Joint:
        """How the trades of an instrument go over from one connection to the other."""
        since, seen = self.new.since.get(name), self.old.seen.get(name, {})
        kept = self.new.trades.get(name, [])
        if since is None:
            return Joint.OPEN
        if any(_key(trade) in seen for trade in kept) or _adjoin(seen, kept):
            return Joint.WHOLE
        last = next(reversed(seen.values())).ts_recv if seen else since
        quiet = now - max(since, last)
        if quiet > self._timing.overlap_most * SECOND:
            return Joint.BROKEN if seen and (kept or last > since) else Joint.WHOLE
        if quiet > self._timing.overlap * SECOND and (not seen or (not kept and last <= since)):
            return Joint.WHOLE
        return Joint.OPEN

    def finish(self, now: int, end: Callable[[], None], ended: str = "") -> "Ensuing":
        """Pass on what was kept back; return the way that the new connection goes for a while.

        `end` is called when it may go straight. `ended` says why the old one is gone, where it
        did not wait for this.
        """
        new, put = self.new, self._outlet.put
        for name in self._link.vital:
            self._own_up(name, ended, now)
        for event in new.latest.values():
            put(event)
        for book in new.books.values():
            for part in book.stated():
                put(part)
        for name in new.trades:
            self._pass_trades(name)
        for forced in new.forced:
            known = self.old.forced[_key(forced)]
            self.old.forced[_key(forced)] = max(0, known - 1)
            if not known:
                put(forced)
        for name, word in new.words.items():
            self._outlet.say(self._link, name, word, now)
        self._outlet.wake()
        until = now + round(self._timing.overlap_most * SECOND)
        return Ensuing(self._outlet, self.old, until, end)

    def _own_up(self, name: str, ended: str, now: int) -> None:
        """Say where something may be missing, or where the new connection is not ready."""
        word = self.new.words.get(name)
        if ended and (word is None or word.state not in _GOOD):
            self._outlet.say(self._link, name, Word(FeedState.CONNECTING, ended), now)
        elif self.old.seen.get(name) and self.joint(name, now) is not Joint.WHOLE:
            reason = ended or "trades may be missing between two connections"
            self._outlet.say(self._link, name, Word(FeedState.GAP, reason), now)

    def _pass_trades(self, name: str) -> None:
        """Pass on the trades that only the new connection has stated."""
        seen, kept = self.old.seen.get(name, {}), self.new.trades[name]
        first = next((at for at, trade in enumerate(kept) if _key(trade) in seen), None)
        if first is not None:
            # What a venue repeats at the beginning, up to the first one we know, was seen.
            rest = [trade for trade in kept[first:] if _key(trade) not in seen]
        else:
            from_ = next(reversed(seen.values())).ts_event if seen else 0
            rest = [trade for trade in kept if trade.ts_event >= from_]
        self._outlet.counts.duplicates += len(kept) - len(rest)
        for trade in rest:
            self._outlet.put(trade)

    def _as_good(self, name: str, states: Mapping[str, FeedState]) -> bool:
        word, old = self.new.words.get(name), states.get(name)
        if word is None or old is None:
            return old is None
        if name in self._link.books and word.state in _GOOD and name not in self.new.books:
            return False
        return word.state in _GOOD or RANK[word.state] <= RANK[old]


class Departing:
    """The way of the old connection: all is passed on, and noted where it must not come twice."""

    def __init__(self, outlet: Outlet, last: Mapping[str, Trade], news: Callable[[], None]) -> None:
        self.seen: dict[str, dict[Hashable, Trade]] = {
            name: {_key(trade): trade} for name, trade in last.items()
        }
        """Trades by their keys, of each instrument the last `REMEMBERED` in order."""
        self.forced: Counter[Hashable] = Counter()
        """Liquidations since the other connection was begun: a few minutes' at most."""
        self._outlet, self._news = outlet, news

    def put(self, event: Event) -> None:
        """Pass an event on."""
        self._outlet.put(event)
        match event:
            case Trade():
                seen = self.seen.setdefault(event.instrument, {})
                seen[_key(event)] = event
                if len(seen) > REMEMBERED:
                    del seen[next(iter(seen))]
            case Liquidation():
                self.forced[_key(event)] += 1

    def say(self, speaker: object, instrument: str, word: Word, now: int) -> None:
        """Pass a word on."""
        self._outlet.say(speaker, instrument, word, now)

    def wake(self) -> None:
        """Tell the consumer, and whoever watches the handover."""
        self._outlet.wake()
        self._news()


class Arriving:
    """The way of the new connection: everything is kept back, at most `LIMIT` events of it."""

    def __init__(self, link: Link, news: Callable[[], None]) -> None:
        self.words: dict[str, Word] = {}
        """The last word on each instrument."""
        self.since: dict[str, int] = {}
        """When an instrument was first said to be good, ns."""
        self.trades: dict[str, list[Trade]] = {}
        self.forced: list[Liquidation] = []
        self.books: dict[str, Whole] = {}
        self.latest: dict[Hashable, Event] = {}
        """The last statement of every other kind."""
        self._link, self._news = link, news
        self._kept = 0

    def put(self, event: Event) -> None:
        """Keep an event; Disconnected when there are too many."""
        match event:
            case Trade():
                self.trades.setdefault(event.instrument, []).append(event)
                self._kept += 1
            case BookSnapshot() | BookDelta():
                self.books.setdefault(event.instrument, Whole()).take(event)
            case Liquidation():
                self.forced.append(event)
                self._kept += 1
            case Kline():
                self.latest[Kline, event.instrument, event.interval, event.start] = event
            case _:
                self.latest[type(event), event.instrument] = event
        if self._kept + len(self.latest) > LIMIT:
            raise Disconnected(self._link.venue, "a second connection has too much to wait with")

    def say(self, speaker: object, instrument: str, word: Word, now: int) -> None:
        """Keep a word."""
        self.words[instrument] = word
        if word.state in _GOOD:
            self.since.setdefault(instrument, now)

    def wake(self) -> None:
        """Tell whoever watches the handover."""
        self._news()


class Ensuing:
    """The way of the new connection at first: what the old one stated before it is left out.

    It may have heard all later than the old one. `end` is called when that is over.
    """

    def __init__(self, outlet: Outlet, old: Departing, until: int, end: Callable[[], None]) -> None:
        self._outlet, self._old = outlet, old
        self._until, self._end = until, end

    def put(self, event: Event) -> None:
        """Pass an event on that was not passed on before."""
        match event:
            case Trade() if _key(event) in self._old.seen.get(event.instrument, {}):
                self._outlet.counts.duplicates += 1
            case Liquidation() if self._old.forced[_key(event)] > 0:
                self._old.forced[_key(event)] -= 1
            case _:
                self._outlet.put(event)
        if event.ts_recv > self._until:
            self._end()

    def say(self, speaker: object, instrument: str, word: Word, now: int) -> None:
        """Pass a word on."""
        self._outlet.say(speaker, instrument, word, now)

    def wake(self) -> None:
        """Tell the consumer."""
        self._outlet.wake()


class Silent:
    """The way of a connection whose successor has taken over: what it still says is dropped."""

    def put(self, event: Event) -> None:
        """Drop an event."""

    def say(self, speaker: object, instrument: str, word: Word, now: int) -> None:
        """Drop a word."""

    def wake(self) -> None:
        """Tell nobody."""


def _key(event: Trade | Liquidation) -> Hashable:
    """What tells an event from others of its instrument."""
    if isinstance(event, Trade) and event.id:
        return event.id
    return event.instrument, event.ts_event, event.price, event.size, event.side


def _adjoin(seen: dict[Hashable, Trade], kept: list[Trade]) -> bool:
    """Whether the ids are numbers between which there is none."""
    if not seen or not kept:
        return False
    last, first = next(reversed(seen.values())).id, kept[0].id
    return last.isdecimal() and first.isdecimal() and int(first) == int(last) + 1
