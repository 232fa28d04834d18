"""What is asked of Kraken: pairs, channels, bars, pings; and what refusals are answered with."""

import json
from collections.abc import Iterable

import pytest

from feeds.adapter import Channel, Fetch, Output, Subscription
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.exchanges.kraken.pairs import rest_name, socket_name
from feeds.registry import VENUES
from market.events import FeedState, FeedStatus, Kline, Listing
from tests.kraken import OHLC, SECOND, SPOT, live, opened, receive, sent, states, trades

PAIRS = "/0/public/AssetPairs?pair=XBTUSD"


def fetches(outputs: Iterable[Output]) -> list[str]:
    return [output.path for output in outputs if isinstance(output, Fetch)]


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("XXBTZUSD", "BTC/USD"),
        ("XBTUSDT", "BTC/USDT"),
        ("XBT/USD", "BTC/USD"),
        ("XETHXXBT", "ETH/BTC"),
        ("XDGUSD", "DOGE/USD"),
        ("SOLEUR", "SOL/EUR"),
        ("USDTUSD", "USDT/USD"),
        ("AAPLxUSD", "AAPLx/USD"),
        ("?", "?"),
    ],
)
def test_a_pair_has_one_symbol_by_whatever_name(name: str, symbol: str) -> None:
    assert socket_name(name) == symbol
    assert socket_name(rest_name(symbol)) == symbol


def test_what_is_wanted_is_subscribed_and_fetched() -> None:
    adapter = VENUES[SPOT].adapter()
    channels = [Channel.TRADES, Channel.BOOK, Channel.KLINES, Channel.TICKER]
    wanted = [Subscription("BTC/USD", channel, "3m") for channel in channels]
    outputs = list(adapter.open([*wanted, Subscription("AAPLx/USD", Channel.BOOK)], 0))
    assert [request["params"] for request in sent(outputs)] == [
        {"channel": "trade", "symbol": ["BTC/USD"], "snapshot": True},
        {"channel": "book", "symbol": ["BTC/USD", "AAPLx/USD"], "depth": 1000},
        {"channel": "ohlc", "symbol": ["BTC/USD"], "interval": 1, "snapshot": True},
        {"channel": "ticker", "symbol": ["BTC/USD"], "event_trigger": "trades"},
    ]
    assert fetches(outputs) == [
        PAIRS,
        "/0/public/AssetPairs?pair=AAPLxUSD&aclass_base=tokenized_asset",
        OHLC,
    ]
    assert states(outputs) == [FeedState.SYNCING, FeedState.SYNCING]


def test_a_channel_that_the_venue_lacks_is_refused() -> None:
    with pytest.raises(ConfigError, match="kraken has no liquidations"):
        opened(Channel.LIQUIDATIONS)


def test_a_refusal_names_its_symbol_in_the_venues_words() -> None:
    refusal = {"method": "subscribe", "success": False, "symbol": "FOO/USD"}
    text = json.dumps(refusal | {"error": "Currency pair not supported"})
    with pytest.raises(Rejected, match="kraken: FOO/USD: Currency pair not supported"):
        VENUES[SPOT].adapter().receive(text, 0)
    for error in ("Already subscribed", "Subscription Not Found"):
        assert receive(live(), json.dumps(refusal | {"error": error})) == []


def test_a_refused_book_is_not_asked_for_again() -> None:
    adapter = opened(Channel.BOOK)
    refusal = {"method": "subscribe", "success": False, "symbol": "BTC/USD", "error": "No"}
    with pytest.raises(Rejected):
        adapter.receive(json.dumps(refusal), 0)
    assert sent(adapter.tick(3600 * SECOND)) == [{"method": "ping"}]


def test_the_venue_is_pinged_twice_a_minute() -> None:
    adapter = opened(Channel.TRADES)
    pings = [len(sent(adapter.tick(second * SECOND))) for second in range(0, 121, 10)]
    assert sum(pings) == 4
    assert receive(adapter, '{"method":"pong","time_in":"x","time_out":"y"}') == []


def test_an_instrument_is_announced_once_something_concerns_it() -> None:
    adapter = VENUES[SPOT].adapter()
    pair = {"altname": "XBTUSD", "wsname": "XBT/USD", "pair_decimals": 1, "lot_decimals": 8}
    dark = {"altname": "XBTUSD.d", "pair_decimals": 1, "lot_decimals": 8}
    body = json.dumps({"error": [], "result": {"XXBTZUSD": pair, "XBTUSD.d": dark}})
    assert list(adapter.receive_body("/0/public/AssetPairs", body.encode(), 0)) == []
    listing, _ = receive(adapter, trades(1))
    assert isinstance(listing, Listing)
    assert (listing.listed.base, listing.listed.quote) == ("BTC", "USD")
    assert (str(listing.listed.tick_size), str(listing.listed.lot_size)) == ("0.1", "1E-8")


def test_an_unknown_pair_is_told_and_a_busy_venue_asked_again() -> None:
    adapter = opened(Channel.BOOK, Channel.KLINES)
    busy = b'{"error":["EGeneral:Too many requests"]}'
    assert list(adapter.receive_body(OHLC, busy, 0)) == []
    assert OHLC in fetches(adapter.tick(SECOND))
    unknown = b'{"error":["EQuery:Unknown asset pair"]}'
    with pytest.raises(Rejected, match="BTC/USD: no such symbol"):
        adapter.receive_body(PAIRS, unknown, 0)
    both = opened(Channel.BOOK, symbols=("BTC/USD", "FOO/USD"))
    (status,) = both.receive_body("/0/public/AssetPairs?pair=FOOUSD", unknown, 0)
    assert status == FeedStatus("kraken:FOO/USD", 0, FeedState.CONNECTING, "no such symbol")


def test_a_body_that_is_not_json_is_asked_for_again() -> None:
    adapter = opened(Channel.KLINES)
    with pytest.raises(MalformedFrame):
        adapter.receive_body(OHLC, b"<html>busy</html>", 0)
    assert fetches(adapter.tick(SECOND)) == [OHLC]


def test_only_the_last_bar_of_a_body_may_still_form() -> None:
    rows = [[60 * n, "1", "2", "1", "2", "1.5", "9", 3] for n in range(1, 3)]
    body = json.dumps({"error": [], "result": {"XXBTZUSD": rows, "last": 60}})
    parser = VENUES[SPOT].parser()
    for now, closed in ((150 * SECOND, [True, False]), (180 * SECOND, [True, True])):
        bars = parser.parse(body, now, OHLC)
        assert [bar.closed for bar in bars if isinstance(bar, Kline)] == closed
