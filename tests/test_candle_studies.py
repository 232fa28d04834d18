"""What candles show beside bars: averages, strips, the crosshair, the ruler and the anchor."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.between import Between
from market.drawings import Point
from market.events import FeedState, FundingRate, Liquidation, MarkPrice, OpenInterest, Side
from market.market import Market
from tests.scenes import (
    MINUTE,
    NAME,
    SECOND,
    START,
    lines,
    market_of,
    row_of,
    simulated,
    status,
    traded,
)
from tui.drawing.look import ColorDepth
from tui.keys.candle import anchored
from tui.keys.crossing import Crossed, ruled
from tui.pane import Size
from tui.panes.candles import Candles
from tui.sketch.ruler import Ruler
from tui.themes import load_look

SIZE = Size(120, 40)
LOOK = load_look("dark", ColorDepth.TRUE)
MONO = load_look("dark", ColorDepth.MONO)


def shown(pane: Candles, market: Market, size: Size = SIZE) -> str:
    return "\n".join(lines(pane.draw(market, size, MONO)))


def stated() -> Market:
    market = market_of([(n, 100.0 + n % 3, 1.0 if n % 2 else -1.0) for n in range(120)])
    for n in range(0, 120, 10):
        at = START + n * SECOND
        market.apply(OpenInterest(NAME, at, at, 500.0 + n))
        market.apply(FundingRate(NAME, at, at, 0.0001 * (n - 60), START + 60 * MINUTE))
        market.apply(MarkPrice(NAME, at, at, 100.0 + n / 100, 100.0))
    market.apply(Liquidation(NAME, START + 119 * SECOND, START, 100.0, 7.5, Side.SELL))
    return market


def test_strips_show_the_newest_values_and_since_when() -> None:
    pane = Candles(timeframe="10s", interest=True, funding=True, liquidations=True)
    said = shown(pane, stated(), Size(120, 50))
    assert "open interest BTC · 610 · change +10" in said
    assert "funding % · +0.5000 % · paid 15:00:00 · basis +1.1000 %" in said
    assert "liquidations BTC · longs 7.500 shorts 0.000" in said


def test_a_strip_without_anything_says_so() -> None:
    pane = Candles(interest=True, funding=True, liquidations=True)
    said = shown(pane, market_of([(1, 100.0, 1.0)]), Size(120, 50))
    assert said.count("none stated yet") == 3


def test_numbers_have_what_the_strips_show() -> None:
    pane, market = Candles(timeframe="10s", interest=True, liquidations=True), stated()
    bars = pane.numbers(market, SIZE)["bars"]
    assert isinstance(bars, list)
    assert [bar["interest"] for bar in bars[-2:]] == ["600.0", "610.0"]
    assert [bar["liquidated_longs"] for bar in bars[-2:]] == ["0.000", "7.500"]
    assert {bar["liquidated_shorts"] for bar in bars} == {"0.000"}
    assert "funding" not in bars[0]
    assert (bars[0]["volume"], bars[0]["trades"]) == ("10.000", 10)
    before = Candles(interest=True).numbers(market_of([(1, 100.0, 1.0)]), SIZE)["bars"]
    assert isinstance(before, list)
    assert before[0]["interest"] is None


def test_strips_go_where_there_is_no_room_for_them() -> None:
    pane = Candles(timeframe="10s", interest=True, funding=True, liquidations=True)
    for height in range(3, 60):
        said = shown(pane, stated(), Size(90, height))
        assert len(said.splitlines()) <= height
    assert "liquidations" not in shown(pane, stated(), Size(90, 24))


@pytest.mark.parametrize("anchor", ["all", "session", "week", "cursor"])
def test_the_average_is_drawn_and_said(anchor: str) -> None:
    pane = Candles(timeframe="10s", vwap=anchor)  # type: ignore[arg-type]  # one of the words
    title, *rows = lines(pane.draw(stated(), Size(160, 40), MONO))
    assert "VWAP 101.0" in title
    assert "since 14:00:00" in title
    assert any(row.count("─") + row.count("▔") + row.count("▁") > 5 for row in rows[:20])


@pytest.mark.parametrize("timeframe", ["10s", "1d", "9t", "7.5v", "3r"])
def test_bars_of_every_sort_have_an_average(timeframe: str) -> None:
    pane, market = Candles(timeframe=timeframe, vwap="all", bands=0), stated()
    canvas = pane.draw(market, Size(160, 40), LOOK)
    assert (canvas.fg[1:24, :140] == LOOK.poc).any()
    bars = pane.numbers(market, SIZE)["bars"]
    assert isinstance(bars, list)
    assert all("vwap" in bar for bar in bars)


def test_an_average_across_a_gap_is_doubtful() -> None:
    market = stated()
    status(market, FeedState.GAP, "lost")
    said = shown(Candles(vwap="session"), market, Size(160, 40))
    assert "VWAP ?101.0" in said
    assert "VWAP since 14:00:00, doubtful: a gap" in said


def broken() -> Market:
    """Two minutes of trades with ten seconds missing in the middle."""
    market = market_of([(n, 100.0 + n % 3, 1.0 if n % 2 else -1.0) for n in range(50)])
    status(market, FeedState.GAP, "lost")
    traded(market, [(60, 101.0, 1.0)])
    status(market, FeedState.LIVE)
    traded(market, [(n, 100.0 + n % 3, 1.0 if n % 2 else -1.0) for n in range(61, 120)])
    return market


def test_sums_are_shaded_from_a_gap_on_and_not_before() -> None:
    canvas = Candles(timeframe="5s").draw(broken(), SIZE, LOOK)
    strip = canvas.bg[row_of(canvas, "CVD") + 1 : -1]
    shaded = (strip == LOOK.gap_bar).any(axis=0)
    chart = (canvas.bg[1:20] == LOOK.gap_bar).any(axis=0)
    assert chart.any()
    columns = np.flatnonzero(shaded)
    assert columns.tolist() == list(range(int(chart.argmax()), int(columns[-1]) + 1))
    candles = np.isin(canvas.fg[1:20], [LOOK.buy, LOOK.sell]).any(axis=0)
    assert columns[-1] >= np.flatnonzero(candles)[-1]
    whole = Candles(timeframe="5s").draw(stated(), SIZE, LOOK)
    assert not (whole.bg == LOOK.gap_bar).any()


def test_the_average_is_paler_from_a_gap_on() -> None:
    canvas = Candles(timeframe="5s", vwap="all", bands=0).draw(broken(), SIZE, LOOK)
    lines_at = np.isin(canvas.glyph[1:20], [ord(mark) for mark in "▁─▔"])
    inks = {int(ink) for ink in canvas.fg[1:20][lines_at]} & {LOOK.poc, LOOK.dim}
    assert inks == {LOOK.poc, LOOK.dim}
    bars = Candles(timeframe="10s", vwap="all").numbers(broken(), SIZE)["bars"]
    assert isinstance(bars, list)
    sure = [bar["vwap_reliable"] for bar in bars]
    assert sure == [True] * sure.index(False) + [False] * (len(sure) - sure.index(False))
    assert sure == [bar["cvd_reliable"] for bar in bars]


@pytest.mark.parametrize("bands", [0, 3])
def test_as_many_bands_are_drawn_as_are_wanted(bands: int) -> None:
    pane = Candles(timeframe="10s", vwap="session", bands=bands, volume=False, cvd=False)
    rows = lines(pane.draw(simulated(), SIZE, MONO))[1:]
    assert any(row.count("·") > 5 for row in rows) == (bands > 0)


def test_the_crosshair_reads_the_bar_under_it() -> None:
    market = stated()
    pane = Candles(timeframe="10s").cross_moved(market, SIZE, 0, 0)
    assert isinstance(pane, Crossed)
    assert pane.crossed
    said = shown(pane, market)
    assert "2024-01-02 14:01:50 O 102.0 H 102.0 L 100.0 C 102.0 V 10.000 Δ" in said
    earlier = pane.cross_moved(market, SIZE, -2, 0)
    assert earlier.cross_time == START + 90 * SECOND
    assert " 14:01:30 " in shown(earlier, market)


@given(st.integers(-3, 125), st.integers(-3, 45), st.sampled_from(["1s", "10s", "7t", "5r"]))
def test_every_cell_can_be_pointed_at(x: int, y: int, timeframe: str) -> None:
    market = simulated()
    for scroll in ("block", "sweep"):
        pane = Candles(timeframe=timeframe, scroll=scroll)
        there = pane.crossed_at(market, SIZE, x, y)
        canvas = there.draw(market, SIZE, LOOK)
        assert (canvas.width, canvas.height) == SIZE
        if there.crossed:
            again = there.cross_moved(market, SIZE, 0, 0)
            assert again.cross_time == there.cross_time
            assert again.crossed_at(market, SIZE, x, y).cross_time == there.cross_time


def test_the_crosshair_stays_within_the_chart() -> None:
    market = simulated()
    pane = Candles(timeframe="5s").cross_moved(market, SIZE, 0, 0)
    far = pane.cross_moved(market, SIZE, -999, 999)
    assert far.cross_moved(market, SIZE, -1, 1) == far


def test_a_ruler_tells_price_percent_ticks_bars_time_and_what_traded() -> None:
    market = stated()
    assert market.instrument is not None
    begin, end = Point(START, 200), Point(START + 90 * SECOND, 203)
    said = Ruler(begin, end, (0, 9), "bar", Between(1500, -250)).words(market.instrument)
    assert said == (
        "+1.5 (+1.50 %) · 3 ticks · 9 bars · 1m 30s · V 1.500 Δ -0.250",
        "+1.5 (+1.50 %) · 9 bars · 1m 30s · V 1.500 Δ -0.250",
        "+1.5 (+1.50 %) · 9 bars · 1m 30s",
        "+1.5 (+1.50 %)",
    )
    back = Ruler(end, begin, (9, 8), "bar", Between(0, None)).words(market.instrument)
    assert back[0] == "-1.5 (-1.48 %) · 3 ticks · 1 bar · -1m 30s · V 0.000"


def test_a_ruler_goes_from_where_it_was_laid_to_the_crosshair() -> None:
    market = stated()
    pane = Candles(timeframe="10s").cross_moved(market, SIZE, -4, 0)
    pane = ruled(pane, 0, 0)
    assert (pane.ruler_time, pane.ruler_price) == (pane.cross_time, pane.cross_price)
    pane = pane.cross_moved(market, SIZE, 3, 2)
    assert "3 bars · 30s" in shown(pane, market)
    canvas = pane.draw(market, SIZE, LOOK)
    assert (canvas.bg == LOOK.selection).any()
    assert ruled(pane, 0, 0).ruler_time is None


def test_an_anchor_is_put_where_the_crosshair_is() -> None:
    market = stated()
    pane = anchored(Candles(timeframe="10s").cross_moved(market, SIZE, -3, 0))
    assert (pane.anchored, pane.vwap, pane.anchor) == (START + 80 * SECOND, "cursor", "cursor")
    bars = pane.numbers(market, SIZE)["bars"]
    assert isinstance(bars, list)
    assert "vwap" not in bars[7]
    assert bars[8]["vwap"] == "101.1000"
    assert bars[8]["cvd"] == "0.000"
    said = row_of(pane.draw(market, SIZE, MONO), "CVD")
    assert "since 14:01:20" in lines(pane.draw(market, SIZE, MONO))[said]
    canvas = pane.draw(market, SIZE, LOOK)
    strip = np.isin(canvas.fg[said + 1 : -1], [LOOK.buy, LOOK.sell]).any(axis=0)
    volume = np.isin(canvas.fg[said - 4 : said], [LOOK.buy, LOOK.sell]).any(axis=0)
    bars_drawn = np.flatnonzero(np.diff(volume.astype(int), prepend=0) == 1)
    assert np.flatnonzero(strip)[0] == bars_drawn[8]
    assert anchored(Candles(vwap="cursor")).vwap == "off"
