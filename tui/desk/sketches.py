"""Sketches: the drawings of all instruments, as their file has them, laid on markets and changed.

The file is looked at once a second, so that several terminals show the same and what is written
by hand is taken over. A file that cannot be read is never written over.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from feeds.errors import ConfigError
from market.drawings import Drawing, Drawings
from market.market import Market
from tui.sketch.file import MOST, drawings_file, in_order, load_book, save_book

_LOOK: Final = 1.0
"""Seconds between two looks at the file."""
_UNDONE: Final = 100
"""Changes of an instrument that can be taken back."""

Items = tuple[Drawing, ...]


class Held(NamedTuple):
    """The drawing that keys move."""

    instrument: str
    drawing: Drawing


class Sketches:
    """Every change is in the file before it is on the screen; ConfigError says why it is not."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or drawings_file()
        self.hidden = False
        """Whether no drawing is shown."""
        self.version = 0
        """Grows with every change of what is shown."""
        self.held: Held | None = None
        self._book: dict[str, Items] = {}
        self._shown: dict[str, Drawings] = {}
        self._before: defaultdict[str, deque[Items]] = defaultdict(lambda: deque(maxlen=_UNDONE))
        self._moved: Held | None = None
        """What was moved last: further moves are taken back with the first."""
        self._stamp: tuple[int, int, int] | None = None
        """The file as it was read last; None for none."""
        self._fault = ""
        self._looked = -_LOOK

    def lay(self, markets: Iterable[Market], seconds: float) -> str:
        """Lay the drawings on their markets; say what is wrong with the file, once."""
        said = ""
        if seconds - self._looked >= _LOOK:
            self._looked, before = seconds, self._fault
            self._refresh()
            said = self._fault if self._fault != before else ""
        for market in markets:
            market.drawings = self._shown.get(market.id)
        return said

    def of(self, instrument: str) -> Items:
        """The drawings of an instrument."""
        return self._book.get(instrument, ())

    def add(self, instrument: str, drawing: Drawing) -> None:
        """Draw something."""
        self._refresh()
        if drawing not in self.of(instrument):
            self._change(instrument, (*self.of(instrument), drawing))

    def replace(self, instrument: str, old: Drawing, new: Drawing, *, moved: bool = False) -> None:
        """Put a drawing in the place of another; moves that follow one another are one change."""
        self._refresh()
        items = self.of(instrument)
        if old not in items:
            raise ConfigError("that drawing was changed elsewhere")
        going_on = moved and self._moved == Held(instrument, old)
        at, held = items.index(old), self.held == Held(instrument, old)
        self._change(instrument, (*items[:at], new, *items[at + 1 :]), kept=not going_on)
        self._moved = Held(instrument, new) if moved else None
        if held:
            self.hold(instrument, new)

    def remove(self, instrument: str, drawing: Drawing) -> None:
        """Take a drawing away."""
        self._refresh()
        items = self.of(instrument)
        if drawing in items:
            self._change(instrument, tuple(one for one in items if one != drawing))

    def undo(self, instrument: str) -> bool:
        """Take the last change back; False where there is none."""
        self._refresh()
        if not self._before[instrument]:
            return False
        self._change(instrument, self._before[instrument][-1], kept=False)
        self._before[instrument].pop()
        return True

    def hold(self, instrument: str, drawing: Drawing) -> None:
        """Let keys move a drawing."""
        if self.held != Held(instrument, drawing):
            self.held = Held(instrument, drawing)
            self._show()

    def let_go(self) -> bool:
        """Let keys move no drawing; False where they did not."""
        if self.held is None:
            return False
        self.held = None
        self._show()
        return True

    def hide(self, hidden: bool) -> None:
        """Show no drawings, or all again."""
        self.hidden = hidden
        self._show()

    def _change(self, instrument: str, items: Items, *, kept: bool = True) -> None:
        if self._fault:
            raise ConfigError(self._fault)
        if len(items) > MOST:
            raise ConfigError(f"{MOST} drawings of one instrument are the most")
        before = self.of(instrument)
        book = {**self._book, instrument: in_order(items)}
        if not items:
            del book[instrument]
        save_book(self.path, book)
        self._book, self._stamp, self._moved = book, _stamp(self.path), None
        if kept:
            self._before[instrument].append(before)
        self._show()

    def _refresh(self) -> None:
        """Read the file again if another one is there."""
        stamp = _stamp(self.path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            book = dict(load_book(self.path)) if stamp is not None else {}
        except ConfigError as error:
            # The footer has no room for where the user's own file is.
            self._fault = str(error).replace(str(self.path), self.path.name)
            return
        self._fault = ""
        for name in {*book, *self._book}:
            if book.get(name) != self._book.get(name):
                self._before.pop(name, None)
        self._book = book
        self._show()

    def _show(self) -> None:
        """Make what markets are given, anew for those whose drawings are others."""
        self.version += 1
        held = self.held
        if held is not None and held.drawing not in self.of(held.instrument):
            held = self.held = None
        shown = {} if self.hidden else self._book
        self._shown = {
            name: self._drawings(name, items, held) for name, items in shown.items() if items
        }

    def _drawings(self, name: str, items: Items, held: Held | None) -> Drawings:
        mine = held is not None and held.instrument == name
        at = items.index(held.drawing) if mine and held is not None else None
        known = self._shown.get(name)
        if known is not None and (known.items, known.held) == (items, at):
            return known
        return Drawings(items, at)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What tells one file from the next in its place; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
