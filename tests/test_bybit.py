"""The Bybit adapter, frame by frame. Frames here are hand-made: they are faults and corners that
no capture holds. What real traffic means is tested in test_captures_bybit.py.
"""

import json

import pytest

from feeds.adapter import Channel, Ignored, Resync, Subscription
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
from tests.bybit import (
    DAY,
    INVERSE,
    LINEAR,
    MARKETS,
    MS,
    SECOND,
    SPOT,
    TOPIC,
    T,
    book,
    candle,
    day,
    forced,
    opened,
    parse,
    receive,
    requests,
    states,
    trade,
)

NAME = "bybit-linear:BTCUSDT"


def test_the_side_of_a_trade_is_the_takers() -> None:
    adapter = VENUES[LINEAR].adapter()
    bought, sold = receive(adapter, trade("a", S="Buy"), trade("b", S="Sell"))
    assert bought == Trade(NAME, T * MS, 0, "a", 10.5, 2.0, Side.BUY)
    assert isinstance(sold, Trade)
    assert sold.side is Side.SELL


def test_the_side_of_a_liquidation_is_that_of_the_order_that_closed_it() -> None:
    (closed_long,) = parse(LINEAR, forced("Buy"))
    (closed_short,) = parse(LINEAR, forced("Sell"))
    assert closed_long == Liquidation(NAME, T * MS, 7, 9.5, 3.0, Side.SELL)
    assert isinstance(closed_short, Liquidation)
    assert closed_short.side is Side.BUY


def test_a_block_trade_is_not_one_of_the_market() -> None:
    assert receive(VENUES[LINEAR].adapter(), trade("a", BT=True)) == []
    assert parse(LINEAR, trade("a", BT=True)) == [Ignored(NAME, "a block trade")]


def test_a_hidden_order_that_was_met_is_a_trade_like_others() -> None:
    assert len(receive(VENUES[LINEAR].adapter(), trade("a", RPI=True))) == 1


def test_the_same_trade_twice_is_one_trade_also_over_a_new_connection() -> None:
    adapter, _ = opened(Channel.TRADES)
    assert len(receive(adapter, trade("a"), trade("b"), trade("a"))) == 2
    adapter.open([Subscription("BTCUSDT", Channel.TRADES)], SECOND)
    assert [event.id for event in receive(adapter, trade("b"), trade("c"))] == ["c"]  # type: ignore[union-attr]  # all are trades


@pytest.mark.parametrize("venue", MARKETS)
def test_bytes_and_text_read_the_same_and_the_order_of_keys_does_not_matter(venue: str) -> None:
    frames = [trade("a"), book("snapshot", 1), book("delta", 2), day(lastPrice="1"), candle()]
    as_text, as_bytes, turned = (VENUES[venue].adapter() for _ in range(3))
    for frame in [*frames, *frames]:
        told = list(as_text.receive(frame, 9))
        assert told == list(as_bytes.receive(frame.encode(), 9))
        backwards = dict(reversed(json.loads(frame).items()))
        assert told == list(turned.receive(json.dumps(backwards), 9))


def test_a_book_is_live_with_its_snapshot_and_follows_its_numbers() -> None:
    adapter, outputs = opened(Channel.BOOK)
    assert states(outputs) == [FeedState.SYNCING]
    outputs = receive(adapter, book("snapshot", 5))
    assert [type(output) for output in outputs] == [BookSnapshot, FeedStatus]
    assert states(outputs) == [FeedState.LIVE]
    (change,) = receive(adapter, book("delta", 6, [("10.0", "0")], []))
    assert change == BookDelta(NAME, (T + 6) * MS, 0, [(10.0, 0.0)], [], 6, 5)


def test_a_gap_subscribes_the_book_again_on_the_same_connection() -> None:
    adapter, _ = opened(Channel.BOOK, Channel.TRADES)
    receive(adapter, book("snapshot", 5))
    outputs = receive(adapter, book("delta", 7), now=60 * SECOND)
    assert states(outputs) == [FeedState.GAP]
    assert any(isinstance(output, Resync) for output in outputs)
    assert requests(outputs) == [
        {"op": "unsubscribe", "req_id": TOPIC, "args": [TOPIC]},
        {"op": "subscribe", "req_id": TOPIC, "args": [TOPIC]},
    ]
    assert receive(adapter, book("delta", 8)) == []
    assert states(receive(adapter, book("snapshot", 20))) == [FeedState.LIVE]


def test_a_snapshot_that_does_not_come_is_asked_for_again() -> None:
    adapter, _ = opened(Channel.BOOK)
    assert requests(list(adapter.tick(ANSWER - 1))) == []
    assert [request["op"] for request in requests(list(adapter.tick(ANSWER)))] == [
        "unsubscribe",
        "subscribe",
    ]


@pytest.mark.parametrize("kind", ["snapshot", "delta"])
def test_number_one_comes_after_a_restart_and_replaces_the_book(kind: str) -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, book("snapshot", 5))
    (whole,) = receive(adapter, book(kind, 1))
    assert isinstance(whole, BookSnapshot)
    assert len(receive(adapter, book("delta", 2))) == 1


def test_a_new_connection_forgets_the_book_of_the_last() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, book("snapshot", 5))
    outputs = list(adapter.open([Subscription("BTCUSDT", Channel.BOOK)], SECOND))
    assert states(outputs) == [FeedState.SYNCING]
    assert receive(adapter, book("delta", 6)) == []


def test_books_of_other_depths_have_numbers_of_their_own() -> None:
    adapter, shallow = VENUES[LINEAR].adapter(), "orderbook.50.BTCUSDT"
    assert states(receive(adapter, book("snapshot", 5, topic=shallow))) == [FeedState.LIVE]
    assert receive(adapter, book("delta", 800)) == []
    assert len(receive(adapter, book("delta", 6, topic=shallow))) == 1
    # From now on it is the deeper one.
    assert len(receive(adapter, book("snapshot", 900))) == 1
    assert receive(adapter, book("snapshot", 7, topic=shallow)) == []
    assert receive(adapter, book("delta", 8, topic=shallow)) == []
    assert len(receive(adapter, book("delta", 901))) == 1


def test_a_recording_that_begins_amid_changes_waits_for_a_book_of_any_depth() -> None:
    adapter = VENUES[LINEAR].adapter()
    assert states(receive(adapter, book("delta", 800))) == [FeedState.SYNCING]
    shallow = book("snapshot", 5, topic="orderbook.50.BTCUSDT")
    assert states(receive(adapter, shallow)) == [FeedState.LIVE]


def test_a_spoilt_change_of_the_book_is_a_gap_at_the_next() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, book("snapshot", 5))
    with pytest.raises(MalformedFrame):
        adapter.receive(book("delta", 6, [("10", "-1")]), 0)
    assert states(receive(adapter, book("delta", 7))) == [FeedState.GAP]


def test_a_book_without_the_engines_time_has_the_messages() -> None:
    (event,) = parse(LINEAR, book("snapshot", 5, ts=T + 40, cts=None))
    assert isinstance(event, BookSnapshot)
    assert event.ts_event == (T + 40) * MS


def test_the_best_bid_and_ask_are_put_together_from_what_changes() -> None:
    adapter, topic = VENUES[SPOT].adapter(), "orderbook.1.BTCUSDT"
    (first,) = receive(adapter, book("snapshot", 5, topic=topic))
    (second,) = receive(adapter, book("delta", 6, [("10.1", "4"), ("10.0", "0")], [], topic))
    name, time = "bybit:BTCUSDT", (T + 6) * MS
    assert first == BookTicker(name, (T + 5) * MS, 0, 10.0, 1.0, 11.0, 2.0, 5)
    assert second == BookTicker(name, time, 0, 10.1, 4.0, 11.0, 2.0, 6)
    # What was missed is not guessed; an idle market repeats its number.
    assert receive(adapter, book("delta", 8, topic=topic)) == []
    assert receive(adapter, book("delta", 9, topic=topic)) == []
    assert len(receive(adapter, book("snapshot", 9, topic=topic))) == 1
    assert len(receive(adapter, book("snapshot", 9, topic=topic))) == 1


def test_an_empty_side_has_no_best() -> None:
    (quote,) = parse(SPOT, book("snapshot", 5, [], topic="orderbook.1.BTCUSDT"))
    assert isinstance(quote, BookTicker)
    assert (quote.bid, quote.bid_size, quote.ask) == (0.0, 0.0, 11.0)


def test_books_that_hold_other_orders_are_not_the_book() -> None:
    for topic in ("orderbook.rpi.BTCUSDT", "orderbook.full.BTCUSDT", "liquidation.BTCUSDT"):
        frame = book("snapshot", 5, topic=topic)
        assert receive(VENUES[LINEAR].adapter(), frame) == []
        assert parse(LINEAR, frame) == [Ignored("", f"topic '{topic}' is not used")]


def test_a_ticker_is_put_together_and_begins_anew_with_a_connection() -> None:
    adapter, _ = opened(Channel.MARK_PRICE)
    (mark,) = receive(adapter, day("snapshot", markPrice="10", indexPrice="9"))
    assert mark == MarkPrice(NAME, T * MS, 0, 10.0, 9.0)
    assert receive(adapter, day(bid1Price="9.9")) == []
    (mark,) = receive(adapter, day(indexPrice="8"))
    assert mark == MarkPrice(NAME, T * MS, 0, 10.0, 8.0)
    adapter.open([Subscription("BTCUSDT", Channel.MARK_PRICE)], SECOND)
    assert receive(adapter, day(indexPrice="7")) == []
    (mark,) = receive(adapter, day(markPrice="6"))
    assert mark == MarkPrice(NAME, T * MS, 0, 6.0, 7.0)


def test_funding_is_stated_with_the_time_of_its_payment() -> None:
    adapter = VENUES[LINEAR].adapter()
    fields = {"fundingRate": "-0.0001", "nextFundingTime": str(T + 5)}
    (rate,) = receive(adapter, day("snapshot", **fields))
    assert rate == FundingRate(NAME, T * MS, 0, -0.0001, (T + 5) * MS)
    (rate,) = receive(adapter, day(nextFundingTime=str(T + 9)))
    assert rate == FundingRate(NAME, T * MS, 0, -0.0001, (T + 9) * MS)
    dated = day("snapshot", fundingRate="", nextFundingTime="", markPrice="")
    assert receive(VENUES[LINEAR].adapter(), dated) == []


def test_open_interest_is_counted_on_one_side() -> None:
    adapter = VENUES[LINEAR].adapter()
    half, stated = (
        day("snapshot", openInterest="10"),
        day(openInterest="12", singleOpenInterest="6"),
    )
    assert receive(adapter, half) == [OpenInterest(NAME, T * MS, 0, 5.0)]
    assert receive(adapter, stated) == [OpenInterest(NAME, T * MS, 0, 6.0)]


@pytest.mark.parametrize(("venue", "quote"), [(SPOT, 30.0), (LINEAR, 30.0), (INVERSE, 2000.0)])
def test_what_was_traded_in_quote_is_turnover_but_on_inverse_contracts(
    venue: str, quote: float
) -> None:
    (ticker,) = parse(venue, day("snapshot", **DAY, volume24h="2000", turnover24h="30"))
    assert isinstance(ticker, Ticker)
    assert (ticker.last, ticker.open, ticker.high, ticker.low) == (100.0, 90.0, 110.0, 80.0)
    assert (ticker.volume, float(ticker.quote_volume or 0)) == (2000.0, quote)
    (bar,) = parse(venue, candle(volume="2000", turnover="30"))
    assert isinstance(bar, Kline)
    assert (bar.volume, float(bar.quote_volume or 0)) == (2000.0, quote)


def test_a_bar_is_closed_when_the_venue_confirms_it() -> None:
    opening, closing = parse(LINEAR, candle()), parse(LINEAR, candle(confirm=True))
    assert [bar.closed for bar in (*opening, *closing) if isinstance(bar, Kline)] == [False, True]
    (bar,) = opening
    assert isinstance(bar, Kline)
    assert (bar.interval, bar.end - bar.start, bar.ts_event) == ("1m", 60 * SECOND, T * MS)
    assert (bar.buy_volume, bar.trades) == (None, None)


@pytest.mark.parametrize("other", [{"interval": "7"}, {"low": "0"}])
def test_a_bar_that_cannot_be_shown_is_passed_over(other: dict[str, str]) -> None:
    (said,) = parse(LINEAR, candle(**other))
    assert isinstance(said, Ignored)
    assert receive(VENUES[LINEAR].adapter(), candle(**other)) == []


@pytest.mark.parametrize("bad", ["nan", "NaN", "inf", "-inf", "Infinity", "-1", "1e400", "", "x"])
def test_no_price_or_size_is_ever_other_than_a_plain_amount(bad: str) -> None:
    wrong = [
        trade("a", p=bad),
        trade("a", v=bad),
        book("snapshot", 5, [(bad, "1")]),
        book("delta", 5, [], [("1", bad)]),
        candle(high=bad),
        candle(volume=bad),
        candle(turnover=bad),
        forced("Buy", p=bad),
        *([day("snapshot", markPrice=bad)] if bad else []),
        day("snapshot", **DAY, volume24h=bad, turnover24h="1"),
    ]
    for frame in wrong:
        with pytest.raises(MalformedFrame):
            VENUES[LINEAR].adapter().receive(frame, 0)
        with pytest.raises(MalformedFrame):
            parse(LINEAR, frame)


def test_a_frame_that_is_neither_data_nor_an_answer_is_malformed() -> None:
    for frame in ("{}", "[]", "null", '{"topic":5}', '{"topic":"publicTrade.X"}', "", "{"):
        with pytest.raises(MalformedFrame):
            VENUES[LINEAR].adapter().receive(frame, 0)
