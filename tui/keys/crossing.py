"""Crossing: crosshair and ruler of panes that have them, as pure functions of pane and market."""

from dataclasses import replace
from typing import Protocol, Self, TypeVar, runtime_checkable

from market.market import Market
from tui.pane import Pane, Size

P = TypeVar("P", bound=Pane)


@runtime_checkable
class Crossed(Protocol):
    """A pane that can point at one of its cells and tell its numbers."""

    cross_time: int | None
    """Market time that is pointed at, ns; None without a crosshair."""
    cross_price: int | None
    """Price that is pointed at, in ticks."""

    @property
    def crossed(self) -> bool:
        """Whether there is a crosshair."""
        ...

    def crossed_at(self, market: Market, size: Size, x: int, y: int) -> Self:
        """The pane with the crosshair at a cell of a picture of this size."""
        ...

    def cross_moved(self, market: Market, size: Size, right: int, up: int) -> Self:
        """The pane with its crosshair so many columns and rows on; the first puts it down."""
        ...


@runtime_checkable
class Ruled(Crossed, Protocol):
    """A pane that measures from where its ruler was laid to its crosshair."""

    ruler_time: int | None
    """Market time at which the ruler begins, ns; None without one."""
    ruler_price: int | None
    """Price at which it begins, in ticks."""


def crossed(pane: Pane) -> bool:
    """Whether a pane has a crosshair now."""
    return isinstance(pane, Crossed) and pane.crossed


def marked(pane: Pane) -> bool:
    """Whether a pane has a crosshair or a ruler now."""
    return crossed(pane) or (isinstance(pane, Ruled) and pane.ruler_time is not None)


def ruled(pane: P, at: int, ticks: int) -> P:
    """The pane with its ruler laid at the crosshair, or at a time and price; or without it."""
    if not isinstance(pane, Ruled):
        return pane
    if pane.ruler_time is not None:
        return _ruled(pane, None, None)
    if pane.cross_time is not None and pane.cross_price is not None:
        at, ticks = pane.cross_time, pane.cross_price
    return _ruled(pane, at, ticks)


def uncrossed(pane: P) -> P:
    """The pane without crosshair and ruler."""
    if isinstance(pane, Ruled) and pane.ruler_time is not None:
        pane = _ruled(pane, None, None)
    return _crossed(pane, None, None) if crossed(pane) else pane


def moved(pane: P, drawn: Pane, market: Market | None, size: Size, right: int, up: int) -> P:
    """The pane with its crosshair moved, or put down where there is none.

    `drawn` is the pane as it is on the screen, which may be held in a pause.
    """
    if market is None or not isinstance(drawn, Crossed):
        return pane
    found = drawn.cross_moved(market, size, right, up)
    return _crossed(pane, found.cross_time, found.cross_price)


def pointed(pane: P, drawn: Pane, market: Market | None, size: Size, x: int, y: int) -> P:
    """The pane with its crosshair at a cell, or without where it already was there."""
    if market is None or not isinstance(drawn, Crossed):
        return pane
    found = drawn.crossed_at(market, size, x, y)
    same = (found.cross_time, found.cross_price) == (drawn.cross_time, drawn.cross_price)
    return uncrossed(pane) if same else _crossed(pane, found.cross_time, found.cross_price)


def measured(
    pane: P,
    drawn: Pane,
    market: Market | None,
    size: Size,
    begin: tuple[int, int],
    end: tuple[int, int],
) -> P:
    """The pane with its ruler laid from one cell of its chart to another."""
    if market is None or not isinstance(drawn, Ruled):
        return pane
    bare = uncrossed(drawn)
    one, other = (bare.crossed_at(market, size, *cell) for cell in (begin, end))
    if not one.crossed or not other.crossed:
        return pane
    pane = _crossed(pane, other.cross_time, other.cross_price)
    return _ruled(pane, one.cross_time, one.cross_price)


def _ruled(pane: P, at: int | None, ticks: int | None) -> P:
    return replace(pane, ruler_time=at, ruler_price=ticks)  # type: ignore[type-var]  # as below


def _crossed(pane: P, at: int | None, ticks: int | None) -> P:
    # Panes are dataclasses by convention, which a Protocol cannot state.
    return replace(pane, cross_time=at, cross_price=ticks)  # type: ignore[type-var]
