"""Moving averages equal those reckoned bar by bar, and their words are read as they are meant."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import ConfigError
from market.averages import Average, averages_of, parse_averages
from market.bar import Bar, Parted, Run
from market.basis import TimeBasis
from market.market import Market
from tests.captures import needs_captures
from tests.oracle.averages import exponential, simple
from tests.oracle.prints import SESSIONS, recorded
from tests.scenes import SECOND, lines, market_of
from tui.drawing.look import ColorDepth
from tui.pane import Size
from tui.panes.candles import Candles
from tui.settings.words import set_all
from tui.themes import load_look

SIZE = Size(120, 40)
MONO = load_look("dark", ColorDepth.MONO)
AVERAGES = (Average(2), Average(5), Average(3, exponential=True), Average(9, exponential=True))


def expected(closes: Sequence[int], average: Average) -> list[float]:
    reckon = exponential if average.exponential else simple
    exact = reckon([Fraction(close) for close in closes], average.bars)
    return [float("nan") if value is None else float(value) for value in exact]


def parted_of(closes: Sequence[int]) -> Parted:
    bars = [Bar(n, n + 1, 1, 1, 1, close, 1, 1, 0, 1) for n, close in enumerate(closes)]
    return Parted(Run(bars[:-1], np.arange(len(bars) - 1)), bars[-1], len(bars) - 1)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=40))
def test_averages_of_any_closes_are_those_that_the_definition_makes(closes: list[int]) -> None:
    for average, values in zip(AVERAGES, averages_of(parted_of(closes), AVERAGES), strict=True):
        assert values.tolist() == pytest.approx(expected(closes, average), rel=1e-12, nan_ok=True)


@needs_captures
@pytest.mark.parametrize(("path", "count"), SESSIONS[:5])
def test_averages_of_a_recorded_session_are_those_of_its_trades(path: str, count: int) -> None:
    market, prints = recorded(path, count)
    assert market.instrument is not None
    # The last of equal times is the close, as the order is stable.
    last = {one.ts // SECOND: one.price for one in sorted(prints, key=lambda one: one.ts)}
    closes = [market.instrument.ticks(float(last[second])) for second in sorted(last)]
    parted = market.bars(TimeBasis(SECOND)).parted(None, 10**6)
    assert parted is not None
    assert len(closes) > 2
    for average, values in zip(AVERAGES, averages_of(parted, AVERAGES), strict=True):
        assert values.tolist() == pytest.approx(expected(closes, average), rel=1e-9, nan_ok=True)


def rising() -> Market:
    return market_of([(n, 100.0 + n / 2, 1.0) for n in range(12)])


def test_numbers_are_exact_and_null_before_there_are_enough_bars() -> None:
    pane = Candles(timeframe="1s", averages="4,e4")
    bars = pane.numbers(rising(), SIZE)["bars"]
    assert isinstance(bars, list)
    assert bars[2]["averages"] == {"4": None, "e4": None}
    assert bars[3]["averages"] == {"4": "100.7500", "e4": "100.7500"}
    assert bars[-1]["averages"] == {"4": "104.7500", "e4": "104.7500"}
    plain = Candles(timeframe="1s").numbers(rising(), SIZE)["bars"]
    assert isinstance(plain, list)
    assert "averages" not in plain[-1]


def test_an_average_is_named_beside_its_line_and_in_the_title() -> None:
    market = market_of([(n, 100.0 + n % 3, 1.0) for n in range(60)])
    shown = lines(Candles(timeframe="1s", averages="4").draw(market, SIZE, MONO))
    assert "MA4 101.25" in shown[0]
    assert any(" MA4 " in line for line in shown[1:])
    early = lines(Candles(timeframe="1s", averages="e50").draw(rising(), SIZE, MONO))
    assert "EMA50 from 50 bars on" in early[0]


def test_words_name_up_to_three_averages() -> None:
    assert parse_averages("20, e50,20") == (Average(20), Average(50, exponential=True))
    assert parse_averages("off") == parse_averages("") == ()
    for wrong in ("1", "1001", "x", "20,", "e", "20 50", "-3", "²²"):
        with pytest.raises(ValueError, match="from 2 to 1000"):
            parse_averages(wrong)
    with pytest.raises(ConfigError, match="at most 3"):
        set_all(Candles(), ["averages=2,3,4,5"])
