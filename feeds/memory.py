"""Memory: what was recorded of live instruments, joined to their markets when it is read."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from time import time_ns

from feeds.errors import ConfigError
from feeds.recall import recall, recordings
from market.earlier import Earlier, ready
from market.earlier import recall as join
from market.markets import Markets


class Memory:
    """Reads recordings beside live markets, one process at a time, for instruments once wanted."""

    def __init__(self, place: Path, besides: Path | None = None) -> None:
        self._place, self._besides = place, besides
        self._wanted: list[str] = []
        self._more = asyncio.Event()
        self._read: list[Earlier] = []
        self.reading = False
        """Whether something is being read."""
        self.complaint = ""
        """Why something could not be read or joined, in words."""

    def want(self, instruments: Iterable[str]) -> None:
        """Have the past of these instruments as well."""
        fresh = [name for name in instruments if name not in self._wanted]
        if fresh:
            self._wanted += fresh
            self._more.set()

    async def run(self) -> None:
        """Read what is wanted, for ever."""
        done = 0
        while True:
            await self._more.wait()
            self._more.clear()
            names, done = self._wanted[done:], len(self._wanted)
            paths = recordings(self._place, time_ns(), self._besides)
            if not paths:
                continue
            self.reading = True
            try:
                self._read += await recall(paths, names)
            except ConfigError as error:
                self.complaint = str(error)
            finally:
                self.reading = False

    def join(self, markets: Markets) -> None:
        """Put what was read in front of markets that have begun."""
        waiting: list[Earlier] = []
        for past in self._read:
            market = markets.get(past.id)
            if market is None or not ready(market, past):
                waiting.append(past)
            elif not join(market, past):
                self.complaint = f"past not used: what was recorded of {past.id} does not fit"
        self._read = waiting

    @property
    def pending(self) -> bool:
        """Whether something waits to be joined."""
        return bool(self._read)
