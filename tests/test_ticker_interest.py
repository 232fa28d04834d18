"""The change of open interest in the table: by the definition, sorted by, and unknown as such."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds import replay
from feeds.simulate import events
from market.events import Event, Listing, OpenInterest, Trade
from market.instrument import Instrument, Kind
from market.market import Market
from market.markets import Markets
from tests.captures import CAPTURES, needs_captures
from tests.scenes import NAME, SECOND, START, lines, listed, simulated, sizes, traded
from tui.drawing.look import ColorDepth
from tui.pane import Size
from tui.panes.tickers import Tickers
from tui.scope import Scope
from tui.themes import load_look
from tui.tickers.rows import COLUMNS, places_of
from tui.tickers.table import DAY, Row, live_row

LOOK = load_look("dark", ColorDepth.MONO)
SPANS = (10 * SECOND, 60 * SECOND, DAY)


def open_interest(market: Market, *stated: tuple[float, float]) -> None:
    """State it so many seconds after the start."""
    for after, size in stated:
        at = START + round(after * SECOND)
        market.apply(OpenInterest(market.id, at, at, size))


def expected(stated: Sequence[OpenInterest], start: int) -> tuple[Fraction, bool]:
    """The change in percent from its definition (32), and whether it is of the whole span."""
    before = [one.size for one in stated if one.ts_event < start]
    then = Fraction(str(before[-1] if before else stated[0].size))
    return 100 * (Fraction(str(stated[-1].size)) - then) / then, bool(before)


def compare(market: Market, seen: Sequence[Event]) -> None:
    stated = [one for one in seen if isinstance(one, OpenInterest) and one.instrument == market.id]
    assert len({one.size for one in stated}) > 2
    for span in SPANS:
        row = live_row(market, span, None)
        percent, whole = expected(stated, market.clock - span)
        assert row.interest_percent == pytest.approx(float(percent), abs=1e-9)
        assert row.interest_whole == whole
        assert row.interest is not None
        share = percent / (100 + percent)
        assert row.interest_change == pytest.approx(row.interest * float(share), rel=1e-6, abs=1e-6)


def test_the_change_of_the_simulation_is_that_of_the_definition() -> None:
    compare(simulated(), [one for one in events(7, 300.0) if not isinstance(one, Trade)])


@needs_captures
def test_the_change_of_a_recorded_session_is_that_of_the_definition() -> None:
    path = CAPTURES / "binance_usdm" / "samples.jsonl.gz"
    seen, markets = list(replay.events(path)), Markets()
    markets.apply(seen)
    changed = [
        market
        for market in markets
        if len(market.happenings.contracts) > 2 and market.last is not None
    ]
    assert changed
    for market in changed:
        compare(market, seen)


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=20), st.integers(1, 25))
def test_any_statements_make_what_the_definition_makes_of_them(
    stated: list[int], seconds: int
) -> None:
    market = Market(NAME)
    listed(market)
    traded(market, [(20.0, 100.0, 1.0)])
    open_interest(market, *((float(n), float(size)) for n, size in enumerate(stated)))
    row = live_row(market, seconds * SECOND, None)
    events_seen = [
        OpenInterest(NAME, START + n * SECOND, 0, float(size)) for n, size in enumerate(stated)
    ]
    percent, whole = expected(events_seen, market.clock - seconds * SECOND)
    assert row.interest_percent == pytest.approx(float(percent), abs=1e-9)
    assert row.interest_whole == whole


def test_where_none_was_stated_the_change_is_unknown_and_last() -> None:
    silent, told = Market("test:A"), Market("test:B")
    for market in (silent, told):
        listed(market)
        traded(market, [(1, 100.0, 2.0), (70, 100.0, 1.0)])
    open_interest(told, (2, 50.0), (69, 40.0))
    assert live_row(silent, DAY, None).interest_percent is None
    assert live_row(silent, DAY, None).interest_change is None
    scope = Scope(silent, (silent, told))
    for word in ("new%", "new"):
        wanted = Tickers(sort=word)
        rows = lines(wanted.draw_all(scope, Size(80, 10), LOOK))[2:4]
        assert ["test:B" in rows[0], "test:A" in rows[1]] == [True, True]
        assert rows[1].split()[-1] == "-"
        assert ("~-20.00%" if word == "new%" else "~-1k") in rows[0]
    told_numbers = Tickers(timeframe="1m").numbers_all(scope, Size(80, 10))["instruments"]
    assert isinstance(told_numbers, dict)
    assert told_numbers["test:B"]["open_interest_percent"] == "-20"
    assert told_numbers["test:B"]["open_interest_change"] == "-1000"
    assert told_numbers["test:B"]["open_interest_whole_span"]
    assert told_numbers["test:A"]["open_interest_percent"] is None


def test_a_price_alone_opens_nothing_of_inverse_contracts() -> None:
    market = Market("test:XBTUSD")
    grid = Instrument(
        *("test", "XBTUSD", Decimal("0.5"), Decimal(1), "BTC", "USD", Kind.INVERSE, Decimal(1))
    )
    market.apply(Listing(market.id, START, grid))
    traded(market, [(1, 100.0, 1000.0)])
    open_interest(market, (2, 50_000.0))
    traded(market, [(30, 200.0, 1000.0)])
    open_interest(market, (31, 50_000.0), (32, 60_000.0))
    row = live_row(market, DAY, None)
    assert row.interest_percent == pytest.approx(20.0)
    assert row.interest_change == pytest.approx(10_000.0, rel=1e-3), "contracts of a dollar"


def test_scrolled_back_it_is_what_was_open_then() -> None:
    market = Market(NAME)
    listed(market)
    traded(market, [(1, 100.0, 2.0), (10, 100.0, 1.0), (20, 100.0, 1.0)])
    open_interest(market, (2, 50.0), (9, 60.0), (19, 90.0))
    row = live_row(market, 60 * SECOND, START + 12 * SECOND)
    assert row.interest == pytest.approx(6000.0)
    assert row.interest_percent == pytest.approx(20.0)
    before = live_row(market, 60 * SECOND, START + 1 * SECOND)
    assert (before.interest, before.interest_percent) == (None, None)


def test_the_column_that_sorts_has_room_wherever_any_has() -> None:
    for width in range(260):
        for sort in COLUMNS:
            places = places_of(width, sort)
            assert all(place.end <= width for place in places)
            shown = [place.column for place in places]
            assert not shown or sort == "symbol" or sort in shown
    assert [place.column for place in places_of(80, "volume")] == [
        *("price", "change", "volume", "funding", "interest"),
    ]
    assert "delta" in [place.column for place in places_of(80, "delta")]


def test_every_size_is_fitted_whatever_sorts() -> None:
    scope = Scope(simulated(), (simulated(), simulated(8)))
    for size in sizes()[::5]:
        for sort in COLUMNS:
            canvas = Tickers(sort=sort).draw_all(scope, size, LOOK)
            assert (canvas.width, canvas.height) == size


def test_a_row_of_a_list_tells_no_change() -> None:
    assert Row("okx:A", False)[7:9] == (None, None)
