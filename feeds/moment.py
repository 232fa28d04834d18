"""Words for times and durations on the command line, turned into nanoseconds."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from feeds.errors import ConfigError

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
_UNITS = {"ms": SECOND // 1000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": DAY}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?")
_UNIX = re.compile(r"\d{9,11}(?:\.\d+)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that may need a recording's start to be known: `+30s`, `14:05`, or a full date."""

    text: str
    absolute: int | None = None
    """ns since the epoch."""
    offset: int | None = None
    """ns after the start."""
    clock: int | None = None
    """ns after midnight UTC."""

    def at(self, start: int) -> int:
        """The time in ns for a recording that starts at `start`, also in ns.

        A time of day before the start belongs to the next day, for a recording that runs on
        past midnight; it stays in the first day if the start is less than a minute later.
        """
        if self.absolute is not None:
            return self.absolute
        if self.offset is not None:
            return start + self.offset
        assert self.clock is not None
        time = start - start % DAY + self.clock
        return time + DAY if time < start - 60 * SECOND else time


def parse_moment(text: str) -> Moment:
    """Read `+5m`, `14:05:30` (UTC), `2024-08-08T23:55`, or unix seconds."""
    if text.startswith("+") and _DURATION.fullmatch(text[1:]):
        return Moment(text, offset=_duration(text[1:]))
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = int(clock[1]), int(clock[2]), Decimal(clock[3] or 0)
        if hours < 24 and minutes < 60 and seconds < 60:
            return Moment(text, clock=(hours * 60 + minutes) * 60 * SECOND + int(seconds * SECOND))
    if _UNIX.fullmatch(text):
        return Moment(text, absolute=int(Decimal(text) * SECOND))
    if (date := _date(text)) is not None:
        return Moment(text, absolute=date)
    raise ConfigError(
        f'"{text}" is not a time: expected +30s or +5m after the start, HH:MM or HH:MM:SS (UTC), '
        "2024-08-08T23:55:00, or unix seconds"
    )


def parse_duration(text: str) -> int:
    """Read `90s`, `10m`, `1h30m`, or plain seconds, as ns."""
    if _DURATION.fullmatch(text):
        return _duration(text)
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return int(Decimal(text) * SECOND)
    raise ConfigError(f'"{text}" is not a duration: expected 30s, 10m, 1h30m, or seconds')


def _duration(text: str) -> int:
    return sum(int(Decimal(number) * _UNITS[unit]) for number, unit in _PART.findall(text))


def _date(text: str) -> int | None:
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return (date - _EPOCH) // timedelta(microseconds=1) * 1000
