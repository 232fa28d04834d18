"""Basis: what closes a bar: a span of time, a number of trades, a volume or a range of prices."""

import re
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import TypeAlias

from market.instrument import Instrument, plain

_UNITS = {
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
}
_WORD = re.compile(r"([1-9][0-9]{0,8})(ms|s|m|h|d|t|r)")
_VOLUME = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)v")
_LONGEST = 10 * 365 * _UNITS["d"]


@dataclass(frozen=True, slots=True)
class TimeBasis:
    """Bars of equal length in market time, aligned to multiples of it since the Unix epoch."""

    interval: int
    """Length in ns."""

    def __post_init__(self) -> None:
        if self.interval <= 0:
            raise ValueError("a bar lasts longer than nothing")


@dataclass(frozen=True, slots=True)
class TickBasis:
    """Bars of an equal number of trades."""

    trades: int

    def __post_init__(self) -> None:
        if self.trades <= 0:
            raise ValueError("a bar holds at least one trade")


@dataclass(frozen=True, slots=True)
class VolumeBasis:
    """Bars of at least so much volume, in base currency.

    A bar is over with the trade that fills it. A trade is never split between two bars: what
    exceeds the volume stays in the bar that it filled.
    """

    volume: Decimal
    lots: int = 1
    """The volume in whole lots of an instrument, rounded up; see `resolved`."""

    def __post_init__(self) -> None:
        if self.volume <= 0:
            raise ValueError("a bar holds more volume than nothing")


@dataclass(frozen=True, slots=True)
class RangeBasis:
    """Bars whose prices lie at most so many ticks apart.

    A trade that would widen the bar further begins the next one at its own price, and one that
    makes it exactly as wide still belongs to it. A price that leaps leaves no bars between.
    """

    ticks: int

    def __post_init__(self) -> None:
        if self.ticks <= 0:
            raise ValueError("a bar spans at least one tick")


Basis: TypeAlias = TimeBasis | TickBasis | VolumeBasis | RangeBasis


def resolved(basis: Basis, instrument: Instrument | None) -> Basis:
    """The basis in whole lots of an instrument, where it is one of volume."""
    if not isinstance(basis, VolumeBasis) or instrument is None:
        return basis
    lots = (basis.volume / instrument.lot_size).to_integral_value(ROUND_CEILING)
    return replace(basis, lots=max(1, int(lots)))


@lru_cache(maxsize=64)
def parse_basis(text: str) -> Basis:
    """`100ms 1s 5m 4h 1d` as time, `100t` as trades, `500v` as volume, `20r` as ticks of range."""
    filled = _VOLUME.fullmatch(text.strip())
    if filled is not None:
        return VolumeBasis(Decimal(filled[1]).normalize())
    found = _WORD.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            f'"{text}" is not a timeframe: write a number and ms, s, m, h, d, t (trades), '
            "v (volume) or r (ticks of range), such as 1m, 100t, 500v or 20r"
        )
    count, unit = int(found[1]), found[2]
    if unit == "t":
        return TickBasis(count)
    if unit == "r":
        return RangeBasis(count)
    if count * _UNITS[unit] > _LONGEST:
        raise ValueError(f'"{text}" is longer than ten years')
    return TimeBasis(count * _UNITS[unit])


def basis_text(basis: Basis) -> str:
    """The shortest word that `parse_basis` reads back as this basis."""
    match basis:
        case TickBasis():
            return f"{basis.trades}t"
        case VolumeBasis():
            return f"{plain(basis.volume)}v"
        case RangeBasis():
            return f"{basis.ticks}r"
    for unit in ("d", "h", "m", "s", "ms"):
        if basis.interval % _UNITS[unit] == 0:
            return f"{basis.interval // _UNITS[unit]}{unit}"
    return f"{basis.interval}ns"
