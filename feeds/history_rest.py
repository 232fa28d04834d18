"""History by REST: a walk over a venue's past, as fast as its limits allow.

A host that asks for patience gets it to the second; one that does not answer is asked again a few
times. Series that go back in time are laid down on disk and handed over from the oldest on.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import IO

from feeds.adapter import Channel, Fetch, Subscription
from feeds.errors import Disconnected, FeedError, Rejected
from feeds.history import Page, Pages, Past, Series
from feeds.rest import Rest
from feeds.timing import Timing
from feeds.venue import Venue
from market.events import Listing

TRIES = 6
"""Requests in a row without an answer after which a venue is given up."""
PATIENCE = 300.0
"""Seconds that a venue may ask us to wait; who asks for more has to be asked another time."""


class Historian:
    """Walks a series over a span of time."""

    def __init__(
        self,
        venue: Venue,
        series: Series,
        past: Past,
        rest: Rest,
        say: Callable[[str], None],
        timing: Timing,
        clock: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.base = series.base or venue.rest
        """Where the pages are from, as recordings name it."""
        self.requests = 0
        """Answers so far."""
        self._venue, self._series, self._past, self._rest = venue, series, past, rest
        self._say, self._timing, self._clock, self._sleep = say, timing, clock, sleep
        self._parser = venue.parser()
        self._pages = Pages(series, past)

    @property
    def missing(self) -> int:
        """Numbers that no row had."""
        return self._pages.missing

    @property
    def complete(self) -> bool:
        """Whether the venue still has all of the span."""
        return self._pages.complete

    async def pages(self) -> AsyncGenerator[Page]:
        """Pages from the oldest on; what was had before a failure comes before it."""
        if not self._series.backward:
            async for page in self._walk():
                yield page
            return
        with tempfile.TemporaryFile() as file:
            places: list[tuple[Page, int]] = []
            failure: FeedError | None = None
            try:
                async for page in self._walk():
                    places.append((page._replace(payload=b""), file.tell()))
                    file.write(page.payload)
            except FeedError as error:
                failure = error
            for page in _backwards(file, places):
                yield page
            if failure is not None:
                raise failure

    async def _walk(self) -> AsyncGenerator[Page]:
        while (path := self._pages.ask()) is not None:
            body = await self._ask(path, self._series.weight)
            # Says in the venue's words what it refuses, and proves that the page can be read.
            self._parser.parse(body, self._clock(), path)
            if (page := self._pages.take(path, body)) is not None:
                yield page

    async def _ask(self, path: str, weight: int) -> bytes:
        """Ask until there is an answer."""
        silent = 0
        while True:
            try:
                response = await self._rest.get(path, weight)
                self.requests += 1
                if response.status >= 400:
                    self._refuse(response.body, path, response.status)
                return response.body
            except Disconnected as trouble:
                pause = trouble.retry_after
                if pause is None:
                    silent += 1
                    pause = min(self._timing.backoff_most, self._timing.backoff_first * 2**silent)
                if silent >= TRIES or pause > PATIENCE:
                    raise
                self._say(f"{trouble}; again in {pause:.0f} s")
                await self._sleep(pause)

    def _refuse(self, body: bytes, path: str, status: int) -> None:
        """Raise what the venue says; its status where it says nothing that can be read."""
        try:
            self._parser.parse(body, self._clock(), path)
        except Rejected:
            raise
        except FeedError as error:
            raise Rejected(self._venue.name, f"answers HTTP {status}") from error
        raise Rejected(self._venue.name, f"answers HTTP {status}")


async def listing(
    venue: Venue, rest: Rest, past: Past, say: Callable[[str], None], now: int
) -> Page | None:
    """The list that states a symbol's grids, as the adapter asks for it; None where it fails."""
    adapter, parser = venue.adapter(), venue.parser()
    for output in adapter.open([Subscription(past.symbol, Channel.BOOK)], now):
        if not isinstance(output, Fetch):
            continue
        try:
            response = await rest.get(output.path, output.weight)
            stated = parser.parse(response.body, now, output.path)
        except FeedError as error:
            say(f"{error}; tick and lot sizes will be inferred")
            return None
        if any(isinstance(event, Listing) for event in stated):
            return Page(output.path, response.body, past.start, past.start, 0)
    return None


def _backwards(file: IO[bytes], places: list[tuple[Page, int]]) -> Iterator[Page]:
    end = file.tell()
    for page, start in reversed(places):
        file.seek(start)
        yield page._replace(payload=file.read(end - start))
        end = start
