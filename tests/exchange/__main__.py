"""Serve a recorded session: `python -m tests.exchange CAPTURE`, then point tapetop at it.

Or any venue, as far as it was recorded and simulated from there: `--venue NAME`.

People are told on standard error; whoever started this as a part of something reads one line of
JSON on standard output when it is ready, when it begins to play and when all is said.
"""

import argparse
import asyncio
import contextlib
import selectors
import sys
import time
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path

import msgspec

from tests.exchange.faults import KINDS, Faults
from tests.exchange.registry import TONGUES
from tests.exchange.script import SECOND, Script, load
from tests.exchange.server import Exchange
from tests.exchange.stand import Stand
from tests.exchange.steady import Said, Steady
from tests.exchange.tls import make_certificate, server_context

_VITAL = ("depth", "trades")
_LATECOMERS = 2.0
"""Seconds that a client's other connection has to come before the play begins."""


class Told(msgspec.Struct, omit_defaults=True):
    """A line for the program that started this."""

    kind: str
    """`ready`, `playing` or `said`."""
    t: int
    """When, ns of the monotonic clock."""
    url: str = ""
    certificate: str = ""
    said: dict[str, int] = {}
    """Messages by kind of stream."""
    log: list[Said] = []
    """Of a steady play: how much had been said when."""


def main() -> None:
    """Read the command line and serve until interrupted."""
    options = _parser().parse_args()
    odds = {kind: float(odd) for kind, _, odd in (text.partition("=") for text in options.fault)}
    if options.venue is not None:
        _run(_serve_venue(options, Faults(odds, options.seed)))
        return
    tls = certificate = None
    if options.tls is not None:
        certificate = make_certificate(options.tls)
        tls = server_context(certificate)
    exchange = Exchange(
        _script(options),
        faults=Faults(odds, options.seed),
        tls=tls,
        routed=not options.unrouted,
        candles=not options.no_candles,
        unasked=[kind for kind in options.unasked.split(",") if kind],
    )
    _run(_serve(exchange, options, certificate))


def _run(serving: Coroutine[object, object, None]) -> None:
    with (
        contextlib.suppress(KeyboardInterrupt),
        asyncio.Runner(loop_factory=_punctual_loop) as runner,
    ):
        runner.run(serving)


def _punctual_loop() -> asyncio.AbstractEventLoop:
    """A loop that is on time to a tenth of a millisecond; the usual one rounds up to whole ones."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.exchange",
        description="Serve a recorded session as if this host were the exchange.",
        epilog=f"faults: {', '.join(KINDS)}; example: --fault drop=0.001 --fault close=0.0001",
    )
    add = parser.add_argument
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("capture", nargs="?", type=Path, help="a .jsonl[.gz] file of Binance")
    what.add_argument("--venue", choices=sorted(TONGUES), help="a venue in its own tongue")
    add("--port", type=int, default=8642)
    add("--speed", default="1", help="times the recorded pace, or max")
    add("--seconds", type=float, help="play no longer than this")
    add(
        "--steady",
        action="append",
        default=[],
        metavar="RATE:SECONDS",
        help="instead, say trades and changes again and again, so many a second (repeatable)",
    )
    add("--wait", type=float, default=0.0, help="seconds of silence after the first subscriber")
    add("--tls", type=Path, metavar="FOLDER", help="speak TLS, with a certificate made there")
    add("--aggregate", action="store_true", help="say raw trades as aggregated ones")
    add("--only", metavar="KIND,KIND", help="no other streams than depth, trades, bookTicker")
    add("--unrouted", action="store_true", help="any stream on any path")
    add("--unasked", default="", metavar="KIND,KIND", help="streams that come with every book")
    add("--no-candles", action="store_true", help="push no candles")
    add("--fault", action="append", default=[], metavar="KIND=ODDS")
    add("--seed", type=int, default=0)
    return parser


def _script(options: argparse.Namespace) -> Script:
    script = load(options.capture)
    if options.only is not None:
        kinds = set(options.only.split(","))
        script = script.only({name for name in script.streams if name.partition("@")[2] in kinds})
    return script.aggregated() if options.aggregate else script


async def _serve(exchange: Exchange, options: argparse.Namespace, certificate: Path | None) -> None:
    await exchange.start(options.port)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_exit(exchange.__aexit__)
        venue, script = exchange.script.venue, exchange.script
        symbol = next(iter(script.books), script.cues[0].stream.partition("@")[0]).upper()
        steady = Steady(script, exchange) if options.steady else None
        _say(f"{len(script.cues)} messages of {venue}; waiting for the first subscriber:")
        trust = f"SSL_CERT_FILE={certificate} " if certificate else ""
        _say(f"  {trust}tapetop {venue}:{symbol} --endpoint {venue}={exchange.url}")
        _tell("ready", url=exchange.url, certificate=str(certificate or ""))
        await exchange.subscribed(())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LATECOMERS):
                await exchange.subscribed({f"{symbol.lower()}@{kind}" for kind in _VITAL})
        await asyncio.sleep(options.wait)
        _say("playing")
        _tell("playing")
        if steady is not None:
            await steady.play(*map(_step, options.steady))
            said = {"trades": steady.log[-1].trades, "depth": steady.log[-1].changes}
            _tell("said", said=said, log=steady.log)
        else:
            await _play(exchange, options)
        _say(f"all is said; faults: {dict(exchange.faults.done) or 'none'}; Ctrl-C ends")
        await asyncio.Event().wait()


async def _serve_venue(options: argparse.Namespace, faults: Faults) -> None:
    """Say for ever what happens at a venue, from when somebody listens on."""
    tongue = TONGUES[options.venue]()
    tongue.floor.open(time.time_ns())
    async with Stand(tongue, faults, options.port) as stand:
        name = tongue.venue
        _say(f"{name}; waiting for the first subscriber:")
        _say(f"  tapetop {name}:{tongue.symbol} --endpoint {name}={stand.url}")
        _tell("ready", url=stand.url)
        await stand.subscribed()
        _tell("playing")
        await stand.go_on(float(options.speed))


async def _play(exchange: Exchange, options: argparse.Namespace) -> None:
    speed = None if options.speed == "max" else float(options.speed)
    cues, until = exchange.script.cues, None
    if options.seconds is not None and speed is not None:
        end = cues[0].at + options.seconds * speed * SECOND
        until = sum(cue.at < end for cue in cues)
    await exchange.play(speed=speed, until=until)
    said = Counter(cue.stream.partition("@")[2] for cue in cues[:until])
    _tell("said", said=dict(said))


def _step(text: str) -> tuple[float, float]:
    rate, _, seconds = text.partition(":")
    return float(rate), float(seconds)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _tell(
    kind: str,
    url: str = "",
    certificate: str = "",
    said: dict[str, int] | None = None,
    log: list[Said] | None = None,
) -> None:
    told = Told(kind, time.monotonic_ns(), url, certificate, said or {}, log or [])
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
