"""Handovers that do not go well: what may be missing is said, and what was seen never comes twice.

The lines say in words what they are (`tests.fakes`): no recording holds a rotation that failed.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Channel, Subscription
from feeds.board import Word
from feeds.errors import Disconnected
from feeds.handover import REMEMBERED, Departing, Handover, Joint
from feeds.outlet import LIMIT, Counts, Outlet, Way
from feeds.plan import Link
from feeds.rest import Budget, Rest
from feeds.session import Access, Means
from feeds.supervisor import Supervisor
from feeds.timing import Timing
from feeds.venue import Limits
from market.events import (
    BookSnapshot,
    Event,
    FeedState,
    FeedStatus,
    Liquidation,
    Side,
    Trade,
)
from tests.fakes import PlainAdapter
from tests.test_patience import Talking
from tests.virtual import BEGAN, clock, in_virtual_time

NAME = "binance:BTCUSDT"
LINK = Link("binance", "wss://host/stream", (Subscription("BTCUSDT", Channel.TRADES),))
TIMING = Timing()
Script = list[tuple[float, str]]
"""Pauses in seconds and what is said after them; the last one is said again and again."""


@dataclass
class Seen:
    """What came of some lines, with the second at which each thing came."""

    events: list[tuple[float, Event]]
    dialled: list[float]
    counts: Counts

    @property
    def trades(self) -> list[str]:
        return [event.id for _, event in self.events if isinstance(event, Trade)]

    @property
    def forced(self) -> list[int]:
        return [event.ts_event for _, event in self.events if isinstance(event, Liquidation)]

    @property
    def states(self) -> list[tuple[FeedState, str]]:
        """From the first time that the instrument was LIVE."""
        said = [(e.state, e.reason) for _, e in self.events if isinstance(e, FeedStatus)]
        return said[said.index((FeedState.LIVE, "")) :]

    def at(self, state: FeedState, reason: str) -> float:
        """The second at which this was said."""
        return next(
            at
            for at, event in self.events
            if isinstance(event, FeedStatus) and (event.state, event.reason) == (state, reason)
        )


async def seen(seconds: float, *scripts: Script) -> Seen:
    """What comes of lines that say this, one after the other, in so many seconds."""
    transport = Talking(lambda url, number: scripts[min(number, len(scripts)) - 1])
    outlet = Outlet()
    means = Means(transport, outlet, TIMING, clock, lambda: 0.5)
    rest = Rest(
        "http://host", Budget("binance", 6000, "", TIMING), transport, TIMING, clock, lambda: 0.5
    )
    limits = Limits(streams=9, sends=50, connects=3000, weight=6000, weight_header="")
    connects = Budget("binance", 3000, "", TIMING, seconds=300)
    access = Access(rest, "https://real", connects, limits)
    found = Seen([], [], outlet.counts)
    task = asyncio.ensure_future(Supervisor(LINK, LINK.url, PlainAdapter, access, means).run())

    async def listen() -> None:
        while True:
            await outlet.some()
            now = asyncio.get_running_loop().time()
            found.events += [(now, event) for event in outlet.take()]

    ear = asyncio.ensure_future(listen())
    await asyncio.sleep(seconds)
    for one in (task, ear):
        one.cancel()
    await asyncio.wait([task, ear])
    found.dialled = [at for at, _ in transport.dialled]
    return found


def trades(first: int, last: int, pause: float = 0.1) -> Script:
    return [(pause, f"trade {number}") for number in range(first, last + 1)]


BEGUN: Script = [*trades(1, 5), (0.1, "shutdown")]
"""A line that is to be left."""
HOLE = (FeedState.GAP, "trades may be missing between two connections")
CUT = "host closed the connection (code 1001)"


@in_virtual_time
async def test_trades_that_do_not_overlap_are_a_gap_after_the_longest_wait() -> None:
    old = [*BEGUN, (1.0, "ack")]
    found = await seen(60, old, [(0.1, "live"), *trades(90, 95), (10.0, "trade 96")])
    assert found.states == [(FeedState.LIVE, ""), HOLE, (FeedState.LIVE, "")]
    assert TIMING.overlap_most < found.at(*HOLE) < TIMING.overlap_most + 2
    assert found.trades[:11] == [*"12345", *map(str, range(90, 96))]
    assert found.counts.renewals == 1
    assert len(found.dialled) == 2


@in_virtual_time
async def test_numbers_between_which_there_is_none_prove_that_nothing_is_missing() -> None:
    old = [*BEGUN, (1.0, "ack")]
    found = await seen(20, old, [(0.1, "live"), *trades(6, 9), (5.0, "ack")])
    assert found.states == [(FeedState.LIVE, "")]
    assert found.trades == [*"123456789"]
    assert found.counts.renewals == 1


@in_virtual_time
async def test_a_second_connection_that_fails_changes_nothing_and_another_is_made() -> None:
    old = [*BEGUN, *trades(6, 40, 0.5), (5.0, "ack")]
    third = [(0.1, "live"), *trades(8, 41, 0.5), (5.0, "ack")]
    found = await seen(30, old, [(0.1, "ack"), (1.0, "close")], third)
    assert found.states == [(FeedState.LIVE, "")]
    assert found.trades == [str(number) for number in range(1, 42)]
    assert len(found.dialled) == 3
    assert found.counts.renewals == 1


@in_virtual_time
async def test_a_connection_cut_before_the_second_says_a_word_is_said_to_be_down() -> None:
    old = [*BEGUN, *trades(6, 8), (0.1, "close")]
    found = await seen(30, old, [(5.0, "trade 8"), *trades(9, 12), (5.0, "ack")])
    down = next(state for state in found.states if state[0] is FeedState.CONNECTING)
    assert down[1] == CUT
    assert found.states[-1] == (FeedState.LIVE, "")
    assert 0.5 < found.at(FeedState.CONNECTING, CUT) < 2
    assert found.trades == [str(number) for number in range(1, 13)]
    assert len(found.dialled) == 2


@in_virtual_time
async def test_a_connection_cut_before_the_overlap_is_proven_is_a_gap_with_its_reason() -> None:
    old = [*BEGUN, *trades(6, 8, 0.5), (0.1, "close")]
    found = await seen(30, old, [(0.1, "live"), (2.0, "ack"), *trades(90, 99), (5.0, "ack")])
    assert found.states == [(FeedState.LIVE, ""), (FeedState.GAP, CUT), (FeedState.LIVE, "")]
    assert found.trades == [*"12345678", *map(str, range(90, 100))]


@in_virtual_time
async def test_liquidations_that_both_state_come_once_and_equal_ones_as_often_as_they_were() -> (
    None
):
    both: Script = [(0.1, "forced 1"), (0.1, "forced 2"), (0.1, "forced 2")]
    old = [*BEGUN, *both, (0.1, "trade 6"), (5.0, "ack")]
    found = await seen(
        30,
        old,
        [(0.1, "live"), *both, (0.1, "forced 3"), (0.1, "trade 6"), *both[1:], (5.0, "ack")],
    )
    assert Counter(found.forced) == {1: 1, 2: 4, 3: 1}
    assert found.trades == [*"123456"]
    assert found.states == [(FeedState.LIVE, "")]


def trade(number: int, at: int) -> Trade:
    return Trade(NAME, number, BEGAN + at, str(number), 1.0, 1.0, Side.BUY)


def forced(number: int, at: int) -> Liquidation:
    # Two are alike in all that they state.
    return Liquidation(NAME, number // 2, BEGAN + at, 1.0, 1.0, Side.SELL)


@given(
    start=st.integers(1, 30),
    end=st.integers(30, 60),
    steps=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=80, max_size=80),
)
def test_however_two_connections_overlap_nothing_is_lost_or_doubled(
    start: int, end: int, steps: list[tuple[int, int]]
) -> None:
    """The old one hears all up to `end`, the new one all from `start` on, each at its own pace."""
    outlet, total = Outlet(), 80
    handover = Handover(LINK, outlet, {NAME: trade(0, 0)}, TIMING, lambda: None)
    handover.new.say(LINK, NAME, Word(FeedState.LIVE), BEGAN)
    old, new, turned = 1, start, False
    way: Way = handover.new
    for now, (one, other) in enumerate([*steps, (total, total)]):
        for number in range(old, min(old + one, end + 1)):
            if not turned:
                handover.old.put(trade(number, now))
                handover.old.put(forced(number, now))
        old = max(old, min(old + one, end + 1))
        for number in range(new, min(new + other, total)):
            way.put(trade(number, now))
            way.put(forced(number, now))
        new = min(new + other, total)
        whole = handover.joint(NAME, BEGAN + now) is Joint.WHOLE
        if not turned and (whole or now == len(steps)):
            turned, way = True, handover.finish(BEGAN + now, lambda: None)
    events = outlet.take()
    ids = [int(event.id) for event in events if isinstance(event, Trade)]
    assert sorted(ids) == list(range(1, total))
    liquidations = Counter(e.ts_event for e in events if isinstance(e, Liquidation))
    heard = Counter(number // 2 for number in range(1, total))
    assert liquidations <= heard
    assert set(liquidations) == set(heard)


def test_trades_from_before_the_last_one_seen_are_not_told_after_it() -> None:
    """Where no trade was stated by both, their times alone tell what is new."""
    outlet = Outlet()
    handover = Handover(LINK, outlet, {NAME: trade(10, 0)}, TIMING, lambda: None)
    for number in (5, 7, 10_012, 10_013):
        handover.new.put(trade(number, 1))
    handover.finish(BEGAN, lambda: None)
    told = [event.id for event in outlet.take() if isinstance(event, Trade)]
    assert told == ["10012", "10013"]
    assert outlet.counts.duplicates == 2


def test_a_book_that_is_said_to_be_good_is_waited_for_until_it_is_there() -> None:
    link = Link("binance", "wss://host/stream", (Subscription("BTCUSDT", Channel.BOOK),))
    handover = Handover(link, Outlet(), {}, TIMING, lambda: None)
    live = {NAME: FeedState.LIVE}
    handover.new.say(link, NAME, Word(FeedState.LIVE), BEGAN)
    assert not handover.ready(live, BEGAN)
    handover.new.put(BookSnapshot(NAME, 1, BEGAN, [(1.0, 1.0)], [(2.0, 1.0)], 1))
    assert handover.ready(live, BEGAN)


def test_what_is_remembered_and_kept_back_is_bounded() -> None:
    outlet = Outlet()
    departing = Departing(outlet, {}, lambda: None)
    for number in range(REMEMBERED + 10):
        departing.put(trade(number, 0))
    outlet.take()
    assert len(departing.seen[NAME]) == REMEMBERED
    assert "9" not in departing.seen[NAME]
    arriving = Handover(LINK, outlet, {}, TIMING, lambda: None).new
    for number in range(LIMIT):
        arriving.put(trade(number, 0))
    with pytest.raises(Disconnected, match="too much to wait with"):
        arriving.put(trade(LIMIT, 0))
