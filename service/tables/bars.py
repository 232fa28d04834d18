"""Tables of bars and of what was sold and bought at each price inside of them."""

from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_FLOOR, Decimal

from market.events import Event, Trade
from market.market import Market
from service.tables.folding import Folded, Print, fold
from service.tables.table import Holes, Row, Value, Wish


class BarTable:
    """Rows of bars, made of the trades of the span alone."""

    def __init__(self, wish: Wish, told: Callable[[Folded, Decimal], Iterable[Row]]) -> None:
        """`told` makes rows of a bar and the height of a price row."""
        self._wish, self._told = wish, told
        self._fold = fold(wish.basis, cells=told is cells)
        self._traded, self._holes = 0, Holes()

    @property
    def late(self) -> int:
        """Trades that came after their bar was written."""
        return self._fold.late

    def take(self, market: Market, event: Event) -> Iterator[Row]:
        """The rows of bars that are over with a trade."""
        if not self._fold.since:
            self._fold.since = market.clock and max(market.clock, self._wish.start)
        if not isinstance(event, Trade) or market.trades.end == self._traded:
            return
        self._traded = market.trades.end
        newest, instrument = market.trades.newest(), market.instrument
        assert newest is not None
        assert instrument is not None
        if self._wish.holds(newest.ts):
            gap = self._holes.since(market)
            for bar in self._fold.add(market, Print(instrument, *newest, gap)):
                yield from self._rows(market, bar)

    def finish(self, market: Market) -> Iterator[Row]:
        """The rows of bars that were kept for late trades, and of what is not over."""
        end = self._wish.end
        horizon = market.clock if end is None else min(end, market.clock)
        for bar in self._fold.finish(market, horizon):
            yield from self._rows(market, bar)

    def _rows(self, market: Market, bar: Folded) -> Iterator[Row]:
        gap = bar.gap or any(
            hole.start < bar.end and (hole.end is None or hole.end >= bar.start)
            for hole in market.gaps
        )
        assert market.instrument is not None  # it has traded
        height = market.instrument.tick_size * self._wish.grouping
        for row in self._told(bar, height):
            yield (market.id, bar.start, bar.end, *row, bar.whole, gap)


def sums(bar: Folded, height: Decimal) -> Iterator[Row]:
    """A bar in one row."""
    sides: tuple[Value, ...] = (bar.buy + bar.sell, bar.buy, bar.sell, bar.buy - bar.sell)
    yield (bar.open, bar.high, bar.low, bar.close, *sides, bar.value, bar.trades)


def cells(bar: Folded, height: Decimal) -> Iterator[Row]:
    """A row for each row of prices that traded, the lowest first."""
    grouped: dict[Decimal, tuple[Decimal, Decimal, int]] = {}
    for price, (sold, bought, trades) in bar.cells.items():
        low = (price / height).to_integral_value(ROUND_FLOOR) * height
        before = grouped.get(low, (Decimal(0), Decimal(0), 0))
        grouped[low] = before[0] + sold, before[1] + bought, before[2] + trades
    for low in sorted(grouped):
        yield (low, height, *grouped[low])
