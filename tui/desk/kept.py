"""Kept: what a user has arranged, as a value and as the text of a file that people can read.

Of panes there are only the settings that are not as by default, and of these none that say where a
pane looks. What belongs to an instrument stands apart, since only live markets come again.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, TypeAlias, TypeVar

import msgspec

from feeds.errors import ConfigError
from feeds.tomltext import quoted, read_toml
from tui.desk.arranging import MOST
from tui.desk.layoutfile import content
from tui.desk.layouts import Layout, Node, known_layout
from tui.pane import Pane
from tui.registry import PANES, pane_type
from tui.settings.steps import PLACES
from tui.settings.words import AUTOMATIC, set_one, settings_of, worded

P = TypeVar("P", bound=Pane)
Scalar: TypeAlias = str | int | float | bool

FORMAT: Final = 1
"""Of the file; another one means that it is not ours to read."""
PRICED: Final = frozenset({"anchored", "grouping"})
"""Settings that mean nothing to another instrument."""
_UNKEPT: Final = PLACES - PRICED
_HEAD: Final = """\
# What tapetop had on the screen last. It writes this itself and begins with it: what is changed
# here while it runs is lost. tapetop --fresh begins without it.
"""


class Screen(msgspec.Struct, frozen=True, omit_defaults=True):
    """The arrangement of panes."""

    layout: str = "default"
    focus: str = ""
    """Where it was put by hand."""
    zoomed: bool = False
    keep: tuple[str, ...] = ()
    """With what follows, the panes where they are not as in the layout of that name."""
    pane: str = ""
    rows: tuple[Node, ...] = ()
    columns: tuple[Node, ...] = ()


class Group(msgspec.Struct, frozen=True, omit_defaults=True):
    """The panes of a group and what they share."""

    panes: tuple[str, ...] = ()
    crosshair: bool = True
    timeframe: bool = False
    scrolling: bool = False


class Live(msgspec.Struct, frozen=True, omit_defaults=True):
    """What belongs to instruments of live markets."""

    watched: tuple[str, ...] = ()
    shown: str = ""
    """By panes that have none of their own; empty for the first."""
    pins: dict[str, str] = {}
    groups: dict[str, str] = {}
    panes: dict[str, dict[str, object]] = {}
    """The settings of `PRICED`, by pane."""

    def shown_by(self, name: str, letter: str | None) -> str:
        """What a pane showed, by its name and the letter of its group."""
        bound = self.pins.get(name) if letter is None else self.groups.get(letter)
        return bound or self.shown or next(iter(self.watched), "")


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """All of it; what is empty is as by default."""

    theme: str = ""
    zone: str = ""
    sizes: str = ""
    screen: Screen = Screen()
    panes: dict[str, dict[str, object]] = {}
    kinds: dict[str, dict[str, object]] = {}
    """What panes opened from now on are set like."""
    groups: dict[str, Group] = {}
    live: Live = Live()

    @property
    def letters(self) -> dict[str, str]:
        """The group of each pane that is in one."""
        return {name: letter for letter, group in self.groups.items() for name in group.panes}


class Foreign(ValueError):
    """A text that this program has not written, or that somebody has damaged; it says where."""


def parse(text: str) -> tuple[State, list[str]]:
    """The state in a text, and what of it another version must have written."""
    try:
        raw = read_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise Foreign(str(error).lower()) from error
    if raw.pop("format", None) != FORMAT:
        raise Foreign(f"it does not say format = {FORMAT}")
    try:
        state = msgspec.convert(raw, State)
    except msgspec.ValidationError as error:
        raise Foreign(str(error).lower()) from error
    return state, [name for name in raw if name not in State.__struct_fields__]


def written(state: State) -> str:
    """The text that `parse` reads."""
    raw: dict[str, object] = msgspec.to_builtins(state)
    for part in ("screen", "live"):
        if not raw.get(part):
            raw.pop(part, None)
    tree = raw.get("screen")
    if isinstance(tree, dict):
        for way in ("pane", "rows", "columns"):
            tree.pop(way, None)
    lines = [f"{_HEAD}format = {FORMAT}", *_table("", raw, state.screen)]
    return "\n".join(lines) + "\n"


def screen_of(layout: Layout, focus: str, zoomed: bool) -> Screen:
    """The arrangement; panes that are as in the layout of that name are not told again."""
    if layout == known_layout(layout.name):
        return Screen(layout.name, focus, zoomed)
    root = layout.root
    return Screen(layout.name, focus, zoomed, layout.keep, root.pane, root.rows, root.columns)


def layout_of(screen: Screen) -> Layout:
    """The layout of a screen; ConfigError where there is no such layout or pane."""
    named = known_layout(screen.layout)
    if not (screen.pane or screen.rows or screen.columns):
        if named is None:
            raise ConfigError(f"layout {screen.layout}")
        return named
    minimum = (named or known_layout("default") or _NOWHERE).minimum
    title = named.title if named is not None else screen.layout
    root = Node(screen.pane, screen.rows, screen.columns)
    layout = Layout(screen.layout, title, root, screen.keep, minimum)
    nodes = tuple(_nodes(root))
    whole = all(sum(map(bool, (n.pane, n.rows, n.columns))) == 1 for n in nodes)
    least = min(min(node.weight - 1, node.most) for node in nodes)
    if not whole or len(nodes) > 2 * MOST or least < 0:
        raise ConfigError(f"arrangement of {screen.layout}")
    for kind in layout.kinds:
        if kind not in PANES:
            raise ConfigError(f"pane {kind}")
    return layout


def settings_set(pane: Pane, *, priced: bool) -> dict[str, object]:
    """The settings that are not as by default; those of `PRICED`, or the others."""
    found: dict[str, object] = {}
    for name, usual in _usual(type(pane)):
        value: Scalar | None = getattr(pane, name)
        if (name in PRICED) == priced and value != usual:
            found[name] = AUTOMATIC[0] if value is None else value
    return found


def with_settings(pane: P, raw: Mapping[str, object]) -> tuple[P, list[str]]:
    """The pane with these settings, and the names of those that it does not take."""
    left = {name: value for name, value in raw.items() if name not in _UNKEPT}
    # One may be possible only beside another, such as a floor below a ceiling.
    for _ in range(len(left)):
        for name, value in tuple(left.items()):
            try:
                pane = set_one(pane, name, worded(value))
            except ConfigError:
                continue
            del left[name]
    return pane, [*left]


def pane_named(name: str) -> Pane | None:
    """A pane by its name on a desk, such as `tape 2`; None where there is no such kind."""
    kind, space, number = name.partition(" ")
    if kind not in PANES or (space and not number.isdecimal()):
        return None
    return pane_type(kind)()


@lru_cache(maxsize=64)
def _usual(kind: type[Pane]) -> tuple[tuple[str, Scalar | None], ...]:
    """The settings that are kept of a class of panes, as by default."""
    pane = kind()
    return tuple((name, getattr(pane, name)) for name in settings_of(kind) if name not in _UNKEPT)


_NOWHERE: Final = Layout("", "", Node(), (), {})


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.rows or node.columns:
        yield from _nodes(child)


def _table(path: str, raw: Mapping[str, object], screen: Screen) -> Iterator[str]:
    """The lines of a table: its own values, then the tables in it."""
    for name, value in raw.items():
        if not isinstance(value, dict):
            yield f"{_key(name)} = {_value(value)}"
    if path == "screen" and (screen.pane or screen.rows or screen.columns):
        yield content(Node(screen.pane, screen.rows, screen.columns))
    for name, value in raw.items():
        if isinstance(value, dict):
            below = f"{path}.{_key(name)}" if path else _key(name)
            values = [v for v in value.values() if not isinstance(v, dict)]
            if values or not value:
                yield f"\n[{below}]"
            yield from _table(below, value, screen)


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if plain else _value(name)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
    return quoted(str(value))
