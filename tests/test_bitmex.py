"""The BitMEX adapter, frame by frame. Frames here are hand-made: they are faults and corners that
no capture holds. What real traffic means is tested in test_captures_bitmex.py.
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
from tests.bitmex import (
    AT,
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
    table,
)
from tests.spoiling import check, recorded, spoilt

NAME = f"{BITMEX}:{XBTUSD}"


def level(ident: int, side: str, size: float | None = None, price: float | None = None) -> Any:
    row = {"id": ident, "side": side, "size": size, "price": price}
    return {name: value for name, value in row.items() if value is not None}


def book(action: str, *rows: Any, name: str = "orderBookL2") -> str:
    return table(name, action, *rows, filter={"symbol": XBTUSD})


def whole(name: str = "orderBookL2") -> str:
    rows = (level(7, "Sell", 30, 100.5), level(6, "Sell", 40, 101.0), level(9, "Buy", 10, 99.5))
    return book("partial", *rows, name=name)


def trade(ident: str | None, action: str = "insert", **other: Any) -> str:
    row = {"timestamp": AT, "side": "Buy", "size": 20, "price": 100.5, "trdMatchID": ident}
    return table("trade", action, row | other)


def market(action: str = "partial", **other: Any) -> str:
    return table("instrument", action, {"timestamp": AT} | other)


def live() -> Adapter:
    adapter = opened(Channel.BOOK)
    assert states(receive(adapter, whole())) == [FeedState.LIVE]
    return adapter


def states(outputs: Iterable[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def test_a_book_is_put_together_by_the_ids_of_its_levels() -> None:
    adapter = opened(Channel.BOOK)
    snapshot, _ = receive(adapter, whole())
    bids, asks = [(99.5, 10.0)], [(100.5, 30.0), (101.0, 40.0)]
    assert snapshot == BookSnapshot(NAME, None, 0, bids, asks, 0)
    (inserted,) = receive(adapter, book("insert", level(8, "Buy", 5, 99.9)))
    (updated,) = receive(adapter, book("update", level(8, "Buy", 6)))
    (deleted,) = receive(adapter, book("delete", level(8, "Buy")))
    assert inserted == BookDelta(NAME, None, 0, [(99.9, 5.0)], [], 1, 0)
    assert updated == BookDelta(NAME, None, 0, [(99.9, 6.0)], [], 2, 1)
    assert deleted == BookDelta(NAME, None, 0, [(99.9, 0.0)], [], 3, 2)


def test_a_level_may_have_the_id_that_one_of_the_other_side_had() -> None:
    adapter = live()
    receive(adapter, book("delete", level(7, "Sell")))
    (inserted,) = receive(adapter, book("insert", level(7, "Buy", 5, 100.5)))
    assert isinstance(inserted, BookDelta)
    assert inserted.bids == [(100.5, 5.0)]


def test_a_book_without_orders_is_whole_too() -> None:
    snapshot, status = receive(opened(Channel.BOOK), book("partial"))
    assert isinstance(snapshot, BookSnapshot)
    assert (snapshot.bids, snapshot.asks, states([status])) == ([], [], [FeedState.LIVE])


@pytest.mark.parametrize(
    ("action", "row"),
    [
        ("update", level(8, "Buy", 5)),
        ("delete", level(8, "Buy")),
        ("delete", level(7, "Buy")),
        ("insert", level(9, "Buy", 5, 99.5)),
    ],
)
def test_a_change_that_cannot_follow_is_a_gap_at_once(action: str, row: Any) -> None:
    adapter = live()
    outputs = receive(adapter, book(action, row), now=60 * SECOND)
    assert states(outputs) == [FeedState.GAP]
    assert [output.instrument for output in outputs if isinstance(output, Resync)] == [NAME]
    args = [f"orderBookL2:{XBTUSD}"]
    assert requests(outputs) == [("unsubscribe", args), ("subscribe", args)]
    assert receive(adapter, book("update", level(9, "Buy", 5))) == []
    assert states(receive(adapter, whole())) == [FeedState.LIVE]
    assert len(receive(adapter, book("update", level(9, "Buy", 5)))) == 1


@pytest.mark.parametrize(
    "text",
    [
        book("insert", level(8, "Buy", -5, 99.9)),
        book("insert", level(8, "Buy", 5)),
        book("update", level(9, "Buy")),
        book("update", level(9, "Buy", 5, 98.0)),
        "{",
    ],
)
def test_after_a_message_that_cannot_be_read_no_book_is_believed(text: str) -> None:
    adapter = live()
    with pytest.raises(MalformedFrame):
        adapter.receive(text, 0)
    assert states(receive(adapter, book("update", level(9, "Buy", 5)))) == [FeedState.GAP]
    other = live()
    with pytest.raises(MalformedFrame):
        other.receive(text, 0)
    assert states(other.tick(1)) == [FeedState.GAP]


def test_what_is_spoilt_elsewhere_does_no_harm_to_a_book() -> None:
    adapter = live()
    with pytest.raises(MalformedFrame):
        adapter.receive(trade("a", price=-1), 0)
    assert states(receive(adapter, book("update", level(9, "Buy", 5)))) == []


def test_a_whole_book_that_does_not_come_is_asked_for_again() -> None:
    adapter = opened(Channel.BOOK)
    assert [op for op, _ in requests(adapter.tick(SECOND))] == []
    frames = sent(adapter.tick(ANSWER))
    assert [text for text in frames if text != "ping"] != []


def test_books_of_25_levels_are_other_books() -> None:
    adapter = live()
    assert receive(adapter, whole("orderBookL2_25")) == []
    deep = book("delete", level(8, "Buy"), name="orderBookL2_25")
    assert receive(adapter, deep) == []
    alone = VENUES[BITMEX].adapter()
    assert states(receive(alone, whole("orderBookL2_25"))) == [FeedState.LIVE]


def test_ten_levels_are_a_snapshot_where_no_changes_are_followed() -> None:
    ten = table("orderBook10", "update", {"timestamp": AT, "bids": [[1, 2]]})
    snapshot, status = receive(VENUES[BITMEX].adapter(), ten)
    assert snapshot == BookSnapshot(NAME, AT_NS, 0, [(1.0, 2.0)], [], None)
    assert states([status]) == [FeedState.SNAPSHOT_ONLY]
    assert receive(live(), ten) == []


def test_a_new_connection_forgets_the_book_of_the_last() -> None:
    adapter = live()
    outputs = list(adapter.open([Subscription(XBTUSD, Channel.BOOK)], 1))
    assert states(outputs) == [FeedState.SYNCING]
    assert receive(adapter, book("update", level(9, "Buy", 5))) == []


def test_a_trade_has_the_takers_side_and_is_told_once() -> None:
    adapter = opened(Channel.TRADES)
    bought, sold = receive(adapter, trade("a"), trade("b", side="Sell"), trade("a"))
    assert bought == Trade(NAME, AT_NS, 0, "a", 100.5, 20.0, Side.BUY)
    assert isinstance(sold, Trade)
    assert sold.side is Side.SELL
    adapter.open([Subscription(XBTUSD, Channel.TRADES)], 1)
    assert receive(adapter, trade("b", "partial")) == []
    assert len(receive(adapter, trade("c", "partial"))) == 1


def test_trades_without_an_id_are_told_unless_they_may_have_been_before() -> None:
    adapter = opened(Channel.TRADES)
    assert len(receive(adapter, trade(None), trade(None))) == 2
    assert receive(adapter, trade(None, "partial")) == []


def test_what_nobody_took_is_no_trade_of_the_book() -> None:
    settled = trade("a", side="", trdType="Settlement")
    assert receive(opened(Channel.TRADES), settled) == []
    assert parse(settled) == [Ignored(NAME, "no trade of the book: Settlement")]


def test_a_liquidation_is_told_when_its_order_is_new() -> None:
    adapter = opened(Channel.LIQUIDATIONS)
    row = {"orderID": "o", "side": "Sell", "price": 99.0, "leavesQty": 300}
    (forced,) = receive(adapter, table("liquidation", "insert", row), now=5)
    assert forced == Liquidation(NAME, 5, 5, 99.0, 300.0, Side.SELL)
    going = {"orderID": "o", "leavesQty": 100}
    for text in (
        table("liquidation", "insert", row),
        table("liquidation", "update", going),
        table("liquidation", "delete", {"orderID": "o"}),
        table("liquidation", "partial", row | {"orderID": "p"}),
    ):
        assert receive(adapter, text) == []


def test_a_market_is_put_together_and_begins_anew_with_a_connection() -> None:
    adapter = opened(Channel.MARK_PRICE)
    change = market("update", markPrice=101.0)
    assert receive(adapter, change) == []
    due: dict[str, Any] = {"fundingRate": -0.001, "fundingTimestamp": AT}
    assert receive(adapter, market(indicativeSettlePrice=100.0, openInterest=5, **due)) == [
        FundingRate(NAME, AT_NS, 0, -0.001, AT_NS),
        OpenInterest(NAME, AT_NS, 0, 5.0),
    ]
    assert receive(adapter, change) == [MarkPrice(NAME, AT_NS, 0, 101.0, 100.0)]
    days = {"prevPrice24h": 2.0, "highPrice": 4.0, "lowPrice": 1.0, "volume24h": 50}
    assert receive(adapter, market("update", **days)) == []
    (ticker,) = receive(adapter, market("update", lastPrice=3.0, foreignNotional24h=70))
    assert ticker == Ticker(NAME, AT_NS, 0, 3.0, 2.0, 4.0, 1.0, 50.0, Decimal(70))
    adapter.open([Subscription(XBTUSD, Channel.MARK_PRICE)], 1)
    assert receive(adapter, change) == []


def test_a_side_without_orders_has_no_best() -> None:
    row = {"timestamp": AT, "bidSize": None, "bidPrice": None, "askPrice": 5, "askSize": 2}
    (quote,) = receive(opened(Channel.BOOK_TICKER), table("quote", "insert", row))
    assert quote == BookTicker(NAME, AT_NS, 0, 0.0, 0.0, 5.0, 2.0, None)


@pytest.mark.parametrize(
    ("name", "length"), [("1m", MINUTE), ("5m", 5 * MINUTE), ("1h", 60 * MINUTE)]
)
def test_a_bar_is_known_by_the_time_at_which_it_ended(name: str, length: int) -> None:
    (bar,) = parse(candle(name), now=AT_NS)
    assert isinstance(bar, Kline)
    assert (bar.interval, bar.start, bar.end, bar.closed) == (name, AT_NS - length, AT_NS, True)
    assert (bar.volume, bar.quote_volume, bar.trades) == (50.0, Decimal(50), 3)
    (running,) = parse(candle(name), now=AT_NS - 1)
    assert isinstance(running, Kline)
    assert not running.closed
    assert all(isinstance(event, Ignored) for event in parse(candle(name, low=None)))


@pytest.mark.parametrize("bad", [-1, "1", True, "nan"])
def test_no_price_or_size_is_ever_other_than_a_plain_amount(bad: object) -> None:
    for text in (
        trade("a", price=bad),
        trade("a", size=bad),
        book("insert", {"id": 8, "side": "Buy", "size": bad, "price": 1}),
        book("insert", {"id": 8, "side": "Buy", "size": 1, "price": bad}),
        candle(low=bad),
        market(markPrice=bad),
    ):
        with pytest.raises(MalformedFrame):
            live().receive(text, 0)


VALID = [
    whole(),
    book("insert", level(8, "Buy", 5, 99.9)),
    book("update", level(9, "Buy", 6)),
    book("delete", level(9, "Buy")),
    trade("a"),
    market(markPrice=1, fundingRate=0.1, fundingTimestamp=AT, lastPrice=1, volume24h=3),
    market("update", markPrice=1, prevPrice24h=1, highPrice=2, lowPrice=1, openInterest=3),
    candle(),
    table("liquidation", "insert", {"orderID": "o", "side": "Sell", "price": 9, "leavesQty": 3}),
    refusal("trade:A", "trade:B"),
    listed(),
    *recorded("bitmex/expected.jsonl", "bitmex/cf_20210722.jsonl.gz"),
]
PATHS = [
    "",
    "/",
    LISTING,
    BARS,
    "/api/v1/orderBook/L2?symbol=A",
    "/api/v1/trade",
    "/api/v1/funding",
]


@given(spoilt(VALID), st.sampled_from(PATHS))
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    payloads: list[bytes | str], path: str
) -> None:
    check(BITMEX, payloads, path)
