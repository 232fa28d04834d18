"""A session: one open connection, from its first frame to what ended it.

What comes in goes through the adapter; the events it states go to the outlet, and what it wishes
for (frames to send, documents to fetch) is done. Beside that the age of the data is watched.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

from feeds.adapter import Adapter, Fetch, Output, Resync, Send
from feeds.board import Word
from feeds.door import Door
from feeds.errors import Disconnected, MalformedFrame, Rejected
from feeds.outlet import Outlet, Way
from feeds.patience import Patience
from feeds.plan import Link, mentions
from feeds.rest import SECOND, Budget, Rest
from feeds.timely import AHEAD, timely, too_early
from feeds.timing import Timing
from feeds.transport import Connection, Transport
from feeds.venue import Limits
from feeds.writer import Pace, Writer
from market.events import BookDelta, BookSnapshot, Event, FeedState, FeedStatus, Trade

UNREADABLE = 5
"""Malformed frames in a row after which a connection is not worth keeping."""

_FOLLOWED = (FeedState.LIVE, FeedState.STALE)  # States of a book that changes follow.
_THERE = (*_FOLLOWED, FeedState.SNAPSHOT_ONLY)


@dataclass(frozen=True, slots=True)
class Means:
    """What supervisors work with: the way out, the outlet, and time and chance as arguments."""

    transport: Transport
    outlet: Outlet
    timing: Timing
    clock: Callable[[], int]
    """Now in ns since the epoch."""
    draw: Callable[[], float]
    """A random number from 0 up to 1."""


@dataclass(frozen=True, slots=True)
class Access:
    """One venue's ways in, shared by all its connections."""

    rest: Rest
    documents: str
    """The REST service's own address, as recordings name it."""
    connects: Budget
    """Connection attempts still allowed."""
    limits: Limits
    door: Door | None = None
    """What hands out the sockets' addresses, where they do not stand open."""
    spare: str = ""
    """The socket path to try where the usual one stays silent; "" where there is none."""
    place: str = ""
    """Where those addresses are reached instead, `ws://host:port`; "" for where they say."""
    together: Budget | None = None
    """What all connections to the address may write; None where nobody counts that."""


class Wishes(NamedTuple):
    """What passes between a session and whoever keeps it."""

    hurry: asyncio.Event
    """Set by somebody who wants no pauses."""
    retire: Callable[[], None]
    """Ask for a connection that takes this one's place; more than once is no harm."""
    patience: Patience


class Session:
    """One open connection: what comes in goes through the adapter, what it wishes for is done."""

    def __init__(
        self,
        link: Link,
        adapter: Adapter,
        connection: Connection,
        access: Access,
        means: Means,
        wishes: Wishes,
        way: Way,
    ) -> None:
        self.way = way
        self.last: dict[str, Trade] = {}
        """The last trade of each instrument."""
        self.mute = False
        """Whether it was given up because there never was data; words of a venue are none."""
        self._link, self._adapter = link, adapter
        self._access = access
        self._means = means
        self._hurry, self._retire, self._patience = wishes
        self._connection = connection
        self._outlet, self._clock = means.outlet, means.clock
        self._name = self._outlet.opened()
        pace = Pace(access.limits, access.together, means.timing, means.clock)
        self._writer = Writer(link.venue, connection, pace, self._note)
        self._group: asyncio.TaskGroup
        self._states: dict[str, FeedState] = {}
        self._rejected: set[str] = set()
        self._asking: set[str] = set()
        # Books that were LIVE until their age was looked at here.
        self._aged: set[str] = set()
        self._unreadable, self._silence = 0, 0.0
        self._delivered = self._greeted = False
        self._opened = self._heard = self._clock()
        """When there was data last of what is neither a book nor a trade."""
        self._doubled, self._vital = adapter.duplicates, link.vital
        self._book_at = dict.fromkeys(self._link.books, self._opened)
        timing, life = means.timing, access.limits.lifetime
        spread = min(timing.rotate_spread, life / 96) * (2 * means.draw() - 1)
        self._lifetime = round((min(timing.rotate, life * 47 / 48) + spread) * SECOND)

    @property
    def steady(self) -> bool:
        """Whether it carried data for long enough to forget earlier failures."""
        age = self._clock() - self._opened
        return self._delivered and age >= self._means.timing.steady * SECOND

    @property
    def states(self) -> Mapping[str, FeedState]:
        """What was said last of each instrument."""
        return self._states

    @property
    def greeted(self) -> bool:
        """Whether the venue has said anything yet."""
        return self._greeted

    async def run(self) -> None:
        """Carry the connection until it ends; raise Disconnected or Unreachable."""
        for instrument in self._vital:
            self._say(instrument, Word(FeedState.SYNCING, "waiting for the first data"))
        try:
            async with asyncio.TaskGroup() as self._group:
                self._group.create_task(self._writer.run())
                self._group.create_task(self._watch())
                with self._forgiving():
                    now = self._opened
                    self._take(self._adapter.open(self._link.subscriptions, now), now)
                await self._pump()
        finally:
            self._count_duplicates()

    async def _pump(self) -> None:
        """Take read after read, and from each all its frames without a pause."""
        receive, outlet = self._connection.receive, self._outlet
        while True:
            read = await receive()
            self._absorb(read.frames, read.at)
            if read.full:
                outlet.crowded_at = read.at
            self.way.wake()
            if outlet.full:
                await outlet.room()

    def _absorb(self, frames: list[bytes | str], now: int) -> None:
        """Let the adapter take frames that were read at a time."""
        adapt = self._adapter.receive
        self._outlet.received(now, self._name, self._link.url, frames)
        if self._asking and self._book_at:
            # Changes of a book that is awaited are kept, and state nothing until it is here.
            self._heard = now
        for frame in frames:
            try:
                if outputs := adapt(frame, now):
                    self._take(outputs, now)
            except (MalformedFrame, Rejected) as error:
                self._complain(error)
            except Disconnected:
                # The venue is about to hang up: what it says until then counts.
                self._retire()
            else:
                self._unreadable = 0
                if not self._greeted:
                    self._greet()

    def _take(self, outputs: Iterable[Output], now: int) -> None:
        """Pass events on, and do what is wished for."""
        put, last, latest, early = self.way.put, self.last, now + AHEAD, ""
        for output in outputs:
            match output:
                case Trade() if output.ts_event <= latest:
                    put(output)
                    last[output.instrument] = output
                    self._delivered = True
                case BookDelta() | BookSnapshot() if (output.ts_event or 0) <= latest:
                    put(output)
                    self._book_at[output.instrument] = now
                    self._delivered = True
                case Send():
                    self._writer.put(output.frame)
                case Fetch():
                    self._ask(output)
                case FeedStatus():
                    self._heed(output)
                case Resync():
                    self._lose(output, now)
                case _:
                    early = self._pass(output, now) or early
        if early:
            raise too_early(early)

    def _pass(self, event: Event, now: int) -> str:
        """Pass on what is rare, or what remains of what is early; of the latter return the name."""
        if (kept := timely(event, now)) is not None:
            self.way.put(kept)
            self._heard, self._delivered = now, True
        return "" if kept is event else event.instrument

    def _lose(self, resync: Resync, now: int) -> None:
        """Count a book that is begun anew; it is a gap even where the adapter did not say so."""
        self._outlet.counts.gaps += 1
        if self._states.get(resync.instrument) is not FeedState.GAP:
            self._heed(FeedStatus(resync.instrument, now, FeedState.GAP, resync.reason))

    def _heed(self, status: FeedStatus) -> None:
        """Note what the adapter says of an instrument, or of all of them."""
        word = Word(status.state, status.reason, status.retry_at)
        for instrument in self._vital:
            if status.instrument in ("", instrument):
                if status.state is FeedState.CONNECTING:
                    # The connection is there, so it is the instrument that cannot be had.
                    self._rejected.add(instrument)
                self._say(instrument, word, status.ts_recv)

    def _say(self, instrument: str, word: Word, now: int | None = None) -> None:
        self._states[instrument] = word.state
        self._aged.discard(instrument)
        self.way.say(self._link, instrument, word, self._clock() if now is None else now)

    def _greet(self) -> None:
        """Believe in an instrument without a book from the first message on."""
        self._greeted = True
        for instrument in self._vital:
            if instrument not in self._book_at and instrument not in self._rejected:
                self._say(instrument, Word(FeedState.LIVE))

    def _note(self, frame: str) -> None:
        self._outlet.sent(self._clock(), self._name, self._link.url, frame)

    async def _watch(self) -> None:
        """Give the adapter the time, and look at the age of the data."""
        while True:
            await asyncio.sleep(self._means.timing.tick)
            now = self._clock()
            with self._forgiving():
                self._take(self._adapter.tick(now), now)
            self._count_duplicates()
            if self._outlet.full:
                # What is not read for want of room is not missing.
                self._heard, self._book_at = now, dict.fromkeys(self._book_at, now)
            self._check_ages(now)
            self.way.wake()

    def _count_duplicates(self) -> None:
        """Take over what the adapter has left out."""
        doubled = self._adapter.duplicates
        self._outlet.counts.duplicates += doubled - self._doubled
        self._doubled = doubled

    def _check_ages(self, now: int) -> None:
        """Say which books are stale; raise Disconnected where the connection seems dead."""
        timing = self._means.timing
        if now - self._opened > self._lifetime:
            self._retire()
        # A symbol that has not moved yet may be a quiet one; one that stops is another matter.
        patience = self._patience.lasts(self._least_patience)
        silence = (now - self._fresh) / SECOND
        if silence < self._silence:
            self._patience.heard(self._silence)
        self._silence = silence
        hopeless = bool(self._vital) and self._rejected.issuperset(self._vital)
        if silence > patience and not hopeless:
            self._patience.lost(silence)
            self.mute = not self._delivered
            raise Disconnected(self._link.venue, f"no data for {patience:g} s")
        for name, at in self._book_at.items():
            old = now - at > timing.stale * SECOND
            if old and self._states.get(name) is FeedState.LIVE:
                self._say(name, Word(FeedState.STALE, f"no book data for {timing.stale:g} s"))
                self._aged.add(name)
            elif not old and name in self._aged:
                self._say(name, Word(FeedState.LIVE))

    @property
    def _fresh(self) -> int:
        """When there was data last; beside a book that changes follow, only books count."""
        books = max(self._book_at.values(), default=self._opened)
        if any(self._states.get(name) in _FOLLOWED for name in self._book_at):
            return books
        return max([books, self._heard, *(trade.ts_recv for trade in self.last.values())])

    @property
    def _least_patience(self) -> float:
        """Books move all the time; trades and what is rarer need not. Seconds."""
        timing = self._means.timing
        if self._delivered:
            return timing.dead if self._book_at else timing.silent
        return timing.path if self._access.spare else timing.silent

    def _ask(self, fetch: Fetch) -> None:
        """Begin a fetch; an adapter that grows impatient gets no second one of the same."""
        if fetch.key not in self._asking:
            self._asking.add(fetch.key)
            self._group.create_task(self._fetch(fetch))

    async def _fetch(self, fetch: Fetch) -> None:
        """Fetch until there is an answer."""
        attempt = 0
        while (trouble := await self._fetched(fetch)) is not None:
            pause = trouble.retry_after
            if pause is None:
                pause = self._means.timing.backoff(attempt, self._means.draw())
            attempt += 1
            retry_at = None if pause == inf else self._clock() + round(pause * SECOND)
            self._postpone(fetch.path, trouble.reason, retry_at)
            await sleep(pause, self._hurry)

    async def _fetched(self, fetch: Fetch) -> Disconnected | None:
        """Fetch once; return what stood in the way."""
        try:
            response = await self._access.rest.get(fetch.path, fetch.weight)
        except Disconnected as trouble:
            return trouble
        now = self._clock()
        self._asking.discard(fetch.key)
        if response.status == 200:
            url = self._access.documents + fetch.path
            self._outlet.received(now, "http", url, (response.body,))
        # An answer by REST says nothing of the connection.
        delivered, heard = self._delivered, self._heard
        try:
            self._take(self._adapter.receive_body(fetch.key, response.body, now), now)
        except MalformedFrame as error:
            self._outlet.complain(error)
            if response.status == 200:
                self._asking.add(fetch.key)
                return Disconnected(error.venue, f"unreadable answer: {error.reason}")
        except Rejected as error:
            self._reject(error, fetch.path)
        finally:
            self._delivered, self._heard = delivered, heard
        self.way.wake()
        return None

    def _postpone(self, path: str, reason: str, retry_at: int | None) -> None:
        """Say why books that are not there yet have to wait: the one that is asked for, or all."""
        named = [name for name in self._book_at if name.partition(":")[2] in path]
        for instrument in named or self._book_at:
            match self._states.get(instrument):
                case FeedState.GAP:
                    self._say(instrument, Word(FeedState.GAP, reason, retry_at))
                case FeedState.SYNCING | FeedState.CONNECTING:
                    self._say(instrument, Word(FeedState.CONNECTING, reason, retry_at))

    @contextmanager
    def _forgiving(self) -> Iterator[None]:
        try:
            yield
        except (MalformedFrame, Rejected) as error:
            self._complain(error)

    def _complain(self, error: MalformedFrame | Rejected) -> None:
        """Count an error; raise Disconnected when the connection is not worth keeping."""
        if isinstance(error, Rejected):
            self._reject(error)
            return
        self._outlet.complain(error)
        self._unreadable += 1
        if self._unreadable >= UNREADABLE:
            reason = f"{UNREADABLE} unreadable messages in a row: {error.reason}"
            raise Disconnected(error.venue, reason)

    def _reject(self, error: Rejected, about: str = "") -> None:
        """Say what the venue will not do, of the instruments it names or of all without a book."""
        self._outlet.complain(error)
        named = [name for name in self._vital if mentions(name, f"{error.reason} {about}")]
        for instrument in named or self._vital:
            if self._states.get(instrument) not in _THERE:
                self._rejected.add(instrument)
                self._say(instrument, Word(FeedState.CONNECTING, error.reason))


async def sleep(seconds: float, hurry: asyncio.Event) -> None:
    """Sleep, unless somebody is in a hurry."""
    hurry.clear()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds if seconds < inf else None):
            await hurry.wait()
