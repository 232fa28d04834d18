"""Arranging panes by hand: what is split, closed, exchanged and resized, and where settings go."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.desk.arranging import MOST, Way
from tui.desk.desk import Desk, Placed
from tui.desk.layouts import Region, layout_names

AREA = (200, 50)
WAYS: tuple[Way, ...] = ("columns", "rows")


def begun(layout: str = "depth", only: str | None = None) -> Desk:
    """A desk that was drawn once."""
    desk = Desk(layout, only)
    desk.arranged(*AREA)
    return desk


def places(desk: Desk, area: tuple[int, int] = AREA) -> dict[str, Region]:
    return dict(desk.arranged(*area))


def covered(placed: Sequence[Placed], area: tuple[int, int]) -> bool:
    """Whether the panes have every cell of an area, and none twice."""
    cells = [
        (x, y)
        for _, place in placed
        for x in range(place.x, place.x + place.width)
        for y in range(place.y, place.y + place.height)
    ]
    return len(cells) == len(set(cells)) == area[0] * area[1]


@pytest.mark.parametrize("way", WAYS)
def test_a_pane_that_is_split_is_there_twice_and_the_second_has_the_focus(way: Way) -> None:
    desk = begun()
    desk.focus_on("heatmap")
    desk.change(lambda pane: replace(pane, timeframe="5s"))  # type: ignore[type-var]
    before = places(desk)["heatmap"]
    assert desk.split(way)
    assert desk.names == ["heatmap", "heatmap 2", "ladder"]
    assert desk.focus == "heatmap 2"
    assert desk.panes["heatmap"] == desk.panes["heatmap 2"]
    one, two = places(desk)["heatmap"], places(desk)["heatmap 2"]
    if way == "columns":
        assert one.width + two.width == before.width
        assert abs(one.width - two.width) <= 1
    else:
        assert one.height + two.height == before.height
        assert abs(one.height - two.height) <= 1


def test_a_pane_alone_can_be_split_too() -> None:
    desk = begun(only="tape")
    assert desk.split("columns")
    assert list(places(desk)) == ["tape", "tape 2"]


def test_where_there_is_no_room_nothing_is_split() -> None:
    desk = Desk("depth")
    desk.arranged(80, 24)
    names, layout = desk.names, desk.layout
    assert not desk.split("rows")
    assert (desk.names, desk.layout) == (names, layout)


def test_there_is_an_end_to_splitting() -> None:
    desk = Desk("depth")
    desk.arranged(5_000, 2_000)
    while desk.split("columns"):
        assert len(desk.names) <= MOST
    assert len(desk.names) == MOST


def test_the_room_of_a_closed_pane_goes_to_those_beside_it_and_the_last_one_stays() -> None:
    desk = begun()
    desk.focus_on("heatmap")
    assert desk.close()
    assert places(desk) == {"ladder": Region(0, 0, *AREA)}
    assert not desk.close()
    assert desk.names == ["ladder"]


def test_panes_change_places_with_their_settings_and_the_focus() -> None:
    desk = begun()
    desk.focus_on("heatmap")
    desk.change(lambda pane: replace(pane, timeframe="5s"))  # type: ignore[type-var]
    kept, before = desk.pane, places(desk)
    desk.exchange()
    assert desk.focus == "heatmap"
    assert desk.pane is kept
    after = places(desk)
    assert (after["ladder"], after["heatmap"]) == (before["heatmap"], before["ladder"])


@pytest.mark.parametrize("cells", [4, -4])
def test_room_is_taken_from_the_pane_beside(cells: int) -> None:
    desk = begun()
    desk.focus_on("heatmap")
    before = places(desk)
    assert desk.resize("columns", cells)
    after = places(desk)
    assert after["heatmap"].width == before["heatmap"].width + cells
    assert after["ladder"].width == before["ladder"].width - cells


def test_the_last_of_a_row_takes_room_from_the_one_before() -> None:
    desk = begun()
    desk.focus_on("ladder")
    before = places(desk)
    assert desk.resize("columns", 4)
    assert places(desk)["ladder"].width == before["ladder"].width + 4


def test_a_pane_with_nothing_beside_it_stays_as_it_is() -> None:
    desk = begun()
    assert not desk.resize("rows", 2)
    assert not begun(only="tape").resize("columns", 4)


def test_no_pane_becomes_smaller_than_can_be_read() -> None:
    desk = begun()
    desk.focus_on("heatmap")
    for _ in range(60):
        desk.resize("columns", 4)
        desk.arranged(*AREA)
    least = desk.layout.minimum["ladder"][0]
    assert places(desk)["ladder"].width == least
    desk.resize("columns", -4)
    assert places(desk)["ladder"].width == least + 4


def test_a_layout_that_is_chosen_again_is_as_it_was() -> None:
    desk = begun()
    before = places(desk)
    desk.split("rows")
    desk.resize("columns", 8)
    desk.choose("depth")
    assert places(desk) == before


@settings(max_examples=40)
@given(
    st.sampled_from(layout_names()),
    st.lists(
        st.tuples(
            st.sampled_from(["split", "close", "exchange", "resize", "focus"]),
            st.sampled_from(WAYS),
            st.integers(-30, 30),
        ),
        max_size=12,
    ),
)
def test_whatever_is_done_the_panes_cover_the_screen(
    layout: str, done: list[tuple[str, Way, int]]
) -> None:
    desk = begun(layout)
    for name, way, number in done:
        match name:
            case "split":
                desk.split(way)
            case "close":
                desk.close()
            case "exchange":
                desk.exchange()
            case "resize":
                desk.resize(way, number)
            case _:
                desk.turn(number)
        assert len(set(desk.names)) == len(desk.names)
        assert desk.focus in desk.names
        assert all(desk.panes[name].kind == name.partition(" ")[0] for name in desk.names)
        for area in (AREA, (80, 24)):
            placed = desk.arranged(*area)
            assert covered(placed, area)
            assert desk.focus in {name for name, _ in placed}
