"""The HTX adapter, frame by frame. Frames here are hand-made: they are faults and corners that
no capture holds. What real traffic means is tested in test_captures_htx.py.
"""

import gzip
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Adapter, Channel, Fetch, Output, Resync, Send, Subscription
from feeds.crossing import CROSSED_MESSAGES
from feeds.errors import ConfigError, Disconnected, MalformedFrame, Rejected
from feeds.exchanges.htx.symbol import DOUBTS
from feeds.followed import QUIET
from feeds.inband import LOOK
from feeds.registry import VENUES
from market.events import (
    BookDelta,
    BookSnapshot,
    FeedState,
    FeedStatus,
    Kline,
    Listing,
    MarkPrice,
    OpenInterest,
    Trade,
)
from market.instrument import Kind
from tests.spoiling import check, recorded, spoilt

SPOT, SWAP, INVERSE = "htx", "htx-swap", "htx-inverse"
MS, SECOND = 1_000_000, 1_000_000_000
T = 1_789_456_320_000
"""A time in ms, at the begin of a minute."""
MBP, DEPTH = "market.btcusdt.mbp.400", "market.BTC-USDT.depth.size_150.high_freq"
Pairs = Sequence[tuple[float, float]]
# Any: the JSON of payloads.


def push(topic: str, tick: Any, **other: Any) -> str:
    return json.dumps({"ch": topic, "ts": T, "tick": tick} | other)


def change(last: int, before: int, bids: Pairs = ((10, 1),), asks: Pairs = ()) -> str:
    return push(MBP, {"seqNum": last, "prevSeqNum": before, "bids": bids, "asks": asks})


def whole(last: int, bids: Pairs = ((10, 1), (9, 1)), asks: Pairs = ((11, 1), (12, 1))) -> str:
    book = {"seqNum": last, "bids": bids, "asks": asks}
    return json.dumps({"id": MBP, "status": "ok", "ts": T, "rep": MBP, "data": book})


def step(version: int, event: str = "update", bids: Pairs = ((10, 1),), time: int = 0) -> str:
    tick = {"event": event, "version": version, "bids": bids, "asks": [[11, 1]]}
    return push(DEPTH, tick, ts=T + (time or version))


def opened(*channels: Channel, venue: str = SPOT, symbol: str = "btcusdt") -> Any:
    adapter = VENUES[venue].adapter()
    wanted = [Subscription(symbol, channel, "1m") for channel in channels]
    return adapter, list(adapter.open(wanted, 0))


def receive(adapter: Adapter, *frames: str | bytes, now: int = 0) -> list[Output]:
    return [output for frame in frames for output in adapter.receive(frame, now)]


def states(outputs: Sequence[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def sent(outputs: Sequence[Output]) -> list[Any]:
    return [json.loads(output.frame) for output in outputs if isinstance(output, Send)]


def fetches(outputs: Sequence[Output]) -> list[str]:
    return [output.path for output in outputs if isinstance(output, Fetch)]


ASK = {"req": MBP, "id": MBP}


def test_a_spot_book_is_asked_for_with_its_first_change_and_laid_beneath_those_since() -> None:
    adapter, outputs = opened(Channel.BOOK)
    assert states(outputs) == [FeedState.SYNCING]
    assert sent(receive(adapter, change(50, 40))) == [ASK]
    assert receive(adapter, change(60, 50), change(70, 60)) == []
    outputs = receive(adapter, whole(60))
    assert [type(output) for output in outputs] == [BookSnapshot, BookDelta, FeedStatus]
    assert states(outputs) == [FeedState.LIVE]
    (delta,) = receive(adapter, change(80, 70, [(10, 0)]))
    assert delta == BookDelta("htx:btcusdt", T * MS, 0, [(10.0, 0.0)], [], 80, 70)


def test_a_book_that_is_older_than_the_changes_is_asked_for_again() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, change(50, 40))
    assert receive(adapter, whole(30)) == []
    assert sent(list(adapter.tick(SECOND))) == [ASK]
    assert states(receive(adapter, whole(40), now=SECOND)) == [FeedState.LIVE]


def test_a_quiet_book_is_asked_for_without_a_change() -> None:
    adapter, _ = opened(Channel.BOOK)
    assert list(adapter.tick(QUIET - 1)) == []
    assert sent(list(adapter.tick(QUIET))) == [ASK]
    assert states(receive(adapter, whole(40))) == [FeedState.SNAPSHOT_ONLY]
    assert states(receive(adapter, change(50, 40))) == [FeedState.LIVE]


def test_a_lost_change_of_a_spot_book_is_a_gap_at_the_next() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, change(50, 40), whole(40))
    outputs = receive(adapter, change(70, 60))
    assert states(outputs) == [FeedState.GAP]
    assert any(isinstance(output, Resync) for output in outputs)
    assert sent(outputs) == [ASK]


def test_a_spot_book_that_stays_crossed_is_begun_anew() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, change(50, 40), whole(50))
    told = [
        receive(adapter, change(51 + n, 50 + n, [(11.5, 1)]), now=n)
        for n in range(CROSSED_MESSAGES)
    ]
    assert all(states(outputs) == [] for outputs in told[:-1])
    assert states(told[-1]) == [FeedState.GAP]


def test_a_window_that_moved_is_stated_again_whole() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, change(50, 40), whole(50))
    frames = [change(51 + n, 50 + n, [(9, 0), (10.5, 1)]) for n in range(LOOK)]
    outputs = receive(adapter, *frames)
    assert isinstance(outputs[-1], BookSnapshot)
    assert outputs[-1].bids == [(10.5, 1.0), (10.0, 1.0)]
    assert outputs[-1].sequence == 50 + LOOK


def test_a_swap_book_counts_its_versions() -> None:
    adapter, outputs = opened(Channel.BOOK, venue=SWAP, symbol="BTC-USDT")
    assert sent(outputs) == [{"sub": DEPTH, "data_type": "incremental", "id": DEPTH}]
    assert states(receive(adapter, step(5, "snapshot"))) == [FeedState.LIVE]
    assert [type(o) for o in receive(adapter, step(6), step(7))] == [BookDelta, BookDelta]
    outputs = receive(adapter, step(9), now=20 * SECOND)
    assert states(outputs) == [FeedState.GAP]
    assert [[*frame] for frame in sent(outputs)] == [["unsub", "id"], ["sub", "data_type", "id"]]


def test_versions_that_go_back_are_a_gap() -> None:
    adapter, _ = opened(Channel.BOOK, venue=SWAP, symbol="BTC-USDT")
    receive(adapter, step(50, "snapshot"))
    assert states(receive(adapter, step(7, time=90))) == [FeedState.GAP]


def test_versions_that_leap_after_every_new_book_need_only_rise() -> None:
    adapter, _ = opened(Channel.BOOK, venue=SWAP, symbol="BTC-USDT")
    for at in range(10, 10 * (DOUBTS + 1), 10):
        receive(adapter, step(at, "snapshot"))
        assert states(receive(adapter, step(at + 2))) == [FeedState.GAP]
    receive(adapter, step(100, "snapshot"))
    assert [type(o) for o in receive(adapter, step(102), step(105))] == [BookDelta, BookDelta]


def test_versions_are_counted_on_however_often_a_bad_line_loses_some() -> None:
    adapter, _ = opened(Channel.BOOK, venue=SWAP, symbol="BTC-USDT")
    for at in range(100, 100 * (DOUBTS + 9), 100):
        receive(adapter, step(at, "snapshot"), step(at + 1), step(at + 2))
        assert states(receive(adapter, step(at + 4))) == [FeedState.GAP]


def test_a_ping_is_answered_with_its_own_payload_packed_or_not() -> None:
    adapter, _ = opened(Channel.TRADES)
    for frame in ('{"ping":18212558000}', gzip.compress(b'{"ping":18212558000}')):
        assert receive(adapter, frame) == [Send('{"pong":18212558000}')]
    assert receive(adapter, '{"op":"ping","ts":"149"}') == [Send('{"op":"pong","ts":"149"}')]


def test_a_notice_to_hang_up_ends_the_connection() -> None:
    adapter, _ = opened(Channel.LIQUIDATIONS, venue=SWAP, symbol="BTC-USDT")
    with pytest.raises(Disconnected, match="closes the connection"):
        adapter.receive('{"op":"close","ts":1492420473027}', 0)


def test_packed_frames_that_are_cut_short_are_malformed() -> None:
    adapter, _ = opened(Channel.TRADES)
    with pytest.raises(MalformedFrame, match="cut short"):
        adapter.receive(gzip.compress(b'{"ping":18212558000}')[:-9], 0)
    with pytest.raises(MalformedFrame):
        adapter.receive(b"\x1f\x8bnonsense that is not gzip at all", 0)


def trade(ident: int, **other: Any) -> str:
    row = {"id": 10**24 + ident, "ts": T, "tradeId": ident, "amount": 0.5, "price": 10}
    topic = "market.btcusdt.trade.detail"
    return push(topic, {"id": 1, "ts": T, "data": [row | {"direction": "sell"} | other]})


def test_the_same_trade_twice_is_one_trade_also_over_a_new_connection() -> None:
    adapter, _ = opened(Channel.TRADES)
    assert len(receive(adapter, trade(1), trade(2), trade(1))) == 2
    adapter.open([Subscription("btcusdt", Channel.TRADES)], SECOND)
    assert [o.id for o in receive(adapter, trade(2), trade(3)) if isinstance(o, Trade)] == ["3"]


def test_a_bar_is_closed_when_the_next_begins() -> None:
    adapter, _ = opened(Channel.KLINES)
    prices = {"open": 1, "close": 2, "high": 3, "low": 0.5, "amount": 5, "vol": 50, "count": 4}
    frames = [
        push("market.btcusdt.kline.1min", prices | {"id": T // 1000 + 60 * n}, ts=T + 60_000 * n)
        for n in (0, 1)
    ]
    bars = [event for event in receive(adapter, *frames) if isinstance(event, Kline)]
    assert [((bar.start // MS - T) // 60_000, bar.closed) for bar in bars] == [
        (0, False),
        (0, True),
        (1, False),
    ]
    assert (bars[0].volume, str(bars[0].quote_volume)) == (5.0, "50.0")


def test_history_comes_oldest_first_and_counts_one_side_of_contracts() -> None:
    adapter, outputs = opened(Channel.KLINES, venue=INVERSE, symbol="BTC-USD")
    (path,) = fetches(outputs)
    assert path == "/swap-ex/market/history/kline?contract_code=BTC-USD&period=1min&size=1000"
    prices = {"open": 1, "close": 2, "high": 3, "low": 0.5, "amount": 6, "vol": 50, "count": 4}
    rows = [prices | {"id": T // 1000 - 60 * n} for n in (0, 1)]
    body = {"status": "ok", "ts": T, "data": rows}
    first, last = adapter.receive_body(path, json.dumps(body).encode(), 0)
    assert first.start < last.start
    assert (first.closed, last.closed) == (True, False)
    assert (first.volume, first.base_volume, first.quote_volume) == (25.0, 3.0, None)


def test_every_wish_is_asked_for_in_the_words_of_the_market() -> None:
    channels = [channel for channel in Channel if channel in VENUES[SWAP].paths]
    _, outputs = opened(*channels, venue=SWAP, symbol="BTC-USDT")
    assert {frame.get("sub") or frame.get("topic") for frame in sent(outputs)} == {
        "market.BTC-USDT.bbo",
        "market.BTC-USDT.depth.size_150.high_freq",
        "market.BTC-USDT.detail",
        "market.BTC-USDT.kline.1min",
        "market.BTC-USDT.trade.detail",
        "public.BTC-USDT.funding_rate",
        "public.BTC-USDT.liquidation_orders",
    }
    assert len(fetches(outputs)) == 4


def test_mark_prices_and_open_interest_are_looked_at_again_and_again() -> None:
    adapter, outputs = opened(Channel.MARK_PRICE, venue=SWAP, symbol="BTC-USDT")
    mark, interest = fetches(outputs)
    assert fetches(list(adapter.tick(5 * SECOND))) == [mark]
    assert fetches(list(adapter.tick(30 * SECOND))) == [mark, interest]
    body = {"status": "ok", "ts": T, "data": [{"id": 1, "close": "86826.6"}]}
    (event,) = adapter.receive_body(mark, json.dumps(body).encode(), 3)
    assert event == MarkPrice("htx-swap:BTC-USDT", T * MS, 3, 86826.6, None)
    body["data"] = [{"volume": 7.0, "contract_code": "BTC-USDT"}]
    (event,) = adapter.receive_body(interest, json.dumps(body).encode(), 3)
    assert event == OpenInterest("htx-swap:BTC-USDT", T * MS, 3, 7.0)


def test_a_wish_that_cannot_be_is_said_so() -> None:
    with pytest.raises(ConfigError, match="htx has no liquidations"):
        opened(Channel.LIQUIDATIONS)
    with pytest.raises(ConfigError, match="no interval of klines"):
        VENUES[SPOT].adapter().open([Subscription("x", Channel.KLINES, "7m")], 0)


def test_an_unknown_symbol_is_told_and_others_go_on() -> None:
    topic = "market.nope.mbp.400"
    error = {"status": "error", "err-code": "bad-request", "err-msg": "invalid topic", "id": topic}
    adapter = VENUES[SPOT].adapter()
    wanted = [Subscription(name, Channel.BOOK) for name in ("nope", "btcusdt")]
    adapter.open(wanted, 0)
    assert receive(adapter, json.dumps(error)) == [
        FeedStatus("htx:nope", 0, FeedState.CONNECTING, "invalid topic")
    ]
    alone, _ = opened(Channel.BOOK, symbol="nope")
    with pytest.raises(Rejected, match="nope: invalid topic"):
        alone.receive(json.dumps(error), 0)


def test_a_busy_venue_is_asked_again_later_and_a_refusal_is_said() -> None:
    adapter, outputs = opened(Channel.KLINES)
    (path,) = fetches(outputs)
    busy = {"status": "error", "err-code": "gateway-internal-error", "err-msg": "m"}
    assert list(adapter.receive_body(path, json.dumps(busy).encode(), 0)) == []
    assert fetches(list(adapter.tick(SECOND))) == [path]
    with pytest.raises(MalformedFrame):
        adapter.receive_body(path, b"<html>", 0)
    with pytest.raises(Rejected, match=r"btcusdt: invalid symbol \(bad-request\)"):
        adapter.receive_body(
            path,
            json.dumps(busy | {"err-code": "bad-request", "err-msg": "invalid symbol"}).encode(),
            0,
        )


def test_a_pair_and_a_contract_are_listed_with_their_grids() -> None:
    adapter, outputs = opened(Channel.BOOK)
    row = {"symbol": "btcusdt", "bc": "btc", "qc": "usdt", "pp": 2, "ap": 6}
    (event,) = adapter.receive_body(
        fetches(outputs)[0], json.dumps({"status": "ok", "data": [row]}).encode(), 0
    )
    assert isinstance(event, Listing)
    listed = event.listed
    assert (listed.base, listed.quote, str(listed.tick_size)) == ("BTC", "USDT", "0.01")
    swap, outputs = opened(Channel.BOOK, venue=INVERSE, symbol="BTC-USD")
    row = {"symbol": "BTC", "contract_code": "BTC-USD", "contract_size": 100, "price_tick": 0.1}
    (event,) = swap.receive_body(
        fetches(outputs)[0], json.dumps({"status": "ok", "data": [row]}).encode(), 0
    )
    assert (event.listed.kind, event.listed.contract_size) == (Kind.INVERSE, 100)


VALID = [
    *(change(2, 1), whole(2), step(1, "snapshot"), step(2), trade(1)),
    *recorded("htx/samples.jsonl", "htx/expected.jsonl"),
]
PATHS = [
    "/market/history/kline?symbol=btcusdt&period=1min",
    "/linear-swap-api/v1/swap_contract_info?contract_code=BTC-USDT",
    "/linear-swap-api/v1/swap_open_interest?contract_code=BTC-USDT",
    "/index/market/history/swap_mark_price_kline?contract_code=BTC-USD",
    "/v1/settings/common/market-symbols?symbols=btcusdt",
    "",
]


@given(st.sampled_from([SPOT, SWAP, INVERSE]), spoilt(VALID), st.sampled_from(PATHS))
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    venue: str, payloads: list[bytes | str], path: str
) -> None:
    check(venue, payloads, path)
    packed = [p if isinstance(p, bytes) else p.encode(errors="surrogatepass") for p in payloads]
    check(venue, [gzip.compress(payload) for payload in packed], path)
