"""Arranging: layouts with a pane split, closed, exchanged for the next, or given more room.

Each takes the place of a pane, counted as `Layout.kinds` counts, and returns another layout. Where
panes change places it says where each of them was before.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Final, Literal, NamedTuple, TypeAlias

from msgspec.structs import replace

from tui.desk.layouts import Layout, Node, Region

Way: TypeAlias = Literal["columns", "rows"]

MOST: Final = 16
"""Panes of a layout at most; more than ever find room."""


class Arranged(NamedTuple):
    """A layout made of another one."""

    layout: Layout
    places: tuple[int, ...]
    """Of each of its panes, the place in the other layout whose settings it has."""


def split(layout: Layout, place: int, way: Way) -> Arranged:
    """The pane twice, side by side or one above the other; as it was where there are many."""
    count_before = len(layout.kinds)
    if count_before >= MOST:
        return Arranged(layout, tuple(range(count_before)))

    def twice(leaf: Node) -> Node:
        half = replace(leaf, weight=1, most=0)
        both = (half, replace(half))
        whole = Node(columns=both) if way == "columns" else Node(rows=both)
        return replace(whole, weight=leaf.weight)

    places = (*range(place + 1), *range(place, count_before))
    return Arranged(_changed(layout, {place: twice}), places)


def close(layout: Layout, place: int) -> Arranged:
    """The layout without a pane, whose room goes to those beside it; the last one stays."""
    places = tuple(range(len(layout.kinds)))
    if len(places) < 2:
        return Arranged(layout, places)
    layout = _changed(layout, {place: lambda leaf: None})
    return Arranged(layout, (*places[:place], *places[place + 1 :]))


def exchange(layout: Layout, place: int, other: int) -> Arranged:
    """Two panes in each other's places."""
    places, kinds = list(range(len(layout.kinds))), layout.kinds
    places[place], places[other] = other, place
    changes: dict[int, Change] = {
        place: lambda leaf: replace(leaf, pane=kinds[other]),
        other: lambda leaf: replace(leaf, pane=kinds[place]),
    }
    return Arranged(_changed(layout, changes), tuple(places))


def resize(layout: Layout, place: int, way: Way, cells: int, shown: Mapping[int, Region]) -> Layout:
    """The layout with so many cells more for a pane along a way, or less, and what that costs.

    `shown` is where the panes lie that have room. The nearest split that goes that way gives or
    takes; it weighs by cells from then on.
    """
    path = _path(layout.root, place)
    for depth in reversed(range(len(path) - 1)):
        node, first = path[depth]
        extents = _extents(node, first, way, shown)
        if sum(extent > 0 for extent in extents) > 1:
            inner = path[depth + 1][0]
            children = _children(node)
            at = next(i for i, child in enumerate(children) if child is inner)
            weighed = _weighed(children, extents, at, cells)
            return _with(layout, node, replace(node, **{way: weighed}))
    return layout


Change: TypeAlias = Callable[[Node], Node | None]


def _changed(layout: Layout, changes: Mapping[int, Change]) -> Layout:
    """The layout with some leaves changed, or gone; splits of one pane are that pane."""
    places = count()

    def changed(node: Node) -> Node | None:
        if node.pane:
            change = changes.get(next(places))
            return node if change is None else change(node)
        left = [child for child in map(changed, _children(node)) if child is not None]
        if len(left) < 2:
            return replace(left[0], weight=node.weight, most=node.most) if left else None
        return replace(node, **{_way(node): tuple(left)})

    root = changed(layout.root)
    assert root is not None
    return dataclasses.replace(layout, root=root)


def _with(layout: Layout, node: Node, other: Node) -> Layout:
    def changed(found: Node) -> Node:
        if found is node:
            return other
        if found.pane:
            return found
        return replace(found, **{_way(found): tuple(map(changed, _children(found)))})

    return dataclasses.replace(layout, root=changed(layout.root))


def _path(root: Node, place: int) -> list[tuple[Node, int]]:
    """The parts that hold a pane, the whole first, each with the place of its first pane."""
    path, node, first = [(root, 0)], root, 0
    while not node.pane:
        for child in _children(node):
            size = _size(child)
            if place < first + size:
                node = child
                break
            first += size
        path.append((node, first))
    return path


def _extents(node: Node, first: int, way: Way, shown: Mapping[int, Region]) -> list[int]:
    """Cells of each part of a split that goes this way, 0 where it has no room; else nothing."""
    if _way(node) != way:
        return []
    extents = []
    for child in _children(node):
        places = range(first, first + _size(child))
        regions = [shown[place] for place in places if place in shown]
        extents.append(_extent(regions, way))
        first = places.stop
    return extents


def _extent(regions: Sequence[Region], way: Way) -> int:
    if not regions:
        return 0
    if way == "columns":
        return max(r.x + r.width for r in regions) - min(r.x for r in regions)
    return max(r.y + r.height for r in regions) - min(r.y for r in regions)


def _weighed(
    children: Sequence[Node], extents: Sequence[int], at: int, cells: int
) -> tuple[Node, ...]:
    """The parts of a split by cells, with so many more for one and less for the one beside it."""
    wanted = list(extents)
    beside = [i for i in (*range(at + 1, len(children)), *reversed(range(at))) if extents[i]]
    given = max(1 - extents[at], min(cells, extents[beside[0]] - 1))
    wanted[at] += given
    wanted[beside[0]] -= given
    seen = sum(child.weight for child, extent in zip(children, extents, strict=True) if extent)
    return tuple(
        replace(child, weight=new, most=0)
        if new
        else replace(child, weight=max(1, child.weight * sum(extents) // seen))
        for child, new in zip(children, wanted, strict=True)
    )


def _children(node: Node) -> tuple[Node, ...]:
    return node.rows or node.columns


def _way(node: Node) -> Way:
    return "rows" if node.rows else "columns"


def _size(node: Node) -> int:
    return 1 if node.pane else sum(map(_size, _children(node)))
