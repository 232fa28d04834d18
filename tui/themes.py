"""Themes: TOML files of colours, ours and the user's, made into a Look for a colour depth."""

import difflib
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray
from platformdirs import user_config_path

from feeds.errors import ConfigError
from tui.color import XTERM, Rgb, distance, nearest, ramp, rgb
from tui.look import FAINT, MOST_COLORS, REVERSE, ROLES, SHADED, ColorDepth, Look

Shade: TypeAlias = str | tuple[str, int, int]
"""`#rrggbb`, or that with its xterm number and its 16-colour number chosen by hand."""


class _Heat(msgspec.Struct, forbid_unknown_fields=True):
    """A ramp from little to much."""

    stops: list[str]
    levels: int = 32
    x256: list[int] = []
    x16: list[int] = []


class _Theme(msgspec.Struct, forbid_unknown_fields=True):
    """One theme file; `base` names the theme that what is left out is taken from."""

    title: str = ""
    base: str = ""
    dark: bool | None = None
    colors: dict[str, Shade] = {}
    heat: _Heat | None = None
    heat_ask: _Heat | None = None
    """The ramp of the asks where it is not the same."""


@lru_cache(maxsize=32)
def load_look(theme: str = "dark", depth: ColorDepth = ColorDepth.TRUE) -> Look:
    """A theme by name for a colour depth; ConfigError says what is wrong with its file."""
    return _build(theme, _resolved(theme), depth)


def theme_names() -> list[str]:
    """Every theme there is, ours and the user's."""
    own = (p.stem for p in user_folder().glob("*.toml")) if user_folder().is_dir() else ()
    return sorted({*_shipped(), *own})


def user_folder() -> Path:
    """Where the user's own themes are read from."""
    return user_config_path("tapetop") / "themes"


def nearest_key(word: str, known: Iterable[str]) -> str:
    """` (did you mean "x"?)`, or nothing where no known word is close."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f' (did you mean "{close[0]}"?)' if close else ""


def _shipped() -> list[str]:
    folder = resources.files("themes")
    return [
        f.name.removesuffix(".toml")
        for f in folder.iterdir()
        if f.name.endswith(".toml") and f.name != "layouts.toml"
    ]


def _read(theme: str) -> tuple[str, str]:
    """The file's name as it is told to the user, and its text."""
    own = user_folder() / f"{theme}.toml"
    if theme and Path(theme).name == theme and own.is_file():
        return str(own), own.read_text("utf-8")
    if theme in _shipped():
        name = f"{theme}.toml"
        return f"themes/{name}", resources.files("themes").joinpath(name).read_text("utf-8")
    names = theme_names()
    raise ConfigError(
        f'unknown theme "{theme}"{nearest_key(theme, names)}; themes: {" ".join(names)}'
    )


def _parse(file: str, text: str) -> _Theme:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: {error}") from error
    for key in raw:
        if key not in _Theme.__struct_fields__:
            close = nearest_key(key, _Theme.__struct_fields__)
            raise ConfigError(f'{file}: unknown key "{key}"{close}')
    try:
        parsed = msgspec.convert(raw, _Theme)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file}: {error}") from error
    for role in parsed.colors:
        if role not in ROLES:
            raise ConfigError(f'{file}: unknown key "colors.{role}"{nearest_key(role, ROLES)}')
    return parsed


def _resolved(theme: str, seen: tuple[str, ...] = ()) -> _Theme:
    """The theme with everything it leaves out filled in from its base."""
    file, text = _read(theme)
    own = _parse(file, text)
    if theme in seen:
        raise ConfigError(f'{file}: base "{own.base}" leads back to itself')
    if own.base:
        under = _resolved(own.base, (*seen, theme))
        own.colors = {**under.colors, **own.colors}
        own.dark = under.dark if own.dark is None else own.dark
        own.heat_ask = own.heat_ask or (under.heat_ask if own.heat is None else None)
        own.heat = own.heat or under.heat
    missing = [role for role in ROLES if role not in own.colors]
    if missing or own.heat is None:
        what = f"colors.{missing[0]}" if missing else "heat"
        raise ConfigError(f'{file}: "{what}" is missing; name a base = "dark" to inherit the rest')
    return own


class _Palette:
    """Distinct colours in the order they were asked for."""

    def __init__(self, depth: ColorDepth) -> None:
        self.depth = depth
        self.entries: dict[tuple[Rgb, int, int], int] = {}

    def add(self, color: Rgb, code: int = 0, shade: int = 0) -> int:
        return self.entries.setdefault((color, code, shade), len(self.entries))


def _build(theme: str, source: _Theme, depth: ColorDepth) -> Look:
    assert source.heat is not None
    palette = _Palette(depth)
    try:
        roles = _roles(source, palette)
        bid = _ramp(source.heat, palette)
        ask = _ramp(source.heat_ask, palette) if source.heat_ask else bid
    except (ValueError, IndexError) as error:
        raise ConfigError(f"themes/{theme}.toml: {error}") from error
    if len(palette.entries) > MOST_COLORS:
        raise ConfigError(
            f"themes/{theme}.toml: {len(palette.entries)} colours, {MOST_COLORS} at most"
        )
    shades = np.full(MOST_COLORS, 0, np.uint8)
    shades[: len(palette.entries)] = [shade for _, _, shade in palette.entries]
    return Look(
        **roles,
        name=theme,
        dark=source.dark is not False,
        depth=depth,
        palette=tuple(color for color, _, _ in palette.entries),
        codes=tuple(code for _, code, _ in palette.entries),
        heat_bid=_frozen(bid),
        heat_ask=_frozen(ask),
        shades=shades,
    )


def _roles(source: _Theme, palette: _Palette) -> dict[str, int]:
    if palette.depth is ColorDepth.MONO:
        return {role: _mono_role(role, source.dark is not False, palette) for role in ROLES}
    return {role: _role(source.colors[role], palette) for role in ROLES}


def _role(shade: Shade, palette: _Palette) -> int:
    code, x256, x16 = shade if isinstance(shade, tuple) else (shade, -1, -1)
    exact = rgb(code)
    match palette.depth:
        case ColorDepth.C256:
            number = x256 if 16 <= x256 <= 255 else 16 + nearest(exact, XTERM[16:])
            return palette.add(XTERM[number], number)
        case ColorDepth.C16:
            number = x16 if 0 <= x16 <= 15 else nearest(exact, XTERM[:16])
            return palette.add(XTERM[number], number)
        case _:
            return palette.add(exact)


_MONO_GROUNDS = {"background", "panel", "title_bar", "gap_bar"}
_MONO_FAINT = {"dim", "faint", "grid", "gap", "volume"}
_MONO_SHADES = {"bid": 2, "buy": 2, "depth_bid": 2, "trade_buy": 2, "best_bid": 2}


def _mono_role(role: str, dark: bool, palette: _Palette) -> int:
    """Black and white: bars become reverse video, the buyers' side a lighter shade."""
    ground, ink = ((0, 0, 0), (255, 255, 255)) if dark else ((255, 255, 255), (0, 0, 0))
    if role in _MONO_GROUNDS:
        return palette.add(ground)
    if role in _MONO_FAINT:
        return palette.add((136, 136, 136), FAINT | REVERSE, 4)
    return palette.add(ink, REVERSE, _MONO_SHADES.get(role, 4))


def _ramp(heat: _Heat, palette: _Palette) -> list[int]:
    stops = [rgb(stop) for stop in heat.stops]
    if len(stops) < 2 or not 2 <= heat.levels <= 48:
        raise ValueError("heat: needs at least 2 stops and 2 to 48 levels")
    match palette.depth:
        case ColorDepth.TRUE:
            return [palette.add(color) for color in ramp(stops, heat.levels)]
        case ColorDepth.C256:
            numbers = heat.x256 or _numbers(stops, range(16, 256), 20)
            return [palette.add(XTERM[number], number) for number in numbers]
        case ColorDepth.C16:
            numbers = heat.x16 or _numbers(stops, range(16), 7)
            return [palette.add(XTERM[number], number) for number in numbers]
        case ColorDepth.MONO:
            ink = (255, 255, 255) if sum(stops[0]) < sum(stops[-1]) else (0, 0, 0)
            first = palette.add((0, 0, 0) if ink[0] else (255, 255, 255))
            return [first, *(palette.add(ink, SHADED, shade) for shade in (1, 2, 3, 4))]


def _numbers(stops: list[Rgb], among: range, levels: int) -> list[int]:
    """The terminal's own colours along a ramp, each once: fewer steps rather than equal ones."""
    table = [XTERM[number] for number in among]
    found = [nearest(color, table) for color in ramp(stops, levels)]
    kept = [found[0]]
    for number in found[1:]:
        if number not in kept and distance(table[number], table[kept[-1]]) > 0.02:
            kept.append(number)
    return [among[number] for number in kept]


def _frozen(indices: list[int]) -> NDArray[np.uint8]:
    array = np.array(indices, np.uint8)
    array.flags.writeable = False
    return array
