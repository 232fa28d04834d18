"""MEXC spot's adapter, frame by frame. Frames here are hand-made: they are faults and corners that
no capture holds. What real traffic means is tested in test_captures_mexc.py.
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
    BookTicker,
    FeedState,
    FeedStatus,
    Kline,
    Listing,
    Side,
    Ticker,
    Trade,
)
from tests.mexc import (
    DEPTH,
    LISTING,
    MS,
    SECOND,
    SPOT,
    T,
    answer,
    candle,
    changes,
    deal,
    fetches,
    field,
    listing,
    message,
    opened,
    pairs,
    parse,
    push,
    receive,
    requests,
    snapshot,
    states,
)
from tests.spoiling import check, cut

NAME = "mexc:BTCUSDT"
PATH = DEPTH[SPOT]
DEALS = "spot@public.aggre.deals.v3.api.pb@100ms@"


def test_the_side_of_a_trade_is_the_takers() -> None:
    adapter = VENUES[SPOT].adapter()
    bought, sold = receive(adapter, deal("a", side=1), deal("b", side=2))
    assert bought == Trade(NAME, T * MS, 0, "a", 10.5, 2.0, Side.BUY)
    assert isinstance(sold, Trade)
    assert sold.side is Side.SELL


def test_the_same_trade_twice_is_one_trade_also_over_a_new_connection() -> None:
    adapter, _ = opened(Channel.TRADES)
    assert len(receive(adapter, deal("a"), deal("a"), deal("b"))) == 2
    adapter.open([Subscription("BTCUSDT", Channel.TRADES)], 1)
    assert len(receive(adapter, deal("a"), deal("c"))) == 1


def test_trades_without_an_id_cannot_be_told_apart_and_all_count() -> None:
    assert len(receive(VENUES[SPOT].adapter(), deal(""), deal(""))) == 2


def test_trades_of_a_body_have_no_ids_and_are_not_counted_again() -> None:
    row = {"id": None, "price": "10", "qty": "2", "time": T, "isBuyerMaker": True}
    body, path = json.dumps([row]).encode(), "/api/v3/trades?symbol=BTCUSDT"
    (stated,) = parse(SPOT, body, path)
    assert stated == Trade(NAME, T * MS, 7, "", 10.0, 2.0, Side.SELL)
    assert list(VENUES[SPOT].adapter().receive_body(path, body, 7)) == []


def test_each_channel_is_subscribed_by_itself_in_the_venues_spelling() -> None:
    _, outputs = opened(*VENUES[SPOT].paths)
    assert requests(outputs) == [
        {"method": "SUBSCRIPTION", "params": [f"spot@public.{topic}"]}
        for topic in (
            "aggre.deals.v3.api.pb@100ms@BTCUSDT",
            "aggre.depth.v3.api.pb@100ms@BTCUSDT",
            "aggre.bookTicker.v3.api.pb@100ms@BTCUSDT",
            "kline.v3.api.pb@BTCUSDT@Min60",
        )
    ]
    assert fetches(outputs) == [
        LISTING[SPOT],
        "/api/v3/klines?symbol=BTCUSDT&interval=60m&limit=500",
        "/api/v3/ticker/24hr?symbol=BTCUSDT",
    ]


def test_a_channel_that_the_venue_does_not_have_is_a_wrong_wish() -> None:
    with pytest.raises(ConfigError, match="mexc has no liquidations"):
        opened(Channel.LIQUIDATIONS)


def test_the_connection_is_kept_by_pings_and_days_are_looked_at_again() -> None:
    adapter, _ = opened(Channel.TICKER)
    assert list(adapter.tick(14 * SECOND)) == []
    assert list(adapter.tick(15 * SECOND)) == [Send('{"method":"PING"}')]
    assert [type(output) for output in adapter.tick(30 * SECOND)] == [Send, Fetch]
    assert list(adapter.tick(31 * SECOND)) == []
    assert receive(adapter, answer("PONG")) == []


def test_a_book_is_fetched_at_the_first_change_and_live_with_it() -> None:
    adapter, outputs = opened(Channel.BOOK)
    assert states(outputs) == [FeedState.SYNCING]
    assert fetches(receive(adapter, changes(11), changes(12, 14))) == [PATH]
    outputs = list(adapter.receive_body(PATH, snapshot(11), 5))
    assert [type(output) for output in outputs] == [BookSnapshot, BookDelta, FeedStatus]
    assert states(outputs) == [FeedState.LIVE]
    (delta,) = receive(adapter, changes(15))
    assert delta == BookDelta(NAME, T * MS, 0, [(10.0, 1.0)], [(11.0, 2.0)], 15, 14)


def test_a_snapshot_that_is_older_than_the_changes_is_asked_for_again() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, changes(11))
    assert list(adapter.receive_body(PATH, snapshot(9), 0)) == []
    assert fetches(list(adapter.tick(FIRST_DELAY - 1))) == []
    assert PATH in fetches(list(adapter.tick(FIRST_DELAY)))
    assert states(list(adapter.receive_body(PATH, snapshot(10), 0))) == [FeedState.LIVE]


@pytest.mark.parametrize("missing", [1, 2, 1000])
def test_a_change_that_is_lost_is_a_gap_at_the_next_message(missing: int) -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, changes(11))
    adapter.receive_body(PATH, snapshot(10), 0)
    outputs = receive(adapter, changes(12 + missing), now=3)
    assert [type(output) for output in outputs] == [FeedStatus, Resync, Fetch]
    assert states(outputs) == [FeedState.GAP]
    assert fetches(outputs) == [PATH]
    outputs = list(adapter.receive_body(PATH, snapshot(12 + missing), 4))
    assert states(outputs) == [FeedState.LIVE]


def test_a_change_that_comes_twice_changes_nothing() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, changes(11))
    adapter.receive_body(PATH, snapshot(10), 0)
    assert receive(adapter, changes(11), changes(11)) == []


def test_a_book_that_stays_crossed_is_fetched_again_but_not_all_the_time() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, changes(11))
    adapter.receive_body(PATH, snapshot(10, bids=[("11.5", "1")]), 0)
    quiet = receive(adapter, *(changes(number) for number in range(12, 15)))
    assert states(quiet) == []
    outputs = receive(adapter, changes(15))
    assert [type(output) for output in outputs] == [BookDelta, FeedStatus, Resync]
    assert "the book stays crossed: 11.5 bid, 11.0 asked" in str(outputs)
    assert fetches(receive(adapter, changes(16))) == [PATH]
    again = list(adapter.receive_body(PATH, snapshot(15, bids=[("11.5", "1")]), 0))
    assert states(again) == [FeedState.LIVE]
    assert states(receive(adapter, *(changes(number) for number in range(17, 30)))) == []
    assert states(receive(adapter, changes(30), now=11 * SECOND)) == [FeedState.GAP]


def test_a_book_that_is_crossed_for_a_moment_is_borne_with() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, changes(11))
    adapter.receive_body(PATH, snapshot(10), 0)
    for number in range(12, 40):
        bid = ("11.5", "1" if number % 3 else "0")
        assert states(receive(adapter, changes(number, bids=[bid]), now=SECOND)) == []


def test_a_few_levels_count_only_where_no_changes_are_followed() -> None:
    levels = push(303, pairs(1, [("11", "1")]) + pairs(2, [("10", "1")]) + message(f4="5"))
    adapter = VENUES[SPOT].adapter()
    assert states(receive(adapter, levels)) == [FeedState.SNAPSHOT_ONLY]
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, changes(11))
    assert receive(adapter, levels) == []


def test_an_instrument_is_announced_with_its_decimals_and_asked_for_rarely() -> None:
    adapter, _ = opened(Channel.BOOK)
    (stated,) = adapter.receive_body(LISTING[SPOT], listing("BTCUSDT"), 5)
    assert isinstance(stated, Listing)
    assert (str(stated.listed.tick_size), str(stated.listed.lot_size)) == ("0.01", "0.000001")
    assert (stated.listed.base, stated.listed.quote) == ("BTC", "USDT")
    again = adapter.open([Subscription("BTCUSDT", Channel.BOOK)], 9)
    assert fetches(list(again)) == []


def test_a_symbol_that_is_not_listed_is_named_or_ends_the_connection() -> None:
    adapter, _ = opened(Channel.BOOK)
    with pytest.raises(Rejected, match="BTCUSDT: no such symbol"):
        adapter.receive_body(LISTING[SPOT], listing(), 5)
    adapter, _ = opened(Channel.BOOK, symbols=["BTCUSDT", "ETHUSDT"])
    refusal = b'{"code":-1121,"msg":"Invalid symbol."}'
    (status,) = adapter.receive_body(LISTING[SPOT], refusal, 5)
    assert isinstance(status, FeedStatus)
    assert (status.instrument, status.state) == (NAME, FeedState.CONNECTING)
    assert "Invalid symbol. (code -1121)" in status.reason


def test_a_busy_venue_is_asked_again() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, changes(11))
    busy = b'{"code":429,"msg":"Too Many Requests"}'
    for path in (PATH, LISTING[SPOT]):
        assert list(adapter.receive_body(path, busy, 0)) == []
    assert sorted(fetches(list(adapter.tick(FIRST_DELAY)))) == sorted([PATH, LISTING[SPOT]])


def test_a_body_that_cannot_be_read_is_asked_for_again() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, changes(11))
    with pytest.raises(MalformedFrame):
        adapter.receive_body(PATH, b"<html>", 0)
    assert PATH in fetches(list(adapter.tick(FIRST_DELAY)))


def test_an_acknowledgement_says_nothing() -> None:
    topic = f"{DEALS}BTCUSDT"
    for said in (topic, f"{topic},{DEALS}ETHUSDT"):
        assert receive(VENUES[SPOT].adapter(), answer(said)) == []
        assert parse(SPOT, answer(said)) == [Ignored("", "acknowledgement")]
    assert parse(SPOT, answer("PONG")) == [Ignored("", "pong")]


def test_a_refused_topic_that_is_vital_is_told_though_its_code_is_none() -> None:
    said = answer(f"Not Subscribed successfully! [{DEALS}BTCUSDT].  Reason： Blocked!")
    adapter, _ = opened(Channel.TRADES, symbols=["BTCUSDT", "ETHUSDT"])
    (status,) = receive(adapter, said)
    assert isinstance(status, FeedStatus)
    assert (status.instrument, status.state) == (NAME, FeedState.CONNECTING)
    assert "Blocked" in status.reason
    with pytest.raises(Rejected, match="BTCUSDT: Not Subscribed"):
        receive(opened(Channel.TRADES)[0], said)
    with pytest.raises(Rejected, match="Blocked"):
        parse(SPOT, said)


def test_a_refused_topic_that_is_not_vital_is_missed_where_it_is_missing() -> None:
    said = "Not Subscribed successfully! [spot@public.kline.v3.api.pb@BTCUSDT@Min3]"
    assert receive(opened(Channel.KLINES)[0], answer(said)) == []


def test_an_answer_that_names_no_topic_is_told() -> None:
    with pytest.raises(Rejected, match="too many subscriptions"):
        receive(VENUES[SPOT].adapter(), answer("too many subscriptions", code=1))


def test_a_bar_is_closed_when_its_time_is_over() -> None:
    for time, closed in ((T, False), (T // 60_000 * 60_000 + 60_000, True)):
        (bar,) = receive(VENUES[SPOT].adapter(), candle(time=time))
        assert isinstance(bar, Kline)
        assert (bar.interval, bar.closed) == ("1m", closed)
        assert (bar.open, bar.high, bar.low, bar.close) == (1.0, 3.0, 0.5, 2.0)
    assert parse(SPOT, candle("Min7")) == [Ignored(NAME, "kline 'Min7' of unknown length")]


def test_bars_of_a_body_end_with_the_one_that_is_open() -> None:
    first = T - T % 60_000
    rows = [
        [start, "1", "3", "0.5", "2", "9", start + 60_000, "18"]
        for start in (first, first + 60_000)
    ]
    body = json.dumps(rows)
    for path in ("/api/v3/klines?symbol=BTCUSDT&interval=1m", ""):
        bars = parse(SPOT, body, path)
        assert [(bar.interval, bar.closed) for bar in bars if isinstance(bar, Kline)] == [
            ("1m", True),
            ("1m", False),
        ]


def test_a_side_without_orders_has_no_price() -> None:
    (quote,) = receive(VENUES[SPOT].adapter(), push(315, message(f1="10", f2="4", f3="", f4="")))
    assert quote == BookTicker(NAME, T * MS, 0, 10.0, 4.0, 0.0, 0.0, None)


def test_a_day_is_told_when_it_was_fetched() -> None:
    row = {"symbol": "BTCUSDT", "lastPrice": "3", "openPrice": "2", "highPrice": "4"}
    row |= {"lowPrice": "1", "volume": "7", "quoteVolume": "21"}
    body = json.dumps(row | {"closeTime": T}).encode()
    path = "/api/v3/ticker/24hr?symbol=BTCUSDT"
    (day,) = VENUES[SPOT].adapter().receive_body(path, body, 0)
    assert isinstance(day, Ticker)
    assert (day.last, day.open, day.high, day.low, day.volume) == (3.0, 2.0, 4.0, 1.0, 7.0)


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\x80",
        b"[]x",
        "",
        "{}",
        '{"id":0}',
        message(f3="BTCUSDT"),
        deal(price="nan"),
        deal(price="-1"),
        deal(size="inf"),
        deal(side=3),
        changes(12, 11),
        push(313, pairs(1, [("1", "2")])),
        push(313, field(1, message(f1="1")) + message(f4="1", f5="1")),
    ],
)
def test_what_the_venue_does_not_document_is_malformed(frame: bytes | str) -> None:
    with pytest.raises(MalformedFrame):
        receive(VENUES[SPOT].adapter(), frame)


VALID: list[bytes | str] = [
    deal(),
    changes(11),
    changes(12, 13),
    candle(),
    push(303, pairs(1, [("11", "1")]) + message(f4="5")),
    push(315, message(f1="10", f2="4")),
    answer(f"{DEALS}BTCUSDT").encode(),
    snapshot(11),
    listing("BTCUSDT"),
    json.dumps([[T, "1", "3", "0.5", "2", "9", T + 60_000, "18"]]).encode(),
]
PATHS = [
    "",
    "/",
    PATH,
    LISTING[SPOT],
    "/api/v3/klines?symbol=BTCUSDT&interval=60m",
    "/api/v3/trades?symbol=X",
    "/api/v3/ticker/24hr",
]


@given(st.lists(st.binary() | st.text() | cut(VALID), max_size=6), st.sampled_from(PATHS))
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    payloads: list[bytes | str], path: str
) -> None:
    check(SPOT, payloads, path)
