"""Ruler: how far it is between two points of a chart, and what traded between them."""

from collections.abc import Sequence
from typing import NamedTuple

from market.basis import Basis, TimeBasis
from market.between import Between, traded_between
from market.drawings import Point
from market.instrument import Instrument, plain
from market.market import Market
from tui.drawing.area import Area
from tui.drawing.canvas import Canvas
from tui.drawing.format import compact_size, duration, price, signed, text_width
from tui.drawing.measure import Measure
from tui.sketch.sheet import Sheet


class Ruler(NamedTuple):
    """Two points, the numbers of their bars or columns, and what traded in those."""

    begin: Point
    end: Point
    columns: tuple[int, int]
    unit: str
    """What a column is called: bar or column."""
    traded: Between

    @classmethod
    def of(
        cls,
        market: Market,
        basis: Basis,
        points: tuple[Point, Point],
        columns: tuple[int, int],
        end: int | None = None,
        valued: bool = False,
    ) -> "Ruler":
        """Lay it between two points; `end` is the time at which bars begin that are not seen."""
        return cls(*points, columns, "bar", traded_between(market, basis, *columns, end, valued))

    @classmethod
    def over(
        cls, market: Market, interval: int, begin: Point, end: Point, valued: bool = False
    ) -> "Ruler":
        """Lay it between two columns of a heatmap."""
        columns = begin.at // interval, end.at // interval
        laid = cls.of(market, TimeBasis(interval), (begin, end), columns, None, valued)
        return laid._replace(unit="column")

    def words(self, instrument: Instrument, measure: Measure = Measure.BASE) -> tuple[str, ...]:
        """Price, percent, ticks, columns, time and what traded, the longest wording first."""
        change, columns = self.end.ticks - self.begin.ticks, abs(self.columns[1] - self.columns[0])
        way = f"{'-' if change < 0 else '+'}{price(instrument, abs(change))}"
        if self.begin.ticks > 0:
            way += f" ({100 * change / self.begin.ticks:+.2f} %)"
        far = f"{columns} {self.unit}{'s' * (columns != 1)}"
        time = duration(self.end.at - self.begin.at)
        ticks = f"{abs(change)} tick{'s' * (abs(change) != 1)}"
        sums = f"V {compact_size(instrument, self.traded.volume)}"
        if measure is not Measure.BASE and instrument.base:
            sums += f" {instrument.base}"
        if self.traded.delta is not None:
            sums += f" Δ {signed(compact_size(instrument, self.traded.delta))}"
        parts = ((way, ticks, far, time, sums), (way, far, time, sums), (way, far, time), (way,))
        return tuple(" · ".join(part) for part in parts)

    def numbers(self, instrument: Instrument) -> dict[str, object]:
        """The same in numbers: exact but for the percentage."""
        change, (volume, delta) = self.end.ticks - self.begin.ticks, self.traded
        begin = self.begin.ticks
        return {
            "from": {"time": self.begin.at, "price": plain(instrument.price(begin))},
            "to": {"time": self.end.at, "price": plain(instrument.price(self.end.ticks))},
            "change": plain(instrument.price(change)),
            "percent": round(100 * change / begin, 6) if begin > 0 else None,
            "ticks": change,
            "columns": self.columns[1] - self.columns[0],
            "time": self.end.at - self.begin.at,
            "volume": plain(instrument.size(volume)),
            "delta": None if delta is None else plain(instrument.size(delta)),
        }


def draw_ruler(
    canvas: Canvas, sheet: Sheet, ends: tuple[int | None, int | None], ruler: Ruler
) -> None:
    """Tint what lies between two cells of a chart, or frame it where colours are what is shown.

    `ends` are the columns of both points from the area's left; None where one is out of sight.
    """
    area, look = sheet.area, canvas.look
    if not sheet.fits(canvas):
        return
    edges = [area.x if end is None else area.x + end for end in ends]
    left, right = max(area.x, min(edges)), min(area.right - 1, max(edges))
    rows = [sheet.row(point.ticks) for point in (ruler.begin, ruler.end)]
    top, bottom = sorted(min(max(row, 0), area.height - 1) for row in rows)
    place = slice(area.y + top, area.y + bottom + 1), slice(left, right + 1)
    if sheet.halves:
        _frame(canvas, place)
    else:
        # Bodies that hang in a cell have the ground for ink.
        for layer in (canvas.bg[place], canvas.fg[place]):
            layer[layer == look.background] = look.selection
    for edge, end, row in zip(edges, ends, rows, strict=True):
        if end is not None and area.x <= edge < area.right and 0 <= row < area.height:
            canvas.mark(edge, area.y + row, "+", look.accent)


def _frame(canvas: Canvas, place: tuple[slice, slice]) -> None:
    """Draw lines around a part of a picture of heat, which a tint would change."""
    (top, bottom), (left, right) = ((part.start, part.stop - 1) for part in place)
    ink = canvas.look.accent
    for y in (top, bottom):
        canvas.hline(left, y, right - left + 1, ink)
    for x in (left, right):
        canvas.vline(x, top, bottom - top + 1, ink)
    for x, y, glyph in ((left, top, "┌"), (right, top, "┐"), (left, bottom, "└")):
        canvas.mark(x, y, glyph, ink)
    canvas.mark(right, bottom, "┘", ink)


def write_words(canvas: Canvas, area: Area, row: int, words: Sequence[str]) -> None:
    """Write the longest words that fit at a chart's left on a ground of their own."""
    look = canvas.look
    text = next((word for word in words if text_width(word) + 2 <= area.width), words[-1])
    text = f" {text} "[: max(0, area.width)]
    if row < area.bottom and text:
        canvas.text(area.x, row, text, look.text, look.panel)
