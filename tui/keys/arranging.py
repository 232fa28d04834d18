"""Keys that arrange panes: split, close, exchange, and give room."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from feeds.errors import ConfigError
from tui.desk.arranging import Way
from tui.desk.layoutfile import keep_layout
from tui.dialogs.choice import Choice, Dialog

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor

STEPS: Final[dict[Way, int]] = {"columns": 4, "rows": 2}
"""Cells that a key gives or takes."""


def _split(way: Way, monitor: "Monitor") -> None:
    if monitor.desk.split(way):
        monitor.note("p shows another pane here, X closes it")
    else:
        monitor.note("there is no room for another pane here")


def _close(monitor: "Monitor") -> None:
    if not monitor.desk.close():
        monitor.note("the last pane stays")


def _resize(way: Way, steps: int, monitor: "Monitor") -> None:
    if not monitor.desk.resize(way, steps * STEPS[way]):
        monitor.note(f"nothing beside it could give or take {way}")


def _keep(monitor: "Monitor") -> None:
    desk = monitor.desk

    def typed(text: str) -> Choice:
        return Choice(text.strip(), f"keep as {text.strip()}")

    def named(name: str | None) -> None:
        if name is None:
            return
        try:
            path = keep_layout(name, desk.whole)
        except ConfigError as error:
            monitor.note(str(error))
            return
        desk.choose(name)
        monitor.note(f"kept as {name} in {path}: 0 lists it, --layout {name} begins with it")

    dialog = Dialog(
        "Keep this arrangement",
        [],
        prompt="name of the layout",
        intro=("It goes into your layouts.toml, where it can be changed.",),
        free=typed,
    )
    monitor.open_dialog(dialog, named)


ARRANGE_ACTIONS: Final[dict[str, Callable[["Monitor"], None]]] = {
    "close_pane": _close,
    "exchange": lambda monitor: monitor.desk.exchange(),
    "keep_layout": _keep,
    "lower": partial(_resize, "rows", -1),
    "narrower": partial(_resize, "columns", -1),
    "split_below": partial(_split, "rows"),
    "split_beside": partial(_split, "columns"),
    "taller": partial(_resize, "rows", 1),
    "wider": partial(_resize, "columns", 1),
}
"""The commands of this kind by name."""
