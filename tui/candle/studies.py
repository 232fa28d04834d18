"""Studies: traded volume and cumulative delta as strips below a bar chart.

Of each strip what stays as it is while the newest bar forms is drawn apart from that bar.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import ceil, log
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from market.bar import Bar, Run
from market.cvd import PartedSums, Sums
from tui.candle.barchart import BarChart, Past
from tui.candle.candlestick import draw_stick, draw_sticks, sticks
from tui.drawing.area import Area
from tui.drawing.axis import fitting_range
from tui.drawing.canvas import Canvas
from tui.drawing.columns import stack_column, stack_columns
from tui.drawing.format import compact, compact_size, signed, text_width
from tui.drawing.hatch import hatch

Mask = NDArray[np.bool_]

_BITS = 52
"""Of numbers that are drawn: so many leave room for eighths of as many rows as there can be."""
_SPARSE = 4
"""One cell in so many is a stroke, where something else is to be read."""


def steady_volume(most: int) -> float:
    """A little more than the largest value, in steps of a fifth, so that the scale rests."""
    return float(1.2 ** ceil(log(most) / log(1.2))) if most > 0 else 0.0


def _drawable(most: float) -> int:
    """Bits to leave out of numbers so large that eighths of them would not fit into 64 bits.

    Values in quote currency of coins with many digits are; sizes hardly ever.
    """
    return max(0, int(most).bit_length() - _BITS)


def draw_past_volume(canvas: Canvas, area: Area, past: Past, most: float) -> None:
    """Draw the volume of bars that are over; one colour where the split is unknown."""
    look, run = canvas.look, past.run
    canvas.hline(0, area.y, area.width, look.grid)
    canvas.text(area.width + 1, area.y + 1, _size(past, round(most)), look.faint)
    x = past.slots.cells(run.numbers)
    strip, pitch, bits = below(area), past.slots.pitch, _drawable(most)
    inks, most = (look.sell, look.buy), most / (1 << bits)
    stack_columns(canvas, strip, (run.sell >> bits, run.buy >> bits), most, inks, pitch, x)
    unknown = np.where(run.split > 0, 0, run.volume >> bits)
    if unknown.any():
        inks = (look.volume, look.volume)
        stack_columns(canvas, strip, (unknown, unknown * 0), most, inks, pitch, x)


def draw_volume(canvas: Canvas, area: Area, chart: BarChart, most: float) -> None:
    """Draw the newest bar's volume, sells below buys, and the words above the strip."""
    look, past, bar = canvas.look, chart.past, chart.newest
    lots = (bar.sell, bar.buy) if bar.split else (bar.volume, 0)
    inks = (look.sell, look.buy) if bar.split else (look.volume, look.volume)
    cell, bits = chart.newest_cell, _drawable(most)
    if cell is not None:
        lots, most = (lots[0] >> bits, lots[1] >> bits), most / (1 << bits)
        stack_column(canvas, below(area), lots, most, inks, past.slots.pitch, cell)
    words = [f"volume {past.instrument.base}".rstrip()]
    if bar.split:
        words.append(f"sell {_size(past, bar.sell)} buy {_size(past, bar.buy)}")
        words.append(f"delta {signed(_size(past, bar.delta))}")
    draw_words(canvas, area, words)


class CvdScale(NamedTuple):
    """The running delta of the bars that are over, and the sums that a strip covers, in lots."""

    sums: Sums
    begin: int
    stop: int
    low: int
    high: int
    alone: bool
    """Whether only the period of the newest bar is shown."""

    @property
    def shown(self) -> Mask:
        """Of the bars that are over: whether there is a sum, of a period that is shown."""
        return _shown(self.sums, self.begin, self.stop, self.alone)

    @classmethod
    def of(cls, found: PartedSums, run: Run, newest: Bar, alone: bool = False) -> Self:
        """A range that the newest bar seldom leaves: it has room for a delta as large as any."""
        end = found.newest.value
        begun = end - newest.delta
        low, high, reach = _extent(found.sums, found.begin, found.stop, run, alone)
        low, high = min(low, begun - reach, end), max(high, begun + reach, end)
        return cls(*found[:3], *fitting_range(low, max(high, low + 1)), alone)

    def eighth(self, lots: int, height: int) -> int:
        """A sum as eighths of a cell above the strip's bottom."""
        return (lots - self.low) * (8 * height - 1) // (self.high - self.low)


def draw_past_cvd(canvas: Canvas, area: Area, past: Past, scale: CvdScale) -> None:
    """Draw the running delta as steps, one a bar from the sum before it to the sum after it."""
    look, run, strip = canvas.look, past.run, below(area)
    canvas.hline(0, area.y, area.width, look.grid)
    if scale.low < 0 < scale.high:
        zero = strip.bottom - 1 - scale.eighth(0, strip.height) // 8
        canvas.hline(0, zero, area.width, look.grid, "╌")
    for row, lots in ((strip.y, scale.high), (strip.bottom - 1, scale.low)):
        text = compact(past.instrument.size(lots), 6)
        canvas.text(area.width + 1, row, text, look.faint)
    shown = scale.shown
    unsure = ~scale.sums.reliable[scale.begin : scale.stop] & shown
    if unsure.any():
        for left, width in _stretches(past, unsure):
            hatch(canvas, strip._replace(x=left, width=width), _SPARSE, keep=True)
    ends = scale.sums.values[scale.begin : scale.stop]
    begins = ends - (run.buy - run.sell)
    span, bits = 8 * strip.height - 1, _drawable(scale.high - scale.low)
    opened, closed = (
        ((sums - scale.low) >> bits) * span // ((scale.high - scale.low) >> bits)
        for sums in (begins, ends)
    )
    opened, closed, x = (c[shown] for c in (opened, closed, past.slots.cells(run.numbers)))
    shape = sticks(opened, np.maximum(opened, closed), np.minimum(opened, closed), closed)
    draw_sticks(canvas, strip, x, shape, (ends >= begins)[shown], past.slots.pitch)


def draw_cvd(
    canvas: Canvas, area: Area, chart: BarChart, found: PartedSums, scale: CvdScale
) -> None:
    """Draw the newest bar's step, and the words above; a gap makes the sum doubtful."""
    strip, past, last = below(area), chart.past, found.newest
    if not last.known:
        draw_words(canvas, area, [f"CVD {past.instrument.base}".rstrip(), "sides not stated yet"])
        return
    cell, begun = chart.newest_cell, last.value - chart.newest.delta
    if cell is not None:
        if not last.reliable:
            hatch(canvas, _newest_stretch(chart, strip, scale, cell), _SPARSE, keep=True)
        opened, closed = (scale.eighth(lots, strip.height) for lots in (begun, last.value))
        edges = (opened, max(opened, closed), min(opened, closed), closed)
        draw_stick(canvas, strip, cell, edges, last.value >= begun, past.slots.pitch)
    sum_now = signed(compact_size(past.instrument, last.value, 8))
    words = [f"CVD {sum_now} {past.instrument.base}".rstrip()]
    if not last.reliable:
        words.append("doubtful since a gap")
    words.append(f"since {canvas.look.zone.clock(_begun(found), millis=False)}")
    draw_words(canvas, area, words)


def _stretches(past: Past, some: Mask) -> list[tuple[int, int]]:
    """Where some of the bars that are over lie, up to the next where that is one of them too."""
    x, pitch = past.slots.cells(past.run.numbers).tolist(), past.slots.pitch
    found: list[tuple[int, int]] = []
    for index in np.flatnonzero(some).tolist():
        left, end = x[index], x[index] + pitch
        if index and some[index - 1] and x[index - 1] < left:
            left = x[index - 1] + pitch
        found.append((left, end - left))
    return found


def _newest_stretch(chart: BarChart, strip: Area, scale: CvdScale, cell: int) -> Area:
    """Where the newest bar lies, from the one before it where that is doubtful too."""
    past, left, end = chart.past, cell, cell + chart.past.slots.pitch
    if len(past.run) and scale.shown[-1] and not scale.sums.reliable[scale.stop - 1]:
        before = past.slots.cell(int(past.run.numbers[-1])) + past.slots.pitch
        left = min(left, before)
    return strip._replace(x=left, width=min(end, strip.right) - left)


def _begun(found: PartedSums) -> int:
    """When the period of the newest bar in sight began, as far as bars are held."""
    period = found.sums.period
    first = int(np.searchsorted(period, period[found.stop]))
    first += int(found.sums.known[first:].argmax())
    return int(found.sums.starts[first])


@lru_cache(maxsize=16)
def _extent(sums: Sums, begin: int, stop: int, run: Run, alone: bool) -> tuple[int, int, int]:
    """The lowest and highest sum of bars that are over, and the largest delta of one of them."""
    shown = _shown(sums, begin, stop, alone)
    values, deltas = sums.values[begin:stop][shown], (run.buy - run.sell)[shown]
    if not len(values):
        return _BEYOND, -_BEYOND, 0
    both = np.concatenate((values, values - deltas))
    return int(both.min()), int(both.max()), int(np.abs(deltas).max())


def _shown(sums: Sums, begin: int, stop: int, alone: bool) -> Mask:
    known = sums.known[begin:stop]
    if not alone:
        return known
    here: Mask = sums.period[begin:stop] == sums.period[stop]
    return known & here


def draw_words(canvas: Canvas, area: Area, words: Sequence[str]) -> None:
    """Write as many words on the rule above a strip, the first foremost, as fit without a cut."""
    end = area.width
    text = f" {words[0]} "[: max(0, end - 1)]
    x = 1 + text_width(text)
    for word in words[1:]:
        x += text_width(word) + 3
        if x > end:
            break
        text += f"· {word} "
    canvas.text(1, area.y, text, canvas.look.dim)


def below(area: Area) -> Area:
    """The strip without the row for the words."""
    return Area(area.x, area.y + 1, area.width, area.height - 1)


def _size(past: Past, lots: int) -> str:
    return compact_size(past.instrument, lots)


_BEYOND = 1 << 62
