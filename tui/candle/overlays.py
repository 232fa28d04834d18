"""Overlays: VWAP, moving averages and bands as lines through the free cells of a chart."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.averages import Average, averages_of
from market.bar import Bar
from market.basis import resolved
from market.cvd import Anchor, begin_of
from market.instrument import Instrument, decimals
from market.market import Market
from market.oscillators import Bollinger, bollinger_of
from market.vwap import vwap
from tui.candle.barchart import BarChart
from tui.drawing.area import Area
from tui.drawing.axis import PriceAxis
from tui.drawing.canvas import SPACE, Canvas
from tui.drawing.zones import Zone

Values = NDArray[np.float64]

_THIRDS = np.array([ord("▁"), ord("─"), ord("▔")], np.uint32)
"""A line low, in the middle and high in its cell."""
_BAND = ord("·")
_ALL = 1 << 40
_INKS = ("accent", "text", "live")
"""Roles of moving averages, in the order that they are named in."""
_FREE = np.array([SPACE, ord("╌")], np.uint32)
"""Over which names of lines and averages may be written."""


class VwapLines(NamedTuple):
    """Where the lines are at each bar in sight, in ticks; NaN where there is none."""

    x: NDArray[np.int64]
    """First cells of the bars' slots."""
    middle: Values
    sigma: Values
    doubts: NDArray[np.bool_]
    """Whether trades were missed between the anchor and the end of each bar."""
    since: int
    """When the newest sum began."""

    @property
    def newest(self) -> tuple[float, float] | None:
        """The average and its sigma at the newest bar, in ticks."""
        if not len(self.middle) or np.isnan(self.middle[-1]):
            return None
        return float(self.middle[-1]), float(self.sigma[-1])


def vwap_lines(market: Market, chart: BarChart, anchor: Anchor, since: int) -> VwapLines | None:
    """The lines of the bars of a chart; None where nothing was traded."""
    past, cell = chart.past, chart.newest_cell
    found = vwap(market.trades, resolved(past.basis, market.instrument), anchor, since)
    begun = found.since
    if begun is None:
        return None
    bars, numbers, x = past.run.bars, past.run.numbers, past.slots.cells(past.run.numbers)
    if cell is not None:
        numbers, x = np.append(numbers, past.number), np.append(x, cell)
        bars = (*bars, chart.newest)
    spreads = found.at(numbers)
    middle = np.array([np.nan if one is None else one.mean for one in spreads])
    sigma = np.array([np.nan if one is None else one.sigma for one in spreads])
    return VwapLines(x, middle, sigma, doubts(market, bars, anchor, begun), begun)


def draw_vwap(
    canvas: Canvas, area: Area, axis: PriceAxis, lines: VwapLines, bands: int, chart: BarChart
) -> None:
    """Draw the average and so many bands on either side where nothing else is, and their names."""
    look, pitch = canvas.look, chart.past.slots.pitch
    middle = np.where(lines.doubts, np.uint8(look.dim), np.uint8(look.poc))
    draw_line(canvas, area, axis, lines.x, lines.middle, pitch, middle)
    if bands:
        sides = np.array([side for n in range(1, bands + 1) for side in (n, -n)])
        values = (lines.middle + sides[:, None] * lines.sigma).ravel()
        inks = np.where(np.abs(sides) == 1, np.uint8(look.dim), np.uint8(look.faint))
        x, inks = np.tile(lines.x, len(sides)), np.repeat(inks, len(lines.x))
        draw_line(canvas, area, axis, x, values, pitch, inks, band=True)
    if lines.newest is not None:
        _draw_names(canvas, area, axis, lines, bands, int(lines.x[-1]) + pitch)
        _draw_label(canvas, area, axis, lines.newest[0], chart.past.instrument, int(middle[-1]))


def vwap_words(instrument: Instrument, lines: VwapLines, zone: Zone) -> list[str]:
    """The average at the newest bar for the title, and since when it is."""
    if lines.newest is None:
        return []
    middle, sigma = (_words(instrument, ticks) for ticks in lines.newest)
    doubtful = bool(lines.doubts[-1])
    since = f"VWAP since {zone.clock(lines.since, millis=False)}"
    words = f"VWAP {'?' if doubtful else ''}{middle} σ {sigma}"
    return [words, f"{since}, doubtful: a gap" if doubtful else since]


def draw_averages(
    canvas: Canvas,
    area: Area,
    axis: PriceAxis,
    chart: BarChart,
    market: Market,
    averages: Sequence[Average],
) -> list[str]:
    """Draw moving averages where nothing else is; each at the newest bar, in words."""
    past, cell, look = chart.past, chart.newest_cell, canvas.look
    shown = len(past.run) + 1
    # An exponential one depends on all that is held, however little of it is in sight.
    early = any(average.exponential for average in averages)
    count = _ALL if early else shown + max(average.bars for average in averages)
    parted = market.bars(past.basis).parted(chart.end, count)
    if parted is None:
        return []
    x, words = past.slots.cells(past.run.numbers), list[str]()
    if cell is not None:
        x = np.append(x, cell)
    for average, values, role in zip(averages, averages_of(parted, averages), _INKS, strict=False):
        ink, last = getattr(look, role), float(values[-1])
        seen = values[-shown:][: len(x)]
        inks = np.full(len(x), ink, np.uint8)
        draw_line(canvas, area, axis, x, seen, past.slots.pitch, inks, over=True)
        if np.isnan(last):
            words.append(f"{average.name} from {average.bars} bars on")
            continue
        words.append(f"{average.name} {_words(past.instrument, last)}")
        if cell is not None:
            _draw_name(canvas, area, axis, last, average.name, cell + past.slots.pitch, ink)
            _draw_label(canvas, area, axis, last, past.instrument, ink)
    return words


def draw_bollinger(
    canvas: Canvas,
    area: Area,
    axis: PriceAxis,
    chart: BarChart,
    market: Market,
    wanted: Bollinger,
) -> list[str]:
    """Draw mean and bands where nothing else is; both at the newest bar, in words."""
    past, cell, ink = chart.past, chart.newest_cell, canvas.look.dim
    shown = len(past.run) + 1
    parted = market.bars(past.basis).parted(chart.end, shown + wanted.bars)
    if parted is None:
        return []
    bands, x = bollinger_of(parted, wanted), past.slots.cells(past.run.numbers)
    if cell is not None:
        x = np.append(x, cell)
    middle, sigma = (values[-shown:][: len(x)] for values in bands)
    pitch, inks = past.slots.pitch, np.full(len(x), ink, np.uint8)
    for reach in (wanted.deviations * sigma, -wanted.deviations * sigma):
        draw_line(canvas, area, axis, x, middle + reach, pitch, inks)
    draw_line(canvas, area, axis, x, middle, pitch, inks, band=True)
    mean, apart = float(bands.middle[-1]), wanted.deviations * float(bands.sigma[-1])
    if np.isnan(mean):
        return [f"{wanted.name} from {wanted.bars} bars on"]
    if cell is not None:
        names = (mean, wanted.name), (mean + apart, "BB+"), (mean - apart, "BB-")
        for value, name in names:
            _draw_name(canvas, area, axis, value, name, cell + pitch, ink)
    instrument = past.instrument
    return [f"{wanted.name} {_words(instrument, mean)} ± {_words(instrument, apart)}"]


def _words(instrument: Instrument, ticks: float) -> str:
    """A price or a distance to a tenth of a tick."""
    return f"{ticks * float(instrument.tick_size):.{decimals(instrument.tick_size) + 1}f}"


def _draw_names(
    canvas: Canvas, area: Area, axis: PriceAxis, lines: VwapLines, bands: int, x: int
) -> None:
    """Write what each line is right of the newest bar, where nothing else is."""
    assert lines.newest is not None
    ticks, sigma = lines.newest
    sides = [side for sigmas in range(1, bands + 1) for side in (sigmas, -sigmas)]
    names = [(ticks, "VWAP"), *((ticks + side * sigma, f"{side:+}σ") for side in sides)]
    for value, name in names:
        _draw_name(canvas, area, axis, value, name, x, canvas.look.dim)


def _draw_name(
    canvas: Canvas, area: Area, axis: PriceAxis, value: float, name: str, x: int, ink: int
) -> None:
    row, name = axis.cell(round(value)), f" {name}"
    end = x + len(name)
    if not 0 <= row < area.height or end > min(area.right, canvas.width):
        return
    if np.isin(canvas.glyph[area.y + row, x:end], _FREE).all():
        canvas.text(x, area.y + row, name, ink)


def _draw_label(
    canvas: Canvas, area: Area, axis: PriceAxis, ticks: float, instrument: Instrument, ink: int
) -> None:
    """Write the average on the axis, unless the last price is there."""
    row = axis.cell(round(ticks))
    if not (0 <= row < area.height and area.right < canvas.width):
        return
    if canvas.bg[area.y + row, area.right] != canvas.look.last:
        text = _words(instrument, ticks).ljust(canvas.width - area.right - 1)
        canvas.text(area.right + 1, area.y + row, text, ink)


def draw_line(
    canvas: Canvas,
    area: Area,
    axis: PriceAxis,
    x: NDArray[np.int64],
    values: Values,
    pitch: int,
    inks: NDArray[np.uint8],
    band: bool = False,
    over: bool = False,
) -> None:
    """Draw values at bars where nothing else is, or `over` the line of the last price too."""
    known = np.isfinite(values)
    thirds = np.full(len(values), -1, np.int64)
    height = (values[known] - axis.low) * 3 * axis.cells / max(1, axis.high - axis.low)
    thirds[known] = np.clip(np.floor(height), -1, 3 * axis.cells)
    rows = axis.cells - 1 - thirds // 3
    # Dots stand in every other cell however wide the bars are.
    across = np.arange(0, pitch, 2 if band else 1)
    columns = (x[:, None] + across).ravel()
    rows, thirds = (np.repeat(part, len(across)) for part in (rows, thirds % 3))
    ink = np.repeat(inks, len(across))
    inside = (rows >= 0) & (rows < area.height) & (columns >= area.x)
    inside &= columns < min(area.right, canvas.width)
    at = rows[inside] + area.y, columns[inside]
    free = np.isin(canvas.glyph[at], _FREE) if over else canvas.glyph[at] == SPACE
    place = at[0][free], at[1][free]
    canvas.glyph[place] = _BAND if band else _THIRDS[thirds[inside][free]]
    canvas.fg[place] = ink[inside][free]


def doubts(market: Market, bars: Sequence[Bar], anchor: Anchor, begun: int) -> NDArray[np.bool_]:
    """Whether a gap lies between where the sum of each bar began and the bar's end."""
    if not market.gaps:
        return np.zeros(len(bars), np.bool_)
    starts = np.array([bar.start for bar in bars], np.int64)
    ends = np.array([bar.end for bar in bars], np.int64)
    first = int(market.trades.since(market.trades.first).ts[0])
    begins = np.full(len(bars), begun, np.int64)
    if anchor in (Anchor.SESSION, Anchor.WEEK):
        begins = np.maximum(begin_of(starts, anchor), first)
    # Gaps come in order: some but not all of those begun by then were over before.
    gone = np.array([_EVER if gap.end is None else gap.end for gap in market.gaps], np.int64)
    come = np.array([gap.start for gap in market.gaps], np.int64)
    return np.searchsorted(come, ends) > np.searchsorted(gone, begins, side="right")


_EVER = 1 << 62
