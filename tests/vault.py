"""The vault: a host that keeps a venue's past and tells it as venues do; what was traded then."""

import asyncio
import hashlib
import io
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from aiohttp import web

from feeds.replay import events
from feeds.timing import Timing
from market.events import Trade
from tests.captures import CAPTURES
from tests.exchange.documents import exchange_info
from tests.exchange.listening import listen
from tests.exchange.script import load as load_script
from tests.past import answer
from tui.main import run

SPOT = CAPTURES / "binance_spot/cf_20210405_120s.jsonl.gz"
USDM = CAPTURES / "binance_usdm/cf_20210405_120s.jsonl.gz"
QUICK = Timing(backoff_first=0.001, backoff_most=0.01)
DAY = "2021-04-05"
START, END = 1_617_580_800_000_000_000, 1_617_667_200_000_000_000
SPAN = ["--from", f"{DAY}T18:00", "--to", f"{DAY}T19:00"]


@cache
def traded(path: Path) -> tuple[str, list[Trade]]:
    """The instrument of a capture that traded most, and its trades."""
    by_name: dict[str, list[Trade]] = {}
    for event in events(path):
        if isinstance(event, Trade):
            by_name.setdefault(event.instrument, []).append(event)
    name = max(by_name, key=lambda name: len(by_name[name]))
    return name, by_name[name]


@cache
def listed(path: Path) -> bytes:
    return exchange_info(load_script(path))


class Vault:
    """A host that keeps a venue's past: pages by REST, and files with their checksums."""

    def __init__(self, venue: str, trades: Sequence[Trade] = (), info: bytes = b"") -> None:
        self.venue, self.trades, self.info = venue, list(trades), info
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.ranges: list[str] = []
        self.cap = 1000
        self.failures: list[web.Response | None] = []
        """Answers to the next requests for pages; None is a page."""
        self.breaks = 0
        """How many downloads are cut in the middle."""
        self.url = ""

    def store(self, path: str, content: bytes, digest: str = "") -> None:
        self.files[path] = content
        stated = digest or hashlib.sha256(content).hexdigest()
        self.files[path + ".CHECKSUM"] = f"{stated}  {path.rpartition('/')[2]}\n".encode()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Vault"]:
        runner, self.url = await listen(self._handle)
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        if request.path.startswith("/data/"):
            return await self._file(request)
        if "exchangeInfo" in request.path or "instruments" in request.path:
            return web.Response(body=self.info, status=200 if self.info else 500)
        if self.failures and (failure := self.failures.pop(0)) is not None:
            return failure
        return web.Response(body=answer(self.venue, self.trades, request.path_qs, self.cap))

    async def _file(self, request: web.Request) -> web.StreamResponse:
        content = self.files.get(request.path)
        if content is None:
            return web.Response(status=404)
        asked = request.headers.get("Range", "")
        self.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-") or 0)
        if start and start >= len(content):
            return web.Response(status=416)
        rest = content[start:]
        if self.breaks and not request.path.endswith("CHECKSUM"):
            self.breaks -= 1
            response = web.StreamResponse(status=206 if start else 200)
            response.content_length = len(rest)
            await response.prepare(request)
            await response.write(rest[: len(rest) // 2])
            assert request.transport is not None
            request.transport.close()
            return response
        return web.Response(status=206 if start else 200, body=rest)


async def tapetop(*words: object) -> int:
    """The program in a thread, beside the host that it asks."""
    return await asyncio.to_thread(run, [str(word) for word in words])


def zipped(name: str, rows: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(f"{name}.csv", rows)
    return packed.getvalue()


def told(trades: Sequence[Trade]) -> list[tuple[object, ...]]:
    """All that a trade says but when it was received."""
    return [(t.instrument, t.id, t.ts_event, t.price, t.size, t.side) for t in trades]


def replayed(path: Path) -> list[Trade]:
    return [event for event in events(path) if isinstance(event, Trade)]


def stop(status: int, **headers: str) -> web.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(status=status, headers=named, text="no")
