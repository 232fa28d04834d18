"""The REST budget and its shell: never more than allowed, and patient when told to be."""

import asyncio
from collections.abc import Mapping
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import Disconnected
from feeds.rest import (
    IN_FLIGHT,
    SECOND,
    SHARE,
    Bucket,
    Budget,
    Rest,
    pause_after,
    refusal,
    spread,
)
from feeds.timing import Timing
from feeds.transport import Response, Unreachable, retry_after
from tests.fakes import FakeTransport
from tests.running import in_loop

HEADER = "X-MBX-USED-WEIGHT-1M"
TIMING = Timing()


def budget(weight: int = 1000, timing: Timing = TIMING) -> Budget:
    return Budget("binance", weight, HEADER, timing)


def answer(status: int = 200, **headers: str) -> Response:
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, b"")


def used(weight: int) -> Response:
    return Response(200, {HEADER.lower(): str(weight)}, b"")


def stopped(limits: Budget, now: int) -> Disconnected:
    with pytest.raises(Disconnected) as caught:
        limits.wait(1, now)
    return caught.value


@given(
    st.lists(st.tuples(st.integers(1, 400), st.floats(0, 120)), max_size=60),
    st.integers(100, 5000),
)
def test_no_minute_ever_carries_more_than_the_capacity_twice(
    asks: list[tuple[int, float]], capacity: int
) -> None:
    # A bucket may be full at a minute's start and refill within it: never more than twice.
    bucket, now, spent = Bucket(capacity, 60), 0, [(0, 0.0)]
    for amount, pause in asks:
        now += round(pause * SECOND)
        now += round(bucket.wait(amount, now) * SECOND) + 1
        assert bucket.wait(amount, now) <= 1e-6
        bucket.take(amount, now)
        spent.append((now, min(amount, capacity)))
        minute = sum(size for at, size in spent if now - at < 60 * SECOND)
        assert minute <= 2 * capacity + 1


def test_a_bucket_waits_just_until_there_is_enough() -> None:
    bucket = Bucket(60, 60)
    bucket.take(60, 0)
    assert bucket.wait(30, 0) == pytest.approx(30)
    assert bucket.wait(30, 29 * SECOND) == pytest.approx(1)
    assert bucket.wait(30, 31 * SECOND) == 0


def test_a_clock_set_back_does_not_stop_a_bucket() -> None:
    bucket = Bucket(60, 60)
    bucket.take(60, 1_000 * SECOND)
    assert bucket.wait(1, 0) == pytest.approx(1)
    assert bucket.wait(1, 2 * SECOND) == 0


def test_only_a_part_of_the_published_weight_is_spent() -> None:
    limits = budget(weight=1000)
    limits.spend(int(1000 * SHARE), 0)
    assert limits.wait(1, 0) > 0


def test_the_venues_own_count_is_believed_over_ours() -> None:
    limits = budget(weight=1000)
    limits.heed(used(590), 0)
    assert limits.wait(10, 0) == 0
    assert limits.wait(20, 0) == pytest.approx(10 / 350 * 60)
    limits.heed(used(0), 0)
    assert limits.wait(600, 0) == 0


def test_a_venue_that_states_what_is_left_is_believed_too() -> None:
    limits = Budget("bitmex", 30, "", TIMING, left="X-RateLimit-Remaining")
    limits.heed(Response(200, {"x-ratelimit-remaining": "14"}, b""), 0)
    assert limits.wait(2, 0) == 0
    assert limits.wait(3, 0) > 0


@given(
    st.lists(st.tuples(st.integers(1, 40), st.floats(0, 90)), max_size=80), st.integers(100, 5000)
)
def test_no_minute_ever_carries_more_than_the_venue_allows(
    asks: list[tuple[int, float]], weight: int
) -> None:
    limits, now, spent = budget(weight), 0, list[tuple[int, int]]()
    for amount, pause in asks:
        now += round(pause * SECOND)
        while wait := limits.wait(amount, now):
            now += round(wait * SECOND) + 1
        limits.spend(amount, now)
        spent.append((now, amount))
        assert sum(size for at, size in spent if now - at < 60 * SECOND) <= weight


def test_requests_under_way_are_not_forgotten_when_the_venue_counts() -> None:
    limits = budget(weight=1000)
    limits.spend(500, 0)
    limits.heed(used(50), 0)
    assert limits.wait(100, 0) > 0
    limits.release(500)
    limits.heed(used(50), 0)
    assert limits.wait(100, 0) == 0


@pytest.mark.parametrize(
    ("status", "headers", "pause"),
    [
        (429, {"retry-after": "7"}, 7),
        (429, {}, 30),
        (418, {"retry-after": "1200"}, 1200),
        (418, {}, 300),
        (403, {}, 600),
        (451, {}, inf),
    ],
)
def test_an_answer_that_says_stop_stops_the_whole_host(
    status: int, headers: Mapping[str, str], pause: float
) -> None:
    limits = budget()
    with pytest.raises(Disconnected) as caught:
        limits.heed(Response(status, headers, b""), 5 * SECOND)
    assert caught.value.retry_after == pause
    assert stopped(limits, 5 * SECOND).retry_after == pytest.approx(pause)
    assert stopped(limits, 6 * SECOND).retry_after == pytest.approx(pause - 1)
    if pause < inf:
        assert limits.wait(1, round((5 + pause) * SECOND)) == 0


def test_the_last_moment_of_a_pause_is_one_that_a_clock_can_tell_from_none() -> None:
    limits = budget()
    with pytest.raises(Disconnected):
        limits.heed(answer(418), 5 * SECOND)
    assert stopped(limits, round((5 + TIMING.banned) * SECOND) - 1).retry_after == 0.001


def test_slowing_down_doubles_up_to_five_minutes_and_starts_over_after_an_answer() -> None:
    limits, pauses, now = budget(), [], 0
    for _ in range(6):
        with pytest.raises(Disconnected) as caught:
            limits.heed(answer(429), now)
        pauses.append(caught.value.retry_after)
    assert pauses == [30, 60, 120, 240, 300, 300]
    limits.heed(answer(200), now)
    with pytest.raises(Disconnected) as caught:
        limits.heed(answer(429), now)
    assert caught.value.retry_after == 30


def test_a_region_block_is_said_in_plain_words_and_kept() -> None:
    limits = budget()
    with pytest.raises(Disconnected, match="refuses this region"):
        limits.heed(answer(451), 0)
    assert stopped(limits, SECOND).reason == "binance refuses this region (HTTP 451)"


def test_a_hurried_user_may_look_again_at_a_block_but_not_at_a_ban() -> None:
    blocked, banned = budget(), budget()
    with pytest.raises(Disconnected):
        blocked.heed(answer(451), 0)
    with pytest.raises(Disconnected):
        banned.heed(answer(418), 0)
    blocked.hurry()
    banned.hurry()
    assert blocked.wait(1, SECOND) == 0
    assert (
        stopped(banned, SECOND).reason == "binance has banned this address for a while (HTTP 418)"
    )


def test_a_failing_service_stops_nothing_but_the_request() -> None:
    limits = budget()
    with pytest.raises(Disconnected, match="out of order") as caught:
        limits.heed(answer(503), 0)
    assert caught.value.retry_after is None
    assert limits.wait(1, 0) == 0


def test_a_refusal_of_one_request_is_the_callers_to_read() -> None:
    budget().heed(answer(400), 0)


@given(st.integers(100, 599), st.none() | st.floats(0, 1e6), st.integers(0, 10_000))
def test_no_status_but_a_block_makes_a_pause_without_end(
    status: int, stated: float | None, slowed: int
) -> None:
    pause = pause_after(status, stated, slowed, TIMING)
    if status == 451:
        assert pause == inf
    else:
        assert pause is None or 0 <= pause <= max(600, stated or 0)
    assert str(status) in refusal("binance", status)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5),
        (" 12 ", 12),
        ("0.5", 0.5),
        ("-1", None),
        ("nan", None),
        ("1e9", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_not_at_all(
    text: str | None, seconds: float | None
) -> None:
    assert retry_after(text) == seconds


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_lone_request_goes_at_once_and_a_crowd_spreads_out(waiting: int, draw: float) -> None:
    delay = spread(waiting, draw, TIMING.spread)
    assert 0 <= delay <= TIMING.spread
    if waiting < IN_FLIGHT:
        assert delay == 0


class Counting(FakeTransport):
    """Counts how many requests are under way at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0

    async def get(self, url: str) -> Response:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        return answer()


def rest(transport: FakeTransport, timing: Timing = TIMING, weight: int = 100_000) -> Rest:
    def clock() -> int:
        return round(asyncio.get_running_loop().time() * SECOND)

    limits = budget(weight=weight, timing=timing)
    return Rest("http://host", limits, transport, timing, clock, lambda: 0.5)


@in_loop
async def test_at_most_four_requests_are_under_way() -> None:
    transport = Counting()
    service = rest(transport, Timing(spread=0.01))
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        for number in range(50):
            group.create_task(service.get(f"/depth?{number}", 20))
    assert transport.most == IN_FLIGHT


@in_loop
async def test_a_request_waits_for_its_weight() -> None:
    service = rest(Counting(), weight=1000)
    loop = asyncio.get_running_loop()
    await service.get("/a", 600)
    begun = loop.time()
    await service.get("/b", 1)
    assert loop.time() - begun >= 0.09


@in_loop
async def test_a_host_that_cannot_be_reached_is_named() -> None:
    transport = FakeTransport(answers={"http://host/a": [Unreachable("cannot reach host: no")]})
    with pytest.raises(Disconnected) as caught:
        await rest(transport).get("/a", 1)
    assert (caught.value.reason, caught.value.retry_after) == ("cannot reach host: no", None)


@in_loop
async def test_after_a_stop_nobody_asks_that_host() -> None:
    transport = FakeTransport(answers={"http://host/a": [answer(429, retry_after="9")]})
    service = rest(transport)
    for _ in range(3):
        with pytest.raises(Disconnected, match="fewer requests"):
            await service.get("/a", 1)
    assert transport.asked == ["http://host/a"]


def test_slowing_down_starts_over_after_a_connection_that_was_granted() -> None:
    limits = budget()
    for _ in range(4):
        with pytest.raises(Disconnected):
            limits.heed(answer(429), 0)
    limits.welcomed()
    with pytest.raises(Disconnected) as caught:
        limits.heed(answer(429), 0)
    assert caught.value.retry_after == 30
