"""Candle numbers: bars and their sums as exact decimal strings, and how far a bar has come."""

from market.bars import Bar
from market.basis import Basis, RangeBasis, TickBasis, VolumeBasis
from market.cvd import CvdPoint
from market.instrument import Instrument, plain
from market.vwap import Spread
from tui.format import compact_size


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
    """One bar; volumes are null where the venue does not say who the aggressor was."""
    prices = {name: getattr(bar, name) for name in ("open", "high", "low", "close")}
    volumes = {"buy": bar.buy, "sell": bar.sell}
    return {
        "start": bar.start,
        **{name: plain(instrument.price(ticks)) for name, ticks in prices.items()},
        **{
            name: plain(instrument.size(lots)) if bar.split else None
            for name, lots in volumes.items()
        },
    }


def sum_numbers(
    instrument: Instrument, point: CvdPoint, average: Spread | None
) -> dict[str, object]:
    """The sums at the end of a bar; the average to a thousandth of a tick where one is shown."""
    found: dict[str, object] = {
        "cvd": plain(instrument.size(point.value)),
        "cvd_reliable": point.reliable,
    }
    if average is not None:
        tick = instrument.tick_size / 1000
        for name, ticks in (("vwap", average.mean), ("sigma", average.sigma)):
            found[name] = plain(tick * round(1000 * ticks))
    return found
