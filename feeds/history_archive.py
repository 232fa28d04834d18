"""History from archives: days of trades as files that are fetched, proved and read.

A file is fetched beside its checksum and goes on from where an earlier attempt broke off. One that
does not have the checksum its venue states is removed and never read.
"""

import asyncio
import hashlib
import re
import zipfile
import zlib
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import aclosing, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Protocol

from feeds.errors import Disconnected, MalformedFrame, Rejected
from feeds.exchanges.binance import archive
from feeds.history import Page, Past
from feeds.timing import Timing
from feeds.transport import Response, Unreachable

ROWS = 1000
"""Rows of a page, as many as REST gives."""
TRIES = 6
"""Attempts in a row that bring nothing after which a file is given up."""
_DAY = 86_400_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Shelf(Protocol):
    """The way to a host of files."""

    async def get(self, url: str) -> Response:
        """Ask for a document; raise Unreachable when there is no answer at all."""
        ...

    def parts(self, url: str, start: int = 0) -> AsyncGenerator[tuple[int, bytes]]:
        """The HTTP status, and what a document holds from a byte on."""
        ...


def require(venue: str) -> None:
    """Raise where a venue has no archive that is known here."""
    if venue not in archive.FOLDERS:
        offer = ", ".join(sorted(archive.FOLDERS))
        raise Rejected(venue, f"no archive; --source archive is for {offer}")


def days(past: Past) -> list[str]:
    """The days of a span, such as 2024-08-08."""
    first, last = past.start // _DAY, (past.end - 1) // _DAY
    return [(_EPOCH + timedelta(days=day)).strftime("%Y-%m-%d") for day in range(first, last + 1)]


class Archive:
    """One venue's files, kept in a folder once they are proved."""

    def __init__(
        self,
        venue: str,
        past: Past,
        shelf: Shelf,
        folder: Path,
        say: Callable[[str], None],
        timing: Timing,
        endpoint: str = "",
    ) -> None:
        self.base = archive.HOST
        """Where the pages are from, as recordings name it."""
        self.requests = 0
        """Answers so far."""
        self.missing = 0
        """Numbers that no row had."""
        self.complete = True
        """Whether all of the span is there: a day that is not is an error."""
        self._venue, self._past, self._base = venue, past, endpoint or self.base
        self._shelf, self._folder, self._say, self._timing = shelf, folder, say, timing
        self._last: int | None = None

    async def pages(self) -> AsyncGenerator[Page]:
        """The rows of all days that belong to the span, in pages."""
        for day in days(self._past):
            path = archive.path_of(self._venue, self._past.symbol, day)
            file = await self._fetch(path)
            for page in self._read(file, path):
                yield page

    async def _fetch(self, path: str) -> Path:
        """The file of a day, from the folder or from the archive."""
        kept = self._folder / self._venue / Path(path).name
        if kept.is_file():
            return kept
        kept.parent.mkdir(parents=True, exist_ok=True)
        stated = await self._checksum(path)
        part = kept.with_suffix(".part")
        await self._download(path, part)
        if await asyncio.to_thread(_digest, part) != stated:
            part.unlink()
            reason = f"{kept.name}: the checksum is not what the archive states; it was removed"
            raise MalformedFrame(self._venue, reason)
        part.rename(kept)
        return kept

    def _read(self, file: Path, path: str) -> Iterator[Page]:
        """The rows of a day that belong to the span, as they stand in its file."""
        past = self._past
        rows: list[bytes] = []
        first = last = 0
        with closing(_lines(self._venue, file)) as lines:
            for line in lines:
                time, number = self._mark(line)
                if not past.start <= time < past.end:
                    continue
                if self._last is not None:
                    self.missing += max(0, number - self._last - 1)
                self._last, last = number, time
                first = first if rows else time
                rows.append(line)
                if len(rows) == ROWS:
                    yield Page(path, b"\n".join(rows), first, last, len(rows))
                    rows = []
        if rows:
            yield Page(path, b"\n".join(rows), first, last, len(rows))

    def _mark(self, line: bytes) -> tuple[int, int]:
        try:
            return archive.mark_of(line)
        except ValueError as error:
            raise MalformedFrame(self._venue, str(error), line) from error

    async def _checksum(self, path: str) -> str:
        try:
            response = await self._shelf.get(f"{self._base}{path}.CHECKSUM")
        except Unreachable as error:
            raise Disconnected(self._venue, error.reason) from error
        self.requests += 1
        self._require(response.status, path)
        name = Path(path).name
        match = re.match(rb"([0-9a-fA-F]{64})[ \t]+\*?(\S+)", response.body)
        if match is None or match[2] != name.encode():
            raise MalformedFrame(self._venue, f"{name}.CHECKSUM: no checksum of it", response.body)
        return match[1].decode().lower()

    async def _download(self, path: str, part: Path) -> None:
        """Fetch a file, again and again from where it broke off, until it has come to its end."""
        silent = 0
        with part.open("ab") as file:
            while True:
                held = file.tell()
                try:
                    return await self._receive(path, file)
                except Unreachable as error:
                    silent = silent + 1 if file.tell() <= held else 0
                    if silent >= TRIES:
                        raise Disconnected(self._venue, error.reason) from error
                    self._say(f"{part.name}: {error}; going on at {file.tell():,} bytes")
                    pause = self._timing.backoff_first * 2**silent
                    await asyncio.sleep(min(self._timing.backoff_most, pause))

    async def _receive(self, path: str, file: IO[bytes]) -> None:
        """Append what of a file is not here yet."""
        held, begun = file.tell(), False
        async with aclosing(self._shelf.parts(self._base + path, held)) as parts:
            async for status, part in parts:
                if not begun:
                    begun = True
                    self.requests += 1
                    if status == 416 and held:
                        # There is nothing behind what we hold; the checksum says whether it is all.
                        return
                    self._require(status, path)
                    if status == 200:
                        file.truncate(0)
                file.write(part)

    def _require(self, status: int, path: str) -> None:
        """Raise where an answer is none."""
        name = Path(path).name
        if status == 404:
            reason = f"{name} is not in the archive: days come the day after, see --source rest"
            raise Rejected(self._venue, reason)
        if status not in {200, 206}:
            raise Disconnected(self._venue, f"the archive answers HTTP {status} for {name}")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _lines(venue: str, path: Path) -> Generator[bytes, None, None]:
    """The rows of a zipped file, without the names that may stand above them."""
    try:
        with zipfile.ZipFile(path) as zipped, zipped.open(zipped.namelist()[0]) as file:
            for number, line in enumerate(file):
                row = line.rstrip()
                if row and (number or not archive.is_header(row)):
                    yield row
    except (zipfile.BadZipFile, zlib.error, EOFError, IndexError) as error:
        raise MalformedFrame(venue, f"{path.name} cannot be unpacked: {error}") from error
