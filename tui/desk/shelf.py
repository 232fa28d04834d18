"""The shelf: what is kept on disk for panes to show, venues' lists and the user's favourites."""

from collections.abc import Mapping
from errno import EILSEQ
from pathlib import Path

from platformdirs import user_state_path

from feeds.directory import DamagedList, Directory
from feeds.filing import write_whole
from feeds.finding import Known, known
from feeds.registry import VENUES, find_venue
from tui.scope import NO_LISTS, Lists


class Shelf:
    """Read when somebody looks at it for the first time; a list that is damaged is left out.

    Favourites are a line each in one file, which another takes the place of whole or not at all.
    """

    def __init__(self, folder: Path | None = None, directory: Directory | None = None) -> None:
        self.path = (folder or user_state_path("tapetop")) / "favourites"
        self._directory = directory
        self.lists = NO_LISTS
        self._opened = False
        self._favourites: frozenset[str] | None = None

    def open(self, endpoints: Mapping[str, str]) -> None:
        """Read the lists that are kept, unless that was done; venues may be at other addresses."""
        if self._opened:
            return
        self._opened = True
        directory = self._directory or Directory()
        rows: list[Known] = []
        ages: list[int] = []
        for name in VENUES:
            venue = find_venue(name)
            try:
                kept = directory.load(venue.at(endpoints[name]) if name in endpoints else venue)
            except DamagedList:
                continue  # the symbol search says which
            if kept is not None:
                rows += known(name, kept.instruments)
                ages.append(kept.at)
        self.lists = Lists(rows, min(ages, default=None))

    def renew(self) -> None:
        """Have the lists read anew when they are wanted again: others were fetched."""
        self._opened = False

    @property
    def favourites(self) -> frozenset[str]:
        """Instruments marked by the user; none where the file cannot be read."""
        if self._favourites is None:
            try:
                self._favourites = self._marked()
            except OSError:
                self._favourites = frozenset()
        return self._favourites

    def toggle(self, instrument: str) -> bool:
        """Mark an instrument, or take its mark away, and keep that; say which.

        What another program marked in the meantime stays. Raise OSError, also where the file is
        there and cannot be read: it is left as it is.
        """
        marked = self._marked()
        wanted = marked - {instrument} if instrument in self.favourites else marked | {instrument}
        write_whole(self.path, "".join(f"{line}\n" for line in sorted(wanted)))
        self._favourites = wanted
        return instrument in wanted

    def _marked(self) -> frozenset[str]:
        try:
            text = self.path.read_text("utf-8")
        except FileNotFoundError:
            return frozenset()
        except UnicodeDecodeError as error:
            raise OSError(EILSEQ, "it is no text in UTF-8", str(self.path)) from error
        return frozenset(line for line in text.splitlines() if ":" in line)
