"""Draft: a theme that is being changed, what it was before each change, and what is kept."""

from collections.abc import Hashable
from typing import Final

from tui.themefile import Theme

MOST: Final = 500
"""Changes that can be taken back."""


class Draft:
    """Changes of one kind in a row, such as steps of one arrow, are taken back together."""

    def __init__(self, theme: Theme) -> None:
        self.theme = self.kept = theme
        """As it is now, and as it was when it was read or written last."""
        self._past: list[Theme] = []
        self._touch: Hashable = None

    @property
    def changed(self) -> bool:
        """Whether something would be lost by leaving."""
        return self.theme != self.kept

    def change(self, theme: Theme, touch: Hashable = None) -> None:
        """Take another theme; one of the same touch as the one before is one change with it."""
        if theme == self.theme:
            return
        if touch is None or touch != self._touch:
            self._past = [*self._past[-MOST + 1 :], self.theme]
        self.theme, self._touch = theme, touch

    def undo(self) -> bool:
        """Take the last change back; False where there is none."""
        if not self._past:
            return False
        self.theme, self._touch = self._past.pop(), None
        return True

    def keep(self) -> None:
        """Remember that the theme is written as it is now."""
        self.kept, self._touch = self.theme, None
