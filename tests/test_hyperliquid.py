"""The Hyperliquid adapter, frame by frame. Frames here are hand-made: they are faults and corners
that no capture holds. What real traffic means is tested in test_captures_hyperliquid.py.
"""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from feeds.adapter import Adapter, Channel, Ignored, Output, Resync, Send, Subscription
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.exchanges.hyperliquid.ladder import SILENCE, STALE
from feeds.exchanges.hyperliquid.names import tick_size
from feeds.exchanges.hyperliquid.posts import ANSWER, BUDGET, FIRST_PAUSE
from feeds.registry import VENUES, parse_instrument
from market.events import (
    BookSnapshot,
    BookTicker,
    FeedState,
    FeedStatus,
    FundingRate,
    Kline,
    Listing,
    MarkPrice,
    OpenInterest,
    Side,
    Trade,
)
from market.instrument import Kind
from tests.spoiling import check, recorded, spoilt

VENUE, NAME = "hyperliquid", "hyperliquid:BTC"
MS, SECOND, MINUTE = 1_000_000, 1_000_000_000, 60_000_000_000
T = 1_700_000_000_000
"""A time in ms."""
NOW = T * MS
Pairs = Sequence[tuple[str, str]]
Tree = dict[str, Any]  # Any: the JSON of a payload


def message(channel: str, data: object) -> str:
    return json.dumps({"channel": channel, "data": data})


def trade(ident: int, coin: str = "BTC", **other: object) -> str:
    row = {"coin": coin, "side": "B", "px": "84143.0", "sz": "2", "time": T, "tid": ident}
    return message("trades", [row | {"hash": "0x0", "users": ["0x1", "0x2"]} | other])


def rows(levels: Pairs) -> list[Tree]:
    return [{"px": price, "sz": size, "n": 1} for price, size in levels]


def book(bids: Pairs, asks: Pairs, time: int = T, *, fast: bool = False, coin: str = "BTC") -> str:
    data = {"coin": coin, "time": time, "levels": [rows(bids), rows(asks)]}
    return message("l2Book", data | ({"fast": True} if fast else {}))


def quote(bid: str | None, ask: str | None, time: int = T) -> str:
    best = [None if price is None else rows([(price, "7")])[0] for price in (bid, ask)]
    return message("bbo", {"coin": "BTC", "time": time, "bbo": best})


def candle(start: int, close: str = "2", **other: object) -> Tree:
    row = {"t": start, "T": start + 59_999, "s": "BTC", "i": "1m", "o": "1", "c": close}
    return row | {"h": "3", "l": "0.5", "v": "10", "n": 4} | other


def posted(number: int, data: object, kind: str = "info") -> str:
    payload = {"type": "meta", "data": data} if kind == "info" else data
    return message("post", {"id": number, "response": {"type": kind, "payload": payload}})


def meta(*names: str, decimals: int = 5) -> Tree:
    return {"universe": [{"name": name, "szDecimals": decimals} for name in names]}


SPOT_META = {
    "universe": [{"tokens": [1, 0], "name": "@107", "index": 107}],
    "tokens": [
        {"name": "USDC", "szDecimals": 8, "index": 0},
        {"name": "HYPE", "szDecimals": 2, "index": 1},
    ],
}


def opened(*channels: Channel, coins: Sequence[str] = ("BTC",)) -> tuple[Adapter, list[Output]]:
    adapter = VENUES[VENUE].adapter()
    wanted = [Subscription(coin, channel, "1m") for coin in coins for channel in channels]
    return adapter, list(adapter.open(wanted, NOW))


def receive(adapter: Adapter, *frames: str, now: int = NOW) -> list[Output]:
    return [output for text in frames for output in adapter.receive(text, now)]


def states(outputs: Sequence[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def books(outputs: Sequence[Output]) -> list[BookSnapshot]:
    return [output for output in outputs if isinstance(output, BookSnapshot)]


def sent(outputs: Iterable[Output]) -> list[Tree]:
    return [json.loads(output.frame) for output in outputs if isinstance(output, Send)]


def subscribed(outputs: Iterable[Output]) -> list[Tree]:
    return [frame["subscription"] for frame in sent(outputs) if frame["method"] == "subscribe"]


def asked(outputs: Iterable[Output]) -> list[Tree]:
    return [frame["request"]["payload"] for frame in sent(outputs) if frame["method"] == "post"]


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
    ("kind", "decimals", "price", "tick"),
    [
        (Kind.LINEAR, 5, None, "0.1"),
        (Kind.LINEAR, 5, 99999.9, "1"),
        (Kind.LINEAR, 5, 105056.0, "1"),
        (Kind.LINEAR, 5, 9876.5, "0.1"),
        (Kind.LINEAR, 0, 0.004411, "0.000001"),
        (Kind.LINEAR, 2, 32.1234, "0.001"),
        (Kind.SPOT, 2, 21.828, "0.001"),
        (Kind.SPOT, 0, 0.00005299, "1E-8"),
    ],
)
def test_a_price_has_five_figures_and_no_more_decimals_than_its_size_leaves(
    kind: Kind, decimals: int, price: float | None, tick: str
) -> None:
    assert tick_size(kind, decimals, price) == Decimal(tick)


def test_the_tick_follows_the_price_through_a_power_of_ten() -> None:
    adapter, outputs = opened(Channel.BOOK)
    assert asked(outputs) == [{"type": "meta"}]
    receive(adapter, book([("10001", "1")], [("10002", "1")]))
    (listing,) = receive(adapter, posted(1, meta("BTC", "ETH")))
    assert isinstance(listing, Listing)
    assert listing.listed.tick_size == 1
    outputs = receive(adapter, book([("9999.5", "1")], [("10002", "1")], T + 1))
    assert [type(output) for output in outputs] == [Listing, BookSnapshot]
    assert outputs[0].listed.tick_size == Decimal("0.1")  # type: ignore[union-attr]  # as just said
    # Near the power of ten the finer one stays.
    assert len(receive(adapter, book([("10001", "1")], [], T + 2))) == 1
    coarse, _ = receive(adapter, book([("10900", "1")], [], T + 3))
    assert isinstance(coarse, Listing)
    assert coarse.listed.tick_size == 1
    finer, _ = receive(adapter, trade(1, px="9999.5"))
    assert isinstance(finer, Listing)


def test_instruments_of_builders_and_of_spot_are_in_lists_of_their_own() -> None:
    coins = ["BTC", "xyz:SP500", "@107", "ETH"]
    adapter, outputs = opened(Channel.BOOK, coins=coins)
    assert asked(outputs) == [
        {"type": "meta"},
        {"type": "meta", "dex": "xyz"},
        {"type": "spotMeta"},
    ]
    told = receive(
        adapter,
        posted(1, meta("BTC", "ETH", "SOL")),
        posted(2, meta("xyz:SP500", decimals=3)),
        posted(3, SPOT_META),
    )
    listed = [output.listed for output in told if isinstance(output, Listing)]
    assert [item.symbol for item in listed] == ["BTC", "ETH", "xyz:SP500", "@107"]
    assert [(item.base, item.quote) for item in listed[2:]] == [("SP500", "USD"), ("HYPE", "USDC")]
    assert [item.kind for item in listed[2:]] == [Kind.LINEAR, Kind.SPOT]
    wanted = [Subscription(coin, Channel.BOOK) for coin in coins]
    assert asked(adapter.open(wanted, NOW + MINUTE)) == []
    assert len(asked(adapter.open(wanted, NOW + 11 * MINUTE))) == 3


def test_a_coin_that_is_not_listed_is_told_with_the_nearest_name() -> None:
    adapter, _ = opened(Channel.BOOK, coins=["BTC", "BTCC"])
    told = receive(adapter, posted(1, meta("BTC")))
    (status,) = [output for output in told if isinstance(output, FeedStatus)]
    assert status.instrument == "hyperliquid:BTCC"
    assert status.reason == 'no such symbol; did you mean "BTC"?'
    adapter, _ = opened(Channel.BOOK, coins=["HYPE/USDC"])
    with pytest.raises(Rejected, match='HYPE/USDC: no such symbol; did you mean "@107"'):
        receive(adapter, posted(1, SPOT_META))


def test_history_is_asked_for_over_the_socket_and_bars_close_with_the_next() -> None:
    adapter, outputs = opened(Channel.KLINES)
    assert subscribed(outputs) == [{"type": "candle", "coin": "BTC", "interval": "1m"}]
    (question,) = asked(outputs)
    assert question["type"] == "candleSnapshot"
    assert question["req"]["startTime"] == T - 1000 * 60_000
    past = [candle(T - 120_000), candle(T - 60_000), candle(T)]
    told = receive(adapter, posted(1, past))
    assert [bar.closed for bar in told if isinstance(bar, Kline)] == [True, True, False]
    closed, new = receive(
        adapter,
        message("candle", candle(T, "2.5")),
        message("candle", candle(T + 60_000)),
    )[1:]
    assert isinstance(closed, Kline)
    assert isinstance(new, Kline)
    assert (closed.start, closed.close, closed.closed) == (T * MS, 2.5, True)
    assert (new.start, new.closed) == ((T + 60_000) * MS, False)
    assert (new.volume, new.trades, new.end) == (10, 4, (T + 120_000) * MS)


def test_the_state_of_a_perpetual_is_mark_funding_and_open_interest() -> None:
    adapter, outputs = opened(Channel.MARK_PRICE, coins=["BTC", "@107"])
    assert subscribed(outputs) == [{"type": "activeAssetCtx", "coin": "BTC"}]
    context = {"funding": "0.0001", "openInterest": "3", "oraclePx": "11", "markPx": "10"}
    told = receive(adapter, message("activeAssetCtx", {"coin": "BTC", "ctx": context}))
    hour = 3600 * SECOND
    assert told == [
        MarkPrice(NAME, NOW, NOW, 10, 11),
        FundingRate(NAME, NOW, NOW, 0.0001, (NOW // hour + 1) * hour),
        OpenInterest(NAME, NOW, NOW, 3),
    ]


def test_questions_wait_so_that_no_more_is_asked_than_allowed() -> None:
    coins = [f"C{number}" for number in range(40)]
    adapter, outputs = opened(Channel.KLINES, coins=coins)
    spent, found = 0, len(asked(outputs))
    assert 0 < found * 37 <= BUDGET
    for second in range(1, 18):
        spent += len(asked(adapter.tick(NOW + second * SECOND)))
    assert spent * 37 <= 17 / 60 * BUDGET + 37


def test_a_question_that_is_not_answered_or_met_a_busy_venue_is_asked_again() -> None:
    adapter, _ = opened(Channel.KLINES)
    assert asked(adapter.tick(NOW + ANSWER)) == []
    late = NOW + ANSWER + FIRST_PAUSE
    assert len(asked(adapter.tick(late))) == 1
    assert receive(adapter, posted(1, "429 Too Many Requests", "error"), now=late) == []
    assert asked(adapter.tick(late + SECOND)) == []
    assert len(asked(adapter.tick(late + 8 * SECOND))) == 1
    with pytest.raises(Rejected, match="Failed to deserialize"):
        receive(adapter, posted(1, "Failed to deserialize", "error"), now=late)
    assert asked(adapter.tick(late + 10 * MINUTE)) == []


def test_an_answer_about_nothing_is_no_fault() -> None:
    adapter, _ = opened(Channel.KLINES)
    assert receive(adapter, posted(1, None), posted(9, [])) == []


def test_a_refusal_counts_where_the_book_or_the_trades_are_refused() -> None:
    adapter, _ = opened(Channel.BOOK)
    refusal = 'Invalid subscription {"type":"%s","coin":"NOPE"}'
    assert receive(adapter, message("error", refusal % "candle")) == []
    assert receive(adapter, message("error", 'Already subscribed: {"type":"l2Book"}')) == []
    fast = 'Invalid subscription {"type":"l2Book","coin":"BTC","fast":true}'
    assert receive(adapter, message("error", fast)) == []
    with pytest.raises(Rejected, match="NOPE"):
        receive(adapter, message("error", refusal % "trades"))


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
