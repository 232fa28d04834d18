"""The settings dialog over a pane: arrows, typing, resets, clicks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.moment import DAY
from tests.scenes import START, simulated
from tests.settingshand import LOOK, equal, go_to, opened, text, type_in
from tui.dialogs.frame import CLOSES, Done
from tui.drawing.look import ColorDepth
from tui.drawing.zones import Zone
from tui.pane import Size
from tui.panes.footprint import FootprintPane
from tui.panes.heatmap import Heatmap
from tui.settings.dialog import SettingsDialog
from tui.settings.values import read_word, shown_word
from tui.themes import load_look


def test_arrows_change_a_setting_at_once_and_r_resets_it() -> None:
    dialog, pane = opened(FootprintPane())
    go_to(dialog, "ratio")
    dialog.press("right", None)
    assert pane() == FootprintPane(ratio=3.1)
    assert "•ratio" in text(dialog)
    dialog.press("left", None)
    dialog.press("h", "h")
    assert pane() == FootprintPane(ratio=2.9)
    dialog.press("r", "r")
    assert pane() == FootprintPane()
    assert "•ratio" not in text(dialog)


def test_space_and_enter_choose_the_next_word_of_a_closed_choice() -> None:
    dialog, pane = opened(FootprintPane())
    go_to(dialog, "content")
    dialog.press("space", " ")
    dialog.press("enter", "\r")
    assert pane() == FootprintPane(content="delta")


def test_a_digit_begins_to_type_and_escape_leaves_the_value_as_it_was() -> None:
    dialog, pane = opened(FootprintPane())
    go_to(dialog, "lookback")
    for key in "125":
        dialog.press(key, key)
    assert "125▏" in text(dialog)
    assert dialog.press("escape", None) is None
    assert pane() == FootprintPane()
    dialog.insert("250\x1b[31m")
    assert "250[31m▏" in text(dialog)
    for _ in range(4):
        dialog.press("backspace", None)
    dialog.press("enter", "\r")
    assert pane() == FootprintPane(lookback=250)


def test_a_wrong_word_stays_to_be_mended_and_changes_nothing() -> None:
    dialog, pane = opened(Heatmap())
    go_to(dialog, "merge_percent")
    type_in(dialog, "95")
    assert "merge_percent must be from 1 to 90" in text(dialog)
    assert pane() == Heatmap()
    dialog.press("backspace", None)
    assert "must be" not in text(dialog)
    dialog.press("enter", "\r")
    assert pane() == Heatmap(merge_percent=9)


@pytest.mark.parametrize(
    ("key", "word", "value"),
    [
        ("until", "14:03:19.400", START + 199_400_000_000),
        ("until", "14:03", START + 180_000_000_000),
        ("until", "14:30", START + 1_800_000_000_000 - DAY),
        ("until", "2024-01-01T10:00", START - DAY - 4 * 3_600_000_000_000),
        ("until", str(START + 7), START + 7),
        ("until", "auto", None),
        ("center", "60160.5", 120_321),
        ("cross_price", "60160", 120_320),
    ],
)
def test_times_and_prices_are_typed_and_shown_as_people_write_them(
    key: str, word: str, value: int | None
) -> None:
    dialog, pane = opened(Heatmap())
    go_to(dialog, key)
    type_in(dialog, word)
    assert getattr(pane(), key) == value
    shown = shown_word(pane(), key, simulated())
    assert equal(shown, word) or shown.startswith((word, "14:00:00", "2024-01-01T14:30"))
    assert shown in text(dialog)
    type_in(dialog, shown)
    assert abs((getattr(pane(), key) or 0) - (value or 0)) < 1_000_000


def test_times_are_typed_and_shown_by_the_clock_of_the_screen() -> None:
    zone, market, pane = Zone("Asia/Kathmandu"), simulated(), Heatmap()
    for word in ("19:48:30", "2024-01-02T19:48:30", "1704204210", "2024-01-02T14:03:30+00:00"):
        until = read_word("until", word, market, zone)
        assert int(until) == 1_704_204_210 * 10**9
        assert shown_word(replace(pane, until=int(until)), "until", market, zone) == "19:48:30"
    night = int(read_word("until", "23:30", market, zone))
    assert zone.date(night) == "2024-01-01"  # the latest that has been
    assert shown_word(replace(pane, until=night), "until", market, zone) == "2024-01-01T23:30:00"


@pytest.mark.parametrize(
    ("key", "word", "says"),
    [
        ("center", "60160.3", "a price in steps of 0.5 is accepted"),
        ("center", "nan", "a price, or auto, is accepted"),
        ("center", "9e999999", "a price, or auto, is accepted"),
        ("center", "1e30", "a price, or auto, is accepted"),
        ("until", "+30s", "a time such as 14:05:30"),
        ("until", "25:00", "a time such as 14:05:30"),
    ],
)
def test_a_time_or_price_that_is_none_says_what_one_is(key: str, word: str, says: str) -> None:
    dialog, pane = opened(Heatmap())
    go_to(dialog, key)
    type_in(dialog, word)
    assert says in " ".join(text(dialog).replace("▏", "").replace("▕", "").split())
    assert pane() == Heatmap()


def test_reset_all_makes_every_setting_as_it_is_by_default() -> None:
    dialog, pane = opened(Heatmap(contrast="rank", labels=4, floor=40.0))
    dialog.press("R", "R")
    assert pane() == Heatmap()
    assert "by default" in text(dialog)


def test_the_last_rows_do_what_their_letters_do() -> None:
    dialog, pane = opened(Heatmap(labels=4))
    dialog.press("end", None)
    dialog.press("enter", "\r")
    assert "spread" in text(dialog)
    dialog.press("up", None)
    dialog.press("enter", "\r")
    assert pane() == Heatmap()


@pytest.mark.parametrize("key", ["escape", "ctrl+c", "q", "S"])
def test_the_dialog_closes_by_the_key_that_opened_it_too(key: str) -> None:
    dialog, _ = opened(Heatmap())
    assert dialog.press(key, key if len(key) == 1 else None) == Done(None)


def test_a_click_steps_to_its_side_and_on_the_value_begins_to_type() -> None:
    dialog, pane = opened(FootprintPane())
    row, right = cell_of(dialog, "strength", "▸")
    assert dialog.click(right, row) is None
    assert pane() == FootprintPane(strength=4.1)
    _, left = cell_of(dialog, "strength", "◂")
    dialog.click(left, row)
    dialog.click(left, row)
    assert pane() == FootprintPane(strength=3.9)
    dialog.click((left + right) // 2, row)
    assert "3.9▏" in text(dialog)
    content, middle = cell_of(dialog, "content", "s")
    dialog.click(middle, content)
    assert pane() == FootprintPane(strength=3.9, content="volume")
    assert "▏" not in text(dialog).splitlines()[row][1:]


def test_a_click_on_a_last_row_does_it_and_one_on_the_words_that_close_closes() -> None:
    dialog, pane = opened(Heatmap(labels=4))
    row = next(y for y, line in enumerate(text(dialog).splitlines()) if "reset all" in line)
    dialog.click(8, row)
    assert pane() == Heatmap()
    assert dialog.click(45 - len(CLOSES), 0) == Done(None)
    assert dialog.click(3, 0) is None
    assert dialog.click(3, 39) is None


def cell_of(dialog: SettingsDialog, key: str, glyph: str) -> tuple[int, int]:
    """The row of a setting and the last cell in it that shows a glyph."""
    shown = text(dialog).splitlines()
    row = next(y for y, line in enumerate(shown) if f"{key} " in line and "◂" in line)
    return row, shown[row].rindex(glyph)


@given(
    st.integers(0, 100),
    st.integers(0, 60),
    st.lists(
        st.sampled_from(
            ["down", "end", "left", "right", "enter", "backspace", "7", "R", "*", "r", "space"]
        ),
        max_size=10,
    ),
)
def test_the_dialog_fits_every_size_after_any_keys(
    width: int, height: int, keys: list[str]
) -> None:
    dialog, _ = opened(Heatmap())
    for key in keys:
        dialog.press(key, key if len(key) == 1 else None)
    size = dialog.size(width, height)
    assert size.width <= width
    assert size.height <= height
    canvas = dialog.draw(size, LOOK)
    assert (canvas.width, canvas.height) == size
    assert dialog.click(width // 2, height // 2) in (None, Done(None))


@pytest.mark.parametrize("depth", ColorDepth)
def test_the_highlight_is_seen_at_every_depth_without_its_colour(depth: ColorDepth) -> None:
    dialog, _ = opened(Heatmap(contrast="rank"))
    canvas = dialog.draw(Size(46, 22), load_look("dark", depth))
    shown = ["".join(map(chr, row)) for row in canvas.glyph.tolist()]
    assert "▸ grouping" in shown[1]
    assert "•contrast" in shown[3]
