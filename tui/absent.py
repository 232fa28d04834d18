"""Absent: what stands in a layout for a pane whose plug-in is not loaded."""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, cast

from market.market import Market
from tui.drawing.canvas import Canvas
from tui.drawing.look import Look
from tui.pane import Pane, Size, message, title_row
from tui.registry import PANES, pane_type


@dataclass(frozen=True)
class Absent:
    """A place with a name; whatever was to be drawn there, the panes beside it are."""

    kind: ClassVar[str] = "absent"
    title: ClassVar[str] = "Absent"
    minimum: ClassVar[Size] = Size(16, 3)

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Say what is missing, and what to do about it."""
        canvas = Canvas(*size, look)
        title_row(canvas, look, self.title, None, ["not loaded"])
        text = f'there is no pane "{self.kind}": name its plug-in with --plugin, or press p'
        message(canvas, look, text)
        return canvas

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """Nothing."""
        return {}


def pane_in_layout(kind: str) -> type[Pane]:
    """The class of a kind, or what stands in its place."""
    return pane_type(kind) if kind in PANES else _absent(kind)


@lru_cache(maxsize=64)
def _absent(kind: str) -> type[Pane]:
    named = {"kind": kind, "title": kind.capitalize(), "__module__": __name__}
    # A class made while the program runs has no type that could be checked.
    return cast("type[Pane]", type("Absent", (Absent,), named))
