"""The heatmap's keys: each changes what it says, and its way back leads back."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenes import simulated
from tui.drawing.axis import next_grouping
from tui.heat.brightness import Contrast
from tui.heat.settings import Profiled
from tui.keys import adjust
from tui.keys.actions import ACTIONS
from tui.keys.heat import CEILINGS, FLOORS, HEAT_ACTIONS, next_contrast, next_profile, raised
from tui.keys.table import COMMANDS
from tui.pane import Size
from tui.panes.candles import Candles
from tui.panes.heatmap import Heatmap

SIZE = Size(100, 30)


def test_the_contrast_goes_round_through_all_there_are() -> None:
    pane, seen = Heatmap(), list[str]()
    for _ in get_args(Contrast):
        seen.append(pane.contrast)
        pane = next_contrast(pane)
    assert sorted(seen) == sorted(get_args(Contrast))
    assert pane == Heatmap()


def test_the_profile_goes_round_through_all_there_are() -> None:
    pane, seen = Heatmap(), list[str]()
    for _ in get_args(Profiled):
        seen.append(pane.profile)
        pane = next_profile(pane)
    assert sorted(seen) == sorted(get_args(Profiled))
    assert pane == Heatmap()


def test_the_floor_begins_where_the_automatic_one_is_and_ends_in_it_again() -> None:
    higher = raised(Heatmap(), "floor", 1)
    assert higher.floor == 40.0
    lower, seen = Heatmap(), list[float | None]()
    for _ in range(5):
        lower = raised(lower, "floor", -1)
        seen.append(lower.floor)
    assert seen == [20.0, 10.0, 0.0, None, 20.0]


def test_the_ceiling_begins_where_the_automatic_one_is_and_ends_in_it_again() -> None:
    assert raised(Heatmap(), "ceiling", -1).ceiling == 99.5
    higher, seen = Heatmap(), list[float | None]()
    for _ in range(4):
        higher = raised(higher, "ceiling", 1)
        seen.append(higher.ceiling)
    assert seen == [99.9, 100.0, None, 99.9]


@given(st.lists(st.tuples(st.sampled_from(["floor", "ceiling"]), st.sampled_from([-1, 1]))))
def test_no_row_of_keys_puts_the_floor_above_the_ceiling(pressed: list[tuple[str, int]]) -> None:
    pane = Heatmap()
    for name, steps in pressed:
        pane = raised(pane, name, steps)
    assert pane.floor in (None, *FLOORS)
    assert pane.ceiling in (None, *CEILINGS)


def test_a_pane_without_such_settings_stays_as_it_is() -> None:
    assert next_contrast(Candles()) == Candles()
    assert next_profile(Candles()) == Candles()
    assert raised(Candles(), "floor", 1) == Candles()


def test_every_key_of_the_heatmap_is_a_command_that_help_shows_for_it() -> None:
    commands = {command.name: command for command in COMMANDS}
    assert all("heatmap" in commands[name].kinds for name in HEAT_ACTIONS)
    assert HEAT_ACTIONS.keys() <= ACTIONS.keys()


def test_groupings_of_one_to_two_thousand_ticks_are_reached_by_keys() -> None:
    market = simulated()
    assert market.instrument is not None
    tick = market.instrument.tick_size
    pane, seen = Heatmap(grouping=1), [1]
    while seen[-1] < 2000:
        pane = adjust.coarser(pane, market, SIZE)
        assert pane.grouping == next_grouping(seen[-1], tick, 1)
        seen.append(pane.grouping)
    assert seen[-1] == 2000
    assert adjust.automatic(pane).grouping is None


@pytest.mark.parametrize(
    "settings",
    [
        {"floor": 60.0, "ceiling": 60.0},
        {"floor": -1.0},
        {"ceiling": 101.0},
        {"least_order": -1.0},
        {"least_trade": -0.1},
        {"merge_percent": 0},
        {"labels": -1},
        {"window": "100t"},
        {"window": "soon"},
    ],
)
def test_a_setting_without_a_meaning_is_refused(settings: dict[str, float | int | str]) -> None:
    with pytest.raises(ValueError, match=r"must|percentiles|window|timeframe"):
        Heatmap(**settings)  # type: ignore[arg-type]  # each of its own type
