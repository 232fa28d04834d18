"""The Coinbase adapter, frame by frame. Frames here are hand-made: they are faults and corners that
no capture holds. What real traffic means is tested in test_captures_coinbase.py.
"""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Channel, Fetch, Ignored, Output, Resync, Send, Subscription
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.exchanges.coinbase.adapter import Coinbase
from feeds.exchanges.coinbase.sides import PRINTS, Sides
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
from tests.spoiling import check, recorded, spoilt

NAME = "coinbase:BTC-USD"
PRODUCT = "/api/v3/brokerage/market/products/BTC-USD"
SECOND = 1_000_000_000
STAMP = "2026-08-24T22:34:13.873923087Z"


def frame(channel: str, number: int, *events: Any) -> str:  # Any: the JSON of events
    head = {"channel": channel, "timestamp": STAMP, "sequence_num": number}
    return json.dumps(head | {"events": events})


def level(side: str, price: str, size: str) -> dict[str, str]:
    return {"side": side, "event_time": STAMP, "price_level": price, "new_quantity": size}


def book(number: int, kind: str = "update", product: str = "BTC-USD", bid: str = "1") -> str:
    updates = [level("bid", "99.5", bid), level("offer", "100.5", "2")]
    event = {"type": kind, "product_id": product, "updates": updates}
    return frame("l2_data", number, event)


def row(ident: int, side: str = "BUY", **other: str) -> dict[str, str]:
    data = {"trade_id": str(ident), "product_id": "BTC-USD", "price": "100", "size": "0.5"}
    return data | {"side": side, "time": "2026-04-07T14:30:02.789012Z"} | other


def trades(number: int, *rows: dict[str, str], kind: str = "update") -> str:
    return frame("market_trades", number, {"type": kind, "trades": rows})


def tickers(number: int, **other: str) -> str:
    data = {"product_id": "BTC-USD", "price": "110", "volume_24_h": "7", "low_24_h": "90"}
    data |= {"high_24_h": "120", "price_percent_chg_24_h": "10", "best_bid": "109"}
    data |= {"best_bid_quantity": "1", "best_ask": "111", "best_ask_quantity": "2"}
    return frame("ticker", number, {"type": "update", "tickers": [data | other]})


def candles(number: int, **other: str) -> str:
    data = {"start": "1775521800", "high": "4", "low": "1", "open": "2", "close": "3"}
    data |= {"volume": "5", "product_id": "BTC-USD"}
    return frame("candles", number, {"type": "update", "candles": [data | other]})


def product(**other: object) -> bytes:
    data = {"product_id": "BTC-USD", "base_increment": "0.00000001", "price_increment": "0.01"}
    names = {"product_type": "SPOT", "base_currency_id": "BTC", "quote_currency_id": "USD"}
    return json.dumps(data | names | other).encode()


def wanting(*channels: Channel, symbols: Sequence[str] = ("BTC-USD",)) -> list[Subscription]:
    return [Subscription(symbol, channel, "5m") for symbol in symbols for channel in channels]


def opened(*channels: Channel, symbols: Sequence[str] = ("BTC-USD",)) -> Coinbase:
    adapter = Coinbase("coinbase")
    adapter.open(wanting(*channels, symbols=symbols), 0)
    return adapter


def receive(adapter: Coinbase, *frames: str, now: int = 0) -> list[Output]:
    return [output for text in frames for output in adapter.receive(text, now)]


def states(outputs: Iterable[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def sent(outputs: Iterable[Output]) -> list[dict[str, Any]]:  # Any: the JSON of requests
    return [json.loads(output.frame) for output in outputs if isinstance(output, Send)]


def fetched(outputs: Iterable[Output]) -> list[str]:
    return [output.path for output in outputs if isinstance(output, Fetch)]


def test_each_channel_is_one_request_and_heartbeats_keep_them_open() -> None:
    adapter = Coinbase("coinbase")
    now = 2_000_000_000 * SECOND
    outputs = list(adapter.open(wanting(*Channel, symbols=["BTC-USD"])[:0], now))
    assert sent(outputs) == [{"type": "subscribe", "channel": "heartbeats"}]
    carried = (Channel.TRADES, Channel.BOOK, Channel.BOOK_TICKER, Channel.KLINES, Channel.TICKER)
    outputs = list(adapter.open(wanting(*carried, symbols=["BTC-USD", "ETH-USD"]), now))
    assert sent(outputs) == [{"type": "subscribe", "channel": "heartbeats"}] + [
        {"type": "subscribe", "channel": channel, "product_ids": ["BTC-USD", "ETH-USD"]}
        for channel in ("market_trades", "level2", "ticker", "candles")
    ]
    assert states(outputs) == [FeedState.SYNCING] * 2
    span = "start=1999910000&end=2000000000&granularity=FIVE_MINUTE&limit=300"
    assert fetched(outputs) == [
        PRODUCT,
        PRODUCT.replace("BTC", "ETH"),
        f"{PRODUCT}/candles?{span}",
        f"{PRODUCT.replace('BTC', 'ETH')}/candles?{span}",
    ]


@pytest.mark.parametrize(
    ("interval", "name", "live"),
    [
        ("1m", "ONE_MINUTE", False),
        ("3m", "ONE_MINUTE", False),
        ("5m", "FIVE_MINUTE", True),
        ("4h", "TWO_HOUR", False),
        ("1w", "ONE_DAY", False),
    ],
)
def test_bars_come_by_the_stream_where_it_has_them(interval: str, name: str, live: bool) -> None:
    outputs = list(
        Coinbase("coinbase").open([Subscription("BTC-USD", Channel.KLINES, interval)], 0)
    )
    assert [request["channel"] for request in sent(outputs)] == ["heartbeats"] + (
        ["candles"] if live else []
    )
    assert f"granularity={name}&" in fetched(outputs)[0]


def test_a_channel_that_the_venue_lacks_is_refused() -> None:
    with pytest.raises(ConfigError, match="coinbase has no liquidations"):
        opened(Channel.LIQUIDATIONS)


def test_a_book_is_live_with_its_snapshot_and_then_changes() -> None:
    adapter = opened(Channel.BOOK)
    snapshot, status = receive(adapter, book(0, "snapshot"), now=5)
    assert isinstance(snapshot, BookSnapshot)
    assert (snapshot.bids, snapshot.asks) == ([(99.5, 1.0)], [(100.5, 2.0)])
    assert snapshot.ts_event == 1787610853_873923000
    assert states([status]) == [FeedState.LIVE]
    (delta,) = receive(adapter, book(1, bid="0"))
    assert isinstance(delta, BookDelta)
    assert (delta.bids, delta.prev_sequence, delta.sequence) == ([(99.5, 0.0)], 0, 1)


def test_a_missing_message_of_any_channel_loses_every_book_at_the_next() -> None:
    adapter = opened(Channel.BOOK, symbols=["BTC-USD", "ETH-USD"])
    receive(adapter, book(0, "snapshot"), book(1, "snapshot", "ETH-USD"), book(2))
    outputs = receive(adapter, frame("heartbeats", 4), now=20 * SECOND)
    assert states(outputs) == [FeedState.GAP, FeedState.GAP]
    assert len([output for output in outputs if isinstance(output, Resync)]) == 2
    assert [(request["type"], request["product_ids"]) for request in sent(outputs)] == [
        ("unsubscribe", ["BTC-USD"]),
        ("subscribe", ["BTC-USD"]),
        ("unsubscribe", ["ETH-USD"]),
        ("subscribe", ["ETH-USD"]),
    ]
    assert receive(adapter, book(5), now=20 * SECOND) == []
    assert states(receive(adapter, book(6, "snapshot"), now=20 * SECOND)) == [FeedState.LIVE]


def test_a_message_that_cannot_be_read_is_a_gap_at_the_next() -> None:
    for unread in (book(1, bid="-1"), book(1).replace(STAMP, "0001-01-01T00:00:00Z"), "{"):
        adapter = opened(Channel.BOOK)
        receive(adapter, book(0, "snapshot"))
        with pytest.raises(MalformedFrame):
            adapter.receive(unread, 0)
        assert states(receive(adapter, frame("heartbeats", 2))) == [FeedState.GAP]


def test_a_gap_seen_by_a_message_that_cannot_be_read_is_still_said() -> None:
    adapter = opened(Channel.BOOK)
    receive(adapter, book(0, "snapshot"))
    with pytest.raises(MalformedFrame):
        adapter.receive(book(5).replace(STAMP, "0001-01-01T00:00:00Z"), 0)
    assert FeedState.GAP in states(adapter.tick(1))


def test_a_new_connection_counts_anew_and_forgets_its_books() -> None:
    adapter = opened(Channel.BOOK)
    receive(adapter, book(0, "snapshot"), book(1))
    outputs = list(adapter.open(wanting(Channel.BOOK), 1))
    assert states(outputs) == [FeedState.SYNCING]
    assert states(receive(adapter, book(0, "snapshot"))) == [FeedState.LIVE]


def test_a_snapshot_that_does_not_come_is_asked_for_again() -> None:
    adapter = opened(Channel.BOOK)
    assert sent(adapter.tick(9 * SECOND)) == []
    assert [request["type"] for request in sent(adapter.tick(11 * SECOND))] == [
        "unsubscribe",
        "subscribe",
    ]


def test_a_seller_who_is_the_maker_means_a_buyer_who_took() -> None:
    bought, sold = receive(opened(Channel.TRADES), trades(0, row(2, "BUY"), row(1, "SELL")), now=3)
    time = 1775572202_789012000
    assert bought == Trade(NAME, time, 3, "1", 100.0, 0.5, Side.BUY)
    assert sold == Trade(NAME, time, 3, "2", 100.0, 0.5, Side.SELL)


def test_trades_told_again_are_not_taken_again_and_missing_ones_are_said() -> None:
    adapter = opened(Channel.TRADES)
    receive(adapter, trades(0, row(2), row(1), kind="snapshot"))
    adapter.open(wanting(Channel.TRADES), 1)
    outputs = receive(adapter, trades(0, row(3), row(2), row(1), kind="snapshot"))
    assert [output.id for output in outputs if isinstance(output, Trade)] == ["3"]
    outputs = receive(adapter, trades(1, row(6)))
    assert outputs[:2] == [
        FeedStatus(NAME, 0, FeedState.GAP, "2 trades missing"),
        FeedStatus(NAME, 0, FeedState.LIVE),
    ]


def test_products_in_usdc_are_told_of_under_the_name_they_were_asked_by() -> None:
    adapter = opened(Channel.BOOK, Channel.TRADES, symbols=["BTC-USDC"])
    outputs = receive(adapter, book(0, "snapshot"), trades(1, row(1)), book(2))
    assert {getattr(output, "instrument", "") for output in outputs} == {"coinbase:BTC-USDC"}
    both = opened(Channel.TRADES, symbols=["BTC-USDC", "BTC-USD"])
    outputs = receive(both, trades(0, row(1)))
    assert [output.instrument for output in outputs if isinstance(output, Trade)] == [
        "coinbase:BTC-USD",
        "coinbase:BTC-USDC",
    ]


def test_sides_are_turned_when_the_book_shows_them_wrong() -> None:
    adapter = opened(Channel.BOOK, Channel.TRADES)
    receive(adapter, book(0, "snapshot"))
    prints = [row(ident, "BUY", price="100.5") for ident in range(1, PRINTS + 2)]
    found = receive(adapter, *(trades(number, each) for number, each in enumerate(prints, 1)))
    sides = [output.side for output in found if isinstance(output, Trade)]
    assert sides == [Side.SELL] * PRINTS + [Side.BUY]
    (said,) = [output for output in found if isinstance(output, FeedStatus)]
    assert said.state is FeedState.LIVE
    assert "the other way round" in said.reason


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([98.0, 99.0, 100.0, 101.0, 102.0]))))
def test_sides_that_fit_the_book_are_never_turned(prints: list[tuple[bool, float]]) -> None:
    sides = Sides()
    for _ in range(PRINTS):
        for bought, price in prints:
            edge = max(price, 101.0) if bought else min(price, 99.0)
            taker = sides.taker("SELL" if bought else "BUY")
            assert not sides.judge(taker, edge, 99.0, 101.0)
            assert not sides.judge(taker, 100.0, 99.0, 101.0)
    assert not sides.turned


def test_what_a_ticker_states_goes_to_the_channels_that_are_wanted() -> None:
    day = Ticker(NAME, 1787610853_873923000, 0, 110.0, 100.0, 120.0, 90.0, 7.0, None)
    best = BookTicker(NAME, 1787610853_873923000, 0, 109.0, 1.0, 111.0, 2.0, None)
    assert receive(Coinbase("coinbase"), tickers(0)) == [day, best]
    assert receive(opened(Channel.TICKER), tickers(0)) == [day]
    assert receive(opened(Channel.BOOK_TICKER), tickers(0)) == [best]
    assert receive(Coinbase("coinbase"), tickers(0, price="", best_bid="")) == []
    with pytest.raises(MalformedFrame):
        receive(Coinbase("coinbase"), tickers(0, price_percent_chg_24_h="-100"))


def test_a_bar_is_over_when_its_end_has_passed() -> None:
    end = (1775521800 + 300) * SECOND
    for now, closed in ((end - 1, False), (end, True)):
        (bar,) = receive(opened(Channel.KLINES), candles(0), now=now)
        assert isinstance(bar, Kline)
        assert (bar.interval, bar.end, bar.closed) == ("5m", end, closed)
    assert receive(opened(Channel.KLINES), candles(0, low="0")) == []


def test_past_bars_are_told_oldest_first_and_the_last_is_not_over() -> None:
    adapter = Coinbase("coinbase")
    (_, fetch) = adapter.open([Subscription("BTC-USD", Channel.KLINES, "1h")], 3600 * SECOND * 5)
    assert isinstance(fetch, Fetch)
    rows = [
        {"start": str(start), "low": "1", "high": "4", "open": "2", "close": "3", "volume": "5"}
        for start in (18000, 14400)
    ]
    body = json.dumps({"candles": rows}).encode()
    bars = list(adapter.receive_body(fetch.key, body, 18001 * SECOND))
    assert [(b.start, b.interval, b.closed) for b in bars if isinstance(b, Kline)] == [
        (14400 * SECOND, "1h", True),
        (18000 * SECOND, "1h", False),
    ]
    assert list(adapter.tick(10**18)) == []


def test_a_product_is_listed_with_its_grids_and_futures_are_left_out() -> None:
    adapter = opened(Channel.BOOK)
    (listing,) = adapter.receive_body(PRODUCT, product(), 1)
    assert isinstance(listing, Listing)
    listed = listing.listed
    assert (listed.id, listed.base, listed.quote) == (NAME, "BTC", "USD")
    assert (listed.tick_size, listed.lot_size) == (Decimal("0.01"), Decimal("1e-8"))
    (said,) = adapter.parse(product(product_type="FUTURE"), 0, "")
    assert said == Ignored(NAME, "futures are not followed")


def test_an_unknown_product_is_named_and_a_busy_venue_asked_again() -> None:
    missing = b'{"error":"NOT_FOUND","error_details":"gone","message":"no such product"}'
    adapter = opened(Channel.BOOK)
    with pytest.raises(Rejected, match="BTC-USD: no such product"):
        adapter.receive_body(PRODUCT, missing, 0)
    assert list(adapter.tick(10**18)) == []
    adapter = opened(Channel.BOOK, symbols=["BTC-USD", "ETH-USD"])
    (said,) = adapter.receive_body(PRODUCT, missing, 0)
    assert said == FeedStatus(NAME, 0, FeedState.CONNECTING, "no such product")
    adapter = opened(Channel.BOOK)
    assert adapter.receive_body(PRODUCT, b'{"errors":[{"id":"rate_limit_exceeded"}]}', 0) == ()
    assert fetched(adapter.tick(SECOND)) == [PRODUCT]


def test_an_error_message_is_told_in_the_venues_words() -> None:
    with pytest.raises(Rejected, match="coinbase: failed to subscribe"):
        opened(Channel.BOOK).receive('{"type":"error","message":"failed to subscribe"}', 0)


@pytest.mark.parametrize("bad", ["nan", "NaN", "inf", "-inf", "Infinity", "-1", "1e400", "", "x"])
def test_no_price_or_size_is_ever_other_than_a_plain_amount(bad: str) -> None:
    adapter = Coinbase("coinbase")
    wrong = [
        trades(0, row(1, price=bad)),
        trades(0, row(1, size=bad)),
        book(0, "snapshot", bid=bad),
        candles(0, high=bad),
    ]
    wrong += [tickers(0, price=bad)] if bad else []
    for text in wrong:
        with pytest.raises(MalformedFrame):
            adapter.receive(text, 0)
    with pytest.raises(MalformedFrame):
        adapter.receive_body(PRODUCT, product(price_increment=bad), 0)


VALID = [
    book(0, "snapshot"),
    book(1),
    trades(2, row(1)),
    tickers(3),
    candles(4),
    frame("heartbeats", 5),
    frame("subscriptions", 6, {"subscriptions": {"level2": ["BTC-USD"]}}),
    product().decode(),
    '{"type":"error","message":"x"}',
    *recorded("coinbase/advanced_btcusd_l2_20260824.jsonl", "coinbase/samples.jsonl", longest=4000),
]
PATHS = ["", "/", PRODUCT, f"{PRODUCT}/candles?granularity=ONE_DAY", f"{PRODUCT}/ticker"]


@given(spoilt(VALID), st.sampled_from(PATHS))
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    payloads: list[bytes | str], path: str
) -> None:
    check("coinbase", payloads, path)
