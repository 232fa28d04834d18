"""Dialogs: a list to search and choose from, drawn in cells over the panes; pure but for its state.

Help, the command palette, the symbol search, the pickers and the question for a path are all this
one dialog with other choices. It takes keys by name and says when it is done; panes move beneath.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Final, NamedTuple, Protocol

from tui.dialogs.frame import LONGEST, MOVES, Done, closes, edited, framed, window
from tui.drawing.canvas import Canvas
from tui.drawing.format import safe_text, shortened, text_width
from tui.drawing.look import Look
from tui.pane import Size

WIDTH: Final = 76


class Choice(NamedTuple):
    """One line of a dialog."""

    id: str
    text: str
    key: str = ""
    """What stands before it: the key that does the same."""
    group: str = ""
    note: str = ""
    """What stands at the right of it, where there is room beside the text."""


class Deed(NamedTuple):
    """What a letter does with the highlighted choice, while nothing is being typed."""

    key: str
    does: str
    """In a word or two, for the row of keys."""
    do: Callable[[str], None]
    """Called with the id of the choice; it may open another dialog."""


class Opened(Protocol):
    """What lies over the panes and takes keys and clicks until it is done."""

    @property
    def version(self) -> Hashable:
        """Something that differs whenever its picture does."""
        ...

    @property
    def about(self) -> str | None:
        """The pane that is to stay in sight beside it; None where it lies in the middle."""
        ...

    def press(self, key: str, character: str | None) -> Done | None:
        """Take a key; return the outcome where it ends the dialog."""
        ...

    def insert(self, text: str) -> None:
        """Take pasted text."""
        ...

    def click(self, x: int, y: int) -> Done | None:
        """Take a click on one of its cells; return the outcome where it ends the dialog."""
        ...

    def size(self, width: int, height: int) -> Size:
        """How large it is within so much room."""
        ...

    def draw(self, size: Size, look: Look) -> Canvas:
        """Draw it."""
        ...


class Dialog:
    """A title, some lines to read, a line to type into, and the choices that match it.

    `free` makes a choice of what was typed where that is worth offering, such as a symbol that
    no list holds. `find` gives the choices for what was typed, where they are more than the list
    and have an order of their own. `moved` is told which choice is highlighted, to show what it
    would do.
    """

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        prompt: str = "type to search",
        intro: Sequence[str] = (),
        free: Callable[[str], Choice | None] | None = None,
        find: Callable[[str], Sequence[Choice]] | None = None,
        moved: Callable[[str], None] | None = None,
        at: str = "",
        typed: str = "",
        deeds: Sequence[Deed] = (),
    ) -> None:
        self.title, self.prompt = title, prompt
        self.intro = tuple(intro)
        self.typed = ""
        self._deeds = {deed.key: deed for deed in deeds}
        self._typing = not deeds
        """Whether letters are typed rather than done."""
        self._choices = choices
        self._free, self._find, self._moved = free, find, moved
        self._shown = list(choices)
        ids = [choice.id for choice in choices]
        self._at = ids.index(at) if at in ids else 0
        self._first = 0
        self._top, self._size = 0, Size(0, 0)
        """Where the choices began when it was drawn last, and how large it was."""
        if typed:
            self._type(typed)
        self.version = 0
        """Grows with every change of the picture."""
        self.about: str | None = None

    @property
    def chosen(self) -> Choice | None:
        """The choice that is highlighted."""
        return self._shown[self._at] if self._shown else None

    def press(self, key: str, character: str | None) -> Done | None:
        """Take a key; return the outcome where it ends the dialog."""
        self.version += 1
        if key in ("escape", "ctrl+c"):
            return Done(None)
        if key == "enter":
            return Done(self.chosen.id) if self.chosen is not None else None
        if key in MOVES:
            self._move(MOVES[key])
        elif character is not None and character.isprintable():
            return self._letter(character)
        elif (typed := edited(self.typed, key, None)) is not None:
            self._type(typed)
        return None

    def insert(self, text: str) -> None:
        """Add typed or pasted text."""
        self.version += 1
        self._typing = True
        self._type((self.typed + safe_text(text))[:LONGEST])

    def click(self, x: int, y: int) -> Done | None:
        """Take the choice that was clicked."""
        if closes(self._size, x, y):
            return Done(None)
        row = self._first + y - self._top
        if not self._top <= y < self._size.height - 1 or row >= len(self._shown):
            return None
        self.version += 1
        self._move(row - self._at)
        return self.press("enter", None)

    def size(self, width: int, height: int) -> Size:
        """How large it is within so much room; it does not change while typing."""
        wide = min(WIDTH, width)
        rows = 4 + len(self.intro) + bool(self.intro) + max(3, len(self._choices))
        return Size(wide, min(rows, max(0, height)))

    def draw(self, size: Size, look: Look) -> Canvas:
        """Draw title, lines, what was typed, and the choices around the highlighted one."""
        canvas = framed(size, look, self.title)
        top = 1
        # The lines to read make way where there is hardly room for the choices.
        if size.height >= len(self.intro) + 9:
            for line in self.intro:
                canvas.text(2, top, shortened(line, size.width - 4), look.dim)
                top += 1
            top += bool(self.intro)
        self._top, self._size = top + 1, size
        self._draw_typed(canvas, top)
        self._draw_choices(canvas, top + 1, size.height - top - 2)
        self._draw_foot(canvas)
        return canvas

    def _draw_typed(self, canvas: Canvas, row: int) -> None:
        look = canvas.look
        canvas.fill(2, row, canvas.width - 4, 1, look.selection)
        room = canvas.width - 7
        if self.typed:
            tail = self.typed[-room:] if room > 0 else ""
            canvas.text(3, row, tail, look.text)
            canvas.text(3 + text_width(tail), row, "▏", look.accent)
        else:
            canvas.text(3, row, "▏", look.accent)
            prompt = self.prompt if self._typing else "/ begins a search"
            canvas.text(4, row, shortened(prompt, room), look.faint)

    def _draw_choices(self, canvas: Canvas, top: int, rows: int) -> None:
        look = canvas.look
        self._first = window(self._first, self._at, rows, len(self._shown))
        keys = max((text_width(choice.key) for choice in self._shown), default=0)
        group = self._shown[self._first - 1].group if self._first > 0 else ""
        side = 9 if canvas.width >= 56 else 0
        for row, choice in enumerate(self._shown[self._first : self._first + max(0, rows)]):
            y, lit = top + row, self._first + row == self._at
            if lit:
                canvas.fill(1, y, canvas.width - 2, 1, look.selection)
                canvas.text(1, y, "▸", look.accent, bold=True)
            canvas.text(3, y, choice.key, look.accent, bold=lit)
            x = 3 + keys + (2 if keys else 0)
            room = canvas.width - x - 2 - side
            noted = text_width(choice.note) + 2 if choice.note else 0
            noted = noted if text_width(choice.text) + noted <= room else 0
            canvas.text(x, y, shortened(choice.text, room - noted), look.text, bold=lit)
            if noted:
                canvas.right(canvas.width - 2 - side, y, choice.note, look.dim)
            if side and choice.group != group:
                canvas.right(canvas.width - 2, y, choice.group, look.dim)
            group = choice.group
        if not self._shown and rows > 0:
            canvas.text(3, top, "nothing matches", look.warn)

    def _draw_foot(self, canvas: Canvas) -> None:
        look, row = canvas.look, canvas.height - 1
        if row < 3:
            return
        text = f"{self._at + 1} of {len(self._shown)}" if self._shown else ""
        canvas.right(canvas.width - 2, row, text, look.dim)
        keys = "↑↓ choose   Enter takes it"
        if not self._typing:
            deeds = (f"{deed.key} {deed.does}" for deed in self._deeds.values())
            keys = "   ".join(("Enter takes it", *deeds))
        canvas.text(3, row, shortened(keys, canvas.width - len(text) - 7), look.dim)

    def _letter(self, character: str) -> Done | None:
        """Type a letter, or do what it stands for."""
        if self._typing:
            self.insert(character)
            return None
        if character == "/":
            self._typing = True
        elif (deed := self._deeds.get(character)) is not None:
            if self.chosen is not None:
                deed.do(self.chosen.id)
        elif (known := next((c for c in self._shown if c.key == character), None)) is not None:
            return Done(known.id)
        return None

    def _type(self, text: str) -> None:
        self.typed = text
        self._typing = bool(text) or not self._deeds
        shown = [*self._matching(text)]
        free = self._free(text.strip()) if self._free is not None and text.strip() else None
        if free is not None and all(choice.id != free.id for choice in shown):
            shown = [*shown, free]
        self._shown, self._at, self._first = shown, 0, 0
        self._tell()

    def _matching(self, text: str) -> Sequence[Choice]:
        words = text.lower().split()
        if self._find is not None and words:
            return self._find(text)
        return [
            choice
            for choice in self._choices
            if all(w in f"{choice.key} {choice.text} {choice.group}".lower() for w in words)
        ]

    def _move(self, steps: int) -> None:
        self._at = min(max(0, self._at + steps), max(0, len(self._shown) - 1))
        self._tell()

    def _tell(self) -> None:
        if self._moved is not None and self.chosen is not None:
            self._moved(self.chosen.id)
