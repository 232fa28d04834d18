"""The symbol search: every instrument that is known of, found offline as it is typed.

It knows the lists that are kept on disk (`feeds.directory`), what is watched, and of venues without
a kept list the symbols that most people want.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from feeds.directory import FRESH, DamagedList, Directory
from feeds.errors import ConfigError
from feeds.finding import Known, find, known
from feeds.listing import Listed
from feeds.registry import VENUES, find_venue, parse_instrument
from market.instrument import Kind
from tui.dialogs.choice import Choice, Dialog
from tui.drawing.format import age, compact

MOST: Final = 1000
"""Choices shown of those that match."""

SIMULATED: Final = "sim"
"""The venue of simulated markets."""

LISTS: Final = "lists"
"""The choice that fetches the lists of all venues."""


class Symbols:
    """What can be searched, as it was known when the search was opened."""

    def __init__(self, watched: Sequence[str], near: str) -> None:
        self._watched = tuple(watched)
        self._near = near
        self._listed: list[Known] = []
        self._venues: dict[str, int] = {}
        """When each venue's list was made, ns."""
        self._damaged: list[str] = []

    def load(self, directory: Directory, endpoints: Mapping[str, str]) -> None:
        """Read the lists that are kept."""
        for name in VENUES:
            venue = find_venue(name)
            try:
                kept = directory.load(venue.at(endpoints[name]) if name in endpoints else venue)
            except DamagedList:
                self._damaged.append(name)
                continue
            if kept is not None:
                self._venues[name] = kept.at
                self._listed += known(name, kept.instruments)

    def dialog(self, now: int) -> Dialog:
        """The search, what is watched and what most people want before anything is typed."""
        listed = {row.id for row in self._listed}
        offered = [
            *(name for name in self._watched if name not in listed),
            *self._simulated(),
            *self._popular(),
        ]
        rows = [*self._listed, *map(_bare, dict.fromkeys(offered))]

        def choices(text: str) -> list[Choice]:
            found = find(text, rows, self._watched, self._near)
            return [self._choice(row) for row in found[:MOST]]

        others = self._simulated()
        begun = [choice for choice in choices("") if choice.id not in others]
        watched = sum(1 for choice in begun if choice.group)
        beside = [Choice(name, f"{name}, a simulated market beside it") for name in others]
        return Dialog(
            "Symbols",
            [*begun[:watched], *self._wanting(now), *beside, *begun[watched:]],
            prompt="symbol or coin, venue, kind; or VENUE:SYMBOL",
            intro=(self._about(now),),
            free=self._free,
            find=choices,
            at=self._watched[0] if self._watched else "",
        )

    def _wanting(self, now: int) -> list[Choice]:
        """What fetches the lists, where one is missing, damaged or no longer fresh."""
        if all(now - self._venues.get(name, -FRESH) < FRESH for name in VENUES):
            return []
        return [Choice(LISTS, "fetch the lists of all venues now", group="network")]

    def _simulated(self) -> list[str]:
        """Other simulated markets, beside one that is shown."""
        if self._near != SIMULATED:
            return []
        names = [f"{SIMULATED}:{seed}" for seed in range(7, 12)]
        return [name for name in names if name not in self._watched][:3]

    def _popular(self) -> list[str]:
        """What most people want of venues without a list: the first of each, then the second."""
        venues = [venue for venue in VENUES.values() if venue.name not in self._venues]
        ranked = [
            (rank, f"{venue.name}:{symbol}")
            for venue in venues
            for rank, symbol in enumerate(venue.popular)
        ]
        return [name for _, name in sorted(ranked, key=lambda item: item[0])]

    def _about(self, now: int) -> str:
        """Which lists there are, how old, and what is wrong with them."""
        if not self._venues and not self._damaged:
            return "Popular symbols: no venue's list has been fetched yet."
        parts = []
        if self._venues:
            oldest = age(max(0, now - min(self._venues.values())))
            parts.append(
                f"{len(self._listed):,} instruments of {len(self._venues)} of {len(VENUES)} "
                f"venues, at most {oldest} old."
            )
        if self._damaged:
            parts.append(f"Damaged: {', '.join(self._damaged)}.")
        return " ".join(parts)

    def _choice(self, row: Known) -> Choice:
        group = "watched" if row.id in self._watched else ""
        if row.around == row.venue:
            return Choice(row.id, row.id, group=group)
        volume = "" if row.listed.dollars is None else f"${compact(row.listed.dollars, 6)}"
        return Choice(row.id, row.id, group=group, note=f"{row.listed.kind:<7} {volume:>7}")

    def _free(self, text: str) -> Choice | None:
        """What was typed as an instrument, where it is one that no list holds."""
        if self._near == SIMULATED and (seed := simulated_seed(text)) is not None:
            return Choice(f"{SIMULATED}:{seed}", f"watch the simulated market {seed} beside these")
        for guess in (text, text.upper(), f"{self._near}:{text.upper()}"):
            name, colon, symbol = guess.partition(":")
            try:
                parse_instrument(f"{name.lower()}{colon}{symbol}")
            except ConfigError:
                continue
            return Choice(f"{name.lower()}{colon}{symbol}", f"watch {name.lower()}:{symbol}")
        return None


def simulated_seed(text: str) -> int | None:
    """The seed of `sim:8`, or of `8` alone; None where it is none."""
    digits = text.strip().lower().removeprefix(f"{SIMULATED}:")
    return int(digits) if digits.isdecimal() and digits.isascii() and len(digits) < 10 else None


def _bare(name: str) -> Known:
    """An instrument of which only the name is known."""
    venue, _, symbol = name.partition(":")
    (row,) = known(venue, [Listed(symbol, Kind.SPOT, "", "")])
    return row._replace(around=venue)
