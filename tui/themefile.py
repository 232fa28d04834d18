"""Theme file: the colours of one theme as TOML, ours or the user's; read, filled in, written."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta
from msgspec.structs import replace
from platformdirs import user_config_path

from feeds.errors import ConfigError, system_reason
from feeds.filing import write_whole
from feeds.tomltext import NAME, quoted, read_toml
from tui.drawing.look import LEVELS, ROLES
from tui.registry import nearest as meant

Number: TypeAlias = Annotated[int, Meta(ge=16, le=255)]
Basic: TypeAlias = Annotated[int, Meta(ge=0, le=15)]
Shade: TypeAlias = str | tuple[str, Number, Basic]
"""`#rrggbb`, or that with its xterm number and its 16-colour number chosen by hand."""

_STOPS_A_LINE: Final = 6


class Heat(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A ramp from little to much; where the numbers are left out the nearest ones are taken."""

    stops: Annotated[tuple[str, ...], Meta(min_length=2)]
    levels: Annotated[int, Meta(ge=2, le=LEVELS[-1])] = LEVELS[-1]
    """Steps at most, however many are asked for."""
    x256: tuple[Number, ...] = ()
    x16: tuple[Basic, ...] = ()


class Theme(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One theme file; `base` names the theme that what is left out is taken from."""

    title: str = ""
    base: str = ""
    dark: bool | None = None
    colors: dict[str, Shade] = {}
    """Never changed: another theme has another one."""
    heat: Heat | None = None
    heat_ask: Heat | None = None
    """The ramp of the asks where it is not the same."""


def theme_names() -> list[str]:
    """Every theme there is, ours and the user's."""
    return sorted({*shipped_themes(), *(path.stem for path in user_folder().glob("*.toml"))})


def shipped_themes() -> list[str]:
    """The themes that are ours."""
    names = (file.name for file in resources.files("themes").iterdir())
    return [n.removesuffix(".toml") for n in names if n.endswith(".toml") and n != "layouts.toml"]


def user_folder() -> Path:
    """Where the user's own themes are read from."""
    return user_config_path("tapetop") / "themes"


def own_theme(name: str) -> Path | None:
    """The user's own file of this name, where there is one."""
    path = user_folder() / f"{name}.toml"
    return path if path.is_file() else None


def read_theme(name: str) -> tuple[str, Theme]:
    """The file a theme is in and all of its colours, those of its base too.

    The file's name is as it is told to the user; ConfigError says what is wrong with it.
    """
    file, text = _read(name)
    return file, _resolved(file, text, ())


def keep_theme(name: str, theme: Theme) -> Path:
    """Write a theme of the user's, all of its colours; ConfigError says what is in the way.

    What colours there will be one day come from ours, so that the file can be read then.
    """
    if NAME.fullmatch(name) is None:
        raise ConfigError(f'"{name}" is no name: up to 20 letters, digits, - and _ are')
    if name in shipped_themes() and own_theme(name) is None:
        raise ConfigError(f"{name} is one of ours, which stay as they are: choose another name")
    path = user_folder() / f"{name}.toml"
    base = "light" if theme.dark is False else "dark"
    ours = base != name and own_theme(base) is None
    whole = replace(theme, title=theme.title or name, base=base if ours else "")
    try:
        write_whole(path, written(whole))
    except OSError as error:
        raise ConfigError(f"{path}: {system_reason(error)}") from error
    return path


def forget_theme(name: str) -> Path:
    """Delete a theme of the user's; ConfigError says why that cannot be."""
    path = own_theme(name)
    if path is None:
        raise ConfigError(f"{name} is one of ours, which stay")
    users = [other for other in theme_names() if other != name and _base(other) == name]
    if users and name not in shipped_themes():
        raise ConfigError(f"{name} is the base of {', '.join(users)}, which would be without it")
    try:
        path.unlink()
    except OSError as error:
        raise ConfigError(f"{path}: {system_reason(error)}") from error
    return path


def written(theme: Theme) -> str:
    """A theme as the text of its file."""
    lines = [f"title = {quoted(theme.title)}"] if theme.title else []
    lines += [f"base = {quoted(theme.base)}"] if theme.base else []
    lines += [] if theme.dark is None else [f"dark = {str(theme.dark).lower()}"]
    lines += ["", "[colors]"]
    lines += [f"{role} = {_shade(theme.colors[role])}" for role in ROLES if role in theme.colors]
    for key, heat in (("heat", theme.heat), ("heat_ask", theme.heat_ask)):
        if heat is not None:
            lines += ["", f"[{key}]", *_ramp(heat)]
    return "\n".join(lines) + "\n"


def parse_theme(file: str, text: str) -> Theme:
    """The theme in the text of a file; ConfigError names the file, the key and the mistake."""
    try:
        raw = read_toml(text)
        for key in raw:
            _known(file, key, key, Theme.__struct_fields__)
        parsed = msgspec.convert(raw, Theme)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{file}: {error}") from error
    for role in parsed.colors:
        _known(file, f"colors.{role}", role, ROLES)
    return parsed


def _known(file: str, key: str, word: str, words: tuple[str, ...]) -> None:
    if word not in words:
        raise ConfigError(f'{file}: unknown key "{key}"{meant(word, words)}')


def _read(name: str) -> tuple[str, str]:
    """The file's name as it is told to the user, and its text."""
    if name not in theme_names():
        names = theme_names()
        raise ConfigError(f'unknown theme "{name}"{meant(name, names)}; themes: {", ".join(names)}')
    own = own_theme(name)
    if own is None:
        shipped = resources.files("themes") / f"{name}.toml"
        return f"themes/{name}.toml", shipped.read_text("utf-8")
    try:
        return str(own), own.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{own}: {error}") from error


def _resolved(file: str, text: str, seen: tuple[str, ...]) -> Theme:
    """The theme with everything it leaves out filled in from its base."""
    own = parse_theme(file, text)
    if own.base:
        if own.base in seen:
            raise ConfigError(f'{file}: base "{own.base}" leads back to itself')
        under = _resolved(*_read(own.base), (*seen, own.base))
        own = replace(
            own,
            colors={**under.colors, **own.colors},
            dark=under.dark if own.dark is None else own.dark,
            heat_ask=own.heat_ask or (under.heat_ask if own.heat is None else None),
            heat=own.heat or under.heat,
        )
    missing = [f"colors.{role}" for role in ROLES if role not in own.colors]
    missing += [] if own.heat else ["heat"]
    if missing:
        raise ConfigError(f'{file}: "{missing[0]}" is missing; base = "dark" inherits the rest')
    return own


def _base(name: str) -> str:
    """What a theme begins with; nothing where its file cannot be understood."""
    try:
        return parse_theme(*_read(name)).base
    except ConfigError:
        return ""


def _shade(shade: Shade) -> str:
    if isinstance(shade, str):
        return quoted(shade)
    code, x256, x16 = shade
    return f"[{quoted(code)}, {x256}, {x16}]"


def _ramp(heat: Heat) -> list[str]:
    stops = [f"{quoted(stop)}," for stop in heat.stops]
    rows = [
        "  " + " ".join(stops[at : at + _STOPS_A_LINE])
        for at in range(0, len(stops), _STOPS_A_LINE)
    ]
    lines = ["stops = [", *rows, "]"]
    lines += [f"levels = {heat.levels}"] if heat.levels != LEVELS[-1] else []
    lines += [f"x256 = {list(heat.x256)}"] if heat.x256 else []
    lines += [f"x16 = {list(heat.x16)}"] if heat.x16 else []
    return lines
