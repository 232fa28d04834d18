"""Keys that arrange panes: split, close, exchange, and give room."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from tui.arranging import Way

if TYPE_CHECKING:
    from tui.monitor import Monitor

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


ARRANGE_ACTIONS: Final[dict[str, Callable[["Monitor"], None]]] = {
    "close_pane": _close,
    "exchange": lambda monitor: monitor.desk.exchange(),
    "lower": partial(_resize, "rows", -1),
    "narrower": partial(_resize, "columns", -1),
    "split_below": partial(_split, "rows"),
    "split_beside": partial(_split, "columns"),
    "taller": partial(_resize, "rows", 1),
    "wider": partial(_resize, "columns", 1),
}
"""The commands of this kind by name."""
