"""Counts: how much a market has taken."""

from typing import NamedTuple


class Counts(NamedTuple):
    """How much a market has taken."""

    messages: int
    trades: int
    deltas: int
    snapshots: int
    off_grid: int
    """Prices and sizes off the listed grids, or off any grid at all."""
    gaps: int
    sizeless: int = 0
    """Prints of no size, or of less than the finest lot that sizes can be stated in: no trades."""
