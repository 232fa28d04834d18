"""Layouts: named trees of rows and columns of panes, and where each pane lies in an area."""

import dataclasses
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from itertools import count
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace
from platformdirs import user_config_path

from feeds.errors import ConfigError
from feeds.tomltext import read_toml
from tui.absent import pane_in_layout
from tui.registry import PANES, nearest


class Region(NamedTuple):
    """A rectangle of cells."""

    x: int
    y: int
    width: int
    height: int


class Node(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One pane, or rows from the top, or columns from the left."""

    pane: str = ""
    rows: tuple["Node", ...] = ()
    columns: tuple["Node", ...] = ()
    weight: int = 1
    """Its share of the split it is part of."""
    most: int = 0
    """Cells it takes at most along that split; 0 for any number."""


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    """A layout as it is written in a file."""

    title: str = ""
    keep: list[str] = []
    pane: str = ""
    rows: tuple[Node, ...] = ()
    columns: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Layout:
    """A named arrangement of panes."""

    name: str
    title: str
    root: Node
    keep: tuple[str, ...]
    """Kinds in the order in which they stay when space is short."""
    minimum: Mapping[str, tuple[int, int]]
    """Width and height below which a kind makes room for the others; else its own least."""

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its panes, from the top left on."""
        return tuple(leaf.pane for leaf in _leaves(self.root))


def load_layout(name: str) -> Layout:
    """A layout by name; ConfigError says which name was probably meant."""
    layouts = _layouts()
    if name not in layouts:
        names = ", ".join(layouts)
        raise ConfigError(f'unknown layout "{name}"{nearest(name, layouts)}; layouts: {names}')
    return layouts[name]


def known_layout(name: str) -> Layout | None:
    """A layout by name, None where there is none."""
    return _layouts().get(name)


def layout_names() -> list[str]:
    """Every layout, in the order of the keys 1 to 9.

    First those that the user's file puts in an order, then ours, then the user's own.
    """
    return list(_layouts())


def is_own(name: str) -> bool:
    """Say whether a layout is the user's, in the place of one of ours or beside them."""
    return name in _own()[0]


def own_layouts() -> Path:
    """The file of the user's own layouts, which need not be there."""
    return user_config_path("tapetop") / "layouts.toml"


def forget_layouts() -> None:
    """Read the files anew when somebody asks next."""
    _layouts.cache_clear()
    _own.cache_clear()
    _ours.cache_clear()


def arrange(layout: Layout, width: int, height: int) -> list[tuple[str, Region]]:
    """The panes that have room in an area and where they lie; they cover all of it.

    Panes are taken in by `keep` as long as each still has its minimum; one always is.
    """
    if width <= 0 or height <= 0:
        return []
    leaves = _leaves(layout.root)
    order = sorted(range(len(leaves)), key=lambda place: _rank(layout, leaves[place].pane, place))
    fitting = (place for place in order if _fits(layout, {place}, width, height))
    kept = {next(fitting, order[0])}
    for place in order:
        if _fits(layout, kept | {place}, width, height):
            kept.add(place)
    tree = _tree(layout.root, kept)
    return list(_place(tree, Region(0, 0, width, height), layout.minimum))


def with_pane(layout: Layout, place: int, kind: str) -> Layout:
    """The layout with another kind of pane in one of its places, counted as `kinds` counts."""
    places = count()

    def changed(node: Node) -> Node:
        if node.pane:
            return replace(node, pane=kind) if next(places) == place else node
        way = "rows" if node.rows else "columns"
        return replace(node, **{way: tuple(map(changed, getattr(node, way)))})

    return dataclasses.replace(layout, root=changed(layout.root))


def parse_layouts(
    file: str, text: str, minimum: Mapping[str, tuple[int, int]]
) -> dict[str, Layout]:
    """The layouts of one file; ConfigError names the file, the layout and the mistake."""
    try:
        raw = read_toml(text)
        raw.pop("order", None)
        sizes = msgspec.convert(raw.pop("minimum", {}), dict[str, tuple[int, int]])
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: {error}") from error
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file}: minimum: {error}") from error
    _known(file, sizes)
    minimum = {**minimum, **sizes}
    return {name: _layout(file, name, entry, minimum) for name, entry in raw.items()}


@lru_cache(maxsize=1)
def _layouts() -> dict[str, Layout]:
    own, order = _own()
    found = _ours() | own
    for name in order:
        if name not in found:
            raise ConfigError(
                f'{own_layouts()}: order: unknown layout "{name}"{nearest(name, found)}'
            )
    return {name: found[name] for name in dict.fromkeys((*order, *found))}


@lru_cache(maxsize=1)
def _ours() -> dict[str, Layout]:
    text = resources.files("themes").joinpath("layouts.toml").read_text("utf-8")
    return parse_layouts("themes/layouts.toml", text, {})


@lru_cache(maxsize=1)
def _own() -> tuple[dict[str, Layout], list[str]]:
    """The user's layouts, and the names that they want first."""
    path = own_layouts()
    if not path.is_file():
        return {}, []
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    found = parse_layouts(str(path), text, next(iter(_ours().values())).minimum)
    try:
        return found, msgspec.convert(read_toml(text).get("order", []), list[str])
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: order: {error}") from error


def _layout(file: str, name: str, raw: object, minimum: Mapping[str, tuple[int, int]]) -> Layout:
    try:
        entry = msgspec.convert(raw, _Entry)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file}: {name}: {error}") from error
    root = Node(entry.pane, entry.rows, entry.columns)
    for node in _nodes(root):
        if sum(map(bool, (node.pane, node.rows, node.columns))) != 1:
            raise ConfigError(f"{file}: {name}: each part is one of pane, rows or columns")
        if node.weight < 1 or node.most < 0:
            raise ConfigError(f"{file}: {name}: weight is at least 1 and most at least 0")
    _known(f"{file}: {name}", (*entry.keep, *(leaf.pane for leaf in _leaves(root))))
    return Layout(name, entry.title or name, root, tuple(entry.keep), minimum)


def _known(where: str, kinds: Mapping[str, object] | Sequence[str]) -> None:
    for kind in kinds:
        # What is not like any of ours may be a pane of a plug-in that is not loaded.
        if kind not in PANES and (meant := nearest(kind, PANES)):
            raise ConfigError(f'{where}: unknown pane "{kind}"{meant}')


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.rows or node.columns:
        yield from _nodes(child)


def _leaves(node: Node) -> list[Node]:
    return [found for found in _nodes(node) if found.pane]


def _rank(layout: Layout, kind: str, place: int) -> tuple[int, int]:
    return layout.keep.index(kind) if kind in layout.keep else len(layout.keep), place


def _fits(layout: Layout, kept: set[int], width: int, height: int) -> bool:
    least = _least(_tree(layout.root, kept), layout.minimum)
    return least[0] <= width and least[1] <= height


def _tree(root: Node, kept: set[int]) -> Node:
    """The tree with only the leaves of these numbers, which are at least one."""
    numbers = iter(range(len(_leaves(root))))
    pruned = _pruned(root, kept, numbers)
    assert pruned is not None
    return pruned


def _pruned(node: Node, kept: set[int], numbers: Iterator[int]) -> Node | None:
    if node.pane:
        return node if next(numbers) in kept else None
    children = [_pruned(child, kept, numbers) for child in node.rows or node.columns]
    left = tuple(child for child in children if child is not None)
    if not left:
        return None
    return replace(node, **{"rows" if node.rows else "columns": left})


def _least(node: Node, minimum: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """The smallest area in which every leaf has its minimum."""
    if node.pane:
        return minimum.get(node.pane) or pane_in_layout(node.pane).minimum
    sizes = [_least(child, minimum) for child in node.rows or node.columns]
    widths, heights = [w for w, _ in sizes], [h for _, h in sizes]
    return (max(widths), sum(heights)) if node.rows else (sum(widths), max(heights))


def _place(
    node: Node, region: Region, minimum: Mapping[str, tuple[int, int]]
) -> Iterator[tuple[str, Region]]:
    if node.pane:
        yield node.pane, region
        return
    children = node.rows or node.columns
    least = [_least(child, minimum)[1 if node.rows else 0] for child in children]
    offset = 0
    for child, cells in zip(children, _shares(children, least, _along(node, region)), strict=True):
        if node.rows:
            part = Region(region.x, region.y + offset, region.width, cells)
        else:
            part = Region(region.x + offset, region.y, cells, region.height)
        offset += cells
        yield from _place(child, part, minimum)


def _along(node: Node, region: Region) -> int:
    return region.height if node.rows else region.width


def _shares(children: Sequence[Node], least: Sequence[int], cells: int) -> list[int]:
    """Cells of each child: by weight, but no less than its least and no more than its most.

    Those at a bound get just that, and the others share what is left again. Where every child
    is at its most, the last takes the rest; where even the least are too many, it gets less.
    """
    shares: dict[int, int] = {}
    free = list(range(len(children)))
    rest = cells
    while free:
        weights = sum(children[i].weight for i in free)
        fair = {i: rest * children[i].weight / weights for i in free}
        low = [i for i in free if fair[i] < least[i]]
        high = [i for i in free if children[i].most and fair[i] > children[i].most]
        bound = low or high
        if not bound:
            break
        for i in bound:
            shares[i] = least[i] if low else max(least[i], children[i].most)
            rest -= shares[i]
            free.remove(i)
    edge = 0.0
    for i in free:
        # Rounding the edges rather than the shares keeps their sum exact.
        start, edge = round(edge), edge + fair[i]
        shares[i] = round(edge) - start
    result = [max(0, shares[i]) for i in range(len(children))]
    return _fitted(result, cells)


def _fitted(shares: list[int], cells: int) -> list[int]:
    """The same with the last ones changed so that the sum is exact."""
    over = sum(shares) - cells
    for i in reversed(range(len(shares))):
        change = min(over, shares[i])
        shares[i] -= change
        over -= change
    return shares
