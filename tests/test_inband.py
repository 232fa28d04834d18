"""Books that the stream states are followed exactly, or it is said that they are not."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Output, Resync, Send
from feeds.crossing import CROSSED_MESSAGES, CROSSED_TIME
from feeds.crossing import STEADY as REST
from feeds.crossing import STEADY_MOST as REST_MOST
from feeds.inband import (
    ANSWER,
    FIRST_PAUSE,
    LAST_PAUSE,
    LOOK,
    STEADY,
    InbandSync,
)
from market.events import BookDelta, BookSnapshot, FeedState, FeedStatus

AGAIN = (Send("unsubscribe"), Send("subscribe"))
HOUR = 3600 * 10**9
NAME = "venue:X"
Pairs = list[tuple[float, float]]


def make_sync(*, window: bool = False, may_cross: bool = False) -> InbandSync:
    sync = InbandSync(NAME, AGAIN, window=window, may_cross=may_cross)
    sync.start(0)
    return sync


def snapshot(last: int, bids: Pairs | None = None, asks: Pairs | None = None) -> BookSnapshot:
    bids, asks = bids or [(100.0, 1.0)], asks or [(101.0, 1.0)]
    return BookSnapshot(NAME, last, 0, bids, asks, last)


def delta(
    previous: int, last: int, bids: Pairs | None = None, asks: Pairs | None = None, time: int = -1
) -> BookDelta:
    return BookDelta(NAME, last if time < 0 else time, 0, bids or [], asks or [], last, previous)


def states(outputs: Sequence[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def books(outputs: Sequence[Output]) -> list[int | None]:
    return [output.sequence for output in outputs if isinstance(output, BookDelta | BookSnapshot)]


def sends(outputs: Sequence[Output]) -> list[Send]:
    return [output for output in outputs if isinstance(output, Send)]


def synced(last: int = 10, *, window: bool = False, may_cross: bool = False) -> InbandSync:
    sync = make_sync(window=window, may_cross=may_cross)
    sync.snapshot(snapshot(last), 0)
    return sync


def test_a_book_is_awaited_and_live_with_its_snapshot() -> None:
    sync = InbandSync(NAME, AGAIN)
    assert sync.start(0).state is FeedState.SYNCING
    outputs = sync.snapshot(snapshot(5), 1)
    assert outputs == (snapshot(5), FeedStatus(NAME, 1, FeedState.LIVE))
    assert sync.delta(delta(5, 6), 2) == (delta(5, 6),)
    assert sync.tick(HOUR) == ()


def test_a_missing_change_is_a_gap_at_the_next_one_and_the_book_is_asked_for_again() -> None:
    sync = synced(10)
    gap, resync, *rest = sync.delta(delta(11, 12), HOUR)
    reason = "updates are missing between 10 and 11"
    assert gap == FeedStatus(NAME, HOUR, FeedState.GAP, reason)
    assert resync == Resync(NAME, reason)
    assert tuple(rest) == AGAIN
    assert sync.delta(delta(12, 13), HOUR) == ()
    assert states(sync.snapshot(snapshot(20), HOUR)) == [FeedState.LIVE]
    assert books(sync.delta(delta(20, 21), HOUR)) == [21]


def test_a_snapshot_replaces_the_book_whenever_it_comes() -> None:
    sync = synced(10)
    assert sync.snapshot(snapshot(1), 0) == (snapshot(1),)
    assert books(sync.delta(delta(1, 2), 0)) == [2]


def test_a_change_had_before_is_ignored() -> None:
    sync = synced(10)
    sync.delta(delta(10, 11), 0)
    assert sync.delta(delta(10, 11), 0) == ()
    assert sync.delta(delta(8, 9), 0) == ()
    assert books(sync.delta(delta(11, 12), 0)) == [12]


def test_numbers_may_go_back_where_they_point_at_the_change_before() -> None:
    sync = synced(10)
    assert books(sync.delta(delta(10, 3), 0)) == [3]
    assert books(sync.delta(delta(3, 4), 0)) == [4]


def test_a_change_that_states_nothing_may_repeat_its_number() -> None:
    sync = synced(10)
    assert books(sync.delta(delta(10, 10, time=11), 0)) == [10]
    assert books(sync.delta(delta(10, 11, time=12), 0)) == [11]


def test_numbers_that_go_back_without_pointing_are_a_gap() -> None:
    sync = synced(10)
    outputs = sync.delta(delta(1, 2, time=11), 0)
    assert states(outputs) == [FeedState.GAP]
    assert isinstance(outputs[1], Resync)
    assert outputs[1].reason == "update numbers went back from 10 to 2"


def test_what_a_checksum_says_against_a_book_is_a_gap() -> None:
    sync = synced(10)
    outputs = sync.delta(delta(10, 11), HOUR, "checksum 5 is not 6")
    assert states(outputs) == [FeedState.GAP]
    assert books(outputs) == []
    outputs = sync.snapshot(snapshot(12), HOUR, "checksum 7 is not 8")
    assert books(outputs) == []
    assert sync.state is FeedState.GAP


def test_changes_without_a_book_say_once_that_it_is_awaited() -> None:
    sync = InbandSync(NAME, AGAIN)
    assert states(sync.delta(delta(1, 2), 0)) == [FeedState.SYNCING]
    assert sync.delta(delta(2, 3), 0) == ()


def test_a_subscription_without_a_snapshot_is_made_again_with_growing_pauses() -> None:
    sync = make_sync()
    assert sync.tick(ANSWER - 1) == ()
    assert sync.tick(ANSWER) == AGAIN
    asked = [now for now in range(ANSWER, HOUR, 10**9) if sync.tick(now)]
    pauses = [later - sooner for sooner, later in pairwise(asked)]
    assert pauses == sorted(pauses)
    assert pauses[0] == ANSWER
    assert pauses[-1] == LAST_PAUSE
    sync.snapshot(snapshot(1), HOUR)
    assert sync.tick(2 * HOUR) == ()


def test_a_refused_subscription_is_not_made_again() -> None:
    sync = make_sync()
    sync.give_up()
    assert sync.tick(HOUR) == ()


def test_gaps_close_to_one_another_are_asked_about_ever_more_seldom() -> None:
    sync, now, asked = synced(0), HOUR, list[int]()
    for _ in range(1000):
        now += 10**8
        if sync.state is FeedState.LIVE:
            assert states(outputs := sync.delta(delta(7, 8), now)) == [FeedState.GAP]
        else:
            outputs = sync.tick(now)
        if sends(outputs):
            asked.append(now)
            sync.snapshot(snapshot(0), now)
    pauses = [later - sooner for sooner, later in pairwise(asked)]
    assert asked[0] == HOUR + 10**8
    assert pauses == [FIRST_PAUSE * factor for factor in (2, 4, 8, 16, 32)]


def test_a_gap_after_a_quiet_time_is_asked_about_at_once() -> None:
    sync, now = synced(0), 0
    for _ in range(5):
        now += STEADY
        assert sends(sync.delta(delta(7, 8), now)) == [*AGAIN]
        sync.snapshot(snapshot(0), now + 1)


def test_a_book_that_stays_crossed_is_lost() -> None:
    sync = synced(0)
    for last in range(1, CROSSED_MESSAGES):
        assert states(sync.delta(delta(last - 1, last, [(102.0, 1.0)]), 0)) == []
    last = CROSSED_MESSAGES
    outputs = sync.delta(delta(last - 1, last, [(102.0, 1.0)]), HOUR)
    assert states(outputs) == [FeedState.GAP]
    assert "stays crossed: 102.0 bid, 101.0 asked" in str(outputs)
    assert sends(outputs) == [*AGAIN]


def test_a_book_may_be_crossed_for_two_seconds_and_a_few_messages() -> None:
    sync = synced(0)
    sync.delta(delta(0, 1, [(102.0, 1.0)]), 0)
    assert states(sync.delta(delta(1, 2, [(102.0, 0.0)]), CROSSED_TIME)) == []
    for last in range(3, 3 + CROSSED_MESSAGES - 1):
        assert states(sync.delta(delta(last - 1, last, [(102.0, 1.0)]), HOUR)) == []
    outputs = sync.delta(delta(last, last + 1, [(99.0, 1.0)]), HOUR + CROSSED_TIME + 1)
    assert states(outputs) == [FeedState.GAP]


def test_a_crossed_book_without_another_message_is_subscribed_again_in_time() -> None:
    sync = synced()
    assert books(sync.delta(delta(10, 11, [(102.0, 1.0)]), HOUR)) == [11]
    assert list(sync.tick(HOUR + CROSSED_TIME)) == []
    outputs = sync.tick(HOUR + CROSSED_TIME + 1)
    assert states(outputs) == [FeedState.GAP]
    assert sends(outputs) == list(AGAIN)
    assert list(sync.tick(HOUR + CROSSED_TIME + 2)) == []


def test_a_book_that_is_crossed_when_stated_anew_too_is_left_alone_for_longer_each_time() -> None:
    sync, lost = synced(), list[int]()
    for number, now in enumerate(range(HOUR, 2 * HOUR, 10**9), 11):
        if sync.state is FeedState.GAP:
            sync.snapshot(snapshot(number, [(102.0, 1.0)]), now)
        elif FeedState.GAP in states(sync.delta(delta(number - 1, number, [(102.0, 1.0)]), now)):
            lost.append(now)
    pauses = [later - sooner for sooner, later in pairwise(lost)]
    assert pauses == sorted(pauses)
    assert REST <= pauses[0] < 2 * REST
    assert REST_MOST <= pauses[-1] < 2 * REST_MOST


def test_a_book_that_may_be_crossed_is_kept() -> None:
    sync = synced(0, may_cross=True)
    for last in range(1, 20):
        assert states(sync.delta(delta(last - 1, last, [(102.0, 1.0)]), last * HOUR)) == []


def test_a_window_that_has_moved_is_stated_whole() -> None:
    sync = synced(0, window=True)
    restated = list[BookSnapshot]()
    for last in range(1, 2 * LOOK + 3):
        bids, asks = [(99.0 + last, 1.0), (98.0 + last, 0.0)], [(101.0 + last, 1.0)]
        outputs = sync.delta(delta(last - 1, last, bids, [(100.0 + last, 0.0), *asks]), 0)
        assert outputs[0] == delta(last - 1, last, bids, [(100.0 + last, 0.0), *asks])
        restated += [output for output in outputs if isinstance(output, BookSnapshot)]
    assert [event.sequence for event in restated] == [LOOK, 2 * LOOK]
    assert restated[0].bids == [(99.0 + LOOK, 1.0)]
    assert restated[0].asks == [(101.0 + LOOK, 1.0)]


def test_a_window_that_stays_is_not_stated_again() -> None:
    sync = synced(0, window=True)
    for last in range(1, 3 * LOOK):
        assert len(sync.delta(delta(last - 1, last, [(100.0, float(last))]), 0)) == 1


def test_a_book_without_changes_is_labelled_as_one_until_there_is_a_better() -> None:
    sync = make_sync()
    outputs = sync.partial(snapshot(1), 0)
    assert outputs[0] == snapshot(1)
    assert states(outputs) == [FeedState.SNAPSHOT_ONLY]
    assert sync.partial(snapshot(2), 0) == (snapshot(2),)
    assert sync.tick(HOUR) == ()
    assert states(sync.snapshot(snapshot(3), 0)) == [FeedState.LIVE]
    assert sync.partial(snapshot(4), 0) == ()
    assert books(sync.delta(delta(3, 4), 0)) == [4]


def test_a_connection_that_lost_a_message_loses_its_books() -> None:
    sync = synced(10)
    outputs = sync.lose("message 5 of the connection is missing", HOUR)
    assert states(outputs) == [FeedState.GAP]
    assert sends(outputs) == [*AGAIN]


@dataclass
class Book:
    """The simplest model: every level ever stated and not removed, by number of the change."""

    levels: dict[tuple[str, float], float]
    last: int = 0

    def change(self, side: str, price: float, size: float) -> BookDelta:
        self.last += 1
        self.levels[side, price] = size
        if not size:
            del self.levels[side, price]
        bids, asks = ([(price, size)] if side == name else [] for name in ("bid", "ask"))
        return delta(self.last - 1, self.last, bids, asks)

    def whole(self) -> BookSnapshot:
        bids, asks = (
            [(price, size) for (name, price), size in self.levels.items() if name == side]
            for side in ("bid", "ask")
        )
        return BookSnapshot(NAME, self.last, 0, bids, asks, self.last)


changes = st.tuples(
    st.one_of(
        st.tuples(st.just("bid"), st.integers(90, 100)),
        st.tuples(st.just("ask"), st.integers(101, 110)),
    ),
    st.integers(0, 3),
    st.sampled_from(["send", "send", "send", "drop", "twice", "snapshot"]),
)


@given(st.lists(changes, max_size=60))
def test_whatever_is_lost_or_repeated_a_live_book_is_the_true_one(
    script: list[tuple[tuple[str, int], int, str]],
) -> None:
    truth, ours, sync = Book({}), dict[tuple[str, float], float](), make_sync()
    now, dropped = 0, False
    _apply(ours, sync.snapshot(truth.whole(), now))
    for (side, price), size, fate in script:
        now += STEADY
        change = truth.change(side, float(price), float(size))
        if fate == "drop":
            dropped = True
            continue
        if fate == "snapshot":
            outputs = sync.snapshot(truth.whole(), now)
        else:
            outputs = sync.delta(change, now)
            assert states(outputs) == ([FeedState.GAP] if dropped else [])
            assert sends(outputs) == ([*AGAIN] if dropped else [])
            assert books(outputs) == ([] if dropped else [truth.last])
        if dropped and fate != "snapshot":
            outputs = sync.snapshot(truth.whole(), now)
        dropped = False
        _apply(ours, outputs)
        if fate == "twice":
            assert sync.delta(change, now) == ()
        assert sync.state is FeedState.LIVE
        assert ours == truth.levels


def _apply(book: dict[tuple[str, float], float], outputs: Sequence[Output]) -> None:
    for event in outputs:
        if isinstance(event, BookDelta | BookSnapshot):
            if isinstance(event, BookSnapshot):
                book.clear()
            for side, levels in (("bid", event.bids), ("ask", event.asks)):
                for price, size in levels:
                    book[side, price] = size
                    if not size:
                        del book[side, price]
