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
