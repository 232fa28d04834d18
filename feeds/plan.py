"""The plan: which subscriptions go over which connection.

A connection's subscriptions never change while it is open, so what runs is not disturbed: a new
wish gets a new connection, and a connection is given up when nothing it carries is wanted any
more. What it carries besides goes on flowing, and is at hand when it is wanted again.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from feeds.adapter import Channel, Subscription
from feeds.venue import Venue
from market.basis import TimeBasis, parse_basis


class Beside(NamedTuple):
    """What is wanted of every instrument beside that which always is."""

    channels: tuple[Channel, ...] = ()
    interest: bool = False
    """Whether the past of open interest is wanted too, where a venue tells of it."""


@dataclass(frozen=True, slots=True)
class Link:
    """One connection to make: the venue, the address and what it is to carry."""

    venue: str
    url: str
    subscriptions: tuple[Subscription, ...]

    def __hash__(self) -> int:
        # Many words are said of a link; to look through all its subscriptions each time is dear.
        return hash((self.venue, self.url, self.subscriptions[:1]))

    @property
    def books(self) -> list[str]:
        """The instruments whose book it carries."""
        return self._carrying({Channel.BOOK})

    @property
    def vital(self) -> list[str]:
        """The instruments that are not to be believed while it is down."""
        return self._carrying({Channel.BOOK, Channel.TRADES})

    @property
    def prints(self) -> list[str]:
        """The instruments whose trades it carries."""
        return self._carrying({Channel.TRADES})

    def _carrying(self, channels: set[Channel]) -> list[str]:
        symbols = (part.symbol for part in self.subscriptions if part.channel in channels)
        return [f"{self.venue}:{symbol}" for symbol in dict.fromkeys(symbols)]


def subscriptions(
    venue: Venue,
    symbols: Iterable[str],
    channels: Sequence[Channel],
    interval: str,
    interest: bool = False,
) -> list[Subscription]:
    """Every channel that the venue offers of those asked for, for every symbol."""
    lengths = {Channel.KLINES: interval}
    if interest:
        lengths[Channel.MARK_PRICE] = step_for(interval, venue.interest_steps)
    return [
        Subscription(symbol, channel, lengths.get(channel, ""))
        for symbol in symbols
        for channel in channels
        if channel in venue.paths
    ]


def step_for(interval: str, steps: Sequence[str]) -> str:
    """The longest of these steps that bars of an interval are made of, else the first; "" of none.

    So past that is told in steps reaches as far back as bars do.
    """
    length = _length(interval)
    fitting = [step for step in steps if length and length % _length(step) == 0]
    return fitting[-1] if fitting else next(iter(steps), "")


def _length(interval: str) -> int:
    """How many ns an interval is; 0 of weeks and months, which no timeframe is made of."""
    if interval[-1:] in ("w", "M"):
        return 0
    basis = parse_basis(interval)
    return basis.interval if isinstance(basis, TimeBasis) else 0


def plan(venue: Venue, wanted: Sequence[Subscription], present: Iterable[Link] = ()) -> list[Link]:
    """The connections that carry all that is wanted, keeping those present that still serve."""
    missing = dict.fromkeys(wanted)
    kept = []
    for link in present:
        if any(subscription in missing for subscription in link.subscriptions):
            kept.append(link)
            for subscription in link.subscriptions:
                missing.pop(subscription, None)
    by_url: dict[str, list[Subscription]] = {}
    for subscription in missing:
        by_url.setdefault(venue.url(subscription.channel), []).append(subscription)
    return kept + [
        Link(venue.name, url, tuple(group[start : start + venue.limits.streams]))
        for url, group in by_url.items()
        for start in range(0, len(group), venue.limits.streams)
    ]


def mentions(instrument: str, text: str) -> bool:
    """Whether a text mentions the symbol of an instrument as a whole word."""
    symbol = re.escape(instrument.partition(":")[2])
    return re.search(rf"(?<!\w){symbol}(?!\w)", text) is not None
