"""Layouts dialog: choose one by name, and copy, rename, delete, put in order by keys."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from feeds.errors import ConfigError
from tui.desk.layoutedit import delete_layout, move_layout, rename_layout
from tui.desk.layoutfile import keep_layout
from tui.desk.layouts import is_own, layout_names, load_layout
from tui.dialogs.choice import Choice, Deed, Dialog
from tui.keys.table import LAYOUTS

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor


def choose_layout(monitor: "Monitor", at: str = "") -> None:
    """Ask for a layout."""
    choices = [
        Choice(
            name,
            f"{name}: {load_layout(name).title}",
            str(number) if number <= LAYOUTS else "",
            note="yours" if is_own(name) else "",
        )
        for number, name in enumerate(layout_names(), start=1)
    ]
    deeds = (
        Deed("c", "copy", partial(_copy, monitor)),
        Deed("r", "rename", partial(_rename, monitor)),
        Deed("x", "delete", partial(_delete, monitor)),
        Deed("K", "up", partial(_move, monitor, -1)),
        Deed("J", "down", partial(_move, monitor, 1)),
    )
    monitor.open_dialog(
        Dialog("Layouts", choices, at=at or monitor.desk.layout.name, deeds=deeds),
        lambda name: monitor.desk.choose(name) if name is not None else None,
    )


def _copy(monitor: "Monitor", name: str) -> None:
    _ask_name(monitor, f"Copy {name}", name, lambda new: keep_layout(new, load_layout(name)))


def _rename(monitor: "Monitor", name: str) -> None:
    if not is_own(name):
        monitor.note(f"{name} is one of ours, which stay as they are: c copies it")
        return

    def rename(new: str) -> None:
        rename_layout(name, new)
        desk = monitor.desk
        if desk.layout.name == name:
            desk.layout = dataclasses.replace(desk.layout, name=new)

    _ask_name(monitor, f"Rename {name}", name, rename)


def _delete(monitor: "Monitor", name: str) -> None:
    if not is_own(name):
        monitor.note(f"{name} is one of ours, which stay")
        return

    def settle(answer: str | None) -> None:
        if answer == "delete":
            _tried(monitor, partial(delete_layout, name), f"deleted: {name}")
        choose_layout(monitor, name)

    choices = [Choice("keep", "keep it"), Choice("delete", "take it out of your layouts.toml")]
    monitor.open_dialog(Dialog(f"Delete the layout {name}?", choices), settle)


def _move(monitor: "Monitor", steps: int, name: str) -> None:
    _tried(monitor, partial(move_layout, name, steps), "")
    choose_layout(monitor, name)


def _ask_name(
    monitor: "Monitor", title: str, name: str, do: Callable[[str], object], typed: str = ""
) -> None:
    """Ask for a name until one is taken or none is wanted, and go back to the list."""

    def settle(new: str | None) -> None:
        if new is None:
            choose_layout(monitor, name)
        elif _tried(monitor, partial(do, new), f"{title.lower()}: {new}"):
            choose_layout(monitor, new)
        else:
            _ask_name(monitor, title, name, do, new)

    dialog = Dialog(
        title,
        [],
        prompt="name of the layout",
        intro=("Your layouts are in layouts.toml, where they can be changed by hand, too.",),
        free=lambda text: Choice(text, f"call it {text}"),
        typed=typed or name,
    )
    monitor.open_dialog(dialog, settle)


def _tried(monitor: "Monitor", do: Callable[[], object], said: str) -> bool:
    """Change the file and say so; where that is refused, say why."""
    try:
        do()
    except ConfigError as error:
        monitor.note(str(error))
        return False
    if said:
        monitor.note(said)
    return True
