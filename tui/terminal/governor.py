"""Governor: how much drawing the processor and the way to the user's screen can bear right now.

Pure: times and sizes in, an `Effort` out. It lowers colour levels first, then scrolling gives way
to a sweep, then frames come slower; it steps down at once and comes back step by step.
"""

from collections import deque
from typing import Final, Literal, NamedTuple, TypeAlias

from tui.terminal.link import RECENT, Answers, Link

Why: TypeAlias = Literal["link", "budget", "behind", "late", "feeds"]
"""What a frame can be skipped for."""

SHARE: Final = 0.25
"""Of one core, the part that drawing may take."""
SILENT_BUDGET: Final = 100_000
"""Bytes a second for terminals that do not tell what they have shown."""
BURST: Final = 0.25
"""Seconds of a byte budget that one frame may run ahead."""
CROWDED, EASY = 0.40, 0.10
"""Shares of time in queues at which less, and again more, is drawn."""
LONG: Final = 0.12
"""Seconds in queues of one frame that need no average to be too many."""
CALM: Final = 5.0
"""Seconds a link must be easy before more is drawn."""
MOST_CALM: Final = 80.0
"""The same after it was more than it could bear time and again."""
SOON: Final = 10.0
"""Seconds within which crowding proves that a step up came too early."""
SLOWEST: Final = 1.0
"""Frames a second below which no link brings us."""


class Effort(NamedTuple):
    """What to draw with."""

    levels: int
    """Colour levels at most."""
    sweep: bool
    slower: int
    """How many times slower than asked frames come."""


EFFORTS: Final = (
    Effort(64, False, 1),
    Effort(16, False, 1),
    Effort(8, False, 1),
    Effort(8, True, 1),
    Effort(8, True, 2),
    Effort(8, True, 4),
    Effort(8, True, 8),
)
"""From all there is to what any link bears."""


class Budget:
    """A bucket of bytes that fills at a rate and may run ahead by one frame."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._room = rate * BURST
        self._at: float | None = None

    def spend(self, now: float, size: int) -> float:
        """Take a frame's bytes; return the seconds it takes beyond what had been saved up."""
        self._fill(now)
        self._room -= size
        return max(0.0, -self._room / self.rate)

    def wait(self, now: float) -> float:
        """Seconds until another frame may go."""
        self._fill(now)
        return max(0.0, -self._room / self.rate)

    def _fill(self, now: float) -> None:
        if self._at is not None:
            self._room = min(self.rate * BURST, self._room + (now - self._at) * self.rate)
        self._at = now


class Governor:
    """Weighs processor, link and attention.

    `bandwidth` is a byte budget set by hand. Switched off (`on` False) it weighs nothing: every
    frame is drawn, and what the terminal has not taken piles up on the way.
    """

    def __init__(
        self,
        fps: float,
        *,
        bandwidth: float | None = None,
        share: float = SHARE,
        on: bool = True,
    ) -> None:
        self.fps, self.share, self.on = fps, share, on
        self.link = Link()
        self.step = 0
        self.least_interval = 0.0
        """Set from outside where fewer frames do: an unfocused window."""
        self._budget = Budget(bandwidth) if bandwidth is not None else None
        self._by_hand = bandwidth is not None
        self._costs: deque[tuple[float, float]] = deque(maxlen=64)
        self._by_cpu = 0.0
        """The interval at which drawing takes its share of a core and no more."""
        self._overdrawn: deque[tuple[float, float]] = deque()
        self._moved = 0.0
        self._easy_since: float | None = None
        self._calm = CALM
        self._stepped_up = -SOON

    @property
    def effort(self) -> Effort:
        """What to draw with."""
        return EFFORTS[self.step]

    @property
    def interval(self) -> float:
        """Seconds from frame to frame."""
        asked = 1.0 / self.fps
        if not self.on:
            return asked
        slower = min(asked * self.effort.slower, max(asked, 1.0 / SLOWEST))
        return max(slower, self._by_cpu, self.least_interval)

    @property
    def limited(self) -> str:
        """What slows the picture down, in a word; nothing where nothing does."""
        if not self.on:
            return ""
        if self.step:
            return "link" if self._budget is None else "budget"
        return "cpu" if self._by_cpu > 1.0 / self.fps else ""

    def hold(self, now: float) -> Why | None:
        """Why not to draw at this moment; None where nothing speaks against it."""
        if not self.on:
            return None
        self._weigh(now)
        if self.link.blocked(now, self.interval):
            return "link"
        if self._rate(now) is not None and self._wait(now) > 0:
            return "budget"
        return None

    def drew(self, at: float, seconds: float) -> None:
        """A frame took so much of the processor."""
        self._costs.append((at, seconds))
        mean = sum([seconds for _, seconds in self._costs]) / len(self._costs)
        self._by_cpu = mean / self.share

    def load(self, now: float) -> float:
        """The share of one core that drawing took in the last second."""
        return sum(seconds for at, seconds in self._costs if now - at < 1.0)

    def sent(self, at: float, drawn: float, size: int, *, fenced: bool) -> None:
        """A frame was written, with a fence behind it or not."""
        if fenced:
            self.link.sent(at, drawn, size)
        budget = self._rate(at)
        if budget is not None:
            over = budget.spend(at, size)
            self._overdrawn.append((at, min(size / budget.rate, over + size / budget.rate)))
            if over > LONG:
                self._down(at)

    def answered(self, at: float) -> None:
        """The terminal answered a fence."""
        shown = self.link.answered(at)
        if shown is not None and shown.transit > LONG and at - self._moved > shown.age:
            self._down(at)

    def _rate(self, now: float) -> Budget | None:
        """The budget in force: the one set by hand, or a careful one where nobody answers."""
        if self._by_hand:
            return self._budget
        if self.link.answers is Answers.SILENT:
            if self._budget is None:
                self._budget = Budget(SILENT_BUDGET)
            return self._budget
        self._budget = None
        return None

    def _wait(self, now: float) -> float:
        budget = self._rate(now)
        return budget.wait(now) if budget is not None else 0.0

    def _busy(self, now: float) -> float:
        while self._overdrawn and self._overdrawn[0][0] < now - RECENT:
            self._overdrawn.popleft()
        budget = sum(seconds for _, seconds in self._overdrawn) / RECENT
        return max(self.link.busy(now), min(1.0, budget))

    def _weigh(self, now: float) -> None:
        """Step down where it is crowded, up where it has been easy for long enough."""
        busy = self._busy(now)
        if busy > CROWDED and now - self._moved > RECENT:
            self._down(now)
        elif busy > EASY or self.link.outstanding > 1:
            self._easy_since = None
        elif self._easy_since is None:
            self._easy_since = now
        elif self.step and now - self._easy_since > self._calm:
            self.step -= 1
            self._stepped_up = self._easy_since = self._moved = now

    def _down(self, now: float) -> None:
        if now - self._stepped_up < SOON:
            self._calm = min(MOST_CALM, self._calm * 2)
        elif now - self._moved > MOST_CALM:
            self._calm = CALM
        self.step = min(len(EFFORTS) - 1, self.step + 1)
        self._moved, self._easy_since = now, None
