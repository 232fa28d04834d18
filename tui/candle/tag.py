"""Candle tag: the last price on the axis, what is left of its bar, and a line at that price."""

from market.basis import (
    DeltaBasis,
    RangeBasis,
    RenkoBasis,
    TickBasis,
    TimeBasis,
    VolumeBasis,
)
from market.market import Market
from tui.candle.barchart import BarChart
from tui.drawing.area import Area
from tui.drawing.axis import PriceAxis, draw_price_tag
from tui.drawing.canvas import SPACE, Canvas
from tui.drawing.format import duration, price

_LINE = ord("╌")
_SECOND = 1_000_000_000


def draw_tag(canvas: Canvas, area: Area, axis: PriceAxis, chart: BarChart, left: str) -> None:
    """Draw a line at the newest close, its price on the axis and below that what is left."""
    look, close = canvas.look, chart.newest.close
    row = axis.cell(close)
    if 0 <= row < area.height:
        place = area.y + row, slice(area.x, area.right)
        free = canvas.glyph[place] == SPACE
        canvas.glyph[place][free], canvas.fg[place][free] = _LINE, look.grid
    draw_price_tag(canvas, area.right, area.y, axis, price(chart.past.instrument, close), close)
    width = canvas.width - area.right
    if left and len(left) < width and axis.cells > 1:
        row = min(max(row, 0), axis.cells - 1)
        row += 1 if row + 1 < axis.cells else -1
        text = f" {left}".ljust(width)
        canvas.text(area.right, area.y + row, text, int(look.ink[look.last]), look.last)


def left_words(market: Market, chart: BarChart, until: int | None, room: int) -> str:
    """How long the forming bar still takes, or which share of it is done, in so many cells."""
    basis = chart.past.basis
    if until is not None:
        return ""
    if isinstance(basis, TimeBasis):
        left = basis.interval - market.clock % basis.interval
        words = [countdown(left), duration(left)]
    else:
        words = [f"{100 * _share(chart):.0f} %"]
    return next((word for word in words if len(word) <= room), "")


def countdown(left: int) -> str:
    """A time as a clock shows it: `0:07`, `14:59`, `3:59:00`, `6d 03:00`."""
    minutes, seconds = divmod(-(-left // _SECOND), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d {hours:02}:{minutes:02}"
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _share(chart: BarChart) -> float:
    """How much of a bar that no clock closes is there; of a brick of the way that it took."""
    bar, size = chart.newest, chart.past.instrument.size
    match chart.past.basis:
        case TickBasis(trades):
            return bar.trades / trades
        case VolumeBasis(volume):
            return min(1.0, float(size(bar.volume) / volume))
        case DeltaBasis(volume):
            return min(1.0, float(size(abs(bar.delta)) / volume))
        case RangeBasis(ticks):
            return (bar.high - bar.low) / ticks
        case RenkoBasis():
            edge = chart.past.edges(bar)[bar.close >= bar.open]
            return (bar.close - bar.open) / (edge - bar.open)
        case _:
            return 1.0
