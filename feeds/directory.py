"""The directory: every venue's instruments as they are kept on disk, with their age.

A list is kept in one file a venue and address, a line for each instrument. Another takes its place
whole or not at all.
"""

import re
from pathlib import Path
from typing import Final

from msgspec import MsgspecError, Struct, json
from platformdirs import user_cache_path

from feeds.errors import FeedError
from feeds.filing import write_whole
from feeds.listing import Catalogue, Listed
from feeds.registry import VENUES
from feeds.venue import Venue

VERSION: Final = 1
"""Of the files; those of another are fetched anew."""

FRESH: Final = 24 * 3600 * 10**9
"""ns for which a list is used without asking again."""


class DamagedList(FeedError):
    """A kept list that cannot be read whole."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class _Head(Struct, forbid_unknown_fields=True):
    """The first line of a file; `instruments` more follow."""

    version: int
    venue: str
    address: str
    at: int
    instruments: int
    left_out: dict[str, int]
    notes: tuple[str, ...]


class Directory:
    """The lists that are kept in a folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or user_cache_path("tapetop") / "instruments"

    def path(self, venue: Venue) -> Path:
        """The file of a venue's list; at another address than its own the venue has another."""
        own = venue.name in VENUES and venue.rest == VENUES[venue.name].rest
        host = "" if own else "@" + re.sub(r"[^A-Za-z0-9.]+", "_", venue.rest.partition("://")[2])
        return self.folder / f"{venue.name}{host}.jsonl"

    def load(self, venue: Venue) -> Catalogue | None:
        """The kept list of a venue, None where there is none. Raise DamagedList."""
        path = self.path(venue)
        try:
            first, _, rest = path.read_bytes().partition(b"\n")
            head = _decode_head(first)
            if head.version != VERSION:
                return None
            rows = tuple(_decode_rows(rest))
        except FileNotFoundError:
            return None
        except (OSError, MsgspecError, ValueError) as error:
            raise DamagedList(path, f"the kept list cannot be read ({error})") from error
        if len(rows) != head.instruments or (head.venue, head.address) != (venue.name, venue.rest):
            raise DamagedList(path, f"the kept list is not whole ({len(rows)} instruments)")
        return Catalogue(venue.name, head.at, rows, head.left_out, head.notes)

    def save(self, venue: Venue, catalogue: Catalogue) -> None:
        """Keep a list; a reader sees the old one or the new one. Raise OSError."""
        head = _Head(
            VERSION,
            venue.name,
            venue.rest,
            catalogue.at,
            len(catalogue.instruments),
            catalogue.left_out,
            catalogue.notes,
        )
        rows = _encoder.encode_lines([head, *catalogue.instruments])
        write_whole(self.path(venue), rows)


_encoder = json.Encoder()
_decode_head = json.Decoder(_Head).decode
_decode_rows = json.Decoder(Listed).decode_lines
