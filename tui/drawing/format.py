"""Numbers and foreign text made fit for cells: the one boundary nothing hostile passes."""

import re
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

from market.instrument import Instrument, decimals

KEPT: Final = 4096
"""Short texts remembered by whoever asks the same of a text again and again."""
LONGEST: Final = 256
"""Characters of a text worth remembering: what is longer is no label and may come from anyone."""

_SECOND = 1_000_000_000
_SPANS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def price(instrument: Instrument, ticks: int) -> str:
    """The exact price with all the digits of the grid, so that columns line up: `64250.50`."""
    return _scaled(ticks, *_grid(instrument.tick_size))


def size(instrument: Instrument, lots: int) -> str:
    """The exact size with all the digits of the grid: `0.250`."""
    return _scaled(lots, *_grid(instrument.lot_size))


def step(instrument: Instrument, ticks: int) -> str:
    """A distance in price without trailing zeros, for groupings and spreads: `0.5`, `10`."""
    return _step(instrument.tick_size, ticks)


def compact_size(instrument: Instrument, lots: int, width: int = 6) -> str:
    """A size in at most `width` cells: `0.25`, `12.3k`."""
    exact = size(instrument, lots)
    return exact if len(exact) <= width else compact(lots * instrument.lot_size, width)


def compact(value: Decimal | float, width: int = 5) -> str:
    """A number rounded to at most `width` cells: `12.3k`, and `##` where not even its head fits.

    Zeros after the point are cut, and what is not zero never reads as zero: `~0`.
    """
    scaled, sign = abs(float(value)), "-" if value < 0 else ""
    room = width - len(sign)
    text = _rounded(scaled, room)
    if value and text == "0":
        return "~0"[:width]
    if text is not None:
        return sign + text
    for suffix in "kMGT":
        scaled /= 1_000
        text = _rounded(scaled, room - 1) if scaled < 1_000 else None
        if text is not None:
            return f"{sign}{text}{suffix}" if text != "0" else "#" * width
    return "#" * width


def signed(text: str) -> str:
    """The text of a number with its sign always shown: the colour alone must not carry it."""
    return text if text.startswith(("-", "~")) or not text.strip("0.") else f"+{text}"


def duration(ns: int) -> str:
    """A span of time in its two largest units: `1h 05m`, `2m`, `350ms`."""
    if ns < 0:
        return f"-{duration(-ns)}"
    if ns < _SECOND:
        return f"{ns // 1_000_000}ms"
    rest = ns // _SECOND
    parts: list[str] = []
    for unit, letter in _SPANS:
        count, rest = divmod(rest, unit)
        if parts:
            return f"{parts[0]} {count:02}{letter}" if count else parts[0]
        if count:
            parts.append(f"{count}{letter}")
    return parts[0]


def age(ns: int) -> str:
    """How old something is, in few cells: `0.3s`, `12s`, `3m`, `2h`, `5d`."""
    if ns < 0:
        return "0.0s"
    if ns < 10 * _SECOND:
        return f"{ns // 100_000_000 / 10:.1f}s"
    seconds = ns // _SECOND
    unit, letter = next((u, letter) for u, letter in _SPANS if seconds >= u)
    return f"{seconds // unit}{letter}"


def clock(ns: int, millis: bool = True) -> str:
    """The UTC time of day: `12:24:10.278`; dashes for a time not known (0)."""
    if ns <= 0:
        return "--:--:--.---" if millis else "--:--:--"
    minutes, seconds = divmod(ns // _SECOND % 86_400, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return f"{text}.{ns // 1_000_000 % 1_000:03}" if millis else text


def date(ns: int) -> str:
    """The UTC day: `2024-08-08`; dashes for a time not known (0)."""
    if ns <= 0:
        return "----------"
    return datetime.fromtimestamp(ns // _SECOND, UTC).strftime("%Y-%m-%d")


def safe_text(text: str, width: int | None = None) -> str:
    """Foreign text without anything a terminal would obey, at most `width` cells wide."""
    if _plain(text):
        return text if width is None else text[: max(0, width)]
    text = (_clean if len(text) <= LONGEST else _clean.__wrapped__)(text)
    return text if width is None or text_width(text) <= width else _cap(text, width)


def cell_width(mark: str) -> int:
    """Cells one character of safe text takes: 1 or 2."""
    return 2 if unicodedata.east_asian_width(mark) in "WF" else 1


def text_width(text: str) -> int:
    """Cells a safe text takes."""
    if text.isascii() or _PLAIN(text):
        return len(text)
    return (_width if len(text) <= LONGEST else _width.__wrapped__)(text)


def shortened(text: str, width: int) -> str:
    """Safe text that ends in `…` where it had to be cut."""
    text = safe_text(text)
    return text if text_width(text) <= width else safe_text(text, max(0, width - 1)) + "…"[:width]


def folded(text: str, width: int, rows: int) -> list[str]:
    """Text folded at spaces, and in words longer than a line; what is over is cut from the last."""
    lines: list[str] = []
    rest = safe_text(text)
    while rest and len(lines) < rows:
        cut = fits = _fitting(rest, width)
        if fits < len(rest) and (space := rest.rfind(" ", 0, fits + 1)) > 0:
            cut = space
        if len(lines) == rows - 1:
            cut = len(rest)
        lines.append(shortened(rest[:cut], width))
        rest = rest[cut:].strip()
    return lines


def _fitting(text: str, width: int) -> int:
    """Characters of a safe text that fit a line, one at least."""
    if text_width(text) <= width:
        return len(text)
    return next((n for n in range(width, 1, -1) if text_width(text[:n]) <= width), 1)


@lru_cache(maxsize=KEPT)
def _step(tick_size: Decimal, ticks: int) -> str:
    return f"{(ticks * tick_size).normalize():f}"


@lru_cache(maxsize=256)
def _grid(increment: Decimal) -> tuple[int, int]:
    """A step as a whole number of its last digit, and the digits after the point."""
    digits = decimals(increment)
    return int(increment.scaleb(digits)), digits


def _scaled(count: int, factor: int, digits: int) -> str:
    value = count * factor
    if not digits:
        return str(value)
    text = f"{abs(value):0{digits + 1}}"
    return f"{'-' if value < 0 else ''}{text[:-digits]}.{text[-digits:]}"


def _rounded(value: float, room: int) -> str | None:
    """At most 3 digits after the point and at most `room` cells, or None."""
    for digits in (3, 2, 1, 0):
        text = f"{value:.{digits}f}"
        text = text.rstrip("0").rstrip(".") if digits else text
        if len(text) <= room:
            return text
    return None


def _plain(text: str) -> bool:
    """Say whether a text needs no cleaning, without a look at each character: nearly all do not."""
    return text.isprintable() if text.isascii() else _PLAIN(text) is not None


_PLAIN = re.compile("[ -~·…▲▼◂]*").fullmatch
"""What is made of printable ASCII and marks of our own, each a cell wide and joining nothing."""


@lru_cache(maxsize=KEPT)
def _clean(text: str) -> str:
    return "".join(_safe(mark) for mark in unicodedata.normalize("NFC", text))


@lru_cache(maxsize=KEPT)
def _width(text: str) -> int:
    return sum(map(cell_width, text))


def _safe(mark: str) -> str:
    """One character, or what stands for it; what joins others would break the grid of cells."""
    if mark in "\t\n\v\f\r\x85\u2028\u2029":
        return " "
    category = unicodedata.category(mark)
    if category[0] == "M" or category in ("Cc", "Cf") or _joins(mark):
        return ""
    return "?" if category[0] == "C" else " " if category == "Zs" else mark


def _joins(mark: str) -> bool:
    """Hangul vowels and fillers that merge into a syllable, and skin tones."""
    return (
        "\u115f" <= mark <= "\u11ff"
        or "\ud7b0" <= mark <= "\ud7ff"
        or "\U0001f3fb" <= mark <= "\U0001f3ff"
        or mark in "\u3164\uffa0"
    )


def _cap(text: str, width: int) -> str:
    used = 0
    for position, mark in enumerate(text):
        used += cell_width(mark)
        if used > width:
            return text[:position]
    return text
