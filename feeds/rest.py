"""REST requests within what a venue allows: a pure budget, and a thin shell that waits for it.

A host is asked for at most 60 % of its published weight, and the header that states the weight
used is believed over our own count. An answer that asks for patience (429, 418, 403, 451) stops
the whole host, for everyone, until the time it named or its kind calls for.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from feeds.door import Post
from feeds.errors import Disconnected
from feeds.timing import Timing
from feeds.transport import Response, Transport, Unreachable, retry_after

SECOND = 1_000_000_000
SHARE = 0.6
"""The part of a published limit that we use: the rest of the household may be trading."""
IN_FLIGHT = 4
"""Requests to one host at the same time."""
_RAMP = 0.05
"""Seconds of random delay for each request that is waiting beyond those in flight."""

_Ask: TypeAlias = Callable[[], Awaitable[Response]]


_LEAST = 0.001
"""Seconds: no wait is shorter."""
REFILL = 0.35
"""The part of a published limit that comes back in its time: what is used at once and what follows
stay below it in any such time, wherever the venue lets it begin."""


class Bucket:
    """A token bucket: `capacity` at once, and `refill` (as much again) in every `seconds`."""

    def __init__(self, capacity: float, seconds: float, refill: float | None = None) -> None:
        self.capacity = capacity
        self._refilled = capacity if refill is None else refill
        self._seconds = seconds
        self._tokens = capacity
        self._at: int | None = None

    def wait(self, amount: float, now: int) -> float:
        """Seconds until `amount` may be taken; more than the capacity needs a full bucket."""
        self._refill(now)
        missing = min(amount, self.capacity) - self._tokens
        # A wait that no clock can tell from none would be waited again and again.
        return max(_LEAST, missing * self._seconds / self._refilled) if missing > 0 else 0.0

    def take(self, amount: float, now: int) -> None:
        """Take an amount, into debt if need be."""
        self._refill(now)
        self._tokens -= amount

    def set(self, tokens: float, now: int) -> None:
        """Believe somebody who knows better what is left."""
        self._refill(now)
        self._tokens = min(tokens, self.capacity)

    def _refill(self, now: int) -> None:
        # A clock that was set back costs nothing but the time it takes to catch up.
        passed = 0 if self._at is None else max(0, now - self._at)
        grown = self._tokens + passed / SECOND * self._refilled / self._seconds
        self._tokens = min(self.capacity, grown)
        self._at = now


class Budget:
    """What one host still allows: weight to spend, and pauses it asked for.

    `weight` is what it allows in `seconds`; `used` and `left` are headers that state how much of
    it was used and how much is left.
    """

    def __init__(
        self,
        venue: str,
        weight: int,
        used: str,
        timing: Timing,
        *,
        left: str = "",
        seconds: float = 60.0,
    ) -> None:
        self.venue = venue
        self._used, self._left = used.lower(), left.lower()
        self._reserve = weight * (1 - SHARE)
        self._timing = timing
        self._bucket = Bucket(weight * SHARE, seconds, weight * REFILL)
        self._flying = 0
        self._slowed = 0
        self._until: float = 0
        self._reason = ""
        self._chosen = False
        """The present pause is of our own choice, not the host's."""

    def wait(self, weight: int, now: int) -> float:
        """Seconds to wait before a request of this weight; raise Disconnected in a pause."""
        if now < self._until:
            left = max(_LEAST, (self._until - now) / SECOND)
            raise Disconnected(self.venue, self._reason, left)
        return self._bucket.wait(weight, now)

    def spend(self, weight: int, now: int) -> None:
        """Count a request that goes out."""
        self._flying += weight
        self._bucket.take(weight, now)

    def release(self, weight: int) -> None:
        """Count a request that is no longer under way, answered or not."""
        self._flying -= weight

    def heed(self, response: Response, now: int) -> None:
        """Believe what an answer says of the limits; raise Disconnected when it is no answer."""
        used = response.headers.get(self._used, "")
        left = response.headers.get(self._left, "")
        # What is still under way is not yet in the venue's count.
        if used.isdecimal():
            self._bucket.set(self._bucket.capacity - int(used) - self._flying, now)
        elif left.isdecimal():
            self._bucket.set(int(left) - self._reserve - self._flying, now)
        status = response.status
        self._slowed = self._slowed + 1 if status == 429 else 0
        stated = retry_after(response.headers.get("retry-after"))
        pause = pause_after(status, stated, self._slowed, self._timing)
        if pause is not None:
            self._until = now + pause * SECOND
            self._reason = refusal(self.venue, status)
            self._chosen = status in _OUR_CHOICE
        if pause is not None or (not 200 <= status < 300 and not 400 <= status < 500):
            raise Disconnected(self.venue, refusal(self.venue, status), pause)

    def welcomed(self) -> None:
        """Count a request that was granted without an answer that says so: a connection."""
        self._slowed = 0

    def hurry(self) -> None:
        """Somebody wants to look again now: drop a pause that was our choice, keep the host's."""
        if self._chosen:
            self._until = 0


_OUR_CHOICE = frozenset({403, 451})


def refusal(venue: str, status: int) -> str:
    """An HTTP status that is no welcome, in words for the one who watches the market."""
    match status:
        case 451:
            return f"{venue} refuses this region (HTTP 451)"
        case 429:
            return f"{venue} asks for fewer requests (HTTP 429)"
        case 418:
            return f"{venue} has banned this address for a while (HTTP 418)"
        case 403:
            return f"{venue} refuses this address (HTTP 403)"
        case _ if status >= 500:
            return f"{venue} is out of order (HTTP {status})"
    return f"{venue} answers HTTP {status}"


def pause_after(status: int, stated: float | None, slowed: int, timing: Timing) -> float | None:
    """Seconds for which a status stops a host, None where it does not.

    `stated` is the answer's Retry-After, `slowed` how many 429 came in a row with this one.
    """
    match status:
        case 429:
            doubled = timing.slow_down * 2.0 ** min(16, max(0, slowed - 1))
            return stated if stated is not None else min(timing.slow_down_most, doubled)
        case 418:
            return stated if stated is not None else timing.banned
        case 403:
            return timing.refused
        case 451:
            return timing.region
    return None


def spread(waiting: int, draw: float, longest: float) -> float:
    """Random delay in seconds of a request when `waiting` are already on their way.

    The first few go at once; after a mass reconnect the rest spread over `longest`.
    """
    return draw * min(longest, max(0, waiting - IN_FLIGHT + 1) * _RAMP)


class Rest:
    """The requests to one venue's REST service, all symbols and connections together."""

    def __init__(
        self,
        base: str,
        budget: Budget,
        transport: Transport,
        timing: Timing,
        clock: Callable[[], int],
        draw: Callable[[], float],
    ) -> None:
        self._base = base
        self._budget = budget
        self._transport = transport
        self._timing = timing
        self._clock = clock
        self._draw = draw
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self._waiting = 0

    async def get(self, path: str, weight: int) -> Response:
        """Ask when it is our turn; raise Disconnected with the time to wait when it is not."""
        return await self._queue(partial(self._transport.get, self._base + path), weight)

    async def post(self, request: Post) -> Response:
        """The same for what is no document."""
        url = self._base + request.path
        return await self._queue(partial(self._transport.post, url, request.body), request.weight)

    async def _queue(self, ask: _Ask, weight: int) -> Response:
        self._waiting += 1
        try:
            delay = spread(self._waiting - 1, self._draw(), self._timing.spread)
            if delay:
                await asyncio.sleep(delay)
            async with self._slots:
                await self._turn(weight)
                return await self._ask(ask, weight)
        finally:
            self._waiting -= 1

    def hurry(self) -> None:
        """Look again now where a pause was our own choice."""
        self._budget.hurry()

    async def _turn(self, weight: int) -> None:
        pause = self._budget.wait(weight, self._clock())
        while pause:
            await asyncio.sleep(pause)
            pause = self._budget.wait(weight, self._clock())

    async def _ask(self, ask: _Ask, weight: int) -> Response:
        self._budget.spend(weight, self._clock())
        try:
            response = await ask()
        except Unreachable as error:
            raise Disconnected(self._budget.venue, error.reason) from error
        finally:
            self._budget.release(weight)
        self._budget.heed(response, self._clock())
        return response
