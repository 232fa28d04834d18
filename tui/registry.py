"""The panes there are, by the kind named on the command line and in layouts."""

from collections.abc import Iterable
from difflib import get_close_matches
from importlib import import_module
from typing import cast

from feeds.errors import ConfigError
from tui.pane import Pane

PANES: dict[str, str] = {
    "candles": "tui.panes.candles:Candles",
    "comparison": "tui.panes.comparison:Comparison",
    "events": "tui.panes.events:EventsPane",
    "flow": "tui.panes.flow:FlowPane",
    "footprint": "tui.panes.footprint:FootprintPane",
    "heatmap": "tui.panes.heatmap:Heatmap",
    "ladder": "tui.panes.ladder:Ladder",
    "profile": "tui.panes.profile:ProfilePane",
    "tape": "tui.panes.tape:TapePane",
    "tickers": "tui.panes.tickers:Tickers",
    "tpo": "tui.panes.tpo:TpoPane",
}
"""Kind to `module:class`; loaded only when asked for, so that help texts stay light."""


def pane_type(kind: str) -> type[Pane]:
    """Return the class of a kind, or say which kind was probably meant."""
    if kind not in PANES:
        raise ConfigError(f'unknown pane "{kind}"{nearest(kind, PANES)}; panes: {", ".join(PANES)}')
    module, _, name = PANES[kind].partition(":")
    # A dotted path cannot be typed; the conformance test checks what it leads to.
    return cast("type[Pane]", getattr(import_module(module), name))


def add(kind: str, target: str) -> None:
    """Let a pane that is not of ours be one of those there are."""
    PANES[kind] = target


def nearest(word: str, words: Iterable[str]) -> str:
    """Return ` (did you mean "x"?)` for a word close to a known one, or nothing."""
    close = get_close_matches(word.lower(), list(words), n=1)
    return f' (did you mean "{close[0]}"?)' if close else ""
