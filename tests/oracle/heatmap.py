"""A heatmap's numbers reckoned the slow way, column by column and price by price."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction

from market.events import BookDelta, BookSnapshot, BookTicker, Event, Trade
from market.market import Market
from tests.lots import in_lots

Sides = tuple[dict[int, int], dict[int, int]]
"""Lots by row, bids and asks."""


def books(market: Market, events: Iterable[Event], interval: int, group: int) -> dict[int, Sides]:
    """The book at the end of each column by its number, the newest one as it is at last.

    `market` has taken all events already: it says what a tick and a lot are. Rows are whole
    multiples of `group` ticks.
    """
    found: dict[int, Sides] = {}
    book: tuple[dict[int, int], dict[int, int]] = ({}, {})
    clock = reached = 0
    for event in events:
        if event.instrument != market.id:
            continue
        if isinstance(event, Trade | BookTicker):
            clock = max(clock, event.ts_event or 0)
        if not isinstance(event, BookSnapshot | BookDelta):
            continue
        now = max(clock, clock if event.ts_event is None else event.ts_event)
        for number in range(reached or now // interval, now // interval):
            found[number] = _rows(book, group)
        clock, reached = now, now // interval
        _apply(market, book, event)
    for number in range(reached, clock // interval + 1):
        found[number] = _rows(book, group)
    return found


def _apply(market: Market, book: Sides, event: BookSnapshot | BookDelta) -> None:
    assert market.instrument is not None
    for side, levels in zip(book, (event.bids, event.asks), strict=True):
        if isinstance(event, BookSnapshot):
            side.clear()
        for price, size in levels:
            ticks, lots = market.instrument.ticks(price), in_lots(market, size, price)
            if lots:
                side[ticks] = lots
            else:
                side.pop(ticks, None)


def _rows(book: Sides, group: int) -> Sides:
    rows: Sides = (defaultdict(int), defaultdict(int))
    for side, found in zip(book, rows, strict=True):
        for ticks, lots in side.items():
            found[ticks // group] += lots
    return rows


def merged(sizes: Sequence[int], how: str, percent: int) -> list[int]:
    """One row's sizes of consecutive columns as runs of similar ones are drawn.

    A size joins a run when it differs from the run's base by no more than a share of the base:
    the mean so far (`average`), or the first size (`first`, `max`).
    """
    runs: list[list[int]] = []
    for size in sizes:
        if runs:
            run = runs[-1]
            base = Fraction(sum(run), len(run)) if how == "average" else Fraction(run[0])
            if abs(size - base) <= Fraction(percent, 100) * base:
                run.append(size)
                continue
        runs.append([size])
    return [_drawn(run, how) for run in runs for _ in run]


def _drawn(run: Sequence[int], how: str) -> int:
    if how == "average":
        return sum(run) // len(run)
    return run[0] if how == "first" else max(run)


def profile(
    market: Market, events: Iterable[Event], group: int, start: int, end: int
) -> dict[int, tuple[int, int]]:
    """Sold and bought lots by low edge of the rows that traded from `start` to before `end`."""
    assert market.instrument is not None
    rows: dict[int, list[int]] = {}
    trades = (e for e in events if isinstance(e, Trade) and e.instrument == market.id)
    for event in trades:
        if start <= event.ts_event < end:
            low = market.instrument.ticks(event.price) // group * group
            row = rows.setdefault(low, [0, 0])
            row[event.side.value == "buy"] += in_lots(market, event.size, event.price)
    return {low: (row[0], row[1]) for low, row in sorted(rows.items())}


def levels(rows: dict[int, tuple[int, int]], group: int) -> tuple[int, int, int]:
    """Point of control, VAL and VAH (definitions.md 3 and 4), one row after the other."""
    low, high = min(rows), max(rows)
    volume = {at: sum(rows.get(at, (0, 0))) for at in range(low, high + 1, group)}
    most = max(volume.values())
    middle = Fraction(low + high, 2)
    poc = min((at for at in volume if volume[at] == most), key=lambda at: (abs(at - middle), at))
    inside, bottom, top = volume[poc], poc, poc
    while inside < Fraction(7, 10) * sum(volume.values()):
        above = [at for at in (top + group, top + 2 * group) if at <= high]
        below = [at for at in (bottom - group, bottom - 2 * group) if at >= low]
        more, less = (sum(volume[at] for at in side) for side in (above, below))
        upward = not below or (bool(above) and more >= less)
        taken = above if upward else below
        inside += sum(volume[at] for at in taken)
        bottom, top = min(bottom, *taken), max(top, *taken)
    return poc, bottom, top
