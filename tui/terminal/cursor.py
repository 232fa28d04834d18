"""The cursor as a ruler: how many cells a text takes on this very terminal."""

import os
import re
import select
import sys
import termios
import time
import tty
from typing import Final

PATIENCE: Final = 0.5
"""Seconds to wait for the terminal's answer."""
_REPORT: Final = re.compile(rb"\x1b\[(\d+);(\d+)R")


def measure_width(text: str) -> int | None:
    """Write a text at the left edge, ask where the cursor is, and wipe it out again.

    None where there is no terminal or it does not answer.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        # Unread, the answer would be echoed and later be taken for typing.
        tty.setcbreak(descriptor)
        sys.stdout.write(f"\r{text}\x1b[6n")
        sys.stdout.flush()
        answer = _read(descriptor)
    finally:
        sys.stdout.write("\r\x1b[K")
        sys.stdout.flush()
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
    return None if answer is None else answer - 1


def _read(descriptor: int) -> int | None:
    """The column of the report that comes in, if one does."""
    got = b""
    end = time.monotonic() + PATIENCE
    while (left := end - time.monotonic()) > 0:
        if select.select([descriptor], [], [], left)[0]:
            got += os.read(descriptor, 256)
            if (report := _REPORT.search(got)) is not None:
                return int(report[2])
    return None
