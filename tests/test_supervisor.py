"""The supervisor: a connection's life from scripts, one a connection, in milliseconds."""

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Channel, Output, Subscription
from feeds.board import Board, Word
from feeds.door import Door
from feeds.errors import Disconnected
from feeds.outlet import Outlet
from feeds.plan import Link
from feeds.rest import SECOND, Budget, Rest
from feeds.session import UNREADABLE, Access, Means
from feeds.supervisor import Supervisor
from feeds.timing import Timing
from feeds.transport import Read, Response, Unreachable
from feeds.venue import Limits
from market.events import BookDelta, BookSnapshot, Event, FeedState, FeedStatus, Trade
from tests.fakes import BOTH, FakeTransport, PlainAdapter, Silence, Step
from tests.running import in_loop

QUICK = Timing(
    tick=0.002,
    stale=0.02,
    dead=0.06,
    silent=0.06,
    backoff_first=0.001,
    backoff_most=0.004,
    steady=0.0,
    slow_down=0.005,
    region=0.02,
    spread=0.0,
)
SYMBOL = "binance:BTCUSDT"
LOST = Unreachable("host cut the connection")


class Rig:
    """One supervisor on a fake line, and what it has said so far."""

    def __init__(
        self,
        transport: FakeTransport,
        timing: Timing = QUICK,
        wanted: tuple[Subscription, ...] = BOTH,
        limit: int = 1000,
        connects: int = 10_000,
        adapter: PlainAdapter | None = None,
        door: Door | None = None,
        place: str = "",
        spare: str = "",
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.transport, self.timing = transport, timing
        self.adapter = adapter or PlainAdapter()
        self.taps: list[tuple[str, str, str, bytes | str]] = []
        self.outlet = Outlet(self._tap, limit)
        self.events: list[Event] = []
        means = Means(transport, self.outlet, timing, clock, random.Random(7).random)
        budget = Budget("binance", 6000, "x-used", timing)
        rest = Rest("http://host", budget, transport, timing, clock, lambda: 0.5)
        allowed = Budget("binance", connects, "", timing, seconds=300)
        limits = Limits(streams=9, sends=5000, connects=connects, weight=6000, weight_header="")
        access = Access(rest, "https://real", allowed, limits, door, spare, place)
        link = Link("binance", "wss://real/stream", wanted)
        self.supervisor = Supervisor(link, "ws://host/stream", lambda: self.adapter, access, means)

    def _tap(
        self, ts_recv: int, direction: str, connection: str, url: str, payload: bytes | str
    ) -> None:
        self.taps.append((direction, connection, url, payload))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the supervisor for the length of a `with`."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.supervisor.run())
            yield
            task.cancel()

    async def until(self, seen: Callable[[], bool]) -> None:
        """Take events until this is so."""
        async with asyncio.timeout(5):
            while not seen():
                await self.outlet.some()
                self.events += self.outlet.take()

    @property
    def trades(self) -> list[str]:
        return [event.id for event in self.events if isinstance(event, Trade)]

    @property
    def states(self) -> list[FeedState]:
        return [event.state for event in self.events if isinstance(event, FeedStatus)]

    @property
    def reasons(self) -> list[str]:
        return [event.reason for event in self.events if isinstance(event, FeedStatus)]


async def told(*scripts: list[Step] | Unreachable, until: str, timing: Timing = QUICK) -> Rig:
    """Run scripts until a status gives this reason."""
    rig = Rig(FakeTransport(*scripts), timing)
    async with rig.running():
        await rig.until(lambda: any(until in reason for reason in rig.reasons))
    return rig


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
async def test_a_silent_book_is_stale_and_then_its_line_is_made_anew() -> None:
    rig = Rig(FakeTransport(["live", "book", Silence()], ["live", "book", "trade 1", Silence()]))
    async with rig.running():
        await rig.until(lambda: rig.trades == ["1"])
    states = [state for state, _ in itertools.groupby(rig.states)]
    assert states[:5] == [
        FeedState.CONNECTING,
        FeedState.SYNCING,
        FeedState.LIVE,
        FeedState.STALE,
        FeedState.CONNECTING,
    ]
    assert any("no data for" in reason for reason in rig.reasons)


@in_loop
async def test_trades_do_not_hide_that_the_book_is_dead() -> None:
    chatter: list[Step] = ["live", "book", *[f"trade {number}" for number in range(100_000)]]
    rig = Rig(FakeTransport(chatter, [Silence()]), limit=1_000_000)
    async with rig.running():
        await rig.until(lambda: any("no data for" in reason for reason in rig.reasons))
    assert FeedState.STALE in rig.states


@in_loop
async def test_a_stale_book_that_moves_again_is_live_again() -> None:
    go = asyncio.Event()
    patient = replace(QUICK, dead=60.0)
    rig = Rig(FakeTransport(["live", "book", go, "book", Silence()]), patient)
    async with rig.running():
        await rig.until(lambda: FeedState.STALE in rig.states)
        go.set()
        await rig.until(lambda: rig.states[-1] is FeedState.LIVE)


@in_loop
async def test_a_line_of_trades_alone_is_live_from_its_first_message() -> None:
    trades = (Subscription("BTCUSDT", Channel.TRADES),)
    rig = Rig(FakeTransport(["ack", Silence()]), wanted=trades)
    async with rig.running():
        await rig.until(lambda: rig.states[-1:] == [FeedState.LIVE])


@in_loop
async def test_candles_alone_never_make_a_market_look_bad() -> None:
    candles = (Subscription("BTCUSDT", Channel.KLINES, "5m"),)
    rig = Rig(FakeTransport(LOST, ["kline", Silence()]), wanted=candles)
    async with rig.running():
        await rig.until(lambda: bool(rig.events))
    assert rig.states == []


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


words = st.builds(
    Word,
    st.sampled_from([FeedState.LIVE, FeedState.STALE, FeedState.SYNCING, FeedState.CONNECTING]),
    st.sampled_from(["", "why"]),
    st.none() | st.integers(1, 5),
)


@given(st.lists(st.tuples(st.sampled_from("abc"), words | st.none()), max_size=30))
def test_an_instrument_is_as_good_as_its_worst_connection(
    said: list[tuple[str, Word | None]],
) -> None:
    board, rows, shown = Board(), dict[str, Word](), FeedState.CONNECTING
    order = [FeedState.LIVE, FeedState.STALE, FeedState.SYNCING, FeedState.CONNECTING]
    for speaker, word in said:
        if word is None:
            rows.pop(speaker, None)
            status = board.forget(speaker, SYMBOL, 1)
        else:
            rows[speaker] = word
            status = board.say(speaker, SYMBOL, word, 1)
        shown = status.state if status else shown
        worst = max((row.state for row in rows.values()), key=order.index, default=None)
        assert shown is (worst or FeedState.CONNECTING)
        assert board.worst is (worst or FeedState.CONNECTING)


def test_a_gap_is_passed_on_even_when_worse_is_known() -> None:
    board = Board()
    assert board.say("trades", SYMBOL, Word(FeedState.CONNECTING, "down"), 1)
    first = board.say("book", SYMBOL, Word(FeedState.GAP, "a"), 2)
    again = board.say("book", SYMBOL, Word(FeedState.GAP, "a"), 3)
    assert first is not None
    assert again is not None
    assert first.state is again.state is FeedState.GAP
