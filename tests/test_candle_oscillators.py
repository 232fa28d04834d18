"""Bands and oscillators on candles: off by default, named, and unknown until there are enough."""

import numpy as np
import pytest

from feeds.errors import ConfigError
from market.market import Market
from tests.scenes import lines, market_of, row_of, same, simulated, sizes
from tui.drawing.look import ColorDepth
from tui.pane import Size
from tui.panes.candles import Candles
from tui.settings.words import set_all
from tui.themes import load_look

LOOK = load_look("dark", ColorDepth.TRUE)
MONO = load_look("dark", ColorDepth.MONO)
SIZE = Size(120, 44)
ALL = ("bollinger=5,2", "rsi=4", "macd=3,6,4")


def pane(*words: str) -> Candles:
    return set_all(Candles(timeframe="1s"), words)


def waves(count: int = 60) -> Market:
    return market_of([(n, 100.0 + n * n % 13 / 2, 1.0) for n in range(count)])


def shown(wanted: Candles, market: Market, size: Size = SIZE) -> str:
    return "\n".join(lines(wanted.draw(market, size, MONO)))


def test_they_are_off_and_change_nothing_unless_they_are_asked_for() -> None:
    market = waves()
    plain = pane().draw(market, SIZE, LOOK)
    assert same(plain, pane("bollinger=off", "rsi=off", "macd=off").draw(market, SIZE, LOOK))
    bars = pane().numbers(market, SIZE)["bars"]
    assert isinstance(bars, list)
    assert not {"bollinger", "rsi", "macd"} & set(bars[-1])
    for word in ALL:
        assert not same(plain, pane(word).draw(market, SIZE, LOOK))


def test_bands_are_named_beside_their_lines_and_told_in_the_title() -> None:
    said = shown(pane("bollinger=5,0.5"), waves())
    bars = pane("bollinger=5,0.5").numbers(waves(), SIZE)["bars"]
    assert isinstance(bars, list)
    told = {name: float(value) for name, value in bars[-1]["bollinger"].items()}
    middle, _, apart = said.splitlines()[0].partition("BB 5,0.5 ")[2].split()[:3]
    assert float(middle) == pytest.approx(told["middle"], abs=0.005)
    assert float(apart) == pytest.approx((told["upper"] - told["lower"]) / 2, abs=0.006)
    assert "BB+" in said
    assert "BB-" in said


def test_strips_tell_the_newest_values_and_those_are_in_the_numbers() -> None:
    wanted, market = pane(*ALL), waves()
    bars = wanted.numbers(market, SIZE)["bars"]
    assert isinstance(bars, list)
    newest = bars[-1]
    said = shown(wanted, market)
    assert f"RSI 4 · {float(newest['rsi']):.1f}" in said
    macd = {name: float(value) for name, value in newest["macd"].items()}
    found = said.splitlines()[row_of(wanted.draw(market, SIZE, MONO), "MACD 3,6,4")]
    for part, name in zip(found.split(" · ")[1:], ("macd", "signal", "histogram"), strict=True):
        assert float(part.split()[-1 if name != "histogram" else 1]) == pytest.approx(
            macd[name], abs=1e-3
        )


def test_too_few_bars_are_said_and_are_null() -> None:
    market = waves(3)
    said = shown(pane(*ALL), market)
    assert "BB 5,2 from 5 bars on" in said
    assert "RSI 4 · from 5 bars on" in said
    assert "MACD 3,6,4 · from 6 bars on" in said
    bars = pane(*ALL).numbers(market, SIZE)["bars"]
    assert isinstance(bars, list)
    assert bars[-1]["rsi"] is None
    assert set(bars[-1]["bollinger"].values()) == set(bars[-1]["macd"].values()) == {None}
    assert "signal from 9 bars on" in shown(pane(*ALL), waves(7))
    still = market_of([(n, 100.0, 1.0) for n in range(20)])
    assert "RSI 4 · nothing has moved" in shown(pane(*ALL), still)


@pytest.mark.parametrize("timeframe", ["5s", "40t", "20v", "9r"])
def test_bars_of_every_sort_have_them_at_every_size_and_scrolled_back(timeframe: str) -> None:
    market = simulated()
    for size in (*sizes()[::9], SIZE):
        for until in (None, market.clock - 90 * 10**9):
            wanted = set_all(Candles(timeframe=timeframe, until=until), ALL)
            canvas = wanted.draw(market, size, LOOK)
            assert (canvas.width, canvas.height) == size
    strip = canvas.glyph[row_of(canvas, "RSI 4") + 1 : row_of(canvas, "MACD 3,6,4"), :100]
    assert (strip != ord(" ")).any()


def test_bars_of_the_rsi_go_up_from_fifty_in_green_and_down_in_red() -> None:
    market = market_of([(n, 100.0 + (n if n < 20 else 40 - n), 1.0) for n in range(40)])
    canvas = pane("rsi=4").draw(market, SIZE, LOOK)
    top = row_of(canvas, "RSI 4")
    strip = canvas.fg[top + 1 : -1, :100]
    drawn = canvas.glyph[top + 1 : -1, :100] != ord(" ")
    green = np.flatnonzero((drawn & (strip == LOOK.buy)).any(axis=0))
    red = np.flatnonzero((drawn & (strip == LOOK.sell)).any(axis=0))
    assert green.max() < red.min()


def test_words_that_ask_for_none_say_what_is_accepted() -> None:
    for word, said in (
        ("bollinger=20", "such as 20,2"),
        ("rsi=1", "such as 14"),
        ("macd=26,12,9", "such as 12,26,9"),
    ):
        with pytest.raises(ConfigError, match=said):
            pane(word)
