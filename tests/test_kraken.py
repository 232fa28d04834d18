"""The Kraken spot adapter, frame by frame. Frames here are hand-made: they are faults and corners
that no capture holds. What real traffic means is tested in test_captures_kraken.py.
"""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Channel, Ignored, Output, Resync, Subscription
from feeds.errors import MalformedFrame
from feeds.registry import VENUES
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FeedState,
    FeedStatus,
    Kline,
    Side,
    Ticker,
    Trade,
)
from tests.kraken import (
    OHLC,
    SECOND,
    SPOT,
    TIME,
    WHOLE,
    book,
    checksum,
    frame,
    live,
    opened,
    receive,
    sent,
    states,
    trade,
    trades,
    whole,
)
from tests.spoiling import check, recorded, spoilt

NAME = "kraken:BTC/USD"
TIME_NS = 1_787_610_118_343_688_000


def candle(begin: str, **other: Any) -> dict[str, Any]:  # Any: the JSON of a payload
    row = {"symbol": "BTC/USD", "open": 1.0, "high": 2.0, "low": 0.5, "close": 1.5, "volume": 9.0}
    return row | {"vwap": 1.2, "trades": 3, "interval": 1, "interval_begin": begin} | other


def ticker(**other: Any) -> dict[str, Any]:  # Any: the JSON of a payload
    row = {"symbol": "BTC/USD", "bid": 99.5, "bid_qty": 1.0, "ask": 100.0, "ask_qty": 3.0}
    day = {"last": 99.7, "volume": 5.0, "vwap": 99.6, "low": 98.0, "high": 101.0, "change": -0.2}
    return row | day | {"change_pct": -0.2, "timestamp": TIME} | other


def parse(payload: str | bytes, path: str | None = None) -> list[Event | Ignored]:
    return list(VENUES[SPOT].parser().parse(payload, 7, path))


def asked(outputs: Iterable[Output]) -> list[str]:
    """What is asked for over the socket, pings aside."""
    return [request["method"] for request in sent(outputs) if request["method"] != "ping"]


def test_a_book_whose_checksum_holds_is_live_with_its_first_message() -> None:
    snapshot, status = receive(opened(Channel.BOOK), whole())
    assert isinstance(snapshot, BookSnapshot)
    assert snapshot.ts_event == TIME_NS
    assert snapshot.bids == [(99.5, 1.0), (99.4, 2.0)]
    assert states([status]) == [FeedState.LIVE]


def test_a_book_with_a_wrong_checksum_is_never_shown_and_asked_for_again() -> None:
    adapter = opened(Channel.BOOK)
    outputs = receive(adapter, book("snapshot", *WHOLE, 5))
    assert states(outputs) == [FeedState.GAP]
    assert not [output for output in outputs if isinstance(output, BookSnapshot)]
    assert asked(outputs) == []
    assert asked(adapter.tick(2 * SECOND)) == ["unsubscribe", "subscribe"]
    assert states(receive(adapter, whole())) == [FeedState.LIVE]


def test_a_change_that_does_not_make_the_stated_checksum_is_a_gap_at_once() -> None:
    adapter = live()
    (delta,) = receive(
        adapter,
        book("update", [("99.5", "0.0")], [], checksum(WHOLE[0][1:], WHOLE[1])),
    )
    assert isinstance(delta, BookDelta)
    assert (delta.bids, delta.asks) == ([(99.5, 0.0)], [])
    outputs = receive(adapter, book("update", [("99.4", "2.1")], [], 7), now=60 * SECOND)
    assert states(outputs) == [FeedState.GAP]
    assert [output.instrument for output in outputs if isinstance(output, Resync)] == [NAME]
    assert asked(outputs) == ["unsubscribe", "subscribe"]
    assert not [output for output in outputs if isinstance(output, BookDelta)]
    late = book("update", [("99.4", "2.2")], [], 7)
    assert receive(adapter, late, now=60 * SECOND) == []
    assert states(receive(adapter, whole())) == [FeedState.LIVE]


def test_levels_pushed_out_of_the_subscribed_depth_are_removed() -> None:
    adapter = VENUES[SPOT].adapter()
    bids = [(f"{99 - place}.0", "1.0") for place in range(10)]
    receive(adapter, book("snapshot", bids, [], checksum(bids, [])))
    after = [("99.5", "2.0"), *bids[:9]]
    (delta,) = receive(adapter, book("update", [("99.5", "2.0")], [], checksum(after, [])))
    assert isinstance(delta, BookDelta)
    assert delta.bids == [(99.5, 2.0), (90.0, 0.0)]


def test_the_acknowledged_depth_is_the_one_that_counts() -> None:
    adapter = VENUES[SPOT].adapter()
    result = {"channel": "book", "depth": 25, "snapshot": True, "symbol": "BTC/USD"}
    receive(adapter, json.dumps({"method": "subscribe", "result": result, "success": True}))
    bids = [(f"{99 - place}.0", "1.0") for place in range(10)]
    receive(adapter, book("snapshot", bids, [], checksum(bids, [])))
    after = [("99.5", "2.0"), *bids[:9]]
    (delta,) = receive(adapter, book("update", [("99.5", "2.0")], [], checksum(after, [])))
    assert isinstance(delta, BookDelta)
    assert delta.bids == [(99.5, 2.0)]


SPOILT = [
    book("update", [("-99.5", "1.0")], [], 1),
    book("update", [("99.5", "1e400")], [], 1),
    book("update", [("99.5", '"1"')], [], 1),
    book("update", [("99.5", "null")], [], 1),
    book("update", [], [], 2**32),
    book("update", [], [], 1).replace("2026", "0026"),
    '{"channel":"book","type":"up',
]


@pytest.mark.parametrize("text", SPOILT)
def test_after_a_message_that_cannot_be_read_no_book_is_believed(text: str) -> None:
    adapter = opened(Channel.BOOK, symbols=("BTC/USD", "ETH/USD"))
    receive(adapter, whole(), whole("ETH/USD"))
    with pytest.raises(MalformedFrame):
        adapter.receive(text, 0)
    with pytest.raises(MalformedFrame):
        adapter.receive('{"channel":"trade","data":7}', 0)
    outputs = receive(adapter, '{"channel":"heartbeat"}')
    assert states(outputs) == [FeedState.GAP, FeedState.GAP]
    assert asked(adapter.tick(2 * SECOND)) == 2 * ["unsubscribe", "subscribe"]
    assert states(receive(adapter, '{"channel":"heartbeat"}')) == []


def test_a_spoilt_message_of_another_channel_leaves_books_as_they_are() -> None:
    adapter = live()
    with pytest.raises(MalformedFrame):
        adapter.receive(frame("trade", "update", trade(1, price=-1)), 0)
    assert receive(adapter, '{"channel":"heartbeat"}') == []


def test_a_new_connection_forgets_the_book_of_the_last() -> None:
    adapter = live()
    outputs = list(adapter.open([Subscription("BTC/USD", Channel.BOOK)], 1))
    assert states(outputs) == [FeedState.SYNCING]
    change = book("update", [("99.5", "0.0")], [], checksum(WHOLE[0][1:], WHOLE[1]))
    assert receive(adapter, change) == []


def test_trades_are_sorted_told_once_and_missed_when_missing() -> None:
    adapter = opened(Channel.TRADES)
    first = receive(adapter, trades(7, 5, 6), trades(6, 8))
    assert [event.id for event in first if isinstance(event, Trade)] == ["5", "6", "7", "8"]
    outputs = receive(adapter, trades(11))
    assert states(outputs) == [FeedState.GAP, FeedState.LIVE]
    assert isinstance(outputs[0], FeedStatus)
    assert outputs[0].reason == "2 trades missing"


def test_the_trades_that_a_new_connection_repeats_are_not_new() -> None:
    adapter = opened(Channel.TRADES)
    receive(adapter, trades(5, 6))
    adapter.open([Subscription("BTC/USD", Channel.TRADES)], 1)
    again = receive(adapter, frame("trade", "snapshot", trade(5), trade(6), trade(7)))
    assert [event.id for event in again if isinstance(event, Trade)] == ["7"]


def test_a_trade_has_the_takers_side_and_the_venues_time() -> None:
    bought, sold = parse(frame("trade", "update", trade(1), trade(2, side="sell")))
    assert bought == Trade(NAME, TIME_NS, 7, "1", 100.5, 0.25, Side.BUY)
    assert isinstance(sold, Trade)
    assert sold.side is Side.SELL


def test_a_bar_is_over_when_the_next_has_begun() -> None:
    adapter = opened(Channel.KLINES)
    begins = [f"2023-10-04T16:2{minute}:00.000000000Z" for minute in range(4)]
    outputs = receive(
        adapter,
        frame("ohlc", "snapshot", candle(begins[0]), candle(begins[1])),
        frame("ohlc", "update", candle(begins[1], close=1.75)),
        frame("ohlc", "update", candle(begins[2])),
        frame("ohlc", "update", candle(begins[1], close=1.25)),
    )
    bars = [output for output in outputs if isinstance(output, Kline)]
    assert [(bar.start // (60 * SECOND) % 10, bar.close, bar.closed) for bar in bars] == [
        (0, 1.5, True),
        (1, 1.5, False),
        (1, 1.75, False),
        (1, 1.75, True),
        (2, 1.5, False),
    ]


def test_a_bar_in_which_nothing_was_traded_at_no_price_states_nothing() -> None:
    (said,) = parse(frame("ohlc", "update", candle(TIME, open=0, high=0, low=0, close=0)))
    assert isinstance(said, Ignored)


def test_a_ticker_is_the_day_the_best_or_both_as_wanted() -> None:
    text = frame("ticker", "update", ticker())
    day, best = parse(text)
    assert day == Ticker(NAME, TIME_NS, 7, 99.7, 99.9, 101.0, 98.0, 5.0, None)
    assert best == BookTicker(NAME, TIME_NS, 7, 99.5, 1.0, 100.0, 3.0, None)
    for channel, kinds in ((Channel.TICKER, [Ticker]), (Channel.BOOK_TICKER, [BookTicker])):
        assert [type(event) for event in receive(opened(channel), text)] == kinds
    assert len(receive(opened(Channel.TICKER, Channel.BOOK_TICKER), text)) == 2


VALID = [
    whole(),
    book("update", [("99.5", "0.0")], [], checksum(WHOLE[0][1:], WHOLE[1])),
    trades(1, 2),
    frame("ohlc", "update", candle(TIME)),
    frame("ticker", "update", ticker()),
    '{"channel":"status","type":"update","data":[{"system":"online"}]}',
    '{"method":"subscribe","result":{"channel":"book","depth":10,"symbol":"A"},"success":true}',
    *recorded("kraken/v2_btcusd_book10_20260824.jsonl", "kraken/samples.jsonl"),
]
BODIES = [
    '{"error":[],"result":{"XXBTZUSD":[[60,"1","2","1","2","1.5","9",3]],"last":60}}',
    '{"error":[],"result":{"XXBTZUSD":[["1.5","2",17.25,"b","l","",7]],"last":"7"}}',
    '{"error":[],"result":{"A":{"wsname":"A/USD","pair_decimals":1,"lot_decimals":8}}}',
    '{"error":[],"result":{"A":{"asks":[["2","1",5]],"bids":[["1","1",5]]}}}',
]
PATHS = ["", "/", OHLC, "/0/public/Trades?pair=A", "/0/public/AssetPairs", "/0/public/Depth"]


@given(spoilt(VALID + BODIES), st.sampled_from(PATHS))
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    payloads: list[bytes | str], path: str
) -> None:
    check(SPOT, payloads, path)
