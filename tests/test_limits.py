"""Limits: 200 instruments of each venue connected, cut, refused and connected again at once."""

import asyncio
import random
import re
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import ClassVar
from urllib.parse import urlsplit

import pytest

from feeds.adapter import Fetch
from feeds.hub import Hub
from feeds.registry import VENUES
from feeds.timing import Timing
from feeds.transport import Connection, Read, Response, Unreachable
from feeds.venue import Venue
from tests.virtual import clock, in_virtual_time

COUNT = 200
SHAPES = (
    "{0}USDT", "{0}-USDT", "{0}_USDT", "{0}/USD", "{0}-USD", "t{0}USD", "PF_{0}USD", "{0}USD_PERP",
    "{0}-USDT-SWAP", "{0}USDTM", "{0}", "{0}usdt", "{0}-USDT-260327",
)  # fmt: skip
"""How venues spell symbols."""
DOOR = b'{"code":"200000","data":{"token":"t","instanceServers":[{"endpoint":"wss://ws.test/e",\
"encrypt":true,"protocol":"websocket","pingInterval":18000,"pingTimeout":10000}]}}'
"""Made by hand after KuCoin's documents, for doors that read it."""


def symbols(venue: Venue) -> list[str]:
    """Names that the venue would take for symbols."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    bases = [first + second + "Q" for first in letters for second in letters][:COUNT]
    for case in (str.upper, str.lower):
        for shape in SHAPES:
            names = [shape.format(case(base)) for base in bases]
            if all(re.fullmatch(venue.symbols, name) for name in names):
                return names
    raise AssertionError(f"no shape of {SHAPES} is a symbol of {venue.name}: add one")


class Window:
    """The most that came within any span of so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.most = 0.0
        self._seconds, self._sum = seconds, 0.0
        self._recent = deque[tuple[float, float]]()

    def add(self, amount: float = 1) -> None:
        now = asyncio.get_running_loop().time()
        self._recent.append((now, amount))
        self._sum += amount
        while now - self._recent[0][0] >= self._seconds:
            self._sum -= self._recent.popleft()[1]
        self.most = max(self.most, self._sum)


class Line:
    """A connection that hears everything and says nothing until it is cut."""

    def __init__(self) -> None:
        self.sent = Window(1.0)
        self.cut = asyncio.Event()

    async def receive(self) -> Read:
        await self.cut.wait()
        raise Unreachable("host cut the connection")

    async def send(self, frame: str) -> None:
        self.sent.add()


class Host:
    """All hosts there are, of which each counts what it is asked for."""

    def __init__(self, weights: dict[str, int]) -> None:
        self.weights = weights
        self.connects: dict[str, Window] = defaultdict(lambda: Window(300.0))
        self.requests: dict[str, Window] = defaultdict(lambda: Window(60.0))
        self.lines, self.all = list[Line](), list[Line]()
        self.down, self.asked_in_vain = False, 0

    @asynccontextmanager
    async def connect(self, url: str) -> AsyncIterator[Connection]:
        self.connects["wss"].add()
        await asyncio.sleep(0.05)
        if self.down:
            self.asked_in_vain += 1
            raise Unreachable("cannot reach host: connection refused")
        line = Line()
        self.lines.append(line)
        self.all.append(line)
        try:
            yield line
        finally:
            self.lines.remove(line)

    async def get(self, url: str) -> Response:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self.requests[parts.netloc].add(self.weights[path])
        await asyncio.sleep(0.05)
        return Response(503, {}, b"")

    async def post(self, url: str, body: bytes) -> Response:
        self.requests[urlsplit(url).netloc].add(1)
        await asyncio.sleep(0.05)
        return Response(200, {}, DOOR)

    async def close(self) -> None:
        """Nothing is held."""

    def cut(self) -> None:
        for line in self.lines:
            line.cut.set()


class Weighed:
    """A venue's adapter whose fetches are noted with what they cost."""

    venues: ClassVar[dict[str, Venue]] = {}
    weights: ClassVar[dict[str, int]] = {}

    def __init__(self, name: str, url: str) -> None:
        self._real, self._weights = self.venues[name].adapter(url), self.weights

    def __getattr__(self, name: str) -> object:
        method = getattr(self._real, name)
        if not callable(method):
            return method

        def weighed(*args: object) -> list[object]:
            outputs = list(method(*args))
            self._weights |= {out.path: out.weight for out in outputs if isinstance(out, Fetch)}
            return outputs

        return weighed


TIMING = Timing(tick=2.0)


@pytest.mark.parametrize("name", VENUES)
def test_reconnecting_200_instruments_never_exceeds_a_limit(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    venue = VENUES[name]
    monkeypatch.setattr(Weighed, "venues", {name: venue})
    monkeypatch.setattr(Weighed, "weights", {})
    monkeypatch.setitem(VENUES, name, replace(venue, factory="tests.test_limits:Weighed"))
    in_virtual_time(_storm)(venue, Host(Weighed.weights))


async def _storm(venue: Venue, host: Host) -> None:
    """Connect, be cut together, find the host down for a minute, and connect again; twice."""
    limits = venue.limits
    hub = Hub(transport=host, timing=TIMING, clock=clock, draw=random.Random(7).random)
    hub.want([f"{venue.name}:{symbol}" for symbol in symbols(venue)])

    async def fate() -> None:
        for _ in range(2):
            await asyncio.sleep(40)
            host.down = True
            host.cut()
            await asyncio.sleep(60)
            host.down = False
        await asyncio.sleep(100)

    async def follow() -> None:
        async with aclosing(hub.batches()) as batches:
            async for _ in batches:
                pass

    following = asyncio.ensure_future(follow())
    await fate()
    following.cancel()
    await asyncio.wait([following])
    assert following.cancelled(), "nothing failed until then"
    assert host.asked_in_vain > 0
    assert len(host.all) > 1
    assert 0 < host.connects["wss"].most <= limits.connects
    assert max(line.sent.most for line in host.all) <= limits.sends
    assert max((window.most for window in host.requests.values()), default=0) <= limits.weight
