"""Sketch paint: levels, lines, moments and notes laid over a finished picture, hiding nothing.

Lines go through free cells, words stand in free ones or on an axis; where there is no room for
words the line or mark is there without them, and the list of drawings (`Z`) has them.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from textwrap import wrap
from typing import Final, NamedTuple

import numpy as np

from market.drawings import Level, Line, Moment, Note, Placed, Point, line_ticks, placed
from market.instrument import Instrument, plain
from market.market import Market
from tui.drawing.axis import PriceAxis
from tui.drawing.canvas import SPACE, UPPER, Canvas, Glyphs
from tui.drawing.format import price, safe_text, shortened, text_width
from tui.sketch.sheet import (
    LETTERS,
    Places,
    Sheet,
    Strip,
    Times,
    draw_cells,
    ink_of,
    room,
    run,
    warmth_of,
    write,
)

MARK: Final = "¶"
"""Where a note is."""
_WORDED: Final = 40
"""Notes, times and lines that have their words on a picture, the last of the list."""
_LEAST: Final = 6
"""Cells of words that are worth showing where there is no room for all."""
_THIRDS: Final = "▁─▔"
"""A line low, in the middle and high in its cell."""
_FOLDED: Final = 32
"""Characters of a line in which the crosshair tells a note."""
_AROUND: Final = (0, -1, 1, -2, 2)
"""Rows in which the words of a note may stand, counted from its own."""


def draw_sketch(canvas: Canvas, market: Market, sheet: Sheet) -> None:
    """Draw what people put on a market's charts; nothing where there is nothing."""
    if market.drawings is None or market.instrument is None or not sheet.fits(canvas):
        return
    instrument = market.instrument
    levels: defaultdict[int, list[Placed]] = defaultdict(list)
    others: list[Placed] = []
    for one in placed(market.drawings, instrument):
        if not isinstance(one.drawing, Level):
            others.append(one)
        elif 0 <= (row := sheet.row(one.points[0].ticks)) < sheet.area.height:
            levels[row].append(one)
    for row, found in levels.items():
        _draw_level(canvas, instrument, sheet, row, found)
    if sheet.times is not None:
        for left, one in enumerate(reversed(others)):
            _draw_other(canvas, sheet, sheet.times, one, worded=left < _WORDED)


def notes_at(market: Market, sheet: Sheet, at: int, ticks: int) -> list[str]:
    """The words of the notes at a place that is pointed at, or in a cell beside it, folded."""
    times, instrument = sheet.times, market.instrument
    if market.drawings is None or instrument is None or times is None:
        return []
    x, row, words = times.x(at), sheet.row(ticks), list[str]()
    for one in placed(market.drawings, instrument) if x is not None else ():
        if isinstance(one.drawing, Note) and one.drawing.text and x is not None:
            there = times.x(one.points[0].at)
            near = there is not None and abs(there - x) <= 1
            if near and abs(sheet.row(one.points[0].ticks) - row) <= 1:
                words += wrap(safe_text(one.drawing.text), _FOLDED)
    return words


def _draw_level(
    canvas: Canvas, instrument: Instrument, sheet: Sheet, row: int, found: Sequence[Placed]
) -> None:
    """Draw the levels of one row as one line with all their names; the one held by its own."""
    first = next((one for one in found if one.held), found[0])
    ink = ink_of(first.drawing.sort, canvas.look)
    strip = Strip(canvas, sheet, row=row)
    free = strip.quiet()
    words = _words(found, instrument, sheet.group)
    place = room(free, text_width(words), text_width(words)) if words else None
    if place is None:
        # A name may be cut; a price would be another one.
        words = _words(found)
        place = room(free, text_width(words), _LEAST) if words else None
    strip.draw("━" if first.held else "─", ink, place and slice(place.start - 1, place.stop + 1))
    if place is not None:
        words = shortened(words, place.stop - place.start)
        write(canvas, sheet, place.start, row, words, ink, bold=True)
    _draw_tag(canvas, instrument, sheet, row, first, ink)


def _words(found: Sequence[Placed], instrument: Instrument | None = None, group: int = 0) -> str:
    """The names of levels; on an instrument with their prices where the axis has others."""
    words: list[str] = []
    for one in found:
        assert isinstance(one.drawing, Level)
        parts = [safe_text(one.drawing.text)]
        ticks, exact = one.points[0].ticks, one.drawing.price
        if instrument is not None and (ticks % max(1, group) or exact != instrument.price(ticks)):
            parts.append(plain(exact))
        words.append(" ".join(filter(None, parts)))
    return " · ".join(filter(None, words))


def _draw_tag(
    canvas: Canvas, instrument: Instrument, sheet: Sheet, row: int, one: Placed, ink: int
) -> None:
    """Write a level's price on the axis, or mark its row there; the last price stays on top."""
    look, axis, y = canvas.look, sheet.axis, sheet.area.y + row
    if axis.width < 1 or axis.x >= canvas.width or canvas.bg[y, axis.x] == look.last:
        return
    letter = LETTERS[one.drawing.sort]
    fg, ground = (int(look.ink[ink]), ink) if one.held else (ink, None)
    if not sheet.group:
        text = f"{letter}{price(instrument, one.points[0].ticks)}"
        if len(text) > axis.width:
            text = text[1:]
        if len(text) <= axis.width:  # a cut number would be another one
            canvas.text(axis.x, y, text.ljust(axis.width), fg, ground, bold=True)
    elif one.held:
        canvas.tint(axis.x, y, axis.width, ink)
        canvas.ink(axis.x, y, axis.width, fg, bold=True)
    elif canvas.glyph[y, axis.x] == SPACE:
        canvas.text(axis.x, y, letter, ink, bold=True)


def _draw_other(canvas: Canvas, sheet: Sheet, times: Times, one: Placed, *, worded: bool) -> None:
    """Draw what has a time, with its words or without."""
    ink, words = ink_of(one.drawing.sort, canvas.look), ""
    if worded:
        words = safe_text(one.drawing.text)
    match one.drawing:
        case Moment(at):
            x = times.x(at)
            if x is not None and 0 <= x < sheet.area.width:
                _draw_moment(canvas, sheet, x, words, ink, one.held)
        case Note(at):
            x, row = times.x(at), sheet.row(one.points[0].ticks)
            if x is not None and 0 <= x < sheet.area.width and 0 <= row < sheet.area.height:
                _draw_note(canvas, sheet, x, row, words, ink, one.held)
        case Line():
            cells = line_cells(*one.points, tuple(times.cells()), times.axis)
            _draw_line(canvas, sheet, cells, words, ink, one.held)


def _draw_moment(canvas: Canvas, sheet: Sheet, x: int, words: str, ink: int, held: bool) -> None:
    """Draw a time from top to bottom, its words beside it at the top."""
    Strip(canvas, sheet, column=x).draw("┃" if held else "│", ink)
    _write_beside(canvas, sheet, x, 0, words, ink)


def _draw_note(
    canvas: Canvas, sheet: Sheet, x: int, row: int, text: str, ink: int, held: bool
) -> None:
    """Mark a note's place and write its words beside it, in the nearest row that has room."""
    left, y, look = sheet.area.x + x, sheet.area.y + row, canvas.look
    if canvas.glyph[y, left] in (SPACE, UPPER):
        write(canvas, sheet, x, row, MARK, ink, bold=True)
        if sheet.halves and warmth_of(look)[canvas.bg[y, left]]:
            canvas.ink(left, y, 1, int(look.ink[canvas.bg[y, left]]), bold=True)
    else:
        # What is there stays: a ground of its own says that there is a note.
        canvas.tint(left, y, 1, ink)
        canvas.ink(left, y, 1, int(look.ink[ink]), bold=True)
    if held:
        canvas.tint(left, y, 1, look.selection)
    _write_beside(canvas, sheet, x, row, text, ink)


def _write_beside(canvas: Canvas, sheet: Sheet, x: int, row: int, text: str, ink: int) -> None:
    """Write words near a cell: right of it, left of it, else in rows near it, else not."""
    wanted, best = text_width(text), (0, 0, 0)
    rows = [row + step for step in _AROUND if 0 <= row + step < sheet.area.height]
    for at in rows if wanted else ():
        free, end = Strip(canvas, sheet, row=at).quiet(), max(0, x - 1)
        before, after = run(free[:end][::-1]), run(free[x + 2 :])
        if before >= wanted > after:
            best = (wanted, end - wanted, at)
        elif after > best[0]:
            best = (min(after, wanted), x + 2, at)
        if best[0] == wanted:
            break
    cells, left, at = best
    if cells >= min(wanted, _LEAST) > 0:
        write(canvas, sheet, left, at, shortened(text, cells), ink)


class LineCells(NamedTuple):
    """The cells of a line from left to right, and its glyph in each."""

    columns: Places
    rows: Places
    glyphs: Glyphs


@lru_cache(maxsize=256)
def line_cells(
    one: Point, other: Point, times: tuple[int | None, ...], axis: PriceAxis
) -> LineCells:
    """The cells of a line from its first point on; the same until the axes move."""
    at = [(x, time) for x, time in enumerate(times) if time is not None and time >= one.at]
    ticks, parts = line_ticks(one, other, [time for _, time in at]), len(_THIRDS) * axis.cells
    found = [
        (x, axis.cells - 1 - part // len(_THIRDS), ord(_THIRDS[part % len(_THIRDS)]))
        for (x, _), price in zip(at, ticks, strict=True)
        if 0 <= (part := axis.part(price, parts)) < parts
    ]
    columns, rows, glyphs = np.array(found, np.intp).reshape(-1, 3).T
    return LineCells(columns, rows, glyphs.astype(np.uint32))


def _draw_line(
    canvas: Canvas, sheet: Sheet, cells: LineCells, text: str, ink: int, held: bool
) -> None:
    """Draw a line through cells that are free, its words where it is first seen."""
    if not len(cells.columns):
        return
    glyphs = np.full_like(cells.glyphs, ord("━")) if held else cells.glyphs
    draw_cells(canvas, sheet, cells.columns, cells.rows, glyphs, ink)
    if text:
        _write_beside(canvas, sheet, int(cells.columns[0]), int(cells.rows[0]), text, ink)
