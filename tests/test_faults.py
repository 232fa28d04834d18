"""Two hundred bad days: seeded faults on the wire, and what must hold on every one of them.

The wire is what the recorder's tap saw. From it a model that knows only the venue's documented
numbers tells which message opened a gap and which trades were delivered; the events must agree.
"""

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from functools import cache
from typing import NamedTuple

import msgspec
import pytest

from feeds.hub import Hub
from feeds.timing import Timing
from feeds.transport import Connection, Network, Read
from market.events import BookDelta, BookSnapshot, Event, FeedState, FeedStatus, Trade
from tests.captures import CAPTURES, needs_captures
from tests.exchange.faults import KINDS, Faults
from tests.exchange.script import Depth, Script, TrueBook, load, read_depth
from tests.exchange.server import Exchange
from tests.running import in_loop

SEEDS = 200
AT_ONCE = 10
"""Exchanges with their clients in one event loop."""
CUES = 700
"""Depth and trade messages with faults; as many without follow, until the book is whole."""
STARTS = (0, 5000, 11_000)
CAPTURED = {
    "binance-usdm": CAPTURES / "binance_usdm/btcusdt_20240808.jsonl.gz",
    "binance": CAPTURES / "binance_spot/btcusdt_20240808_09.jsonl.gz",
}
STREAMS = {"btcusdt@depth", "btcusdt@trades"}

QUICK = Timing(
    tick=0.01,
    stale=0.05,
    dead=0.12,
    silent=0.12,
    backoff_first=0.002,
    backoff_most=0.05,
    steady=0.0,
    spread=0.01,
    goodbye=0.05,
    slow_down=0.01,
    slow_down_most=0.05,
    refused=0.02,
    region=0.02,
)


class Heard(NamedTuple):
    """A frame or body as the tap saw it."""

    at: int
    connection: str
    payload: bytes | str


class _Trade(msgspec.Struct):
    t: int
    X: str = "MARKET"


class _Tag(msgspec.Struct):
    e: str


class _Tagged(msgspec.Struct):
    data: _Tag


class _TradeFrame(msgspec.Struct):
    data: _Trade


class OneByOne:
    """A network that hands frames over one by one, so that each has a time of its own."""

    def __init__(self, timing: Timing, clock: Callable[[], int]) -> None:
        self._network = Network(timing, clock)
        self._clock = clock
        self.get, self.close = self._network.get, self._network.close

    @asynccontextmanager
    async def connect(self, url: str) -> AsyncIterator[Connection]:
        """Open a WebSocket for the length of a `with`."""
        async with self._network.connect(url) as connection:
            yield _Single(connection, self._clock)


class _Single:
    def __init__(self, connection: Connection, clock: Callable[[], int]) -> None:
        self._connection, self._clock = connection, clock
        self._frames: deque[bytes | str] = deque()
        self.send = connection.send

    async def receive(self) -> Read:
        if not self._frames:
            self._frames.extend((await self._connection.receive()).frames)
        return Read(self._clock(), [self._frames.popleft()])


class Day:
    """One client against one exchange: what was heard, what was made of it."""

    def __init__(self, script: Script, seed: int) -> None:
        draw = random.Random(seed)
        kinds = draw.sample(KINDS, draw.randint(1, len(KINDS)))
        odds = {kind: draw.uniform(0.002, 0.02) for kind in kinds}
        # A line that is cut or mute costs a reconnect, a refusal a pause: fewer of them.
        odds |= {kind: odds[kind] / 4 for kind in ("close", "stall") if kind in odds}
        odds |= {kind: draw.uniform(0.05, 0.3) for kind in ("refuse", "429", "451") if kind in odds}
        self.script = script
        self.name = f"{script.venue}:BTCUSDT"
        self.exchange = Exchange(script, faults=Faults(odds, seed), limit=None)
        self.heard: list[Heard] = []
        self.events: list[Event] = []
        self.state: FeedState | None = None
        self._draw = draw
        self._now = self._made = 0

    def clock(self) -> int:
        """The time, no two readings the same, so that an event tells its message."""
        self._now = max(self._now + 1, time.time_ns())
        return self._now

    def tap(
        self, ts_recv: int, direction: str, connection: str, url: str, payload: bytes | str
    ) -> None:
        """Note what came over the wire."""
        if direction == "in":
            self.heard.append(Heard(ts_recv, connection, payload))

    async def run(self) -> None:
        """Live through the day: faults at first, then none until the book is whole again."""
        async with self.exchange as exchange, asyncio.TaskGroup() as group:
            hub = Hub(
                endpoints={self.script.venue: exchange.url},
                tap=self.tap,
                transport=OneByOne(QUICK, self.clock),
                timing=QUICK,
                clock=self.clock,
                draw=self._draw.random,
            )
            hub.want([self.name])
            watching = group.create_task(self._watch(hub))
            await exchange.subscribed(STREAMS)
            await exchange.play(until=CUES, breath=0.004)
            exchange.faults.active = False
            while exchange.position < len(self.script.cues) and not self._whole():
                await exchange.play(until=exchange.position + 20, breath=0.004)
            assert self._whole(), (self.state, exchange.faults.done, hub.counts)
            watching.cancel()
        # What came after the last batch was taken nobody has made anything of.
        del self.heard[self._made :]

    def _whole(self) -> bool:
        return self.state is FeedState.LIVE and self.exchange.position >= CUES + 100

    async def _watch(self, hub: Hub) -> None:
        async with aclosing(hub.batches()) as batches:
            async for batch in batches:
                self.events += batch
                self._made = len(self.heard)
                for event in batch:
                    if isinstance(event, FeedStatus):
                        self.state = event.state


class Model:
    """The venue's documented rules for the numbers of a book's changes, and nothing else."""

    def __init__(self, venue: str) -> None:
        self.gaps = 0
        self._spot = venue == "binance"
        self._connection = ""
        self._position: int | None = None
        self._fresh = False

    def check(self, heard: Heard, made: list[Event]) -> None:
        """Compare what was made of one message with what the rules say."""
        states = [event.state for event in made if isinstance(event, FeedStatus)]
        books = [event for event in made if isinstance(event, BookSnapshot | BookDelta)]
        if heard.connection == "http":
            if books:
                self._position, self._fresh = books[-1].sequence, True
            return
        change = read(heard.payload)
        if change is None:
            assert not books
            return
        if heard.connection != self._connection:
            self._connection, self._position = heard.connection, None
        if self._position is None or change.u < self._position + self._spot:
            assert not books
        elif self._follows(change, self._position):
            assert [event.sequence for event in books] == [change.u]
            self._position, self._fresh = change.u, False
        elif change.u > self._position:
            assert not books
            assert isinstance(made[0], FeedStatus)
            assert states[:1] == [FeedState.GAP]
            self.gaps, self._position = self.gaps + 1, None

    def _follows(self, change: Depth, position: int) -> bool:
        if self._spot:
            return change.U <= position + 1 <= change.u
        return change.pu == position or (self._fresh and change.U <= position <= change.u)


def tag(payload: bytes | str) -> str:
    """The event a frame carries, "" for anything else."""
    try:
        return msgspec.json.decode(payload, type=_Tagged).data.e
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return ""


def read(payload: bytes | str) -> Depth | None:
    """The change of a book that a frame carries, if it does."""
    if tag(payload) != "depthUpdate":
        return None
    try:
        return read_depth(payload).data
    except msgspec.MsgspecError:
        return None


def delivered(heard: list[Heard]) -> list[str]:
    """The ids of all trades that came over the wire, each once, in the order of arrival."""
    ids: dict[str, None] = {}
    for item in heard:
        if item.connection != "http" and tag(item.payload) == "trade":
            try:
                trade = msgspec.json.decode(item.payload, type=_TradeFrame).data
            except msgspec.MsgspecError:
                continue
            if trade.X == "MARKET":
                ids[str(trade.t)] = None
    return list(ids)


def assert_each_gap_is_the_next_thing_said(day: Day) -> int:
    """Every message against the model; returns how many gaps there were."""
    made: dict[int, list[Event]] = {}
    now = 0
    for event in day.events:
        # A change that was kept for its snapshot is older than the body that released it.
        now = max(now, event.ts_recv)
        made.setdefault(now, []).append(event)
    model = Model(day.script.venue)
    for item in day.heard:
        model.check(item, made.get(item.at, []))
    return model.gaps


def assert_the_book_is_true_while_live(day: Day) -> None:
    """Whenever the book is shown as good it is the exchange's own at that update."""
    truth = {symbol: book.copy() for symbol, book in day.script.books.items()}
    changes = (read_depth(cue.text).data for cue in day.script.cues if "@depth" in cue.stream)
    bids: dict[float, float] = {}
    asks: dict[float, float] = {}
    live, sequence = False, 0
    for number, event in enumerate(day.events):
        match event:
            case FeedStatus():
                live = event.state is FeedState.LIVE
            case BookSnapshot():
                bids, asks, sequence = dict(event.bids), dict(event.asks), event.sequence or 0
            case BookDelta():
                bids |= event.bids
                asks |= event.asks
                sequence = event.sequence
            case _:
                continue
        if live and (isinstance(event, FeedStatus) or number % 50 == 0):
            book = advance(truth["btcusdt"], changes, sequence)
            assert book.sequence == sequence
            assert {price: size for price, size in bids.items() if size} == numbers(book.bids)
            assert {price: size for price, size in asks.items() if size} == numbers(book.asks)
    assert live


def advance(book: TrueBook, changes: Iterator[Depth], sequence: int) -> TrueBook:
    """The true book as of an update."""
    while book.sequence < sequence:
        book.apply(next(changes))
    return book


def numbers(side: dict[str, str]) -> dict[float, float]:
    return {float(price): float(size) for price, size in side.items()}


@cache
def scripts() -> list[Script]:
    """Parts of the recorded sessions, each with the books at its start."""
    parts = []
    for path in CAPTURED.values():
        script = load(path).only(STREAMS)
        parts += [script.cut(start, len(script.cues)) for start in STARTS]
    return parts


@pytest.mark.slow
@needs_captures
@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
@in_loop
async def test_on_a_bad_day_gaps_are_shown_books_heal_and_no_trade_is_lost_or_doubled(
    first: int,
) -> None:
    days = [Day(scripts()[seed % 6], seed) for seed in range(first, first + AT_ONCE)]
    async with asyncio.TaskGroup() as group:
        for day in days:
            group.create_task(day.run())
    done, gaps = Counter[str](), 0
    for day in days:
        trades = [event.id for event in day.events if isinstance(event, Trade)]
        assert trades == delivered(day.heard)
        gaps += assert_each_gap_is_the_next_thing_said(day)
        assert_the_book_is_true_while_live(day)
        done += day.exchange.faults.done
    assert gaps > 0
    assert len(done) >= len(KINDS) - 2, done
