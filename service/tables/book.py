"""Tables of the verified book: its best prices as they change, its best levels at intervals."""

from collections.abc import Iterable, Iterator

from market.book import Level
from market.events import BookDelta, BookSnapshot, Event, FeedStatus
from market.instrument import Instrument
from market.market import Market
from service.tables.stated import moment
from service.tables.table import Holes, Row, Value, Wish

_NOTHING: tuple[None, None, None, None] = (None, None, None, None)


class Top:
    """Best bid and ask with their sizes, a row whenever one of the four changes.

    A book that is not to be believed is a row of nothing: what stood before stands no more.
    """

    def __init__(self, wish: Wish) -> None:
        self._wish, self._holes = wish, Holes()
        self._last: Row = _NOTHING
        self._told = False

    def take(self, market: Market, event: Event) -> Iterator[Row]:
        """A row where what a book or a state brings is new."""
        if not isinstance(event, BookDelta | BookSnapshot | FeedStatus):
            return
        best = _best(market)
        if best == self._last or not self._wish.holds(moment(market, event)):
            return
        if self._told or best != _NOTHING:
            self._told, self._last = True, best
            yield (market.id, market.clock, event.ts_recv, *best, self._holes.since(market))

    def finish(self, market: Market) -> Iterable[Row]:
        """Nothing: each row was handed over when it came."""
        return ()


class Books:
    """The best levels of each side at every multiple of an interval in market time.

    A row is the book after every event before its moment. While the book is not to be believed
    there is one row of nothing, then none until it is.
    """

    def __init__(self, wish: Wish) -> None:
        self._wish, self._holes = wish, Holes()
        self._next: int | None = None
        self._changed: int | None = None
        self._empty = True

    def take(self, market: Market, event: Event) -> Iterator[Row]:
        """The rows of moments that an event is the first not to be before."""
        yield from self._until(market, max(moment(market, event), market.clock))
        if isinstance(event, BookDelta | BookSnapshot):
            self._changed = max(moment(market, event), self._changed or 0)

    def finish(self, market: Market) -> Iterable[Row]:
        """Nothing: a moment that no event came after is not known to be over."""
        return ()

    def _until(self, market: Market, now: int) -> Iterator[Row]:
        every = self._wish.every
        if self._next is None:
            # The first moment that something is known to have happened before.
            after, start = now // every * every + every, -(-self._wish.start // every) * every
            self._next = max(after, start) if now else None
            return
        while self._next <= now:
            at = self._next
            good = market.book_good
            if self._wish.holds(at) and (good or not self._empty):
                self._empty = not good
                levels = self._levels(market)
                yield (market.id, at, self._changed, *levels, self._holes.since(market))
            # What is not known does not become more with every moment.
            self._next = at + every if good else now // every * every + every

    def _levels(self, market: Market) -> Iterator[Value]:
        """Bid, its size, ask, its size, of each level."""
        count, book, instrument = self._wish.levels, market.book, market.instrument
        if not market.book_good or book is None or instrument is None:
            yield from (None,) * (4 * count)
            return
        bids, asks = book.top(count)
        for rank in range(count):
            yield from _side(instrument, bids, rank)
            yield from _side(instrument, asks, rank)


def _best(market: Market) -> Row:
    book, instrument = market.book, market.instrument
    if not market.book_good or book is None or instrument is None:
        return _NOTHING
    bid, ask = book.best_bid, book.best_ask
    bids = [] if bid is None else [Level(bid, int(book.grouped(1, bid, 1)[0][0]))]
    asks = [] if ask is None else [Level(ask, int(book.grouped(1, ask, 1)[1][0]))]
    return (*_side(instrument, bids, 0), *_side(instrument, asks, 0))


def _side(instrument: Instrument, levels: list[Level], rank: int) -> tuple[Value, Value]:
    if rank >= len(levels):
        return None, None
    ticks, lots = levels[rank]
    return instrument.price(ticks), instrument.size(lots)
