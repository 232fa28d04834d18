"""Pace: when something stamped with market time is due on the wall."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeAlias

Clock: TypeAlias = Callable[[], float]
"""Seconds that only grow."""
Sleep: TypeAlias = Callable[[float], Awaitable[None]]

NAP = 0.05
"""No single sleep is longer, in seconds: so quickly a pause begins and ends."""
QUANTUM = 0.016
"""No wait is shorter, in seconds: so what is due within a picture's time comes in one batch."""
LAG = 2.0
"""Seconds behind after which the lost time is given up instead of being raced after."""
SECOND = 1_000_000_000


class Pace:
    """Holds a flow of stamped things to `speed` times real time; None holds it to nothing.

    While `paused()` says so, time stands still at any speed.
    """

    def __init__(
        self,
        speed: float | None,
        paused: Callable[[], bool],
        clock: Clock = monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.speed = speed
        self._paused = paused
        self._clock = clock
        self._sleep = sleep
        self._anchor: tuple[float, int] | None = None
        """A wall time and the position that is due at it."""

    def due(self, position: int) -> bool:
        """Whether what is stamped `position` (ns) may be shown now."""
        return not self._paused() and self._wait(position) <= 0

    async def reach(self, position: int) -> None:
        """Wait until `position` is due."""
        while True:
            if self._paused():
                await self._stand()
            wait = self._wait(position)
            if wait <= 0:
                self._give_up_lag(wait, position)
                return
            await self._sleep(min(max(wait, QUANTUM), NAP))

    def _wait(self, position: int) -> float:
        """Seconds until a position is due; the first one asked about is due at once."""
        if self.speed is None:
            return 0.0
        if self._anchor is None:
            self._anchor = (self._clock(), position)
        wall, anchored = self._anchor
        return wall + (position - anchored) / SECOND / self.speed - self._clock()

    async def _stand(self) -> None:
        """Stand still while paused, then go on from where time stood."""
        began = self._clock()
        while self._paused():
            await self._sleep(NAP)
        if self._anchor is not None:
            wall, anchored = self._anchor
            self._anchor = (wall + self._clock() - began, anchored)

    def _give_up_lag(self, wait: float, position: int) -> None:
        if self.speed is not None and wait < -LAG:
            self._anchor = (self._clock(), position)
