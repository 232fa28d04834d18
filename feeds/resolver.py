"""Resolver: names of hosts looked up in threads that nobody waits for.

The library's own uses the loop's pool of threads, which has to be waited for at the end.
"""

import asyncio
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from feeds.proxy import Proxy

if TYPE_CHECKING:
    from aiohttp import BaseConnector
    from aiohttp.abc import AbstractResolver, ResolveResult


def connector(socks: Proxy | None) -> "BaseConnector":
    """What opens connections: with names looked up here, or by a SOCKS proxy."""
    if socks is None:
        import aiohttp

        return aiohttp.TCPConnector(limit=0, resolver=resolver())
    from aiohttp_socks import ProxyConnector, ProxyType

    kind = ProxyType.SOCKS4 if socks.kind.startswith("socks4") else ProxyType.SOCKS5
    login = socks.user or None, socks.password or None
    return ProxyConnector(socks.host, socks.port, kind, *login, rdns=True, limit=0)


def resolver() -> "AbstractResolver":
    """A resolver whose threads nobody waits for: a mute name server delays no exit."""
    from aiohttp.abc import AbstractResolver

    class Resolver(AbstractResolver):
        """Looks names up as the system does, in a thread each."""

        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
        ) -> "list[ResolveResult]":
            loop = asyncio.get_running_loop()
            found: asyncio.Future[list[ResolveResult]] = loop.create_future()
            work = (loop, found, host, port, family)
            threading.Thread(target=_look_up, args=work, daemon=True).start()
            return await found

        async def close(self) -> None:
            """Nothing is held."""

    return Resolver()


def _look_up(
    loop: asyncio.AbstractEventLoop,
    found: "asyncio.Future[list[ResolveResult]]",
    host: str,
    port: int,
    family: int,
) -> None:
    """Look a name up and settle the future, if anybody is still there to hear it."""
    error: OSError | UnicodeError | None = None
    rows = []
    try:
        rows = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        # What no name can be encoded to is not even asked for.
        error = problem
    addresses: list[ResolveResult] = [
        {
            "hostname": host,
            "host": str(address[0]),
            "port": port,
            "family": kind,
            "proto": protocol,
            "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
        }
        for kind, _, protocol, _, address in rows
    ]

    def settle() -> None:
        if found.done():
            return
        if error is not None:
            found.set_exception(error)
        else:
            found.set_result(addresses)

    with suppress(RuntimeError):
        loop.call_soon_threadsafe(settle)
