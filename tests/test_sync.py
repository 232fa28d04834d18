"""Books follow their streams exactly or say that they do not; trade ids are taken once."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Fetch, Output, Resync
from feeds.sync import ANSWER, BUFFER, FIRST_DELAY, LAST_DELAY, WINDOW, BookSync, Request, Seen
from market.events import BookDelta, BookSnapshot, FeedState, FeedStatus

FETCH = Fetch("/depth?symbol=X", "/depth?symbol=X", 1)
SECOND = 1_000_000_000


def make_sync(*, inclusive: bool = False) -> BookSync:
    return BookSync("venue:X", FETCH, inclusive=inclusive)


def delta(previous: int, last: int, time: int | None = None, size: float = 1.0) -> BookDelta:
    when = last * SECOND if time is None else time
    return BookDelta("venue:X", when, 0, [(100.0, size)], [], last, previous)


def snapshot(last: int) -> BookSnapshot:
    return BookSnapshot("venue:X", None, 0, [(100.0, 1.0)], [(101.0, 1.0)], last)


def states(outputs: Sequence[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def deltas(outputs: Sequence[Output]) -> list[int]:
    return [output.sequence for output in outputs if isinstance(output, BookDelta)]


def synced(last: int = 10, *, inclusive: bool = False) -> BookSync:
    sync = make_sync(inclusive=inclusive)
    sync.delta(delta(last - 1, last), 0)
    sync.snapshot(snapshot(last), 0)
    return sync


def test_the_book_is_asked_for_once_the_first_change_is_here() -> None:
    sync = make_sync()
    assert [*sync.delta(delta(4, 5), 0)][-1] == FETCH
    assert sync.delta(delta(5, 6), 0) == ()


def test_changes_that_the_snapshot_holds_are_dropped_and_the_rest_released() -> None:
    sync = make_sync()
    for last in (5, 6, 7, 8):
        sync.delta(delta(last - 1, last), 0)
    outputs = sync.snapshot(snapshot(6), 0)
    assert isinstance(outputs[0], BookSnapshot)
    assert deltas(outputs) == [7, 8]
    assert states(outputs) == [FeedState.LIVE]
    assert sync.sequence == 8


def test_a_book_that_another_check_finds_wrong_is_begun_anew_with_the_next_change() -> None:
    sync = synced()
    outputs = sync.lose("the book stays crossed", 1)
    assert [type(output) for output in outputs] == [FeedStatus, Resync]
    assert states(outputs) == [FeedState.GAP]
    assert sync.tick(100 * SECOND) == ()
    assert sync.delta(delta(10, 11), 2) == (FETCH,)
    outputs = sync.snapshot(snapshot(10), 3)
    assert (states(outputs), deltas(outputs)) == ([FeedState.LIVE], [11])


@pytest.mark.parametrize(("inclusive", "released"), [(False, [7]), (True, [6, 7])])
def test_futures_apply_the_change_that_ends_at_the_snapshot_too(
    inclusive: bool, released: list[int]
) -> None:
    sync = make_sync(inclusive=inclusive)
    for last in (5, 6, 7):
        sync.delta(delta(last - 1, last), 0)
    assert deltas(sync.snapshot(snapshot(6), 0)) == released


def test_futures_apply_that_change_even_when_it_comes_after_the_snapshot() -> None:
    sync = make_sync(inclusive=True)
    sync.delta(delta(4, 5), 0)
    assert states(sync.snapshot(snapshot(9), 0)) == [FeedState.LIVE]
    assert deltas(sync.delta(delta(5, 8), 0)) == []
    assert deltas(sync.delta(delta(8, 9), 0)) == [9]
    assert deltas(sync.delta(delta(8, 9), 0)) == []


def test_a_snapshot_older_than_the_first_change_is_refused_and_asked_for_again() -> None:
    sync = make_sync()
    sync.delta(delta(9, 10), 0)
    assert not any(isinstance(output, BookSnapshot) for output in sync.snapshot(snapshot(8), 0))
    assert sync.tick(FIRST_DELAY - 1) == ()
    assert sync.tick(FIRST_DELAY) == (FETCH,)
    assert states(sync.snapshot(snapshot(9), 0)) == [FeedState.LIVE]


def test_a_missing_change_is_a_gap_at_the_next_one() -> None:
    sync = synced(10)
    outputs = sync.delta(delta(11, 12), 0)
    assert states(outputs) == [FeedState.GAP]
    assert any(isinstance(output, Resync) for output in outputs)
    assert outputs[-1] == FETCH
    assert deltas(sync.delta(delta(12, 13), 0)) == []
    outputs = sync.snapshot(snapshot(12), 0)
    assert deltas(outputs) == [13]
    assert states(outputs) == [FeedState.LIVE]


def test_a_gap_among_the_changes_that_wait_is_said_and_what_came_before_forgotten() -> None:
    sync = make_sync()
    sync.delta(delta(4, 5), 0)
    assert states(sync.delta(delta(6, 7), 0)) == [FeedState.GAP]
    sync.snapshot(snapshot(5), 0)
    assert sync.sequence < 0
    assert states(sync.snapshot(snapshot(6), 0)) == [FeedState.LIVE]


def test_a_repeated_change_is_ignored() -> None:
    sync = synced(10)
    assert deltas(sync.delta(delta(10, 11), 0)) == [11]
    assert sync.delta(delta(10, 11), 0) == ()
    assert sync.delta(delta(8, 9), 0) == ()


def test_a_change_that_overlaps_what_is_applied_is_taken() -> None:
    sync = synced(10)
    assert deltas(sync.delta(delta(8, 12), 0)) == [12]
    assert sync.sequence == 12


def test_numbers_that_start_anew_are_a_gap_and_not_old_changes() -> None:
    sync = synced(1000)
    sync.delta(delta(1000, 1001, 50 * SECOND), 0)
    assert sync.delta(delta(1, 2, 51 * SECOND), 0) == ()
    assert states(sync.delta(delta(2, 3, 60 * SECOND), 0)) == [FeedState.GAP]


def test_a_snapshot_before_any_change_is_shown_as_that() -> None:
    sync = make_sync()
    assert states(sync.snapshot(snapshot(5), 0)) == [FeedState.SNAPSHOT_ONLY]
    assert states(sync.delta(delta(5, 6), 0)) == [FeedState.LIVE]


def test_a_book_in_step_needs_no_snapshot() -> None:
    sync = synced(10)
    assert sync.snapshot(snapshot(20), 0) == ()
    assert sync.sequence == 10


def test_a_partial_book_counts_only_where_nothing_better_is_known() -> None:
    sync = make_sync()
    assert states(sync.partial(snapshot(5), 0)) == [FeedState.SNAPSHOT_ONLY]
    assert states(sync.partial(snapshot(6), 0)) == []
    assert synced(10).partial(snapshot(11), 0) == ()


def test_changes_that_wait_are_bounded() -> None:
    sync = make_sync()
    for last in range(1, BUFFER + 100):
        sync.delta(delta(last - 1, last), 0)
    assert len(deltas(sync.snapshot(snapshot(BUFFER), 0))) < 100


def test_a_request_without_an_answer_is_repeated() -> None:
    request = Request(FETCH)
    assert request.tick(10 * ANSWER) == ()
    request.ask(0)
    assert request.tick(ANSWER - 1) == ()
    assert request.tick(ANSWER) == (FETCH,)
    request.settle()
    assert request.tick(10 * ANSWER) == ()


def test_the_pause_before_asking_again_grows_to_a_bound() -> None:
    request, now, pauses = Request(FETCH), 0, list[int]()
    for _ in range(8):
        request.refuse(now)
        pause = next(
            p for p in range(FIRST_DELAY, 2 * LAST_DELAY, FIRST_DELAY) if request.tick(now + p)
        )
        pauses.append(pause)
        now += pause
    assert pauses == sorted(pauses)
    assert pauses[0] == FIRST_DELAY
    assert pauses[-1] == LAST_DELAY


# The truth: update i sets the level i % LEVELS to size i. A diff covers updates (previous, last].
LEVELS = 5
UPDATES = 60


def truth(last: int) -> dict[float, float]:
    return {float(i % LEVELS): float(i) for i in range(1, last + 1)}


def covering(previous: int, last: int) -> BookDelta:
    levels = {float(i % LEVELS): float(i) for i in range(previous + 1, last + 1)}
    return BookDelta("venue:X", last * SECOND, 0, [*levels.items()], [], last, previous)


def whole(last: int) -> BookSnapshot:
    return BookSnapshot("venue:X", None, 0, [*truth(last).items()], [], last)


@st.composite
def sessions(draw: st.DrawFn) -> list[BookDelta | BookSnapshot]:
    """A stream of changes with snapshots between, some of it lost, repeated or late."""
    cuts = sorted(draw(st.sets(st.integers(1, UPDATES), min_size=2)))
    stream: list[BookDelta | BookSnapshot] = [
        covering(previous, last) for previous, last in zip([0, *cuts], cuts, strict=False)
    ]
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, len(stream) - 1))
        match draw(st.sampled_from(["lose", "repeat", "swap", "snapshot", "snapshot"])):
            case "lose" if len(stream) > 1:
                del stream[place]
            case "repeat":
                stream.insert(place, stream[draw(st.integers(0, len(stream) - 1))])
            case "swap":
                stream[place], stream[0] = stream[0], stream[place]
            case _:
                stream.insert(place, whole(draw(st.integers(0, UPDATES))))
    return stream


@given(sessions(), st.booleans())
def test_a_book_that_is_said_to_be_live_is_the_true_one(
    session: list[BookDelta | BookSnapshot], inclusive: bool
) -> None:
    sync, book, state = make_sync(inclusive=inclusive), dict[float, float](), FeedState.SYNCING
    for message in session:
        if isinstance(message, BookDelta):
            outputs = sync.delta(message, 0)
        else:
            outputs = sync.snapshot(message, 0)
        for output in outputs:
            match output:
                case BookSnapshot():
                    book = dict(output.bids)
                case BookDelta():
                    book |= dict(output.bids)
                case FeedStatus():
                    state = output.state
        if state is FeedState.LIVE:
            assert book == truth(sync.sequence)


@given(sessions(), st.booleans())
def test_a_whole_snapshot_and_the_next_change_always_heal_a_book(
    session: list[BookDelta | BookSnapshot], inclusive: bool
) -> None:
    sync = make_sync(inclusive=inclusive)
    for message in session:
        if isinstance(message, BookDelta):
            sync.delta(message, 0)
        else:
            sync.snapshot(message, 0)
    sync.delta(covering(UPDATES + 5, UPDATES + 6), 0)
    sync.snapshot(whole(UPDATES + 6), 0)
    sync.delta(covering(UPDATES + 6, UPDATES + 7), 0)
    assert sync.sequence == UPDATES + 7


@given(st.lists(st.integers(0, 300)))
def test_an_id_is_new_once_in_any_order(idents: list[int]) -> None:
    seen, model = Seen(), set[int]()
    for ident in idents:
        assert seen.take(ident) == (ident not in model)
        model.add(ident)


@given(st.lists(st.integers(0, 5 * WINDOW), max_size=12))
def test_an_id_that_never_came_is_never_refused(idents: list[int]) -> None:
    seen, model = Seen(), set[int]()
    for ident in idents:
        assert seen.take(ident) or ident in model
        model.add(ident)


def test_ids_are_remembered_over_a_long_stretch() -> None:
    seen = Seen()
    assert all(seen.take(ident) for ident in range(0, 3 * WINDOW, 2))
    assert not any(seen.take(ident) for ident in range(2 * WINDOW, 3 * WINDOW, 2))
    assert all(seen.take(ident) for ident in range(2 * WINDOW + 1, 3 * WINDOW - 2, 2))
