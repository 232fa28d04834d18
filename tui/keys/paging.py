"""Paging: moving a pane of lines by lines and pages, where others move in time and price."""

from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

from tui.keys import adjust
from tui.pane import Pane, Size
from tui.scope import Scope

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor


@runtime_checkable
class Lined(Pane, Protocol):
    """A pane of lines of which each has its time, the newest on top."""

    def stepped(self, scope: Scope, size: Size, lines: int) -> Self:
        """The pane so many lines further down, up where `lines` is negative."""
        ...

    def page(self, size: Size) -> int:
        """Lines to move on by so that some remain in sight."""
        ...


def move(monitor: "Monitor", steps: int, *, pages: bool = False) -> bool:
    """Move by lines or pages, down where positive; False where the focused pane has no lines."""
    pane, held = monitor.desk.pane, monitor.held_at
    if not isinstance(pane, Lined):
        return False
    if held is not None:
        pane = adjust.held(pane, held)
    size = monitor.pane_size
    moved = pane.stepped(monitor.scope, size, steps * (pane.page(size) if pages else 1))
    monitor.desk.change(lambda _: moved)
    return True
