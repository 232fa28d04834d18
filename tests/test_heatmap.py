"""The heatmap: every size seen, the touch where it was, nothing unknown drawn as known."""

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.simulate import events
from market.depth import DepthView
from market.events import BookDelta, Event, FeedState, FeedStatus, Trade
from market.market import Market
from market.markets import Markets
from tests.captures import CAPTURES, needs_captures
from tui.drawing.canvas import Canvas
from tui.drawing.look import ColorDepth, Look
from tui.drawing.timeline import Scroll
from tui.export import text
from tui.heat.brightness import best_rows, heat_levels, heat_steps, round_sizes
from tui.heat.grid import HALVES, HeatGrid, heat_grid, settled, stretch
from tui.pane import Size
from tui.panes.heatmap import Heatmap
from tui.themes import load_look

SECOND = 1_000_000_000
SIZE = Size(80, 24)
WIDE = Size(120, 40)


def play(seconds: float, seed: int = 7) -> Market:
    """A simulated market that has run for a while."""
    markets = Markets()
    markets.apply(events(seed, seconds))
    market = markets.get(f"sim:{seed}")
    assert market is not None
    return market


def interrupted(seconds: float, gap: tuple[float, float]) -> Market:
    """The same market with a gap from one second to another; the book itself goes on."""
    markets = Markets()
    start, said = 0, 0
    for event in events(7, seconds):
        start = start or (event.ts_recv if isinstance(event, BookDelta) else 0)
        age = (event.ts_recv - start) / SECOND if start else 0.0
        if said < 2 and age >= gap[said]:
            markets.apply(gap_edge(event, opens=said == 0))
            said += 1
        markets.apply([event])
    market = markets.get("sim:7")
    assert market is not None
    return market


def gap_edge(event: Event, opens: bool) -> list[Event]:
    state = FeedState.GAP if opens else FeedState.SIM
    return [FeedStatus("sim:7", event.ts_recv, state, "sequence jumped" if opens else "")]


@pytest.fixture(scope="module")
def market() -> Market:
    return play(60)


@pytest.fixture(scope="module")
def look() -> Look:
    return load_look("dark", ColorDepth.TRUE)


def grid_of(market: Market, width: int = 60, cells: int = 20) -> HeatGrid:
    grid = heat_grid(market, stretch(market.clock, None, SECOND, width), cells, None, None)
    assert grid is not None
    return grid


def view_of(market: Market, grid: HeatGrid) -> DepthView:
    assert market.depth is not None
    return grid.view(market.depth, grid.stretch.first, grid.stretch.last + 1)


lots = st.lists(st.integers(0, 10**9), min_size=1, max_size=60).map(np.array)


@given(lots, st.integers(2, 40), st.sampled_from(["log", "linear", "rank"]))
def test_more_is_never_darker_and_nothing_is_the_darkest(
    sizes: np.ndarray, levels: int, contrast: str
) -> None:
    steps = heat_steps(sizes, levels, contrast)  # type: ignore[arg-type]  # sampled from it
    found = heat_levels(np.sort(sizes), steps)
    assert (np.diff(found.astype(int)) >= 0).all()
    assert found.max() < levels
    assert not found[np.sort(sizes) == 0].any()


def test_one_wall_does_not_blacken_the_rest() -> None:
    usual = np.arange(10, 1000)
    crowd = np.append(usual, 10**9)
    found = heat_levels(usual, heat_steps(crowd, 32, "log"))
    assert len(np.unique(found)) > 25


def test_any_order_at_all_is_told_from_none_where_there_are_colours_enough() -> None:
    steps = heat_steps(np.array([1, 500, 1000]), 32, "log")
    assert heat_levels(np.array([0, 1]), steps).tolist() == [0, 1]


@given(st.lists(st.integers(1, 10**12), max_size=50).map(np.array))
def test_mark_sizes_are_round_and_each_larger_than_the_one_before(sizes: np.ndarray) -> None:
    found = round_sizes(sizes.astype(np.int64), (50.0, 80.0, 95.0))
    if len(sizes):
        assert found == sorted(set(found))
        assert all(str(size).rstrip("0") in ("1", "2", "5") for size in found)


sides = st.lists(
    st.tuples(st.lists(st.integers(0, 3), min_size=6, max_size=6), st.integers(0, 6)),
    min_size=1,
    max_size=8,
)


@given(sides)
def test_the_touch_is_the_highest_bid_below_the_lowest_ask(
    columns: list[tuple[list[int], int]],
) -> None:
    bid = np.array([[v if row < cut else 0 for row, v in enumerate(vs)] for vs, cut in columns])
    ask = np.array([[v if row >= cut else 0 for row, v in enumerate(vs)] for vs, cut in columns])
    best = best_rows(bid, ask)
    for column in range(len(columns)):
        bids, asks = np.flatnonzero(bid[column]), np.flatnonzero(ask[column])
        if len(bids) and len(asks):
            assert (best.bid[column], best.ask[column]) == (bids[-1], asks[0])
        else:
            assert (best.bid[column], best.ask[column]) == (-1, -1)


@given(st.integers(1, 10**13), st.sampled_from([1, 5, 10, 50, 600]), st.integers(1, 300))
def test_the_clock_is_in_the_last_shown_column_and_jumps_are_rare(
    clock: int, tenths: int, width: int
) -> None:
    interval = tenths * SECOND // 10
    columns = stretch(clock, None, interval, width)
    assert columns.shown >= 1
    assert columns.end - interval <= clock < columns.end
    assert len(columns.starts) == width
    following = stretch(clock + interval, None, interval, width)
    moved = columns.start != following.start
    assert moved == (columns.ahead == 0) or width == 1


@pytest.mark.parametrize("scroll", ["block", "smooth"])
def test_scrolled_back_the_right_edge_is_the_time_asked_for(scroll: Scroll) -> None:
    columns = stretch(100 * SECOND, 40 * SECOND, SECOND, 30, scroll)
    assert (columns.ahead, columns.last) == (0, 40)


@given(st.integers(1, 10**13), st.integers(1, 300))
def test_a_smooth_picture_has_its_newest_column_at_the_right_edge(clock: int, width: int) -> None:
    columns = stretch(clock, None, SECOND, width, "smooth")
    assert columns.x(columns.last) == width - 1
    assert columns.first == columns.last + 1 - width


@given(st.integers(1, 10**13), st.one_of(st.none(), st.integers(0, 10**13)), st.integers(1, 300))
def test_in_a_sweep_columns_keep_their_place_and_blank_ones_run_ahead(
    clock: int, until: int | None, width: int
) -> None:
    columns = stretch(clock, until, SECOND, width, "sweep")
    numbers = range(columns.first, columns.last + 1)
    places = [columns.x(number) for number in numbers]
    assert places == [number % width for number in numbers]
    assert len(set(places)) == columns.shown
    blank = {(columns.last + 1 + n) % width for n in range(columns.ahead)}
    assert blank | set(places) == set(range(width))
    lying = [
        (number + n, run_x + n)
        for number, run_x, length in columns.runs(columns.first, columns.last + 1)
        for n in range(length)
    ]
    assert lying == list(zip(numbers, places, strict=True))


@given(
    st.integers(1, 10**6),
    st.integers(0, 400),
    st.integers(1, 300),
    st.sampled_from(["block", "smooth", "sweep"]),
)
def test_colours_are_fitted_to_past_columns_and_rarely_to_other_ones(
    last: int, age: int, width: int, scroll: Scroll
) -> None:
    columns = stretch(last * SECOND, None, SECOND, width, scroll)
    known = max(columns.last - age, columns.oldest)
    first, stop = settled(columns, known)
    assert first < stop <= columns.last + (known >= columns.last)
    assert stop > known
    following = stretch((last + 1) * SECOND, None, SECOND, width, scroll)
    if following.turn == columns.turn and known >= following.oldest:
        seen = following.last - known
        doubled = seen & (seen - 1) == 0
        assert settled(following, known)[1] == stop or doubled or known >= columns.last


@pytest.mark.parametrize("group", [1, 4, 100])
def test_the_newest_column_is_the_book_as_it_is_now(market: Market, group: int) -> None:
    numbers = Heatmap(grouping=group).numbers(market, SIZE)
    prices, bids, asks = numbers["prices"], numbers["bid"], numbers["ask"]
    assert isinstance(prices, list)
    assert isinstance(bids, list)
    assert isinstance(asks, list)
    assert market.instrument is not None
    assert market.book is not None
    low = market.instrument.ticks(float(prices[0]))
    expected = market.book.grouped(group, low, len(prices))
    for column, side in ((bids[-1], expected[0]), (asks[-1], expected[1])):
        assert [Decimal(size) for size in column] == [
            market.instrument.size(n) for n in side.tolist()
        ]


def test_the_title_says_the_grouping_in_price_units(market: Market, look: Look) -> None:
    picture = text(Heatmap(grouping=10).draw(market, WIDE, look))
    assert "Heatmap sim:7 · 1s · 5 USDT a row" in picture.splitlines()[0]


def test_the_last_price_is_a_tag_in_its_own_row(market: Market, look: Look) -> None:
    canvas = Heatmap().draw(market, SIZE, look)
    assert market.last is not None
    assert market.instrument is not None
    tagged = [line for line in text(canvas).splitlines() if "◂" in line]
    assert len(tagged) == 1
    assert tagged[0].endswith(f"◂{market.instrument.price(market.last.ticks)}")


def test_the_line_goes_through_the_touch_of_every_known_column(market: Market, look: Look) -> None:
    canvas = Heatmap(trades=False).draw(market, SIZE, look)
    # 80 columns less the book's bars and the price axis, 24 rows less title, strip and times.
    grid = grid_of(market, 80 - 11 - 9, 24 - 4)
    view = view_of(market, grid)
    best = best_rows(view.bid, view.ask)
    inks = {look.best_bid, look.best_ask, look.last}
    for column in np.flatnonzero(view.known & (best.bid >= 0)).tolist():
        for row in (best.bid[column], best.ask[column]):
            cell, half = divmod(grid.axis.cells * HALVES - 1 - int(row), HALVES)
            colour = canvas.bg[1 + cell, column]
            if half == 0 and canvas.glyph[1 + cell, column] == ord("▀"):
                colour = canvas.fg[1 + cell, column]
            assert colour in inks


@pytest.mark.parametrize("depth", list(ColorDepth))
def test_a_gap_is_hatched_and_named_and_its_columns_are_not_in_the_numbers(
    depth: ColorDepth,
) -> None:
    market = interrupted(60, (30.0, 40.0))
    picture = text(Heatmap(trades=False).draw(market, WIDE, load_look("dark", depth)))
    assert "GAP" in picture
    assert "╱" in picture
    starts = Heatmap().numbers(market, WIDE)["columns"]
    assert isinstance(starts, list)
    missing = np.setdiff1d(np.arange(starts[0], starts[-1], SECOND), starts)
    assert 9 <= len(missing) <= 12


def test_a_book_that_is_not_good_is_named_and_not_drawn(look: Look) -> None:
    market = interrupted(30, (20.0, 1000.0))
    canvas = Heatmap().draw(market, WIDE, look)
    assert text(canvas).count("GAP") >= 3
    assert not np.isin(canvas.fg, [look.depth_bid, look.depth_ask]).any()


def test_before_the_first_book_the_picture_says_when_the_history_begins(look: Look) -> None:
    picture = text(Heatmap().draw(play(10), WIDE, look))
    assert "depth history begins 14:00:00" in picture


def test_no_market_and_an_empty_market_say_what_is_awaited(look: Look) -> None:
    assert "waiting for the order book" in text(Heatmap().draw(None, SIZE, look))
    assert "CONNECTING" in text(Heatmap().draw(Market("sim:1"), SIZE, look))


def test_trades_without_a_book_are_drawn_on_ground_that_says_so(look: Look) -> None:
    market = Market("binance:BTCUSDT")
    market.apply(trade_at(100.0))
    picture = text(Heatmap().draw(market, SIZE, look))
    assert "no book" in picture
    assert "◂100" in picture


def trade_at(price: float) -> Trade:
    trade = next(event for event in events(7, 5) if isinstance(event, Trade))
    return Trade("binance:BTCUSDT", trade.ts_event, trade.ts_recv, "1", price, 1.0, trade.side)


@pytest.mark.parametrize("timeframe", ["100t", "150ms", "nonsense"])
def test_a_timeframe_the_history_cannot_show_is_refused_with_words(timeframe: str) -> None:
    with pytest.raises(ValueError, match=r"100ms|not a timeframe"):
        Heatmap(timeframe=timeframe)


def test_a_price_out_of_sight_is_told_at_the_edge_it_left_by(market: Market, look: Look) -> None:
    assert market.last is not None
    above = Heatmap(center=market.last.ticks - 10_000, grouping=1)
    below = Heatmap(center=market.last.ticks + 10_000, grouping=1)
    assert "▲60" in text(above.draw(market, SIZE, look)).splitlines()[1]
    assert "▼60" in text(below.draw(market, SIZE, look))


def test_without_colour_the_shape_of_a_mark_says_the_side(market: Market) -> None:
    picture = text(Heatmap().draw(market, WIDE, load_look("dark", ColorDepth.MONO)))
    assert set("▴▲▾▼") & set(picture)
    assert "━" in picture


def test_most_frames_change_little() -> None:
    look = load_look("dark", ColorDepth.TRUE)
    markets, pictures, due = Markets(), list[Canvas](), 0
    for event in events(7, 40):
        market = markets.get("sim:7")
        if market is not None and market.clock >= due and event.ts_recv > due:
            due = max(market.clock, event.ts_recv) + SECOND // 10
            pictures.append(Heatmap().draw(market, WIDE, look))
        markets.apply([event])
    recent = pictures[-150:]
    changed = [
        int(((one.glyph != two.glyph) | (one.fg != two.fg) | (one.bg != two.bg)).sum())
        for one, two in pairwise(recent)
    ]
    assert np.median(changed) < 60


@needs_captures
@pytest.mark.slow
def test_a_real_market_is_drawn_with_its_touch_and_without_a_gap(look: Look) -> None:
    from feeds.replay import load

    markets = load(CAPTURES / "binance_usdm" / "btcusdt_20240808.jsonl.gz")
    market = markets.get("binance-usdm:BTCUSDT")
    assert market is not None
    picture = text(Heatmap(timeframe="5s").draw(market, WIDE, look))
    assert "GAP" not in picture
    assert "61659.8" in picture
    numbers = Heatmap().numbers(market, WIDE)
    columns = numbers["columns"]
    assert isinstance(columns, list)
    assert np.diff(columns).tolist() == [SECOND] * (len(columns) - 1)
