"""What panes keep from one frame to the next never makes another picture."""

import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.simulate import events
from market.basis import parse_basis
from market.events import Event, FeedState, FeedStatus, Kline, Side, Trade
from market.market import Market
from tests.scenes import NAME, SECOND, START, listed, same, status
from tui.candle.barchart import BarChart
from tui.drawing.axis import PriceAxis, fitting_axis
from tui.drawing.canvas import Canvas
from tui.drawing.look import ColorDepth
from tui.drawing.timeline import Scroll
from tui.pane import Size
from tui.panes.candles import Candles
from tui.panes.footprint import FootprintPane
from tui.themes import load_look

Drawing: TypeAlias = Candles | FootprintPane
LOOKS = [load_look("dark", depth) for depth in (ColorDepth.TRUE, ColorDepth.MONO)]
MINUTE = 60 * SECOND


class Shot(NamedTuple):
    """One picture: of what, how large, in which colours."""

    pane: Drawing
    size: Size
    look: int


def trade(after: float, price: float, size: float) -> Trade:
    ts = START + round(after * SECOND)
    return Trade(NAME, ts, ts, "", price, abs(size), Side.BUY if size > 0 else Side.SELL)


def kline(minute: int, volume: float, buys: float | None, closed: bool) -> Kline:
    """A minute as the venue might state it, before, among or after what trades make."""
    start = (START // MINUTE + minute) * MINUTE
    bought = None if buys is None else volume * buys
    prices = (100.0, 103.0, 98.5, 101.0)
    return Kline(
        NAME, start, start, "1m", start, start + MINUTE, *prices, volume, bought, None, 3, closed
    )


def gap(lost: bool) -> FeedStatus:
    return FeedStatus(NAME, START, FeedState.GAP if lost else FeedState.LIVE, "lost")


sizes = st.integers(-2000, 2000).filter(bool).map(lambda milli: milli / 1000)
# Some prices are off the grid, which restates everything on a finer one.
prices = st.one_of(st.integers(180, 230).map(lambda n: n / 2), st.sampled_from([100.25, 100.125]))
happenings: st.SearchStrategy[Event] = st.one_of(
    st.builds(trade, st.floats(0, 300, allow_nan=False), prices, sizes),
    st.builds(trade, st.floats(100, 110, allow_nan=False), prices, sizes),
    st.builds(
        kline,
        st.integers(-2, 4),
        st.integers(0, 9).map(float),
        st.sampled_from([None, 0.0, 0.5, 1.0]),
        st.booleans(),
    ),
    st.builds(gap, st.booleans()),
)
shared = {
    "grouping": st.sampled_from([None, None, 1, 4]),
    "timeframe": st.sampled_from(["1m", "1m", "1m", "5m", "5s", "1t", "4t"]),
    "until": st.one_of(
        st.none(), st.none(), st.integers(-30, 320).map(lambda s: START + s * SECOND)
    ),
    "center": st.sampled_from([None, None, 200, 5]),
}
candles = st.builds(
    Candles,
    **shared,
    volume=st.booleans(),
    cvd=st.booleans(),
    scroll=st.sampled_from(["block", "smooth", "sweep"]),
)
footprints = st.builds(
    FootprintPane,
    **shared,
    ratio=st.sampled_from([3.0, 1.5]),
    least=st.sampled_from([0.0, 1.0]),
    ignore_zeros=st.booleans(),
    bars=st.sampled_from([None, None, 1, 3]),
)
shots = st.builds(
    Shot,
    st.one_of(candles, footprints),
    st.sampled_from([Size(67, 21), Size(81, 21), Size(30, 9), Size(41, 12), Size(120, 30)]),
    st.integers(0, len(LOOKS) - 1),
)


def forget() -> None:
    """Clear whatever functions of the panes and what they draw with remember."""
    for name, module in list(sys.modules.items()):
        if name.startswith("tui.") and name != "tui.themes":
            for value in list(vars(module).values()):
                clear = getattr(value, "cache_clear", None)
                if clear is not None:
                    clear()


def begun() -> Market:
    market = Market(NAME)
    listed(market)
    status(market, FeedState.LIVE)
    return market


def draw(market: Market, shot: Shot) -> Canvas:
    return shot.pane.draw(market, shot.size, LOOKS[shot.look])


@settings(max_examples=200)
@given(
    st.lists(shots, min_size=1, max_size=2),
    st.lists(
        st.tuples(st.lists(happenings, max_size=3), st.integers(0, 2)), min_size=2, max_size=15
    ),
)
def test_pictures_drawn_one_after_the_other_are_those_drawn_afresh(
    watched: Sequence[Shot], script: Sequence[tuple[Sequence[Event], int]]
) -> None:
    market, past = begun(), list[Event]()
    taken: list[tuple[int, Shot, Canvas]] = []
    for happened, number in script:
        for event in happened:
            market.apply(event)
        past += happened
        shot = watched[number % len(watched)]
        taken.append((len(past), shot, draw(market, shot)))
    for length, shot, picture in taken:
        forget()
        fresh = begun()
        for event in past[:length]:
            fresh.apply(event)
        assert same(draw(fresh, shot), picture), shot


def replayed(step: int) -> Iterator[Market]:
    """A simulated market every so many events."""
    market = Market("sim:7")
    for number, event in enumerate(events(7, 40.0)):
        market.apply(event)
        if number % step == 0 and market.last is not None:
            yield market


@pytest.mark.parametrize(
    "pane",
    [
        Candles(timeframe="1s"),
        Candles(timeframe="1s", scroll="sweep"),
        Candles(timeframe="20t", scroll="smooth"),
        FootprintPane(timeframe="5s"),
        FootprintPane(timeframe="50t", ratio=2.0),
    ],
)
def test_a_market_that_runs_is_drawn_as_if_nothing_were_kept(pane: Drawing) -> None:
    shot = Shot(pane, Size(100, 30), 0)
    for number, market in enumerate(replayed(50)):
        picture = draw(market, shot)
        if number % 7 == 0:
            forget()
            assert same(draw(market, shot), picture)


def test_a_picture_that_was_handed_out_is_the_callers_to_draw_on() -> None:
    market = next(replayed(500))
    for pane in (Candles(timeframe="1s"), FootprintPane(timeframe="5s")):
        shot = Shot(pane, Size(80, 24), 0)
        first = draw(market, shot)
        again = draw(market, shot)
        first.fill(0, 0, 80, 24, LOOKS[0].error)
        assert same(draw(market, shot), again)


def test_until_a_bar_of_a_footprint_is_over_no_other_bar_changes() -> None:
    pane, size = FootprintPane(timeframe="5s"), Size(100, 30)
    axis, newest = 9, size.width - 21  # no column is wider than that
    before: tuple[int, Canvas] | None = None
    compared = 0
    for market in replayed(20):
        # A bar begins with its first trade, not with the time that it is of.
        newest_trade = market.trades.newest()
        assert newest_trade is not None
        bar, canvas = newest_trade.ts // (5 * SECOND), pane.draw(market, size, LOOKS[0])
        if before is not None and before[0] == bar and prices_alike(before[1], canvas, 0, 8):
            compared += 1
            for part in ("glyph", "fg", "bg", "bold"):
                one, other = (getattr(c, part)[1:, axis:newest] for c in (before[1], canvas))
                assert np.array_equal(one, other)
        before = bar, canvas
    assert compared > 50


@pytest.mark.parametrize("scroll", ["block", "sweep"])
def test_until_a_bar_is_over_no_other_candle_changes(scroll: Scroll) -> None:
    pane, size = Candles(timeframe="1s", scroll=scroll, volume=False, cvd=False), Size(60, 20)
    line = ord("╌")
    before: tuple[BarChart, PriceAxis, Canvas] | None = None
    compared = 0
    for market in replayed(5):
        assert market.instrument is not None
        basis = parse_basis("1s")
        chart = BarChart.of(market, market.instrument, basis, None, size.width - 9, scroll)
        assert chart is not None
        tick_size = market.instrument.tick_size
        axis = fitting_axis(chart.lowest, chart.highest, size.height - 2, tick_size)
        canvas = pane.draw(market, size, LOOKS[0])
        cell = chart.newest_cell
        if before is not None and before[0].past == chart.past and before[1] == axis:
            assert cell is not None
            compared += 1
            one, other = (c.glyph[1:-1, :51] for c in (before[2], canvas))
            changed = (one != other) & (one != line) & (other != line)
            columns = set(np.flatnonzero(changed.any(axis=0)).tolist())
            assert columns <= set(range(cell, cell + chart.past.slots.pitch))
        before = chart, axis, canvas
    assert compared > 50


def prices_alike(one: Canvas, other: Canvas, left: int, right: int) -> bool:
    """Whether two pictures have the same price rows: the same prices but for the last one's row."""
    differ = (one.glyph[1:-1, left:right] != other.glyph[1:-1, left:right]).any(axis=1)
    last = one.bold[1:-1, left:right].any(axis=1) | other.bold[1:-1, left:right].any(axis=1)
    return not (differ & ~last).any()
