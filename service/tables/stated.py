"""Tables of what a venue states by itself: trades, quotes, levels, funding and the like."""

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FundingRate,
    Kline,
    Liquidation,
    MarkPrice,
    OpenInterest,
    Trade,
)
from market.market import Market
from market.units import Units
from service.tables.table import Holes, Measures, Row, Wish, exact

E = TypeVar("E", bound=Event)


class Stated(Generic[E]):
    """A table with a row, or several, for each event of a kind."""

    def __init__(
        self,
        wish: Wish,
        kind: type[E],
        told: Callable[[E, Market, Units | None], Iterable[Row]],
    ) -> None:
        self._wish, self._kind, self._told = wish, kind, told
        self._holes, self._measures = Holes(), Measures()

    def take(self, market: Market, event: Event) -> Iterator[Row]:
        """The rows of an event of the kind, unless it is not of the span."""
        if not isinstance(event, self._kind) or not self._wish.holds(moment(market, event)):
            return
        rows = [*self._told(event, market, self._measures.of(market))]
        if rows:
            gap = self._holes.since(market)
            yield from ((market.id, *row, gap) for row in rows)

    def finish(self, market: Market) -> Iterable[Row]:
        """Nothing: each row was handed over when it came."""
        return ()


def moment(market: Market, event: Event) -> int:
    """When an event happened in market time."""
    return getattr(event, "ts_event", None) or market.clock


def trade(event: Trade, market: Market, units: Units | None) -> Iterator[Row]:
    """A print; one of no size is none."""
    if event.size:
        size, contracts = exact(event.size), None
        if units is not None:
            size, contracts = exact(units.trade(event).size), size
        head = (event.ts_event, event.ts_recv, event.id)
        yield (*head, exact(event.price), size, contracts, str(event.side))


def liquidation(event: Liquidation, market: Market, units: Units | None) -> Iterator[Row]:
    """A forced order."""
    size, contracts = exact(event.size), None
    if units is not None:
        size, contracts = exact(units.liquidation(event).size), size
    yield (event.ts_event, event.ts_recv, exact(event.price), size, contracts, str(event.side))


def quote(event: BookTicker, market: Market, units: Units | None) -> Iterator[Row]:
    """Best bid and ask as the venue states them beside its book."""
    of = event if units is None else units.quote(event)
    prices = exact(of.bid), exact(of.bid_size), exact(of.ask), exact(of.ask_size)
    yield (event.ts_event, event.ts_recv, event.sequence, *prices)


def funding(event: FundingRate, market: Market, units: Units | None) -> Iterator[Row]:
    """A funding rate."""
    yield (event.ts_event, event.ts_recv, exact(event.rate), event.next_time)


def interest(event: OpenInterest, market: Market, units: Units | None) -> Iterator[Row]:
    """Open interest; of inverse contracts what they are worth at the price of the moment."""
    if units is None:
        yield (event.ts_event, event.ts_recv, exact(event.size), None)
        return
    worth = units.interest(event, _price(market))
    size = None if worth is None else exact(worth.size)
    yield (event.ts_event, event.ts_recv, size, exact(event.size))


def mark(event: MarkPrice, market: Market, units: Units | None) -> Iterator[Row]:
    """A mark price."""
    yield (event.ts_event, event.ts_recv, exact(event.price), exact(event.index))


class Depth:
    """Every level of a whole book, or every one that changed, a row each."""

    def __init__(self, wish: Wish) -> None:
        self._wish, self._holes, self._measures = wish, Holes(), Measures()

    def take(self, market: Market, event: Event) -> Iterator[Row]:
        """The rows of a statement, bids first."""
        if not isinstance(event, BookDelta | BookSnapshot):
            return
        if not self._wish.holds(moment(market, event)):
            return
        units, gap = self._measures.of(market), self._holes.since(market)
        head = (event.ts_event, event.ts_recv, event.sequence, isinstance(event, BookSnapshot))
        for side, levels in (("bid", event.bids), ("ask", event.asks)):
            for price, size in levels:
                size = size if units is None else units.size(size, price)
                yield (market.id, *head, side, exact(price), exact(size), gap)

    def finish(self, market: Market) -> Iterable[Row]:
        """Nothing: each row was handed over when it came."""
        return ()


class Candles:
    """The venue's own bars, each once: when it is over, or at the end as it stood last."""

    def __init__(self, wish: Wish) -> None:
        self._wish, self._holes, self._measures = wish, Holes(), Measures()
        self._told: dict[str, set[int]] = {}
        self._forming: dict[tuple[str, int], Kline] = {}

    def take(self, market: Market, event: Event) -> Iterator[Row]:
        """The row of a bar that is over."""
        if not isinstance(event, Kline) or not self._wish.holds(event.start):
            return
        told, key = self._told.setdefault(event.interval, set()), (event.interval, event.start)
        if event.start in told:
            return
        if not event.closed:
            self._forming[key] = event
            return
        told.add(event.start)
        self._forming.pop(key, None)
        yield self._row(market, event)

    def finish(self, market: Market) -> Iterator[Row]:
        """The rows of bars that nobody said were over."""
        for key in sorted(self._forming):
            yield self._row(market, self._forming[key])

    def _row(self, market: Market, event: Kline) -> Row:
        units = self._measures.of(market)
        of = event if units is None else units.kline(event)
        prices = (exact(price) for price in (of.open, of.high, of.low, of.close))
        volumes = exact(of.volume), exact(of.buy_volume), of.quote_volume
        head = (market.id, of.interval, of.start, of.end)
        return (*head, *prices, *volumes, of.trades, of.closed, self._holes.since(market))


def _price(market: Market) -> float | None:
    """What contracts are worth now: the mark price, else the last one."""
    if market.mark is not None:
        return market.mark.price
    if market.last is None or market.instrument is None:
        return None
    return float(market.instrument.price(market.last.ticks))
