"""The roundup: the lists of many venues, kept ones where they will do, fetched ones else.

What is kept is never lost to a bad day: where a list cannot be fetched the kept one is used, with
its age, and what is wrong is said in one line.
"""

import asyncio
from collections.abc import Callable, Sequence

from feeds.directory import FRESH, DamagedList, Directory
from feeds.errors import FeedError, system_reason
from feeds.line import one_line
from feeds.listing import Catalogue
from feeds.listing_rest import Lister
from feeds.timing import Timing
from feeds.transport import Network, Transport
from feeds.venue import Venue

PATIENT = Timing(body=60.0)
"""The longest lists have many megabytes."""


async def gather(
    venues: Sequence[Venue],
    directory: Directory,
    refresh: bool,
    now: int,
    say: Callable[[str], None],
    transport: Transport | None = None,
) -> list[Catalogue]:
    """The lists of venues, all at once; what fails is said, and raised where nothing is left."""
    way = transport or Network(PATIENT)
    lister, failed = Lister(way, timing=PATIENT), list[FeedError]()

    async def one(venue: Venue) -> Catalogue | None:
        try:
            return await obtain(venue, directory, refresh, now, say, lister)
        except FeedError as error:
            failed.append(error)
            if len(venues) > 1:
                say(str(error))
            return None

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(venue)) for venue in venues]
    finally:
        await way.close()
    found = [task.result() for task in tasks]
    if failed and len(failed) == len(venues):
        raise failed[0]
    return [catalogue for catalogue in found if catalogue is not None]


async def obtain(
    venue: Venue,
    directory: Directory,
    refresh: bool,
    now: int,
    say: Callable[[str], None],
    lister: Lister,
) -> Catalogue:
    """The venue's list, kept or fetched; say which, how old, and what is wrong with it."""
    kept = None
    try:
        kept = directory.load(venue)
    except DamagedList as error:
        say(f"{error}; it is fetched anew")
    if kept is not None and not refresh and 0 <= now - kept.at < FRESH:
        say(f"{summary(kept)}, {age(now - kept.at)}")
        return kept
    try:
        listed = await lister.fetch(venue)
    except FeedError as error:
        if kept is None:
            raise
        say(f"{one_line(str(error))}: shown is the list kept {age(now - kept.at)}")
        say(f"{summary(kept)}, {age(now - kept.at)}")
        return kept
    try:
        directory.save(venue, listed)
    except OSError as error:
        say(f"{directory.path(venue)}: not kept ({system_reason(error)})")
    say(f"{summary(listed)}, listed now")
    for note in listed.notes:
        say(f"{venue.name}: {note}")
    return listed


def summary(catalogue: Catalogue) -> str:
    """How many there are, and how many rows are left out for which reasons."""
    text = f"{catalogue.venue}: {len(catalogue.instruments)} instruments"
    reasons = ", ".join(f"{count} {reason}" for reason, count in catalogue.left_out.items())
    return f"{text} (left out: {reasons})" if reasons else text


def age(passed: int) -> str:
    """How long ago, in the largest unit that fits."""
    seconds = passed // 10**9
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return f"{max(0, seconds)} s ago"
