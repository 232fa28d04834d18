"""Pairing: which two of several markets are set against one another."""

from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

from tui.pane import Pane
from tui.scope import Scope

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor


@runtime_checkable
class Paired(Pane, Protocol):
    """A pane that tells of two markets how one stands to the other."""

    def paired_next(self, scope: Scope) -> Self:
        """The pane with the next market as the second of the two."""
        ...


def next_pair(monitor: "Monitor") -> None:
    """Set another market against the first."""
    pane = monitor.desk.pane
    if not isinstance(pane, Paired):
        monitor.note(f"the {pane.title.lower()} sets no markets against one another")
        return
    if len(monitor.scope.markets) < 2:
        monitor.note("only one market is watched: / adds another")
        return
    paired = pane.paired_next(monitor.scope)
    monitor.desk.change(lambda _: paired)
