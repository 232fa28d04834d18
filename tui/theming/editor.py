"""The theme editor: every colour of a theme in a list, changed at once in the panes behind it.

What is changed is a draft. It stays one until it is written under a name, and what it replaces on
the screen comes back where it is left.
"""

from collections.abc import Callable, Hashable
from typing import Final, NamedTuple

from feeds.errors import ConfigError
from tui.dialogs.frame import LONGEST, MOVES, Done, closes, edited
from tui.drawing.canvas import Canvas
from tui.drawing.format import safe_text
from tui.drawing.look import Look
from tui.pane import Size
from tui.themefile import Theme
from tui.theming import sheet
from tui.theming.draft import Draft
from tui.theming.hsb import CHANNELS, Channel, Hsb, hsb
from tui.theming.rows import (
    Row,
    added,
    color_of,
    removed,
    rows_of,
    turned,
    with_color,
    with_word,
    word_of,
)
from tui.theming.sheet import Sheet

WIDTH: Final = 48
"""Cells across: the panes are to be seen beside it."""
_BESIDE: Final = 20
"""Cells of a pane that are worth leaving free beside it; with fewer it leaves some above."""
_MOVES: Final = {
    **{key: lines for key, lines in MOVES.items() if "tab" not in key},
    "j": 1,
    "k": -1,
}
_STEPS: Final = {
    **dict.fromkeys(("left", "h"), -1),
    **dict.fromkeys(("right", "l"), 1),
    **dict.fromkeys(("shift+left", "H"), -10),
    **dict.fromkeys(("shift+right", "L"), 10),
}
_CHANNELS: Final = {"tab": 1, "shift+tab": -1}
_TYPED: Final = frozenset("#0123456789")
"""What begins a colour or a number, which can be typed at once."""
_LEAVES: Final = ("escape", "ctrl+c", "q")


class Behind(NamedTuple):
    """What the editor may do to the panes behind it, and to files."""

    show: Callable[[Theme], None]
    """Draw with a theme; ConfigError says why that cannot be."""
    keep: Callable[[str, Theme], str]
    """Write it under a name and say where; ConfigError says what is in the way."""
    taken: Callable[[str], bool]
    """Whether a theme of the user's has this name."""


class Typing(NamedTuple):
    """What is being typed, and for what."""

    text: str
    naming: bool = False
    """A name to save under, or a value."""


class ThemeEditor:
    """Rows of colours, what the highlighted one is for and how well it is seen, and the keys."""

    def __init__(self, name: str, theme: Theme, own: bool, behind: Behind, about: str) -> None:
        self.about: str | None = about
        self._name = name if own else ""
        self._called, self._behind = name, behind
        self._draft = Draft(theme)
        self._rows = rows_of(theme)
        self._at = self._first = 0
        self._channel: Channel = "hue"
        self._finer: Hsb | None = None
        """The colour stepped to last, as its steps go on from there."""
        self._typing: Typing | None = None
        self._said, self._wrong = "", False
        self._sure = ""
        """What the last key asked whether it is meant, and the next one says."""
        self._size = Size(0, 0)
        self.version: Hashable = 0
        """Grows with every key and click."""

    @property
    def theme(self) -> Theme:
        """The theme as it is now."""
        return self._draft.theme

    def press(self, key: str, character: str | None) -> Done | None:
        """Take a key; return the outcome where it ends the dialog."""
        sure = self._touched()
        if self._typing is not None and self._press_typing(key, character, sure):
            return None
        if key in _LEAVES:
            return self._leave(sure)
        if key in _MOVES:
            self._go(self._at + _MOVES[key])
        elif key in _STEPS:
            self._step(_STEPS[key])
        elif key in _CHANNELS:
            turn = CHANNELS.index(self._channel) + _CHANNELS[key]
            self._channel = CHANNELS[turn % len(CHANNELS)]
        elif key in ("enter", "space"):
            self._take()
        elif key in ("backspace", "ctrl+h", "ctrl+u"):
            self._typing = Typing("")
        elif key == "delete":
            self._remove()
        elif character is not None:
            self._letter(character)
        return None

    def insert(self, text: str) -> None:
        """Add pasted text to what is being typed, or begin a value with it."""
        self._touched()
        typing = self._typing or Typing("")
        self._typing = typing._replace(text=(typing.text + safe_text(text))[:LONGEST])

    def click(self, x: int, y: int) -> Done | None:
        """Highlight a row; a click on its value types it, one on a channel chooses that."""
        if closes(self._size, x, y):
            return self.press("escape", None)
        row = self._first + y - 1
        if 1 <= y <= sheet.rows_in(self._size.height) and row < len(self._rows):
            self._touched()
            again = row == self._at
            self._typing = None
            self._go(row)
            if again:
                self._take()
        return None

    def size(self, width: int, height: int) -> Size:
        """How large it is within so much room."""
        if width < WIDTH + _BESIDE:
            height = height * 3 // 5
        return Size(max(0, min(WIDTH, width)), max(0, height))

    def draw(self, size: Size, look: Look) -> Canvas:
        """Draw the rows around the highlighted one, what it is for, and the keys."""
        self._size = size
        typed = self._typing
        drawn = Sheet(
            title=f"Theme {self._called}{', changed' if self._draft.changed else ''}",
            theme=self.theme,
            rows=self._rows,
            at=self._at,
            first=self._first,
            channel=self._channel,
            color=self._hsb,
            typed=typed.text if typed is not None else None,
            naming=typed is not None and typed.naming,
            said=self._said,
            wrong=self._wrong,
        )
        self._first = drawn.scrolled(size.height)
        return drawn.draw(size, look)

    @property
    def _row(self) -> Row:
        return self._rows[self._at]

    @property
    def _hsb(self) -> Hsb | None:
        """The highlighted colour by hue, saturation and brightness; None where there is none."""
        color = color_of(self.theme, self._row)
        if color is None:
            return None
        finer = self._finer
        return finer if finer is not None and finer.rgb == color else hsb(color)

    def _touched(self) -> str:
        """Count a key or a click, and forget what was said; return what it may be sure of."""
        assert isinstance(self.version, int)
        self.version += 1
        sure, self._sure, self._said, self._wrong = self._sure, "", "", False
        return sure

    def _press_typing(self, key: str, character: str | None, sure: str) -> bool:
        """Take a key into what is being typed; False where it is for the dialog."""
        typing = self._typing
        assert typing is not None
        if key == "enter":
            self._settle(typing, sure)
        elif (text := edited(typing.text, key, character)) is not None:
            self._typing = typing._replace(text=text)
        else:
            self._typing = None
            return key == "escape"
        return True

    def _settle(self, typing: Typing, sure: str) -> None:
        """Take what was typed; what is refused can be mended."""
        word = typing.text.strip()
        if typing.naming:
            self._save(word, sure)
        elif self._change(lambda theme: with_word(theme, self._row, word)):
            self._typing = None

    def _letter(self, character: str) -> None:
        """Do what a letter stands for, or begin to type a value with it."""
        deeds: dict[str, Callable[[], object]] = {
            "u": self._undo,
            "r": self._reset,
            "s": self._name_it,
            "+": self._add,
            "-": self._remove,
        }
        if character in deeds:
            deeds[character]()
        elif character in _TYPED:
            self._typing = Typing(character)

    def _go(self, row: int) -> None:
        self._at = min(max(0, row), len(self._rows) - 1)

    def _take(self) -> None:
        """Type the highlighted value, or turn it where it is one of two."""
        word = word_of(self.theme, self._row)
        if word[:1] in _TYPED:
            self._typing = Typing(word)
        else:
            self._step(1)

    def _step(self, steps: int) -> None:
        finer = self._hsb
        if finer is None:
            self._change(lambda theme: turned(theme, self._row, steps), self._row)
            return
        moved = finer.moved(self._channel, steps)
        touch = (self._row, self._channel)
        if self._change(lambda theme: with_color(theme, self._row, moved.rgb), touch):
            self._finer = moved

    def _add(self) -> None:
        def more(theme: Theme) -> Theme:
            theme, self._fresh = added(theme, self._row)
            return theme

        if self._change(more):
            self._go(self._rows.index(self._fresh))

    def _remove(self) -> None:
        self._change(lambda theme: removed(theme, self._row))

    def _reset(self) -> None:
        """Give the highlighted row the value that is in the file."""
        kept = self._draft.kept
        if self._row in rows_of(kept):
            self._change(lambda theme: with_word(theme, self._row, word_of(kept, self._row)))

    def _undo(self) -> None:
        if self._draft.undo():
            self._renew()
            self._behind.show(self.theme)
        else:
            self._say("nothing to take back")

    def _change(self, function: Callable[[Theme], Theme], touch: Hashable = None) -> bool:
        """Change the theme and show it; where that is refused, say why."""
        try:
            theme = function(self.theme)
            self._behind.show(theme)
        except ConfigError as error:
            self._say(str(error), wrong=True)
            return False
        self._draft.change(theme, touch)
        self._renew()
        return True

    def _renew(self) -> None:
        """Have the rows that the theme has now."""
        self._rows = rows_of(self.theme)
        self._go(self._at)

    def _name_it(self) -> None:
        self._typing = Typing(self._name or f"my-{self._called}"[:20], naming=True)

    def _save(self, name: str, sure: str) -> None:
        if name != self._name and self._behind.taken(name) and sure != name:
            self._sure = name
            self._say(f"{name} is there already: Enter again writes over it", wrong=True)
            return
        try:
            said = self._behind.keep(name, self.theme)
        except ConfigError as error:
            self._say(str(error), wrong=True)
            return
        self._draft.keep()
        self._name = self._called = name
        self._typing = None
        self._say(said)

    def _leave(self, sure: str) -> Done | None:
        if self._draft.changed and sure != "leave":
            self._sure = "leave"
            self._say("not saved: Esc again leaves it so, s saves", wrong=True)
            return None
        return Done(None)

    def _say(self, text: str, *, wrong: bool = False) -> None:
        self._said, self._wrong = text, wrong
