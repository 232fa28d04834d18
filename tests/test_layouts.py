"""Layouts: panes cover the area exactly, have room to be read, and make way where there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import ConfigError
from tui.desk.layouts import arrange, layout_names, load_layout, parse_layouts
from tui.registry import PANES, pane_type

layouts = st.sampled_from(layout_names())


@given(layouts, st.integers(-2, 260), st.integers(-2, 90))
def test_panes_cover_the_area_without_overlap(name: str, width: int, height: int) -> None:
    layout = load_layout(name)
    placed = arrange(layout, width, height)
    regions = [region for _, region in placed]
    area = max(0, width) * max(0, height)
    assert sum(region.width * region.height for region in regions) == area
    for number, one in enumerate(regions):
        assert one.x >= 0
        assert one.y >= 0
        assert one.x + one.width <= width
        assert one.y + one.height <= height
        for other in regions[:number]:
            apart = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert apart or one.y + one.height <= other.y or other.y + other.height <= one.y


@given(layouts, st.integers(1, 260), st.integers(1, 90))
def test_panes_beside_others_have_room(name: str, width: int, height: int) -> None:
    layout = load_layout(name)
    placed = arrange(layout, width, height)
    assert placed
    if len(placed) > 1:
        for kind, region in placed:
            least = layout.minimum[kind]
            assert region.width >= least[0]
            assert region.height >= least[1]


@pytest.mark.parametrize(
    ("size", "kinds"),
    [
        ((200, 48), {"heatmap", "candles", "footprint", "ladder", "tape"}),
        ((120, 38), {"heatmap", "candles", "footprint", "ladder", "tape"}),
        ((100, 30), {"heatmap", "footprint", "ladder", "tape"}),
        ((80, 22), {"heatmap", "ladder", "tape"}),
        ((60, 20), {"heatmap"}),
        ((40, 10), {"ladder"}),
    ],
)
def test_the_default_shows_fewer_panes_where_it_is_small(
    size: tuple[int, int], kinds: set[str]
) -> None:
    assert {kind for kind, _ in arrange(load_layout("default"), *size)} == kinds


@pytest.mark.parametrize("name", layout_names())
def test_every_layout_is_whole_at_the_size_it_is_made_for(name: str) -> None:
    layout = load_layout(name)
    assert len(arrange(layout, 200, 48)) == len(layout.kinds)
    assert len(arrange(layout, 120, 38)) == len(layout.kinds)
    assert len(arrange(layout, 40, 10)) == 1
    assert layout.title


def test_a_ladder_grows_no_wider_than_it_can_use() -> None:
    regions = dict(arrange(load_layout("default"), 400, 100))
    assert regions["ladder"].width == regions["tape"].width == 52
    assert regions["heatmap"].width == 348


def test_the_layouts_give_each_pane_at_least_its_own_minimum() -> None:
    layout = load_layout("default")
    assert set(layout.minimum) <= set(PANES)
    for kind, (width, height) in layout.minimum.items():
        smallest = pane_type(kind).minimum
        assert width >= smallest.width
        assert height >= smallest.height


def test_an_unknown_layout_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r'unknown layout "defalt" \(did you mean "default"\?\)'):
        load_layout("defalt")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[mine]\ncolumns = [{ pane = "heatmp" }]', 'unknown pane "heatmp".*"heatmap"'),
        ('[mine]\ncolumns = [{ pain = "heatmap" }]', "unknown field `pain`"),
        ('[mine]\npane = "tape"\nrows = [{ pane = "tape" }]', "one of pane, rows or columns"),
        ("[mine]", "one of pane, rows or columns"),
        ('[mine]\nrows = [{ pane = "tape", weight = 0 }]', "weight is at least 1"),
        ('[mine]\npane = "tape"\nkeep = ["tap"]', 'unknown pane "tap".*"tape"'),
        ("[minimum]\ntap = [1, 1]", 'unknown pane "tap"'),
        ("[minimum]\ntape = [1]", "minimum"),
        ("mine = 3", "mine: Expected `object`"),
        ("[mine", "Expected"),
    ],
)
def test_mistakes_in_a_file_are_named(text: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=rf"(?s)^mine\.toml: .*{reason}"):
        parse_layouts("mine.toml", text, {})


def test_a_users_layout_may_be_one_pane_alone() -> None:
    layout = parse_layouts("mine.toml", '[mine]\npane = "tape"', {})["mine"]
    assert arrange(layout, 30, 4) == [("tape", (0, 0, 30, 4))]
