"""Serve a recorded session: `python -m tests.exchange CAPTURE`, then point tapetop at it."""

import argparse
import asyncio
import contextlib
import sys
from pathlib import Path

from tests.exchange.faults import KINDS, Faults
from tests.exchange.script import load
from tests.exchange.server import Exchange

_VITAL = ("depth", "trades")
_LATECOMERS = 2.0
"""Seconds that a client's other connection has to come before the play begins."""


def main() -> None:
    """Read the command line and serve until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.exchange",
        description="Serve a recorded session as if this host were the exchange.",
        epilog=f"faults: {', '.join(KINDS)}; example: --fault drop=0.001 --fault close=0.0001",
    )
    parser.add_argument("capture", type=Path, help="a .jsonl or .jsonl.gz file of one venue")
    parser.add_argument("--port", type=int, default=8642)
    parser.add_argument("--speed", default="1", help="times the recorded pace, or max")
    parser.add_argument("--fault", action="append", default=[], metavar="KIND=ODDS")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    odds = {kind: float(odd) for kind, _, odd in (text.partition("=") for text in options.fault)}
    faults = Faults(odds, options.seed)
    speed = None if options.speed == "max" else float(options.speed)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(Exchange(load(options.capture), faults=faults), options.port, speed))


async def _serve(exchange: Exchange, port: int, speed: float | None) -> None:
    await exchange.start(port)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_exit(exchange.__aexit__)
        venue, script = exchange.script.venue, exchange.script
        symbol = next(iter(script.books), script.cues[0].stream.partition("@")[0]).upper()
        _say(f"{len(script.cues)} messages of {venue}; waiting for the first subscriber:")
        _say(f"  tapetop {venue}:{symbol} --endpoint {venue}={exchange.url}")
        await exchange.subscribed(())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LATECOMERS):
                await exchange.subscribed({f"{symbol.lower()}@{kind}" for kind in _VITAL})
        _say("playing")
        await exchange.play(speed=speed)
        _say(f"all is said; faults: {dict(exchange.faults.done) or 'none'}; Ctrl-C ends")
        await asyncio.Event().wait()


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    main()
