"""The monitor: everything the app knows and shows, without a terminal and without a timer.

The app is a thin shell around it: keys, sizes and times come in, a canvas goes out. What only a
terminal can do (leave, suspend, start a worker) it asks of its `Shell`.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple, Protocol

from platformdirs import user_pictures_path

from feeds.errors import DamagedRecording
from market.market import Market
from tui import adjust
from tui.board import Board, Tile
from tui.canvas import Canvas
from tui.clock import FrameClock
from tui.desk import SMALLEST, Desk
from tui.dialogs import Dialog, Done
from tui.export import svg
from tui.format import clock, date, duration
from tui.header import (
    Status,
    age_words,
    draw_footer,
    draw_header,
    market_status,
    rate_words,
    time_words,
)
from tui.keys import BY_KEY, HINTS
from tui.launch import Launch, LiveMarkets
from tui.layouts import Region
from tui.look import Look
from tui.notice import (
    TIP,
    Notice,
    draw_notice,
    draw_too_small,
    failed,
    notice_size,
    unreachable,
)
from tui.pane import Pane, Size
from tui.session import Session
from tui.themes import load_look

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


class Vitals(NamedTuple):
    """Figures that are renewed once a second: faster they could not be read."""

    rate: str = ""
    frame: str = ""
    fps: str = ""


class Monitor:
    """The state of one run."""

    def __init__(self, launch: Launch, clock: FrameClock, shell: Shell, *, tip: bool) -> None:
        self.launch, self.clock, self.shell = launch, clock, shell
        self.theme = launch.theme
        self.desk = Desk(launch.layout, launch.pane)
        self.session = Session(launch.opening)
        self.size = Size(0, 0)
        self.now = Now(0.0, 0)
        self.canvas: Canvas | None = None
        """The picture on the screen."""
        self.held_at: int | None = None
        """Market time at which a live picture was paused."""
        self.mouse_on = True
        self._events_before = 0
        self._tip = tip
        self._note, self._note_until = "", 0.0
        self._dialog: Dialog | None = None
        self._then: Callable[[str | None], None] = lambda _: None
        self._board = Board()
        self._tiles: dict[tuple[str, Region], Tile] = {}
        self._vitals, self._vitals_at = Vitals(), -1.0
        self._data, self._data_at = (0, 0), 0.0
        self.show_theme(launch.theme)

    def show_theme(self, name: str) -> None:
        """Draw with a theme; the focused pane's title stands out by exchanged roles."""
        look = load_look(name, self.launch.depth)
        self.look = look
        self._focused_look = replace(look, title=look.title_focus, title_bar=look.title_bar_focus)

    @property
    def instrument(self) -> str | None:
        """What the panes show: the chosen instrument, or the first there is."""
        instruments = self.session.instruments
        chosen = self.desk.instrument
        return chosen if chosen in instruments else next(iter(instruments), None)

    @property
    def market(self) -> Market | None:
        """The market the panes show."""
        return self.session.market(self.instrument)

    @property
    def paused(self) -> bool:
        """Whether the picture stands still by our own will."""
        return self.session.paused or self.held_at is not None

    @property
    def troubled(self) -> bool:
        """Whether a notice says that this market cannot be had."""
        return self._notice() is not None

    @property
    def pane_size(self) -> Size:
        """The size of the focused pane as it was drawn last."""
        for tile in self._board.tiles:
            if tile.name == self.desk.focus:
                return tile.size
        return self.size

    @property
    def endpoints(self) -> Mapping[str, str]:
        """Where venues are reached instead of at their own addresses."""
        opening = self.launch.opening
        return opening.endpoints if isinstance(opening, LiveMarkets) else {}

    @property
    def tip_shown(self) -> bool:
        """Whether the first-run tip is on the screen."""
        return self._tip

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

    def note(self, text: str) -> None:
        """Show a passing message."""
        self._note, self._note_until = text, self.now.seconds + NOTE_SECONDS

    def open_dialog(self, dialog: Dialog, then: Callable[[str | None], None]) -> None:
        """Show a dialog, and call `then` with what was chosen."""
        self._dialog, self._then = dialog, then

    def begin(self, session: Session) -> None:
        """Watch something else."""
        self._events_before += self.session.events
        self.session = session
        self.held_at = None
        self.desk.instrument = None
        self.desk.change_all(adjust.live)
        self.desk.change_all(adjust.automatic)
        self.shell.start(session)

    def press(self, key: str, character: str | None) -> str | None:
        """Take a key; return the name of the command it stands for, if it is one."""
        self._tip = False
        if self._dialog is not None:
            done = self._dialog.press(key, character)
            if isinstance(done, Done):
                self._dialog = None
                self._then(done.id)
            return None
        command = BY_KEY.get(key)
        return command.name if command is not None else None

    def paste(self, text: str) -> None:
        """Take pasted text."""
        if self._dialog is not None:
            self._dialog.insert(text)

    def click(self, x: int, y: int) -> None:
        """Focus the pane at a cell."""
        self._tip = False
        tile = self._board.at(x, y)
        if self._dialog is None and tile is not None and tile.name in self.desk.names:
            self.desk.focus = tile.name

    def frame(self, size: Size, now: Now, timer: Callable[[], float]) -> Canvas | None:
        """Draw what would differ; None where the picture on the screen is still right."""
        self.size, self.now = size, now
        self._renew_vitals()
        self._board.lay([self._kept(tile) for tile in self._scene()])
        canvas = self._board.compose(size, self.look, timer, self.clock.budget)
        if canvas is not None:
            self.canvas = canvas
        return canvas

    @property
    def exit_error(self) -> DamagedRecording | None:
        """What the command line must say after the screen is gone."""
        error = self.session.error
        return error if isinstance(error, DamagedRecording) else None

    def _scene(self) -> list[Tile]:
        """The tiles of this moment, from the back to the front."""
        width, height = self.size
        if width < self._needed[0] or height < self._needed[1]:
            draw = partial(draw_too_small, self._needed)
            return [Tile("too small", Region(0, 0, width, height), draw, lambda: None)]
        tiles = [Tile("header", Region(0, 0, width, 1), self._draw_header, self._status)]
        for name, (x, y, w, h) in self.desk.arranged(width, height - 2):
            place = Region(x, y + 1, w, h)
            tiles.append(
                Tile(name, place, partial(self._draw_pane, name), partial(self._pane_key, name))
            )
        tiles.append(
            Tile("footer", Region(0, height - 1, width, 1), self._draw_footer, self._footnote)
        )
        return [*tiles, *self._overlays()]

    def _overlays(self) -> list[Tile]:
        """What lies over the panes: a notice or the first-run tip, and a dialog."""
        tiles: list[Tile] = []
        width, height = self.size
        if (notice := self._notice()) is not None:
            place = _middle(notice_size(notice, width, height - 2), width, height)
            tiles.append(Tile("notice", place, self._draw_notice, self._notice))
        elif self._tip:
            box = notice_size(TIP, width, height - 2)
            place = Region(width - box.width, height - 1 - box.height, *box)
            tiles.append(Tile("tip", place, partial(draw_notice, TIP), lambda: None))
        if self._dialog is not None:
            place = _middle(self._dialog.size(width, height - 2), width, height)
            tiles.append(Tile("dialog", place, self._draw_dialog, self._dialog_key))
        return tiles

    @property
    def _needed(self) -> tuple[int, int]:
        """The least size worth drawing in; one pane in a tmux split may be narrower."""
        if self.launch.pane is None:
            return SMALLEST
        least = self.desk.pane.minimum
        return min(SMALLEST[0], least.width), min(SMALLEST[1], least.height + 2)

    def _kept(self, tile: Tile) -> Tile:
        """The tile of the last frame where it lies in the same place, for its finished canvas."""
        known = (tile.name, tile.place)
        kept = self._tiles.get(known)
        if kept is None:
            self._tiles = {k: t for k, t in self._tiles.items() if k[0] != tile.name}
            kept = self._tiles[known] = tile
        return kept

    def _draw_pane(self, name: str, size: Size, look: Look) -> Canvas:
        focused = name == self.desk.focus and len(self.desk.names) > 1
        return self._pane(name).draw(self.market, size, self._focused_look if focused else look)

    def _pane(self, name: str) -> Pane:
        """A pane as it is to be drawn: in a live pause as the market was then."""
        pane = self.desk.panes[name]
        return pane if self.held_at is None else adjust.held(pane, self.held_at)

    def _pane_key(self, name: str) -> Hashable:
        market = self.market
        version = (id(market), market.counts.messages) if market is not None else None
        return self._pane(name), name == self.desk.focus, version

    def _draw_header(self, size: Size, look: Look) -> Canvas:
        return draw_header(self._status(), size, look)

    def _status(self) -> Status:
        market, session = self.market, self.session
        status = market_status(market, self.instrument or session.label)
        wall = self.now.wall if session.live or market is None else market.clock
        until = adjust.shown_until(self._pane(self.desk.focus))
        behind = ""
        if until is not None and market is not None:
            behind = f"◂ {duration(max(0, market.clock - until))} back"
        return replace(
            status,
            halt="PAUSED" if self.paused else "ENDED" if session.finished else "",
            place=self._place(),
            behind=behind,
            age=age_words(self._data_age(market)) if session.live else "",
            rate=self._vitals.rate,
            frame=self._vitals.frame,
            fps=self._vitals.fps,
            skipped=self.clock.skipped,
            time=time_words(wall, with_date=not session.live and self.size.width >= 140),
        )

    def _place(self) -> str:
        """Which of the instruments watched this is, where there are several."""
        instruments = self.session.instruments
        if len(instruments) < 2 or self.instrument is None:
            return ""
        return f"{instruments.index(self.instrument) + 1}/{len(instruments)}"

    def _data_age(self, market: Market | None) -> int:
        """Time since the market's book or trades last changed, ns; words about it do not count."""
        if market is None:
            return 0
        counts = market.counts
        data = (id(market), counts.trades + counts.deltas + counts.snapshots)
        if data != self._data:
            self._data, self._data_at = data, self.now.seconds
        return round((self.now.seconds - self._data_at) * 1e9) if data[1] else 0

    def _renew_vitals(self) -> None:
        seconds = self.now.seconds
        if seconds - self._vitals_at < 1.0:
            return
        self._vitals_at = seconds
        self._vitals = Vitals(
            rate_words(self.session.rate(seconds)),
            f"{self.clock.latest_ms:.1f} ms",
            f"{self.clock.rate(seconds):.0f} fps",
        )

    def _draw_footer(self, size: Size, look: Look) -> Canvas:
        return draw_footer(HINTS, self._footnote(), size, look)

    def _footnote(self) -> str:
        return self._note if self.now.seconds < self._note_until else ""

    def _draw_dialog(self, size: Size, look: Look) -> Canvas:
        return self._dialog.draw(size, look) if self._dialog else Canvas(0, 0, look)

    def _dialog_key(self) -> Hashable:
        return id(self._dialog), self._dialog.version if self._dialog else 0

    def _draw_notice(self, size: Size, look: Look) -> Canvas:
        notice = self._notice()
        return draw_notice(notice, size, look) if notice is not None else Canvas(0, 0, look)

    def _notice(self) -> Notice | None:
        session = self.session
        if session.error is not None:
            return failed(session.label, session.error)
        if not session.live or self.instrument is None:
            return None
        return unreachable(self.instrument, self.market, self.now.wall)


def _middle(box: Size, width: int, height: int) -> Region:
    """The place of a box in the middle of the panes."""
    return Region((width - box.width) // 2, 1 + max(0, height - 2 - box.height) // 2, *box)
