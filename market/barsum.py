"""Summed bars: bars of time of several markets of one coin as one, volumes and deltas added up.

A bar is there where any of the markets has one, and has no price (definitions.md 2 and 23). The
running sum begins with the first bar of the anchor's time from which on all of them are known: one
that was held before and has not traded in that time yet is known to have added nothing.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from market.bar import Bar, Parted, Run
from market.bars import Bars
from market.basis import TimeBasis
from market.cvd import (
    Anchor,
    CvdPoint,
    PartedSums,
    Sums,
    doubtful,
    periods,
    since_anchor,
)
from market.fitting import common_grid, scaled
from market.gaps import Gap
from market.instrument import Instrument
from market.market import Market
from market.recent import Recent
from market.trades import TradeLog
from market.valued import ValuedBars, valued_bars
from market.worth import unit_of

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

KEPT = 8
"""Sums of the same first market that are kept; the least recently asked for is made anew."""
_RUNS_KEPT = 4


class Share(NamedTuple):
    """One market in the sums."""

    id: str
    bars: Bars | ValuedBars
    gaps: Sequence[Gap]
    ratio: Fraction
    """Lots, or units of value, of the common grid in one of its own."""

    @property
    def newest(self) -> Bar | None:
        """Its newest bar in the common grid."""
        bar = self.bars.newest()
        if bar is None or self.ratio == 1:
            return bar
        sides = np.array((bar.volume, bar.buy, bar.sell), np.int64)
        volume, buy, sell = scaled(sides, self.ratio).tolist()
        return bar._replace(volume=volume, buy=buy, sell=sell)


class Summed(NamedTuple):
    """Bars of a stretch of time and the running sum at the end of each."""

    bars: Parted
    sums: PartedSums


class Part(NamedTuple):
    """What one market adds to each bar, in the common grid."""

    id: str
    volume: Integers
    buy: Integers
    sell: Integers
    cvd: Integers
    """Its part of the running sum; the parts add up to it."""


class SummedBars:
    """The sums of some markets, made anew only when bars that are over have changed."""

    def __init__(
        self, shares: Sequence[Share], grid: Instrument, anchor: Anchor, since: int
    ) -> None:
        basis = shares[0].bars.basis
        assert isinstance(basis, TimeBasis)
        self.basis, self.grid = basis, grid
        self.shares = tuple(shares)
        self._anchor, self._since = anchor, since
        self._made_of: object = None
        self._sums: Sums | None = None
        self._runs: Recent[tuple[int, int], Run] = Recent(_RUNS_KEPT)

    def between(self, start: int, end: int | None) -> Summed | None:
        """The bars that start from `start` on and before `end`; None where there are none."""
        sums = self._made()
        starts = sums.starts
        stop = len(starts) if end is None else int(np.searchsorted(starts, end))
        begin = min(int(np.searchsorted(starts, start)), max(0, stop - 1))
        if not stop:
            return None
        place = stop - 1
        run = self._runs.get((begin, place), lambda: self._run(starts[begin:place]))
        newest = self._bar(int(starts[place]))
        point = self._point(sums, place)
        bars = Parted(run, newest, newest.start // self.basis.interval)
        return Summed(bars, PartedSums(sums, begin, place, point))

    def parts(self) -> list[Part]:
        """What each market adds to all bars, the newest included, oldest first."""
        sums = self._made()
        found = []
        for share in self.shares:
            volume, buy, sell, _ = self._columns(share, sums.starts)
            cvd = since_anchor(np.cumsum((buy - sell) * sums.known), sums.period)
            found.append(Part(share.id, volume, buy, sell, cvd))
        return found

    def _point(self, sums: Sums, place: int) -> CvdPoint:
        """The running sum at the end of a bar, the newest as it is now."""
        reliable, known = bool(sums.reliable[place]), bool(sums.known[place])
        start = int(sums.starts[place])
        if place + 1 < len(sums.starts):
            return CvdPoint(start, int(sums.values[place]), reliable, known)
        newest = (share.newest for share in self.shares)
        delta = sum(bar.delta for bar in newest if bar is not None and bar.start == start)
        return CvdPoint(start, sums.before + delta * known, reliable, known)

    def _made(self) -> Sums:
        newest = [share.bars.newest() for share in self.shares]
        last = max((bar.start for bar in newest if bar is not None), default=0)
        made_of = tuple(
            _state(share, bar, last) for share, bar in zip(self.shares, newest, strict=True)
        )
        if self._sums is None or made_of != self._made_of:
            self._sums, self._made_of = self._added_up(), made_of
            self._runs.clear()
        return self._sums

    def _added_up(self) -> Sums:
        columns = [share.bars.deltas() for share in self.shares]
        starts = np.unique(np.concatenate([column[0] for column in columns]))
        period = periods(starts, self._anchor, self._since)
        known, unsure = np.ones(len(starts), np.bool_), np.zeros(len(starts), np.bool_)
        total = np.zeros(len(starts), np.int64)
        for share, (own, deltas, split, stated) in zip(self.shares, columns, strict=True):
            place = np.searchsorted(starts, own)
            there, whole, sure = (np.zeros(len(starts), np.bool_) for _ in range(3))
            there[place], whole[place], sure[place] = True, split, stated
            known &= _known(there, whole, period)
            unsure |= doubtful(starts, sure, self.basis, share.gaps) | (there & ~whole)
            total[place] += scaled(deltas, share.ratio)
        values = since_anchor(np.cumsum(total * known), period)
        doubts = since_anchor(np.cumsum(unsure & known), period)
        anew = len(set(period[-2:].tolist())) > 1
        return Sums(starts, values, (doubts == 0) & known, anew, period, known)

    def _run(self, starts: Integers) -> Run:
        """Bars with these starts; prices are 0."""
        columns = [self._columns(share, starts) for share in self.shares]
        volume, buy, sell, apart = (
            np.sum(column, axis=0, dtype=np.int64) for column in zip(*columns, strict=True)
        )
        interval = self.basis.interval
        rows = zip(*(c.tolist() for c in (starts, volume, buy, sell, apart)), strict=True)
        bars = [
            Bar(start, start + interval, 0, 0, 0, 0, whole, bought, sold, 0, not unsplit)
            for start, whole, bought, sold, unsplit in rows
        ]
        return Run(bars, starts // interval)

    def _bar(self, start: int) -> Bar:
        """The bar with this start as it is now."""
        newest = [share.newest for share in self.shares]
        if any(bar is not None and bar.start > start for bar in newest):
            return self._run(np.array([start], np.int64)).bars[0]
        volume = buy = sell = 0
        split = True
        for bar in newest:
            if bar is not None and bar.start == start:
                volume, buy, sell = volume + bar.volume, buy + bar.buy, sell + bar.sell
                split &= bar.split
        end = start + self.basis.interval
        return Bar(start, end, 0, 0, 0, 0, volume, buy, sell, 0, split)

    def _columns(
        self, share: Share, starts: Integers
    ) -> tuple[Integers, Integers, Integers, Integers]:
        """Volume, bought, sold and whether unsplit, of one market in the bars of these starts."""
        found = np.zeros((4, len(starts)), np.int64)
        if len(starts):
            end = int(starts[-1]) + 1
            parted = share.bars.parted(end, len(starts))
            if parted is not None:
                bars = [*parted.run.bars, parted.newest]
                own = np.array([(b[0], *b[6:9], not b[10]) for b in bars], np.int64).T
                own = own[:, own[0] >= starts[0]]
                found[:, np.searchsorted(starts, own[0])] = own[1:]
                found[:3] = scaled(found[:3], share.ratio)
        volume, buy, sell, apart = found
        return volume, buy, sell, apart


def summed_bars(
    markets: Sequence[Market],
    basis: TimeBasis,
    anchor: Anchor,
    since: int = 0,
    valued: bool = False,
) -> SummedBars:
    """The sums of markets of one coin up to now, shared by all who ask; all have instruments.

    They are of lots of the common grid, or of values in its units (`market/worth.py`).
    """
    instruments = [each.instrument for each in markets if each.instrument is not None]
    grid = common_grid(instruments)
    unit = unit_of(grid) if valued else grid.lot_size
    own = [unit_of(each) if valued else each.lot_size for each in instruments]
    ratios = tuple(Fraction(each) / Fraction(unit) for each in own)
    bars = tuple(valued_bars(m, basis) if valued else m.bars(basis) for m in markets)
    kept = _KEPT.get(markets[0].trades)
    if kept is None:
        kept = _KEPT[markets[0].trades] = Recent(KEPT)
    shares = [
        Share(market.id, many, market.gaps, ratio)
        for market, many, ratio in zip(markets, bars, ratios, strict=True)
    ]
    key = (bars, ratios, grid, anchor, since)
    return kept.get(key, lambda: SummedBars(shares, grid, anchor, since))


_Key = tuple[tuple[Bars | ValuedBars, ...], tuple[Fraction, ...], Instrument, Anchor, int]
_KEPT: WeakKeyDictionary[TradeLog, Recent[_Key, SummedBars]] = WeakKeyDictionary()


def _state(share: Share, newest: Bar | None, last: int) -> tuple[object, ...]:
    """What differs whenever sums of bars that are over may."""
    bars, gaps = share.bars, (len(share.gaps), share.gaps[-1] if share.gaps else None)
    if newest is None:
        return bars.revision, gaps
    # Of who has not traded in the newest bar of all, the own newest is over as well.
    old = newest if newest.start < last else None
    return bars.revision, gaps, bars.is_stated(newest.start), newest.start, newest.split, old


def _known(there: Mask, split: Mask, period: Integers) -> Mask:
    """From where on in each period it is known what a market adds."""
    begins = np.searchsorted(period, period)
    places = np.arange(len(there))
    next_there = np.minimum.accumulate(np.where(there, places, len(there))[::-1])[::-1]
    first = next_there[begins]
    inside = first < len(there)
    inside[inside] &= period[first[inside]] == period[inside]
    good = ~inside
    good[inside] = split[first[inside]]
    held = np.concatenate(([0], np.cumsum(there)))[begins] > 0
    known: Mask = (since_anchor(np.cumsum(there & split), period) > 0) | (held & good)
    return known
