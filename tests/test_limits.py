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

from feeds.adapter import Channel, Fetch
from feeds.hub import Hub
from feeds.plan import Beside
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

    def __init__(self, place: str, together: Window) -> None:
        self.place, self._together = place, together
        self.sent, self.subscribed = Window(1.0), Window(3600.0)
        self.cut = asyncio.Event()

    async def receive(self) -> Read:
        await self.cut.wait()
        raise Unreachable("host cut the connection")

    async def send(self, frame: str) -> None:
        self.sent.add()
        self._together.add()
        if "subscribe" in frame:
            self.subscribed.add()


class Host:
    """All hosts there are, of which each counts what it is asked for."""

    def __init__(self, weights: dict[str, int]) -> None:
        self.weights = weights
        self.connects: dict[str, Window] = defaultdict(lambda: Window(300.0))
        self.requests: dict[str, Window] = defaultdict(lambda: Window(60.0))
        self.sent: dict[str, Window] = defaultdict(lambda: Window(1.0))
        self.lines, self.all = list[Line](), list[Line]()
        self.down, self.asked_in_vain = False, 0

    @asynccontextmanager
    async def connect(self, url: str) -> AsyncIterator[Connection]:
        place = urlsplit(url).netloc
        self.connects[place].add()
        await asyncio.sleep(0.05)
        if self.down:
            self.asked_in_vain += 1
            raise Unreachable("cannot reach host: connection refused")
        line = Line(place, self.sent[place])
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


TIMING = Timing(tick=5.0)
SHARING = sorted(
    {
        tuple(
            row.name
            for row in VENUES.values()
            if row.websocket == venue.websocket or row.rest == venue.rest
        )
        for venue in VENUES.values()
    }
)
"""The markets that share a host, by the addresses that they are reached at."""


@pytest.mark.parametrize("names", SHARING, ids="+".join)
def test_reconnecting_200_instruments_never_exceeds_a_limit(
    names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    venues = [VENUES[name] for name in names]
    monkeypatch.setattr(Weighed, "venues", {venue.name: venue for venue in venues})
    monkeypatch.setattr(Weighed, "weights", {})
    for venue in venues:
        factory = replace(venue, factory="tests.test_limits:Weighed")
        monkeypatch.setitem(VENUES, venue.name, factory)
    in_virtual_time(_storm)(venues, Host(Weighed.weights))


async def _storm(venues: list[Venue], host: Host) -> None:
    """Connect, be cut together, find the host down for a minute, and connect again; twice."""
    hub = Hub(transport=host, timing=TIMING, clock=clock, draw=random.Random(7).random)
    hub.want_beside(Beside((Channel.MARK_PRICE, Channel.LIQUIDATIONS), interest=True))
    share = COUNT // len(venues)
    hub.want([f"{venue.name}:{symbol}" for venue in venues for symbol in symbols(venue)[:share]])

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
    _judge(venues, host)


def _judge(venues: list[Venue], host: Host) -> None:
    """All that was asked of any host is within the limits of each market there."""
    assert sum(window.most for window in host.connects.values()) > 0
    for venue in venues:
        limits = venue.limits
        place = urlsplit(venue.websocket).netloc
        reached = [place] if not venue.door else list(host.connects)
        assert all(host.connects[at].most <= limits.connects for at in reached)
        lines = [line for line in host.all if line.place in reached]
        assert max(line.sent.most for line in lines) <= limits.sends
        if limits.subscribes:
            assert max(line.subscribed.most for line in lines) <= limits.subscribes
        if limits.together:
            assert host.sent[place].most <= limits.together
        assert host.requests[urlsplit(venue.rest).netloc].most <= limits.weight
