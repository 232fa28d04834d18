"""Watching: which instruments are fed to the panes, and which of them these show."""

from dataclasses import replace
from typing import TYPE_CHECKING

from feeds.errors import ConfigError
from feeds.registry import parse_instrument
from tui.desk.session import Session
from tui.dialogs.symbols import SIMULATED, simulated_seed
from tui.keys import adjust, crossing
from tui.keys.browsing import Browsed
from tui.launch import Demo, LiveMarkets
from tui.pane import Pane

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor


def show(monitor: "Monitor", instrument: str) -> None:
    """Show an instrument that is being watched; prices of another one mean nothing to it.

    A pinned pane that has the focus changes alone, one of a group with its group, and else all
    that are neither.
    """
    desk = monitor.desk
    other = instrument != monitor.instrument
    if other:
        _keep_apart(monitor)
        monitor.held_at = None
    desk.show_instrument(instrument, _settled if other else lambda pane: pane)


def pin(monitor: "Monitor") -> None:
    """Let the focused pane keep to what it shows, or follow the others again."""
    desk, shown = monitor.desk, monitor.instrument
    if desk.focus not in desk.pins and shown is not None:
        desk.pin(shown)
        monitor.note(f"this pane keeps to {shown}: n and / change it alone, P ends that")
        return
    desk.pin(None)
    _settle(monitor, shown)
    monitor.note("this pane shows what the others show")


def join(monitor: "Monitor", letter: str | None) -> None:
    """Put the focused pane into a group, or into none, and say what that means."""
    desk, shown = monitor.desk, monitor.instrument
    before = desk.groups.get(desk.focus)
    desk.join(letter, shown)
    _settle(monitor, shown)
    desk.agree()
    if letter is not None:
        monitor.note(f"group {letter} shows {monitor.instrument}: n and / change it, G sets it")
    elif before is not None:
        monitor.note("this pane is in no group: it shows what the others show")


def _settle(monitor: "Monitor", before: str | None) -> None:
    """Let prices of the focused pane begin anew where it showed another instrument."""
    if monitor.instrument != before:
        monitor.desk.panes[monitor.desk.focus] = _settled(monitor.desk.pane)


def _settled(pane: Pane) -> Pane:
    """The pane as it begins with another instrument."""
    return crossing.uncrossed(adjust.automatic(adjust.live(pane)))


def _keep_apart(monitor: "Monitor") -> None:
    """Let pins and groups without an instrument that is watched keep to what they show.

    Others change: with them prices would change to which these panes are not set.
    """
    desk, watched = monitor.desk, monitor.session.instruments
    for name, pinned in desk.pins.items():
        shown = monitor.instrument_of(name)
        if pinned not in watched and shown is not None:
            desk.pins[name] = shown
    for name, letter in desk.groups.items():
        link = desk.links[letter]
        shown = monitor.instrument_of(name) if link.instrument not in watched else None
        if shown is not None:
            desk.links[letter] = replace(link, instrument=shown)


def turn(steps: int, monitor: "Monitor") -> None:
    """Show the instrument so many places further on."""
    instruments = monitor.session.instruments
    if monitor.instrument is None or len(instruments) < 2:
        monitor.note("only one instrument is being watched: / adds another")
        return
    at = instruments.index(monitor.instrument)
    show(monitor, instruments[(at + steps) % len(instruments)])


def watch(monitor: "Monitor", instrument: str) -> None:
    """Show an instrument, and watch it from now on where nobody does yet."""
    session, opening = monitor.session, monitor.session.opening
    if instrument in session.instruments:
        show(monitor, instrument)
        return
    if isinstance(opening, Demo) and instrument.startswith(f"{SIMULATED}:"):
        seed = simulated_seed(instrument)
        if seed is not None:
            others = monitor.desk.instrument
            monitor.begin(Session(replace(opening, beside=(*opening.beside, seed))))
            monitor.desk.instrument = others
            show(monitor, instrument)
        return
    try:
        parse_instrument(instrument)
        if session.live:
            session.add(instrument)
            show(monitor, instrument)
        else:
            monitor.begin(Session(monitor.live((instrument,))))
    except ConfigError as error:
        monitor.note(str(error))


def unwatch(monitor: "Monitor") -> None:
    """Watch the instrument highlighted in a table, else the one that is shown, no more."""
    pane, session = monitor.desk.pane, monitor.session
    gone = pane.chosen(monitor.scope) if isinstance(pane, Browsed) else monitor.instrument
    rest = [name for name in session.instruments if name != gone]
    if gone is None or gone not in session.instruments:
        monitor.note(f"{gone} is not being watched" if gone else "nothing is being watched")
    elif not rest:
        monitor.note("the only instrument that is being watched stays: / shows another")
    elif isinstance(session.opening, LiveMarkets):
        shown = monitor.instrument if monitor.instrument != gone else rest[0]
        assert shown is not None
        desk = monitor.desk
        left = [name for name in desk.panes if monitor.instrument_of(name) == gone]
        show(monitor, shown)
        session.drop(gone)
        desk.panes |= {name: _settled(desk.panes[name]) for name in left}
        monitor.note(f"{gone} is not watched any more")
    elif isinstance(session.opening, Demo):
        seeds = [seed for seed in map(simulated_seed, rest) if seed is not None]
        monitor.begin(Session(Demo(seeds[0], tuple(seeds[1:]))))
    else:
        monitor.note("a recording holds what it holds")
