"""Tables of what is known of a feed as a whole: its gaps, and the instrument it is of."""

from collections.abc import Iterable, Iterator

from market.events import Event, FeedStatus
from market.gaps import Gap
from market.market import Market
from service.tables.table import Row, Wish


class GapTable:
    """Spans of market time that a feed did not cover, a row each when it is over."""

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self._open: Gap | None = None

    def take(self, market: Market, event: Event) -> Iterator[Row]:
        """The row of a gap that is over."""
        if not isinstance(event, FeedStatus) or not market.gaps:
            return
        newest = market.gaps[-1]
        if newest.end is None:
            self._open = newest
        elif self._open is not None:
            self._open = None
            yield from self._row(market, newest)

    def finish(self, market: Market) -> Iterator[Row]:
        """The row of a gap that goes on."""
        if self._open is not None:
            yield from self._row(market, self._open)

    def _row(self, market: Market, gap: Gap) -> Iterator[Row]:
        """Unless nothing of it is of the span."""
        start, end = self._wish.start, self._wish.end
        if (gap.end is None or gap.end >= start) and (end is None or gap.start < end):
            yield (market.id, gap.start, gap.end, gap.reason)


class InstrumentTable:
    """What an instrument is, and how much came of it: one row at the end."""

    def __init__(self, wish: Wish) -> None:
        self._first = 0

    def take(self, market: Market, event: Event) -> Iterable[Row]:
        """Nothing yet."""
        self._first = self._first or market.clock
        return ()

    def finish(self, market: Market) -> Iterator[Row]:
        """The row of the instrument."""
        instrument = market.instrument
        if instrument is None:
            return
        listed = market.listed
        yield (
            market.id,
            str(instrument.kind) if listed else None,
            instrument.base or None,
            instrument.quote or None,
            instrument.tick_size,
            instrument.lot_size,
            listed.contract_size if listed else None,
            instrument.inferred,
            self._first or None,
            market.clock or None,
            market.counts.trades,
            market.counts.gaps,
        )
