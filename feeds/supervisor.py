"""The supervisor: one connection's life, the same loop for every venue.

Connect, open, pump, tick, watch; when it ends, say why, pause, and begin again, for ever. An
error's type decides the recovery: a malformed frame is counted and passed over, several in a row
or a line that is gone mean a new connection, and what the venue rejects is said and not repeated.
A connection is renewed before the venue would cut it; the old one is closed first, so a renewal
is a short outage and shown as one.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from feeds.adapter import Adapter, Fetch, Output, Resync, Send
from feeds.board import Word
from feeds.errors import Disconnected, FeedError, MalformedFrame, Rejected
from feeds.outlet import Outlet
from feeds.plan import Link
from feeds.rest import SECOND, SHARE, Bucket, Rest, pause_after, refusal
from feeds.timing import Timing
from feeds.transport import Connection, Transport, Unreachable
from market.events import BookDelta, BookSnapshot, FeedState, FeedStatus, Trade

UNREADABLE = 5
"""Malformed frames in a row after which a connection is not worth keeping."""
_WRITING = 1000
"""Frames an adapter may have waiting to be written; more is a fault that ends the connection."""


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
    connects: Bucket
    """Connection attempts still allowed."""
    sends: int
    """Frames a second that may be written to one connection."""


class Supervisor:
    """Keeps one link connected until it is cancelled."""

    def __init__(
        self, link: Link, address: str, adapter: Adapter, access: Access, means: Means
    ) -> None:
        self.link = link
        self._address = address
        self._adapter = adapter
        self._access = access
        self._means = means
        self._attempt = 0
        self._hurry = asyncio.Event()

    async def run(self) -> None:
        """Connect, carry, and after every end begin again."""
        self._tell(Word(FeedState.CONNECTING, f"connecting to {self.link.venue}"))
        while True:
            await self._turn()
            ended = await self._session()
            pause = self._pause(ended)
            retry_at = self._means.clock() + round(pause * SECOND)
            self._tell(Word(FeedState.CONNECTING, ended.reason, retry_at))
            await sleep(pause, self._hurry)

    def hurry(self) -> None:
        """Try again now instead of at the end of a pause."""
        self._hurry.set()

    def forget(self) -> None:
        """Take back what was said of this link's instruments: it is given up."""
        for instrument in self.link.vital:
            self._means.outlet.forget(self.link, instrument, self._means.clock())

    async def _turn(self) -> None:
        """Wait until the venue allows us another connection attempt."""
        bucket, clock = self._access.connects, self._means.clock
        pause = bucket.wait(1, clock())
        while pause:
            await asyncio.sleep(pause)
            pause = bucket.wait(1, clock())
        bucket.take(1, clock())

    async def _session(self) -> Disconnected:
        """Carry one connection from its opening to its end; return why it ended."""
        ended: FeedError | None = None
        session = None
        try:
            async with self._means.transport.connect(self._address) as connection:
                session = _Session(self, connection)
                await session.run()
        except* (Disconnected, Unreachable) as errors:
            ended = _first(errors)
        if session is not None and session.steady:
            self._attempt = 0
        return self._plainly(ended)

    def _plainly(self, error: FeedError | None) -> Disconnected:
        """The end of a connection in words for the one who watches the market."""
        venue = self.link.venue
        match error:
            case Disconnected():
                return error
            case Unreachable(status=int(status)) if status != 200:
                pause = pause_after(status, error.retry_after, self._attempt, self._means.timing)
                return Disconnected(venue, refusal(venue, status), pause)
            case Unreachable():
                return Disconnected(venue, error.reason)
        return Disconnected(venue, "the connection ended")

    def _pause(self, ended: Disconnected) -> float:
        """Seconds until the next attempt: as stated, else by our own choice."""
        self._attempt += 1
        if ended.retry_after is not None:
            return ended.retry_after
        return backoff(self._attempt - 1, self._means)

    def _tell(self, word: Word) -> None:
        for instrument in self.link.vital:
            self._means.outlet.say(self.link, instrument, word, self._means.clock())


class _Session:
    """One open connection: what comes in goes through the adapter, what it wishes for is done."""

    def __init__(self, supervisor: Supervisor, connection: Connection) -> None:
        self._link = supervisor.link
        self._adapter = supervisor._adapter
        self._access = supervisor._access
        self._means = supervisor._means
        self._hurry = supervisor._hurry
        self._connection = connection
        self._outlet = self._means.outlet
        self._clock = self._means.clock
        self._name = self._outlet.opened()
        self._writing = asyncio.Queue[str](_WRITING)
        self._group: asyncio.TaskGroup
        self._states: dict[str, FeedState] = {}
        self._rejected: set[str] = set()
        self._asking: set[str] = set()
        self._unreadable = 0
        self._delivered = self._greeted = False
        self._opened = self._heard = self._clock()
        self._book_at = dict.fromkeys(self._link.books, self._opened)
        timing = self._means.timing
        age = timing.rotate + timing.rotate_spread * (2 * self._means.draw() - 1)
        self._lifetime = round(age * SECOND)

    @property
    def steady(self) -> bool:
        """Whether it carried data for long enough to forget earlier failures."""
        age = self._clock() - self._opened
        return self._delivered and age >= self._means.timing.steady * SECOND

    async def run(self) -> None:
        """Carry the connection until it ends; raise Disconnected or Unreachable."""
        for instrument in self._link.vital:
            self._say(instrument, Word(FeedState.SYNCING, "waiting for the first data"))
        async with asyncio.TaskGroup() as self._group:
            self._group.create_task(self._write())
            self._group.create_task(self._watch())
            with self._forgiving():
                now = self._opened
                self._take(self._adapter.open(self._link.subscriptions, now), now)
            await self._pump()

    async def _pump(self) -> None:
        """Take frame after frame; those the socket has at hand are taken without a pause."""
        receive, clock, outlet = self._connection.receive, self._clock, self._outlet
        while True:
            frame = await receive()
            now = clock()
            outlet.received(now, self._name, self._link.url, frame)
            try:
                self._take(self._adapter.receive(frame, now), now)
            except (MalformedFrame, Rejected) as error:
                self._complain(error)
            else:
                self._unreadable, self._heard = 0, now
                if not self._greeted:
                    self._greet()
            outlet.wake()
            if outlet.full:
                await outlet.room()

    def _take(self, outputs: Iterable[Output], now: int) -> None:
        """Pass events on, and do what is wished for."""
        put = self._outlet.put
        for output in outputs:
            match output:
                case Trade():
                    put(output)
                    self._delivered = True
                case BookDelta() | BookSnapshot():
                    put(output)
                    self._book_at[output.instrument] = now
                    self._delivered = True
                case Send():
                    self._writing.put_nowait(output.frame)
                case Fetch():
                    self._ask(output)
                case FeedStatus():
                    self._heed(output)
                case Resync():
                    self._outlet.counts.gaps += 1
                    if self._states.get(output.instrument) is not FeedState.GAP:
                        self._say(output.instrument, Word(FeedState.GAP, output.reason))
                case _:
                    put(output)

    def _heed(self, status: FeedStatus) -> None:
        """Note what the adapter says of an instrument, or of all of them."""
        word = Word(status.state, status.reason, status.retry_at)
        for instrument in [status.instrument] if status.instrument else self._link.vital:
            self._say(instrument, word, status.ts_recv)

    def _say(self, instrument: str, word: Word, now: int | None = None) -> None:
        self._states[instrument] = word.state
        self._outlet.say(self._link, instrument, word, self._clock() if now is None else now)

    def _greet(self) -> None:
        """Believe in an instrument without a book from the first message on."""
        self._greeted = True
        for instrument in self._link.vital:
            if instrument not in self._book_at and instrument not in self._rejected:
                self._say(instrument, Word(FeedState.LIVE))

    async def _write(self) -> None:
        """Write what waits, at a part of the pace that the venue allows."""
        while True:
            frame = await self._writing.get()
            self._outlet.sent(self._clock(), self._name, self._link.url, frame)
            await self._connection.send(frame)
            await asyncio.sleep(1 / (self._access.sends * SHARE))

    async def _watch(self) -> None:
        """Give the adapter the time, and look at the age of the data."""
        while True:
            await asyncio.sleep(self._means.timing.tick)
            now = self._clock()
            with self._forgiving():
                self._take(self._adapter.tick(now), now)
            if not self._outlet.full:
                self._check_ages(now)
            self._outlet.wake()

    def _check_ages(self, now: int) -> None:
        """Say which books are stale; raise Disconnected where the connection seems dead."""
        timing, live = self._means.timing, (FeedState.LIVE, FeedState.STALE)
        if now - self._opened > self._lifetime:
            raise Disconnected(self._link.venue, "planned renewal of the connection", 0.0)
        fresh = self._heard
        shown = [name for name in self._book_at if self._states.get(name) in live]
        if shown:
            fresh = max(self._book_at[name] for name in shown)
        patience = timing.dead if self._link.books else timing.silent
        if now - fresh > patience * SECOND:
            raise Disconnected(self._link.venue, f"no data for {patience:g} s")
        for name in shown:
            old = now - self._book_at[name] > timing.stale * SECOND
            if old != (self._states[name] is FeedState.STALE):
                stale = Word(FeedState.STALE, f"no book data for {timing.stale:g} s")
                self._say(name, stale if old else Word(FeedState.LIVE))

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
                pause = backoff(attempt, self._means)
            attempt += 1
            self._postpone(trouble.reason, self._clock() + round(pause * SECOND))
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
            self._outlet.received(now, "http", self._access.documents + fetch.path, response.body)
        try:
            self._take(self._adapter.receive_body(fetch.key, response.body, now), now)
        except MalformedFrame as error:
            self._outlet.complain(error)
            if response.status == 200:
                self._asking.add(fetch.key)
                return Disconnected(error.venue, f"unreadable answer: {error.reason}")
        except Rejected as error:
            self._reject(error, fetch.path)
        self._outlet.wake()
        return None

    def _postpone(self, reason: str, retry_at: int) -> None:
        """Say why books that are not there yet have to wait."""
        for instrument in self._book_at:
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
            raise Disconnected(error.venue, f"{UNREADABLE} unreadable messages in a row")

    def _reject(self, error: Rejected, about: str = "") -> None:
        """Say what the venue will not do, of the instruments it names or of all."""
        self._outlet.complain(error)
        vital = self._link.vital
        named = [name for name in vital if _names(name, f"{error.reason} {about}")]
        for instrument in named or vital:
            self._rejected.add(instrument)
            self._say(instrument, Word(FeedState.CONNECTING, str(error)))


def backoff(attempt: int, means: Means) -> float:
    """Full jitter: seconds at random below a bound that doubles with each failed attempt."""
    timing = means.timing
    bound = timing.backoff_first * 2.0 ** min(attempt, 32)
    return means.draw() * min(timing.backoff_most, bound)


async def sleep(seconds: float, hurry: asyncio.Event) -> None:
    """Sleep, unless somebody is in a hurry."""
    hurry.clear()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await hurry.wait()


def _names(instrument: str, text: str) -> bool:
    """Whether a text mentions the symbol of an instrument as a whole word."""
    symbol = re.escape(instrument.partition(":")[2])
    return re.search(rf"(?<!\w){symbol}(?!\w)", text) is not None


def _first(errors: BaseExceptionGroup[FeedError]) -> FeedError:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, FeedError)
    return error
