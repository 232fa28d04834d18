"""Studies: traded volume and cumulative delta as strips below a bar chart."""

from collections.abc import Sequence

import numpy as np

from market.bars import Bar
from market.cvd import Cvd, CvdPoint
from tui.area import Area
from tui.barchart import BarChart
from tui.candlestick import NOWHERE, draw_sticks, sticks
from tui.canvas import Canvas
from tui.columns import stack_columns
from tui.format import clock, compact_size, signed, text_width


def draw_header(canvas: Canvas, row: int, width: int, words: Sequence[str]) -> None:
    """Draw a rule with as many words on it, the first foremost, as fit without being cut."""
    canvas.hline(0, row, width, canvas.look.grid)
    text = f" {words[0]} "
    for word in words[1:]:
        if 1 + text_width(text) + text_width(word) + 3 > width:
            break
        text += f"· {word} "
    canvas.text(1, row, text[: max(0, width - 1)], canvas.look.dim)


def draw_volume(canvas: Canvas, area: Area, chart: BarChart) -> None:
    """Draw each bar's volume, sells below buys; a single colour where the split is unknown."""
    look, bars, instrument = canvas.look, chart.bars, chart.instrument
    most = _steady(max((bar.volume for bar in bars), default=0))
    strip = chart.place(Area(0, area.y + 1, area.width, area.height - 1))
    sell, buy, unknown = (
        chart.column([lots(bar) for bar in bars]) for lots in (_sold, _bought, _unsplit)
    )
    stack_columns(canvas, strip, (sell, buy), most, (look.sell, look.buy), chart.pitch)
    inks = (look.volume, look.volume)
    stack_columns(canvas, strip, (unknown, unknown * 0), most, inks, chart.pitch)
    words = [f"volume {instrument.base}".rstrip()]
    if bars and bars[-1].split:
        last = bars[-1]
        delta = signed(compact_size(instrument, last.delta))
        sold, bought = (compact_size(instrument, lots) for lots in (last.sell, last.buy))
        words += [f"sell {sold} buy {bought}", f"delta {delta}"]
    draw_header(canvas, area.y, area.width, words)
    canvas.text(area.width + 1, area.y + 1, compact_size(instrument, round(most)), look.faint)


def draw_cvd(canvas: Canvas, area: Area, chart: BarChart, cvd: Cvd) -> None:
    """Draw the running delta as steps, one a bar from the sum before it to the sum after it.

    Bars whose sum a gap has made doubtful are told in words and hatched like the gap itself.
    """
    look, instrument = canvas.look, chart.instrument
    points = cvd.before(chart.bars[-1].start + 1, len(chart.bars))
    ends = np.array([point.value for point in points], np.int64)
    begins = ends - np.array([bar.delta for bar in chart.bars[-len(points) :]], np.int64)
    low, high = int(min(begins.min(), ends.min())), int(max(begins.max(), ends.max()))
    rows = 8 * (area.height - 1)
    scale = (rows - 1) / max(1, high - low)
    opened, closed = (
        chart.column(np.rint((side - low) * scale).astype(np.int64).tolist(), NOWHERE)
        for side in (begins, ends)
    )
    strip = chart.place(Area(0, area.y + 1, area.width, area.height - 1))
    if low < 0 < high:
        zero = area.bottom - 1 - round(-low * scale) // 8
        canvas.hline(0, zero, area.width, look.grid, "╌")
    shape = sticks(opened, np.maximum(opened, closed), np.minimum(opened, closed), closed)
    draw_sticks(canvas, strip, shape, closed >= opened, chart.pitch)
    _cvd_words(canvas, area, chart, points[-1], int(cvd.bars.deltas()[0][0]))
    for row, lots in ((area.y + 1, high), (area.bottom - 1, low)):
        canvas.text(area.width + 1, row, compact_size(instrument, lots), look.faint)


def _cvd_words(canvas: Canvas, area: Area, chart: BarChart, last: CvdPoint, anchor: int) -> None:
    sum_now = signed(compact_size(chart.instrument, last.value, 8))
    words = [f"CVD {sum_now} {chart.instrument.base}".rstrip()]
    if not last.reliable:
        words.append("doubtful since a gap")
    words.append(f"since {clock(anchor, millis=False)}")
    draw_header(canvas, area.y, area.width, words)


def _steady(most: int) -> float:
    """A little more than the largest value, in steps of a fifth, so that the scale rests."""
    return float(1.2 ** np.ceil(np.log(most) / np.log(1.2))) if most > 0 else 0.0


def _sold(bar: Bar) -> int:
    return bar.sell if bar.split else 0


def _bought(bar: Bar) -> int:
    return bar.buy if bar.split else 0


def _unsplit(bar: Bar) -> int:
    return 0 if bar.split else bar.volume
