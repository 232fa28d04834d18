"""Candle numbers: bars and their sums as exact decimal strings, and how far a bar has come."""

from collections.abc import Collection, Sequence
from math import isnan

import numpy as np

from market.bars import Bar
from market.basis import Basis, RangeBasis, TickBasis, VolumeBasis
from market.cvd import CvdPoint
from market.instrument import Instrument, plain
from market.market import Market
from market.vwap import Spread
from tui.format import compact_size
from tui.strips import Strip


def progress(instrument: Instrument, basis: Basis, bar: Bar) -> str:
    """How far a bar that no clock closes has come."""
    match basis:
        case TickBasis(trades):
            return f"{bar.trades} of {trades} trades"
        case VolumeBasis():
            size = compact_size(instrument, bar.volume)
            return f"{size} of {plain(basis.volume)} {instrument.base}".rstrip()
        case RangeBasis(ticks):
            return f"{bar.high - bar.low} of {ticks} ticks"
        case _:
            return ""


def bar_numbers(instrument: Instrument, bar: Bar) -> dict[str, object]:
    """One bar; buy and sell are null where the venue does not say who the aggressor was.

    Trades are null where it does not count them.
    """
    prices = {name: getattr(bar, name) for name in ("open", "high", "low", "close")}
    volumes = {"buy": bar.buy, "sell": bar.sell}
    return {
        "start": bar.start,
        **{name: plain(instrument.price(ticks)) for name, ticks in prices.items()},
        "volume": plain(instrument.size(bar.volume)),
        "trades": bar.trades or None,
        **{
            name: plain(instrument.size(lots)) if bar.split else None
            for name, lots in volumes.items()
        },
    }


def stated_numbers(
    market: Market, bars: Sequence[Bar], wanted: Collection[Strip]
) -> list[dict[str, object]]:
    """What the venue stated besides until the end of each bar, null before it did."""
    found: list[dict[str, object]] = [{} for _ in bars]
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
    if "liquidations" in wanted:
        for name, side in zip(("longs", "shorts"), held.liquidated, strict=True):
            lots = np.rint(side.between(starts, ends) * instrument.size_scale).astype(np.int64)
            columns[f"liquidated_{name}"] = [plain(instrument.size(n)) for n in lots.tolist()]
    for name, column in columns.items():
        for row, value in zip(found, column, strict=True):
            row[name] = value
    return found


def sum_numbers(
    instrument: Instrument, point: CvdPoint, average: Spread | None
) -> dict[str, object]:
    """The sums at the end of a bar; the average to a thousandth of a tick where one is shown.

    Cumulative delta is null as long as the venue does not say who the aggressors were.
    """
    found: dict[str, object] = {
        "cvd": plain(instrument.size(point.value)) if point.known else None,
        "cvd_reliable": point.reliable,
    }
    if average is not None:
        tick = instrument.tick_size / 1000
        for name, ticks in (("vwap", average.mean), ("sigma", average.sigma)):
            found[name] = plain(tick * round(1000 * ticks))
    return found
