"""Player: a command of the user's own that is started for what is told, such as one for sounds.

It is started without a shell, its words as they are given; `{file}` and `{text}` in them stand for
the sound and for what is told. One runs at a time, and what comes meanwhile is not played.
"""

import asyncio
import shlex
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from feeds.errors import ConfigError
from feeds.line import one_line

LONGEST: Final = 30.0
"""Seconds after which it is ended."""


def parse_player(text: str, sound: str = "") -> tuple[str, ...]:
    """The words of a command; ConfigError where they are none, or lack the sound they name."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ConfigError(f'player "{text}": {str(error).lower()}') from error
    if not words:
        raise ConfigError('player: write a command, such as "paplay {file}"')
    if "{file}" in text and not sound:
        raise ConfigError('player names {file}: say which with sound = "/path/of/a.wav"')
    file = str(Path(sound).expanduser()) if sound else ""
    return tuple(word.replace("{file}", file) for word in words)


class Player:
    """A command and whether it runs; its failure is said once, until it goes well again."""

    def __init__(
        self, words: Sequence[str], say: Callable[[str], None], longest: float = LONGEST
    ) -> None:
        self._words, self._say, self._longest = tuple(words), say, longest
        self._wanted: asyncio.Queue[str] = asyncio.Queue(1)
        self._said = ""

    def play(self, text: str) -> None:
        """Start it as soon as it does not run."""
        with suppress(asyncio.QueueFull):
            self._wanted.put_nowait(text)

    async def run(self) -> None:
        """Play what comes, for ever."""
        while True:
            text = await self._wanted.get()
            try:
                self._tell(await self._play(text))
            finally:
                self._wanted.task_done()

    async def drained(self) -> None:
        """Wait until the last one has been played."""
        await self._wanted.join()

    async def _play(self, text: str) -> str:
        """Run it once; what went wrong, in words."""
        # A text that begins with a dash would be taken for an option.
        safe = one_line(text).lstrip("-")
        words = [word.replace("{text}", safe) for word in self._words]
        try:
            running = await asyncio.create_subprocess_exec(
                *words, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
            )
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            return why.lower()
        try:
            async with asyncio.timeout(self._longest):
                code = await running.wait()
        except TimeoutError:
            await _end(running)
            return f"ran longer than {self._longest:g} s"
        except asyncio.CancelledError:
            await _end(running)
            raise
        return f"ended with code {code}" if code else ""

    def _tell(self, trouble: str) -> None:
        if trouble != self._said:
            self._said = trouble
            self._say(f"player {self._words[0]}: {trouble}" if trouble else "")


async def _end(running: Process) -> None:
    with suppress(ProcessLookupError):
        running.kill()
    await running.wait()
