"""Voices: the connections of one venue in a recording, of which several may state the same.

While one connection takes over from another both are recorded. An adapter that heard both would
take the one's changes for the other's, so a connection to an address that was connected to before
has an adapter of its own, and of what several state each fact is passed on once: trades by their
ids, a book from the connection that became whole last, all else from the newest that states it.
A recording does not say when a connection ended: one that is silent from the first word of
another on was gone before it, and what it carried has a gap there.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Final

from feeds.adapter import Adapter, Fetch, Output, Resync, Send
from feeds.ids import RecentIds
from feeds.whole import Whole
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FeedState,
    FeedStatus,
    Kline,
    Liquidation,
    Listing,
    OpenInterest,
    Trade,
)

RECENT: Final = 2000
"""Ids of an instrument kept while nobody else states its trades: more than any venue repeats."""
COUNTED: Final = 10_000
"""Facts without an id that are told apart by what they state."""
TAIL: Final = 64
"""Changes of a book kept for the time between a quick and a slow connection."""
LISTS: Final = 64
"""Bodies with instruments kept for the adapters of later connections."""
MOST: Final = 256
"""Connections remembered; the one that was silent for longest goes first."""
GONE: Final = 600_000_000_000
"""ns of silence after which a connection is forgotten whose place others have taken."""
SILENT: Final = 5_000_000_000
"""ns of silence after which another connection is listened to that has something to say."""
DOUBT: Final = 2_000_000_000
"""ns that the one before may be silent until it is taken to have ended before the other began."""
HOLE: Final = "something may be missing between two connections"

_BOOKS = (BookDelta, BookSnapshot)
_WISHES = (Fetch, Resync, Send)
_SHARED = (*_BOOKS, FeedStatus, Trade)
"""What a body may mean to several connections in different ways."""


class _Voice:
    """One connection: its adapter, and what it says of that which is taken from others."""

    def __init__(self, adapter: Adapter, states: dict[str, FeedState]) -> None:
        self.adapter, self.states = adapter, states
        self.url, self.number = "", 0
        self.since = self.heard = 0
        self.last: dict[str, BookDelta | BookSnapshot] = {}
        """What it stated last of each book."""
        self.tail: dict[str, deque[BookDelta]] = {}
        """Its last changes of the books that are taken from it."""
        self.books: dict[str, Whole] = {}
        """The books that are taken from another connection."""
        self.recent: dict[str, deque[str]] = {}
        """Ids of its trades while no other connection could state the same."""
        self.counted: dict[Hashable, int] = {}
        self.asked: set[str] = set()
        """Paths that its adapter waits for."""
        self.waiting: set[str] = set()
        """Books that it could state, were it known whether the one before has ended."""

    def good(self, instrument: str, now: int) -> bool:
        """Whether its book is whole and goes on."""
        return now - self.heard <= SILENT and self.states.get(instrument) is FeedState.LIVE

    def follows(self, old: "_Voice", now: int) -> bool | None:
        """Whether both were open together; None while that cannot be told."""
        if old.heard >= self.since:
            return True
        return False if now - self.since > DOUBT else None

    def repeats(self, old: "_Voice", instrument: str) -> bool:
        """Whether both stated the same of a book last, so that nothing can be missing."""
        last, mine = old.last.get(instrument), self.last[instrument]
        if last is None or last.sequence is None:
            return False
        return (last.sequence, last.ts_event) == (mine.sequence, mine.ts_event)

    def answered(self, key: str) -> bool:
        """Whether it waited for a body; from now on it does not."""
        path = next((path for path in self.asked if key.endswith(path)), None)
        self.asked.discard(path or "")
        return path is not None


class Voices:
    """All connections of a venue. `make` makes an adapter for one."""

    def __init__(self, make: Callable[[], Adapter]) -> None:
        self._make = make
        self._first = _Voice(make(), {})
        """It hears the bodies too. First connections to different addresses share its adapter."""
        self._voices: dict[str, _Voice] = {}
        self._urls: set[str] = set()
        self._count = 0
        self._alone = True
        """Whether no address was connected to twice, so that nothing is stated twice."""
        self._lists: dict[str, bytes] = {}
        self._listed: dict[str, Listing] = {}
        self._books: dict[str, _Voice] = {}
        """Whose book is taken, by instrument."""
        self._prints: dict[str, _Voice] = {}
        """Whose trades go on, by instrument."""
        self._newest: dict[Hashable, _Voice] = {}
        self._ids: dict[str, RecentIds] = {}
        self._counted: dict[Hashable, int] = {}

    def frame(self, connection: str, url: str, frame: bytes | str, now: int) -> Iterable[Event]:
        """What a frame states that was not stated before."""
        voice = self._voices.get(connection) or self._meet(connection, url, now)
        voice.heard = now
        outputs = voice.adapter.receive(frame, now)
        return self._noted(voice, outputs) if self._alone else self._chosen(voice, outputs, now)

    def body(self, key: str, body: bytes, now: int) -> Iterator[Event]:
        """The same of a fetched body."""
        for place, voice in enumerate(self._hearers(key)):
            outputs = voice.adapter.receive_body(key, body, now)
            if place:
                outputs = (output for output in outputs if isinstance(output, _SHARED))
            else:
                outputs = self._kept(key, body, outputs)
            yield from (
                self._noted(voice, outputs)
                if self._alone
                else self._chosen(voice, outputs, now, fetched=True)
            )

    def _hearers(self, key: str) -> list[_Voice]:
        """Whose adapters a body is for: those that wait for it, or all where none does."""
        if self._alone:
            return [self._first]
        asked = [voice for voice in self._voices.values() if voice.answered(key)]
        every = {id(voice.adapter): voice for voice in (self._first, *self._voices.values())}
        return asked or list(every.values())

    def _kept(self, key: str, body: bytes, outputs: Iterable[Output]) -> Iterator[Output]:
        """Keep a body with instruments, or one that has not told yet what it is for."""
        named = mute = True
        for output in outputs:
            named = isinstance(output, Listing) or (named and not mute)
            mute = False
            yield output
        if named or mute:
            self._lists.pop(key, None)
            self._lists[key] = body
            if len(self._lists) > LISTS:
                del self._lists[next(iter(self._lists))]

    def _meet(self, connection: str, url: str, now: int) -> _Voice:
        """A connection that speaks for the first time."""
        if not self._urls:
            voice = self._first
        elif url not in self._urls:
            voice = _Voice(self._first.adapter, self._first.states)
        else:
            voice = _Voice(self._make(), {})
            for key, body in self._lists.items():
                # What they state was passed on before.
                tuple(voice.adapter.receive_body(key, body, now))
            self._part()
        voice.url, voice.number = url, self._count
        voice.since = now
        self._count += 1
        self._urls.add(url)
        self._voices[connection] = voice
        self._forget(connection, now)
        return voice

    def _part(self) -> None:
        """From now on different connections may state the same: note who has stated what."""
        if not self._alone:
            return
        self._alone = False
        for voice in self._voices.values():
            for name, last in voice.last.items():
                holder = self._books.setdefault(name, voice)
                if holder.last[name].ts_recv <= last.ts_recv:
                    self._books[name] = voice
            for name, recent in voice.recent.items():
                self._prints[name] = voice
                ids = self._ids.setdefault(name, RecentIds())
                for ident in recent:
                    ids.take(ident)
            voice.recent.clear()

    def _forget(self, newcomer: str, now: int) -> None:
        """Drop connections whose place others have taken for long, and any beyond the bound."""
        needed = {self._voices[newcomer], *self._books.values(), *self._prints.values()}
        for name, voice in list(self._voices.items()):
            if voice not in needed and now - voice.heard > GONE:
                del self._voices[name]
        if len(self._voices) > MOST:
            others = [name for name in self._voices if name != newcomer]
            del self._voices[min(others, key=lambda name: self._voices[name].heard)]

    def _noted(self, voice: _Voice, outputs: Iterable[Output]) -> Iterator[Event]:
        """All that is stated while nobody else can state it, noted for when somebody can."""
        for output in outputs:
            if isinstance(output, BookTicker):
                # Most of what some venues say; it needs no other question.
                yield output
                continue
            if isinstance(output, Trade):
                recent = voice.recent.get(output.instrument)
                if recent is None:
                    recent = voice.recent[output.instrument] = deque(maxlen=RECENT)
                recent.append(output.id)
            elif isinstance(output, _BOOKS):
                voice.last[output.instrument] = output
            elif isinstance(output, FeedStatus):
                voice.states[output.instrument] = output.state
            elif isinstance(output, _WISHES):
                continue
            yield output

    def _chosen(
        self, voice: _Voice, outputs: Iterable[Output], now: int, fetched: bool = False
    ) -> Iterator[Event]:
        """What is stated for the first time; a body that was fetched comes but once."""
        for output in outputs:
            match output:
                case Trade():
                    yield from self._trade(voice, output, now)
                case BookDelta() | BookSnapshot():
                    yield from self._book(voice, output, now)
                case FeedStatus():
                    yield from self._status(voice, output, now)
                case Fetch():
                    voice.asked.add(output.path)
                case Send() | Resync():
                    pass
                case _ if self._new(voice, output, now, fetched):
                    yield output
        if voice.waiting:
            names, voice.waiting = sorted(voice.waiting), set()
            for name in names:
                yield from self._weigh(voice, self._books[name], name, now)

    def _trade(self, voice: _Voice, trade: Trade, now: int) -> Iterable[Event]:
        """Trades come at once from whoever states them first."""
        name, said = trade.instrument, tuple[Event, ...]()
        if trade.id:
            ids = self._ids.get(name)
            if ids is None:
                ids = self._ids[name] = RecentIds()
            fresh = ids.take(trade.id)
        else:
            fresh = self._count_up(voice, trade)
        old = self._prints.setdefault(name, voice)
        if old is not voice:
            said = self._join(voice, old, name, now) if fresh else ()
            if not fresh and voice.number > old.number:
                self._prints[name] = voice
        return (*said, trade) if fresh else said

    def _join(self, voice: _Voice, old: _Voice, name: str, now: int) -> tuple[Event, ...]:
        """Let the trades of one connection follow those of another, with or without a hole."""
        whole: bool | None = True
        if voice.adapter is not old.adapter:
            if voice.number > old.number:
                whole = voice.follows(old, now)
            elif now - old.heard <= SILENT:
                return ()
        if whole is None:
            return ()
        self._prints[name] = voice
        holder = self._books.get(name)
        state = holder.states.get(name) if holder is not None else None
        if whole or state not in (None, FeedState.LIVE):
            return ()
        return FeedStatus(name, now, FeedState.GAP, HOLE), FeedStatus(name, now, FeedState.LIVE)

    def _book(self, voice: _Voice, event: BookDelta | BookSnapshot, now: int) -> Iterable[Event]:
        name = event.instrument
        holder = self._books.setdefault(name, voice)
        voice.last[name] = event
        if holder.adapter is voice.adapter:
            self._books[name] = voice
            tail = voice.tail.get(name)
            if tail is None:
                tail = voice.tail[name] = deque(maxlen=TAIL)
            if isinstance(event, BookDelta):
                tail.append(event)
            else:
                tail.clear()
            return (event,)
        if isinstance(event, BookSnapshot):
            voice.books[name] = Whole()
        if name not in voice.books:
            return ()
        voice.books[name].take(event)
        return self._weigh(voice, holder, name, now)

    def _status(self, voice: _Voice, status: FeedStatus, now: int) -> Iterable[Event]:
        name = status.instrument
        holder = self._books.setdefault(name, voice)
        voice.states[name] = status.state
        if holder.adapter is voice.adapter:
            return (status,)
        return self._weigh(voice, holder, name, now)

    def _weigh(self, voice: _Voice, holder: _Voice, name: str, now: int) -> Iterable[Event]:
        """Take a book from a newer connection, or one that goes on, as soon as it is whole."""
        if name not in voice.books or voice.states.get(name) is not FeedState.LIVE:
            return ()
        if voice.number < holder.number and holder.good(name, now):
            return ()
        whole = True if voice.repeats(holder, name) else voice.follows(holder, now)
        if whole is None:
            voice.waiting.add(name)
            return ()
        return self._turn(voice, holder, name, now, whole)

    def _turn(
        self, voice: _Voice, old: _Voice, name: str, now: int, whole: bool
    ) -> Iterator[Event]:
        stated = voice.books.pop(name).stated()
        self._books[name] = voice
        # Should the new one end first, the old one goes on from where it is, which may be ahead.
        behind = old.books[name] = Whole()
        for part in (*stated, *old.tail.pop(name, ())):
            behind.take(part)
        if not whole:
            yield FeedStatus(name, now, FeedState.GAP, HOLE)
        yield from stated
        if not whole or old.states.get(name) is not FeedState.LIVE:
            yield FeedStatus(name, now, FeedState.LIVE)

    def _new(self, voice: _Voice, event: Event, now: int, fetched: bool) -> bool:
        """Whether a fact of any other kind is not what another connection has stated."""
        name = event.instrument
        match event:
            case Listing():
                same = self._listed.get(name) == event
                self._listed[name] = event
                return not same
            case Liquidation():
                return self._count_up(voice, event)
            case Kline() | OpenInterest() if fetched:
                return True
        interval = event.interval if isinstance(event, Kline) else ""
        key = voice.url, type(event), name, interval
        held = self._newest.get(key)
        if held is not None and voice.number < held.number and now - held.heard <= SILENT:
            return False
        self._newest[key] = voice
        return True

    def _count_up(self, voice: _Voice, event: Trade | Liquidation) -> bool:
        """Whether a connection has stated a fact without an id more often than any other."""
        key = event.instrument, event.ts_event, event.price, event.size, event.side
        times = voice.counted[key] = voice.counted.pop(key, 0) + 1
        passed = self._counted.pop(key, 0)
        self._counted[key] = max(times, passed)
        for counted in (voice.counted, self._counted):
            if len(counted) > COUNTED:
                del counted[next(iter(counted))]
        return times > passed
