"""A followed book is the venue's after every change, however late and old its snapshots come."""

from collections.abc import Sequence
from random import Random
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.adapter import Fetch, Output
from feeds.followed import FollowedBook
from market.events import BookDelta, BookSnapshot, FeedState, FeedStatus

FETCH = Fetch("/book", "/book", 1)
Model: TypeAlias = dict[tuple[str, float], float]
STEPS = 400


class Exchange:
    """A book whose price wanders; of the past it knows every state."""

    def __init__(self, random: Random) -> None:
        self._random, self._middle = random, 1000
        self.states: list[Model] = [{}]
        for number in range(1, 21):
            self.states[0]["bid", 1000.0 - number] = self.states[0]["ask", 1000.0 + number] = 1.0

    def change(self) -> BookDelta:
        """Wander on by at most one price; levels near the middle come and go."""
        random, book = self._random, dict(self.states[-1])
        self._middle += random.choice((-1, 0, 0, 1))
        crossed = [key for key in book if (key[1] >= self._middle) == (key[0] == "bid")]
        rows = dict.fromkeys(crossed, 0.0)
        for _ in range(3):
            away = random.randint(1, 20)
            side, price = random.choice((("bid", -away), ("ask", away)))
            rows[side, float(self._middle + price)] = float(random.randint(1, 9))
        book |= rows
        self.states.append({key: size for key, size in book.items() if size})
        last = len(self.states) - 1
        bids, asks = ([(p, s) for (of, p), s in rows.items() if of == side] for side in SIDES)
        return BookDelta("x:Y", last, last, bids, asks, last, last - 1)

    def snapshot(self, sequence: int) -> BookSnapshot:
        """The book as it was."""
        book = self.states[sequence]
        bids, asks = ([(p, s) for (of, p), s in book.items() if of == side] for side in SIDES)
        return BookSnapshot("x:Y", sequence, sequence, bids, asks, sequence)


SIDES = ("bid", "ask")


def fold(model: Model, outputs: Sequence[Output]) -> None:
    for output in outputs:
        if isinstance(output, BookSnapshot):
            model.clear()
        if isinstance(output, BookSnapshot | BookDelta):
            for side, levels in zip(SIDES, (output.bids, output.asks), strict=True):
                model |= {(side, price): size for price, size in levels}


@pytest.mark.parametrize("window", [False, True])
@settings(max_examples=15)
@given(st.integers(0, 2**32), st.integers(0, 12), st.integers(0, 6))
def test_it_is_the_venues_book_after_every_change(
    window: bool, seed: int, late: int, old: int
) -> None:
    exchange, model = Exchange(Random(seed)), Model()
    followed, answers, asked = FollowedBook("x:Y", FETCH, window=window), list[int](), 0
    for step in range(STEPS):
        now = step * 100_000_000
        outputs = [*followed.delta(exchange.change(), now), *followed.tick(now)]
        due = [at for at in answers if at <= step]
        answers = [at for at in answers if at > step]
        for _ in due:
            last = len(exchange.states) - 1
            outputs += followed.snapshot(exchange.snapshot(max(0, last - old)), now)
        wishes = sum(isinstance(output, Fetch) for output in outputs)
        answers += [step + late] * wishes
        asked += wishes
        fold(model, outputs)
        if followed.state is FeedState.LIVE:
            standing = {key: size for key, size in model.items() if size}
            assert standing == exchange.states[-1]
    assert followed.state is FeedState.LIVE
    assert asked >= 1


def test_a_price_that_wanders_far_has_the_book_fetched_again_without_a_pause() -> None:
    exchange = Exchange(Random(4))
    followed = FollowedBook("x:Y", FETCH, window=False)
    outputs: list[Output] = []
    for step in range(20 * STEPS):
        told = [*followed.delta(exchange.change(), step)]
        if FETCH in told:
            told += followed.snapshot(exchange.snapshot(len(exchange.states) - 1), step)
        outputs += told
    states = [output.state for output in outputs if isinstance(output, FeedStatus)]
    assert states == [FeedState.SYNCING, FeedState.LIVE]
    assert sum(isinstance(output, BookSnapshot) for output in outputs) > 5


def test_an_old_change_that_comes_again_does_not_make_an_old_snapshot_good() -> None:
    exchange = Exchange(Random(4))
    followed, asked = FollowedBook("x:Y", FETCH, window=False), 0
    changes = [exchange.change() for _ in range(20 * STEPS)]
    for change in changes:
        told = followed.delta(change, 0)
        if FETCH in told and asked:
            break
        if FETCH in told:
            asked += len(followed.snapshot(exchange.snapshot(change.sequence), 0))
    followed.delta(changes[change.sequence - 11], 0)
    assert followed.snapshot(exchange.snapshot(change.sequence - 5), 0) == ()
    assert followed.tick(10**9) == (FETCH,)
    (book,) = followed.snapshot(exchange.snapshot(change.sequence), 10**9)
    assert isinstance(book, BookSnapshot)
