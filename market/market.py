"""Market: everything known of one instrument, brought up to date event by event."""

from collections import deque
from collections.abc import Sequence

from market.bars import Bars
from market.basis import Basis, TimeBasis, resolved
from market.book import Book
from market.counts import Counts
from market.cvd import Anchor, Cvd
from market.depth import DepthHistory
from market.drawings import Drawings
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FeedState,
    FeedStatus,
    FundingRate,
    Kline,
    Liquidation,
    Listing,
    MarkPrice,
    OpenInterest,
    Side,
    Ticker,
    Trade,
)
from market.footprint import Footprint
from market.gaps import Gap
from market.grid import EXACT, whole
from market.happenings import Happenings
from market.inference import coarser, infer_instrument, merged, ratios, refine_instrument
from market.instrument import Instrument
from market.interest import Interest
from market.klines import Klines, complete, corners
from market.profile import VolumeProfile
from market.recent import Recent
from market.recount import recount
from market.tape import Tape
from market.trades import TradeLog, TradePoint
from market.units import Units, units_of

GAPS_KEPT = FORCED_KEPT = 1000
BARS_CACHED, FOOTPRINTS_CACHED, PROFILES_CACHED, CVDS_CACHED = 16, 8, 4, 8
"""Aggregates kept by basis and grouping; the least recently asked for is dropped."""

_GOOD = frozenset({FeedState.LIVE, FeedState.REPLAY, FeedState.SIM, FeedState.SNAPSHOT_ONLY})


class Market:
    """One instrument's book, trades and everything made of them.

    Market time is `ts_event` of trades and books and never goes back; where a book event states
    none, it is the time reached. Prices are whole ticks and sizes whole lots of `instrument`, in
    base currency as soon as a `Listing` says what a contract is worth. Where none came, its grids
    are inferred from the values, and made finer as soon as a value is off them, when everything
    kept is restated by the exact ratio.
    """

    drawings: Drawings | None = None  # what people put on its charts

    def __init__(self, id: str, stepwise: bool = False) -> None:
        # Stepwise, detectors read a long past in steps: no picture waits for it.
        self.id, self.stepwise = id, stepwise
        self.venue, _, self.symbol = id.partition(":")
        self.instrument: Instrument | None = None
        """None until the first price or listing."""
        self.listed: Instrument | None = None
        """As the venue lists it; `instrument` has lots of base, finer ones where orders need it."""
        self.book: Book | None = None
        self.depth: DepthHistory | None = None
        self.trades, self.happenings, self._klines = TradeLog(), Happenings(), Klines()
        self.tape = Tape(self.trades)
        self.status = FeedStatus(id, 0, FeedState.CONNECTING, venue=self.venue)
        self.gaps: list[Gap] = []
        """Spans of market time that the feed did not cover, oldest first, at most 1000."""
        self.clock = self.last_recv = 0
        """Market time, and when an event was received last by our clock, ns; 0 before the first."""
        self.mark: MarkPrice | None = None
        self.funding: FundingRate | None = None
        self.ticker: Ticker | None = None
        self.quote: BookTicker | None = None
        self.forced: deque[Liquidation] = deque(maxlen=FORCED_KEPT)  # in order of arrival
        self._interest = Interest(self.happenings.interest, self.happenings.contracts)
        self._units: Units | None = None
        self._price_scale = self._size_scale = 1.0
        # Plain is a market with an instrument whose sizes come in base currency.
        self._feed_good = self._stated = self._plain = False
        self._messages = self._deltas = self._snapshots = self._gap_count = 0
        self._off_grid = self._sizeless = 0
        self._bars: Recent[Basis, Bars] = Recent(BARS_CACHED)
        self._footprints: Recent[tuple[Basis, int, int], Footprint] = Recent(FOOTPRINTS_CACHED)
        self._profiles: Recent[int, VolumeProfile] = Recent(PROFILES_CACHED)
        self._cvds: Recent[tuple[Bars, Anchor, int], Cvd] = Recent(CVDS_CACHED)

    def apply(self, event: Event) -> None:
        """Take one event of this instrument."""
        self._messages += 1
        self.last_recv = event.ts_recv
        match event:
            case Trade():
                self._trade(event)
            case BookDelta():
                self._delta(event)
            case BookTicker():
                self.quote = event if self._units is None else self._units.quote(event)
                self.clock = max(self.clock, event.ts_event or 0)
            case BookSnapshot():
                self._snapshot(event)
            case Kline():
                self._kline(event)
            case FeedStatus():
                self._status(event)
            case _:
                self._other(event)

    @property
    def synced(self) -> bool:
        """Whether the book was stated whole, and followed without a gap."""
        return self._feed_good and self._stated

    @property
    def book_good(self) -> bool:
        """Whether the book may be shown as true: it is synchronised and not crossed.

        No venue trades on with a bid at or above an ask, so a book like that is wrong somewhere,
        whatever its feed says.
        """
        book = self.book
        return self.synced and not (book is not None and book.crossed)

    @property
    def open_interest(self) -> OpenInterest | None:
        """Open contracts as last stated, of inverse ones what they are worth at the price now."""
        return self._interest.now(self._units, self._price)

    @property
    def last(self) -> TradePoint | None:
        """The newest trade."""
        return self.trades.newest()

    @property
    def counts(self) -> Counts:
        """How much came in so far."""
        stated = (self._messages, self.trades.end, self._deltas, self._snapshots)
        return Counts(*stated, self._off_grid, self._gap_count, self._sizeless)

    def bars(self, basis: Basis) -> Bars:
        """The bars of a basis up to now, shared by all who ask; klines fill in what trades lack."""
        basis = resolved(basis, self.instrument)
        bars = self._bars.get(basis, lambda: Bars(basis))
        bars.update(self.trades)
        complete(bars, self._klines, self.gaps, lambda interval: self.bars(TimeBasis(interval)))
        return bars

    def footprint(self, basis: Basis, group: int, worth: int = 0) -> Footprint:
        """The footprint of a basis and price grouping up to now, shared by all who ask."""
        basis = resolved(basis, self.instrument)
        # Bars of time may be shown as the venue states them, which footprints are not made of.
        bars = None if isinstance(basis, TimeBasis) else self.bars(basis)
        kind = (basis, group, worth)
        footprint = self._footprints.get(kind, lambda: Footprint(basis, group, bars, worth))
        footprint.update(self.trades)
        return footprint

    def profile(self, group: int) -> VolumeProfile:
        """The volume profile of all trades up to now, shared by all who ask."""
        profile = self._profiles.get(group, lambda: VolumeProfile(group))
        profile.update(self.trades)
        return profile

    def cvd(self, basis: Basis, anchor: Anchor = Anchor.NONE, since: int = 0) -> Cvd:
        """The cumulative delta at the end of each bar of a basis, up to now, shared by all."""
        bars, key = self.bars(basis), (anchor, since)
        return self._cvds.get((bars, *key), lambda: Cvd(bars, anchor, self.gaps, since))

    def _trade(self, trade: Trade) -> None:
        if not self._plain and (units := self._ready([(trade.price, trade.size)])):
            trade = units.trade(trade)
        exact_ticks = trade.price * self._price_scale
        exact_lots = trade.size * self._size_scale
        ticks, lots = round(exact_ticks), round(exact_lots)
        off = abs(exact_ticks - ticks) + abs(exact_lots - lots) > 1e-7
        if off or exact_ticks > EXACT or exact_lots > EXACT:
            if not self._fit([trade.price], [trade.size]):
                return
            ticks = round(trade.price * self._price_scale)
            lots = round(trade.size * self._size_scale)
        if not lots:  # what moved nothing is no trade: averages by size would divide by it
            self._sizeless += 1
            return
        ts = trade.ts_event
        self.trades.append(ts, ticks, lots if trade.side is Side.BUY else -lots)
        self.tape.ids.append(trade.id)
        if ts > self.clock:
            self.clock = ts

    def _delta(self, delta: BookDelta) -> None:
        if not self._plain and (units := self._ready(_levels(delta))):
            delta = units.book(delta)
        book = self._open_book(delta)
        seen = book.off_grid
        book.apply(delta)
        if book.off_grid != seen and (finer := self._finer_book(delta, book.off_grid - seen)):
            finer.apply(delta)
        self._deltas += 1

    def _snapshot(self, snapshot: BookSnapshot) -> None:
        if not self._plain and (units := self._ready(_levels(snapshot))):
            snapshot = units.book(snapshot)
        book = self._open_book(snapshot)
        seen = book.off_grid
        book.replace(snapshot)
        if book.off_grid != seen:
            if finer := self._finer_book(snapshot, book.off_grid - seen):
                finer.replace(snapshot)
        elif self.instrument is not None and self.instrument.inferred:
            self.regrid(coarser(self.instrument, [p for p, _ in _levels(snapshot)]))
        self._snapshots += 1
        self._stated = True
        self._believe()

    def _kline(self, kline: Kline) -> None:
        if not self._plain and (units := self._ready(corners(kline))):
            kline = units.kline(kline)
        prices, sizes = zip(*corners(kline), strict=True)
        if self._fit(prices, sizes):
            assert self.instrument is not None
            self._klines.add(kline, self.instrument)
            self._interest.priced(kline, self._units)

    def _status(self, status: FeedStatus) -> None:
        self.status = status
        if status.state is FeedState.STALE:
            return  # an old book is still the book; panes show the state beside it
        good = status.state in _GOOD
        lost = self._feed_good or (status.state is FeedState.CONNECTING and len(self.trades) > 0)
        open_gap = bool(self.gaps) and self.gaps[-1].end is None
        if not good and lost and not open_gap:
            self.gaps.append(Gap(self.clock, None, status.reason or status.state.value))
            self._gap_count += 1
            del self.gaps[:-GAPS_KEPT]
        elif good and open_gap:
            self.gaps[-1] = self.gaps[-1]._replace(end=self.clock)
        self._feed_good = good
        self._believe()

    def _other(self, event: Event) -> None:
        match event:
            case Listing():
                self._list(event.listed)
            case MarkPrice():
                self.mark = event
                self.happenings.take_mark(event)
            case FundingRate():
                self.funding = event
                self.happenings.take_funding(event)
            case OpenInterest():
                self._interest.take(event, self._units, self._price, self._klines.close_at)
            case Ticker():
                self.ticker = event if self._units is None else self._units.ticker(event)
            case Liquidation():
                self.forced.append(event if self._units is None else self._units.liquidation(event))
                self.happenings.take_liquidation(self.forced[-1])

    @property
    def _price(self) -> float | None:
        """What contracts are worth now: the mark price, else the last one."""
        last = self.trades.newest()
        if self.mark is not None or self.instrument is None or last is None:
            return None if self.mark is None else self.mark.price
        return float(self.instrument.price(last.ticks))

    def _believe(self) -> None:
        if self.depth is not None:
            self.depth.believe(self.synced, self.clock)

    def _open_book(self, event: BookSnapshot | BookDelta) -> Book:
        """The book, with its past recorded up to the event's time."""
        assert self.book is not None  # comes with the instrument, like the depth
        assert self.depth is not None
        when = event.ts_event
        if when is None:
            when = self.clock
        elif when > self.clock:
            self.clock = when
        self.depth.capture(self.book, when)
        return self.book

    def _ready(self, seen: Sequence[tuple[float, float]]) -> Units | None:
        """What turns these sizes into base currency; an instrument is inferred if there is none."""
        if self.instrument is None:
            prices, sizes = [price for price, _ in seen], [size for _, size in seen]
            self._start(infer_instrument(self.venue, self.symbol, prices, sizes))
        self._plain = self._units is None
        return self._units

    def _start(self, instrument: Instrument) -> None:
        self._hold(instrument)
        self.book = Book(instrument)
        self.depth = DepthHistory()

    def _hold(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self._price_scale, self._size_scale = instrument.price_scale, instrument.size_scale

    def _finer_book(self, event: BookSnapshot | BookDelta, off: int) -> Book | None:
        """The book on grids fine enough for the event, `off` of whose values are off the present.

        None where no finer ones would help.
        """
        old = self.instrument
        assert old is not None
        levels = _levels(event)
        prices = [price for price, _ in levels if price * old.price_scale <= EXACT]
        sizes = [size for _, size in levels if size * old.size_scale <= EXACT]
        if self.book is not None:
            sizes += self.book.odd_sizes()
        return self.book if self._refine(prices, sizes, off) else None

    def _fit(self, prices: Sequence[float], sizes: Sequence[float]) -> bool:
        """Make the grids fine enough for these values.

        False where a value is beyond what whole numbers of ticks or lots can say.
        """
        largest = max(max(prices) * self._price_scale, max(sizes) * self._size_scale)
        prices = [price for price in prices if whole(price * self._price_scale) is None]
        sizes = [size for size in sizes if whole(size * self._size_scale) is None]
        if largest > EXACT:
            self._off_grid += 1
        elif prices or sizes:
            self._refine(prices, sizes, len(prices) + len(sizes))
        return largest <= EXACT

    def _refine(self, prices: list[float], sizes: list[float], off: int) -> bool:
        """Take grids that these values lie on too; False where there are none that would do."""
        old = self.instrument
        assert old is not None
        finer = refine_instrument(old, prices, sizes)
        taken = finer is not old and self.regrid(finer)
        if not (taken and old.inferred):
            self._off_grid += off  # a guess made better is no fault of the venue's
        return taken

    def _list(self, listed: Instrument) -> None:
        """Take the venue's own grids; where what was seen does not fit, finer ones."""
        self.listed = listed
        units = units_of(listed)
        if units is not None and self._units is None:
            self._revalue(units)
        self._units, self._plain = units, units is None
        grids = listed if units is None else units.instrument
        if self.instrument is None:
            self._start(grids)
        elif not self.regrid(grids):
            self.regrid(merged(grids, self.instrument))

    def _revalue(self, units: Units) -> None:
        """Take what was kept to have been stated in contracts, and restate it in base currency."""
        self.happenings.clear_sizes()
        self._interest.restate(units, self._klines.close_at)
        if self.quote is not None:
            self.quote = units.quote(self.quote)
        self.forced = deque(map(units.liquidation, self.forced), FORCED_KEPT)
        if self.ticker is not None:
            self.ticker = units.ticker(self.ticker)
        if self.book is None:
            return
        self.book = recount(self.book, self.trades, self._klines, units)
        # What stood before is not worth restating level by level: a listing comes at the start.
        self.depth = DepthHistory()
        self._hold(self.book.instrument)
        self._believe()

    def regrid(self, instrument: Instrument) -> bool:
        """Restate everything on other grids, unless a value kept does not fall on them."""
        old = self.instrument
        assert old is not None
        assert self.book is not None
        assert self.depth is not None
        price, size = ratios(old, instrument)
        if not price == size == 1:
            if not (
                self.trades.divides(price, size)
                and self.book.divides(price, size)
                and self._klines.fits(instrument)
            ):
                return False
            self.trades.rescale(price, size)
            self.book = self.book.rescaled(instrument, price, size)
            self.depth.rescale(price, size, self.book)
            self._klines.rescale(instrument)
        self._hold(instrument)
        return True


def _levels(event: BookSnapshot | BookDelta) -> list[tuple[float, float]]:
    return [*event.bids, *event.asks]
