from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.book import Book
from market.depth import COARSE, FINE, DepthHistory, DepthView
from market.events import BookSnapshot
from market.instrument import Instrument
from tests.strategies import INSTRUMENT, Change, changes, delta
from tests.test_book import Side, SlowBook, grouped

STEP = FINE // 4
START = 1_000 * COARSE


class Event(NamedTuple):
    """Changes of the book, `wait` quarters of a base interval after the event before."""

    wait: int
    levels: list[Change]


waits = st.one_of(st.integers(0, 3), st.integers(0, 30), st.just(400))
sessions = st.lists(st.builds(Event, waits, changes(size=8)), min_size=1, max_size=30)
intervals = st.sampled_from([FINE, 2 * FINE, 3 * FINE, COARSE, 2 * COARSE, 15 * COARSE])
groups = st.sampled_from([1, 2, 5, 100])


class Story:
    """A depth history, and every book there was, kept whole."""

    def __init__(self, depth: DepthHistory | None = None) -> None:
        self.depth = depth if depth is not None else DepthHistory()
        self.book, self.slow = Book(INSTRUMENT), SlowBook()
        self.now = START
        self.times: list[int] = []
        self.books: list[tuple[Side, Side]] = []

    def take(self, event: Event) -> None:
        self.now += event.wait * STEP
        self.depth.capture(self.book, self.now)
        self.depth.believe(True, self.now)
        self.book.apply(delta(event.levels))
        self.slow.take(False, event.levels)
        self.times.append(self.now)
        self.books.append((dict(self.slow.bids), dict(self.slow.asks)))

    def play(self, session: Sequence[Event]) -> None:
        for event in session:
            self.take(event)

    def at(self, end: int) -> tuple[Side, Side] | None:
        """The book after every event before `end`."""
        passed = bisect_left(self.times, end)
        return self.books[passed - 1] if passed else None

    def check(self, view: DepthView, interval: int, group: int, low: int) -> None:
        rows = view.bid.shape[1]
        for column, start in enumerate(view.starts.tolist()):
            book = self.at(start + interval)
            assert bool(view.known[column]) is (book is not None), start
            bids, asks = book if book is not None else ({}, {})
            assert view.bid[column].tolist() == grouped(bids, group, low, rows), start
            assert view.ask[column].tolist() == grouped(asks, group, low, rows), start


@given(sessions, intervals, groups, st.integers(99_000, 100_500), st.integers(1, 40))
def test_a_column_is_the_book_after_every_event_before_its_end(
    session: list[Event], interval: int, group: int, low: int, columns: int
) -> None:
    story = Story()
    story.play(session)
    view = story.depth.view(interval, story.now, columns, group, low, 30)
    assert view.starts.tolist() == [
        story.now // interval * interval - interval * n for n in range(columns - 1, -1, -1)
    ]
    story.check(view, interval, group, low)


@given(sessions, sessions, intervals, groups, st.integers(1, 40), st.integers(0, 50))
def test_what_was_drawn_before_makes_no_difference(
    first: list[Event], second: list[Event], interval: int, group: int, columns: int, back: int
) -> None:
    story = Story()
    low = 99_950
    for event in first + second:
        story.take(event)
        view = story.depth.view(interval, story.now, columns, group, low, 30)
        story.check(view, interval, group, low)
    past = story.now - back * interval
    story.check(story.depth.view(interval, past, columns, group, low, 30), interval, group, low)
    story.check(
        story.depth.view(interval, story.now, columns + 5, group, low, 30), interval, group, low
    )


@given(sessions, st.sampled_from([(2, 1), (10, 2), (100, 25)]))
def test_regrouping_the_fine_view_is_the_coarse_view(
    session: list[Event], sizes: tuple[int, int]
) -> None:
    story = Story()
    story.play(session)
    coarse, fine = sizes
    low, rows = 99_900, 20
    one = story.depth.view(COARSE, story.now, 20, coarse, low, rows)
    other = story.depth.view(COARSE, story.now, 20, fine, low, rows * coarse // fine)
    for wide, narrow in ((one.bid, other.bid), (one.ask, other.ask)):
        summed = narrow.reshape(20, rows, coarse // fine).sum(axis=2)
        assert (wide == summed).all()


@given(sessions, sessions, st.integers(1, 100), st.integers(1, 100))
def test_a_history_on_finer_grids_is_the_same_history(
    first: list[Event], second: list[Event], price: int, size: int
) -> None:
    story = Story()
    story.play(first)
    before = story.depth.view(FINE, story.now, 30, 1, 99_980, 40)
    finer = Instrument(
        "test", "X", Decimal("0.1") / Fraction(price).numerator, Decimal("0.001") / size
    )
    story.book = story.book.rescaled(finer, Fraction(price), Fraction(size))
    story.depth.rescale(price, size, story.book)
    after = story.depth.view(FINE, story.now, 30, price, 99_980 * price, 40)
    assert (before.known == after.known).all()
    assert (before.bid * size == after.bid).all()
    assert (before.ask * size == after.ask).all()
    back = Fraction(1, price), Fraction(1, size)
    story.book = story.book.rescaled(INSTRUMENT, *back)
    story.depth.rescale(*back, story.book)
    story.play(second)
    story.check(story.depth.view(FINE, story.now, 30, 1, 99_980, 40), FINE, 1, 99_980)


def quiet(story: Story, seconds: float) -> None:
    story.take(Event(int(seconds * COARSE / STEP), []))


def test_a_span_without_belief_is_unknown_and_not_empty() -> None:
    story = Story()
    story.take(Event(0, [Change(False, 100, 5)]))
    quiet(story, 10)
    story.depth.believe(False, story.now)
    story.depth.capture(story.book, story.now + 5 * COARSE)
    story.book.apply(delta([Change(False, 100, 9)]))
    story.depth.believe(True, story.now + 5 * COARSE)
    story.depth.capture(story.book, story.now + 8 * COARSE)
    view = story.depth.view(COARSE, story.now + 8 * COARSE, 19, 1, 100, 1)
    assert (view.starts // COARSE - START // COARSE).tolist() == list(range(19))
    known = [True] * 10 + [False] * 5 + [True] * 4
    assert view.known.tolist() == known
    assert view.bid[:, 0].tolist() == [5] * 10 + [0] * 5 + [9] * 4


def test_nothing_is_known_before_the_first_event_nor_long_after_the_last() -> None:
    story = Story()
    story.take(Event(0, [Change(False, 100, 5)]))
    view = story.depth.view(COARSE, story.now + 10 * COARSE, 15, 1, 100, 1)
    assert view.known.tolist() == [False] * 4 + [True] * 6 + [False] * 5
    assert not view.bid[~view.known].any()


def test_a_history_without_a_book_is_unknown_throughout() -> None:
    view = DepthHistory().view(COARSE, 100 * COARSE, 5, 1, 0, 3)
    assert not view.known.any()
    assert view.bid.shape == view.ask.shape == (5, 3)


@pytest.mark.parametrize(("columns", "rows"), [(0, 0), (0, 5), (5, 0), (-1, -1)])
def test_a_view_without_columns_or_rows_is_empty(columns: int, rows: int) -> None:
    story = Story()
    story.play([Event(3, [Change(False, 100, 5)]), Event(9, [Change(True, 101, 5)])])
    view = story.depth.view(FINE, story.now, columns, 1, 90, rows)
    assert view.bid.shape == (max(columns, 0), max(rows, 0))


@pytest.mark.parametrize("interval", [0, -FINE, FINE // 2, FINE + 1])
def test_an_interval_between_the_records_is_refused(interval: int) -> None:
    with pytest.raises(ValueError, match="per 100 ms"):
        DepthHistory().view(interval, START, 1, 1, 0, 1)


def test_views_handed_out_do_not_change_with_the_next_event() -> None:
    story = Story()
    story.play([Event(3, [Change(False, 100, 5)]), Event(9, [Change(True, 101, 5)])])
    view = story.depth.view(FINE, story.now, 5, 1, 90, 20)
    kept = view.bid.copy(), view.ask.copy()
    story.play([Event(9, [Change(False, 100, 7)]), Event(9, [Change(True, 101, 6)])])
    story.depth.view(FINE, story.now, 5, 1, 90, 20)
    assert (view.bid == kept[0]).all()
    assert (view.ask == kept[1]).all()


def test_the_record_stays_within_its_budgets_and_keeps_the_newest() -> None:
    random = np.random.default_rng(7)
    depth = DepthHistory((FINE, 9000 * FINE, 100_000), (COARSE, 14_400 * COARSE, 100_000))
    story = Story(depth)
    for _ in range(3000):
        ticks = random.integers(99_000, 101_000, 40).tolist()
        lots = random.integers(0, 1000, 40).tolist()
        drawn = [Change(False, t, n) for t, n in zip(ticks, lots, strict=True)]
        story.take(Event(4, drawn))
    ladder = story.book.ladder.bid_sizes.nbytes + story.book.ladder.ask_sizes.nbytes
    # The budget is looked at when a block begins, and a block may grow to an eighth and a column.
    assert depth.nbytes < 2 * ladder + 2 * 1.5 * 100_000
    view = depth.view(FINE, story.now, 50, 100, 99_000, 20)
    story.check(view, FINE, 100, 99_000)
    old = depth.view(FINE, START + 10 * FINE, 5, 100, 99_000, 20)
    assert not old.known.any()


def test_spans_older_than_promised_are_dropped() -> None:
    depth = DepthHistory((FINE, 100 * FINE, 1 << 20), (COARSE, 100 * COARSE, 1 << 20))
    story = Story(depth)
    for n in range(1000):
        story.take(Event(8, [Change(False, 100, n + 1)]))
    assert not depth.view(FINE, START + 10 * FINE, 1, 1, 100, 1).known.any()
    recent = depth.view(FINE, story.now, 100, 1, 100, 1)
    story.check(recent, FINE, 1, 100)


def test_the_history_follows_the_window_of_the_book() -> None:
    story = Story()
    for step in range(700):
        ticks = 600_000 + 150 * step
        drawn = [Change(False, ticks - 1, step + 1), Change(True, ticks + 1, step + 1)]
        drawn += [Change(True, ticks - 149, 0)]
        story.take(Event(4, drawn))
    assert story.book.ladder.layout > 1
    view = story.depth.view(COARSE, story.now, 70, 3000, 600_000, 36)
    story.check(view, COARSE, 3000, 600_000)


def test_a_book_that_was_stated_before_any_time_is_known_only_from_then_on() -> None:
    book, depth, now = Book(INSTRUMENT), DepthHistory(), 1_700_000_000_250_000_000
    depth.capture(book, 0)
    depth.believe(True, 0)
    assert depth.begun is None
    book.replace(BookSnapshot("x", None, 0, ((99.0, 1.0),), ((101.0, 2.0),), 1))
    depth.capture(book, now)
    depth.capture(book, now + 3 * FINE)
    view = depth.view(FINE, now + 3 * FINE, 8, 1, INSTRUMENT.ticks(99.0), 1)
    assert view.known.tolist() == [False] * 4 + [True] * 4
    assert depth.begun == now
    assert (view.bid.sum(axis=1) > 0).tolist() == view.known.tolist()
