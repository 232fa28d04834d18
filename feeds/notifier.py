"""Notifier: what came true told in the ways that were chosen; bell, desktop, webhook, player.

Nothing here keeps a market or a frame waiting: what takes time goes to a queue of its own, and what
fails is said in one line.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from feeds.desktop import osc9, osc777, through_tmux
from feeds.errors import ConfigError
from feeds.jsonline import json_line
from feeds.player import Player, parse_player
from market.alerts.watch import Firing

if TYPE_CHECKING:
    from feeds.transport import Transport
    from feeds.webhook import Webhook

BELL: Final = "\x07"
SIGNALS: Final = ("bell", "osc9", "osc777")
"""Ways that write to the terminal."""
_DESKTOP: Final = {"osc9": osc9, "osc777": osc777}
A_BURST, BURST_SECONDS = 5, 10.0
"""Notifications of the desktop at most, in so many seconds."""
QUIET: Final = 1.0
"""Seconds between two bells at least."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How firings are told."""

    signals: tuple[str, ...] = ()
    """Of `SIGNALS`."""
    webhook: str = ""
    player: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.signals or self.webhook or self.player)


def parse_ways(words: Iterable[str], player: str = "", sound: str = "") -> Ways:
    """The ways of some words, `none` for none; ConfigError names one that is not known."""
    ways, signals = Ways(player=parse_player(player, sound) if player else ()), []
    for word in words:
        if word in SIGNALS:
            signals.append(word)
        elif "://" in word:
            if ways.webhook:
                raise ConfigError("one webhook can be told, and two are named")
            ways = replace(ways, webhook=check_url(word))
        elif word != "none":
            known = ", ".join(SIGNALS)
            raise ConfigError(
                f'"{word}" is no way of telling: {known}, none, or the http(s) address of a webhook'
            )
    return replace(ways, signals=tuple(dict.fromkeys(signals)))


def check_url(url: str) -> str:
    """The address itself; ConfigError where nothing can be posted to it."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isprintable() or " " in url:
        # It is not repeated: an address may hold a secret.
        raise ConfigError("a webhook is http://HOST/PATH or https://HOST/PATH")
    return url


def row(firing: Firing) -> dict[str, object]:
    """A firing for programs: what the command prints and a webhook is sent."""
    return {
        "type": "alert",
        "rule": firing.rule.text,
        "instrument": firing.instrument,
        "ts_event": firing.at,
        "value": firing.exact,
        "note": firing.note,
        "text": firing.text,
    }


class Notifier:
    """The ways of one run. `write` is the terminal's, None where there is none."""

    def __init__(
        self,
        ways: Ways,
        write: Callable[[str], None] | None,
        *,
        tmux: bool = False,
        transport: "Transport | None" = None,
        say: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.ways = ways
        self._complaints: dict[str, str] = {}
        self._write, self._tmux, self._say, self._clock = write, tmux, say, clock
        self._quiet_until = 0.0
        self._burst: deque[float] = deque(maxlen=A_BURST)
        self._transport = transport
        self.webhook: Webhook | None = None
        complain = partial(self._complain, "player")
        self._player = Player(ways.player, complain) if ways.player else None
        if ways.webhook:
            self.webhook, self._transport = _webhook(
                ways.webhook, transport, partial(self._complain, "webhook")
            )

    @property
    def complaint(self) -> str:
        """What goes wrong, until it goes well again."""
        return next(filter(None, self._complaints.values()), "")

    def tell(self, firing: Firing) -> None:
        """Tell of a firing in every way; returns at once."""
        if self._write is not None:
            self._signal(firing.text, self._write)
        if self.webhook is not None:
            self.webhook.post(json_line(row(firing)))
        if self._player is not None:
            self._player.play(firing.text)

    async def run(self) -> None:
        """Do what takes time, until it is cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for part in (self.webhook, self._player):
                    if part is not None:
                        group.create_task(part.run())
        finally:
            if self._transport is not None:
                await self._transport.close()

    async def drained(self, seconds: float) -> None:
        """Wait until all was told, but not longer than so."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for part in (self.webhook, self._player):
                    if part is not None:
                        await part.drained()

    def _signal(self, text: str, write: Callable[[str], None]) -> None:
        now = self._clock()
        if "bell" in self.ways.signals and now >= self._quiet_until:
            self._quiet_until = now + QUIET
            write(BELL)
        shown = [name for name in self.ways.signals if name in _DESKTOP]
        full = len(self._burst) == A_BURST and now - self._burst[0] < BURST_SECONDS
        if shown and not full:
            self._burst.append(now)
            for name in shown:
                sequence = _DESKTOP[name](text)
                write(through_tmux(sequence) if self._tmux else sequence)

    def _complain(self, way: str, text: str) -> None:
        if text != self._complaints.get(way, ""):
            self._complaints[way] = text
            if text:
                self._say(text)


def _webhook(
    url: str, transport: "Transport | None", say: Callable[[str], None]
) -> "tuple[Webhook, Transport]":
    """A webhook and its way out."""
    # Not at the top: the way to the network takes long to load, and most runs need none.
    from feeds.transport import Network
    from feeds.webhook import Webhook

    way = transport or Network()
    return Webhook(url, way, say), way
