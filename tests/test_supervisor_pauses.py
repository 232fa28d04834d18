"""Pauses between attempts to connect: within what venues allow, never long, never in step."""

import asyncio
import itertools
import random
from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from feeds.rest import SECOND
from feeds.timing import Timing
from feeds.transport import Unreachable
from market.events import FeedStatus
from tests.fakes import FakeTransport, Silence
from tests.running import in_loop
from tests.supervised import LOST, QUICK, Rig, told


@in_loop
async def test_an_unreachable_host_is_said_in_its_own_words_with_the_next_try() -> None:
    rig = await told(
        Unreachable("cannot reach fstream.binance.com: connection refused"), until="refused"
    )
    status = rig.events[-1]
    assert isinstance(status, FeedStatus)
    assert status.reason == "cannot reach fstream.binance.com: connection refused"
    assert status.retry_at is not None


@in_loop
async def test_a_region_block_is_said_in_plain_words_and_looked_at_again_much_later() -> None:
    rig = await told(Unreachable("host answers HTTP 451", 451), until="451")
    status = rig.events[-1]
    assert isinstance(status, FeedStatus)
    assert status.reason == "binance refuses this region (HTTP 451)"
    assert (status.retry_at or 0) - status.ts_recv >= 0.9 * QUICK.region * SECOND


@in_loop
async def test_a_user_in_a_hurry_is_not_kept_waiting() -> None:
    slow = replace(QUICK, region=3600.0)
    blocked = Unreachable("host answers HTTP 451", 451)
    rig = Rig(FakeTransport(blocked, ["trade 1", Silence()]), slow)
    async with rig.running():
        await rig.until(lambda: any("451" in reason for reason in rig.reasons))
        rig.supervisor.hurry()
        await rig.until(lambda: rig.trades == ["1"])


@in_loop
async def test_connection_attempts_stay_within_what_the_venue_allows() -> None:
    eager = replace(QUICK, backoff_first=0.0)
    rig = Rig(FakeTransport(LOST), eager, connects=20)
    async with rig.running():
        await rig.until(lambda: len(rig.transport.dialled) == 12)
        for _ in range(1000):
            await asyncio.sleep(0)
    assert len(rig.transport.dialled) == 12


@in_loop
async def test_a_host_that_let_us_in_between_two_refusals_asks_for_no_longer_pause() -> None:
    timing, busy = replace(QUICK, slow_down=0.02), Unreachable("host answers HTTP 429", 429)
    rig = Rig(FakeTransport(busy, ["trade 1", LOST], busy, ["trade 2", Silence()]), timing)
    async with rig.running():
        await rig.until(lambda: rig.trades == ["1", "2"])
    told = [event for event in rig.events if isinstance(event, FeedStatus)]
    pauses = [(e.retry_at or 0) - e.ts_recv for e in told if "fewer requests" in e.reason]
    assert len(pauses) == 2
    assert max(pauses) <= timing.slow_down * SECOND


@given(st.integers(0, 5000), st.floats(0, 1, exclude_max=True))
def test_pauses_grow_to_half_a_minute_and_no_further(attempt: int, draw: float) -> None:
    pause = Timing().backoff(attempt, draw)
    assert 0 <= pause <= min(30.0, 0.25 * 2 ** min(attempt, 30))


def test_an_outage_of_an_hour_costs_few_attempts() -> None:
    for seed in range(1000):
        draw = random.Random(seed).random
        clock, minutes = 0.0, Counter[int]()
        for attempt in itertools.count():
            clock += Timing().backoff(attempt, draw())
            if clock > 3600:
                break
            minutes[int(clock // 300)] += 1
        # Binance bans an address at 300 attempts in five minutes.
        assert max(minutes.values()) < 60
