"""Link: how far the user's screen is behind, told by the terminal's own answers.

Kernel, ssh and multiplexers hold about a megabyte, so what was written says nothing about what has
been shown. A status request (`CSI 6n`, the fence) goes out behind each frame; its answer comes when
everything before it has been read at the other end. Times are seconds on one monotonic clock.
"""

from collections import deque
from enum import StrEnum
from typing import Final, NamedTuple

PATIENCE: Final = 1.0
"""Seconds until a terminal that has never answered counts as one that does not."""
LOST: Final = 4.0
"""Seconds after which an answer will not come any more: detached, suspended, swallowed."""
LOSSES: Final = 3
"""Lost answers in a row that make a terminal silent."""
ASK_AGAIN: Final = 10.0
"""Seconds between questions to a silent terminal."""
MEMORY: Final = 30.0
"""Seconds for which round trips are remembered: the least of them is the way itself."""
RECENT: Final = 3.0
"""Seconds over which figures are averaged."""
JITTER: Final = 0.010
"""Seconds a round trip may vary without any queue."""


class Answers(StrEnum):
    """Whether the terminal tells what it has shown."""

    ASKED = "asked"
    YES = "yes"
    SILENT = "silent"


class Sent(NamedTuple):
    """A frame on its way: when it was written, when its picture was taken, its bytes."""

    at: float
    drawn: float
    size: int


class Shown(NamedTuple):
    """A frame that the terminal has answered for."""

    at: float
    """When the answer came."""
    age: float
    """How old the picture was by then."""
    transit: float
    """Seconds it took longer than the way itself: time spent in queues."""
    size: int


class Link:
    """The way to the user's screen."""

    def __init__(self) -> None:
        self.answers = Answers.ASKED
        self._waiting: deque[Sent] = deque()
        self._trips: deque[tuple[float, float]] = deque()
        """When, and how long: of late, without those that a later and shorter one outdid."""
        self._shown: deque[Shown] = deque()
        self._asked = 0.0
        self._losses = 0
        self._age = 0.0

    @property
    def outstanding(self) -> int:
        """Frames not answered for."""
        return len(self._waiting)

    @property
    def way(self) -> float:
        """The least round trip of late, in seconds."""
        return self._trips[0][1] if self._trips else 0.0

    def sent(self, at: float, drawn: float, size: int) -> None:
        """A frame and its fence were written."""
        self._waiting.append(Sent(at, drawn, size))
        self._asked = at

    def answered(self, at: float) -> Shown | None:
        """The terminal answered; return the frame it answered for."""
        self.answers, self._losses = Answers.YES, 0
        if not self._waiting:
            return None
        frame = self._waiting.popleft()
        trip = at - frame.at
        while self._trips and self._trips[-1][1] >= trip:
            self._trips.pop()
        self._trips.append((at, trip))
        while self._trips[0][0] < at - MEMORY:
            self._trips.popleft()
        shown = Shown(at, at - frame.drawn, max(0.0, trip - self.way - JITTER), frame.size)
        self._shown.append(shown)
        self._forget(at)
        return shown

    def wants_fence(self, now: float) -> bool:
        """Whether to send a fence behind a frame: always, but seldom to a silent terminal."""
        return self.answers is not Answers.SILENT or now - self._asked >= ASK_AGAIN

    def blocked(self, now: float, interval: float) -> bool:
        """Whether the next frame would only queue behind those on their way.

        Two may be on their way where the way is long rather than narrow.
        """
        self._expire(now)
        if self.answers is Answers.SILENT:
            return False
        latest = self._shown[-1].transit if self._shown else 0.0
        wide = self.answers is Answers.YES and latest < interval / 2
        return len(self._waiting) > (1 if wide or self.answers is Answers.ASKED else 0)

    def busy(self, now: float) -> float:
        """The share of the last seconds in which frames stood in queues, 0 to 1."""
        self._forget(now)
        return min(1.0, sum(shown.transit for shown in self._shown) / RECENT)

    def age(self, now: float) -> float | None:
        """How old the shown pictures were of late, in seconds; None where nobody tells."""
        if self.answers is not Answers.YES:
            return None
        self._forget(now)
        if self._shown:
            self._age = sum(shown.age for shown in self._shown) / len(self._shown)
        stuck = now - self._waiting[0].drawn if self._waiting else 0.0
        return max(self._age, stuck)

    def _expire(self, now: float) -> None:
        """Give up waiting for answers that will not come."""
        patience = PATIENCE if self.answers is Answers.ASKED else LOST
        if not self._waiting or now - self._waiting[0].at < patience:
            return
        self._waiting.clear()
        self._losses += 1
        if self.answers is not Answers.YES or self._losses >= LOSSES:
            self.answers = Answers.SILENT

    def _forget(self, now: float) -> None:
        while self._shown and self._shown[0].at < now - RECENT:
            self._shown.popleft()
