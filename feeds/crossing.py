"""Crossing: how long a book is borne with whose best bid is at or above its best ask.

Numbers without a gap do not say that the snapshot beneath was right. A book that stays crossed is
not; it is begun anew, once, and if that did not help it is left alone for longer each time.
"""

from typing import Final

from feeds.standing import Standing
from feeds.touch import Touch

CROSSED_MESSAGES: Final = 5
CROSSED_TIME: Final = 2_000_000_000
"""Messages in a row, or ns, that a book may be crossed before it counts as lost."""

STEADY: Final = 10_000_000_000
"""ns after which a book that was lost for being crossed may be so again."""

STEADY_MOST: Final = 640_000_000_000
"""The bound of that time, which doubles while a book is lost again and again."""


class Crossing:
    """One book's messages after which it was crossed."""

    __slots__ = ("_begun", "_count", "_lost_at", "_rest")

    def __init__(self) -> None:
        self._count = 0
        """Messages in a row."""
        self._begun = 0
        """When the first of them came."""
        self._lost_at: int | None = None
        self._rest = STEADY

    @property
    def now(self) -> bool:
        """Whether the book was crossed when it was last looked at."""
        return self._count > 0

    def end(self) -> None:
        """The book was begun anew."""
        self._count = 0

    def unbearable(self, standing: Standing | Touch, now: int) -> str:
        """Why the book after a message cannot be believed any more; "" while it can."""
        if not standing.crossed:
            self._count = 0
            return ""
        if not self._count:
            self._begun = now
        self._count += 1
        return self._judge(standing, now)

    def overdue(self, standing: Standing | Touch, now: int) -> str:
        """The same while no message comes."""
        return self._judge(standing, now) if self._count else ""

    def _judge(self, standing: Standing | Touch, now: int) -> str:
        brief = now - self._begun <= CROSSED_TIME and self._count < CROSSED_MESSAGES
        since = None if self._lost_at is None else now - self._lost_at
        if brief or (since is not None and since < self._rest):
            return ""
        again = since is not None and since < 2 * self._rest
        self._rest = min(2 * self._rest, STEADY_MOST) if again else STEADY
        self._count, self._lost_at = 0, now
        return f"the book stays crossed: {standing.best_bid} bid, {standing.best_ask} asked"
