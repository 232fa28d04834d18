"""The supervisor: a connection's life from scripts, one a connection, in milliseconds."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import replace

from feeds.adapter import Output
from feeds.errors import Disconnected
from feeds.session import UNREADABLE
from feeds.transport import Read, Response, Unreachable
from market.events import BookDelta, BookSnapshot, FeedState, FeedStatus, Trade
from tests.fakes import BOTH, FakeTransport, PlainAdapter, Silence, Step
from tests.running import in_loop
from tests.supervised import LOST, QUICK, Rig, told


@in_loop
async def test_frames_of_one_read_have_its_time_and_a_full_one_is_noted() -> None:
    full = Read(time.time_ns(), ["trade 1", "book", "nonsense", "trade 2"], full=True)
    rig = Rig(FakeTransport([Read(full.at - 5, ["trade 0"]), full, Silence()]))
    async with rig.running():
        await rig.until(lambda: len(rig.trades) == 3)
    times = [event.ts_recv for event in rig.events if isinstance(event, Trade)]
    assert times == [full.at - 5, full.at, full.at]
    assert rig.outlet.counts.malformed == 1
    assert rig.outlet.crowded_at == full.at


@in_loop
async def test_frames_become_events_in_order_and_the_line_is_opened_as_wanted() -> None:
    rig = Rig(FakeTransport(["trade 1", "trade 2", "book", "trade 3", Silence()]))
    async with rig.running():
        await rig.until(lambda: len(rig.trades) == 3)
    assert rig.trades == ["1", "2", "3"]
    assert rig.adapter.opened == [BOTH]
    assert rig.transport.dialled == ["ws://host/stream"]
    assert rig.transport.open == 0


@in_loop
async def test_a_dropped_line_is_reconnected_and_resubscribed() -> None:
    rig = Rig(FakeTransport(["trade 1", LOST], ["trade 2", Silence()]))
    async with rig.running():
        await rig.until(lambda: rig.trades == ["1", "2"] and len(rig.transport.sent) == 2)
    assert rig.transport.sent == ["subscribe", "subscribe"]
    lost = next(e for e in rig.events if isinstance(e, FeedStatus) and "cut" in e.reason)
    assert lost.state is FeedState.CONNECTING
    assert lost.retry_at is not None
    assert lost.retry_at >= lost.ts_recv
    assert lost.venue == "binance"


@in_loop
async def test_a_gap_is_shown_before_anything_that_follows_it() -> None:
    rig = Rig(FakeTransport(["live", "book", "gap", "resync", "trade 1", Silence()]))
    async with rig.running():
        await rig.until(lambda: rig.trades == ["1"])
    kinds = [e.state if isinstance(e, FeedStatus) else type(e) for e in rig.events]
    assert kinds[-4:] == [FeedState.LIVE, BookDelta, FeedState.GAP, Trade]
    assert rig.outlet.counts.gaps == 1


@in_loop
async def test_a_resync_without_a_status_is_shown_as_a_gap_too() -> None:
    rig = Rig(FakeTransport(["live", "resync", "trade 1", Silence()]))
    async with rig.running():
        await rig.until(lambda: rig.trades == ["1"])
    assert rig.states[-1] is FeedState.GAP


@in_loop
async def test_a_fetch_comes_back_as_a_snapshot_and_the_tap_sees_real_addresses() -> None:
    body = Response(200, {}, b"{}")
    transport = FakeTransport(["fetch /depth", Silence()], answers={"http://host/depth": [body]})
    rig = Rig(transport)
    async with rig.running():
        await rig.until(lambda: FeedState.LIVE in rig.states)
    assert rig.adapter.bodies == [("/depth", b"{}")]
    assert any(isinstance(event, BookSnapshot) for event in rig.events)
    assert ("in", "http", "https://real/depth", b"{}") in rig.taps
    assert ("in", "ws1", "wss://real/stream", "fetch /depth") in rig.taps
    assert ("out", "ws1", "wss://real/stream", "subscribe") in rig.taps


@in_loop
async def test_a_fetch_that_fails_is_tried_again_and_the_reason_shown() -> None:
    answers: list[Response | Unreachable] = [
        Unreachable("cannot find host: no such host, or no network"),
        Response(503, {}, b""),
        Response(429, {}, b""),
        Response(200, {}, b"garbage"),
        Response(200, {}, b"{}"),
    ]
    transport = FakeTransport(["fetch /d", Silence()], answers={"http://host/d": answers})
    rig = Rig(transport, replace(QUICK, dead=60.0))
    async with rig.running():
        await rig.until(lambda: FeedState.LIVE in rig.states)
    assert len(transport.asked) == len(answers) == 5
    for words in ("no such host", "out of order", "fewer requests", "unreadable answer"):
        assert any(words in reason for reason in rig.reasons)


@in_loop
async def test_a_gap_stays_one_while_its_snapshot_is_not_to_be_had() -> None:
    answers = [Response(451, {}, b""), Response(200, {}, b"{}")]
    script: list[Step] = ["gap", "fetch /d", Silence()]
    rig = Rig(FakeTransport(script, answers={"http://host/d": answers}))
    async with rig.running():
        await rig.until(lambda: FeedState.LIVE in rig.states)
    blocked = next(e for e in rig.events if isinstance(e, FeedStatus) and "451" in e.reason)
    assert blocked.state is FeedState.GAP
    assert blocked.retry_at is not None


@in_loop
async def test_an_impatient_adapter_gets_no_second_fetch_of_the_same() -> None:
    answers = [Response(451, {}, b""), Response(200, {}, b"{}")]
    script: list[Step] = [*["fetch /d"] * 9, Silence()]
    rig = Rig(FakeTransport(script, answers={"http://host/d": answers}))
    async with rig.running():
        await rig.until(lambda: FeedState.LIVE in rig.states)
    assert len(rig.adapter.bodies) == 1


@in_loop
async def test_what_the_venue_rejects_is_said_and_not_asked_again() -> None:
    answers = [Response(400, {}, b"no such symbol")]
    path = "/klines?symbol=BTCUSDT"
    transport = FakeTransport([f"fetch {path}", Silence()], answers={f"http://host{path}": answers})
    rig = Rig(transport)
    async with rig.running():
        await rig.until(lambda: any("no such symbol" in reason for reason in rig.reasons))
    status = rig.events[-1]
    assert isinstance(status, FeedStatus)
    assert (status.state, status.retry_at) == (FeedState.CONNECTING, None)
    assert len(transport.asked) == 1


@in_loop
async def test_a_book_that_is_there_stays_whatever_else_is_refused() -> None:
    rig = Rig(FakeTransport(["live", "book", "reject", "trade 1", Silence()]))
    async with rig.running():
        await rig.until(lambda: rig.trades == ["1"])
    assert rig.states[-1] is FeedState.LIVE
    assert rig.outlet.counts.complaint


@in_loop
async def test_garbage_is_counted_and_passed_over() -> None:
    rig = Rig(FakeTransport(["trade 1", "?", "?", "trade 2", Silence()]))
    async with rig.running():
        await rig.until(lambda: rig.trades == ["1", "2"])
    assert rig.outlet.counts.malformed == 2
    assert "not a word of mine" in rig.outlet.counts.complaint
    assert len(rig.transport.dialled) == 1


@in_loop
async def test_nothing_but_garbage_is_not_worth_a_connection() -> None:
    rig = await told(["?"] * UNREADABLE, ["trade 1", Silence()], until="unreadable messages")
    assert rig.outlet.counts.malformed == UNREADABLE


@in_loop
async def test_a_connection_that_fails_while_it_is_given_up_stays_given_up() -> None:
    class Failing(PlainAdapter):
        def tick(self, now: int) -> Iterable[Output]:
            task.cancel()
            raise Disconnected("binance", "just now")

    rig = Rig(FakeTransport([Silence()]), adapter=Failing())
    task = asyncio.create_task(rig.supervisor.run())
    await asyncio.wait([task], timeout=2)
    assert task.cancelled()


@in_loop
async def test_a_slow_consumer_stops_the_reading_and_loses_nothing() -> None:
    script: list[Step] = [*(f"trade {number}" for number in range(500)), Silence()]
    rig = Rig(FakeTransport(script), limit=10)
    waiting = []
    async with rig.running():
        while len(rig.trades) < 500:
            for _ in range(50):
                await asyncio.sleep(0)
            batch = rig.outlet.take()
            waiting.append(len(batch))
            rig.events += batch
    assert rig.trades == [str(number) for number in range(500)]
    assert max(waiting) <= 13


@in_loop
async def test_many_frames_wake_the_consumer_once() -> None:
    rig = Rig(FakeTransport([*(f"trade {number}" for number in range(100)), Silence()]))
    async with rig.running():
        await rig.until(lambda: len(rig.trades) == 100)
    assert rig.outlet.counts.frames == 100
    assert rig.outlet.counts.bytes == sum(len(f"trade {number}") for number in range(100))
