"""Ages: what makes a connection look dead, and what must not. In virtual time."""

import asyncio
from collections.abc import Iterable

from feeds.adapter import Channel, Fetch, Output, Subscription
from feeds.timing import Timing
from feeds.transport import Read, Response
from market.events import FeedState, Kline
from tests.fakes import FakeTransport, PlainAdapter, Silence
from tests.supervised import Rig
from tests.virtual import BEGAN, SECOND, clock, in_virtual_time

TIMING = Timing()
TRADES = (Subscription("BTCUSDT", Channel.TRADES),)
BODY = Response(200, {}, b"{}")


class Asking(PlainAdapter):
    """An adapter that asks for bars every ten seconds, as some venues have them by REST only."""

    def tick(self, now: int) -> Iterable[Output]:
        self.ticks += 1
        if now >= BEGAN + 10 * SECOND * (len(self.bodies) + 1):
            yield Fetch("/bars", "/bars", 1)

    def receive_body(self, key: str, body: bytes, now: int) -> Iterable[Output]:
        self.bodies.append((key, body))
        bar = (1.0, 1.0, 1.0, 1.0, 1.0)
        yield Kline(self._id, now, now, "1m", 0, 60, *bar, None, None, None, False)


@in_virtual_time
async def test_what_is_not_read_for_want_of_room_is_not_missing() -> None:
    full = Read(BEGAN, ["live", "book", *(f"trade {number}" for number in range(20))])
    rig = Rig(FakeTransport([full, Silence()]), TIMING, limit=10, clock=clock)
    async with rig.running():
        await asyncio.sleep(3 * TIMING.dead)
        rig.events += rig.outlet.take()
        assert FeedState.STALE not in rig.states
        assert len(rig.transport.dialled) == 1
        # There is room: from now on a silence is one.
        await asyncio.sleep(TIMING.dead + 1)
        rig.events += rig.outlet.take()
    assert FeedState.STALE in rig.states
    assert any("no data for" in reason for reason in rig.reasons)


@in_virtual_time
async def test_an_answer_by_rest_does_not_keep_a_connection_that_says_nothing() -> None:
    transport = FakeTransport(
        [Read(BEGAN, ["trade 1"]), Silence()], answers={"http://host/bars": [BODY]}
    )
    rig = Rig(transport, TIMING, TRADES, adapter=Asking(), clock=clock)
    async with rig.running():
        await asyncio.sleep(TIMING.silent + 5)
    assert len(rig.adapter.bodies) >= 5
    assert len(transport.dialled) == 2


@in_virtual_time
async def test_an_answer_by_rest_does_not_make_a_path_that_says_nothing_a_good_one() -> None:
    transport = FakeTransport(
        [Read(BEGAN, ["ack"]), Silence()], answers={"http://host/bars": [BODY]}
    )
    rig = Rig(transport, TIMING, TRADES, adapter=Asking(), spare="/spare", clock=clock)
    async with rig.running():
        await asyncio.sleep(TIMING.path + 5)
    assert rig.adapter.bodies
    assert transport.dialled == ["ws://host/stream", "ws://host/spare"]
