"""Flow numbers: the measures of a flow report as exact decimal strings, for scripts.

Fractions and square roots are told to twelve digits; sums, prices and sizes are exact.
"""

from decimal import Context, Decimal
from fractions import Fraction
from typing import Final

from market.bookflow import BookInterval
from market.flow import imbalance, weighted_mid
from market.flowreport import FlowReport, Speed, VpinReading
from market.instrument import Instrument, plain
from market.worth import unit_of
from tui.drawing.format import price

_ROUNDED: Final = Context(prec=12)


def flow_numbers(
    grid: Instrument, report: FlowReport, now: BookInterval | None, reading: VpinReading
) -> dict[str, object]:
    """Every interval, the book now, and the measures at the end of the last interval."""
    worth = grid.tick_size / grid.lot_size
    numbers = range(report.first, report.stop)
    unit, valued = unit_of(grid), report.worth
    return {
        "intervals": [_interval_numbers(grid, report, number) for number in numbers],
        "now": {} if now is None else _book_numbers(grid, now),
        "measures": {
            "kyle_lambda": report.kyle and _decimal(report.kyle.slope, worth),
            "kyle_r2": report.kyle and _decimal(report.kyle.r2),
            "ofi_beta": report.beta and _decimal(report.beta.slope, worth),
            "ofi_r2": report.beta and _decimal(report.beta.r2),
            "vpin": None if reading.value is None else _decimal(reading.value),
            "vpin_bucket": plain(grid.size(reading.bucket)),
            "vpin_buckets": len(reading.gaps),
            "trades": report.trades and report.trades.value,
            "trades_z": _score(report.trades),
            "volume": report.volume and plain(grid.size(report.volume.value)),
            "volume_z": _score(report.volume),
            "quote_volume": valued and valued.speed and plain(unit * valued.speed.value),
            "quote_volume_z": _score(valued and valued.speed),
        },
    }


def _score(speed: Speed | None) -> str | None:
    if speed is None or speed.z is None:
        return None
    return plain(_ROUNDED.create_decimal_from_float(speed.z))


def _decimal(value: Fraction, worth: Decimal = Decimal(1)) -> str:
    top = _ROUNDED.multiply(Decimal(value.numerator), worth)
    return plain(_ROUNDED.divide(top, Decimal(value.denominator)))


def _interval_numbers(grid: Instrument, report: FlowReport, number: int) -> dict[str, object]:
    row, beats = report.book[number - report.first], report.beats
    at = number - beats.first
    told: dict[str, object] = {"start": number * report.settings.interval}
    if row is not None:
        told |= _book_numbers(grid, row)
        told["ofi"] = plain(grid.size(row.ofi))
    if 0 <= at < len(beats.trades):
        told["close"] = price(grid, int(beats.close[at]))
        told["delta"] = plain(grid.size(int(beats.signed[at])))
        told["volume"] = plain(grid.size(int(beats.volume[at])))
        told["trades"] = int(beats.trades[at])
    if report.worth is not None and 0 <= at < len(report.worth.volume):
        told["quote_delta"] = plain(unit_of(grid) * int(report.worth.signed[at]))
        told["quote_volume"] = plain(unit_of(grid) * int(report.worth.volume[at]))
    return told


def _book_numbers(grid: Instrument, row: BookInterval) -> dict[str, object]:
    """The book's own measures, none where a side is empty."""
    touch = row.touch
    if touch is None:
        return {}
    return {
        "bid": price(grid, touch.bid),
        "bid_size": plain(grid.size(touch.bid_lots)),
        "ask": price(grid, touch.ask),
        "ask_size": plain(grid.size(touch.ask_lots)),
        "queue_imbalance": _share(touch.bid_lots, touch.ask_lots),
        "depth_imbalance": _share(*row.near),
        "distance_imbalance": _share(*row.within),
        "weighted_mid": _decimal(weighted_mid(touch), grid.tick_size),
    }


def _share(bid_lots: int, ask_lots: int) -> str | None:
    share = imbalance(bid_lots, ask_lots)
    return None if share is None else _decimal(share)
