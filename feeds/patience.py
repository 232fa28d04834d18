"""Patience: how long a link may be without data before its connection is taken for dead.

What is quiet by nature is not reconnected for it: a silence that ended by itself, or that a new
connection did not end, makes the next one wait twice as long. Data that flows makes it short again.
"""

from typing import Final

MOST: Final = 600.0
"""Seconds after which no silence is believed any more."""
_FADE: Final = 0.9


class Patience:
    """What a link's silences have taught, in seconds; it outlives the connections."""

    def __init__(self) -> None:
        self._learnt = 0.0

    def lasts(self, least: float) -> float:
        """How long to wait, where nothing speaks for more than `least`."""
        return max(least, min(MOST, self._learnt))

    def heard(self, silence: float) -> None:
        """Data came after so many seconds."""
        self._learnt = max(2 * silence, self._learnt * _FADE)

    def lost(self, silence: float) -> None:
        """The connection was given up after so many seconds."""
        self._learnt = max(2 * silence, self._learnt)
