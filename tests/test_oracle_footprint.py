"""Footprints equal those reckoned the slow way, on drawn trades and on recorded sessions."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.basis import RangeBasis, VolumeBasis, basis_text
from market.market import Market
from tests.captures import needs_captures
from tests.oracle import footprint as oracle
from tests.oracle.footprint import Print
from tests.oracle.prints import SESSIONS, recorded
from tests.scenes import START, market_of
from tui.pane import Size
from tui.panes.footprint import FootprintPane

ANY = Size(80, 24)
LEVELS = ("naked_pocs", "buy_zones", "sell_zones", "unfinished_highs", "unfinished_lows")
PLACES = Decimal("0.001")
ZERO = Decimal(0)

drawn_prints = st.lists(
    st.tuples(
        st.integers(0, 400).map(lambda tenths: tenths / 10),
        st.integers(195, 210).map(lambda half: half / 2),
        st.sampled_from([-3, -1, 1, 2, 9]).map(float),
    ),
    min_size=1,
    max_size=60,
).map(sorted)


def step_of(market: Market, group: int) -> Decimal:
    assert market.instrument is not None
    return market.instrument.tick_size * group


def numbers(market: Market, **settings: object) -> dict[str, Any]:
    pane = FootprintPane(**settings)  # type: ignore[arg-type]  # by name
    return pane.numbers(market, ANY)


def rows_of(bar: dict[str, Any]) -> oracle.Rows:
    return {
        Decimal(cell["price"]): (Decimal(cell["sell"]), Decimal(cell["buy"]), cell["trades"])
        for cell in bar["cells"]
    }


def compare(
    market: Market,
    prints: Sequence[Print],
    group: int,
    ratio: str,
    ignore: bool,
    least: Decimal = ZERO,
) -> None:
    """Hold bars of 10 s against the oracle, cell by cell and study by study."""
    step, interval = step_of(market, group), 10 * 10**9
    found = numbers(
        market,
        grouping=group,
        timeframe="10s",
        ratio=float(ratio),
        least=float(least),
        ignore_zeros=ignore,
        stacked=2,
    )
    bars = oracle.bars_by_time(prints, interval)
    assert len(bars) == len(found["bars"])
    for prints_in, bar in zip(bars, found["bars"], strict=True):
        rows = oracle.rows_of(prints_in, step)
        assert rows_of(bar) == rows
        assert Decimal(bar["poc"]) == oracle.point_of_control(rows)
        area = oracle.value_area(rows, step, Decimal("0.7"))
        assert tuple(map(Decimal, bar["value_area"])) == area
        inside = oracle.extremes(prints_in)
        assert (Decimal(bar["max_delta"]), Decimal(bar["min_delta"])) == inside
        marked = oracle.imbalances(rows, step, Decimal(ratio), least, ignore)
        for side, expected in zip(("buy_imbalance", "sell_imbalance"), marked, strict=True):
            assert [Decimal(c["price"]) for c in bar["cells"] if c[side]] == expected
    standing = oracle.standing(bars, step, interval, Decimal(ratio), least, ignore, 2)
    assert levels(found) == standing


def levels(found: dict[str, Any]) -> set[oracle.Standing]:
    return {
        (kind, Decimal(level["low"]), Decimal(level["high"]), level["start"])
        for kind in LEVELS
        for level in found[kind]
    }


@settings(max_examples=60)
@given(
    drawn_prints,
    st.integers(1, 4),
    st.sampled_from(["1.5", "3"]),
    st.booleans(),
    st.sampled_from(["0", "2", "9"]),
)
def test_a_drawn_footprint_is_the_one_that_the_definitions_make(
    trades: list[tuple[float, float, float]], group: int, ratio: str, ignore: bool, least: str
) -> None:
    market = market_of(trades)
    prints = [
        Print(START + round(after * 10**9), Decimal(str(price)), abs(Decimal(str(size))), size > 0)
        for after, price, size in trades
    ]
    compare(market, prints, group, ratio, ignore, Decimal(least))


@needs_captures
@pytest.mark.parametrize(("path", "count"), SESSIONS)
@pytest.mark.parametrize(("group", "ignore"), [(1, False), (10, True)])
def test_a_recorded_footprint_is_the_one_that_the_definitions_make(
    path: str, count: int, group: int, ignore: bool
) -> None:
    market, prints = recorded(path, count)
    assert len(prints) > 20
    assert market.instrument is not None
    lot = market.instrument.lot_size
    mean = sum((one.size for one in prints), ZERO) / len(prints) // lot * lot
    compare(market, prints, group, "3", ignore, mean if ignore else ZERO)


@needs_captures
@pytest.mark.parametrize(("path", "count"), SESSIONS)
def test_bars_of_volume_and_range_are_those_that_their_rules_make(path: str, count: int) -> None:
    market, prints = recorded(path, count)
    total = sum((one.size for one in prints), Decimal(0))
    volume = max(total / 7, Decimal(1)).quantize(PLACES)
    basis = VolumeBasis(volume.normalize())
    bars = oracle.bars_by_volume(prints, volume)
    found = numbers(market, timeframe=basis_text(basis), grouping=1)["bars"]
    assert [rows_of(bar) for bar in found] == [oracle.rows_of(b, step_of(market, 1)) for b in bars]
    ticks = RangeBasis(30)
    bars = oracle.bars_by_range(prints, step_of(market, 30))
    found = numbers(market, timeframe=basis_text(ticks), grouping=1)["bars"]
    assert [rows_of(bar) for bar in found] == [oracle.rows_of(b, step_of(market, 1)) for b in bars]
