"""Uses: what each colour of a theme is for, and beside which others it has to be seen."""

from collections.abc import Callable
from typing import Final, Literal, NamedTuple, TypeAlias

from tui.drawing.color import Rgb, contrast

Kind: TypeAlias = Literal["ground", "ink", "mark"]

READABLE: Final = 4.5
"""The WCAG contrast (AA) below which running text is hard to read."""


class Use(NamedTuple):
    """What a role is for."""

    kind: Kind
    """A ground that is written on, an ink that is written with, or a mark that is only seen."""
    meaning: str
    beside: tuple[str, ...]
    """The inks of a ground, the grounds of anything else; the first one most of all."""


class Seen(NamedTuple):
    """How well a role can be told from the one it is told from worst."""

    ratio: float
    """WCAG contrast, 1 to 21."""
    beside: str

    def hard(self, use: Use) -> bool:
        """Say whether that makes something hard to read: marks are no text."""
        return use.kind != "mark" and self.ratio < READABLE


def _ground(meaning: str, *inks: str) -> Use:
    return Use("ground", meaning, inks or ("text",))


def _ink(meaning: str, *grounds: str) -> Use:
    return Use("ink", meaning, grounds or ("background", "panel"))


def _mark(meaning: str, *grounds: str) -> Use:
    return Use("mark", meaning, grounds or ("background",))


USES: Final[dict[str, Use]] = {
    "background": _ground("the ground of everything"),
    "panel": _ground("the raised ground of axes, heads, cells, dialogs"),
    "selection": _ground("boxes, the line that is highlighted; footprint bars"),
    "title_bar": _ground("title rows of panes", "title", "text"),
    "title_bar_focus": _ground("title row of the focused pane", "title_focus", "text"),
    "bid_bar": _ground("bars under resting bids", "bid", "text"),
    "ask_bar": _ground("bars under resting asks", "ask", "text"),
    "buy_bar": _ground("under imbalances and large buys", "imbalance_buy", "text"),
    "sell_bar": _ground("under imbalances and large sells", "imbalance_sell", "text"),
    "poc_bar": _ground("under the point of control", "poc", "text"),
    "gap_bar": _ground("a time about which nothing is known"),
    "text": _ink("the main writing", "background", "panel", "selection"),
    "dim": _ink("lesser writing"),
    "faint": _ink("the least writing: prompts, notes, rules"),
    "grid": _mark("lines of axes and charts"),
    "accent": _ink("keys, hints, boxes, the forming bar's time"),
    "bid": _ink("resting bids in the ladder", "background", "panel", "bid_bar"),
    "ask": _ink("resting asks in the ladder", "background", "panel", "ask_bar"),
    "buy": _ink("bought volume, rising candles"),
    "sell": _ink("sold volume, falling candles"),
    "imbalance_buy": _ink("imbalances of the buyers", "background", "panel", "buy_bar"),
    "imbalance_sell": _ink("imbalances of the sellers", "background", "panel", "sell_bar"),
    "poc": _ink("the point of control", "background", "panel", "poc_bar"),
    "warn": _ink("a state to look at: amber"),
    "error": _ink("a state that is bad: red"),
    "live": _ink("a state that is well: green"),
    "title": _ink("titles of panes", "title_bar"),
    "title_focus": _ink("title of the focused pane, of dialogs", "title_bar_focus", "panel"),
    "gap": _mark("hatching of what is not known", "gap_bar"),
    "best_bid": _mark("line of the best bid over the heat"),
    "best_ask": _mark("line of the best ask over the heat"),
    "trade_buy": _mark("marks of buys over the heat"),
    "trade_sell": _mark("marks of sells over the heat"),
    "depth_bid": _mark("the book's bids at the heatmap's edge"),
    "depth_ask": _mark("the book's asks at the heatmap's edge"),
    "last": _ink("the last price: its line and its tag", "background"),
    "volume": _mark("volume that is not split into sides"),
}
"""Of every role of a theme, in their order."""


def seen(role: str, color: Callable[[str], Rgb]) -> Seen:
    """The least contrast of a role with those beside which it has to be seen."""
    own = color(role)
    return min(Seen(contrast(own, color(other)), other) for other in USES[role].beside)
