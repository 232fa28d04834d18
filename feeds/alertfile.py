"""Alert file: the rules somebody keeps, how they stand, and the ways they are told; as TOML.

    tell = ["bell", "osc9"]

    [[alert]]
    rule = "binance-usdm:BTCUSDT price > 65000"

What was told last stands with its rule: `fired`, `instrument`, `value`, `note`. The program writes
the file whole when an alert changes on its screen, and nobody else's comments stay in it.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final, NoReturn

from platformdirs import user_config_path

from feeds.ccxt_names import is_ccxt
from feeds.errors import ConfigError, system_reason
from feeds.line import one_line
from feeds.notifier import Ways, parse_ways
from feeds.registry import parse_instrument
from feeds.tomltext import quoted, read_toml
from market.alerts.grammar import parse_rule
from market.alerts.rule import Rule
from market.alerts.watch import Alert, Firing

MOST: Final = 200
"""Alerts of a file at most."""
_KEYS: Final = ("tell", "player", "sound", "alert")
_ALERT_KEYS: Final = ("rule", "fired", "instrument", "value", "note")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HEAD: Final = """\
# Alerts of tapetop, see `tapetop alerts --help`. Edit it as you like: it is written anew, without
# comments of others, when an alert changes on the screen (!).
# tell: "bell", "osc9", "osc777" and the http(s) address of a webhook. player: a command for each
# alert, {file} and {text} in it stand for `sound` and for what is told.
"""


@dataclass(frozen=True)
class AlertFile:
    """What a file says."""

    alerts: Sequence[Alert] = ()
    ways: Ways | None = None
    """None where it says nothing of them."""
    tell: Sequence[str] | None = None
    player: str = ""
    sound: str = ""
    """The words that the ways were made of."""


def default_path() -> Path:
    """Where the file is."""
    return user_config_path("tapetop") / "alerts.toml"


def read_rule(text: str) -> Rule:
    """The rule of a line, of an instrument that can be; ConfigError says what is wrong with it."""
    try:
        rule = parse_rule(text)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if rule.instrument.startswith("sim:"):
        if re.fullmatch(r"sim:[0-9]{1,18}", rule.instrument) is None:
            raise ConfigError(f'"{rule.instrument}" is no simulated market, such as sim:7')
    elif rule.instrument and not is_ccxt(rule.instrument):
        parse_instrument(rule.instrument)
    return rule


def load(path: Path) -> AlertFile:
    """What a file says, nothing where there is none; ConfigError names the line that is wrong."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return AlertFile()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8: {error.reason}") from error
    except OSError as error:
        raise ConfigError(f"{path}: {system_reason(error)}") from error
    return _Reader(path, text).read()


def written(file: AlertFile) -> str:
    """The text of a file."""
    parts = [_HEAD]
    if file.tell is not None:
        parts.append(f"tell = [{', '.join(map(_quoted, file.tell))}]\n")
    named = (("player", file.player), ("sound", file.sound))
    parts += [f"{key} = {_quoted(value)}\n" for key, value in named if value]
    parts += map(_alert, file.alerts)
    return "".join(parts)


class _Reader:
    """One text, and where in it things stand."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._text = path, text

    def read(self) -> AlertFile:
        try:
            raw = read_toml(self._text)
        except tomllib.TOMLDecodeError as error:
            text, _, place = str(error).partition(" (at line ")
            line = int(place.partition(",")[0]) if place else 0
            self._fail(line, text[:1].lower() + text[1:])
        for key in raw:
            if key not in _KEYS:
                self._fail(self._line(key), f'unknown key "{key}"; there are {", ".join(_KEYS)}')
        tell = raw.get("tell")
        if tell is not None and not (
            isinstance(tell, list) and all(isinstance(word, str) for word in tell)
        ):
            self._fail(self._line("tell"), 'tell is a list of words, such as ["bell", "osc9"]')
        player, sound = (self._word(raw, key, self._line(key)) for key in ("player", "sound"))
        given = tell is not None or bool(player)
        try:
            ways = parse_ways(tell or (), player, sound) if given else None
        except ConfigError as error:
            self._fail(self._line("player" if "player" in str(error) else "tell"), str(error))
        return AlertFile(self._alerts(raw.get("alert", [])), ways, tell, player, sound)

    def _alerts(self, rows: object) -> list[Alert]:
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self._fail(self._line("alert"), "alerts are written as [[alert]] and rule below it")
        if len(rows) > MOST:
            self._fail(0, f"{len(rows)} alerts, {MOST} at most")
        return [self._alert(number, row) for number, row in enumerate(rows)]

    def _alert(self, number: int, row: dict[str, object]) -> Alert:
        for key in row:
            if key not in _ALERT_KEYS:
                known = ", ".join(_ALERT_KEYS)
                line = self._line_of(number, key)
                self._fail(line, f'unknown key "{key}"; an alert has {known}')
        line = self._line_of(number, "rule")
        if "rule" not in row:
            self._fail(line, 'an alert needs a rule = "…"')
        try:
            rule = read_rule(self._word(row, "rule", line))
        except ConfigError as error:
            self._fail(line, str(error))
        return Alert(rule, self._fired(number, rule, row))

    def _fired(self, number: int, rule: Rule, row: dict[str, object]) -> Firing | None:
        at, line = row.get("fired"), self._line_of(number, "fired")
        if at is None:
            return None
        if not isinstance(at, datetime) or at.tzinfo is None:
            self._fail(line, "fired is a time with its zone, such as 2024-08-08T23:55:12Z")
        words = [self._word(row, key, line) for key in ("instrument", "value", "note")]
        try:
            value = Decimal(words[1] or "0")
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            self._fail(self._line_of(number, "value"), f'"{words[1]}" is no number')
        ns = (at - _EPOCH) // timedelta(microseconds=1) * 1000
        return Firing(rule, words[0] or rule.instrument, ns, value, words[2])

    def _word(self, row: dict[str, object], key: str, line: int) -> str:
        value = row.get(key, "")
        if not isinstance(value, str):
            self._fail(line, f'{key} is a text in quotes: {key} = "…"')
        return value

    def _line(self, key: str) -> int:
        """The line of a key that belongs to no alert, from 1; 0 where it cannot be told."""
        return next(iter(self._found(rf"\s*\[*\s*\"?{re.escape(key)}\"?\s*[\]=]")), 0)

    def _line_of(self, number: int, key: str) -> int:
        """The line of a key of an alert; that of its head where it has none."""
        heads = [*self._found(r"\s*\[\[\s*alert\s*\]\]"), len(self._text.splitlines()) + 1]
        if number >= len(heads) - 1:
            return 0
        first, end = heads[number], heads[number + 1]
        found = self._found(rf"\s*\"?{re.escape(key)}\"?\s*=")
        return next((line for line in found if first < line < end), first)

    def _found(self, pattern: str) -> list[int]:
        lines = enumerate(self._text.splitlines(), start=1)
        return [number for number, line in lines if re.match(pattern, line)]

    def _fail(self, line: int, text: str) -> NoReturn:
        where = f"{self._path}: line {line}" if line else str(self._path)
        raise ConfigError(f"{where}: {text}")


def _alert(alert: Alert) -> str:
    lines = ["", "[[alert]]", f"rule = {_quoted(alert.rule.text)}"]
    if (fired := alert.fired) is not None:
        at = _EPOCH + timedelta(microseconds=fired.at // 1000)
        lines.append(f"fired = {at.strftime('%Y-%m-%dT%H:%M:%S.%fZ')}")
        lines.append(f"instrument = {_quoted(fired.instrument)}")
        lines.append(f"value = {_quoted(fired.exact)}")
        if fired.note:
            lines.append(f"note = {_quoted(fired.note)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text as TOML writes it; what cannot be seen is made a question mark."""
    return quoted(one_line(text))
