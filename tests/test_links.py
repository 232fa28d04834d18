"""Groups of panes: what they show together, what else they share, and what goes with whom."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.simulate import together
from tests.scenes import lines
from tests.shell import FakeShell
from tui.desk.desk import Desk
from tui.desk.links import LETTERS, SHARED, Link, tint
from tui.desk.monitor import Monitor, Now
from tui.drawing.look import ColorDepth
from tui.keys import actions, adjust, crossing
from tui.launch import Demo, Launch, LiveMarkets
from tui.pane import Pane, Size
from tui.settings.words import set_one
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor
from tui.themes import load_look

LAYOUT = "default"


@pytest.fixture
def monitor() -> Monitor:
    """The default layout over two simulated markets, the heatmap in focus."""
    made = Monitor(
        Launch(Demo(7, (8,)), layout=LAYOUT), FrameClock(Governor(10)), FakeShell(), tip=False
    )
    made.session.markets.apply(together((7, 8), 20.0))
    made.desk.focus_on("heatmap")
    picture(made)
    return made


def press(monitor: Monitor, *keys: str) -> None:
    for key in keys:
        command = monitor.press(key, key if len(key) == 1 else None)
        if command is not None:
            actions.run(monitor, command)


def picture(monitor: Monitor, width: int = 200) -> list[str]:
    """The screen as lines of text."""
    now = Now(monitor.now.seconds + 1.0, monitor.now.wall + 10**9)
    monitor.frame(Size(width, 50), now, lambda: 0.0)
    assert monitor.canvas is not None
    return lines(monitor.canvas)


def join(monitor: Monitor, letter: str, *names: str) -> None:
    """Put panes into a group by keys; the last one has the focus."""
    for name in names:
        monitor.desk.focus_on(name)
        press(monitor, "G", letter)


def toggle(monitor: Monitor, word: str) -> None:
    """Share something in the group of the focused pane, or not."""
    press(monitor, "G", {"crosshair": "x", "timeframe": ".", "scrolling": "w"}[word], "escape")


def shown(monitor: Monitor) -> dict[str, str | None]:
    return {name: monitor.instrument_of(name) for name in monitor.desk.names}


def cross(pane: Pane) -> tuple[int | None, int | None]:
    assert isinstance(pane, crossing.Crossed)
    return pane.cross_time, pane.cross_price


def test_panes_of_a_group_change_their_instrument_together_and_alone(monitor: Monitor) -> None:
    others = set(monitor.desk.names) - {"heatmap", "ladder"}
    join(monitor, "A", "heatmap", "ladder")
    press(monitor, "n")
    assert shown(monitor) == {
        "heatmap": "sim:8",
        "ladder": "sim:8",
        **dict.fromkeys(others, "sim:7"),
    }
    monitor.desk.focus_on(min(others))
    press(monitor, "n", "n", "n")
    assert {shown(monitor)[name] for name in others} == {"sim:8"}
    press(monitor, "N")
    assert {shown(monitor)[name] for name in others} == {"sim:7"}
    assert shown(monitor)["heatmap"] == "sim:8"


def test_a_pane_that_joins_shows_what_its_group_shows_and_begins_anew(monitor: Monitor) -> None:
    join(monitor, "A", "heatmap")
    press(monitor, "n")
    monitor.desk.panes["ladder"] = set_one(monitor.desk.panes["ladder"], "center", "120000")
    join(monitor, "A", "ladder")
    assert shown(monitor)["ladder"] == "sim:8"
    assert getattr(monitor.desk.panes["ladder"], "center", 0) is None
    press(monitor, "G", "-")
    assert shown(monitor)["ladder"] == "sim:7"
    assert monitor.desk.groups == {"heatmap": "A"}


def test_a_letter_that_nobody_has_any_more_begins_anew(monitor: Monitor) -> None:
    join(monitor, "B", "heatmap")
    press(monitor, "n", "G", "-")
    join(monitor, "B", "ladder")
    assert shown(monitor)["ladder"] == "sim:7"


def test_a_pane_is_pinned_or_in_a_group_but_not_both(monitor: Monitor) -> None:
    join(monitor, "A", "heatmap")
    press(monitor, "P")
    assert (monitor.desk.pins, monitor.desk.groups) == ({"heatmap": "sim:7"}, {})
    join(monitor, "A", "heatmap")
    assert (monitor.desk.pins, monitor.desk.groups) == ({}, {"heatmap": "A"})


def test_the_letter_stands_in_the_title_and_a_click_on_it_asks_anew(monitor: Monitor) -> None:
    join(monitor, "C", "ladder", "heatmap")
    rows = picture(monitor)
    assert rows[1].startswith("CHeatmap sim:7")
    assert "CLadder" in rows[1]
    before = monitor.canvas
    assert monitor.point(0, 1) == "link"
    assert monitor.point(3, 1) == "settings"
    press(monitor, "G", "-")
    assert picture(monitor)[1].startswith("≡Heatmap sim:7")
    assert before is not None


@pytest.mark.parametrize("depth", ColorDepth)
@pytest.mark.parametrize("theme", ["dark", "light", "colorblind"])
def test_every_letter_can_be_read_and_stands_out_of_the_title(
    theme: str, depth: ColorDepth
) -> None:
    look = load_look(theme, depth)
    for letter in LETTERS:
        for ground in (look.title_bar, look.title_bar_focus):
            tag = tint(letter, look)
            assert look.mono or tag != ground
            assert look.mono or look.readable[look.ink[tag], tag] != tag


def test_a_crosshair_stands_at_the_same_time_and_price_in_all_of_a_group(monitor: Monitor) -> None:
    join(monitor, "A", "candles", "ladder", "heatmap")
    press(monitor, "x", "left", "up", "up")
    panes = monitor.desk.panes
    assert cross(panes["heatmap"]) == cross(panes["candles"]) == cross(panes["ladder"])
    assert None not in cross(panes["heatmap"])
    monitor.desk.focus_on("ladder")
    press(monitor, "up")
    assert cross(panes["heatmap"]) == cross(panes["candles"]) == cross(panes["ladder"])
    press(monitor, "x")
    assert {cross(panes[name]) for name in ("heatmap", "candles")} == {(None, None)}


def test_a_price_pointed_at_in_the_ladder_is_pointed_at_now_elsewhere(monitor: Monitor) -> None:
    join(monitor, "A", "candles", "ladder")
    press(monitor, "x")
    market = monitor.market
    assert market is not None
    assert cross(monitor.desk.panes["ladder"])[0] is None
    at, price = cross(monitor.desk.panes["candles"])
    assert (at, price) == (market.clock, cross(monitor.desk.panes["ladder"])[1])
    assert crossing.crossed(monitor.desk.panes["candles"])


def test_a_crosshair_stays_alone_without_a_group_or_where_it_is_not_shared(
    monitor: Monitor,
) -> None:
    press(monitor, "x")
    assert not crossing.crossed(monitor.desk.panes["candles"])
    press(monitor, "x")
    join(monitor, "A", "candles", "heatmap")
    toggle(monitor, "crosshair")
    assert not monitor.desk.links["A"].crosshair
    press(monitor, "x")
    assert not crossing.crossed(monitor.desk.panes["candles"])
    toggle(monitor, "crosshair")
    assert cross(monitor.desk.panes["candles"]) == cross(monitor.desk.panes["heatmap"])


def test_a_timeframe_is_shared_only_where_that_is_asked_for(monitor: Monitor) -> None:
    join(monitor, "A", "ladder", "candles", "heatmap")
    press(monitor, "full_stop")
    frames = {name: adjust.timeframe(pane) for name, pane in monitor.desk.panes.items()}
    assert (frames["heatmap"], frames["candles"]) == ("5s", "1m")
    toggle(monitor, "timeframe")
    assert adjust.timeframe(monitor.desk.panes["candles"]) == "5s"
    press(monitor, "full_stop")
    assert adjust.timeframe(monitor.desk.panes["candles"]) == "15s"
    assert adjust.timeframe(monitor.desk.panes["ladder"]) == frames["ladder"]
    monitor.desk.put("candles", set_one(monitor.desk.panes["candles"], "timeframe", "100t"))
    assert adjust.timeframe(monitor.desk.panes["heatmap"]) == "15s"


def test_panes_go_back_in_time_together_only_where_that_is_asked_for(monitor: Monitor) -> None:
    join(monitor, "A", "candles", "heatmap")
    press(monitor, "left")
    assert adjust.shown_until(monitor.desk.panes["candles"]) is None
    toggle(monitor, "scrolling")
    until = adjust.shown_until(monitor.desk.panes["heatmap"])
    assert adjust.shown_until(monitor.desk.panes["candles"]) == until is not None
    press(monitor, "left")
    assert adjust.shown_until(monitor.desk.panes["candles"]) == adjust.shown_until(
        monitor.desk.pane
    )


def test_who_joins_later_takes_what_is_shared(monitor: Monitor) -> None:
    join(monitor, "A", "heatmap")
    toggle(monitor, "timeframe")
    press(monitor, "full_stop", "x")
    join(monitor, "A", "candles")
    candles, heatmap = monitor.desk.panes["candles"], monitor.desk.panes["heatmap"]
    assert adjust.timeframe(candles) == adjust.timeframe(heatmap) == "5s"
    assert cross(candles) == cross(heatmap) != (None, None)


def test_settings_in_their_dialog_are_shared_like_those_of_keys(monitor: Monitor) -> None:
    join(monitor, "A", "candles", "heatmap")
    toggle(monitor, "timeframe")
    press(monitor, "S", "j")
    press(monitor, "enter", "ctrl+u", *"2s", "enter", "escape")
    assert adjust.timeframe(monitor.desk.panes["heatmap"]) == "2s"
    assert adjust.timeframe(monitor.desk.panes["candles"]) == "2s"


def test_groups_go_with_panes_that_are_split_exchanged_or_closed(monitor: Monitor) -> None:
    join(monitor, "A", "heatmap")
    press(monitor, "underscore")
    assert monitor.desk.groups == {"heatmap": "A", "heatmap 2": "A"}
    press(monitor, "G", "b", "shift+tab", "X")
    assert monitor.desk.groups == {"heatmap": "B"}


def test_another_pane_in_a_place_is_in_its_group(monitor: Monitor) -> None:
    join(monitor, "A", "heatmap")
    monitor.desk.show("tape")
    assert monitor.desk.groups[monitor.desk.focus] == "A"


def test_an_instrument_that_is_gone_leaves_its_group_to_what_the_others_show(
    monitor: Monitor,
) -> None:
    join(monitor, "A", "heatmap")
    link = monitor.desk.links["A"]
    monitor.desk.links["A"] = replace(link, instrument="sim:9")
    assert set(shown(monitor).values()) == {"sim:7"}
    for unwatched in ("sim:9", None):
        monitor.desk.links["A"] = replace(link, instrument=unwatched)
        monitor.desk.focus_on("ladder")
        press(monitor, "n")
        assert shown(monitor)["heatmap"] == "sim:7"
        assert shown(monitor)["ladder"] == "sim:8"
        press(monitor, "N")


def test_prices_of_an_instrument_that_is_watched_no_more_are_forgotten_in_groups_and_pins() -> None:
    first, second = "binance:BTCUSDT", "binance:ETHUSDT"
    made = Monitor(
        Launch(LiveMarkets((first, second))), FrameClock(Governor(10)), FakeShell(), tip=False
    )
    join(made, "A", "ladder")
    press(made, "n")
    made.desk.focus_on("heatmap")
    press(made, "P", "n")
    for name in ("ladder", "heatmap"):
        made.desk.panes[name] = set_one(made.desk.panes[name], "center", "120000")
    made.desk.focus_on("candles")
    press(made, "n", "D")
    assert made.session.instruments == [first]
    assert set(shown(made).values()) == {first}
    assert {getattr(made.desk.panes[name], "center", 0) for name in ("ladder", "heatmap")} == {None}


def test_everything_a_group_can_share_is_a_switch_of_its_own() -> None:
    assert {"instrument", *SHARED} == {field.name for field in fields(Link)}


@given(
    st.lists(
        st.tuples(st.sampled_from(["heatmap", "ladder", "candles", "tape"]), st.integers(0, 3)),
        max_size=12,
    )
)
def test_companions_are_of_one_sort_and_never_pinned(steps: list[tuple[str, int]]) -> None:
    desk = Desk("default")
    for name, deed in steps:
        desk.focus_on(name)
        if deed == 3:
            desk.pin("sim:8")
        else:
            desk.join([None, "A", "B"][deed], "sim:7")
    for name in desk.names:
        friends = desk.companions(name)
        assert name not in friends
        assert all(name in desk.companions(friend) for friend in friends)
        assert all(desk.groups.get(friend) == desk.groups.get(name) for friend in friends)
        assert not set(friends) & set(desk.pins)
    assert not set(desk.pins) & set(desk.groups)
