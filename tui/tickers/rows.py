"""Ticker rows: the columns of the table of instruments, their heads, and its lines."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from market.instrument import plain
from tui.drawing.area import Area
from tui.drawing.canvas import Canvas
from tui.drawing.format import shortened, signed
from tui.drawing.look import Look
from tui.drawing.spark import draw_spark
from tui.tickers.table import FIELDS, Column, Row, Wish

COLUMNS: tuple[Column, ...] = (
    *("volume", "change", "price", "funding", "interest", "new%", "new"),
    *("delta", "symbol"),
)
"""What `u` goes through."""
_NAME = 20
"""The least cells of a name."""
_MORE = 12
"""Cells that a name gets where there is room."""
_HEADS: dict[Column, tuple[str, int]] = {
    "price": ("price", 12),
    "change": ("change", 10),
    "volume": ("volume", 9),
    "funding": ("funding", 10),
    "interest": ("OI", 9),
    "new%": ("OI chg%", 10),
    "new": ("OI chg", 9),
    "delta": ("delta", 9),
}
"""Columns from the left, what they are called, and their cells."""
_FIRST: tuple[Column, ...] = (
    *("price", "change", "volume", "funding", "interest", "new%", "delta"),
)
"""Columns that stay before others where there is no room for all; the one that sorts always does.

The change of open interest in money comes after the trend.
"""
_TREND = 16
"""The least cells of a trend worth drawing."""
MARKED: Final = 3
"""Cells that a click marks a favourite in."""


class Place(NamedTuple):
    """A column of the table: its first cell and the one after its last."""

    column: Column
    head: str
    x: int
    end: int


@lru_cache(maxsize=64)
def places_of(width: int, sort: Column) -> tuple[Place, ...]:
    """The columns there is room for; of what is left the trend comes before longer names."""
    room = width - _NAME - 5
    fitting = set[Column]()
    for column in dict.fromkeys((*((sort,) * (sort in _HEADS)), *_FIRST, "new")):
        cells = _HEADS[column][1]
        beside = _MORE + _TREND + 3 if column not in (sort, *_FIRST) else 0
        if room < cells + beside:
            break
        fitting.add(column)
        room -= cells
    trend = _TREND + 3
    x = 4 + _NAME + min(room - trend if room > trend else room, _MORE)
    places: list[Place] = []
    for column, (head, cells) in _HEADS.items():
        if column in fitting:
            places.append(Place(column, head, x, x + cells))
            x += cells
    return tuple(places)


def draw_heads(canvas: Canvas, places: Sequence[Place], wish: Wish, span: str) -> None:
    """Draw the heads: that of the column which sorts is lit and says which way."""
    look = canvas.look
    canvas.fill(0, 1, canvas.width, 1, look.panel)
    mark = "▲" if wish.turned else "▼"
    own = wish.sort if not wish.query.strip() else None
    canvas.text(3, 1, f"instrument{mark if own == 'symbol' else ''}", look.dim)
    for place in places:
        lit = place.column == own
        ink = look.accent if lit else look.dim
        canvas.right(place.end, 1, f"{place.head}{mark if lit else ''}", ink, bold=lit)
    end = places[-1].end if places else 0
    if canvas.width - end > _TREND:
        canvas.text(end + 2, 1, f"last {span}", look.dim)


@lru_cache(maxsize=256)
def drawn_row(
    row: Row, columns: tuple[int, Column], favourite: bool, lit: bool, look: Look
) -> Canvas:
    """A row of the table, never to be drawn on: of those that are only listed none changes."""
    (width, _), places = columns, places_of(*columns)
    canvas = Canvas(width, 1, look)
    if lit:
        canvas.fill(0, 0, width, 1, look.selection)
        canvas.text(0, 0, "▸", look.accent, bold=True)
    canvas.text(1, 0, "★" if favourite else " ", look.poc)
    name_end = places[0].x if places else width
    ink = look.text if row.watched else look.dim
    canvas.text(3, 0, shortened(row.id, max(0, name_end - 4)), ink, bold=row.watched)
    for place in places:
        text, ink = _cell(row, place.column, look)
        canvas.right(place.end, 0, text[: place.end - place.x], ink)
    end = places[-1].end if places else width
    if row.trend and width - end > _TREND:
        low, high = min(row.trend), max(row.trend)
        values = np.array(row.trend, np.float64) - low + max(1, high - low) / 8
        most = max(1, high - low) * 9 / 8
        room = width - end - 3
        pick = np.linspace(0, len(values) - 1, min(room, len(values))).astype(np.intp)
        ink = look.buy if row.trend[-1] >= row.trend[0] else look.sell
        draw_spark(canvas, Area(end + 2, 0, len(pick), 1), values[pick], most, (ink, ink))
    return canvas


def _cell(row: Row, column: Column, look: Look) -> tuple[str, int]:
    """The text of a cell and its colour; what is not of the whole span says so."""
    changed = column in ("new%", "new")
    whole = row.held if column == "delta" else row.interest_whole if changed else row.whole
    part = "" if whole else "~"
    value = getattr(row, FIELDS.get(column, column))
    if value is None:
        return "-", look.faint
    plainly = look.dim if row.listed else look.text
    match column:
        case "price":
            return shortened(plain(value), 11), plainly
        case "change" | "delta" | "new%" | "new":
            ink = look.buy if value > 0 else look.sell if value < 0 else plainly
            text = f"{value + 0.0:+.1f}%" if column == "delta" else f"{value + 0.0:+.2f}%"
            text = signed(_amount(value)) if column == "new" else text
            return f"{part}{text}", plainly if row.listed else ink
        case "funding":
            return f"{value:+.4f}%", plainly
        case _:
            return f"{part if column == 'volume' else ''}{_amount(value)}", plainly


def head_at(places: Sequence[Place], width: int, x: int) -> Column | None:
    """The column whose head is at a cell."""
    if MARKED <= x < (places[0].x if places else width):
        return "symbol"
    return next((place.column for place in places if place.x <= x < place.end), None)


def _amount(value: float) -> str:
    """An amount of money in three digits: `950k`, `10.9G`."""
    for suffix in ("", "k", "M", "G"):
        if abs(value) < 999.5:
            return f"{value:.3g}{suffix}"
        value /= 1000
    return f"{value:.3g}T"
