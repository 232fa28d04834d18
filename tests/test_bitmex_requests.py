"""What is asked of BitMEX, from tables to signs of life, and what refusals are answered with."""

import json
from collections.abc import Iterable
from decimal import Decimal

import pytest

from feeds.adapter import Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.errors import MalformedFrame, Rejected
from feeds.exchanges.bitmex.adapter import PAUSE
from feeds.inband import ANSWER
from feeds.registry import VENUES, parse_instrument
from market.events import FeedState, FeedStatus, Kline, Listing
from market.instrument import Instrument, Kind
from tests.bitmex import (
    AT_NS,
    BARS,
    BITMEX,
    LISTING,
    MINUTE,
    SECOND,
    XBTUSD,
    candle,
    listed,
    opened,
    parse,
    receive,
    refusal,
    requests,
    sent,
)


def fetches(outputs: Iterable[Output]) -> list[str]:
    return [output.path for output in outputs if isinstance(output, Fetch)]


def test_each_wish_is_a_table_and_none_is_asked_for_twice() -> None:
    adapter = VENUES[BITMEX].adapter()
    wanted = [Subscription(XBTUSD, one, "1m") for one in VENUES[BITMEX].paths]
    outputs = list(adapter.open(wanted, 0))
    names = ["trade", "orderBookL2", "quote", "tradeBin1m", "liquidation", "instrument"]
    assert requests(outputs) == [("subscribe", [f"{name}:{XBTUSD}" for name in names])]
    assert fetches(outputs) == [LISTING, BARS]
    assert parse_instrument("bitmex:XBT_USDT") == (BITMEX, "XBT_USDT")


def test_many_tables_are_subscribed_twenty_at_a_time() -> None:
    adapter = VENUES[BITMEX].adapter()
    wanted = [Subscription(f"C{number}USD", Channel.TRADES) for number in range(50)]
    assert [len(args) for _, args in requests(adapter.open(wanted, 0))] == [20, 20, 10]


@pytest.mark.parametrize(("interval", "name"), [("4h", "1h"), ("30m", "5m"), ("1w", "1d")])
def test_intervals_are_the_venues_own_or_a_part_of_the_one_wanted(interval: str, name: str) -> None:
    outputs = VENUES[BITMEX].adapter().open([Subscription(XBTUSD, Channel.KLINES, interval)], 0)
    assert requests(outputs) == [("subscribe", [f"tradeBin{name}:{XBTUSD}"])]


def test_history_comes_newest_first_and_is_turned_round() -> None:
    rows = [json.loads(candle())["data"][0] for _ in range(2)]
    rows[1]["timestamp"] = "2023-11-14T22:13:00.000Z"
    bars = parse(json.dumps(rows), BARS, AT_NS)
    assert [bar.end for bar in bars if isinstance(bar, Kline)] == [AT_NS - MINUTE, AT_NS]


def test_a_listing_tells_what_a_contract_is_worth() -> None:
    adapter = opened(Channel.BOOK)
    (listing,) = adapter.receive_body(LISTING, listed().encode(), 0)
    assert isinstance(listing, Listing)
    grid, names = (Decimal("0.5"), Decimal(100)), ("XBT", "USD")
    inverse = Instrument(BITMEX, XBTUSD, *grid, *names, Kind.INVERSE, Decimal(1))
    assert listing.listed == inverse
    plain = {"isInverse": False, "underlyingToSettleMultiplier": None}
    linear = plain | {"multiplier": 1, "underlyingToPositionMultiplier": 1000000}
    quanto = plain | {"multiplier": 100, "isQuanto": True, "quoteToSettleMultiplier": 4000}
    spot = linear | {"typ": "IFXXXP", "underlyingToPositionMultiplier": 100000000}
    for other, kind, worth in (
        (linear, Kind.LINEAR, Decimal("0.000001")),
        (quanto, Kind.LINEAR, Decimal("0.025")),
        (spot, Kind.SPOT, Decimal("0.00000001")),
    ):
        (event,) = parse(listed(**other), LISTING)
        assert isinstance(event, Listing)
        assert (event.listed.kind, event.listed.contract_size) == (kind, worth)


def test_what_is_no_market_or_of_unknown_worth_is_not_listed() -> None:
    for other in ({"typ": "MRCXXX"}, {"tickSize": None}, {"multiplier": None}):
        assert all(isinstance(event, Ignored) for event in parse(listed(**other), LISTING))


def test_a_silence_is_broken_by_a_question() -> None:
    adapter = opened(Channel.TRADES)
    assert sent(adapter.tick(4 * SECOND)) == []
    assert sent(adapter.tick(5 * SECOND)) == ["ping"]
    assert receive(adapter, "pong", now=6 * SECOND) == []
    assert sent(adapter.tick(10 * SECOND)) == []
    assert sent(adapter.tick(11 * SECOND)) == ["ping"]
    assert list(adapter.receive(b"pong", 12 * SECOND)) == []
    assert sent(VENUES[BITMEX].adapter().tick(10**18)) == []


def test_of_a_request_that_is_refused_each_part_is_asked_for_by_itself() -> None:
    adapter = opened(Channel.BOOK, Channel.TRADES, symbols=(XBTUSD, "NOSUCH"))
    both = receive(adapter, refusal(f"trade:{XBTUSD}", "orderBookL2:NOSUCH"))
    assert [args for _, args in requests(both)] == [[f"trade:{XBTUSD}"], ["orderBookL2:NOSUCH"]]
    (status,) = receive(adapter, refusal("orderBookL2:NOSUCH"))
    reason = "Unknown or expired symbol."
    assert status == FeedStatus("bitmex:NOSUCH", 0, FeedState.CONNECTING, reason)
    asked = requests(output for output in adapter.tick(ANSWER) if output != Send("ping"))
    assert {arg for _, args in asked for arg in args} == {f"orderBookL2:{XBTUSD}"}
    with pytest.raises(Rejected, match="XBTUSD: Unknown or expired symbol"):
        opened(Channel.TRADES).receive(refusal(f"trade:{XBTUSD}"), 0)


def test_a_busy_venue_is_asked_again_and_what_we_have_is_no_trouble() -> None:
    adapter = opened(Channel.TRADES)
    topic = f"trade:{XBTUSD}"
    assert receive(adapter, refusal(topic, status=429, error="Rate limit exceeded")) == []
    assert requests(adapter.tick(PAUSE)) == [("subscribe", [topic])]
    assert receive(adapter, refusal(topic, error="You are already subscribed to this topic")) == []
    assert receive(adapter, refusal(f"quote:{XBTUSD}")) == []
    with pytest.raises(Rejected, match="Unknown table"):
        adapter.receive('{"status":400,"error":"Unknown table: x","request":{"op":"x"}}', 0)


def test_an_unknown_symbol_is_told_and_a_busy_service_asked_again() -> None:
    adapter = opened(Channel.BOOK)
    busy = b'{"error":{"message":"The system is currently overloaded.","name":"HTTPError"}}'
    assert list(adapter.receive_body(LISTING, busy, 0)) == []
    assert fetches(adapter.tick(SECOND)) == [LISTING]
    with pytest.raises(Rejected, match="XBTUSD: no such symbol"):
        adapter.receive_body(LISTING, b"[]", 0)
    with pytest.raises(Rejected, match="XBTUSD: Invalid symbol"):
        adapter.receive_body(LISTING, b'{"error":{"message":"Invalid symbol"}}', 0)
    with pytest.raises(MalformedFrame):
        adapter.receive_body(LISTING, b"<html>busy</html>", 0)
