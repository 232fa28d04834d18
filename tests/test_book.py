from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.book import Book, Level
from market.events import BookDelta
from market.grid import whole
from market.instrument import Instrument
from market.ladder import Ladder, window
from tests.strategies import INSTRUMENT, Change, changes, delta, price, size, snapshot

Side = dict[int, int]
messages = st.lists(st.tuples(st.booleans(), changes()), max_size=8)


class SlowBook:
    """Two dicts of lots by ticks."""

    def __init__(self) -> None:
        self.bids: Side = {}
        self.asks: Side = {}

    def take(self, whole: bool, drawn: Sequence[Change]) -> None:
        if whole:
            self.bids, self.asks = {}, {}
        for ask, ticks, lots in drawn:
            (self.asks if ask else self.bids)[ticks] = lots
        self.bids = {ticks: lots for ticks, lots in self.bids.items() if lots}
        self.asks = {ticks: lots for ticks, lots in self.asks.items() if lots}

    def top(self, count: int) -> tuple[list[Level], list[Level]]:
        bids = [Level(*level) for level in sorted(self.bids.items(), reverse=True)]
        asks = [Level(*level) for level in sorted(self.asks.items())]
        return bids[: max(count, 0)], asks[: max(count, 0)]


def grouped(side: Side, group: int, low: int, rows: int) -> list[int]:
    sums = [0] * rows
    for ticks, lots in side.items():
        row = (ticks - low) // group
        if 0 <= row < rows:
            sums[row] += lots
    return sums


def both(drawn: Sequence[tuple[bool, list[Change]]]) -> tuple[Book, SlowBook]:
    book, slow = Book(INSTRUMENT), SlowBook()
    for whole_book, levels in drawn:
        if whole_book:
            book.replace(snapshot(levels))
        else:
            book.apply(delta(levels))
        slow.take(whole_book, levels)
    return book, slow


@given(messages)
def test_a_book_is_the_last_nonzero_size_at_each_price(
    drawn: list[tuple[bool, list[Change]]],
) -> None:
    book, slow = both(drawn)
    bids, asks = book.standing()
    assert dict(zip(bids.ticks.tolist(), bids.lots.tolist(), strict=True)) == slow.bids
    assert dict(zip(asks.ticks.tolist(), asks.lots.tolist(), strict=True)) == slow.asks
    assert book.levels == (len(slow.bids), len(slow.asks))
    assert book.empty is not bool(slow.bids or slow.asks)
    assert book.off_grid == 0


@given(messages, messages)
def test_whatever_changed_since_an_edition_was_touched_unless_that_is_forgotten(
    before: list[tuple[bool, list[Change]]], after: list[tuple[bool, list[Change]]]
) -> None:
    book, _ = both(before)
    edition, layout = book.edition, book.ladder.layout
    old = book.ladder.sizes.copy()
    for whole_book, levels in after:
        if whole_book:
            book.replace(snapshot(levels))
        else:
            book.apply(delta(levels))
    touched = book.touched(edition)
    assert touched is not None or any(whole for whole, _ in after)
    if touched is not None and book.ladder.layout == layout:
        changed = np.flatnonzero(old != book.ladder.sizes).tolist()
        assert {*changed} <= {*touched.tolist()}


@given(messages, st.integers(-1, 60))
def test_the_top_is_the_best_levels_best_first(
    drawn: list[tuple[bool, list[Change]]], count: int
) -> None:
    book, slow = both(drawn)
    bids, asks = slow.top(count)
    assert book.top(count) == (bids, asks)


@given(messages)
def test_the_best_prices_are_the_highest_bid_and_the_lowest_ask(
    drawn: list[tuple[bool, list[Change]]],
) -> None:
    book, slow = both(drawn)
    bid, ask = max(slow.bids, default=None), min(slow.asks, default=None)
    assert (book.best_bid, book.best_ask) == (bid, ask)
    assert book.crossed is (bid is not None and ask is not None and bid >= ask)


@given(messages, messages)
def test_the_best_prices_follow_every_change(
    before: list[tuple[bool, list[Change]]], after: list[tuple[bool, list[Change]]]
) -> None:
    book, _ = both(before)
    for whole_book, levels in after:
        if whole_book:
            book.replace(snapshot(levels))
        else:
            book.apply(delta(levels))
        bids, asks = (side.ticks.tolist() for side in book.standing())
        found = max(bids, default=None), min(asks, default=None)
        assert (book.best_bid, book.best_ask) == found


@given(
    messages,
    st.sampled_from([1, 2, 3, 10, 333, 50_000]),
    st.one_of(st.integers(-1000, 250_000), st.integers(99_900, 100_100)),
    st.integers(0, 30),
)
def test_grouping_adds_up_the_levels_of_each_row(
    drawn: list[tuple[bool, list[Change]]], group: int, low: int, rows: int
) -> None:
    book, slow = both(drawn)
    bids, asks = book.grouped(group, low, rows)
    assert bids.tolist() == grouped(slow.bids, group, low, rows)
    assert asks.tolist() == grouped(slow.asks, group, low, rows)


@given(messages, st.integers(1, 60), st.integers(1, 60))
def test_a_book_on_finer_grids_is_the_same_book(
    drawn: list[tuple[bool, list[Change]]], price: int, size: int
) -> None:
    book, slow = both(drawn)
    finer = Instrument("test", "X", INSTRUMENT.tick_size / price, INSTRUMENT.lot_size / size)
    rescaled = book.rescaled(finer, Fraction(price), Fraction(size))
    bids, asks = slow.top(10**6)
    assert rescaled.top(10**6) == (
        [Level(price * level.ticks, size * level.lots) for level in bids],
        [Level(price * level.ticks, size * level.lots) for level in asks],
    )
    assert rescaled.divides(Fraction(1, price), Fraction(1, size))
    back = rescaled.rescaled(INSTRUMENT, Fraction(1, price), Fraction(1, size))
    assert back.top(10**6) == (bids, asks)
    assert back.sequence == book.sequence


def test_the_window_follows_the_price_and_the_book_stays_whole() -> None:
    book, slow = Book(INSTRUMENT), SlowBook()
    for step in range(600):
        ticks = 600_000 + 150 * step
        drawn = [Change(False, ticks - n, n + 1) for n in range(1, 4)]
        drawn += [Change(True, ticks + n, n + 1) for n in range(1, 4)]
        drawn += [Change(True, ticks - 150 + n, 0) for n in range(1, 4)]
        book.apply(delta(drawn, sequence=step))
        slow.take(False, drawn)
    assert book.ladder.layout > 1
    assert book.top(10**6) == slow.top(10**6)
    best = book.best_bid
    assert best is not None
    assert 0 <= best - book.ladder.base < book.ladder.width


def test_more_far_prices_than_there_is_room_for_are_all_kept() -> None:
    book, slow = Book(INSTRUMENT), SlowBook()
    drawn = [Change(True, 600_001, 1), *(Change(True, 700_000 + n, 7) for n in range(5000))]
    drawn += [Change(False, 600_000, 1), *(Change(False, 100_000 + n, 9) for n in range(5000))]
    for n in range(0, len(drawn), 100):
        book.apply(delta(drawn[n : n + 100]))
        slow.take(False, drawn[n : n + 100])
    assert book.top(10**6) == slow.top(10**6)
    bids, asks = book.grouped(1000, 100_000, 700)
    assert bids.tolist() == grouped(slow.bids, 1000, 100_000, 700)
    assert asks.tolist() == grouped(slow.asks, 1000, 100_000, 700)


def test_removing_prices_never_seen_takes_no_room() -> None:
    book = Book(INSTRUMENT)
    book.apply(delta([Change(False, 600_000, 1)]))
    layout = book.ladder.layout
    for n in range(0, 20_000, 100):
        book.apply(delta([Change(False, 100_000 + n + k, 0) for k in range(100)]))
    assert book.levels == (1, 0)
    assert book.ladder.layout <= layout + 1


def horizon(book: Book) -> tuple[int | None, tuple[int, int] | None]:
    return book.sequence, book.known


def test_sequence_and_horizon_are_the_snapshots_until_it_is_cleared() -> None:
    book = Book(INSTRUMENT)
    assert horizon(book) == (None, None)
    book.replace(snapshot([Change(False, 90, 1), Change(False, 95, 2), Change(True, 105, 1)]))
    assert horizon(book) == (0, (90, 105))
    book.apply(delta([Change(True, 500, 1)], sequence=12))
    assert horizon(book) == (12, (90, 105))
    book.clear()
    assert book.empty
    assert horizon(book) == (None, None)


def test_the_horizon_stays_the_snapshots_on_other_grids() -> None:
    book = Book(INSTRUMENT)
    book.replace(snapshot([Change(False, 90, 1), Change(False, 95, 2), Change(True, 105, 1)]))
    book.apply(delta([Change(False, 90, 0), Change(True, 500, 1)]))
    half = Instrument("test", "X", INSTRUMENT.tick_size / 2, INSTRUMENT.lot_size)
    finer = book.rescaled(half, Fraction(2), Fraction(1))
    assert finer.known == (180, 210)
    finer.apply(delta([Change(False, 95, 0), Change(True, 105, 0)]))
    assert finer.rescaled(INSTRUMENT, Fraction(1, 40), Fraction(1)).known == (5, 5)


def test_a_price_off_the_grid_is_counted_and_never_moved() -> None:
    book = Book(INSTRUMENT)
    book.replace(snapshot([Change(False, 100, 5), Change(True, 101, 5)]))
    book.apply(BookDelta("test:X", 1, 1, [(10.04, 3.0)], [(10.16, 4.0)], 1, 0))
    assert book.off_grid == 2
    assert book.top(5) == ([Level(100, 5)], [Level(101, 5)])


def test_a_size_off_the_grid_is_counted_and_read_rounded() -> None:
    book = Book(INSTRUMENT)
    book.apply(BookDelta("test:X", 1, 1, [(10.0, 0.0014)], [(10.1, 0.002)], 1, 0))
    assert book.off_grid == 1
    assert book.top(1) == ([Level(100, 1)], [Level(101, 2)])


def test_sizes_beyond_every_whole_number_do_no_harm() -> None:
    book = Book(INSTRUMENT)
    book.apply(BookDelta("test:X", 1, 1, [(10.0, 1e308), (9.9, 5e15)], [(1e300, 1.0)], 1, 0))
    assert book.off_grid > 0
    assert book.top(1)[0] == [Level(100, 2**53)]
    assert book.top(1)[1] == []


@given(
    st.integers(0, 10**12),
    st.sampled_from(["0.1", "0.5", "0.25", "0.01", "0.00000001", "1", "10", "0.3", "7"]),
)
def test_a_decimal_size_is_exactly_its_lots(lots: int, lot: str) -> None:
    instrument = Instrument("test", "X", Decimal(1), Decimal(lot))
    book = Book(instrument)
    book.apply(BookDelta("test:X", 1, 1, [(10.0, float(instrument.size(lots)))], [], 1, 0))
    assert book.off_grid == 0
    assert [level.lots for level in book.top(1)[0]] == [lots] * (lots > 0)


@given(
    st.integers(0, 10**12),
    st.sampled_from(["0.1", "0.5", "0.25", "0.01", "0.00000001", "1", "10", "0.3"]),
)
def test_a_decimal_price_is_exactly_its_ticks(ticks: int, tick: str) -> None:
    instrument = Instrument("test", "X", Decimal(tick), Decimal(1))
    wire = float(instrument.price(ticks))
    assert whole(wire * instrument.price_scale) == ticks


def test_a_window_is_a_power_of_two_within_bounds() -> None:
    assert window(616_000) == 1 << 15
    assert window(10) == window(0) == 1 << 12
    assert window(10**12) == 1 << 16


def test_the_ladder_forgets_prices_rather_than_grow_without_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("market.ladder._MEMO", 8)
    ladder = Ladder(Decimal("0.1"))
    for n in range(100):
        slot = ladder.slot(100 + n)
        assert slot is not None
        ladder.remember(price(100 + n), slot)
    assert len(ladder.slots) <= 8


@pytest.mark.parametrize("tick", ["0.1", "0.01", "0.5", "0.25", "0.00000001", "10", "0.00025"])
def test_the_window_is_remembered_as_the_wire_spells_its_prices(tick: str) -> None:
    instrument = Instrument("test", "X", Decimal(tick), Decimal(1))
    ladder = Ladder(instrument.tick_size)
    ladder.keep_inside(617_001)
    spelt = {float(str(instrument.price(t))): t - ladder.base for t in range(616_000, 618_000)}
    assert spelt.items() <= ladder.slots.items()


def test_odd_sizes_that_add_up_to_whole_lots_are_still_told() -> None:
    book = Book(INSTRUMENT)
    book.apply(BookDelta("test:X", 1, 1, [(10.0, 0.0005), (9.9, 0.0025)], [(10.1, 0.002)], 1, 0))
    assert book.odd_sizes() == [0.0025, 0.0005]
    for sequence in range(2, 600):
        book.apply(BookDelta("test:X", 1, 1, [], [(10.1, 0.002)], sequence, sequence - 1))
    assert book.off_grid == 2


def test_levels_read_back_as_the_wire_wrote_them() -> None:
    book = Book(INSTRUMENT)
    book.apply(delta([Change(False, 583_110, 15_918)]))
    level = book.top(1)[0][0]
    assert (price(level.ticks), size(level.lots)) == (58311.0, 15.918)
