"""Crossing: a book that stays crossed is begun anew, whatever its numbers say.

The frames with a level that is not the venue's are made by hand: no recording holds one.
"""

from itertools import pairwise

import msgspec
import pytest

from feeds.adapter import Fetch, Resync
from feeds.crossing import CROSSED_MESSAGES, CROSSED_TIME, STEADY, STEADY_MOST, Crossing
from feeds.followed import FollowedBook
from feeds.standing import Standing
from feeds.sync import BookSync
from feeds.transport import Response
from market.events import BookDelta, BookSnapshot, FeedState, FeedStatus
from tests.captures import needs_captures
from tests.stage import Stage
from tests.test_handover import LIVE, LONG, Watched, busy
from tests.virtual import in_virtual_time

GOOD, CROSSED = Standing(), Standing()
GOOD.replace([(1.0, 1.0)], [(2.0, 1.0)])
CROSSED.replace([(2.0, 1.0)], [(2.0, 1.0)])
MOMENT = CROSSED_TIME + 1


def lost(crossing: Crossing, now: int) -> bool:
    """Whether a book that is crossed from now on for a moment is lost."""
    assert crossing.unbearable(GOOD, now) == ""
    assert crossing.unbearable(CROSSED, now) == ""
    return (
        crossing.unbearable(CROSSED, now + MOMENT) == "the book stays crossed: 2.0 bid, 2.0 asked"
    )


def test_a_book_is_lost_when_it_stays_crossed_for_messages_or_for_a_time() -> None:
    crossing = Crossing()
    said = [crossing.unbearable(CROSSED, 0) != "" for _ in range(CROSSED_MESSAGES)]
    assert said == [False] * (CROSSED_MESSAGES - 1) + [True]
    assert lost(Crossing(), 0)


def test_a_book_that_is_uncrossed_in_between_is_kept() -> None:
    crossing = Crossing()
    for now in range(0, 100 * MOMENT, MOMENT):
        assert crossing.unbearable(CROSSED, now) == ""
        assert crossing.now
        assert crossing.unbearable(GOOD, now) == ""
        assert not crossing.now


def test_a_book_that_is_crossed_again_and_again_is_begun_anew_ever_more_rarely() -> None:
    crossing, step = Crossing(), CROSSED_TIME * 2
    times = [now for now in range(0, 20 * STEADY_MOST, step) if lost(crossing, now)]
    pauses = [later - sooner for sooner, later in pairwise(times)]
    assert pauses[0] < 2 * STEADY
    assert pauses == sorted(pauses)
    assert STEADY_MOST <= pauses[-1] < STEADY_MOST + 2 * step
    assert lost(crossing, times[-1] + 3 * STEADY_MOST)
    assert lost(crossing, times[-1] + 3 * STEADY_MOST + 2 * STEADY)


def test_numbers_that_follow_do_not_save_a_crossed_book() -> None:
    sync = BookSync("x:Y", Fetch("/book", "/book", 1), inclusive=False)

    def change(number: int, now: int) -> list[object]:
        return list(
            sync.delta(BookDelta("x:Y", now, now, [(1.0, 1.0)], [], number, number - 1), now)
        )

    change(11, 0)
    wrong = BookSnapshot("x:Y", 0, 0, [(1.0, 1.0), (5.0, 1.0)], [(2.0, 1.0)], 10)
    assert FeedState.LIVE in [o.state for o in sync.snapshot(wrong, 0) if isinstance(o, FeedStatus)]
    assert len(change(12, 1)) == 1
    _, gap, resync = change(13, 1 + MOMENT)
    reason = "the book stays crossed: 5.0 bid, 2.0 asked"
    assert gap == FeedStatus("x:Y", 1 + MOMENT, FeedState.GAP, reason)
    assert resync == Resync("x:Y", reason)
    assert change(14, 2 + MOMENT) == [Fetch("/book", "/book", 1)]
    right = BookSnapshot("x:Y", 0, 0, [(1.0, 1.0)], [(2.0, 1.0)], 13)
    states = [o.state for o in sync.snapshot(right, 3 + MOMENT) if isinstance(o, FeedStatus)]
    assert states == [FeedState.LIVE]
    assert len(change(15, 4 + 2 * MOMENT)) == 1


@pytest.mark.parametrize("kind", ["sync", "followed"])
def test_a_crossed_book_without_another_message_is_begun_anew_in_time(kind: str) -> None:
    fetch = Fetch("/book", "/book", 1)
    book: BookSync | FollowedBook = BookSync("x:Y", fetch, inclusive=False)
    if kind == "followed":
        book = FollowedBook("x:Y", fetch, window=False)
    wrong = BookDelta("x:Y", 0, 0, [(2.0, 1.0)], [(2.0, 1.0)], 11, 10)
    book.delta(wrong, 0)
    book.snapshot(BookSnapshot("x:Y", 0, 0, [(1.0, 1.0)], [(3.0, 1.0)], 10), 0)
    assert book.state is FeedState.LIVE
    assert list(book.tick(CROSSED_TIME)) == []
    gap, resync = book.tick(MOMENT)
    reason = "the book stays crossed: 2.0 bid, 2.0 asked"
    assert gap == FeedStatus("x:Y", MOMENT, FeedState.GAP, reason)
    assert resync == Resync("x:Y", reason)
    assert list(book.tick(2 * MOMENT)) == []
    assert fetch in book.delta(BookDelta("x:Y", 1, 1, [], [], 12, 11), 2 * MOMENT)
    assert list(book.tick(3 * MOMENT)) == []


class Wrong(Stage):
    """A venue whose first snapshot of a book holds a bid far above the market."""

    async def get(self, url: str) -> Response:
        response = await super().get(url)
        if "/depth?" not in url or sum("/depth?" in asked for asked in self.asked) > 1:
            return response
        book = msgspec.json.decode(response.body)
        book["bids"].insert(0, ["99999.00", "1.000"])
        return Response(200, {}, msgspec.json.encode(book))


@needs_captures
@in_virtual_time
async def test_a_book_whose_snapshot_was_wrong_is_fetched_again_over_the_same_connection() -> None:
    stage = Wrong(busy(5000))
    watched = Watched(stage)
    await watched.watch(LONG, lambda now: None)
    (state, reason), *after = [said for said in watched.states if said != LIVE]
    assert state is FeedState.GAP
    assert reason.startswith("the book stays crossed: 99999.0 bid, ")
    assert after == []
    assert watched.states[-1] == LIVE
    assert watched.hub.counts.gaps == 1
    assert len(stage.made) == 2
    market = watched.markets.get("binance-usdm:BTCUSDT")
    assert market is not None
    assert market.book_good
