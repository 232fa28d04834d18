"""Candle numbers: bars and their sums as exact decimal strings, and how far a bar has come."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from math import isnan
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from market.averages import Average, averages_of
from market.bar import Bar, Parted
from market.basis import Basis, DeltaBasis, RangeBasis, RenkoBasis, TickBasis, VolumeBasis
from market.cvd import Anchor, CvdPoint
from market.instrument import Instrument, plain
from market.market import Market
from market.oscillators import Oscillators, bollinger_of, macd_of, rsi_of
from market.valued import valued_bars, valued_cvd
from market.vwap import vwap
from market.worth import unit_of
from tui.candle.barchart import BarChart
from tui.candle.overlays import doubts
from tui.candle.strips import Strip
from tui.drawing.format import compact_size, price, signed

_ALL = 1 << 40
Rows: TypeAlias = list[dict[str, object]]
"""What is told of each bar, oldest first."""


def joined(*columns: Rows) -> Rows:
    """All that is told of each bar."""
    return [
        {name: value for part in parts for name, value in part.items()}
        for parts in zip(*columns, strict=True)
    ]


def progress(chart: BarChart) -> str:
    """How far a bar that no clock closes has come."""
    past, bar = chart.past, chart.newest
    instrument = past.instrument
    match past.basis:
        case TickBasis(trades):
            return f"{bar.trades} of {trades} trades"
        case VolumeBasis(volume):
            size = compact_size(instrument, bar.volume)
            return f"{size} of {plain(volume)} {instrument.base}".rstrip()
        case DeltaBasis(volume):
            size = signed(compact_size(instrument, bar.delta))
            return f"delta {size} of {plain(volume)} {instrument.base}".rstrip()
        case RangeBasis(ticks):
            return f"{bar.high - bar.low} of {ticks} ticks"
        case RenkoBasis() if chart.end is None:
            low, high = past.edges(bar)
            return f"next below {price(instrument, low)}, above {price(instrument, high)}"
        case _:
            return ""


def bar_numbers(instrument: Instrument, bar: Bar) -> dict[str, object]:
    """One bar; buy and sell are null where the venue does not say who the aggressor was.

    Trades are null where it does not count them, 0 of a brick that the price leapt over.
    """
    prices = {name: getattr(bar, name) for name in ("open", "high", "low", "close")}
    volumes = {"buy": bar.buy, "sell": bar.sell}
    return {
        "start": bar.start,
        **{name: plain(instrument.price(ticks)) for name, ticks in prices.items()},
        "volume": plain(instrument.size(bar.volume)),
        "trades": bar.trades or (None if bar.volume else 0),
        **{
            name: plain(instrument.size(lots)) if bar.split else None
            for name, lots in volumes.items()
        },
    }


def stated_numbers(market: Market, bars: Sequence[Bar], wanted: Collection[Strip]) -> Rows:
    """What the venue stated besides until the end of each bar, null before it did."""
    found: Rows = [{} for _ in bars]
    held, instrument = market.happenings, market.instrument
    if not bars or instrument is None:
        return found
    starts, ends = (np.array(edge, np.int64) for edge in zip(*(b[:2] for b in bars), strict=True))
    columns: dict[str, list[str | None]] = {}
    for name, series in (("interest", held.interest), ("funding", held.funding)):
        if name in wanted:
            columns[name] = [
                None if isnan(value) else plain(value) for value in series.before(ends).tolist()
            ]
    if "interest" in wanted:
        prices = [instrument.price(bar.close) for bar in bars]
        columns["quote_interest"] = [
            None if size is None else plain(Decimal(size) * price)
            for size, price in zip(columns["interest"], prices, strict=True)
        ]
    if "liquidations" in wanted:
        for sides, unit, word in (
            (held.liquidated, instrument.lot_size, ""),
            (held.liquidated_worth, unit_of(instrument), "quote_"),
        ):
            for name, side in zip(("longs", "shorts"), sides, strict=True):
                units = np.rint(side.between(starts, ends) * float(1 / unit)).astype(np.int64)
                columns[f"{word}liquidated_{name}"] = [plain(unit * n) for n in units.tolist()]
    for name, column in columns.items():
        for row, value in zip(found, column, strict=True):
            row[name] = value
    return found


def value_numbers(
    market: Market, basis: Basis, end: int | None, anchor: Anchor, since: int
) -> Rows:
    """Sizes of bars and their running sum in quote currency, and whether trades tell them all."""
    assert market.instrument is not None
    bars, sums = valued_bars(market, basis), valued_cvd(market, basis, anchor, since)
    parted, unit = bars.parted(end, _ALL), unit_of(market.instrument)
    points = sums.last(_ALL) if end is None else sums.before(end, _ALL)
    if parted is None:
        return []
    _, rough = bars.roughness()
    shown = zip((*parted.run.bars, parted.newest), points, rough[: len(points)], strict=True)
    return [
        {
            "quote_volume": plain(unit * bar.volume),
            "quote_buy": plain(unit * bar.buy) if bar.split else None,
            "quote_sell": plain(unit * bar.sell) if bar.split else None,
            "quote_cvd": plain(unit * point.value) if point.known else None,
            "quote_exact": not unsure,
        }
        for bar, point, unsure in shown
    ]


def sum_numbers(instrument: Instrument, point: CvdPoint) -> dict[str, object]:
    """Cumulative delta at the end of a bar, null as long as nobody says who the aggressors were."""
    value = plain(instrument.size(point.value)) if point.known else None
    return {"cvd": value, "cvd_reliable": point.reliable}


def average_numbers(
    instrument: Instrument, parted: Parted | None, averages: Sequence[Average]
) -> Rows:
    """Moving averages at each bar to a thousandth of a tick, null as long as there are none."""
    if parted is None:
        return []
    if not averages:
        return [{} for _ in range(len(parted.run) + 1)]
    tick, words = instrument.tick_size / 1000, [average.word for average in averages]
    columns = [_finely(tick, values) for values in averages_of(parted, averages)]
    return [{"averages": dict(zip(words, row, strict=True))} for row in zip(*columns, strict=True)]


def oscillator_numbers(instrument: Instrument, parted: Parted | None, wanted: Oscillators) -> Rows:
    """Bands and oscillators at each bar, null as long as there are none.

    Prices are told to a thousandth of a tick, the RSI to four digits after the point.
    """
    if parted is None:
        return []
    found: Rows = [{} for _ in range(len(parted.run) + 1)]
    tick = instrument.tick_size / 1000
    if wanted.bollinger is not None:
        (middle, sigma), width = bollinger_of(parted, wanted.bollinger), wanted.bollinger.deviations
        lines = {"middle": middle, "upper": middle + width * sigma, "lower": middle - width * sigma}
        _lay(found, "bollinger", {name: _finely(tick, line) for name, line in lines.items()})
    if wanted.rsi is not None:
        values = rsi_of(parted, wanted.rsi).tolist()
        for row, value in zip(found, values, strict=True):
            row["rsi"] = None if isnan(value) else f"{value:.4f}"
    if wanted.macd is not None:
        drawn = macd_of(parted, wanted.macd)
        lines = {"macd": drawn.macd, "signal": drawn.signal, "histogram": drawn.histogram}
        _lay(found, "macd", {name: _finely(tick, line) for name, line in lines.items()})
    return found


def _finely(tick: Decimal, values: NDArray[np.float64]) -> list[str | None]:
    """Ticks as prices to a thousandth of one."""
    return [
        None if isnan(value) else plain(tick * round(1000 * value)) for value in values.tolist()
    ]


def _lay(found: Rows, name: str, columns: dict[str, list[str | None]]) -> None:
    """Put several columns into rows under one name."""
    for row, values in zip(found, zip(*columns.values(), strict=True), strict=True):
        row[name] = dict(zip(columns, values, strict=True))


def vwap_numbers(
    market: Market,
    basis: Basis,
    bars: Sequence[Bar],
    numbers: NDArray[np.int64],
    anchor: Anchor,
    since: int,
) -> Rows:
    """The average at the end of each bar to a thousandth of a tick, where there is one."""
    instrument, found = market.instrument, vwap(market.trades, basis, anchor, since)
    if instrument is None or found.since is None:
        return [{} for _ in bars]
    unsure = doubts(market, bars, anchor, found.since).tolist()
    tick, made = instrument.tick_size / 1000, Rows()
    for spread, doubtful in zip(found.at(numbers), unsure, strict=True):
        row: dict[str, object] = {}
        if spread is not None:
            row = {
                "vwap": plain(tick * round(1000 * spread.mean)),
                "sigma": plain(tick * round(1000 * spread.sigma)),
                "vwap_reliable": not doubtful,
            }
        made.append(row)
    return made
