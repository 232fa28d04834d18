"""The asking for lists: all instruments of a venue over its REST service, within its limits.

A list counts when it is whole: what fails on the way leaves what is kept as it was.
"""

import random
import time
from collections.abc import Callable

from feeds.door import Post
from feeds.errors import ConfigError, Disconnected, FeedError, MalformedFrame
from feeds.listing import Catalogue, Reading
from feeds.lists import Page
from feeds.registry import VENUES
from feeds.rest import Budget, Rest, refusal
from feeds.timing import Timing
from feeds.transport import Transport
from feeds.venue import Venue


class Lister:
    """Asks venues for their lists; markets of one host share what it allows."""

    def __init__(
        self,
        transport: Transport,
        *,
        timing: Timing | None = None,
        clock: Callable[[], int] = time.time_ns,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._transport, self._timing = transport, timing or Timing()
        self._clock, self._draw = clock, draw
        self._rests: dict[str, Rest] = {}

    async def fetch(self, venue: Venue) -> Catalogue:
        """All instruments of a venue as of now. Raise a FeedError where they cannot be had."""
        lists = venue.lists
        if not lists.instruments:
            raise ConfigError(f"{venue.name}: its list of instruments is not known")
        reading, notes = Reading(venue), list[str]()
        for page in lists.instruments:
            await self._read(reading, page, venue)
        for page in lists.volumes:
            try:
                await self._read(reading, page, venue)
            except FeedError as error:
                notes.append(f"not all of volume, price and funding is known: {error}")
        catalogue = reading.catalogue(self._clock(), notes)
        if not catalogue.instruments:
            raise MalformedFrame(venue.name, "the list holds no instrument")
        return catalogue

    async def _read(self, reading: Reading, page: Page, venue: Venue) -> None:
        """Ask for a list to its end."""
        rest, pages = self._rest(venue), [page]
        while pages:
            asked = pages.pop(0)
            if asked.body:
                answer = await rest.post(Post(asked.path, asked.body.encode(), asked.weight))
            else:
                answer = await rest.get(asked.path, asked.weight)
            if not 200 <= answer.status < 300:
                raise Disconnected(venue.name, refusal(venue.name, answer.status))
            pages += reading.take(asked, answer.body, self._clock())

    def _rest(self, venue: Venue) -> Rest:
        if venue.rest not in self._rests:
            limits, timing = venue.limits, self._timing
            budget = Budget(
                venue.name,
                min(row.limits.weight for row in (venue, *VENUES.values()) if _same(row, venue)),
                limits.weight_header,
                timing,
                left=limits.left_header,
            )
            self._rests[venue.rest] = Rest(
                venue.rest, budget, self._transport, timing, self._clock, self._draw
            )
        return self._rests[venue.rest]


def _same(row: Venue, venue: Venue) -> bool:
    """Whether two markets are of one host."""
    return row.rest == venue.rest
