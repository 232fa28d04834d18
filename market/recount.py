"""Recount: what was kept in contracts before anybody said what one is worth, in base currency."""

from collections.abc import Sequence

from market.book import Book, Standing
from market.events import BookSnapshot
from market.instrument import Instrument
from market.klines import Klines
from market.trades import TradeLog
from market.units import Units


def recount(book: Book, trades: TradeLog, klines: Klines, units: Units) -> Book:
    """Restate trades and klines in base currency, and give the book that stands so.

    The book given has the instrument that all of them are in from then on.
    """
    taken = units.taken_over(book.instrument)
    trades.revalue(units, book.instrument)
    klines.revalue(units, taken)
    bids, asks = (_levels(side, book.instrument, units) for side in book.standing())
    fresh = Book(taken)
    fresh.replace(BookSnapshot(taken.id, None, 0, bids, asks, book.sequence))
    fresh.known, fresh.off_grid = book.known, book.off_grid
    return fresh


def _levels(side: Standing, old: Instrument, units: Units) -> Sequence[tuple[float, float]]:
    stated = zip(side.ticks.tolist(), side.lots.tolist(), strict=True)
    levels = [(float(old.price(ticks)), float(old.size(lots))) for ticks, lots in stated]
    return [(price, units.size(size, price)) for price, size in levels]
