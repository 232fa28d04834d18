"""Levels: what the bars of a footprint leave behind for the bars after them.

Points of control that have not traded since (definitions.md 6), zones of stacked imbalances until
they are touched (8) and unfinished auctions until their price trades again (9), all between the
rows as they are grouped.
"""

from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.columns import heads
from market.footprint import FootprintBar
from market.imbalance import Cells, Rule, imbalances, stacks

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]


class LevelKind(StrEnum):
    """What a bar left behind."""

    POC = "naked_pocs"
    BUY_ZONE = "buy_zones"
    SELL_ZONE = "sell_zones"
    HIGH = "unfinished_highs"
    LOW = "unfinished_lows"


ZONES = (LevelKind.BUY_ZONE, LevelKind.SELL_ZONE)


class Level(NamedTuple):
    """A row, or rows from `low` up to `high` (low edges in ticks), that a bar left behind."""

    kind: LevelKind
    low: int
    high: int
    born: int
    """Index of the bar it comes from."""
    until: int | None = None
    """Index of the bar in which it ended: traded there, or lost in a gap; None while it stands."""

    def met_by(self, bar: FootprintBar) -> bool:
        """Whether it would end in a later bar.

        A zone ends where the bar's prices reach it, a row where it trades.
        """
        if self.kind in ZONES:
            return bar.bar.low < self.high + bar.group and bar.bar.high >= self.low
        at = int(np.searchsorted(bar.prices, self.low))
        return at < len(bar.prices) and int(bar.prices[at]) == self.low


class Wanted(NamedTuple):
    """Which levels to look for."""

    naked: bool = True
    stacked: int = 3
    """Rows of imbalances that make a zone; 0 where none are wanted."""
    unfinished: bool = True


class Past:
    """Bars that are over as one table of cells, oldest first."""

    def __init__(self, bars: Sequence[FootprintBar]) -> None:
        self.cells = _joined(bars)
        self.count = len(bars)
        self.lows = np.array([bar.bar.low for bar in bars], np.int64)
        self.highs = np.array([bar.bar.high for bar in bars], np.int64)
        self.begins = heads((self.cells.bar,))
        self.ends = np.append(self.begins[1:], len(self.cells.bar))[: len(self.begins)] - 1

    def levels(self, rule: Rule, wanted: Wanted, unsure: Sequence[int] = ()) -> list[Level]:
        """All that was left behind, oldest bars first.

        A bar in `unsure` may have traded where nobody saw it: nothing outlives it, and it leaves
        nothing behind.
        """
        found = [
            *(self._naked() if wanted.naked else ()),
            *(self._zones(rule, wanted.stacked) if wanted.stacked else ()),
            *(self._unfinished() if wanted.unfinished else ()),
        ]
        doubts = np.array(sorted(unsure), np.int64)
        sure = [self._ended(level, doubts) for level in found if level.born not in unsure]
        return sorted(sure, key=lambda level: level.born)

    def points(self) -> list[int]:
        """Cell of each traded bar's point of control (definitions.md 3), ties as defined there."""
        bar, prices = self.cells.bar, self.cells.prices
        volume = self.cells.sell + self.cells.buy
        if not len(bar):
            return []
        lengths = self.ends + 1 - self.begins
        most = np.repeat(np.maximum.reduceat(volume, self.begins), lengths)
        middle = np.repeat(prices[self.begins] + prices[self.ends], lengths)
        order = np.lexsort((prices, np.abs(2 * prices - middle), volume != most, bar))
        found: list[int] = order[self.begins].tolist()
        return found

    def _naked(self) -> list[Level]:
        return [self._row(LevelKind.POC, cell) for cell in self.points()]

    def _zones(self, rule: Rule, least: int) -> list[Level]:
        found: list[Level] = []
        for kind, marked in zip(ZONES, imbalances(self.cells, rule), strict=True):
            for first, last in stacks(self.cells, marked, least):
                bar = int(self.cells.bar[first])
                low, high = int(self.cells.prices[first]), int(self.cells.prices[last])
                top = high + self.cells.group
                met = (self.lows[bar + 1 :] < top) & (self.highs[bar + 1 :] >= low)
                until = bar + 1 + int(met.argmax()) if met.any() else None
                found.append(Level(kind, low, high, bar, until))
        return found

    def _unfinished(self) -> list[Level]:
        both = (self.cells.buy > 0) & (self.cells.sell > 0)
        return [
            self._row(kind, cell)
            for kind, cells in ((LevelKind.HIGH, self.ends), (LevelKind.LOW, self.begins))
            for cell in cells[both[cells]].tolist()
        ]

    def _row(self, kind: LevelKind, cell: int) -> Level:
        price, bar = int(self.cells.prices[cell]), int(self.cells.bar[cell])
        until = self._next[cell]
        return Level(kind, price, price, bar, None if until < 0 else int(until))

    @cached_property
    def _next(self) -> Integers:
        """The next bar in which each cell's row traded, -1 where there is none."""
        bar, prices = self.cells.bar, self.cells.prices
        order = np.lexsort((bar, prices))
        later = np.full(len(bar), -1, np.int64)
        same = np.flatnonzero(prices[order][1:] == prices[order][:-1])
        later[order[same]] = bar[order[same + 1]]
        return later

    @staticmethod
    def _ended(level: Level, doubts: Integers) -> Level:
        later = doubts[np.searchsorted(doubts, level.born) :]
        if not len(later) or (level.until is not None and level.until <= later[0]):
            return level
        return level._replace(until=int(later[0]))


def _joined(bars: Sequence[FootprintBar]) -> Cells:
    if not bars:
        nothing = np.empty(0, np.int64)
        return Cells(1, nothing, nothing, nothing, nothing)
    number = np.repeat(np.arange(len(bars)), [len(bar.prices) for bar in bars])
    columns = ((bar.prices, bar.sell, bar.buy) for bar in bars)
    return Cells(bars[0].group, number, *map(np.concatenate, zip(*columns, strict=True)))
