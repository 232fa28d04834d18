"""The settings dialog: every setting of one pane, made from its dataclass, changed at once.

It holds no copy of the settings: it asks for the pane, and hands back another one with each change,
so that the picture beside it is always what it says. `tui/settings/words.py` decides what is
accepted.
"""

from collections.abc import Callable, Hashable
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from feeds.errors import ConfigError
from market.market import Market
from tui.dialogs.frame import LONGEST, MOVES, Done, closes, edited, framed, window
from tui.drawing.canvas import Canvas
from tui.drawing.format import folded, safe_text, shortened, text_width
from tui.drawing.look import Look
from tui.drawing.zones import UTC_ZONE, Zone
from tui.keys import adjust
from tui.pane import Pane, Size
from tui.settings.steps import Sight, alike, reset, settings_for, stepped, word_of
from tui.settings.values import accepted_words, read_word, shown_word
from tui.settings.words import Setting, set_one

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor

WIDTH: Final = 46
"""Cells across: what it is about is to be seen beside it."""
_BESIDE: Final = 20
"""Cells of a pane that are worth leaving free beside it; with fewer it leaves some above."""
_VALUE: Final = 19
"""Cells of a value between its arrows."""
_STEPS: Final = {"left": -1, "h": -1, "right": 1, "l": 1}
_MOVES: Final = {**MOVES, "j": 1, "k": -1}
_TYPED: Final = frozenset("0123456789.")
"""What begins a number or a length, which can be typed at once."""
_KEYS: Final = "←→ change Enter types r resets"
_CHOOSING: Final = "←→ Space change  r resets"
_DOING: Final = "Enter does it"
_TYPING: Final = "Enter sets it  Esc leaves it"


class Behind(NamedTuple):
    """What the dialog may do to the panes behind it."""

    pane: Callable[[], Pane]
    """The pane as it is now."""
    market: Callable[[], Market | None]
    change: Callable[[Pane], None]
    """Show another one in its place."""
    step: Callable[[Pane, Setting, int], Pane]
    spread: Callable[[], str]
    """Set all of its kind like it, and say what that did."""
    zone: Callable[[], Zone] = lambda: UTC_ZONE
    """By whose clock times are told and typed."""


class Deed(NamedTuple):
    """A row that does something with all settings, and the key that does it from any row."""

    key: str
    text: str
    do: Callable[[], None]


class SettingsDialog:
    """Rows of settings, then what can be done with all of them."""

    def __init__(self, title: str, behind: Behind, about: str | None = None) -> None:
        self.title, self.about = title, about
        self._behind = behind
        pane = behind.pane()
        self._settings = settings_for(type(pane))
        self._deeds = (
            Deed("R", "reset all", self._reset_all),
            Deed("*", f"apply to all of this kind: {pane.kind}", self._spread),
        )
        self._names = max((len(setting.key) for setting in self._settings), default=0)
        self._at = self._first = self._touches = 0
        self._typed: str | None = None
        """What is being typed in the place of the highlighted value."""
        self._said, self._wrong = "", False
        self._size = Size(0, 0)
        """As it was drawn last."""

    @property
    def version(self) -> Hashable:
        """Keys and clicks so far, and the pane, which others may change too."""
        return self._touches, self._behind.pane()

    def press(self, key: str, character: str | None) -> Done | None:
        """Take a key; return the outcome where it ends the dialog."""
        self._touches += 1
        self._said = ""
        if self._typed is not None and self._press_typing(key, character):
            return None
        if key in ("escape", "ctrl+c", "q", "S"):
            return Done(None)
        if key in _MOVES:
            self._go(self._at + _MOVES[key])
        elif key in _STEPS:
            self._step(_STEPS[key])
        elif key in ("enter", "space"):
            self._take()
        elif key in ("backspace", "ctrl+h", "ctrl+u"):
            self._begin("")
        elif character is not None:
            self._letter(character)
        return None

    def insert(self, text: str) -> None:
        """Add pasted text to the value that is being typed, or begin one with it."""
        self._touches += 1
        self._said = ""
        if self._typed is None:
            self._begin("")
        if self._typed is not None:
            self._typed = (self._typed + safe_text(text))[:LONGEST]

    def click(self, x: int, y: int) -> Done | None:
        """Highlight a row; on its value, step to the side clicked on or begin to type."""
        self._touches += 1
        if closes(self._size, x, y):
            return Done(None)
        row = self._first + y - 1
        if not 1 <= y <= self._rows(self._size.height) or row >= self._count:
            return None
        if row != self._at:
            self._typed = None
        self._go(row)
        self._said = ""
        left = self._left(self._size.width)
        if row >= len(self._settings):
            self._take()
        elif self._typed is None and left - 1 <= x <= left + 1:
            self._step(-1)
        elif self._typed is None and left + _VALUE + 1 <= x <= left + _VALUE + 3:
            self._step(1)
        elif self._typed is None and left < x <= left + _VALUE:
            self._take()
        return None

    def size(self, width: int, height: int) -> Size:
        """How large it is within so much room."""
        if width < WIDTH + _BESIDE:
            height = height * 3 // 5
        # The pane's title tells of settings too.
        height = max(min(height, 6), min(self._count + 8, height - 1))
        return Size(max(0, min(WIDTH, width)), max(0, height))

    def draw(self, size: Size, look: Look) -> Canvas:
        """Draw title, the rows around the highlighted one, what it means, and the keys."""
        self._size = size
        canvas = framed(size, look, self.title)
        rows = self._rows(size.height)
        self._first = window(self._first, self._at, rows, self._count)
        pane = self._behind.pane()
        for y, row in enumerate(range(self._first, min(self._first + rows, self._count)), start=1):
            if row == self._at:
                canvas.fill(1, y, size.width - 2, 1, look.selection)
                canvas.text(1, y, "▸", look.accent, bold=True)
            if row < len(self._settings):
                self._draw_setting(canvas, y, self._settings[row], pane, lit=row == self._at)
            else:
                self._draw_deed(canvas, y, self._deeds[row - len(self._settings)], row == self._at)
        self._draw_foot(canvas, 1 + rows)
        return canvas

    @property
    def _count(self) -> int:
        return len(self._settings) + len(self._deeds)

    @property
    def _setting(self) -> Setting | None:
        """The highlighted setting; None on a row that does something with all of them."""
        return self._settings[self._at] if self._at < len(self._settings) else None

    def _press_typing(self, key: str, character: str | None) -> bool:
        """Take a key into the value being typed; False where it is for the dialog."""
        assert self._typed is not None
        if key == "enter":
            self._settle(self._typed.strip())
        elif (typed := edited(self._typed, key, character)) is not None:
            self._typed = typed
        else:
            self._typed = None
            return key != "ctrl+c" and key not in MOVES and key not in _STEPS
        return True

    def _letter(self, character: str) -> None:
        """Do what a letter stands for, or begin to type a value with it."""
        deeds = {deed.key: deed.do for deed in self._deeds}
        if character in deeds:
            deeds[character]()
        elif character == "r":
            self._reset()
        elif character in _TYPED:
            self._begin(character)

    def _begin(self, text: str) -> None:
        """Type in the place of the highlighted value, where it is no closed choice."""
        setting = self._setting
        if setting is not None and setting.choices:
            self._say("left and right choose", wrong=True)
        elif setting is not None:
            self._typed = text

    def _go(self, row: int) -> None:
        self._at = min(max(0, row), self._count - 1)

    def _take(self) -> None:
        """Do what the highlighted row is for: the next choice, typing, something with all."""
        setting = self._setting
        if setting is None:
            self._deeds[self._at - len(self._settings)].do()
        elif setting.choices:
            self._step(1)
        else:
            self._begin(self._shown(self._behind.pane(), setting.key))

    def _step(self, steps: int) -> None:
        if (setting := self._setting) is not None:
            self._change(lambda pane: self._behind.step(pane, setting, steps))

    def _settle(self, word: str) -> None:
        setting = self._setting
        if setting is not None and self._change(lambda pane: self._set(pane, setting.key, word)):
            self._typed = None

    def _set(self, pane: Pane, key: str, word: str) -> Pane:
        return set_one(pane, key, read_word(key, word, self._behind.market(), self._behind.zone()))

    def _shown(self, pane: Pane, key: str) -> str:
        return shown_word(pane, key, self._behind.market(), self._behind.zone())

    def _reset(self) -> None:
        if (setting := self._setting) is not None:
            self._change(lambda pane: reset(pane, setting.key))

    def _reset_all(self) -> None:
        if self._change(lambda pane: type(pane)()):
            self._say("all settings are as they are by default")

    def _spread(self) -> None:
        self._say(self._behind.spread())

    def _change(self, function: Callable[[Pane], Pane]) -> bool:
        """Change the pane; where that is refused, say why."""
        try:
            pane = function(self._behind.pane())
        except (ConfigError, ValueError) as error:
            # A ConfigError repeats pane, key and word, which are in sight here.
            self._say(str(error.__cause__ or error), wrong=True)
            return False
        self._behind.change(pane)
        return True

    def _say(self, text: str, *, wrong: bool = False) -> None:
        self._said, self._wrong = text, wrong

    def _rows(self, height: int) -> int:
        """Rows of the list: the lines below it make way first."""
        below = 6 if height >= 20 else 3 if height >= 10 else 2 if height >= 4 else 0
        return min(self._count, max(0, height - 1 - below))

    def _left(self, width: int) -> int:
        """Where values begin: after the names, which make way in little room."""
        return max(4, min(4 + self._names, width - _VALUE - 5))

    def _draw_deed(self, canvas: Canvas, y: int, deed: Deed, lit: bool) -> None:
        canvas.text(3, y, deed.key, canvas.look.accent, bold=True)
        canvas.text(5, y, shortened(deed.text, canvas.width - 7), canvas.look.text, bold=lit)

    def _draw_setting(
        self, canvas: Canvas, y: int, setting: Setting, pane: Pane, *, lit: bool
    ) -> None:
        look, left = canvas.look, self._left(canvas.width)
        word = self._shown(pane, setting.key)
        changed = word_of(pane, setting.key) != setting.default
        usual = look.faint if setting.idle else look.text
        canvas.text(2, y, "•" if changed else " ", look.accent, bold=True)
        canvas.text(3, y, shortened(setting.key, left - 4), usual, bold=lit)
        if lit and self._typed is not None:
            canvas.fill(left, y, _VALUE + 3, 1, look.background)
            canvas.text(left + 1, y, f"{_tail(self._typed, _VALUE)}▏", look.accent, bold=True)
            return
        arrows = look.accent if lit else look.faint
        canvas.text(left, y, "◂", arrows)
        canvas.text(left + 2 + _VALUE, y, "▸", arrows)
        ink = look.accent if changed else usual
        canvas.center(left + 1, y, _VALUE + 1, shortened(word, _VALUE), ink, bold=changed)

    def _draw_foot(self, canvas: Canvas, top: int) -> None:
        """What the highlighted setting means and takes, or what was said; and the keys."""
        look, bottom = canvas.look, canvas.height - 1
        if bottom < 1:
            return
        if bottom - top >= 4:
            canvas.hline(2, top, canvas.width - 4, look.faint)
            top += 1
        lines = self._told(max(1, canvas.width - 5), max(0, bottom - top), look)
        for y, (line, ink) in enumerate(lines, start=top):
            canvas.text(3, y, line, ink, bold=bool(self._said))
        if bottom < top:
            return
        place = f"{self._at + 1} of {self._count}"
        canvas.right(canvas.width - 2, bottom, place, look.dim)
        room = canvas.width - text_width(place) - 7
        canvas.text(3, bottom, shortened(self._keys, room), look.dim)

    @property
    def _keys(self) -> str:
        if self._typed is not None:
            return _TYPING
        setting = self._setting
        return _DOING if setting is None else _CHOOSING if setting.choices else _KEYS

    def _told(self, width: int, rows: int, look: Look) -> list[tuple[str, int]]:
        """The lines above the keys with their inks; in little room what it takes goes first."""
        setting = self._setting
        if self._said or setting is None:
            ink = look.error if self._wrong else look.accent
            return [(line, ink) for line in folded(self._said, width, rows)]
        takes = accepted_words(setting, self._behind.market(), self._behind.zone())
        accepted = folded(takes, width, max(1, rows - 1))[:rows]
        meaning = folded(setting.meaning, width, rows - len(accepted))
        return [*((line, look.text) for line in meaning), *((line, look.dim) for line in accepted)]


def open_settings(monitor: "Monitor") -> None:
    """Show the settings of the pane that has the focus."""
    desk, name = monitor.desk, monitor.desk.focus

    def change(pane: Pane) -> None:
        desk.put(name, pane)
        monitor.session.want_interval(adjust.timeframe(pane))

    def step(pane: Pane, setting: Setting, steps: int) -> Pane:
        sight = Sight(monitor.scope, monitor.pane_size, monitor.drawn)
        return stepped(pane, setting, steps, sight)

    spread = partial(_spread, monitor, name)

    def zone() -> Zone:
        market = monitor.market
        return monitor.zone if market is None else monitor.zone.of(market.venue)

    behind = Behind(lambda: desk.panes[name], lambda: monitor.market, change, step, spread, zone)
    kind = desk.panes[name].kind
    title = f"Settings: {desk.panes[name].title}{name.removeprefix(kind)}"
    monitor.open_dialog(SettingsDialog(title, behind, name), lambda _: None)


def _spread(monitor: "Monitor", name: str) -> str:
    """Set all panes of a kind like this one, those of other layouts too; say what that did."""
    desk = monitor.desk
    model = desk.panes[name]
    others = [n for n, pane in desk.panes.items() if n != name and pane.kind == model.kind]
    for other in others:
        desk.panes[other] = alike(desk.panes[other], model)
    desk.models[model.kind] = alike(type(model)(), model)
    if not others:
        return f"every {model.kind} opened from now on begins like this one"
    return f"set alike: {', '.join(others)}; and every {model.kind} opened from now on"


def _tail(text: str, width: int) -> str:
    """The end of a text that is being typed."""
    while text_width(text) > width:
        text = text[1:]
    return text
