"""Webhook: bodies posted to an address one after another, each until it is taken or given up.

At most `A_MINUTE` requests a minute go out; what comes faster waits in a queue of `WAITING`, and
what finds that full is lost, counted and said. An address may hold a secret, so only its host is
ever named.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

from feeds.rest import Bucket
from feeds.transport import Response, Transport, Unreachable, retry_after

ANSWER: Final = 5.0
"""Seconds that an answer may take."""
PAUSES: Final = (1.0, 4.0, 16.0)
"""Seconds before each further attempt."""
LONGEST_PAUSE: Final = 60.0
"""Seconds that a server may ask us to wait at most."""
A_MINUTE: Final = 30
WAITING: Final = 100
_AGAIN: Final = frozenset({408, 425, 429})
"""Refusals that may be another answer later; so may those of 500 and above."""

Sleep = Callable[[float], Awaitable[None]]


class Webhook:
    """One address and what waits for it. Nothing waits for it: `post` returns at once."""

    def __init__(
        self,
        url: str,
        transport: Transport,
        say: Callable[[str], None],
        *,
        answer: float = ANSWER,
        clock: Callable[[], int] = time.monotonic_ns,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.delivered = self.lost = 0
        """Bodies that were taken, and those that were not."""
        self._url, self._host = url, urlsplit(url).netloc.rpartition("@")[2]
        self._transport, self._say = transport, say
        self._answer, self._clock, self._sleep = answer, clock, sleep
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(WAITING)
        self._bucket = Bucket(A_MINUTE, 60.0)

    def post(self, body: bytes) -> None:
        """Have a body posted when its turn comes."""
        try:
            self._queue.put_nowait(body)
        except asyncio.QueueFull:
            self._lose("too many at a time")

    async def run(self) -> None:
        """Post what comes, for ever."""
        while True:
            body = await self._queue.get()
            try:
                await self._deliver(body)
            finally:
                self._queue.task_done()

    async def drained(self) -> None:
        """Wait until nothing is waiting any more."""
        await self._queue.join()

    @property
    def waiting(self) -> int:
        """How many bodies wait for their turn."""
        return self._queue.qsize()

    async def _deliver(self, body: bytes) -> None:
        reason = ""
        for pause in (0.0, *PAUSES):
            if pause:
                await self._sleep(pause)
            await self._turn()
            try:
                async with asyncio.timeout(self._answer):
                    response = await self._transport.post(self._url, body)
            except TimeoutError:
                reason = f"{self._host} does not answer within {self._answer:g} s"
                continue
            except Unreachable as error:
                reason = error.reason
                continue
            if 200 <= response.status < 300:
                self.delivered += 1
                self._say("")
                return
            reason = f"{self._host} answers HTTP {response.status}"
            if response.status not in _AGAIN and response.status < 500:
                break
            await self._wish(response)
        self._lose(reason)

    async def _turn(self) -> None:
        """Wait until one more request may go out."""
        while wait := self._bucket.wait(1, self._clock()):
            await self._sleep(wait)
        self._bucket.take(1, self._clock())

    async def _wish(self, response: Response) -> None:
        """Wait as long as the server asks for, within reason."""
        asked = retry_after(response.headers.get("retry-after"))
        if asked:
            await self._sleep(min(asked, LONGEST_PAUSE))

    def _lose(self, reason: str) -> None:
        self.lost += 1
        self._say(f"webhook: {reason} ({self.lost:,} not delivered)")
