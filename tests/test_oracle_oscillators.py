"""Bollinger's bands, RSI and MACD equal those reckoned in decimals, bar by bar."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.bar import Bar, Parted, Run
from market.basis import parse_basis
from market.market import Market
from market.oscillators import (
    Bollinger,
    Macd,
    Oscillators,
    Rsi,
    bollinger_of,
    macd_of,
    parse_bollinger,
    parse_macd,
    parse_oscillators,
    parse_rsi,
    rsi_of,
)
from tests.captures import needs_captures
from tests.oracle.oscillators import bollinger, macd, rsi
from tests.oracle.prints import SESSIONS, recorded
from tests.scenes import SECOND, simulated

BASES = ("1s", "7t", "3v", "5r")


def parted_of(closes: Sequence[int]) -> Parted:
    bars = [Bar(n, n + 1, 1, 1, 1, close, 1, 1, 0, 1) for n, close in enumerate(closes)]
    return Parted(Run(bars[:-1], np.arange(len(bars) - 1)), bars[-1], len(bars) - 1)


def floats(values: Sequence[Decimal | None]) -> list[float]:
    return [float("nan") if value is None else float(value) for value in values]


def compare(parted: Parted, closes: Sequence[int], rel: float) -> None:
    """Hold all three against the oracle at every bar, with short and with usual lengths."""
    exact = [Decimal(close) for close in closes]
    for bands in (Bollinger(3, 2.5), Bollinger()):
        pairs = [pair or (None, None) for pair in bollinger(exact, bands.bars)]
        middle, sigma = bollinger_of(parted, bands)
        assert middle.tolist() == pytest.approx(floats([m for m, _ in pairs]), rel, nan_ok=True)
        assert sigma.tolist() == pytest.approx(
            floats([s for _, s in pairs]), rel, abs=1e-9, nan_ok=True
        )
    for count in (2, 14):
        found = rsi_of(parted, Rsi(count)).tolist()
        assert found == pytest.approx(floats(rsi(exact, count)), rel, abs=1e-9, nan_ok=True)
    for wanted in (Macd(2, 4, 3), Macd()):
        lines, signal = macd(exact, *wanted)
        found_lines = macd_of(parted, wanted)
        tiny = 1e-9 * (1 + max(closes))
        assert found_lines.macd.tolist() == pytest.approx(floats(lines), rel, tiny, nan_ok=True)
        assert found_lines.signal.tolist() == pytest.approx(floats(signal), rel, tiny, nan_ok=True)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60))
def test_any_closes_make_what_the_definitions_make_of_them(closes: list[int]) -> None:
    compare(parted_of(closes), closes, 1e-9)


def bars_shown(market: Market, word: str) -> tuple[Parted, list[int]]:
    parted = market.bars(parse_basis(word)).parted(None, 10**6)
    assert parted is not None
    return parted, [bar.close for bar in (*parted.run.bars, parted.newest)]


@pytest.mark.parametrize("word", BASES)
def test_bars_of_every_sort_of_the_simulation_have_them(word: str) -> None:
    parted, closes = bars_shown(simulated(), word)
    assert len(closes) > 40
    compare(parted, closes, 1e-9)


@needs_captures
@pytest.mark.parametrize(("path", "count"), SESSIONS[:5])
def test_those_of_a_recorded_session_are_made_of_its_trades(path: str, count: int) -> None:
    market, prints = recorded(path, count)
    assert market.instrument is not None
    # The last of equal times is the close, as the order is stable.
    last = {one.ts // SECOND: one.price for one in sorted(prints, key=lambda one: one.ts)}
    closes = [market.instrument.ticks(float(last[second])) for second in sorted(last)]
    parted, shown = bars_shown(market, "1s")
    assert shown == closes
    compare(parted, closes, 1e-8)


def test_nothing_is_known_before_there_are_enough_bars_nor_where_nothing_moves() -> None:
    closes = [100 + n * n % 7 for n in range(34)]
    for length in range(1, 35):
        parted = parted_of(closes[:length])
        assert np.isnan(bollinger_of(parted, Bollinger()).sigma[-1]) == (length < 20)
        assert np.isnan(rsi_of(parted, Rsi())[-1]) == (length < 15)
        assert np.isnan(macd_of(parted, Macd()).macd[-1]) == (length < 26)
        assert np.isnan(macd_of(parted, Macd()).histogram[-1]) == (length < 34)
    still = parted_of([100] * 40)
    assert np.isnan(rsi_of(still, Rsi())).all()
    assert bollinger_of(still, Bollinger()).sigma[-1] == 0
    assert macd_of(still, Macd()).histogram[-1] == 0


@given(st.lists(st.integers(0, 10**6), min_size=20, max_size=60))
def test_rsi_is_within_its_bounds_and_turns_round_with_prices(closes: list[int]) -> None:
    values = rsi_of(parted_of(closes), Rsi(5))
    known = values[~np.isnan(values)]
    assert ((known >= 0) & (known <= 100 + 1e-9)).all()
    turned = rsi_of(parted_of([10**6 - close for close in closes]), Rsi(5))
    both = (values + turned)[~np.isnan(values)]
    assert both.tolist() == pytest.approx([100.0] * len(known))


def test_words_ask_for_them() -> None:
    assert parse_bollinger("on") == parse_bollinger("20,2") == Bollinger()
    assert parse_bollinger("50, 2.5") == Bollinger(50, 2.5)
    assert parse_rsi("on") == parse_rsi("14") == Rsi()
    assert parse_macd("on") == parse_macd("12,26,9") == Macd()
    assert parse_oscillators("off", "", "off") == Oscillators(None, None, None)
    for wrong in ("x", "1,2", "20", "20,0", "20,11", "20,2,2", "2.5,2", "-3,2", "²,2"):
        with pytest.raises(ValueError, match="such as 20,2; on or off"):
            parse_bollinger(wrong)
    for wrong in ("1", "x", "14,3", "1001", "2.5"):
        with pytest.raises(ValueError, match="such as 14; on or off"):
            parse_rsi(wrong)
    for wrong in ("12,26", "26,12,9", "12,12,9", "1,2,3", "12,26,x"):
        with pytest.raises(ValueError, match="such as 12,26,9; on or off"):
            parse_macd(wrong)
