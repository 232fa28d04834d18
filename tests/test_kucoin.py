"""The KuCoin adapter and its door, frame by frame. Frames here are hand-made: they are faults and
corners that no capture holds. What real traffic means is tested in test_captures_kucoin.py.
"""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Adapter, Channel, Fetch, Output, Resync, Send, Subscription
from feeds.crossing import CROSSED_MESSAGES
from feeds.errors import ConfigError, Disconnected, FeedError, MalformedFrame, Rejected
from feeds.exchanges.kucoin.door import PING, KucoinDoor
from feeds.followed import QUIET
from feeds.inband import LOOK
from feeds.registry import VENUES
from market.events import (
    BookDelta,
    BookSnapshot,
    FeedState,
    FeedStatus,
    FundingRate,
    Kline,
    Listing,
    OpenInterest,
    Ticker,
    Trade,
)
from market.instrument import Kind
from tests.spoiling import check, recorded, spoilt

SPOT, FUTURES = "kucoin", "kucoin-futures"
MS, SECOND = 1_000_000, 1_000_000_000
T = 1_789_456_320_000
"""A time in ms, at the begin of a minute."""
SPOT_BOOK = "/api/v1/market/orderbook/level2_100?symbol=BTC-USDT"
FUTURES_BOOK = "/api/v1/level2/snapshot?symbol=XBTUSDTM"
Pairs = Sequence[tuple[str, str]]
# Any: the JSON of payloads.


def push(topic: str, data: Any, subject: str = "") -> str:
    return json.dumps({"type": "message", "topic": topic, "subject": subject, "data": data})


def change(first: int, last: int, bids: Pairs = (("10", "1"),), asks: Pairs = ()) -> str:
    sides = {"bids": [[*row, last] for row in bids], "asks": [[*row, last] for row in asks]}
    row = {"sequenceStart": first, "sequenceEnd": last, "symbol": "BTC-USDT", "time": T}
    return push("/market/level2:BTC-USDT", row | {"changes": sides}, "trade.l2update")


BIDS = [(str(100 - n), "1") for n in range(100)]
ASKS = [(str(101 + n), "1") for n in range(100)]


def whole(last: int, bids: Pairs = BIDS, asks: Pairs = ASKS) -> bytes:
    book = {"time": T, "sequence": str(last), "bids": bids, "asks": asks}
    return json.dumps({"code": "200000", "data": book}).encode()


def step(sequence: int, text: str = "10,buy,1") -> str:
    row = {"sequence": sequence, "change": text, "timestamp": T + sequence}
    return push("/contractMarket/level2:XBTUSDTM", row, "level2")


def opened(*channels: Channel, venue: str = SPOT, symbol: str = "BTC-USDT") -> Any:
    adapter = VENUES[venue].adapter()
    wanted = [Subscription(symbol, channel, "1m") for channel in channels]
    return adapter, list(adapter.open(wanted, 0))


def receive(adapter: Adapter, *frames: str, now: int = 0) -> list[Output]:
    return [output for frame in frames for output in adapter.receive(frame, now)]


def states(outputs: Sequence[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def sent(outputs: Sequence[Output]) -> list[Any]:
    return [json.loads(output.frame) for output in outputs if isinstance(output, Send)]


def fetches(outputs: Sequence[Output]) -> list[str]:
    return [output.path for output in outputs if isinstance(output, Fetch)]


def answer(**other: Any) -> bytes:
    server = {"endpoint": "wss://ws-api-spot.kucoin.com/", "protocol": "websocket"}
    server |= {"pingInterval": 18000, "pingTimeout": 10000} | other
    data = {"token": "2neAiu+YvH==", "instanceServers": [server]}
    return json.dumps({"code": "200000", "data": data}).encode()


def test_the_door_leads_to_the_address_in_the_answer() -> None:
    door = VENUES[SPOT].way_in()
    assert door is not None
    assert door.request.path == "/api/v1/bullet-public"
    url = "wss://ws-api-spot.kucoin.com/?token=2neAiu%2BYvH==&connectId=7"
    assert door.enter(answer(), 7) == url


@pytest.mark.parametrize(
    ("body", "error", "reason"),
    [
        (b"<html>", MalformedFrame, "malformed"),
        (b'{"code":"200000"}', MalformedFrame, "no address"),
        (answer(endpoint="http://x/"), MalformedFrame, "no address"),
        (answer(endpoint="wss://[x"), MalformedFrame, "not an address"),
        (answer(endpoint="wss://x:y/"), MalformedFrame, "not an address"),
        (answer(endpoint="wss:///"), MalformedFrame, "not an address"),
        (answer(pingInterval=5000), MalformedFrame, "more often"),
        (b'{"code":"400100","msg":"not allowed"}', Rejected, r"not allowed \(400100\)"),
    ],
)
def test_a_door_that_does_not_open_says_why(
    body: bytes, error: type[FeedError], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        KucoinDoor(SPOT).enter(body, 0)


@given(st.binary() | st.text().map(str.encode))
def test_whatever_is_at_the_door_it_leads_somewhere_or_says_why_not(body: bytes) -> None:
    with pytest.raises((MalformedFrame, Rejected)):
        KucoinDoor(SPOT).enter(body, 0)


def test_subscriptions_wait_for_the_welcome() -> None:
    adapter, outputs = opened(Channel.TRADES, Channel.BOOK)
    assert sent(outputs) == []
    asked = sent(receive(adapter, '{"id":"x","type":"welcome"}'))
    assert [one["topic"] for one in asked] == ["/market/match:BTC-USDT", "/market/level2:BTC-USDT"]
    assert receive(adapter, '{"id":"x","type":"welcome"}') == []


def test_the_connection_is_kept_with_pings() -> None:
    adapter, _ = opened(Channel.TRADES)
    assert list(adapter.tick(PING - 1)) == []
    assert sent(list(adapter.tick(PING))) == [{"id": str(PING), "type": "ping"}]
    assert receive(adapter, '{"id":"1","type":"pong"}') == []


def test_a_spot_book_is_fetched_and_laid_beneath_its_changes() -> None:
    adapter, _ = opened(Channel.BOOK)
    assert fetches(receive(adapter, change(41, 50))) == [SPOT_BOOK]
    assert receive(adapter, change(51, 60)) == []
    outputs = list(adapter.receive_body(SPOT_BOOK, whole(45), 0))
    kinds = [type(output) for output in outputs]
    assert kinds == [BookSnapshot, BookDelta, BookDelta, FeedStatus]
    (delta,) = receive(adapter, change(61, 62, [("0", "0"), ("10", "0")]))
    assert delta == BookDelta("kucoin:BTC-USDT", T * MS, 0, [(10.0, 0.0)], [], 62, 60)


def test_a_fetched_book_that_is_too_old_is_fetched_again() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, change(41, 50))
    assert list(adapter.receive_body(SPOT_BOOK, whole(39), 0)) == []
    assert fetches(list(adapter.tick(SECOND))) == [SPOT_BOOK]
    assert states(list(adapter.receive_body(SPOT_BOOK, whole(40), 0))) == [FeedState.LIVE]


def test_a_quiet_book_is_fetched_without_a_change() -> None:
    adapter, _ = opened(Channel.BOOK)
    assert fetches(list(adapter.tick(QUIET))) == [SPOT_BOOK]
    told = list(adapter.receive_body(SPOT_BOOK, whole(40), 0))
    assert states(told) == [FeedState.SNAPSHOT_ONLY]
    assert states(receive(adapter, change(41, 41))) == [FeedState.LIVE]


def test_a_book_is_fetched_again_before_the_price_leaves_it_and_goes_on_meanwhile() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, change(41, 50, [("1", "1")]))
    adapter.receive_body(SPOT_BOOK, whole(50), 0)
    fall = [(str(price), "0") for price in range(40, 101)]
    outputs = receive(adapter, *(change(51 + n, 51 + n, fall) for n in range(LOOK)))
    assert fetches(outputs) == [SPOT_BOOK]
    assert states(outputs) == []
    assert [type(o) for o in receive(adapter, change(83, 83, [("41", "5")]))] == [BookDelta]
    lower = [(str(39 - n / 10), "2") for n in range(100)]
    (book,) = adapter.receive_body(SPOT_BOOK, whole(82, lower), 0)
    assert isinstance(book, BookSnapshot)
    assert book.bids[:2] == [(41.0, 5.0), (39.0, 2.0)]
    assert book.sequence == 83
    assert [type(o) for o in receive(adapter, change(84, 84))] == [BookDelta]


def test_another_book_that_is_too_old_is_fetched_again_and_the_first_goes_on() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, change(41, 50, [("1", "1")]))
    adapter.receive_body(SPOT_BOOK, whole(50), 0)
    fall = [(str(price), "0") for price in range(40, 101)]
    receive(adapter, *(change(51 + n, 51 + n, fall) for n in range(LOOK)))
    receive(adapter, change(83, 83))
    assert list(adapter.receive_body(SPOT_BOOK, whole(60), 0)) == []
    assert fetches(list(adapter.tick(SECOND))) == [SPOT_BOOK]
    (book,) = adapter.receive_body(SPOT_BOOK, whole(83), SECOND)
    assert isinstance(book, BookSnapshot)


@pytest.mark.parametrize("venue", [SPOT, FUTURES])
def test_a_lost_change_is_a_gap_at_the_next(venue: str) -> None:
    path, symbol = (SPOT_BOOK, "BTC-USDT") if venue == SPOT else (FUTURES_BOOK, "XBTUSDTM")
    frames = [change(n, n) if venue == SPOT else step(n) for n in (51, 52, 54)]
    adapter, _ = opened(Channel.BOOK, venue=venue, symbol=symbol)
    receive(adapter, frames[0])
    adapter.receive_body(path, whole(51), 0)
    assert [type(output) for output in receive(adapter, frames[1])] == [BookDelta]
    outputs = receive(adapter, frames[2])
    assert states(outputs) == [FeedState.GAP]
    assert any(isinstance(output, Resync) for output in outputs)
    assert fetches(outputs) == [path]


def test_a_book_that_stays_crossed_is_begun_anew() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, change(41, 50))
    adapter.receive_body(SPOT_BOOK, whole(50), 0)
    told = [receive(adapter, change(51 + n, 51 + n, [("101.5", "1")])) for n in range(9)]
    assert [states(outputs) for outputs in told].index([FeedState.GAP]) == CROSSED_MESSAGES - 1


@pytest.mark.parametrize("text", ["10,buy", "10,hold,1", "nan,buy,1", "10,sell,-1", "0,buy,1", ""])
def test_a_change_of_a_future_that_is_none_is_malformed(text: str) -> None:
    adapter, _ = opened(Channel.BOOK, venue=FUTURES, symbol="XBTUSDTM")
    with pytest.raises(MalformedFrame):
        adapter.receive(step(51, text), 0)


def trade(ident: str) -> str:
    row = {"symbol": "BTC-USDT", "side": "sell", "size": "0.5", "price": "10", "tradeId": ident}
    return push("/market/match:BTC-USDT", row | {"time": str(T * MS + 5)}, "trade.l3match")


def test_the_same_trade_twice_is_one_trade_also_over_a_new_connection() -> None:
    adapter, _ = opened(Channel.TRADES)
    assert len(receive(adapter, trade("a"), trade("b"), trade("a"))) == 2
    adapter.open([Subscription("BTC-USDT", Channel.TRADES)], SECOND)
    (last,) = receive(adapter, trade("b"), trade("c"))
    assert isinstance(last, Trade)
    assert (last.id, last.ts_event) == ("c", T * MS + 5)


def test_a_bar_is_closed_when_the_next_begins() -> None:
    adapter, _ = opened(Channel.KLINES)
    row = ["1", "2", "3", "0.5", "5", "50"]
    topic = "/market/candles:BTC-USDT_1min"
    frames = [push(topic, {"candles": [str(T // 1000 + 60 * n), *row]}) for n in (0, 1)]
    bars = [event for event in receive(adapter, *frames) if isinstance(event, Kline)]
    assert [((bar.start // MS - T) // 60_000, bar.closed) for bar in bars] == [
        (0, False),
        (0, True),
        (1, False),
    ]
    assert (bars[0].open, bars[0].close, bars[0].high, bars[0].low) == (1.0, 2.0, 3.0, 0.5)
    assert (bars[0].volume, str(bars[0].quote_volume)) == (5.0, "50.0")


def test_every_wish_is_asked_for_in_the_words_of_the_market() -> None:
    channels = [channel for channel in Channel if channel in VENUES[FUTURES].paths]
    adapter, outputs = opened(*channels, venue=FUTURES, symbol="XBTUSDTM")
    asked = sent(receive(adapter, '{"type":"welcome"}'))
    assert {one["topic"] for one in asked} == {
        "/contract/instrument:XBTUSDTM",
        "/contractMarket/execution:XBTUSDTM",
        "/contractMarket/level2:XBTUSDTM",
        "/contractMarket/limitCandle:XBTUSDTM_1min",
        "/contractMarket/snapshot:XBTUSDTM",
        "/contractMarket/tickerV2:XBTUSDTM",
    }
    assert fetches(outputs) == [
        "/api/v1/contracts/XBTUSDTM",
        "/api/v1/kline/query?symbol=XBTUSDTM&granularity=1&from=0000",
    ]
    assert fetches(list(adapter.tick(30 * SECOND))).count("/api/v1/contracts/XBTUSDTM") >= 1


def test_a_contract_states_its_worth_its_funding_its_interest_and_its_day() -> None:
    row = {"symbol": "XBTUSDTM", "baseCurrency": "XBT", "quoteCurrency": "USDT", "lotSize": 1}
    row |= {"isInverse": False, "tickSize": 0.1, "multiplier": 0.001, "openInterest": "77"}
    row |= {"fundingFeeRate": -0.0001, "nextFundingRateTime": 5000, "lastTradePrice": 110}
    row |= {"highPrice": 120, "lowPrice": 90, "priceChg": 10, "volumeOf24h": 2}
    body = json.dumps({"code": "200000", "data": row | {"turnoverOf24h": 210}}).encode()
    adapter, outputs = opened(Channel.MARK_PRICE, Channel.BOOK, venue=FUTURES, symbol="XBTUSDTM")
    listing, funding, interest, day = adapter.receive_body(fetches(outputs)[0], body, 7)
    name = "kucoin-futures:XBTUSDTM"
    assert isinstance(listing, Listing)
    assert (listing.listed.kind, str(listing.listed.contract_size)) == (Kind.LINEAR, "0.001")
    assert funding == FundingRate(name, 7, 7, -0.0001, 7 + 5 * SECOND)
    assert interest == OpenInterest(name, 7, 7, 77.0)
    assert isinstance(day, Ticker)
    assert (day.last, day.open, day.volume, str(day.quote_volume)) == (110, 100, 2000, "210.0")


def test_history_comes_oldest_first_whichever_way_it_is_told() -> None:
    rows = [[str(T // 1000 - 60 * n), "1", "2", "3", "0.5", "5", "50"] for n in (0, 1)]
    adapter, outputs = opened(Channel.KLINES)
    (path,) = fetches(outputs)
    body = json.dumps({"code": "200000", "data": rows}).encode()
    first, last = adapter.receive_body(path, body, T * MS)
    assert first.start < last.start
    assert (first.closed, last.closed) == (True, False)
    bars = [[T - 60_000 * n, 1, 3, 0.5, 2, 5] for n in (1, 0)]
    adapter, outputs = opened(Channel.KLINES, venue=FUTURES, symbol="XBTUSDTM")
    body = json.dumps({"code": "200000", "data": bars}).encode()
    first, last = adapter.receive_body(fetches(outputs)[0], body, T * MS)
    assert (first.open, first.high, first.low, first.close) == (1.0, 3.0, 0.5, 2.0)
    assert first.start < last.start


def test_a_wish_that_cannot_be_is_said_so() -> None:
    with pytest.raises(ConfigError, match="kucoin has no liquidations"):
        opened(Channel.LIQUIDATIONS)
    with pytest.raises(ConfigError, match="no interval of klines"):
        VENUES[SPOT].adapter().open([Subscription("X-Y", Channel.KLINES, "7m")], 0)


def refusal(topic: str, code: int = 404) -> str:
    return json.dumps({"id": topic, "type": "error", "code": code, "data": "topic is not found"})


def test_an_unknown_symbol_is_told_and_others_go_on() -> None:
    adapter = VENUES[SPOT].adapter()
    adapter.open([Subscription(name, Channel.BOOK) for name in ("NO-PE", "BTC-USDT")], 0)
    reason = "topic is not found (404)"
    assert receive(adapter, refusal("/market/level2:NO-PE")) == [
        FeedStatus("kucoin:NO-PE", 0, FeedState.CONNECTING, reason)
    ]
    assert receive(adapter, refusal("/market/ticker:NO-PE")) == []
    alone, _ = opened(Channel.BOOK, symbol="NO-PE")
    with pytest.raises(Rejected, match="NO-PE: topic is not found"):
        alone.receive(refusal("/market/level2:NO-PE"), 0)


def test_a_key_that_has_expired_ends_the_connection() -> None:
    adapter, _ = opened(Channel.TRADES)
    with pytest.raises(Disconnected, match="expired"):
        adapter.receive(refusal("", 401), 0)


def test_a_busy_venue_is_asked_again_later_and_a_refusal_is_said() -> None:
    adapter, outputs = opened(Channel.KLINES)
    (path,) = fetches(outputs)
    assert list(adapter.receive_body(path, b'{"code":"429000","msg":"busy"}', 0)) == []
    assert fetches(list(adapter.tick(SECOND))) == [path]
    with pytest.raises(MalformedFrame):
        adapter.receive_body(path, b"<html>", 0)
    with pytest.raises(Rejected, match=r"BTC-USDT: no such symbol \(400100\)"):
        adapter.receive_body(path, b'{"code":"400100","msg":"no such symbol"}', 0)


VALID = [
    *(change(2, 2), step(3), trade("a"), whole(2).decode(), refusal("/market/match:BTC-USDT")),
    *recorded("kucoin/samples.jsonl", "kucoin/expected.jsonl"),
    *recorded("kucoin/spot_cf_20210425.jsonl.gz", most=20),
]
PATHS = [
    SPOT_BOOK,
    FUTURES_BOOK,
    "/api/v1/market/candles?symbol=BTC-USDT&type=1min&startAt=0",
    "/api/v1/kline/query?symbol=XBTUSDTM&granularity=1",
    "/api/v1/contracts/XBTUSDTM",
    "/api/v2/symbols/BTC-USDT",
    "",
]


@given(st.sampled_from([SPOT, FUTURES]), spoilt(VALID), st.sampled_from(PATHS))
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    venue: str, payloads: list[bytes | str], path: str
) -> None:
    check(venue, payloads, path)
