"""The Deribit adapter, frame by frame. Frames here are hand-made: they are faults and corners that
no capture holds. What real traffic means is tested in test_captures_deribit.py.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Adapter, Channel, Ignored, Output, Resync, Subscription
from feeds.errors import MalformedFrame
from feeds.inband import ANSWER
from feeds.registry import VENUES
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    FeedState,
    FeedStatus,
    FundingRate,
    Kline,
    Liquidation,
    MarkPrice,
    OpenInterest,
    Side,
    Ticker,
    Trade,
)
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
from tests.spoiling import check, recorded, spoilt

NAME = f"{DERIBIT}:{PERPETUAL}"


def book(kind: str, number: int, previous: int = 0, **other: Any) -> str:  # Any: a payload's JSON
    row = {"type": kind, "timestamp": AT + number, "instrument_name": PERPETUAL}
    row |= {"change_id": number} | ({"prev_change_id": previous} if previous else {})
    levels = {"bids": [["new", 99.5, 10]], "asks": [["new", 100.0, 30]]}
    return push(other.pop("channel", BOOK), row | levels | other)


def trades(*rows: dict[str, Any]) -> str:
    return push(f"trades.{PERPETUAL}.100ms", list(rows))


def candle(start: int, **other: Any) -> str:  # Any: the JSON of a payload
    row = {"tick": start, "open": 1.0, "high": 2.0, "low": 1.0, "close": 2.0}
    symbol = other.pop("symbol", PERPETUAL)
    return push(f"chart.trades.{symbol}.1", row | {"volume": 0.1, "cost": 30.0} | other)


def live() -> Adapter:
    adapter = opened(Channel.BOOK)
    assert states(receive(adapter, book("snapshot", 5))) == [FeedState.LIVE]
    return adapter


def states(outputs: Iterable[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def test_a_book_is_live_with_its_first_message_and_follows_its_pointers() -> None:
    adapter = live()
    (delta,) = receive(adapter, book("change", 9, 5, bids=[["delete", 99.5, 0.0]], asks=[]))
    assert delta == BookDelta(NAME, (AT + 9) * MS, 0, [(99.5, 0.0)], [], 9, 5)


def test_what_is_deleted_has_no_size_whatever_is_written_there() -> None:
    (delta,) = receive(live(), book("change", 9, 5, bids=[["delete", 99.5, 4.0]], asks=[]))
    assert isinstance(delta, BookDelta)
    assert delta.bids == [(99.5, 0.0)]


def test_a_change_that_follows_on_nothing_is_the_whole_of_a_new_book() -> None:
    (snapshot, status) = receive(opened(Channel.BOOK), book("change", 9))
    assert isinstance(snapshot, BookSnapshot)
    assert states([status]) == [FeedState.LIVE]


def test_a_dropped_change_is_a_gap_at_the_next_and_the_book_is_asked_for_again() -> None:
    adapter = live()
    outputs = receive(adapter, book("change", 9, 7), now=60 * SECOND)
    assert states(outputs) == [FeedState.GAP]
    assert [output.instrument for output in outputs if isinstance(output, Resync)] == [NAME]
    assert calls(outputs) == [
        ("unsubscribe", {"channels": [BOOK]}),
        ("subscribe", {"channels": [BOOK]}),
    ]
    assert receive(adapter, book("change", 11, 9)) == []
    assert states(receive(adapter, book("snapshot", 20))) == [FeedState.LIVE]
    assert len(receive(adapter, book("change", 21, 20))) == 1


def test_a_spoilt_change_is_a_gap_at_the_next() -> None:
    adapter = live()
    with pytest.raises(MalformedFrame):
        adapter.receive(book("change", 9, 5, bids=[["new", 99.5, -1]]), 0)
    assert states(receive(adapter, book("change", 11, 9))) == [FeedState.GAP]


def test_a_snapshot_that_does_not_come_is_asked_for_again() -> None:
    adapter = opened(Channel.BOOK)
    assert calls(adapter.tick(ANSWER - 1)) == []
    assert [method for method, _ in calls(adapter.tick(ANSWER))] == ["unsubscribe", "subscribe"]


def test_books_of_other_intervals_have_numbers_of_their_own() -> None:
    adapter = live()
    assert receive(adapter, book("snapshot", 7, channel=f"book.{PERPETUAL}.agg2")) == []
    assert receive(adapter, book("change", 8, 7, channel=f"book.{PERPETUAL}.agg2")) == []
    assert len(receive(adapter, book("change", 9, 5))) == 1


def test_twenty_levels_are_a_snapshot_where_no_changes_are_followed() -> None:
    levels = {"bids": [[99.5, 10]], "asks": [[100.0, 30]]}
    row = {"timestamp": AT, "instrument_name": PERPETUAL, "change_id": 4} | levels
    top = push(f"book.{PERPETUAL}.none.20.100ms", row)
    snapshot, status = receive(VENUES[DERIBIT].adapter(), top)
    assert snapshot == BookSnapshot(NAME, AT * MS, 0, [(99.5, 10.0)], [(100.0, 30.0)], 4)
    assert states([status]) == [FeedState.SNAPSHOT_ONLY]
    assert receive(live(), top) == []


def test_a_new_connection_forgets_the_book_of_the_last() -> None:
    adapter = live()
    outputs = list(adapter.open([Subscription(PERPETUAL, Channel.BOOK)], 1))
    assert states(outputs) == [FeedState.SYNCING]
    assert receive(adapter, book("change", 9, 5)) == []


def test_a_trade_has_the_takers_side_and_is_told_once() -> None:
    adapter = opened(Channel.TRADES)
    bought, sold = receive(adapter, trades(trade(6, direction="sell"), trade(5)), trades(trade(5)))
    assert bought == Trade(NAME, AT * MS, 0, "t5", 100.5, 20.0, Side.BUY)
    assert isinstance(sold, Trade)
    assert sold.side is Side.SELL
    adapter.open([Subscription(PERPETUAL, Channel.TRADES)], 1)
    assert receive(adapter, trades(trade(6))) == []


def test_trades_that_are_missing_are_told_and_the_book_is_as_good_as_before() -> None:
    adapter = opened(Channel.TRADES, Channel.BOOK)
    receive(adapter, book("snapshot", 5), trades(trade(5)))
    gap, again, last = receive(adapter, trades(trade(8)))
    assert isinstance(gap, FeedStatus)
    assert gap.reason == "2 trades missing"
    assert states([gap, again]) == [FeedState.GAP, FeedState.LIVE]
    assert isinstance(last, Trade)


@pytest.mark.parametrize("other", [{"block_trade_id": "b"}, {"combo_id": "c"}])
def test_what_was_agreed_elsewhere_is_no_trade_of_the_book_but_is_counted(
    other: dict[str, str],
) -> None:
    adapter = opened(Channel.TRADES)
    outputs = receive(adapter, trades(trade(5)), trades(trade(6, **other)), trades(trade(7)))
    assert [type(output) for output in outputs] == [Trade, Trade]
    assert all(isinstance(event, Ignored) for event in parse(trades(trade(6, **other))))


@pytest.mark.parametrize(
    ("whose", "sides"), [("T", [Side.BUY]), ("M", [Side.SELL]), ("MT", [Side.SELL, Side.BUY])]
)
def test_a_liquidation_has_the_side_of_the_order_that_was_forced(
    whose: str, sides: list[Side]
) -> None:
    (_, *forced) = parse(trades(trade(5, liquidation=whose)))
    assert forced == [Liquidation(NAME, AT * MS, 7, 100.5, 20.0, side) for side in sides]


def test_trades_and_liquidations_are_told_where_they_were_asked_for() -> None:
    frame = trades(trade(5, liquidation="T"))
    (alone,) = receive(opened(Channel.LIQUIDATIONS), frame)
    assert isinstance(alone, Liquidation)
    (trade_alone,) = receive(opened(Channel.TRADES), frame)
    assert isinstance(trade_alone, Trade)
    assert len(receive(opened(Channel.TRADES, Channel.LIQUIDATIONS), frame)) == 2


def test_a_ticker_states_mark_funding_and_open_interest() -> None:
    frame = day(index_price=100.0, current_funding=-0.001, open_interest=500)
    assert receive(opened(Channel.MARK_PRICE), frame) == [
        MarkPrice(NAME, AT * MS, 0, 101.0, 100.0),
        FundingRate(NAME, AT * MS, 0, -0.001, None),
        OpenInterest(NAME, AT * MS, 0, 500.0),
    ]
    best = parse(day(best_bid_price=None, best_bid_amount=0, best_ask_price=5, best_ask_amount=2))
    assert best[-1] == BookTicker(NAME, AT * MS, 7, 0.0, 0.0, 5.0, 2.0, None)


@pytest.mark.parametrize(
    ("symbol", "volume", "worth"),
    [
        (PERPETUAL, 3000.0, Decimal(3000)),
        ("BTC_USDC-PERPETUAL", 30.0, Decimal(3000)),
        ("BTC-24SEP21-8000-P", 30.0, None),
    ],
)
def test_a_day_has_its_volume_in_the_unit_of_sizes(
    symbol: str, volume: float, worth: Decimal | None
) -> None:
    stats = {"volume": 30, "volume_usd": 3000, "price_change": 10.0, "low": 90.0, "high": 120.0}
    stated = parse(day(instrument_name=symbol, last_price=110.0, stats=stats))
    (ticker,) = [event for event in stated if isinstance(event, Ticker)]
    prices = (110.0, 100.0, 120.0, 90.0)
    base = 30.0 if symbol == PERPETUAL else None
    assert ticker == Ticker(f"{DERIBIT}:{symbol}", AT * MS, 7, *prices, volume, worth, base)
    nothing = dict.fromkeys(stats)
    assert not any(isinstance(event, Ticker) for event in parse(day(last_price=1, stats=nothing)))


def test_a_bar_is_over_when_the_next_has_begun() -> None:
    adapter = opened(Channel.KLINES)
    (first,) = receive(adapter, candle(AT), now=AT * MS)
    assert isinstance(first, Kline)
    assert (first.interval, first.start, first.end) == ("1m", AT * MS, (AT + 60_000) * MS)
    assert (first.volume, first.quote_volume, first.closed) == (30.0, Decimal("30.0"), False)
    over, second = receive(adapter, candle(AT + 60_000), now=(AT + 60_000) * MS)
    assert isinstance(over, Kline)
    assert isinstance(second, Kline)
    assert (over.start, over.closed) == (first.start, True)
    assert (second.start, second.closed) == (first.end, False)
    assert receive(adapter, candle(AT)) == []
    (linear,) = parse(candle(AT, symbol="BTC_USDC-PERPETUAL"))
    assert isinstance(linear, Kline)
    assert linear.volume == 0.1


@pytest.mark.parametrize("bad", [-1, "1", None, True, "nan"])
def test_no_price_or_size_is_ever_other_than_a_plain_amount(bad: object) -> None:
    adapter = live()
    for text in (
        trades(trade(1, price=bad)),
        trades(trade(1, amount=bad)),
        book("change", 9, 5, bids=[["new", bad, 1]]),
        book("change", 9, 5, bids=[["new", 1, bad]]),
        candle(AT, low=bad),
        candle(AT, cost=-1),
    ):
        with pytest.raises(MalformedFrame):
            adapter.receive(text, 0)


FOLLOWED = (
    "deribit/samples.jsonl",
    "deribit/expected.jsonl",
    "deribit/cf_20210722.jsonl.gz",
)
VALID = [
    book("snapshot", 5),
    book("change", 9, 5),
    trades(trade(5, liquidation="MT"), trade(6)),
    day(open_interest=5, current_funding=0.1, last_price=3, stats={"volume_usd": 3, "volume": 1}),
    candle(AT),
    chart(),
    listed(),
    answer(1, BOOK),
    refusal(1, 10028),
    *recorded(*FOLLOWED),
]
PATHS = [
    "",
    "/",
    LISTING,
    f"{CHART}&resolution=1",
    "/api/v2/public/get_instruments?currency=BTC",
    "/api/v2/public/get_order_book",
    "/api/v2/public/get_last_trades_by_instrument",
    "/api/v2/public/ticker",
]


@given(spoilt(VALID), st.sampled_from(PATHS))
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    payloads: list[bytes | str], path: str
) -> None:
    check(DERIBIT, payloads, path)
