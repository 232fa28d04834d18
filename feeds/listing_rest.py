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
from feeds.rest import Budget, Rest, refusal
from feeds.timing import Timing
from feeds.transport import Transport
from feeds.venue import Venue


async def fetch(
    venue: Venue,
    transport: Transport,
    *,
    timing: Timing | None = None,
    clock: Callable[[], int] = time.time_ns,
    draw: Callable[[], float] = random.random,
) -> Catalogue:
    """All instruments of a venue, asked for now. Raise a FeedError where they cannot be had."""
    lists, timing = venue.lists, timing or Timing()
    if not lists.instruments:
        raise ConfigError(f"{venue.name}: its list of instruments is not known")
    limits = venue.limits
    budget = Budget(venue.name, limits.weight, limits.weight_header, timing)
    rest = Rest(venue.rest, budget, transport, timing, clock, draw)
    reading, notes = Reading(venue), list[str]()
    for page in lists.instruments:
        await _read(reading, page, venue, rest, clock)
    for page in lists.volumes:
        try:
            await _read(reading, page, venue, rest, clock)
        except FeedError as error:
            notes.append(f"24 h volume is not known of all: {error}")
    catalogue = reading.catalogue(clock(), notes)
    if not catalogue.instruments:
        raise MalformedFrame(venue.name, "the list holds no instrument")
    return catalogue


async def _read(
    reading: Reading, page: Page, venue: Venue, rest: Rest, clock: Callable[[], int]
) -> None:
    """Ask for a list to its end."""
    pages = [page]
    while pages:
        asked = pages.pop(0)
        if asked.body:
            answer = await rest.post(Post(asked.path, asked.body.encode(), asked.weight))
        else:
            answer = await rest.get(asked.path, asked.weight)
        if not 200 <= answer.status < 300:
            raise Disconnected(venue.name, refusal(venue.name, answer.status))
        pages += reading.take(asked, answer.body, clock())
