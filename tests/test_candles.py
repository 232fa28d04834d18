"""Candles: bars in the slot of their time, their words and numbers, the scales of what is below."""

from decimal import Decimal
from typing import cast, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.simulate import events
from market.bar import Bar, Run
from market.basis import TimeBasis, parse_basis
from market.events import FeedState, FeedStatus, Kline
from market.gaps import Gap
from market.instrument import Instrument
from market.market import Market
from market.markets import Markets
from tui.candle.barchart import BarChart, Past
from tui.candle.slots import Slots
from tui.candle.studies import CvdScale, steady_volume
from tui.candle.tag import countdown
from tui.drawing.area import Area
from tui.drawing.axis import fitting_axis, fitting_range
from tui.drawing.look import ColorDepth, Look
from tui.drawing.timeline import Scroll
from tui.export import text
from tui.pane import Size
from tui.panes.candles import Candles
from tui.themes import load_look

SECOND = 1_000_000_000


@pytest.fixture(scope="module")
def market() -> Market:
    return play(90)


def play(seconds: float) -> Market:
    """A simulated market that has run for a while."""
    markets = Markets()
    markets.apply(events(7, seconds))
    market = markets.get("sim:7")
    assert market is not None
    return market


@pytest.fixture(scope="module")
def look() -> Look:
    return load_look("dark", ColorDepth.TRUE)


def chart_of(
    market: Market, word: str, width: int, until: int | None = None, scroll: Scroll = "smooth"
) -> BarChart:
    assert market.instrument is not None
    basis = parse_basis(word)
    chart = BarChart.of(market, market.instrument, basis, until, width, scroll)
    assert chart is not None
    return chart


def shown(chart: BarChart) -> list[Bar]:
    return [*chart.past.run.bars, chart.newest]


@pytest.mark.parametrize("scroll", get_args(Scroll))
@pytest.mark.parametrize("width", [2, 7, 40, 71, 120])
def test_bars_of_time_are_in_the_slot_of_their_time(
    market: Market, width: int, scroll: Scroll
) -> None:
    past = chart_of(market, "1s", width, scroll=scroll).past
    slots = past.slots
    assert slots.places * slots.pitch <= max(2, width)
    assert slots.newest == market.clock // SECOND
    assert past.starts == list(range(past.starts[0], past.starts[-1] + 1, SECOND))
    assert past.run.numbers.tolist() == [bar.start // SECOND for bar in past.run.bars]
    cells = slots.cells(past.run.numbers).tolist()
    assert cells == [slots.cell(number) for number in past.run.numbers.tolist()]
    assert all(0 <= cell <= max(0, width - slots.pitch) for cell in cells)
    assert len(set(cells)) == len(cells)


def test_bars_of_trades_follow_one_another(market: Market) -> None:
    chart = chart_of(market, "50t", 60)
    assert np.diff([*chart.past.run.numbers, chart.past.number]).tolist() == [1] * (
        len(chart.past.run)
    )
    assert shown(chart) == market.bars(parse_basis("50t")).last(len(shown(chart)))


def test_few_bars_are_drawn_wide() -> None:
    young = play(5)
    assert chart_of(young, "1s", 100).past.slots.pitch == 6
    assert chart_of(young, "1m", 100).past.slots.pitch == 2


def test_scrolled_back_no_later_bar_is_shown(market: Market) -> None:
    until = market.clock - 30 * SECOND
    chart = chart_of(market, "1s", 60, until)
    assert chart.past.starts[-1] == until // SECOND * SECOND
    assert max(bar.start for bar in shown(chart)) <= until


def test_what_is_held_still_stays_where_it_was(market: Market) -> None:
    """Pausing sets `until`; the picture must not jump by the columns that were free."""
    live = chart_of(market, "1s", 60, None, "block")
    held = chart_of(market, "1s", 60, market.clock, "block")
    assert held.past.slots == live.past.slots


@given(st.integers(0, 10**6), st.integers(1, 300), st.integers(2, 200))
def test_in_blocks_bars_keep_their_place_until_a_jump(oldest: int, bars: int, width: int) -> None:
    newest = oldest + bars
    before, after = (
        Slots.of(width, oldest - 1000, number, "block") for number in (newest, newest + 1)
    )
    if before.ahead:
        assert after == before._replace(newest=newest + 1, ahead=before.ahead - 1)
        assert after.cell(newest) == before.cell(newest)
    else:
        moved = (before.cell(newest) - after.cell(newest)) // before.pitch
        assert moved == after.ahead + 1 <= 8
        assert before.cell(newest) == before.left + before.pitch * (before.places - 1)


@given(st.integers(0, 10**6), st.integers(6, 200))
def test_in_a_sweep_bars_never_move_and_the_oldest_make_room(newest: int, width: int) -> None:
    before, after = (
        Slots.of(width, newest - 1000, number, "sweep") for number in (newest, newest + 1)
    )
    assert all(before.cell(n) == after.cell(n) for n in range(after.first, newest + 1))
    free = set(range(before.places)) - {
        (before.cell(n) - before.left) // before.pitch for n in range(before.first, newest + 1)
    }
    assert len(free) == before.ahead <= 2
    assert (after.cell(newest + 1) - after.left) // after.pitch in free or not free


@given(st.integers(0, 100), st.integers(0, 100), st.sampled_from(get_args(Scroll)))
def test_a_gap_touches_the_slots_it_overlaps(one: int, other: int, scroll: Scroll) -> None:
    start, end = sorted((one, other))
    instrument = Instrument("x", "Y", Decimal(1), Decimal(1))
    bars = [Bar(n, n + 10, 1, 1, 1, 1, 1, 1, 0, 1) for n in range(20, 50, 10)]
    run = Run(bars, np.array([2, 3, 4]))
    slots = Slots(14, 2, 5, {"block": 1, "smooth": 0, "sweep": 2}[scroll], scroll == "sweep")
    past = Past(instrument, TimeBasis(10), run, slots, 5, 50)
    areas = past.gaps([Gap(start, end, "lost")], Area(3, 1, 14, 5))
    cells = [x for area, _ in areas for x in range(area.x, area.right)]
    touched = [n for n in range(2, 6) if n * 10 <= end and n * 10 + 10 > start]
    assert sorted(cells) == sorted(
        3 + slots.cell(number) + offset for number in touched for offset in range(2)
    )


@pytest.mark.parametrize("back", range(0, 40, 7))
@pytest.mark.parametrize("timeframe", ["1s", "50t", "5s"])
def test_a_sweep_writes_times_that_do_not_overlap(
    market: Market, timeframe: str, back: int
) -> None:
    until = market.clock - back * SECOND
    labels = chart_of(market, timeframe, 80, until, "sweep").past.labels()
    ends = [label.x + len(label.text) for label in labels]
    assert all(end < label.x for end, label in zip(ends, labels[1:], strict=False))
    assert len(labels) > 1


def test_the_numbers_are_the_bars_held_exactly(market: Market) -> None:
    numbers = Candles(timeframe="1m").numbers(market, Size(80, 24))["bars"]
    assert isinstance(numbers, list)
    bars = market.bars(parse_basis("1m")).last(10_000)
    assert len(numbers) == len(bars) > 400
    assert market.instrument is not None
    for shown, bar in zip(numbers, bars, strict=True):
        assert shown["start"] == bar.start
        assert Decimal(shown["close"]) == market.instrument.price(bar.close)
        assert Decimal(shown["sell"]) == market.instrument.size(bar.sell)


def test_volume_that_is_not_split_is_null_in_the_numbers(look: Look) -> None:
    market = Market("x:Y")
    market.apply(kline(buy_volume=None))
    (bar,) = cast("list[dict[str, object]]", Candles().numbers(market, Size(80, 24))["bars"])
    assert (bar["buy"], bar["sell"], bar["open"]) == (None, None, "100")
    assert (bar["volume"], bar["cvd"]) == ("7", None)
    assert "sides not stated yet" in text(Candles().draw(market, Size(80, 24), look))
    canvas = Candles().draw(market, Size(80, 24), look)
    assert np.isin(canvas.fg, look.volume).any()


def kline(buy_volume: float | None) -> Kline:
    """One closed minute, made up: no capture states volume without its split."""
    return Kline(
        instrument="x:Y",
        ts_event=119 * SECOND,
        ts_recv=119 * SECOND,
        interval="1m",
        start=60 * SECOND,
        end=120 * SECOND,
        open=100.0,
        high=103.0,
        low=99.0,
        close=102.0,
        volume=7.0,
        buy_volume=buy_volume,
        quote_volume=None,
        trades=None,
        closed=True,
    )


def test_the_title_tells_the_bar_and_the_axis_when_it_closes(look: Look) -> None:
    market = play(83)
    first, *rows = text(Candles().draw(market, Size(120, 30), look)).splitlines()
    assert "Candles sim:7 · 1m · O 60" in first
    tag = next(row for row, line in enumerate(rows) if "◂60" in line)
    assert rows[tag + 1].split()[-1] == "0:37"
    trades = text(Candles(timeframe="100t").draw(market, Size(120, 30), look)).splitlines()
    assert " of 100 trades" in trades[0]
    assert any(line.endswith(" %") for line in trades[1:])


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(7, "0:07"), (899, "14:59"), (14_340, "3:59:00"), (529_200, "6d 03:00")],
)
def test_a_countdown_is_that_of_a_clock(seconds: int, words: str) -> None:
    assert countdown(seconds * SECOND) == words


def test_a_title_gives_the_venue_up_before_the_prices_of_the_bar(look: Look) -> None:
    market = play(83)
    market.id = "binance-usdm:BTCUSDT"
    wide = text(Candles().draw(market, Size(120, 30), look)).splitlines()[0]
    narrow = text(Candles().draw(market, Size(80, 24), look)).splitlines()[0]
    assert wide.startswith(" Candles binance-usdm:BTCUSDT · 1m · O 60")
    assert narrow.startswith(" Candles BTCUSDT · 1m · O 60")
    assert " C 60" in narrow


def test_volume_and_delta_are_left_out_first_when_space_is_short(
    market: Market, look: Look
) -> None:
    words = [text(Candles().draw(market, Size(80, h), look)) for h in (24, 16, 8)]
    assert ["volume" in word for word in words] == [True, True, False]
    assert ["CVD" in word for word in words] == [True, False, False]


def test_the_words_below_state_the_delta_with_its_sign(market: Market, look: Look) -> None:
    bar = market.bars(parse_basis("1m")).last(1)[0]
    sign = "+" if bar.delta > 0 else "-"
    assert f"delta {sign}" in text(Candles().draw(market, Size(120, 30), look))


def test_a_gap_is_named_on_the_bars_it_touched_and_makes_the_delta_doubtful(look: Look) -> None:
    markets = Markets()
    script = list(events(7, 60))
    gap = FeedStatus("sim:7", script[-300].ts_recv, FeedState.GAP, "sequence jumped")
    markets.apply([*script[:-300], gap, *script[-300:]])
    market = markets.get("sim:7")
    picture = text(Candles(timeframe="1s").draw(market, Size(120, 30), look))
    title, chart = picture.split("\n", 1)
    assert "GAP: sequence jumped" in title
    assert "GAP" in chart
    assert "doubtful since a gap" in chart


def test_a_market_without_trades_waits_for_them(look: Look) -> None:
    assert "waiting for trades" in text(Candles().draw(None, Size(80, 24), look))
    assert "waiting for trades" in text(Candles().draw(Market("x:Y"), Size(80, 24), look))


def test_a_nonsense_timeframe_is_refused_with_words() -> None:
    with pytest.raises(ValueError, match="not a timeframe"):
        Candles(timeframe="soon")


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**12))
def test_a_range_for_a_strip_holds_its_numbers_and_ends_on_round_ones(
    low: int, height: int
) -> None:
    bottom, top = fitting_range(low, low + height)
    assert bottom <= low
    assert low + height <= top
    assert top - bottom < 2 * height + 2
    step = 10 ** max(0, len(str(height)) - 3)
    assert bottom % step == top % step == 0


@given(st.integers(1, 10**15))
def test_a_scale_of_volume_has_little_room_to_spare(most: int) -> None:
    assert 0.999 * most <= steady_volume(most) <= 1.201 * most


@pytest.mark.parametrize("timeframe", ["1s", "20t"])
@pytest.mark.parametrize("back", range(0, 60, 7))
def test_the_running_delta_is_always_inside_its_scale(
    market: Market, timeframe: str, back: int
) -> None:
    chart = chart_of(market, timeframe, 60, market.clock - back * SECOND)
    sums = chart.sums(market.cvd(chart.past.basis))
    assert sums is not None
    scale = CvdScale.of(sums, chart.past.run, chart.newest)
    values = [*sums.values.tolist(), sums.newest.value, sums.newest.value - chart.newest.delta]
    assert len(values) == len(shown(chart)) + 1
    assert all(scale.low <= value <= scale.high for value in values)
    assert all(0 <= scale.eighth(value, 3) < 24 for value in values)


@given(st.integers(1, 10**6), st.integers(1, 10**5), st.integers(1, 40))
def test_a_fitted_range_covers_the_prices_and_ends_on_round_ones(
    low: int, height: int, cells: int
) -> None:
    axis = fitting_axis(low, low + height, cells, Decimal("0.1"))
    assert axis.low <= low
    assert low + height < axis.high
    assert axis.high - axis.low < 2 * (height + 1) + 4
    assert axis.low % 10 ** max(0, len(str(height)) - 3) == 0
