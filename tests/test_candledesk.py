"""Keys and the mouse reach ruler, crosshair and anchor of candles through the monitor."""

import re

from textual import events

from tests.running import in_loop
from tests.test_heatdesk import Watched
from tui.app import TapetopApp
from tui.desk.session import Session
from tui.launch import Demo, Launch
from tui.panes.candles import Candles


def candles(watched: Watched) -> Candles:
    pane = watched.monitor.desk.panes["candles"]
    assert isinstance(pane, Candles)
    return pane


def test_a_ruler_is_laid_and_taken_away_by_keys() -> None:
    watched = Watched("candles")
    watched.press("comma", "comma", "comma", "x", "left", "left", "R")
    assert candles(watched).ruler_time == candles(watched).cross_time
    said = watched.press("right", "right", "up", "up")
    assert re.search(r" [+-][0-9.]+ \([+-][0-9.]+ %\) · \d+ ticks? · 2 bars · 10s · V ", said)
    watched.press("R")
    assert candles(watched).ruler_time is None
    assert candles(watched).crossed


def test_escape_takes_away_a_ruler_without_a_crosshair_and_stays_where_it_is() -> None:
    watched = Watched("candles")
    watched.press("comma", "left", "R")
    until = candles(watched).until
    assert until is not None
    assert candles(watched).ruler_time is not None
    watched.press("escape")
    assert candles(watched).ruler_time is None
    assert candles(watched).until == until


def test_sums_begin_at_the_crosshair_and_anew_without_one() -> None:
    watched = Watched("candles")
    said = watched.press("comma", "comma", "x", "left", "left", "left", "A")
    assert "VWAP and delta begin at the crosshair" in said
    assert (candles(watched).vwap, candles(watched).anchor) == ("cursor", "cursor")
    watched.press("x", "A")
    assert (candles(watched).vwap, candles(watched).anchor) == ("off", "none")


def test_a_drag_lays_a_ruler_from_cell_to_cell_of_the_focused_pane() -> None:
    watched = Watched("candles")
    watched.press("comma", "comma")
    assert watched.monitor.measure((40, 8), (60, 12))
    assert "bars · " in watched.show()
    begin = candles(watched).ruler_time, candles(watched).ruler_price
    assert watched.monitor.measure((40, 8), (30, 10))
    assert (candles(watched).ruler_time, candles(watched).ruler_price) == begin
    before = candles(watched)
    assert not watched.monitor.measure((40, 8), (40, 0))
    assert not watched.monitor.measure((99, 8), (40, 8))
    assert candles(watched) == before
    watched.press("t")
    assert not watched.monitor.measure((40, 8), (60, 12))


def test_a_drag_measures_nothing_in_a_pane_without_ruler_or_focus() -> None:
    watched = Watched("tape")
    before = dict(watched.monitor.desk.panes)
    assert not watched.monitor.measure((40, 8), (60, 12))
    assert watched.monitor.desk.panes == before
    assert "the tape has no ruler" in watched.press("R")


def test_prices_of_another_market_are_not_measured_from_this_ones() -> None:
    watched = Watched("candles")
    watched.press("R")
    watched.monitor.begin(Session(Demo(8)))
    assert candles(watched).ruler_time is None


def mouse(kind: type[events.MouseEvent], x: int, y: int, button: int = 1) -> events.MouseEvent:
    return kind(None, x, y, 0, 0, button, False, False, False, screen_x=x, screen_y=y)


@in_loop
async def test_the_end_of_a_drag_is_no_click() -> None:
    app = TapetopApp(Launch(Demo(7), pane="candles"))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("comma")
        for kind, x, y in (
            (events.MouseDown, 40, 8),
            (events.MouseMove, 50, 9),
            (events.MouseMove, 60, 12),
            (events.MouseUp, 60, 12),
        ):
            app.screen._forward_event(mouse(kind, x, y))
            await pilot.pause()
        pane = app.monitor.desk.pane
        assert isinstance(pane, Candles)
        assert pane.ruler_time is not None
        assert pane.crossed
        app.on_click(mouse(events.Click, 60, 12))  # type: ignore[arg-type]  # made by its kind
        assert app.monitor.desk.pane == pane
        app.on_click(mouse(events.Click, 60, 12))  # type: ignore[arg-type]  # made by its kind
        assert not app.monitor.desk.pane.crossed
