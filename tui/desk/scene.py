"""The scene: what of the monitor's state lies where on the screen, as tiles."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from market.detectors.findings import unread
from market.market import Market
from tui.desk.board import Board, Tile
from tui.desk.desk import SMALLEST
from tui.desk.faults import draw_fault
from tui.desk.header import (
    Status,
    age_words,
    draw_footer,
    draw_header,
    market_status,
    rate_words,
    reads_words,
    time_words,
)
from tui.desk.layouts import Region
from tui.desk.links import tint
from tui.desk.performance import Owners, bytes_words, draw_panel, panel_place, picture_words
from tui.dialogs.notice import TIP, Notice, draw_notice, draw_too_small, notice_size
from tui.drawing.canvas import Canvas
from tui.drawing.format import duration
from tui.drawing.look import Look
from tui.keys import adjust
from tui.keys.table import HINTS
from tui.pane import Pane, Size
from tui.scope import draw_pane, is_wide

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor


REST: Final = 0.1
"""Seconds between two pictures of a pane: no eye follows more, and the next one's turn comes."""
FLOODS: Final = {
    **dict.fromkeys(("candles", "footprint", "tape"), (250, 400)),
    **dict.fromkeys(("heatmap", "ladder"), (400,)),
}
"""Events a second above which panes rest twice, then thrice as long: later those watched."""
DIALOG: Final = "dialog"
"""The name of the tile that a dialog is."""
MARK: Final = "≡"
"""What stands before the name of the focused pane: a click there opens its settings."""


class Vitals(NamedTuple):
    """Figures that are renewed once a second: faster they could not be read."""

    rate: str = ""
    frame: str = ""
    fps: str = ""
    out: str = ""
    age: str = ""
    reads: str = ""


class Scene:
    """Status row, panes, row of keys, and what lies over them."""

    def __init__(self, monitor: "Monitor") -> None:
        self._monitor = monitor
        self._board = Board()
        self._tiles: dict[tuple[str, Region], Tile] = {}
        self._vitals, self._vitals_at, self._drawn = Vitals(), -1.0, 0
        self._data, self._data_at = (0, 0), 0.0
        self._said: tuple[object, Status] | None = None
        self._layout: object = None
        self._laid: list[Tile] = []

    def frame(self, timer: Callable[[], float]) -> Canvas | None:
        """Draw what would differ; None where the last picture is still right."""
        monitor = self._monitor
        self._renew_vitals()
        self._board.lay([self._kept(tile) for tile in self._arranged()])
        return self._board.compose(monitor.size, monitor.look, timer, monitor.clock.budget)

    def size_of(self, name: str) -> Size | None:
        """The size of a tile as it was drawn last."""
        return next((tile.size for tile in self._board.tiles if tile.name == name), None)

    def name_at(self, x: int, y: int) -> str | None:
        """The topmost tile at a cell."""
        tile = self._board.at(x, y)
        return tile.name if tile is not None else None

    def within(self, name: str, x: int, y: int) -> tuple[int, int]:
        """A cell of the screen as one of a tile, of which it is a part."""
        place = next(tile.place for tile in self._board.tiles if tile.name == name)
        return x - place.x, y - place.y

    def drawn(self, name: str) -> Pane:
        """A pane as it is on the screen."""
        return self._pane(name)

    def _arranged(self) -> list[Tile]:
        """The tiles of this moment, from the back to the front."""
        width, height = self._monitor.size
        if width < self._needed[0] or height < self._needed[1]:
            draw = partial(draw_too_small, self._needed)
            return [Tile("too small", Region(0, 0, width, height), draw, lambda: None)]
        return [*self._laid_out(width, height), *self._overlays()]

    def _laid_out(self, width: int, height: int) -> list[Tile]:
        """The tiles under everything else, those of the last frame where nothing moved."""
        arranged = tuple(self._monitor.desk.arranged(width, height - 2))
        if self._layout != (width, height, arranged):
            self._layout = width, height, arranged
            self._laid = self._lay_out(width, height, arranged)
        return self._laid

    def _lay_out(
        self, width: int, height: int, arranged: Sequence[tuple[str, Region]]
    ) -> list[Tile]:
        head, foot = Region(0, 0, width, 1), Region(0, height - 1, width, 1)
        tiles = [Tile("header", head, self._draw_header, self._mode, self._status, REST)]
        for name, (x, y, w, h) in arranged:
            draw, key = partial(self._draw_pane, name), partial(self._pane_key, name)
            data = partial(self._pane_version, name)
            tiles.append(Tile(name, Region(x, y + 1, w, h), draw, key, data, REST))
        return [*tiles, Tile("footer", foot, self._draw_footer, self._footnote)]

    def _overlays(self) -> list[Tile]:
        """What lies over the panes: a notice or the first-run tip, and a dialog."""
        tiles: list[Tile] = []
        monitor = self._monitor
        width, height = monitor.size
        if (notice := monitor.notice) is not None:
            place = _middle(notice_size(notice, width, height - 2), width, height)
            tiles.append(Tile("notice", place, self._draw_notice, self._notice))
        elif monitor.tip_shown:
            box = notice_size(TIP, width, height - 2)
            place = Region(width - box.width, height - 1 - box.height, *box)
            tiles.append(Tile("tip", place, partial(draw_notice, TIP), lambda: None))
        if monitor.dialog is None and (toast := self._toast()) is not None:
            box = notice_size(toast, width, height - 2)
            place = Region(width - box.width, height - 1 - box.height, *box)
            tiles.append(Tile("alert", place, self._draw_toast, self._toast))
        if (panel := monitor.panel) is not None:
            place = panel_place(panel, width, height - 2)
            tiles.append(Tile("performance", place, self._draw_panel, self._panel_key))
        if (dialog := monitor.dialog) is not None:
            box = dialog.size(width, height - 2)
            about = next((t.place for t in self._laid if t.name == dialog.about), None)
            place = _middle(box, width, height)
            if about is not None:
                place = _beside(box, about, width, height)
            tiles.append(Tile(DIALOG, place, self._draw_dialog, self._dialog_key))
        return tiles

    def owners(self) -> Owners:
        """Whose every cell of the screen is."""
        names = [tile.name for tile in self._board.tiles]
        return Owners(names, self._board.owners(self._monitor.size))

    @property
    def _needed(self) -> tuple[int, int]:
        """The least size worth drawing in; one pane in a tmux split may be narrower."""
        if self._monitor.launch.pane is None:
            return SMALLEST
        least = self._monitor.desk.pane.minimum
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
        monitor = self._monitor
        if name == monitor.desk.focus and len(monitor.desk.names) > 1:
            look = monitor.focused_look
        try:
            canvas = draw_pane(self._pane(name), monitor.scope_of(name), size, look)
        except Exception as error:
            # A pane's fault is its own: it says so in its place, and the others go on.
            monitor.faults.add(name, error)
            return draw_fault(name, error, size, look)
        monitor.faults.mended(name)
        letter = monitor.desk.groups.get(name)
        if letter is not None:
            tag = tint(letter, look)
            canvas.text(0, 0, letter, int(look.ink[tag]), tag, bold=True)
        elif name == monitor.desk.focus:
            canvas.text(0, 0, MARK, look.accent)
        return canvas

    def _pane(self, name: str) -> Pane:
        """A pane as it is to be drawn: in a live pause as the market was then."""
        pane, held_at = self._monitor.desk.panes[name], self._monitor.held_at
        if self._monitor.effort.sweep:
            pane = adjust.swept(pane)
        return pane if held_at is None else adjust.held(pane, held_at)

    def _pane_key(self, name: str) -> Hashable:
        desk = self._monitor.desk
        drawn = self._monitor.sketches.version
        return self._pane(name), name == desk.focus, desk.groups.get(name), drawn

    def _pane_version(self, name: str) -> Hashable:
        """What of the market, or of all of them, a pane's picture depends on."""
        if is_wide(self._monitor.desk.panes[name]):
            return self._monitor.scope_of(name).version
        market = self._monitor.session.market(self._monitor.instrument_of(name))
        if market is None:
            return None
        return id(market), market.counts.messages, unread(market)

    def _draw_header(self, size: Size, look: Look) -> Canvas:
        return draw_header(self._status(), size, look)

    def _mode(self) -> Hashable:
        """What of the status row people change."""
        monitor = self._monitor
        until = adjust.shown_until(self._pane(monitor.desk.focus))
        return monitor.paused, monitor.session.finished, monitor.instrument, until

    def _status(self) -> Status:
        """What the status row says, made once for a frame."""
        if self._said is None or self._said[0] is not self._monitor.now:
            self._said = self._monitor.now, self._make_status()
        return self._said[1]

    def _make_status(self) -> Status:
        monitor = self._monitor
        session, instrument = monitor.session, monitor.instrument
        market = session.market(instrument)
        status = market_status(market, instrument or session.label)
        zone = monitor.zone.of("" if market is None else market.venue)
        wall = monitor.now.wall if session.live or market is None else market.clock
        until = adjust.shown_until(self._pane(monitor.desk.focus))
        behind = ""
        if until is not None and market is not None:
            behind = f"◂ {duration(max(0, market.clock - until))} back"
        return replace(
            status,
            halt="PAUSED" if monitor.paused else "ENDED" if session.finished else "",
            place=self._place(),
            behind=behind,
            age=age_words(self._data_age(market)) if session.live else "",
            rate=self._vitals.rate,
            frame=self._vitals.frame,
            fps=self._vitals.fps,
            out=self._vitals.out,
            picture=self._vitals.age,
            reads=self._vitals.reads,
            keeping=session.keeping or monitor.alerts.complaint,
            skipped=monitor.clock.skipped,
            time=time_words(wall, not session.live and monitor.size.width >= 140, zone),
        )

    def _place(self) -> str:
        """Which of the instruments watched this is, where there are several."""
        instruments, shown = self._monitor.session.instruments, self._monitor.instrument
        if len(instruments) < 2 or shown is None:
            return ""
        return f"{instruments.index(shown) + 1}/{len(instruments)}"

    def _data_age(self, market: Market | None) -> int:
        """Time since the market's book or trades last changed, ns; words about it do not count."""
        if market is None:
            return 0
        counts = market.counts
        data = (id(market), counts.trades + counts.deltas + counts.snapshots)
        seconds = self._monitor.now.seconds
        if data != self._data:
            self._data, self._data_at = data, seconds
        return round((seconds - self._data_at) * 1e9) if data[1] else 0

    def renew_at_once(self) -> None:
        """Take the figures of the status row anew at the next frame."""
        self._vitals_at = -1.0

    def _renew_vitals(self) -> None:
        monitor, seconds = self._monitor, self._monitor.now.seconds
        if seconds - self._vitals_at < 1.0:
            return
        self._vitals_at = seconds
        clock, before, events = monitor.clock, self._vitals, monitor.session.rate(seconds)
        for tile in self._board.tiles:
            if floods := FLOODS.get(tile.name.partition(" ")[0]):
                tile.rest = REST * (1 + sum(events > flood for flood in floods))
        # A frame that only told these figures must not bring forth the next one.
        moving = clock.drawn - self._drawn > 1
        self._drawn = clock.drawn
        self._vitals = Vitals(
            rate_words(events),
            f"{clock.latest_ms:.1f} ms" if moving else before.frame,
            f"{clock.rate(seconds) if moving else 0:.0f} fps",
            bytes_words(clock.bytes_rate(seconds) if moving else 0.0),
            picture_words(clock.governor, seconds) if moving else before.age,
            reads_words(monitor.reads_delayed_ms()) if monitor.session.live else "",
        )
        if monitor.panel is not None:
            monitor.panel.renew(monitor, self._board.tiles)

    def _draw_footer(self, size: Size, look: Look) -> Canvas:
        return draw_footer(HINTS, self._monitor.footnote, size, look)

    def _footnote(self) -> Hashable:
        return self._monitor.footnote

    def _draw_panel(self, size: Size, look: Look) -> Canvas:
        panel = self._monitor.panel
        return draw_panel(panel, size, look) if panel is not None else Canvas(0, 0, look)

    def _panel_key(self) -> Hashable:
        panel = self._monitor.panel
        return None if panel is None else (id(panel), panel.version)

    def _draw_dialog(self, size: Size, look: Look) -> Canvas:
        dialog = self._monitor.dialog
        return dialog.draw(size, look) if dialog is not None else Canvas(0, 0, look)

    def _dialog_key(self) -> Hashable:
        dialog = self._monitor.dialog
        return None if dialog is None else (id(dialog), dialog.version)

    def _toast(self) -> Notice | None:
        return self._monitor.alerts.toast(self._monitor.now.seconds, self._monitor.zone)

    def _draw_toast(self, size: Size, look: Look) -> Canvas:
        toast = self._toast()
        return draw_notice(toast, size, look) if toast is not None else Canvas(0, 0, look)

    def _draw_notice(self, size: Size, look: Look) -> Canvas:
        notice = self._monitor.notice
        return draw_notice(notice, size, look) if notice is not None else Canvas(0, 0, look)

    def _notice(self) -> Hashable:
        return self._monitor.notice


def _middle(box: Size, width: int, height: int) -> Region:
    """The place of a box in the middle of the panes."""
    return Region((width - box.width) // 2, 1 + max(0, height - 2 - box.height) // 2, *box)


def _beside(box: Size, about: Region, width: int, height: int) -> Region:
    """The corner of the panes in which a box leaves the most of one in sight; the old at best."""
    left, right = 0, width - box.width
    top, bottom = 1, max(1, height - 1 - box.height)
    corners = [Region(x, y, *box) for x, y in ((left, bottom), (right, bottom), (left, top))]
    return min((*corners, Region(right, top, *box)), key=lambda corner: _shared(corner, about))


def _shared(one: Region, other: Region) -> int:
    """Cells that two regions have in common."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return max(0, width) * max(0, height)
