"""Flow measures: the rows of the panel, what each means and its numbers as they are written."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.bookflow import BookInterval
from market.flow import imbalance, weighted_mid
from market.flowreport import FlowReport, Speed, VpinReading
from market.instrument import Instrument
from tui.drawing.format import compact, signed
from tui.drawing.measure import Measure
from tui.drawing.spark import round_up

Floats = NDArray[np.float64]

MEASURES, BALANCES = 9, 4
"""Rows, and how many of them tell of the book; those below are of what came in."""


class Row(NamedTuple):
    """One row of the panel: its name, what that means, and the values of its sparkline."""

    name: str
    about: str
    values: Floats
    most: float
    """What fills the sparkline."""
    signed: bool = False
    unit: str = ""

    @property
    def full(self) -> str:
        """What fills the sparkline, in words."""
        number = compact(self.most, 8)
        return f"{'±' if self.signed else ''}{number} {self.unit}".rstrip()


class Told(NamedTuple):
    """The number of a row, what belongs to it, and whether that is above or below zero."""

    number: str = "-"
    detail: str = ""
    sign: float = 0.0


class Settled(NamedTuple):
    """All that a picture shows but for the book of this moment."""

    grid: Instrument
    report: FlowReport
    reading: VpinReading
    timeframe: str
    levels: int
    bps: float
    window: int
    buckets: int


def balances(settled: Settled) -> list[Row]:
    """The measures of the book, interval by interval."""
    report = settled.report
    touch = [row and row.touch for row in report.book]
    queue = [t and (t.bid_lots, t.ask_lots) for t in touch]
    # The weighted mid less the middle is half the spread times the imbalance.
    half = [np.nan if t is None else (t.ask - t.bid) / 2 for t in touch]
    lean = np.array(half, np.float64) * _shares(queue)
    near = "(B - A) / (B + A) of what rests in the best levels"
    within = "the same of all orders so near to the middle"
    best = "the same of the best bid and ask alone (Gould, Bonart)"
    drawn = "I ask + (1 - I) bid, I the bid's share; no micro-price"
    forms = (
        (f"OBI {settled.levels} levels", near, [row and row.near for row in report.book]),
        (f"OBI {settled.bps:g} bps", within, [row and row.within for row in report.book]),
        ("queue imbalance", best, queue),
    )
    measures = [Row(name, about, _shares(sums), 1.0, True) for name, about, sums in forms]
    return [*measures, Row("weighted mid", drawn, lean, _most(lean), True, "ticks")]


def balances_now(grid: Instrument, unit: Instrument, now: BookInterval | None) -> list[Told]:
    """The numbers of the book now, sums written in a unit; shares are those of sizes."""
    if now is None or now.touch is None:
        return [Told(detail="book not known")] * BALANCES
    touch = now.touch
    best = touch.bid_lots, touch.ask_lots
    written = now.near, now.within, best
    if unit is not grid:
        worth = (touch.bid * grid.tick_size, touch.ask * grid.tick_size)
        value = tuple(
            round(price * grid.size(lots) / unit.lot_size)
            for price, lots in zip(worth, best, strict=True)
        )
        written = now.near_worth, now.within_worth, (value[0], value[1])
    told: list[Told] = []
    for (bids, asks), sums in zip((now.near, now.within, best), written, strict=True):
        share = float(imbalance(bids, asks) or 0)
        sizes = " : ".join(compact(unit.size(side)) for side in sums)
        told.append(Told(f"{share:+.3f}", f"{sizes} {unit.base}", share))
    mid = weighted_mid(touch)
    lean = float(mid - Fraction(touch.bid + touch.ask, 2))
    return [*told, Told(_price(grid, mid), f"{lean:+.2f} ticks from the middle", lean)]


def flows(settled: Settled) -> list[Row]:
    """The measures of what came in, interval by interval."""
    grid, report, reading, *_ = settled
    frame, lot, base = settled.timeframe, float(grid.lot_size), _base(settled)
    worth = float(grid.tick_size / grid.lot_size)
    ofi = np.array([np.nan if row is None else row.ofi for row in report.book], np.float64) * lot
    slopes = report.slopes * worth
    gaps = np.array(reading.gaps, np.float64) / reading.bucket
    trades = report.beats.trades.astype(np.float64)
    volume = (report.beats.volume * lot).astype(np.float64)
    unit = grid
    if report.worth is not None:
        unit = Measure.QUOTE.grid(grid)
        volume = (report.worth.volume * float(unit.lot_size)).astype(np.float64)
    net = "net size come to the best bid and gone from the ask"
    line = "price change = lambda x (bought - sold), least squares"
    sides = "sum |bought - sold| / volume, buckets of equal volume"
    prints = f"prints, against the {settled.window} intervals before"
    same = "the same of volume: z = (x - mean) / deviation"
    return [
        Row(f"OFI {frame}", net, ofi, _most(ofi), True, base),
        Row("Kyle's lambda", line, slopes, _most(slopes), unit=_slope_unit(grid)),
        Row("true-sided VPIN", sides, gaps, 1.0, unit="a bucket, one bar each"),
        Row(f"speed, trades {frame}", prints, trades, _most(trades)),
        Row(f"speed, volume {frame}", same, volume, _most(volume), unit=unit.base),
    ]


def flows_now(settled: Settled) -> list[Told]:
    """The numbers of the last whole interval."""
    grid, report, reading, *_ = settled
    base, pair = _base(settled), _slope_unit(grid)
    worth = float(grid.tick_size / grid.lot_size)
    last, kyle, beta = report.last, report.kyle, report.beta
    step = f"beta {_short(float(beta.slope) * worth)}, R2 {float(beta.r2):.2f}" if beta else ""
    ofi = Told(detail="book not known")
    if last is not None:
        number = signed(compact(grid.size(last.ofi), 8))
        ofi = Told(number, f"{base} {step}".strip(), float(last.ofi))
    slope = Told(detail=f"needs {settled.window} intervals")
    if kyle is not None:
        slope = Told(_short(float(kyle.slope) * worth), f"R2 {float(kyle.r2):.2f}, {pair}")
    bucket = (
        f"{len(reading.gaps)} of {settled.buckets} x {compact(grid.size(reading.bucket))} {base}"
    )
    share = "-" if reading.value is None else f"{float(reading.value):.3f}"
    prints = f"{report.trades.value}" if report.trades else "-"
    unit, speed = grid, report.volume
    if report.worth is not None:
        unit, speed = Measure.QUOTE.grid(grid), report.worth.speed
    volume = compact(unit.size(speed.value), 8) if speed else "-"
    return [
        ofi,
        slope,
        Told(share, bucket.strip()),
        Told(prints, _z(report.trades)),
        Told(volume, f"{unit.base} {_z(speed)}".strip()),
    ]


def _base(settled: Settled) -> str:
    """What sizes are in; said even where nobody has said it, if others are in quote currency."""
    return settled.grid.base or ("base" if settled.report.worth is not None else "")


def _slope_unit(grid: Instrument) -> str:
    return f"{grid.quote} a {grid.base}" if grid.base else "price a unit"


def _shares(sums: Sequence[tuple[int, int] | None]) -> Floats:
    """Imbalances for a sparkline, NaN where one is not known."""
    known = [pair or (0, 0) for pair in sums]
    return np.array([(b - a) / (b + a) if b + a else np.nan for b, a in known], np.float64)


def _most(values: Floats) -> float:
    """What fills a sparkline: the largest value, rounded up so that it rests."""
    known = np.abs(values[~np.isnan(values)])
    return round_up(float(known.max())) if len(known) else 1.0


@lru_cache(maxsize=64)
def _price(grid: Instrument, ticks: Fraction) -> str:
    """A price between ticks, with two digits more than the grid has."""
    exact = Decimal(ticks.numerator) * grid.tick_size / Decimal(ticks.denominator)
    return f"{exact:.{grid.price_decimals + 1}f}"


def _short(value: float) -> str:
    return f"{value:+.3g}"


def _z(speed: Speed | None) -> str:
    if speed is None:
        return ""
    return "z not known yet" if speed.z is None else f"z {speed.z:+.2f}"
