"""Event words: what speaks for a finding, in words and in exact numbers."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from market.detectors.found import (
    Absorption,
    Divergence,
    Exhaustion,
    Finding,
    Iceberg,
    LargeLot,
    LiquidationBurst,
    PulledWall,
    Sweep,
    value_of,
)
from market.instrument import Instrument, plain
from tui.drawing.format import age, compact_size, duration
from tui.drawing.measure import Measure

_SECOND = 1_000_000_000
_CELLS = 6
"""Of values in words."""


def lots_of(instrument: Instrument, finding: Finding, measure: Measure) -> int:
    """How large a finding is in lots of the grid that numbers are written in."""
    if measure is Measure.BASE:
        return finding.lots
    return round(value_of(finding) / measure.worth(instrument))


class _Sizes(NamedTuple):
    """How the sizes of a finding are written: as they are, or as what they are worth."""

    instrument: Instrument
    measure: Measure
    finding: Finding

    def at(self, lots: int) -> str:
        """A size at the price of the finding."""
        if self.measure is Measure.BASE:
            return _size(self.instrument, lots)
        return self.worth(self.finding.ticks * lots)

    def worth(self, value: int) -> str:
        """What ticks times lots are worth."""
        unit = self.measure.grid(self.instrument)
        return compact_size(unit, abs(round(value / self.measure.worth(self.instrument))), _CELLS)

    @property
    def own(self) -> str:
        """How large the finding is."""
        if self.measure is Measure.BASE:
            return _size(self.instrument, self.finding.lots)
        return self.worth(value_of(self.finding))

    @property
    def threshold(self) -> str:
        """What a large lot is above: a percentile of sizes, which were of many prices."""
        assert isinstance(self.finding, LargeLot)
        most = _size(self.instrument, self.finding.threshold)
        return most if self.measure is Measure.BASE else f"{most} {self.instrument.base or 'base'}"

    @property
    def rows(self) -> str:
        """The sizes of the rows into an extreme, the last one at it."""
        found = self.finding
        assert isinstance(found, Exhaustion)
        if self.measure is Measure.BASE:
            return " › ".join(_size(self.instrument, lots) for lots in (*found.before, found.lots))
        return " › ".join(self.worth(value) for value in (*found.values_before, found.value))


def evidence(
    instrument: Instrument, finding: Finding, measure: Measure = Measure.BASE
) -> Sequence[str]:
    """What speaks for a finding, the weightiest first, its sizes written as asked for."""
    price, sizes = partial(_price, instrument), _Sizes(instrument, measure, finding)
    size, lasted = sizes.at, _span(finding.ts - finding.began)
    match finding:
        case Sweep():
            taken = "at once" if finding.ts == finding.began else f"in {lasted}"
            return f"{finding.levels} prices {taken}", f"from {price(finding.first)}"
        case LargeLot():
            above = (f"most are up to {sizes.threshold}",) if finding.threshold else ()
            return f"{finding.prints} print{'s' * (finding.prints > 1)}", *above
        case Iceberg():
            shown = f"showed {size(finding.shown)} at most"
            return f"hid {size(finding.hidden)}", shown, f"{finding.refills} refills", lasted
        case Absorption():
            return f"showed {size(finding.shown)} at most", f"in {lasted}", "price held"
        case Exhaustion():
            side, end = ("bought", "high") if finding.high else ("sold", "low")
            return f"{side} {sizes.rows}", f"into the {end}"
        case PulledWall():
            pulled, away = finding.pulled_percent, plain(finding.distance * instrument.tick_size)
            shares = f"{pulled}% pulled", f"{100 - pulled}% traded"
            return lasted, *shares, f"{away} away"
        case Divergence():
            word = "higher high" if finding.lots < 0 else "lower low"
            change = finding.lots if measure is Measure.BASE else finding.value
            sign = "-" if change < 0 else "+"
            return f"{word} than {price(finding.before)}", f"CVD {sign}{sizes.own}"
        case LiquidationBurst():
            side = "buys" if finding.lots > 0 else "sells"
            return f"{finding.orders} forced {side}", f"in {lasted}"


def exact(instrument: Instrument, finding: Finding) -> dict[str, object]:
    """A finding with prices and sizes as exact decimal strings."""
    price, size = instrument.price, instrument.size
    row: dict[str, object] = {
        "ts_event": finding.ts,
        "began": finding.began,
        "price": plain(price(finding.ticks)),
        "size": plain(size(abs(finding.lots))),
        "quote_size": plain(instrument.tick_size * size(1) * abs(value_of(finding))),
        "side": "buy" if finding.lots > 0 else "sell",
    }
    match finding:
        case Sweep():
            row |= {"first": plain(price(finding.first)), "levels": finding.levels}
        case LargeLot():
            row |= {"prints": finding.prints, "threshold": plain(size(finding.threshold))}
        case Iceberg():
            row |= {"hidden": plain(size(finding.hidden)), "shown": plain(size(finding.shown))}
            row |= {"refills": finding.refills}
        case Absorption():
            row |= {"shown": plain(size(finding.shown))}
        case Exhaustion():
            row |= {"before": [plain(size(abs(lots))) for lots in finding.before]}
        case PulledWall():
            row |= {"traded": plain(size(finding.traded)), "pulled": plain(size(finding.pulled))}
            row |= {"distance": plain(price(finding.distance))}
        case Divergence():
            row |= {"before": plain(price(finding.before)), "bar": finding.at}
        case LiquidationBurst():
            row |= {"orders": finding.orders}
    return row


def _price(instrument: Instrument, ticks: int) -> str:
    return plain(instrument.price(ticks))


def _size(instrument: Instrument, lots: int) -> str:
    """A size without its sign and without zeros that say nothing."""
    return f"{instrument.size(abs(lots)).normalize():f}"


def _span(ns: int) -> str:
    """How long something lasted, with tenths where it was seconds."""
    return age(ns) if _SECOND <= ns < 10 * _SECOND else duration(ns)
