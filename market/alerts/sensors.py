"""Sensors: each reads one measure off a market after an event, or nothing where it is not known.

A reading that may be wrong is none: sums over a gap, a change from a price nobody saw, the spread
of a book that cannot be believed.
"""

from collections.abc import Hashable
from decimal import Decimal
from math import isfinite
from typing import Final, NamedTuple, Protocol

import numpy as np

from market.alerts.rule import Condition
from market.alerts.window import Window
from market.events import Event, FeedState, FundingRate, Liquidation, OpenInterest, Side
from market.gaps import Gap
from market.instrument import plain
from market.market import Market

NEWS: Final = 2_000_000_000
"""Market time, ns, by which a trade may come late and still be news."""
FORCED_NEWS: Final = 60_000_000_000
"""The same of forced orders, which venues tell of when they like."""
GOOD: Final = frozenset({FeedState.LIVE, FeedState.REPLAY, FeedState.SIM, FeedState.SNAPSHOT_ONLY})
"""States in which a feed is well."""


class Reading(NamedTuple):
    """A measure at a moment of market time."""

    value: Decimal
    at: int
    note: str = ""
    """What there is to say beside the value."""
    key: Hashable = None
    """What happened, where a reading is a happening and not a level: it is told once."""


class Sensor(Protocol):
    """What reads a measure."""

    def read(self, market: Market, event: Event) -> Reading | None:
        """The measure after an event that the market has taken; None where it is not known."""
        ...


class Price:
    """The last price: that of the newest trade by its own time."""

    def __init__(self, condition: Condition) -> None:
        self._at = 0

    def read(self, market: Market, event: Event) -> Reading | None:
        last, grid = market.last, market.instrument
        if last is None or grid is None or last.ts < self._at:
            return None
        self._at = last.ts
        return Reading(grid.price(last.ticks), last.ts)


class Change:
    """The change of the last price over a span, in percent."""

    def __init__(self, condition: Condition) -> None:
        self._window = Window(condition.span)

    def read(self, market: Market, event: Event) -> Reading | None:
        window, last = self._window, market.last
        window.update(market.trades)
        if last is None or last.ts < window.now:
            return None
        before = window.before(market)
        if not before:
            return None
        return Reading((Decimal(last.ticks) / before - 1) * 100, last.ts)


class Sum:
    """Delta or volume over a span, in base currency or in quote."""

    def __init__(self, condition: Condition) -> None:
        self._window = Window(condition.span)
        self._name, self._quote = condition.subject, condition.unit == "quote"

    def read(self, market: Market, event: Event) -> Reading | None:
        window, grid = self._window, market.instrument
        window.update(market.trades)
        if grid is None or not window.whole(market):
            return None
        if self._quote:
            many = window.delta_value if self._name == "delta" else window.volume_value
            return Reading(many * grid.tick_size * grid.lot_size, window.now)
        lots = window.delta if self._name == "delta" else window.volume
        return Reading(grid.size(lots), window.now)


class Count:
    """How many trades were printed over a span, of both sides or of one."""

    def __init__(self, condition: Condition) -> None:
        self._window, self._side = Window(condition.span), condition.side

    def read(self, market: Market, event: Event) -> Reading | None:
        window = self._window
        window.update(market.trades)
        if not window.whole(market):
            return None
        many = {None: window.trades, Side.BUY: window.bought}.get(
            self._side, window.trades - window.bought
        )
        return Reading(Decimal(many), window.now)


class Order:
    """The size of the order of which the newest trade is a part (definitions.md 13)."""

    def __init__(self, condition: Condition) -> None:
        self._side, self._quote = condition.side, condition.unit == "quote"
        self._key: tuple[int, Side] | None = None
        self._sum = Decimal(0)

    def read(self, market: Market, event: Event) -> Reading | None:
        last, grid = market.last, market.instrument
        if last is None or grid is None:
            return None
        if self._key != (last.ts, last.side):
            self._key, self._sum = (last.ts, last.side), Decimal(0)
        price, size = grid.price(last.ticks), grid.size(abs(last.lots))
        self._sum += size * price if self._quote else size
        if last.ts < market.clock - NEWS or self._side not in (None, last.side):
            return None
        return Reading(self._sum, last.ts, f"{last.side} at {plain(price)}", self._key)


class Forced:
    """The size of a forced order."""

    def __init__(self, condition: Condition) -> None:
        self._side, self._quote = condition.side, condition.unit == "quote"

    def read(self, market: Market, event: Event) -> Reading | None:
        assert isinstance(event, Liquidation)
        if event.ts_event < market.clock - FORCED_NEWS or self._side not in (None, event.side):
            return None
        # As the market holds it: in base currency.
        price, size = _exact(market.forced[-1].price), _exact(market.forced[-1].size)
        if price is None or size is None:
            return None
        closed = "long" if event.side is Side.SELL else "short"
        note = f"{event.side} at {plain(price)}, closes a {closed}"
        key = (event.ts_event, event.price, event.size, event.side)
        return Reading(size * price if self._quote else size, event.ts_event, note, key)


class Interest:
    """The change of open interest over a span, in percent of what it was."""

    def __init__(self, condition: Condition) -> None:
        self._span, self._at = condition.span, 0

    def read(self, market: Market, event: Event) -> Reading | None:
        assert isinstance(event, OpenInterest)
        if event.ts_event < self._at:
            return None
        now = self._at = event.ts_event
        since = now - self._span
        ends = np.array([since + 1, now + 1], np.int64)
        before, after = map(_exact, market.happenings.interest.before(ends).tolist())
        if not before or after is None or _within(since, market.gaps):
            return None
        return Reading((after / before - 1) * 100, now)


class Funding:
    """The funding rate of the present interval, in percent."""

    def __init__(self, condition: Condition) -> None:
        self._at = 0

    def read(self, market: Market, event: Event) -> Reading | None:
        assert isinstance(event, FundingRate)
        if event.ts_event < self._at:
            return None
        self._at, rate = event.ts_event, _exact(event.rate)
        return None if rate is None else Reading(rate * 100, event.ts_event)


class Spread:
    """Best ask less best bid, in the currency of the price or in basis points of their middle."""

    def __init__(self, condition: Condition) -> None:
        self._points = condition.unit == "bp"

    def read(self, market: Market, event: Event) -> Reading | None:
        book, grid = market.book, market.instrument
        if book is None or grid is None or not market.book_good:
            return None
        bid, ask = book.best_bid, book.best_ask
        if bid is None or ask is None:
            return None
        if not self._points:
            return Reading(grid.price(ask - bid), market.clock)
        middle = Decimal(ask + bid) / 2
        return Reading((ask - bid) * 10_000 / middle, market.clock) if middle else None


class Feed:
    """One while a feed is not well, zero while it is."""

    def __init__(self, condition: Condition) -> None:
        pass

    def read(self, market: Market, event: Event) -> Reading | None:
        status = market.status
        note = f"{status.state}: {status.reason}" if status.reason else str(status.state)
        lost = status.state not in GOOD
        return Reading(Decimal(int(lost)), market.clock or event.ts_recv, note)


def _exact(value: float) -> Decimal | None:
    """The decimal that the venue wrote; None where it is no number."""
    return Decimal(repr(value)) if isfinite(value) else None


def _within(at: int, gaps: list[Gap]) -> bool:
    return any(gap.start <= at and (gap.end is None or at < gap.end) for gap in gaps)
