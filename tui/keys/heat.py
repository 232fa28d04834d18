"""Heat keys: what the keys of the heatmap do, as a table like that of all other commands."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar, get_args

from tui.heat.brightness import Contrast
from tui.heat.settings import Profiled
from tui.keys import crossing
from tui.pane import Pane

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor

P = TypeVar("P", bound=Pane)

FLOORS: Final = (0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0)
CEILINGS: Final = (92.0, 95.0, 97.0, 98.0, 99.0, 99.5, 99.9, 100.0)
"""Percentiles; every ceiling lies above every floor."""
_USUAL: Final = {"floor": 30.0, "ceiling": 99.6}
"""About where an automatic one is."""


def next_contrast(pane: P) -> P:
    """The pane with the next way of spreading colours, where it has any."""
    return _next(pane, "contrast", get_args(Contrast))


def next_profile(pane: P) -> P:
    """The pane with the next kind of profile, where it has any."""
    return _next(pane, "profile", get_args(Profiled))


def raised(pane: P, name: str, steps: int) -> P:
    """The pane with its floor or ceiling of colours a step higher, or lower.

    Beyond the lowest floor and the highest ceiling is the automatic one.
    """
    if not hasattr(pane, name):
        return pane
    ladder = FLOORS if name == "floor" else CEILINGS
    now: float | None = getattr(pane, name)
    at = _USUAL[name] if now is None else now
    beyond = [step for step in ladder if (step > at if steps > 0 else step < at)]
    chosen = now
    if beyond:
        chosen = beyond[0] if steps > 0 else beyond[-1]
    elif (steps < 0) == (name == "floor"):
        chosen = None
    return _with(pane, name, chosen)


def _next(pane: P, name: str, choices: tuple[str, ...]) -> P:
    value = getattr(pane, name, None)
    if value not in choices:
        return pane
    return _with(pane, name, choices[(choices.index(value) + 1) % len(choices)])


def _with(pane: P, name: str, value: object) -> P:
    # Panes are dataclasses by convention, which a Protocol cannot state.
    return replace(pane, **{name: value})  # type: ignore[type-var]


def _change(monitor: "Monitor", function: Callable[[Pane], Pane], name: str, words: str) -> None:
    """Change the focused pane and say how a setting now stands."""
    if monitor.desk.pane.kind != "heatmap":
        monitor.note("that is a key of the heatmap")
        return
    monitor.desk.change(function)
    value = getattr(monitor.desk.pane, name)
    said = "automatic" if value is None else f"{value:g}" if isinstance(value, float) else value
    monitor.note(f"{words}: {said}")


def _contrast(monitor: "Monitor") -> None:
    _change(monitor, next_contrast, "contrast", "contrast of colours")


def _profile(monitor: "Monitor") -> None:
    _change(monitor, next_profile, "profile", "volume profile")


def _raise(name: str, steps: int, monitor: "Monitor") -> None:
    change = partial(raised, name=name, steps=steps)
    _change(monitor, change, name, f"{name} of colours, percentile of the sizes on screen")


def _cross(monitor: "Monitor") -> None:
    """Put the crosshair down, or take it away."""
    if not isinstance(monitor.desk.pane, crossing.Crossed):
        monitor.note(f"the {monitor.desk.pane.title.lower()} has no crosshair")
    elif crossing.crossed(monitor.desk.pane):
        monitor.desk.change(crossing.uncrossed)
    else:
        monitor.move_cross(0, 0)
        monitor.note("arrows move the crosshair, x or Esc takes it away")


HEAT_ACTIONS: Final[dict[str, Callable[["Monitor"], None]]] = {
    "ceiling_down": partial(_raise, "ceiling", -1),
    "ceiling_up": partial(_raise, "ceiling", 1),
    "contrast": _contrast,
    "cross": _cross,
    "floor_down": partial(_raise, "floor", -1),
    "floor_up": partial(_raise, "floor", 1),
    "volume_profile": _profile,
}
