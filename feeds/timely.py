"""Timely: what happened no later than it was told of.

A market's time never goes back, so one event from a far day would stop it until then. What states
a time ahead of our clock is left out; a book is left its levels, since those that follow build on
them, and loses the time. Where it is not known when something was received, nothing can be said.
"""

from typing import Final

from msgspec.structs import replace

from feeds.errors import MalformedFrame
from market.events import BookDelta, BookSnapshot, Event, Kline

AHEAD: Final = 60_000_000_000
"""ns by which a venue's clock may be ahead of ours."""


def timely(event: Event, now: int) -> Event | None:
    """The event itself, where it was received `now`; what remains of one that states a later time.

    `now` is 0 where that is not known.
    """
    time = getattr(event, "ts_event", None)
    if isinstance(event, Kline):
        time = max(event.start, time or 0)
    if time is None or not now or time <= now + AHEAD:
        return event
    return replace(event, ts_event=None) if isinstance(event, BookDelta | BookSnapshot) else None


def too_early(about: str) -> MalformedFrame:
    """The error that tells of what did not remain whole."""
    reason = f"states a time more than {AHEAD // 10**9} s ahead of this computer's clock"
    return MalformedFrame(about, reason)
