"""Kraken and OKX live: the stand-ins' handshakes, and books that are right after any fault."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import NamedTuple

import pytest

from feeds.hub import Hub
from feeds.timing import Timing
from market.events import Event, FeedState, FeedStatus, Trade
from market.markets import Markets
from tests.captures import CAPTURES, needs_captures
from tests.exchange.faults import Faults
from tests.exchange.inband import Inband
from tests.exchange.tongues import Kraken, KrakenFutures, Okx, Tongue, TrueBook
from tests.lots import side_in_lots
from tests.running import in_loop

pytestmark = [needs_captures, pytest.mark.usefixtures("hasty")]

FAST, FASTER = 50, 200
"""How much faster than time the clock runs, so that pauses of seconds are over in milliseconds.

The faster one is for whom it does not matter that an answer may come too late by it.
"""
QUICK = Timing(
    tick=0.002,
    backoff_first=0.005,
    backoff_most=0.02,
    goodbye=0.05,
    spread=0.0,
    steady=0.0,
    stale=FASTER * 60.0,
    dead=FASTER * 60.0,
    silent=FASTER * 60.0,
    rotate=FASTER * 3600.0,
)
FAULTS = {"drop": 0.03, "duplicate": 0.03, "reorder": 0.03, "garbage": 0.03, "close": 0.01}


class Case(NamedTuple):
    """A venue with a recording, and a symbol of which it holds many changes."""

    tongue: type[Tongue]
    path: Path
    symbol: str
    unknown: str
    """A symbol that is not there."""
    told: str
    """What is said of it."""
    trades: int
    """Of that symbol in the first 100 cues."""

    def exchange(self, most: int = 100, faults: Faults | None = None) -> Inband:
        """The stand-in of this venue."""
        return Inband(self.tongue(), self.path, self.symbol, most, faults)


CASES = {
    "kraken": Case(
        Kraken,
        CAPTURES / "kraken/v2_btcusd_book10_20230730.jsonl",
        "BTC/USD",
        "FOO/USD",
        "no such symbol",
        0,
    ),
    "kraken-futures": Case(
        KrakenFutures,
        CAPTURES / "kraken/futures_cf_20210722.jsonl.gz",
        "PI_XRPUSD",
        "PI_XRPUSDT",
        'no such symbol; did you mean "PI_XRPUSD"?',
        100,
    ),
    "okx": Case(
        Okx,
        CAPTURES / "okx/cf_20220513.jsonl.gz",
        "BTC-USDT",
        "FOO-USDT",
        "no such symbol",
        37,
    ),
}


CONNECTIONS = {"kraken": 1, "kraken-futures": 1, "okx": 2}
"""OKX says its bars over a connection of their own."""


class Watcher:
    """A consumer of a hub, with what it saw."""

    def __init__(self, exchange: Inband, *symbols: str, fast: int = FAST) -> None:
        start, venue = time.time_ns(), exchange.tongue.venue
        self.hub = Hub(
            endpoints={venue: exchange.url},
            timing=QUICK,
            clock=lambda: start + fast * (time.time_ns() - start),
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
        if market.status.state is not FeedState.LIVE:
            return False
        for stated, standing in zip((truth.bids, truth.asks), market.book.standing(), strict=True):
            shown = dict(zip(standing.ticks.tolist(), standing.lots.tolist(), strict=True))
            levels = {float(price): float(size) for price, size in stated.items()}
            if shown != side_in_lots(market, levels):
                return False
        return market.book_good

    def states(self, name: str) -> list[FeedState]:
        return [
            event.state
            for event in self.events
            if isinstance(event, FeedStatus) and event.instrument == name
        ]


@pytest.mark.parametrize("venue", CASES)
@in_loop
async def test_a_book_comes_live_and_follows_what_is_said(venue: str) -> None:
    case = CASES[venue]
    name = f"{venue}:{case.symbol}"
    async with case.exchange() as exchange, asyncio.TaskGroup() as group:
        watcher = Watcher(exchange, case.symbol)

        async def play() -> None:
            await exchange.subscribed(case.symbol)
            await exchange.play()

        group.create_task(play())
        truth = exchange.books[case.symbol]
        await watcher.until(lambda: exchange.done and watcher.has(name, truth))
    counts = watcher.hub.counts
    assert counts.malformed == counts.gaps == counts.rejected == 0
    assert len([event for event in watcher.events if isinstance(event, Trade)]) == case.trades
    market = watcher.markets.get(name)
    assert market is not None
    assert market.listed is not None


@pytest.mark.parametrize("venue", CASES)
@in_loop
async def test_a_symbol_that_is_not_there_does_not_keep_the_others_away(venue: str) -> None:
    case = CASES[venue]
    name = f"{venue}:{case.symbol}"
    async with case.exchange() as exchange:
        watcher = Watcher(exchange, case.symbol, case.unknown)
        truth = exchange.books[case.symbol]

        def told() -> bool:
            reasons = {event.reason for event in watcher.events if isinstance(event, FeedStatus)}
            return case.told in reasons and watcher.has(name, truth)

        await watcher.until(told)
    assert watcher.states(f"{venue}:{case.unknown}")[-1] is FeedState.CONNECTING


@pytest.mark.parametrize("venue", CASES)
@in_loop
async def test_the_connection_is_kept_with_pings(venue: str) -> None:
    """OKX is pinged into a silence, Kraken all the time."""
    case = CASES[venue]
    async with case.exchange() as exchange, asyncio.TaskGroup() as group:
        watcher = Watcher(exchange, case.symbol)

        async def play() -> None:
            await exchange.subscribed(case.symbol)
            await exchange.play(until=50)
            await exchange.asked("ping", 2)
            await exchange.play()

        group.create_task(play())
        await watcher.until(lambda: exchange.done)
    assert watcher.hub.counts.malformed == 0
    assert watcher.hub.counts.connects == CONNECTIONS[venue]


@in_loop
async def test_a_notice_that_the_server_will_close_makes_another_connection() -> None:
    case = CASES["okx"]
    notice = '{"event":"notice","code":"64008","msg":"The connection will soon be closed"}'
    async with case.exchange(20) as exchange, asyncio.TaskGroup() as group:
        watcher = Watcher(exchange, case.symbol)
        truth = exchange.books[case.symbol]

        async def play() -> None:
            await exchange.subscribed(case.symbol)
            await exchange.play(until=10)
            await exchange.tell(notice)
            await exchange.play(breath=0.01)

        group.create_task(play())
        await watcher.until(lambda: exchange.done and watcher.has(f"okx:{case.symbol}", truth))
    assert watcher.hub.counts.malformed == 0
    assert watcher.hub.counts.connects > CONNECTIONS["okx"]


@pytest.mark.slow
@pytest.mark.parametrize("venue", CASES)
@pytest.mark.parametrize("seed", range(50))
@in_loop
async def test_after_any_faults_the_book_is_right_again(venue: str, seed: int) -> None:
    case, faults = CASES[venue], Faults(FAULTS, seed)
    name = f"{venue}:{case.symbol}"
    async with case.exchange(80, faults) as exchange, asyncio.TaskGroup() as group:
        watcher = Watcher(exchange, case.symbol, fast=FASTER)
        truth = exchange.books[case.symbol]

        async def play() -> None:
            await exchange.subscribed(case.symbol)
            await exchange.play(until=60, breath=0.001)
            faults.active = False
            await exchange.play(breath=0.003)

        group.create_task(play())
        await watcher.until(lambda: exchange.done and watcher.has(name, truth))
