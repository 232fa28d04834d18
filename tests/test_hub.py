"""The hub: many connections behind one stream, wanted or not, and nothing left behind."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import pytest

from feeds.hub import Hub
from feeds.outlet import LIMIT, Outlet
from feeds.timing import Timing
from feeds.transport import Read, Response, Unreachable
from market.events import Event, FeedState, FeedStatus, Side, Trade
from tests.fakes import FakeTransport, Silence, Step
from tests.running import in_loop

QUICK = Timing(tick=0.002, backoff_first=0.001, backoff_most=0.004, steady=0.0, region=3600.0)
BLOCKED = Unreachable("host answers HTTP 451", 451)


class Everywhere(FakeTransport):
    """A line on which trades come, and a REST service that knows nothing."""

    def __init__(self, trades: int = 3, first: Sequence[Step] = ()) -> None:
        # Made by hand after the documented payload: no recording holds so few.
        frames = [
            '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1,"s":"BTCUSDT",'
            f'"a":{number},"p":"1.0","q":"2.0","f":1,"l":1,"T":1,"m":false}}}}'
            for number in range(trades)
        ]
        super().__init__([*first, *frames, Silence()])

    async def get(self, url: str) -> Response:
        self.asked.append(url)
        return Response(404, {}, b"{}")


def trades(events: list[Event]) -> list[str]:
    return [event.id for event in events if isinstance(event, Trade)]


@in_loop
async def test_a_full_read_makes_the_hub_crowded_for_a_moment() -> None:
    now = 1_000_000_000
    transport = Everywhere(first=[Read(now, ["{}"], full=True)])
    hub = Hub(transport=transport, timing=QUICK, clock=lambda: now)
    hub.want(["binance:BTCUSDT"])
    async with aclosing(hub.batches()) as batches:
        async for _ in batches:
            if hub.counts.frames:
                break
    assert hub.crowded
    now += 1_000_000_000
    assert not hub.crowded


@in_loop
async def test_a_closed_stream_leaves_no_task_and_no_connection_behind() -> None:
    transport, events = Everywhere(), list[Event]()
    hub = Hub(transport=transport, timing=QUICK)
    hub.want(["binance:BTCUSDT", "binance-usdm:BTCUSDT"])
    async with aclosing(hub.batches()) as batches:
        async for batch in batches:
            events += batch
            if len(trades(events)) == 3 + 3:
                break
    assert transport.open == 0
    assert transport.closed
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert {url.split("/")[2] for url in transport.dialled} == {
        "data-stream.binance.vision",
        "fstream.binance.com",
    }


@in_loop
async def test_a_consumer_that_is_cancelled_leaves_nothing_behind_either() -> None:
    transport = Everywhere(trades=0)
    hub = Hub(transport=transport, timing=QUICK)
    hub.want(["binance:BTCUSDT"])
    waiting = asyncio.Event()

    async def consume() -> None:
        async with aclosing(hub.batches()) as batches:
            async for _ in batches:
                waiting.set()

    task = asyncio.create_task(consume())
    await waiting.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert transport.closed
    assert asyncio.all_tasks() == {asyncio.current_task()}


@in_loop
async def test_a_fault_of_the_program_reaches_the_consumer() -> None:
    hub = Hub(transport=FakeTransport(), timing=QUICK)
    hub.want(["binance:BTCUSDT"])
    with pytest.raises(ExceptionGroup):
        await drain(hub)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def drain(hub: Hub) -> None:
    async with aclosing(hub.batches()) as batches:
        async for _ in batches:
            pass


@in_loop
async def test_nothing_is_connected_that_nobody_wants() -> None:
    transport, seen = Everywhere(), list[FeedStatus]()
    hub = Hub(transport=transport, timing=QUICK)
    hub.want(["binance:BTCUSDT"])
    async with aclosing(hub.batches()) as batches:
        async for batch in batches:
            seen += [event for event in batch if isinstance(event, FeedStatus)]
            if transport.open and seen[-1].state is FeedState.SYNCING:
                hub.want([])
            if seen and seen[-1].reason == "no longer watched":
                break
    assert transport.open == 0
    assert hub.state is FeedState.CONNECTING


@in_loop
async def test_a_block_is_not_looked_at_again_before_its_time_unless_somebody_asks() -> None:
    transport = FakeTransport(BLOCKED)
    hub = Hub(transport=transport, timing=QUICK)
    hub.want(["binance:BTCUSDT"])
    times = 0
    async with aclosing(hub.batches()) as batches:
        async for batch in batches:
            blocked = [e for e in batch if isinstance(e, FeedStatus) and "451" in e.reason]
            times += len(blocked)
            if times == 3:
                break
            for _ in range(200 if blocked else 0):
                await asyncio.sleep(0)
            assert not times or len(transport.dialled) == times
            if blocked:
                hub.retry()
    assert blocked[-1].reason == "binance refuses this region (HTTP 451)"


@in_loop
async def test_an_outlet_is_full_at_its_bound_and_gives_all_it_holds() -> None:
    outlet, trade = Outlet(), Trade("binance:X", 1, 1, "1", 1.0, 1.0, Side.BUY)
    for _ in range(LIMIT):
        assert not outlet.full
        outlet.put(trade)
    assert outlet.full
    outlet.wake()
    await outlet.some()
    assert len(outlet.take()) == LIMIT
    assert not outlet.full
    assert outlet.take() == []
