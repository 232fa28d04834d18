"""Zone dialog: choose by whose clock times are told, from a few places or by any IANA name."""

from itertools import islice
from typing import TYPE_CHECKING, Final

from tui.dialogs.choice import Choice, Dialog
from tui.drawing.zones import Zone, zone_names

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor

_ALWAYS: Final = {
    "UTC": "UTC",
    "local": "local: this machine's",
    "exchange": "exchange: that of the venue's daily bars",
}
_PLACES: Final = (
    "America/New_York",
    "America/Chicago",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
)
"""Where much is traded; all others are found by typing."""
_MOST: Final = 40
"""Names found at most: more typing tells them apart."""


def choose_zone(monitor: "Monitor") -> None:
    """Ask for a time zone; the panes show it while it is highlighted."""
    before, market = monitor.zone, monitor.market
    venue = "" if market is None else market.venue
    now = monitor.now.wall if market is None else market.clock

    def choice(name: str) -> Choice:
        zone = Zone(name, venue)
        time = f"{zone.clock(now, millis=False)[:5]} {zone.word(now)}" if now > 0 else ""
        return Choice(name, _ALWAYS.get(name, name), note=time)

    def find(text: str) -> list[Choice]:
        words = text.lower().replace(" ", "_").split("_")
        fitting = (name for name in every if all(word in name.lower() for word in words))
        return [choice(name) for name in islice(fitting, _MOST)]

    def settle(name: str | None) -> None:
        monitor.show_zone(before if name is None else Zone(name))
        if name is not None:
            monitor.note(f"times are {monitor.zone.of(venue).title}")

    known = zone_names()
    every = [*_ALWAYS, *(name for name in known if name not in _ALWAYS)]
    first = [*_ALWAYS, *(name for name in _PLACES if name in known)]
    if before.name not in first:
        first.append(before.name)
    dialog = Dialog(
        "Time zone",
        [choice(name) for name in first],
        prompt="type a name such as Europe/Berlin",
        intro=("Times are told by this clock; days and bars begin as they do in UTC.",),
        find=find,
        moved=lambda name: monitor.show_zone(Zone(name)),
        at=before.name,
    )
    monitor.open_dialog(dialog, settle)
