"""Patience: what is dead is left soon, and what is only quiet is left alone. In virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from feeds.adapter import Channel, Subscription
from feeds.outlet import Outlet
from feeds.patience import MOST, Patience
from feeds.plan import Link
from feeds.registry import VENUES
from feeds.rest import Budget, Rest
from feeds.session import Access, Means
from feeds.supervisor import Supervisor
from feeds.timing import Timing
from feeds.transport import Connection, Read, Response, Unreachable
from feeds.venue import Limits
from market.events import FeedState, FeedStatus
from tests.fakes import BOTH, PlainAdapter
from tests.virtual import clock, in_virtual_time

TIMING = Timing()
TRADES = (Subscription("BTCUSDT", Channel.TRADES),)
Talk = Callable[[str, int], list[tuple[float, str]]]
"""What a line says by its address and number: pauses in seconds, and frames after them; "close"
is its end."""


class Talking:
    """Lines that say the same over and over."""

    def __init__(self, talk: Talk, status: int = 404) -> None:
        self.dialled = list[tuple[float, str]]()
        self.states = list[FeedState]()
        self._talk, self._status = talk, status

    @asynccontextmanager
    async def connect(self, url: str) -> AsyncIterator[Connection]:
        self.dialled.append((asyncio.get_running_loop().time(), url))
        yield _Line(self._talk(url, len(self.dialled)))

    async def get(self, url: str) -> Response:
        return Response(self._status, {}, b"")

    async def post(self, url: str, body: bytes) -> Response:
        return Response(404, {}, b"")

    async def close(self) -> None:
        """Nothing is held."""


class _Line:
    def __init__(self, script: list[tuple[float, str]]) -> None:
        self._script, self._at = script, 0

    async def receive(self) -> Read:
        # After its beginning a line says its last piece again and again.
        pause, frame = self._script[min(self._at, len(self._script) - 1)]
        self._at += 1
        await asyncio.sleep(pause)
        if frame == "close":
            raise Unreachable("host closed the connection (code 1001)")
        return Read(clock(), [frame])

    async def send(self, frame: str) -> None:
        """Nobody listens."""


async def after(
    seconds: float,
    talk: Talk,
    wanted: tuple[Subscription, ...],
    spare: str = "",
    status: int = 404,
) -> Talking:
    """What was dialled in so many seconds, and said meanwhile."""
    transport, outlet = Talking(talk, status), Outlet()
    means = Means(transport, outlet, TIMING, clock, lambda: 0.5)
    budget = Budget("binance", 6000, "", TIMING)
    rest = Rest("http://host", budget, transport, TIMING, clock, lambda: 0.5)
    connects = Budget("binance", 3000, "", TIMING, seconds=300)
    limits = Limits(streams=9, sends=50, connects=3000, weight=6000, weight_header="")
    access = Access(rest, "https://real", connects, limits, None, spare)
    link = Link("binance", "wss://host/stream", wanted)
    supervisor = Supervisor(link, "wss://host/stream", PlainAdapter, access, means)
    task = asyncio.ensure_future(supervisor.run())
    await asyncio.sleep(seconds)
    task.cancel()
    await asyncio.wait([task])
    transport.states = [e.state for e in outlet.take() if isinstance(e, FeedStatus)]
    return transport


@in_virtual_time
async def test_a_heartbeat_is_no_data() -> None:
    line = [(1.0, "trade 1"), (10.0, "ack")]
    transport = await after(100, lambda url, number: line, TRADES)
    assert [round(at) for at, _ in transport.dialled] == [0, 61]


@in_virtual_time
async def test_a_busy_book_that_stops_is_left_within_a_quarter_of_a_minute() -> None:
    beginning = [(0.1, "live"), *[(0.1, "book")] * 100, (5.0, "ack")]
    transport = await after(27, lambda url, number: beginning, BOTH)
    assert [round(at) for at, _ in transport.dialled] == [0, 25]


@in_virtual_time
async def test_a_quiet_book_is_not_connected_anew_for_being_quiet() -> None:
    line = [(0.1, "live"), (40.0, "book")]
    transport = await after(3600, lambda url, number: line, BOTH)
    assert len(transport.dialled) <= 4


@in_virtual_time
async def test_trades_that_are_rare_are_waited_for() -> None:
    transport = await after(3600, lambda url, number: [(300.0, "trade 1")], TRADES)
    assert len(transport.dialled) <= 5


@in_virtual_time
async def test_a_path_that_only_acknowledges_is_left_for_the_spare_one() -> None:
    def talk(url: str, number: int) -> list[tuple[float, str]]:
        return [(0.1, "ack"), (1.0, "trade 1" if url.endswith("/spare") else "ack")]

    transport = await after(600, talk, TRADES, "/spare")
    assert [(round(at), url) for at, url in transport.dialled] == [
        (0, "wss://host/stream"),
        (20, "wss://host/spare"),
    ]


@in_virtual_time
async def test_a_line_that_ends_before_the_first_trade_is_made_again_on_the_same_path() -> None:
    def talk(url: str, number: int) -> list[tuple[float, str]]:
        return [(0.1, "ack"), (5.0, "close")] if number <= 3 else [(5.0, "trade 1")]

    transport = await after(60, talk, TRADES, "/spare")
    assert [url for _, url in transport.dialled] == ["wss://host/stream"] * 4


@in_virtual_time
async def test_a_book_without_changes_that_flows_keeps_its_connection_without_a_trade() -> None:
    line = [(0.1, "only"), *[(1.0, "book")] * 100]
    transport = await after(95, lambda url, number: line, BOTH)
    assert len(transport.dialled) == 1
    assert transport.states[-1] is FeedState.SNAPSHOT_ONLY


@in_virtual_time
async def test_a_book_without_changes_that_stops_is_left() -> None:
    beginning = [(0.1, "only"), *[(0.1, "book")] * 100, (5.0, "ack")]
    transport = await after(27, lambda url, number: beginning, BOTH)
    assert [round(at) for at, _ in transport.dialled] == [0, 25]


@in_virtual_time
async def test_what_an_adapter_takes_for_old_is_not_called_live() -> None:
    line = [(0.1, "only"), (0.1, "book"), (0.1, "old"), (1.0, "ack")]
    transport = await after(3, lambda url, number: line, BOTH)
    assert transport.states[-1] is FeedState.STALE


@pytest.mark.parametrize("status", [418, 429, 503])
@in_virtual_time
async def test_a_line_whose_book_is_not_to_be_had_is_busy_and_not_mute(status: int) -> None:
    # Changes that are kept are, as an acknowledgement is, nothing that comes out of an adapter.
    line = [(0.1, "fetch /book"), (1.0, "ack")]
    transport = await after(300, lambda url, number: line, BOTH, "/spare", status)
    assert len(transport.dialled) == 1


@in_virtual_time
async def test_a_line_on_which_nothing_comes_is_left_whatever_is_awaited() -> None:
    line = [(0.1, "fetch /book"), (1000.0, "ack")]
    transport = await after(30, lambda url, number: line, BOTH, "/spare", 418)
    assert [url for _, url in transport.dialled] == ["wss://host/stream", "wss://host/spare"]


@pytest.mark.parametrize("name", VENUES)
def test_a_spare_path_is_another_one(name: str) -> None:
    venue = VENUES[name]
    assert venue.spare == "" or venue.spare not in venue.paths.values()


def test_a_silence_is_forgotten_when_data_flows() -> None:
    patience = Patience()
    patience.lost(40)
    assert patience.lasts(15) == 80
    patience.heard(100)
    assert patience.lasts(15) == 200
    for _ in range(100):
        patience.heard(0.25)
    assert patience.lasts(15) == 15


def test_no_silence_is_believed_for_ever() -> None:
    patience = Patience()
    patience.lost(10_000)
    assert patience.lasts(15) == MOST
