"""Ladder of several: books, trades and flow of several markets of one coin on the same rows.

The rows are those of the market in focus. What is summed up of books is of those alone that may be
believed; what was traded, pulled and stacked is of all, as far as each of them knows.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from market.basis import Basis
from market.consolidated import Best, Consolidated, Part, bests, consolidated, reach, top
from market.cost import Cost, Side, cost_to
from market.fitting import Fit, fit
from market.instrument import Instrument
from market.market import Market
from market.resting import is_rough
from market.traded import Rows, traded
from market.worth import worth_of
from tui.drawing.format import price, safe_text, step
from tui.drawing.look import Look
from tui.ladder.book import Lots, Touch, beyond, flow_sums, sides_of
from tui.ladder.paint import Shown, Venues
from tui.ladder.sheet import SHARED, Columns
from tui.ladder.words import LEVELS, WORDY, cost_words, elsewhere, imbalance, spread_words
from tui.pane import as_of, stretch_within
from tui.rows import PriceRows
from tui.venues import inks, quotes, tags


class Several:
    """Several markets of one coin on the rows of the first."""

    def __init__(
        self, markets: Sequence[Market], rows: PriceRows, basis: Basis, until: int | None
    ) -> None:
        self.markets, self.rows, self.basis, self.until = markets, rows, basis, until
        first = markets[0].instrument
        assert first is not None
        self.first: Instrument = first
        self.chosen = Rows(rows.group, rows.bottom, rows.count)

    @cached_property
    def book(self) -> Consolidated:
        """The books that may be believed."""
        return consolidated(self.markets, self.chosen, self.until)

    @property
    def grid(self) -> Instrument:
        """What sizes and exact prices are told in."""
        return self.book.grid

    @property
    def doubt(self) -> str | None:
        """Why there is no book at all."""
        return None if self.book.parts else self.book.left_out[0].reason

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The markets' names in few cells."""
        return tags(self.markets)

    @property
    def beside(self) -> tuple[int, ...]:
        """Cells that the column of venues may have."""
        tag = max(map(len, self.tags))
        return tag + SHARED + 2, tag + 1

    @cached_property
    def best(self) -> tuple[Best | None, Best | None]:
        """The best bid and ask of all; the past keeps no exact ones."""
        return (None, None) if self.until is not None else bests(self.book.parts)

    def shown(self, at: Columns, look: Look, cross_price: int | None) -> Shown:
        """Everything that has a column, from the top row down, as it is written."""
        valued = look.measure.worth(self.grid) > 0
        lots = self.book.lots
        resting = self.book.values(self.until) if valued else lots
        flow = self.flow(valued) if at.flow else None
        return Shown(
            lots[:, ::-1],
            resting[:, ::-1],
            self.traded(valued)[:, ::-1],
            self.depth(resting, valued)[:, ::-1] if at.depth else None,
            None if flow is None else flow[:, :, ::-1],
            None,
            self._last(),
            self._touch(),
            (None, None),
            self.doubt,
            self._cross(cross_price),
            self._venues(look) if at.beside else None,
            self._part(),
            self._whole(),
        )

    def traded(self, valued: bool = False) -> Lots:
        """[sold and bought, row]: what was traded in all markets, the lowest row first."""
        sums = np.zeros((2, self.rows.count), np.int64)
        for market, fitted in self._fits:
            sums += self.traded_in(market, fitted, valued)
        return sums

    def traded_in(self, market: Market, fitted: Fit, valued: bool = False) -> Lots:
        """The same of one of them."""
        assert market.instrument is not None
        worth = worth_of(market.instrument) if valued else 0
        stretch = stretch_within(market, self.basis, self.until)
        kind = (self.basis, self.until is None)
        one = traded(market.trades, kind, *stretch, fitted.rows, worth)
        return fitted.onto(np.array((one.sold, one.bought)), valued)

    def flow(self, valued: bool = False) -> Lots | None:
        """[stacked and pulled, bids and asks, row]: of all, None where none has a record."""
        found: list[Lots] = []
        for market, fitted in self._fits:
            assert market.instrument is not None
            worth = worth_of(market.instrument) if valued else 0
            one = flow_sums(market, self.basis, self.until, PriceRows(*fitted.rows), worth)
            if one is not None:
                found.append(fitted.onto(one, valued))
        return np.sum(found, axis=0) if found else None

    def depth(self, resting: Lots, valued: bool = False) -> Lots:
        """[bids and asks, row]: what rests from the best price of each market to each row."""
        bids, asks = resting
        sums: Lots = np.array((bids[::-1].cumsum()[::-1], asks.cumsum()))
        for part in self.book.parts:
            fitted, instrument = part.fit, part.market.instrument
            assert instrument is not None
            worth = worth_of(instrument) if valued else 0
            own = beyond(part.market, self.until, fitted.low, fitted.high, part.lots, worth)
            sums += fitted.scaled(np.array(own, np.int64), valued)[:, None]
        return sums

    def cost(self, low: int) -> Cost | None:
        """What it costs to take all that rests in all markets up to a row, in the common grid."""
        wide = self._ticks(self.first)
        begin, end = low * wide, (low + self.rows.group) * wide
        found = [self._sides(part, begin, end) for part in self.book.parts]
        sides = [side for side in found if side is not None]
        if not sides or len(sides) < len(found):
            return None
        bids, asks = (
            Side(*(np.concatenate(column) for column in zip(*own, strict=True)))
            for own in zip(*sides, strict=True)
        )
        return cost_to(bids, asks, begin, end)

    def words(self, look: Look, shown: Shown, width: int) -> list[str]:
        """What the title says, what is missing first."""
        rough = is_rough(self.until, self.rows.group, self.rows.count)
        measured = look.measure.words(self.grid, rough)
        words = [*measured, *as_of(self.until, look.zone), *self._members()]
        last = 0 if self._newest is None else self._newest[1]
        words += elsewhere(self.first, self.rows, last)
        bid, ask = self.best
        if bid is not None and ask is not None:
            words += [*self._spread(bid, ask), *self._quotes(), *self._reach()]
            if width >= WORDY:
                words.append(imbalance(*top(self.book.parts, LEVELS)))
        words.append(f"rows of {step(self.first, self.rows.group)}")
        if self.grid.base and not measured:
            words.append(f"size in {self.grid.base}")
        return words

    def fitted(self, market: Market) -> Fit | None:
        """Where a market lies on the rows."""
        if market.instrument is None:
            return None
        return fit(self.chosen, self.first, market.instrument, self.grid)

    @cached_property
    def _fits(self) -> list[tuple[Market, Fit]]:
        """All markets that lie on the rows."""
        each = ((market, self.fitted(market)) for market in self.markets)
        return [(market, fitted) for market, fitted in each if fitted is not None]

    def _ticks(self, instrument: Instrument) -> int:
        """Ticks of the common grid in one of an instrument."""
        return int(instrument.tick_size / self.grid.tick_size)

    def _sides(self, part: Part, begin: int, end: int) -> tuple[Side, Side] | None:
        """The levels of one market in the common grid; None where they are too many."""
        wide, lots = part.fit.ticks, part.fit.lots
        sides = sides_of(part.market, self.until, begin // wide, -(-end // wide))
        if sides is None:
            return None
        bids, asks = (Side(side.ticks * wide, side.lots * lots) for side in sides)
        return bids, asks

    @cached_property
    def _newest(self) -> tuple[int, int, bool] | None:
        """The last trade of all in the window: when, at which tick of the first, and if bought."""
        found: list[tuple[int, int, bool]] = []
        for market, fitted in self._fits:
            start, stop = stretch_within(market, self.basis, self.until)
            if start < stop:
                ts, ticks, lots = market.trades.between(stop - 1, stop)
                at = int(ticks[0]) * fitted.ticks // self._ticks(self.first)
                found.append((int(ts[0]), at, bool(lots[0] > 0)))
        return max(found, default=None)

    def _last(self) -> tuple[int, bool] | None:
        return None if self._newest is None else self._newest[1:]

    def _touch(self) -> Touch | None:
        """The best prices in ticks of the first market, rounded down as rows are."""
        bid, ask = self.best
        if bid is None or ask is None:
            return None
        wide = self._ticks(self.first)
        return Touch(bid.ticks // wide, ask.ticks // wide)

    def _cross(self, cross_price: int | None) -> tuple[int, str] | None:
        if cross_price is None:
            return None
        low = cross_price // self.rows.group * self.rows.group
        cost = self.cost(low) if self.doubt is None else None
        head = f"to {price(self.first, low)}: "
        return self.rows.row(low), cost_words(head, self.grid, cost, self.doubt)

    def _venues(self, look: Look) -> Venues | None:
        if not self.book.parts:
            return None
        number = {id(market): at for at, market in enumerate(self.markets)}
        of = np.array([number[id(part.market)] for part in self.book.parts])
        leader, most = (rows[:, ::-1] for rows in self.book.leaders())
        total = np.maximum(self.book.lots[:, ::-1], 1)
        percent = np.clip((200 * most + total) // (2 * total), 1, 99)
        percent[most == total] = 100
        percent[most == 0] = 0
        return Venues(self.tags, inks(look), of[leader], percent)

    def _part(self) -> str:
        """How many books are summed up, where not all are."""
        count = len(self.book.parts)
        return "" if count == len(self.markets) else f" {count}/{len(self.markets)}"

    @cached_property
    def _known(self) -> tuple[int, int] | None:
        """Prices that all books of now cover, in the common grid."""
        return None if self.until is not None else reach(self.book.parts)

    def _whole(self) -> tuple[int, int] | None:
        """Rows of which all books of now tell, from the top; none of them where there is none."""
        if self.until is not None or not self.book.parts:
            return None
        if self._known is None:
            return self.rows.count, self.rows.count
        wide, count = self._ticks(self.first), self.rows.count
        low, high = self._known
        begin, last = self.rows.row(high // wide), self.rows.row(-(-low // wide))
        return min(max(0, begin), count), min(max(0, last + 1), count)

    def _reach(self) -> list[str]:
        """Up to which prices no book is lacking, where some of the rows are beyond."""
        if self._whole() in (None, (0, self.rows.count)):
            return []
        if self._known is None:
            return ["no price in all books"]
        low, high = (price(self.grid, ticks) for ticks in self._known)
        return [f"all reach {low} to {high}"]

    def _members(self) -> list[str]:
        """What is summed up, and what is not and why."""
        count, parts = len(self.markets), len(self.book.parts)
        words = [f"{parts} of {count} books" if parts < count else f"sum of {count} books"]
        words += [f"without {safe_text(out.market.id)} {out.reason}" for out in self.book.left_out]
        return words

    def _quotes(self) -> list[str]:
        """The currencies of prices, where they are not the same."""
        unlike = quotes(each.instrument for each in self.markets if each.instrument is not None)
        return [f"{' and '.join(map(safe_text, unlike))} as one"] if unlike else []

    def _spread(self, bid: Best, ask: Best) -> list[str]:
        """The spread, or how far the books are crossed, and between which venues."""
        there = f"bid of {self._names(bid)}", f"ask of {self._names(ask)}"
        if bid.ticks < ask.ticks:
            return [spread_words(self.grid, bid.ticks, ask.ticks), ", ".join(there)]
        if bid.ticks == ask.ticks:
            return [" meets ".join(there)]
        apart = step(self.grid, bid.ticks - ask.ticks)
        return [f"crossed by {apart}", " over ".join(there)]

    def _names(self, best: Best) -> str:
        """The venues that have a best price."""
        ids = [part.market.id for part in self.book.parts]
        known = {market.id: tag for market, tag in zip(self.markets, self.tags, strict=True)}
        return "+".join(known[ids[number]] for number in best.parts)
