"""The dialog takes keys and gives a choice; its picture fits every size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.dialogs.choice import Choice, Deed, Dialog
from tui.dialogs.frame import LONGEST, Done, edited
from tui.pane import Size
from tui.themes import load_look

LOOK = load_look()
CHOICES = [
    Choice("zoom", "show only this pane", "z", "Panes"),
    Choice("theme", "choose a theme", "t", "Program"),
    Choice("quit", "quit", "q", "Program"),
]


def _rows(dialog: Dialog, width: int = 60, height: int = 12) -> list[str]:
    canvas = dialog.draw(Size(width, height), LOOK)
    return ["".join(map(chr, row)) for row in canvas.glyph.tolist()]


def _type(dialog: Dialog, text: str) -> None:
    for character in text:
        assert dialog.press(character, character) is None


def test_enter_takes_the_highlighted_choice() -> None:
    dialog = Dialog("Commands", CHOICES)
    dialog.press("down", None)
    assert dialog.press("enter", "\r") == Done("theme")


def test_typing_leaves_the_choices_that_hold_every_word() -> None:
    dialog = Dialog("Commands", CHOICES)
    _type(dialog, "pane show")
    assert dialog.chosen == CHOICES[0]
    assert any("pane show" in row for row in _rows(dialog))
    assert not any("quit" in row for row in _rows(dialog))


def test_escape_chooses_nothing() -> None:
    assert Dialog("Commands", CHOICES).press("escape", None) == Done(None)


def test_enter_without_a_match_waits_for_one() -> None:
    dialog = Dialog("Commands", CHOICES)
    _type(dialog, "xyzzy")
    assert any("nothing matches" in row for row in _rows(dialog))
    assert dialog.press("enter", "\r") is None
    dialog.press("ctrl+u", None)
    assert dialog.press("enter", "\r") == Done("zoom")


def test_what_no_list_holds_can_be_offered() -> None:
    dialog = Dialog("Symbols", [], free=lambda text: Choice(text.upper(), f"watch {text}"))
    _type(dialog, "ethusdt")
    assert dialog.press("enter", "\r") == Done("ETHUSDT")


def test_a_note_stands_at_the_right_but_never_in_the_place_of_the_text() -> None:
    dialog = Dialog("Symbols", [Choice("okx:BTC-USDT", "okx:BTC-USDT", note="spot  $4.2G")])
    assert any("okx:BTC-USDT" in row and "spot  $4.2G" in row for row in _rows(dialog))
    narrow = _rows(dialog, width=26)
    assert any("okx:BTC-USDT" in row and "spot" not in row for row in narrow)


def test_choices_may_be_found_in_an_order_of_their_own() -> None:
    asked: list[str] = []

    def find(text: str) -> list[Choice]:
        asked.append(text)
        return [Choice("b", "b"), Choice("a", "a")]

    dialog = Dialog("Symbols", [Choice("a", "a")], find=find)
    _type(dialog, "xy")
    assert asked == ["x", "xy"]
    assert dialog.press("enter", "\r") == Done("b")
    dialog.press("ctrl+u", None)
    assert dialog.press("enter", "\r") == Done("a")


def test_the_highlight_tells_what_it_is_on_for_a_preview() -> None:
    seen: list[str] = []
    dialog = Dialog("Themes", CHOICES, moved=seen.append, at="theme")
    assert dialog.chosen == CHOICES[1]
    dialog.press("down", None)
    dialog.press("pageup", None)
    assert seen == ["quit", "zoom"]


def test_pasted_escapes_never_reach_a_cell() -> None:
    dialog = Dialog("Symbols", CHOICES)
    dialog.insert("a\x1b[31mb\u202ec")
    assert dialog.typed == "a[31mbc"


def test_the_highlight_stays_in_sight_in_a_long_list() -> None:
    dialog = Dialog("Long", [Choice(str(n), f"line {n}") for n in range(100)])
    for _ in range(57):
        dialog.press("down", None)
    assert any("▸" in row and "line 57" in row for row in _rows(dialog))


@given(
    st.integers(0, 100),
    st.integers(0, 40),
    st.lists(st.sampled_from(["down", "up", "end", "backspace", "a", "q", "pagedown"]), max_size=8),
)
def test_a_dialog_fits_every_size_after_any_keys(width: int, height: int, keys: list[str]) -> None:
    dialog = Dialog("Any", CHOICES, intro=("one line", "another"))
    for key in keys:
        dialog.press(key, key if len(key) == 1 else None)
    size = dialog.size(width, height)
    assert size.width <= width
    assert size.height <= max(0, height)
    canvas = dialog.draw(size, LOOK)
    assert (canvas.width, canvas.height) == size


def test_letters_do_things_with_a_choice_until_a_slash_begins_a_search() -> None:
    done: list[str] = []
    dialog = Dialog("Themes", CHOICES, deeds=(Deed("e", "edit", done.append),))
    assert any("e edit" in row for row in _rows(dialog))
    _type(dialog, "jxe")
    dialog.press("down", None)
    _type(dialog, "e")
    assert done == ["zoom", "theme"]
    assert dialog.typed == ""
    _type(dialog, "/the")
    assert (dialog.typed, dialog.chosen) == ("the", CHOICES[1])
    dialog.press("ctrl+u", None)
    _type(dialog, "e")
    assert done == ["zoom", "theme", "zoom"]
    assert dialog.press("q", "q") == Done("quit"), "the key of a choice takes it"


def test_a_dialog_may_begin_with_something_typed() -> None:
    dialog = Dialog("Name", [], free=lambda text: Choice(text, text), typed="scalp")
    dialog.press("backspace", None)
    assert dialog.press("enter", "\r") == Done("scal")


@pytest.mark.parametrize(
    ("key", "character", "text"),
    [
        ("x", "x", "two wordsx"),
        ("backspace", "\x7f", "two word"),
        ("ctrl+h", "\x08", "two word"),
        ("ctrl+w", "\x17", "two"),
        ("ctrl+u", "\x15", ""),
        ("f5", None, None),
        ("tab", "\t", None),
    ],
)
def test_a_line_that_is_typed_is_edited_alike_in_all_dialogs(
    key: str, character: str | None, text: str | None
) -> None:
    assert edited("two words", key, character) == text
    assert len(edited("x" * LONGEST, "y", "y") or "") == LONGEST
