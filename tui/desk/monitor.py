"""The monitor: everything the app knows and shows, without a terminal and without a timer.

The app is a thin shell around it: keys, sizes and times come in, a canvas goes out. What only a
terminal can do (leave, suspend, start a worker) it asks of its `Shell`.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from platformdirs import user_pictures_path

from feeds.errors import DamagedRecording
from market.market import Market
from tui.desk.alerting import Alerts
from tui.desk.beside import beside
from tui.desk.desk import Desk
from tui.desk.faults import Faults
from tui.desk.performance import Owners, Panel
from tui.desk.scene import DIALOG, Scene
from tui.desk.session import Session
from tui.desk.shelf import Shelf
from tui.desk.sketches import Sketches
from tui.dialogs.choice import Opened
from tui.dialogs.frame import Done
from tui.dialogs.notice import Notice, failed, unreachable
from tui.drawing.canvas import Canvas
from tui.drawing.format import clock, date
from tui.drawing.look import Look
from tui.drawing.measure import Measure
from tui.drawing.zones import Zone
from tui.export import svg
from tui.keys import adjust, browsing, crossing
from tui.keys.browsing import is_browsed
from tui.keys.table import BY_KEY
from tui.launch import Launch, LiveMarkets
from tui.pane import Pane, Size
from tui.scope import Scope
from tui.terminal.clock import FrameClock
from tui.terminal.governor import EFFORTS, Effort
from tui.themefile import Theme
from tui.themes import load_look, look_of

NOTE_SECONDS: Final = 4.0
"""How long a passing message stays."""


class Now(NamedTuple):
    """The time, twice: for ages and pauses, and for the clock on the wall."""

    seconds: float
    """On the monotonic clock."""
    wall: int
    """ns since the Unix epoch."""


class Shell(Protocol):
    """What only the terminal's owner can do."""

    def start(self, session: Session) -> None:
        """Pump this session instead of any other."""
        ...

    def work(self, task: Coroutine[None, None, None]) -> None:
        """Do this beside the session, instead of what was begun so before."""
        ...

    def leave(self, code: int) -> None:
        """End the program."""
        ...

    def to_background(self) -> None:
        """Give the terminal back to the shell it was started from."""
        ...

    def redraw(self) -> None:
        """Write the whole picture again."""
        ...

    def mouse(self, on: bool) -> None:
        """Take the mouse, or leave it to the terminal's own selection."""
        ...


class Monitor:
    """The state of one run."""

    def __init__(self, launch: Launch, clock: FrameClock, shell: Shell, *, tip: bool) -> None:
        self.launch, self.clock, self.shell = launch, clock, shell
        self.theme, self.sizes = launch.theme, launch.sizes
        self.desk = Desk(launch.layout, launch.pane)
        self.alerts = Alerts(launch.alerts, self.note)
        self.session = self.alerts.attend(Session(launch.opening))
        self.size, self.now = Size(0, 0), Now(0.0, 0)
        self.canvas: Canvas | None = None
        """The picture on the screen."""
        self.held_at: int | None = None
        """Market time at which a live picture was paused."""
        self.mouse_on = True
        self._events_before = 0
        self.tip_shown = tip
        """Whether the first-run tip is on the screen."""
        self.dialog: Opened | None = None
        self._note, self._note_until = "", 0.0
        self._then: Callable[[str | None], None] = lambda _: None
        self._scene = Scene(self)
        self.faults, self.sketches = Faults(), Sketches()
        self.shelf = Shelf()
        self.panel: Panel | None = None
        """The performance panel while it is open."""
        self.reads_delayed_ms: Callable[[], float] = lambda: 0.0
        """By how much network data was delayed of late for being read together."""
        self.effort = EFFORTS[0]
        """How much may be drawn, as the governor says."""
        self.zone = Zone(launch.zone)
        """By whose clock times are told."""
        self.look = self.focused_look = load_look(launch.theme, launch.depth)
        self.show_theme(launch.theme)

    def show_theme(self, theme: str | Theme) -> None:
        """Draw with a theme, or one that is being changed; the focused title stands out."""
        self._theme_shown = theme
        levels, depth = min(self.launch.pace.levels, self.effort.levels), self.launch.depth
        if isinstance(theme, str):
            look = load_look(theme, depth, levels, self.sizes)
        else:
            look = look_of(theme, depth, levels, self.sizes)
        self.look = look.timed(self.zone)
        self.focused_look = _focused(self.look)

    def show_sizes(self, measure: Measure) -> None:
        """Write sizes in a currency, in every pane."""
        self.sizes = measure
        self.show_theme(self._theme_shown)

    def show_zone(self, zone: Zone) -> None:
        """Tell times by another clock."""
        self.zone = zone
        self.show_theme(self._theme_shown)

    def bear(self, effort: Effort) -> None:
        """Draw with so much from now on."""
        levels, self.effort = self.effort.levels, effort
        if effort.levels != levels:
            self.show_theme(self._theme_shown)

    def toggle_panel(self) -> None:
        """Open or close the performance panel."""
        self.panel = Panel() if self.panel is None else None
        self._scene.renew_at_once()

    def owners(self) -> Owners | None:
        """Whose each cell of the screen is, while somebody wants to know what each pane costs."""
        return self._scene.owners() if self.panel is not None else None

    @property
    def instrument(self) -> str | None:
        """What the focused pane shows."""
        return self.instrument_of(self.desk.focus)

    def instrument_of(self, name: str) -> str | None:
        """What a pane shows: that of its pin or group, else the chosen one, or the first."""
        bound, chosen = self.desk.bound(name), self.desk.instrument
        if bound is not None or chosen is not None:
            instruments = self.session.instruments
            for wanted in (bound, chosen):
                if wanted in instruments:
                    return wanted
        return self.session.first

    @property
    def market(self) -> Market | None:
        """The market the focused pane shows."""
        return self.session.market(self.instrument)

    @property
    def scope(self) -> Scope:
        """All that the focused pane can look at."""
        return self.scope_of(self.desk.focus)

    def scope_of(self, name: str) -> Scope:
        """All that a pane can look at, its own market first."""
        shelf, panes = self.shelf, self.desk.panes
        market = self.session.market(self.instrument_of(name))
        if any(is_browsed(panes[name]) for name in self.desk.names):
            shelf.open(self.endpoints)
            return Scope(market, tuple(self.session.markets), shelf.lists, shelf.favourites)
        return Scope(market, tuple(self.session.markets))

    @property
    def paused(self) -> bool:
        """Whether the picture stands still by our own will."""
        return self.session.paused or self.held_at is not None

    @property
    def troubled(self) -> bool:
        """Whether a notice says that this market cannot be had."""
        return self.notice is not None

    @property
    def notice(self) -> Notice | None:
        """What stands in the way of the market, if anything does."""
        session = self.session
        if session.error is not None:
            return failed(session.label, session.error)
        if not session.live or self.instrument is None:
            return None
        return unreachable(self.instrument, self.market, self.now.wall)

    @property
    def pane_size(self) -> Size:
        """The size of the focused pane as it was drawn last."""
        return self._scene.size_of(self.desk.focus) or self.size

    @property
    def drawn(self) -> Pane:
        """The focused pane as it is on the screen, which may be held in a pause."""
        return self._scene.drawn(self.desk.focus)

    @property
    def endpoints(self) -> Mapping[str, str]:
        """Where venues are reached instead of at their own addresses."""
        opening = self.launch.opening
        return opening.endpoints if isinstance(opening, LiveMarkets) else {}

    def live(self, instruments: tuple[str, ...]) -> LiveMarkets:
        """The opening of live markets, with what the command line said of them."""
        opening = self.launch.opening
        given = opening if isinstance(opening, LiveMarkets) else LiveMarkets(())
        return replace(given, instruments=instruments)

    @property
    def events_applied(self) -> int:
        """Events that went into markets since the start, whatever was watched."""
        return self._events_before + self.session.events

    def save_picture(self) -> None:
        """Write the screen as it is to the folder of pictures, and say where."""
        if self.canvas is None:
            return
        folder = user_pictures_path()
        stamp = f"{date(self.now.wall)}-{clock(self.now.wall, millis=False)}".replace(":", "")
        path = folder / f"tapetop-{stamp}.svg"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(svg(self.canvas), "utf-8")
        except OSError as error:
            self.note(f"picture not saved: {error}")
        else:
            self.note(f"picture saved: {path}")

    @property
    def footnote(self) -> str:
        """The passing message, while it stays."""
        return self._note if self.now.seconds < self._note_until else ""

    def note(self, text: str) -> None:
        """Show a passing message."""
        self._note, self._note_until = text, self.now.seconds + NOTE_SECONDS

    def open_dialog(self, dialog: Opened, then: Callable[[str | None], None]) -> None:
        """Show a dialog, and call `then` with what was chosen."""
        self.dialog, self._then = dialog, then

    def begin(self, session: Session) -> None:
        """Watch something else."""
        self._events_before += self.session.events
        self.session = self.alerts.attend(session)
        self.held_at = None
        self.desk.instrument = None
        self.desk.change_all(adjust.live)
        self.desk.change_all(adjust.automatic)
        self.desk.change_all(crossing.uncrossed)
        self.sketches.let_go()
        self.shell.start(session)

    def press(self, key: str, character: str | None) -> str | None:
        """Take a key; return the name of the command it stands for, if it is one."""
        self.tip_shown = False
        if self.dialog is not None:
            self._settle(self.dialog.press(key, character))
            return None
        command = BY_KEY.get(key)
        return command.name if command is not None else None

    def paste(self, text: str) -> None:
        """Take pasted text."""
        if self.dialog is not None:
            self.dialog.insert(text)

    def click(self, x: int, y: int) -> None:
        """Focus the pane at a cell."""
        self.tip_shown = False
        name = self._scene.name_at(x, y)
        if self.dialog is None and name in self.desk.names:
            self.desk.focus_on(name)

    def wheel(self, x: int, y: int, command: str) -> str | None:
        """Turn the wheel over a cell; return the command that does it, but in a dialog."""
        if self.dialog is not None:
            self._settle(self.dialog.press(command, None))
            return None
        self.click(x, y)
        return command

    def point(self, x: int, y: int) -> str | None:
        """Put the crosshair at a cell of the pane that has the focus, or focus another pane.

        A click into a dialog is for that, and one beside it is as Esc. On the name in the focused
        pane's title it stands for a command, which is returned.
        """
        focus, drawn = self.desk.focus, self.drawn
        if self.dialog is not None:
            inside = self._scene.name_at(x, y) == DIALOG
            place = self._scene.within(DIALOG, x, y) if inside else None
            dialog = self.dialog
            self._settle(dialog.click(*place) if place else dialog.press("escape", None))
            return None
        if self._scene.name_at(x, y) != focus:
            self.click(x, y)
            return None
        self.tip_shown = False
        left, top = self._scene.within(focus, x, y)
        if top == 0 and left <= len(drawn.title):
            return "settings" if left or focus not in self.desk.groups else "link"
        if is_browsed(drawn):
            return browsing.click(self, drawn, left, top)
        market, size = self.market, self.pane_size
        now = None if market is None else market.clock
        self.desk.change(lambda pane: crossing.pointed(pane, drawn, market, size, left, top), now)
        return None

    def measure(self, begin: tuple[int, int], end: tuple[int, int]) -> bool:
        """Lay the ruler of the focused pane between two cells; False where it has none."""
        focus, drawn = self.desk.focus, self._scene.drawn(self.desk.focus)
        if self.dialog is not None or any(self._scene.name_at(*at) != focus for at in (begin, end)):
            return False
        one, other = (self._scene.within(focus, *at) for at in (begin, end))
        market, size, before = self.market, self.pane_size, self.desk.pane
        self.desk.change(lambda pane: crossing.measured(pane, drawn, market, size, one, other))
        return self.desk.pane is not before

    def move_cross(self, right: int, up: int) -> None:
        """Move the crosshair of the pane that has the focus, or put it down."""
        drawn, market, size = self.drawn, self.market, self.pane_size
        now = None if market is None else market.clock
        self.desk.change(lambda pane: crossing.moved(pane, drawn, market, size, right, up), now)

    def frame(self, size: Size, now: Now, timer: Callable[[], float]) -> Canvas | None:
        """Draw what would differ; None where the picture on the screen is still right."""
        self.size, self.now = size, now
        desk = self.desk
        shown = beside(desk.panes[name] for name in desk.names)
        self.session.want_beside(self.alerts.wants(shown))
        if wrong := self.sketches.lay(self.session.markets, now.seconds):
            self.note(wrong)
        canvas = self._scene.frame(timer)
        if canvas is not None:
            self.canvas = canvas
        return canvas

    def _settle(self, done: Done | None) -> None:
        """Close the dialog where it is done, and do what follows."""
        if done is not None:
            self.dialog = None
            self._then(done.id)

    @property
    def exit_error(self) -> DamagedRecording | None:
        """What the command line must say after the screen is gone."""
        error = self.session.error
        return error if isinstance(error, DamagedRecording) else None


@lru_cache(maxsize=8)
def _focused(look: Look) -> Look:
    """The look of the focused pane: its title stands out by exchanged roles."""
    return replace(look, title=look.title_focus, title_bar=look.title_bar_focus)
