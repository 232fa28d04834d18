"""What keys make of panes: values in, values out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.simulate import events
from market.market import Market
from market.markets import Markets
from tui.keys import adjust
from tui.pane import Pane, Size
from tui.registry import PANES, pane_type

SIZE = Size(100, 30)
KINDS = sorted(PANES)


@pytest.fixture(scope="module")
def market() -> Market:
    """A minute of the simulated market."""
    markets = Markets()
    markets.apply(events(7, 60))
    found = markets.get("sim:7")
    assert found is not None
    return found


def _made(kind: str) -> Pane:
    return pane_type(kind)()


@pytest.mark.parametrize("kind", ["candles", "footprint", "heatmap", "ladder"])
def test_coarser_starts_from_what_is_shown_and_finer_undoes_it(kind: str, market: Market) -> None:
    pane = _made(kind)
    shown = adjust.grouping_shown(pane, market, SIZE)
    coarse = adjust.coarser(pane, market, SIZE)
    assert adjust.grouping_shown(coarse, market, SIZE) > shown
    fine = adjust.coarser(pane, market, SIZE, -1)
    assert adjust.grouping_shown(fine, market, SIZE) <= shown
    assert adjust.automatic(coarse) == pane


@pytest.mark.parametrize("kind", KINDS)
def test_timeframes_step_without_end_and_come_back(kind: str) -> None:
    pane = _made(kind)
    words = [adjust.timeframe(pane)]
    for _ in adjust.BARS:
        pane = adjust.longer(pane)
        words.append(adjust.timeframe(pane))
    assert words[-1] == words[-2], "the longest stays"
    for _ in (*adjust.BARS, *adjust.BARS):
        pane = adjust.longer(pane, -1)
    assert adjust.timeframe(adjust.longer(pane, -1)) == adjust.timeframe(pane)


@pytest.mark.parametrize("kind", KINDS)
def test_scrolling_back_and_forth_ends_at_the_live_edge(kind: str, market: Market) -> None:
    pane = _made(kind)
    back = adjust.scrolled(pane, market, SIZE, -2)
    until = adjust.shown_until(back)
    assert until is not None
    assert until < market.clock
    assert adjust.scrolled(adjust.scrolled(back, market, SIZE, 1), market, SIZE, 1) == pane
    assert adjust.live(back) == pane


@pytest.mark.parametrize("kind", KINDS)
@given(parts=st.lists(st.integers(-300, 300), max_size=12))
def test_no_way_of_scrolling_leaves_time_or_price_below_nothing(
    kind: str, parts: list[int], market: Market
) -> None:
    pane = _made(kind)
    for part in parts:
        pane = adjust.raised(adjust.scrolled(pane, market, SIZE, part), market, SIZE, part)
    until, center = adjust.shown_until(pane), getattr(pane, "center", None)
    assert until is None or 0 < until < market.clock
    assert center is None or center >= 0
    assert adjust.live(pane) == _made(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_moves_without_a_market(kind: str) -> None:
    pane = _made(kind)
    assert adjust.coarser(pane, None, SIZE) == pane
    assert adjust.scrolled(pane, None, SIZE, -1) == pane
    assert adjust.raised(pane, Market("sim:0"), SIZE, 1) == pane


@pytest.mark.parametrize("kind", KINDS)
def test_a_held_pane_keeps_an_earlier_time_of_its_own(kind: str, market: Market) -> None:
    pane = _made(kind)
    held = adjust.held(pane, market.clock)
    assert adjust.shown_until(held) == market.clock
    back = adjust.scrolled(pane, market, SIZE, -1)
    assert adjust.held(back, market.clock) == back


def test_a_ladder_scrolls_by_an_eighth_of_its_window_since_its_past_is_short(
    market: Market,
) -> None:
    back = adjust.scrolled(pane_type("ladder")(), market, SIZE, -1)
    assert adjust.shown_until(back) == market.clock - 300 * 1_000_000_000 // 8
