"""dYdX's bars: what the venue calls each interval."""

INTERVALS: dict[str, tuple[str, int]] = {
    "1MIN": ("1m", 60),
    "5MINS": ("5m", 300),
    "15MINS": ("15m", 900),
    "30MINS": ("30m", 1800),
    "1HOUR": ("1h", 3600),
    "4HOURS": ("4h", 14400),
    "1DAY": ("1d", 86400),
}
"""Our name and the seconds of each of the venue's bars."""

_FINER = {
    "1s": "1MIN",
    "3m": "1MIN",
    "2h": "1HOUR",
    "6h": "1HOUR",
    "8h": "4HOURS",
    "12h": "4HOURS",
    "3d": "1DAY",
    "1w": "1DAY",
    "1M": "1DAY",
}
"""Where the venue has no such bars, those that they can be made of; of a second, nothing."""

SPELLING = {name: code for code, (name, _) in INTERVALS.items()} | _FINER
"""The venue's bars for each of our intervals."""
