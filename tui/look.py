"""Look: the colours of one theme made for one colour depth, as small palette indices by role."""

from dataclasses import dataclass, field, fields
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from tui.color import Rgb, contrast

MOST_COLORS = 128
"""A palette's limit: a foreground, a background and a bold bit then fit one small key."""


class ColorDepth(StrEnum):
    """How many colours the terminal shows; MONO writes no colour at all (NO_COLOR)."""

    TRUE = "truecolor"
    C256 = "256"
    C16 = "16"
    MONO = "mono"


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a pane may draw with: each role is an index into `palette`.

    Index 0 is the background, so an empty canvas already is one. Ramps are arrays of indices,
    low to high; their length is the depth's own (`levels`), so scale by it and never assume 32.
    In MONO the roles carry reverse video and faintness instead of colour and the ramps are
    shades (` ░▒▓█`): `Canvas.pixels`, `fill` and `tint` do the right thing with the same indices.
    """

    # Grounds.
    background: int
    panel: int
    """A slightly raised ground: axes, ladders, cells of a grid."""
    selection: int
    title_bar: int
    title_bar_focus: int
    bid_bar: int
    """Dark tints for bars behind text (ladder sizes)."""
    ask_bar: int
    buy_bar: int
    """Stronger tints behind text: imbalances, large prints."""
    sell_bar: int
    poc_bar: int
    gap_bar: int
    """The ground of a span of time about which nothing is known."""

    # Inks for text and lines.
    text: int
    dim: int
    faint: int
    grid: int
    """Lines only, too quiet for words."""
    accent: int
    bid: int
    ask: int
    buy: int
    sell: int
    imbalance_buy: int
    imbalance_sell: int
    poc: int
    warn: int
    error: int
    live: int
    title: int
    title_focus: int
    gap: int
    """Hatching over `gap_bar`."""

    # Chart inks.
    best_bid: int
    """Lines drawn over the heat."""
    best_ask: int
    trade_buy: int
    """Trade marks drawn over the heat."""
    trade_sell: int
    depth_bid: int
    """Bars of the book as it is now."""
    depth_ask: int
    last: int
    """The last price: its line and the ground of its tag."""
    volume: int

    name: str
    dark: bool
    depth: ColorDepth
    palette: tuple[Rgb, ...]
    """The colours as a picture shows them; at 16 colours xterm's, at MONO black and white."""
    codes: tuple[int, ...]
    """xterm numbers at 256 and 16 colours, `Attribute` bits at MONO, unused at TRUE."""
    heat_bid: NDArray[np.uint8]
    heat_ask: NDArray[np.uint8]
    shades: NDArray[np.uint8]
    """How full each colour is drawn where there is no colour: 0 to 4 of ` ░▒▓█`."""
    ink: NDArray[np.uint8] = field(init=False, repr=False)
    """The best text on each colour: `look.ink[look.last]` is the text of a tag on `look.last`."""
    readable: NDArray[np.uint8] = field(init=False, repr=False)
    """[ink, ground] -> the ink for text: another where the terminal would merge the two."""

    def __post_init__(self) -> None:
        ink, readable = _readable(self)
        object.__setattr__(self, "ink", ink)
        object.__setattr__(self, "readable", readable)

    @property
    def mono(self) -> bool:
        """Glyphs and attributes must carry what colour would."""
        return self.depth is ColorDepth.MONO

    @property
    def levels(self) -> int:
        """Steps in either ramp."""
        return len(self.heat_bid)


ROLES: tuple[str, ...] = tuple(f.name for f in fields(Look) if f.type is int)
"""Every single colour a theme must name."""

FAINT = 1
"""MONO code bit: drawn faint when it is an ink."""
REVERSE = 2
"""MONO code bit: reverse video when it is a ground."""
SHADED = 4
"""MONO code bit: a ground drawn as a shade glyph, since it stands for an intensity."""


def _readable(look: Look) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Best text per ground, and the ink table that keeps text from merging with its ground."""
    size = len(look.palette)
    ink = np.zeros(MOST_COLORS, np.uint8)
    table = np.repeat(np.arange(MOST_COLORS, dtype=np.uint8)[:, None], MOST_COLORS, axis=1)
    choices = (look.text, look.background)
    for ground in range(size):
        seen = [contrast(look.palette[choice], look.palette[ground]) for choice in choices]
        ink[ground] = choices[seen.index(max(seen))]
        for one in range(size):
            if _merges(look, one, ground):
                table[one, ground] = look.text if look.mono else ink[ground]
    for array in (ink, table):
        array.flags.writeable = False
    return ink, table


def _merges(look: Look, ink: int, ground: int) -> bool:
    """Sixteen colours leave no room for tints, and faintness dims a reversed ground instead."""
    if look.mono:
        return bool(look.codes[ink] & FAINT and look.codes[ground] & REVERSE)
    return look.depth is ColorDepth.C16 and contrast(look.palette[ink], look.palette[ground]) < 2.8
