"""Rows: what of a theme can be changed, each with a name, a word for its value, and other values.

All of it is values in, values out: a change gives another theme.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, assert_never

from msgspec.structs import replace

from feeds.errors import ConfigError
from tui.drawing.color import XTERM, Rgb, hex_code, ramp, rgb
from tui.drawing.look import LEVELS, ROLES
from tui.themefile import Heat, Shade, Theme

MOST_STOPS: Final = 16
"""Stops of a ramp at most: more than anybody tells apart."""

_HEX: Final = re.compile(r"#?[0-9a-fA-F]{6}")
_BETWEEN: Final = re.compile(r"[\s,\[\]\"']+")
"""What stands between the parts of a colour, typed or pasted from a file."""


@dataclass(frozen=True, slots=True)
class Role:
    """A colour of its own."""

    name: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A colour that a ramp goes through."""

    asks: bool
    place: int


@dataclass(frozen=True, slots=True)
class Levels:
    """How many steps a ramp has at most."""

    asks: bool


@dataclass(frozen=True, slots=True)
class Split:
    """Whether asks have a ramp of their own."""


@dataclass(frozen=True, slots=True)
class Dark:
    """Whether it is white on black where there are no colours."""


Row: TypeAlias = Role | Stop | Levels | Split | Dark


def rows_of(theme: Theme) -> list[Row]:
    """All rows of a theme, in the order of its file."""
    rows: list[Row] = [Role(name) for name in ROLES]
    rows += _rows_of_ramp(_heat(theme, asks=False), asks=False)
    rows.append(Split())
    if theme.heat_ask is not None:
        rows += _rows_of_ramp(theme.heat_ask, asks=True)
    return [*rows, Dark()]


def name_of(row: Row) -> str:
    """A row as it is called in the file."""
    match row:
        case Role(name):
            return name
        case Stop(asks, place):
            return f"{_ramp_name(asks)} stop {place + 1}"
        case Levels(asks):
            return f"{_ramp_name(asks)} levels"
        case Split():
            return "heat_ask"
        case Dark():
            return "dark"
        case _:
            assert_never(row)


def word_of(theme: Theme, row: Row) -> str:
    """The value of a row as it is typed."""
    match row:
        case Role(name):
            shade = theme.colors[name]
            return shade if isinstance(shade, str) else " ".join(map(str, shade))
        case Stop(asks, place):
            return _heat(theme, asks).stops[place]
        case Levels(asks):
            return str(_heat(theme, asks).levels)
        case Split():
            return "shared" if theme.heat_ask is None else "own"
        case Dark():
            return "no" if theme.dark is False else "yes"
        case _:
            assert_never(row)


def color_of(theme: Theme, row: Row) -> Rgb | None:
    """The exact colour of a row; None where it has none."""
    match row:
        case Role() | Stop():
            return rgb(word_of(theme, row).partition(" ")[0])
        case _:
            return None


def with_color(theme: Theme, row: Row, color: Rgb) -> Theme:
    """The theme with another colour there; numbers chosen for the old one go with it."""
    return with_word(theme, row, hex_code(color))


def with_word(theme: Theme, row: Row, word: str) -> Theme:
    """The theme with the value that was typed; ConfigError says what would be accepted."""
    match row:
        case Role(name):
            return replace(theme, colors={**theme.colors, name: _shade(word)})
        case Stop(asks, place):
            stops = list(_heat(theme, asks).stops)
            stops[place] = _code(word)
            return _with_stops(theme, asks, stops)
        case Levels(asks):
            return _with_heat(theme, asks, replace(_heat(theme, asks), levels=_levels(word)))
        case Split() | Dark():
            return theme if word == word_of(theme, row) else turned(theme, row, 1)
        case _:
            assert_never(row)


def turned(theme: Theme, row: Row, steps: int) -> Theme:
    """The theme with the next value of a row that has no colour."""
    match row:
        case Levels(asks):
            wanted = _heat(theme, asks).levels + steps
            return with_word(theme, row, str(min(LEVELS[-1], max(2, wanted))))
        case Split():
            return replace(theme, heat_ask=theme.heat if theme.heat_ask is None else None)
        case Dark():
            return replace(theme, dark=theme.dark is False)
        case _:
            return theme


def added(theme: Theme, row: Row) -> tuple[Theme, Row]:
    """The theme with one stop more, midway to the next or after the last but one; its row."""
    if not isinstance(row, Stop):
        raise ConfigError("only a ramp has stops: go to one of heat")
    stops = list(_heat(theme, row.asks).stops)
    if len(stops) >= MOST_STOPS:
        raise ConfigError(f"a ramp has {MOST_STOPS} stops at most")
    place = min(row.place + 1, len(stops) - 1)
    _, middle, _ = ramp([rgb(stops[place - 1]), rgb(stops[place])], 3)
    stops.insert(place, hex_code(middle))
    return _with_stops(theme, row.asks, stops), Stop(row.asks, place)


def removed(theme: Theme, row: Row) -> Theme:
    """The theme without a stop; a ramp has two at least."""
    if not isinstance(row, Stop):
        raise ConfigError("only stops of a ramp can be taken away")
    stops = list(_heat(theme, row.asks).stops)
    if len(stops) == 2:
        raise ConfigError("a ramp has two stops at least")
    del stops[row.place]
    return _with_stops(theme, row.asks, stops)


def _heat(theme: Theme, asks: bool) -> Heat:
    heat = theme.heat_ask if asks else theme.heat
    # A theme that was read has all that its base has, and a base a ramp.
    assert heat is not None
    return heat


def _rows_of_ramp(heat: Heat, *, asks: bool) -> list[Row]:
    return [*(Stop(asks, place) for place in range(len(heat.stops))), Levels(asks)]


def _ramp_name(asks: bool) -> str:
    return "heat_ask" if asks else "heat"


def _with_heat(theme: Theme, asks: bool, heat: Heat) -> Theme:
    return replace(theme, heat_ask=heat) if asks else replace(theme, heat=heat)


def _with_stops(theme: Theme, asks: bool, stops: Sequence[str]) -> Theme:
    heat = _heat(theme, asks)
    if tuple(stops) == heat.stops:
        return theme
    # Numbers were chosen for the colours there were.
    return _with_heat(theme, asks, replace(heat, stops=tuple(stops), x256=(), x16=()))


def _shade(word: str) -> Shade:
    parts = [part for part in _BETWEEN.split(word) if part]
    if len(parts) != 3:
        return _code(word)
    try:
        x256, x16 = int(parts[1]), int(parts[2])
    except ValueError:
        raise _no_color(word) from None
    if not (16 <= x256 <= 255 and 0 <= x16 <= 15):
        raise ConfigError("numbers: 16 to 255 at 256 colours, 0 to 15 at 16")
    return _code(parts[0]), x256, x16


def _code(word: str) -> str:
    """`#rrggbb` of one colour, typed so or as xterm's number."""
    word = " ".join(part for part in _BETWEEN.split(word) if part)
    if _HEX.fullmatch(word):
        return f"#{word.removeprefix('#').lower()}"
    if word.isascii() and word.isdecimal() and int(word) < len(XTERM):
        return hex_code(XTERM[int(word)])
    raise _no_color(word)


def _levels(word: str) -> int:
    if word.isascii() and word.isdecimal() and 2 <= int(word) <= LEVELS[-1]:
        return int(word)
    raise ConfigError(f'"{word}" is no number of levels: 2 to {LEVELS[-1]}')


def _no_color(word: str) -> ConfigError:
    return ConfigError(f'"{word}" is no colour: #rrggbb, 0 to 255, or #rrggbb N256 N16')
