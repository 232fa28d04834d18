"""Basis: what closes a bar, a span of time or a number of trades."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

_UNITS = {
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
}
_WORD = re.compile(r"([1-9][0-9]{0,8})(ms|s|m|h|d|t)")
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


Basis: TypeAlias = TimeBasis | TickBasis


@lru_cache(maxsize=64)
def parse_basis(text: str) -> Basis:
    """`100ms 1s 5m 4h 1d` as time, `100t` as trades."""
    found = _WORD.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            f'"{text}" is not a timeframe: write a number and ms, s, m, h, d or t (trades), '
            "such as 1m or 100t"
        )
    count, unit = int(found[1]), found[2]
    if unit == "t":
        return TickBasis(count)
    if count * _UNITS[unit] > _LONGEST:
        raise ValueError(f'"{text}" is longer than ten years')
    return TimeBasis(count * _UNITS[unit])


def basis_text(basis: Basis) -> str:
    """The shortest word that `parse_basis` reads back as this basis."""
    if isinstance(basis, TickBasis):
        return f"{basis.trades}t"
    for unit in ("d", "h", "m", "s", "ms"):
        if basis.interval % _UNITS[unit] == 0:
            return f"{basis.interval // _UNITS[unit]}{unit}"
    return f"{basis.interval}ns"
