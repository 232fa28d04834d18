"""The Hyperliquid adapter, frame by frame. Frames here are hand-made: they are faults and corners
that no capture holds. What real traffic means is tested in test_captures_hyperliquid.py.
"""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given

from feeds.adapter import Channel, Ignored, Output, Resync, Subscription
from feeds.errors import ConfigError, MalformedFrame
from feeds.exchanges.hyperliquid.ladder import SILENCE, STALE
from feeds.registry import VENUES, parse_instrument
from market.events import BookSnapshot, BookTicker, FeedState, FeedStatus, Side, Trade
from tests.hyperliquid import (
    MS,
    NAME,
    NOW,
    SECOND,
    SPOT_META,
    VENUE,
    T,
    book,
    candle,
    message,
    meta,
    opened,
    posted,
    receive,
    rows,
    sent,
    subscribed,
    trade,
)
from tests.spoiling import check, recorded, spoilt


def quote(bid: str | None, ask: str | None, time: int = T) -> str:
    best = [None if price is None else rows([(price, "7")])[0] for price in (bid, ask)]
    return message("bbo", {"coin": "BTC", "time": time, "bbo": best})


def states(outputs: Sequence[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def books(outputs: Sequence[Output]) -> list[BookSnapshot]:
    return [output for output in outputs if isinstance(output, BookSnapshot)]


DEEP_BIDS = [(str(100 - step), "1") for step in range(20)]
DEEP_ASKS = [(str(101 + step), "1") for step in range(20)]


def test_the_side_of_a_trade_is_the_takers() -> None:
    bought, sold = receive(VENUES[VENUE].adapter(), trade(1, side="B"), trade(2, side="A"))
    assert bought == Trade(NAME, T * MS, NOW, "1", 84143.0, 2.0, Side.BUY)
    assert isinstance(sold, Trade)
    assert sold.side is Side.SELL


def test_the_past_that_a_subscription_repeats_is_told_once_also_over_connections() -> None:
    adapter, _ = opened(Channel.TRADES)
    assert len(receive(adapter, trade(1), trade(2), trade(1))) == 2
    adapter.open([Subscription("BTC", Channel.TRADES)], NOW)
    assert [event.id for event in receive(adapter, trade(2), trade(3))] == ["3"]  # type: ignore[union-attr]  # all are trades


def test_the_trades_of_one_message_are_told_in_order_of_time() -> None:
    data = [json.loads(trade(ident, time=T - ident))["data"][0] for ident in (1, 3, 2)]
    told = receive(VENUES[VENUE].adapter(), message("trades", data))
    assert [event.id for event in told if isinstance(event, Trade)] == ["3", "2", "1"]


def test_a_book_is_made_of_three_subscriptions_and_labelled() -> None:
    adapter, outputs = opened(Channel.BOOK)
    assert subscribed(outputs) == [
        {"type": "l2Book", "coin": "BTC"},
        {"type": "l2Book", "coin": "BTC", "fast": True},
        {"type": "bbo", "coin": "BTC"},
    ]
    assert states(outputs) == [FeedState.SYNCING]
    outputs = receive(adapter, book(DEEP_BIDS, DEEP_ASKS))
    assert states(outputs) == [FeedState.SNAPSHOT_ONLY]
    assert states(receive(adapter, book(DEEP_BIDS, DEEP_ASKS, T + 1))) == []


def test_the_newest_counts_in_each_zone_of_prices() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, book(DEEP_BIDS, DEEP_ASKS))
    fast_bids = [(price, "5") for price in ("100.5", "99", "98", "97", "96")]
    fast_asks = [(price, "5") for price in ("101", "102", "103", "104", "106")]
    (whole,) = books(receive(adapter, book(fast_bids, fast_asks, T + 500, fast=True)))
    assert [price for price, _ in whole.bids] == [100.5, 99, 98, 97, 96, *range(95, 80, -1)]
    assert [size for _, size in whole.bids] == [5] * 5 + [1] * 15
    assert [price for price, _ in whole.asks] == [101, 102, 103, 104, 106, *range(107, 121)]
    assert whole.ts_event == (T + 500) * MS
    (whole,) = books(receive(adapter, quote("98", "101", T + 600)))
    assert whole.bids[:3] == [(98, 7), (97, 5), (96, 5)]
    assert whole.asks[:2] == [(101, 7), (102, 5)]
    (whole,) = books(receive(adapter, book(DEEP_BIDS, DEEP_ASKS, T + 5000)))
    assert [len(whole.bids), len(whole.asks)] == [20, 20]
    assert {size for _, size in [*whole.bids, *whole.asks]} == {1}


def test_a_fast_book_of_few_levels_is_all_there_is() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, book(DEEP_BIDS, DEEP_ASKS))
    (whole,) = books(receive(adapter, book([("99", "1")], [], T + 1, fast=True)))
    assert (whole.bids, whole.asks) == ([(99, 1)], [])
    (whole,) = books(receive(adapter, quote(None, "120", T + 2)))
    assert (whole.bids, whole.asks) == ([], [(120, 7)])


def test_what_is_older_than_what_is_known_says_nothing() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, book(DEEP_BIDS, DEEP_ASKS), quote("100", "101", T))
    assert receive(adapter, book(DEEP_BIDS, DEEP_ASKS, T - 1)) == []
    assert receive(adapter, quote("1", "2", T - 1)) == []
    stale = book([("5", "1")], [("6", "1")], T - 1, fast=True)
    (whole,) = books(receive(adapter, stale))
    assert len(whole.bids) == 20


def test_the_best_bid_and_ask_alone_make_no_book() -> None:
    adapter, outputs = opened(Channel.BOOK_TICKER)
    assert subscribed(outputs) == [{"type": "bbo", "coin": "BTC"}]
    (best,) = receive(adapter, quote("100", None))
    assert best == BookTicker(NAME, T * MS, NOW, 100, 7, 0, 0, None)


def test_a_book_is_stale_before_it_is_given_up_and_is_what_it_was_with_the_next() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, book(DEEP_BIDS, DEEP_ASKS))
    assert states(list(adapter.tick(NOW + STALE - 1))) == []
    assert states(list(adapter.tick(NOW + STALE))) == [FeedState.STALE]
    assert states(list(adapter.tick(NOW + STALE + 1))) == []
    outputs = receive(adapter, book(DEEP_BIDS, DEEP_ASKS, T + 1, fast=True), now=NOW + STALE + 2)
    assert states(outputs) == [FeedState.SNAPSHOT_ONLY]


def test_the_greeting_of_a_connection_is_no_fault() -> None:
    greeting = "Websocket connection established."
    assert receive(VENUES[VENUE].adapter(), greeting) == []
    assert VENUES[VENUE].parser().parse(greeting.encode(), NOW) == (Ignored("", "greeting"),)


def test_a_book_that_stays_out_is_a_gap_and_subscribed_again() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, book(DEEP_BIDS, DEEP_ASKS))
    late = NOW + SILENCE
    assert states(list(adapter.tick(late - 1))) == [FeedState.STALE]
    outputs = list(adapter.tick(late))
    assert states(outputs) == [FeedState.GAP]
    assert any(isinstance(output, Resync) for output in outputs)
    methods = [frame["method"] for frame in sent(outputs)]
    assert methods == ["unsubscribe", "subscribe"] * 2
    assert receive(adapter, quote("1", "2", T + 1), now=late) == []
    outputs = receive(adapter, book(DEEP_BIDS, DEEP_ASKS, T + 2), now=late)
    assert states(outputs) == [FeedState.SNAPSHOT_ONLY]


def test_a_new_connection_forgets_the_book_of_the_last() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, book(DEEP_BIDS, DEEP_ASKS))
    assert states(list(adapter.open([Subscription("BTC", Channel.BOOK)], NOW))) == [
        FeedState.SYNCING
    ]
    assert states(receive(adapter, book([], [], T - 5))) == [FeedState.SNAPSHOT_ONLY]


def test_a_ping_goes_out_twice_a_minute() -> None:
    adapter, _ = opened(Channel.TRADES)
    assert sent(adapter.tick(NOW + 30 * SECOND - 1)) == []
    assert sent(adapter.tick(NOW + 30 * SECOND)) == [{"method": "ping"}]
    assert sent(adapter.tick(NOW + 31 * SECOND)) == []
    assert receive(adapter, '{"channel":"pong"}') == []


@pytest.mark.parametrize(
    "frame",
    [
        trade(1, px="nan"),
        trade(1, sz="-1"),
        trade(1, side="S"),
        book([("0", "1")], []),
        quote("-1", None),
        message("l2Book", {"coin": "BTC", "time": T, "levels": [[]]}),
        "{}",
        "[]",
        "",
        "\x00",
    ],
)
def test_what_is_not_documented_is_malformed(frame: str) -> None:
    with pytest.raises(MalformedFrame):
        VENUES[VENUE].adapter().receive(frame, NOW)


def test_channels_that_are_not_used_are_passed_over_with_a_reason() -> None:
    frame = message("allMids", {"mids": {"BTC": "1"}})
    assert receive(VENUES[VENUE].adapter(), frame) == []
    (said,) = VENUES[VENUE].parser().parse(frame, NOW)
    assert isinstance(said, Ignored)


@pytest.mark.parametrize("coin", ["BTC", "kPEPE", "xyz:SP500", "PURR/USDC", "@107", "#12"])
def test_every_kind_of_coin_is_a_symbol(coin: str) -> None:
    assert parse_instrument(f"hyperliquid:{coin}") == (VENUE, coin)


def test_what_the_venue_has_not_is_refused() -> None:
    adapter = VENUES[VENUE].adapter()
    with pytest.raises(ConfigError, match="no liquidations"):
        adapter.open([Subscription("BTC", Channel.LIQUIDATIONS)], NOW)
    with pytest.raises(ConfigError, match="no interval"):
        adapter.open([Subscription("BTC", Channel.KLINES, "7m")], NOW)


VALID = [
    trade(1),
    book(DEEP_BIDS, DEEP_ASKS),
    book(DEEP_BIDS[:5], DEEP_ASKS[:5], T + 1, fast=True),
    quote("100", "101"),
    message("candle", candle(T)),
    posted(1, meta("BTC")),
    posted(1, SPOT_META),
    posted(1, [candle(T)]),
    posted(1, "busy", "error"),
    *recorded("hyperliquid/samples.jsonl", "hyperliquid/expected.jsonl"),
]


@given(spoilt(VALID))
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    payloads: list[bytes | str],
) -> None:
    check(VENUE, payloads, "/info")
