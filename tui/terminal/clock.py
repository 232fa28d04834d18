"""The frame clock: the only timer of the screen, which skips frames rather than fall behind."""

from collections import Counter, deque
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from tui.terminal.governor import Governor, Why

KEPT_FRAMES: Final = 36_000
"""Frame times kept for the percentiles: an hour at 10 frames a second."""
SHARE: Final = 0.6
"""Of a frame's interval, the part that drawing may take; the rest is for data and keys."""
RECENT: Final = 1.0
"""Seconds over which the figures on the screen are taken."""


class Percentiles(NamedTuple):
    """Frame times in milliseconds."""

    p50: float
    p95: float
    p99: float


class Written(NamedTuple):
    """A write to the terminal: when, and how many bytes."""

    at: float
    size: int


class FrameClock:
    """Decides when a frame is due, and counts what was drawn, skipped and spent.

    A frame is skipped when the governor holds it back, when the terminal has not taken the ones
    before it, or when ticks themselves came late because something else held the loop. A tick on
    which no picture had changed is neither: nothing had to be drawn, and nothing is written.
    """

    def __init__(self, governor: Governor, behind: Callable[[], bool] = lambda: False) -> None:
        self.governor = governor
        self.drawn = 0
        self.skips: Counter[Why] = Counter()
        self._behind = behind
        self._spent: deque[float] = deque(maxlen=KEPT_FRAMES)
        self._recent: deque[float] = deque(maxlen=128)
        self._written: deque[Written] = deque()
        self._next: float | None = None
        self.reason: Why | None = None
        """Why the last tick was held back, None where it was not."""

    @property
    def skipped(self) -> int:
        """Frames skipped since the start, whatever the reason."""
        return self.skips.total()

    @property
    def budget(self) -> float:
        """Seconds that the drawing of one frame may take."""
        return self.governor.interval * SHARE

    def wait(self, now: float) -> float:
        """Seconds until the next tick."""
        return 0.0 if self._next is None else max(0.0, self._next - now)

    def due(self, now: float) -> bool:
        """Count the ticks that were missed since the last; say whether to draw on this one."""
        interval = self.governor.interval
        if self._next is not None and self.reason is None:
            self.skips["late"] += max(0, round((now - self._next) / interval))
        # On the grid where ticks are in time, from now on where they are not.
        due = self._next if self._next is not None and now - self._next < interval else now
        self._next = due + interval
        self.reason = self.governor.hold(now)
        if self.reason is None and self.governor.on and self._behind():
            self.reason = "behind"
        if self.reason is not None:
            self.skips[self.reason] += 1
        return self.reason is None

    def hasten(self, now: float) -> None:
        """Tick at once: what held the last frame back is gone."""
        self._next = now

    def rest(self) -> None:
        """Forget the last tick: the time until the next one was nobody's lateness."""
        self._next = None

    def drew(self, now: float, seconds: float) -> None:
        """Count a frame that put something on the screen."""
        self.drawn += 1
        self._spent.append(seconds)
        self._recent.append(now)
        self.governor.drew(now, seconds)

    def wrote(self, now: float, size: int) -> None:
        """Count bytes given to the terminal."""
        self._written.append(Written(now, size))
        self._forget(now)

    def bytes_rate(self, now: float) -> float:
        """Bytes given to the terminal in the last second."""
        self._forget(now)
        return float(sum(written.size for written in self._written))

    def rate(self, now: float) -> float:
        """Frames drawn in the last second."""
        return float(sum(1 for at in self._recent if now - at < RECENT))

    @property
    def latest_ms(self) -> float:
        """The mean frame time of the last second's worth of frames, in milliseconds."""
        count = min(len(self._spent), len(self._recent), max(2, round(self.governor.fps)))
        if not count:
            return 0.0
        return sum(self._spent[-1 - i] for i in range(count)) / count * 1e3

    def percentiles(self) -> Percentiles:
        """Frame times since the start, zeros before the first frame."""
        if not self._spent:
            return Percentiles(0.0, 0.0, 0.0)
        values = np.percentile(np.array(self._spent), [50, 95, 99]) * 1e3
        return Percentiles(*(round(float(value), 3) for value in values))

    def _forget(self, now: float) -> None:
        while self._written and now - self._written[0].at > RECENT:
            self._written.popleft()
