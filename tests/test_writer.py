"""The writer: the pace of a connection, of an hour and of an address. In virtual time."""

import asyncio

import pytest

from feeds.errors import Disconnected
from feeds.registry import VENUES
from feeds.rest import SHARE, Budget
from feeds.timing import Timing
from feeds.transport import Read
from feeds.venue import Limits
from feeds.writer import HOUR, LIMIT, Pace, Writer
from tests.virtual import clock, in_virtual_time

TIMING = Timing()
ASK, BEAT = '{"op":"subscribe"}', "ping"


def limits(sends: int = 100, subscribes: int = 0, together: int = 0) -> Limits:
    return Limits(9, sends, 9, 9, "", subscribes=subscribes, together=together)


class Line:
    """What was written, and when."""

    def __init__(self, allowed: Limits, together: Budget | None = None) -> None:
        self.sent = list[tuple[float, str]]()
        self.told = list[str]()
        pace = Pace(allowed, together, TIMING, clock)
        self.writer = Writer("okx", self, pace, self.told.append)

    async def receive(self) -> Read:
        raise AssertionError("nobody reads here")

    async def send(self, frame: str) -> None:
        self.sent.append((asyncio.get_running_loop().time(), frame))

    def times(self, frame: str) -> list[float]:
        return [at for at, sent in self.sent if sent == frame]


def most(times: list[float], seconds: float) -> int:
    """The most within any span of so many seconds."""
    return max(sum(1 for at in times if first <= at < first + seconds) for first in times)


async def run(*lines: Line, seconds: float) -> None:
    tasks = [asyncio.ensure_future(line.writer.run()) for line in lines]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert all(task.cancelled() for task in tasks)


@in_virtual_time
async def test_frames_are_written_in_order_at_a_part_of_the_pace() -> None:
    line = Line(limits(sends=10))
    for number in range(30):
        line.writer.put(str(number))
    await run(line, seconds=20)
    assert [frame for _, frame in line.sent] == line.told == [str(number) for number in range(30)]
    assert most([at for at, _ in line.sent], 1.0) <= 10


@in_virtual_time
async def test_requests_beyond_those_of_an_hour_wait_and_a_heartbeat_does_not() -> None:
    line = Line(limits(subscribes=100))
    for _ in range(200):
        line.writer.put(ASK)

    async def beat() -> None:
        for _ in range(3 * 3600 // 30):
            await asyncio.sleep(30)
            line.writer.put(BEAT)

    beating = asyncio.ensure_future(beat())
    await run(line, seconds=5 * HOUR)
    await beating
    asked = line.times(ASK)
    assert len(asked) == 200
    assert most(asked, 60) == SHARE * 100
    assert most(asked, HOUR) <= 100
    beats = line.times(BEAT)
    assert len(beats) == 360
    assert max(abs(at - 30 * number) for number, at in enumerate(beats, 1)) < 1


@in_virtual_time
async def test_all_connections_of_an_address_share_what_is_counted_together() -> None:
    together = Budget("coinbase", 8, "", TIMING, seconds=1.0)
    lines = [Line(limits(sends=4), together) for _ in range(6)]
    for line in lines:
        for number in range(10):
            line.writer.put(str(number))
    await run(*lines, seconds=60)
    times = sorted(at for line in lines for at, _ in line.sent)
    assert len(times) == 60
    assert most(times, 1.0) <= 8


@in_virtual_time
async def test_an_adapter_that_writes_without_end_is_at_fault() -> None:
    line = Line(limits(subscribes=10))
    for _ in range(LIMIT):
        line.writer.put(ASK)
    await run(line, seconds=1)
    for _ in range(len(line.sent)):
        line.writer.put(ASK)
    with pytest.raises(Disconnected, match="too many messages to send"):
        line.writer.put(ASK)


def test_documented_limits_of_an_hour_and_of_an_address_are_kept() -> None:
    assert VENUES["okx"].limits.subscribes <= 480
    assert VENUES["bitget"].limits.subscribes <= 240
    assert VENUES["bitmex"].limits.subscribes <= 720
    assert VENUES["coinbase"].limits.together <= 8
    for name in ("okx", "bitget", "bitmex", "coinbase"):
        assert VENUES[name].limits.subscribes + VENUES[name].limits.together > 0
