"""Browsing: what keys do in a pane that is a table of instruments to open from."""

from typing import TYPE_CHECKING, Protocol, Self, TypeGuard, runtime_checkable

from feeds.errors import system_reason
from tui.dialogs.choice import Choice, Dialog
from tui.pane import Pane, Size
from tui.scope import Scope

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor

_ALL = "all"
"""The choice that ends a search; no query begins with a colon."""
_EDGES = 3
"""Rows of a table that are no instruments: title, heads and foot."""
_FAR = 1_000_000
"""More rows than any table has."""


@runtime_checkable
class Browsed(Pane, Protocol):
    """A pane with one instrument highlighted."""

    query: str
    favourites: bool

    def moved(self, scope: Scope, steps: int) -> Self:
        """The pane with another one highlighted, further down where steps is positive."""
        ...

    def chosen(self, scope: Scope) -> str | None:
        """The highlighted instrument."""
        ...

    def clicked(self, scope: Scope, size: Size, x: int, y: int) -> tuple[Self, str | None]:
        """The pane after a click at a cell, and the command that it stands for besides."""
        ...

    def sorted_next(self) -> Self:
        """The pane sorted by the next column."""
        ...

    def turned_round(self) -> Self:
        """The pane in the opposite order."""
        ...

    def narrowed(self) -> Self:
        """The pane with favourites alone, or with all again."""
        ...

    def searched(self, query: str) -> Self:
        """The pane with what a query means."""
        ...


def is_browsed(pane: Pane) -> TypeGuard[Browsed]:
    """Say whether a pane is a table; asked of each kind once, since a protocol takes long."""
    kind = type(pane)
    if kind not in _TABLES:
        _TABLES[kind] = isinstance(pane, Browsed)
    return _TABLES[kind]


_TABLES: dict[type[Pane], bool] = {}


def browsed(monitor: "Monitor") -> Browsed | None:
    """The focused pane where it is a table; says so where it is not."""
    pane = monitor.desk.pane
    if is_browsed(pane):
        return pane
    monitor.note(f"the {pane.title.lower()} is no table of instruments: tickers is")
    return None


def move(monitor: "Monitor", steps: int) -> bool:
    """Highlight another row; False where the focused pane is no table."""
    pane = monitor.desk.pane
    if not is_browsed(pane):
        return False
    moved = pane.moved(monitor.scope, steps)
    monitor.desk.change(lambda _: moved)
    return True


def page(monitor: "Monitor", pages: int) -> bool:
    """Highlight a row so many screens of the table on; False where the focused pane is none."""
    return move(monitor, pages * max(1, monitor.pane_size.height - _EDGES))


def click(monitor: "Monitor", pane: Browsed, x: int, y: int) -> str | None:
    """Take a click into a table, the focused pane; return the command it stands for besides."""
    clicked, command = pane.clicked(monitor.scope, monitor.pane_size, x, y)
    monitor.desk.change(lambda _: clicked)
    return command


def restore(monitor: "Monitor") -> bool:
    """End a search in the focused table; False where there is none."""
    pane = monitor.desk.pane
    if not is_browsed(pane) or not (pane.query or pane.favourites):
        return False
    whole = (pane.narrowed() if pane.favourites else pane).searched("")
    monitor.desk.change(lambda _: whole)
    return True


def sort(monitor: "Monitor") -> None:
    """Sort by the next column, from the top."""
    if pane := browsed(monitor):
        _from_top(monitor, pane.sorted_next())


def turn(monitor: "Monitor") -> None:
    """Turn the order round, from the top."""
    if pane := browsed(monitor):
        _from_top(monitor, pane.turned_round())


def narrow(monitor: "Monitor") -> None:
    """Show favourites alone, or all again."""
    if pane := browsed(monitor):
        monitor.desk.change(lambda _: pane.narrowed())


def _from_top(monitor: "Monitor", pane: Browsed) -> None:
    """Highlight what is first in another order: that is what somebody wants to see."""
    top = pane.moved(monitor.scope, -_FAR)
    monitor.desk.change(lambda _: top)


def mark(monitor: "Monitor") -> None:
    """Make the highlighted instrument a favourite, or none any more."""
    pane = browsed(monitor)
    name = pane.chosen(monitor.scope) if pane else None
    if name is None:
        return
    try:
        marked = monitor.shelf.toggle(name)
    except OSError as error:
        monitor.note(f"{monitor.shelf.path}: {system_reason(error)}")
    else:
        monitor.note(f"{name} is {'a favourite' if marked else 'no favourite any more'}")


def search(monitor: "Monitor") -> None:
    """Ask what to look for in the table."""
    if (pane := browsed(monitor)) is None:
        return

    def typed(text: str) -> Choice:
        return Choice(f":{text}", f'show what "{text}" means, the best match first')

    def show(wanted: str) -> None:
        query = "" if wanted == _ALL else wanted.removeprefix(":")
        monitor.desk.change(lambda _: pane.searched(query))

    def settle(wanted: str | None) -> None:
        if wanted is not None:
            show(wanted)
        else:
            monitor.desk.change(lambda _: pane)

    dialog = Dialog(
        "Search the table",
        [Choice(_ALL, "show all instruments")],
        prompt="symbol or coin, venue, kind",
        free=typed,
        moved=show,
    )
    monitor.open_dialog(dialog, settle)
