"""The Deribit adapter, frame by frame. Frames here are hand-made: they are faults and corners that
no capture holds. What real traffic means is tested in test_captures_deribit.py.
"""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Adapter, Channel, Fetch, Ignored, Output, Resync, Send, Subscription
from feeds.errors import MalformedFrame, Rejected
from feeds.exchanges.deribit.adapter import PAUSE
from feeds.exchanges.deribit.names import is_combination, is_inverse, is_option
from feeds.inband import ANSWER
from feeds.registry import VENUES, parse_instrument
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
from market.instrument import Instrument, Kind
from tests.spoiling import check, recorded, spoilt

DERIBIT, PERPETUAL = "deribit", "BTC-PERPETUAL"
NAME = f"{DERIBIT}:{PERPETUAL}"
MS, SECOND = 1_000_000, 1_000_000_000
AT = 1_700_000_040_000
"""A full minute in ms."""
LISTING = f"/api/v2/public/get_instrument?instrument_name={PERPETUAL}"
CHART = f"/api/v2/public/get_tradingview_chart_data?instrument_name={PERPETUAL}"
BOOK = f"book.{PERPETUAL}.100ms"


def push(channel: str, data: object) -> str:
    params = {"channel": channel, "data": data}
    return json.dumps({"jsonrpc": "2.0", "method": "subscription", "params": params})


def book(kind: str, number: int, previous: int = 0, **other: Any) -> str:  # Any: a payload's JSON
    row = {"type": kind, "timestamp": AT + number, "instrument_name": PERPETUAL}
    row |= {"change_id": number} | ({"prev_change_id": previous} if previous else {})
    levels = {"bids": [["new", 99.5, 10]], "asks": [["new", 100.0, 30]]}
    return push(other.pop("channel", BOOK), row | levels | other)


def trade(number: int, **other: Any) -> dict[str, Any]:  # Any: the JSON of a payload
    row = {"trade_seq": number, "trade_id": f"t{number}", "timestamp": AT, "price": 100.5}
    return row | {"instrument_name": PERPETUAL, "direction": "buy", "amount": 20.0} | other


def trades(*rows: dict[str, Any]) -> str:
    return push(f"trades.{PERPETUAL}.100ms", list(rows))


def day(**other: Any) -> str:  # Any: the JSON of a payload
    row: dict[str, Any] = {"timestamp": AT, "instrument_name": PERPETUAL, "mark_price": 101.0}
    return push(f"ticker.{other.get('instrument_name', PERPETUAL)}.100ms", row | other)


def candle(start: int, **other: Any) -> str:  # Any: the JSON of a payload
    row = {"tick": start, "open": 1.0, "high": 2.0, "low": 1.0, "close": 2.0}
    symbol = other.pop("symbol", PERPETUAL)
    return push(f"chart.trades.{symbol}.1", row | {"volume": 0.1, "cost": 30.0} | other)


def opened(*channels: Channel, symbols: Sequence[str] = (PERPETUAL,)) -> Adapter:
    adapter = VENUES[DERIBIT].adapter()
    adapter.open([Subscription(name, one, "1m") for name in symbols for one in channels], 0)
    return adapter


def live() -> Adapter:
    adapter = opened(Channel.BOOK)
    assert states(receive(adapter, book("snapshot", 5))) == [FeedState.LIVE]
    return adapter


def receive(adapter: Adapter, *frames: str, now: int = 0) -> list[Output]:
    return [output for text in frames for output in adapter.receive(text, now)]


def parse(payload: str | bytes, path: str | None = None, now: int = 7) -> list[Event | Ignored]:
    return list(VENUES[DERIBIT].parser().parse(payload, now, path))


def states(outputs: Iterable[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def calls(outputs: Iterable[Output]) -> list[tuple[str, Any]]:
    """Method and parameters of each request; Any: their JSON."""
    sent = [json.loads(output.frame) for output in outputs if isinstance(output, Send)]
    return [(call["method"].removeprefix("public/"), call["params"]) for call in sent]


def fetches(outputs: Iterable[Output]) -> list[str]:
    return [output.path for output in outputs if isinstance(output, Fetch)]


@pytest.mark.parametrize(
    ("symbol", "kinds"),
    [
        ("BTC-PERPETUAL", (True, False, False)),
        ("ETH-25JUN21", (True, False, False)),
        ("BTC_USDC-PERPETUAL", (False, False, False)),
        ("BTC_USDC", (False, False, False)),
        ("BTC-24SEP21-8000-P", (False, True, False)),
        ("MATIC_USDC-9MAR24-1d02-C", (False, True, False)),
        ("BTC-FS-30SEP22_PERP", (False, False, True)),
        ("BTC-STRD-30SEP22-20000", (False, False, True)),
        ("BTC-CSR12-16SEP22-21000_23000", (False, False, True)),
    ],
)
def test_a_symbol_tells_what_kind_of_instrument_it_is(
    symbol: str, kinds: tuple[bool, bool, bool]
) -> None:
    assert (is_inverse(symbol), is_option(symbol), is_combination(symbol)) == kinds
    if not is_combination(symbol):
        assert parse_instrument(f"{DERIBIT}:{symbol}") == (DERIBIT, symbol)


def test_each_wish_is_a_channel_and_none_is_asked_for_twice() -> None:
    adapter = VENUES[DERIBIT].adapter()
    wanted = [Subscription(PERPETUAL, one, "4h") for one in VENUES[DERIBIT].paths]
    outputs = list(adapter.open(wanted, AT * MS))
    heartbeat, subscribe = calls(outputs)
    assert heartbeat == ("set_heartbeat", {"interval": 30})
    channels = ["trades.X.100ms", "book.X.100ms", "quote.X", "chart.trades.X.120", "ticker.X.100ms"]
    expected = [channel.replace("X", PERPETUAL) for channel in channels]
    assert subscribe == ("subscribe", {"channels": expected})
    start = AT - 1000 * 7200_000
    span = f"&start_timestamp={start}&end_timestamp={AT}&resolution=120"
    assert fetches(outputs) == [LISTING, CHART + span]


def test_many_channels_are_subscribed_in_few_frames() -> None:
    adapter = VENUES[DERIBIT].adapter()
    wanted = [Subscription(f"C{number}_USDC", Channel.TRADES) for number in range(200)]
    (_, *asked) = calls(adapter.open(wanted, 0))
    assert [len(params["channels"]) for _, params in asked] == [100, 100]


def test_a_test_request_is_answered() -> None:
    frame = '{"params":{"type":"test_request"},"method":"heartbeat","jsonrpc":"2.0"}'
    assert calls(receive(opened(Channel.TRADES), frame)) == [("test", {})]
    assert receive(opened(Channel.TRADES), frame.replace("test_request", "heartbeat")) == []
    answer = '{"jsonrpc":"2.0","id":0,"result":{"version":"1.2.26"},"usIn":1,"usOut":2}'
    assert receive(opened(Channel.TRADES), answer) == []
    assert all(isinstance(event, Ignored) for event in parse(answer))


def test_a_book_is_live_with_its_first_message_and_follows_its_pointers() -> None:
    adapter = live()
    (delta,) = receive(adapter, book("change", 9, 5, bids=[["delete", 99.5, 0.0]], asks=[]))
    assert delta == BookDelta(NAME, (AT + 9) * MS, 0, [(99.5, 0.0)], [], 9, 5)


def test_what_is_deleted_has_no_size_whatever_is_written_there() -> None:
    (delta,) = receive(live(), book("change", 9, 5, bids=[["delete", 99.5, 4.0]], asks=[]))
    assert isinstance(delta, BookDelta)
    assert delta.bids == [(99.5, 0.0)]


def test_a_change_that_follows_on_nothing_is_the_whole_of_a_new_book() -> None:
    (snapshot, status) = receive(opened(Channel.BOOK), book("change", 9))
    assert isinstance(snapshot, BookSnapshot)
    assert states([status]) == [FeedState.LIVE]


def test_a_dropped_change_is_a_gap_at_the_next_and_the_book_is_asked_for_again() -> None:
    adapter = live()
    outputs = receive(adapter, book("change", 9, 7), now=60 * SECOND)
    assert states(outputs) == [FeedState.GAP]
    assert [output.instrument for output in outputs if isinstance(output, Resync)] == [NAME]
    assert calls(outputs) == [
        ("unsubscribe", {"channels": [BOOK]}),
        ("subscribe", {"channels": [BOOK]}),
    ]
    assert receive(adapter, book("change", 11, 9)) == []
    assert states(receive(adapter, book("snapshot", 20))) == [FeedState.LIVE]
    assert len(receive(adapter, book("change", 21, 20))) == 1


def test_a_spoilt_change_is_a_gap_at_the_next() -> None:
    adapter = live()
    with pytest.raises(MalformedFrame):
        adapter.receive(book("change", 9, 5, bids=[["new", 99.5, -1]]), 0)
    assert states(receive(adapter, book("change", 11, 9))) == [FeedState.GAP]


def test_a_snapshot_that_does_not_come_is_asked_for_again() -> None:
    adapter = opened(Channel.BOOK)
    assert calls(adapter.tick(ANSWER - 1)) == []
    assert [method for method, _ in calls(adapter.tick(ANSWER))] == ["unsubscribe", "subscribe"]


def test_books_of_other_intervals_have_numbers_of_their_own() -> None:
    adapter = live()
    assert receive(adapter, book("snapshot", 7, channel=f"book.{PERPETUAL}.agg2")) == []
    assert receive(adapter, book("change", 8, 7, channel=f"book.{PERPETUAL}.agg2")) == []
    assert len(receive(adapter, book("change", 9, 5))) == 1


def test_twenty_levels_are_a_snapshot_where_no_changes_are_followed() -> None:
    levels = {"bids": [[99.5, 10]], "asks": [[100.0, 30]]}
    row = {"timestamp": AT, "instrument_name": PERPETUAL, "change_id": 4} | levels
    top = push(f"book.{PERPETUAL}.none.20.100ms", row)
    snapshot, status = receive(VENUES[DERIBIT].adapter(), top)
    assert snapshot == BookSnapshot(NAME, AT * MS, 0, [(99.5, 10.0)], [(100.0, 30.0)], 4)
    assert states([status]) == [FeedState.SNAPSHOT_ONLY]
    assert receive(live(), top) == []


def test_a_new_connection_forgets_the_book_of_the_last() -> None:
    adapter = live()
    outputs = list(adapter.open([Subscription(PERPETUAL, Channel.BOOK)], 1))
    assert states(outputs) == [FeedState.SYNCING]
    assert receive(adapter, book("change", 9, 5)) == []


def test_a_trade_has_the_takers_side_and_is_told_once() -> None:
    adapter = opened(Channel.TRADES)
    bought, sold = receive(adapter, trades(trade(6, direction="sell"), trade(5)), trades(trade(5)))
    assert bought == Trade(NAME, AT * MS, 0, "t5", 100.5, 20.0, Side.BUY)
    assert isinstance(sold, Trade)
    assert sold.side is Side.SELL
    adapter.open([Subscription(PERPETUAL, Channel.TRADES)], 1)
    assert receive(adapter, trades(trade(6))) == []


def test_trades_that_are_missing_are_told_and_the_book_is_as_good_as_before() -> None:
    adapter = opened(Channel.TRADES, Channel.BOOK)
    receive(adapter, book("snapshot", 5), trades(trade(5)))
    gap, again, last = receive(adapter, trades(trade(8)))
    assert isinstance(gap, FeedStatus)
    assert gap.reason == "2 trades missing"
    assert states([gap, again]) == [FeedState.GAP, FeedState.LIVE]
    assert isinstance(last, Trade)


@pytest.mark.parametrize("other", [{"block_trade_id": "b"}, {"combo_id": "c"}])
def test_what_was_agreed_elsewhere_is_no_trade_of_the_book_but_is_counted(
    other: dict[str, str],
) -> None:
    adapter = opened(Channel.TRADES)
    outputs = receive(adapter, trades(trade(5)), trades(trade(6, **other)), trades(trade(7)))
    assert [type(output) for output in outputs] == [Trade, Trade]
    assert all(isinstance(event, Ignored) for event in parse(trades(trade(6, **other))))


@pytest.mark.parametrize(
    ("whose", "sides"), [("T", [Side.BUY]), ("M", [Side.SELL]), ("MT", [Side.SELL, Side.BUY])]
)
def test_a_liquidation_has_the_side_of_the_order_that_was_forced(
    whose: str, sides: list[Side]
) -> None:
    (_, *forced) = parse(trades(trade(5, liquidation=whose)))
    assert forced == [Liquidation(NAME, AT * MS, 7, 100.5, 20.0, side) for side in sides]


def test_trades_and_liquidations_are_told_where_they_were_asked_for() -> None:
    frame = trades(trade(5, liquidation="T"))
    (alone,) = receive(opened(Channel.LIQUIDATIONS), frame)
    assert isinstance(alone, Liquidation)
    (trade_alone,) = receive(opened(Channel.TRADES), frame)
    assert isinstance(trade_alone, Trade)
    assert len(receive(opened(Channel.TRADES, Channel.LIQUIDATIONS), frame)) == 2


def test_a_ticker_states_mark_funding_and_open_interest() -> None:
    frame = day(index_price=100.0, current_funding=-0.001, open_interest=500)
    assert receive(opened(Channel.MARK_PRICE), frame) == [
        MarkPrice(NAME, AT * MS, 0, 101.0, 100.0),
        FundingRate(NAME, AT * MS, 0, -0.001, None),
        OpenInterest(NAME, AT * MS, 0, 500.0),
    ]
    best = parse(day(best_bid_price=None, best_bid_amount=0, best_ask_price=5, best_ask_amount=2))
    assert best[-1] == BookTicker(NAME, AT * MS, 7, 0.0, 0.0, 5.0, 2.0, None)


@pytest.mark.parametrize(
    ("symbol", "volume", "worth"),
    [
        (PERPETUAL, 3000.0, Decimal(3000)),
        ("BTC_USDC-PERPETUAL", 30.0, Decimal(3000)),
        ("BTC-24SEP21-8000-P", 30.0, None),
    ],
)
def test_a_day_has_its_volume_in_the_unit_of_sizes(
    symbol: str, volume: float, worth: Decimal | None
) -> None:
    stats = {"volume": 30, "volume_usd": 3000, "price_change": 10.0, "low": 90.0, "high": 120.0}
    stated = parse(day(instrument_name=symbol, last_price=110.0, stats=stats))
    (ticker,) = [event for event in stated if isinstance(event, Ticker)]
    prices = (110.0, 100.0, 120.0, 90.0)
    base = 30.0 if symbol == PERPETUAL else None
    assert ticker == Ticker(f"{DERIBIT}:{symbol}", AT * MS, 7, *prices, volume, worth, base)
    nothing = dict.fromkeys(stats)
    assert not any(isinstance(event, Ticker) for event in parse(day(last_price=1, stats=nothing)))


def test_a_bar_is_over_when_the_next_has_begun() -> None:
    adapter = opened(Channel.KLINES)
    (first,) = receive(adapter, candle(AT), now=AT * MS)
    assert isinstance(first, Kline)
    assert (first.interval, first.start, first.end) == ("1m", AT * MS, (AT + 60_000) * MS)
    assert (first.volume, first.quote_volume, first.closed) == (30.0, Decimal("30.0"), False)
    over, second = receive(adapter, candle(AT + 60_000), now=(AT + 60_000) * MS)
    assert isinstance(over, Kline)
    assert isinstance(second, Kline)
    assert (over.start, over.closed) == (first.start, True)
    assert (second.start, second.closed) == (first.end, False)
    assert receive(adapter, candle(AT)) == []
    (linear,) = parse(candle(AT, symbol="BTC_USDC-PERPETUAL"))
    assert isinstance(linear, Kline)
    assert linear.volume == 0.1


def chart(**other: object) -> str:
    columns = {name: [1.0, 2.0] for name in ("open", "high", "low", "close", "volume", "cost")}
    result: dict[str, object] = {"status": "ok", "ticks": [AT, AT + 60_000]}
    return json.dumps({"jsonrpc": "2.0", "result": result | columns | other})


def test_history_is_read_by_column() -> None:
    path = f"{CHART}&start_timestamp=1&end_timestamp=2&resolution=1"
    bars = parse(chart(), path, (AT + 90_000) * MS)
    assert [(bar.start, bar.closed) for bar in bars if isinstance(bar, Kline)] == [
        (AT * MS, True),
        ((AT + 60_000) * MS, False),
    ]
    with pytest.raises(MalformedFrame, match="different lengths"):
        parse(chart(cost=[1.0]), path)


def listed(**other: object) -> str:
    row = {"instrument_name": PERPETUAL, "kind": "future", "tick_size": 0.5}
    names = {"base_currency": "BTC", "quote_currency": "USD", "min_trade_amount": 10.0}
    return json.dumps({"jsonrpc": "2.0", "result": row | names | other})


def test_a_listing_tells_what_sizes_are_in() -> None:
    adapter = opened(Channel.BOOK)
    (listing,) = adapter.receive_body(LISTING, listed().encode(), 0)
    assert isinstance(listing, Listing)
    grid = (Decimal("0.5"), Decimal(10))
    names = ("BTC", "USD")
    inverse = Instrument(DERIBIT, PERPETUAL, *grid, *names, Kind.INVERSE, Decimal(1))
    assert listing.listed == inverse
    (linear,) = parse(listed(instrument_name="BTC_USDC-PERPETUAL"), LISTING)
    (spot,) = parse(listed(instrument_name="BTC_USDC", kind="spot"), LISTING)
    assert isinstance(linear, Listing)
    assert isinstance(spot, Listing)
    assert (linear.listed.kind, linear.listed.contract_size) == (Kind.LINEAR, None)
    assert (spot.listed.kind, spot.listed.contract_size) == (Kind.SPOT, None)
    for other in ({"kind": "future_combo"}, {"tick_size": 0}, {"instrument_name": "BTC-FS-A_B"}):
        assert all(isinstance(event, Ignored) for event in parse(listed(**other), LISTING))


def answer(ident: int, *channels: str) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": ident, "result": channels})


def refusal(ident: int | None, code: int, text: str = "no") -> str:
    return json.dumps({"jsonrpc": "2.0", "id": ident, "error": {"code": code, "message": text}})


def test_a_channel_that_is_not_in_the_answer_cannot_be_had() -> None:
    with pytest.raises(Rejected, match="deribit: BTC-PERPETUAL: no such symbol"):
        opened(Channel.BOOK).receive(answer(1), 0)
    adapter = opened(Channel.BOOK, Channel.TICKER, symbols=(PERPETUAL, "NOSUCH"))
    had = (BOOK, f"ticker.{PERPETUAL}.100ms")
    (status,) = receive(adapter, answer(1, *had))
    expected = FeedStatus("deribit:NOSUCH", 0, FeedState.CONNECTING, "no such symbol")
    assert status == expected
    assert [params for _, params in calls(adapter.tick(ANSWER))] == [{"channels": [BOOK]}] * 2


def test_a_busy_venue_is_asked_again_and_any_other_refusal_told() -> None:
    adapter = opened(Channel.TRADES)
    assert receive(adapter, refusal(1, 10028, "too_many_requests")) == []
    assert calls(adapter.tick(PAUSE - 1)) == []
    ((method, params),) = calls(adapter.tick(PAUSE))
    assert (method, params) == ("subscribe", {"channels": [f"trades.{PERPETUAL}.100ms"]})
    with pytest.raises(Rejected, match=r"raw_not_available \(code 13778\)"):
        adapter.receive(refusal(1, 13778, "raw_not_available"), 0)
    assert receive(adapter, refusal(None, 10028)) == []


def test_an_unknown_symbol_is_told_and_a_busy_service_asked_again() -> None:
    adapter = opened(Channel.BOOK)
    assert list(adapter.receive_body(LISTING, refusal(1, 10028).encode(), 0)) == []
    assert fetches(adapter.tick(SECOND)) == [LISTING]
    with pytest.raises(Rejected, match="BTC-PERPETUAL: no such symbol"):
        adapter.receive_body(LISTING, refusal(1, 13020, "not_found").encode(), 0)
    with pytest.raises(MalformedFrame):
        adapter.receive_body(LISTING, b"<html>busy</html>", 0)


def test_combinations_are_not_followed_though_their_prices_be_below_zero() -> None:
    symbol = "BTC-FS-30SEP22_PERP"
    for frame in (
        day(instrument_name=symbol, best_bid_price=-7),
        push("trades.future_combo.BTC.100ms", [trade(5, instrument_name=symbol, price=-7)]),
    ):
        assert all(isinstance(event, Ignored) for event in parse(frame))
        assert receive(VENUES[DERIBIT].adapter(), frame) == []


@pytest.mark.parametrize("bad", [-1, "1", None, True, "nan"])
def test_no_price_or_size_is_ever_other_than_a_plain_amount(bad: object) -> None:
    adapter = live()
    for text in (
        trades(trade(1, price=bad)),
        trades(trade(1, amount=bad)),
        book("change", 9, 5, bids=[["new", bad, 1]]),
        book("change", 9, 5, bids=[["new", 1, bad]]),
        candle(AT, low=bad),
        candle(AT, cost=-1),
    ):
        with pytest.raises(MalformedFrame):
            adapter.receive(text, 0)


FOLLOWED = (
    "deribit/samples.jsonl",
    "deribit/expected.jsonl",
    "deribit/cf_20210722.jsonl.gz",
)
VALID = [
    book("snapshot", 5),
    book("change", 9, 5),
    trades(trade(5, liquidation="MT"), trade(6)),
    day(open_interest=5, current_funding=0.1, last_price=3, stats={"volume_usd": 3, "volume": 1}),
    candle(AT),
    chart(),
    listed(),
    answer(1, BOOK),
    refusal(1, 10028),
    *recorded(*FOLLOWED),
]
PATHS = [
    "",
    "/",
    LISTING,
    f"{CHART}&resolution=1",
    "/api/v2/public/get_instruments?currency=BTC",
    "/api/v2/public/get_order_book",
    "/api/v2/public/get_last_trades_by_instrument",
    "/api/v2/public/ticker",
]


@given(spoilt(VALID), st.sampled_from(PATHS))
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    payloads: list[bytes | str], path: str
) -> None:
    check(DERIBIT, payloads, path)
