"""What the terminal can show, read off the environment and the descriptors; pure but for isatty."""

import sys
from collections.abc import Mapping

from feeds.errors import ConfigError
from tui.drawing.look import ColorDepth

UNUSABLE = frozenset({"", "dumb", "unknown", "network"})
"""TERM values of screens that cannot place a cursor."""

_TRUE_WORDS = frozenset({"truecolor", "24bit"})
_TRUE_TERMS = ("-direct", "xterm-kitty", "xterm-ghostty", "alacritty", "wezterm", "foot")
_C256_WORDS = ("256color", "xterm", "tmux", "rxvt", "konsole", "vte")


def color_depth(environ: Mapping[str, str]) -> ColorDepth:
    """Return how many colours to use: NO_COLOR first, then COLORTERM, then TERM."""
    if environ.get("NO_COLOR"):
        return ColorDepth.MONO
    term = environ.get("TERM", "").lower()
    if environ.get("COLORTERM", "").strip().lower() in _TRUE_WORDS:
        return ColorDepth.TRUE
    if any(word in term for word in _TRUE_TERMS):
        return ColorDepth.TRUE
    if "16color" in term:
        return ColorDepth.C16
    # A bare `xterm` or `tmux` has had 256 colours for two decades; `screen` and `linux` have not.
    return ColorDepth.C256 if any(word in term for word in _C256_WORDS) else ColorDepth.C16


def require(environ: Mapping[str, str]) -> None:
    """Raise ConfigError where a moving picture cannot be shown, naming the way that works."""
    instead = '"tapetop snap" draws without a terminal'
    if not (sys.__stdin__ and sys.__stdin__.isatty()):
        raise ConfigError(f"not a terminal: standard input is redirected; {instead}")
    if not (sys.__stdout__ and sys.__stdout__.isatty()):
        raise ConfigError(f"not a terminal: standard output is redirected; {instead}")
    term = environ.get("TERM", "").lower()
    if term in UNUSABLE:
        shown = f"TERM={term}" if term else "TERM is not set"
        raise ConfigError(
            f"this terminal cannot place text ({shown}): try TERM=xterm-256color; {instead}"
        )
