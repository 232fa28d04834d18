"""The Bitfinex adapter, frame by frame. Frames here are hand-made: they are faults and corners that
no capture holds. What real traffic means is tested in test_captures_bitfinex.py.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Channel, Fetch, Output, Resync, Send, Subscription
from feeds.errors import Disconnected, FeedError, MalformedFrame, Rejected
from feeds.exchanges.bitfinex.adapter import Bitfinex
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
from tests.spoiling import check, plain, recorded, spoilt

SYMBOL, PERPETUAL = "tBTCUSD", "tBTCF0:USTF0"
NAME = f"bitfinex:{SYMBOL}"
SECOND = 1_000_000_000
TIME = 1775779200139
BOOK: list[list[float]] = [[100, 1, 0.5], [99.5, 2, 1.25], [101, 1, -0.5], [102, 3, -7]]


def subscribed(number: int, channel: str, **about: str) -> str:
    return json.dumps({"event": "subscribed", "channel": channel, "chanId": number} | about)


def push(number: int, sequence: int, *parts: Any) -> str:  # Any: the JSON of a payload
    return json.dumps([number, *parts, sequence, TIME])


BEGUN = (subscribed(1, "book", symbol=SYMBOL, prec="P0"), push(1, 1, BOOK))


def opened(*channels: Channel, symbol: str = SYMBOL) -> Bitfinex:
    adapter = Bitfinex("bitfinex")
    adapter.open([Subscription(symbol, channel, "1m") for channel in channels], 0)
    return adapter


def receive(adapter: Bitfinex, *frames: str, now: int = 0) -> list[Output]:
    return [output for text in frames for output in adapter.receive(text, now)]


def states(outputs: Iterable[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def sent(outputs: Iterable[Output]) -> list[dict[str, Any]]:  # Any: the JSON of requests
    return [json.loads(output.frame) for output in outputs if isinstance(output, Send)]


def checksum(text: str) -> int:
    """The venue's, which is signed."""
    found = crc32(text.encode())
    return found - 2**32 if found >= 2**31 else found


def test_numbers_times_and_checksums_are_asked_for_before_any_channel() -> None:
    adapter = Bitfinex("bitfinex")
    wanted = [Subscription(PERPETUAL, channel, "1d") for channel in Channel]
    requests = sent(outputs := list(adapter.open(wanted, 0)))
    assert requests[0] == {"event": "conf", "flags": 32768 | 65536 | 131072}
    assert [(r["channel"], r.get("symbol", r.get("key"))) for r in requests[1:]] == [
        ("trades", PERPETUAL),
        ("book", PERPETUAL),
        ("ticker", PERPETUAL),
        ("candles", f"trade:1D:{PERPETUAL}"),
        ("status", f"deriv:{PERPETUAL}"),
        ("status", "liq:global"),
    ]
    assert [output.path for output in outputs if isinstance(output, Fetch)] == [
        f"/v2/candles/trade:1D:{PERPETUAL}/hist?limit=500"
    ]


def test_spot_has_neither_a_mark_price_nor_forced_orders() -> None:
    adapter = Bitfinex("bitfinex")
    wanted = [Subscription(SYMBOL, each) for each in (Channel.MARK_PRICE, Channel.LIQUIDATIONS)]
    assert [request["event"] for request in sent(adapter.open(wanted, 0))] == ["conf"]


def test_a_book_is_live_with_its_snapshot_and_then_changes() -> None:
    adapter = opened(Channel.BOOK)
    snapshot, status = receive(adapter, *BEGUN)
    assert isinstance(snapshot, BookSnapshot)
    assert (snapshot.bids, snapshot.asks) == (
        [(100.0, 0.5), (99.5, 1.25)],
        [(101.0, 0.5), (102.0, 7.0)],
    )
    assert states([status]) == [FeedState.LIVE]
    gone, new = receive(adapter, push(1, 2, [100, 0, 1]), push(1, 3, [101, 2, -3]))
    assert isinstance(gone, BookDelta)
    assert (gone.bids, gone.asks, gone.ts_event) == ([(100.0, 0.0)], [], TIME * 1_000_000)
    assert isinstance(new, BookDelta)
    assert (new.bids, new.asks) == ([], [(101.0, 3.0)])


def test_the_checksum_is_that_of_the_strings_of_both_sides_in_turn() -> None:
    adapter = opened(Channel.BOOK)
    right = checksum("100:0.5:101:-0.5:99.5:1.25:102:-7")
    assert states(receive(adapter, *BEGUN, push(1, 2, "cs", right))) == [FeedState.LIVE]
    right = checksum("99.5:1.25:101:-0.5:102:-7")
    assert receive(adapter, push(1, 3, [100, 0, 1]), push(1, 4, "cs", right))[1:] == []


@given(st.integers(0, 3), st.sampled_from("0123456789"), st.booleans())
def test_a_flipped_digit_in_a_book_is_always_found(row: int, digit: str, price: bool) -> None:
    right = checksum("100:0.5:101:-0.5:99.5:1.25:102:-7")
    rows = [list(level) for level in BOOK]
    place = 0 if price else 2
    text = str(rows[row][place])
    rows[row][place] = json.loads(text[:-1] + digit)
    adapter = opened(Channel.BOOK)
    outputs = receive(adapter, BEGUN[0], push(1, 1, rows))
    if rows == BOOK or FeedState.LIVE not in states(outputs):
        return
    outputs = receive(adapter, push(1, 2, "cs", right), now=20 * SECOND)
    assert states(outputs) == [FeedState.GAP]
    assert any(isinstance(output, Resync) for output in outputs)


def test_a_lost_book_is_given_up_by_its_channel_and_subscribed_anew() -> None:
    adapter = opened(Channel.BOOK)
    outputs = receive(adapter, *BEGUN, push(1, 2, "cs", 1), now=20 * SECOND)
    assert states(outputs) == [FeedState.LIVE, FeedState.GAP]
    assert [(request["event"], request.get("chanId")) for request in sent(outputs)] == [
        ("unsubscribe", 1),
        ("subscribe", None),
    ]
    late = receive(adapter, push(1, 3, [100, 1, 5]), push(1, 4, BOOK), now=20 * SECOND)
    assert late == []
    again = subscribed(7, "book", symbol=SYMBOL, prec="P0")
    assert states(receive(adapter, again, push(7, 5, BOOK))) == [FeedState.LIVE]


def test_a_missing_message_of_any_channel_loses_every_book_at_the_next() -> None:
    adapter = opened(Channel.BOOK)
    receive(adapter, *BEGUN)
    assert states(receive(adapter, push(99, 3, "hb"))) == [FeedState.GAP]


def test_a_message_that_cannot_be_read_is_a_gap_at_the_next() -> None:
    for unread in ("[1,[100,1,nan],2]", push(1, 2, [100, 1, "x"]), push(1, 2, [-1, 1, 5])):
        adapter = opened(Channel.BOOK)
        receive(adapter, *BEGUN)
        with pytest.raises(MalformedFrame):
            adapter.receive(unread, 0)
        assert states(receive(adapter, push(1, 3, "hb"))) == [FeedState.GAP]


def test_a_gap_seen_by_a_message_that_cannot_be_read_is_still_said() -> None:
    adapter = opened(Channel.BOOK)
    receive(adapter, *BEGUN, subscribed(2, "trades", symbol=SYMBOL))
    with pytest.raises(MalformedFrame):
        adapter.receive(push(2, 5, "te", [100, 1, "x"]), 0)
    assert FeedState.GAP in states(adapter.tick(1))


def test_a_trade_is_told_twice_and_taken_once_and_its_sign_is_the_takers() -> None:
    adapter = opened(Channel.TRADES)
    outputs = receive(
        adapter,
        subscribed(2, "trades", symbol=SYMBOL),
        push(2, 1, [[6, TIME, -2, 99], [5, TIME, 1, 100]]),
        push(2, 2, "te", [7, TIME, 0.5, 101]),
        push(2, 3, "tu", [7, TIME, 0.5, 101]),
    )
    assert [(t.id, t.side, t.size) for t in outputs if isinstance(t, Trade)] == [
        ("5", Side.BUY, 1.0),
        ("6", Side.SELL, 2.0),
        ("7", Side.BUY, 0.5),
    ]
    adapter.open([Subscription(SYMBOL, Channel.TRADES)], 1)
    again = receive(
        adapter, subscribed(3, "trades", symbol=SYMBOL), push(3, 1, [[7, TIME, 0.5, 101]])
    )
    assert again == []


def test_what_a_ticker_states_goes_to_the_channels_that_are_wanted() -> None:
    row = [99, 1, 101, 2, 10, 0.1, 110, 7, 120, 90, None]
    frames = (subscribed(4, "ticker", symbol=SYMBOL), push(4, 1, row))
    day = Ticker(NAME, TIME * 1_000_000, 0, 110.0, 100.0, 120.0, 90.0, 7.0, None)
    best = BookTicker(NAME, TIME * 1_000_000, 0, 99.0, 1.0, 101.0, 2.0, None)
    assert receive(opened(Channel.TICKER), *frames) == [day]
    assert receive(opened(Channel.BOOK_TICKER), *frames) == [best]


def test_a_contract_has_a_mark_price_funding_and_open_interest() -> None:
    row = [TIME, None, 99, 98, None, 5, None, TIME + 1, 0.5, 1, None, 0.25]
    row += [None, None, 97, None, None, 12.5, None]
    frames = (subscribed(5, "status", key=f"deriv:{PERPETUAL}"), push(5, 1, row))
    name, time = f"bitfinex:{PERPETUAL}", TIME * 1_000_000
    assert receive(opened(Channel.MARK_PRICE, symbol=PERPETUAL), *frames) == [
        MarkPrice(name, time, 0, 97.0, 98.0),
        FundingRate(name, time, 0, 0.25, time + 1_000_000),
        OpenInterest(name, time, 0, 12.5),
    ]


def test_forced_orders_of_other_symbols_and_their_matches_are_left_out() -> None:
    def forced(symbol: str, amount: float, matched: int) -> list[object]:
        return ["pos", 1, TIME, None, symbol, amount, 9135.5, None, matched, 1, None, 9080]

    adapter = opened(Channel.LIQUIDATIONS, symbol=PERPETUAL)
    outputs = receive(
        adapter,
        subscribed(6, "status", key="liq:global"),
        push(6, 1, [forced(PERPETUAL, -2, 0), forced("tETHF0:USTF0", 1, 0)]),
        push(6, 2, [forced(PERPETUAL, -2, 1)]),
    )
    name = f"bitfinex:{PERPETUAL}"
    assert outputs == [Liquidation(name, TIME * 1_000_000, 0, 9135.5, 2.0, Side.BUY)]


def test_bars_come_by_the_stream_and_past_ones_by_rest_oldest_first() -> None:
    adapter = opened(Channel.KLINES)
    start = 1_654_074_480
    row = [start * 1000, 1, 2, 3, 0.5, 9]
    (bar,) = receive(adapter, subscribed(8, "candles", key=f"trade:1m:{SYMBOL}"), push(8, 1, row))
    assert isinstance(bar, Kline)
    assert (bar.instrument, bar.interval, bar.start, bar.end) == (
        NAME,
        "1m",
        start * SECOND,
        (start + 60) * SECOND,
    )
    assert (bar.open, bar.close, bar.high, bar.low, bar.volume) == (1.0, 2.0, 3.0, 0.5, 9.0)
    path = f"/v2/candles/trade:1m:{SYMBOL}/hist?limit=500"
    body = json.dumps([[(start + 60) * 1000, *row[1:]], row]).encode()
    past = [
        bar for bar in adapter.receive_body(path, body, (start + 60) * SECOND) if type(bar) is Kline
    ]
    assert [(bar.start // SECOND, bar.closed) for bar in past] == [
        (start, True),
        (start + 60, False),
    ]
    assert list(adapter.tick(10**18)) == []


def test_a_busy_venue_is_asked_again_and_a_refusal_told() -> None:
    path = f"/v2/candles/trade:1m:{SYMBOL}/hist?limit=500"
    adapter = opened(Channel.KLINES)
    assert adapter.receive_body(path, b'["error",11010,"ratelimit: error"]', 0) == []
    assert [fetch.path for fetch in adapter.tick(SECOND) if isinstance(fetch, Fetch)] == [path]
    with pytest.raises(Rejected, match="symbol: invalid"):
        adapter.receive_body(path, b'["error",10020,"symbol: invalid"]', 0)


def test_notices_are_told_apart() -> None:
    adapter = opened(Channel.BOOK, Channel.TICKER)
    assert receive(adapter, '{"event":"info","version":2,"platform":{"status":1}}') == []
    assert receive(adapter, '{"event":"error","msg":"subscribe: dup","code":10301}') == []
    about = f'"channel":"%s","symbol":"{SYMBOL}"'
    refused = '{"event":"error","msg":"symbol: invalid","code":10300,' + about + "}"
    assert receive(adapter, refused % "ticker") == []
    with pytest.raises(Rejected, match="tBTCUSD: symbol: invalid"):
        adapter.receive(refused % "book", 0)
    with pytest.raises(Disconnected, match="reconnect"):
        adapter.receive('{"event":"info","code":20051,"msg":"please reconnect"}', 0)


VALID = [
    *BEGUN,
    push(1, 2, [100, 0, 1]),
    push(1, 3, "cs", -5),
    push(1, 4, "hb"),
    subscribed(2, "trades", symbol=SYMBOL),
    push(2, 5, "te", [7, TIME, 0.5, 101]),
    subscribed(5, "status", key=f"deriv:{PERPETUAL}"),
    push(5, 6, [TIME, None, 99, 98, None, 5, None, TIME, 0.5, 1, None, 0.25, None, None, 97]),
    subscribed(6, "status", key="liq:global"),
    subscribed(8, "candles", key=f"trade:1m:{SYMBOL}"),
    push(8, 7, [60_000, 1, 2, 3, 0.5, 9]),
    '["error",10020,"symbol: invalid"]',
    *recorded("bitfinex/samples.jsonl"),
]
PATHS = ["", "/", f"/v2/candles/trade:1m:{SYMBOL}/hist", f"/v2/book/{SYMBOL}/P0"]


@given(spoilt(VALID), st.sampled_from(PATHS))
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    payloads: list[bytes | str], path: str
) -> None:
    check("bitfinex", payloads, path)


@given(spoilt(VALID))
def test_whatever_comes_of_known_channels_is_plain_or_an_error(payloads: list[bytes | str]) -> None:
    adapter = opened(Channel.BOOK, Channel.TRADES)
    for payload in (*VALID, *payloads):
        with suppress(FeedError):
            assert all(plain(output) for output in adapter.receive(payload, 1))
