"""Zones: market time as a clock on a wall shows it, in UTC or anywhere else.

A zone is `UTC`, `local` (this machine's), `exchange` (whose day the venue's daily bars follow),
or a name of the IANA database such as `Europe/Berlin`. It says how times are told and read;
sessions and bars begin where they do in UTC whatever the zone.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from difflib import get_close_matches
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from tui.drawing.format import clock, date

_EAST: Final = timezone(timedelta(hours=8))
_EXCHANGES: Final = {"bitget": _EAST, "htx": _EAST, "okx": _EAST}
"""Venues whose daily bars begin at midnight of another zone; those of all others, of UTC."""

_SECOND = 1_000_000_000
_STRETCH = 900 * _SECOND
"""No clock is put forward or back within a quarter of an hour."""
_LAST: Final = 250_000_000_000 * _SECOND
"""Times after this are nonsense and get its offset."""
_WEEK = 7 * 86_400 * _SECOND
"""Between two changes of a clock there is more than this."""
WORD: Final = 5
"""Cells of a zone's short word at most."""


@dataclass(frozen=True, slots=True)
class Zone:
    """Whose clock times are told by; ValueError says what names are accepted."""

    name: str = "UTC"
    venue: str = ""
    """Whose day `exchange` stands for."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", checked(self.name))

    def of(self, venue: str) -> "Zone":
        """The same zone beside a venue's market."""
        apart = self.name == "exchange" and self.venue != venue
        return replace(self, venue=venue) if apart else self

    def offset(self, ns: int) -> int:
        """Ns that the clock is ahead of UTC at a time."""
        return 0 if self.name == "UTC" else _offset(self.name, self.venue, ns // _STRETCH)

    def wall(self, ns: int) -> int:
        """What the clock shows at a time, as ns since 1970 were it a clock of UTC."""
        return ns + self.offset(ns)

    def instant(self, wall: int) -> int:
        """The time at which the clock shows this; the earlier one of two."""
        for shift in sorted({self.offset(wall - _WEEK // 7), self.offset(wall + _WEEK // 7)})[::-1]:
            if self.wall(wall - shift) == wall:
                return wall - shift
        return wall - self.offset(wall)

    def floor(self, ns: int, step: int) -> int | None:
        """The latest round time of the clock up to a time; None where the clock skipped it."""
        shift = self.offset(ns)
        wall = (ns + shift) // step * step
        at = wall - shift
        if at < 0 or self.offset(at) == shift:
            return at
        # The clock was put forward or back since then.
        at = wall - self.offset(at)
        return at if at <= ns and self.wall(at) == wall else None

    def steady(self, start: int, end: int) -> bool:
        """Whether the clock is nowhere put forward or back between two times."""
        if self.name == "UTC":
            return True
        shift, apart = self.offset(end), max(_WEEK, (end - start) // 500)
        return all(self.offset(at) == shift for at in range(start, end, apart))

    def clock(self, ns: int, millis: bool = True) -> str:
        """The time of day: `14:24:10.278`; dashes for a time not known (0)."""
        return clock(ns if ns <= 0 else max(1, self.wall(ns)), millis)

    def date(self, ns: int) -> str:
        """The day: `2024-08-08`; dashes for a time not known (0)."""
        return date(ns if ns <= 0 else max(1, self.wall(ns)))

    def word(self, ns: int) -> str:
        """A short name at a time, for an axis: `UTC`, `CEST`, `+0545`."""
        return "UTC" if self.name == "UTC" else _word(self.name, self.venue, ns // _STRETCH)

    @property
    def title(self) -> str:
        """How a title names it; one that stands for another is told with what it stands for."""
        if self.name != "exchange":
            return self.name
        return f"exchange time, {_EXCHANGES.get(self.venue, UTC)}"


def checked(zone: str) -> str:
    """The zone as it is spelt; ValueError says what is accepted."""
    word = {"utc": "UTC", "local": "local", "exchange": "exchange"}.get(zone.lower(), zone)
    if word not in ("local", "exchange"):
        _named(word)
    return word


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """Every name of the IANA database on this machine, sorted."""
    return tuple(sorted(available_timezones()))


@lru_cache(maxsize=4096)
def _offset(zone: str, venue: str, stretch: int) -> int:
    """Ns to be added to UTC in a quarter of an hour since 1970."""
    shift = _there(zone, venue, stretch).utcoffset()
    return 0 if shift is None else round(shift.total_seconds()) * _SECOND


@lru_cache(maxsize=64)
def _word(zone: str, venue: str, stretch: int) -> str:
    there = _there(zone, venue, stretch)
    name = there.tzname() or ""
    if name.isascii() and name.isalpha() and len(name) <= WORD:
        return name
    digits = f"{there:%z}"[:WORD]
    return digits.removesuffix("00") if len(digits) == WORD else digits


def _there(zone: str, venue: str, stretch: int) -> datetime:
    moment = datetime.fromtimestamp(min(max(0, stretch) * _STRETCH, _LAST) // _SECOND, UTC)
    return moment.astimezone(_zone(zone, venue))


def _zone(zone: str, venue: str) -> tzinfo | None:
    """None stands for this machine's own."""
    if zone == "local":
        return None
    return _EXCHANGES.get(venue, UTC) if zone == "exchange" else _named(zone)


@lru_cache(maxsize=64)
def _named(zone: str) -> tzinfo:
    if zone == "UTC":
        return UTC
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"UTC, local, exchange or a name such as Europe/Berlin is accepted{_hint(zone)}"
        ) from error


def _hint(zone: str) -> str:
    """The name that may be meant, in whatever case it is written."""
    if not zone_names():
        return " (this machine has no time zone database: install tzdata)"
    by_case = {name.lower(): name for name in zone_names()}
    close = get_close_matches(zone.lower(), by_case, n=1)
    return f' (did you mean "{by_case[close[0]]}"?)' if close else ""


UTC_ZONE: Final = Zone()
