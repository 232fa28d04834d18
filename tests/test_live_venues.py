"""Every venue live: its stand-in's handshake, its books and trades through the real transport."""

import asyncio

import pytest

from market.events import FeedState
from tests.captures import needs_captures
from tests.exchange.registry import TONGUES
from tests.exchange.stand import Stand
from tests.exchange.watcher import Watcher
from tests.running import in_loop

pytestmark = [needs_captures, pytest.mark.usefixtures("hasty")]

CUES = 40


@pytest.mark.parametrize("venue", TONGUES)
@in_loop
async def test_a_venue_is_shown_live(venue: str) -> None:
    tongue = TONGUES[venue]()
    async with Stand(tongue) as stand, asyncio.TaskGroup() as group:
        watcher = Watcher(stand)

        over = asyncio.Event()

        async def play() -> None:
            # Some books are fetched with their first change only.
            while not watcher.right:
                await stand.play(1, 0.005)
            await stand.play(CUES)
            await stand.beat()
            while not watcher.complete:
                await stand.play(1, 0.005)
            over.set()
            await stand.play(4)

        group.create_task(play())
        await watcher.until(over.is_set)
    counts = watcher.hub.counts
    assert counts.malformed == counts.gaps == counts.rejected == 0
    assert len(watcher.trades) == len(set(watcher.trades))


@pytest.mark.parametrize("venue", TONGUES)
@in_loop
async def test_a_line_that_is_cut_is_made_again(venue: str) -> None:
    tongue = TONGUES[venue]()
    async with Stand(tongue) as stand, asyncio.TaskGroup() as group:
        watcher, over = Watcher(stand), asyncio.Event()

        async def play() -> None:
            # A connection that has not said a thing is another matter.
            while not (watcher.right and watcher.trades):
                await stand.play(1, 0.005)
            wanted = stand.connects + len(stand.talks)
            await stand.cut()
            while stand.connects < wanted or not watcher.complete:
                await stand.play(1, 0.005)
            over.set()
            await stand.play(4)

        group.create_task(play())
        await watcher.until(over.is_set)
    assert FeedState.CONNECTING in watcher.states
    assert watcher.hub.counts.malformed == 0
    assert len(watcher.trades) == len(set(watcher.trades))
