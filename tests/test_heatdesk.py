"""Keys and clicks reach the heatmap through the monitor."""

from functools import lru_cache

from feeds.simulate import events
from market.markets import Markets
from tests.scenes import SECOND
from tests.shell import FakeShell
from tui.desk.monitor import Monitor, Now
from tui.keys import actions
from tui.launch import Demo, Launch
from tui.pane import Size
from tui.panes.heatmap import Heatmap
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor

SMALL = Size(100, 30)


@lru_cache(maxsize=1)
def played() -> Markets:
    """A minute and a half of the simulated market."""
    markets = Markets()
    markets.apply(events(7, 90.0))
    return markets


class Watched:
    """A monitor with the simulated market in it, in the layout of all panes or of one."""

    def __init__(self, pane: str | None = "heatmap", size: Size = SMALL) -> None:
        launch = Launch(Demo(7), pane=pane)
        self.monitor = Monitor(launch, FrameClock(Governor(10)), FakeShell(), tip=True)
        self.monitor.session.markets = played()
        self._size, self._time = size, 0.0
        self.show()

    def show(self) -> str:
        """Draw, and return the screen as text."""
        self._time += 0.2
        self.monitor.frame(self._size, Now(self._time, round(self._time * SECOND)), lambda: 0.0)
        canvas = self.monitor.canvas
        assert canvas is not None
        return "\n".join("".join(chr(g or 32) for g in row) for row in canvas.glyph.tolist())

    def press(self, *keys: str) -> str:
        for key in keys:
            name = self.monitor.press(key, key if len(key) == 1 else None)
            if name is not None:
                actions.run(self.monitor, name)
            self.show()
        return self.show()

    @property
    def heatmap(self) -> Heatmap:
        pane = self.monitor.desk.panes["heatmap"]
        assert isinstance(pane, Heatmap)
        return pane


def test_x_puts_the_crosshair_down_and_takes_it_away() -> None:
    watched = Watched()
    assert "from last" not in watched.show()
    assert "from last" in watched.press("x")
    assert "from last" not in watched.press("x")
    watched.press("x")
    assert "from last" not in watched.press("escape")
    assert watched.heatmap == Heatmap()


def test_arrows_move_the_crosshair_while_there_is_one_and_scroll_otherwise() -> None:
    watched = Watched()
    watched.press("x")
    begun = watched.heatmap
    assert begun.cross_time is not None
    assert begun.cross_price is not None
    watched.press("left", "left", "up")
    moved = watched.heatmap
    assert moved.cross_time == begun.cross_time - 2 * SECOND
    assert moved.cross_price is not None
    assert moved.cross_price > begun.cross_price
    assert (moved.until, moved.center) == (None, None)
    watched.press("pageup")
    assert watched.heatmap.until is not None
    watched.press("escape", "escape", "left")
    assert watched.heatmap.until is not None
    assert watched.heatmap.cross_time is None


def test_in_a_pause_the_crosshair_is_on_the_picture_that_is_held() -> None:
    watched = Watched()
    watched.monitor.held_at = 1_704_204_000 * SECOND + 60 * SECOND
    watched.press("x")
    assert watched.heatmap.cross_time == watched.monitor.held_at
    assert watched.heatmap.until is None


def test_a_click_focuses_a_pane_and_the_next_one_points_at_a_cell() -> None:
    watched = Watched(None, Size(200, 50))
    watched.press("tab")
    assert watched.monitor.desk.focus != "heatmap"
    watched.monitor.point(20, 12)
    assert watched.monitor.desk.focus == "heatmap"
    assert watched.heatmap.cross_time is None
    watched.monitor.point(20, 12)
    assert watched.heatmap.cross_time is not None
    assert "from last" in watched.show()
    watched.monitor.point(20, 12)
    assert watched.heatmap.cross_time is None


def test_a_click_while_a_dialog_is_open_points_at_nothing() -> None:
    watched = Watched()
    watched.press("t")
    watched.monitor.point(20, 12)
    assert watched.heatmap == Heatmap()


def test_keys_of_the_heatmap_say_what_they_did() -> None:
    watched = Watched()
    assert "contrast of colours: linear" in watched.press("b")
    assert "volume profile: visible" in watched.press("v")
    assert "floor of colours, percentile of the sizes on screen: 40" in watched.press(
        "right_parenthesis"
    )
    assert "percentile of the sizes on screen: 99.5" in watched.press("left_curly_bracket")
    assert watched.heatmap == Heatmap(
        contrast="linear", profile="visible", floor=40.0, ceiling=99.5
    )


def test_elsewhere_the_keys_of_the_heatmap_change_nothing() -> None:
    watched = Watched("tape")
    before = dict(watched.monitor.desk.panes)
    assert "that is a key of the heatmap" in watched.press("b")
    assert "no crosshair" in watched.press("x")
    assert watched.monitor.desk.panes == before
