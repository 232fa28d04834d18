"""The Kraken futures adapter, frame by frame. Frames here are hand-made: faults and corners
that no capture holds. What real traffic means is tested in test_captures_kraken.py.
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
from market.instrument import Instrument, Kind
from tests.spoiling import check, recorded, spoilt

FUTURES, PI = "kraken-futures", "PI_XBTUSD"
NAME = f"{FUTURES}:{PI}"
MS, SECOND = 1_000_000, 1_000_000_000
AT = 1_700_000_040_000
"""A full minute in ms."""
CHART = f"/api/charts/v1/trade/{PI}/1m"
LIST = "/derivatives/api/v3/instruments"


def whole(seq: int, **other: Any) -> str:  # Any: the JSON of a payload
    sides = {"bids": [{"price": 99.5, "qty": 10.0}], "asks": [{"price": 100.0, "qty": 20.0}]}
    head = {"feed": "book_snapshot", "product_id": PI, "timestamp": AT, "seq": seq}
    return json.dumps(head | {"tickSize": None} | sides | other)


def change(seq: int, **other: Any) -> str:  # Any: the JSON of a payload
    level = {"side": "buy", "price": 99.5, "qty": 0.0, "timestamp": AT + seq}
    return json.dumps({"feed": "book", "product_id": PI, "seq": seq} | level | other)


def trade(seq: int, **other: Any) -> dict[str, Any]:  # Any: the JSON of a payload
    row = {"feed": "trade", "product_id": PI, "uid": f"uid-{seq}", "side": "buy", "type": "fill"}
    return row | {"seq": seq, "time": AT, "qty": 300.0, "price": 100.5} | other


def day(**other: Any) -> str:  # Any: the JSON of a payload
    row = {"feed": "ticker", "time": AT, "product_id": PI, "bid": 99.5, "ask": 100.0}
    row |= {"bid_size": 10.0, "ask_size": 20.0, "volume": 500.0, "last": 99.7, "index": 99.6}
    row |= {"openInterest": 7000.0, "markPrice": 99.65, "relative_funding_rate": -1e-6}
    row |= {"funding_rate": -6e-11, "next_funding_rate_time": AT + 9, "volumeQuote": 500.5}
    return json.dumps(row | {"open": 98.0, "high": 101.0, "low": 97.0} | other)


def opened(*channels: Channel, symbols: Sequence[str] = (PI,)) -> Adapter:
    adapter = VENUES[FUTURES].adapter()
    adapter.open([Subscription(name, one, "1m") for name in symbols for one in channels], 0)
    return adapter


def live() -> Adapter:
    adapter = opened(Channel.BOOK)
    assert states(receive(adapter, whole(10))) == [FeedState.LIVE]
    return adapter


def receive(adapter: Adapter, *frames: str | dict[str, Any], now: int = 0) -> list[Output]:
    texts = [text if isinstance(text, str) else json.dumps(text) for text in frames]
    return [output for text in texts for output in adapter.receive(text, now)]


def parse(payload: str, path: str | None = None, now: int = 7) -> list[Event | Ignored]:
    return list(VENUES[FUTURES].parser().parse(payload, now, path))


def states(outputs: Iterable[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def sent(outputs: Iterable[Output]) -> list[dict[str, Any]]:  # Any: the JSON of a request
    return [json.loads(output.frame) for output in outputs if isinstance(output, Send)]


def fetches(outputs: Iterable[Output]) -> list[str]:
    return [output.path for output in outputs if isinstance(output, Fetch)]


def test_what_is_wanted_is_subscribed_once_and_fetched() -> None:
    adapter = VENUES[FUTURES].adapter()
    channels = [Channel.TRADES, Channel.LIQUIDATIONS, Channel.BOOK, Channel.TICKER]
    wanted = [Subscription(PI, channel) for channel in [*channels, Channel.MARK_PRICE]]
    outputs = list(adapter.open([*wanted, Subscription(PI, Channel.KLINES, "2h")], AT * MS))
    assert [(request["feed"], request.get("product_ids")) for request in sent(outputs)] == [
        ("heartbeat", None),
        ("trade", [PI]),
        ("book", [PI]),
        ("ticker", [PI]),
    ]
    since = AT // 1000 - 500 * 3600
    assert fetches(outputs) == [LIST, f"/api/charts/v1/trade/{PI}/1h?from={since}"]


def test_a_book_is_live_with_its_first_message_and_follows_its_counter() -> None:
    adapter = live()
    (delta,) = receive(adapter, change(11))
    assert delta == BookDelta(NAME, (AT + 11) * MS, 0, [(99.5, 0.0)], [], 11, 10)
    (sold,) = receive(adapter, change(12, side="sell", price=100.5, qty=5.0))
    assert isinstance(sold, BookDelta)
    assert (sold.bids, sold.asks) == ([], [(100.5, 5.0)])


def test_a_change_left_out_is_a_gap_at_the_next() -> None:
    adapter = live()
    outputs = receive(adapter, change(12), now=60 * SECOND)
    assert states(outputs) == [FeedState.GAP]
    assert [output.instrument for output in outputs if isinstance(output, Resync)] == [NAME]
    assert [request["event"] for request in sent(outputs)] == ["unsubscribe", "subscribe"]
    assert receive(adapter, change(13)) == []
    assert states(receive(adapter, whole(20))) == [FeedState.LIVE]
    assert len(receive(adapter, change(21))) == 1


@pytest.mark.parametrize("bad", [-1, 1e400, "1", None])
def test_a_spoilt_change_is_a_gap_at_the_next(bad: object) -> None:
    adapter = live()
    for spoilt_change in (change(11, qty=bad), change(11, price=bad)):
        with pytest.raises(MalformedFrame):
            adapter.receive(spoilt_change, 0)
    assert states(receive(adapter, change(12))) == [FeedState.GAP]


def test_levels_of_no_size_are_no_part_of_a_whole_book() -> None:
    gone = [{"price": 99.0, "qty": 0}, {"price": 98.0, "qty": 1}]
    (snapshot,) = parse(whole(5, bids=gone))
    assert isinstance(snapshot, BookSnapshot)
    assert snapshot.bids == [(98.0, 1.0)]


def test_trades_are_told_once_in_order_and_missed_when_missing() -> None:
    adapter = opened(Channel.TRADES)
    snapshot = {"feed": "trade_snapshot", "product_id": PI, "trades": [trade(7), trade(6)]}
    first = receive(adapter, snapshot, trade(7), trade(8))
    assert [event.id for event in first if isinstance(event, Trade)] == ["uid-6", "uid-7", "uid-8"]
    outputs = receive(adapter, trade(11))
    assert states(outputs) == [FeedState.GAP, FeedState.LIVE]
    assert isinstance(outputs[0], FeedStatus)
    assert outputs[0].reason == "2 trades missing"
    adapter.open([Subscription(PI, Channel.TRADES)], 1)
    again = receive(adapter, {**snapshot, "trades": [trade(12), trade(11)]})
    assert [event.id for event in again if isinstance(event, Trade)] == ["uid-12"]


def test_a_forced_trade_is_a_trade_and_a_liquidation_as_wanted() -> None:
    forced = trade(5, type="liquidation", side="sell")
    print_, liquidation = parse(json.dumps(forced))
    assert print_ == Trade(NAME, AT * MS, 7, "uid-5", 100.5, 300.0, Side.SELL)
    assert liquidation == Liquidation(NAME, AT * MS, 7, 100.5, 300.0, Side.SELL)
    for channel, kind in ((Channel.TRADES, Trade), (Channel.LIQUIDATIONS, Liquidation)):
        assert [type(event) for event in receive(opened(channel), forced)] == [kind]


@pytest.mark.parametrize("kind", ["assignment", "termination", "block"])
def test_what_was_not_traded_in_the_market_is_left_out(kind: str) -> None:
    adapter = opened(Channel.TRADES)
    outputs = receive(adapter, trade(1), trade(2, type=kind), trade(3))
    assert [event.id for event in outputs if isinstance(event, Trade)] == ["uid-1", "uid-3"]
    assert states(outputs) == []


def test_a_ticker_states_what_is_wanted_of_it() -> None:
    name, time = NAME, AT * MS
    expected: dict[Channel, list[object]] = {
        Channel.TICKER: [Ticker(name, time, 0, 99.7, 98.0, 101.0, 97.0, 500.0, Decimal("500.5"))],
        Channel.BOOK_TICKER: [BookTicker(name, time, 0, 99.5, 10.0, 100.0, 20.0, None)],
        Channel.MARK_PRICE: [
            MarkPrice(name, time, 0, 99.65, 99.6),
            OpenInterest(name, time, 0, 7000.0),
            FundingRate(name, time, 0, -1e-6, (AT + 9) * MS),
        ],
    }
    for channel, events in expected.items():
        assert receive(opened(channel), day()) == events
    assert parse(day(), now=0) == [event for events in expected.values() for event in events]


def test_a_dated_contract_pays_no_funding() -> None:
    dated = json.loads(day())
    for field in ("relative_funding_rate", "funding_rate", "next_funding_rate_time"):
        del dated[field]
    kinds = [type(event) for event in receive(opened(Channel.MARK_PRICE), dated)]
    assert kinds == [MarkPrice, OpenInterest]


def candles(*starts: int) -> str:
    prices = {"open": "1", "high": "2", "low": "0.5", "close": "1.5", "volume": "9"}
    return json.dumps({"candles": [{"time": start} | prices for start in starts]})


def test_bars_are_asked_for_again_and_again_over_one_key() -> None:
    adapter = opened(Channel.KLINES)
    asked = [
        output
        for second in range(0, 61, 10)
        for output in adapter.tick(second * SECOND)
        if isinstance(output, Fetch)
    ]
    # The first answer is awaited meanwhile, and asked for again when it does not come.
    assert len(asked) == 3 + 2
    assert {fetch.key for fetch in asked if "from=0" in fetch.path} == {CHART}
    bars = adapter.receive_body(CHART, candles(AT, AT + 60_000).encode(), (AT + 61_000) * MS)
    assert [bar.closed for bar in bars if isinstance(bar, Kline)] == [True, False]
    first = next(bar for bar in bars if isinstance(bar, Kline))
    assert (first.instrument, first.interval, first.volume) == (NAME, "1m", 9.0)
    assert (first.start, first.end) == (AT * MS, (AT + 60_000) * MS)


def test_bars_of_other_prices_than_those_of_trades_are_left_out() -> None:
    (said,) = parse(candles(AT), f"/api/charts/v1/mark/{PI}/1m")
    assert isinstance(said, Ignored)


def test_the_venue_is_pinged_twice_a_minute() -> None:
    adapter = opened(Channel.TRADES)
    pings = [len(sent(adapter.tick(second * SECOND))) for second in range(0, 121, 10)]
    assert sum(pings) == 4
    assert receive(adapter, '{"event":"pong"}', '{"feed":"heartbeat","time":1}') == []


def test_a_refusal_is_told_in_the_venues_words_and_other_alerts_are_counted() -> None:
    for text in ("Invalid product id", "Invalid feed"):
        with pytest.raises(Rejected, match=f"kraken-futures: {text}"):
            receive(live(), {"event": "error", "message": text})
    with pytest.raises(MalformedFrame, match="alert: Bad request"):
        receive(live(), {"event": "alert", "message": "Bad request"})


def listed(*symbols: str, **other: Any) -> bytes:  # Any: the JSON of a payload
    row = {"type": "futures_inverse", "tickSize": 0.5, "contractSize": 1, "base": "BTC"}
    rows = [{"symbol": symbol, "quote": "USD"} | row | other for symbol in symbols]
    return json.dumps({"result": "success", "instruments": rows}).encode()


def test_a_listing_tells_the_grids_and_what_a_contract_is_worth() -> None:
    adapter = opened(Channel.BOOK)
    (listing,) = adapter.receive_body(LIST, listed("pi_xbtusd", "pi_ethusd"), 0)
    assert isinstance(listing, Listing)
    grids = (Decimal("0.5"), Decimal(1))
    inverse = Instrument(FUTURES, PI, *grids, "BTC", "USD", Kind.INVERSE, Decimal(1))
    assert listing.listed == inverse
    flexible = {"type": "flexible_futures", "tickSize": 1e-10, "contractValueTradePrecision": -3}
    (linear,) = parse(listed("PF_PEPEUSD", **flexible).decode(), LIST)
    assert isinstance(linear, Listing)
    assert linear.listed.kind is Kind.LINEAR
    assert linear.listed.contract_size is None
    assert (linear.listed.tick_size, linear.listed.lot_size) == (Decimal("1e-10"), Decimal(1000))


def test_a_list_without_sides_is_read_by_the_symbols() -> None:
    (listing,) = parse(listed("fi_xbtusd_210924", base="", quote="").decode(), LIST)
    assert isinstance(listing, Listing)
    assert (listing.listed.base, listing.listed.quote) == ("BTC", "USD")


def test_an_unknown_symbol_is_named_and_the_nearest_suggested() -> None:
    with pytest.raises(Rejected, match='PI_XBTUSDD: no such symbol; did you mean "PI_XBTUSD"'):
        opened(Channel.BOOK, symbols=["PI_XBTUSDD"]).receive_body(LIST, listed(PI), 0)
    both = opened(Channel.BOOK, symbols=[PI, "ZZ_FOO"])
    listing, status = both.receive_body(LIST, listed(PI), 0)
    assert isinstance(listing, Listing)
    name = f"{FUTURES}:ZZ_FOO"
    assert status == FeedStatus(name, 0, FeedState.CONNECTING, "no such symbol")


def test_instruments_are_not_listed_again_within_minutes() -> None:
    adapter = opened(Channel.BOOK)
    adapter.receive_body(LIST, listed(PI), 0)
    wanted = [Subscription(PI, Channel.BOOK)]
    assert fetches(adapter.open(wanted, 60 * SECOND)) == []
    assert fetches(adapter.open(wanted, 3600 * SECOND)) == [LIST]


def test_a_body_that_is_not_json_is_asked_for_again_and_a_refused_one_is_not() -> None:
    adapter = opened(Channel.BOOK)
    with pytest.raises(MalformedFrame):
        adapter.receive_body(LIST, b"<html>busy</html>", 0)
    assert fetches(adapter.tick(SECOND)) == [LIST]
    with pytest.raises(Rejected, match="notFound"):
        adapter.receive_body(LIST, b'{"result":"error","error":"notFound"}', SECOND)
    assert fetches(adapter.tick(3600 * SECOND)) == []


VALID = [
    whole(5),
    change(6),
    json.dumps(trade(7)),
    json.dumps({"feed": "trade_snapshot", "product_id": PI, "trades": [trade(7), trade(6)]}),
    day(),
    candles(AT, AT + 60_000),
    listed(PI).decode(),
    *recorded("kraken/samples.jsonl", "kraken/expected.jsonl"),
]
PATHS = ["", "/", CHART, LIST, "/derivatives/api/v3/history?symbol=pi_xbtusd"]


@given(spoilt(VALID), st.sampled_from(PATHS))
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    payloads: list[bytes | str], path: str
) -> None:
    check(FUTURES, payloads, path)
