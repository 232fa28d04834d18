"""Price axis: which prices a picture covers, in what steps, and the labels beside it.

Everything here is a pure function of the data. Steadiness (a scale that does not jump with every
trade) comes from walking through the recent past with hysteresis, never from a memory of the
last frame, so the same market and size always give the same scale.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ticks: TypeAlias = NDArray[np.int64]

_MANTISSAS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5))
_FILL = 0.8
"""Share of the range that the price movement may take before the scale gives way."""
_SHRINK = 0.3
"""The scale tightens only when the movement needs less than this share of the range."""
_MARGIN = 0.0005
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


def nice_groupings(tick_size: Decimal) -> Iterator[int]:
    """Ticks of every grouping that reads well as a price step: 1, 2, 2.5, 5 x 10^k, ascending.

    A tick such as 0.3 fits no decimal step, so there its multiples 1, 2, 5 x 10^k are taken.
    """
    yield 1
    decimal = _is_decimal(tick_size)
    for exponent in count(tick_size.adjusted() if decimal else 0):
        for mantissa in _MANTISSAS:
            step = mantissa.scaleb(exponent)
            ticks = step / tick_size if decimal else step
            if ticks > 1 and ticks == ticks.to_integral_value():
                yield int(ticks)


def nice_grouping(minimum: float, tick_size: Decimal) -> int:
    """The finest nice grouping of at least `minimum` ticks."""
    return next(group for group in nice_groupings(tick_size) if group >= minimum)


def next_grouping(group: int, tick_size: Decimal, steps: int) -> int:
    """The nice grouping `steps` places coarser (or finer when negative) than `group`."""
    finer: list[int] = []
    coarser: list[int] = []
    for candidate in nice_groupings(tick_size):
        if candidate < group:
            finer.append(candidate)
        elif candidate > group:
            coarser.append(candidate)
            if len(coarser) >= steps:
                break
    if steps > 0:
        return coarser[steps - 1]
    if steps < 0 and finer:
        return finer[max(0, len(finer) + steps)]
    return group


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
    rows = max(1, cells * parts)
    low, high = _covered(movement, window)
    price = movement.close
    group, bottom = 0, 0
    for column in range(len(price)):
        need = int(high[column] - low[column])
        # One text row is left over for setting the low edge on a whole one.
        wanted = grouping or _grouping(need, max(1, rows - parts), tick_size, group)
        span = wanted * rows
        least, most = int(low[column]), int(high[column])
        if most - least > span * _FILL:
            # A range set by hand is too small for the movement: then the price matters most.
            reach = int(span * _FILL / 2)
            least = max(least, int(price[column]) - reach)
            most = min(most, int(price[column]) + reach)
        if wanted != group or least < bottom or most >= bottom + span:
            group = wanted
            bottom = centred((least + most) // 2, group, rows, parts)
    group = max(1, group)
    return PriceAxis(bottom, bottom + group * rows, cells), group


def centred(center: int, group: int, rows: int, parts: int) -> int:
    """The low edge that puts `center` in the middle, on a whole text row of `parts` groups."""
    step = group * parts
    return (center - group * rows // 2 + step // 2) // step * step


def _covered(movement: Movement, window: int) -> tuple[Ticks, Ticks]:
    """For each column the prices that should be on screen: the window's and some room."""
    low = _running(np.minimum, movement.low, window)
    high = _running(np.maximum, movement.high, window)
    room = np.maximum((movement.close * _MARGIN).astype(np.int64), (high - low) // 5)
    return np.minimum(low, movement.close - room), np.maximum(high, movement.close + room)


def _running(function: np.ufunc, values: Ticks, window: int) -> Ticks:
    """The extreme over the last `window` entries at each entry, by doubling the reach."""
    result = values
    reach = 1
    while reach < window and reach < len(values):
        step = min(reach, window - reach)
        result = np.concatenate((result[:step], function(result[step:], result[:-step])))
        reach += step
    return result


def _grouping(need: int, rows: int, tick_size: Decimal, group: int) -> int:
    """Keep `group` unless the need outgrows it or shrinks to a fraction of it."""
    wanted = nice_grouping(need / _FILL / rows, tick_size)
    if group and wanted < group and need > group * rows * _SHRINK:
        return group
    return wanted


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
