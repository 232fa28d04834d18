"""The touch of a book is what the simplest model of the same book has for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds import touch
from feeds.touch import Touch

Sides = tuple[list[tuple[float, float]], list[tuple[float, float]]]

_levels = st.lists(
    st.tuples(st.integers(1, 40).map(float), st.integers(0, 2).map(float)), max_size=20
)
_messages = st.lists(st.tuples(st.booleans(), st.booleans(), _levels, _levels), max_size=20)


@pytest.mark.parametrize("near", [1, 2, 5, touch.NEAR])
@given(messages=_messages)
def test_a_touch_is_the_best_of_what_stands_however_few_prices_are_near(
    near: int, messages: list[tuple[bool, bool, *Sides]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(touch, "NEAR", near)
        patch.setattr(touch, "NEAR_MOST", 4 * near)
        followed, bids, asks = Touch(), set[float](), set[float]()
        for whole, asked, new_bids, new_asks in messages:
            if whole:
                bids, asks = set(), set()
                followed.replace(new_bids, new_asks)
            else:
                followed.apply(new_bids, new_asks)
            for side, levels in ((bids, new_bids), (asks, new_asks)):
                for price, size in levels:
                    (side.add if size else side.discard)(price)
            best = max(bids, default=None), min(asks, default=None)
            assert followed.crossed == (bool(bids and asks) and max(bids) >= min(asks))
            if asked:
                assert (followed.best_bid, followed.best_ask) == best


def test_a_touch_that_walks_away_from_its_snapshot_is_followed_all_the_way() -> None:
    followed = Touch()
    followed.replace([(float(p), 1.0) for p in range(1, 1001)], [(1001.0, 1.0)])
    for price in range(1000, 1, -1):
        followed.apply([(float(price), 0.0)], [(float(price), 1.0)])
        assert (followed.best_bid, followed.best_ask) == (price - 1, price)
        assert not followed.crossed
    for price in range(2, 2000):
        followed.apply([(float(price), 1.0)], [(price + 1.0, 1.0)])
        assert followed.crossed
        followed.apply([], [(float(price), 0.0)])
        assert not followed.crossed
    assert (followed.best_bid, followed.best_ask) == (1999.0, 2000.0)
