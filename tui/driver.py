"""The terminal driver: Textual's own, writing to standard output, counting, and seen from outside.

Textual writes to standard error, which people redirect to keep messages.
"""

import sys
from typing import Any, Final

from textual.drivers.linux_driver import LinuxDriver

MOST_QUEUED: Final = 2
"""Writes that may wait for the terminal before frames are skipped."""


class TerminalDriver(LinuxDriver):
    """Writes to the terminal; knows how much it wrote and whether the terminal keeps up."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.bytes_written = 0
        stdout = sys.__stdout__
        assert stdout is not None
        # Block glyphs exist in no legacy encoding; a `?` is better than a dead writer thread.
        stdout.reconfigure(errors="replace")
        self._file = stdout

    def write(self, data: str) -> None:
        """Write, and count the bytes."""
        self.bytes_written += len(data.encode("utf-8", "replace"))
        super().write(data)

    @property
    def behind(self) -> bool:
        """Whether what was written before has not been taken by the terminal yet."""
        writer = self._writer_thread
        return writer is not None and writer._queue.qsize() > MOST_QUEUED

    def take_mouse(self, on: bool) -> None:
        """Take the mouse, or leave it to the terminal's own selection."""
        if on:
            self._enable_mouse_support()
        else:
            self._disable_mouse_support()
