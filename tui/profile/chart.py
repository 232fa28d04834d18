"""Profile chart: bars of sold and bought volume on price rows, and how the POC got where it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.instrument import Instrument
from market.market import Market
from market.nodes import Nodes
from market.profile import Profile
from market.sessions import Developed, Naked, SessionProfile
from tui.drawing.area import Area
from tui.drawing.canvas import FULL, LEFT_EIGHTHS, SPACE, Canvas
from tui.drawing.digits import price_scale, size_scale, stamp
from tui.drawing.format import price
from tui.drawing.look import Look
from tui.drawing.timeline import DAY, HOUR, MINUTE, SECOND, TimeLabel
from tui.drawing.zones import Zone
from tui.rows import PriceRows

Lots = NDArray[np.int64]

TAG = 5
"""Cells of the tags beside the axis: ` POC `."""
DIGITS = 7
"""Cells of a number beside the bars, the blank before it included."""
_BARS = 12
"""Cells of bars that still read, below which numbers are left out."""
_MOST_BARS = 64
"""Cells of bars beyond which the picture gains more from the development."""
_COMPOSITE = 20
"""Cells of the composite."""
_LEAST_PATH = 16
"""Cells of the development below which it is left out."""


_LENGTHS = (
    *(n * SECOND for n in (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30)),
    *(n * MINUTE for n in (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30)),
    *(n * HOUR for n in (1, 2, 3, 4, 6, 8, 12, 24)),
)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What a picture of a profile shows."""

    instrument: Instrument
    rows: PriceRows
    profile: Profile
    area: tuple[int, int] | None
    """VAL and VAH."""
    nodes: Nodes
    naked: Sequence[Naked]
    last: int
    """The last price, in ticks."""
    written: Profile
    """What numbers are written of: the profile itself, or what its trades were worth."""
    unit: Instrument
    """What they are written in."""


class Path(NamedTuple):
    """How the POC developed: the parts of the session that a chart has columns for."""

    parts: tuple[SessionProfile, ...]
    """Those that are over, oldest first; those without trades are missing."""
    developed: tuple[Developed, ...]
    """Of each part, as it stood at its end."""
    first: int
    """The number of the part in the first column."""
    number: int
    """That of the part that is still going on."""
    labels: Sequence[TimeLabel]


class Places(NamedTuple):
    """How the width of a picture is divided."""

    axis: int
    bars: Area
    digits: int
    """Cells of each number; 0 where there are none."""
    path: Area | None
    composite: Area | None
    """Where the profile of all sessions stands."""

    @classmethod
    def of(
        cls, width: int, height: int, axis: int, developing: bool, composite: bool = False
    ) -> "Places":
        """Divide a width between bars, numbers, composite and development; rows below the title."""
        left = axis + (TAG if width >= axis + TAG + _BARS else 0)
        room = max(0, width - left)
        digits = DIGITS if room >= _BARS + 2 * DIGITS + 1 else 0
        room -= 2 * digits + (digits > 0)
        bars = room
        if developing and room >= _BARS + _LEAST_PATH:
            bars = min(max(_BARS, room * 2 // 5), _MOST_BARS)
        elif composite and room >= 2 * _COMPOSITE + 1:
            bars = room - _COMPOSITE - 1
        area = Area(left, 1, bars, height)
        rest = room - bars - 1
        beside = None
        if composite and (rest >= 2 * _COMPOSITE or (rest == _COMPOSITE and not developing)):
            beside = Area(width - rest, 1, _COMPOSITE, height)
            rest -= _COMPOSITE + 1
        path = Area(width - rest, 1, rest, height) if rest >= _LEAST_PATH else None
        return cls(axis, area, digits, path, beside)

    @property
    def numbers(self) -> int:
        """The column in which the numbers begin."""
        return self.bars.right


def draw_profile(canvas: Canvas, places: Places, shown: Shown) -> None:
    """Draw axis, tags, bars and numbers of a profile."""
    rows = shown.rows
    if not rows.count:
        return
    sell, buy = (side[::-1] for side in shown.profile.rows(rows.bottom, rows.count))
    _draw_axis(canvas, places, shown)
    _draw_bars(canvas, places.bars, shown, sell, buy)
    if places.digits:
        _draw_numbers(canvas, places, shown)
    if places.bars.x > places.axis:
        _draw_tags(canvas, places, shown)


def draw_composite(canvas: Canvas, area: Area, shown: Shown) -> None:
    """Draw the bars of another profile on the same rows, and mark its point of control."""
    rows, look = shown.rows, canvas.look
    if not rows.count:
        return
    sell, buy = (side[::-1] for side in shown.profile.rows(rows.bottom, rows.count))
    bars = area._replace(width=area.width - 2)
    _draw_bars(canvas, bars, shown, sell, buy)
    row = -1 if shown.profile.poc is None else rows.row(shown.profile.poc)
    if 0 <= row < rows.count:
        canvas.text(bars.right, area.y + row, "◄", look.poc, bold=True)


def draw_path(canvas: Canvas, area: Area, shown: Shown, path: Path) -> None:
    """Draw what traded when, and point of control and value area as they stood at the time."""
    rows, look = shown.rows, canvas.look
    if path.parts:
        past = _past(path.parts[0], rows, area.width, look)
        canvas.blit(past.draw(path), area.x, area.y)
    column = path.number - path.first
    if 0 <= column < area.width and shown.profile.poc is not None and shown.area is not None:
        now = Developed(shown.profile.poc, *shown.area)
        _draw_developed(canvas, area.x + column, area.y, rows, now)
    for naked in shown.naked:
        row = rows.row(naked.price)
        if 0 <= row < rows.count:
            glyphs = canvas.glyph[area.y + row, area.x : area.right]
            free = np.flatnonzero(glyphs == SPACE)
            canvas.glyph[area.y + row, area.x + free] = ord("┄")
            canvas.fg[area.y + row, area.x + free] = look.poc
    row = rows.row(shown.last)
    if 0 <= row < rows.count and 0 <= column < area.width - 1:
        canvas.text(area.x + column + 1, area.y + row, "◂", look.text, bold=True)


class _Past:
    """The columns of a path that are over; those drawn once are not drawn again."""

    def __init__(self, rows: PriceRows, width: int, look: Look) -> None:
        self._rows, self._width, self._look = rows, width, look
        self._parts: tuple[SessionProfile, ...] = ()
        self.canvas = Canvas(width, rows.count, look)

    def draw(self, path: Path) -> Canvas:
        """Draw what came since, or all anew where it is not what came before with more to it."""
        known = len(self._parts)
        if path.parts[:known] != self._parts:
            known, self.canvas = 0, Canvas(self._width, self._rows.count, self._look)
        for index in range(max(0, known - 1), len(path.parts)):
            until = path.number if index + 1 == len(path.parts) else path.parts[index + 1].number
            self._draw(path, index, until - path.first)
        # The last one reaches as far as nothing is traded, so it may have to be drawn on.
        self._parts = path.parts
        return self.canvas

    def _draw(self, path: Path, index: int, stop: int) -> None:
        """Draw a part, and how its end stood for as long as nothing was traded."""
        part, stood, canvas = path.parts[index], path.developed[index], self.canvas
        column = part.number - path.first
        if 0 <= column < self._width:
            sold, bought = part.profile.rows(self._rows.bottom, self._rows.count)
            at = np.flatnonzero((sold + bought)[::-1])
            canvas.glyph[at, column], canvas.fg[at, column] = ord("·"), self._look.dim
        for x in range(max(0, column), min(stop, self._width)):
            _draw_developed(canvas, x, 0, self._rows, stood)


@lru_cache(maxsize=8)
def _past(first: SessionProfile, rows: PriceRows, width: int, look: Look) -> _Past:
    """The past of the session that begins with this part."""
    return _Past(rows, width, look)


def _draw_developed(canvas: Canvas, x: int, y: int, rows: PriceRows, stood: Developed) -> None:
    """Tint the value area of one moment and mark its point of control."""
    look = canvas.look
    top, bottom = max(0, rows.row(stood.high)), min(rows.count - 1, rows.row(stood.low))
    if top <= bottom:
        canvas.tint(x, y + top, 1, look.panel, bottom - top + 1)
    marks = (
        (stood.high, "─", look.faint),
        (stood.low, "─", look.faint),
        (stood.poc, "━", look.poc),
    )
    for ticks, mark, ink in marks:
        row = rows.row(ticks)
        if 0 <= row < rows.count and (ink == look.poc or canvas.glyph[y + row, x] == SPACE):
            canvas.glyph[y + row, x], canvas.fg[y + row, x] = ord(mark), ink


def _draw_axis(canvas: Canvas, places: Places, shown: Shown) -> None:
    look, rows = canvas.look, shown.rows
    canvas.fill(0, 1, places.axis, rows.count, look.panel)
    edges = np.array(rows.edges(), np.int64)
    loud = (edges // rows.group) % 5 == 0
    ink = np.where(loud, look.text, look.dim).astype(np.uint8)[:, None]
    highest = max(0, (rows.bottom + rows.count - 1) * rows.group)
    scale = price_scale(shown.instrument, rows.group, highest)
    stamp(canvas, places.axis - 1 - scale.width, 1, scale.glyphs(edges), ink)
    row = rows.row(shown.last)
    if 0 <= row < rows.count:
        canvas.tint(0, 1 + row, places.axis, look.last)
        canvas.ink(0, 1 + row, places.axis, int(look.ink[look.last]), bold=True)


def _draw_bars(canvas: Canvas, area: Area, shown: Shown, sell: Lots, buy: Lots) -> None:
    """Draw each row's volume as a bar, sold first; what is outside the value area is darker."""
    look, rows = canvas.look, shown.rows
    if area.width < 1:
        return
    most = max(1, int(shown.profile.volume.max(initial=0)))
    inside = _inside(shown)
    sold_ink = np.where(inside, look.sell, look.sell_bar).astype(np.uint8)
    bought_ink = np.where(inside, look.buy, look.buy_bar).astype(np.uint8)
    total = -(-(sell + buy) * (8 * area.width) // most)
    sold = np.minimum((sell * (8 * area.width) + most // 2) // most, total)
    cells = 8 * np.arange(area.width)
    part, whole = (np.clip(length[:, None] - cells, 0, 8) for length in (sold, total))
    at = (slice(area.y, area.y + rows.count), slice(area.x, area.right))
    if look.mono:
        marks = np.where(inside[:, None], ord("█"), ord("▓"))
        light = np.where(inside[:, None], ord("▒"), ord("░"))
        glyphs = np.where(part >= 4, light, np.where(whole > 0, marks, SPACE))
        canvas.glyph[at] = glyphs
        return
    ground = canvas.bg[at]
    # A cell in which both end shows the larger part alone: it has two colours, not three.
    both = (part > 0) & (part < 8) & (whole == 8)
    length = np.where(both, part, whole)
    selling = part * 2 >= whole
    canvas.glyph[at] = LEFT_EIGHTHS[length]
    canvas.fg[at] = np.where(selling | both, sold_ink[:, None], bought_ink[:, None])
    canvas.bg[at] = np.where(both, bought_ink[:, None], ground)
    full = canvas.glyph[at] == FULL
    canvas.bg[at] = np.where(full, canvas.fg[at], canvas.bg[at])


def _inside(shown: Shown) -> NDArray[np.bool_]:
    """Which rows from the top are in the value area."""
    inside = np.zeros(shown.rows.count, np.bool_)
    if shown.area is not None:
        low, high = shown.area
        top, bottom = shown.rows.row(high), shown.rows.row(low)
        inside[max(0, top) : max(0, bottom + 1)] = True
    return inside


def _draw_numbers(canvas: Canvas, places: Places, shown: Shown) -> None:
    """Write each row's volume and delta."""
    look, width = canvas.look, places.digits - 1
    sell, buy = (s[::-1] for s in shown.written.rows(shown.rows.bottom, shown.rows.count))
    volume, delta = sell + buy, buy - sell
    poc = None if shown.profile.poc is None else shown.rows.row(shown.profile.poc)
    x = places.numbers
    if poc is not None and 0 <= poc < shown.rows.count and not look.mono:
        canvas.tint(x, 1 + poc, 2 * places.digits, look.poc_bar)
    scale = size_scale(shown.unit, int(volume.max(initial=0)), width)
    ink = np.where(_inside(shown), look.text, look.dim).astype(np.uint8)[:, None]
    stamp(canvas, x + 1, 1, scale.glyphs(volume, zeros=False), ink)
    scale = size_scale(shown.unit, int(np.abs(delta).max(initial=0)), width, signed=True)
    ink = np.where(delta > 0, look.buy, look.sell).astype(np.uint8)[:, None]
    stamp(canvas, x + 1 + places.digits, 1, scale.glyphs(delta, signed=True, zeros=False), ink)


def _draw_tags(canvas: Canvas, places: Places, shown: Shown) -> None:
    """Name the rows that matter, what matters most last, so that it stays where they meet."""
    look, rows = canvas.look, shown.rows
    tags = [(node, "lvn", look.dim, False) for node in shown.nodes.low]
    tags += [(node, "hvn", look.accent, False) for node in shown.nodes.high]
    tags += [(naked.price, "nPOC", look.poc, False) for naked in shown.naked]
    if shown.area is not None:
        low, high = shown.area
        tags += [(low, "VAL", look.text, True), (high, "VAH", look.text, True)]
    if shown.profile.poc is not None:
        tags.append((shown.profile.poc, "POC", look.poc, True))
    for ticks, word, ink, bold in tags:
        row = rows.row(ticks)
        if 0 <= row < rows.count:
            canvas.text(places.axis, 1 + row, f"{word:<4}", ink, look.background, bold=bold)


def naked_words(instrument: Instrument, rows: PriceRows, naked: Sequence[Naked]) -> list[str]:
    """Name the naked points of control that lie above and below the rows, the nearest first."""
    above = [found.price for found in naked if rows.row(found.price) < 0]
    below = [found.price for found in naked if rows.row(found.price) >= rows.count]
    words = [f"▲ {price(instrument, ticks)} naked" for ticks in sorted(above)[:1]]
    return words + [f"▼ {price(instrument, ticks)} naked" for ticks in sorted(below)[-1:]]


def column_length(least: int) -> int:
    """The finest round length in ns of at least `least`, from a second on: steps by which a chart
    that has got full makes room again without losing half of its columns.
    """
    return next((length for length in _LENGTHS if length >= least), -(-least // DAY) * DAY)


def began(start: int, length: int, zone: Zone) -> str:
    """When a session began: its day where it is one, its time where it is shorter.

    Days are those of UTC: where the clock shows another time at their midnight, that is told too.
    """
    if length < DAY or start % DAY:
        return zone.clock(start, millis=False)
    day, time = zone.date(start), zone.clock(start, millis=False)[:5]
    return f"{day[5:]} {time}" if zone.offset(start) % DAY else day


def gap_words(market: Market, start: int, end: int, zone: Zone) -> list[str]:
    """Say since when trades may be missing, where the feed had a gap between two times."""
    for gap in market.gaps:
        if gap.start < end and (gap.end is None or gap.end > start):
            return [f"~ gap at {zone.clock(gap.start, millis=False)}"]
    return []
