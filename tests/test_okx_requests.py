"""What is asked of OKX, from channels to signs of life, and what refusals are answered with."""

import json
from collections.abc import Iterable
from decimal import Decimal

import pytest

from feeds.adapter import Channel, Fetch, Ignored, Output, Subscription
from feeds.errors import Disconnected, MalformedFrame, Rejected
from feeds.exchanges.okx.names import instrument_type
from feeds.registry import VENUES
from market.events import FeedState, FeedStatus, Listing
from market.instrument import Instrument, Kind
from tests.okx import (
    CANDLES,
    LISTING,
    NAME,
    OKX,
    SECOND,
    SWAP,
    listed,
    opened,
    parse,
    receive,
    sent,
)


def fetches(outputs: Iterable[Output]) -> list[str]:
    return [output.path for output in outputs if isinstance(output, Fetch)]


def subscribed(*channels: Channel, symbol: str = SWAP) -> list[str]:
    adapter = VENUES[OKX].adapter()
    outputs = adapter.open([Subscription(symbol, channel, "6h") for channel in channels], 0)
    args = [arg for text in sent(outputs) for arg in json.loads(text)["args"]]
    return [f"{arg['channel']} {arg.get('instId', arg.get('instType'))}" for arg in args]


@pytest.mark.parametrize(
    ("symbol", "kind"),
    [
        ("BTC-USDT", "SPOT"),
        ("BTC-USDT-SWAP", "SWAP"),
        ("BTC-USD-260925", "FUTURES"),
        ("BTC-USD-260925-66000-C", "OPTION"),
    ],
)
def test_a_symbol_tells_what_kind_of_instrument_it_is(symbol: str, kind: str) -> None:
    assert instrument_type(symbol) == kind


def test_each_wish_is_the_channels_that_its_kind_of_instrument_has() -> None:
    assert subscribed(Channel.TRADES, Channel.BOOK, Channel.TICKER) == [
        f"trades {SWAP}",
        f"books {SWAP}",
        f"tickers {SWAP}",
    ]
    assert subscribed(Channel.BOOK_TICKER, Channel.KLINES) == [
        f"bbo-tbt {SWAP}",
        f"candle6Hutc {SWAP}",
    ]
    assert subscribed(Channel.MARK_PRICE, Channel.LIQUIDATIONS) == [
        "index-tickers BTC-USDT",
        f"mark-price {SWAP}",
        f"open-interest {SWAP}",
        f"funding-rate {SWAP}",
        "liquidation-orders SWAP",
    ]
    dated = "BTC-USD-260925"
    assert f"funding-rate {dated}" not in subscribed(Channel.MARK_PRICE, symbol=dated)
    assert subscribed(Channel.MARK_PRICE, Channel.LIQUIDATIONS, symbol="BTC-USDT") == []


def test_instruments_and_history_are_fetched() -> None:
    adapter = VENUES[OKX].adapter()
    assert fetches(adapter.open([Subscription(SWAP, Channel.BOOK)], 0)) == [LISTING]
    assert fetches(adapter.open([Subscription(SWAP, Channel.KLINES, "1m")], 0)) == [CANDLES]


def test_many_symbols_are_subscribed_in_few_frames() -> None:
    adapter = VENUES[OKX].adapter()
    wanted = [Subscription(f"C{number}-USDT", Channel.TRADES) for number in range(250)]
    frames = [json.loads(text) for text in sent(adapter.open(wanted, 0))]
    assert [len(frame["args"]) for frame in frames] == [100, 100, 50]


def test_a_server_that_is_about_to_close_is_left() -> None:
    notice = {"event": "notice", "code": "64008", "msg": "The connection will soon be closed"}
    with pytest.raises(Disconnected, match="about to close"):
        VENUES[OKX].adapter().receive(json.dumps(notice), 0)
    other = json.dumps(notice | {"code": "64000"})
    assert receive(VENUES[OKX].adapter(), other) == []


def test_a_refusal_names_the_symbol_it_is_about() -> None:
    text = "Wrong URL or channel:books,instId:FOO-USDT doesn't exist. Please use the correct URL"
    adapter = opened(Channel.BOOK, symbols=("FOO-USDT",))
    with pytest.raises(Rejected, match="okx: FOO-USDT: no such symbol"):
        adapter.receive(json.dumps({"event": "error", "code": "60018", "msg": text}), 0)
    assert sent(adapter.tick(3600 * SECOND)) == ["ping"]
    with pytest.raises(Rejected, match=r"Illegal request \(code 60012\)"):
        adapter.receive('{"event":"error","code":"60012","msg":"Illegal request"}', 0)


def test_a_silence_is_broken_before_the_venue_hangs_up() -> None:
    adapter = opened(Channel.TRADES)
    assert sent(adapter.tick(19 * SECOND)) == []
    assert sent(adapter.tick(20 * SECOND)) == ["ping"]
    assert receive(adapter, "pong", now=21 * SECOND) == []
    assert sent(adapter.tick(40 * SECOND)) == []
    assert sent(adapter.tick(41 * SECOND)) == ["ping"]
    assert list(adapter.receive(b"pong", 42 * SECOND)) == []


def test_a_listing_tells_what_a_contract_is_worth() -> None:
    adapter = opened(Channel.BOOK)
    (listing,) = adapter.receive_body(LISTING, listed().encode(), 0)
    assert isinstance(listing, Listing)
    grid = (Decimal("0.1"), Decimal("0.01"))
    expected = Instrument(OKX, SWAP, *grid, "BTC", "USDT", Kind.LINEAR, Decimal("0.01"))
    assert listing.listed == expected
    (inverse,) = parse(listed(ctType="inverse", ctVal="100", ctMult="1"), LISTING)
    assert isinstance(inverse, Listing)
    assert inverse.listed.kind is Kind.INVERSE
    assert inverse.listed.contract_size == 100


def test_a_contract_of_unknown_worth_is_not_listed() -> None:
    for other in ({"ctVal": ""}, {"ctType": ""}, {"tickSz": ""}, {"instType": "OPTION"}):
        assert all(isinstance(event, Ignored) for event in parse(listed(**other), LISTING))


def test_an_unknown_symbol_is_told_and_a_busy_venue_asked_again() -> None:
    adapter = opened(Channel.BOOK)
    busy = b'{"code":"50011","msg":"Too Many Requests","data":[]}'
    assert list(adapter.receive_body(LISTING, busy, 0)) == []
    assert fetches(adapter.tick(SECOND)) == [LISTING]
    unknown = b'{"code":"51001","msg":"Instrument ID does not exist","data":[]}'
    with pytest.raises(Rejected, match="BTC-USDT-SWAP: no such symbol"):
        adapter.receive_body(LISTING, unknown, 0)
    both = opened(Channel.BOOK, symbols=(SWAP, "ETH-USDT"))
    (status,) = both.receive_body(LISTING, unknown, 0)
    assert status == FeedStatus(NAME, 0, FeedState.CONNECTING, "no such symbol")


def test_a_body_that_is_not_json_is_asked_for_again() -> None:
    adapter = opened(Channel.KLINES)
    with pytest.raises(MalformedFrame):
        adapter.receive_body(CANDLES, b"<html>busy</html>", 0)
    assert fetches(adapter.tick(SECOND)) == [CANDLES]
