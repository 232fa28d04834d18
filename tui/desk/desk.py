"""The desk: which panes there are and how each is set, which has the focus, and what it shows.

It knows no terminal and no source, so that every key can be tested as values in, values out.
"""

import dataclasses
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from tui.absent import pane_in_layout
from tui.desk import arranging
from tui.desk.arranging import Arranged, Way
from tui.desk.layouts import Layout, Node, Region, arrange, load_layout, with_pane
from tui.desk.links import Link, agreeing, changed
from tui.pane import Pane

SMALLEST: Final = (40, 12)
"""Cells below which nothing can be read that is worth it."""


class Placed(NamedTuple):
    """A pane and where it lies."""

    name: str
    place: Region


class Bond(NamedTuple):
    """What ties a pane to an instrument: a pin, a group, or nothing."""

    pin: str | None
    group: str | None


class Desk:
    """Panes by name (`heatmap`, and `heatmap 2` for a second one), kept through every layout."""

    def __init__(self, layout: str = "default", only: str | None = None) -> None:
        self.layout: Layout = load_layout(layout)
        self.panes: dict[str, Pane] = {}
        self.models: dict[str, Pane] = {}
        """By kind, what panes made from now on are set like; as by default where there is none."""
        self.zoomed = False
        self.instrument: str | None = None
        """What panes show that have none of their own; None for the first there is."""
        self.pins: dict[str, str] = {}
        """Panes that keep to an instrument of their own, and which."""
        self.groups: dict[str, str] = {}
        """Panes that are in a group, by name, and its letter; none of them is pinned."""
        self.links: dict[str, Link] = {}
        """What those of a group share, by its letter."""
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
    def chosen_focus(self) -> str:
        """The pane that has the focus, where it was put there by hand."""
        return self.focus if self._turned else ""

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

    def arrange_as(self, layout: Layout, focus: str, *, zoomed: bool) -> None:
        """Take up an arrangement; a focus that nobody chose is empty."""
        self.layout, self.zoomed = layout, zoomed
        self._settle()
        if focus in self.names:
            self.focus_on(focus)

    def show(self, kind: str) -> None:
        """Show another kind of pane in the place of the focused one; the others stay as set."""
        names, place = self.names, self.names.index(self.focus)
        bonds = self._loosened()
        if self._only:
            self._only = kind
        else:
            self.layout = with_pane(self.layout, place, kind)
        kept = {name: self.panes[name] for name in names if name != self.focus}
        # Second ones of a kind may be first ones now: settings stay with the places.
        moved = dict(zip(self.names, names, strict=True))
        self.panes |= {name: kept[old] for name, old in moved.items() if old in kept}
        self._bind(bonds)
        fresh = self.names[place]
        if fresh in kept:
            self.panes[fresh] = pane_in_layout(kind)()
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
        self.groups.pop(self.focus, None)
        if instrument is None:
            self.pins.pop(self.focus, None)
        else:
            self.pins[self.focus] = instrument

    def join(self, letter: str | None, shown: str | None) -> None:
        """Put the focused pane into a group, or into none; `shown` is what it shows now.

        A group that nobody is in begins with that.
        """
        self.pins.pop(self.focus, None)
        self.groups.pop(self.focus, None)
        if letter is None:
            return
        link = self.links.get(letter, Link())
        if letter not in self.groups.values():
            link = dataclasses.replace(link, instrument=shown)
        self.links[letter], self.groups[self.focus] = link, letter

    def agree(self) -> None:
        """Let the focused pane take what those of its group share."""
        letter = self.groups.get(self.focus)
        if letter is not None:
            for other in self.companions(self.focus):
                shared = self.links[letter].shared
                self.panes[self.focus] = agreeing(self.pane, self.panes[other], shared)

    def share(self, letter: str, name: str) -> bool:
        """Let the panes of a group share something beside the instrument, or not; say which."""
        link = self.links[letter]
        shared = not link.shares(name)
        self.links[letter] = link.sharing(name, shared)
        if shared:
            for other in self.companions(self.focus):
                self.panes[other] = agreeing(self.panes[other], self.pane, (name,))
        return shared

    def bound(self, name: str) -> str | None:
        """The instrument that a pane has of its own or with its group; None for the others'."""
        letter = self.groups.get(name)
        return self.pins.get(name) if letter is None else self.links[letter].instrument

    def companions(self, name: str) -> list[str]:
        """The panes that change their instrument with this one, of other layouts too; not itself.

        Of a pinned pane none, else those of its group, or those that are in no group either.
        """
        if name in self.pins:
            return []
        letter = self.groups.get(name)
        others = (other for other in self.panes if other != name and other not in self.pins)
        return [other for other in others if self.groups.get(other) == letter]

    def focus_on(self, name: str) -> None:
        """Put the focus on a pane by hand: it stays there whatever the size."""
        self.focus, self._turned = name, True

    def change(self, function: Callable[[Pane], Pane], now: int | None = None) -> None:
        """Change the focused pane, as `put` does."""
        self.put(self.focus, function(self.pane), now)

    def put(self, name: str, pane: Pane, now: int | None = None) -> None:
        """Set a pane like this; those of its group take what they share with it.

        `now` is the market time at which a crosshair stands that points at a price alone.
        """
        before, self.panes[name] = self.panes[name], pane
        letter = self.groups.get(name)
        if letter is None or pane is before:
            return
        shared = set(changed(before, pane)).intersection(self.links[letter].shared)
        if shared:
            for other in self.companions(name):
                self.panes[other] = agreeing(self.panes[other], pane, shared, now)

    def show_instrument(self, instrument: str, settled: Callable[[Pane], Pane]) -> None:
        """Show an instrument in the focused pane and its companions, which `settled` prepares."""
        for name in (self.focus, *self.companions(self.focus)):
            self.panes[name] = settled(self.panes[name])
        letter = self.groups.get(self.focus)
        if letter is not None:
            self.links[letter] = dataclasses.replace(self.links[letter], instrument=instrument)
        elif self.focus in self.pins:
            self.pins[self.focus] = instrument
        else:
            self.instrument = instrument

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
        bonds = self._loosened()
        self.layout, self._only, self.zoomed = made.layout, None, False
        names = self.names
        self.panes = {
            **self.panes,
            **{new: old[was] for new, was in zip(names, made.places, strict=True)},
        }
        self._bind([bonds[was] for was in made.places])
        self._settle()
        self.focus_on(names[focus])

    def _loosened(self) -> list[Bond]:
        """What tied the panes of this layout, in their order; they are free until `_bind`."""
        return [Bond(self.pins.pop(name, None), self.groups.pop(name, None)) for name in self.names]

    def _bind(self, bonds: Sequence[Bond]) -> None:
        """Tie the panes of this layout, in their order."""
        for name, bond in zip(self.names, bonds, strict=True):
            if bond.pin is not None:
                self.pins[name] = bond.pin
            if bond.group is not None:
                self.groups[name] = bond.group

    def _settle(self) -> None:
        """Make the panes that are not there yet, and keep the focus on one that is."""
        names = self.names
        for name in names:
            if name not in self.panes:
                kind = name.partition(" ")[0]
                self.panes[name] = self.models.get(kind) or pane_in_layout(kind)()
        if self.focus not in names:
            self.focus = names[0]


@lru_cache(maxsize=64)
def _all_named(kinds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_named(kind, kinds[:number].count(kind)) for number, kind in enumerate(kinds))


def _named(kind: str, before: int) -> str:
    return f"{kind} {before + 1}" if before else kind
