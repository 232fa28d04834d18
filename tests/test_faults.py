"""A pane that fails says so in its place; the others go on, and the end of the run tells."""

from dataclasses import replace

from feeds.simulate import events
from tests.scenes import lines
from tests.shell import FakeShell
from tui.canvas import Canvas
from tui.clock import FrameClock
from tui.faults import Faults, draw_fault
from tui.governor import Governor
from tui.launch import Demo, Launch
from tui.look import Look
from tui.monitor import Monitor, Now
from tui.pane import Size
from tui.panes.ladder import Ladder
from tui.themes import load_look


class _Broken(Ladder):
    """A ladder that cannot be drawn."""

    def draw(self, market: object, size: Size, look: Look) -> Canvas:
        raise IndexError("row 7 of 5")


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
