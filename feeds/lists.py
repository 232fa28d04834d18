"""Where a venue's lists are: the requests that tell of all its instruments and their day's volume.

They are data of the venue's row. `feeds.listing` reads the answers, `feeds.directory` asks.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Volumes:
    """Where an answer states the day's volume, for venues whose adapter has no use for it.

    Places are keys joined by points, numbers where there is a list: `result.0.name`. A place of
    rows may hold a list or a table.
    """

    rows: str
    symbol: str = ""
    """The place of the symbol in a row; "" where the adapter's events, one a row, tell it."""
    quote: str = ""
    """The place of the volume in quote currency; else it is `base` times `price`."""
    base: str = ""
    price: str = ""
    names: str = ""
    """The place of rows that hold the symbols, where they are apart from the volumes."""
    last: str = ""
    """The place of the last price, for venues whose adapter makes no event of it."""
    first: str = ""
    """That of the price 24 h before; else that of the change since then is `change`."""
    change: str = ""
    shares: bool = False
    """Whether that is a part of 1 and not percent."""
    coins: str = ""
    """A regular expression of symbols with groups `base`, `quote` and, of contracts, `contract`:
    the rows are instruments themselves, of a venue that states no grids."""


@dataclass(frozen=True, slots=True)
class Page:
    """A request for a list, or for its first part."""

    path: str
    """Path with query below the venue's REST address."""
    weight: int = 1
    body: str = ""
    """What is posted; "" for what is a document."""
    cursor: str = ""
    """The place in the answer of what the next part is asked for with, as `cursor`."""
    rows: int = 0
    """Rows of a part, where the next one is asked for with an `offset`; 0 where all come at once.

    Parts are asked for until one brings nothing new.
    """
    each: str = ""
    """What is posted for each name in the answer, which is put in place of `NAME`."""
    volumes: Volumes | None = None


@dataclass(frozen=True, slots=True)
class Lists:
    """The requests for all instruments of a venue, and for their volume where that is apart."""

    instruments: tuple[Page, ...] = ()
    volumes: tuple[Page, ...] = ()
    """The list is good without these: what is wrong with an answer is said."""


UNLISTED = Lists()
"""Of a venue whose lists are not known."""
