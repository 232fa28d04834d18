"""Event words: what speaks for a finding, in words and in exact numbers."""

from collections.abc import Sequence
from functools import partial

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
)
from market.instrument import Instrument, plain
from tui.drawing.format import age, duration

_SECOND = 1_000_000_000


def evidence(instrument: Instrument, finding: Finding) -> Sequence[str]:
    """What speaks for a finding, the weightiest first."""
    price, size = partial(_price, instrument), partial(_size, instrument)
    lasted = _span(finding.ts - finding.began)
    match finding:
        case Sweep():
            taken = "at once" if finding.ts == finding.began else f"in {lasted}"
            return f"{finding.levels} prices {taken}", f"from {price(finding.first)}"
        case LargeLot():
            above = (f"most are up to {size(finding.threshold)}",) if finding.threshold else ()
            return f"{finding.prints} print{'s' * (finding.prints > 1)}", *above
        case Iceberg():
            shown = f"showed {size(finding.shown)} at most"
            return f"hid {size(finding.hidden)}", shown, f"{finding.refills} refills", lasted
        case Absorption():
            return f"showed {size(finding.shown)} at most", f"in {lasted}", "price held"
        case Exhaustion():
            first, second = map(size, finding.before)
            side, end = ("bought", "high") if finding.high else ("sold", "low")
            return f"{side} {first} › {second} › {size(finding.lots)}", f"into the {end}"
        case PulledWall():
            pulled, away = finding.pulled_percent, plain(finding.distance * instrument.tick_size)
            shares = f"{pulled}% pulled", f"{100 - pulled}% traded"
            return lasted, *shares, f"{away} away"
        case Divergence():
            word = "higher high" if finding.lots < 0 else "lower low"
            sign = "-" if finding.lots < 0 else "+"
            return f"{word} than {price(finding.before)}", f"CVD {sign}{size(finding.lots)}"
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
