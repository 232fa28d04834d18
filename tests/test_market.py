"""A market: what its events make of it, when its book is good, and where something is missing."""

import random
from collections.abc import Sequence
from decimal import Decimal

import pytest

from feeds.replay import events
from market.basis import TickBasis, TimeBasis
from market.cvd import Anchor
from market.depth import COARSE
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FeedState,
    FeedStatus,
    FundingRate,
    Liquidation,
    Listing,
    MarkPrice,
    OpenInterest,
    Side,
    Ticker,
    Trade,
)
from market.gaps import Gap
from market.instrument import Instrument
from market.market import FOOTPRINTS_CACHED, GAPS_KEPT, Market
from market.markets import Markets
from tests.captures import CAPTURES, needs_captures
from tests.strategies import Change, Drawn, delta, snapshot, trade
from tests.test_klines import kline

ID = "test:X"
BID, ASK = Change(False, 100, 5), Change(True, 101, 7)
GOOD = [FeedState.LIVE, FeedState.REPLAY, FeedState.SIM, FeedState.SNAPSHOT_ONLY]


def status(state: FeedState, reason: str = "") -> FeedStatus:
    return FeedStatus(ID, 1, state, reason, venue="test")


def listing(tick: str = "0.1", lot: str = "0.001") -> Listing:
    return Listing(ID, 1, Instrument("test", "X", Decimal(tick), Decimal(lot), base="X"))


def listed_market() -> Market:
    market = Market(ID)
    market.apply(listing())
    return market


def test_a_market_begins_with_nothing() -> None:
    market = Market("binance-usdm:BTCUSDT")
    assert (market.venue, market.symbol) == ("binance-usdm", "BTCUSDT")
    assert [market.instrument, market.book, market.depth, market.last] == [None] * 4
    assert market.status.state is FeedState.CONNECTING
    assert not market.book_good
    assert market.clock == 0
    assert market.counts == (0, 0, 0, 0, 0, 0, 0)
    assert market.bars(TimeBasis(1)).last(5) == []
    assert market.footprint(TickBasis(5), 1).last(5) == []
    assert market.cvd(TimeBasis(1), Anchor.SESSION).last(5) == []
    assert market.profile(1).poc is None
    assert market.tape.last(5) == []


def test_a_trade_is_kept_in_ticks_and_signed_lots() -> None:
    market = listed_market()
    market.apply(trade(50, 617_003, 14, "a"))
    market.apply(trade(40, 617_001, -3, "b"))
    assert market.last == (40, 617_001, -3)
    assert market.clock == 50
    assert [p.id for p in market.tape.last(5)] == ["b", "a"]
    assert market.counts.trades == 2
    assert market.last_recv == 40


def test_market_time_never_goes_back_and_an_event_without_time_happens_now() -> None:
    market = listed_market()
    market.apply(snapshot([BID], ts=100))
    market.apply(delta([ASK], ts=90))
    market.apply(delta([ASK], ts=None))
    assert market.clock == 100
    market.apply(BookTicker(ID, 120, 7, 10.0, 1.0, 10.1, 1.0, None))
    market.apply(BookTicker(ID, None, 8, 10.0, 1.0, 10.1, 1.0, None))
    assert (market.clock, market.last_recv) == (120, 8)
    market.apply(MarkPrice(ID, 10**18, 9, 10.0, None))
    market.apply(kline(5))
    assert market.clock == 120


@pytest.mark.parametrize("state", GOOD)
def test_a_book_is_good_once_it_was_stated_whole_and_the_feed_is_well(state: FeedState) -> None:
    market = listed_market()
    market.apply(status(state))
    assert not market.book_good
    market.apply(snapshot([BID, ASK], ts=5))
    assert market.book_good
    market.apply(status(FeedState.STALE))
    assert market.book_good
    market.apply(status(FeedState.GAP, "sequence 5 to 9"))
    assert not market.book_good
    market.apply(status(FeedState.STALE))
    assert not market.book_good
    market.apply(snapshot([BID, ASK], ts=9))
    assert not market.book_good
    market.apply(status(state))
    assert market.book_good


def test_a_crossed_book_is_not_good_until_it_is_uncrossed() -> None:
    market = listed_market()
    market.apply(snapshot([BID, ASK], ts=5))
    market.apply(status(FeedState.LIVE))
    market.apply(delta([Change(False, 101, 3)], ts=6))
    assert (market.synced, market.book_good) == (True, False)
    market.apply(delta([Change(True, 101, 0), Change(True, 102, 1)], ts=7))
    assert market.book_good


def test_a_gap_lasts_from_the_last_event_to_the_recovery() -> None:
    market = listed_market()
    market.apply(status(FeedState.CONNECTING))
    market.apply(status(FeedState.SYNCING))
    market.apply(snapshot([BID, ASK], ts=5 * COARSE))
    market.apply(status(FeedState.LIVE))
    assert market.gaps == []
    market.apply(delta([BID], ts=7 * COARSE))
    market.apply(status(FeedState.GAP, "sequence 5 to 9"))
    assert market.gaps == [Gap(7 * COARSE, None, "sequence 5 to 9")]
    market.apply(status(FeedState.SYNCING))
    market.apply(trade(8 * COARSE, 100, 1))
    market.apply(snapshot([BID, ASK], ts=9 * COARSE))
    market.apply(status(FeedState.LIVE))
    assert market.gaps == [Gap(7 * COARSE, 9 * COARSE, "sequence 5 to 9")]
    assert market.counts.gaps == 1
    assert market.depth is not None
    view = market.depth.view(COARSE, 9 * COARSE, 6, 1, 100, 1)
    assert view.known.tolist() == [False, True, True, False, False, True]


def test_what_trades_ran_ahead_of_a_book_that_was_lost_is_not_known() -> None:
    market = listed_market()
    market.apply(snapshot([BID, ASK], ts=2 * COARSE))
    market.apply(status(FeedState.LIVE))
    market.apply(delta([BID], ts=5 * COARSE))
    market.apply(trade(9 * COARSE, 100, 1))
    assert market.depth is not None
    before = market.depth.view(COARSE, 9 * COARSE, 8, 1, 100, 1)
    assert before.known.tolist() == [True] * 8
    market.apply(status(FeedState.GAP, "sequence 5 to 9"))
    after = market.depth.view(COARSE, 9 * COARSE, 8, 1, 100, 1)
    assert after.known.tolist() == [True] * 3 + [False] * 5


def test_trades_lost_before_the_book_was_ever_whole_are_a_gap_too() -> None:
    market = listed_market()
    market.apply(trade(5, 100, 1))
    market.apply(status(FeedState.CONNECTING, "connection reset"))
    assert market.gaps == [Gap(5, None, "connection reset")]
    assert [p.reliable for p in market.cvd(TimeBasis(10)).last(1)] == [False]


def test_gaps_are_bounded() -> None:
    market = listed_market()
    market.apply(snapshot([BID], ts=1))
    for at in range(GAPS_KEPT + 10):
        market.apply(status(FeedState.LIVE))
        market.apply(delta([BID], ts=at))
        market.apply(status(FeedState.GAP))
    assert len(market.gaps) == GAPS_KEPT
    assert market.counts.gaps == GAPS_KEPT + 10


def test_the_newest_of_every_other_fact_is_kept() -> None:
    market = Market(ID)
    mark, rate = MarkPrice(ID, 1, 1, 10.0, None), FundingRate(ID, 1, 1, 0.0001, None)
    interest, day = OpenInterest(ID, 1, 1, 5.0), Ticker(ID, 1, 1, 10.0, 9.0, 11.0, 8.0, 5.0, None)
    forced = Liquidation(ID, 1, 1, 10.0, 1.0, Side.SELL)
    for event in (mark, rate, interest, day, forced):
        market.apply(event)
    assert (market.mark, market.funding, market.open_interest) == (mark, rate, interest)
    assert (market.ticker, *market.forced) == (day, forced)
    assert market.counts.messages == 5


def test_the_same_aggregate_is_one_object() -> None:
    market = listed_market()
    market.apply(trade(5, 100, 1))
    basis = TimeBasis(10)
    assert market.bars(basis) is market.bars(TimeBasis(10))
    assert market.footprint(basis, 5) is market.footprint(TimeBasis(10), 5)
    assert market.footprint(basis, 5) is not market.footprint(basis, 6)
    assert market.profile(5) is market.profile(5)


def test_an_aggregate_that_was_dropped_is_rebuilt_to_the_same() -> None:
    market = listed_market()
    for at in range(50):
        market.apply(trade(at, 100 + at % 7, 1 + at))
    first = market.footprint(TimeBasis(10), 1)
    shown = [bar.bar for bar in first.last(99)]
    for group in range(2, FOOTPRINTS_CACHED + 3):
        market.footprint(TimeBasis(10), group)
    again = market.footprint(TimeBasis(10), 1)
    assert again is not first
    assert [bar.bar for bar in again.last(99)] == shown


def test_klines_fill_the_bars_before_the_first_trade() -> None:
    market = Market(ID)
    for minute in range(10):
        market.apply(kline(minute))
    minute = 60 * COARSE
    market.apply(trade(10 * minute, 15, 4))
    bars = market.bars(TimeBasis(minute)).last(99)
    assert [bar.volume for bar in bars] == [100] * 10 + [4]
    assert [bar.volume for bar in market.bars(TimeBasis(5 * minute)).last(99)] == [500, 500, 4]
    assert [p.value for p in market.cvd(TimeBasis(5 * minute)).last(99)] == [-250, -500, -496]


def test_events_go_to_their_markets_in_the_order_of_appearance() -> None:
    markets = Markets()
    markets.apply(
        [
            trade(1, 100, 1, id="b:Y"),
            trade(1, 100, 1, id="a:X"),
            FeedStatus("", 1, FeedState.CONNECTING, "dns", venue="a"),
            trade(2, 100, 1, id="b:Y"),
            FeedStatus("c:Z", 1, FeedState.SYNCING),
            FeedStatus("", 1, FeedState.STALE, venue="nobody"),
        ]
    )
    assert markets.ids == ["b:Y", "a:X", "c:Z"]
    assert [market.id for market in markets] == markets.ids
    assert len(markets) == 3
    y, x = markets.get("b:Y"), markets.get("a:X")
    assert x is not None
    assert y is not None
    assert (y.counts.trades, x.counts.trades) == (2, 1)
    assert (x.status.reason, y.status.state) == ("dns", FeedState.CONNECTING)
    assert len(y.gaps) == 0
    assert markets.get("d:W") is None


def drawn_session(seed: int, length: int = 400) -> list[Event]:
    """Trades, book changes, klines and gaps, a fraction of a second apart."""
    source, session, at = random.Random(seed), list[Event](), 100 * COARSE
    for number in range(length):
        at += source.randrange(0, 400) * 1_000_000
        change = Change(source.random() < 0.5, 1000 + source.randrange(-20, 20), number % 5)
        match source.choices(range(4), (50, 40, 15, 2))[0]:
            case 0:
                late = source.choice([0, 0, 0, 0, COARSE // 5, 3 * COARSE])
                lots = source.choice([-3, -1, 1, 8])
                session.append(trade(at - late, 1000 + source.randrange(-9, 9), lots))
            case 1:
                session.append(delta([change], ts=at, sequence=number))
            case 2:
                second = at // COARSE - source.choice([0, 1, 2, 50])
                volume, closed = source.randrange(1, 50), source.random() < 0.5
                session.append(kline(second, volume, closed, interval=COARSE))
            case 3:
                session += [status(FeedState.GAP), snapshot([change], ts=at + COARSE)]
                session.append(status(FeedState.LIVE))
    return session


def final(session: Sequence[Event], look: int) -> tuple[object, ...]:
    """Everything that a market says at the end, looked at now and then before."""
    market = listed_market()
    market.apply(snapshot([BID, ASK], ts=1))
    market.apply(status(FeedState.LIVE))
    said: tuple[object, ...] = ()
    for number, event in enumerate(session):
        market.apply(event)
        if number % look == 0 or event is session[-1]:
            said = _said(market)
    return said


def _said(market: Market) -> tuple[object, ...]:
    assert market.book is not None
    assert market.depth is not None
    basis = TimeBasis(COARSE)
    view = market.depth.view(COARSE, market.clock, 30, 4, 980, 10)
    footprint = [
        (bar.bar, bar.prices.tolist(), bar.sell.tolist(), bar.buy.tolist(), bar.poc)
        for bar in market.footprint(basis, 3).last(999)
    ]
    profile = market.profile(2)
    return (
        market.book.top(99),
        market.bars(basis).last(999),
        market.bars(TimeBasis(5 * COARSE)).last(999),
        market.bars(TickBasis(7)).last(999),
        footprint,
        [column.tolist() for column in profile.columns],
        profile.value_area(),
        market.cvd(basis).last(999),
        market.cvd(TimeBasis(5 * COARSE), Anchor.SESSION).last(999),
        [part.tolist() for part in view],
        market.tape.last(20),
    )


@pytest.mark.parametrize("seed", range(8))
def test_looking_at_a_market_changes_nothing_about_it(seed: int) -> None:
    session = drawn_session(seed)
    assert final(session, 1) == final(session, 17) == final(session, 10**6)


@pytest.mark.slow
@needs_captures
def test_a_real_session_adds_up_and_its_depth_is_its_book() -> None:
    market = Market("binance-usdm:BTCUSDT")
    low, group, rows = 612_000, 100, 100
    books: dict[int, list[list[int]]] = {}
    drawn: list[Drawn] = []
    second = 0
    for event in events(CAPTURES / "binance_usdm" / "btcusdt_20240808.jsonl.gz"):
        if isinstance(event, BookDelta | BookSnapshot):
            assert event.ts_event is not None
            if event.ts_event // COARSE > second and market.book_good:
                assert market.book is not None
                grouped = [side.tolist() for side in market.book.grouped(group, low, rows)]
                books |= dict.fromkeys(range(second, event.ts_event // COARSE), grouped)
            second = max(second, event.ts_event // COARSE)
        elif isinstance(event, Trade):
            lots = round(event.size * 1000) * (1 if event.side is Side.BUY else -1)
            drawn.append(Drawn(event.ts_event, round(event.price * 10), lots))
        market.apply(event)
    assert market.depth is not None
    assert market.book is not None
    view = market.depth.view(COARSE, market.clock, 360, group, low, rows)
    assert len(books) > 300
    for start, bid, ask, known in zip(*view, strict=True):
        if start // COARSE in books:
            assert known
            assert [bid.tolist(), ask.tolist()] == books[start // COARSE]
    assert not market.book.crossed
    assert market.counts.off_grid == 0
    assert market.counts.trades == len(drawn) > 20_000
    for basis in (TimeBasis(COARSE), TimeBasis(60 * COARSE), TickBasis(100)):
        for group in (1, 10, 100, 2500):
            shown = market.footprint(basis, group).last(10**6)
            assert sum(int(bar.buy.sum()) for bar in shown) == sum(max(t.lots, 0) for t in drawn)
            assert sum(bar.delta for bar in shown) == sum(t.lots for t in drawn)
