"""The venues: one row each, and how a venue is found by name, by instrument or by address.

A row says where the venue's sockets and REST service are, which of its socket paths carries
which channel, and what it allows. Adapters are named by dotted path and imported when the first
connection is made, so reading this table costs nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib import import_module
from typing import cast

from feeds.adapter import Adapter, Channel, Parser
from feeds.errors import ConfigError

DEFAULT_INSTRUMENT = "binance-usdm:BTCUSDT"
"""What is shown when nothing is asked for."""


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

    def adapter(self, url: str = "") -> Adapter:
        """A fresh adapter for one connection; without `url` it takes any of the venue's frames."""
        return cast(Adapter, self._make(url))

    def parser(self) -> Parser:
        """What reads single messages of this venue, in no order and without memory."""
        return cast(Parser, self._make(""))

    def _make(self, url: str) -> object:
        module, _, name = self.factory.partition(":")
        made: object = getattr(import_module(module), name)(self.name, url)
        return made

    def url(self, channel: Channel) -> str:
        """The address of the socket that carries a channel."""
        return self.websocket + self.paths[channel]

    def at(self, endpoint: str) -> "Venue":
        """The same venue with sockets and REST service at another `http://host:port`."""
        match = re.fullmatch(r"(?:http|ws)(s?)://([^/?#@\s]+)/?", endpoint)
        if match is None:
            raise ConfigError(
                f'endpoint "{self.name}={endpoint}": expected an address such as '
                f"{self.name}=http://127.0.0.1:8000"
            )
        secure, address = match.groups()
        return replace(self, websocket=f"ws{secure}://{address}", rest=f"http{secure}://{address}")


_BYBIT_DOMAINS = (
    "bybit.com",
    "bybit.eu",
    "bybit.id",
    "bybit.kz",
    "bybit.tr",
    "bybitgeorgia.ge",
    "manepa.jp",
)
"""The venue's own and those of regions: the sockets are at `stream.`, the rest at `api.`."""

_BYBIT_SPOT = (
    Channel.TRADES,
    Channel.BOOK,
    Channel.BOOK_TICKER,
    Channel.KLINES,
    Channel.TICKER,
)
_BYBIT_CONTRACTS = (*_BYBIT_SPOT, Channel.LIQUIDATIONS, Channel.MARK_PRICE)

_BYBIT_LIMITS = Limits(
    # Their names may have 21,000 characters together; those of 200 streams have 12,000 at most.
    streams=200,
    sends=10,
    # 500 are allowed for all three markets together.
    connects=160,
    # 600 requests in 5 s are allowed for all three together; no header states what was used.
    weight=200,
    weight_header="",
)

_BYBIT_SYMBOLS = r"[A-Z0-9][A-Z0-9.-]{0,39}"


def _bybit_hosts(category: str) -> tuple[str, ...]:
    """Where one market's traffic is: on a socket path of its own, and in one REST service."""
    sockets = [f"stream.{domain}" for domain in _BYBIT_DOMAINS]
    documents = [f"api.{domain}" for domain in (*_BYBIT_DOMAINS, "bytick.com")]
    return (
        *(f"{host}/v5/public/{category}" for host in (*sockets, "stream-testnet.bybit.com")),
        *(f"{host}?category={category}" for host in (*documents, "api-testnet.bybit.com")),
    )


VENUES: dict[str, Venue] = {
    "binance": Venue(
        name="binance",
        factory="feeds.exchanges.binance.adapter:Binance",
        # The market-data twin of the main host: no user data, and often reachable where it is not.
        websocket="wss://data-stream.binance.vision",
        paths=dict.fromkeys(
            (
                Channel.TRADES,
                Channel.BOOK,
                Channel.BOOK_TICKER,
                Channel.KLINES,
                Channel.TICKER,
            ),
            "/stream",
        ),
        rest="https://data-api.binance.vision",
        hosts=(
            "api-gcp.binance.com",
            "api.binance.com",
            "api1.binance.com",
            "api2.binance.com",
            "api3.binance.com",
            "api4.binance.com",
            "data-api.binance.vision",
            "data-stream.binance.vision",
            "stream.binance.com",
            "testnet.binance.vision",
            "www.binance.com/api/",
        ),
        limits=Limits(
            # 1024 are allowed; fewer are lost together with one socket.
            streams=200,
            sends=5,
            connects=300,
            weight=6000,
            weight_header="X-MBX-USED-WEIGHT-1M",
        ),
        symbols=r"(?:[^\Wa-z]|[.-]){1,40}",
    ),
    "binance-usdm": Venue(
        name="binance-usdm",
        factory="feeds.exchanges.binance.adapter:Binance",
        websocket="wss://fstream.binance.com",
        # Since April 2026 a stream asked for on the other path is acknowledged and stays silent.
        paths={
            Channel.TRADES: "/market/stream",
            Channel.BOOK: "/public/stream",
            Channel.BOOK_TICKER: "/public/stream",
            Channel.KLINES: "/market/stream",
            Channel.MARK_PRICE: "/market/stream",
            Channel.LIQUIDATIONS: "/market/stream",
            Channel.TICKER: "/market/stream",
        },
        rest="https://fapi.binance.com",
        hosts=(
            "demo-fapi.binance.com",
            "fapi.binance.com",
            "fstream.binance.com",
            "fstream.binancefuture.com",
            "testnet.binancefuture.com",
            "www.binance.com/fapi/",
            "www.binance.com/futures/",
        ),
        limits=Limits(
            # 1024 are documented, 200 is what older servers took.
            streams=200,
            sends=10,
            connects=300,
            weight=2400,
            weight_header="X-MBX-USED-WEIGHT-1M",
        ),
        symbols=r"(?:[^\Wa-z]|[.-]){1,40}",
    ),
    "bybit": Venue(
        name="bybit",
        factory="feeds.exchanges.bybit.adapter:Bybit",
        websocket="wss://stream.bybit.com",
        paths=dict.fromkeys(_BYBIT_SPOT, "/v5/public/spot"),
        rest="https://api.bybit.com",
        hosts=_bybit_hosts("spot"),
        limits=_BYBIT_LIMITS,
        symbols=_BYBIT_SYMBOLS,
    ),
    "bybit-inverse": Venue(
        name="bybit-inverse",
        factory="feeds.exchanges.bybit.adapter:Bybit",
        websocket="wss://stream.bybit.com",
        paths=dict.fromkeys(_BYBIT_CONTRACTS, "/v5/public/inverse"),
        rest="https://api.bybit.com",
        hosts=_bybit_hosts("inverse"),
        limits=_BYBIT_LIMITS,
        symbols=_BYBIT_SYMBOLS,
    ),
    "bybit-linear": Venue(
        name="bybit-linear",
        factory="feeds.exchanges.bybit.adapter:Bybit",
        websocket="wss://stream.bybit.com",
        paths=dict.fromkeys(_BYBIT_CONTRACTS, "/v5/public/linear"),
        rest="https://api.bybit.com",
        hosts=_bybit_hosts("linear"),
        limits=_BYBIT_LIMITS,
        symbols=_BYBIT_SYMBOLS,
    ),
    "kraken": Venue(
        name="kraken",
        factory="feeds.exchanges.kraken.adapter:Kraken",
        websocket="wss://ws.kraken.com",
        paths=dict.fromkeys(
            (
                Channel.TRADES,
                Channel.BOOK,
                Channel.BOOK_TICKER,
                Channel.KLINES,
                Channel.TICKER,
            ),
            "/v2",
        ),
        rest="https://api.kraken.com",
        hosts=("api.kraken.com", "beta-ws.kraken.com", "ws.kraken.com"),
        # No number is published: about 150 connects in ten minutes, and a request a second.
        limits=Limits(streams=200, sends=5, connects=75, weight=60, weight_header=""),
        symbols=r"[A-Z0-9.]{1,20}x?/[A-Z0-9.]{2,10}",
    ),
    "okx": Venue(
        name="okx",
        factory="feeds.exchanges.okx.adapter:Okx",
        websocket="wss://ws.okx.com:8443",
        paths=dict.fromkeys(
            (
                Channel.TRADES,
                Channel.BOOK,
                Channel.BOOK_TICKER,
                Channel.LIQUIDATIONS,
                Channel.MARK_PRICE,
                Channel.TICKER,
            ),
            "/ws/v5/public",
        )
        | {Channel.KLINES: "/ws/v5/business"},
        rest="https://www.okx.com",
        hosts=(
            "aws.okx.com",
            "eea.okx.com",
            "us.okx.com",
            "ws.okex.com",
            "ws.okx.com",
            "wsaws.okx.com",
            "wseea.okx.com",
            "wspap.okx.com",
            "wsus.okx.com",
            "www.okex.com",
            "www.okx.com",
        ),
        limits=Limits(
            # Fewer than 30 deep books are to be on one connection, each with its trades.
            streams=56,
            # 480 requests an hour are allowed on one connection.
            sends=3,
            # Three a second are allowed, and none are to come at once after a failure.
            connects=60,
            # 20 in two seconds of the slowest endpoint that is used; no header states them.
            weight=600,
            weight_header="",
        ),
        symbols=r"[A-Z0-9_]{1,20}(?:-[A-Z0-9_]{1,20}){1,4}",
    ),
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
    venue = find_venue(name)
    if re.fullmatch(venue.symbols, symbol):
        return name, symbol
    capitals = symbol.upper()
    remedy = f': did you mean "{name}:{capitals}"?' if re.fullmatch(venue.symbols, capitals) else ""
    raise ConfigError(f'"{symbol}" is not a symbol of {name}{remedy}')


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
