"""Summed depth: the books of several markets of one coin over time as one (definitions.md 23).

It is read as a `DepthHistory` is, on rows of the first market's ticks. A column is known where it
is known of every market, so none is ever the sum of fewer than the others.
"""

from collections.abc import Hashable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, TypeAlias
from weakref import ReferenceType, WeakKeyDictionary, ref

import numpy as np
from numpy.typing import NDArray

from market.book import Book
from market.depth import DepthHistory, DepthView
from market.fitting import common_grid, fit, scaled
from market.gaps import Gap
from market.instrument import Instrument
from market.market import Market
from market.recent import Recent
from market.traded import Rows
from market.trades import TradeLog

_KEPT = 4


class Member(NamedTuple):
    """One market in the sums; not kept itself, for what is kept goes with the first of them."""

    depth: DepthHistory
    instrument: Instrument
    book: ReferenceType[Book]
    id: str
    gaps: Sequence[Gap]


class SummedDepth:
    """Several depth histories added up, in lots of `lot_size`.

    What is not a whole number of these is rounded, once for each row.
    """

    def __init__(self, members: Sequence[Member], lot_size: Decimal) -> None:
        self._members = tuple(members)
        self._first = members[0].instrument
        self.grid = common_grid([member.instrument for member in members])
        """The first market's instrument on grids that all lie on."""
        self._ratio = Fraction(self.grid.lot_size) / Fraction(lot_size)

    @property
    def version(self) -> Hashable:
        """Something that differs whenever one of the books of now may."""
        books = (member.book() for member in self._members)
        return tuple(None if book is None else book.edition for book in books)

    def view(
        self, interval: int, end: int, columns: int, group: int, low: int, rows: int
    ) -> DepthView:
        """The sums of `DepthHistory.view`; rows begin at multiples of `group`."""
        chosen, known = Rows(group, low // group, max(rows, 0)), None
        starts, lots = np.empty(0, np.int64), np.zeros((2, max(columns, 0), max(rows, 0)), np.int64)
        for depth, instrument, *_ in self._members:
            fitted = fit(chosen, self._first, instrument, self.grid)
            wide = Rows(1, 0, 0) if fitted is None else fitted.rows
            view = depth.view(
                interval, end, columns, wide.group, wide.bottom * wide.group, wide.length
            )
            starts = view.starts
            known = view.known if known is None else known & view.known
            if fitted is None:
                known = known & False
            else:
                lots = lots + fitted.onto(np.array((view.bid, view.ask)))
        assert known is not None
        lots[:, ~known] = 0
        bid, ask = scaled(lots, self._ratio)
        return DepthView(starts, bid, ask, known)

    def gap(self, begin: int, end: int) -> tuple[str, Gap] | None:
        """The first gap of any market that touches a span of time, and which market's it is."""
        for member in self._members:
            for gap in member.gaps:
                if gap.start < end and (gap.end is None or gap.end >= begin):
                    return member.id, gap
        return None

    def known(self, interval: int, end: int, columns: int) -> NDArray[np.bool_]:
        """Which buckets can be shown."""
        each = [member.depth.known(interval, end, columns) for member in self._members]
        found: NDArray[np.bool_] = np.all(each, axis=0)
        return found

    def reached(self, interval: int) -> int:
        """Columns of this interval that end here or before are closed."""
        return min(member.depth.reached(interval) for member in self._members)

    def edition(self, interval: int) -> Hashable:
        """Something that stays equal for as long as closed columns come out as they did."""
        return tuple(member.depth.edition(interval) for member in self._members)


Depth: TypeAlias = DepthHistory | SummedDepth


def summed_depth(markets: Sequence[Market], exact: bool = False) -> SummedDepth | None:
    """The depth of markets as one, in lots of the first or, exactly, of the grid of all.

    The same again for as long as their grids are the same; None where it is one alone.
    """
    members = [
        Member(market.depth, market.instrument, ref(market.book), market.id, market.gaps)
        for market in markets
        if market.instrument is not None and market.depth is not None and market.book is not None
    ]
    if len(members) < 2:
        return None
    instruments = [member.instrument for member in members]
    lot = common_grid(instruments).lot_size if exact else instruments[0].lot_size
    kept = _SUMS.get(markets[0].trades)
    if kept is None:
        kept = _SUMS[markets[0].trades] = Recent(_KEPT)
    key = tuple((member.depth, member.instrument, member.book) for member in members), lot
    return kept.get(key, lambda: SummedDepth(members, lot))


_SUMS: WeakKeyDictionary[TradeLog, Recent[Hashable, SummedDepth]] = WeakKeyDictionary()
