"""The adapter protocol: one connection's state as a machine of frames in, outputs out.

An output is an event (a fact for the model) or an action (a wish for whoever drives the
adapter). Adapters own no socket, no clock and no file, so the same code reads a live frame, a
recorded one and an injected fault.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Protocol, TypeAlias

from msgspec import Struct

from market.events import Event


class Channel(StrEnum):
    """A kind of data that can be subscribed for one symbol."""

    TRADES = "trades"
    BOOK = "book"
    BOOK_TICKER = "book_ticker"
    KLINES = "klines"
    MARK_PRICE = "mark_price"
    LIQUIDATIONS = "liquidations"
    TICKER = "ticker"


class Subscription(Struct, frozen=True):
    """One channel of one symbol (the venue's own spelling).

    `interval` is that of klines; of mark prices it is the step in which past open interest is
    wanted, "" where it is not.
    """

    symbol: str
    channel: Channel
    interval: str = ""


class Send(Struct, frozen=True):
    """Write this frame to the connection."""

    frame: str


class Fetch(Struct, frozen=True):
    """Ask the venue's REST service; the body comes back through `receive_body` with `key`."""

    path: str
    """Path with query below the venue's REST base, such as `/fapi/v1/depth?symbol=X&limit=1000`."""
    key: str
    weight: int
    """Cost against the venue's request limit."""


class Resync(Struct, frozen=True):
    """The book of this instrument can no longer be believed and a new snapshot was asked for."""

    instrument: str
    reason: str


class Ignored(Struct, frozen=True):
    """Well-formed traffic that states nothing for the model, and why."""

    instrument: str
    """"" where it concerns no instrument."""
    reason: str


Output: TypeAlias = Event | Send | Fetch | Resync


class Adapter(Protocol):
    """The state of one connection to one venue."""

    url: str

    @property
    def duplicates(self) -> int:
        """Trades that came again and were left out, since the adapter was made."""
        ...

    def open(self, wanted: Sequence[Subscription], now: int) -> Iterable[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        ...

    def receive(self, frame: bytes | str, now: int) -> Iterable[Output]:
        """Take one frame. Raise MalformedFrame when it is not what the venue documents."""
        ...

    def receive_body(self, key: str, body: bytes, now: int) -> Iterable[Output]:
        """Take a fetched body; `key` is the fetch's, or a recorded request's path and query."""
        ...

    def tick(self, now: int) -> Iterable[Output]:
        """Let time pass: retries that are due."""
        ...


class Parser(Protocol):
    """The stateless half of an adapter: what one message states, synchronised or not."""

    def parse(
        self, payload: bytes | str, now: int, path: str | None = None
    ) -> Sequence[Event | Ignored]:
        """Read a frame, or with `path` (query included, "" where unknown) a REST body.

        Raise a FeedError when it is not what the venue documents.
        """
        ...
