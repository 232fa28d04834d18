"""Wishes: what a connection to Binance asks for when it is opened."""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from msgspec import json

from feeds.adapter import Channel, Fetch, Send, Subscription
from feeds.errors import ConfigError
from feeds.exchanges.binance import history
from feeds.exchanges.binance.markets import INTEREST_STEPS, Market

SUBSCRIBE_AT_ONCE = 100
"""Streams in one SUBSCRIBE frame: a few frames fill a connection, within the limit a second."""

KLINES = 499
"""Bars asked for at the start: the most that costs little."""


def subscribe(venue: str, market: Market, wanted: Sequence[Subscription]) -> Iterator[Send]:
    """The frames that ask for all that is wanted."""
    streams = [_stream(venue, market, item) for item in wanted]
    for ident, start in enumerate(range(0, len(streams), SUBSCRIBE_AT_ONCE), start=1):
        params = streams[start : start + SUBSCRIBE_AT_ONCE]
        request = {"method": "SUBSCRIBE", "params": params, "id": ident}
        yield Send(json.encode(request).decode())


def klines(market: Market, wanted: Sequence[Subscription]) -> Iterator[Fetch]:
    """The bars before the first that comes over the connection."""
    for item in wanted:
        if item.channel is Channel.KLINES:
            query = f"symbol={quote(item.symbol)}&interval={item.interval}&limit={KLINES}"
            path = f"{market.api}/klines?{query}"
            yield Fetch(path, path, market.klines_weight)


def interest(venue: str, wanted: Sequence[Subscription]) -> Iterator[Fetch]:
    """The open interest of the past, in the steps that were asked for; none of dated COIN-M."""
    for item in wanted:
        contract = history.contract(venue, item.symbol)
        if contract and item.channel is Channel.MARK_PRICE and item.interval in INTEREST_STEPS:
            period = f"period={item.interval}&limit={history.POINTS}"
            path = f"{history.INTEREST}?{contract}&{period}"
            yield Fetch(path, path, history.INTEREST_WEIGHT)


def _stream(venue: str, market: Market, item: Subscription) -> str:
    name = market.streams.get(item.channel)
    if name is None:
        raise ConfigError(f"{venue} has no {item.channel}")
    interval = item.interval if item.channel is Channel.KLINES else ""
    return f"{item.symbol.lower()}@{name}{interval}"
