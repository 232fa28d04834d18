"""The registry: every venue there is, found by name, by instrument or by address.

The rows stand with their exchanges. Adapters are named in them by dotted path and imported when the
first connection is made, so reading the rows costs next to nothing.
"""

import re
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from feeds.ccxt_names import CCXT, parse_name
from feeds.errors import ConfigError
from feeds.exchanges.binance import venues as binance
from feeds.exchanges.bitfinex import venues as bitfinex
from feeds.exchanges.bitget import venues as bitget
from feeds.exchanges.bitmex import venues as bitmex
from feeds.exchanges.bybit import venues as bybit
from feeds.exchanges.coinbase import venues as coinbase
from feeds.exchanges.deribit import venues as deribit
from feeds.exchanges.dydx import venues as dydx
from feeds.exchanges.gate import venues as gate
from feeds.exchanges.htx import venues as htx
from feeds.exchanges.hyperliquid import venues as hyperliquid
from feeds.exchanges.kraken import venues as kraken
from feeds.exchanges.kucoin import venues as kucoin
from feeds.exchanges.mexc import venues as mexc
from feeds.exchanges.okx import venues as okx
from feeds.venue import Venue

DEFAULT_INSTRUMENT = "binance-usdm:BTCUSDT"
"""What is shown when nothing is asked for."""

_EXCHANGES = (
    binance,
    bitfinex,
    bitget,
    bitmex,
    bybit,
    coinbase,
    deribit,
    dydx,
    gate,
    htx,
    hyperliquid,
    kraken,
    kucoin,
    mexc,
    okx,
)

VENUES: dict[str, Venue] = {
    venue.name: venue
    for venue in sorted(
        (venue for exchange in _EXCHANGES for venue in exchange.VENUES),
        key=lambda venue: venue.name,
    )
}
"""Every venue by name, sorted."""


def find_venue(name: str) -> Venue:
    """The row of a name; ConfigError with the nearest names when there is none."""
    if name in VENUES:
        return VENUES[name]
    near = get_close_matches(name, VENUES, n=1, cutoff=0.5)
    guess = f': did you mean "{near[0]}"?' if near else ";"
    raise ConfigError(f'unknown venue "{name}"{guess} venues: {", ".join(VENUES)}')


def parse_instrument(text: str) -> tuple[str, str]:
    """Venue and symbol of `VENUE:SYMBOL`; ConfigError says what is wrong with it."""
    name, colon, symbol = text.partition(":")
    if not colon or not name or not symbol:
        raise ConfigError(f'"{text}" is not VENUE:SYMBOL, such as {DEFAULT_INSTRUMENT}')
    if name == CCXT:
        parse_name(symbol)
        return name, symbol
    venue = find_venue(name)
    if re.fullmatch(venue.symbols, symbol):
        return name, symbol
    capitals = symbol.upper()
    remedy = f': did you mean "{name}:{capitals}"?' if re.fullmatch(venue.symbols, capitals) else ""
    raise ConfigError(f'"{symbol}" is not a symbol of {name}{remedy}')


def is_live(source: str) -> bool:
    """Whether a source is VENUE:SYMBOL, watched live; a file of that name comes first."""
    return bool(re.match(r"(?!sim:)[A-Za-z0-9-]+:[^/]", source)) and not Path(source).exists()


@lru_cache(maxsize=1024)
def venue_for_url(url: str) -> str | None:
    """The venue whose traffic a recorded url carries, None when no row claims it."""
    match = re.match(r"(?:https?|wss?)://([^/?#:]+)(?::\d+)?([^?#]*)\??([^#]*)", url)
    if match is None:
        return None
    host, path, query = match[1].lower(), match[2], match[3].split("&")
    for venue in VENUES.values():
        for known in venue.hosts:
            place, _, term = known.partition("?")
            here = host == place or ("/" in place and (host + path).startswith(place))
            if here and (not term or term in query):
                return venue.name
    return None
