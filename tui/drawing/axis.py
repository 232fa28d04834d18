"""Price axis: which prices a picture covers, in what steps, and the labels beside it.

Everything here is a pure function of the data. Steadiness (a scale that does not jump with every
trade) comes from walking through the recent past with hysteresis, never from a memory of the
last frame, so the same market and size always give the same scale.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from market.instrument import Instrument
from tui.drawing.canvas import Canvas
from tui.drawing.format import price
from tui.drawing.look import Look

Ticks: TypeAlias = NDArray[np.int64]

_MANTISSAS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5))
_MAGNITUDES = 16
_FILL = 0.8
"""Share of the range that the price movement may take before the scale gives way."""
_SHRINK = 0.3
"""The scale tightens only when the movement needs less than this share of the range."""
PATIENCE = 2
"""Windows for which the movement must have needed that little: bursts come in clusters."""
_ROUND_STEPS = 12
"""A fitted range is about this many round steps tall."""
_FEW_STEPS = 6
"""The same in a strip of a few rows, where more would only make it restless."""
MARGIN = 0.0004
"""Room kept above and below the price, as a fraction of it: resting orders near the touch."""


@dataclass(frozen=True, slots=True)
class PriceAxis:
    """The prices from `low` up to but not including `high`, in ticks, over `cells` text rows."""

    low: int
    high: int
    cells: int

    def part(self, ticks: int, parts: int) -> int:
        """Which of `parts` equal slices of the range holds a price; 0 is the lowest."""
        return (ticks - self.low) * parts // max(1, self.high - self.low)

    def cell(self, ticks: int) -> int:
        """The text row of a price counted from the top; outside 0..cells-1 when not covered."""
        return self.cells - 1 - self.part(ticks, self.cells)

    def labels(self, tick_size: Decimal, spacing: int = 4) -> list[tuple[int, int]]:
        """Rows from the top with the round price (in ticks) each holds, `spacing` rows apart."""
        span = self.high - self.low
        if self.cells < 1 or span < 1:
            return []
        step = nice_grouping(spacing * span / self.cells, tick_size)
        first = -(-self.low // step) * step
        return [(self.cell(ticks), ticks) for ticks in range(first, self.high, step)]


class Movement(NamedTuple):
    """The price's path, one entry a time column, oldest first."""

    low: Ticks
    high: Ticks
    close: Ticks


@lru_cache(maxsize=64)
def nice_groupings(tick_size: Decimal) -> tuple[int, ...]:
    """Ticks of every grouping that reads well as a price step: 1, 2, 2.5, 5 x 10^k, ascending.

    A tick such as 0.3 fits no decimal step, so there its multiples 1, 2, 5 x 10^k are taken.
    """
    decimal = _is_decimal(tick_size)
    least = tick_size.adjusted() if decimal else 0
    groups = {1}
    for exponent in range(least, least + _MAGNITUDES):
        for mantissa in _MANTISSAS:
            step = mantissa.scaleb(exponent)
            ticks = step / tick_size if decimal else step
            if ticks == ticks.to_integral_value():
                groups.add(int(ticks))
    return tuple(sorted(groups))


def nice_grouping(minimum: float, tick_size: Decimal) -> int:
    """The finest nice grouping of at least `minimum` ticks."""
    groups = nice_groupings(tick_size)
    return groups[min(bisect_left(groups, minimum), len(groups) - 1)]


def next_grouping(group: int, tick_size: Decimal, steps: int) -> int:
    """The nice grouping `steps` places coarser (or finer when negative) than `group`."""
    groups = nice_groupings(tick_size)
    if steps > 0:
        place = bisect_right(groups, group) - 1 + steps
    else:
        place = bisect_left(groups, group) + steps
    return groups[min(max(0, place), len(groups) - 1)] if steps else group


def steady_axis(
    movement: Movement,
    window: int,
    cells: int,
    tick_size: Decimal,
    *,
    parts: int = 2,
    grouping: int | None = None,
) -> tuple[PriceAxis, int]:
    """The range to show at the end of `movement`, and its grouping in ticks a part.

    The range covers what the price did within `window` columns and some room around it. It
    moves in steps: walking through the past, it is kept for as long as it still serves, so a
    frame that adds a column mostly changes nothing. `movement` should begin some windows before
    its end, at a place that does not slide along with every column.
    """
    scale = SteadyScale(cells, tick_size, parts, grouping)
    covered = _covered(movement, window)
    lately = _running(np.maximum, covered[1] - covered[0], PATIENCE * window)
    path = (*covered, movement.close, lately)
    place = NOWHERE
    for low, high, close, need in zip(*(column.tolist() for column in path), strict=True):
        place = scale.moved(place, low, high, close, need)
    return scale.axis(place)


class Place(NamedTuple):
    """Where a steady scale stands: the ticks of a part, and the low edge."""

    group: int
    bottom: int


NOWHERE = Place(0, 0)
"""Before the first column."""


class SteadyScale:
    """The rule by which a steady range follows the price, one column after the other."""

    def __init__(self, cells: int, tick_size: Decimal, parts: int, grouping: int | None) -> None:
        self._cells, self._parts, self._grouping = cells, parts, grouping
        self._rows = max(1, cells * parts)
        # One text row is left over for setting the low edge on a whole one.
        self._fit = self._rows - parts if self._rows > parts else 1
        self._groups = nice_groupings(tick_size)

    def moved(self, place: Place, low: int, high: int, close: int, lately: int) -> Place:
        """Where the range stands after a column: it is kept for as long as it serves.

        `low` to `high` should be on screen, `lately` is the most that had to be in recent past.
        """
        wanted = self._grouping or self._wanted(high - low, lately, place.group)
        span = wanted * self._rows
        if high - low > span * _FILL:
            # A range set by hand is too small for the movement: then the price matters most.
            reach = int(span * _FILL / 2)
            low, high = max(low, close - reach), min(high, close + reach)
        if wanted == place.group and low >= place.bottom and high < place.bottom + span:
            return place
        return Place(wanted, centred((low + high) // 2, wanted, self._rows, self._parts))

    def axis(self, place: Place) -> tuple[PriceAxis, int]:
        """The range there, and its grouping in ticks a part."""
        group = max(1, place.group)
        bottom = place.bottom
        return PriceAxis(bottom, bottom + group * self._rows, self._cells), group

    def _wanted(self, need: int, lately: int, group: int) -> int:
        """Keep `group` unless the need outgrows it, or has for long been a fraction of it."""
        least = need / _FILL / self._fit
        wanted = self._groups[min(bisect_left(self._groups, least), len(self._groups) - 1)]
        return group if group > wanted and lately > group * self._fit * _SHRINK else wanted


@lru_cache(maxsize=64)
def fitting_axis(low: int, high: int, cells: int, tick_size: Decimal) -> PriceAxis:
    """A range around some prices that ends on round ones, so that it changes in steps."""
    need = high + 1 - low
    step = nice_grouping(max(1.0, need / _ROUND_STEPS), tick_size)
    room = need // 50
    return PriceAxis((low - room) // step * step, -(-(high + 1 + room) // step) * step, cells)


@lru_cache(maxsize=64)
def fitting_range(low: int, high: int) -> tuple[int, int]:
    """A range for a strip that holds whole numbers and ends on round ones, to change in steps."""
    step = nice_grouping(max(1.0, (high - low) / _FEW_STEPS), Decimal(1))
    return low // step * step, -(-high // step) * step


def centred(center: int, group: int, rows: int, parts: int) -> int:
    """The low edge that puts `center` in the middle, on a whole text row of `parts` groups."""
    step = group * parts
    return (center - group * rows // 2 + step // 2) // step * step


def price_width(instrument: Instrument, ticks: int) -> int:
    """Cells for a price axis around a price: its digits and one cell either side."""
    return len(price(instrument, ticks + ticks // 10)) + 2


def draw_price_axis(
    canvas: Canvas, left: int, top: int, axis: PriceAxis, instrument: Instrument, last: int | None
) -> None:
    """Draw round prices from column `left` to the canvas's edge, and the last price as a tag."""
    draw_price_labels(canvas, left, top, axis, instrument)
    if last is not None:
        draw_price_tag(canvas, left, top, axis, price(instrument, last), last)


def draw_price_labels(
    canvas: Canvas, left: int, top: int, axis: PriceAxis, instrument: Instrument
) -> None:
    """Draw round prices from column `left` to the canvas's edge."""
    width = canvas.width - left
    if width > 0 and axis.cells > 0:
        canvas.blit(_labelled(canvas.look, width, axis, instrument), left, top)


@lru_cache(maxsize=16)
def _labelled(look: Look, width: int, axis: PriceAxis, instrument: Instrument) -> Canvas:
    """Round prices of an axis; never to be drawn on."""
    canvas = Canvas(width, axis.cells, look)
    canvas.fill(0, 0, width, axis.cells, look.panel)
    for row, ticks in axis.labels(instrument.tick_size, spacing=3 if axis.cells < 16 else 4):
        canvas.text(1, row, price(instrument, ticks), look.dim, look.panel)
    return canvas


def draw_price_tag(
    canvas: Canvas, left: int, top: int, axis: PriceAxis, text: str, last: int
) -> None:
    """Draw the last price in its row; when that is out of sight, at the edge it left by."""
    if axis.cells < 1:
        return
    look, row = canvas.look, axis.cell(last)
    mark = "▲" if row < 0 else "▼" if row >= axis.cells else "◂"
    text = f"{mark}{text}".ljust(width := canvas.width - left)[:width]
    shown = min(max(row, 0), axis.cells - 1)
    canvas.text(left, top + shown, text, int(look.ink[look.last]), look.last, bold=True)


def _covered(movement: Movement, window: int) -> tuple[Ticks, Ticks]:
    """For each column the prices that should be on screen: the window's and some room."""
    low = _running(np.minimum, movement.low, window)
    high = _running(np.maximum, movement.high, window)
    room = np.maximum((movement.close * MARGIN).astype(np.int64), (high - low) // 5)
    # Around the column's extremes, not its close: while a column forms they only widen, so what
    # has once moved the range does not let it fall back a moment later.
    return np.minimum(low, movement.low - room), np.maximum(high, movement.high + room)


def _running(function: np.ufunc, values: Ticks, window: int) -> Ticks:
    """The extreme over the last `window` entries at each entry, by doubling the reach."""
    result = values
    reach = 1
    while reach < window and reach < len(values):
        step = min(reach, window - reach)
        result = np.concatenate((result[:step], function(result[step:], result[:-step])))
        reach += step
    return result


def _is_decimal(step: Decimal) -> bool:
    """Whether whole multiples of the step reach a power of ten."""
    digits = int(step.normalize().scaleb(-_exponent(step)))
    for factor in (2, 5):
        while digits % factor == 0:
            digits //= factor
    return digits == 1


def _exponent(step: Decimal) -> int:
    exponent = step.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent
