"""Venues are found by name, by instrument and by address, and wrong words get a plain answer."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Adapter, Channel, Parser
from feeds.errors import ConfigError
from feeds.registry import (
    DEFAULT_INSTRUMENT,
    VENUES,
    find_venue,
    parse_instrument,
    venue_for_url,
)

ROOT = Path(__file__).resolve().parents[1]


def test_the_table_is_sorted_and_every_row_knows_its_name() -> None:
    assert list(VENUES) == sorted(VENUES)
    assert all(name == venue.name for name, venue in VENUES.items())


@pytest.mark.parametrize("name", VENUES)
def test_every_venue_has_an_adapter_that_is_one(name: str) -> None:
    venue = VENUES[name]
    adapter, parser = venue.adapter("wss://somewhere"), venue.parser()
    assert adapter.url == "wss://somewhere"
    for protocol, made in ((Adapter, adapter), (Parser, parser)):
        for method, wanted in inspect.getmembers(protocol, inspect.isfunction):
            if not method.startswith("_"):
                found = inspect.signature(getattr(type(made), method))
                assert list(found.parameters) == list(inspect.signature(wanted).parameters)


@pytest.mark.parametrize("name", VENUES)
def test_a_venues_own_addresses_are_recognised_as_its_own(name: str) -> None:
    venue = VENUES[name]
    assert {Channel.TRADES, Channel.BOOK, Channel.KLINES} <= venue.paths.keys()
    for channel in venue.paths:
        assert venue_for_url(venue.url(channel)) == name
    # Markets that share one REST service are told apart by their paths, or by what the query says.
    places = (host.partition("?") for host in venue.hosts)
    assert any(
        venue_for_url(f"{venue.rest}/{place.partition('/')[2]}/anything?{term}&symbol=X") == name
        for place, _, term in places
    )


def test_usdm_books_and_trades_are_on_different_paths() -> None:
    venue = VENUES["binance-usdm"]
    assert venue.url(Channel.BOOK) == "wss://fstream.binance.com/public/stream"
    assert venue.url(Channel.TRADES) == "wss://fstream.binance.com/market/stream"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("wss://stream.binance.com:9443/stream?streams=btcusdt@trade", "binance"),
        ("https://www.binance.com/api/v1/depth?symbol=ZILUSDT&limit=1000", "binance"),
        ("https://www.binance.com/fapi/v1/depth?symbol=ZILUSDT", "binance-usdm"),
        ("wss://fstream.binance.com/ws", "binance-usdm"),
        ("WSS://FSTREAM.BINANCE.COM/ws", None),
        ("wss://dstream.binance.com/ws", "binance-coinm"),
        ("https://www.binance.com/en/trade", None),
        ("https://stream.binance.com.evil.example/stream", None),
        ("wss://stream.bybit.com/v5/public/spot", "bybit"),
        ("wss://stream.bybit.kz/v5/public/linear", "bybit-linear"),
        ("wss://stream.bybit.com/v5/public/misc/status", None),
        ("https://api.bybit.com/v5/market/time", None),
        ("https://api.bybit.com/v5/market/kline?symbol=X&category=inverse", "bybit-inverse"),
        ("https://api.bytick.com/v5/market/kline?category=linear&symbol=X", "bybit-linear"),
        ("https://api.bybit.com/v5/market/kline?category=linearly", None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_recorded_addresses_name_their_venue(url: str, name: str | None) -> None:
    assert venue_for_url(url) == name


@pytest.mark.parametrize(
    ("text", "instrument"),
    [
        (DEFAULT_INSTRUMENT, ("binance-usdm", "BTCUSDT")),
        ("binance:ETHBTC", ("binance", "ETHBTC")),
        ("bybit-linear:BTCUSDT-06MAR26", ("bybit-linear", "BTCUSDT-06MAR26")),
        ("binance-usdm:BTCUSDT_260925", ("binance-usdm", "BTCUSDT_260925")),
        ("binance:币安人生USDT", ("binance", "币安人生USDT")),
    ],
)
def test_an_instrument_is_venue_and_symbol(text: str, instrument: tuple[str, str]) -> None:
    assert parse_instrument(text) == instrument


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("binanse:BTCUSDT", 'unknown venue "binanse": did you mean "binance"? venues: binance,'),
        ("zzz:BTCUSDT", 'unknown venue "zzz"; venues: binance,'),
        ("BTCUSDT", '"BTCUSDT" is not VENUE:SYMBOL, such as binance-usdm:BTCUSDT'),
        ("binance:", '"binance:" is not VENUE:SYMBOL'),
        (":BTCUSDT", '":BTCUSDT" is not VENUE:SYMBOL'),
        ("binance:btcusdt", 'did you mean "binance:BTCUSDT"?'),
        ("binance:BTC/USDT", '"BTC/USDT" is not a symbol of binance'),
        ("binance:BTC&limit=5", "is not a symbol of binance"),
    ],
)
def test_a_wrong_instrument_is_told_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_instrument(text)
    assert said in str(raised.value)


@given(st.text())
def test_any_text_is_an_instrument_or_a_plain_error(text: str) -> None:
    for candidate in (text, f"binance:{text}", f"{text}:BTCUSDT"):
        try:
            venue, symbol = parse_instrument(candidate)
        except ConfigError:
            continue
        assert f"{venue}:{symbol}" == candidate
        assert not set(symbol) & set(" /?&#%@:\n\x1b")
    venue_for_url(text)
    venue_for_url(f"https://{text}")


@pytest.mark.parametrize(
    ("endpoint", "websocket", "rest"),
    [
        ("http://127.0.0.1:8000", "ws://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("ws://localhost:1/", "ws://localhost:1", "http://localhost:1"),
        ("https://proxy.example", "wss://proxy.example", "https://proxy.example"),
    ],
)
def test_an_endpoint_moves_sockets_and_rest(endpoint: str, websocket: str, rest: str) -> None:
    moved = find_venue("binance-usdm").at(endpoint)
    assert moved.url(Channel.BOOK) == f"{websocket}/public/stream"
    assert moved.rest == rest


NO_ADDRESS = [
    "",
    "127.0.0.1:80",
    "ftp://x",
    "http://",
    "http://a/b",
    "http://[x",
    "http://\u2100.com",
]


@pytest.mark.parametrize("endpoint", [*NO_ADDRESS, "http://:80", "ws://x:y", "ws://x:65536"])
def test_a_wrong_endpoint_is_told_what_is_wrong(endpoint: str) -> None:
    with pytest.raises(ConfigError, match="expected an address such as"):
        find_venue("binance").at(endpoint)


def test_the_table_loads_without_numpy_and_without_a_socket_library() -> None:
    script = "import feeds.registry, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert not loaded & {"numpy", "aiohttp", "asyncio", "feeds.exchanges.binance.adapter"}
