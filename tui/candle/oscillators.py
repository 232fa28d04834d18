"""Oscillator strips: RSI as bars from 50, MACD as bars of its histogram with both its lines."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.market import Market
from market.oscillators import Macd, Rsi, macd_of, rsi_of
from tui.candle.barchart import BarChart
from tui.candle.candlestick import draw_sticks, sticks
from tui.candle.overlays import draw_line
from tui.candle.studies import below, draw_words
from tui.drawing.area import Area
from tui.drawing.axis import PriceAxis, fitting_range
from tui.drawing.canvas import Canvas
from tui.drawing.format import compact, signed

Values = NDArray[np.float64]

_ALL = 1 << 40
_FINE: Final = 1000
"""Parts of a tick that a scale of MACD is made of."""
_ROOMY: Final = 4
"""Rows in which lines beside bars can be told apart."""
_HIGH: Final = 70.0
_LOW: Final = 30.0
"""Where Wilder draws lines."""


class _Plot(NamedTuple):
    """Where bars are in a strip, and what its lowest and its highest eighth stand for."""

    x: NDArray[np.int64]
    bars: int
    """How many there are up to the newest, whether that is in sight or not."""
    pitch: int
    low: float
    high: float

    def parts(self, values: Values, strip: Area) -> NDArray[np.int64]:
        """Values as eighths of a row above the strip's bottom."""
        share = (values - self.low) / (self.high - self.low)
        eighths: NDArray[np.int64] = np.floor(share * (8 * strip.height - 1)).astype(np.int64)
        return eighths


def draw_oscillator(
    canvas: Canvas, area: Area, chart: BarChart, market: Market, wanted: Rsi | Macd
) -> None:
    """Draw the strip of one of them."""
    canvas.hline(0, area.y, area.width, canvas.look.grid)
    match wanted:
        case Rsi():
            _draw_rsi(canvas, area, chart, market, wanted)
        case Macd():
            _draw_macd(canvas, area, chart, market, wanted)


def _draw_rsi(canvas: Canvas, area: Area, chart: BarChart, market: Market, wanted: Rsi) -> None:
    parted = market.bars(chart.past.basis).parted(chart.end, _ALL)
    if parted is None:
        return
    values, strip = rsi_of(parted, wanted), below(area)
    plot = _plot(chart, _LOW - 10, _HIGH + 10)
    seen = _shown(values, plot)
    known = seen[np.isfinite(seen)]
    plot = plot._replace(
        low=10 * np.floor(known.min(initial=plot.low) / 10),
        high=10 * np.ceil(known.max(initial=plot.high) / 10),
    )
    for level in (_HIGH, _LOW):
        row = strip.bottom - 1 - int(plot.parts(np.array([level]), strip)[0]) // 8
        canvas.hline(0, row, area.width, canvas.look.grid, "╌")
        canvas.text(area.width + 1, row, f"{level:.0f}", canvas.look.faint)
    _draw_bars(canvas, strip, plot, seen, 50.0)
    newest = float(values[-1])
    words = f"from {wanted.bars + 1} bars on"
    if newest == newest:
        words = f"{newest:.1f}"
    elif len(values) > wanted.bars:
        words = "nothing has moved"
    draw_words(canvas, area, [f"RSI {wanted.bars}", words])


def _draw_macd(canvas: Canvas, area: Area, chart: BarChart, market: Market, wanted: Macd) -> None:
    parted = market.bars(chart.past.basis).parted(chart.end, _ALL)
    if parted is None:
        return
    found, plot = macd_of(parted, wanted), _plot(chart, 0.0, 1.0)
    columns = [_FINE * _shown(values, plot) for values in (*found, found.histogram)]
    strip = below(area)
    roomy = strip.height >= _ROOMY
    known = np.concatenate([*(columns if roomy else columns[2:]), np.zeros(1)])
    known = known[np.isfinite(known)]
    low, high = fitting_range(int(np.floor(known.min())), max(1, int(np.ceil(known.max()))))
    plot = plot._replace(low=float(low), high=float(high))
    macd, signal, histogram = columns
    zero = strip.bottom - 1 - int(plot.parts(np.zeros(1), strip)[0]) // 8
    canvas.hline(0, zero, area.width, canvas.look.grid, "╌")
    _draw_bars(canvas, strip, plot, histogram, 0.0)
    axis = PriceAxis(low, high, strip.height)
    drawn = ((macd, canvas.look.accent), (signal, canvas.look.poc)) if roomy else ()
    for values, ink in drawn:
        inks = np.full(len(values), ink, np.uint8)
        draw_line(canvas, strip, axis, plot.x, values, plot.pitch, inks, over=True)
    tick = float(chart.past.instrument.tick_size)
    for row, value in ((strip.y, high), (strip.bottom - 1, low)):
        canvas.text(area.width + 1, row, compact(value * tick / _FINE, 6), canvas.look.faint)
    name = f"MACD {wanted.fast},{wanted.slow},{wanted.signal}"
    draw_words(canvas, area, [name, *_macd_words(found.macd, found.signal, wanted, tick)])


def _macd_words(macd: Values, signal: Values, wanted: Macd, tick: float) -> list[str]:
    """Both lines and the histogram at the newest bar, or from when on there are any."""
    first, second = float(macd[-1]), float(signal[-1])
    if first != first:
        return [f"from {wanted.slow} bars on"]
    words = [signed(compact(first * tick, 8))]
    if second != second:
        return [*words, f"signal from {wanted.slow + wanted.signal - 1} bars on"]
    apart = signed(compact((first - second) * tick, 8))
    return [*words, f"signal {signed(compact(second * tick, 8))}", f"histogram {apart}"]


def _plot(chart: BarChart, low: float, high: float) -> _Plot:
    past, cell = chart.past, chart.newest_cell
    x = past.slots.cells(past.run.numbers)
    if cell is not None:
        x = np.append(x, cell)
    return _Plot(x, len(past.run) + 1, past.slots.pitch, low, high)


def _shown(values: Values, plot: _Plot) -> Values:
    """Of the values of all bars those of the bars in sight."""
    return values[-plot.bars :][: len(plot.x)]


def _draw_bars(canvas: Canvas, strip: Area, plot: _Plot, values: Values, begin: float) -> None:
    """Draw bars from one value to those of the bars in sight, where they are known."""
    known = np.isfinite(values)
    if strip.height < 1 or not known.any():
        return
    ends = plot.parts(values[known], strip)
    begins = plot.parts(np.full(len(ends), begin), strip)
    shape = sticks(begins, np.maximum(begins, ends), np.minimum(begins, ends), ends)
    draw_sticks(canvas, strip, plot.x[known], shape, values[known] >= begin, plot.pitch)
