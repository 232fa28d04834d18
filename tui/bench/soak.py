"""Soak: hours of market time at speed through every pane of the default layout, watching memory.

The monitor is the real one, without a terminal: events go into its markets, and every few seconds
of market time it draws all panes, whose changes are encoded as for a terminal.
"""

import gc
import os
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from functools import partial
from itertools import count, islice
from math import ceil
from pathlib import Path
from time import process_time
from typing import Final

import msgspec
import numpy as np
from msgspec.structs import replace

from feeds.errors import ConfigError
from feeds.replay import events as recorded
from feeds.simulate import events as simulated
from market.events import Event, FeedStatus, Kline, Listing
from tui.bench.asked import Asked, Row
from tui.bench.workload import DEFAULT_CAPTURE
from tui.desk.monitor import Monitor, Now
from tui.desk.session import Session
from tui.drawing.canvas import Canvas
from tui.drawing.encode import encode_update
from tui.launch import Demo, Launch
from tui.pane import Size
from tui.terminal.clock import FrameClock
from tui.terminal.damage import damage
from tui.terminal.governor import Governor

SECOND: Final = 1_000_000_000
HOUR: Final = 3600 * SECOND
EVERY: Final = 10 * SECOND
"""Market time between two pictures."""
SIZE: Final = Size(200, 50)
WARM_UP: Final = 5
"""Hours until every history is full: the longest, of the book by the second, holds four."""
MOST_SLOPE: Final = 1.0
MOST_MIB: Final = 400.0
_BATCH: Final = 64
_MIB: Final = 2**20


class Hour(msgspec.Struct, frozen=True):
    """Memory after so many hours of market time."""

    name: str
    hour: int
    rss_mib: float
    events: int
    processor_seconds: float

    def line(self) -> str:
        """Return the figures as one line of text."""
        return (
            f"{self.name}, hour {self.hour:3} {self.rss_mib:7.1f} MiB, {self.events:,} events,"
            f" {self.processor_seconds:.0f} s of processor time"
        )


class Soaked(msgspec.Struct, frozen=True):
    """How memory went over the whole time."""

    name: str
    source: str
    hours: float
    pictures: int
    slope_mib_an_hour: float
    """After the warm-up."""
    warm_up_hours: int
    most_mib: float
    hours_a_minute: float
    """Market hours in a minute of processor time."""

    @property
    def holds(self) -> bool:
        """Whether the goals are met."""
        return self.slope_mib_an_hour < MOST_SLOPE and self.most_mib <= MOST_MIB

    def line(self) -> str:
        """Return the figures as one line of text."""
        return (
            f"{self.name}: {self.hours:g} h of {self.source}, {self.pictures:,} pictures:"
            f" {self.slope_mib_an_hour:+.2f} MiB an hour after {self.warm_up_hours} h, most"
            f" {self.most_mib:.0f} MiB; {self.hours_a_minute:.1f} market hours a minute;"
            f" goal {MOST_SLOPE:.0f} MiB/h, {MOST_MIB:.0f} MiB: {'met' if self.holds else 'MISSED'}"
        )


def soak(asked: Asked) -> Iterator[Row]:
    """Play the hours; tell of each, and of all at the end."""
    path = asked.path or (DEFAULT_CAPTURE if DEFAULT_CAPTURE.exists() else None)
    if path is not None:
        feed, source = looped(path), f"{path.name} again and again"
    else:
        feed, source = simulated(7, asked.hours * 3600 + 60), "simulated market"
    tub = Tub(feed)
    gc.collect()
    # As the app does once its first frame is out.
    gc.freeze()
    hours: list[Hour] = []
    for hour in range(1, ceil(asked.hours) + 1):
        tub.run(tub.first + round(min(hour, asked.hours) * HOUR))
        hours.append(Hour("soak", hour, rss() / _MIB, tub.events, process_time() - tub.started))
        yield hours[-1]
    yield summary(hours, asked.hours, source, tub.pictures)


class Tub:
    """The monitor, its feed, and what of it was played."""

    def __init__(self, feed: Iterator[Event]) -> None:
        self.started = process_time()
        self.events = self.pictures = 0
        governor = Governor(10.0)
        self._monitor = Monitor(Launch(Demo()), FrameClock(governor), _NoTerminal(), tip=False)
        self._feed = feed
        self._canvas: Canvas | None = None
        while not self._clock() and self._take(_BATCH):
            pass
        self.first = self._clock()
        """Market time at the start."""

    def run(self, end: int) -> None:
        """Play up to a market time, with a picture every few seconds."""
        drawn = self._clock()
        while drawn < end and self._take(_BATCH):
            clock = self._clock()
            if clock - drawn >= EVERY:
                drawn = clock
                self._draw(clock)

    def _take(self, number: int) -> int:
        batch = list(islice(self._feed, number))
        self._monitor.session.markets.apply(batch)
        self._monitor.session.events += len(batch)
        self.events += len(batch)
        return len(batch)

    def _clock(self) -> int:
        market = self._monitor.market
        return market.clock if market is not None else 0

    def _draw(self, clock: int) -> None:
        seconds = clock / SECOND
        before = self._canvas
        canvas = self._monitor.frame(SIZE, Now(seconds, clock), partial(float, seconds))
        if canvas is None:
            return
        self.pictures += 1
        self._canvas = canvas
        if before is not None:
            spans = damage(before, canvas)
            if len(spans.rows):
                encode_update(canvas, *(edges.tolist() for edges in spans))


def looped(path: Path) -> Iterator[Event]:
    """A recording again and again, each time later by its own length."""
    first = last = 0
    for turn in count():
        by = turn * (last - first)
        for event in recorded(path):
            if not turn:
                first, last = first or event.ts_recv, max(last, event.ts_recv)
            yield shifted(event, by) if turn else event
        if last <= first:
            raise ConfigError(f"{path}: too short to be played again and again")


def shifted(event: Event, by: int) -> Event:
    """The same event so much later."""
    if isinstance(event, FeedStatus | Listing):
        return replace(event, ts_recv=event.ts_recv + by)
    changes = {"ts_recv": event.ts_recv + by}
    if event.ts_event is not None:
        changes["ts_event"] = event.ts_event + by
    if isinstance(event, Kline):
        changes |= {"start": event.start + by, "end": event.end + by}
    return replace(event, **changes)


def summary(hours: Sequence[Hour], length: float, source: str, pictures: int) -> Soaked:
    """What the hours come to."""
    warm = min(WARM_UP, len(hours) // 2)
    return Soaked(
        name="soak",
        source=source,
        hours=length,
        pictures=pictures,
        slope_mib_an_hour=slope([(hour.hour, hour.rss_mib) for hour in hours[warm:]]),
        warm_up_hours=warm,
        most_mib=max(hour.rss_mib for hour in hours),
        hours_a_minute=length / max(1e-9, hours[-1].processor_seconds) * 60,
    )


def slope(points: Iterable[tuple[float, float]]) -> float:
    """The steepness of the straight line nearest to the points; 0 where there is no line."""
    x, y = (np.array(values, float) for values in zip(*points, strict=True))
    apart = x - x.mean()
    return float((apart * (y - y.mean())).sum() / (apart**2).sum()) if apart.any() else 0.0


def rss() -> int:
    """Memory of this process that is in use now, in bytes."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except FileNotFoundError as error:
        raise ConfigError("this benchmark reads /proc, which is not here") from error
    return pages * os.sysconf("SC_PAGE_SIZE")


class _NoTerminal:
    """A shell for a monitor that nobody looks at."""

    def start(self, session: Session) -> None:
        """Nothing is pumped: events are applied here."""

    def work(self, task: Coroutine[None, None, None]) -> None:
        """Nobody asks for any."""

    def leave(self, code: int) -> None:
        """Nobody presses a key."""

    def to_background(self) -> None:
        """Nobody presses a key."""

    def redraw(self) -> None:
        """Every picture is drawn anyway."""

    def mouse(self, on: bool) -> None:
        """There is none."""
