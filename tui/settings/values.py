"""Setting words: times and prices of settings as people write them, not as ns and ticks."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from feeds.errors import ConfigError
from feeds.moment import DAY, parse_moment
from market.instrument import plain
from market.market import Market
from tui.drawing.format import price
from tui.drawing.zones import UTC_ZONE, Zone
from tui.pane import Pane
from tui.settings.words import AUTOMATIC, Setting, worded

TIMES: Final = frozenset({"until", "anchored", "cross_time", "ruler_time"})
"""Settings that are market times in ns."""
PRICES: Final = frozenset({"center", "cross_price", "ruler_price"})
"""Settings that are prices in ticks."""
_MOST: Final = 10**15
"""Ticks of no price."""
_NANOSECONDS: Final = 12
"""Digits from which on a number is a time in ns: unix seconds have fewer."""


def shown_word(pane: Pane, key: str, market: Market | None, zone: Zone = UTC_ZONE) -> str:
    """The word for what a setting is now."""
    value = getattr(pane, key)
    if value is None or market is None or key not in TIMES | PRICES:
        return worded(value)
    if key in TIMES:
        time, day = zone.clock(value, millis=value % 1_000_000_000 >= 1_000_000), zone.date(value)
        return time if day == zone.date(market.clock) else f"{day}T{time}"
    return worded(value) if market.instrument is None else price(market.instrument, value)


def read_word(key: str, word: str, market: Market | None, zone: Zone = UTC_ZONE) -> str:
    """The word that a setting takes for one that people write; ConfigError says what is read."""
    if word.lower() in AUTOMATIC or market is None:
        return word
    if key in TIMES:
        return _time(word, market.clock, zone)
    if key in PRICES and market.instrument is not None:
        return _price(word, market.instrument.tick_size)
    return word


def accepted_words(setting: Setting, market: Market | None, zone: Zone = UTC_ZONE) -> str:
    """What a setting takes, in words."""
    if market is not None and setting.key in TIMES:
        word = zone.word(market.clock)
        return f"here a time such as 14:05:30 or 2024-08-08T23:55 ({word}), or auto (default)"
    if market is not None and market.instrument is not None and setting.key in PRICES:
        return "here a price, or auto (default)"
    return setting.accepted


def _time(word: str, now: int, zone: Zone) -> str:
    """A time of day is the latest that has been by that clock."""
    if word.isdecimal() and len(word) >= _NANOSECONDS:
        return word
    try:
        moment = parse_moment(word)
    except ConfigError:
        moment = None
    if moment is None or moment.offset is not None:
        raise ConfigError("a time such as 14:05:30 or 2024-08-08T23:55, or auto, is accepted")
    if moment.clock is None:
        return str(moment.at(now) if _fixed(word) else zone.instant(moment.at(now)))
    there = zone.wall(now)
    time = there - there % DAY + moment.clock
    return str(zone.instant(time if time <= there else time - DAY))


def _fixed(word: str) -> bool:
    """Whether a time means the same by every clock: unix seconds, or a date with its zone."""
    try:
        return datetime.fromisoformat(word).tzinfo is not None
    except ValueError:
        return True


def _price(word: str, tick_size: Decimal) -> str:
    try:
        ticks = Decimal(word) / tick_size
        known = abs(ticks) < _MOST
    except ArithmeticError:
        known = False
    if not known:
        raise ConfigError("a price, or auto, is accepted")
    if ticks != ticks.to_integral_value():
        raise ConfigError(f"a price in steps of {plain(tick_size)} is accepted")
    return str(int(ticks))
