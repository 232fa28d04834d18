"""The Kraken spot adapter, frame by frame. Frames here are hand-made: they are faults and corners
that no capture holds. What real traffic means is tested in test_captures_kraken.py.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Adapter, Channel, Fetch, Ignored, Output, Resync, Send, Subscription
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.exchanges.kraken.pairs import rest_name, socket_name
from feeds.registry import VENUES
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FeedState,
    FeedStatus,
    Kline,
    Listing,
    Side,
    Ticker,
    Trade,
)
from tests.spoiling import check, recorded, spoilt

SPOT = "kraken"
SECOND = 1_000_000_000
NAME = "kraken:BTC/USD"
TIME = "2026-08-24T22:21:58.343688Z"
TIME_NS = 1_787_610_118_343_688_000
WHOLE = ([("99.5", "1.0"), ("99.4", "2.0")], [("100.0", "3.0"), ("100.1", "4.0")])
OHLC = "/0/public/OHLC?pair=XBTUSD&interval=1"
PAIRS = "/0/public/AssetPairs?pair=XBTUSD"

Rows = Sequence[tuple[str, str]]


def frame(channel: str, kind: str, *data: dict[str, Any]) -> str:  # Any: the JSON of a payload
    return json.dumps({"channel": channel, "type": kind, "data": data})


def checksum(bids: Rows, asks: Rows) -> int:
    """Of a book in order, put together as the venue's document says."""
    words = [word for level in [*asks[:10], *bids[:10]] for word in level]
    return crc32("".join(word.replace(".", "").lstrip("0") for word in words).encode())


def book(kind: str, bids: Rows, asks: Rows, stated: int, symbol: str = "BTC/USD") -> str:
    """Prices and sizes are numbers on the wire, with the zeros that they are written with."""
    sides = [
        ",".join(f'{{"price":{price},"qty":{size}}}' for price, size in rows)
        for rows in (bids, asks)
    ]
    return (
        f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{symbol}","bids":[{sides[0]}],'
        f'"asks":[{sides[1]}],"checksum":{stated},"timestamp":"{TIME}"}}]}}'
    )


def whole(symbol: str = "BTC/USD") -> str:
    return book("snapshot", *WHOLE, checksum(*WHOLE), symbol)


def trade(ident: int, **other: Any) -> dict[str, Any]:  # Any: the JSON of a payload
    row = {"symbol": "BTC/USD", "side": "buy", "price": 100.5, "qty": 0.25, "trade_id": ident}
    return row | {"ord_type": "limit", "timestamp": TIME} | other


def trades(*idents: int) -> str:
    return frame("trade", "update", *map(trade, idents))


def candle(begin: str, **other: Any) -> dict[str, Any]:  # Any: the JSON of a payload
    row = {"symbol": "BTC/USD", "open": 1.0, "high": 2.0, "low": 0.5, "close": 1.5, "volume": 9.0}
    return row | {"vwap": 1.2, "trades": 3, "interval": 1, "interval_begin": begin} | other


def ticker(**other: Any) -> dict[str, Any]:  # Any: the JSON of a payload
    row = {"symbol": "BTC/USD", "bid": 99.5, "bid_qty": 1.0, "ask": 100.0, "ask_qty": 3.0}
    day = {"last": 99.7, "volume": 5.0, "vwap": 99.6, "low": 98.0, "high": 101.0, "change": -0.2}
    return row | day | {"change_pct": -0.2, "timestamp": TIME} | other


def opened(*channels: Channel, symbols: Sequence[str] = ("BTC/USD",)) -> Adapter:
    adapter = VENUES[SPOT].adapter()
    wanted = [Subscription(symbol, channel, "1m") for symbol in symbols for channel in channels]
    adapter.open(wanted, 0)
    return adapter


def live() -> Adapter:
    adapter = opened(Channel.BOOK)
    assert states(receive(adapter, whole())) == [FeedState.LIVE]
    return adapter


def receive(adapter: Adapter, *frames: str, now: int = 0) -> list[Output]:
    return [output for text in frames for output in adapter.receive(text, now)]


def parse(payload: str | bytes, path: str | None = None) -> list[Event | Ignored]:
    return list(VENUES[SPOT].parser().parse(payload, 7, path))


def states(outputs: Iterable[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def sent(outputs: Iterable[Output]) -> list[dict[str, Any]]:  # Any: the JSON of a request
    return [json.loads(output.frame) for output in outputs if isinstance(output, Send)]


def asked(outputs: Iterable[Output]) -> list[str]:
    """What is asked for over the socket, pings aside."""
    return [request["method"] for request in sent(outputs) if request["method"] != "ping"]


def fetches(outputs: Iterable[Output]) -> list[str]:
    return [output.path for output in outputs if isinstance(output, Fetch)]


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("XXBTZUSD", "BTC/USD"),
        ("XBTUSDT", "BTC/USDT"),
        ("XBT/USD", "BTC/USD"),
        ("XETHXXBT", "ETH/BTC"),
        ("XDGUSD", "DOGE/USD"),
        ("SOLEUR", "SOL/EUR"),
        ("USDTUSD", "USDT/USD"),
        ("AAPLxUSD", "AAPLx/USD"),
        ("?", "?"),
    ],
)
def test_a_pair_has_one_symbol_by_whatever_name(name: str, symbol: str) -> None:
    assert socket_name(name) == symbol
    assert socket_name(rest_name(symbol)) == symbol


def test_what_is_wanted_is_subscribed_and_fetched() -> None:
    adapter = VENUES[SPOT].adapter()
    channels = [Channel.TRADES, Channel.BOOK, Channel.KLINES, Channel.TICKER]
    wanted = [Subscription("BTC/USD", channel, "3m") for channel in channels]
    outputs = list(adapter.open([*wanted, Subscription("AAPLx/USD", Channel.BOOK)], 0))
    assert [request["params"] for request in sent(outputs)] == [
        {"channel": "trade", "symbol": ["BTC/USD"], "snapshot": True},
        {"channel": "book", "symbol": ["BTC/USD", "AAPLx/USD"], "depth": 1000},
        {"channel": "ohlc", "symbol": ["BTC/USD"], "interval": 1, "snapshot": True},
        {"channel": "ticker", "symbol": ["BTC/USD"], "event_trigger": "trades"},
    ]
    assert fetches(outputs) == [
        PAIRS,
        "/0/public/AssetPairs?pair=AAPLxUSD&aclass_base=tokenized_asset",
        OHLC,
    ]
    assert states(outputs) == [FeedState.SYNCING, FeedState.SYNCING]


def test_a_channel_that_the_venue_lacks_is_refused() -> None:
    with pytest.raises(ConfigError, match="kraken has no liquidations"):
        opened(Channel.LIQUIDATIONS)


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


def test_a_refusal_names_its_symbol_in_the_venues_words() -> None:
    refusal = {"method": "subscribe", "success": False, "symbol": "FOO/USD"}
    text = json.dumps(refusal | {"error": "Currency pair not supported"})
    with pytest.raises(Rejected, match="kraken: FOO/USD: Currency pair not supported"):
        VENUES[SPOT].adapter().receive(text, 0)
    for error in ("Already subscribed", "Subscription Not Found"):
        assert receive(live(), json.dumps(refusal | {"error": error})) == []


def test_a_refused_book_is_not_asked_for_again() -> None:
    adapter = opened(Channel.BOOK)
    refusal = {"method": "subscribe", "success": False, "symbol": "BTC/USD", "error": "No"}
    with pytest.raises(Rejected):
        adapter.receive(json.dumps(refusal), 0)
    assert sent(adapter.tick(3600 * SECOND)) == [{"method": "ping"}]


def test_the_venue_is_pinged_twice_a_minute() -> None:
    adapter = opened(Channel.TRADES)
    pings = [len(sent(adapter.tick(second * SECOND))) for second in range(0, 121, 10)]
    assert sum(pings) == 4
    assert receive(adapter, '{"method":"pong","time_in":"x","time_out":"y"}') == []


def test_an_instrument_is_announced_once_something_concerns_it() -> None:
    adapter = VENUES[SPOT].adapter()
    pair = {"altname": "XBTUSD", "wsname": "XBT/USD", "pair_decimals": 1, "lot_decimals": 8}
    dark = {"altname": "XBTUSD.d", "pair_decimals": 1, "lot_decimals": 8}
    body = json.dumps({"error": [], "result": {"XXBTZUSD": pair, "XBTUSD.d": dark}})
    assert list(adapter.receive_body("/0/public/AssetPairs", body.encode(), 0)) == []
    listing, _ = receive(adapter, trades(1))
    assert isinstance(listing, Listing)
    assert (listing.listed.base, listing.listed.quote) == ("BTC", "USD")
    assert (str(listing.listed.tick_size), str(listing.listed.lot_size)) == ("0.1", "1E-8")


def test_an_unknown_pair_is_told_and_a_busy_venue_asked_again() -> None:
    adapter = opened(Channel.BOOK, Channel.KLINES)
    busy = b'{"error":["EGeneral:Too many requests"]}'
    assert list(adapter.receive_body(OHLC, busy, 0)) == []
    assert OHLC in fetches(adapter.tick(SECOND))
    unknown = b'{"error":["EQuery:Unknown asset pair"]}'
    with pytest.raises(Rejected, match="BTC/USD: no such symbol"):
        adapter.receive_body(PAIRS, unknown, 0)
    both = opened(Channel.BOOK, symbols=("BTC/USD", "FOO/USD"))
    (status,) = both.receive_body("/0/public/AssetPairs?pair=FOOUSD", unknown, 0)
    assert status == FeedStatus("kraken:FOO/USD", 0, FeedState.CONNECTING, "no such symbol")


def test_a_body_that_is_not_json_is_asked_for_again() -> None:
    adapter = opened(Channel.KLINES)
    with pytest.raises(MalformedFrame):
        adapter.receive_body(OHLC, b"<html>busy</html>", 0)
    assert fetches(adapter.tick(SECOND)) == [OHLC]


def test_only_the_last_bar_of_a_body_may_still_form() -> None:
    rows = [[60 * n, "1", "2", "1", "2", "1.5", "9", 3] for n in range(1, 3)]
    body = json.dumps({"error": [], "result": {"XXBTZUSD": rows, "last": 60}})
    parser = VENUES[SPOT].parser()
    for now, closed in ((150 * SECOND, [True, False]), (180 * SECOND, [True, True])):
        bars = parser.parse(body, now, OHLC)
        assert [bar.closed for bar in bars if isinstance(bar, Kline)] == closed


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
