"""Order flow from its definitions (15 to 19 and 22), in decimals, over a plain list of events."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from market.events import BookDelta, BookSnapshot, BookTicker, Event, Side, Trade

BOUNDARY = 100_000_000
"""The book is looked at every 100 ms."""

Levels = dict[Decimal, Decimal]
Quotes = tuple[Decimal, Decimal, Decimal, Decimal]
"""Best bid and its size, best ask and its size."""


class BookState(NamedTuple):
    """The book at the end of an interval, and what came of its best quotes in it."""

    quotes: Quotes
    near: tuple[Decimal, Decimal]
    within: tuple[Decimal, Decimal]
    ofi: Decimal


def book_states(
    events: Iterable[Event], interval: int, levels: int, bps: Decimal
) -> dict[int, BookState]:
    """Each whole interval's state by its number; those without both sides are left out."""
    found: dict[int, BookState] = {}
    before: Quotes | None = None
    total = Decimal(0)
    for boundary, bids, asks in boundaries(events):
        after = best(bids, asks)
        total += flow(before, after)
        before = after
        if boundary % interval == 0:
            if after is not None:
                state = BookState(after, *sums(bids, asks, after, levels, bps), total)
                found[boundary // interval - 1] = state
            total = Decimal(0)
    return found


def boundaries(events: Iterable[Event]) -> Iterator[tuple[int, Levels, Levels]]:
    """Every boundary, and the book after all events before it."""
    bids: Levels = {}
    asks: Levels = {}
    clock = reached = 0
    for event in events:
        if isinstance(event, (Trade, BookTicker)):
            clock = max(clock, event.ts_event or 0)
        if not isinstance(event, (BookSnapshot, BookDelta)):
            continue
        when = clock if event.ts_event is None else event.ts_event
        clock = max(clock, when)
        reached = reached or when // BOUNDARY * BOUNDARY - BOUNDARY
        while reached + BOUNDARY <= when:
            reached += BOUNDARY
            yield reached, bids, asks
        if isinstance(event, BookSnapshot):
            bids, asks = {}, {}
        state(bids, event.bids)
        state(asks, event.asks)


def state(side: Levels, changes: Iterable[tuple[float, float]]) -> None:
    """Absolute sizes; 0 removes."""
    for price, amount in changes:
        side[Decimal(repr(price))] = Decimal(repr(amount))
        if not amount:
            del side[Decimal(repr(price))]


def best(bids: Levels, asks: Levels) -> Quotes | None:
    """The best quotes, None where there are not two sides or they cross."""
    if not bids or not asks or max(bids) >= min(asks):
        return None
    bid, ask = max(bids), min(asks)
    return bid, bids[bid], ask, asks[ask]


def flow(before: Quotes | None, after: Quotes | None) -> Decimal:
    """The terms of e_n as they are written (definition 17)."""
    if before is None or after is None:
        return Decimal(0)
    bid0, bid_size0, ask0, ask_size0 = before
    bid1, bid_size1, ask1, ask_size1 = after
    return (
        (bid1 >= bid0) * bid_size1
        - (bid1 <= bid0) * bid_size0
        - (ask1 <= ask0) * ask_size1
        + (ask1 >= ask0) * ask_size0
    )


def sums(
    bids: Levels, asks: Levels, quotes: Quotes, levels: int, bps: Decimal
) -> tuple[tuple[Decimal, Decimal], tuple[Decimal, Decimal]]:
    """Sizes of the best levels, and of those so near to the middle."""
    near = (
        sum((bids[price] for price in sorted(bids)[-levels:]), Decimal(0)),
        sum((asks[price] for price in sorted(asks)[:levels]), Decimal(0)),
    )
    middle = (quotes[0] + quotes[2]) / 2
    reach = middle * bps / 10_000
    within = (
        sum((size for price, size in bids.items() if price >= middle - reach), Decimal(0)),
        sum((size for price, size in asks.items() if price <= middle + reach), Decimal(0)),
    )
    return near, within


class Interval(NamedTuple):
    """What traded in an interval."""

    change: Decimal
    signed: Decimal
    volume: Decimal
    trades: int


def intervals(trades: Iterable[Trade], interval: int, stop: int) -> dict[int, Interval]:
    """Intervals by number up to `stop`, from the second that any trade lies in."""
    rows: dict[int, list[Trade]] = {}
    for trade in trades:
        rows.setdefault(trade.ts_event // interval, []).append(trade)
    if not rows:
        return {}
    first = min(rows)
    last = close(rows[first])
    found: dict[int, Interval] = {}
    for number in range(first + 1, stop):
        inside = rows.get(number, [])
        now = close(inside) if inside else last
        bought = sum((size(t) for t in inside if t.side is Side.BUY), Decimal(0))
        sold = sum((size(t) for t in inside if t.side is Side.SELL), Decimal(0))
        found[number] = Interval(now - last, bought - sold, bought + sold, len(inside))
        last = now
    return found


def close(trades: list[Trade]) -> Decimal:
    """The price of the last trade in time; of several at once, of the one that came last."""
    newest = max(trade.ts_event for trade in trades)
    return Decimal(repr([trade for trade in trades if trade.ts_event == newest][-1].price))


def size(trade: Trade) -> Decimal:
    """A trade's size as it is spelt."""
    return Decimal(repr(trade.size))


def regression(x: list[Decimal], y: list[Decimal]) -> tuple[Fraction, Fraction] | None:
    """Slope cov / var and R2 (definition 18); None for fewer than 30 and where nothing varies."""
    if len(x) < 30:
        return None
    xs, ys = [Fraction(v) for v in x], [Fraction(v) for v in y]
    mean_x, mean_y = sum(xs, Fraction(0)) / len(xs), sum(ys, Fraction(0)) / len(ys)
    cov = sum(((a - mean_x) * (b - mean_y) for a, b in zip(xs, ys, strict=True)), Fraction(0))
    var_x = sum(((a - mean_x) ** 2 for a in xs), Fraction(0))
    var_y = sum(((b - mean_y) ** 2 for b in ys), Fraction(0))
    if not var_x:
        return None
    return cov / var_x, cov**2 / (var_x * var_y) if var_y else Fraction(0)


def z_score(value: Decimal, before: list[Decimal]) -> Decimal | None:
    """(x - mean) / sigma of a population (definition 22)."""
    mean = sum(before, Decimal(0)) / len(before)
    variance = sum(((v - mean) ** 2 for v in before), Decimal(0)) / len(before)
    return (value - mean) / variance.sqrt() if len(before) >= 30 and variance else None


def bucket_gaps(trades: Iterable[Trade], bucket: Decimal) -> list[Decimal]:
    """|Vb - Vs| of each full bucket, a trade split wherever a bucket is full (definition 19)."""
    gaps: list[Decimal] = []
    bought = sold = Decimal(0)
    for trade in trades:
        left = size(trade)
        while left:
            part = min(left, bucket - bought - sold)
            left -= part
            if trade.side is Side.BUY:
                bought += part
            else:
                sold += part
            if bought + sold == bucket:
                gaps.append(abs(bought - sold))
                bought = sold = Decimal(0)
    return gaps
