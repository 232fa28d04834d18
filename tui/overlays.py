"""Overlays: VWAP and its bands as lines through the free cells of a bar chart."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.cvd import Anchor
from market.gaps import Gap
from market.instrument import Instrument, decimals
from market.market import Market
from market.vwap import vwap
from tui.area import Area
from tui.axis import PriceAxis
from tui.barchart import BarChart
from tui.canvas import SPACE, Canvas
from tui.format import clock

Values = NDArray[np.float64]

_THIRDS = np.array([ord("▁"), ord("─"), ord("▔")], np.uint32)
"""A line low, in the middle and high in its cell."""
_BAND = ord("·")


class VwapLines(NamedTuple):
    """Where the lines are at each bar in sight, in ticks; NaN where there is none."""

    x: NDArray[np.int64]
    """First cells of the bars' slots."""
    middle: Values
    sigma: Values
    since: int
    """When the newest sum began."""
    doubtful: bool
    """Whether trades were missed since then."""

    @property
    def newest(self) -> tuple[float, float] | None:
        """The average and its sigma at the newest bar, in ticks."""
        if not len(self.middle) or np.isnan(self.middle[-1]):
            return None
        return float(self.middle[-1]), float(self.sigma[-1])


def vwap_lines(market: Market, chart: BarChart, anchor: Anchor, since: int) -> VwapLines | None:
    """The lines of the bars of a chart; None where nothing was traded."""
    past, cell = chart.past, chart.newest_cell
    found = vwap(market.trades, past.basis, anchor, since)
    begun = found.since
    if begun is None:
        return None
    numbers, x = past.run.numbers, past.slots.cells(past.run.numbers)
    if cell is not None:
        numbers, x = np.append(numbers, past.number), np.append(x, cell)
    spreads = found.at(numbers)
    middle = np.array([np.nan if one is None else one.mean for one in spreads])
    sigma = np.array([np.nan if one is None else one.sigma for one in spreads])
    return VwapLines(x, middle, sigma, begun, _missed(market.gaps, begun))


def draw_vwap(
    canvas: Canvas, area: Area, axis: PriceAxis, lines: VwapLines, bands: int, pitch: int
) -> None:
    """Draw the average and so many bands on either side where nothing else is."""
    look = canvas.look
    for sigmas in range(bands, 0, -1):
        for side in (-sigmas, sigmas):
            values = lines.middle + side * lines.sigma
            _line(canvas, area, axis, lines.x, values, pitch, look.dim, band=True)
    _line(canvas, area, axis, lines.x, lines.middle, pitch, look.poc)


def vwap_words(instrument: Instrument, lines: VwapLines) -> list[str]:
    """The average at the newest bar for the title, and since when it is."""
    if lines.newest is None:
        return []
    middle, sigma = (ticks * float(instrument.tick_size) for ticks in lines.newest)
    places = decimals(instrument.tick_size) + 1
    words = f"VWAP {middle:.{places}f} σ {sigma:.{places}f}"
    since = f"since {clock(lines.since, millis=False)}"
    return [words, f"doubtful {since}, a gap" if lines.doubtful else since]


def _line(
    canvas: Canvas,
    area: Area,
    axis: PriceAxis,
    x: NDArray[np.int64],
    values: Values,
    pitch: int,
    ink: int,
    band: bool = False,
) -> None:
    known = np.isfinite(values)
    thirds = np.full(len(values), -1, np.int64)
    height = (values[known] - axis.low) * 3 * axis.cells / max(1, axis.high - axis.low)
    thirds[known] = np.clip(np.floor(height), -1, 3 * axis.cells)
    rows = axis.cells - 1 - thirds // 3
    columns = (x[:, None] + np.arange(1 if band else pitch)).ravel()
    rows, thirds = (np.repeat(part, 1 if band else pitch) for part in (rows, thirds % 3))
    inside = (rows >= 0) & (rows < area.height) & (columns >= area.x)
    inside &= columns < min(area.right, canvas.width)
    at = rows[inside] + area.y, columns[inside]
    free = canvas.glyph[at] == SPACE
    place = at[0][free], at[1][free]
    canvas.glyph[place] = _BAND if band else _THIRDS[thirds[inside][free]]
    canvas.fg[place] = ink


def _missed(gaps: list[Gap], since: int) -> bool:
    return any(gap.end is None or gap.end > since for gap in gaps[-1:])
