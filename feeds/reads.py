"""Reads: when what was read from a socket, for frames that are handled later."""

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

FULL: Final = 192 * 1024
"""Bytes: asyncio reads 256 KiB at a time, of which a part is the encryption's."""


class Reads(asyncio.Protocol):
    """Stands before a connection's protocol and notes when it was given bytes, and how many frames.

    Frames wait behind it for whoever handles them: drawing may come between, a read does not.
    """

    def __init__(self, waiting: Sequence[object], clock: Callable[[], int]) -> None:
        self._waiting, self._clock = waiting, clock
        self._protocol: asyncio.Protocol
        self._marks: deque[list[int]] = deque()
        """Of each read that left frames: its time, and how many of them were not taken yet."""
        self._last: int | None = None
        self.full = False
        """Whether the last read was as much as one read takes, so that more is waiting."""

    def listen(self, transport: asyncio.Transport) -> None:
        """Take the place of a transport's protocol."""
        protocol = transport.get_protocol()
        assert isinstance(protocol, asyncio.Protocol)
        self._protocol = protocol
        self._last = self._clock()
        transport.set_protocol(self)

    def forget(self) -> None:
        """Note that nothing of what was read so far is left."""
        self._marks.clear()

    def oldest(self) -> tuple[int, int]:
        """The oldest read of which frames are left: its time, and how many may be its."""
        while len(self._marks) > 1 and self._marks[0][1] <= 0:
            self._marks.popleft()
        if not self._marks:
            return self._last or self._clock(), len(self._waiting) + 1
        at, count = self._marks[0]
        # More of the last read may still be parsed while its first frames are taken.
        return at, count if len(self._marks) > 1 else sys.maxsize

    def took(self, frames: int) -> None:
        """Note how many frames of the oldest read were taken."""
        if self._marks:
            self._marks[0][1] -= frames

    def data_received(self, data: bytes) -> None:
        """Note the time, and pass on."""
        at, before = self._clock(), len(self._waiting)
        self._protocol.data_received(data)
        self._last, self.full = at, len(data) >= FULL
        if (count := len(self._waiting) - before) > 0:
            self._marks.append([at, count])

    def eof_received(self) -> bool | None:
        """Pass on."""
        return self._protocol.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass on."""
        self._protocol.connection_lost(exc)

    def pause_writing(self) -> None:
        """Pass on."""
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """Pass on."""
        self._protocol.resume_writing()
