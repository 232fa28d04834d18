"""Symbol: what one connection knows of one symbol."""

from feeds.exchanges.bybit.wire import Day
from feeds.ids import RecentIds
from feeds.inband import InbandSync
from feeds.standing import Standing


class Symbol:
    """A symbol's book, its best bid and ask, its day and which trades it has seen."""

    __slots__ = ("book", "day", "depth", "id", "ids", "quote", "quoted", "topic")

    def __init__(self, ident: str, book: InbandSync) -> None:
        self.id = ident
        self.ids = RecentIds()
        self.forget(book)

    def forget(self, book: InbandSync) -> None:
        """Begin anew with this book; trades are remembered."""
        self.book = book
        self.topic, self.depth = "", 0
        """The book's topic: those of other depths have numbers of their own."""
        self.quote = Standing()
        self.quoted: int | None = None
        """The last change of the best bid and ask; None where they are not known."""
        self.day: Day | None = None
        """What the ticker has stated so far."""
