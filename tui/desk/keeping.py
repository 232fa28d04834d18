"""Keeping: the file in which a desk outlives the program, read at the start and written on changes.

The file is written beside the loop, whole or not at all, half a second after a key or click that
changed something, and once more at the end; nothing is written where nothing changed. Two programs
that keep the same file do not know of one another: the last one to write has it.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace as with_fields
from platformdirs import user_state_path

from feeds.errors import ConfigError, system_reason
from feeds.filing import write_whole
from tui.desk.kept import (
    PRICED,
    Foreign,
    Group,
    Live,
    Screen,
    State,
    layout_of,
    pane_named,
    parse,
    screen_of,
    settings_set,
    with_settings,
    written,
)
from tui.desk.links import LETTERS, Link
from tui.drawing.measure import Measure
from tui.drawing.zones import Zone
from tui.keys import adjust
from tui.launch import LiveMarkets
from tui.themes import load_look

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor

DELAY: Final = 0.5
"""Seconds from a change until it is written: several in a row are one."""
MAIN: Final = "main"
"""The desk of a program that was asked for no other."""


class Kept(NamedTuple):
    """A desk as it was kept, and what the command line has to say of it."""

    path: Path
    """Where it is kept from now on."""
    state: State = State()
    said: tuple[str, ...] = ()
    """What could not be read, a line each."""
    given: frozenset[str] = frozenset()
    """Options of the command line, which win."""
    ours: bool = True
    """Whether the file may be written: not one that could neither be read nor moved."""


def desk_file(name: str) -> Path:
    """Where the desk of a name is kept."""
    return user_state_path("tapetop") / "desks" / f"{name}.toml"


def load(name: str, given: frozenset[str] = frozenset()) -> Kept:
    """The desk of a name; where there is none yet, it begins like the main one.

    A file that cannot be understood is set aside as `.bad`.
    """
    kept = Kept(desk_file(name), given=given)
    for place in dict.fromkeys((kept.path, desk_file(MAIN))):
        try:
            return _read(place, kept)
        except FileNotFoundError:
            continue
        except OSError as error:
            said = f"{place}: {system_reason(error)}; nothing is kept"
            return kept._replace(said=(*kept.said, said), ours=False)
        except (Foreign, UnicodeDecodeError) as error:
            kept = _without(place, error, kept)
    return kept


class Keeper:
    """Takes up what was kept, and keeps what is changed; does nothing where nothing is kept."""

    def __init__(
        self,
        kept: Kept | None,
        monitor: "Monitor",
        work: Callable[[Coroutine[None, None, None]], object],
    ) -> None:
        self._kept, self._monitor, self._work = kept, monitor, work
        self._alarm: asyncio.TimerHandle | None = None
        self._turn = asyncio.Lock()
        self._failed = ""
        self._written = self._start = State()
        self.passed = ""
        """What of it is passed over, in a line."""
        if kept is not None:
            self._written = kept.state
            passed = take_up(monitor, kept)
            self._start = taken(monitor)
            self.passed = _passed_over(kept.path, passed) if passed else ""

    @property
    def said(self) -> str:
        """What there is to say of what was kept."""
        told = self._kept.said if self._kept is not None else ()
        return "; ".join(filter(None, (*told, self.passed)))

    def touched(self) -> None:
        """Write what somebody may have changed just now, in a moment."""
        if self._keeps and self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(DELAY, self._begin)

    def flush(self) -> str:
        """Write at once what is not written yet; return what is to be said of it."""
        if not self._keeps:
            return ""
        state = self._state()
        if state != self._written or self._failed:
            self._write(state)
        return self._failed

    @property
    def _keeps(self) -> bool:
        return self._kept is not None and self._kept.ours

    def _begin(self) -> None:
        self._alarm = None
        with self._monitor.faults.spared("keeping the desk", self._monitor.note):
            if self._state() != self._written:
                self._work(self._later())

    async def _later(self) -> None:
        """Write in a thread, one after the other."""
        async with self._turn:
            before, state = self._failed, self._state()
            await asyncio.to_thread(self._write, state)
        if self._failed and not before:
            self._monitor.note(self._failed)

    def _write(self, state: State) -> None:
        assert self._kept is not None
        path = self._kept.path.resolve()  # a link stays one
        try:
            write_whole(path, written(state), lasting=True)
        except OSError as error:
            reason = system_reason(error)
            self._failed = f"{self._kept.path}: {reason}; what is arranged here is not kept"
        else:
            self._failed, self._written = "", state

    def _state(self) -> State:
        """What is to be kept now: of what options of the command line set, what was kept before."""
        assert self._kept is not None
        now, before, start = taken(self._monitor), self._kept.state, self._start
        return with_fields(
            now,
            theme=before.theme if now.theme == start.theme else now.theme,
            zone=before.zone if now.zone == start.zone else now.zone,
            sizes=before.sizes if now.sizes == start.sizes else now.sizes,
            screen=before.screen if now.screen == start.screen else now.screen,
            live=now.live if self._monitor.session.live else self._written.live,
        )


def taken(monitor: "Monitor") -> State:
    """What is arranged now."""
    desk = monitor.desk
    panes = {
        name: settings
        for name, pane in sorted(desk.panes.items())
        if (settings := settings_set(pane, priced=False)) or pane.kind in desk.models
    }
    groups = {
        letter: Group(
            tuple(name for name in sorted(desk.groups) if desk.groups[name] == letter),
            link.crosshair,
            link.timeframe,
            link.scrolling,
        )
        for letter, link in sorted(desk.links.items())
        if letter in desk.groups.values()
    }
    return State(
        monitor.theme,
        monitor.zone.name,
        str(monitor.sizes),
        screen_of(desk.layout, desk.chosen_focus, desk.zoomed),
        panes,
        {kind: settings_set(pane, priced=False) for kind, pane in sorted(desk.models.items())},
        groups,
        _live(monitor),
    )


def take_up(monitor: "Monitor", kept: Kept) -> list[str]:
    """Arrange what was kept, but what options say otherwise; return what is passed over."""
    state, desk = kept.state, monitor.desk
    passed = _take_up_looks(monitor, kept)
    for name, settings in state.panes.items():
        pane = pane_named(name)
        if pane is None:
            passed.append(name)
            continue
        desk.panes[name], left = with_settings(pane, settings)
        passed += [f"{name}.{key}" for key in left]
    passed += _take_up_kinds(monitor, state)
    if not kept.given & {"layout", "pane"}:
        passed += _take_up_screen(monitor, state.screen)
    passed += _take_up_groups(monitor, state)
    opening = monitor.session.opening
    if isinstance(opening, LiveMarkets):
        _take_up_live(monitor, state, opening.instruments, named="instruments" in kept.given)
    charts = [pane for pane in map(desk.panes.__getitem__, desk.names) if pane.kind == "candles"]
    monitor.session.want_interval(adjust.timeframe(charts[0] if charts else desk.pane))
    return list(dict.fromkeys(passed))


def _take_up_looks(monitor: "Monitor", kept: Kept) -> list[str]:
    """Theme, zone and currency of sizes."""
    state, passed = kept.state, []
    if state.theme and "theme" not in kept.given:
        try:
            load_look(state.theme, monitor.launch.depth)
            monitor.theme = state.theme
        except (ConfigError, ValueError, OSError):  # a name that no file can have, too
            passed.append(f"theme {state.theme}")
    if state.zone and "zone" not in kept.given:
        try:
            monitor.zone = Zone(state.zone)
        except ValueError:
            passed.append(f"zone {state.zone}")
    if state.sizes and "sizes" not in kept.given:
        try:
            monitor.sizes = Measure(state.sizes)
        except ValueError:
            passed.append(f"sizes {state.sizes}")
    monitor.show_theme(monitor.theme)
    return passed


def _take_up_kinds(monitor: "Monitor", state: State) -> list[str]:
    """What panes opened from now on are set like, and those that were not there yet."""
    desk, passed = monitor.desk, []
    for kind, settings in state.kinds.items():
        model = pane_named(kind)
        if model is None or kind != model.kind:
            passed.append(kind)
            continue
        desk.models[kind], left = with_settings(model, settings)
        passed += [f"{kind}.{key}" for key in left]
        fresh = [name for name, pane in desk.panes.items() if pane.kind == kind]
        desk.panes |= {name: desk.models[kind] for name in fresh if name not in state.panes}
    return passed


def _take_up_screen(monitor: "Monitor", screen: Screen) -> list[str]:
    try:
        layout = layout_of(screen)
    except ConfigError as error:
        return [str(error)]
    monitor.desk.arrange_as(layout, screen.focus, zoomed=screen.zoomed)
    return []


def _take_up_groups(monitor: "Monitor", state: State) -> list[str]:
    desk, passed = monitor.desk, []
    for letter, group in state.groups.items():
        if letter not in LETTERS:
            passed.append(f"group {letter}")
            continue
        link = Link(None, group.crosshair, group.timeframe, group.scrolling)
        desk.links[letter] = link
        desk.groups |= dict.fromkeys(group.panes, letter)
    return passed


def _take_up_live(
    monitor: "Monitor", state: State, watched: tuple[str, ...], *, named: bool
) -> None:
    """What belongs to instruments, as far as they are watched; those named begin with the first."""
    desk, live = monitor.desk, state.live
    if live.shown in watched and not named:
        desk.instrument = live.shown
    desk.pins = {
        name: of for name, of in live.pins.items() if of in watched and name not in desk.groups
    }
    for letter, of in live.groups.items():
        if letter in desk.links and of in watched:
            desk.links[letter] = replace(desk.links[letter], instrument=of)
    letters = state.letters
    for name, settings in live.panes.items():
        pane = desk.panes.get(name) or pane_named(name)
        priced = {key: value for key, value in settings.items() if key in PRICED}
        same = monitor.instrument_of(name) == live.shown_by(name, letters.get(name))
        if pane is not None and same:
            desk.panes[name], _ = with_settings(pane, priced)


def _live(monitor: "Monitor") -> Live:
    desk, opening = monitor.desk, monitor.session.opening
    if not isinstance(opening, LiveMarkets):
        return Live()
    panes = {
        name: settings
        for name, pane in sorted(desk.panes.items())
        if (settings := settings_set(pane, priced=True))
    }
    bound = {letter: link.instrument for letter, link in sorted(desk.links.items())}
    return Live(
        opening.instruments,
        desk.instrument or "",
        dict(sorted(desk.pins.items())),
        {letter: of for letter, of in bound.items() if of and letter in desk.groups.values()},
        panes,
    )


def _read(path: Path, kept: Kept) -> Kept:
    state, unknown = parse(path.read_text("utf-8"))
    said = (_passed_over(path, unknown),) if unknown else ()
    return kept._replace(state=state, said=(*kept.said, *said))


def _without(path: Path, error: Exception, kept: Kept) -> Kept:
    """What is kept, where a file cannot be understood: that is moved out of the way."""
    bad = path.with_name(f"{path.name}.bad")
    try:
        path.replace(bad)
    except OSError:
        return kept._replace(said=(*kept.said, f"{path}: {error}; nothing is kept"), ours=False)
    return kept._replace(said=(*kept.said, f"{path}: {error}; set aside as {bad.name}"))


def _passed_over(path: Path, names: list[str]) -> str:
    return f"{path}: passed over {', '.join(names)}"
