"""Wishes: what is wanted of a connection, in the words adapters need. Pure."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from feeds.adapter import Channel, Subscription
from feeds.errors import ConfigError, Rejected
from market.events import FeedState, FeedStatus

W = TypeVar("W")


def symbols_of(wanted: Iterable[Subscription], channel: Channel) -> dict[str, None]:
    """The symbols that a channel is wanted of, each once and in order."""
    return dict.fromkeys(item.symbol for item in wanted if item.channel is channel)


def spelled(item: Subscription, spelling: Mapping[str, W]) -> W:
    """The venue's word for the interval of a wish for klines; ConfigError where it has none."""
    if item.interval not in spelling:
        raise ConfigError(f"{item.interval!r} is no interval of klines")
    return spelling[item.interval]


def without(
    venue: str, wanted: frozenset[str] | None, symbol: str, reason: str, now: int
) -> FeedStatus:
    """Say why one symbol cannot be had; Rejected where nothing else is wanted."""
    if wanted is not None and wanted <= {symbol}:
        raise Rejected(venue, f"{symbol}: {reason}")
    return FeedStatus(f"{venue}:{symbol}", now, FeedState.CONNECTING, reason)
