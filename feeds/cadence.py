"""The cadence: how often sockets are read, so that what arrives together is read together.

At a market's pace the wake-ups of the event loop cost more than the messages. A loop made here
reads its sockets at once when they were left alone for `gap` seconds, and else no sooner than that
after the last time; three times that in a flood, when there is more to read whenever it looks. Only
reading sockets ever waits: alarms from other threads (keys), signals, timers and writing come
through as on any loop.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector, DefaultSelector, SelectorKey
from time import monotonic
from typing import Any, Final, TypeAlias

GAP: Final = 0.008
"""Seconds: half of the least frame interval, and most of what can be saved is saved."""
_SMOOTH: Final = 1 / 64
"""Weight of one wake-up in the mean delay: half a second of a busy market."""
FLOOD: Final = 3
"""Times as long as usual that reading is put off in a flood."""
_FLOODED: Final = 0.85
"""The share of looks after a pause that find something to read, above which it is a flood."""
_GLANCE: Final = 0.001
"""Seconds that a loop which has something to do may go on before it looks for alarms again."""

Ready: TypeAlias = list[tuple[SelectorKey, int]]


class Cadence:
    """Makes the event loop that reads sockets at most every `gap` seconds; 0 reads at once."""

    def __init__(self, gap: float = GAP) -> None:
        self.gap = gap
        self._selector: PacedSelector | None = None

    @property
    def latency_ms(self) -> float:
        """By how much data was delayed of late for being read together, on average."""
        return self._selector.delay * 1e3 if self._selector is not None else 0.0

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """Make the loop, as `asyncio.Runner(loop_factory=...)` wants it."""
        if self.gap <= 0 or sys.platform == "win32":
            return asyncio.new_event_loop()
        self._selector = PacedSelector(self.gap)
        loop = asyncio.SelectorEventLoop(self._selector)
        # What is registered by now is the loop's own alarm.
        self._selector.settle()
        return loop


class PacedSelector(BaseSelector):
    """A selector whose sockets become readable no sooner than `gap` seconds after the last time.

    What is registered before `settle`, and everybody who waits to write, is never kept waiting.
    Two selectors stand behind it: one of all there is, one of what cannot wait.
    """

    def __init__(
        self,
        gap: float,
        clock: Callable[[], float] = monotonic,
        make: Callable[[], BaseSelector] = DefaultSelector,
    ) -> None:
        self.delay = 0.0
        """Seconds that reading was put off of late, on average over what was read."""
        self._gap, self._clock = gap, clock
        self._all, self._urgent = make(), make()
        self._alarms: frozenset[int] | None = None
        self._last = self._looked = clock() - gap
        self._held = 0.0
        self._found = 0.0
        """The share of first looks after a pause that found something to read, of late."""
        self._looked_since = True

    @property
    def gap(self) -> float:
        """Seconds between two times of reading, at present."""
        return self._gap * FLOOD if self._found > _FLOODED else self._gap

    def settle(self) -> None:
        """Let whoever registers for reading from now on wait."""
        self._alarms = frozenset(key.fd for key in self._all.get_map().values())

    # What is registered may be a descriptor or whatever has one, and so is what comes with it.
    def register(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
        """Begin to watch a file."""
        key = self._all.register(fileobj, events, data)
        if urgent := self._at_once(events):
            self._urgent.register(fileobj, urgent, data)
        return key

    def unregister(self, fileobj: Any) -> SelectorKey:
        """Watch a file no longer."""
        if fileobj in self._urgent.get_map():
            self._urgent.unregister(fileobj)
        return self._all.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
        """Watch a file for something else."""
        urgent, known = self._at_once(events), fileobj in self._urgent.get_map()
        if urgent and known:
            self._urgent.modify(fileobj, urgent, data)
        elif urgent:
            self._urgent.register(fileobj, urgent, data)
        elif known:
            self._urgent.unregister(fileobj)
        return self._all.modify(fileobj, events, data)

    def select(self, timeout: float | None = None) -> Ready:
        """What is ready, after at most `timeout` seconds; None waits for something."""
        began = self._clock()
        rest = self._last + self.gap - began
        if rest > 0:
            if timeout == 0 and began - self._looked < _GLANCE:
                return []
            bounded = timeout is not None and timeout <= rest
            ready = self._urgent.select(timeout if bounded else rest)
            self._looked = self._clock()
            waited = self._looked - began
            self._held += waited
            if ready or bounded:
                return ready
            timeout = None if timeout is None else max(0.0, timeout - waited)
        ready = self._all.select(0)
        if not ready and timeout != 0:
            # Nobody was there to be kept waiting.
            self._held = 0.0
            self._look(False)
            ready = self._all.select(timeout)
        for key, mask in ready:
            if mask & EVENT_READ and key.fd not in (self._alarms or ()):
                self._look(True)
                self._read()
                break
        return ready

    def get_map(self) -> Mapping[Any, SelectorKey]:
        """All that is watched."""
        return self._all.get_map()

    def close(self) -> None:
        """Watch nothing any more."""
        self._all.close()
        self._urgent.close()

    def _at_once(self, events: int) -> int:
        return events if self._alarms is None else events & EVENT_WRITE

    def _look(self, found: bool) -> None:
        """The first look after a pause found something to read, or nothing."""
        if not self._looked_since:
            self._looked_since = True
            self._found += (found - self._found) * _SMOOTH

    def _read(self) -> None:
        """Sockets are about to be read: what came evenly since the last time was put off by this.

        The time in which nobody asked is no delay of ours: the loop was busy with something else.
        """
        gap = self.gap
        held = min(self._held, gap)
        self.delay += (held * (1 - held / (2 * gap)) - self.delay) * _SMOOTH
        self._last = self._looked = self._clock()
        self._held, self._looked_since = 0.0, False
