"""The Binance adapter, frame by frame. Frames here are hand-made: they are faults and corners
that no capture holds. What real traffic means is tested in test_captures_binance.py.
"""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from feeds.adapter import Adapter, Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.errors import ConfigError, Disconnected, MalformedFrame, Rejected
from feeds.registry import VENUES
from market.events import (
    BookDelta,
    BookSnapshot,
    Event,
    FeedState,
    FeedStatus,
    Listing,
    Side,
    Trade,
)

SPOT, USDM = "binance", "binance-usdm"
MS = 1_000_000
DEPTH_BODY = "/fapi/v1/depth?symbol=BTCUSDT&limit=1000"


def frame(stream: str, **data: Any) -> str:  # Any: the JSON of a payload
    return json.dumps({"stream": stream, "data": data})


def raw_trade(ident: int = 1, **other: Any) -> str:  # Any: the JSON of a payload
    data = {"e": "trade", "E": 1, "T": 2, "s": "BTCUSDT", "t": ident, "p": "10.5", "q": "2"}
    return frame("btcusdt@trade", **data | {"m": False, "X": "MARKET"} | other)


def agg_trade(ident: int = 1, **other: Any) -> str:  # Any: the JSON of a payload
    data = {"e": "aggTrade", "E": 1, "T": 2, "s": "BTCUSDT", "a": ident, "p": "10.5", "q": "2"}
    return frame("btcusdt@aggTrade", **data | {"f": 1, "l": 1, "m": True} | other)


def depth(previous: int, last: int, **other: Any) -> str:  # Any: the JSON of a payload
    data = {"e": "depthUpdate", "E": last, "T": last, "s": "BTCUSDT", "U": previous + 1, "u": last}
    levels = {"pu": previous, "b": [["10.0", "1"]], "a": [["11.0", "2"]]}
    return frame("btcusdt@depth@100ms", **data | levels | other)


def candle(**other: str) -> dict[str, object]:
    prices = {"o": "1", "h": "2", "l": "1", "c": "2", "v": "1", "q": "1", "V": "1"}
    return {"t": 0, "T": 59_999, "i": "1m", "n": 1, "x": False} | prices | other


def book_body(last: int) -> bytes:
    return json.dumps(
        {"lastUpdateId": last, "E": 1, "bids": [["10.0", "1"]], "asks": [["11.0", "1"]]}
    ).encode()


def usdm(*channels: Channel) -> tuple[Adapter, Sequence[Output]]:
    adapter = VENUES[USDM].adapter()
    wanted = [Subscription("BTCUSDT", channel, "1m") for channel in channels]
    return adapter, list(adapter.open(wanted, 0))


def states(outputs: Sequence[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def fetches(outputs: Sequence[Output]) -> list[str]:
    return [output.path for output in outputs if isinstance(output, Fetch)]


def receive(adapter: Adapter, *frames: str, now: int = 0) -> list[Output]:
    return [output for text in frames for output in adapter.receive(text, now)]


def parse(venue: str, payload: str | bytes, path: str | None = None) -> list[Event | Ignored]:
    return list(VENUES[venue].parser().parse(payload, 7, path))


def test_a_buyer_who_is_the_maker_means_a_seller_who_took() -> None:
    adapter = VENUES[USDM].adapter()
    bought, sold = receive(adapter, raw_trade(1, m=False), raw_trade(2, m=True))
    assert bought == Trade("binance-usdm:BTCUSDT", 2 * MS, 0, "1", 10.5, 2.0, Side.BUY)
    assert isinstance(sold, Trade)
    assert sold.side is Side.SELL


def test_bytes_and_text_read_the_same() -> None:
    text = [
        raw_trade(5),
        depth(1, 2),
        depth(2, 3),
        frame("btcusdt@bookTicker", s="BTCUSDT", u=1, b="1", B="1", a="2", A="1"),
    ]
    for venue in (SPOT, USDM):
        as_text, as_bytes = VENUES[venue].adapter(), VENUES[venue].adapter()
        for one in text[:3] if venue == USDM else text:
            assert list(as_text.receive(one, 9)) == list(as_bytes.receive(one.encode(), 9))


def test_trades_that_were_not_made_in_the_market_are_dropped() -> None:
    adapter = VENUES[USDM].adapter()
    assert receive(adapter, raw_trade(1, X="ADL"), raw_trade(2, X="NA", p="0", q="0")) == []
    assert len(receive(adapter, raw_trade(3))) == 1


def test_the_same_trade_twice_is_one_trade_and_a_late_one_is_not_lost() -> None:
    adapter = VENUES[USDM].adapter()
    frames = [raw_trade(ident) for ident in (5, 7, 7, 5, 6, 6, 8)]
    idents = [event.id for event in receive(adapter, *frames) if isinstance(event, Trade)]
    assert idents == ["5", "7", "6", "8"]


@pytest.mark.parametrize("made", [raw_trade, agg_trade])
def test_missing_trades_are_a_gap_on_the_next_trade(made: Any) -> None:  # Any: either maker
    adapter = VENUES[USDM].adapter()
    assert states(receive(adapter, made(5), made(6))) == []
    outputs = receive(adapter, made(9))
    assert states(outputs) == [FeedState.GAP, FeedState.LIVE]
    assert outputs[0] == FeedStatus("binance-usdm:BTCUSDT", 0, FeedState.GAP, "2 trades missing")
    assert isinstance(outputs[-1], Trade)
    assert states(receive(adapter, made(10), made(7))) == []


def test_missing_trades_do_not_make_a_lost_book_good() -> None:
    adapter, _ = usdm(Channel.TRADES, Channel.BOOK)
    receive(adapter, agg_trade(5), depth(10, 20))
    assert states(receive(adapter, agg_trade(9))) == []


def test_trades_are_not_repeated_over_a_new_connection() -> None:
    adapter, _ = usdm(Channel.TRADES)
    assert len(receive(adapter, agg_trade(1), agg_trade(2))) == 2
    adapter.open([Subscription("BTCUSDT", Channel.TRADES)], 1)
    assert len(receive(adapter, agg_trade(2), agg_trade(3))) == 1


@pytest.mark.parametrize("first", [raw_trade, agg_trade])
def test_of_raw_and_aggregated_trades_the_first_kind_wins(first: Any) -> None:  # Any: either maker
    adapter = VENUES[USDM].adapter()
    trades = receive(adapter, first(1), raw_trade(2), agg_trade(3))
    assert len([event for event in trades if isinstance(event, Trade)]) == 2


def test_a_book_is_fetched_after_its_first_change_and_then_live() -> None:
    adapter, outputs = usdm(Channel.BOOK)
    assert not [path for path in fetches(outputs) if "depth" in path]
    assert fetches(receive(adapter, depth(5, 6))) == [DEPTH_BODY]
    outputs = list(adapter.receive_body(DEPTH_BODY, book_body(5), 0))
    assert [type(output) for output in outputs] == [BookSnapshot, BookDelta, FeedStatus]
    assert states(outputs) == [FeedState.LIVE]


def test_a_gap_is_said_at_once_and_a_new_book_asked_for() -> None:
    adapter, _ = usdm(Channel.BOOK)
    receive(adapter, depth(5, 6))
    adapter.receive_body(DEPTH_BODY, book_body(6), 0)
    outputs = receive(adapter, depth(7, 8))
    assert states(outputs) == [FeedState.GAP]
    assert fetches(outputs) == [DEPTH_BODY]
    assert receive(adapter, depth(8, 9)) == []
    outputs = list(adapter.receive_body(DEPTH_BODY, book_body(8), 0))
    assert states(outputs) == [FeedState.LIVE]


def test_a_new_connection_forgets_the_book_of_the_last() -> None:
    adapter, _ = usdm(Channel.BOOK)
    receive(adapter, depth(5, 6))
    adapter.receive_body(DEPTH_BODY, book_body(6), 0)
    outputs = list(adapter.open([Subscription("BTCUSDT", Channel.BOOK)], 1))
    assert states(outputs) == [FeedState.SYNCING]
    assert fetches(receive(adapter, depth(6, 7))) == [DEPTH_BODY]


def test_a_few_levels_from_the_stream_never_disturb_a_book_in_step() -> None:
    adapter = VENUES[USDM].adapter()
    receive(adapter, depth(5, 6))
    adapter.receive_body(DEPTH_BODY, book_body(6), 0)
    top = json.loads(depth(90, 99)) | {"stream": "btcusdt@depth20@100ms"}
    assert receive(adapter, json.dumps(top)) == []
    hidden = json.loads(depth(90, 99)) | {"stream": "btcusdt@rpiDepth@500ms"}
    assert receive(adapter, json.dumps(hidden)) == []
    assert len(receive(adapter, depth(6, 7))) == 1


def test_a_few_levels_from_the_stream_are_a_snapshot_where_nothing_else_is_known() -> None:
    text = frame("btcusdt@depth5", lastUpdateId=7, bids=[["10", "1"]], asks=[["11", "1"]])
    snapshot, status = receive(VENUES[SPOT].adapter(), text)
    assert isinstance(snapshot, BookSnapshot)
    assert snapshot.instrument == "binance:BTCUSDT"
    assert isinstance(status, FeedStatus)
    assert status.state is FeedState.SNAPSHOT_ONLY


@pytest.mark.parametrize("bad", ["nan", "NaN", "inf", "-inf", "Infinity", "-1", "1e400", "", "x"])
def test_no_price_or_size_is_ever_other_than_a_plain_amount(bad: str) -> None:
    adapter = VENUES[USDM].adapter()
    wrong = [
        raw_trade(1, p=bad),
        raw_trade(1, q=bad),
        agg_trade(1, p=bad),
        depth(1, 2, b=[[bad, "1"]]),
        depth(1, 2, a=[["1", bad]]),
        frame("x", e="kline", E=1, s="X", k=candle(h=bad)),
        frame("x", e="kline", E=1, s="X", k=candle(q=bad)),
    ]
    for text in wrong:
        with pytest.raises(MalformedFrame):
            adapter.receive(text, 0)
    body = json.dumps({"lastUpdateId": 1, "bids": [["1", bad]], "asks": []}).encode()
    with pytest.raises(MalformedFrame):
        adapter.receive_body(DEPTH_BODY, body, 0)


def test_a_trade_has_a_price() -> None:
    for text in (raw_trade(1, p="0"), agg_trade(1, p="0.00")):
        with pytest.raises(MalformedFrame):
            VENUES[USDM].adapter().receive(text, 0)


def test_a_spoilt_change_of_the_book_is_a_gap_at_the_next() -> None:
    adapter, _ = usdm(Channel.BOOK)
    receive(adapter, depth(5, 6))
    adapter.receive_body(DEPTH_BODY, book_body(6), 0)
    with pytest.raises(MalformedFrame):
        adapter.receive(depth(6, 7, b=[["10", "-1"]]), 0)
    assert states(receive(adapter, depth(7, 8))) == [FeedState.GAP]


def test_what_is_wanted_is_subscribed_in_few_frames() -> None:
    adapter = VENUES[USDM].adapter()
    wanted = [Subscription(f"S{number}USDT", Channel.TRADES) for number in range(200)]
    sends = [output for output in adapter.open(wanted, 0) if isinstance(output, Send)]
    requests = [json.loads(send.frame) for send in sends]
    assert len(requests) <= VENUES[USDM].limits.sends // 2
    assert [name for request in requests for name in request["params"]] == [
        f"s{number}usdt@aggTrade" for number in range(200)
    ]
    assert {request["method"] for request in requests} == {"SUBSCRIBE"}
    assert len({request["id"] for request in requests}) == len(requests)


def test_the_usual_channels_have_the_usual_streams() -> None:
    _, outputs = usdm(Channel.TRADES, Channel.BOOK, Channel.KLINES)
    (send,) = [json.loads(output.frame) for output in outputs if isinstance(output, Send)]
    assert send["params"] == ["btcusdt@aggTrade", "btcusdt@depth@100ms", "btcusdt@kline_1m"]
    assert fetches(outputs) == [
        "/fapi/v1/exchangeInfo",
        "/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=499",
    ]


def test_a_channel_that_a_market_lacks_is_refused() -> None:
    with pytest.raises(ConfigError, match="binance has no liquidations"):
        list(VENUES[SPOT].adapter().open([Subscription("BTCUSDT", Channel.LIQUIDATIONS)], 0))


def test_what_nobody_asked_for_is_left_unread() -> None:
    adapter, _ = usdm(Channel.BOOK)
    unwanted = [
        raw_trade(1),
        frame("x", e="bookTicker", s="X"),
        frame("x", data="spoilt", e="kline"),
    ]
    assert receive(adapter, *unwanted) == []
    bare = json.dumps(json.loads(raw_trade(1))["data"])
    assert receive(adapter, bare) == []
    spot = VENUES[SPOT].adapter()
    spot.open([Subscription("BTCUSDT", Channel.TRADES)], 0)
    ticker = frame("btcusdt@bookTicker", u=5, s="BTCUSDT", b="1", B="2", a="3", A="4")
    for head in (ticker, ticker.encode(), ticker, ticker.encode()):
        assert list(spot.receive(head, 0)) == []
    assert len(receive(spot, agg_trade(1))) == 1


def test_an_acknowledgement_says_nothing() -> None:
    for text in ('{"result":null,"id":1}', '{"id":1,"result":null}', '{"result":["a"],"id":3}'):
        assert receive(VENUES[USDM].adapter(), text) == []


@pytest.mark.parametrize(
    "text",
    [
        '{"code":2,"msg":"Invalid request: unknown method"}',
        '{"error":{"code":2,"msg":"Invalid request: unknown method"},"id":1}',
    ],
)
def test_a_refusal_is_told_in_the_venues_words(text: str) -> None:
    with pytest.raises(Rejected, match="binance-usdm: Invalid request: unknown method"):
        VENUES[USDM].adapter().receive(text, 0)


def test_an_unknown_symbol_is_named_and_the_nearest_suggested() -> None:
    listing = b'{"symbols":[%s]}' % _listed("BTCUSDT")
    adapter = VENUES[USDM].adapter()
    adapter.open([Subscription("BTCUSDTT", Channel.BOOK)], 0)
    with pytest.raises(Rejected, match='BTCUSDTT: no such symbol; did you mean "BTCUSDT"'):
        adapter.receive_body("/fapi/v1/exchangeInfo", listing, 0)


def test_one_unknown_symbol_does_not_take_the_others_down() -> None:
    listing = b'{"symbols":[%s]}' % _listed("BTCUSDT")
    adapter = VENUES[USDM].adapter()
    adapter.open([Subscription(name, Channel.BOOK) for name in ("BTCUSDT", "NOSUCH")], 0)
    first, second = adapter.receive_body("/fapi/v1/exchangeInfo", listing, 0)
    assert isinstance(first, Listing)
    assert first.listed.tick_size.as_tuple().exponent == -1
    assert isinstance(second, FeedStatus)
    assert (second.instrument, second.reason) == ("binance-usdm:NOSUCH", "no such symbol")


def test_a_symbol_refused_by_rest_is_named() -> None:
    adapter, _ = usdm(Channel.BOOK)
    receive(adapter, depth(1, 2))
    with pytest.raises(Rejected, match="BTCUSDT: Invalid symbol"):
        adapter.receive_body(DEPTH_BODY, b'{"code":-1121,"msg":"Invalid symbol."}', 0)
    assert fetches(list(adapter.tick(10**18))) == [
        path for path in fetches(list(adapter.tick(10**19))) if "depth" not in path
    ]


def test_a_busy_venue_is_asked_again_later() -> None:
    adapter, _ = usdm(Channel.BOOK)
    receive(adapter, depth(1, 2))
    adapter.receive_body(
        "/fapi/v1/exchangeInfo", b'{"symbols":[]}'.replace(b"[]", b"[%s]" % _listed("BTCUSDT")), 0
    )
    assert (
        list(adapter.receive_body(DEPTH_BODY, b'{"code":-1003,"msg":"Too many requests"}', 0)) == []
    )
    assert fetches(list(adapter.tick(1))) == []
    assert fetches(list(adapter.tick(10**9))) == [DEPTH_BODY]


def test_a_body_that_is_not_json_is_asked_for_again() -> None:
    adapter, _ = usdm(Channel.KLINES)
    path = "/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=499"
    with pytest.raises(MalformedFrame):
        adapter.receive_body(path, b"<html>busy</html>", 0)
    assert fetches(list(adapter.tick(10**9))) == [path]
    adapter.receive_body(path, b"[]", 0)
    assert fetches(list(adapter.tick(10**18))) == []


def test_an_instrument_is_announced_once_it_is_listed_and_seen() -> None:
    adapter = VENUES[USDM].adapter()
    listing = b'{"symbols":[%s,%s]}' % (_listed("BTCUSDT"), _listed("ETHUSDT"))
    assert list(adapter.receive_body("/fapi/v1/exchangeInfo", listing, 0)) == []
    first, second = receive(adapter, raw_trade(1))
    assert isinstance(first, Listing)
    assert first.instrument == "binance-usdm:BTCUSDT"
    assert isinstance(second, Trade)


def test_instruments_are_not_listed_again_within_minutes() -> None:
    adapter, _ = usdm(Channel.BOOK)
    adapter.receive_body("/fapi/v1/exchangeInfo", b'{"symbols":[%s]}' % _listed("BTCUSDT"), 0)
    wanted = [Subscription("BTCUSDT", Channel.BOOK)]
    assert fetches(list(adapter.open(wanted, 60 * 10**9))) == []
    assert fetches(list(adapter.open(wanted, 3600 * 10**9))) == ["/fapi/v1/exchangeInfo"]


def test_a_server_that_is_about_to_shut_down_is_left() -> None:
    for text in ('{"e":"serverShutdown","E":1}', frame("!serverShutdown", e="serverShutdown", E=1)):
        with pytest.raises(Disconnected):
            VENUES[SPOT].adapter().receive(text, 0)


def _listed(symbol: str) -> bytes:
    filters = [
        {"filterType": "PRICE_FILTER", "tickSize": "0.10"},
        {"filterType": "LOT_SIZE", "stepSize": "0.001"},
    ]
    names = {"symbol": symbol, "baseAsset": symbol[:3], "quoteAsset": "USDT"}
    return json.dumps(names | {"filters": filters}).encode()
