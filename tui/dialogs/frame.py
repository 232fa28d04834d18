"""Dialog frame: what all dialogs have around what they show, and the keys that move in any list."""

from typing import Final, NamedTuple

from tui.drawing.canvas import Canvas
from tui.drawing.format import safe_text, shortened
from tui.drawing.look import Look
from tui.pane import Size

LONGEST: Final = 200
"""Characters that can be typed."""
CLOSES: Final = " Esc closes "
"""What stands at the right of a title: a click there closes."""
MOVES: Final = {
    "down": 1,
    "up": -1,
    "ctrl+n": 1,
    "ctrl+p": -1,
    "tab": 1,
    "shift+tab": -1,
    "pagedown": 10,
    "pageup": -10,
    "home": -10_000,
    "end": 10_000,
}
"""Lines that keys move the highlight by."""


class Done(NamedTuple):
    """A dialog that is over; `id` is None where nothing was chosen."""

    id: str | None


def framed(size: Size, look: Look, title: str) -> Canvas:
    """An empty dialog: its ground, its edges, its title and the words that close it."""
    canvas = Canvas(size.width, size.height, look)
    canvas.fill(0, 0, size.width, size.height, look.panel)
    canvas.vline(0, 0, size.height, look.accent, "▏")
    canvas.vline(size.width - 1, 0, size.height, look.accent, "▕")
    canvas.hline(0, 0, size.width, look.accent, "━")
    title = shortened(f" {title} ", max(0, size.width - len(CLOSES) - 4))
    canvas.text(2, 0, title, look.title_focus, bold=True)
    canvas.right(size.width - 2, 0, CLOSES, look.dim)
    return canvas


def closes(size: Size, x: int, y: int) -> bool:
    """Say whether a click in a dialog of this size is on the words that close it."""
    return y == 0 and size.width - 2 - len(CLOSES) <= x < size.width - 2


def edited(text: str, key: str, character: str | None) -> str | None:
    """What is being typed after one more key; None where the key does not type."""
    match key:
        case "backspace" | "ctrl+h":
            return text[:-1]
        case "ctrl+u":
            return ""
        case "ctrl+w":
            return text.rstrip().rpartition(" ")[0]
    if character is None or not character.isprintable():
        return None
    return (text + safe_text(character))[:LONGEST]


def window(first: int, at: int, rows: int, count: int) -> int:
    """The first line to show so that the highlighted one is seen, moving as little as can be."""
    if rows <= 0:
        return first
    first = min(max(first, at - rows + 1), at)
    return max(0, min(first, count - rows))
