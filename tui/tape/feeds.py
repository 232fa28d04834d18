"""Tape feeds: the orders of one market, or of several that trade the same, as lines in one order.

Prices and sizes of several markets are told on the finest grids that all of theirs lie on, so
nothing is rounded. Lines stand in the order of the exchanges' own times, whose clocks may differ.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from market.basis import Basis
from market.fitting import common_grid
from market.inference import ratios
from market.instrument import Instrument
from market.market import Market
from market.orders import Filter, Orders, newest_orders, orders, passed_orders
from market.tape import pace
from market.traded import traded
from market.worth import unit_of, worth_of
from tui.drawing.measure import Measure
from tui.pane import stretch_within, trades_end
from tui.scope import Scope
from tui.tape.lines import SAMPLE, Large, Sample, lines_of, sample_of
from tui.tape.page import Line, Most, Scales, scales_of
from tui.tape.sums import Sums
from tui.venues import alike

MOST_VENUES = 8
"""Markets that one tape shows; colours for more would not be told apart."""


class Wish(NamedTuple):
    """What is wanted of a tape, in the units of any instrument."""

    filter: Callable[[Instrument], Filter]
    large: Callable[[Instrument], Large]
    until: int | None
    measure: Measure = Measure.BASE


class Feed(NamedTuple):
    """What one market gives to a tape."""

    market: Market
    instrument: Instrument
    shown: Orders
    sample: Sample
    large: Large


class Tape(NamedTuple):
    """Everything that a tape shows."""

    grid: Instrument
    """What the lines are told in."""
    unit: Instrument
    """What their sizes are written in."""
    feeds: tuple[Feed, ...]
    lines: list[Line]
    """Newest first."""
    scales: Scales


def trading(scope: Scope) -> list[Market]:
    """The markets with trades that trade what the one in focus does, that one first."""
    return alike(scope, lambda market: len(market.trades) > 0)[:MOST_VENUES]


def gather(markets: Sequence[Market], wish: Wish, count: int) -> Tape | None:
    """The newest `count` orders of markets; None where none of them has a trade yet."""
    feeds = tuple(
        _feed(market, market.instrument, wish, count)
        for market in markets
        if market.instrument is not None and len(market.trades)
    )
    if not feeds:
        return None
    grid = common_grid([feed.instrument for feed in feeds])
    worth = wish.measure.worth(grid)
    lines = [
        line for number, feed in enumerate(feeds) for line in _lines(feed, number, grid, worth)
    ]
    if len(feeds) > 1:
        lines.sort(key=lambda line: -line.ts)
    unit = wish.measure.grid(grid)
    return Tape(grid, unit, feeds, lines[:count], _scales(feeds, grid, wish.measure))


def values_of(tape: Tape, basis: Basis, until: int | None, measure: Measure) -> Sums:
    """What was bought and sold of late in all markets, in what is written: lots or values."""
    worth, total = measure.worth(tape.grid), sums_of(tape, basis, until)
    if not worth:
        return total
    bought = sold = 0
    for feed in tape.feeds:
        stretch, kind = stretch_within(feed.market, basis, until), (basis, until is None)
        one = traded(feed.market.trades, kind, *stretch, None, worth_of(feed.instrument))
        ratio = Fraction(unit_of(feed.instrument)) / Fraction(unit_of(tape.grid))
        bought += round(int(one.bought[0]) * ratio)
        sold += round(int(one.sold[0]) * ratio)
    return total._replace(bought=bought, sold=sold)


def sums_of(tape: Tape, basis: Basis, until: int | None) -> Sums:
    """The same in lots."""
    total = Sums(0, 0, 0, 0)
    for feed in tape.feeds:
        stretch = stretch_within(feed.market, basis, until)
        one = traded(feed.market.trades, (basis, until is None), *stretch, None)
        lots = int(ratios(feed.instrument, tape.grid)[1])
        own = (int(one.bought[0]) * lots, int(one.sold[0]) * lots)
        total = Sums(
            total.bought + own[0],
            total.sold + own[1],
            total.buys + int(one.buys[0]),
            total.sells + int(one.sells[0]),
        )
    return total


def pace_of(tape: Tape, until: int | None) -> tuple[int, float | None] | None:
    """Prints of the last whole second in all markets of a tape, and their score."""
    now = max(feed.market.clock for feed in tape.feeds) if until is None else until
    return pace([feed.market.trades for feed in tape.feeds], now)


def older(markets: Sequence[Market], wish: Wish, steps: int) -> int | None:
    """The time that a tape is of when it begins `steps` lines further down; None without such."""
    count = steps + 1
    while True:
        tape = gather(markets, wish, count)
        if tape is None or len(tape.lines) < 2:
            return None
        newest = tape.lines[0].ts
        # A time cannot be cut in two, so what is no older than the first line is passed over.
        below = next((line.ts for line in tape.lines[steps:] if line.ts < newest), None)
        if below is not None or len(tape.lines) < count:
            return below
        count *= 2


def newer(markets: Sequence[Market], wish: Wish, steps: int) -> int | None:
    """The time that a tape is of when it begins `steps` lines further up; None is now."""
    assert wish.until is not None
    times: list[int] = []
    for market in markets:
        if market.instrument is not None:
            wanted = wish.filter(market.instrument)
            times += _after(market, trades_end(market, wish.until), wanted, steps)
    times.sort()
    # The last time of all is now, from which the tape goes on by itself.
    return times[steps - 1] if len(times) > steps else None


def _feed(market: Market, instrument: Instrument, wish: Wish, count: int) -> Feed:
    end, wanted, large = (
        trades_end(market, wish.until),
        wish.filter(instrument),
        wish.large(instrument),
    )
    if wanted.takes_all:
        shown = newest_orders(market.trades, end, count, wanted.merge, SAMPLE)
    else:
        shown = passed_orders(market.trades, end, count, wanted, wish.until is None)
    sample = sample_of(market.trades, end, wanted.merge, large)
    return Feed(market, instrument, shown, sample, large)


def _lines(feed: Feed, number: int, grid: Instrument, worth: int) -> list[Line]:
    ticks, lots = (int(ratio) for ratio in ratios(feed.instrument, grid))
    # Values in units of the common grid, of which one of this market's may be many.
    scaled = Fraction(worth, ticks * lots)
    lines = lines_of(feed.market, feed.shown, feed.sample.ranks, feed.large, scaled)
    if number == 0 and ticks == lots == 1:
        return lines
    return [
        line._replace(
            ticks=line.ticks * ticks,
            lots=line.lots * lots,
            swept=line.swept * ticks,
            venue=number,
        )
        for line in lines
    ]


def _scales(feeds: Sequence[Feed], grid: Instrument, measure: Measure) -> Scales:
    """Scales that fit the samples and what is shown."""
    highest = most = swept = large = value = 0
    for feed in feeds:
        ticks, lots = (int(ratio) for ratio in ratios(feed.instrument, grid))
        sample, shown = feed.sample, feed.shown
        sizes = max(int(shown.lots.max(initial=0)), -int(shown.lots.min(initial=0)))
        highest = max(highest, ticks * max(sample.highest, int(shown.ticks.max(initial=0))))
        most = max(most, lots * max(sample.most, sizes))
        swept = max(swept, ticks * max(sample.swept, int(shown.swept.max(initial=0))))
        large = max(large, lots * sample.ranks.large)
        if measure is Measure.QUOTE:
            seen = max(sample.value, int(np.abs(shown.value).max(initial=0)))
            value = max(value, ticks * lots * seen // measure.worth(grid))
    return scales_of(grid, Most(highest, most, swept, large, value), measure)


def _after(market: Market, start: int, wanted: Filter, count: int) -> list[int]:
    """The times of the first `count` orders from a trade number on, and one more if there is."""
    log, look = market.trades, 64 + 4 * count
    while True:
        stop = min(log.end, start + look)
        found = wanted.passed(orders(log.between(start, stop), wanted.merge))
        if len(found.ts) > count or stop == log.end:
            times: list[int] = found.ts[::-1][: count + 1].tolist()
            return times
        look *= 4
