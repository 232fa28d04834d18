"""Symbol: what one connection knows of one symbol, its book and which trades it has seen."""

from feeds.exchanges.htx.wire import Step
from feeds.followed import FollowedBook
from feeds.ids import RecentIds
from feeds.inband import InbandSync

DOUBTS: int = 5
"""Leaps that have to be, and to outnumber the steps of one, for them to be the stream's own."""


class Versions:
    """Whether a swap's versions are counted one by one, which is not documented but so recorded.

    Until it is shown otherwise, a leap means that changes are missing. Where leaps outnumber what
    follows one by one, which no line loses, versions need only rise.
    """

    __slots__ = ("_leaps", "_steps")

    def __init__(self) -> None:
        self._leaps = self._steps = 0

    def before(self, step: Step, last: int) -> int:
        """The version that a change follows, when `last` is in the book."""
        version = step.version
        if version <= last or last < 0:
            return version - 1
        if version == last + 1:
            self._steps += 1
            return last
        self._leaps += 1
        return last if self._leaps > DOUBTS and self._leaps > self._steps else version - 1


class Symbol:
    """A symbol's book and the trades that were seen of it."""

    __slots__ = ("fetched", "id", "ids", "inband", "topic", "versions")

    def __init__(self, ident: str) -> None:
        self.id = ident
        self.ids = RecentIds()
        self.versions = Versions()
        self.forget()

    def forget(self) -> None:
        """Begin anew without a book; trades are remembered."""
        self.fetched: FollowedBook | None = None
        """Spot's book, which is asked for on the same connection."""
        self.inband: InbandSync | None = None
        """A swap's book, which the stream states."""
        self.topic = ""
        """The book's topic: those of other depths have numbers of their own."""
