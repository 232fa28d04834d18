"""Symbol: what one connection knows of one symbol, its book and which trades it has seen."""

from feeds.ids import RecentIds
from feeds.sync import BookSync


class Symbol:
    """A symbol's book and the trades that were seen of it."""

    __slots__ = ("book", "id", "ids")

    def __init__(self, ident: str, book: BookSync) -> None:
        self.id, self.book = ident, book
        self.ids = RecentIds()
