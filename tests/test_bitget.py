"""The Bitget adapter, frame by frame. Frames here are hand-made: they are faults and corners that
no capture holds. What real traffic means is tested in test_captures_bitget.py.
"""

import json
from collections.abc import Sequence
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Adapter, Channel, Fetch, Ignored, Output, Resync, Send, Subscription
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.inband import ANSWER
from feeds.registry import VENUES
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FeedState,
    FeedStatus,
    FundingRate,
    Kline,
    Liquidation,
    Listing,
    MarkPrice,
    OpenInterest,
    Side,
    Ticker,
    Trade,
)
from market.instrument import Kind
from tests.captures import CAPTURES
from tests.spoiling import check, spoilt

MS, SECOND = 1_000_000, 1_000_000_000
T = 1_777_362_600_000
"""A time in ms, at the begin of a minute."""
SPOT, FUTURE = "bitget:BTCUSDT", "bitget:BTCUSDT_UMCBL"
Pairs = Sequence[tuple[str, str]]
# Any: the JSON of payloads.


def push(topic: str, rows: Any, action: str = "update", **arg: str) -> str:
    named = {"instType": "spot", "topic": topic, "symbol": "BTCUSDT"} | arg
    return json.dumps({"action": action, "arg": named, "data": rows, "ts": T})


def trade(ident: str, time: int = T, **other: str) -> dict[str, str]:
    return {"i": ident, "p": "10.5", "v": "2", "S": "buy", "T": str(time), "isRPI": "no"} | other


def book(
    seq: int,
    pseq: int,
    bids: Pairs = (("10.0", "1"),),
    asks: Pairs = (("11.0", "2"),),
    **other: Any,
) -> str:
    row = {"a": asks, "b": bids, "seq": seq, "pseq": pseq, "ts": str(T + seq)} | other
    return push("books", [row], "update" if pseq else "snapshot")


def bar(start: int, **other: str) -> dict[str, str]:
    row = {"start": str(start), "open": "1", "close": "2", "high": "3", "low": "0.5"}
    return row | {"volume": "10", "turnover": "20"} | other


def day(**other: str) -> dict[str, str]:
    prices = {"lastPrice": "100", "openPrice24h": "90", "highPrice24h": "110"}
    return prices | {"lowPrice24h": "80", "volume24h": "5", "turnover24h": "500"} | other


def body(data: Any, code: str = "00000", time: int = T) -> bytes:
    stated = {"code": code, "msg": "busy", "requestTime": time, "data": data}
    return json.dumps(stated).encode()


def opened(*channels: Channel, symbol: str = "BTCUSDT") -> tuple[Adapter, list[Output]]:
    adapter = VENUES["bitget"].adapter()
    wanted = [Subscription(symbol, channel, "1m") for channel in channels]
    return adapter, list(adapter.open(wanted, 0))


def receive(adapter: Adapter, *frames: str, now: int = 0) -> list[Output]:
    return [output for text in frames for output in adapter.receive(text, now)]


def parse(payload: str | bytes, path: str | None = None) -> list[Event | Ignored]:
    return list(VENUES["bitget"].parser().parse(payload, 7, path))


def states(outputs: Sequence[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def fetches(outputs: Sequence[Output]) -> list[str]:
    return [output.path for output in outputs if isinstance(output, Fetch)]


def requests(outputs: Sequence[Output]) -> list[Any]:
    return [json.loads(output.frame) for output in outputs if isinstance(output, Send)]


def checksum(bids: Pairs, asks: Pairs) -> int:
    """What the venue states of a book with as many bids as asks."""
    both = [f"{one[0]}:{one[1]}" for pair in zip(bids, asks, strict=True) for one in pair]
    number = crc32(":".join(both).encode())
    return number - 2**32 if number >= 2**31 else number


def test_the_side_of_a_trade_is_the_takers() -> None:
    frame = push("publicTrade", [trade("1"), trade("2", S="sell")])
    bought, sold = receive(VENUES["bitget"].adapter(), frame)
    assert bought == Trade(SPOT, T * MS, 0, "1", 10.5, 2.0, Side.BUY)
    assert isinstance(sold, Trade)
    assert sold.side is Side.SELL


def test_spot_and_future_of_one_name_are_two_instruments() -> None:
    frames = [push("publicTrade", [trade("1")], instType=kind) for kind in ("spot", "usdt-futures")]
    told = receive(VENUES["bitget"].adapter(), *frames)
    assert [event.instrument for event in told if isinstance(event, Trade)] == [SPOT, FUTURE]


def test_trades_of_before_are_told_once_and_the_oldest_first() -> None:
    adapter, _ = opened(Channel.TRADES)
    receive(adapter, push("publicTrade", [trade("7", T)]))
    history = [trade("9", T + 2), trade("10", T + 2), trade("8", T + 1), trade("7", T)]
    told = receive(adapter, push("publicTrade", history, "snapshot"))
    assert [event.id for event in told if isinstance(event, Trade)] == ["8", "9", "10"]
    adapter.open([Subscription("BTCUSDT", Channel.TRADES)], SECOND)
    assert receive(adapter, push("publicTrade", history, "snapshot")) == []


def test_a_book_is_live_with_its_snapshot_and_follows_its_pointers() -> None:
    adapter, outputs = opened(Channel.BOOK)
    assert states(outputs) == [FeedState.SYNCING]
    outputs = receive(adapter, book(50, 0))
    assert [type(output) for output in outputs] == [BookSnapshot, FeedStatus]
    assert states(outputs) == [FeedState.LIVE]
    (change,) = receive(adapter, book(70, 50, [("10.0", "0")], []))
    assert change == BookDelta(SPOT, (T + 70) * MS, 0, [(10.0, 0.0)], [], 70, 50)


def test_a_gap_subscribes_the_book_again_on_the_same_connection() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, book(50, 0))
    outputs = receive(adapter, book(90, 70), now=60 * SECOND)
    assert states(outputs) == [FeedState.GAP]
    assert any(isinstance(output, Resync) for output in outputs)
    arg = {"instType": "spot", "topic": "books", "symbol": "BTCUSDT"}
    assert requests(outputs) == [{"op": op, "args": [arg]} for op in ("unsubscribe", "subscribe")]
    assert receive(adapter, book(95, 90)) == []
    assert states(receive(adapter, book(100, 0))) == [FeedState.LIVE]


def test_a_snapshot_that_does_not_come_is_asked_for_again() -> None:
    adapter, _ = opened(Channel.BOOK)
    assert requests(list(adapter.tick(ANSWER - 1))) == []
    assert len(requests(list(adapter.tick(ANSWER)))) == 2


def test_a_new_connection_forgets_the_book_of_the_last() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, book(50, 0))
    outputs = list(adapter.open([Subscription("BTCUSDT", Channel.BOOK)], SECOND))
    assert states(outputs) == [FeedState.SYNCING]
    assert receive(adapter, book(70, 50)) == []


def test_a_spoilt_change_of_the_book_is_a_gap_at_the_next() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, book(50, 0))
    with pytest.raises(MalformedFrame):
        adapter.receive(book(60, 50, [("10", "-1")]), 0)
    assert states(receive(adapter, book(70, 60))) == [FeedState.GAP]


def test_a_checksum_that_is_stated_is_compared_and_zero_is_none() -> None:
    bids, asks = [("10.0", "1.50")], [("11.0", "2")]
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, book(50, 0, bids, [], checksum=0))
    good = book(60, 50, [], asks, checksum=checksum(bids, asks))
    assert [type(output) for output in receive(adapter, good)] == [BookDelta]
    wrong = book(70, 60, [], [("11.0", "3")], checksum=checksum(bids, asks))
    assert states(receive(adapter, wrong)) == [FeedState.GAP]


def test_checksums_that_never_agree_leave_the_pointers_to_tell() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, book(50, 0, checksum=0))
    assert states(receive(adapter, book(60, 50, checksum=1))) == [FeedState.GAP]
    receive(adapter, book(70, 0, checksum=0))
    outputs = receive(adapter, book(80, 70, checksum=1))
    assert [type(output) for output in outputs] == [BookDelta, FeedStatus]
    assert states(outputs) == [FeedState.LIVE]
    assert [type(output) for output in receive(adapter, book(90, 80, checksum=1))] == [BookDelta]
    assert states(receive(adapter, book(110, 100, checksum=1))) == [FeedState.GAP]


def test_books_that_no_change_follows_are_said_to_be_snapshots() -> None:
    row = {"a": [["11", "1"]], "b": [["10", "1"]], "seq": 5, "pseq": 0, "ts": str(T)}
    outputs = receive(VENUES["bitget"].adapter(), push("books5", [row], "snapshot"))
    assert states(outputs) == [FeedState.SNAPSHOT_ONLY]


def test_the_best_bid_and_ask_may_lack_a_side() -> None:
    row = {"a": [["11", "1"]], "b": [], "seq": 5, "pseq": 0, "ts": str(T)}
    (event,) = receive(VENUES["bitget"].adapter(), push("books1", [row], "snapshot"))
    assert event == BookTicker(SPOT, T * MS, 0, 0.0, 0.0, 11.0, 1.0, 5)


def test_a_bar_is_closed_when_the_next_begins() -> None:
    adapter = VENUES["bitget"].adapter()
    first = receive(adapter, push("kline", [bar(T)], interval="1m"))
    both = receive(adapter, push("kline", [bar(T + 60_000)], interval="1m"))
    bars = [event for event in (*first, *both) if isinstance(event, Kline)]
    assert [(event.start // MS - T, event.closed) for event in bars] == [
        (0, False),
        (0, True),
        (60_000, False),
    ]
    assert receive(adapter, push("kline", [bar(T)], interval="1m")) == []


def test_a_ticker_of_a_future_states_mark_funding_and_interest() -> None:
    row = day(markPrice="99", indexPrice="98", fundingRate="0.0001", openInterest="7")
    row["nextFundingTime"] = str(T)
    events = parse(push("ticker", [row], instType="usdt-futures"))
    assert [type(event) for event in events] == [Ticker, MarkPrice, FundingRate, OpenInterest]
    assert events[2] == FundingRate(FUTURE, T * MS, 7, 0.0001, T * MS)
    row["nextFundingTime"] = "0"
    events = parse(push("ticker", [row], instType="coin-futures"))
    assert [type(event) for event in events] == [Ticker, MarkPrice, OpenInterest]
    assert [type(event) for event in parse(push("ticker", [row]))] == [Ticker]


def test_the_side_of_a_liquidation_is_that_of_the_order_and_its_size_base_currency() -> None:
    row = {"symbol": "BTCUSDT", "side": "buy", "price": "50", "amount": "200", "ts": str(T)}
    frame = push("liquidation", [row, row | {"symbol": "X"}], instType="usdt-futures", symbol="")
    adapter, outputs = opened(Channel.LIQUIDATIONS, symbol="BTCUSDT_UMCBL")
    arg = {"instType": "usdt-futures", "topic": "liquidation"}
    assert requests(outputs) == [{"op": "subscribe", "args": [arg]}]
    assert receive(adapter, frame) == [Liquidation(FUTURE, T * MS, 0, 50.0, 4.0, Side.SELL)]


def test_spot_has_no_liquidations_and_no_mark_price() -> None:
    _, outputs = opened(Channel.LIQUIDATIONS, Channel.MARK_PRICE)
    assert outputs == []
    _, outputs = opened(Channel.TICKER, Channel.MARK_PRICE, symbol="BTCUSD_DMCBL")
    arg = {"instType": "coin-futures", "topic": "ticker", "symbol": "BTCUSD"}
    assert requests(outputs) == [{"op": "subscribe", "args": [arg]}]


def test_no_more_topics_than_ten_are_asked_for_at_once() -> None:
    adapter = VENUES["bitget"].adapter()
    wanted = [Subscription(f"S{number}USDT", Channel.TRADES) for number in range(25)]
    assert [len(one["args"]) for one in requests(list(adapter.open(wanted, 0)))] == [10, 10, 5]


def test_the_connection_is_kept_with_pings() -> None:
    adapter, _ = opened(Channel.TRADES)
    assert list(adapter.tick(25 * SECOND - 1)) == []
    assert list(adapter.tick(25 * SECOND)) == [Send("ping")]
    assert receive(adapter, "pong") == []


def test_an_unknown_symbol_is_told_and_others_go_on() -> None:
    said = '{"instType":"spot","symbol":"NOPE","topic":"books"} doesn\'t exist'
    frame = json.dumps({"event": "error", "code": 30001, "msg": said})
    adapter = VENUES["bitget"].adapter()
    adapter.open([Subscription(name, Channel.BOOK) for name in ("NOPE", "BTCUSDT")], 0)
    assert receive(adapter, frame) == [
        FeedStatus("bitget:NOPE", 0, FeedState.CONNECTING, "no such symbol")
    ]
    alone, _ = opened(Channel.BOOK, symbol="NOPE")
    with pytest.raises(Rejected, match="NOPE: no such symbol"):
        alone.receive(frame, 0)
    with pytest.raises(Rejected, match=r"Param error \(code 30016\)"):
        alone.receive('{"event":"error","code":30016,"msg":"Param error"}', 0)


def test_a_wish_that_cannot_be_is_said_so() -> None:
    with pytest.raises(ConfigError, match="no interval of klines"):
        VENUES["bitget"].adapter().open([Subscription("X", Channel.KLINES, "7m")], 0)


def test_history_is_asked_for_and_told_oldest_first() -> None:
    adapter, outputs = opened(Channel.KLINES)
    (path,) = fetches(outputs)
    assert path == ("/api/v3/market/candles?category=SPOT&symbol=BTCUSDT&interval=1m&limit=1000")
    rows = [[str(T + n * 60_000), "1", "3", "0.5", "2", "5", "10"] for n in (2, 1, 0)]
    told = list(adapter.receive_body(path, body(rows, time=T + 2 * 60_000 + 1), 0))
    bars = [event for event in told if isinstance(event, Kline)]
    assert [event.start for event in bars] == [(T + n * 60_000) * MS for n in range(3)]
    assert [event.closed for event in bars] == [True, True, False]
    assert {event.instrument for event in bars} == {SPOT}


def test_a_busy_venue_is_asked_again_later() -> None:
    adapter, outputs = opened(Channel.KLINES)
    (path,) = fetches(outputs)
    assert list(adapter.receive_body(path, body(None, "429"), 0)) == []
    assert fetches(list(adapter.tick(SECOND))) == [path]
    with pytest.raises(MalformedFrame):
        adapter.receive_body(path, b"<html>", 0)
    with pytest.raises(Rejected, match="BTCUSDT: busy"):
        adapter.receive_body(path, body(None, "40034"), 0)


def test_a_listing_states_grids_and_kinds() -> None:
    row = {"symbol": "BTCUSD", "category": "COIN-FUTURES", "baseCoin": "BTC", "quoteCoin": "USD"}
    row |= {"pricePrecision": "1", "quantityPrecision": "3", "priceMultiplier": "0.5"}
    path = "/api/v3/market/instruments?category={}&symbol=BTCUSD"
    (future,) = parse(body([row]), path.format("COIN-FUTURES"))
    assert isinstance(future, Listing)
    assert future.instrument == "bitget:BTCUSD_DMCBL"
    assert (str(future.listed.tick_size), str(future.listed.lot_size)) == ("0.5", "0.001")
    assert future.listed.kind is Kind.INVERSE
    (spot,) = parse(body([row | {"priceMultiplier": ""}]), path.format("SPOT"))
    assert isinstance(spot, Listing)
    assert str(spot.listed.tick_size) == "0.1"


def test_an_instrument_is_announced_when_it_is_followed() -> None:
    adapter, outputs = opened(Channel.BOOK)
    (path,) = fetches(outputs)
    row = {"symbol": "BTCUSDT", "baseCoin": "BTC", "quoteCoin": "USDT", "pricePrecision": "2"}
    told = list(adapter.receive_body(path, body([row | {"quantityPrecision": "6"}]), 0))
    assert [type(output) for output in told] == [Listing]


def _recorded() -> list[str]:
    """Frames and bodies as they were recorded."""
    paths = sorted(CAPTURES.glob("bitget/*.jsonl"))
    rows = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    return [row["raw"] for row in rows if row["raw"][0] == "{"]


VALID = [
    push("publicTrade", [trade("1")]),
    book(50, 0, checksum=0),
    book(60, 50, checksum=5),
    push("kline", [bar(T)], interval="1m"),
    push("ticker", [day(markPrice="1", fundingRate="0")], instType="usdt-futures"),
    *_recorded(),
]
PATHS = [
    "",
    "/",
    "/api/v3/market/candles?category=SPOT&symbol=X&interval=1m",
    "/api/v3/market/instruments?category=SPOT",
    "/api/v2/mix/market/open-interest",
    "/api/v2/spot/market/orderbook?symbol=X",
]


@given(
    spoilt(VALID, "arg", "data", "event", "ts", "code", "a"),
    st.sampled_from(PATHS),
)
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    payloads: list[bytes | str], path: str
) -> None:
    check("bitget", payloads, path)
