"""Escapes: each change of colours a palette can need, made when first wanted and then kept."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tui.drawing.color import Rgb
from tui.drawing.look import ColorDepth, Look

Indices = NDArray[np.uint8]

SAME: Final = 255
"""Instead of a colour: it stays as it is."""


class Escapes:
    """The text that sets an ink and a ground, or one of the two, or nothing.

    A palette has thousands of pairs and a picture shows hundreds. None is made before it is
    wanted, so that another theme costs nothing.
    """

    def __init__(self, inks: Sequence[str], grounds: Sequence[str]) -> None:
        self._inks, self._grounds = inks, grounds
        # numpy has no type for arrays of str objects.
        self._texts: NDArray[Any] = np.full(1 << 16, "", object)
        self._made = np.zeros(1 << 16, np.bool_)
        self._made[SAME << 8 | SAME] = True

    def change(self, inks: Indices, grounds: Indices) -> list[str]:
        """The escape for each pair of a new ink and a new ground."""
        keys = inks.astype(np.intp)
        keys <<= 8
        keys |= grounds
        made = self._made[keys]
        if not made.all():
            self._make(set(keys[~made].tolist()))
        return list(self._texts[keys].tolist())

    def _make(self, keys: set[int]) -> None:
        for key in keys:
            ink, ground = divmod(key, 256)
            said = [self._inks[ink]] if ink != SAME else []
            said += [self._grounds[ground]] if ground != SAME else []
            self._texts[key] = f"\x1b[{';'.join(said)}m"
            self._made[key] = True


@lru_cache(maxsize=16)
def escapes(look: Look) -> Escapes:
    """The escapes of a look, shared by all looks with its palette."""
    return _escapes(look.depth, look.palette, look.codes)


@lru_cache(maxsize=4)
def _escapes(depth: ColorDepth, palette: tuple[Rgb, ...], codes: tuple[int, ...]) -> Escapes:
    if depth is ColorDepth.TRUE:
        colors = [f"2;{r};{g};{b}" for r, g, b in palette]
    elif depth is ColorDepth.C256:
        colors = [f"5;{code}" for code in codes]
    else:
        low = [code if code < 8 else code + 52 for code in codes]
        return Escapes([str(30 + code) for code in low], [str(40 + code) for code in low])
    return Escapes([f"38;{color}" for color in colors], [f"48;{color}" for color in colors])
