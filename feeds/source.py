"""The source protocol: where a front end's events come from, whatever stands behind it."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from market.events import Event, FeedState


class Source(Protocol):
    """A flow of events: live, replayed or simulated. No consumer can tell which."""

    paused: bool
    """Set by the front end. A replay and a simulation stop their market; live data ignores it."""

    @property
    def label(self) -> str:
        """What is being watched, in a few words for the status line."""
        ...

    @property
    def state(self) -> FeedState:
        """What the source as a whole is: LIVE (or on the way to it), REPLAY or SIM."""
        ...

    @property
    def instruments(self) -> Sequence[str]:
        """Ids known to this source so far, in the order they were first met."""
        ...

    @property
    def finished(self) -> bool:
        """True when nothing more will come, and `batches` has ended or is about to."""
        ...

    def batches(self) -> AsyncGenerator[list[Event]]:
        """Events in order, many to a batch: one wake-up serves many frames.

        Iterate once, and close it (`aclosing`) to let go of connections and files.
        """
        ...

    def want(self, instruments: Sequence[str], interval: str = "1m") -> None:
        """Watch these instruments, with candles of `interval`. Nothing where nothing can change."""
        ...
