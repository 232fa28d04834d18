"""Scope: all that there is to see, for the panes that look at more than one market.

Most panes draw one market and know of no other. A wide pane takes the scope instead; handed one
market alone it shows that, so whatever is promised of all panes holds for wide ones too.
"""

from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import NamedTuple, Protocol, Self, TypeGuard, runtime_checkable

from feeds.finding import Known
from market.market import Market
from tui.drawing.canvas import Canvas
from tui.drawing.look import Look
from tui.pane import Pane, Size


class Lists:
    """The instruments that venues list, as they are kept on disk; equal to itself alone."""

    def __init__(self, rows: Iterable[Known] = (), at: int | None = None) -> None:
        self.rows = tuple(rows)
        self.at = at
        """When the oldest of them was made, ns since the epoch."""

    @cached_property
    def by_id(self) -> dict[str, Known]:
        """The instruments by `VENUE:SYMBOL`."""
        return {row.id: row for row in self.rows}


NO_LISTS = Lists()


class Scope(NamedTuple):
    """Every market being watched, and what is known beside them."""

    market: Market | None
    """The one that the other panes show."""
    markets: tuple[Market, ...]
    """All of them, in the order of their first event."""
    lists: Lists = NO_LISTS
    favourites: frozenset[str] = frozenset()
    """Instruments as `VENUE:SYMBOL`."""

    @classmethod
    def of(cls, market: Market | None) -> Self:
        """One market and nothing beside it."""
        return cls(market, () if market is None else (market,))

    @property
    def version(self) -> tuple[object, ...]:
        """Something that differs whenever a picture of it may."""
        counts = tuple((id(market), market.counts.messages) for market in self.markets)
        return id(self.market), counts, id(self.lists), self.favourites


@runtime_checkable
class WidePane(Protocol):
    """A pane that looks at all markets."""

    def draw_all(self, scope: Scope, size: Size, look: Look) -> Canvas:
        """Draw all markets; never raises, as `Pane.draw` does not."""
        ...

    def numbers_all(self, scope: Scope, size: Size) -> dict[str, object]:
        """Return what is shown of all markets, as `Pane.numbers` does of one."""
        ...


def is_wide(pane: Pane) -> TypeGuard[WidePane]:
    """Say whether a pane looks at all markets; every frame asks that of every pane.

    One that could, with a setting `venues`, does so when that is `all`.
    """
    return _wide(type(pane)) and getattr(pane, "venues", "all") == "all"


def draw_pane(pane: Pane, scope: Scope, size: Size, look: Look) -> Canvas:
    """The picture of any pane, by the clock of its venue where that is what is asked for."""
    if scope.market is not None:
        look = look.timed(look.zone.of(scope.market.venue))
    if is_wide(pane):
        return pane.draw_all(scope, size, look)
    return pane.draw(scope.market, size, look)


def pane_numbers(pane: Pane, scope: Scope, size: Size) -> dict[str, object]:
    """The numbers of any pane; the scope has a market."""
    if is_wide(pane):
        return pane.numbers_all(scope, size)
    assert scope.market is not None
    return pane.numbers(scope.market, size)


@lru_cache(maxsize=64)
def _wide(kind: type[Pane]) -> bool:
    """Asked of each class once, since to compare with a protocol takes long."""
    return issubclass(kind, WidePane)
