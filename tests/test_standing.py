"""What an adapter knows of a whole book is what the simplest model knows."""

from hypothesis import given
from hypothesis import strategies as st

from feeds.standing import Standing

levels = st.lists(
    st.tuples(st.integers(1, 12).map(float), st.integers(0, 2).map(float)), max_size=6
)


@given(st.lists(st.tuples(st.booleans(), levels, levels), max_size=12))
def test_a_standing_book_is_the_last_nonzero_size_at_each_price(
    messages: list[tuple[bool, list[tuple[float, float]], list[tuple[float, float]]]],
) -> None:
    standing, bids, asks = Standing(), dict[float, float](), dict[float, float]()
    for whole, new_bids, new_asks in messages:
        if whole:
            bids, asks = {}, {}
            standing.replace(new_bids, new_asks)
        else:
            standing.apply(new_bids, new_asks)
        bids = {price: size for price, size in (bids | dict(new_bids)).items() if size}
        asks = {price: size for price, size in (asks | dict(new_asks)).items() if size}
        assert standing.bids == sorted(bids.items(), reverse=True)
        assert standing.asks == sorted(asks.items())
        assert standing.best_bid == max(bids, default=None)
        assert standing.best_ask == min(asks, default=None)
        assert standing.crossed == (bool(bids and asks) and max(bids) >= min(asks))
        assert standing.reach == ((min(bids), max(asks)) if bids and asks else None)


def test_a_price_stated_twice_in_a_message_stands_as_it_was_stated_last() -> None:
    standing = Standing()
    standing.apply([(5.0, 1.0), (6.0, 1.0), (6.0, 0.0)], [(7.0, 0.0)])
    assert (standing.best_bid, standing.best_ask) == (5.0, None)
