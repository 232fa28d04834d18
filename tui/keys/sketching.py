"""Sketching: what the keys of drawings do, as a table like that of all other commands.

A level, note or line is put where the crosshair and the ruler are; where a pane has none, a price
is typed. The drawing in hand is moved by the arrows until Enter or Esc lets it go.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from feeds.errors import ConfigError
from market.drawings import Drawing, Level, Line, Moment, Note, moved, repriced
from market.instrument import Instrument, plain
from market.market import Market
from tui.dialogs.choice import Choice, Dialog
from tui.dialogs.drawings import HELD, Behind, DrawingsDialog
from tui.drawing.format import price, safe_text
from tui.keys import adjust, crossing
from tui.keys.table import PRICED
from tui.sketch.file import read_price

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor


class Place(NamedTuple):
    """Where a drawing goes: the crosshair, or now and the last price."""

    market: Market
    instrument: Instrument
    at: int
    ticks: int

    @property
    def price(self) -> Decimal:
        """The exact price."""
        return self.instrument.price(self.ticks)


def move_held(monitor: "Monitor", right: int, up: int) -> bool:
    """Move the drawing in hand by columns or ticks, and rows; False where none is in hand here."""
    held, market = monitor.sketches.held, monitor.market
    if held is None or market is None or market.instrument is None or not _is_here(monitor):
        return False
    tick = market.instrument.tick_size
    rows = up * adjust.grouping_shown(monitor.desk.pane, market, monitor.pane_size) if up else 0
    time = right * adjust.bar_length(monitor.desk.pane, market) if right else 0
    ticks = right if isinstance(held.drawing, Level) else 0
    fresh = moved(held.drawing, (rows + ticks) * tick, time)
    _tried(monitor, lambda: monitor.sketches.replace(market.id, held.drawing, fresh, moved=True))
    return True


def let_go(monitor: "Monitor") -> bool:
    """Let go of the drawing in hand; False where the focused pane shows none, so has the key."""
    here = _is_here(monitor)
    return monitor.sketches.let_go() and here


def _is_here(monitor: "Monitor") -> bool:
    """Whether the drawing in hand is one of the instrument and the pane that have the focus."""
    held, market = monitor.sketches.held, monitor.market
    same = held is not None and market is not None and held.instrument == market.id
    return same and monitor.desk.pane.kind in PRICED


def _place(monitor: "Monitor") -> Place | None:
    """Where a drawing goes; None, and said, where there is nothing to draw on."""
    market, pane = monitor.market, monitor.desk.pane
    if pane.kind not in PRICED:
        monitor.note(f"the {pane.title.lower()} shows no drawings; panes with a price axis do")
        return None
    if market is None or market.instrument is None or market.last is None:
        monitor.note("there is nothing to draw on yet")
        return None
    at, ticks = adjust.shown_until(pane) or market.clock, market.last.ticks
    if isinstance(pane, crossing.Crossed) and pane.cross_price is not None:
        at, ticks = pane.cross_time or at, pane.cross_price
    return Place(market, market.instrument, at, ticks)


def _level(monitor: "Monitor") -> None:
    """Draw a level at the crosshair, or a line along the ruler; without them type a price."""
    place, pane = _place(monitor), monitor.desk.pane
    if place is None:
        return
    if not crossing.crossed(pane):
        _ask_level(monitor, place)
    elif isinstance(pane, crossing.Ruled) and pane.ruler_time is not None:
        _draw_line(monitor, place, pane.ruler_time, pane.ruler_price or 0)
    else:
        _draw_level(monitor, place.market, place.price)


def _draw_level(monitor: "Monitor", market: Market, at: Decimal) -> None:
    there = [one for one in monitor.sketches.of(market.id) if isinstance(one, Level)]
    same = next((one for one in there if one.price == at), None)
    if same is not None:
        monitor.sketches.hold(market.id, same)
        monitor.note(f"a level is there: arrows move it, Enter lets go, Z lists all: {plain(at)}")
    else:
        said = f"level at {plain(at)}: Z names, moves, colours and undoes it"
        _add(monitor, market, Level(at), said)


def _draw_line(monitor: "Monitor", place: Place, at: int, ticks: int) -> None:
    """Draw a line along the ruler, whichever of its ends is the later."""
    ends = sorted(((at, ticks), (place.at, place.ticks)))
    (begin, low), (end, high) = ends
    if begin == end:
        _draw_level(monitor, place.market, place.price)
        return
    line = Line(begin, place.instrument.price(low), end, place.instrument.price(high))
    _add(monitor, place.market, line, "a line along the ruler: Z names, moves and undoes it")


def _ask_level(monitor: "Monitor", place: Place) -> None:
    last = price(place.instrument, place.ticks)

    def typed(text: str) -> list[Choice]:
        try:
            at = plain(read_price(text.strip()))
        except ValueError:
            return []
        return [Choice(at, f"level at {at}")]

    dialog = Dialog(
        "Level at a price",
        [Choice(last, f"the last price, {last}")],
        prompt=f"type a price, such as {last}",
        intro=("x puts a crosshair down where the pane has one: e draws a level there.",),
        find=typed,
    )
    dialog.about = monitor.desk.focus
    market = place.market
    monitor.open_dialog(
        dialog, lambda word: _draw_level(monitor, market, Decimal(word)) if word else None
    )


def _note(monitor: "Monitor") -> None:
    """Ask for the words of a note at the crosshair, or mark its time."""
    place = _place(monitor)
    if place is None:
        return
    time = monitor.zone.of(place.market.venue).clock(place.at, millis=False)
    where = f"{price(place.instrument, place.ticks)} at {time}"

    def choices(text: str) -> list[Choice]:
        return [
            Choice("note", f"note: {text.strip()}", note=where),
            Choice("moment", f"mark this time: {text.strip()}", note=time),
        ]

    dialog = Dialog(
        f"Note at {where}",
        [Choice("moment", "mark this time without words", note=time)],
        prompt="type what there is to say",
        find=choices,
    )
    dialog.about = monitor.desk.focus

    def settle(kind: str | None) -> None:
        words = safe_text(dialog.typed.strip())
        if kind == "note":
            note = Note(place.at, place.price, words)
            _add(monitor, place.market, note, f"note at {where}: Z changes and undoes it")
        elif kind == "moment":
            moment = Moment(place.at, words)
            _add(monitor, place.market, moment, f"{time} is marked: Z changes and undoes it")

    monitor.open_dialog(dialog, settle)


def _list(monitor: "Monitor") -> None:
    """List the drawings of the instrument that the focused pane shows."""
    market, sketches = monitor.market, monitor.sketches
    instrument = None if market is None else market.instrument
    if market is None or instrument is None:
        monitor.note("there is nothing to draw on yet")
        return
    sketches.let_go()
    name, tick = market.id, instrument.tick_size

    def put(old: Drawing, new: Drawing, *, moved: bool = False) -> None:
        sketches.replace(name, old, new, moved=moved)

    def nudge(drawing: Drawing, steps: int) -> None:
        length = adjust.bar_length(monitor.desk.pane, market)
        put(drawing, moved(drawing, steps * tick, _timed(drawing) * steps * length), moved=True)

    def mark(drawing: Drawing | None) -> None:
        if drawing is None:
            sketches.let_go()
        else:
            sketches.hold(name, drawing)

    behind = Behind(
        items=lambda: sketches.of(name),
        hidden=lambda: sketches.hidden,
        last=lambda: None if market.last is None else instrument.price(market.last.ticks),
        zone=lambda: monitor.zone.of(market.venue),
        rename=lambda drawing, text: put(drawing, replace(drawing, text=text)),
        reprice=lambda drawing, at: put(drawing, repriced(drawing, at)),
        nudge=nudge,
        recolour=lambda drawing: put(drawing, replace(drawing, sort=drawing.sort.next)),
        remove=lambda drawing: sketches.remove(name, drawing),
        undo=lambda: sketches.undo(name),
        hide=lambda: sketches.hide(not sketches.hidden),
        add=lambda at: sketches.add(name, Level(at)),
        mark=mark,
    )

    def settle(outcome: str | None) -> None:
        if outcome == HELD:
            monitor.note("arrows move it, Enter or Esc lets go, Del deletes it")

    title = f"Drawings: {safe_text(name)}"
    monitor.open_dialog(DrawingsDialog(title, behind, monitor.desk.focus), settle)


def _remove(monitor: "Monitor") -> None:
    """Delete the drawing in hand."""
    held = monitor.sketches.held
    if held is None:
        monitor.note("no drawing is in hand: Z lists them, Enter takes one")
        return
    _tried(monitor, lambda: monitor.sketches.remove(held.instrument, held.drawing))


def _timed(drawing: Drawing) -> bool:
    """Whether a drawing has nothing but a time to be moved by."""
    return isinstance(drawing, Moment)


def _add(monitor: "Monitor", market: Market, drawing: Drawing, said: str) -> None:
    monitor.note(said)
    monitor.sketches.hide(False)
    _tried(monitor, lambda: monitor.sketches.add(market.id, drawing))


def _tried(monitor: "Monitor", change: Callable[[], None]) -> None:
    """Change drawings; where that is refused, say why."""
    try:
        change()
    except ConfigError as error:
        monitor.note(str(error))


SKETCH_ACTIONS: Final[dict[str, Callable[["Monitor"], None]]] = {
    "drawings": _list,
    "level": _level,
    "note": _note,
    "remove_drawing": _remove,
}
