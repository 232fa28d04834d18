"""Market time held to the wall."""

import asyncio

from feeds.pace import LAG, NAP, Pace
from tests.wall import Wall

SECOND = 1_000_000_000


def test_a_second_of_market_takes_a_second_at_speed_one_and_a_tenth_at_ten() -> None:
    for speed in (1.0, 10.0):
        wall = Wall()
        pace = Pace(speed, lambda: False, wall, wall.sleep)

        async def play(pace: Pace = pace) -> None:
            await pace.reach(5 * SECOND)
            await pace.reach(6 * SECOND)

        asyncio.run(play())
        assert 1 / speed <= wall.now - 1_000 <= 1 / speed + 0.02


def test_the_first_position_is_due_at_once_wherever_it_is() -> None:
    wall = Wall()
    asyncio.run(Pace(1.0, lambda: False, wall, wall.sleep).reach(1_723_161_255 * SECOND))
    assert wall.now == 1_000


def test_no_wait_is_so_long_that_a_pause_would_be_late() -> None:
    wall = Wall()
    pace = Pace(1.0, lambda: False, wall, wall.sleep)

    async def play() -> None:
        await pace.reach(0)
        await pace.reach(60 * SECOND)

    asyncio.run(play())
    assert wall.longest <= NAP


def test_a_pause_stops_market_time_and_nothing_is_caught_up_afterwards() -> None:
    wall = Wall()
    pace = Pace(1.0, lambda: 1_001 <= wall.now < 1_031, wall, wall.sleep)

    async def play() -> None:
        await pace.reach(0)
        await pace.reach(2 * SECOND)

    asyncio.run(play())
    assert 1_032 <= wall.now <= 1_032.2


def test_without_a_speed_only_a_pause_holds() -> None:
    wall = Wall()
    pace = Pace(None, lambda: wall.now < 1_005, wall, wall.sleep)
    assert not pace.due(0)
    asyncio.run(pace.reach(1_000 * SECOND))
    assert 1_005 <= wall.now < 1_005.1
    assert pace.due(9_000 * SECOND)


def test_time_lost_by_sleeping_the_machine_is_given_up_instead_of_raced_after() -> None:
    wall = Wall()
    pace = Pace(1.0, lambda: False, wall, wall.sleep)

    async def play() -> None:
        await pace.reach(0)
        wall.now += 3_600
        await pace.reach(SECOND)

    asyncio.run(play())
    assert pace.due(SECOND)
    assert not pace.due(SECOND + SECOND // 10)
    assert LAG < 3_600
