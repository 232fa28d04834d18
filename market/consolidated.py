"""Consolidated: the books of several markets of one coin as one (definitions.md 23).

A row is the sum of what rests there in each market, in base currency on the finest grid that all
sizes lie on. Only a book that may be believed is part of a sum; one that may not is named with its
reason, so that a sum of fewer is never taken for that of all. That the best bid is above the best
ask is usual here: two venues disagree, and nobody has traded the difference away yet.
"""

from collections import Counter
from collections.abc import Sequence
from heapq import nsmallest
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from market.book import Book, Level
from market.events import FeedState
from market.fitting import Fit, common_grid, fit
from market.instrument import Instrument
from market.market import Market
from market.recent import Recent
from market.resting import rested
from market.traded import Rows
from market.worth import worth_of

Integers = NDArray[np.int64]

_UNFIT = "its prices do not fit rows of this step"
_UNKNOWN = "UNKNOWN"
_KEPT = 4
"""Views of one book that are kept while it stands unchanged."""


class Part(NamedTuple):
    """One market in a consolidated book."""

    market: Market
    fit: Fit
    lots: Integers
    """[bids and asks, row]: what rests there, in lots of the common grid, the lowest row first."""


class LeftOut(NamedTuple):
    """A market that is no part of the sums, and why."""

    market: Market
    reason: str


class Best(NamedTuple):
    """The best price of one side, in ticks of the common grid."""

    ticks: int
    parts: tuple[int, ...]
    """The numbers of the markets that have it."""


class Consolidated(NamedTuple):
    """Several books on the same rows."""

    grid: Instrument
    """The first market's, on grids that all of them lie on."""
    parts: tuple[Part, ...]
    left_out: tuple[LeftOut, ...]
    length: int
    """Rows."""

    @property
    def lots(self) -> Integers:
        """[bids and asks, row]: what rests in all of them."""
        return _summed([part.lots for part in self.parts], self.length)

    def values(self, until: int | None) -> Integers:
        """The same as what it is worth, in units of the common grid."""
        return _summed([values_of(part, until) for part in self.parts], self.length)

    def leaders(self) -> tuple[Integers, Integers]:
        """[bids and asks, row]: which part has most of it, the first of equals, and how much."""
        each = np.array([part.lots for part in self.parts])
        leader = each.argmax(axis=0)
        return leader, np.take_along_axis(each, leader[None], axis=0)[0]


def consolidated(markets: Sequence[Market], rows: Rows, until: int | None) -> Consolidated:
    """The books of markets, now or at a time, on rows of the first one's ticks.

    The first market has an instrument; one without has no book yet and is left out.
    """
    first = markets[0].instrument
    assert first is not None
    grid = common_grid([each.instrument for each in markets if each.instrument is not None])
    parts: list[Part] = []
    left_out: list[LeftOut] = []
    for market in markets:
        found = _part(market, rows, first, grid, until)
        if isinstance(found, Part):
            parts.append(found)
        else:
            left_out.append(LeftOut(market, found))
    return Consolidated(grid, tuple(parts), tuple(left_out), rows.length)


def doubt_of(market: Market) -> str | None:
    """Why the book of now is no part of a sum, None where it is.

    An old book is shown where it stands alone; among others it would cross theirs.
    """
    state = market.status.state
    if market.book_good:
        return state.value if state is FeedState.STALE else None
    if market.synced:
        return "CROSSED"
    good = state in (FeedState.LIVE, FeedState.REPLAY, FeedState.SIM)
    return FeedState.SYNCING.value if good else state.value


def bests(parts: Sequence[Part]) -> tuple[Best | None, Best | None]:
    """The best bid and ask of the books of now, and which markets have them."""
    bids = [_book(part).best_bid for part in parts]
    asks = [_book(part).best_ask for part in parts]
    return _best(parts, bids, True), _best(parts, asks, False)


def reach(parts: Sequence[Part]) -> tuple[int, int] | None:
    """The lowest and highest price that the snapshots of all books covered, in the common grid.

    Beyond them a sum lacks what some venue does not tell. None where there is no such price.
    """
    each = [(known[0], known[1], part.fit.ticks) for part in parts if (known := _book(part).known)]
    if not each or len(each) < len(parts):
        return None
    low, high = max(low * wide for low, _, wide in each), min(high * wide for _, high, wide in each)
    return (low, high) if low <= high else None


def top(parts: Sequence[Part], count: int) -> tuple[list[Level], list[Level]]:
    """The best `count` prices of either side of the books of now, best first.

    What is among the best of all is among as many best of its own.
    """
    sums: tuple[Counter[int], Counter[int]] = Counter(), Counter()
    for part in parts:
        for side, levels in zip(sums, _book(part).top(count), strict=True):
            for ticks, lots in levels:
                side[ticks * part.fit.ticks] += lots * part.fit.lots
    bids, asks = sums
    best = nsmallest(count, bids, key=lambda ticks: -ticks), nsmallest(count, asks)
    return [Level(at, bids[at]) for at in best[0]], [Level(at, asks[at]) for at in best[1]]


def values_of(part: Part, until: int | None) -> Integers:
    """[bids and asks, row]: what is in each row of one market, in values of the common grid."""
    assert part.market.instrument is not None
    worth = worth_of(part.market.instrument)
    rows = part.fit.rows
    bids, asks, _ = rested(part.market, until, rows.group, part.fit.low, rows.length, worth)
    return part.fit.onto(np.array((bids, asks)), valued=True)


def _part(
    market: Market, rows: Rows, first: Instrument, grid: Instrument, until: int | None
) -> Part | str:
    """A market on the rows, or why it is not there."""
    if market.instrument is None or market.book is None:
        return market.status.state.value
    doubt = doubt_of(market) if until is None else None
    if doubt is not None:
        return doubt
    fitted = fit(rows, first, market.instrument, grid)
    if fitted is None:
        return _UNFIT
    if until is None:
        return Part(market, fitted, fitted.onto(_standing(market.book, fitted.rows)))
    bids, asks, known = rested(market, until, fitted.rows.group, fitted.low, fitted.rows.length)
    return Part(market, fitted, fitted.onto(np.array((bids, asks)))) if known else _UNKNOWN


def _standing(book: Book, rows: Rows) -> Integers:
    """What stands in rows, counted once until the book changes; not to be written to."""
    kept = _BOOKS.get(book)
    if kept is None:
        kept = _BOOKS[book] = Recent(_KEPT)
    view = kept.get(rows, _View)
    if view.edition != book.edition:
        view.edition = book.edition
        view.lots = np.array(book.grouped(rows.group, rows.bottom * rows.group, rows.length))
    return view.lots


class _View:
    """Rows of a book as it was at an edition."""

    edition = -1
    lots: Integers = np.zeros((2, 0), np.int64)


_BOOKS: WeakKeyDictionary[Book, Recent[Rows, _View]] = WeakKeyDictionary()


def _best(parts: Sequence[Part], own: Sequence[int | None], highest: bool) -> Best | None:
    """The best of the best prices of some markets, which they state in their own ticks."""
    prices = {
        number: ticks * part.fit.ticks
        for number, (part, ticks) in enumerate(zip(parts, own, strict=True))
        if ticks is not None
    }
    if not prices:
        return None
    ticks = max(prices.values()) if highest else min(prices.values())
    return Best(ticks, tuple(number for number, price in prices.items() if price == ticks))


def _summed(each: Sequence[Integers], count: int) -> Integers:
    sums = np.zeros((2, count), np.int64)
    for lots in each:
        sums += lots
    return sums


def _book(part: Part) -> Book:
    assert part.market.book is not None
    return part.market.book
