"""History: a walk over a venue's past has every row of the span, once."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Output
from feeds.errors import ConfigError, MalformedFrame
from feeds.history import Kept, Page, Pages, Past, Series
from feeds.history_rows import SERIES, find_series
from feeds.registry import VENUES
from feeds.venue import Venue
from market.events import OpenInterest, Side, Trade
from tests.past import ANSWERS, MS, answer

TRADED = [venue for venue, kept in SERIES if kept is Kept.TRADES]
WHOLE = [name for name in TRADED if not name.startswith("bybit")]
"""Venues whose past can be walked from end to end."""
START = 1_723_161_600_000_000_000
SYMBOLS = {
    "binance-coinm": "BTCUSD_PERP",
    "bitfinex": "tBTCUSD",
    "bitmex": "XBTUSD",
    "bybit-inverse": "BTCUSD",
    "deribit": "BTC-PERPETUAL",
    "kraken": "BTC/USD",
    "okx": "BTC-USDT-SWAP",
}


def symbol_of(venue: str) -> str:
    return SYMBOLS.get(venue, "BTCUSDT")


def made(venue: str, steps: Sequence[int]) -> list[Trade]:
    """Trades so many ms apart. They are made up: only when and which is looked at."""
    time, trades = START, []
    for number, step in enumerate(steps, 1000):
        time += step * MS
        side = Side.BUY if number % 3 else Side.SELL
        name = f"{number:08d}-0000-4000-8000-000000000000" if venue == "bitmex" else str(number)
        trades.append(Trade(f"{venue}:X", time, 0, name, 100.0 + number % 7, 1.0, side))
    return trades


def walked(
    series: Series, past: Past, trades: Sequence[Trade], cap: int
) -> tuple[Pages, list[Page]]:
    """A walk to its end, over a venue that gives at most `cap` rows."""
    pages, found = Pages(replace(series, limit=cap), past), list[Page]()
    for _ in range(1000):
        path = pages.ask()
        if path is None:
            return pages, found[::-1] if series.backward else found
        page = pages.take(path, answer(series.venue, trades, path, cap))
        if page is not None:
            found.append(page)
    raise AssertionError("the walk comes to no end")


def read(venue: Venue, pages: Sequence[Page]) -> list[Trade]:
    """What the adapter makes of the pages, as a replay reads them."""
    adapter = venue.adapter()
    outputs = [
        output for page in pages for output in adapter.receive_body(page.path, page.payload, START)
    ]
    return [output for output in outputs if isinstance(output, Trade)]


@pytest.mark.parametrize("name", WHOLE)
@given(
    steps=st.lists(st.sampled_from([0, 0, 1, 7, 400, 1_900_000]), max_size=40),
    ends=st.tuples(st.integers(-5, 12_000_000), st.integers(1, 12_000_000)),
    cap=st.integers(11, 30),
)
def test_a_walk_has_every_trade_of_the_span_once_and_in_order(
    name: str, steps: list[int], ends: tuple[int, int], cap: int
) -> None:
    trades = made(name, steps)
    start = START + ends[0] * MS
    past = Past(symbol_of(name), start, start + ends[1] * MS)
    pages, found = walked(find_series(name, Kept.TRADES), past, trades, cap)
    expected = [t for t in trades if past.start <= t.ts_event < past.end]
    assert [t.id for t in read(VENUES[name], found)] == [t.id for t in expected]
    assert sum(page.rows for page in found) == len(expected)
    assert pages.missing == 0
    assert pages.complete
    assert all(past.start <= page.first <= page.last < past.end for page in found)


@pytest.mark.parametrize("name", TRADED)
def test_rows_within_the_span_are_kept_as_they_came(name: str) -> None:
    trades = made(name, [5] * 8)
    past = Past(symbol_of(name), START, START + 10**12)
    series = find_series(name, Kept.TRADES)
    pages = Pages(series, past)
    path = pages.ask()
    assert path is not None
    body = answer(name, trades, path, series.limit)
    page = pages.take(path, body)
    assert page is not None
    assert page.payload == body
    event = read(VENUES[name], [page])[0]
    assert (event.price, event.side) == (trades[0].price, trades[0].side)
    assert event.instrument == f"{name}:{symbol_of(name)}"


@pytest.mark.parametrize("name", [n for n in WHOLE if find_series(n, Kept.TRADES).numbered])
@given(gone=st.sets(st.integers(1, 28), max_size=6), cap=st.integers(3, 12))
def test_every_number_that_is_left_out_is_counted(name: str, gone: set[int], cap: int) -> None:
    trades = [t for at, t in enumerate(made(name, [3] * 30)) if at not in gone]
    past = Past(symbol_of(name), START, START + 10**12)
    pages, found = walked(find_series(name, Kept.TRADES), past, trades, cap)
    assert pages.missing == len(gone)
    assert sum(page.rows for page in found) == len(trades)


@pytest.mark.parametrize("name", ["bybit", "bybit-inverse", "bybit-linear"])
def test_a_venue_with_one_page_says_that_it_does_not_reach_back(name: str) -> None:
    trades = made(name, [1] * 30)
    series = find_series(name, Kept.TRADES)
    pages, found = walked(series, Past(symbol_of(name), START, START + 10**12), trades, 10)
    assert not pages.complete
    assert [t.id for t in read(VENUES[name], found)] == [t.id for t in trades[-10:]]
    pages, _ = walked(
        series, Past(symbol_of(name), trades[-5].ts_event, START + 10**12), trades, 10
    )
    assert pages.complete


def test_a_page_that_comes_again_and_again_ends_the_walk() -> None:
    """Hand-made: no venue does this when it is well."""
    trades = made("bitfinex", [0] * 30)
    past = Past("tBTCUSD", START, START + 10**12)
    with pytest.raises(MalformedFrame, match="same page"):
        walked(find_series("bitfinex", Kept.TRADES), past, trades, 10)


@pytest.mark.parametrize("name", TRADED)
@pytest.mark.parametrize("body", [b"", b"[", b"{}", b"7", b'["x"]', b"[[]]", b'{"result":7}'])
def test_a_body_that_is_none_is_malformed_or_empty(name: str, body: bytes) -> None:
    pages = Pages(find_series(name, Kept.TRADES), Past(symbol_of(name), START, START + 10**9))
    path = pages.ask()
    assert path is not None
    try:
        assert pages.take(path, body) is None
    except MalformedFrame:
        assert pages.missing == 0


def test_a_venue_without_a_past_names_those_that_have_one() -> None:
    with pytest.raises(ConfigError, match="binance, binance-coinm"):
        find_series("hyperliquid", Kept.TRADES)
    with pytest.raises(ConfigError, match="open-interest"):
        find_series("binance", Kept.OPEN_INTEREST)


def test_every_series_is_of_a_venue_that_there_is_and_is_tested() -> None:
    assert {venue for venue, _ in SERIES} <= VENUES.keys()
    assert set(TRADED) == ANSWERS.keys()


INTEREST: dict[str, tuple[str, int, Callable[[int], object]]] = {
    "binance-coinm": ("BTCUSD_PERP", 500, lambda ms: {"sumOpenInterest": "20403", "timestamp": ms}),
    "binance-usdm": (
        "BTCUSDT",
        500,
        lambda ms: {"symbol": "BTCUSDT", "sumOpenInterest": "20403", "timestamp": ms},
    ),
    "bybit-inverse": ("BTCUSD", 200, lambda ms: {"openInterest": "20403", "timestamp": str(ms)}),
    "bybit-linear": ("BTCUSDT", 200, lambda ms: {"openInterest": "20403", "timestamp": str(ms)}),
    "okx": ("BTC-USDT-SWAP", 100, lambda ms: [str(ms), "20403", "204.03", "12241800"]),
}
"""A point of each venue, in the shape of its documents, and how many a page has."""


@pytest.mark.parametrize("name", INTEREST)
def test_open_interest_comes_window_by_window(name: str) -> None:
    symbol, limit, point = INTEREST[name]
    step = 300_000 * MS
    past = Past(symbol, START + 1, START + 3 * limit * step // 2)
    pages, events, rows = Pages(find_series(name, Kept.OPEN_INTEREST), past), list[Output](), 0
    while (path := pages.ask()) is not None:
        query = dict(part.split("=") for part in path.partition("?")[2].split("&"))
        start = int(query.get("startTime") or query["begin"])
        end = int(query.get("endTime") or query["end"])
        times = [ms for ms in range(START // MS, past.end // MS, 300_000) if start <= ms <= end]
        listed: object = [point(ms) for ms in times]
        if name.startswith("bybit"):
            result = {"category": name.partition("-")[2], "symbol": symbol, "list": listed}
            listed = {"retCode": 0, "retMsg": "OK", "result": result, "time": START // MS}
        elif name == "okx":
            listed = {"code": "0", "msg": "", "data": listed}
        page = pages.take(path, json.dumps(listed).encode())
        assert page is not None
        rows += page.rows
        events += VENUES[name].adapter().receive_body(page.path, page.payload, START)
    stated = [event for event in events if isinstance(event, OpenInterest)]
    expected = list(range(START + step, past.end, step))
    assert sorted(event.ts_event for event in stated) == expected
    assert rows == len(expected)
    assert {event.instrument for event in stated} == {f"{name}:{symbol}"}


def test_open_interest_of_a_dated_contract_is_not_kept() -> None:
    pages = Pages(
        find_series("binance-coinm", Kept.OPEN_INTEREST), Past("BTCUSD_261225", START, START + 1)
    )
    with pytest.raises(ConfigError, match="BTCUSD_PERP"):
        pages.ask()
