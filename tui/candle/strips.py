"""Strips: open interest, funding and liquidations of the bars of a chart, each below the other."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from market.happenings import Liquidated, Series
from market.instrument import Instrument
from market.market import Market
from tui.candle.barchart import BarChart, Past
from tui.candle.candlestick import draw_sticks, sticks
from tui.candle.studies import below, draw_words, steady_volume
from tui.drawing.area import Area
from tui.drawing.canvas import Canvas
from tui.drawing.columns import stack_columns
from tui.drawing.format import compact, compact_size
from tui.drawing.look import Look
from tui.drawing.measure import Measure
from tui.pane import Size

Integers = NDArray[np.int64]
Values = NDArray[np.float64]
Strip: TypeAlias = Literal["interest", "funding", "liquidations", "rsi", "macd"]
Revision: TypeAlias = tuple[int, int, float]

_KEPT = 8


class Slotted(NamedTuple):
    """The bars of a chart in sight as columns, the newest last."""

    x: Integers
    starts: Integers
    ends: Integers
    pitch: int
    instrument: Instrument

    @classmethod
    def of(cls, past: Past, newest: tuple[int, int] | None) -> "Slotted":
        """The bars that have slots, the newest by its start and end."""
        x, starts = past.slots.cells(past.run.numbers), past.run.start
        ends = np.array([bar.end for bar in past.run.bars], np.int64)
        if newest is not None:
            x, starts = np.append(x, past.slots.cell(past.number)), np.append(starts, newest[0])
            ends = np.append(ends, newest[1])
        return cls(x, starts, ends, past.slots.pitch, past.instrument)


class _Place(NamedTuple):
    """Where a strip is, as wide as the pane, and the bars it is of."""

    look: Look
    size: Size
    area: Area
    past: Past
    newest: tuple[int, int] | None


def draw_strip(canvas: Canvas, name: Strip, area: Area, chart: BarChart, market: Market) -> None:
    """Draw one strip, made anew only when there is something new in it."""
    newest = None if chart.newest_cell is None else (chart.newest.start, chart.newest.end)
    size, measure = Size(canvas.width, area.height), canvas.look.measure
    valued = measure is not Measure.BASE
    past = chart.past._replace(instrument=measure.grid(chart.past.instrument))
    place = _Place(canvas.look, size, area._replace(y=0), past, newest)
    held = market.happenings
    match name:
        case "interest":
            price = chart.newest.close if valued else None
            strip = _interest(place, held.interest, held.interest.revision, price)
        case "funding":
            paid = market.funding.next_time if market.funding is not None else None
            series = held.funding, held.basis
            strip = _funding(place, series, tuple(one.revision for one in series), paid)
        case _:
            sides = held.liquidated_worth if valued else held.liquidated
            strip = _liquidations(place, sides, tuple(side.revision for side in sides))
    canvas.blit(strip, 0, area.y)


@lru_cache(maxsize=_KEPT)
def _interest(place: _Place, series: Series, _: Revision, price: int | None) -> Canvas:
    """Open interest as steps from the end of one bar to the end of the next.

    Where the newest price is told it is what the close of each bar makes it worth.
    """
    canvas, area = Canvas(*place.size, place.look), place.area
    bars = Slotted.of(place.past, place.newest)
    ends = series.before(bars.ends)
    begins = series.before(bars.starts)
    if price is not None:
        run = place.past.run
        closes = np.append(run.close, price) * float(bars.instrument.tick_size)
        first = run.open[:1] * float(bars.instrument.tick_size)
        ends = ends * closes[: len(ends)]
        begins = begins * np.append(first if len(first) else closes, closes[:-1])[: len(ends)]
    words = _head(canvas, area, "open interest", bars.instrument.base, series)
    if words is None:
        return canvas
    begins = np.where(np.isnan(begins), ends, begins)
    _steps(canvas, area, bars, begins, ends, None)
    change = ends[-1] - begins[-1] if len(ends) else np.nan
    if len(ends) and not np.isnan(ends[-1]):
        words.insert(1, compact(float(ends[-1]), 8))
        words.insert(2, f"change {'+' if change > 0 else ''}{compact(float(change), 7)}")
    draw_words(canvas, area, words)
    return canvas


@lru_cache(maxsize=_KEPT)
def _funding(
    place: _Place, held: tuple[Series, Series], _: tuple[Revision, ...], paid: int | None
) -> Canvas:
    """The funding rate as it stood at the end of each bar, up or down from zero.

    The title has the basis as well: how far the mark price was from the index.
    """
    canvas, area, (series, basis) = Canvas(*place.size, place.look), place.area, held
    bars = Slotted.of(place.past, place.newest)
    rates = series.before(bars.ends)
    words = _head(canvas, area, "funding %", "", series)
    if words is None:
        return canvas
    _steps(canvas, area, bars, rates * 0.0, rates * 100, 0.0)
    if len(rates) and not np.isnan(rates[-1]):
        words.insert(1, f"{rates[-1] * 100:+.4f} %")
        if paid is not None:
            words.insert(2, f"paid {canvas.look.zone.clock(paid, millis=False)}")
    apart = basis.before(bars.ends[-1:])
    if len(apart) and not np.isnan(apart[0]):
        words.insert(-1, f"basis {apart[0] * 100:+.4f} %")
    draw_words(canvas, area, words)
    return canvas


@lru_cache(maxsize=_KEPT)
def _liquidations(place: _Place, held: Liquidated, _: tuple[Revision, ...]) -> Canvas:
    """Liquidated longs (sold, below) and shorts (bought, on top) of each bar."""
    canvas, area = Canvas(*place.size, place.look), place.area
    bars = Slotted.of(place.past, place.newest)
    instrument = bars.instrument
    longs, shorts = (side.between(bars.starts, bars.ends) for side in held)
    canvas.hline(0, area.y, area.width, canvas.look.grid)
    lots = [np.rint(side * instrument.size_scale).astype(np.int64) for side in (longs, shorts)]
    most = steady_volume(int((lots[0] + lots[1]).max(initial=0)))
    inks = canvas.look.sell, canvas.look.buy
    if most:
        canvas.text(
            area.width + 1, area.y + 1, compact_size(instrument, round(most)), canvas.look.faint
        )
        stack_columns(canvas, below(area), (lots[0], lots[1]), most, inks, bars.pitch, bars.x)
    words = [f"liquidations {instrument.base}".rstrip()]
    if len(longs):
        newest = [compact_size(instrument, int(side[-1])) for side in lots]
        words.append(f"longs {newest[0]} shorts {newest[1]}")
    if not any(map(len, held)):
        words.append("none stated yet")
    draw_words(canvas, area, words)
    return canvas


def _head(canvas: Canvas, area: Area, name: str, unit: str, series: Series) -> list[str] | None:
    """The words of a strip; None where there is nothing to draw, which is said."""
    canvas.hline(0, area.y, area.width, canvas.look.grid)
    words = [f"{name} {unit}".rstrip()]
    if series.since is None:
        draw_words(canvas, area, [*words, "none stated yet"])
        return None
    return [*words, f"since {canvas.look.zone.clock(series.since, millis=False)}"]


def _steps(
    canvas: Canvas,
    area: Area,
    bars: Slotted,
    begins: Values,
    ends: Values,
    zero: float | None,
) -> None:
    """Draw bars from one value to another on a scale that covers them, and its ends beside it."""
    known = np.isfinite(begins) & np.isfinite(ends)
    strip = below(area)
    if not known.any() or strip.height < 1:
        return
    begins, ends, x = begins[known], ends[known], bars.x[known]
    values: Sequence[float] = (*begins, *ends) if zero is None else (*begins, *ends, zero)
    low, high = min(values), max(values)
    if high == low:
        high, low = high + (abs(high) or 1.0) * 0.01, low - (abs(low) or 1.0) * 0.01
    parts = 8 * strip.height - 1
    opened, closed = (
        np.floor((side - low) * parts / (high - low)).astype(np.int64) for side in (begins, ends)
    )
    shape = sticks(opened, np.maximum(opened, closed), np.minimum(opened, closed), closed)
    draw_sticks(canvas, strip, x, shape, ends >= begins, bars.pitch)
    for row, value in ((strip.y, high), (strip.bottom - 1, low)):
        canvas.text(area.width + 1, row, compact(float(value), 7), canvas.look.faint)
