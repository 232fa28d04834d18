"""Bybit live: the stand-in's handshake, and books that are right again after every fault."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing

import pytest

from feeds.hub import Hub
from feeds.timing import Timing
from market.events import Event, FeedState, FeedStatus, Trade
from market.markets import Markets
from tests.captures import CAPTURES, needs_captures
from tests.exchange.bybit import Bybit, TrueBook
from tests.exchange.faults import Faults
from tests.running import in_loop

pytestmark = [needs_captures, pytest.mark.usefixtures("hasty")]

BOOK = CAPTURES / "bybit/linear_xrpusdt_ob500_20241201.jsonl"
BITCOIN = [
    CAPTURES / "bybit/linear_orderbook_btcusdt_202602.jsonl",
    CAPTURES / "bybit/linear_publicTrade_btcusdt_202602.jsonl",
]
SPOT = CAPTURES / "bybit/spot_btcusdt_ob50_20260824.jsonl"
FAST = 200
"""How much faster than time the clock runs, so that pauses of seconds are over in milliseconds."""
QUICK = Timing(
    tick=0.002,
    backoff_first=0.005,
    backoff_most=0.02,
    goodbye=0.05,
    spread=0.0,
    steady=0.0,
    stale=FAST * 60.0,
    dead=FAST * 1.0,
    rotate=FAST * 3600.0,
)
FAULTS = {"drop": 0.05, "duplicate": 0.05, "reorder": 0.05, "garbage": 0.05, "close": 0.02}


class Watcher:
    """A consumer of a hub, with what it saw."""

    def __init__(self, venue: str, *symbols: str, exchange: Bybit) -> None:
        start = time.time_ns()
        self.hub = Hub(
            endpoints={venue: exchange.url},
            timing=QUICK,
            clock=lambda: start + FAST * (time.time_ns() - start),
        )
        self.hub.want([f"{venue}:{symbol}" for symbol in symbols])
        self.markets = Markets()
        self.events: list[Event] = []

    async def until(self, seen: Callable[[], bool]) -> None:
        async with aclosing(self.hub.batches()) as batches:
            async for batch in batches:
                self.events += batch
                self.markets.apply(batch)
                if seen():
                    return

    def has(self, name: str, truth: TrueBook) -> bool:
        """Whether the book is shown as the exchange has it."""
        market = self.markets.get(name)
        if market is None or market.book is None or market.instrument is None:
            return False
        if market.status.state is not FeedState.LIVE or market.book.sequence != truth.number:
            return False
        assert market.book_good
        ticks, lots = market.instrument.ticks, market.instrument.lots
        for stated, standing in zip((truth.bids, truth.asks), market.book.standing(), strict=True):
            shown = dict(zip(standing.ticks.tolist(), standing.lots.tolist(), strict=True))
            assert shown == {
                ticks(float(price)): lots(float(size)) for price, size in stated.items()
            }
        return True

    def states(self, name: str) -> list[FeedState]:
        return [
            event.state
            for event in self.events
            if isinstance(event, FeedStatus) and event.instrument == name
        ]


@in_loop
async def test_books_and_trades_of_two_instruments_come_over_one_connection() -> None:
    bitcoin, ripple = "bybit-linear:BTCUSDT", "bybit-linear:XRPUSDT"
    async with Bybit([*BITCOIN, BOOK]) as exchange, asyncio.TaskGroup() as group:
        watcher = Watcher("bybit-linear", "BTCUSDT", "XRPUSDT", exchange=exchange)

        async def play() -> None:
            await exchange.subscribed({"orderbook.XRPUSDT", "publicTrade.BTCUSDT"})
            await exchange.play()

        def complete() -> bool:
            trades = sum(isinstance(event, Trade) for event in watcher.events)
            books = {bitcoin: "orderbook.BTCUSDT", ripple: "orderbook.XRPUSDT"}
            truth = [watcher.has(name, exchange.books[key]) for name, key in books.items()]
            return all(truth) and exchange.position == len(exchange.cues) and trades == 15

        group.create_task(play())
        await watcher.until(complete)
    assert watcher.hub.counts.connects == 1
    assert watcher.hub.counts.malformed == watcher.hub.counts.gaps == 0
    listed = watcher.markets.get(ripple)
    assert listed is not None
    assert listed.listed is not None


@in_loop
async def test_spot_is_asked_for_no_more_than_it_takes() -> None:
    async with Bybit([SPOT]) as exchange:
        watcher = Watcher("bybit", "BTCUSDT", exchange=exchange)
        truth = exchange.books["orderbook.BTCUSDT"]
        await watcher.until(lambda: watcher.has("bybit:BTCUSDT", truth))
    assert watcher.hub.counts.rejected == 0


@in_loop
async def test_the_connection_is_kept_with_pings() -> None:
    async with Bybit([BOOK]) as exchange:
        watcher, name = Watcher("bybit-linear", "XRPUSDT", exchange=exchange), "XRPUSDT"
        playing = asyncio.create_task(exchange.play(breath=0.02))
        await watcher.until(lambda: exchange.heard["ping"] > 3)
        playing.cancel()
    assert watcher.markets.get(f"bybit-linear:{name}") is not None
    assert watcher.hub.counts.malformed == 0


@in_loop
async def test_a_symbol_that_is_not_there_does_not_keep_the_others_away() -> None:
    async with Bybit([BOOK]) as exchange:
        watcher = Watcher("bybit-linear", "XRPUSDT", "XRPUSD", exchange=exchange)
        truth = exchange.books["orderbook.XRPUSDT"]

        def told() -> bool:
            reasons = {event.reason for event in watcher.events if isinstance(event, FeedStatus)}
            wrong = 'no such symbol; did you mean "XRPUSDT"?' in reasons
            return wrong and watcher.has("bybit-linear:XRPUSDT", truth)

        await watcher.until(told)
    assert watcher.states("bybit-linear:XRPUSD")[-1] is FeedState.CONNECTING


@in_loop
async def test_a_change_that_is_lost_is_told_and_the_book_is_had_again() -> None:
    async with Bybit([BOOK], Faults({"drop": 1.0})) as exchange, asyncio.TaskGroup() as group:
        watcher, name = Watcher("bybit-linear", "XRPUSDT", exchange=exchange), "XRPUSDT"
        truth = exchange.books["orderbook.XRPUSDT"]
        exchange.faults.active = False

        async def play() -> None:
            await exchange.subscribed({"orderbook.XRPUSDT"})
            await exchange.play(until=20)
            exchange.faults.active = True
            await exchange.play(until=21)
            exchange.faults.active = False
            await exchange.play(breath=0.005)

        group.create_task(play())
        await watcher.until(
            lambda: (
                exchange.position == len(exchange.cues)
                and watcher.has(f"bybit-linear:{name}", truth)
            )
        )
    assert watcher.hub.counts.gaps == 1
    assert watcher.hub.counts.connects == 1
    assert watcher.states(f"bybit-linear:{name}")[-2:] == [FeedState.GAP, FeedState.LIVE]
    assert exchange.heard["unsubscribe"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(50))
@in_loop
async def test_after_any_faults_the_book_is_right_again(seed: int) -> None:
    faults = Faults(FAULTS, seed)
    async with Bybit([BOOK], faults) as exchange, asyncio.TaskGroup() as group:
        watcher, name = Watcher("bybit-linear", "XRPUSDT", exchange=exchange), "XRPUSDT"
        truth = exchange.books["orderbook.XRPUSDT"]

        async def play() -> None:
            await exchange.subscribed({"orderbook.XRPUSDT"})
            await exchange.play(until=40, breath=0.001)
            faults.active = False
            await exchange.play(breath=0.005)

        group.create_task(play())
        await watcher.until(
            lambda: (
                exchange.position == len(exchange.cues)
                and watcher.has(f"bybit-linear:{name}", truth)
            )
        )
    missing = faults.done["drop"] + faults.done["garbage"]
    assert watcher.hub.counts.gaps <= missing + faults.done["reorder"]
