"""The terminal driver: Textual's own, writing to standard output, counting, and seen from outside.

Textual writes to standard error, which people redirect to keep messages.
"""

import os
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from time import monotonic, sleep
from typing import Any, Final, TextIO

from textual.drivers.linux_driver import LinuxDriver
from textual.events import CursorPosition
from textual.message import Message

MOST_QUEUED: Final = 2
"""Writes that may wait for the terminal before frames are skipped."""
FENCE: Final = "\x1b[6n"
"""Asks where the cursor is; the answer says that everything before it has been read."""
FAREWELL: Final = 2.0
"""Seconds to wait for answers still on their way: later ones would be typed into the shell."""
GUESS: Final = 0.3
"""The same where there has never been an answer."""


class Line:
    """Standard output that may end: what is written to a terminal that is gone is dropped.

    An error would end Textual's writing thread, and whoever writes next would wait for it for ever.
    Bytes go to the descriptor itself; the layers in between cost as much as the terminal does.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._fd = file.fileno()
        self.gone = False

    def write(self, data: bytes) -> None:
        """Write all of it, if there still is a terminal."""
        rest = memoryview(data)
        try:
            while rest and not self.gone:
                rest = rest[os.write(self._fd, rest) :]
        except OSError:
            self.gone = True

    def flush(self) -> None:
        """Nothing is kept back."""

    def fileno(self) -> int:
        """The descriptor."""
        return self._fd

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._file.isatty()


class TerminalDriver(LinuxDriver):
    """Writes to the terminal; knows how much it wrote and what the terminal has answered."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.bytes_written = 0
        self.on_written: Callable[[], None] | None = None
        """Called when an update is complete."""
        self.on_answer: Callable[[float], None] | None = None
        """Called in the app's loop with the time at which a fence was answered."""
        # The loop's thread counts questions and the input's thread answers: no lock is needed.
        self._asked = self._answered = 0
        self._listening = False
        stdout = sys.__stdout__
        assert stdout is not None
        self._line = Line(stdout)
        self._encoding = stdout.encoding
        self._gathered: list[bytes] | None = None
        # Textual asks of it no more than this.
        self._file = self._line  # type: ignore[assignment]

    def write(self, data: str) -> None:
        """Write, and count the bytes."""
        # Block glyphs exist in no legacy encoding; a `?` is better than none.
        encoded = data.encode(self._encoding, "replace")
        self.bytes_written += len(encoded)
        if self._gathered is not None:
            self._gathered.append(encoded)
        else:
            self._hand_over(encoded)

    def gather(self) -> None:
        """Keep what is written until the update is complete: one write instead of four."""
        self._gathered = []

    def flush(self) -> None:
        """Textual says that an update is complete."""
        super().flush()
        if self._listening and self.on_written is not None:
            self.on_written()
        gathered, self._gathered = self._gathered, None
        if gathered:
            self._hand_over(b"".join(gathered))

    def _hand_over(self, data: bytes) -> None:
        assert self._writer_thread is not None
        # The thread passes on whatever it is given to our line.
        self._writer_thread.write(data)  # type: ignore[arg-type]

    def fence(self) -> None:
        """Ask the terminal to say when it has come this far."""
        self._asked += 1
        self.write(FENCE)

    def process_message(self, message: Message) -> None:
        """Keep answers to fences apart from what was typed. Runs in the thread of the input."""
        if not isinstance(message, CursorPosition) or self._answered >= self._asked:
            super().process_message(message)
            return
        self._answered += 1
        if self.on_answer is not None:
            self._loop.call_soon_threadsafe(self.on_answer, monotonic())

    def start_application_mode(self) -> None:
        """Take the terminal."""
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's own
        self._answered = self._asked
        self._listening = True
        self._send_raw()

    def _send_raw(self) -> None:
        """Let the kernel pass on bytes as they are: looking for line ends takes it longer.

        What Textual puts back at the end holds this too.
        """
        with suppress(termios.error):
            settings = termios.tcgetattr(self._line.fileno())
            settings[1] &= ~termios.OPOST
            termios.tcsetattr(self._line.fileno(), termios.TCSANOW, settings)

    def disable_input(self) -> None:
        """Stop listening once the terminal has answered everything, or does not."""
        if self._listening:
            self._listening = False
            end = monotonic() + (FAREWELL if self._answered else GUESS)
            while self._answered < self._asked and monotonic() < end and not self._line.gone:
                sleep(0.005)
        super().disable_input()

    @property
    def gone(self) -> bool:
        """Whether there is no terminal any more."""
        return self._line.gone

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
