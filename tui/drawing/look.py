"""Look: the colours of one theme made for one colour depth, and the clock times are told by."""

from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.drawing.color import Rgb, contrasts, distance
from tui.drawing.measure import Measure
from tui.drawing.zones import UTC_ZONE, Zone

MOST_COLORS: Final = 192
"""A palette's limit: every role and two ramps of 64; an index fits a byte with room to spare."""

LEVELS: Final = (8, 16, 32, 64)
"""How many steps a ramp may be asked to have at most."""


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
    Looks of one theme and depth that differ in levels share one palette: an index means the same
    colour in all of them, so that a picture drawn with one can stand beside another's.
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
    zone: Zone = UTC_ZONE
    """By whose clock times are told."""
    measure: Measure = Measure.BASE
    """The currency in which sizes are written."""
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

    def timed(self, zone: Zone) -> "Look":
        """The same look by another clock, one and the same each time."""
        return self if zone == self.zone else _timed(self, zone)

    def thinned(self, levels: int) -> "Look":
        """The same look with at most so many steps in its ramps; itself where it has no more."""
        if self.levels <= levels:
            return self
        bid, ask = (self._fewer(heat, levels) for heat in (self.heat_bid, self.heat_ask))
        return replace(self, heat_bid=bid, heat_ask=ask)

    def _fewer(self, heat: NDArray[np.uint8], levels: int) -> NDArray[np.uint8]:
        """So many steps of a ramp. In truecolor all are even; elsewhere the terminal's leaps."""
        places = np.arange(len(heat), dtype=np.float64)
        if self.depth is not ColorDepth.TRUE:
            colors = [self.palette[color] for color in heat]
            places[1:] = np.cumsum(list(map(distance, colors, colors[1:])))
        fewer = heat[_kept(places, levels)]
        fewer.flags.writeable = False
        return fewer


ROLES: tuple[str, ...] = tuple(f.name for f in fields(Look) if f.type is int)
"""Every single colour a theme must name."""

FAINT = 1
"""MONO code bit: drawn faint when it is an ink."""
REVERSE = 2
"""MONO code bit: reverse video when it is a ground."""
SHADED = 4
"""MONO code bit: a ground drawn as a shade glyph, since it stands for an intensity."""


@lru_cache(maxsize=64)
def _timed(look: Look, zone: Zone) -> Look:
    return replace(look, zone=zone)


def _kept(places: NDArray[np.float64], levels: int) -> NDArray[np.intp]:
    """Which steps of a ramp remain when it is thinned; the places say how far along each lies.

    Steps go one by one wherever they leave the smallest leap, in an even ramp from both ends
    inwards. So what few steps keep many steps keep too, and faint and bright stay as they were.
    """
    kept = np.arange(len(places))
    middle = places[-1] / 2
    while len(kept) > max(2, levels):
        at = places[kept]
        leaps = at[2:] - at[:-2] - 1e-6 * np.abs(at[1:-1] - middle)
        kept = np.delete(kept, 1 + leaps.argmin())
    return kept


def _readable(look: Look) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Best text per ground, and the ink table that keeps text from merging with its ground."""
    size = len(look.palette)
    seen = contrasts(look.palette)
    ink = np.zeros(MOST_COLORS, np.uint8)
    ink[:size] = np.where(seen[look.text] >= seen[look.background], look.text, look.background)
    table = np.repeat(np.arange(MOST_COLORS, dtype=np.uint8)[:, None], MOST_COLORS, axis=1)
    better = np.full(size, look.text, np.uint8) if look.mono else ink[:size]
    merged = _merging(look, seen)
    table[:size, :size][merged] = np.broadcast_to(better, merged.shape)[merged]
    for array in (ink, table):
        array.flags.writeable = False
    return ink, table


def _merging(look: Look, seen: NDArray[np.float64]) -> NDArray[np.bool_]:
    """[ink, ground] that merge.

    Sixteen colours leave no room for tints, and faintness dims a reversed ground instead.
    """
    if look.mono:
        codes = np.array(look.codes, np.uint8)
        return ((codes & FAINT) > 0)[:, None] & ((codes & REVERSE) > 0)
    return (seen < 2.8) if look.depth is ColorDepth.C16 else np.zeros(seen.shape, np.bool_)
