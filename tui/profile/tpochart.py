"""TPO chart: letters of sessions on price rows, side by side or pushed together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from market.instrument import Instrument
from market.profile import VALUE_AREA
from market.tpo import INITIAL, Tpo, letter
from tui.drawing.canvas import Canvas
from tui.drawing.digits import price_scale, stamp
from tui.drawing.look import Look
from tui.drawing.timeline import MINUTE, SECOND, time_text
from tui.rows import PriceRows

TAG = 5
"""Cells of the tags beside the axis: ` POC `."""
_GAP = 3
"""Cells of a session beside its letters: balance and open before them, the close behind."""
_WIDEST = 6
"""Cells a bracket at most, in which its time has room."""
_LEAST = 10
"""Cells of a session, so that its label has room."""
_POOR = 11
"""Cells of ` poor high` behind the letters of the newest session."""


View: TypeAlias = Literal["both", "collapsed", "split"]
"""Letters closed up, every bracket in a column of its own, or the newest session in both ways."""


class Lettered(NamedTuple):
    """One session: its letters, and the words below them."""

    tpo: Tpo
    label: str
    starts: tuple[int, ...]
    """When each bracket began, ns."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """What a picture of letters shows."""

    instrument: Instrument
    rows: PriceRows
    sessions: Sequence[Lettered]
    """Oldest first; the newest may still go on."""
    view: View
    share: float
    last: int
    """The last price, in ticks."""


class Marks(NamedTuple):
    """VAL, VAH and point of control of a session: low edges in ticks."""

    low: int
    high: int
    poc: int


@lru_cache(maxsize=64)
def marks(found: Tpo, share: float = VALUE_AREA) -> Marks:
    """What is found in the letters of a session; the same until there is another letter."""
    return Marks(*found.value_area(share), found.poc)


def session_width(session: Lettered, pitch: int) -> int:
    """Cells that a session takes: so many a bracket, or none where letters close up."""
    found = session.tpo
    letters = len(found.numbers) * pitch if pitch else int(found.counts.max())
    return max(_LEAST, len(session.label), letters + _GAP)


def draw_letters(canvas: Canvas, axis: int, sheet: Sheet, foot: bool) -> None:
    """Draw axis, tags, and as many sessions as there is room for, the newest always."""
    rows = sheet.rows
    if not rows.count or not sheet.sessions:
        return
    _draw_axis(canvas, axis, sheet)
    newest = sheet.sessions[-1]
    left = axis
    if canvas.width >= axis + TAG + _LEAST:
        _draw_tags(canvas, axis, sheet, newest.tpo)
        left += TAG
    pitch = int(sheet.view == "split")
    room = canvas.width - left - session_width(newest, pitch) - _POOR
    beside = session_width(newest, 1)
    twice = sheet.view == "both" and beside <= room
    fitting = _fitting(sheet.sessions[:-1], room - beside * twice, pitch)
    for session in fitting:
        left += _draw_session(canvas, left, sheet, session, pitch, foot)
    if pitch:
        pitch = _widest(newest.tpo, canvas.width - left - _POOR)
    width = _draw_session(canvas, left, sheet, newest, pitch, foot)
    _draw_poor(canvas, left, sheet, newest.tpo, pitch)
    left += width + _POOR
    if twice:
        pitch = _widest(newest.tpo, canvas.width - left)
        _draw_session(canvas, left, sheet, newest, pitch, foot)


def _widest(found: Tpo, room: int) -> int:
    """Cells a bracket when a session may take so many, as far as wide ones still read."""
    return max(1, min(_WIDEST, (room - _GAP) // len(found.numbers)))


def _fitting(sessions: Sequence[Lettered], room: int, pitch: int) -> list[Lettered]:
    """The newest of these sessions that so many cells have room for, oldest first."""
    fitting: list[Lettered] = []
    for session in reversed(sessions):
        room -= session_width(session, pitch)
        if room < 0:
            break
        fitting.insert(0, session)
    return fitting


def _draw_session(
    canvas: Canvas, left: int, sheet: Sheet, session: Lettered, pitch: int, foot: bool
) -> int:
    """Draw a session from a column on, and return how many it takes."""
    width = session_width(session, pitch)
    room = min(width, canvas.width - left)
    block = _session(session.tpo, sheet.rows, pitch, sheet.share, room, canvas.look)
    canvas.blit(block, left, 1)
    if foot and pitch > 1:
        _draw_times(canvas, left + 1, session.starts, pitch)
    elif foot:
        canvas.text(left + 1, canvas.height - 1, session.label[:room], canvas.look.dim)
    return width


def _draw_times(canvas: Canvas, x: int, starts: Sequence[int], pitch: int) -> None:
    """Say below the columns when their brackets began, as many as have room."""
    seconds, zone = any(start % MINUTE for start in starts), canvas.look.zone
    free = 0
    for number, start in enumerate(starts):
        at, text = x + number * pitch, time_text(zone.wall(start), SECOND if seconds else MINUTE)
        if at >= free and at + len(text) <= canvas.width:
            canvas.text(at, canvas.height - 1, text, canvas.look.dim)
            free = at + len(text) + 1


def _draw_axis(canvas: Canvas, axis: int, sheet: Sheet) -> None:
    look, rows = canvas.look, sheet.rows
    canvas.fill(0, 1, axis, rows.count, look.panel)
    edges = np.array(rows.edges(), np.int64)
    loud = (edges // rows.group) % 5 == 0
    ink = np.where(loud, look.text, look.dim).astype(np.uint8)[:, None]
    highest = max(0, (rows.bottom + rows.count - 1) * rows.group)
    scale = price_scale(sheet.instrument, rows.group, highest)
    stamp(canvas, axis - 1 - scale.width, 1, scale.glyphs(edges), ink)
    row = rows.row(sheet.last)
    if 0 <= row < rows.count:
        canvas.tint(0, 1 + row, axis, look.last)
        canvas.ink(0, 1 + row, axis, int(look.ink[look.last]), bold=True)


def _draw_tags(canvas: Canvas, x: int, sheet: Sheet, found: Tpo) -> None:
    """Name the rows of the newest session that matter, what matters most last."""
    look, rows = canvas.look, sheet.rows
    at = marks(found, sheet.share)
    singles = found.prices[found.singles].tolist()
    tags = [(ticks, "sgl", look.imbalance_sell) for ticks in singles]
    tags += [
        (found.balance.low, "IBL", look.accent),
        (found.balance.high, "IBH", look.accent),
        (at.low, "VAL", look.text),
        (at.high, "VAH", look.text),
        (at.poc, "POC", look.poc),
    ]
    for ticks, word, ink in tags:
        row = rows.row(ticks)
        if 0 <= row < rows.count:
            canvas.text(x, 1 + row, f"{word:<4}", ink, look.background, bold=True)


def _draw_poor(canvas: Canvas, left: int, sheet: Sheet, found: Tpo, pitch: int) -> None:
    """Say behind the letters where an extreme was poor."""
    rows, look = sheet.rows, canvas.look
    extremes = (
        (found.poor_high, len(found.counts) - 1, "poor high"),
        (found.poor_low, 0, "poor low"),
    )
    for poor, place, words in extremes:
        row = rows.row((found.bottom + place) * found.group)
        if poor and 0 <= row < rows.count:
            length = _length(found, place, pitch)
            canvas.text(left + 1 + length + 2, 1 + row, words, look.warn)


@lru_cache(maxsize=32)
def _session(
    found: Tpo, rows: PriceRows, pitch: int, share: float, width: int, look: Look
) -> Canvas:
    """One session's letters, never to be drawn on; the same until there is another letter."""
    canvas = Canvas(width, rows.count, look)
    if not canvas.width:
        return canvas
    bracket, row = np.nonzero(found.marks)
    x = bracket * pitch if pitch else (np.cumsum(found.marks, axis=0) - 1)[bracket, row]
    y = rows.count - 1 - (row + found.bottom - rows.bottom)
    inside = (y >= 0) & (y < rows.count)
    bracket, row, x, y = bracket[inside], row[inside], x[inside] + 1, y[inside]
    letters = np.array([ord(letter(number)) for number in found.numbers], np.uint32)[bracket]
    ink, bold = _inks(found, bracket, row, share, look)
    _draw_ground(canvas, found, rows, share)
    room = x < width - 1
    # More letters than there is room for are not passed over in silence.
    canvas.glyph[y[~room], width - 1], canvas.fg[y[~room], width - 1] = ord("+"), look.warn
    x, y = x[room], y[room]
    canvas.glyph[y, x], canvas.bold[y, x] = letters[room], bold[room]
    canvas.fg[y, x] = look.readable[ink[room], canvas.bg[y, x]]
    _draw_edges(canvas, found, rows, pitch)
    return canvas


def _inks(
    found: Tpo, bracket: NDArray[np.intp], row: NDArray[np.intp], share: float, look: Look
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The ink of each letter, and whether it is bold: what is in the value area stands out."""
    at = marks(found, share)
    prices = found.prices[row]
    ink = np.where((prices >= at.low) & (prices <= at.high), look.text, look.dim)
    begun = np.array(found.numbers)[bracket] < found.numbers[0] + INITIAL
    ink = np.where(begun, look.accent, ink)
    ink = np.where(found.singles[row], look.imbalance_sell, ink)
    ink = np.where(prices == at.poc, look.poc, ink).astype(np.uint8)
    return ink, (bracket == len(found.numbers) - 1) | (prices == at.poc)


def _draw_ground(canvas: Canvas, found: Tpo, rows: PriceRows, share: float) -> None:
    """Lay a ground under value area and point of control."""
    at, look = marks(found, share), canvas.look
    top, bottom = max(0, rows.row(at.high)), min(rows.count - 1, rows.row(at.low))
    if look.mono:
        return
    if top <= bottom:
        canvas.tint(0, top, canvas.width - 1, look.panel, bottom - top + 1)
    row = rows.row(at.poc)
    if 0 <= row < rows.count:
        canvas.tint(0, row, canvas.width - 1, look.poc_bar)


def _draw_edges(canvas: Canvas, found: Tpo, rows: PriceRows, pitch: int) -> None:
    """Draw the initial balance as a line before the letters, and where it opened and closed."""
    look = canvas.look
    top = max(0, rows.row(found.balance.high))
    bottom = min(rows.count - 1, rows.row(found.balance.low))
    if top <= bottom:
        canvas.vline(0, top, bottom - top + 1, look.accent)
    row = rows.row(found.open)
    if 0 <= row < rows.count:
        canvas.text(0, row, "▸", look.text, bold=True)
    row, place = rows.row(found.close), found.close // found.group - found.bottom
    if 0 <= row < rows.count:
        length = _length(found, place, pitch)
        canvas.text(min(1 + length, canvas.width - 1), row, "◂", look.text, bold=True)


def _length(found: Tpo, place: int, pitch: int) -> int:
    """Cells up to the end of a row's letters."""
    letters = np.flatnonzero(found.marks[:, place])
    return int(letters[-1]) * pitch + 1 if pitch else len(letters)
