"""A session: one source pumped into the markets it feeds, until it ends or is replaced."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol, assert_never, runtime_checkable

from feeds.errors import Disconnected, FeedError
from feeds.plan import Beside
from feeds.source import Source
from market.basis import TimeBasis, parse_basis
from market.events import Event
from market.market import Market
from market.markets import Markets
from tui.launch import Attached, Demo, LiveMarkets, Opening, Recording

if TYPE_CHECKING:
    from feeds.memory import Memory

WINDOW: Final = 2.0
"""Seconds over which messages a second are counted."""
PIECE: Final = 64
"""Events applied before anybody looks at the time."""
TURN: Final = 0.005
"""Seconds for which events may keep keys and sockets waiting."""

FIRST: Final = "1m"
"""The candles that a source has unless it is asked for others."""
CANDLES: Final = ("1d", "12h", "8h", "6h", "4h", "2h", "1h", "30m", "15m", "5m", "3m", "1m")
"""Lengths of candles that venues offer, longest first."""


@runtime_checkable
class Retrying(Protocol):
    """A source that can be told not to wait for its next attempt."""

    def retry(self) -> None:
        """Try again now."""
        ...


@runtime_checkable
class Stating(Protocol):
    """A source that can have more of its instruments than it always has."""

    def want_beside(self, extra: Beside) -> None:
        """Have this too, and nothing else beside what there always is."""
        ...


@runtime_checkable
class Crowding(Protocol):
    """A source that can have more than is taken from it."""

    @property
    def crowded(self) -> bool:
        """Whether more comes of late than is taken at a time."""
        ...


@runtime_checkable
class Recorded(Protocol):
    """A source whose traffic may be written down."""

    @property
    def recording(self) -> Path | None:
        """Where to; None where nobody wants that."""
        ...

    @property
    def recording_failure(self) -> OSError | None:
        """Why that is not so any more."""
        ...


class Session:
    """What is being watched: its source once opened, the markets, and how it is going.

    The pump is a worker of the app's: it waits for the source and holds no timer. Where the
    source gives an error up, the pump ends and `error` says why; the screen stays.
    """

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self.markets = Markets(stepwise=True)
        self.source: Source | None = None
        self.events = 0
        self.error: FeedError | None = None
        self.memory: Memory | None = None
        """What reads the past of live markets; None where nobody recorded any."""
        self.heed: Callable[[Markets, Sequence[Event], int], None] | None = None
        """What has the markets take events and looks at them, told since when they are no past."""
        self._interval, self._extra = FIRST, Beside()
        self._counts: deque[tuple[float, int]] = deque([(monotonic(), 0)], maxlen=64)

    async def run(self) -> None:
        """Open the source and apply its events until it ends."""
        try:
            # In a thread: what a source loads and reads first must not hold the picture up.
            opening = self.opening
            source = await asyncio.to_thread(open_source, opening)
            asked = (self.opening, self._interval) != (opening, FIRST)
            if asked and isinstance(self.opening, LiveMarkets):
                source.want(self.opening.instruments, self._interval)
            self.source = source
            if isinstance(source, Stating):
                source.want_beside(self._extra)
            self.memory = _memory(opening, source)
            if self.memory is None:
                await self._pump(source)
            else:
                await self._recall(source, self.memory)
        except FeedError as error:
            self.error = error

    async def _pump(self, source: Source) -> None:
        async with aclosing(source.batches()) as batches:
            async for batch in batches:
                await self._apply(batch)

    async def _recall(self, source: Source, memory: "Memory") -> None:
        """Apply a source's events while the past is read beside, and join the two."""
        ended: list[FeedError] = []
        memory.want(self.instruments)
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(memory.run())
                await self._pump(source)
                reading.cancel()
        except* FeedError as errors:
            ended += [error for error in errors.exceptions if isinstance(error, FeedError)]
        if ended:
            raise ended[0]

    async def _apply(self, batch: list[Event]) -> None:
        """Apply events, a large batch with turns for keys and sockets in between."""
        began = monotonic()
        for start in range(0, len(batch), PIECE):
            if start and monotonic() - began > TURN:
                await asyncio.sleep(0)
                began = monotonic()
            piece = batch[start : start + PIECE] if len(batch) > PIECE else batch
            if self.heed is None:
                self.markets.apply(piece)
            else:
                self.heed(self.markets, piece, getattr(self.source, "since", 0))
            self.events += len(piece)
        if self.memory is not None and self.memory.pending:
            self.memory.join(self.markets)

    @property
    def keeping(self) -> str:
        """What there is to say of recordings, the one being made and those being read."""
        # Every frame asks, and to compare with a protocol takes long.
        failure: OSError | None = getattr(self.source, "recording_failure", None)
        if failure is not None:
            return f"not recorded: {failure.strerror}".lower()
        memory = self.memory
        if memory is None:
            return ""
        return "reading the past" if memory.reading else memory.complaint

    @property
    def label(self) -> str:
        """What is being watched, in a few words."""
        if self.source is not None:
            return self.source.label
        return describe(self.opening)

    @property
    def paused(self) -> bool:
        """Whether the market's own time has been stopped."""
        return self.source is not None and self.source.paused

    @property
    def finished(self) -> bool:
        """Whether all there was has been played."""
        return self.source is not None and self.source.finished

    @property
    def live(self) -> bool:
        """Whether this is the real market, whose time nobody stops."""
        return isinstance(self.opening, LiveMarkets)

    @property
    def crowded(self) -> bool:
        """Whether events come faster than they are taken, so that drawing should wait."""
        return isinstance(self.source, Crowding) and self.source.crowded

    @property
    def unreached(self) -> Disconnected | None:
        """Why nothing ever came of any live instrument; None where something did, or still may."""
        if not self.live:
            return None
        markets = [self.markets.get(name) for name in self.instruments]
        if any(market and (market.book is not None or len(market.trades)) for market in markets):
            return None
        for market in markets:
            if market is not None and market.status.retry_at is not None:
                return Disconnected(market.id.partition(":")[0], market.status.reason)
        return None

    @property
    def instruments(self) -> list[str]:
        """Every instrument met or asked for, in that order."""
        asked = self.opening.instruments if isinstance(self.opening, LiveMarkets) else ()
        known = self.source.instruments if self.source is not None else ()
        return list(dict.fromkeys((*asked, *known, *self.markets.ids)))

    @property
    def first(self) -> str | None:
        """The first of these instruments, where there is any."""
        if isinstance(self.opening, LiveMarkets) and self.opening.instruments:
            return self.opening.instruments[0]
        return next(iter(self.instruments), None)

    def market(self, instrument: str | None) -> Market | None:
        """The market of an instrument, None before its first event."""
        return self.markets.get(instrument) if instrument is not None else None

    def add(self, instrument: str) -> None:
        """Watch one more live instrument; ConfigError when it cannot be."""
        assert isinstance(self.opening, LiveMarkets)
        wanted = (*self.opening.instruments, instrument)
        if self.source is not None:
            self.source.want(wanted, self._interval)
        self.markets.expect(instrument)
        self.opening = replace(self.opening, instruments=wanted)
        if self.memory is not None:
            self.memory.want(wanted)

    def drop(self, instrument: str) -> None:
        """Watch one live instrument less, and forget what came of it."""
        assert isinstance(self.opening, LiveMarkets)
        wanted = tuple(name for name in self.opening.instruments if name != instrument)
        if self.source is not None:
            self.source.want(wanted, self._interval)
        self.markets.drop(instrument)
        self.opening = replace(self.opening, instruments=wanted)

    def want_interval(self, timeframe: str) -> None:
        """Have the venue's own candles for a timeframe, as far back as it tells of them."""
        interval = candle_interval(timeframe)
        if interval != self._interval and isinstance(self.opening, LiveMarkets):
            self._interval = interval
            if self.source is not None:
                self.source.want(self.opening.instruments, interval)

    def want_beside(self, extra: Beside) -> None:
        """Have what the panes show beside trades, books and candles."""
        if extra != self._extra:
            self._extra = extra
            if isinstance(self.source, Stating):
                self.source.want_beside(extra)

    def retry(self) -> bool:
        """Try again now; say whether the source knows how to."""
        if isinstance(self.source, Retrying):
            self.source.retry()
            return True
        return False

    def rate(self, now: float) -> float:
        """Events a second, over the last seconds."""
        counts = self._counts
        if now - counts[-1][0] >= WINDOW / 8:
            counts.append((now, self.events))
        while len(counts) > 2 and now - counts[0][0] > WINDOW:
            counts.popleft()
        (since, before), (at, events) = counts[0], counts[-1]
        return (events - before) / (at - since) if at > since else 0.0


def describe(opening: Opening) -> str:
    """What an opening leads to, in a few words."""
    match opening:
        case LiveMarkets(instruments):
            return ", ".join(instruments)
        case Demo(seed, beside):
            several = "s" if beside else ""
            numbers = ", ".join(map(str, (seed, *beside)))
            return f"simulated market{several}, seed{several} {numbers}"
        case Recording(path) | Attached(path):
            return path.name
        case _:
            assert_never(opening)


def candle_interval(timeframe: str) -> str:
    """The longest candles of the venue's that bars of a timeframe can be made of."""
    basis = parse_basis(timeframe)
    if isinstance(basis, TimeBasis):
        for word in CANDLES:
            candle = parse_basis(word)
            if isinstance(candle, TimeBasis) and basis.interval % candle.interval == 0:
                return word
    return "1m"


def open_source(opening: Opening) -> Source:
    """Make the source of an opening; each loads what it needs only now, after the first frame."""
    match opening:
        case LiveMarkets(instruments, endpoints, record):
            from feeds.live import Live

            return Live(instruments, endpoints, record=record)
        case Demo(seed, beside):
            from feeds.simulate import Simulate

            return Simulate(seed, beside=beside)
        case Recording(path, speed, start):
            from feeds.replay import Replay

            return Replay(path, speed=speed, start=start)
        case Attached(place):
            from feeds.follow import Follow

            return Follow(place)
        case _:
            assert_never(opening)


def _memory(opening: Opening, source: Source) -> "Memory | None":
    """What reads the past of an opening, where it has any."""
    if not isinstance(opening, LiveMarkets) or opening.past is None:
        return None
    from feeds.memory import Memory

    return Memory(opening.past, source.recording if isinstance(source, Recorded) else None)
