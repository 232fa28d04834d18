"""Flow report: the measures of `market/flow.py` over the closed intervals of one market.

Everything is pulled: trades from the log by a cursor, the book from the depth history. Nobody
asks, nothing is computed, and taking an event costs nothing more. A report is made once for as
long as its intervals stay the last ones.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from market.bars import Bars
from market.basis import TimeBasis
from market.bookflow import BookFlow, BookInterval
from market.flow import Fit, Vpin, fit, rolling_slopes, round_lots, vpin, z_score
from market.market import Market
from market.recent import Recent
from market.valued import ValuedBars

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

PARTS = 50
"""A bucket of VPIN is this part of a day's volume."""


class FlowSettings(NamedTuple):
    """How the measures are taken."""

    interval: int
    """ns."""
    levels: int
    """Levels of each side in the depth form of the imbalance."""
    bps: Fraction
    """Distance from the middle in the other."""
    window: int
    """Intervals of a regression, and of the mean that speed is measured by."""
    buckets: int
    """Buckets of VPIN."""
    columns: int
    """Intervals wanted."""
    worth: int = 0
    """Units in which sums are also told as values (`market/worth.py`); 0 for none."""


class Beats(NamedTuple):
    """Trades by interval, those without any too: they repeat the price."""

    first: int
    """Number of the first interval, counted from the epoch."""
    close: Integers
    change: Integers
    """Ticks from the last trade before an interval to the last one in it."""
    signed: Integers
    """Bought minus sold lots."""
    volume: Integers
    trades: Integers


class Speed(NamedTuple):
    """What was counted in the last interval, and its z-score (definitions.md 22)."""

    value: int
    z: float | None


class Worth(NamedTuple):
    """What was traded in the intervals of `Beats` was worth, and how that compares."""

    signed: Integers
    """Bought minus sold."""
    volume: Integers
    speed: Speed | None


@dataclass(frozen=True, eq=False)
class FlowReport:
    """Measures of the intervals numbered `first` up to but not including `stop`.

    A report is equal to itself alone: what was made of it holds for as long as it is handed out.
    """

    settings: FlowSettings
    first: int
    stop: int
    book: tuple[BookInterval | None, ...]
    """None where the book was not known throughout."""
    beats: Beats
    """From up to `window` intervals before `first` on."""
    slopes: Floats
    """Kyle's lambda up to each interval, in ticks a lot."""
    kyle: Fit | None
    beta: Fit | None
    trades: Speed | None
    volume: Speed | None
    worth: Worth | None = None
    """Where the settings ask for it."""

    @property
    def last(self) -> BookInterval | None:
        """The book in the last interval."""
        return self.book[-1] if self.book else None


class VpinReading(NamedTuple):
    """VPIN over the newest full buckets."""

    bucket: int
    """Lots."""
    gaps: tuple[int, ...]
    """|Vb - Vs| of each bucket, oldest first, in lots."""
    value: Fraction | None


class _Kept:
    """What is remembered of one market."""

    def __init__(self) -> None:
        self.bars: Recent[int, Bars] = Recent(4)
        self.values: Recent[tuple[Bars, int], ValuedBars] = Recent(4)
        self.books: Recent[tuple[int, int, Fraction, int], BookFlow] = Recent(4)
        self.vpins: Recent[int, Vpin] = Recent(4)
        self.reports: Recent[Hashable, FlowReport] = Recent(4)


_KEPT: WeakKeyDictionary[Market, _Kept] = WeakKeyDictionary()


def flow_report(market: Market, settings: FlowSettings, until: int | None) -> FlowReport | None:
    """The measures up to a market time, None standing for now; None before the first trade."""
    kept, interval = _kept(market), settings.interval
    bars = _bars(market, kept, interval)
    now = market.clock if until is None else min(until, market.clock)
    depth, stop = market.depth, now // interval
    if bars.made_from is None or depth is None:
        return None
    key = (
        settings,
        stop,
        bars.revision,
        market.trades.generation,
        id(depth),
        depth.edition(interval),
        min(stop, depth.reached(interval) // interval),
    )
    return kept.reports.get(key, lambda: _report(market, bars, settings, stop))


def vpin_reading(market: Market, lots: int | None, count: int, end: int) -> VpinReading:
    """VPIN before the trade numbered `end`; without `lots` a bucket is 1/50 of a day's volume.

    Until a day's volume is held it is 1/50 of what is; rounded down to 1, 2 or 5 x 10^k.
    """
    kept = _kept(market)
    bucket = lots or round_lots(_day(market, kept) // PARTS)
    found = kept.vpins.get(bucket, lambda: Vpin(bucket))
    found.update(market.trades)
    gaps = tuple(found.upto(end, count))
    return VpinReading(bucket, gaps, vpin(gaps, bucket))


def beats(bars: Bars, first: int, stop: int) -> Beats:
    """Trades of the intervals from `first` on, but not of the first that had any.

    That one has no price before it, and may have begun before the trades that are held.
    """
    assert isinstance(bars.basis, TimeBasis)
    interval = bars.basis.interval
    made = bars.made_from
    first = stop if made is None else min(stop, max(first, made // interval + 1))
    parted = bars.parted(stop * interval, stop - first + 1) if first < stop else None
    if parted is None:
        return Beats(stop, *(np.zeros(0, np.int64) for _ in range(5)))
    found = [*parted.run.bars, parted.newest]
    numbers = np.append(parted.run.numbers, parted.number)
    table = np.array([(bar.close, bar.delta, bar.volume, bar.trades) for bar in found], np.int64)
    inside = numbers >= first
    dense = np.zeros((3, stop - first), np.int64)
    dense[:, numbers[inside] - first] = table[inside, 1:].T
    # The price at the end of each interval, and of the one before the first.
    at = np.searchsorted(numbers, np.arange(first - 1, stop), side="right") - 1
    close = table[at, 0]
    return Beats(first, close[1:], np.diff(close), *dense)


def book_intervals(
    market: Market, settings: FlowSettings, first: int, stop: int
) -> tuple[BookInterval | None, ...]:
    """The intervals numbered `first` up to `stop`; None where the book was not to be believed."""
    depth, interval, kept = market.depth, settings.interval, _kept(market)
    if depth is None:
        return (None,) * max(0, stop - first)
    way = (interval, settings.levels, settings.bps, settings.worth)
    flow = kept.books.get(way, lambda: BookFlow(*way))
    known: list[BookInterval | None] = [None] * (stop - first)
    rows = flow.read(depth, first, stop)
    starts = np.array([row.number for row in rows], np.int64) * interval
    for row, good in zip(rows, depth.unbroken(starts, starts + interval).tolist(), strict=True):
        if good and row.touch is not None:
            known[row.number - first] = row
    return tuple(known)


def _report(market: Market, bars: Bars, settings: FlowSettings, stop: int) -> FlowReport:
    window = settings.window
    first = stop - settings.columns
    told = beats(bars, first - window, stop)
    slopes = rolling_slopes(told.signed, told.change, window)
    newest = slice(max(0, len(told.signed) - window), None)
    kyle = fit(told.signed[newest].tolist(), told.change[newest].tolist())
    book = book_intervals(market, settings, first, stop)
    return FlowReport(
        settings,
        first,
        stop,
        book,
        told,
        _last(slopes, settings.columns),
        kyle if len(told.signed) >= window else None,
        _beta(book[-window:]),
        _speed(told.trades, window),
        _speed(told.volume, window),
        _worth(market, bars, settings, told) if settings.worth else None,
    )


def _worth(market: Market, bars: Bars, settings: FlowSettings, told: Beats) -> Worth:
    """What was traded in the same intervals was worth, trade by trade."""
    kept, worth = _kept(market), settings.worth
    valued = kept.values.get((bars, worth), lambda: ValuedBars(bars, worth))
    valued.update(market.trades)
    dense, count = np.zeros((2, len(told.volume)), np.int64), len(told.volume)
    parted = valued.parted((told.first + count) * settings.interval, count)
    if parted is not None:
        numbers = np.append(parted.run.numbers, parted.number) - told.first
        newest = parted.newest
        sums = (
            np.append(parted.run.buy - parted.run.sell, newest.delta),
            np.append(parted.run.volume, newest.volume),
        )
        inside = numbers >= 0
        dense[:, numbers[inside]] = np.stack(sums)[:, inside]
    return Worth(dense[0], dense[1], _speed(dense[1], settings.window))


def _beta(book: Sequence[BookInterval | None]) -> Fit | None:
    """The change of the middle price, in half ticks, by the order flow imbalance."""
    flows: list[int] = []
    changes: list[int] = []
    for before, row in pairwise(book):
        if before is not None and row is not None and before.touch and row.touch:
            flows.append(row.ofi)
            changes.append(row.touch.bid + row.touch.ask - before.touch.bid - before.touch.ask)
    found = fit(flows, changes)
    return None if found is None else found._replace(slope=found.slope / 2)


def _speed(counts: Integers, window: int) -> Speed | None:
    if not len(counts):
        return None
    values: list[int] = counts.tolist()
    before = values[-1 - window : -1]
    return Speed(values[-1], z_score(values[-1], before) if len(before) == window else None)


def _last(values: Floats, count: int) -> Floats:
    """The last so many values, NaN before the first."""
    return np.concatenate((np.full(max(0, count - len(values)), np.nan), values[-count:]))


def _kept(market: Market) -> _Kept:
    kept = _KEPT.get(market)
    if kept is None:
        kept = _KEPT[market] = _Kept()
    return kept


def _bars(market: Market, kept: _Kept, interval: int) -> Bars:
    """Bars of trades alone: candles of the venue's say nothing of single seconds."""
    bars = kept.bars.get(interval, lambda: Bars(TimeBasis(interval)))
    bars.update(market.trades)
    return bars


def _day(market: Market, kept: _Kept) -> int:
    """A day's volume in lots, or what is held of it."""
    bars = _bars(market, kept, 60_000_000_000)
    parted = bars.parted(None, 1440)
    held = 0 if parted is None else int(parted.run.volume.sum()) + parted.newest.volume
    ticker, instrument = market.ticker, market.instrument
    if ticker is None or instrument is None:
        return held
    return min(held, instrument.lots(ticker.volume))
