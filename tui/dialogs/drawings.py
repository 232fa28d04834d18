"""Drawings dialog: everything drawn on one instrument, to be named, moved, recoloured and undone.

The drawing that is highlighted is marked on the charts beside it. What it does to drawings it asks
of whoever opened it, so that the list is always what the file says.
"""

from collections.abc import Callable, Hashable
from decimal import Decimal
from typing import Final, NamedTuple

from feeds.errors import ConfigError
from market.drawings import Drawing, Level, Line, Moment, Note
from market.instrument import plain
from tui.dialogs.frame import LONGEST, MOVES, Done, closes, edited, framed, window
from tui.drawing.canvas import Canvas
from tui.drawing.format import safe_text, shortened, signed, text_width
from tui.drawing.look import Look
from tui.drawing.zones import Zone
from tui.pane import Size
from tui.sketch.file import read_price
from tui.sketch.paint import MARK
from tui.sketch.sheet import LETTERS, ink_of

WIDTH: Final = 64
"""Cells across."""
_LEAST: Final = 34
"""Cells of a chart that are worth leaving free beside it; with fewer it leaves some above."""
HELD: Final = "held"
"""What it ends with where keys are to move the highlighted drawing."""
_STEPS: Final = {"left": -1, "h": -1, "right": 1, "l": 1}
_MOVES: Final = {**MOVES, "j": 1, "k": -1}
_KEYS: Final = (
    ("n", "name"),
    ("p", "price"),
    ("←→", "a tick"),
    ("Enter", "move on the chart"),
    ("c", "colour"),
    ("x", "delete"),
    ("u", "undo"),
    ("H", "hide all"),
    ("e", "new level"),
)
_ASKED: Final = {"n": "name", "p": "price", "e": "new level at"}
_LEAVES: Final = frozenset({"escape", "q", "Z"})


class Behind(NamedTuple):
    """What the dialog may ask of whoever opened it; changes raise ConfigError."""

    items: Callable[[], tuple[Drawing, ...]]
    hidden: Callable[[], bool]
    last: Callable[[], Decimal | None]
    """The last price."""
    zone: Callable[[], Zone]
    rename: Callable[[Drawing, str], None]
    reprice: Callable[[Drawing, Decimal], None]
    nudge: Callable[[Drawing, int], None]
    """Move by so many ticks, or moments by columns."""
    recolour: Callable[[Drawing], None]
    remove: Callable[[Drawing], None]
    undo: Callable[[], bool]
    hide: Callable[[], None]
    add: Callable[[Decimal], None]
    mark: Callable[[Drawing | None], None]
    """Mark a drawing on the charts, or none."""


class DrawingsDialog:
    """A row for each drawing, and what keys do with the highlighted one."""

    def __init__(self, title: str, behind: Behind, about: str | None = None) -> None:
        self.title, self.about = title, about
        self._behind = behind
        self._at = self._first = self._touches = 0
        self._asked, self._typed = "", ""
        """What is being typed, if anything: its key and the text so far."""
        self._said = ""
        self._size = Size(0, 0)
        self._mark()

    @property
    def version(self) -> Hashable:
        """Keys and clicks so far, and the drawings, which others may change too."""
        return self._touches, self._behind.items(), self._behind.hidden()

    @property
    def chosen(self) -> Drawing | None:
        """The drawing that is highlighted."""
        items = self._behind.items()
        return items[min(self._at, len(items) - 1)] if items else None

    def press(self, key: str, character: str | None) -> Done | None:
        """Take a key; return the outcome where it ends the dialog."""
        self._touches += 1
        self._said = ""
        if key == "ctrl+c" or (not self._asked and (key in _LEAVES or character in _LEAVES)):
            self._behind.mark(None)
            return Done(None)
        if self._asked:
            self._type(key, character)
        elif key == "enter":
            return None if self.chosen is None else Done(HELD)
        elif key in _MOVES:
            self._go(_MOVES[key])
        elif key in _STEPS:
            self._do(lambda drawing: self._behind.nudge(drawing, _STEPS[key]))
        else:
            self._letter(character or key)
        self._mark()
        return None

    def insert(self, text: str) -> None:
        """Add pasted text to what is being typed."""
        self._touches += 1
        if self._asked:
            self._typed = (self._typed + safe_text(text))[:LONGEST]

    def click(self, x: int, y: int) -> Done | None:
        """Highlight a row."""
        self._touches += 1
        if closes(self._size, x, y):
            self._behind.mark(None)
            return Done(None)
        row = self._first + y - 1
        if 1 <= y <= self._rows(self._size.height) and row < len(self._behind.items()):
            self._at, self._asked = row, ""
            self._mark()
        return None

    def size(self, width: int, height: int) -> Size:
        """How large it is within so much room."""
        if width < WIDTH + _LEAST:
            height = height * 3 // 5
        rows = max(3, len(self._behind.items())) + 6
        return Size(max(0, min(WIDTH, width)), max(0, min(height, rows)))

    def draw(self, size: Size, look: Look) -> Canvas:
        """Draw title, the rows around the highlighted one, what is typed, and the keys."""
        self._size = size
        hidden = " (hidden)" if self._behind.hidden() else ""
        canvas = framed(size, look, f"{self.title}{hidden}")
        self._draw_items(canvas)
        self._draw_foot(canvas)
        return canvas

    def _letter(self, character: str) -> None:
        """Do what a letter stands for."""
        match character:
            case "e":
                self._ask("e", "")
            case "H":
                self._behind.hide()
            case "u":
                self._tried(self._undo)
            case "n" | "r":
                self._do(lambda drawing: self._ask("n", drawing.text))
            case "p":
                self._do(lambda drawing: self._ask("p", _price_text(drawing)))
            case "c":
                self._do(self._behind.recolour)
            case "x" | "d" | "delete" | "backspace":
                self._do(self._behind.remove)

    def _ask(self, key: str, text: str) -> None:
        if key == "p" and isinstance(self.chosen, Moment):
            self._said = "a moment has no price"
            return
        self._asked, self._typed = key, text

    def _type(self, key: str, character: str | None) -> None:
        """Take a key into what is being typed."""
        if key == "escape":
            self._asked = ""
        elif key == "enter":
            self._tried(self._settle)
        elif (typed := edited(self._typed, key, character)) is not None:
            self._typed = typed

    def _settle(self) -> None:
        """Do what was typed for; ConfigError and ValueError say why not."""
        asked, typed, drawing = self._asked, self._typed.strip(), self.chosen
        if asked == "e":
            price, before = read_price(typed), self._behind.items()
            self._behind.add(price)
            fresh = [n for n, one in enumerate(self._behind.items()) if one not in before]
            self._at = fresh[0] if fresh else self._at
        elif drawing is not None and asked == "p":
            self._behind.reprice(drawing, read_price(typed))
        elif drawing is not None:
            self._behind.rename(drawing, typed)
        self._asked = ""

    def _undo(self) -> None:
        if not self._behind.undo():
            self._said = "nothing to undo"

    def _do(self, change: Callable[[Drawing], None]) -> None:
        if (drawing := self.chosen) is not None:
            self._tried(lambda: change(drawing))

    def _tried(self, change: Callable[[], None]) -> None:
        """Change something; where that is refused, say why."""
        try:
            change()
        except (ConfigError, ValueError) as error:
            self._said = str(error)

    def _go(self, steps: int) -> None:
        last = max(0, len(self._behind.items()) - 1)
        self._at = min(max(0, min(self._at, last) + steps), last)

    def _mark(self) -> None:
        self._at = min(self._at, max(0, len(self._behind.items()) - 1))
        self._behind.mark(self.chosen)

    def _rows(self, height: int) -> int:
        return max(0, height - 5)

    def _draw_items(self, canvas: Canvas) -> None:
        look, items = canvas.look, self._behind.items()
        rows = self._rows(canvas.height)
        self._first = window(self._first, self._at, rows, len(items))
        if not items and rows:
            canvas.text(
                3, 1, shortened("nothing drawn yet: e draws a level", canvas.width - 5), look.dim
            )
        places = [_place(drawing, self._behind.zone()) for drawing in items]
        wide = max(map(len, places), default=0)
        for y, row in enumerate(range(self._first, min(self._first + rows, len(items))), start=1):
            lit = row == self._at
            if lit:
                canvas.fill(1, y, canvas.width - 2, 1, look.selection)
                canvas.text(1, y, "▸", look.accent, bold=True)
            self._draw_item(canvas, y, items[row], places[row].ljust(wide), lit)

    def _draw_item(self, canvas: Canvas, y: int, drawing: Drawing, place: str, lit: bool) -> None:
        """Letter, place, words, and how far from the last price."""
        look = canvas.look
        ink, last = ink_of(drawing.sort, look), self._behind.last()
        away = "" if isinstance(drawing, Moment | Line) or not last else _away(drawing.price, last)
        canvas.text(3, y, f"{_sign(drawing)} {place}", ink, bold=True)
        x = 5 + len(place) + 2
        room = canvas.width - x - 2 - (len(away) + 2 if away else 0)
        words = drawing.text or ("" if drawing.sort == "plain" else drawing.sort.value)
        if room > 0:
            canvas.text(
                x, y, shortened(words, room), look.text if drawing.text else look.dim, bold=lit
            )
            canvas.right(canvas.width - 2, y, away, look.dim)

    def _draw_foot(self, canvas: Canvas) -> None:
        """What is being typed or was said, and the keys in two rows."""
        look, bottom, room = canvas.look, canvas.height - 1, canvas.width - 5
        if bottom < 4:
            return
        if self._asked:
            canvas.fill(2, bottom - 2, canvas.width - 4, 1, look.background)
            head = f"{_ASKED[self._asked]}: "
            tail = _tail(self._typed, room - len(head) - 1)
            canvas.text(3, bottom - 2, f"{head}{tail}▏", look.accent, bold=True)
        elif self._said:
            canvas.text(3, bottom - 2, shortened(self._said, room), look.error, bold=True)
        else:
            place = f"{min(self._at + 1, len(self._behind.items()))} of {len(self._behind.items())}"
            canvas.right(canvas.width - 2, bottom - 2, place, look.dim)
        for y, keys in ((bottom - 1, _KEYS[:4]), (bottom, _KEYS[4:])):
            x = 3
            for key, does in keys:
                if x + len(key) + len(does) + 1 > canvas.width - 2:
                    break
                canvas.text(x, y, key, look.accent, bold=True)
                canvas.text(x + len(key) + 1, y, does, look.dim)
                x += len(key) + len(does) + 3


def _sign(drawing: Drawing) -> str:
    """One glyph for what it is: levels have the letter that they have on the axis."""
    match drawing:
        case Level():
            return LETTERS[drawing.sort]
        case Line():
            return "╱"
        case Moment():
            return "│"
        case Note():
            return MARK


def _place(drawing: Drawing, zone: Zone) -> str:
    match drawing:
        case Level(price):
            return plain(price)
        case Moment(at):
            return f"{zone.date(at)} {zone.clock(at, millis=False)}"
        case Note(at, price):
            return f"{plain(price)} {zone.clock(at, millis=False)}"
        case Line(at, price, until, to):
            clock = zone.clock
            return f"{plain(price)}-{plain(to)} {clock(at, False)[:5]}-{clock(until, False)[:5]}"


def _price_text(drawing: Drawing) -> str:
    return "" if isinstance(drawing, Moment) else plain(drawing.price)


def _away(price: Decimal, last: Decimal) -> str:
    """How far a price is from the last one, in percent."""
    return f"{signed(f'{100 * float(price - last) / float(last):.2f}')} %"


def _tail(text: str, width: int) -> str:
    """The end of a text that is being typed."""
    while text_width(text) > max(0, width):
        text = text[1:]
    return text
