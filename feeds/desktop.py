"""Desktop: notifications that a terminal hands on to the desktop, as the bytes that ask for them.

OSC 9 is iTerm2's and of kitty, WezTerm, Ghostty, Windows Terminal; OSC 777 rxvt's, and of foot,
WezTerm, Ghostty, VTE. tmux passes either on wrapped in a string of its own, its escapes doubled
(its `allow-passthrough` must be on).
"""

from feeds.line import one_line

TITLE = "tapetop"
LONGEST = 200
"""Characters of a notification at most."""


def osc9(text: str) -> str:
    """A notification by OSC 9. The title before it keeps terminals from reading a number there."""
    return f"\x1b]9;{TITLE}: {_safe(text)}\x07"


def osc777(text: str) -> str:
    """A notification by OSC 777, whose fields a semicolon ends."""
    return f"\x1b]777;notify;{TITLE};{_safe(text).replace(';', ',')}\x07"


def through_tmux(sequence: str) -> str:
    """A sequence as tmux passes it on to the terminal around it."""
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


def _safe(text: str) -> str:
    return one_line(text)[:LONGEST]
