"""Letters equal those reckoned the slow way, on drawn, simulated and recorded markets."""

import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.bar import Bar
from market.bars import Bars
from market.basis import TimeBasis
from market.events import FeedState, Kline
from market.market import Market
from market.tpo import LETTERS, Balance, Tpo, letter, tpo
from tests.oracle import tpo as slow
from tests.oracle.profile import Print
from tests.scenes import MINUTE, NAME, SECOND, START, lines, listed, status, traded
from tests.strategies import Drawn, log_of, trades
from tests.test_oracle_profile import MARKETS, group_for, known
from tui.drawing.look import ColorDepth
from tui.pane import Size
from tui.panes.tpo import TpoPane
from tui.themes import load_look

LOOK = load_look("dark", ColorDepth.TRUE)
SIZE = Size(80, 24)
SEVENTY = Fraction(7, 10)


def bars_of(drawn: list[Drawn] | list[Print], period: int) -> tuple[list[Bar], list[int]]:
    bars = Bars(TimeBasis(period))
    bars.update(log_of([Drawn(*trade) for trade in drawn]))
    found = bars.last(10**6)
    return found, [(bar.start - found[0].start) // period for bar in found]


def as_letters(found: Tpo) -> slow.Letters:
    """The model's letters in the oracle's words."""
    rows = {
        edge: [number for number, here in zip(found.numbers, held, strict=True) if here]
        for edge, held in zip(found.prices.tolist(), found.marks.T.tolist(), strict=True)
    }
    touched = {edge: numbers for edge, numbers in rows.items() if numbers}
    return slow.Letters(found.group, touched, (found.balance.low, found.balance.high))


def check(found: Tpo, expected: slow.Letters) -> None:
    assert as_letters(found) == expected
    assert found.poc == expected.poc
    assert found.value_area() == expected.value_area(SEVENTY)
    assert found.prices[found.singles].tolist() == expected.singles
    assert (found.poor_high, found.poor_low) == expected.poor


@given(trades().filter(bool), st.sampled_from([1, 7, 30]), st.sampled_from([1, 2, 5, 40]))
def test_letters_stand_at_every_price_that_a_bracket_touched(
    drawn: list[Drawn], period: int, group: int
) -> None:
    found = tpo(*bars_of(drawn, period), group)
    assert found is not None
    check(found, slow.letters([Print(*trade) for trade in drawn], period, group))
    assert int(found.counts.sum()) == int(found.marks.sum())
    low, high = found.value_area()
    assert found.prices[0] <= low <= found.poc <= high <= found.prices[-1]
    inside = (found.prices >= low) & (found.prices <= high)
    assert found.counts[inside].sum() * 10 >= found.counts.sum() * 7


@pytest.mark.parametrize("name", MARKETS)
@pytest.mark.parametrize("period", [1, 5, 30])
def test_letters_of_a_recorded_session_are_those_of_its_trades(name: str, period: int) -> None:
    market, prints = known(name)
    group = group_for(prints)
    found = tpo(*bars_of(prints, period * SECOND), group)
    assert found is not None
    check(found, slow.letters(prints, period * SECOND, group))
    pane = TpoPane(grouping=group, timeframe=f"{period}s", session="all")
    if name != "sim":  # the simulated venue states candles of the time before
        told: dict[str, Any] = pane.numbers(market, SIZE)
        assert market.instrument is not None
        expected = slow.letters(prints, period * SECOND, group)
        price = market.instrument.price
        assert told["poc"] == format(price(expected.poc), "f")
        assert [(row["price"], row["letters"]) for row in told["rows"] if row["letters"]] == [
            (format(price(edge), "f"), numbers) for edge, numbers in sorted(expected.rows.items())
        ]
        assert told["initial_balance"] == [format(price(at), "f") for at in expected.balance]


def bar(number: int, low: int, high: int) -> Bar:
    start = number * 30 * MINUTE
    return Bar(start, start + 30 * MINUTE, low, high, low, high, 1, 1, 0, 1)


def test_the_textbook_day() -> None:
    """Two brackets of balance, a run of single prints above it, and a poor high."""
    bars = [bar(0, 10, 14), bar(1, 9, 13), bar(2, 12, 19), bar(3, 17, 19)]
    found = tpo(bars, range(4), 1)
    assert found is not None
    assert found.counts.tolist() == [1, 2, 2, 3, 3, 2, 1, 1, 2, 2, 2]
    assert found.balance == Balance(9, 14)
    assert found.prices[found.singles].tolist() == [15, 16]
    assert found.poor_high
    assert not found.poor_low
    assert (found.open, found.close) == (10, 19)


def test_letters_go_from_capitals_to_small_ones_and_round_again() -> None:
    assert "".join(letter(number) for number in range(54)) == LETTERS + "AB"


def test_what_nobody_could_read_is_not_laid_out() -> None:
    assert tpo([], [], 1) is None
    assert tpo([bar(0, 1, 10**12)], [0], 1) is None
    assert tpo([bar(0, 1, 10**12)], [0], 10**9) is not None
    with pytest.raises(ValueError, match="at least one tick"):
        tpo([bar(0, 1, 2)], [0], 0)


def quiet_market(name: str = NAME) -> Market:
    market = Market(name)
    listed(market)
    status(market, FeedState.LIVE)
    return market


def test_letters_are_half_hours_and_shorter_while_the_market_is_young() -> None:
    market = quiet_market()
    shown = []
    for minute in (0, 1, 5, 45, 250):
        traded(market, [(minute * 60 + 1, 100.0, 1.0)])
        shown.append(TpoPane().timeframe_shown(market))
    assert shown == ["1s", "5s", "30s", "5m", "30m"]
    assert TpoPane(timeframe="1h").timeframe_shown(market) == "1h"


def test_the_venue_s_candles_stand_in_and_the_title_says_so() -> None:
    market = quiet_market()
    for number in range(10):
        start = START + (number - 10) * 30 * MINUTE
        low = 100.0 + number
        edges, half = (low, low + 3.0, low, low + 1.0), 30 * MINUTE
        kline = Kline(
            NAME, start, start, "30m", start, start + half, *edges, 5.0, None, None, None, True
        )
        market.apply(kline)
    traded(market, [(1, 110.0, 1.0)])
    told: dict[str, Any] = TpoPane(grouping=2).numbers(market, SIZE)
    assert told["start"] == START - 300 * MINUTE
    assert told["initial_balance"] == ["100.0", "104.0"]
    title = lines(TpoPane().draw(market, Size(140, 24), LOOK))[0]
    assert "candles to 14:00:01" in title


def test_sessions_stand_side_by_side_and_the_newest_is_named() -> None:
    market, hour = quiet_market(), 3600
    traded(market, [(at, 100.0 + at % 7, 1.0) for at in range(0, 4 * hour, 300)])
    pane = TpoPane(session="hours", length="1h", timeframe="5m", view="collapsed")
    foot = lines(pane.draw(market, Size(120, 20), LOOK))[-1].split()
    assert foot == ["14:00:00", "15:00:00", "16:00:00", "17:00:00"]
    assert len(lines(pane.draw(market, Size(40, 20), LOOK))[-1].split()) == 1


def test_split_letters_have_a_column_each_and_collapsed_ones_close_up() -> None:
    market = quiet_market()
    traded(market, [(1, 100.0, 1.0), (61, 105.0, 1.0), (121, 100.0, 1.0)])
    split = TpoPane(timeframe="1m", view="split").draw(market, SIZE, LOOK)
    closed = TpoPane(timeframe="1m", view="collapsed").draw(market, SIZE, LOOK)
    assert any(re.search("▸A +C", line) for line in lines(split))
    assert any("▸AC" in line for line in lines(closed))
    both = lines(TpoPane(timeframe="1m").draw(market, SIZE, LOOK))
    assert any(re.search("▸AC.*▸A +C", line) for line in both)
    assert both[-1].split() == ["2024-01-02", "14:00", "14:01", "14:02"]
    narrow = lines(TpoPane(timeframe="1m", view="split").draw(market, Size(26, 20), LOOK))
    assert any("▸A C" in line for line in narrow)


def test_single_prints_are_named_without_colour_too() -> None:
    market = quiet_market()
    traded(market, [(1, 100.0, 1.0), (2, 104.0, 1.0), (61, 100.0, 1.0), (121, 104.0, 1.0)])
    shown = lines(TpoPane(timeframe="1m", grouping=2).draw(market, SIZE, LOOK))
    assert [line.split()[0] for line in shown if "sgl" in line] == ["103", "102", "101"]


def test_a_gap_is_told_in_the_title() -> None:
    market = quiet_market()
    traded(market, [(1, 100.0, 1.0)])
    status(market, FeedState.GAP)
    status(market, FeedState.LIVE)
    traded(market, [(70, 101.0, 1.0)])
    title = lines(TpoPane().draw(market, Size(160, 24), LOOK))[0]
    assert "~ gap at 14:00:01" in title


def test_settings_that_make_no_session_are_refused() -> None:
    with pytest.raises(ValueError, match="is a time"):
        TpoPane(length="100t")
    with pytest.raises(ValueError, match="1 to 100"):
        TpoPane(area=0.0)
    with pytest.raises(ValueError, match="1 tick"):
        TpoPane(grouping=0)


def test_too_many_letters_are_refused_in_words() -> None:
    market = quiet_market()
    traded(market, [(at, 100.0 + 3e6 * (at % 2), 1.0) for at in range(3)])
    pane = TpoPane(timeframe="1s", grouping=1)
    assert "too many letters" in " ".join(lines(pane.draw(market, SIZE, LOOK)))


def test_everything_known_is_labelled_by_when_it_began() -> None:
    market = quiet_market()
    traded(market, [(at, 100.0, 1.0) for at in (1, 61, 7261)])
    pane = TpoPane(session="all", timeframe="1m", view="collapsed")
    assert lines(pane.draw(market, SIZE, LOOK))[-1].split() == ["14:00:00"]
