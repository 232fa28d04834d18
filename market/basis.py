"""Basis: what closes a bar: time, a number of trades, a volume, a delta, or a way of the price."""

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
_WORD = re.compile(r"([1-9][0-9]{0,8})(ms|s|m|h|d|t|r|b)")
_SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(v|n)")
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


@dataclass(frozen=True, slots=True)
class DeltaBasis:
    """Bars in which what was bought and what was sold come to differ by so much, in base currency.

    A bar is over with the trade after which |bought - sold| since its beginning is as large.
    """

    volume: Decimal
    lots: int = 1
    """The difference in whole lots of an instrument, rounded up; see `resolved`."""

    def __post_init__(self) -> None:
        if self.volume <= 0:
            raise ValueError("the sides of a bar differ by more than nothing")


@dataclass(frozen=True, slots=True)
class RenkoBasis:
    """Bricks of so many ticks between multiples of it, one beside the other (definitions.md 25).

    A brick is over before the trade that is a whole brick beyond the last one's close in its
    direction, or two bricks against it. A price that leaps leaves bricks without trades between.
    """

    ticks: int

    def __post_init__(self) -> None:
        if self.ticks <= 0:
            raise ValueError("a brick is at least one tick high")


CutBasis: TypeAlias = VolumeBasis | RangeBasis | DeltaBasis | RenkoBasis
"""Where such bars begin follows from all trades before."""
Basis: TypeAlias = TimeBasis | TickBasis | CutBasis


def resolved(basis: Basis, instrument: Instrument | None) -> Basis:
    """The basis in whole lots of an instrument, where it is one of volume or delta."""
    if not isinstance(basis, VolumeBasis | DeltaBasis) or instrument is None:
        return basis
    lots = (basis.volume / instrument.lot_size).to_integral_value(ROUND_CEILING)
    return replace(basis, lots=max(1, int(lots)))


@lru_cache(maxsize=64)
def parse_basis(text: str) -> Basis:
    """`100ms 1s 5m 4h 1d` as time, `100t` as trades, `500v` and `50n` as volume and delta.

    `20r` and `20b` are ticks of range and of a brick.
    """
    sized = _SIZE.fullmatch(text.strip())
    if sized is not None:
        volume = Decimal(sized[1]).normalize()
        return VolumeBasis(volume) if sized[2] == "v" else DeltaBasis(volume)
    found = _WORD.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            f'"{text}" is not a timeframe: write a number and ms, s, m, h, d, t (trades), '
            "v (volume), n (net volume: delta), r (ticks of range) or b (ticks of a renko brick), "
            "such as 1m, 100t, 500v, 50n, 20r or 20b"
        )
    count, unit = int(found[1]), found[2]
    if unit in _COUNTED:
        return _COUNTED[unit](count)
    if count * _UNITS[unit] > _LONGEST:
        raise ValueError(f'"{text}" is longer than ten years')
    return TimeBasis(count * _UNITS[unit])


_COUNTED: dict[str, type[TickBasis | RangeBasis | RenkoBasis]] = {
    "t": TickBasis,
    "r": RangeBasis,
    "b": RenkoBasis,
}


def basis_text(basis: Basis) -> str:
    """The shortest word that `parse_basis` reads back as this basis."""
    match basis:
        case TickBasis():
            return f"{basis.trades}t"
        case VolumeBasis():
            return f"{plain(basis.volume)}v"
        case DeltaBasis():
            return f"{plain(basis.volume)}n"
        case RangeBasis():
            return f"{basis.ticks}r"
        case RenkoBasis():
            return f"{basis.ticks}b"
    for unit in ("d", "h", "m", "s", "ms"):
        if basis.interval % _UNITS[unit] == 0:
            return f"{basis.interval // _UNITS[unit]}{unit}"
    return f"{basis.interval}ns"
