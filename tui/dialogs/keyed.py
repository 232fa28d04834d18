"""Keyed dialogs: a list in which the key that stands before a choice takes it at once."""

from collections.abc import Hashable, Sequence

from tui.dialogs.choice import Choice, Dialog
from tui.dialogs.frame import Done
from tui.drawing.canvas import Canvas
from tui.drawing.look import Look
from tui.pane import Size


class Keyed:
    """A dialog into which nothing is typed; arrows, `Enter` and clicks choose as in any other."""

    def __init__(
        self, title: str, choices: Sequence[Choice], intro: Sequence[str], prompt: str, at: str
    ) -> None:
        self._list = Dialog(title, choices, prompt=prompt, intro=intro, at=at)
        self._by_key = {choice.key.lower(): choice.id for choice in choices}

    @property
    def version(self) -> Hashable:
        """Grows with every change of the picture."""
        return self._list.version

    @property
    def about(self) -> str | None:
        """No pane in particular."""
        return None

    def press(self, key: str, character: str | None) -> Done | None:
        """Take a key; return the outcome where it ends the dialog."""
        if character is None or not character.isprintable():
            return self._list.press(key, None)
        found = self._by_key.get(character.lower())
        return None if found is None else Done(found)

    def insert(self, text: str) -> None:
        """Take pasted text: there is nothing to type."""

    def click(self, x: int, y: int) -> Done | None:
        """Take the choice that was clicked."""
        return self._list.click(x, y)

    def size(self, width: int, height: int) -> Size:
        """How large it is within so much room."""
        return self._list.size(width, height)

    def draw(self, size: Size, look: Look) -> Canvas:
        """Draw it."""
        return self._list.draw(size, look)
