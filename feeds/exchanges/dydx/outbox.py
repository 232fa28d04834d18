"""The outbox: subscriptions that wait, since the venue takes two a second and hangs up on more."""

from collections.abc import Iterator, Sequence
from typing import Final

from feeds.adapter import Send

PACE: Final = 600_000_000
"""ns from one frame to the next."""


class Outbox:
    """Frames in the order they go out, none of them twice."""

    def __init__(self) -> None:
        self._waiting: dict[Send, None] = {}
        self._due = 0

    def clear(self) -> None:
        """Forget what waits: the connection is another."""
        self._waiting.clear()
        self._due = 0

    def put(self, frames: Sequence[Send]) -> None:
        """Let frames wait that belong together; if the last of them does already, they do."""
        if frames and frames[-1] not in self._waiting:
            self._waiting |= dict.fromkeys(frames)

    def tick(self, now: int) -> Iterator[Send]:
        """The next frame, when it is time."""
        if self._waiting and now >= self._due:
            self._due = now + PACE
            frame = next(iter(self._waiting))
            del self._waiting[frame]
            yield frame
