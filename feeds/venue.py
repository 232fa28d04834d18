"""A venue: where one market of an exchange is reached, what it carries and what it allows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import cast

from feeds.adapter import Adapter, Channel, Parser
from feeds.capability import UNSTATED, Capability
from feeds.door import Door
from feeds.endpoint import address
from feeds.lists import UNLISTED, Lists


@dataclass(frozen=True, slots=True)
class Limits:
    """What a venue allows one address or one connection."""

    streams: int
    """Subscriptions on one connection."""
    sends: int
    """Frames a second that we may write to one connection."""
    connects: int
    """Connection attempts in five minutes."""
    weight: int
    """Request weight in one minute."""
    weight_header: str
    """The response header that states the weight used in this minute."""
    left_header: str = ""
    """The response header that states the weight that is left."""
    lifetime: float = 86_400.0
    """Seconds after which the venue cuts a connection."""
    subscribes: int = 0
    """Requests to subscribe, or no longer to, in an hour on one connection; 0 where none counts."""
    together: int = 0
    """Frames a second that we may write to all connections together; 0 where nobody counts."""


@dataclass(frozen=True, slots=True)
class Venue:
    """One market of one exchange: its addresses, its channels and its limits."""

    name: str
    factory: str
    """The adapter as `module:class`; called with the venue's name and the connection's url."""
    websocket: str
    """Scheme, host and port of the sockets."""
    paths: Mapping[Channel, str]
    """Which socket path carries which channel. A channel that is not here is not offered."""
    rest: str
    """Scheme, host and port of the REST service; `Fetch.path` follows it."""
    hosts: tuple[str, ...]
    """Addresses known to be this venue's in recordings: a host, or a host with a path's start.

    Where markets share an address, `?name=value` is what the query of theirs holds.
    """
    limits: Limits
    symbols: str
    """A regular expression that the venue's spelling of a symbol matches."""
    popular: tuple[str, ...] = ()
    """Symbols to offer before the venue's own list is known."""
    spare: str = ""
    """A socket path to try where the channel's own acknowledges and stays silent."""
    door: str = ""
    """What hands out the sockets' addresses, as `module:class` of a `feeds.door.Door`; called with
    the venue's name. "" where sockets stand open at `websocket`."""
    capability: Capability = UNSTATED
    """What it states beyond its channels, for those who choose among venues."""
    interest_steps: tuple[str, ...] = ()
    """Steps in which it tells of past open interest, shortest first; () where it does not."""
    lists: Lists = UNLISTED
    """Where all its instruments are told of."""

    def adapter(self, url: str = "") -> Adapter:
        """A fresh adapter for one connection; without `url` it takes any of the venue's frames."""
        return cast(Adapter, self._make(url))

    def parser(self) -> Parser:
        """What reads single messages of this venue, in no order and without memory."""
        return cast(Parser, self._make(""))

    def way_in(self) -> Door | None:
        """What hands out the sockets' addresses; None where that is not needed."""
        return cast(Door, _named(self.door)(self.name)) if self.door else None

    def _make(self, url: str) -> object:
        return _named(self.factory)(self.name, url)

    def url(self, channel: Channel) -> str:
        """The address of the socket that carries a channel."""
        return self.websocket + self.paths[channel]

    def at(self, endpoint: str) -> "Venue":
        """The same venue with sockets and REST service at another `http://host:port`."""
        secure, place = address(self.name, endpoint)
        return replace(self, websocket=f"ws{secure}://{place}", rest=f"http{secure}://{place}")


def _named(dotted: str) -> Callable[..., object]:
    """The class of a `module:class`."""
    module, _, name = dotted.partition(":")
    return cast(Callable[..., object], getattr(import_module(module), name))
