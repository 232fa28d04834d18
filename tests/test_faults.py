"""A pane that fails says so in its place, and a key in the row of keys; all the rest goes on."""

from dataclasses import replace
from pathlib import Path

import pytest

from feeds.simulate import events
from market.market import Market
from tests.running import in_loop
from tests.scenes import lines
from tests.shell import FakeShell
from tui.app import TapetopApp
from tui.desk.faults import Faults, draw_fault
from tui.desk.monitor import Monitor, Now
from tui.drawing.canvas import Canvas
from tui.drawing.look import Look
from tui.launch import Demo, Launch
from tui.pane import Size
from tui.panes.ladder import Ladder
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor
from tui.themes import load_look


class _Broken(Ladder):
    """A ladder that cannot be drawn."""

    def draw(self, market: object, size: Size, look: Look) -> Canvas:
        raise IndexError("row 7 of 5")


class _Stuck(Ladder):
    """A ladder that draws, but cannot tell what a key would do."""

    def group_shown(self, market: Market, size: Size) -> int | None:
        raise ZeroDivisionError("0 rows\n\x1b[2Jof 0")


def test_a_pane_that_fails_says_so_and_the_others_go_on() -> None:
    monitor = Monitor(Launch(Demo(7)), FrameClock(Governor(10)), FakeShell(), tip=False)
    monitor.session.markets.apply(events(7, 60))
    good, monitor.desk.panes["ladder"] = monitor.desk.panes["ladder"], _Broken()
    shown = monitor.frame(Size(200, 50), Now(1.0, 0), lambda: 1.0)
    assert shown is not None
    text = "\n".join(lines(shown))
    assert "IndexError: row 7 of 5" in text
    assert "60" in text
    assert "Tape sim:7" in text
    assert monitor.faults.lines() == ["pane ladder failed: IndexError: row 7 of 5"]
    assert "in draw" in monitor.faults.ever["ladder"].trace

    monitor.desk.panes["ladder"] = replace(good)  # type: ignore[type-var]  # a dataclass, as all
    mended = monitor.frame(Size(200, 50), Now(2.0, 0), lambda: 2.0)
    assert mended is not None
    assert "IndexError" not in "\n".join(lines(mended))
    assert monitor.faults.lines(), "what happened is still told at the end"


def test_a_fault_fits_any_place_and_shows_nothing_hostile() -> None:
    error = ValueError("\x1b[2Jgone")
    for size in (Size(0, 0), Size(1, 1), Size(30, 8)):
        canvas = draw_fault("tape", error, size, load_look())
        assert 27 not in canvas.glyph


def test_failures_of_one_pane_are_counted_until_it_draws_well() -> None:
    faults = Faults()
    for _ in range(3):
        faults.add("tape", ValueError("no"))
    assert faults.ever["tape"].times == 3
    faults.mended("tape")
    faults.add("tape", KeyError())
    assert faults.ever["tape"].times == 1
    assert faults.lines() == ["pane tape failed: KeyError"]


@in_loop
async def test_a_key_or_wheel_that_fails_says_so_in_one_line_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tui.app.user_state_path", lambda name: tmp_path / name)
    app = TapetopApp(Launch(Demo(7), pane="ladder"))
    async with app.run_test(size=(80, 24)) as pilot:
        app.monitor.session.markets.apply(events(7, 30))
        app.monitor.desk.panes["ladder"] = _Stuck()
        for press, what in (("up", "key up"), ("j", "key j")):
            await pilot.press(press)
            assert app.monitor.footnote == (f"{what} failed: ZeroDivisionError: 0 rows ?[2Jof 0")
        app._wheel(_Turned(), "up")  # type: ignore[arg-type]  # what is read of one
        assert app.monitor.footnote.startswith("wheel up failed: ZeroDivisionError")
        assert "wheel up failed" in lines(app.view.canvas)[-1]
        assert "Ladder" in lines(app.view.canvas)[1], "the picture stays"
        assert app.is_running
        await pilot.press("q")
    assert app.return_code == 0
    told = app.monitor.faults.lines()
    assert [line.partition(" failed")[0] for line in told] == ["key up", "key j", "wheel up"]
    assert "in group_shown" in app.monitor.faults.ever["key j"].trace


@in_loop
async def test_a_click_drag_or_paste_that_fails_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tui.app.user_state_path", lambda name: tmp_path / name)
    app = TapetopApp(Launch(Demo(7), pane="candles"))

    def fail(*_: object) -> None:
        raise KeyError("no such row")

    async with app.run_test(size=(80, 24)) as pilot:
        for name in ("point", "measure", "paste"):
            monkeypatch.setattr(app.monitor, name, fail)
        await pilot.click(offset=(40, 12))
        app._pressed = (1, 1)
        app.on_mouse_move(_Turned())  # type: ignore[arg-type]  # what is read of one
        app.on_paste(_Turned())  # type: ignore[arg-type]
        assert app.is_running
    assert sorted(app.monitor.faults.ever) == ["click", "dragging", "pasting"]


def test_a_key_that_does_what_it_stands_for_again_is_still_told_of() -> None:
    faults, notes = Faults(), list[str]()
    for _ in range(2):
        with faults.spared("key j", notes.append):
            raise ValueError("no")
    assert faults.ever["key j"].times == 2
    with faults.spared("key j", notes.append):
        pass
    with faults.spared("key j", notes.append):
        raise ValueError("no")
    assert faults.ever["key j"].times == 1
    assert notes == ["key j failed: ValueError: no"] * 3


class _Turned:
    """The parts of a mouse and a paste event that are read."""

    screen_x, screen_y, button = 40, 12, 1
    text = "binance:BTCUSDT"
