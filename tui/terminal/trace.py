"""Trace: one line of JSON for each frame, skipped frame and key of a run, with monotonic times.

The monotonic clock is the same in every process of a machine, so whoever sits at the other end of
the terminal can join these lines with its own: the frame whose `bytes` are all delivered is seen.
"""

from pathlib import Path
from time import monotonic_ns
from typing import Final

import msgspec

FLUSHED: Final = 64 * 1024
"""Bytes kept before they are written."""


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happened, at `t` (ns on the monotonic clock)."""

    t: int
    kind: str
    """`frame` written, `same` (looked at and still right), `skip`, `key`."""
    bytes: int
    """Everything given to the terminal since the start."""
    events: int
    """Events applied to the markets since the start."""
    drawn: int = 0
    """When the picture of a frame was taken."""
    why: str = ""
    """What a frame was skipped for."""
    key: str = ""


class Trace:
    """Collects lines and writes them to a file now and then; nowhere without a file."""

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("wb") if path is not None else None
        self._pending = bytearray()
        self._encode = msgspec.json.Encoder().encode
        self.bytes = 0
        self.events = 0

    def add(self, kind: str, *, drawn: int = 0, why: str = "", key: str = "") -> None:
        """Note something that happens now."""
        if self._file is None:
            return
        line = Line(monotonic_ns(), kind, self.bytes, self.events, drawn, why, key)
        self._pending += self._encode(line) + b"\n"
        if len(self._pending) >= FLUSHED:
            self._write()

    def close(self) -> None:
        """Write what is left."""
        if self._file is not None:
            self._write()
            self._file.close()
            self._file = None

    def _write(self) -> None:
        if self._file is not None:
            self._file.write(self._pending)
            self._file.flush()
            self._pending.clear()


def read_trace(path: Path) -> list[Line]:
    """The lines of a trace; the last may be cut off by a killed process and is left out then."""
    whole = path.read_bytes().rpartition(b"\n")[0]
    decode = msgspec.json.Decoder(Line).decode
    return [decode(line) for line in whole.split(b"\n") if line]
