"""Places: which recorded folder holds the traffic of a venue, and its messages one by one."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from feeds.adapter import Ignored
from feeds.errors import FeedError
from feeds.registry import VENUES, venue_for_url
from market.events import Event
from service.capture import Message, messages, numbered, open_capture
from tests.captures import CAPTURES

OWN_FOLDERS = {
    "binance": "binance_spot",
    "binance-coinm": "binance_coinm",
    "binance-usdm": "binance_usdm",
}
"""Folders that are not called as the exchange is."""


def folder_of(venue: str) -> str:
    """The folder of a venue's recordings, which may hold those of its sisters too."""
    return OWN_FOLDERS.get(venue, venue.partition("-")[0])


def files_of(venue: str) -> list[Path]:
    """The recorded files that a venue is to read, sorted; none of protocols of the past."""
    return sorted(path for path in (CAPTURES / folder_of(venue)).iterdir() if path.is_file())


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file from 1."""
    with open_capture(str(path)) as file:
        yield from numbered(str(path), file)


def said_to(venue: str, path: Path) -> Iterator[Message]:
    """What the venue said in a file, as far as it may be this one's."""
    for _, line in lines_of(path):
        for message in messages(line):
            if not message.sent and venue_for_url(message.url) in (None, venue):
                yield message


@cache
def stated_in(venue: str, path: Path, most: int) -> list[Event]:
    """What the first messages of a file state, each by itself.

    What cannot be read is left out here: test_conformance.py lists it.
    """
    parser, stated, count = VENUES[venue].parser(), list[Event](), 0
    for message in said_to(venue, path):
        count += 1
        if count > most:
            break
        try:
            found = parser.parse(message.payload, message.ts_recv or 0, message.path)
        except FeedError:
            continue
        stated += [event for event in found if not isinstance(event, Ignored)]
    return stated
