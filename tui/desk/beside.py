"""Beside: what the panes in sight need of live venues that is not subscribed for every instrument.

Strips are told by settings of the same name, so a pane that shows one asks for it by having one.
Some panes always show what others leave out.
"""

from collections.abc import Iterable
from typing import Final

from feeds.adapter import Channel
from feeds.plan import Beside
from tui.pane import Pane

_CHANNELS: Final = {
    "interest": Channel.MARK_PRICE,
    "funding": Channel.MARK_PRICE,
    "liquidations": Channel.LIQUIDATIONS,
}
"""By setting, the channel that it takes to be on; open interest comes with the mark price."""
_KINDS: Final = {"tape": Channel.LIQUIDATIONS, "tickers": Channel.MARK_PRICE}
"""By kind of pane, the channel of what it marks or lists."""
_CHANGES: Final = frozenset({"tickers"})
"""Kinds of panes that tell how open interest has changed."""


def beside(panes: Iterable[Pane]) -> Beside:
    """What these panes show; with open interest, its past, of which a table tells the change."""
    panes = tuple(panes)
    shown = {name for pane in panes for name in _CHANNELS if getattr(pane, name, False) is True}
    wanted = {_CHANNELS[name] for name in shown}
    wanted |= {_KINDS[pane.kind] for pane in panes if pane.kind in _KINDS}
    listed = any(pane.kind in _CHANGES for pane in panes)
    return Beside(tuple(sorted(wanted)), "interest" in shown or listed)
