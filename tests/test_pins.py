"""Pinned panes: what keeps to its own instrument while the others change, and what goes with it."""

from dataclasses import replace

import pytest

from feeds.simulate import together
from tests.scenes import lines
from tests.shell import FakeShell
from tui.desk.monitor import Monitor, Now
from tui.keys import actions
from tui.launch import Demo, Launch
from tui.pane import Size
from tui.settings.words import set_one
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor


@pytest.fixture
def monitor() -> Monitor:
    """Heatmap and ladder over two simulated markets, the heatmap in focus."""
    made = Monitor(
        Launch(Demo(7, (8,)), layout="depth"), FrameClock(Governor(10)), FakeShell(), tip=False
    )
    made.session.markets.apply(together((7, 8), 5.0))
    made.desk.focus_on("heatmap")
    picture(made)
    return made


def press(monitor: Monitor, *keys: str) -> None:
    for key in keys:
        command = monitor.press(key, key if len(key) == 1 else None)
        if command is not None:
            actions.run(monitor, command)


def picture(monitor: Monitor) -> str:
    """The screen as text."""
    now = Now(monitor.now.seconds + 1.0, monitor.now.wall + 10**9)
    monitor.frame(Size(200, 50), now, lambda: 0.0)
    assert monitor.canvas is not None
    return "\n".join(lines(monitor.canvas))


def shown(monitor: Monitor) -> dict[str, str | None]:
    return {name: monitor.instrument_of(name) for name in monitor.desk.names}


def test_a_pinned_pane_keeps_to_its_instrument_while_the_others_change(monitor: Monitor) -> None:
    press(monitor, "P", "tab", "n")
    assert shown(monitor) == {"heatmap": "sim:7", "ladder": "sim:8"}
    text = picture(monitor)
    assert "Heatmap sim:7" in text
    assert "Ladder sim:8" in text
    assert text.startswith(" sim:8")


def test_a_pinned_pane_in_focus_changes_alone_and_the_status_row_is_its(monitor: Monitor) -> None:
    press(monitor, "P", "n")
    assert shown(monitor) == {"heatmap": "sim:8", "ladder": "sim:7"}
    assert picture(monitor).startswith(" sim:8")
    press(monitor, "tab")
    assert picture(monitor).startswith(" sim:7")


def test_a_pane_that_is_not_pinned_any_more_follows_the_others(monitor: Monitor) -> None:
    press(monitor, "P", "n", "P")
    assert monitor.desk.pins == {}
    assert shown(monitor) == {"heatmap": "sim:7", "ladder": "sim:7"}


def test_prices_of_a_pinned_pane_stay_when_the_others_change(monitor: Monitor) -> None:
    monitor.desk.change(lambda pane: replace(pane, center=120_000))  # type: ignore[type-var]
    press(monitor, "P", "tab")
    monitor.desk.change(lambda pane: replace(pane, center=120_000))  # type: ignore[type-var]
    press(monitor, "n")
    assert getattr(monitor.desk.panes["heatmap"], "center", None) == 120_000
    assert getattr(monitor.desk.panes["ladder"], "center", 0) is None


def test_pins_go_with_panes_that_are_split_exchanged_or_closed(monitor: Monitor) -> None:
    press(monitor, "P", "n", "underscore")
    assert monitor.desk.pins == {"heatmap": "sim:8", "heatmap 2": "sim:8"}
    press(monitor, "P", "shift+tab", "X")
    assert shown(monitor) == {"heatmap": "sim:7", "ladder": "sim:7"}
    monitor.desk.focus_on("ladder")
    press(monitor, "P", "n", "W")
    assert monitor.desk.names == ["ladder", "heatmap"]
    assert shown(monitor) == {"ladder": "sim:8", "heatmap": "sim:7"}


def test_an_instrument_that_is_watched_no_more_leaves_its_pane_to_the_others(
    monitor: Monitor,
) -> None:
    press(monitor, "P")
    monitor.desk.pins["heatmap"] = "sim:9"
    assert shown(monitor) == {"heatmap": "sim:7", "ladder": "sim:7"}


def test_a_pin_to_an_instrument_that_is_gone_keeps_to_what_is_shown_instead(
    monitor: Monitor,
) -> None:
    press(monitor, "P")
    monitor.desk.pins["heatmap"] = "sim:9"
    monitor.desk.panes["heatmap"] = set_one(monitor.desk.pane, "center", "120000")
    press(monitor, "tab", "n")
    assert shown(monitor) == {"heatmap": "sim:7", "ladder": "sim:8"}
    press(monitor, "tab", "n")
    assert shown(monitor) == {"heatmap": "sim:8", "ladder": "sim:8"}
    assert getattr(monitor.desk.pane, "center", 0) is None
