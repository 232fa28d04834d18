"""Klines: the venue's own candles, for the time before our first trade and for gaps."""

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from typing import NamedTuple

from market.bar import Bar, Run
from market.bars import Bars
from market.basis import TimeBasis
from market.cuts import BARS_KEPT
from market.events import Kline
from market.gaps import Gap
from market.grid import whole
from market.instrument import Instrument
from market.units import Units

INTERVALS = {
    "1s": 1_000_000_000,
    "1m": 60_000_000_000,
    "3m": 180_000_000_000,
    "5m": 300_000_000_000,
    "15m": 900_000_000_000,
    "30m": 1_800_000_000_000,
    "1h": 3_600_000_000_000,
    "2h": 7_200_000_000_000,
    "4h": 14_400_000_000_000,
    "6h": 21_600_000_000_000,
    "8h": 28_800_000_000_000,
    "12h": 43_200_000_000_000,
    "1d": 86_400_000_000_000,
}
"""Intervals whose bars begin at multiples of themselves; 3d, 1w and 1M do not."""


_NEVER = 1 << 62


def corners(kline: Kline) -> list[tuple[float, float]]:
    """The prices of a bar, each with one of its sizes."""
    volume, bought = kline.volume, kline.volume if kline.buy_volume is None else kline.buy_volume
    return [(kline.open, volume), (kline.high, bought), (kline.low, volume), (kline.close, bought)]


class _Series:
    """The klines of one interval by start, bounded like bars."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.klines: dict[int, Kline] = {}
        self.bars: dict[int, Bar] = {}

    def add(self, kline: Kline, bar: Bar) -> None:
        if kline.start not in self.klines:
            insort(self.starts, kline.start)
        self.klines[kline.start], self.bars[kline.start] = kline, bar
        if len(self.starts) > BARS_KEPT:
            oldest = self.starts.pop(0)
            del self.klines[oldest], self.bars[oldest]

    def between(self, start: int, end: int) -> list[Bar]:
        begin, stop = bisect_left(self.starts, start), bisect_left(self.starts, end)
        return [self.bars[at] for at in self.starts[begin:stop]]


class Klines:
    """The newest statement of every kline per interval, at most 10,000 of each."""

    def __init__(self) -> None:
        self._series: dict[int, _Series] = {}
        self._asked_until = 0
        self.revision = 0
        """Counts the changes of klines in the spans that were asked for."""

    def add(self, kline: Kline, instrument: Instrument) -> None:
        """Take a kline; a later statement of the same bar replaces an earlier one."""
        interval = INTERVALS.get(kline.interval)
        if interval is None or kline.start % interval:
            return
        series = self._series.setdefault(interval, _Series())
        known = series.klines.get(kline.start)
        if known is None or kline.closed or not known.closed:
            series.add(kline, _bar(kline, instrument))
            self.revision += kline.start < self._asked_until

    def rescale(self, instrument: Instrument) -> None:
        """Restate every kline on the instrument's grids."""
        for series in self._series.values():
            series.bars = {at: _bar(kline, instrument) for at, kline in series.klines.items()}
        self.revision += 1

    def revalue(self, units: Units, instrument: Instrument) -> None:
        """Restate every kline, stated in contracts, in the instrument's lots of base currency."""
        for series in self._series.values():
            series.klines = {at: units.kline(kline) for at, kline in series.klines.items()}
        self.rescale(instrument)

    def fits(self, instrument: Instrument) -> bool:
        """Whether every kline falls on whole ticks and lots of the instrument's grids."""
        return all(
            whole(value * scale) is not None
            for series in self._series.values()
            for kline in series.klines.values()
            for value, scale in _values(kline, instrument)
        )

    def finest_for(self, interval: int) -> int | None:
        """The largest interval held that divides this one."""
        return max((kept for kept in self._series if interval % kept == 0), default=None)

    def closed(self, interval: int, start: int) -> bool:
        """Whether the venue has said that the bar is over."""
        kline = self._series[interval].klines.get(start)
        return kline is not None and kline.closed

    def stated_at(self, interval: int, start: int) -> int:
        """Market time at which the venue stated the bar as it is kept; 0 where it does not say."""
        kline = self._series[interval].klines.get(start)
        return 0 if kline is None else kline.ts_event or 0

    def close_at(self, at: int) -> float | None:
        """The close of the shortest kline that a time is within, its end included."""
        for interval in sorted(self._series):
            kline = self._series[interval].klines.get((at - 1) // interval * interval)
            if kline is not None:
                return kline.close
        return None

    def between(self, interval: int, start: int, end: int) -> list[Bar]:
        """Klines of one interval that start in the span, oldest first."""
        self._asked_until = max(self._asked_until, end)
        return self._series[interval].between(start, end)


class _Span(NamedTuple):
    start: int
    end: int
    since: int
    """Market time from which on an unfinished kline knows all that a gap here kept from us."""


class _Plan(NamedTuple):
    """Which spans are to be stated, and what that was found from: the same again, the same spans.

    Kept, since there can be a thousand gaps and somebody asks twenty times a second.
    """

    kept: int
    gaps: tuple[int, Gap | None]
    seen_from: int | None
    spans: list[_Span]


class _Stamp(NamedTuple):
    """What the bars stated last were made of; the same again makes the same bars."""

    plan: _Plan
    revision: int
    late: int
    read: int
    """Trades read, as far as they belong to spans that are stated; the others do not matter."""


def complete(bars: Bars, klines: Klines, gaps: Sequence[Gap], finer: Callable[[int], Bars]) -> None:
    """State the bars that trades alone cannot make: back-fill, the first bar, and after gaps.

    A bar that began before the first trade read is the venue's; so is one that a gap touched,
    where the venue counts at least the volume that we saw. A timeframe of which no klines are
    held is put together from the largest kline interval that divides it: `finer` gives its bars.
    """
    if not isinstance(bars.basis, TimeBasis):
        return
    interval = bars.basis.interval
    kept = klines.finest_for(interval)
    if kept is None:
        return
    known = bars.stated_for if isinstance(bars.stated_for, _Stamp) else None
    plan = _planned(known and known.plan, bars, kept, gaps)
    newest = bars.newest_start
    still = newest is None or newest < plan.spans[-1].end
    stamp = _Stamp(plan, klines.revision, bars.late, bars.read * still)
    if known is not None and known.plan is plan and known[1:] == stamp[1:]:
        return
    if kept == interval:
        stated = [bar for span in plan.spans for bar in _stated(bars, klines, interval, span)]
    else:
        source = finer(kept)
        stated = [bar for span in plan.spans for bar in _folded(source, interval, span)]
    bars.state(stated, stamp)


def _planned(known: _Plan | None, bars: Bars, kept: int, gaps: Sequence[Gap]) -> _Plan:
    """The spans to state; those known where they were found from the same."""
    assert isinstance(bars.basis, TimeBasis)
    held = (len(gaps), gaps[-1] if gaps else None)
    if known is not None and known[:3] == (kept, held, bars.seen_from):
        return known
    return _Plan(kept, held, bars.seen_from, _wanted(bars, bars.basis.interval, gaps))


def _wanted(bars: Bars, interval: int, gaps: Sequence[Gap]) -> list[_Span]:
    """Spans of whole bars, ascending and apart, that klines are asked for."""
    if bars.seen_from is None:
        return [_Span(0, _NEVER, 0)]
    spans = [_Span(0, -(-bars.seen_from // interval) * interval, 0)]
    for gap in gaps:
        end, since = (gap.start, _NEVER) if gap.end is None else (gap.end, gap.end)
        if gap.start < spans[-1].end:
            spans[-1] = spans[-1]._replace(since=since)
        start = max(gap.start // interval * interval, spans[-1].end)
        if start < (stop := (end // interval + 1) * interval):
            spans.append(_Span(start, stop, since))
    return spans


def _stated(bars: Bars, klines: Klines, interval: int, span: _Span) -> list[Bar]:
    # Hours of back-fill begin before anything that trades made: no need to look there.
    own_from = span.end if bars.made_from is None else min(bars.made_from, span.end)
    stated = klines.between(interval, span.start, max(span.start, own_from))
    for bar in klines.between(interval, max(span.start, own_from), span.end):
        own = bars.seen(bar.start)
        closed = klines.closed(interval, bar.start)
        if own is None or (closed and bar.volume >= own.volume):
            stated.append(bar)
        elif (
            not closed
            and klines.stated_at(interval, bar.start) >= span.since
            and (bar.volume >= own.volume or span.start == 0)
        ):
            stated.append(_overlaid(bar, own))
    return stated


def _overlaid(stated: Bar, own: Bar) -> Bar:
    """An unfinished kline that trades have gone on from since it was stated."""
    return stated._replace(
        high=max(stated.high, own.high), low=min(stated.low, own.low), close=own.close
    )


def _folded(source: Bars, interval: int, span: _Span) -> list[Bar]:
    """Larger bars from the finer ones that are shown inside the span."""
    parted = source.parted(span.end, 2 * BARS_KEPT)
    if parted is None:
        return []
    run, newest, _ = parted
    folded = list(run.folded.get(interval, lambda: _folded_run(run, interval)))
    start = newest.start // interval * interval
    last = [folded.pop()] if folded and folded[-1].start == start else []
    folded.append(_merged(start, start + interval, [*last, newest]))
    # The oldest bar may lack its beginning.
    oldest = int(run.start[0]) if len(run) else newest.start
    return [bar for bar in folded[oldest % interval > 0 :] if bar.start >= span.start]


def _folded_run(run: Run, interval: int) -> tuple[Bar, ...]:
    groups: dict[int, list[Bar]] = {}
    for bar in run.bars:
        groups.setdefault(bar.start // interval * interval, []).append(bar)
    return tuple(_merged(start, start + interval, group) for start, group in groups.items())


def _merged(start: int, end: int, bars: Sequence[Bar]) -> Bar:
    split = all(bar.split for bar in bars)
    return Bar(
        start=start,
        end=end,
        open=bars[0].open,
        high=max(bar.high for bar in bars),
        low=min(bar.low for bar in bars),
        close=bars[-1].close,
        volume=sum(bar.volume for bar in bars),
        buy=sum(bar.buy for bar in bars) if split else 0,
        sell=sum(bar.sell for bar in bars) if split else 0,
        trades=sum(bar.trades for bar in bars),
        split=split,
    )


def _bar(kline: Kline, instrument: Instrument) -> Bar:
    volume = instrument.lots(kline.volume)
    buy = None if kline.buy_volume is None else instrument.lots(kline.buy_volume)
    return Bar(
        start=kline.start,
        end=kline.end,
        open=instrument.ticks(kline.open),
        high=instrument.ticks(kline.high),
        low=instrument.ticks(kline.low),
        close=instrument.ticks(kline.close),
        volume=volume,
        buy=buy or 0,
        sell=0 if buy is None else volume - buy,
        trades=kline.trades or 0,
        split=buy is not None,
    )


def _values(kline: Kline, instrument: Instrument) -> list[tuple[float, float]]:
    prices = (kline.open, kline.high, kline.low, kline.close)
    sizes = (kline.volume, kline.buy_volume or 0.0)
    return [(price, instrument.price_scale) for price in prices] + [
        (size, instrument.size_scale) for size in sizes
    ]
