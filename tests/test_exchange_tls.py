"""The stand-in over TLS, and what it says again and again at an even rate."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import msgspec
import pytest

from feeds.live import Live
from feeds.timing import Timing
from market.events import FeedStatus
from tests.captures import CAPTURES, needs_captures
from tests.exchange.script import DepthBody, Script, TrueBook, load, read_depth, read_frame
from tests.exchange.server import Exchange
from tests.exchange.steady import PIECE, Steady
from tests.exchange.tls import can_make, make_certificate, server_context
from tests.running import in_loop

ROOT = Path(__file__).resolve().parents[1]
BIG = CAPTURES / "binance_usdm/btcusdt_20240808.jsonl.gz"
VITAL = {"btcusdt@depth", "btcusdt@trades"}
QUICK = Timing(tick=0.01, backoff_first=0.01, backoff_most=0.05, steady=0.0, goodbye=0.05)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this host's."""
    if not can_make():
        pytest.skip("openssl, which makes the certificate, is not installed")
    return make_certificate(tmp_path_factory.mktemp("tls"))


def part(cues: int) -> Script:
    """The beginning of the recorded session, with trades as venues say them today."""
    return load(BIG).only(VITAL).cut(0, cues).aggregated()


FOLLOW = """
import asyncio, sys
from contextlib import aclosing
from feeds.cadence import Cadence
from feeds.live import Live
from market.events import Trade

async def trades(url, count):
    seen = []
    live = Live(["binance-usdm:BTCUSDT"], {"binance-usdm": url})
    async with aclosing(live.batches()) as batches:
        async for batch in batches:
            seen += [event.id for event in batch if isinstance(event, Trade)]
            if len(seen) >= count:
                return seen

with asyncio.Runner(loop_factory=Cadence(0.002).new_loop) as runner:
    print(*runner.run(trades(sys.argv[1], int(sys.argv[2]))))
"""
"""A client in a process of its own: whom a process trusts is settled when it begins."""


@needs_captures
@in_loop
async def test_what_is_served_over_tls_arrives_whole_and_in_order(certificate: Path) -> None:
    script = part(1500)
    said = [json.loads(cue.text)["data"] for cue in script.cues if "@trades" in cue.stream]
    async with Exchange(script, tls=server_context(certificate), routed=False) as exchange:
        follower = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", FOLLOW, exchange.url, str(len(said))),
            env={**os.environ, "SSL_CERT_FILE": str(certificate)},
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        await exchange.subscribed(VITAL)
        await exchange.play()
        told, _ = await follower.communicate()
    assert told.decode().split() == [str(trade["a"]) for trade in said]
    assert said[0]["e"] == "aggTrade"


@needs_captures
@in_loop
async def test_a_certificate_that_nobody_named_is_not_trusted(certificate: Path) -> None:
    async with Exchange(part(300), tls=server_context(certificate)) as exchange:
        live = Live(["binance-usdm:BTCUSDT"], {"binance-usdm": exchange.url}, timing=QUICK)
        async with aclosing(live.batches()) as batches:
            async for batch in batches:
                reasons = [event.reason for event in batch if isinstance(event, FeedStatus)]
                if any("cannot trust 127.0.0.1" in reason for reason in reasons):
                    return
    pytest.fail("the feed ended without a word about the certificate")


class Ear:
    """A line that keeps what it hears."""

    def __init__(self) -> None:
        self.streams = set(VITAL)
        self.heard: list[bytes] = []

    def pour(self, texts: Sequence[bytes]) -> None:
        self.heard += texts


@needs_captures
@in_loop
async def test_rounds_go_on_where_the_one_before_ended() -> None:
    exchange, ear = Exchange(part(600)), Ear()
    steady = Steady(exchange.script, exchange)
    exchange.lines.append(ear)  # type: ignore[arg-type]  # of a line nothing else is used
    book: TrueBook | None = None
    ids, lengths, follows = [], [], list[bool]()
    for _ in range(40):
        heard = len(ear.heard)
        await steady.play((1e9, 1e-7))
        exchange.catch_up()
        stated = TrueBook(msgspec.json.decode(exchange.books["btcusdt"].body(None), type=DepthBody))
        for text in ear.heard[heard:]:
            if b"@aggTrade" in text[:60]:
                ids.append(msgspec.json.decode(read_frame(text).data)["a"])
                continue
            change = read_depth(text).data
            lengths.append(len(change.b) + len(change.a))
            if book is not None:
                follows.append(change.pu == book.sequence)
                book.apply(change)
                assert crossed(book) is False
        if book is not None:
            assert (book.sequence, book.bids, book.asks) == (
                stated.sequence,
                stated.bids,
                stated.asks,
            )
        book = stated
    assert ids == list(range(1, len(ids) + 1))
    assert follows
    assert all(follows)
    assert steady.log[-1].trades + steady.log[-1].changes == len(ear.heard) == 4000
    assert max(lengths) >= PIECE


def crossed(book: TrueBook) -> bool:
    """Whether a bid is at or above an ask."""
    return max(map(float, book.bids)) >= min(map(float, book.asks))
