"""Sessions: volume profiles of days, weeks or hours, the POCs still naked, and how a POC moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from market.bars import CHUNK
from market.cells import BUY, KEY, PRICE, SELL, counted, merged
from market.columns import Columns
from market.profile import ALWAYS, VALUE_AREA, Profile, Span, added_up, rows_counted
from market.recent import Recent
from market.trades import TradeLog

Integers = NDArray[np.int64]

CELLS_KEPT = 100_000
"""Cells kept at most, 32 bytes each: the oldest sessions go first."""

TABLES_KEPT = 8
"""Tables of sessions of one log; the least recently asked for is counted anew."""

_DAY = 86_400_000_000_000
_LATER = 4096
"""Trades of the session that goes on that may wait."""


@dataclass(frozen=True, slots=True)
class Session:
    """Sessions of equal length, one after the other: of time in ns, or of numbers of trades."""

    length: int
    offset: int = 0
    """Where one of them begins."""
    counted: bool = False

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError("a session lasts longer than nothing")

    def number(self, at: int) -> int:
        """Which session a time, or a trade's number, is in."""
        return (at - self.offset) // self.length

    def span(self, number: int) -> Span:
        """Where the session of a number begins and ends."""
        start = number * self.length + self.offset
        return Span(start, start + self.length, self.counted)


DAYS = Session(_DAY)
"""From 00:00 UTC to 00:00 UTC."""
WEEKS = Session(7 * _DAY, 4 * _DAY)
"""From Monday 00:00 UTC; the epoch was a Thursday."""


@dataclass(frozen=True, slots=True, eq=False)
class SessionProfile:
    """The profile of one session; equal to itself alone."""

    number: int
    span: Span
    profile: Profile


class Naked(NamedTuple):
    """A point of control that was not traded since its session ended (definitions.md 6)."""

    price: int
    """Low edge of the group, in ticks."""
    since: int
    """Where its session began."""


class Developed(NamedTuple):
    """Point of control and value area as they stood at a moment: low edges in ticks."""

    poc: int
    low: int
    high: int


class SessionProfiles:
    """Volume per price group of every session that the trades of a log were in.

    A trade counts where its event time lies, late ones too. Sessions without trades do not exist.
    """

    def __init__(self, session: Session, group: int) -> None:
        if group < 1:
            raise ValueError("a price group is at least one tick")
        self.session = session
        self.group = group
        self._cursor = 0
        self._generation = -1
        self._cells = Columns(4)
        self._between: Recent[tuple[int, int], tuple[SessionProfile, ...]] = Recent(4)
        self._given = -ALWAYS
        """Sessions numbered from here on were not handed out."""
        self._made: dict[int, SessionProfile] = {}
        self._ready, self._seen = (-1, 0), 0
        """The log's generation and the session up to which all are known, by the trades up to
        `_seen`: they may be read later.
        """

    def update(self, log: TradeLog) -> None:
        """Read what the log has that was not read yet."""
        if log.generation != self._generation or self._cursor < log.first:
            self._cells.clear()
            self._forget()
            self._generation, self._cursor = log.generation, log.first
        while self._cursor < log.end:
            stop = min(self._cursor + CHUNK, log.end)
            self._fold(log, stop)
            self._cursor = stop
        self._bound()

    def read(self, log: TradeLog, stop: int) -> None:
        """Read as much as it takes to know the sessions numbered lower than `stop`.

        Trades of the session that goes on are left for later, many at a time.
        """
        begin = self._seen if self._ready == (log.generation, stop) else -1
        if self._cursor <= begin and log.first <= self._cursor:
            session, end = self.session, log.end
            at = np.arange(begin, end) if session.counted else log.between(begin, end).ts
            later = not len(at) or int(at.min()) >= session.span(stop).start
            if later and end - self._cursor < _LATER:
                self._seen = end
                return
        self.update(log)
        self._ready, self._seen = (log.generation, stop), log.end

    def latest(self, at: int | None = None) -> int | None:
        """The number of the newest session with trades, of those that began by a moment."""
        keys = self._cells.rows[KEY]
        stop = len(keys)
        if at is not None:
            stop = int(np.searchsorted(keys, self.session.number(at), side="right"))
        return int(keys[stop - 1]) if stop else None

    def between(self, first: int, stop: int) -> tuple[SessionProfile, ...]:
        """Sessions numbered from `first` up to but not including `stop`, oldest first.

        Asked for those that are over, it is the same object until a late trade changes one.
        """
        self._given = max(self._given, stop)
        return self._between.get((first, stop), lambda: self._cut(first, stop))

    def _fold(self, log: TradeLog, stop: int) -> None:
        session = self.session
        at, ticks, lots = log.between(self._cursor, stop)
        if session.counted:
            at = np.arange(self._cursor, stop)
        key = (at - session.offset) // session.length
        if self._cells.floor is not None:
            held = np.flatnonzero(key >= self._cells.floor)
            key, ticks, lots = key[held], ticks[held], lots[held]
        if not len(key):
            return
        first = int(key.min())
        if first == int(key.max()):
            fresh = rows_counted(ticks, lots, self.group)
            fresh[KEY] = first
        else:
            buy = np.maximum(lots, 0)
            fresh = counted(key, ticks // self.group, buy - lots, buy)
            fresh[PRICE] *= self.group
        if not fresh.shape[1]:
            return  # trades of no size at all
        index = int(np.searchsorted(self._cells.rows[KEY], first))
        tail = self._cells.rows[:, index:]
        if tail.shape[1]:
            fresh = merged(np.concatenate((tail, fresh), axis=1))
        self._cells.replace_tail(index, fresh)
        if first < self._given:
            self._forget(first)

    def _bound(self) -> None:
        keys = self._cells.rows[KEY]
        excess = len(keys) - CELLS_KEPT
        if excess > 0:
            # Sessions go whole, and the newest stays however large it is.
            oldest = min(keys[excess - 1] + 1, keys[-1])
            self._cells.drop_head(int(np.searchsorted(keys, oldest)))
            self._forget()

    def _forget(self, first: int = -ALWAYS) -> None:
        """Forget what was handed out of sessions from a number on: it is no longer so."""
        self._between.clear()
        self._given = first
        self._made = {key: made for key, made in self._made.items() if key < first}

    def _cut(self, first: int, stop: int) -> tuple[SessionProfile, ...]:
        rows = self._cells.rows
        begin, end = np.searchsorted(rows[KEY], (first, max(first, stop))).tolist()
        cells = rows[:, begin:end]
        keys = np.unique(cells[KEY])
        edges = np.searchsorted(cells[KEY], keys).tolist()
        ends = np.searchsorted(cells[KEY], keys, side="right").tolist()
        made = self._made
        for key, begin, end in zip(keys.tolist(), edges, ends, strict=True):
            if key not in made:
                columns = (cells[row, begin:end].copy() for row in (PRICE, SELL, BUY))
                profile = Profile(self.group, *columns)
                made[key] = SessionProfile(key, self.session.span(key), profile)
        return tuple(made[key] for key in keys.tolist())


def sessions(
    log: TradeLog, session: Session, group: int, first: int, stop: int
) -> tuple[SessionProfile, ...]:
    """Sessions of a log numbered from `first` up to but not including `stop`, oldest first.

    Shared by all who ask, and the same object until one of them changes.
    """
    kept = _TABLES.get(log)
    if kept is None:
        kept = _TABLES[log] = Recent(TABLES_KEPT)
    found = kept.get((session, group), lambda: SessionProfiles(session, group))
    found.read(log, stop)
    return found.between(first, stop)


def naked(past: Sequence[SessionProfile], now: Profile) -> list[Naked]:
    """Points of control of sessions that are over and were not traded since, oldest first.

    Not traded since: no later session, nor the one now, has volume in that row (definitions.md 6).
    """
    untouched = _untouched(tuple(past))
    traded = set(now.prices.tolist())
    return [found for found in untouched if found.price not in traded]


class Development:
    """How point of control and value area of a session came to be, part after part.

    Parts are added to what is known of those before them; other parts begin anew.
    """

    def __init__(self, share: float = VALUE_AREA) -> None:
        self._share = share
        self._parts: tuple[SessionProfile, ...] = ()
        self._sums: Profile | None = None
        self._stood: tuple[Developed, ...] = ()

    def grow(self, parts: tuple[SessionProfile, ...]) -> tuple[Developed, ...]:
        """Both as they stood at the end of each part, of everything up to there."""
        known = len(self._parts)
        if parts[:known] != self._parts:
            known, self._sums, self._stood = 0, None, ()
        stood = list(self._stood)
        for part in parts[known:]:
            profile = part.profile
            self._sums = profile if self._sums is None else added_up((self._sums, profile))
            poc, area = self._sums.poc, self._sums.value_area(self._share)
            assert poc is not None
            assert area is not None
            stood.append(Developed(poc, *area))
        self._parts, self._stood = parts, tuple(stood)
        return self._stood


_TABLES: WeakKeyDictionary[TradeLog, Recent[tuple[Session, int], SessionProfiles]] = (
    WeakKeyDictionary()
)
_UNTOUCHED: Recent[tuple[SessionProfile, ...], tuple[Naked, ...]] = Recent(8)


def _untouched(past: tuple[SessionProfile, ...]) -> tuple[Naked, ...]:
    """Those that no session in between has traded; the same sessions are looked at once."""
    return _UNTOUCHED.get(past, lambda: _walked(past))


def _walked(past: tuple[SessionProfile, ...]) -> tuple[Naked, ...]:
    traded: set[int] = set()
    found: list[Naked] = []
    for session in reversed(past):
        poc = session.profile.poc
        if poc is not None and poc not in traded:
            found.append(Naked(poc, session.span.start))
        traded.update(session.profile.prices.tolist())
    return tuple(reversed(found))
