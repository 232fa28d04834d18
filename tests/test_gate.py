"""The Gate adapter, frame by frame. Frames here are hand-made: they are faults and corners that
no capture holds. What real traffic means is tested in test_captures_gate.py.
"""

import json
from collections.abc import Sequence
from typing import Any

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
from tests.captures import CAPTURES
from tests.spoiling import check, spoilt

SPOT, FUTURES = "gate", "gate-futures"
MS, SECOND = 1_000_000, 1_000_000_000
T = 1_789_456_320_000
"""A time in ms, at the begin of a minute."""
Pairs = Sequence[tuple[str, str]]
# Any: the JSON of payloads.


def push(channel: str, result: Any, event: str = "update", **other: Any) -> str:
    frame = {"time": T // 1000, "time_ms": T, "channel": channel, "event": event}
    return json.dumps(frame | {"result": result} | other)


def spot_trade(ident: int, **other: Any) -> str:
    row = {"id": ident, "create_time": T // 1000, "create_time_ms": f"{T}.25", "side": "sell"}
    row |= {"currency_pair": "BTC_USDT", "amount": "0.5", "price": "10"}
    return push("spot.trades", row | other)


def futures_trade(ident: int, size: object) -> str:
    row = {"id": ident, "create_time": T // 1000, "create_time_ms": T, "size": size}
    return push("futures.trades", [row | {"price": "10", "contract": "BTC_USDT"}])


def obu(
    last: int,
    first: int | None = None,
    bids: Pairs = (("10", "1"),),
    asks: Pairs = (("11", "2"),),
    depth: int = 400,
    market: str = "spot",
) -> str:
    row: dict[str, Any] = {"t": T + last, "s": f"ob.BTC_USDT.{depth}", "u": last}
    row |= {"full": True} if first is None else {"U": first}
    return push(f"{market}.obu", row | {"b": bids, "a": asks})


def answer(channel: str, payload: list[str], message: str = "") -> str:
    error = {"code": 2, "message": message} if message else None
    return push(channel, {"status": "fail"}, "subscribe", payload=payload, error=error)


def opened(*channels: Channel, venue: str = SPOT, symbol: str = "BTC_USDT") -> Any:
    adapter = VENUES[venue].adapter()
    wanted = [Subscription(symbol, channel, "1m") for channel in channels]
    return adapter, list(adapter.open(wanted, 0))


def receive(adapter: Adapter, *frames: str, now: int = 0) -> list[Output]:
    return [output for text in frames for output in adapter.receive(text, now)]


def parse(venue: str, payload: str | bytes, path: str | None = None) -> list[Event | Ignored]:
    return list(VENUES[venue].parser().parse(payload, T * MS, path))


def states(outputs: Sequence[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def fetches(outputs: Sequence[Output]) -> list[str]:
    return [output.path for output in outputs if isinstance(output, Fetch)]


def requests(outputs: Sequence[Output]) -> list[Any]:
    return [json.loads(output.frame) for output in outputs if isinstance(output, Send)]


def test_the_side_of_a_spot_trade_is_the_takers_and_its_time_has_a_fraction() -> None:
    (sold,) = receive(VENUES[SPOT].adapter(), spot_trade(7))
    assert sold == Trade("gate:BTC_USDT", T * MS + 250_000, 0, "7", 10.0, 0.5, Side.SELL)


@pytest.mark.parametrize(
    ("size", "side", "amount"),
    [(3, Side.BUY, 3.0), (-22, Side.SELL, 22.0), ("-0.5", Side.SELL, 0.5)],
)
def test_futures_are_sold_below_zero_in_parts_of_contracts_too(
    size: object, side: Side, amount: float
) -> None:
    (trade,) = receive(VENUES[FUTURES].adapter(), futures_trade(1, size))
    assert trade == Trade("gate-futures:BTC_USDT", T * MS, 0, "1", 10.0, amount, side)


def test_the_same_trade_twice_is_one_trade_also_over_a_new_connection() -> None:
    adapter, _ = opened(Channel.TRADES)
    assert len(receive(adapter, spot_trade(1), spot_trade(2), spot_trade(1))) == 2
    adapter.open([Subscription("BTC_USDT", Channel.TRADES)], SECOND)
    assert len(receive(adapter, spot_trade(2), spot_trade(3))) == 1


@pytest.mark.parametrize(("venue", "market"), [(SPOT, "spot"), (FUTURES, "futures")])
def test_a_book_is_live_with_its_snapshot_and_follows_its_numbers(venue: str, market: str) -> None:
    adapter, outputs = opened(Channel.BOOK, venue=venue)
    assert states(outputs) == [FeedState.SYNCING]
    outputs = receive(adapter, obu(50, market=market))
    assert [type(output) for output in outputs] == [BookSnapshot, FeedStatus]
    assert states(outputs) == [FeedState.LIVE]
    (change,) = receive(adapter, obu(60, 51, [("10", "0")], [], market=market))
    name = f"{venue}:BTC_USDT"
    assert change == BookDelta(name, (T + 60) * MS, 0, [(10.0, 0.0)], [], 60, 50)


def test_a_gap_subscribes_the_book_again_on_the_same_connection() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, obu(50))
    outputs = receive(adapter, obu(60, 52), now=60 * SECOND)
    assert states(outputs) == [FeedState.GAP]
    assert any(isinstance(output, Resync) for output in outputs)
    asked = requests(outputs)
    assert [(one["time"], one["event"], one["payload"]) for one in asked] == [
        (60, "unsubscribe", ["ob.BTC_USDT.400"]),
        (60, "subscribe", ["ob.BTC_USDT.400"]),
    ]
    assert receive(adapter, obu(61, 61)) == []
    assert states(receive(adapter, obu(80))) == [FeedState.LIVE]


def test_a_snapshot_that_does_not_come_is_asked_for_again() -> None:
    adapter, _ = opened(Channel.BOOK)
    asked = [one for one in requests(list(adapter.tick(ANSWER))) if one["channel"] == "spot.obu"]
    assert [(one["time"], one["event"]) for one in asked] == [
        (10, "unsubscribe"),
        (10, "subscribe"),
    ]


def test_a_new_connection_forgets_the_book_of_the_last() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, obu(50))
    outputs = list(adapter.open([Subscription("BTC_USDT", Channel.BOOK)], SECOND))
    assert states(outputs) == [FeedState.SYNCING]
    assert receive(adapter, obu(60, 51)) == []


def test_books_of_other_depths_have_numbers_of_their_own() -> None:
    adapter = VENUES[SPOT].adapter()
    receive(adapter, obu(50, depth=50))
    assert receive(adapter, obu(900)) == []
    assert receive(adapter, obu(901, 901)) == []
    assert len(receive(adapter, obu(51, 51, depth=50))) == 1


def test_a_spoilt_change_of_the_book_is_a_gap_at_the_next() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, obu(50))
    with pytest.raises(MalformedFrame):
        adapter.receive(obu(51, 51, [("10", "-1")]), 0)
    assert states(receive(adapter, obu(52, 52))) == [FeedState.GAP]


def test_a_ticker_of_a_future_states_mark_funding_and_interest() -> None:
    row = {"contract": "BTC_USDT", "last": "110", "change_percentage": "10", "low_24h": "90"}
    row |= {"high_24h": "120", "volume_24h": "7", "mark_price": "111", "index_price": "112"}
    row |= {"funding_rate": "0.0001", "total_size": "33"}
    events = parse(FUTURES, push("futures.tickers", [row | {"funding_next_apply": T // 1000}]))
    assert [type(event) for event in events] == [Ticker, MarkPrice, FundingRate, OpenInterest]
    name, now = "gate-futures:BTC_USDT", T * MS
    assert events[0] == Ticker(name, T * MS, now, 110.0, 110 / 1.1, 120.0, 90.0, 7.0, None)
    assert events[2] == FundingRate(name, T * MS, now, 0.0001, T * MS)


def test_a_liquidation_below_zero_is_an_order_that_sells() -> None:
    row = {"price": "99", "size": "-2", "time_ms": T, "contract": "BTC_USDT"}
    sold, bought = parse(FUTURES, push("futures.public_liquidates", [row, row | {"size": 3}]))
    name = "gate-futures:BTC_USDT"
    assert sold == Liquidation(name, T * MS, T * MS, 99.0, 2.0, Side.SELL)
    assert bought == Liquidation(name, T * MS, T * MS, 99.0, 3.0, Side.BUY)


def candle(start: int, **other: Any) -> str:
    row = {"t": str(start // 1000), "v": "50", "c": "2", "h": "3", "l": "0.5", "o": "1"}
    return push("spot.candlesticks", row | {"n": "1m_BTC_USDT", "a": "5"} | other)


def test_a_bar_is_closed_when_the_venue_says_so_or_the_next_begins() -> None:
    adapter = VENUES[SPOT].adapter()
    frames = [candle(T), candle(T + 60_000, w=False), candle(T + 60_000, w=True), candle(T)]
    bars = [event for event in receive(adapter, *frames) if isinstance(event, Kline)]
    assert [((bar.start // MS - T) // 60_000, bar.closed) for bar in bars] == [
        (0, False),
        (0, True),
        (1, False),
        (1, True),
    ]
    assert (bars[0].volume, str(bars[0].quote_volume)) == (5.0, "50.0")


def test_every_wish_is_asked_for_in_the_words_of_the_market() -> None:
    futures = [channel for channel in Channel if channel in VENUES[FUTURES].paths]
    _, outputs = opened(*futures, venue=FUTURES)
    asked = {one["channel"]: one["payload"] for one in requests(outputs)}
    assert asked == {
        "futures.book_ticker": ["BTC_USDT"],
        "futures.candlesticks": ["1m", "BTC_USDT"],
        "futures.obu": ["ob.BTC_USDT.400"],
        "futures.public_liquidates": ["BTC_USDT"],
        "futures.tickers": ["BTC_USDT"],
        "futures.trades": ["BTC_USDT"],
    }
    assert fetches(outputs) == [
        "/api/v4/futures/usdt/contracts/BTC_USDT",
        "/api/v4/futures/usdt/candlesticks?contract=BTC_USDT&interval=1m&limit=2000",
    ]


def test_a_wish_that_cannot_be_is_said_so() -> None:
    with pytest.raises(ConfigError, match="gate has no liquidations"):
        opened(Channel.LIQUIDATIONS)
    with pytest.raises(ConfigError, match="no interval of klines"):
        VENUES[SPOT].adapter().open([Subscription("X", Channel.KLINES, "7m")], 0)


def test_the_connection_is_kept_with_pings() -> None:
    adapter, _ = opened(Channel.TRADES)
    assert list(adapter.tick(15 * SECOND - 1)) == []
    assert requests(list(adapter.tick(15 * SECOND))) == [{"time": 15, "channel": "spot.ping"}]
    assert receive(adapter, push("spot.pong", None, "")) == []


def test_an_unknown_symbol_is_told_and_others_go_on() -> None:
    frame = answer("spot.obu", ["ob.NOPE_USDT.400"], "unknown currency pair: NOPE_USDT")
    adapter = VENUES[SPOT].adapter()
    wanted = [Subscription(name, Channel.BOOK) for name in ("NOPE_USDT", "BTC_USDT")]
    adapter.open(wanted, 0)
    reason = "unknown currency pair: NOPE_USDT (code 2)"
    assert receive(adapter, frame) == [
        FeedStatus("gate:NOPE_USDT", 0, FeedState.CONNECTING, reason)
    ]
    alone, _ = opened(Channel.BOOK, symbol="NOPE_USDT")
    with pytest.raises(Rejected, match="NOPE_USDT: unknown currency pair"):
        alone.receive(frame, 0)
    assert receive(alone, answer("spot.obu", ["ob.X_Y.400"], "Alert sub ob.X_Y.400")) == []


def test_symbols_that_are_refused_together_are_asked_for_one_by_one() -> None:
    adapter, wishes = VENUES[SPOT].adapter(), ["ob.NOPE_USDT.400", "ob.BTC_USDT.400"]
    adapter.open([Subscription(name, Channel.BOOK) for name in ("NOPE_USDT", "BTC_USDT")], 0)
    frame = answer("spot.obu", wishes, "unknown currency pair: NOPE_USDT")
    asked = requests(receive(adapter, frame))
    assert [one["payload"] for one in asked] == [[wish] for wish in wishes]
    assert {one["event"] for one in asked} == {"subscribe"}


def test_history_of_spot_is_told_in_base_and_quote_currency() -> None:
    adapter, outputs = opened(Channel.KLINES)
    (path,) = fetches(outputs)
    rows = [[str(T // 1000), "50", "2", "3", "0.5", "1", "5", "true"]]
    (bar,) = adapter.receive_body(path, json.dumps(rows).encode(), 0)
    assert isinstance(bar, Kline)
    assert (bar.open, bar.high, bar.low, bar.close) == (1.0, 3.0, 0.5, 2.0)
    assert (bar.volume, str(bar.quote_volume), bar.closed) == (5.0, "50.0", True)


def test_a_busy_venue_is_asked_again_later() -> None:
    adapter, outputs = opened(Channel.KLINES)
    (path,) = fetches(outputs)
    busy, unknown = ({"label": label, "message": "m"} for label in ("TOO_MANY_REQUESTS", "BAD"))
    assert list(adapter.receive_body(path, json.dumps(busy).encode(), 0)) == []
    assert fetches(list(adapter.tick(SECOND))) == [path]
    with pytest.raises(MalformedFrame):
        adapter.receive_body(path, b"<html>", 0)
    with pytest.raises(Rejected, match=r"BTC_USDT: m \(BAD\)"):
        adapter.receive_body(path, json.dumps(unknown).encode(), 0)


def test_contracts_that_are_traded_in_parts_have_such_lots() -> None:
    row = {"name": "BTC_USDT", "order_price_round": "0.1", "quanto_multiplier": "0.0001"}
    path = "/api/v4/futures/usdt/contracts/BTC_USDT"
    for least, lot in ((1, "1"), ("0.1", "0.1")):
        body = json.dumps(row | {"order_size_min": least, "type": "direct"})
        (listing,) = parse(FUTURES, body, path)
        assert isinstance(listing, Listing)
        assert str(listing.listed.lot_size) == lot
        assert str(listing.listed.contract_size) == "0.0001"
        assert (listing.listed.base, listing.listed.quote) == ("BTC", "USDT")


def _recorded() -> list[str]:
    """Frames as they were recorded."""
    paths = sorted(CAPTURES.glob("gate/*.jsonl"))
    rows = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    return [row["raw"] for row in rows if row["raw"][0] == "{"]


VALID = [spot_trade(1), obu(50), obu(51, 51), candle(T), answer("spot.obu", ["X"]), *_recorded()]
PATHS = [
    "",
    "/",
    "/api/v4/spot/candlesticks?currency_pair=X&interval=1m",
    "/api/v4/futures/usdt/contracts",
    "/api/v4/spot/order_book?currency_pair=BTC_USDT",
    "/api/v4/futures/usdt/order_book?contract=BTC_USDT",
    "/api/v4/futures/usdt/trades",
]


@given(
    st.sampled_from([SPOT, FUTURES]),
    spoilt(VALID, "channel", "result", "event", "time", "a"),
    st.sampled_from(PATHS),
)
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    venue: str, payloads: list[bytes | str], path: str
) -> None:
    check(venue, payloads, path)
