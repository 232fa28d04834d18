"""Themes: the colours of a theme file made into a Look for a colour depth."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from feeds.errors import ConfigError
from tui.drawing.color import XTERM, Rgb, distance, nearest, ramp, rgb
from tui.drawing.look import FAINT, LEVELS, MOST_COLORS, REVERSE, ROLES, SHADED, ColorDepth, Look
from tui.drawing.measure import Measure
from tui.drawing.zones import UTC_ZONE
from tui.themefile import Heat, Shade, Theme, read_theme


@lru_cache(maxsize=64)
def load_look(
    theme: str = "dark",
    depth: ColorDepth = ColorDepth.TRUE,
    levels: int = 32,
    measure: Measure = Measure.BASE,
) -> Look:
    """A theme by name for a colour depth; ConfigError says what is wrong with its file.

    Its ramps have at most so many levels. Fewer are taken from the same colours, and the palette
    stays as it is, so that another number of levels changes few cells of a picture. The measure is
    the currency sizes are written in.
    """
    if measure is not Measure.BASE:
        return replace(load_look(theme, depth, levels), measure=measure)
    if levels < LEVELS[-1]:
        return load_look(theme, depth, LEVELS[-1]).thinned(levels)
    file, source = read_theme(theme)
    try:
        return _build(theme, source, depth)
    except ValueError as error:
        raise ConfigError(f"{file}: {error}") from error


def look_of(
    theme: Theme,
    depth: ColorDepth = ColorDepth.TRUE,
    levels: int = 32,
    measure: Measure = Measure.BASE,
) -> Look:
    """The look of a theme that stands in no file as it is; ConfigError says what is in the way."""
    try:
        return replace(_build(theme.title, theme, depth).thinned(levels), measure=measure)
    except ValueError as error:
        raise ConfigError(str(error)) from error


class _Palette:
    """Distinct colours in the order they were asked for."""

    def __init__(self, depth: ColorDepth) -> None:
        self.depth = depth
        self.entries: dict[tuple[Rgb, int, int], int] = {}

    def add(self, color: Rgb, code: int = 0, shade: int = 0) -> int:
        return self.entries.setdefault((color, code, shade), len(self.entries))


def _build(theme: str, source: Theme, depth: ColorDepth) -> Look:
    assert source.heat is not None
    palette = _Palette(depth)
    dark = source.dark is not False
    roles = _roles(source, palette, dark)
    bid = _ramp(source.heat, palette, dark)
    ask = _ramp(source.heat_ask, palette, dark) if source.heat_ask else bid
    if len(palette.entries) > MOST_COLORS:
        raise ValueError(f"{len(palette.entries)} colours, {MOST_COLORS} at most")
    levels = min(len(bid), len(ask))
    shades = np.zeros(MOST_COLORS, np.uint8)
    shades[: len(palette.entries)] = [shade for _, _, shade in palette.entries]
    shades.flags.writeable = False
    return Look(
        **roles,
        measure=Measure.BASE,
        name=theme,
        dark=dark,
        depth=depth,
        palette=tuple(color for color, _, _ in palette.entries),
        codes=tuple(code for _, code, _ in palette.entries),
        heat_bid=_spread(bid, levels),
        heat_ask=_spread(ask, levels),
        shades=shades,
        zone=UTC_ZONE,
    )


def _roles(source: Theme, palette: _Palette, dark: bool) -> dict[str, int]:
    if palette.depth is ColorDepth.MONO:
        return {role: _mono_role(role, dark, palette) for role in ROLES}
    return {role: _role(source.colors[role], palette) for role in ROLES}


def _role(shade: Shade, palette: _Palette) -> int:
    code, x256, x16 = shade if isinstance(shade, tuple) else (shade, -1, -1)
    exact = rgb(code)
    match palette.depth:
        case ColorDepth.C256:
            number = x256 if x256 >= 0 else 16 + nearest(exact, XTERM[16:])
            return palette.add(XTERM[number], number)
        case ColorDepth.C16:
            number = x16 if x16 >= 0 else nearest(exact, XTERM[:16])
            return palette.add(XTERM[number], number)
        case _:
            return palette.add(exact)


_BLACK_AND_WHITE: tuple[Rgb, Rgb] = ((0, 0, 0), (255, 255, 255))
_MONO_GROUNDS = {"background", "panel", "title_bar", "gap_bar"}
_MONO_FAINT = {"dim", "faint", "grid", "gap", "volume"}
_MONO_SHADES = {"bid": 2, "buy": 2, "depth_bid": 2, "trade_buy": 2, "best_bid": 2}


def _mono_role(role: str, dark: bool, palette: _Palette) -> int:
    """Black and white: bars become reverse video, the buyers' side a lighter shade."""
    ground, ink = _BLACK_AND_WHITE if dark else _BLACK_AND_WHITE[::-1]
    if role in _MONO_GROUNDS:
        return palette.add(ground)
    if role in _MONO_FAINT:
        return palette.add((136, 136, 136), FAINT | REVERSE, 4)
    return palette.add(ink, REVERSE, _MONO_SHADES.get(role, 4))


def _ramp(heat: Heat, palette: _Palette, dark: bool) -> list[int]:
    stops = [rgb(stop) for stop in heat.stops]
    match palette.depth:
        case ColorDepth.TRUE:
            return [palette.add(color) for color in ramp(stops, heat.levels)]
        case ColorDepth.C256:
            numbers = heat.x256 or _numbers(stops, range(16, 256), 32)
            return [palette.add(XTERM[number], number) for number in numbers]
        case ColorDepth.C16:
            numbers = heat.x16 or _numbers(stops, range(16), 7)
            return [palette.add(XTERM[number], number) for number in numbers]
        case ColorDepth.MONO:
            ground, ink = _BLACK_AND_WHITE if dark else _BLACK_AND_WHITE[::-1]
            shades = (palette.add(ink, SHADED, shade) for shade in (1, 2, 3, 4))
            return [palette.add(ground), *shades]


def _numbers(stops: list[Rgb], among: range, levels: int) -> list[int]:
    """The terminal's own colours along a ramp, each once: fewer steps rather than equal ones."""
    table = [XTERM[number] for number in among]
    found = [nearest(color, table) for color in ramp(stops, levels)]
    kept = [found[0]]
    for number in found[1:]:
        if number not in kept and distance(table[number], table[kept[-1]]) > 0.02:
            kept.append(number)
    return [among[number] for number in kept]


def _spread(indices: list[int], levels: int) -> NDArray[np.uint8]:
    """So many of the indices, from the first to the last."""
    chosen = np.rint(np.linspace(0, len(indices) - 1, levels)).astype(int)
    array: NDArray[np.uint8] = np.array(indices, np.uint8)[chosen]
    array.flags.writeable = False
    return array
