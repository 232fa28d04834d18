"""Candle keys: the ruler and the anchor, as a table like that of all other commands."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeGuard

from tui.pane import Pane

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor

    # Not at run time: panes are loaded when they are drawn.
    from tui.panes.candles import Candles


def ruled(pane: "Candles", at: int, ticks: int) -> "Candles":
    """The pane with its ruler laid at the crosshair, or at a time and price; or without it."""
    if pane.ruler_time is not None:
        return replace(pane, ruler_time=None, ruler_price=None)
    if pane.cross_time is not None and pane.cross_price is not None:
        at, ticks = pane.cross_time, pane.cross_price
    return replace(pane, ruler_time=at, ruler_price=ticks)


def anchored(pane: "Candles") -> "Candles":
    """The pane with VWAP and delta begun at the crosshair; as they were where there is none."""
    if pane.cross_time is None:
        return replace(pane, anchored=None, vwap="off", anchor="none")
    return replace(pane, anchored=pane.cross_time, vwap="cursor", anchor="cursor")


def _is_candles(pane: Pane) -> "TypeGuard[Candles]":
    return pane.kind == "candles"


def _rule(monitor: "Monitor") -> None:
    market, pane = monitor.market, monitor.desk.pane
    if not _is_candles(pane) or market is None or market.last is None:
        monitor.note("candles have a ruler")
        return
    fresh = ruled(pane, market.clock, market.last.ticks)
    monitor.desk.change(lambda _: fresh)
    if fresh.ruler_time is not None:
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
