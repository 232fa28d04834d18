"""The desk: which panes stand where, and what they keep when that changes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.desk.desk import Desk
from tui.desk.layouts import layout_names
from tui.panes.heatmap import Heatmap
from tui.registry import PANES


def test_another_pane_takes_the_place_and_the_focus_of_the_one_before() -> None:
    desk = Desk("depth")
    before = desk.arranged(200, 50)
    desk.focus_on("ladder")
    desk.show("flow")
    assert desk.names == ["heatmap", "flow"]
    assert desk.focus == "flow"
    assert [place for _, place in desk.arranged(200, 50)] == [place for _, place in before]


def test_a_pane_alone_gives_way_to_another_alone() -> None:
    desk = Desk(only="tape")
    desk.show("tpo")
    assert desk.names == ["tpo"]
    assert len(desk.arranged(200, 50)) == 1


def test_settings_stay_with_the_place_when_a_second_of_a_kind_comes_before_it() -> None:
    desk = Desk("chart")
    desk.focus_on("heatmap")
    desk.change(lambda pane: replace(pane, timeframe="5s"))  # type: ignore[type-var]
    desk.focus_on("candles")
    desk.show("heatmap")
    first, second = desk.panes["heatmap"], desk.panes["heatmap 2"]
    assert desk.names == ["heatmap", "heatmap 2", "tape"]
    assert desk.focus == "heatmap"
    assert first == Heatmap()
    assert getattr(second, "timeframe", None) == "5s"


def test_a_layout_chosen_again_is_as_it_was() -> None:
    desk = Desk("chart")
    names = desk.names
    desk.show("flow")
    desk.choose("chart")
    assert desk.names == names


@given(
    st.sampled_from(layout_names()),
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(list(PANES))), max_size=6),
)
def test_whatever_is_shown_where_each_place_has_a_pane_of_its_kind(
    layout: str, shown: list[tuple[int, str]]
) -> None:
    desk = Desk(layout)
    kinds = [desk.panes[name].kind for name in desk.names]
    for steps, kind in shown:
        desk.turn(steps)
        kinds[desk.names.index(desk.focus)] = kind
        desk.show(kind)
        assert [desk.panes[name].kind for name in desk.names] == kinds
        assert desk.pane.kind == kind
        assert {name for name, _ in desk.arranged(400, 200)} == set(desk.names)


@pytest.mark.parametrize("name", layout_names())
def test_every_pane_of_a_layout_has_room_at_120x40(name: str) -> None:
    desk = Desk(name)
    assert [pane for pane, _ in desk.arranged(120, 40)] == desk.names
