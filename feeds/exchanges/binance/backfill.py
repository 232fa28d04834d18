"""Backfill: aggregated trades that a connection missed, asked for by their numbers."""

from collections.abc import Collection
from typing import Final, NamedTuple
from urllib.parse import quote

from feeds.adapter import Fetch
from feeds.sync import Request

PAGE: Final = 1000
"""Trades in one answer."""
MOST: Final = 5 * PAGE
"""Trades that are asked for; a longer outage stays a gap."""


class Hole(NamedTuple):
    """Trades that are missing, by the first and the last number, and the page asked for."""

    symbol: str
    first: int
    last: int
    request: Request

    @property
    def size(self) -> int:
        """How many there are."""
        return self.last - self.first + 1


class Backfill:
    """The holes of one connection that are being filled. At most one request for each."""

    def __init__(self, api: str, weight: int) -> None:
        self._api, self._weight = api, weight
        self._holes: dict[str, Hole] = {}

    def ask(self, symbol: str, first: int, last: int, now: int) -> tuple[Fetch, ...]:
        """Ask for the trades from one number to another; for nothing where they are too many."""
        if not 0 <= last - first < MOST:
            return ()
        limit = min(PAGE, last - first + 1)
        query = f"symbol={quote(symbol)}&fromId={first}&limit={limit}"
        path = f"{self._api}/aggTrades?{query}"
        request = Request(Fetch(path, path, self._weight))
        self._holes[path] = Hole(symbol, first, last, request)
        return (request.ask(now),)

    def filled(self, key: str, got: Collection[int], now: int) -> tuple[tuple[Fetch, ...], int]:
        """Take note of the numbers an answer held: what to ask for next, and how many are lost."""
        hole = self._holes.pop(key, None)
        if hole is None:
            return (), 0
        here = sorted(number for number in got if hole.first <= number <= hole.last)
        if not here:
            return (), hole.size
        lost = here[-1] - hole.first + 1 - len(here)
        if here[-1] == hole.last:
            return (), lost
        return self.ask(hole.symbol, here[-1] + 1, hole.last, now), lost

    def refuse(self, key: str, now: int) -> None:
        """Ask again after a pause."""
        if key in self._holes:
            self._holes[key].request.refuse(now)

    def again(self, now: int) -> list[Fetch]:
        """All that is awaited, for a new connection."""
        return [hole.request.ask(now) for hole in self._holes.values()]

    def tick(self, now: int) -> list[Fetch]:
        """What is due to be asked for again."""
        return [fetch for hole in self._holes.values() for fetch in hole.request.tick(now)]
