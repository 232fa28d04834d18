"""Picker of themes: the list of all, shown while it is moved through, and the way to the editor."""

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from feeds.errors import ConfigError
from tui.dialogs.choice import Choice, Deed, Dialog
from tui.themefile import (
    Theme,
    forget_theme,
    keep_theme,
    own_theme,
    read_theme,
    theme_names,
)
from tui.themes import load_look
from tui.theming.editor import Behind, ThemeEditor

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor


def choose_theme(monitor: "Monitor", at: str = "") -> None:
    """Ask for a theme; the panes show the one that is highlighted."""
    choices = [
        Choice(name, name, note="yours" if own_theme(name) is not None else "")
        for name in theme_names()
    ]
    deeds = (
        Deed("e", "edit", partial(edit_theme, monitor)),
        Deed("x", "delete", partial(_delete, monitor)),
    )
    dialog = Dialog(
        "Themes",
        choices,
        prompt="type to search",
        moved=monitor.show_theme,
        at=at or monitor.theme,
        deeds=deeds,
    )
    monitor.open_dialog(dialog, partial(_settle, monitor))


def edit_theme(monitor: "Monitor", name: str) -> None:
    """Open the editor of a theme; the panes show what it is changed to."""
    try:
        _, theme = read_theme(name)
        own = own_theme(name) is not None
        # What is made of one of ours is called after its own name.
        theme = theme if own else replace(theme, title="")
        monitor.show_theme(theme)
    except ConfigError as error:
        monitor.note(str(error))
        return
    behind = Behind(monitor.show_theme, partial(_keep, monitor), lambda n: own_theme(n) is not None)
    editor = ThemeEditor(name, theme, own, behind, monitor.desk.focus)
    monitor.open_dialog(editor, partial(_settle, monitor))


def _settle(monitor: "Monitor", name: str | None) -> None:
    monitor.theme = name or monitor.theme
    monitor.show_theme(monitor.theme)


def _keep(monitor: "Monitor", name: str, theme: Theme) -> str:
    """Write a theme, and have it from now on."""
    path = keep_theme(name, theme)
    load_look.cache_clear()
    monitor.theme = name
    monitor.show_theme(name)
    return f"saved: {path}"


def _delete(monitor: "Monitor", name: str) -> None:
    """Ask whether a theme of the user's is to go."""
    if own_theme(name) is None:
        monitor.note(f"{name} is one of ours, which stay")
        return

    def settle(answer: str | None) -> None:
        if answer == "delete":
            try:
                monitor.note(f"deleted: {forget_theme(name)}")
            except ConfigError as error:
                monitor.note(str(error))
            load_look.cache_clear()
            if monitor.theme not in theme_names():
                monitor.theme = "dark"
            monitor.show_theme(monitor.theme)
        choose_theme(monitor, "" if answer == "delete" else name)

    choices = [Choice("keep", "keep it"), Choice("delete", "delete its file")]
    monitor.open_dialog(Dialog(f"Delete the theme {name}?", choices), settle)
