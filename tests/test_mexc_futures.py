"""MEXC futures' adapter, frame by frame. Frames here are hand-made: they are faults and corners
that no capture holds. What real traffic means is tested in test_captures_mexc.py.
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Channel, Fetch, Ignored, Resync, Send, Subscription
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.registry import VENUES
from feeds.sync import FIRST_DELAY
from market.events import (
    BookDelta,
    BookSnapshot,
    FeedState,
    FeedStatus,
    FundingRate,
    Kline,
    Listing,
    MarkPrice,
    OpenInterest,
    Orders,
    Side,
    Ticker,
    Trade,
)
from market.instrument import Kind
from tests.mexc import (
    DEPTH,
    FUTURES,
    LISTING,
    MS,
    SECOND,
    T,
    body,
    contract,
    fetches,
    futures,
    levels,
    opened,
    parse,
    print_row,
    receive,
    requests,
    states,
    whole,
)
from tests.spoiling import check, spoilt

NAME = "mexc-futures:BTC_USDT"
PATH = DEPTH[FUTURES]
START = T // 60_000 * 60
"""A bar's start in seconds."""
DAY = {"symbol": "BTC_USDT", "lastPrice": 100.5, "riseFallValue": -10.2, "high24Price": 120}
DAY |= {"lower24Price": 90, "volume24": 7, "timestamp": T}
BAR = {"symbol": "BTC_USDT", "interval": "Min1", "t": START, "o": 5, "h": 5, "l": 1, "c": 2}
BAR |= {"q": 10, "a": 20.5}


def test_the_side_of_a_trade_is_the_takers_and_its_size_is_in_contracts() -> None:
    adapter = VENUES[FUTURES].adapter()
    deals = futures("deal", [print_row("1", T=1), print_row("2", T=2)])
    bought, sold = receive(adapter, deals)
    assert bought == Trade(NAME, T * MS, 0, "1", 10.5, 2.0, Side.BUY)
    assert isinstance(sold, Trade)
    assert sold.side is Side.SELL


def test_a_print_may_come_without_a_list_around_it() -> None:
    (trade,) = receive(VENUES[FUTURES].adapter(), futures("deal", print_row("1")))
    assert isinstance(trade, Trade)


def test_the_same_trade_twice_is_one_trade_also_over_a_new_connection() -> None:
    adapter, _ = opened(Channel.TRADES, venue=FUTURES)
    deals = futures("deal", [print_row("1"), print_row("1"), print_row("2")])
    assert len(receive(adapter, deals)) == 2
    adapter.open([Subscription("BTC_USDT", Channel.TRADES)], 1)
    assert receive(adapter, deals) == []


def test_trades_of_a_body_without_ids_are_not_counted_again() -> None:
    path = "/api/v1/contract/deals/BTC_USDT"
    rows = [print_row("8"), {"p": 1, "v": 1, "T": 1, "t": T}]
    assert len(parse(FUTURES, body(rows), path)) == 2
    (trade,) = VENUES[FUTURES].adapter().receive_body(path, body(rows), 7)
    assert isinstance(trade, Trade)
    assert trade.id == "8"


def test_channels_are_subscribed_in_the_venues_spelling_and_none_twice() -> None:
    _, outputs = opened(*VENUES[FUTURES].paths, venue=FUTURES)
    symbol = {"symbol": "BTC_USDT"}
    assert [(one["method"], one["param"]) for one in requests(outputs)] == [
        ("sub.deal", symbol),
        ("sub.depth", symbol),
        ("sub.kline", symbol | {"interval": "Min60"}),
        ("sub.ticker", symbol),
        ("sub.funding.rate", symbol),
    ]
    assert fetches(outputs) == [
        LISTING[FUTURES],
        "/api/v1/contract/kline/BTC_USDT?interval=Min60&start=0",
    ]
    with pytest.raises(ConfigError, match="mexc-futures has no liquidations"):
        opened(Channel.LIQUIDATIONS, venue=FUTURES)


def test_the_history_that_is_asked_for_is_of_five_hundred_bars() -> None:
    adapter, now = VENUES[FUTURES].adapter(), T * MS
    outputs = list(adapter.open([Subscription("BTC_USDT", Channel.KLINES, "1m")], now))
    assert fetches(outputs)[-1].endswith(f"interval=Min1&start={T // 1000 - 500 * 60}")


def test_the_connection_is_kept_by_pings() -> None:
    adapter, _ = opened(Channel.TRADES, venue=FUTURES)
    assert list(adapter.tick(14 * SECOND)) == []
    assert list(adapter.tick(15 * SECOND)) == [Send('{"method":"ping"}')]
    assert list(adapter.tick(16 * SECOND)) == []
    assert receive(adapter, json.dumps({"channel": "pong", "data": T, "ts": T})) == []


def test_a_book_is_fetched_at_the_first_change_and_live_with_it() -> None:
    adapter, outputs = opened(Channel.BOOK, venue=FUTURES)
    assert states(outputs) == [FeedState.SYNCING]
    assert fetches(receive(adapter, levels(14, 11), levels(15))) == [PATH]
    outputs = list(adapter.receive_body(PATH, whole(12), 5))
    kinds = [type(output) for output in outputs]
    assert kinds == [BookSnapshot, BookDelta, BookDelta, FeedStatus]
    assert states(outputs) == [FeedState.LIVE]
    (delta,) = receive(adapter, levels(18, 16))
    assert delta == BookDelta(
        NAME, T * MS, 0, [(10.0, 1.0)], [(11.0, 2.0)], 18, 15, Orders([1], [1])
    )


def test_a_snapshot_that_is_older_than_the_changes_is_asked_for_again() -> None:
    adapter, _ = opened(Channel.BOOK, venue=FUTURES)
    receive(adapter, levels(14, 11))
    assert list(adapter.receive_body(PATH, whole(9), 0)) == []
    assert PATH in fetches(list(adapter.tick(FIRST_DELAY)))
    assert states(list(adapter.receive_body(PATH, whole(10), 0))) == [FeedState.LIVE]


@pytest.mark.parametrize("lost", [levels(13), levels(20, 13)])
def test_a_change_that_is_lost_is_a_gap_at_the_next_message(lost: str) -> None:
    adapter, _ = opened(Channel.BOOK, venue=FUTURES)
    receive(adapter, levels(11))
    adapter.receive_body(PATH, whole(11), 0)
    outputs = receive(adapter, lost, now=3)
    assert [type(output) for output in outputs] == [FeedStatus, Resync, Fetch]
    assert states(outputs) == [FeedState.GAP]
    assert states(list(adapter.receive_body(PATH, whole(20), 4))) == [FeedState.LIVE]


def test_a_few_levels_count_only_where_no_changes_are_followed() -> None:
    few = levels(5, channel="depth.full")
    assert states(receive(VENUES[FUTURES].adapter(), few)) == [FeedState.SNAPSHOT_ONLY]
    adapter, _ = opened(Channel.BOOK, venue=FUTURES)
    receive(adapter, levels(11))
    assert receive(adapter, few) == []


def test_a_ticker_states_the_mark_the_interest_and_the_day() -> None:
    data = DAY | {"holdVol": 30, "fairPrice": 100.1, "indexPrice": 100.2, "amount24": 700.5}
    mark, interest, day = receive(VENUES[FUTURES].adapter(), futures("ticker", data))
    assert mark == MarkPrice(NAME, T * MS, 0, 100.1, 100.2)
    assert interest == OpenInterest(NAME, T * MS, 0, 30.0)
    assert isinstance(day, Ticker)
    assert (day.last, day.open, day.high, day.low) == (100.5, 110.7, 120.0, 90.0)
    assert (day.volume, str(day.quote_volume)) == (7.0, "700.5")


def test_turnover_in_base_currency_is_not_taken_for_quote_currency() -> None:
    data = DAY | {"symbol": "BTC_USD", "amount24": 700.5}
    (day,) = parse(FUTURES, futures("ticker", data, "BTC_USD"))
    assert isinstance(day, Ticker)
    assert day.quote_volume is None
    (bar,) = parse(FUTURES, futures("kline", BAR, "BTC_USD"))
    assert isinstance(bar, Kline)
    assert bar.quote_volume is None


def test_a_ticker_of_little_states_little() -> None:
    data = {name: value for name, value in DAY.items() if name != "riseFallValue"}
    assert parse(FUTURES, futures("ticker", data)) == [Ignored(NAME, "nothing that is used")]


def test_a_mark_price_by_itself_is_told_with_the_last_index_price() -> None:
    adapter = VENUES[FUTURES].adapter()
    price = {"symbol": "BTC_USDT", "price": 99.5}
    fair, index = futures("fair.price", price), futures("index.price", price | {"price": 98})
    marks = receive(adapter, fair, index, fair)
    assert [mark.index for mark in marks if isinstance(mark, MarkPrice)] == [None, 98.0]
    with pytest.raises(MalformedFrame):
        receive(adapter, futures("index.price", {"price": -1}))


def test_funding_is_told_with_the_time_of_its_payment() -> None:
    data = {"symbol": "BTC_USDT", "rate": -0.0001, "nextSettleTime": T + 5}
    (rate,) = receive(VENUES[FUTURES].adapter(), futures("funding.rate", data))
    assert rate == FundingRate(NAME, T * MS, 0, -0.0001, (T + 5) * MS)


def test_a_bar_is_of_what_was_traded_and_closed_when_its_time_is_over() -> None:
    real = BAR | {"ro": 4, "rh": 4.5, "rl": 1.5, "rc": 2}
    for data, prices in ((BAR, (5.0, 5.0, 1.0, 2.0)), (real, (4.0, 4.5, 1.5, 2.0))):
        (bar,) = receive(VENUES[FUTURES].adapter(), futures("kline", data))
        assert isinstance(bar, Kline)
        assert (bar.open, bar.high, bar.low, bar.close) == prices
        assert (bar.interval, bar.start, bar.end) == ("1m", START * SECOND, (START + 60) * SECOND)
        assert not bar.closed
    (ended,) = parse(FUTURES, futures("kline", BAR, ts=(START + 60) * 1000))
    assert isinstance(ended, Kline)
    assert ended.closed


def test_a_month_ends_with_its_last_day() -> None:
    february = 1_769_904_000  # 2026-02-01
    (bar,) = parse(FUTURES, futures("kline", BAR | {"interval": "Month1", "t": february}))
    assert isinstance(bar, Kline)
    assert bar.end - bar.start == 28 * 86_400 * SECOND


def test_bars_of_a_body_are_columns_and_the_last_is_open() -> None:
    data: dict[str, list[float]] = {
        "time": [START, START + 60],
        "vol": [3, 4],
        "amount": [30.5, 40.5],
    }
    data |= {name: [1.0, 2.0] for name in ("open", "high", "low", "close")}
    path = "/api/v1/contract/kline/BTC_USDT?interval=Min1"
    for place in (path, ""):
        bars = [bar for bar in parse(FUTURES, body(data), place) if isinstance(bar, Kline)]
        assert [(bar.interval, bar.volume, bar.closed) for bar in bars] == [
            ("1m", 3.0, True),
            ("1m", 4.0, False),
        ]
    with pytest.raises(MalformedFrame, match="columns of different lengths"):
        parse(FUTURES, body(data | {"low": [1.0]}), path)


def test_an_instrument_says_what_its_contract_is_worth() -> None:
    adapter, _ = opened(Channel.BOOK, venue=FUTURES)
    (stated,) = adapter.receive_body(LISTING[FUTURES], body(contract()), 5)
    assert isinstance(stated, Listing)
    listed = stated.listed
    assert (listed.kind, str(listed.contract_size)) == (Kind.LINEAR, "0.0001")
    (inverse,) = parse(FUTURES, body([contract("BTC_USD")]))
    assert isinstance(inverse, Listing)
    assert inverse.listed.kind is Kind.INVERSE
    (nothing,) = parse(FUTURES, body(contract() | {"priceUnit": 0}))
    assert isinstance(nothing, Ignored)


def test_a_contract_that_does_not_exist_is_named_or_ends_the_connection() -> None:
    error = json.dumps({"channel": "rs.error", "data": "Contract [BTC_USDT] not exists", "ts": T})
    refusal = json.dumps({"success": False, "code": 1001, "message": "no contract"}).encode()
    adapter, _ = opened(Channel.BOOK, venue=FUTURES, symbols=["BTC_USDT", "ETH_USDT"])
    told = [*receive(adapter, error), *adapter.receive_body(LISTING[FUTURES], refusal, 5)]
    assert {one.instrument for one in told if isinstance(one, FeedStatus)} == {NAME}
    assert states(told) == [FeedState.CONNECTING] * 2
    adapter, _ = opened(Channel.BOOK, venue=FUTURES)
    with pytest.raises(Rejected, match="BTC_USDT"):
        receive(adapter, error)
    with pytest.raises(Rejected, match="no contract"):
        adapter.receive_body(LISTING[FUTURES], refusal, 5)


def test_an_error_that_names_no_contract_is_told() -> None:
    error = json.dumps({"channel": "rs.error", "data": "Unknown method!", "ts": T})
    with pytest.raises(Rejected, match="Unknown method!"):
        receive(VENUES[FUTURES].adapter(), error)


def test_a_busy_venue_is_asked_again() -> None:
    adapter, _ = opened(Channel.BOOK, venue=FUTURES)
    receive(adapter, levels(11))
    busy = json.dumps({"success": False, "code": 510, "message": "too frequent"}).encode()
    for path in (PATH, LISTING[FUTURES]):
        assert list(adapter.receive_body(path, busy, 0)) == []
    assert sorted(fetches(list(adapter.tick(FIRST_DELAY)))) == sorted([PATH, LISTING[FUTURES]])


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "[]x",
        "{}",
        '{"channel":5}',
        futures("deal", [print_row(p=-1)]),
        futures("deal", [print_row(T=3)]),
        futures("deal", None),
        levels(11, 12),
        levels(11, bids=[(0.0, 1, 1)]),
        futures("kline", BAR | {"a": "NaN"}),
        futures("ticker", DAY | {"volume24": -1}),
        b"\xff",
    ],
)
def test_what_the_venue_does_not_document_is_malformed(frame: bytes | str) -> None:
    with pytest.raises(MalformedFrame):
        receive(VENUES[FUTURES].adapter(), frame)


VALID = [
    futures("deal", [print_row()]),
    levels(11),
    levels(14, 12),
    levels(5, channel="depth.full"),
    futures("ticker", DAY | {"holdVol": 30, "fairPrice": 100.1, "amount24": 5}),
    futures("kline", BAR),
    futures("fair.price", {"symbol": "BTC_USDT", "price": 99.5}),
    futures("funding.rate", {"symbol": "BTC_USDT", "rate": 0.1, "nextSettleTime": T}),
    whole(11).decode(),
    body(contract()).decode(),
    body({"time": [START], "open": [1], "high": [1], "low": [1], "close": [1], "vol": [1]}
         | {"amount": [1]}).decode(),
]  # fmt: skip
PATHS = [
    "",
    "/",
    PATH,
    LISTING[FUTURES],
    "/api/v1/contract/kline/BTC_USDT?interval=Min1",
    "/api/v1/contract/deals/BTC_USDT",
    "/api/v1/contract/ticker",
    "/api/v1/contract/funding_rate/history",
    "/api/v3/depth",
]


@given(spoilt(VALID, "channel", "data", "symbol", "ts", "success", "code"), st.sampled_from(PATHS))
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    payloads: list[bytes | str], path: str
) -> None:
    check(FUTURES, payloads, path)
