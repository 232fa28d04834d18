"""Drawings file: the drawings of all instruments, to be read and written by people too.

One TOML file with a table for each instrument. Prices are exact decimals; times are written in
UTC with up to nine digits of a second and read as that, or as whole ns.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final, TypeAlias

from platformdirs import user_config_path

from feeds.errors import ConfigError, system_reason
from feeds.filing import write_whole
from feeds.tomltext import quoted, read_toml
from market.drawings import Drawing, Level, Line, Moment, Note, Sort
from market.instrument import plain
from tui.drawing.format import safe_text
from tui.registry import nearest

Book: TypeAlias = Mapping[str, tuple[Drawing, ...]]
"""Drawings by instrument, `VENUE:SYMBOL`."""

MOST: Final = 500
"""Drawings of one instrument."""
LONGEST: Final = 200
"""Characters of a text."""
_HEAD: Final = """\
# What is drawn on charts, by instrument. tapetop writes this file whenever a drawing changes and
# takes over what is changed here while it runs; comments are not kept.
"""
_SECOND: Final = 1_000_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?"
)
_HIGHEST: Final = Decimal(10) ** 15
_FINEST: Final = -20
_LATEST: Final = 9 * 10**18
_KINDS: Final = ("levels", "lines", "moments", "notes")


def drawings_file() -> Path:
    """Where the user's drawings are."""
    return user_config_path("tapetop") / "drawings.toml"


def load_book(path: Path) -> Book:
    """The drawings in a file; ConfigError names the file, the entry and the mistake."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text") from error
    except OSError as error:
        raise ConfigError(f"{path}: {system_reason(error)}") from error
    return parse_book(str(path), text)


def save_book(path: Path, book: Book) -> None:
    """Write all drawings, whole or not at all; ConfigError says what is in the way."""
    try:
        write_whole(path, written(book))
    except OSError as error:
        raise ConfigError(f"{path}: {system_reason(error)}") from error


def parse_book(file: str, text: str) -> Book:
    """The drawings in the text of a file; ConfigError names the file, the entry and the mistake."""
    try:
        raw = read_toml(text, _decimal)
    except (tomllib.TOMLDecodeError, InvalidOperation) as error:
        raise ConfigError(f"{file}: {error}") from error
    found: dict[str, tuple[Drawing, ...]] = {}
    for name, table in raw.items():
        try:
            if drawings := _table(table):
                found[name] = drawings
        except ValueError as error:
            raise ConfigError(f"{file}: {safe_text(name)}: {error}") from error
    return found


def written(book: Book) -> str:
    """The text of a file with these drawings; it reads back as they are."""
    parts = [_HEAD]
    for name in sorted(name for name, drawings in book.items() if drawings):
        lines = [f"[{quoted(name)}]"]
        for kind in _KINDS:
            entries = [_entry(one) for one in book[name] if _kind(one) == kind]
            if entries:
                lines += [f"{kind} = [", *(f"  {{ {entry} }}," for entry in entries), "]"]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def in_order(drawings: tuple[Drawing, ...]) -> tuple[Drawing, ...]:
    """Drawings in the order of the file: levels, lines, moments, notes."""
    return tuple(sorted(drawings, key=lambda one: _KINDS.index(_kind(one))))


def read_price(value: object) -> Decimal:
    """A price as people write it; ValueError says what is accepted."""
    try:
        price = value if isinstance(value, Decimal) else Decimal(str(value))
        known = not isinstance(value, bool) and price.is_finite() and abs(price) < _HIGHEST
    except InvalidOperation:
        known = False
    if not known:
        raise ValueError(f"{_shown(value)} is no price")
    exponent = price.as_tuple().exponent
    if isinstance(exponent, int) and exponent < _FINEST:
        raise ValueError(f"{_shown(value)} has more than {-_FINEST} digits after the point")
    return price


def read_time(value: object) -> int:
    """A time as a file has it, in ns; ValueError says what is accepted."""
    at = _instant(value)
    if at is None or not 0 <= at <= _LATEST:
        raise ValueError(
            f"{_shown(value)} is no time: write 2024-08-08T14:30:00 (UTC) or ns since 1970"
        )
    return at


def time_text(at: int) -> str:
    """A time as a file has it: UTC, with as many digits of a second as it needs."""
    seconds, rest = divmod(at, _SECOND)
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:09}".rstrip("0") if rest else text


def _decimal(text: str) -> Decimal:
    return Decimal(text)


def _table(table: object) -> tuple[Drawing, ...]:
    if not isinstance(table, dict):
        raise ValueError("expected a table with " + ", ".join(_KINDS))
    found: list[Drawing] = []
    _only(table, _KINDS)
    for kind in _KINDS:
        entries = table.get(kind, [])
        if not isinstance(entries, list):
            raise ValueError(f"{kind} is a list")
        for number, entry in enumerate(entries, start=1):
            try:
                found.append(_drawing(kind, entry))
            except ValueError as error:
                raise ValueError(f"{kind[:-1]} {number}: {error}") from error
    if len(found) > MOST:
        raise ValueError(f"{len(found)} drawings; {MOST} at most")
    return tuple(found)


def _drawing(kind: str, entry: object) -> Drawing:
    if not isinstance(entry, dict):
        raise ValueError("expected a table such as { price = 1.5 }")
    words = _words(entry)
    needed, make = _MADE[kind]
    _only(entry, (*needed, "text", "sort"))
    for key in needed:
        if key not in entry:
            raise ValueError(f"{key} is missing")
    return make(entry, *words)


def _words(entry: Mapping[str, object]) -> tuple[str, Sort]:
    text, sort = entry.get("text", ""), entry.get("sort", "plain")
    if not isinstance(text, str):
        raise ValueError("text is a string")
    if not isinstance(sort, str) or sort not in tuple(Sort):
        near = nearest(sort, tuple(Sort)) if isinstance(sort, str) else ""
        raise ValueError(f"unknown sort {_shown(sort)}{near}; sorts: {', '.join(Sort)}")
    return safe_text(text)[:LONGEST], Sort(sort)


def _only(table: Mapping[str, object], keys: tuple[str, ...]) -> None:
    for key in table:
        if key not in keys:
            known = ", ".join(keys)
            raise ValueError(f"unknown key {_shown(key)}{nearest(key, keys)}; keys: {known}")


def _level(entry: Mapping[str, object], text: str, sort: Sort) -> Drawing:
    return Level(read_price(entry["price"]), text, sort)


def _line(entry: Mapping[str, object], text: str, sort: Sort) -> Drawing:
    begin, end = read_time(entry["time"]), read_time(entry["until"])
    return Line(begin, read_price(entry["price"]), end, read_price(entry["to"]), text, sort)


def _moment(entry: Mapping[str, object], text: str, sort: Sort) -> Drawing:
    return Moment(read_time(entry["time"]), text, sort)


def _note(entry: Mapping[str, object], text: str, sort: Sort) -> Drawing:
    return Note(read_time(entry["time"]), read_price(entry["price"]), text, sort)


_MADE: Final[dict[str, tuple[tuple[str, ...], Callable[..., Drawing]]]] = {
    "levels": (("price",), _level),
    "lines": (("time", "price", "until", "to"), _line),
    "moments": (("time",), _moment),
    "notes": (("time", "price"), _note),
}


def _instant(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, datetime):
        zoned = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        return (zoned - _EPOCH) // timedelta(microseconds=1) * 1000
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        whole = datetime.fromisoformat(found[1] + (found[3] or "Z"))
    except ValueError:
        return None
    return (whole - _EPOCH) // timedelta(seconds=1) * _SECOND + int((found[2] or "").ljust(9, "0"))


def _kind(drawing: Drawing) -> str:
    return f"{type(drawing).__name__.lower()}s"


def _entry(drawing: Drawing) -> str:
    """A drawing as an inline table; what is as usual is left out."""
    match drawing:
        case Level(price):
            parts = [f"price = {_number(price)}"]
        case Moment(at):
            parts = [f'time = "{time_text(at)}"']
        case Note(at, price):
            parts = [f'time = "{time_text(at)}"', f"price = {_number(price)}"]
        case Line(at, price, until, to):
            parts = [f'time = "{time_text(at)}"', f"price = {_number(price)}"]
            parts += [f'until = "{time_text(until)}"', f"to = {_number(to)}"]
    if drawing.text:
        parts.append(f"text = {quoted(drawing.text)}")
    if drawing.sort is not Sort.PLAIN:
        parts.append(f'sort = "{drawing.sort}"')
    return ", ".join(parts)


def _number(price: Decimal) -> str:
    return plain(price)


def _shown(value: object) -> str:
    """A value of the file in an error."""
    return f'"{safe_text(str(value))[:40]}"'
