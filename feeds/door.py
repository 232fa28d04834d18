"""The door: what must be asked of a venue by REST before each connection to its sockets.

Some venues hand out the address to connect to, with a key in it that is good for a while. Who
may ask, and when, is the business of the supervisor; a door knows what to ask and reads the answer.
"""

from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from feeds.errors import MalformedFrame


class Post(Struct, frozen=True):
    """A request with a body to the venue's REST service."""

    path: str
    """Path with query below the venue's REST address."""
    body: bytes = b""
    weight: int = 1
    """Cost against the venue's request limit."""


class Door(Protocol):
    """A venue's way of handing out addresses; made with the venue's name."""

    request: Post

    def enter(self, body: bytes, now: int) -> str:
        """The url to connect to. Raise MalformedFrame or Rejected when the body names none."""
        ...


def parts_of(venue: str, url: str) -> SplitResult:
    """The parts of an address that a venue states. Raise MalformedFrame where it is none."""
    try:
        parts = urlsplit(url)
        if parts.hostname and parts.port != 0:
            return parts
    except ValueError as error:
        raise MalformedFrame(venue, f"not an address: {error}", url) from error
    raise MalformedFrame(venue, "not an address: it names no host", url)


def moved(venue: str, url: str, place: str) -> str:
    """The same path and query at another `scheme://host:port`."""
    parts = parts_of(venue, url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{place}{parts.path}{query}"


def rerouted(venue: str, url: str, path: str) -> str:
    """Another path at the same `scheme://host:port`."""
    parts = parts_of(venue, url)
    return f"{parts.scheme}://{parts.netloc}{path}"
