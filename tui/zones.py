"""Zones: market time as a clock on a wall shows it, in UTC or anywhere else.

A zone is `UTC`, `local` (this machine's), `exchange` (whose day the venue's daily bars follow),
or a name of the IANA database such as `Europe/Berlin`.
"""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from difflib import get_close_matches
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from tui.format import clock

_EAST: Final = timezone(timedelta(hours=8))
_EXCHANGES: Final = {"bitget": _EAST, "htx": _EAST, "okx": _EAST}
"""Venues whose daily bars begin at midnight of another zone; those of all others, of UTC."""

_SECOND = 1_000_000_000
_STRETCH = 900 * _SECOND
"""No clock is put forward or back within a quarter of an hour."""


def checked(zone: str) -> str:
    """The zone as it is spelt; ValueError says what is accepted."""
    word = {"utc": "UTC", "local": "local", "exchange": "exchange"}.get(zone.lower(), zone)
    if word not in ("local", "exchange"):
        _named(word)
    return word


def zone_clock(zone: str, venue: str, ns: int, millis: bool = True) -> str:
    """The time of day in a zone: `14:24:10.278`; dashes for a time not known (0)."""
    return clock(ns if ns <= 0 else ns + _offset(zone, venue, ns // _STRETCH), millis)


def zone_word(zone: str, venue: str) -> str:
    """How a title names a zone; one that stands for another is told with what it stands for."""
    return f"exchange time, {_EXCHANGES.get(venue, UTC)}" if zone == "exchange" else zone


@lru_cache(maxsize=4096)
def _offset(zone: str, venue: str, stretch: int) -> int:
    """Ns to be added to UTC in a quarter of an hour since 1970."""
    moment = datetime.fromtimestamp(min(stretch * 900, 250_000_000_000), UTC)
    shift = moment.astimezone(_zone(zone, venue)).utcoffset()
    return 0 if shift is None else round(shift.total_seconds()) * _SECOND


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
        close = get_close_matches(zone, available_timezones(), n=1)
        hint = f' (did you mean "{close[0]}"?)' if close else ""
        raise ValueError(
            f"UTC, local, exchange or a name such as Europe/Berlin is accepted{hint}"
        ) from error
