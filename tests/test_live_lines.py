"""Lines that go wrong live: what is lost is told and had again, what is refused keeps nobody away.

What every venue's line does when all goes well is tested in test_live_venues.py, and without
sockets what every venue's faults lead to in test_faults_venues.py.
"""

import asyncio
from dataclasses import replace

import pytest

from market.events import FeedState
from tests.captures import needs_captures
from tests.exchange.faults import Faults
from tests.exchange.registry import TONGUES
from tests.exchange.stand import Stand
from tests.exchange.watcher import QUICK, Watcher
from tests.running import in_loop

pytestmark = [needs_captures, pytest.mark.usefixtures("hasty")]

FAST, FASTER = 50, 200
"""How much faster than time the clock runs, so that pauses of seconds are over in milliseconds.

The faster one is for whom it does not matter that an answer may come too late by it.
"""
LENIENT = replace(
    QUICK,
    stale=FASTER * 60.0,
    dead=FASTER * 60.0,
    silent=FASTER * 60.0,
    path=FASTER * 60.0,
    rotate=FASTER * 3600.0,
)
"""Of clocks that run so fast."""
EXACT = replace(LENIENT, dead=FASTER * 1.0)
"""Which leaves a line that was left without a word after a second."""
CONNECTIONS = {"bybit-linear": 1, "kraken": 1, "kraken-futures": 1, "okx": 2}
"""In-band venues of all kinds. OKX says its bars over a connection of their own."""
FAULTS = {
    "drop": 0.05,
    "duplicate": 0.05,
    "reorder": 0.05,
    "garbage": 0.05,
    "flip": 0.05,
    "close": 0.02,
}
WRONG = {
    "bybit-linear": ("XRPUSD", 'no such symbol; did you mean "XRPUSDT"?'),
    "kraken": ("FOO/USD", "no such symbol"),
    "kraken-futures": ("PI_ETHUSDT", 'no such symbol; did you mean "PI_ETHUSD"?'),
    "okx": ("FOO-USDT", "no such symbol"),
}
"""A symbol that is not there, and what is said of it."""
NOTICE = '{"event":"notice","code":"64008","msg":"The connection will soon be closed"}'


@pytest.mark.parametrize("venue", CONNECTIONS)
@in_loop
async def test_the_connection_is_kept_with_pings(venue: str) -> None:
    """OKX is pinged into a silence, the others all the time."""
    async with Stand(TONGUES[venue]()) as stand, asyncio.TaskGroup() as group:
        watcher, over = Watcher(stand, timing=LENIENT, fast=FASTER), asyncio.Event()

        async def play() -> None:
            await _play_until_right(watcher)
            await stand.heard("ping", 2)
            while not watcher.complete:
                await stand.play(1, 0.002)
            over.set()
            await stand.play(4)

        group.create_task(play())
        await watcher.until(over.is_set)
    assert watcher.hub.counts.malformed == watcher.hub.counts.gaps == 0
    assert watcher.hub.counts.connects == CONNECTIONS[venue]


@pytest.mark.parametrize("venue", WRONG)
@in_loop
async def test_a_symbol_that_is_not_there_does_not_keep_the_others_away(venue: str) -> None:
    unknown, words = WRONG[venue]
    async with Stand(TONGUES[venue]()) as stand:
        watcher = Watcher(stand, unknown, timing=LENIENT, fast=FAST)
        await watcher.until(lambda: words in watcher.reasons and watcher.right)
    assert watcher.states_of(f"{venue}:{unknown}")[-1] is FeedState.CONNECTING


@pytest.mark.parametrize("venue", CONNECTIONS)
@in_loop
async def test_a_change_that_is_lost_is_told_and_the_book_is_had_again(venue: str) -> None:
    faults = Faults({"drop": 1.0})
    faults.active = False
    async with Stand(TONGUES[venue](), faults) as stand, asyncio.TaskGroup() as group:
        watcher, over = Watcher(stand, timing=LENIENT, fast=FAST), asyncio.Event()

        async def play() -> None:
            await _play_until_right(watcher)
            faults.active, before = True, stand.said["Change"]
            while stand.said["Change"] == before:
                await stand.play(1)
            faults.active = False
            while not (watcher.hub.counts.gaps and watcher.right):
                await stand.play(1, 0.005)
            over.set()
            await stand.play(4)

        group.create_task(play())
        await watcher.until(over.is_set)
    assert watcher.hub.counts.gaps == 1
    assert watcher.hub.counts.connects == CONNECTIONS[venue]
    assert watcher.states[-2:] == [FeedState.GAP, FeedState.LIVE]
    assert sum("unsubscribe" in str(frame) for frame in stand.asked) == 1


@in_loop
async def test_a_notice_that_the_server_will_close_makes_another_connection() -> None:
    async with Stand(TONGUES["okx"]()) as stand, asyncio.TaskGroup() as group:
        watcher, over = Watcher(stand, timing=LENIENT, fast=FAST), asyncio.Event()

        async def play() -> None:
            await _play_until_right(watcher)
            await stand.tell(NOTICE)
            while not (stand.connects > CONNECTIONS["okx"] and watcher.complete):
                await stand.play(1, 0.005)
            over.set()
            await stand.play(4)

        group.create_task(play())
        await watcher.until(over.is_set)
    assert watcher.hub.counts.malformed == 0
    assert watcher.hub.counts.connects > CONNECTIONS["okx"]


@pytest.mark.slow
@pytest.mark.parametrize("venue", CONNECTIONS)
@pytest.mark.parametrize("seed", range(50))
@in_loop
async def test_after_any_faults_the_book_is_right_again(venue: str, seed: int) -> None:
    faults = Faults(FAULTS, seed)
    async with Stand(TONGUES[venue](), faults) as stand, asyncio.TaskGroup() as group:
        watcher, over = Watcher(stand, timing=EXACT, fast=FASTER), asyncio.Event()

        async def play() -> None:
            await stand.subscribed(2)
            await stand.play(40, 0.001)
            faults.active = False
            while not watcher.right:
                await stand.play(1, 0.003)
            over.set()
            await stand.play(4)

        group.create_task(play())
        await watcher.until(over.is_set)
    missing = sum(faults.done[kind] for kind in ("drop", "garbage", "reorder", "flip"))
    assert watcher.hub.counts.gaps <= missing


async def _play_until_right(watcher: Watcher) -> None:
    """Let things happen until the book is there: some are fetched with their first change."""
    while not watcher.right:
        await watcher.stand.play(1, 0.005)
