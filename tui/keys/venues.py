"""Venue keys: one market, or all watched of its coin as one, in panes that can show either."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tui.settings.words import set_one
from tui.venues import alike, unheard

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor


def _as_one(monitor: "Monitor") -> None:
    pane = monitor.desk.pane
    venues: str | None = getattr(pane, "venues", None)
    if venues is None:
        monitor.note(
            f"the {pane.title.lower()} shows one market; ladder, tape, candles and heatmap add up"
        )
        return
    wanted = "one" if venues == "all" else "all"
    monitor.desk.change(lambda pane: set_one(pane, "venues", wanted))
    monitor.note(f"{pane.title.lower()}: {_said(monitor, wanted)}")


def _said(monitor: "Monitor", venues: str) -> str:
    """What the pane shows now."""
    if venues == "one":
        return "the market in focus alone"
    scope = monitor.scope
    count = len(alike(scope)) + len(unheard(scope))
    if count < 2:
        return "no other market of this coin is watched, / adds one"
    return f"{count} markets of this coin as one"


VENUE_ACTIONS: Final[dict[str, Callable[["Monitor"], None]]] = {"as_one": _as_one}
