"""Candle keys: the ruler and the anchor, as a table like that of all other commands."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeGuard

from tui.keys import crossing
from tui.pane import Pane

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor

    # Not at run time: panes are loaded when they are drawn.
    from tui.panes.candles import Candles


def anchored(pane: "Candles") -> "Candles":
    """The pane with VWAP and delta begun at the crosshair; as they were where there is none."""
    if pane.cross_time is None:
        return replace(pane, anchored=None, vwap="off", anchor="none")
    return replace(pane, anchored=pane.cross_time, vwap="cursor", anchor="cursor")


def _is_candles(pane: Pane) -> "TypeGuard[Candles]":
    return pane.kind == "candles"


def _rule(monitor: "Monitor") -> None:
    market, pane = monitor.market, monitor.desk.pane
    if not isinstance(pane, crossing.Ruled):
        monitor.note(f"the {pane.title.lower()} has no ruler; candles and heatmap have one")
        return
    if market is None or market.last is None:
        monitor.note("there is nothing to measure yet")
        return
    at, ticks, before = market.clock, market.last.ticks, pane.ruler_time
    monitor.desk.change(lambda pane: crossing.ruled(pane, at, ticks))
    if before is None:
        monitor.note("the ruler begins here: x and arrows, or a click, move its end; R ends it")


def _anchor(monitor: "Monitor") -> None:
    pane = monitor.desk.pane
    if not _is_candles(pane):
        monitor.note("candles have an anchor")
        return
    fresh = anchored(pane)
    monitor.desk.change(lambda _: fresh)
    monitor.note(
        "VWAP off, delta from the first bar: x puts down a crosshair to begin at"
        if fresh.anchored is None
        else "VWAP and delta begin at the crosshair"
    )


CANDLE_ACTIONS: Final[dict[str, Callable[["Monitor"], None]]] = {
    "anchor": _anchor,
    "ruler": _rule,
}
