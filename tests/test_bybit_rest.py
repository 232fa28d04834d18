"""What Bybit's REST service answers, and what the adapter asks it. Bodies here are hand-made."""

import json

import pytest

from feeds.adapter import Channel, Ignored, Subscription
from feeds.errors import MalformedFrame, Rejected
from feeds.registry import VENUES
from market.events import (
    BookSnapshot,
    FeedState,
    FeedStatus,
    Kline,
    Listing,
    OpenInterest,
    Trade,
)
from market.instrument import Kind
from tests.bybit import (
    INVERSE,
    LINEAR,
    MS,
    SECOND,
    SPOT,
    T,
    body,
    book,
    fetches,
    listing,
    listing_path,
    opened,
    parse,
    receive,
    refusal,
    states,
    trade,
)

LIST = "/v5/market/instruments-info?category=linear&limit=1000"
KLINES = "/v5/market/kline?category=linear&symbol=BTCUSDT&interval={}&limit=1000"
BOOK = "/v5/market/orderbook?category=linear&symbol=BTCUSDT&limit=1000"
TRADES = "/v5/market/recent-trade?category=linear&symbol=BTCUSDT"
MINUTE = 60_000


def bar(start: int, volume: str = "5") -> list[str]:
    return [str(start), "1", "3", "0.5", "2", volume, "10"]


def bars(*starts: int, time: int = T) -> bytes:
    rows = [bar(start) for start in starts]
    return body({"category": "linear", "symbol": "BTCUSDT", "list": rows}, time)


def print_row(ident: str, time: int, **other: object) -> dict[str, object]:
    row = {"execId": ident, "symbol": "BTCUSDT", "price": "10", "size": "1", "side": "Sell"}
    return row | {"time": str(time), "isBlockTrade": False} | other


def test_bars_come_newest_first_and_are_told_oldest_first() -> None:
    first = T - T % MINUTE
    rows = bars(first + 2 * MINUTE, first + MINUTE, first, time=first + 2 * MINUTE + 1)
    events = parse(LINEAR, rows, KLINES.format(1))
    told = [event for event in events if isinstance(event, Kline)]
    assert [event.start for event in told] == [(first + n * MINUTE) * MS for n in range(3)]
    assert [event.closed for event in told] == [True, True, False]
    assert {event.ts_event for event in told} == {(first + 2 * MINUTE + 1) * MS}
    assert {event.instrument for event in told} == {"bybit-linear:BTCUSDT"}


def test_a_month_ends_where_the_next_begins() -> None:
    december, january = 1_701_388_800_000, 1_704_067_200_000
    (event,) = parse(LINEAR, bars(december), KLINES.format("M"))
    assert isinstance(event, Kline)
    assert (event.interval, event.end) == ("1M", january * MS)


def test_bars_without_an_address_are_named_by_their_distance() -> None:
    day = 86_400_000
    events = parse(LINEAR, bars(T + 2 * day, T + day, T))
    assert [event.interval for event in events if isinstance(event, Kline)] == ["1d"] * 3
    (said,) = parse(LINEAR, bars(T))
    assert isinstance(said, Ignored)


def test_inverse_contracts_are_of_one_dollar() -> None:
    rows = body({"category": "inverse", "symbol": "BTCUSD", "list": [bar(T, "2000")]})
    (event,) = parse(INVERSE, rows, "/v5/market/kline?category=inverse&interval=1")
    assert isinstance(event, Kline)
    assert (event.volume, str(event.quote_volume)) == (2000.0, "2000")
    (listed,) = parse(INVERSE, listing("BTCUSD", category="inverse"))
    assert isinstance(listed, Listing)
    assert listed.listed.kind is Kind.INVERSE
    assert listed.listed.contract_size == 1


def test_a_listing_states_grids_and_coins() -> None:
    for venue, kind in ((SPOT, Kind.SPOT), (LINEAR, Kind.LINEAR)):
        category = venue.partition("-")[2] or "spot"
        (event,) = parse(venue, listing("BTCUSDT", category=category))
        assert isinstance(event, Listing)
        listed = event.listed
        assert (str(listed.tick_size), str(listed.lot_size)) == ("0.1", "0.001")
        assert (listed.base, listed.quote, listed.kind) == ("BTC", "USDT", kind)
        assert listed.contract_size is None


def test_a_body_about_another_market_states_nothing() -> None:
    (said,) = parse(SPOT, listing("BTCUSDT"))
    assert isinstance(said, Ignored)


def test_open_interest_of_the_past_is_counted_on_one_side() -> None:
    rows = [
        {"openInterest": "10", "singleOpenInterest": "4", "timestamp": str(T)},
        {"openInterest": "10", "timestamp": str(T - 1)},
        {"timestamp": str(T - 2)},
    ]
    path = "/v5/market/open-interest?category=linear&symbol=BTCUSDT"
    events = parse(LINEAR, body({"category": "linear", "list": rows}), path)
    sizes = [event.size for event in events if isinstance(event, OpenInterest)]
    assert sizes == [5.0, 4.0]
    assert isinstance(events[0], Ignored)


def test_trades_of_the_past_and_of_the_stream_are_told_once() -> None:
    adapter, _ = opened(Channel.TRADES)
    receive(adapter, trade("c"))
    rows = [print_row("c", T), print_row("b", T - 1, isBlockTrade=True), print_row("a", T - 2)]
    told = list(adapter.receive_body(TRADES, body({"category": "linear", "list": rows}), 0))
    assert [event.id for event in told if isinstance(event, Trade)] == ["a"]
    assert receive(adapter, trade("a")) == []


def test_a_book_of_rest_never_disturbs_one_that_is_followed() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, book("snapshot", 5))
    stated = {"s": "BTCUSDT", "b": [["1", "1"]], "a": [["2", "1"]], "ts": T, "u": 90, "seq": 1}
    assert list(adapter.receive_body(BOOK, body(stated), 0)) == []
    assert len(receive(adapter, book("delta", 6))) == 1
    alone = list(VENUES[LINEAR].adapter().receive_body(BOOK, body(stated), 0))
    assert isinstance(alone[0], BookSnapshot)
    assert states(alone) == [FeedState.SNAPSHOT_ONLY]


def test_an_instrument_is_announced_once_it_is_listed_and_seen() -> None:
    adapter = VENUES[LINEAR].adapter()
    assert list(adapter.receive_body(LIST, listing("BTCUSDT", "ETHUSDT"), 0)) == []
    first, second = receive(adapter, trade("a"))
    assert isinstance(first, Listing)
    assert first.instrument == "bybit-linear:BTCUSDT"
    assert isinstance(second, Trade)


def test_an_unknown_symbol_is_looked_for_in_the_whole_list_page_by_page() -> None:
    adapter, outputs = opened(Channel.BOOK, symbols=["BTCUSD"])
    assert fetches(outputs) == [listing_path("BTCUSD")]
    outputs = list(adapter.receive_body(listing_path("BTCUSD"), listing(), 0))
    assert fetches(outputs) == [LIST]
    outputs = list(adapter.receive_body(LIST, listing("AAAUSDT", cursor="first%3DA%26l%3DB"), 0))
    assert fetches(outputs) == [f"{LIST}&cursor=first%3DA%26l%3DB"]
    with pytest.raises(Rejected, match='BTCUSD: no such symbol; did you mean "BTCUSDT"'):
        adapter.receive_body(f"{LIST}&cursor=first%3DA%26l%3DB", listing("BTCUSDT"), 0)
    assert fetches(list(adapter.tick(10**18))) == []


def test_one_unknown_symbol_does_not_take_the_others_down() -> None:
    adapter, _ = opened(Channel.BOOK, symbols=["BTCUSDT", "NOSUCH"])
    invalid = refusal(10001, "params error: symbol invalid NOSUCH")
    outputs = list(adapter.receive_body(listing_path("NOSUCH"), invalid, 0))
    assert fetches(outputs) == [LIST]
    first, second = adapter.receive_body(LIST, listing("BTCUSDT"), 0)
    assert isinstance(first, Listing)
    name = "bybit-linear:NOSUCH"
    assert second == FeedStatus(name, 0, FeedState.CONNECTING, "no such symbol")


def test_many_symbols_are_looked_for_in_the_whole_list() -> None:
    symbols = [f"S{number}USDT" for number in range(50)]
    adapter, outputs = opened(Channel.BOOK, symbols=symbols)
    assert fetches(outputs) == [LIST]
    outputs = list(adapter.receive_body(LIST, listing(*symbols[1:]), 0))
    assert len([output for output in outputs if isinstance(output, Listing)]) == 49
    assert [output.instrument for output in outputs if isinstance(output, FeedStatus)] == [
        "bybit-linear:S0USDT"
    ]


def test_instruments_are_not_listed_again_within_minutes() -> None:
    adapter, _ = opened(Channel.BOOK)
    adapter.receive_body(listing_path("BTCUSDT"), listing("BTCUSDT"), 0)
    wanted = [Subscription("BTCUSDT", Channel.BOOK)]
    assert fetches(list(adapter.open(wanted, 60 * SECOND))) == []
    assert fetches(list(adapter.open(wanted, 3600 * SECOND))) == [listing_path("BTCUSDT")]


def test_a_busy_venue_is_asked_again_later() -> None:
    adapter, _ = opened(Channel.KLINES)
    path = KLINES.format(1)
    assert list(adapter.receive_body(path, refusal(10006, "Too many visits!"), 0)) == []
    assert fetches(list(adapter.tick(1))) == []
    assert fetches(list(adapter.tick(SECOND))) == [path]
    with pytest.raises(Rejected, match="no interval"):
        adapter.receive_body(path, refusal(10001, "no interval"), 0)
    assert fetches(list(adapter.tick(10**18))) == []


def test_a_body_that_is_not_json_is_asked_for_again() -> None:
    adapter, _ = opened(Channel.KLINES)
    path = KLINES.format(1)
    for bad in (b"<html>busy</html>", json.dumps({"retCode": 0, "retMsg": "OK"}).encode()):
        with pytest.raises(MalformedFrame):
            adapter.receive_body(path, bad, 0)
    assert fetches(list(adapter.tick(SECOND))) == [path]
    adapter.receive_body(path, bars(), 0)
    assert fetches(list(adapter.tick(10**18))) == []


@pytest.mark.parametrize("path", ["/v5/market/time", "/v5/spread/orderbook", "/v5/market/kline"])
def test_a_body_that_states_nothing_is_passed_over_with_a_reason(path: str) -> None:
    for empty in (body({"list": []}), body([])):
        (said,) = parse(LINEAR, empty, path)
        assert isinstance(said, Ignored)
