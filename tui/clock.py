"""The frame clock: the only timer of the screen, which skips frames rather than fall behind."""

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

KEPT_FRAMES: Final = 36_000
"""Frame times kept for the percentiles: an hour at 10 frames a second."""
SHARE: Final = 0.6
"""Of a frame's interval, the part that drawing may take; the rest is for data and keys."""


class Percentiles(NamedTuple):
    """Frame times in milliseconds."""

    p50: float
    p95: float
    p99: float


class FrameClock:
    """Decides at each tick whether a frame is due, and counts what was drawn, skipped and spent.

    A frame is skipped when the terminal has not taken the ones before it, or when ticks themselves
    came late because something else held the loop. A tick on which no picture had changed is
    neither: nothing had to be drawn, and nothing is written.
    """

    def __init__(self, fps: float, behind: Callable[[], bool] = lambda: False) -> None:
        self.fps = fps
        self.interval = 1.0 / fps
        self.drawn = 0
        self.skipped = 0
        self._behind = behind
        self._spent: deque[float] = deque(maxlen=KEPT_FRAMES)
        self._recent: deque[float] = deque(maxlen=max(2, round(fps)))
        self._last_tick: float | None = None

    @property
    def budget(self) -> float:
        """Seconds that the drawing of one frame may take."""
        return self.interval * SHARE

    def due(self, now: float) -> bool:
        """Count the ticks that were missed since the last; say whether to draw on this one."""
        if self._last_tick is not None:
            late = (now - self._last_tick) / self.interval
            self.skipped += max(0, round(late) - 1)
        self._last_tick = now
        if self._behind():
            self.skipped += 1
            return False
        return True

    def rest(self) -> None:
        """Forget the last tick: the time until the next one was nobody's lateness."""
        self._last_tick = None

    def drew(self, now: float, seconds: float) -> None:
        """Count a frame that put something on the screen."""
        self.drawn += 1
        self._spent.append(seconds)
        self._recent.append(now)

    def rate(self, now: float) -> float:
        """Frames drawn in the last second."""
        return float(sum(1 for at in self._recent if now - at < 1.0))

    @property
    def latest_ms(self) -> float:
        """The mean frame time of the last second's worth of frames, in milliseconds."""
        count = min(len(self._spent), len(self._recent))
        if not count:
            return 0.0
        return sum(self._spent[-1 - i] for i in range(count)) / count * 1e3

    def percentiles(self) -> Percentiles:
        """Frame times since the start, zeros before the first frame."""
        if not self._spent:
            return Percentiles(0.0, 0.0, 0.0)
        values = np.percentile(np.array(self._spent), [50, 95, 99]) * 1e3
        return Percentiles(*(round(float(value), 3) for value in values))
