"""Layout file: layouts of the user's own, written so that they can be read and changed by hand."""

from collections.abc import Callable
from pathlib import Path

from feeds.errors import ConfigError, system_reason
from feeds.filing import write_whole
from feeds.tomltext import NAME
from tui.desk.layouts import Layout, Node, forget_layouts, layout_names, own_layouts, parse_layouts

_WORDS = ("minimum", "order")
"""What stands in the file beside layouts."""


def keep_layout(name: str, layout: Layout) -> Path:
    """Add a layout to the user's file under a new name; ConfigError says what is in the way.

    What stands in the file stays, to the letter; another file takes its place whole or not at all.
    """
    check_name(name)
    return rewrite(lambda before: f"{before.rstrip()}\n\n{written(name, layout)}".lstrip())


def rewrite(change: Callable[[str], str]) -> Path:
    """Change the text of the user's file; ConfigError says what is in the way."""
    path = own_layouts()
    try:
        text = change(path.read_text("utf-8") if path.is_file() else "")
        parse_layouts(str(path), text, {})
        write_whole(path, text)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text") from error
    except OSError as error:
        raise ConfigError(f"{path}: {system_reason(error)}") from error
    forget_layouts()
    return path


def check_name(name: str) -> None:
    """Raise ConfigError for what no new layout can be called."""
    if NAME.fullmatch(name) is None:
        raise ConfigError(f'"{name}" is no name: up to 20 letters, digits, - and _ are')
    if name in _WORDS:
        raise ConfigError(f"{name} means something else in the file: choose another name")
    if name in layout_names():
        raise ConfigError(f"there is a layout {name}: choose another name")


def written(name: str, layout: Layout) -> str:
    """A layout as a section of the file."""
    quoted = ", ".join(f'"{kind}"' for kind in dict.fromkeys((*layout.keep, *layout.kinds)))
    title = ", ".join(layout.kinds)
    return f'[{name}]\ntitle = "{title}"\nkeep = [{quoted}]\n{content(layout.root)}\n'


def content(node: Node) -> str:
    """What a part of a layout holds, as a line of the file."""
    if node.pane:
        return f'pane = "{node.pane}"'
    way = "rows" if node.rows else "columns"
    return f"{way} = [{', '.join(map(_part, node.rows or node.columns))}]"


def _part(node: Node) -> str:
    most = f"most = {node.most}, " if node.most else ""
    return f"{{ weight = {node.weight}, {most}{content(node)} }}"
