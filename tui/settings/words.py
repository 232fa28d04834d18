"""Settings of panes from `key=value` words, checked against the pane's own dataclass."""

from collections.abc import Callable, Iterable
from dataclasses import Field, fields, is_dataclass, replace
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from feeds.errors import ConfigError
from market.basis import parse_basis
from tui.pane import Pane
from tui.registry import nearest
from tui.settings.meanings import IDLE, meanings_of

P = TypeVar("P", bound=Pane)

AUTOMATIC = ("auto", "none")
"""Words that leave a setting to the pane, where it can choose."""

_MOST = 10**12
"""No count of ticks or bars is larger; sums of such numbers still fit into 64 bits."""
_BOUNDS = {
    "grouping": (1, _MOST),
    "until": (0, 9 * 10**18),
    "cross_time": (0, 9 * 10**18),
    "ruler_time": (0, 9 * 10**18),
    "anchored": (0, 9 * 10**18),
    "bars": (1, _MOST),
}
"""Least and most of settings that have other limits than +-_MOST."""

_SWITCH = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


class Setting(NamedTuple):
    """One setting of a pane: what it takes, and what it is by default."""

    key: str
    default: str
    choices: tuple[str, ...]
    """All words there are, where the choice is closed."""
    optional: bool
    """Whether `auto` leaves it to the pane."""
    numeric: bool
    whole: bool
    """Whether it takes whole numbers alone."""
    accepted: str
    """What it takes, in words, the default marked."""
    meaning: str
    """What it does, in words; empty where nobody has said."""

    @property
    def idle(self) -> bool:
        """Whether it changes nothing in this pane."""
        return IDLE in self.meaning.lower()


def set_all(pane: P, words: Iterable[str]) -> P:
    """Return the pane with each `key=value` applied, the last of a key winning."""
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise ConfigError(f'"{word}" is not a setting: write key=value')
        pane = set_one(pane, key.strip(), value.strip())
    return pane


def set_one(pane: P, key: str, value: str) -> P:
    """Return the pane with one setting changed; ConfigError names the key and what it takes."""
    hints = settings_of(type(pane))
    if key not in hints:
        raise ConfigError(
            f'{pane.kind}: unknown setting "{key}"{nearest(key, hints)}; '
            f"settings: {', '.join(hints)}"
        )
    try:
        # Panes are dataclasses by convention, which a Protocol cannot state.
        return replace(pane, **{key: _read(hints[key], key, value)})  # type: ignore[type-var]
    except ValueError as error:
        raise ConfigError(f'{pane.kind}: {key}="{value}": {error}') from error


def settings_of(kind: type[Pane]) -> dict[str, Any]:
    """Return the settable names of a pane class with their types, in the order declared."""
    assert is_dataclass(kind)
    hints = get_type_hints(kind)
    declared: tuple[Field[Any], ...] = fields(kind)
    return {field.name: hints[field.name] for field in declared if field.init}


def defaults_of(kind: type[Pane]) -> list[str]:
    """Return the settings of a pane class as `key=value` words with what they are by default.

    A closed choice shows all its words, the default first: `contrast=log|linear|rank`.
    """
    pane, hints = kind(), settings_of(kind)
    return [f"{key}={_default(hint, getattr(pane, key))}" for key, hint in hints.items()]


def setting(kind: type[Pane], key: str) -> Setting:
    """Return what one setting of a pane class takes and what it is by default."""
    optional, known = _parts(settings_of(kind)[key])
    choices: tuple[str, ...] = ()
    if get_origin(known) is Literal:
        choices = get_args(known)
    elif known is bool:
        choices = ("on", "off")
    if choices and optional:
        choices = (*choices, AUTOMATIC[0])
    default = worded(getattr(kind(), key))
    numeric = not choices and known in _NUMBERS
    words = _words(key, default, choices, _NUMBERS[known][1] if numeric else "")
    if optional and not choices:
        words += " or auto" if default != AUTOMATIC[0] else " or auto (default)"
    meaning = meanings_of(kind).get(key, "")
    return Setting(key, default, choices, optional, numeric, known is int, words, meaning)


def worded(value: object) -> str:
    """Return the word that sets a setting to a value."""
    match value:
        case None:
            return AUTOMATIC[0]
        case bool():
            return "on" if value else "off"
    return str(value)


def _words(key: str, default: str, choices: tuple[str, ...], number: str) -> str:
    """What is accepted, in words, the default marked."""
    if choices:
        return ", ".join(f"{word} (default)" if word == default else word for word in choices)
    least = _BOUNDS.get(key, (-_MOST, _MOST))[0]
    text = "a length such as 15s, 1m, 100t, 500v, 50n, 20r or 20b" if key == "timeframe" else "text"
    words = (number + (f" from {least}" if least >= 0 else "")) if number else text
    if default == AUTOMATIC[0]:
        return words
    return f"{words}, {default} by default" if default else f"{words}, empty by default"


def _default(hint: Any, value: object) -> str:
    if get_origin(hint) is Literal:
        return "|".join(sorted(get_args(hint), key=lambda word: word != value))
    return worded(value)


def _parts(hint: Any) -> tuple[bool, Any]:
    """Whether a type has None beside it, and the type."""
    optional = get_origin(hint) in (Union, UnionType) and NoneType in get_args(hint)
    known = [part for part in get_args(hint) if part is not NoneType] if optional else [hint]
    return optional, known[0]


def _read(hint: Any, key: str, value: str) -> object:
    """Read a value of a type; ValueError says what is accepted."""
    optional, known = _parts(hint)
    if optional and value.lower() in AUTOMATIC:
        return None
    tail = ' or "auto"' if optional else ""
    if get_origin(known) is Literal:
        return _choice(value, get_args(known), tail)
    if known is bool:
        return _switch(value)
    if known in _NUMBERS:
        read, name = _NUMBERS[known]
        return _bounded(key, _number(read, value, f"{name}{tail}"))
    if key == "timeframe":
        parse_basis(value)
    return value


def _choice(value: str, choices: tuple[str, ...], tail: str) -> str:
    if value not in choices:
        raise ValueError(f"one of {', '.join(choices)}{tail} is accepted{nearest(value, choices)}")
    return value


def _switch(value: str) -> bool:
    if value.lower() not in _SWITCH:
        raise ValueError("on or off is accepted")
    return _SWITCH[value.lower()]


def _number(read: Callable[[str], int | float], value: str, name: str) -> int | float:
    try:
        number = read(value)
    except (ValueError, OverflowError):
        raise ValueError(f"{name} is accepted") from None
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(f"{name} is accepted")
    return number


def _bounded(key: str, number: int | float) -> int | float:
    least, most = _BOUNDS.get(key, (-_MOST, _MOST))
    if number < least:
        raise ValueError(f"must be {least} or more")
    if number > most:
        raise ValueError(f"must be {most} or less")
    return number


_NUMBERS: dict[type, tuple[Callable[[str], int | float], str]] = {
    float: (float, "a number"),
    int: (int, "a whole number"),
}
