"""The cadence: what waits for the next read and what never does, on a clock of the test's own."""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector, SelectorKey
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.cadence import FLOOD, Cadence, PacedSelector, Ready
from tests.running import in_loop

GAP = 8.0
ALARM, FEED = 3, 4


@dataclass
class World:
    """A clock that only waiting moves, and when each file has something to read."""

    now: float = 100.0
    arrivals: dict[int, list[float]] = field(default_factory=dict)

    def clock(self) -> float:
        return self.now

    def next(self, file: int) -> float | None:
        """When the oldest thing that was not taken arrives."""
        return min(self.arrivals.get(file, []), default=None)

    def take(self, file: int) -> list[float]:
        """Read all that is there."""
        taken = [at for at in self.arrivals[file] if at <= self.now]
        self.arrivals[file] = [at for at in self.arrivals[file] if at > self.now]
        return taken


class FakeSelector(BaseSelector):
    """Waits in no time, by moving the clock of its world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._keys: dict[Any, SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
        self._keys[fileobj] = SelectorKey(fileobj, fileobj, events, data)
        return self._keys[fileobj]

    def unregister(self, fileobj: Any) -> SelectorKey:
        return self._keys.pop(fileobj)

    def select(self, timeout: float | None = None) -> Ready:
        until = self._world.now + timeout if timeout is not None else float("inf")
        if ready := self._ready():
            return ready
        coming = [self._world.next(key.fd) for key in self._keys.values()]
        moments = [at for at in coming if at is not None and at <= until]
        self._world.now = min(moments, default=until)
        assert self._world.now != float("inf"), "this would wait for ever"
        return self._ready()

    def get_map(self) -> Mapping[Any, SelectorKey]:
        return self._keys

    def _ready(self) -> Ready:
        ready = []
        for key in self._keys.values():
            at = self._world.next(key.fd)
            mask = key.events & EVENT_WRITE
            mask |= key.events & EVENT_READ if at is not None and at <= self._world.now else 0
            if mask:
                ready.append((key, mask))
        return ready


def watching(world: World) -> PacedSelector:
    """A selector that watches an alarm and a feed."""
    selector = PacedSelector(GAP, world.clock, lambda: FakeSelector(world))
    selector.register(ALARM, EVENT_READ, "alarm")
    selector.settle()
    selector.register(FEED, EVENT_READ, "feed")
    return selector


def files(ready: Ready) -> list[int]:
    return [key.fd for key, _ in ready]


def test_after_a_silence_what_comes_is_read_at_once() -> None:
    world = World(arrivals={FEED: [150.0]})
    selector = watching(world)
    assert files(selector.select(None)) == [FEED]
    assert (world.now, selector.delay) == (150.0, 0.0)


def test_what_comes_soon_after_a_read_is_read_together_at_the_end_of_the_gap() -> None:
    world = World(arrivals={FEED: [150.0, 151.0, 152.0, 157.0]})
    selector = watching(world)
    selector.select(None)
    world.take(FEED)
    assert files(selector.select(None)) == [FEED]
    assert world.now == 158.0
    assert world.take(FEED) == [151.0, 152.0, 157.0]


def test_an_alarm_does_not_wait() -> None:
    world = World(arrivals={FEED: [150.0, 151.0], ALARM: [153.0]})
    selector = watching(world)
    selector.select(None)
    world.take(FEED)
    assert files(selector.select(None)) == [ALARM]
    assert world.now == 153.0
    world.take(ALARM)
    assert files(selector.select(None)) == [FEED]
    assert world.now == 158.0


def test_a_timer_within_the_gap_is_on_time() -> None:
    world = World(arrivals={FEED: [150.0, 151.0]})
    selector = watching(world)
    selector.select(None)
    world.take(FEED)
    assert selector.select(5.0) == []
    assert world.now == 155.0
    assert selector.select(0) == []
    assert files(selector.select(5.0)) == [FEED]
    assert world.now == 158.0


def test_a_timer_after_the_gap_is_on_time_in_a_silent_market() -> None:
    world = World(arrivals={FEED: [150.0]})
    selector = watching(world)
    selector.select(None)
    world.take(FEED)
    assert selector.select(20.0) == []
    assert world.now == 170.0


def test_whoever_can_write_does_not_wait() -> None:
    world = World(arrivals={FEED: [150.0, 150.5]})
    selector = watching(world)
    selector.select(None)
    selector.modify(FEED, EVENT_READ | EVENT_WRITE, "both")
    ready = selector.select(None)
    assert [(key.data, mask) for key, mask in ready] == [("both", EVENT_WRITE)]
    selector.modify(FEED, EVENT_READ, "feed")
    assert files(selector.select(None)) == [FEED]
    assert world.now == 158.0


def test_what_is_watched_no_longer_is_not_told() -> None:
    world = World(arrivals={FEED: [101.0], ALARM: [102.0]})
    selector = watching(world)
    selector.modify(FEED, EVENT_WRITE)
    selector.unregister(FEED)
    assert files(selector.select(None)) == [ALARM]
    assert set(selector.get_map()) == {ALARM}


def test_a_flood_is_read_less_often_until_it_is_over() -> None:
    flood = [150 + n / 10 for n in range(50_000)]
    calm = [flood[-1] + 10 * GAP * n for n in range(1, 200)]
    world = World(arrivals={FEED: flood + calm})
    selector = watching(world)
    gaps = list[float]()
    while world.next(FEED):
        selector.select(None)
        world.take(FEED)
        gaps.append(selector.gap)
    assert gaps[0] == gaps[-1] == GAP
    assert max(gaps) == FLOOD * GAP


def test_the_delay_of_a_flood_is_half_of_its_longer_gap() -> None:
    world = World(arrivals={FEED: [150 + n / 10 for n in range(100_000)]})
    selector = watching(world)
    while world.next(FEED):
        selector.select(None)
        world.take(FEED)
    assert selector.delay == pytest.approx(FLOOD * GAP / 2, rel=0.02)


def test_a_loop_that_was_busy_meanwhile_puts_nothing_off() -> None:
    world = World(arrivals={FEED: [150 + n / 10 for n in range(5000)]})
    selector = watching(world)
    while world.next(FEED):
        selector.select(None)
        world.take(FEED)
        world.now += 2 * GAP
    assert selector.delay == 0.0


@given(st.lists(st.floats(100, 300), max_size=60), st.lists(st.floats(100, 300), max_size=9))
def test_no_feed_waits_longer_than_the_gap_and_no_alarm_waits_at_all(
    feed: list[float], alarms: list[float]
) -> None:
    world = World(arrivals={FEED: list(feed), ALARM: list(alarms)})
    selector, reads, seen = watching(world), list[float](), 0
    while world.next(FEED) is not None or world.next(ALARM) is not None:
        for file in files(selector.select(None)):
            arrived = world.take(file)
            seen += len(arrived)
            assert world.now - min(arrived) <= (GAP + 1e-9 if file == FEED else 0)
            if file == FEED:
                reads.append(world.now)
    assert seen == len(feed) + len(alarms)
    assert all(b - a >= GAP - 1e-9 for a, b in pairwise(reads))


def test_without_a_gap_the_loop_is_the_usual_one() -> None:
    cadence = Cadence(0)
    with asyncio.Runner(loop_factory=cadence.new_loop) as runner:
        assert runner.run(asyncio.sleep(0, "done")) == "done"
    assert cadence.latency_ms == 0.0


def test_a_loop_with_a_gap_hears_sockets_threads_and_signals() -> None:
    async def everything() -> tuple[bytes, str, str]:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            called, signalled = asyncio.Event(), asyncio.Event()
            loop.add_signal_handler(signal.SIGUSR1, signalled.set)
            theirs.sendall(b"one")
            first = await loop.sock_recv(ours, 10)
            theirs.sendall(b"two")
            threading.Thread(target=loop.call_soon_threadsafe, args=(called.set,)).start()
            os.kill(os.getpid(), signal.SIGUSR1)
            await called.wait()
            await signalled.wait()
            second = await loop.sock_recv(ours, 10)
            loop.remove_signal_handler(signal.SIGUSR1)
            return first + second, await asyncio.to_thread(str, "thread"), "end"

    with asyncio.Runner(loop_factory=Cadence(0.001).new_loop) as runner:
        assert runner.run(everything()) == (b"onetwo", "thread", "end")


@in_loop
async def test_a_cadence_that_made_no_loop_puts_nothing_off() -> None:
    assert Cadence().latency_ms == 0.0
