"""The theme editor: what is typed or stepped shows at once, and is written when it is to be."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import ConfigError
from tests.shell import FakeShell
from tui.desk.monitor import Monitor, Now
from tui.dialogs.frame import Done
from tui.drawing.color import XTERM, contrast, hex_code, rgb
from tui.drawing.look import ROLES, ColorDepth
from tui.keys import actions
from tui.launch import Demo, Launch
from tui.pane import Size
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor
from tui.themefile import parse_theme, read_theme, theme_names
from tui.themes import load_look, look_of
from tui.theming.draft import Draft
from tui.theming.editor import Behind, ThemeEditor
from tui.theming.hsb import CHANNELS, hsb
from tui.theming.rows import (
    Dark,
    Levels,
    Role,
    Row,
    Split,
    Stop,
    added,
    color_of,
    name_of,
    removed,
    rows_of,
    with_color,
    with_word,
    word_of,
)
from tui.theming.uses import READABLE, USES, seen

_, DARK = read_theme("dark")
ROWS = rows_of(DARK)
LARGE = Size(120, 40)
COLORS = st.tuples(*[st.integers(0, 255)] * 3)


class Hands:
    """The screen with a theme dialog on it, and fingers."""

    def __init__(self, depth: ColorDepth = ColorDepth.TRUE, size: Size = LARGE) -> None:
        launch = Launch(Demo(7), depth=depth)
        self.monitor = Monitor(launch, FrameClock(Governor(10)), FakeShell(), tip=False)
        self.size, self.time = size, 0.0
        self.frame()

    def frame(self) -> None:
        self.time += 1.0
        self.monitor.frame(self.size, Now(self.time, 0), lambda: self.time)

    def press(self, *keys: str) -> None:
        for key in keys:
            name = self.monitor.press(key, key if len(key) == 1 else None)
            if name is not None:
                actions.run(self.monitor, name)
            self.frame()

    def edit(self, row: str) -> None:
        """Open the editor of the theme in use and go to a row."""
        self.press("t", "e", "home", *["down"] * [name_of(one) for one in ROWS].index(row))

    @property
    def editor(self) -> ThemeEditor:
        dialog = self.monitor.dialog
        assert isinstance(dialog, ThemeEditor)
        return dialog

    @property
    def screen(self) -> str:
        canvas = self.monitor.canvas
        assert canvas is not None
        return "\n".join("".join(chr(mark or 32) for mark in row) for row in canvas.glyph.tolist())


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's themes are to be."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    load_look.cache_clear()
    return tmp_path / "tapetop" / "themes"


def test_every_colour_of_the_file_is_a_row_with_a_meaning() -> None:
    assert tuple(USES) == ROLES
    assert {row.name for row in ROWS if isinstance(row, Role)} == set(ROLES)
    assert DARK.heat is not None
    assert [row for row in ROWS if isinstance(row, Stop)] == [
        Stop(False, place) for place in range(len(DARK.heat.stops))
    ]
    assert all(set(use.beside) < set(ROLES) and use.meaning for use in USES.values())


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_the_word_of_a_row_sets_it_to_what_it_is(row: Row) -> None:
    assert with_word(DARK, row, word_of(DARK, row)) == DARK


@given(st.sampled_from([row for row in ROWS if color_of(DARK, row) is not None]), COLORS)
def test_a_colour_that_is_set_is_the_colour_that_is_there(
    row: Row, color: tuple[int, int, int]
) -> None:
    theme = with_color(DARK, row, color)
    assert color_of(theme, row) == color
    others = [other for other in ROWS if other != row]
    assert [word_of(theme, other) for other in others] == [word_of(DARK, o) for o in others]
    look_of(theme)


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("#A1b2C3", "#a1b2c3"),
        ("a1b2c3", "#a1b2c3"),
        ("208", hex_code(XTERM[208])),
        ("9", hex_code(XTERM[9])),
        (' "#a1b2c3", ', "#a1b2c3"),
        ('["#a1b2c3", 81, 14]', "#a1b2c3 81 14"),
    ],
)
def test_colours_are_typed_as_codes_as_numbers_or_as_in_a_file(word: str, code: str) -> None:
    assert word_of(with_word(DARK, Role("bid"), word), Role("bid")) == code


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (Role("bid"), "green"),
        (Role("bid"), "256"),
        (Role("bid"), "#12345"),
        (Role("bid"), "#000000 15 0"),
        (Role("bid"), "#000000 16 x"),
        (Role("bid"), ""),
        (Stop(False, 0), "#000000 16 0"),
        (Levels(False), "65"),
        (Levels(False), "1"),
        (Levels(False), "many"),
    ],
)
def test_what_is_no_value_is_refused_with_what_would_be_one(row: Row, word: str) -> None:
    with pytest.raises(ConfigError, match=r"#rrggbb|numbers: 16 to 255|2 to 64"):
        with_word(DARK, row, word)


@given(COLORS, st.sampled_from(CHANNELS), st.integers(-20, 20))
def test_hue_saturation_and_brightness_come_back_from_where_they_were_moved(
    color: tuple[int, int, int], channel: str, steps: int
) -> None:
    assert hsb(color).rgb == color
    point = hsb(color)
    for name in CHANNELS:
        moved = point.moved(name, steps)
        assert all(0.0 <= part <= 1.0 for part in moved)
        if name == "hue":
            assert moved.moved(name, -steps).rgb == color


def test_a_stop_more_lies_between_two_and_can_be_taken_away() -> None:
    theme, row = added(DARK, Stop(False, 0))
    assert row == Stop(False, 1)
    assert theme.heat is not None and DARK.heat is not None  # noqa: PT018
    assert theme.heat.stops[::2][:1] == DARK.heat.stops[:1]
    assert theme.heat.x256 == theme.heat.x16 == (), "numbers belong to the stops there were"
    back = removed(theme, row)
    assert back.heat is not None
    assert back.heat.stops == DARK.heat.stops
    last, row = added(DARK, Stop(False, 9))
    assert (row, len(rows_of(last))) == (Stop(False, 9), len(ROWS) + 1)
    few = with_word(DARK, Levels(False), "8")
    for _ in range(8):
        few = removed(few, Stop(False, 0))
    for change in (lambda: removed(few, Stop(False, 0)), lambda: added(few, Role("bid"))):
        with pytest.raises(ConfigError, match=r"two stops at least|only a ramp"):
            change()


def test_asks_may_have_a_ramp_of_their_own_and_share_it_again() -> None:
    own = with_word(DARK, Split(), "own")
    assert own.heat_ask == DARK.heat
    assert len(rows_of(own)) == 2 * len(ROWS) - len(ROLES) - 2
    one = with_word(own, Stop(True, 2), "#ff0000")
    assert (one.heat, look_of(one).heat_ask[5]) != (one.heat_ask, look_of(one).heat_bid[5])
    assert with_word(one, Split(), "shared") == DARK
    assert with_word(DARK, Dark(), "no").dark is False


def test_contrast_is_that_of_the_worst_of_those_beside_it() -> None:
    colors = {role: rgb(word_of(DARK, Role(role))[:7]) for role in ROLES}
    for role, use in USES.items():
        found = seen(role, colors.__getitem__)
        ratios = [contrast(colors[role], colors[other]) for other in use.beside]
        assert found.ratio == min(ratios)
        assert found.hard(use) == (min(ratios) < READABLE and use.kind != "mark")


def test_steps_of_one_arrow_are_taken_back_together() -> None:
    draft = Draft(DARK)
    themes = [with_word(DARK, Role("bid"), str(number)) for number in (20, 21, 22)]
    draft.change(themes[0], "hue")
    draft.change(themes[1], "hue")
    draft.change(themes[2], "saturation")
    assert draft.undo()
    assert draft.theme == themes[1]
    assert draft.undo()
    assert (draft.theme, draft.changed, draft.undo()) == (DARK, False, False)


def test_a_typed_colour_is_on_the_screen_at_once_and_leaving_takes_it_back() -> None:
    hands = Hands()
    hands.edit("background")
    hands.press(*"#102030", "enter")
    assert hands.monitor.look.palette[0] == (0x10, 0x20, 0x30)
    assert "Theme dark, changed" in hands.screen
    hands.press("escape")
    assert "not saved: Esc again leaves it so" in hands.screen
    hands.press("escape")
    assert hands.monitor.dialog is None
    assert hands.monitor.look.palette == load_look("dark").palette


def test_a_click_beside_the_editor_loses_nothing() -> None:
    hands = Hands()
    hands.edit("bid")
    hands.press("right")
    hands.monitor.point(0, 5)
    assert hands.editor.theme.colors != DARK.colors


def test_arrows_step_through_hue_saturation_and_brightness() -> None:
    hands = Hands()
    hands.edit("accent")
    before = hsb(rgb("#5cc8ff"))
    hands.press("right", "right", "tab", "shift+left", "tab", "left")
    after = hsb(color_of(hands.editor.theme, Role("accent")) or (0, 0, 0))
    assert after.hue - before.hue == pytest.approx(4 / 360, abs=0.004)
    assert after.saturation - before.saturation == pytest.approx(-0.1, abs=0.01)
    assert after.brightness - before.brightness == pytest.approx(-0.01, abs=0.005)
    hands.press("u", "u", "u", "u")
    assert hands.editor.theme.colors == DARK.colors
    assert "nothing to take back" in hands.screen


def test_a_grey_that_gets_a_colour_gets_the_hue_that_was_chosen() -> None:
    hands = Hands()
    hands.edit("text")
    hands.press(*"#808080", "enter")
    hands.press("shift+right", "right", "tab", "shift+right", "shift+right")
    hue = hsb(color_of(hands.editor.theme, Role("text")) or (0, 0, 0)).hue
    assert hue == pytest.approx(22 / 360, abs=0.004)


def test_what_is_hard_to_read_is_said() -> None:
    hands = Hands()
    hands.edit("faint")
    assert "on panel: below 4.5" in hands.screen
    hands.press(*"#ffffff", "enter")
    assert "below 4.5" not in hands.screen
    hands.press("r")
    assert "on panel: below 4.5" in hands.screen


def test_a_theme_is_saved_under_a_new_name_and_is_the_one_in_use(folder: Path) -> None:
    hands = Hands()
    hands.edit("bid")
    hands.press(*"82", "enter", "s", "ctrl+u", *"dark", "enter")
    assert "dark is one of ours" in hands.screen
    assert not folder.exists()
    hands.press("ctrl+u", *"dusk", "enter")
    assert "saved: " in hands.screen
    hands.press("escape")
    assert hands.monitor.dialog is None
    assert (hands.monitor.theme, theme_names()) == ("dusk", ["colorblind", "dark", "dusk", "light"])
    kept = parse_theme("x", (folder / "dusk.toml").read_text("utf-8"))
    assert kept.title == "dusk"
    assert kept.colors == {**DARK.colors, "bid": hex_code(XTERM[82])}
    assert hands.monitor.look.palette[hands.monitor.look.bid] == XTERM[82]
    hands.edit("bid")
    hands.press(*"83", "enter", "s", "enter", "escape")
    assert hands.monitor.look.palette[hands.monitor.look.bid] == XTERM[83]


def test_another_theme_of_the_users_is_written_over_only_when_it_is_said_twice(
    folder: Path,
) -> None:
    hands = Hands()
    hands.edit("bid")
    hands.press("s", "ctrl+u", *"one", "enter", *"82", "enter", "s", "ctrl+u", *"two", "enter")
    hands.press("s", "ctrl+u", *"one", "enter")
    assert "one is there already: Enter again" in hands.screen
    assert '"bid"' not in (folder / "one.toml").read_text("utf-8")
    before = (folder / "one.toml").read_text("utf-8")
    hands.press("enter")
    assert (folder / "one.toml").read_text("utf-8") != before


def test_a_theme_of_the_users_is_deleted_from_the_list(folder: Path) -> None:
    hands = Hands()
    hands.edit("bid")
    hands.press("s", "ctrl+u", *"mine", "enter", "escape", "t", "x")
    assert "Delete the theme mine?" in hands.screen
    hands.press("enter", "x", "down", "enter", "escape")
    assert theme_names() == ["colorblind", "dark", "light"]
    assert hands.monitor.theme == "dark"
    hands.press("t", "x")
    assert "dark is one of ours, which stay" in hands.screen


@pytest.mark.parametrize(
    ("depth", "words"),
    [
        (ColorDepth.TRUE, "by hand: 115 at 256 colours, 10 at 16"),
        (ColorDepth.C256, "shown as 115 (by hand) of 256 colours"),
        (ColorDepth.C16, "shown as 10 (by hand) of 16 colours"),
        (ColorDepth.MONO, "no colours here (NO_COLOR): it is kept"),
    ],
)
def test_the_editor_says_how_a_colour_is_shown_here(depth: ColorDepth, words: str) -> None:
    hands = Hands(depth)
    hands.edit("bid")
    assert words in hands.screen
    hands.press("end", "up", "up", "up", "+", "left")
    assert hands.editor.theme.heat != DARK.heat


def test_a_stop_is_shown_as_the_ramp_shows_it() -> None:
    hands = Hands(ColorDepth.C16)
    hands.edit("heat stop 10")
    assert "shown as 11 (by hand) of 16 colours" in hands.screen
    hands.press(*"#ff0000", "enter")
    assert "shown as 9, the nearest of 16 colours" in hands.screen


KEYS = ["down", "up", "end", "pagedown", "left", "right", "shift+right", "tab", "enter", "escape"]
KEYS += [*"urs+-#19af", "delete", "backspace", "space", "ctrl+u"]


@given(
    st.integers(0, 130),
    st.integers(0, 45),
    st.sampled_from(list(ColorDepth)),
    st.lists(st.sampled_from(KEYS), max_size=20),
    st.tuples(st.integers(-1, 50), st.integers(-1, 40)),
)
def test_the_editor_fits_every_size_after_any_keys(
    width: int, height: int, depth: ColorDepth, keys: list[str], click: tuple[int, int]
) -> None:
    looks = [look_of(DARK, depth)]
    behind = Behind(
        lambda theme: looks.append(look_of(theme, depth)), lambda name, _: name, lambda name: True
    )
    editor = ThemeEditor("dark", DARK, False, behind, "heatmap")
    size = editor.size(width, height)
    assert size.width <= width
    assert size.height <= height
    for key in keys:
        if editor.press(key, key if len(key) == 1 else None) == Done(None):
            break
        canvas = editor.draw(size, looks[-1])
        assert (canvas.width, canvas.height) == size
    editor.click(*click)
    editor.insert("#12\x1b[31m3456")
    editor.draw(size, looks[-1])
