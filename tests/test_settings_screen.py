"""The settings dialog on the screen: the picture beside it, the mouse, all panes of a kind."""

from dataclasses import replace

import pytest

from feeds.simulate import events
from market.markets import Markets
from tests.running import in_loop
from tests.shell import FakeShell
from tui.app import TapetopApp
from tui.desk.layouts import Node, load_layout
from tui.desk.monitor import Monitor, Now
from tui.desk.scene import MARK
from tui.dialogs.choice import Opened
from tui.keys import actions
from tui.keys.table import BY_KEY
from tui.launch import Demo, Launch
from tui.pane import Size
from tui.panes.footprint import FootprintPane
from tui.panes.heatmap import Heatmap
from tui.panes.ladder import Ladder
from tui.registry import pane_type
from tui.settings.steps import settings_for
from tui.settings.words import set_one
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor


class Screen:
    """The app but for its terminal: a monitor with a market in it, and fingers."""

    def __init__(self, size: Size, *, layout: str = "default") -> None:
        launch = Launch(Demo(7), layout=layout)
        self.monitor = Monitor(launch, FrameClock(Governor(10)), FakeShell(), tip=False)
        self.monitor.session.markets = MARKETS
        self.size, self.time = size, 0.0
        self.frame()

    def frame(self) -> None:
        self.time += 1.0
        self.monitor.frame(self.size, Now(self.time, round(self.time * 1e9)), lambda: self.time)

    @property
    def dialog(self) -> Opened:
        dialog = self.monitor.dialog
        assert dialog is not None
        return dialog

    def press(self, *keys: str) -> None:
        for key in keys:
            self.run(self.monitor.press(key, key if len(key) == 1 else None))

    def click(self, x: int, y: int) -> None:
        self.run(self.monitor.point(x, y))

    def run(self, name: str | None) -> None:
        if name is not None:
            actions.run(self.monitor, name)
        self.frame()

    @property
    def rows(self) -> list[str]:
        canvas = self.monitor.canvas
        assert canvas is not None
        return ["".join(chr(glyph or 32) for glyph in row) for row in canvas.glyph.tolist()]

    def find(self, words: str) -> tuple[int, int]:
        """The cell at which words begin."""
        y = next(y for y, row in enumerate(self.rows) if words in row)
        return self.rows[y].index(words), y


MARKETS = Markets()
MARKETS.apply(events(7, 90))


@pytest.mark.parametrize("size", [Size(40, 12), Size(80, 24), Size(120, 40), Size(200, 50)])
@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("candles", "timeframe"),
        ("footprint", "timeframe"),
        ("heatmap", "timeframe"),
        ("ladder", "grouping"),
        ("tape", "timeframe"),
    ],
)
def test_the_picture_beside_the_dialog_changes_with_a_setting(
    size: Size, kind: str, key: str
) -> None:
    screen = Screen(size)
    screen.monitor.desk.focus_on(kind)
    screen.press("S")
    title = f"Settings: {type(screen.monitor.desk.pane).title}"
    x, y = screen.find(title)
    box = screen.dialog.size(size.width, size.height - 2)
    screen.press(*["down"] * [one.key for one in settings_for(pane_type(kind))].index(key))
    before, rows = screen.monitor.desk.pane, screen.rows
    screen.press("right")
    assert screen.monitor.desk.pane != before
    changed = {
        (column, row)
        for row, (one, other) in enumerate(zip(rows, screen.rows, strict=True))
        for column, pair in enumerate(zip(one, other, strict=True))
        if pair[0] != pair[1] and 0 < row < size.height - 1
    }
    inside = {(c, r) for c, r in changed if x - 3 <= c < x - 3 + box.width and y <= r}
    assert changed - inside, "the dialog hides what it changes"
    screen.press("escape")
    assert screen.monitor.dialog is None
    assert not any(title in row for row in screen.rows)


def test_a_setting_made_in_the_dialog_is_kept_as_one_made_by_a_key_is() -> None:
    by_key, by_dialog = Screen(Size(120, 40)), Screen(Size(120, 40))
    by_key.press("full_stop", "2", "1")
    by_dialog.press("S", "down", "right", "escape", "2", "1")
    assert by_key.monitor.desk.panes["heatmap"] != Heatmap()
    assert by_key.monitor.desk.panes == by_dialog.monitor.desk.panes


def test_steps_in_time_begin_at_the_moment_at_which_the_picture_was_paused() -> None:
    screen = Screen(Size(120, 40))
    market = screen.monitor.market
    assert market is not None
    screen.monitor.held_at = market.clock - 30_000_000_000
    screen.press("S", "end", *["up"] * 7, "left")
    until = screen.monitor.desk.panes["heatmap"].until  # type: ignore[attr-defined]  # a Heatmap
    assert 0 < until < screen.monitor.held_at


def test_the_timeframe_of_the_dialog_fetches_bars_as_the_key_does() -> None:
    asked: list[str] = []
    screen = Screen(Size(120, 40))
    screen.monitor.desk.focus_on("candles")
    screen.monitor.session.want_interval = asked.append  # type: ignore[assignment, method-assign]  # heard
    screen.press("S", "down", "right")
    assert asked == ["3m"]


def test_the_name_in_the_title_of_the_focused_pane_opens_its_settings() -> None:
    screen = Screen(Size(120, 40))
    x, y = screen.find("Candles")
    screen.click(x, y)
    assert screen.monitor.dialog is None
    assert screen.monitor.desk.focus == "candles"
    assert screen.rows[y][x - 1] == MARK
    screen.click(x - 1, y)
    assert screen.find("Settings: Candles")
    screen.click(x, y)
    assert screen.monitor.dialog is None, "a click beside the dialog closes it"


def test_clicks_and_the_wheel_in_the_dialog_are_for_it_alone() -> None:
    screen = Screen(Size(120, 40))
    screen.press("S")
    before = screen.monitor.desk.pane
    x, y = screen.find("contrast ")
    assert screen.monitor.wheel(x, y, "down") is None
    screen.frame()
    assert screen.monitor.desk.pane == before
    assert "▸" in screen.rows[screen.find("timeframe ")[1]][: screen.find("timeframe ")[0]]
    arrow = screen.rows[y].rindex("▸")
    screen.click(arrow, y)
    assert screen.monitor.desk.pane == Heatmap(contrast="linear")
    screen.click(screen.find("Esc closes")[0], screen.find("Esc closes")[1])
    assert screen.monitor.dialog is None
    assert screen.monitor.wheel(3, 5, "down") == "down"


def test_a_click_takes_a_choice_of_any_other_dialog() -> None:
    screen = Screen(Size(120, 40))
    screen.press("0")
    x, y = screen.find("ladder: ")
    screen.click(x, y)
    assert screen.monitor.dialog is None
    assert screen.monitor.desk.layout.name == "ladder"
    screen.press("t")
    screen.click(*screen.find("Esc closes"))
    assert screen.monitor.dialog is None


def test_apply_to_all_of_this_kind_sets_those_shown_and_those_to_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two, one = Node(pane="footprint"), Node(pane="ladder")
    usual = load_layout("default")
    layouts = {
        "default": replace(usual, root=Node(columns=(two, two, one))),
        "flow": replace(usual, name="flow", root=Node(columns=(two, two, two))),
    }
    monkeypatch.setattr("tui.desk.desk.load_layout", lambda name: layouts[name])
    screen = Screen(Size(160, 40))
    desk = screen.monitor.desk
    assert desk.names == ["footprint", "footprint 2", "ladder"]
    screen.press("S")
    assert screen.find("Settings: Footprint ")
    desk.panes["footprint 2"] = FootprintPane(center=120_000)
    desk.panes["footprint"] = FootprintPane(ratio=5.0, until=90, center=5)
    screen.press("*")
    assert desk.panes["footprint 2"] == FootprintPane(ratio=5.0, center=120_000)
    assert desk.panes["ladder"] == Ladder()
    assert any("set alike: footprint 2" in row for row in screen.rows)
    screen.press("escape")
    desk.choose("flow")
    assert desk.panes["footprint 3"] == FootprintPane(ratio=5.0)


def test_apply_to_all_says_where_there_is_no_other_of_the_kind() -> None:
    screen = Screen(Size(120, 40))
    screen.press("S", "*")
    assert any("every heatmap opened from now on" in row for row in screen.rows)


def test_the_key_is_in_help_and_palette_and_on_the_bottom_row() -> None:
    assert BY_KEY["S"].name == "settings"
    screen = Screen(Size(120, 40))
    assert "S settings" in screen.rows[-1]
    screen.press("ctrl+p", *"settings of")
    screen.press("enter")
    assert screen.find("Settings: Heatmap")


@in_loop
async def test_the_app_shows_changes_and_closes_the_dialog_by_keys_and_mouse() -> None:
    app = TapetopApp(Launch(Demo(7)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("S", "down", "right")
        desk = app.monitor.desk
        assert desk.panes[desk.focus] == set_one(type(desk.pane)(), "timeframe", "5s")
        await pilot.press("escape")
        assert app.monitor.dialog is None
        await pilot.click(offset=(2, 1))
        assert app.monitor.dialog is not None
        await pilot.click(offset=(2, 0))
        assert app.monitor.dialog is None
