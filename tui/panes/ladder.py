"""Ladder: resting sizes, traded volume and what was pulled and stacked, on rows that stay put."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from market.bar import Bar
from market.basis import TimeBasis, parse_basis
from market.chase import Chase, chases
from market.cost import Cost
from market.instrument import Instrument, plain
from market.market import Market
from market.resting import is_rough, rested
from market.traded import Rows, traded
from tui.drawing.axis import nice_grouping
from tui.drawing.canvas import Canvas
from tui.drawing.format import price, step
from tui.drawing.look import Look
from tui.ladder.book import (
    cost_at,
    depth_sums,
    flow_sums,
    last_price,
    order_counts,
    orders_known,
    touch_of,
)
from tui.ladder.numbers import (
    FLOWS,
    cost_numbers,
    level_numbers,
    nothing,
    row_numbers,
    several_numbers,
)
from tui.ladder.paint import Drawing, Plan, Shown
from tui.ladder.several import Several
from tui.ladder.sheet import COUNTED, Columns, Wanted
from tui.ladder.words import (
    LEVELS,
    WORDY,
    chased,
    cost_words,
    elsewhere,
    imbalance,
    spread_words,
    unknown,
)
from tui.pane import Size, as_of, book_warning, message, stretch_within, title_row, waiting
from tui.rows import PriceRows, centred, followed, typical_grouping
from tui.scope import Scope
from tui.sketch.rows import draw_on_rows
from tui.venues import alike, unheard

_MINUTE = TimeBasis(60_000_000_000)
_MOST_SPREAD = 2
"""The spread has no more than one in so many rows, where rows are chosen by themselves."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """The book by price, best in the middle; `timeframe` is the window of what happened lately.

    Without a `grouping` rows are as coarse as the movement of recent minutes needs. Rows keep
    their prices until the price nears an edge. `until` shows the book of that moment.
    """

    kind: ClassVar[str] = "ladder"
    title: ClassVar[str] = "Ladder"
    minimum: ClassVar[Size] = Size(24, 6)

    grouping: int | None = None
    timeframe: str = "5m"
    until: int | None = None
    center: int | None = None
    traded: bool = True
    """Show what was sold and bought at each price."""
    bars: bool = True
    """Draw resting sizes as bars as well."""
    depth: bool = True
    """Show the sum of what rests from the best price to each."""
    flow: bool = True
    """Show what was pulled and stacked."""
    orders: bool = True
    """Show of how many orders sizes are made, where the venue says so."""
    chase: bool = True
    """Mark a best price that follows the market."""
    cross_price: int | None = None
    """Price that is pointed at, in ticks."""
    cross_time: int | None = None
    """Accepted and without effect: a ladder has no axis of time."""
    venues: Literal["one", "all"] = "one"
    """The market in focus, or the sum of all watched that trade the same."""

    def __post_init__(self) -> None:
        parse_basis(self.timeframe)
        if self.grouping is not None and self.grouping < 1:
            raise ValueError("grouping must be 1 tick or more")

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Draw title, column heads, price rows and totals."""
        if market is None or market.instrument is None or market.book is None:
            canvas = Canvas(size.width, size.height, look)
            title_row(canvas, look, self.title, market)
            message(canvas, look, waiting(market, "the book"))
            return canvas
        instrument = market.instrument
        rows = self._rows(market, instrument, size.height - 3)
        counted = (COUNTED,) if self.orders and orders_known(market, self.until) else ()
        wanted = Wanted(self.traded, self.bars, self.depth, self.flow, counted)
        plan = Plan.of(size.width, instrument, rows, wanted)
        shown = self._shown(market, rows, plan.at, look.measure.worth(instrument))
        unit = look.measure.grid(instrument)
        canvas = Drawing(size, look, unit, rows, shown, plan).draw(self.timeframe)
        draw_on_rows(canvas, market, rows, 2, (plan.at.left, plan.at.price))
        words = self._words(market, rows, shown, look, size.width)
        title_row(canvas, look, self.title, market, words)
        if shown.doubt is not None and not (shown.resting.any() or shown.traded.any()):
            message(canvas, look, unknown(market, self.until, look.zone))
        return canvas

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """Every level of the book now, best first; empty where the book is not to be believed.

        And what was pulled and stacked at the prices of a picture of this size, from the top.
        """
        instrument, book = market.instrument, market.book
        if instrument is None or book is None:
            return nothing([])
        flow = self._flow_numbers(market, instrument, size)
        if not market.book_good:
            return nothing(flow)
        bids, asks = book.top(max(book.levels))
        spread = asks[0].ticks - bids[0].ticks if bids and asks else None
        return {
            "bids": level_numbers(instrument, bids, self.grouping or 1),
            "asks": level_numbers(instrument, asks, self.grouping or 1),
            "spread": None if spread is None else plain(instrument.price(spread)),
            "flow": flow,
            "orders": self._order_numbers(market, instrument, size),
            "cost": self._cost_numbers(market, instrument, size),
        }

    def draw_all(self, scope: Scope, size: Size, look: Look) -> Canvas:
        """Draw the sum of all markets that trade the same; one market alone as ever."""
        several = self._several(scope, size)
        if several is None:
            return self.draw(scope.market, size, look)
        beside = several.beside if self.orders else ()
        wanted = Wanted(self.traded, self.bars, self.depth, self.flow, beside)
        plan = Plan.of(size.width, several.first, several.rows, wanted)
        shown = several.shown(plan.at, look, self.cross_price)
        unit = look.measure.grid(several.grid)
        canvas = Drawing(size, look, unit, several.rows, shown, plan).draw(self.timeframe)
        draw_on_rows(canvas, several.markets[0], several.rows, 2, (plan.at.left, plan.at.price))
        words = several.words(look, shown, size.width)
        title_row(canvas, look, self.title, scope.market, words)
        if several.doubt is not None and not shown.traded.any():
            message(canvas, look, unknown(several.markets[0], self.until, look.zone))
        return canvas

    def numbers_all(self, scope: Scope, size: Size) -> dict[str, object]:
        """The same of the sum of all markets that trade the same, and of each of them."""
        several = self._several(scope, size)
        if several is None:
            return nothing([]) if scope.market is None else self.numbers(scope.market, size)
        return several_numbers(several, self.grouping or 1, self.cross_price)

    def _several(self, scope: Scope, size: Size) -> Several | None:
        """The markets that trade the same as the one in focus; None where that is alone."""
        market = scope.market
        if self.venues == "one" or market is None or market.instrument is None:
            return None
        markets = [*alike(scope), *unheard(scope)]
        if market.book is None or len(markets) < 2:
            return None
        rows = self._rows(market, market.instrument, size.height - 3)
        return Several(markets, rows, parse_basis(self.timeframe), self.until)

    def group_shown(self, market: Market, size: Size) -> int | None:
        """Ticks a row in a picture of this size."""
        if market.instrument is None or market.book is None:
            return None
        return self._rows(market, market.instrument, size.height - 3).group

    @property
    def crossed(self) -> bool:
        """Whether a price is pointed at."""
        return self.cross_price is not None

    def crossed_at(self, market: Market, size: Size, x: int, y: int) -> "Ladder":
        """The pane pointing at the price of a row of its picture; itself outside the rows."""
        if market.instrument is None or market.book is None:
            return self
        rows = self._rows(market, market.instrument, size.height - 3)
        row = y - 2
        if not 0 <= row < rows.count:
            return self
        return replace(self, cross_price=rows.edges()[row])

    def cross_moved(self, market: Market, size: Size, right: int, up: int) -> "Ladder":
        """The pane pointing so many rows higher, or first at the row of the last price."""
        if market.instrument is None or market.book is None or size.height <= 3:
            return self
        rows = self._rows(market, market.instrument, size.height - 3)
        at = last_price(market, self.until) if self.cross_price is None else self.cross_price
        row = min(max(0, rows.row(at) - up), rows.count - 1)
        return replace(self, cross_price=rows.edges()[row])

    def _rows(self, market: Market, instrument: Instrument, count: int) -> PriceRows:
        count = max(0, count)
        group = self.grouping
        if group is None:
            group = typical_grouping(
                self._minutes(market), count, instrument, last_price(market, self.until)
            )
            touch = touch_of(market, self.until)
            spread = 0 if touch is None else touch.ask - touch.bid
            if spread * _MOST_SPREAD > group * max(1, count):
                # Else nothing but the spread would be on the ladder of a market without makers.
                wanted = 2 * _MOST_SPREAD * spread / max(1, count)
                group = nice_grouping(wanted, instrument.tick_size)
        if self.center is not None:
            return centred(self.center, group, count)
        return followed(market, self.until, group, count)

    def _minutes(self, market: Market) -> Sequence[Bar]:
        """The last minutes that are over."""
        bars = market.bars(_MINUTE)
        if self.until is not None:
            return bars.before(self.until, 10)
        parted = bars.parted(None, 11)
        return () if parted is None else parted.run.bars

    def _shown(self, market: Market, rows: PriceRows, at: Columns, worth: int) -> Shown:
        """Read the model once, everything that has a column, from the top row down.

        What is written are values in units of `worth`, or lots.
        """
        instrument = market.instrument
        assert instrument is not None
        basis, log = parse_basis(self.timeframe), market.trades
        start, stop = stretch_within(market, basis, self.until)
        kind = (basis, self.until is None)
        sums = traded(log, kind, start, stop, Rows(rows.group, rows.bottom, rows.count), worth)
        last = None
        if start < stop:
            _, ticks, lots = log.between(stop - 1, stop)
            last = int(ticks[0]), bool(lots[0] > 0)
        bid, ask, known = rested(market, self.until, rows.group, rows.low, rows.count)
        doubt = book_warning(market) if self.until is None else None if known else "UNKNOWN"
        sizes = resting = np.array((bid, ask))
        if worth:
            valued = rested(market, self.until, rows.group, rows.low, rows.count, worth)
            resting = np.array(valued[:2])
        flow = flow_sums(market, basis, self.until, rows, worth) if at.flow else None
        orders = order_counts(market, self.until, rows) if at.beside else None
        return Shown(
            sizes[:, ::-1],
            resting[:, ::-1],
            np.array((sums.sold, sums.bought))[:, ::-1],
            depth_sums(market, self.until, rows, resting, worth)[:, ::-1] if at.depth else None,
            None if flow is None else flow[:, :, ::-1],
            None if orders is None else orders[:, ::-1],
            last,
            touch_of(market, self.until),
            self._chases(market),
            doubt,
            self._cross(market, instrument, rows, doubt),
        )

    def _chases(self, market: Market) -> tuple[Chase | None, Chase | None]:
        depth = market.depth
        if not self.chase or depth is None or market.last is None:
            return None, None
        if self.until is None and not market.book_good:
            return None, None
        end = market.clock if self.until is None else self.until
        return chases(depth, end, last_price(market, self.until))

    def _cost(self, market: Market, group: int) -> Cost | None:
        """What it costs to trade to the row that is pointed at."""
        assert self.cross_price is not None
        return cost_at(market, self.until, self.cross_price // group * group, group)

    def _cross(
        self, market: Market, instrument: Instrument, rows: PriceRows, doubt: str | None
    ) -> tuple[int, str] | None:
        """The row that is pointed at and its numbers in words."""
        if self.cross_price is None:
            return None
        low = self.cross_price // rows.group * rows.group
        cost = self._cost(market, rows.group) if doubt is None else None
        head = f"to {price(instrument, low)}: "
        return rows.row(low), cost_words(head, instrument, cost, doubt)

    def _words(
        self, market: Market, rows: PriceRows, shown: Shown, look: Look, width: int
    ) -> list[str]:
        instrument = market.instrument
        assert instrument is not None
        rough = is_rough(self.until, rows.group, rows.count)
        measured = look.measure.words(instrument, rough)
        words = [*measured, *as_of(self.until, look.zone)]
        words += elsewhere(instrument, rows, last_price(market, self.until))
        if shown.touch is not None and shown.doubt is None:
            words.append(spread_words(instrument, *shown.touch))
        wide = width >= WORDY and market.book is not None
        if wide and shown.touch is not None and shown.doubt is None:
            assert market.book is not None
            words.append(imbalance(*market.book.top(LEVELS)))
        words.append(f"rows of {step(instrument, rows.group)}")
        words += chased(instrument, shown.chases)
        if instrument.base and not measured:
            words.append(f"size in {instrument.base}")
        return words

    def _flow_numbers(
        self, market: Market, instrument: Instrument, size: Size
    ) -> list[dict[str, str]]:
        """Rows in which anything was pulled or stacked, from the top."""
        rows = self._rows(market, instrument, size.height - 3)
        flow = flow_sums(market, parse_basis(self.timeframe), self.until, rows)
        if flow is None:
            return []
        lots = flow.reshape(4, -1)[:, ::-1]
        return row_numbers(instrument, instrument, rows.edges(), FLOWS, lots)

    def _order_numbers(
        self, market: Market, instrument: Instrument, size: Size
    ) -> list[dict[str, object]]:
        """Rows of which it is known how many orders they are, from the top; 0 is not known."""
        rows = self._rows(market, instrument, size.height - 3)
        counts = order_counts(market, self.until, rows)
        if counts is None:
            return []
        told = zip(rows.edges(), *counts[:, ::-1].tolist(), strict=True)
        return [
            {"price": plain(instrument.price(edge)), "bids": bids, "asks": asks}
            for edge, bids, asks in told
            if bids or asks
        ]

    def _cost_numbers(
        self, market: Market, instrument: Instrument, size: Size
    ) -> dict[str, str] | None:
        """The cost to trade to where is pointed at; its average is in `value` over `size`."""
        if self.cross_price is None:
            return None
        cost = self._cost(market, self._rows(market, instrument, size.height - 3).group)
        return cost_numbers(instrument, cost)
