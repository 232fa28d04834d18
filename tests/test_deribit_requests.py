"""What is asked of Deribit: channels, bars, listings; and what refusals are answered with."""

from collections.abc import Iterable
from decimal import Decimal

import pytest

from feeds.adapter import Channel, Fetch, Ignored, Output, Subscription
from feeds.errors import MalformedFrame, Rejected
from feeds.exchanges.deribit.adapter import PAUSE
from feeds.exchanges.deribit.names import is_combination, is_inverse, is_option
from feeds.inband import ANSWER
from feeds.registry import VENUES, parse_instrument
from market.events import FeedState, FeedStatus, Kline, Listing
from market.instrument import Instrument, Kind
from tests.deribit import (
    AT,
    BOOK,
    CHART,
    DERIBIT,
    LISTING,
    MS,
    PERPETUAL,
    SECOND,
    answer,
    calls,
    chart,
    day,
    listed,
    opened,
    parse,
    push,
    receive,
    refusal,
    trade,
)


def fetches(outputs: Iterable[Output]) -> list[str]:
    return [output.path for output in outputs if isinstance(output, Fetch)]


@pytest.mark.parametrize(
    ("symbol", "kinds"),
    [
        ("BTC-PERPETUAL", (True, False, False)),
        ("ETH-25JUN21", (True, False, False)),
        ("BTC_USDC-PERPETUAL", (False, False, False)),
        ("BTC_USDC", (False, False, False)),
        ("BTC-24SEP21-8000-P", (False, True, False)),
        ("MATIC_USDC-9MAR24-1d02-C", (False, True, False)),
        ("BTC-FS-30SEP22_PERP", (False, False, True)),
        ("BTC-STRD-30SEP22-20000", (False, False, True)),
        ("BTC-CSR12-16SEP22-21000_23000", (False, False, True)),
    ],
)
def test_a_symbol_tells_what_kind_of_instrument_it_is(
    symbol: str, kinds: tuple[bool, bool, bool]
) -> None:
    assert (is_inverse(symbol), is_option(symbol), is_combination(symbol)) == kinds
    if not is_combination(symbol):
        assert parse_instrument(f"{DERIBIT}:{symbol}") == (DERIBIT, symbol)


def test_each_wish_is_a_channel_and_none_is_asked_for_twice() -> None:
    adapter = VENUES[DERIBIT].adapter()
    wanted = [Subscription(PERPETUAL, one, "4h") for one in VENUES[DERIBIT].paths]
    outputs = list(adapter.open(wanted, AT * MS))
    heartbeat, subscribe = calls(outputs)
    assert heartbeat == ("set_heartbeat", {"interval": 30})
    channels = ["trades.X.100ms", "book.X.100ms", "quote.X", "chart.trades.X.120", "ticker.X.100ms"]
    expected = [channel.replace("X", PERPETUAL) for channel in channels]
    assert subscribe == ("subscribe", {"channels": expected})
    start = AT - 1000 * 7200_000
    span = f"&start_timestamp={start}&end_timestamp={AT}&resolution=120"
    assert fetches(outputs) == [LISTING, CHART + span]


def test_many_channels_are_subscribed_in_few_frames() -> None:
    adapter = VENUES[DERIBIT].adapter()
    wanted = [Subscription(f"C{number}_USDC", Channel.TRADES) for number in range(200)]
    (_, *asked) = calls(adapter.open(wanted, 0))
    assert [len(params["channels"]) for _, params in asked] == [100, 100]


def test_a_test_request_is_answered() -> None:
    frame = '{"params":{"type":"test_request"},"method":"heartbeat","jsonrpc":"2.0"}'
    assert calls(receive(opened(Channel.TRADES), frame)) == [("test", {})]
    assert receive(opened(Channel.TRADES), frame.replace("test_request", "heartbeat")) == []
    answer = '{"jsonrpc":"2.0","id":0,"result":{"version":"1.2.26"},"usIn":1,"usOut":2}'
    assert receive(opened(Channel.TRADES), answer) == []
    assert all(isinstance(event, Ignored) for event in parse(answer))


def test_history_is_read_by_column() -> None:
    path = f"{CHART}&start_timestamp=1&end_timestamp=2&resolution=1"
    bars = parse(chart(), path, (AT + 90_000) * MS)
    assert [(bar.start, bar.closed) for bar in bars if isinstance(bar, Kline)] == [
        (AT * MS, True),
        ((AT + 60_000) * MS, False),
    ]
    with pytest.raises(MalformedFrame, match="different lengths"):
        parse(chart(cost=[1.0]), path)


def test_a_listing_tells_what_sizes_are_in() -> None:
    adapter = opened(Channel.BOOK)
    (listing,) = adapter.receive_body(LISTING, listed().encode(), 0)
    assert isinstance(listing, Listing)
    grid = (Decimal("0.5"), Decimal(10))
    names = ("BTC", "USD")
    inverse = Instrument(DERIBIT, PERPETUAL, *grid, *names, Kind.INVERSE, Decimal(1))
    assert listing.listed == inverse
    (linear,) = parse(listed(instrument_name="BTC_USDC-PERPETUAL"), LISTING)
    (spot,) = parse(listed(instrument_name="BTC_USDC", kind="spot"), LISTING)
    assert isinstance(linear, Listing)
    assert isinstance(spot, Listing)
    assert (linear.listed.kind, linear.listed.contract_size) == (Kind.LINEAR, None)
    assert (spot.listed.kind, spot.listed.contract_size) == (Kind.SPOT, None)
    for other in ({"kind": "future_combo"}, {"tick_size": 0}, {"instrument_name": "BTC-FS-A_B"}):
        assert all(isinstance(event, Ignored) for event in parse(listed(**other), LISTING))


def test_a_channel_that_is_not_in_the_answer_cannot_be_had() -> None:
    with pytest.raises(Rejected, match="deribit: BTC-PERPETUAL: no such symbol"):
        opened(Channel.BOOK).receive(answer(1), 0)
    adapter = opened(Channel.BOOK, Channel.TICKER, symbols=(PERPETUAL, "NOSUCH"))
    had = (BOOK, f"ticker.{PERPETUAL}.100ms")
    (status,) = receive(adapter, answer(1, *had))
    expected = FeedStatus("deribit:NOSUCH", 0, FeedState.CONNECTING, "no such symbol")
    assert status == expected
    assert [params for _, params in calls(adapter.tick(ANSWER))] == [{"channels": [BOOK]}] * 2


def test_a_busy_venue_is_asked_again_and_any_other_refusal_told() -> None:
    adapter = opened(Channel.TRADES)
    assert receive(adapter, refusal(1, 10028, "too_many_requests")) == []
    assert calls(adapter.tick(PAUSE - 1)) == []
    ((method, params),) = calls(adapter.tick(PAUSE))
    assert (method, params) == ("subscribe", {"channels": [f"trades.{PERPETUAL}.100ms"]})
    with pytest.raises(Rejected, match=r"raw_not_available \(code 13778\)"):
        adapter.receive(refusal(1, 13778, "raw_not_available"), 0)
    assert receive(adapter, refusal(None, 10028)) == []


def test_an_unknown_symbol_is_told_and_a_busy_service_asked_again() -> None:
    adapter = opened(Channel.BOOK)
    assert list(adapter.receive_body(LISTING, refusal(1, 10028).encode(), 0)) == []
    assert fetches(adapter.tick(SECOND)) == [LISTING]
    with pytest.raises(Rejected, match="BTC-PERPETUAL: no such symbol"):
        adapter.receive_body(LISTING, refusal(1, 13020, "not_found").encode(), 0)
    with pytest.raises(MalformedFrame):
        adapter.receive_body(LISTING, b"<html>busy</html>", 0)


def test_combinations_are_not_followed_though_their_prices_be_below_zero() -> None:
    symbol = "BTC-FS-30SEP22_PERP"
    for frame in (
        day(instrument_name=symbol, best_bid_price=-7),
        push("trades.future_combo.BTC.100ms", [trade(5, instrument_name=symbol, price=-7)]),
    ):
        assert all(isinstance(event, Ignored) for event in parse(frame))
        assert receive(VENUES[DERIBIT].adapter(), frame) == []
