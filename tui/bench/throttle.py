"""A narrow line: bytes go in as fast as they come and arrive at the line's own rate.

Kernel, ssh and multiplexers take about a megabyte before they make a program wait, so a program
that only looks whether its writes block learns of a slow line some seconds late. Pure: the time is
handed in, in seconds on any clock.
"""

from bisect import bisect_left, bisect_right
from typing import Final

CAPACITY: Final = 1_000_000
"""Bytes that wait on the way, as kernel and ssh hold them."""
WAY: Final = 0.010
"""Seconds to the other end, and as many back."""


class Throttle:
    """Carries bytes at `rate` a second; each arrives `way` seconds after it has left.

    What waits is sent without a pause, so only the beginnings of busy stretches need be kept to say
    when any byte arrived.
    """

    def __init__(self, rate: float, way: float = WAY, capacity: int = CAPACITY) -> None:
        self.rate, self.way, self.capacity = rate, way, capacity
        self.accepted = 0
        """Bytes taken so far."""
        self.delivered = 0
        """Bytes that were handed out at the other end."""
        self._waiting = bytearray()
        self._starts: list[float] = []
        self._firsts: list[int] = []

    def room(self, now: float) -> int:
        """Bytes that may be given to it now."""
        gone = max(self._left(now), self.delivered)
        return max(0, self.capacity - (self.accepted - gone))

    def accept(self, data: bytes, now: float) -> None:
        """Take bytes; they queue behind those before."""
        if not self._starts or self._left(now) >= self.accepted:
            self._starts.append(now)
            self._firsts.append(self.accepted)
        self._waiting += data
        self.accepted += len(data)

    def deliver(self, now: float) -> bytes:
        """Hand out what has arrived since the last call."""
        return self._hand_out(max(0, self._left(now - self.way) - self.delivered))

    def rest(self) -> bytes:
        """Hand out all there is, as if the line were wide."""
        return self._hand_out(len(self._waiting))

    def arrival(self, count: int) -> float:
        """When the first `count` bytes are all at the other end; infinite where not yet taken."""
        if count > self.accepted or not self._starts:
            return float("inf")
        stretch = max(0, bisect_left(self._firsts, count) - 1)
        return self._starts[stretch] + (count - self._firsts[stretch]) / self.rate + self.way

    def _left(self, now: float) -> int:
        """Bytes that have left by a time."""
        stretch = bisect_right(self._starts, now) - 1
        if stretch < 0:
            return 0
        later = self._firsts[stretch + 1 : stretch + 2]
        end = later[0] if later else self.accepted
        return min(end, self._firsts[stretch] + int((now - self._starts[stretch]) * self.rate))

    def _hand_out(self, count: int) -> bytes:
        arrived = bytes(self._waiting[:count])
        del self._waiting[:count]
        self.delivered += count
        return arrived
