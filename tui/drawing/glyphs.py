"""Glyphs as geometry: block elements and rules as rectangles in a cell one wide and one high."""

from typing import Final, TypeAlias

Rectangle: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom."""

_RULE: Final = 0.07
"""Half the thickness of a rule, of the cell's width; half that of its height."""


def shade(glyph: str) -> float:
    """How much of a cell a shade covers: `░` 0.25, `▒` 0.5, `▓` 0.75; 0 for other glyphs."""
    return _SHADES.get(glyph, 0.0)


def rectangles(glyph: str) -> tuple[Rectangle, ...]:
    """The parts of the cell a block element or rule covers; empty for what a font must draw."""
    return _SHAPES.get(glyph, ())


_SHADES: Final = {"░": 0.25, "▒": 0.5, "▓": 0.75}


def _blocks() -> dict[str, tuple[Rectangle, ...]]:
    found: dict[str, tuple[Rectangle, ...]] = {
        "█": ((0, 0, 1, 1),),
        "▀": ((0, 0, 1, 0.5),),
        "▐": ((0.5, 0, 1, 1),),
        "▔": ((0, 0, 1, 0.125),),
        "▕": ((0.875, 0, 1, 1),),
    }
    for eighths, glyph in enumerate("▁▂▃▄▅▆▇", start=1):
        found[glyph] = ((0, 1 - eighths / 8, 1, 1),)
    for eighths, glyph in enumerate("▏▎▍▌▋▊▉", start=1):
        found[glyph] = ((0, 0, eighths / 8, 1),)
    quarters = ((0, 0, 0.5, 0.5), (0.5, 0, 1, 0.5), (0, 0.5, 0.5, 1), (0.5, 0.5, 1, 1))
    for glyph, places in zip("▖▗▘▙▚▛▜▝▞▟", _QUADRANTS, strict=True):
        found[glyph] = tuple(quarters[place] for place in places)
    return found


_QUADRANTS: Final = (
    (2,),
    (3,),
    (0,),
    (0, 2, 3),
    (0, 3),
    (0, 1, 2),
    (0, 1, 3),
    (1,),
    (1, 2),
    (1, 2, 3),
)
"""Quarters (top left, top right, bottom left, bottom right) that U+2596 to U+259F fill."""


def _rules() -> dict[str, tuple[Rectangle, ...]]:
    """Light and heavy lines, from the arms each glyph has."""
    arms = {
        "─": "lr", "│": "ud", "┌": "rd", "┐": "ld", "└": "ru", "┘": "lu", "├": "rud",
        "┤": "lud", "┬": "lrd", "┴": "lru", "┼": "lrud", "╴": "l", "╵": "u", "╶": "r", "╷": "d",
        "╭": "rd", "╮": "ld", "╰": "ru", "╯": "lu",
    }  # fmt: skip
    heavy = {"━": "lr", "┃": "ud", "╸": "l", "╹": "u", "╺": "r", "╻": "d"}
    thin = {glyph: _arms(ends, _RULE) for glyph, ends in arms.items()}
    dashed = {"┄": _dashes(3), "┈": _dashes(4), "╌": _dashes(2)}
    upright = {"┆": _dashes(3, True), "┊": _dashes(4, True), "╎": _dashes(2, True)}
    return (
        thin | {glyph: _arms(ends, 2 * _RULE) for glyph, ends in heavy.items()} | dashed | upright
    )


def _arms(ends: str, half: float) -> tuple[Rectangle, ...]:
    """Lines from the middle to the ends named l, r, u, d; a cell is twice as high as wide."""
    flat = half / 2
    reach: dict[str, Rectangle] = {
        "l": (0, 0.5 - flat, 0.5 + half, 0.5 + flat),
        "r": (0.5 - half, 0.5 - flat, 1, 0.5 + flat),
        "u": (0.5 - half, 0, 0.5 + half, 0.5 + flat),
        "d": (0.5 - half, 0.5 - flat, 0.5 + half, 1),
    }
    return tuple(reach[end] for end in ends)


def _dashes(count: int, upright: bool = False) -> tuple[Rectangle, ...]:
    spans = [((i + 0.2) / count, (i + 0.8) / count) for i in range(count)]
    if upright:
        return tuple((0.5 - _RULE, low, 0.5 + _RULE, high) for low, high in spans)
    return tuple((low, 0.5 - _RULE / 2, high, 0.5 + _RULE / 2) for low, high in spans)


_SHAPES: Final = _blocks() | _rules()
