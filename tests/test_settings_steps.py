"""Every setting of every pane: its steps both ways, what it says, and what it takes."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import ConfigError
from market.market import Market
from tests.scenes import simulated
from tests.settingshand import LOOK, SIZE, equal, go_to, named, opened, step, text, type_in
from tui.pane import Pane, Size
from tui.panes.footprint import FootprintPane
from tui.panes.heatmap import Heatmap
from tui.panes.ladder import Ladder
from tui.panes.tape import TapePane
from tui.registry import PANES, pane_type
from tui.settings.steps import PLACES, alike, reset, settings_for, word_of
from tui.settings.words import Setting, set_one, settings_of

TYPED_ONLY = {"query"}
"""Settings that have no order: a step says that they are to be typed."""
NONSENSE = {"one": None, "two": None, "query": None, "at": None}
"""Settings that take any text: a name may be that of an instrument not watched yet."""


def every_setting() -> list[tuple[str, str]]:
    return [(kind, key) for kind in PANES for key in settings_of(pane_type(kind))]


def drawn(pane: Pane) -> None:
    canvas = pane.draw(simulated(), SIZE, LOOK)
    assert (canvas.width, canvas.height) == SIZE


@pytest.mark.parametrize(("kind", "key"), every_setting())
def test_every_setting_of_every_pane_steps_on_and_back_and_resets(kind: str, key: str) -> None:
    pane, wanted, market = pane_type(kind)(), named(kind, key), simulated()
    if wanted.idle:
        with pytest.raises(ConfigError, match="ithout effect"):
            step(pane, wanted, 1, market)
        return
    if key in TYPED_ONLY:
        with pytest.raises(ConfigError, match="Enter types"):
            step(pane, wanted, 1, market)
        return
    there = stepped_either_way(pane, wanted, market)
    assert word_of(there, key) != wanted.default
    drawn(there)
    drawn(reset(there, key))
    assert word_of(reset(there, key), key) == wanted.default


def stepped_either_way(pane: Pane, wanted: Setting, market: Market) -> Pane:
    """The pane one step on and back again, checked, and then the first of both that leads away."""
    try:
        there = step(pane, wanted, 1, market)
        drawn(there)
        back = step(there, wanted, -1, market)
    except ConfigError:
        # At the newest time or the largest value the only way is back.
        there = step(pane, wanted, -1, market)
        drawn(there)
        back = step(there, wanted, 1, market)
    drawn(back)
    if wanted.default != "auto" and wanted.key not in PLACES:
        assert word_of(back, wanted.key) == wanted.default
    return there


@pytest.mark.parametrize(("kind", "key"), every_setting())
def test_every_setting_of_every_pane_that_is_typed_wrongly_says_what_it_takes(
    kind: str, key: str
) -> None:
    dialog, shown = opened(pane_type(kind)())
    before = shown()
    go_to(dialog, key)
    if named(kind, key).choices:
        dialog.press("backspace", None)
        assert "left and right choose" in text(dialog)
    elif key in NONSENSE:
        return
    else:
        type_in(dialog, "no such thing")
        said = " ".join(text(dialog).split())
        assert any(word in said for word in ("accepted", "is not", "are all", "zone")), said
        dialog.press("escape", None)
    assert shown() == before
    drawn(shown())


@pytest.mark.parametrize(("kind", "key"), every_setting())
def test_every_setting_says_beneath_its_field_what_it_means(kind: str, key: str) -> None:
    wanted = named(kind, key)
    assert wanted.meaning.endswith("."), f"{kind}.{key} has no sentence beneath its field"
    assert len(wanted.meaning) <= 110
    assert wanted.accepted


@pytest.mark.parametrize("kind", PANES)
def test_the_dialog_of_every_pane_shows_all_its_settings_and_fits(kind: str) -> None:
    dialog, _ = opened(pane_type(kind)())
    for size in (Size(0, 0), Size(1, 1), Size(38, 6), Size(46, 22), Size(46, 60)):
        canvas = dialog.draw(size, LOOK)
        assert (canvas.width, canvas.height) == size
    shown = text(dialog, Size(46, 60))
    assert all(key in shown for key in settings_of(pane_type(kind)))
    assert "reset all" in shown
    assert f"apply to all of this kind: {kind}" in shown


@pytest.mark.parametrize(
    ("kind", "key", "words"),
    [
        ("footprint", "ratio", ["2.9", "3.0", "3.1"]),
        ("footprint", "area", ["0.65", "0.7", "0.75"]),
        ("footprint", "lookback", ["79", "80", "81"]),
        ("profile", "naked", ["9", "10", "11"]),
        ("profile", "naked", ["99", "100", "110"]),
        ("footprint", "least", ["0", "0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2"]),
        ("tape", "least_value", ["0", "100", "200", "500", "1000", "2000"]),
        ("flow", "bucket", ["auto", "0.01", "0.02"]),
        ("footprint", "bars", ["auto", "1", "2"]),
        ("heatmap", "labels", ["0", "1", "2"]),
        ("heatmap", "floor", ["0", "10", "20"]),
        ("heatmap", "contrast", ["log", "linear", "rank", "log"]),
        ("heatmap", "window", ["15m", "30m", "1h", "2h"]),
        ("footprint", "sums", ["none", "volume", "volume,delta", "volume,delta,delta%"]),
        ("tape", "zone", ["auto", "UTC", "local", "exchange", "auto"]),
        ("tape", "timeframe", ["50t", "100t", "200t"]),
    ],
)
def test_steps_go_through_words_that_read_well_in_both_directions(
    kind: str, key: str, words: list[str]
) -> None:
    market, wanted = simulated(), named(kind, key)
    for way, path in ((1, words), (-1, words[::-1])):
        pane = set_one(pane_type(kind)(), key, path[0])
        for word in path[1:]:
            pane = step(pane, wanted, way, market)
            assert equal(word_of(pane, key), word)


@given(st.decimals("0.001", "999999", places=3), st.sampled_from([1, -1]))
def test_a_step_of_a_size_is_never_back_and_never_more_than_fivefold(
    size: Decimal, way: int
) -> None:
    pane = FootprintPane(least=float(size))
    after = step(pane, named("footprint", "least"), way, None).least
    assert (after - pane.least) * way > 0
    assert after <= max(0.01, 5 * pane.least)
    assert after == 0 or after >= pane.least / 5


def test_a_step_beyond_what_is_accepted_says_what_is() -> None:
    wanted = named("heatmap", "labels")
    with pytest.raises(ConfigError, match="labels must be from 0 to 50"):
        step(Heatmap(labels=50), wanted, 1, None)
    with pytest.raises(ConfigError, match="no further step"):
        step(Heatmap(labels=0), wanted, -1, None)


def test_without_a_market_steps_are_made_or_refused_in_words() -> None:
    for kind, key in every_setting():
        pane, wanted = pane_type(kind)(), named(kind, key)
        said = ""
        try:
            there = step(pane, wanted, 1, None)
        except ConfigError as error:
            there, said = pane, str(error)
        moved = word_of(there, key) != wanted.default
        assert moved != any(words in said for words in ("no further step", "ithout effect"))


def test_alike_panes_look_where_they_did() -> None:
    model = Ladder(grouping=7, bars=False, center=5, until=9)
    assert alike(Ladder(center=3), model) == Ladder(grouping=7, bars=False, center=3)


def test_settings_that_change_nothing_come_last_and_say_so() -> None:
    found = settings_for(TapePane)
    assert {one.key for one in found if one.idle} == {"grouping", "center"}
    assert {one.key for one in found[-2:]} == {"grouping", "center"}
