"""Marks of events: the largest of each sort, where and when they were, on every chart alike."""

import numpy as np
import pytest

from market.detectors.found import LargeLot, sort_of
from market.detectors.marks import marks
from tests.scenes import SECOND, lines, simulated
from tui.drawing.area import Area
from tui.drawing.axis import PriceAxis
from tui.drawing.canvas import Canvas
from tui.drawing.look import ColorDepth
from tui.findings.marks import POSSIBLE, Place, draw_marks, glyph_of, largest
from tui.pane import Size
from tui.panes.candles import Candles
from tui.panes.heatmap import Heatmap
from tui.themes import load_look

LOOK, MONO = (load_look("dark", depth) for depth in (ColorDepth.TRUE, ColorDepth.MONO))
SIZE = Size(120, 40)


def test_of_each_sort_the_largest_in_sight_are_marked_large_lots_below_all() -> None:
    market = simulated()
    last = market.last
    assert last is not None
    axis = PriceAxis(last.ticks - 60, last.ticks + 60, 30)
    begin, end = market.clock - 200 * SECOND, market.clock - 50 * SECOND
    found = largest(market, begin, end, axis, 3)
    every = [
        mark
        for mark in marks(market, begin, end)
        if mark.finding.ts < end and axis.low <= mark.ticks < axis.high
    ]
    for sort in {sort_of(mark.finding) for mark in every}:
        mine = [abs(m.finding.lots) for m in found if sort_of(m.finding) == sort]
        true = sorted(abs(m.finding.lots) for m in every if sort_of(m.finding) == sort)[-3:]
        assert sorted(mine) == true
    kinds = [isinstance(mark.finding, LargeLot) for mark in found]
    assert kinds == sorted(kinds, reverse=True)
    assert len(found) < len(every)


@pytest.mark.parametrize("pane", [Candles(timeframe="15s"), Heatmap()])
def test_charts_mark_what_is_possible_only_where_it_is_asked_for(pane: Candles | Heatmap) -> None:
    market = simulated()
    kind = type(pane)
    marked = kind(timeframe=pane.timeframe, events=True, most_events=50)
    without, with_ = (p.draw(market, SIZE, LOOK) for p in (pane, marked))
    assert POSSIBLE in lines(with_)[0]
    assert POSSIBLE not in lines(without)[0]
    differ = without.glyph[1:-4] != with_.glyph[1:-4]
    assert 10 < differ.sum() < 200
    glyphs = {glyph_of(mark.finding) for mark in marks(market, 0, market.clock)}
    assert {chr(glyph) for glyph in with_.glyph[1:-4][differ].tolist()} <= glyphs
    with pytest.raises(ValueError, match="most_events"):
        kind(most_events=0)


def test_a_mark_in_a_candle_stands_in_its_bar_at_its_price() -> None:
    market = simulated()
    pane = Candles(timeframe="15s", volume=False, cvd=False)
    marked = Candles(timeframe="15s", volume=False, cvd=False, events=True)
    without, with_ = (p.draw(market, SIZE, LOOK) for p in (pane, marked))
    rows, columns = np.nonzero(without.glyph[1:-1] != with_.glyph[1:-1])
    assert len(set((columns % 4).tolist())) == 1  # the middle of slots of four cells
    assert len(set(rows.tolist())) > 5


def test_without_colour_ground_tells_buyers_from_sellers() -> None:
    market = simulated()
    findings = [mark.finding for mark in marks(market, 0, market.clock)]
    bought = next(one for one in findings if one.lots > 0)
    sold = next(one for one in findings if one.lots < 0)
    canvas = Canvas(4, 2, MONO)
    placed = [(Place(0, 0), bought), (Place(1, 1), sold), (Place(9, 0), sold)]
    draw_marks(canvas, Area(0, 0, 4, 2), placed)
    assert canvas.bg[0, 0] != canvas.bg[1, 1]
    assert canvas.glyph[1, 1] == ord(glyph_of(sold))
