"""The desk: which panes there are and how each is set, which has the focus, and what it shows.

It knows no terminal and no source, so that every key can be tested as values in, values out.
"""

import dataclasses
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from tui.desk import arranging
from tui.desk.arranging import Arranged, Way
from tui.desk.layouts import Layout, Node, Region, arrange, load_layout, with_pane
from tui.pane import Pane
from tui.registry import pane_type

SMALLEST: Final = (40, 12)
"""Cells below which nothing can be read that is worth it."""


class Placed(NamedTuple):
    """A pane and where it lies."""

    name: str
    place: Region


class Desk:
    """Panes by name (`heatmap`, and `heatmap 2` for a second one), kept through every layout."""

    def __init__(self, layout: str = "default", only: str | None = None) -> None:
        self.layout: Layout = load_layout(layout)
        self.panes: dict[str, Pane] = {}
        self.models: dict[str, Pane] = {}
        """By kind, what panes made from now on are set like; as by default where there is none."""
        self.zoomed = False
        self.instrument: str | None = None
        """What panes show that are not pinned; None for the first there is."""
        self.pins: dict[str, str] = {}
        """Panes that keep to an instrument of their own, and which."""
        self._only = only
        self.focus = ""
        self._turned = False
        """Whether the focus was put where it is by hand."""
        self._arranged: tuple[object, Sequence[tuple[str, Region]]] = (None, ())
        self._area = (0, 0)
        """Width and height in which the panes were laid out last."""
        self._settle()

    @property
    def names(self) -> list[str]:
        """The panes of this layout, in the order that Tab goes through them."""
        return list(_all_named(self._kinds))

    @property
    def pane(self) -> Pane:
        """The pane that has the focus."""
        return self.panes[self.focus]

    @property
    def whole(self) -> Layout:
        """The layout, of one pane where only that was asked for."""
        if not self._only:
            return self.layout
        return dataclasses.replace(self.layout, root=Node(pane=self._only))

    def choose(self, layout: str) -> None:
        """Change to another layout; panes it shares with this one keep their settings."""
        self.layout = load_layout(layout)
        self._only = None
        self.zoomed = False
        self._turned = False
        self._settle()

    def show(self, kind: str) -> None:
        """Show another kind of pane in the place of the focused one; the others stay as set."""
        names, place = self.names, self.names.index(self.focus)
        if self._only:
            self._only = kind
        else:
            self.layout = with_pane(self.layout, place, kind)
        kept = {name: self.panes[name] for name in names if name != self.focus}
        pins = [self.pins.get(name) for name in names]
        # Second ones of a kind may be first ones now: settings stay with the places.
        moved = dict(zip(self.names, names, strict=True))
        self.panes |= {name: kept[old] for name, old in moved.items() if old in kept}
        self._pin(pins)
        fresh = self.names[place]
        if fresh in kept:
            self.panes[fresh] = pane_type(kind)()
        self._settle()
        self.focus_on(fresh)

    def split(self, way: Way) -> bool:
        """Show the focused pane twice and focus the second; False where there is no room."""
        place, whole = self.names.index(self.focus), self.whole
        made = arranging.split(whole, place, way)
        if len(arrange(made.layout, *self._area)) <= len(arrange(whole, *self._area)):
            return False
        self._rearrange(made, place + 1)
        return True

    def close(self) -> bool:
        """Take the focused pane away; False for the last one."""
        if len(self.names) < 2:
            return False
        place = self.names.index(self.focus)
        self._rearrange(arranging.close(self.whole, place), max(0, place - 1))
        return True

    def exchange(self) -> None:
        """Let the focused pane and the next one change places; the focus goes with it."""
        place, many = self.names.index(self.focus), len(self.names)
        other = (place + 1) % many
        if other != place:
            self._rearrange(arranging.exchange(self.whole, place, other), other)

    def resize(self, way: Way, cells: int) -> bool:
        """Give the focused pane more room along a way, or less; False where it cannot be."""
        shown = {self.names.index(name): region for name, region in self.arranged(*self._area)}
        place, layout = self.names.index(self.focus), self.layout
        if self._only or self.zoomed or place not in shown:
            return False
        self.layout = arranging.resize(layout, place, way, cells, shown)
        return self.layout != layout

    def turn(self, steps: int) -> None:
        """Move the focus along the panes of the layout, also to those there is no room for."""
        names = self.names
        self.focus_on(names[(names.index(self.focus) + steps) % len(names)])

    def pin(self, instrument: str | None) -> None:
        """Let the focused pane keep to an instrument, or follow the others again."""
        if instrument is None:
            self.pins.pop(self.focus, None)
        else:
            self.pins[self.focus] = instrument

    def focus_on(self, name: str) -> None:
        """Put the focus on a pane by hand: it stays there whatever the size."""
        self.focus, self._turned = name, True

    def change(self, function: Callable[[Pane], Pane]) -> None:
        """Change the focused pane."""
        self.panes[self.focus] = function(self.pane)

    def change_followers(self, function: Callable[[Pane], Pane]) -> None:
        """Change every pane that is not pinned."""
        free = {name: pane for name, pane in self.panes.items() if name not in self.pins}
        self.panes |= {name: function(pane) for name, pane in free.items()}

    def change_all(self, function: Callable[[Pane], Pane]) -> None:
        """Change every pane there is."""
        self.panes = {name: function(pane) for name, pane in self.panes.items()}

    def arranged(self, width: int, height: int) -> Sequence[Placed]:
        """Where the panes lie in an area; one alone where it is zoomed or finds no room beside.

        A focus that nobody chose goes to the pane that the layout prefers in so small an area.
        """
        self._area = (width, height)
        alone = [Placed(self.focus, Region(0, 0, width, height))]
        if self._only or self.zoomed:
            return alone
        names: list[str] = []
        placed: list[Placed] = []
        for kind, region in self._places(width, height):
            names.append(kind)
            placed.append(Placed(_named(kind, names.count(kind) - 1), region))
        if placed and not self._turned and all(name != self.focus for name, _ in placed):
            self.focus = placed[0].name
        return placed if any(name == self.focus for name, _ in placed) else alone

    def _places(self, width: int, height: int) -> Sequence[tuple[str, Region]]:
        """The layout in an area; as it was at the last frame, nearly always."""
        wanted = (self.layout, width, height)
        if self._arranged[0] != wanted:
            self._arranged = (wanted, arrange(self.layout, width, height))
        return self._arranged[1]

    @property
    def _kinds(self) -> tuple[str, ...]:
        return (self._only,) if self._only else self.layout.kinds

    def _rearrange(self, made: Arranged, focus: int) -> None:
        """Take another layout; settings go with the panes."""
        old = [self.panes[name] for name in self.names]
        pins = [self.pins.get(name) for name in self.names]
        self.layout, self._only, self.zoomed = made.layout, None, False
        names = self.names
        self.panes = {
            **self.panes,
            **{new: old[was] for new, was in zip(names, made.places, strict=True)},
        }
        self._pin([pins[was] for was in made.places])
        self._settle()
        self.focus_on(names[focus])

    def _pin(self, pins: Sequence[str | None]) -> None:
        """Pin the panes of this layout, in their order; None follows."""
        names = self.names
        elsewhere = {name: of for name, of in self.pins.items() if name not in names}
        here = {name: of for name, of in zip(names, pins, strict=True) if of is not None}
        self.pins = elsewhere | here

    def _settle(self) -> None:
        """Make the panes that are not there yet, and keep the focus on one that is."""
        names = self.names
        for name in names:
            if name not in self.panes:
                kind = name.partition(" ")[0]
                self.panes[name] = self.models.get(kind) or pane_type(kind)()
        if self.focus not in names:
            self.focus = names[0]


@lru_cache(maxsize=64)
def _all_named(kinds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_named(kind, kinds[:number].count(kind)) for number, kind in enumerate(kinds))


def _named(kind: str, before: int) -> str:
    return f"{kind} {before + 1}" if before else kind
