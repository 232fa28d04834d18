"""Hands on a settings dialog: one over a single pane with a market behind it, and what it shows."""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from market.market import Market
from tests.scenes import market_of, simulated
from tui.pane import Pane, Size
from tui.registry import pane_type
from tui.scope import Scope
from tui.settings.dialog import Behind, SettingsDialog
from tui.settings.steps import Sight, settings_for, stepped
from tui.settings.words import Setting
from tui.themes import load_look

P = TypeVar("P", bound=Pane)
LOOK = load_look()
SIZE, BOX = Size(100, 30), Size(46, 40)


def step(pane: P, wanted: Setting, steps: int, market: Market | None) -> P:
    """The pane a step further where two markets are watched, or none."""
    watched = (market, market_of([(1, 100.5, 0.4)])) if market is not None else ()
    return stepped(pane, wanted, steps, Sight(Scope(market, watched), SIZE, pane))


def named(kind: str, key: str) -> Setting:
    return next(one for one in settings_for(pane_type(kind)) if one.key == key)


def equal(one: str, other: str) -> bool:
    try:
        return Decimal(one) == Decimal(other)
    except ArithmeticError:
        return one == other


def opened(pane: Pane) -> tuple[SettingsDialog, Callable[[], Pane]]:
    """A dialog over one pane, and the pane as it is now."""
    held = [pane]

    def once(pane: Pane, wanted: Setting, steps: int) -> Pane:
        return step(pane, wanted, steps, simulated())

    def change(pane: Pane) -> None:
        held[0] = pane

    behind = Behind(lambda: held[0], simulated, change, once, lambda: "spread")
    return SettingsDialog("Settings", behind), lambda: held[0]


def text(dialog: SettingsDialog, size: Size = BOX) -> str:
    canvas = dialog.draw(size, LOOK)
    return "\n".join("".join(map(chr, row)) for row in canvas.glyph.tolist())


def go_to(dialog: SettingsDialog, key: str) -> None:
    dialog.press("home", None)
    while f"▸ {key} " not in text(dialog).replace("•", " "):
        dialog.press("down", None)


def type_in(dialog: SettingsDialog, word: str) -> None:
    dialog.press("enter", "\r")
    dialog.press("ctrl+u", None)
    for character in word:
        dialog.press(character, character)
    dialog.press("enter", "\r")
