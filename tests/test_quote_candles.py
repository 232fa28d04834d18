"""Candles in quote currency are the exact sums of size times price, trade by trade."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.simulate import events
from market.basis import TickBasis, TimeBasis, parse_basis
from market.cvd import Anchor
from market.events import FeedState, Kline, Liquidation, OpenInterest, Side
from market.instrument import Instrument
from market.market import Market
from market.worth import unit_of, worth_of
from tests.captures import needs_captures
from tests.oracle.footprint import Print
from tests.oracle.prints import recorded
from tests.oracle.quote import says
from tests.scenes import (
    MINUTE,
    NAME,
    SECOND,
    START,
    lines,
    listed,
    market_of,
    row_of,
    same,
    simulated,
    status,
    traded,
)
from tests.test_oracle_quote import Held, simulation
from tui.drawing.look import ColorDepth
from tui.drawing.measure import Measure
from tui.pane import Size
from tui.panes.candles import Candles
from tui.panes.footprint import FootprintPane
from tui.scope import Scope
from tui.themes import load_look

BASE = load_look("dark", ColorDepth.MONO)
QUOTE = load_look("dark", ColorDepth.MONO, measure=Measure.QUOTE)
SIZE = Size(160, 50)
Sums = dict[int, tuple[Decimal, Decimal, int]]
"""By bar: what was sold and bought was worth, and how many trades there were."""


@pytest.fixture(
    params=[
        "sim:7",
        pytest.param(("binance_usdm/btcusdt_20240808.jsonl.gz", 6_000), marks=needs_captures),
        pytest.param(("kraken/futures_cf_20210722.jsonl.gz", 6_000), marks=needs_captures),
        pytest.param(("bitfinex/cf_20210405_120s.jsonl.gz", 4_000), marks=needs_captures),
        pytest.param(("bitmex/cf_20210405_120s.jsonl.gz", 8_000), marks=needs_captures),
    ],
    ids=["sim", "binance", "kraken", "bitfinex", "bitmex"],
)
def held(request: pytest.FixtureRequest) -> Held:
    """A market, its grids and its trades; of kraken and bitmex contracts are inverse."""
    if request.param == "sim:7":
        return simulation()
    market, prints = recorded(*request.param)
    assert market.instrument is not None
    return market, market.instrument, prints


def by_bar(prints: Sequence[Print], word: str) -> Sums:
    """What each bar of time or trades was worth, from the definition."""
    basis, sums = parse_basis(word), Sums()
    for number, one in enumerate(prints):
        assert isinstance(basis, TimeBasis | TickBasis)
        length = basis.interval if isinstance(basis, TimeBasis) else basis.trades
        key = (one.ts if isinstance(basis, TimeBasis) else number) // length
        sold, bought, count = sums.get(key, (Decimal(0), Decimal(0), 0))
        value = one.price * one.size
        sums[key] = (
            sold + (Decimal(0) if one.bought else value),
            bought + (value if one.bought else Decimal(0)),
            count + 1,
        )
    return dict(sorted(sums.items()))


def told(market: Market, **settings: object) -> list[dict[str, str]]:
    bars = Candles(**settings).numbers(market, SIZE)["bars"]  # type: ignore[arg-type]
    assert isinstance(bars, list)
    return bars


def near(text: str, value: Decimal, trades: int, instrument: Instrument) -> bool:
    """Whether a value is exact, or where values are rounded as exact as that lets it be."""
    rounded = worth_of(instrument) > 1
    return abs(Decimal(text) - value) <= trades * unit_of(instrument) / 2 * rounded


@pytest.mark.parametrize("word", ["1s", "10s", "50t"])
def test_every_bar_is_worth_what_its_trades_were(held: Held, word: str) -> None:
    market, grid, prints = held
    sums, bars = by_bar(prints, word), told(market, timeframe=word)
    seen = [bar for bar in bars if bar["quote_exact"]]
    assert len(sums) - len(seen) <= 1, "the first bar may be the venue's own candle"
    running, trades = Decimal(0), 0
    skipped = len(sums) - len(seen)
    for bar, (sold, bought, count) in zip(seen, list(sums.values())[skipped:], strict=True):
        running, trades = running + bought - sold, trades + count
        assert near(bar["quote_sell"], sold, count, grid)
        assert near(bar["quote_buy"], bought, count, grid)
        assert near(bar["quote_volume"], sold + bought, count, grid)
        if len(seen) == len(bars):
            assert near(bar["quote_cvd"], running, trades, grid)


@pytest.mark.parametrize("word", ["30v", "9r", "11n", "7b"])
def test_bars_of_every_sort_are_worth_together_what_all_trades_were(held: Held, word: str) -> None:
    market, grid, prints = held
    bars = told(market, timeframe=word)
    assert all(bar["quote_exact"] for bar in bars)
    if sum(int(bar["trades"] or 0) for bar in bars) < len(prints):
        assert word == "7b", "of bricks of 0.00000007 only the newest are held"
        return
    bought = sum((one.price * one.size for one in prints if one.bought), Decimal(0))
    sold = sum((one.price * one.size for one in prints if not one.bought), Decimal(0))
    for name, value in (("buy", bought), ("sell", sold), ("volume", bought + sold)):
        whole = sum((Decimal(bar[f"quote_{name}"]) for bar in bars), Decimal(0))
        assert near(f"{whole:f}", value, len(prints), grid)
    assert near(bars[-1]["quote_cvd"], bought - sold, len(prints), grid)


@pytest.mark.parametrize("anchor", ["session", "week"])
def test_the_running_sum_begins_at_its_anchor(anchor: Anchor) -> None:
    trades = [(float(n), 100.0 + n % 3, 1.0 if n % 3 else -2.0) for n in range(0, 260_000, 9_000)]
    market = market_of(trades)
    length, first = (7 * 86_400, 4 * 86_400) if anchor == "week" else (86_400, 0)
    running: dict[int, Decimal] = defaultdict(Decimal)
    for bar, (after, price, size) in zip(
        told(market, timeframe="1m", anchor=anchor), trades, strict=True
    ):
        key = (START // SECOND + int(after) - first) // length
        running[key] += Decimal(str(price)) * Decimal(str(size))
        assert Decimal(bar["quote_cvd"]) == running[key]


def test_the_strips_write_what_the_numbers_are_and_the_title_says_in_what(held: Held) -> None:
    market, grid, prints = held
    canvas = Candles(timeframe="10s").draw(market, SIZE, QUOTE)
    shown, newest = lines(canvas), told(market, timeframe="10s")[-1]
    title = f"size in {grid.quote}" if grid.quote else "size x price"
    assert title in shown[0].replace("~", "")
    volume = shown[row_of(canvas, "volume ")]
    assert grid.quote in volume
    words = volume.split()
    assert says(words[words.index("sell") + 1], Decimal(newest["quote_sell"]))
    assert says(words[words.index("buy") + 1], Decimal(newest["quote_buy"]))
    cvd = shown[row_of(canvas, "CVD ")].split()
    assert says(cvd[cvd.index("CVD") + 1], Decimal(newest["quote_cvd"]))
    assert prints


def test_what_is_not_a_size_stays() -> None:
    market = simulated()
    size, wanted = Size(120, 40), Candles(timeframe="5s")
    base, quote = wanted.draw(market, size, BASE), wanted.draw(market, size, QUOTE)
    chart = row_of(base, "volume")
    assert chart == row_of(quote, "volume")
    assert (base.glyph[1:chart] == quote.glyph[1:chart]).all()
    again = wanted.draw(market, size, BASE)
    assert same(base, again)


def stated(kline: tuple[float, float | None], seen: Sequence[tuple[float, float]]) -> Market:
    """A gap of which the venue's candle tells volume and bought, with these trades around it."""
    market = Market(NAME)
    listed(market)
    status(market, FeedState.LIVE)
    traded(market, [(-70.0, 100.0, 1.0), *((1.0 + n, *one) for n, one in enumerate(seen))])
    status(market, FeedState.GAP, "lost")
    status(market, FeedState.LIVE)
    traded(market, [(61.0, 100.0, 1.0)])
    volume, bought = kline
    market.apply(
        Kline(
            *(NAME, START, START, "1m", START, START + MINUTE, 100.0, 104.0, 99.0, 103.0, volume),
            *(bought, None, None, True),
        )
    )
    return market


prices = st.integers(198, 208).map(lambda half: half / 2)
sizes = st.sampled_from([-2.0, -1.0, 1.0, 3.0])


@given(
    st.lists(st.tuples(prices, sizes), min_size=1, max_size=8),
    st.integers(0, 9),
    st.booleans(),
)
def test_what_no_trade_was_seen_of_is_worth_the_mean_of_the_candle(
    seen: list[tuple[float, float]], more: int, sided: bool
) -> None:
    bought = sum((size for _, size in seen if size > 0), 0.0) + more
    sold = sum((-size for _, size in seen if size < 0), 0.0)
    market = stated((bought + sold, bought if sided else None), seen)
    bar = next(bar for bar in told(market, timeframe="1m") if int(bar["start"]) == START)
    typical = (Decimal(104) + 99 + 103) / 3
    value = sum((Decimal(str(price)) * abs(Decimal(size)) for price, size in seen), Decimal(0))
    assert abs(Decimal(bar["quote_volume"]) - (value + more * typical)) < Decimal("0.001")
    assert bool(bar["quote_exact"]) == (more == 0)
    assert (bar["quote_buy"] is None) == (not sided)
    title = lines(Candles().draw(market, Size(100, 30), QUOTE))[0]
    assert ("size in ~USDT" in title) == (more > 0)


def test_forced_orders_and_open_interest_are_worth_their_prices() -> None:
    market = simulated()
    bars = told(market, timeframe="15s", liquidations=True, interest=True)
    sides: dict[tuple[int, Side], Decimal] = defaultdict(Decimal)
    for event in events(7, 300.0):
        if isinstance(event, Liquidation):
            value = Decimal(str(event.price)) * Decimal(str(event.size))
            sides[event.ts_event // (15 * SECOND), event.side] += value
    assert sides
    for bar in bars:
        key = int(bar["start"]) // (15 * SECOND)
        assert Decimal(bar["quote_liquidated_longs"]) == sides[key, Side.SELL]
        assert Decimal(bar["quote_liquidated_shorts"]) == sides[key, Side.BUY]
        if bar["interest"] is not None:
            worth = Decimal(bar["interest"]) * Decimal(bar["close"])
            assert Decimal(bar["quote_interest"]) == worth
    pane = Candles(timeframe="15s", liquidations=True, interest=True)
    said = "\n".join(lines(pane.draw(market, Size(120, 60), QUOTE)))
    assert "open interest USDT · 4.4" in said
    assert "liquidations USDT · longs" in said


def test_open_interest_in_quote_steps_from_close_to_close() -> None:
    market = market_of([(0, 100.0, 1.0), (10, 110.0, 1.0), (20, 120.0, 1.0)])
    for after, size in ((1, 10.0), (11, 10.0), (21, 20.0)):
        at = START + after * SECOND
        market.apply(OpenInterest(NAME, at, at, size))
    pane = Candles(timeframe="10s", interest=True)
    said = "\n".join(lines(pane.draw(market, Size(120, 50), QUOTE)))
    assert "open interest USDT · 2400 · change +1300" in said


def test_the_crosshair_and_the_ruler_tell_values_too() -> None:
    market = market_of([(n, 100.0 + n % 3, 1.0) for n in range(30)])
    pane = Candles(timeframe="10s").cross_moved(market, SIZE, 0, 0)
    bar = told(market, timeframe="10s")[-1]
    shown = lines(pane.draw(market, SIZE, QUOTE))[1]
    assert says(shown.partition(" V ")[2].split()[0], Decimal(bar["quote_volume"]))
    ruled = Candles(timeframe="10s", ruler_time=START, ruler_price=200)
    said = "\n".join(lines(ruled.draw(market, SIZE, QUOTE)))
    whole = sum((Decimal(bar["quote_volume"]) for bar in told(market, timeframe="10s")), Decimal(0))
    assert says(said.partition("· V ")[2].split()[0], whole)
    assert "USDT Δ" in said.partition("· V ")[2]


def test_the_footprint_sums_values_up_as_candles_do(held: Held) -> None:
    market, _, prints = held
    pane = FootprintPane(timeframe="10s", sums="cvd", anchor="none", bars=1)
    shown = lines(pane.draw(market, Size(70, 40), QUOTE))
    newest = next(line for line in shown if line.lstrip().startswith("CVD"))
    told_now = told(market, timeframe="10s")[-1]
    assert says(newest.split()[-1].lstrip("~?"), Decimal(told_now["quote_cvd"]))
    assert prints


def test_a_sum_of_the_footprint_is_rough_where_candles_of_the_venue_are_in_it() -> None:
    market = stated((4.0, 3.0), [(100.0, 1.0)])
    pane = FootprintPane(timeframe="1m", sums="cvd", anchor="none")
    shown = lines(pane.draw(market, Size(90, 30), QUOTE))
    newest = next(line for line in shown if line.lstrip().startswith("CVD"))
    sums = newest.split()[1:]
    assert [text.startswith("~") for text in sums] == [False, True, True]


def test_under_sums_of_several_markets_the_crosshair_tells_values_of_its_own() -> None:
    market, other = simulated(), simulated(8)
    scope = Scope(market, (market, other))
    pane = Candles(timeframe="10s", venues="all").cross_moved(market, SIZE, 0, 0)
    shown = lines(pane.draw_all(scope, SIZE, QUOTE))
    newest = told(market, timeframe="10s")[-1]
    assert " O 60" in shown[1]
    assert says(shown[1].partition(" V ")[2].split()[0], Decimal(newest["quote_volume"]))
    assert "size in USDT" in shown[0]
