"""Heat scale: how sizes become colours, marks and lengths, fitted to columns that are settled.

What is drawn between two fittings is measured by one and the same scale, so that a picture does
not change where the market did not.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.depth import DepthView
from tui.heat.brightness import heat_steps, round_sizes
from tui.heat.grid import HALVES
from tui.heat.settings import HeatSettings

Integers = NDArray[np.int64]

_MARKS = (50.0, 80.0, 95.0)
"""Percentiles of the volumes of cells that traded: where each size of mark begins."""
_USUAL, _LARGE = 80.0, 3
"""A bar is whole at this many times the size at this percentile: walls do not flatten the rest."""
_BOLD = 88.0
"""Sizes of text rows from this percentile on are written brighter."""
_ROUND = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


class HeatScale(NamedTuple):
    """Sizes in lots."""

    steps: Integers
    """The smallest size of each level of the ramp from 1 up."""
    whole: int
    """At which a bar of the book is as long as it gets."""
    bold: int
    """From which sizes are written brighter."""
    most: int
    """The largest size of a text row."""


def fitted(view: DepthView, levels: int, settings: HeatSettings, least: int) -> HeatScale:
    """The scale for sizes like those of a view; colours are for those of `least` lots or more."""
    total = view.bid + view.ask
    seen = total[total >= least] if least else total
    rows = total.reshape(len(total), -1, HALVES).sum(axis=2)
    some = rows[rows > 0]
    usual, bold = np.percentile(some, (_USUAL, _BOLD)).tolist() if len(some) else (1.0, 1.0)
    return HeatScale(
        heat_steps(seen, levels, settings.contrast, settings.floor, settings.ceiling),
        max(1, round(_LARGE * usual)),
        max(1, round(bold)),
        int(rows.max(initial=1)),
    )


def mark_sizes(volumes: Integers) -> list[int]:
    """The volume from which each size of mark is drawn, from those of cells that traded."""
    return round_sizes(volumes, _MARKS)


def round_up(lots: int) -> int:
    """The next round number, at most half as much again: a scale that rarely changes."""
    unit = 10 ** max(0, len(str(max(1, lots))) - 1)
    return next(int(step * unit) for step in _ROUND if lots <= int(step * unit))
