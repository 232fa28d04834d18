"""Linking: the dialog that puts a pane into a group and says what the group shares."""

from typing import TYPE_CHECKING, Final

from tui.desk.links import LETTERS, SHARED, Link
from tui.desk.watching import join
from tui.dialogs.choice import Choice
from tui.dialogs.keyed import Keyed

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor

_NONE: Final = "none"
_WORDS: Final = {  # by what is shared, the key that switches it and what it is
    "crosshair": ("x", "the crosshair, at the same time and price"),
    "timeframe": (".", "the timeframe, of bars and columns"),
    "scrolling": ("w", "scrolling back in time"),
}
assert _WORDS.keys() == SHARED.keys()
_INTRO: Final = ("Panes of a group show one instrument; n, N and / change it for all.",)


def link(monitor: "Monitor", at: str | None = None) -> None:
    """Ask which group the focused pane is to be in; once it is in one, what that shares."""
    desk = monitor.desk
    letter = desk.groups.get(desk.focus)
    choices = [Choice(_NONE, "no group: what panes without one show", "-")]
    choices += [Choice(name, _members(monitor, name), name) for name in LETTERS]
    if letter is not None:
        choices += [_sharing(desk.links[letter], name, letter) for name in SHARED]

    def settle(wanted: str | None) -> None:
        if wanted is None:
            return
        if wanted in SHARED and letter is not None:
            desk.share(letter, wanted)
            link(monitor, wanted)  # more may be wanted, and this shows what came of it
        else:
            join(monitor, None if wanted == _NONE else wanted)

    title = f"Group of this pane: {desk.pane.title}"
    dialog = Keyed(title, choices, _INTRO, "the key before a line does it", at or letter or _NONE)
    monitor.open_dialog(dialog, settle)


def _members(monitor: "Monitor", letter: str) -> str:
    """What a group shows, and the panes of it that are in this layout."""
    desk = monitor.desk
    members = [name for name in desk.names if desk.groups.get(name) == letter]
    if not members:
        return "nobody yet" if letter not in desk.groups.values() else "panes of other layouts"
    return f"{monitor.instrument_of(members[0])}: {', '.join(members)}"


def _sharing(link: Link, name: str, letter: str) -> Choice:
    state = "on" if link.shares(name) else "off"
    key, words = _WORDS[name]
    return Choice(name, f"{letter} shares {words}", key, note=state)
