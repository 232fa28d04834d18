"""Steps of settings: the next value of one to the left or right, whatever its type, and resets.

Where a key of the pane changes a setting too, a step is that key's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

from feeds.errors import ConfigError
from tui.cells.sums import SUMS, parse_sums
from tui.keys import adjust, crossing
from tui.keys.browsing import Browsed
from tui.keys.heat import raised
from tui.pane import Pane, Size
from tui.scope import Scope
from tui.settings.words import AUTOMATIC, Setting, set_one, setting, settings_of, worded

P = TypeVar("P", bound=Pane)

PLACES: Final = frozenset(
    {
        "until",
        "center",
        "anchored",
        "at",
        "cross_price",
        "cross_time",
        "query",
        "ruler_price",
        "ruler_time",
    }
)
"""Settings that say where a pane looks rather than how: no other pane is to look there too."""

STUDIES: Final = {
    "averages": ("off", "20", "20,50", "20,50,200", "e20", "e20,e50"),
    "bollinger": ("off", "20,2", "20,2.5", "50,2"),
    "rsi": ("off", "14", "7", "21"),
    "macd": ("off", "12,26,9", "5,35,5"),
}
"""Of all moving averages, bands and oscillators, those that a step leads to."""
ZONES: Final = (AUTOMATIC[0], "UTC", "local", "exchange")
"""Of all zones, those that a step leads to."""
_FIRST: Final = {"large_value": "1000", "least_value": "100", "notional": "1000"}
"""The least size above none of those settings that are worth more than a hundredth."""
_FINEST: Final = Decimal("0.001")
_NO_FURTHER: Final = "no further step: Enter types what it is to be"


class Sight(NamedTuple):
    """What a pane sees while it is being set."""

    scope: Scope
    size: Size
    drawn: Pane
    """The pane as it is on the screen, which may be held in a pause."""


def settings_for(kind: type[Pane]) -> list[Setting]:
    """The settings of a pane class in the order declared; first how, then where it looks.

    Those that change nothing in this pane come last.
    """
    found = [setting(kind, name) for name in settings_of(kind)]
    return sorted(found, key=lambda one: (one.idle, one.key in PLACES))


def word_of(pane: Pane, key: str) -> str:
    """The word that sets a setting to what it is now."""
    return worded(getattr(pane, key))


def stepped(pane: P, wanted: Setting, steps: int, sight: Sight) -> P:
    """The pane with the next value of a setting, or the one before where `steps` is -1.

    Choices go round; numbers end with the last that is accepted, and before the least of one that
    the pane can choose itself comes `auto`. ConfigError says why there is no such value.
    """
    now = word_of(pane, wanted.key)
    if wanted.idle:
        raise ConfigError(wanted.meaning)
    if wanted.choices:
        return set_one(pane, wanted.key, _around(wanted.choices, now, steps))
    known = _keyed(pane, wanted.key, steps, sight)
    if known == pane and wanted.numeric and wanted.key not in PLACES:
        return _first_accepted(pane, wanted.key, _numbers(wanted, now, steps))
    known = _worded(pane, wanted.key, steps, sight) if known == pane else known
    if known == pane:
        raise ConfigError(_NO_FURTHER)
    return known


def reset(pane: P, key: str) -> P:
    """The pane with one setting as it is by default."""
    return _with(pane, {key: getattr(type(pane)(), key)})


def alike(pane: P, model: P) -> P:
    """The pane with the settings of another of its kind; it looks where it did."""
    names = [name for name in settings_of(type(model)) if name not in PLACES]
    return _with(pane, {name: getattr(model, name) for name in names})


def _around(words: Sequence[str], now: str, steps: int) -> str:
    at = words.index(now) + steps if now in words else 0
    return words[at % len(words)]


def _keyed(pane: P, key: str, steps: int, sight: Sight) -> P:
    """The step that a key of the pane makes, where one changes this setting too."""
    market, size = sight.scope.market, sight.size
    match key:
        case "grouping":
            return adjust.coarser(pane, market, size, steps)
        case "timeframe":
            return adjust.longer(pane, steps, market)
        case "floor" | "ceiling":
            return raised(pane, key, steps)
        case "until":
            shown = adjust.shown_until(sight.drawn)
            held = pane if shown is None else adjust.held(pane, shown)
            return adjust.scrolled(held, market, size, steps)
        case "center":
            return adjust.raised(pane, market, size, steps)
        case "cross_time":
            return crossing.moved(pane, sight.drawn, market, size, steps, 0)
        case "cross_price":
            return crossing.moved(pane, sight.drawn, market, size, 0, steps)
        case "at":
            return pane.moved(sight.scope, steps) if isinstance(pane, Browsed) else pane
    return pane


def _mark(pane: P, key: str, steps: int, sight: Sight) -> P:
    """Move a beginning by a bar or by a row; one that is not there yet is put on the newest."""
    market = sight.scope.market
    if market is None or market.last is None:
        return pane
    now: int | None = getattr(pane, key)
    if now is not None:
        rows = adjust.grouping_shown(pane, market, sight.size)
        step = rows if key == "ruler_price" else adjust.bar_length(pane, market)
        return _with(pane, {key: max(0, now + steps * step)})
    if key == "anchored":
        return _with(pane, {key: market.clock})
    # One without the other would be no place.
    return _with(pane, {"ruler_time": market.clock, "ruler_price": market.last.ticks})


def _worded(pane: P, key: str, steps: int, sight: Sight) -> P:
    """The step of a setting of its own kind, where it has an order."""
    now = word_of(pane, key)
    match key:
        case "anchored" | "ruler_time" | "ruler_price":
            return _mark(pane, key, steps, sight)
        case "one" | "two":
            watched = (AUTOMATIC[0], *(market.id for market in sight.scope.markets))
            return set_one(pane, key, _around(watched, now, steps))
        case "averages" | "bollinger" | "rsi" | "macd":
            return set_one(pane, key, _around(STUDIES[key], now, steps))
        case "zone":
            return set_one(pane, key, _around(ZONES, now, steps))
        case "sums":
            return set_one(pane, key, _more(now, steps))
        case "window" | "length":
            return set_one(pane, key, adjust.next_length(now, steps))
    return pane


def _more(now: str, steps: int) -> str:
    """One more of the rows of sums, or one less."""
    shown = parse_sums(now)
    missing = [name for name in SUMS if name not in shown]
    rows = (*shown, *missing[:1]) if steps > 0 else shown[:-1]
    return ",".join(rows) or "none"


def _first_accepted(pane: P, key: str, words: Iterator[str]) -> P:
    refused = ConfigError(_NO_FURTHER)
    for number, word in enumerate(words):
        try:
            return set_one(pane, key, word)
        except ConfigError as error:
            if not number:
                refused = error
    raise refused


def _numbers(wanted: Setting, now: str, steps: int) -> Iterator[str]:
    """Words to try in turn for the next number."""
    first = Decimal(_FIRST.get(wanted.key, "0.01"))
    whole = wanted.whole
    if now == AUTOMATIC[0]:
        yield from ("1", "50") if whole else (f"{first}", "1", "50")[: 3 * (steps > 0)]
    elif steps < 0 and Decimal(now) <= 0:
        yield from (AUTOMATIC[0],) if wanted.optional else ()
    else:
        sized = not whole and wanted.default in ("0.0", AUTOMATIC[0])
        found = _sizes(Decimal(now), steps, first) if sized else _near(Decimal(now), steps, whole)
        yield from (f"{number:f}" for number in found)
        if wanted.optional and steps < 0:
            yield AUTOMATIC[0]


def _sizes(now: Decimal, steps: int, first: Decimal) -> Iterator[Decimal]:
    """The next of 1, 2, 5 x 10^k; below the first of them comes none at all."""
    if steps > 0 and now < first:
        yield first
        return
    power = now.adjusted()
    near = [Decimal(m).scaleb(power + k) for k in (-1, 0, 1) for m in (1, 2, 5)]
    if steps > 0:
        yield next(size for size in near if size > now)
    else:
        size = next(size for size in reversed(near) if size < now)
        yield size if size >= first else Decimal(0)


def _near(now: Decimal, steps: int, whole: bool) -> Iterator[Decimal]:
    """The next multiple of one of the second digit, then of smaller and smaller units."""
    least = Decimal(1) if whole else _FINEST
    power = now.adjusted() if now else -1
    if steps < 0 and now == Decimal(1).scaleb(power):
        # Up from 99 is 100 and up from there 110: down from 100 is 99 again.
        power -= 1
    unit = max(Decimal(1).scaleb(power - 1), Decimal(1 if whole else "0.05"))
    if not whole and power >= 0:
        unit = max(unit, Decimal("0.1"))
    while unit >= least:
        count = now / unit
        floor = count.to_integral_value("ROUND_FLOOR")
        ceiling = count.to_integral_value("ROUND_CEILING")
        yield ((floor + 1) if steps > 0 else (ceiling - 1)) * unit
        unit /= 10


def _with(pane: P, values: dict[str, object]) -> P:
    # Panes are dataclasses by convention, which a Protocol cannot state.
    return replace(pane, **values)  # type: ignore[type-var]
