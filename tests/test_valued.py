"""Valued bars are the same however they are read, on whatever grids, and sum up to all trades."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from market.basis import parse_basis
from market.market import Market
from market.valued import valued_bars, valued_cvd
from market.worth import unit_of
from tests.scenes import NAME, Print, market_of, traded

WORDS = ("10s", "3t", "4v", "5r", "3n", "2b")
prints = st.lists(
    st.tuples(
        st.integers(0, 120).map(float),
        st.integers(195, 215).map(lambda half: half / 2),
        st.sampled_from([-3.0, -1.0, 1.0, 2.0]),
    ),
    min_size=1,
    max_size=40,
)


def told(market: Market, word: str) -> list[tuple[int, Decimal, Decimal, Decimal]]:
    """Start, sold, bought and running sum of every bar in quote currency."""
    assert market.instrument is not None
    basis, unit = parse_basis(word), unit_of(market.instrument)
    parted = valued_bars(market, basis).parted(None, 10**6)
    assert parted is not None
    points = valued_cvd(market, basis).last(10**6)
    return [
        (bar.start, bar.sell * unit, bar.buy * unit, point.value * unit)
        for bar, point in zip((*parted.run.bars, parted.newest), points, strict=True)
    ]


@given(prints, st.sets(st.integers(0, 39)), st.sampled_from(WORDS))
def test_they_do_not_depend_on_when_they_are_read(
    trades: list[Print], cuts: set[int], word: str
) -> None:
    whole, parts = market_of(trades), market_of(trades[:1])
    for number, one in enumerate(trades[1:], start=1):
        if number in cuts:
            told(parts, word)
        traded(parts, [one])
    found = told(parts, word)
    assert found == told(whole, word)
    value = sum((Decimal(str(p)) * Decimal(str(abs(size))) for _, p, size in trades), Decimal(0))
    assert sum((sold + bought for _, sold, bought, _ in found), Decimal(0)) == value


@given(prints, st.sampled_from(WORDS))
def test_of_an_older_end_they_are_those_that_had_begun_by_then(
    trades: list[Print], word: str
) -> None:
    market = market_of(sorted(trades))
    bars, every = valued_bars(market, parse_basis(word)), told(market, word)
    end = every[len(every) // 2][0] + 1
    parted = bars.parted(end, 10**6)
    assert parted is not None
    starts = [bar.start for bar in (*parted.run.bars, parted.newest)]
    assert starts == [start for start, *_ in every if start < end]
    assert not bars.rough(0)


def test_a_grid_that_becomes_finer_changes_no_value() -> None:
    market = Market(NAME)
    traded(market, [(1, 100.0, 1.0), (2, 101.0, -2.0)])
    before = told(market, "10s")
    assert [row[1:] for row in before] == [(Decimal(202), Decimal(100), Decimal(-102))]
    traded(market, [(3, 100.25, 0.125)])
    (_, sold, bought, running), *_ = told(market, "10s")
    assert (sold, bought) == (Decimal(202), Decimal("112.53125"))
    assert running == bought - sold
