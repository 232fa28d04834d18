"""Listening: a socket on this host behind which one handler answers whatever is asked."""

import ssl
from collections.abc import Awaitable, Callable

from aiohttp import web


async def listen(
    handle: Callable[[web.Request], Awaitable[web.StreamResponse]],
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> tuple[web.AppRunner, str]:
    """Begin to listen; what ends it again, and the address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls).start()
    scheme = "http" if tls is None else "https"
    return runner, f"{scheme}://127.0.0.1:{runner.addresses[0][1]}"
