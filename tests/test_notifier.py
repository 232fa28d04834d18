"""The notifier: bytes to the terminal, bodies to a real server, a player that is really started."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from aiohttp import web

from feeds.desktop import osc9, osc777, through_tmux
from feeds.errors import ConfigError
from feeds.notifier import A_BURST, BURST_SECONDS, QUIET, Notifier, Ways, parse_ways, row
from feeds.player import Player, parse_player
from feeds.transport import Network, Response
from feeds.webhook import A_MINUTE, PAUSES, WAITING, Webhook
from market.alerts.grammar import parse_rule
from market.alerts.watch import Firing
from tests.fakes import FakeTransport
from tests.running import in_loop

FIRING = Firing(parse_rule("test:X price > 1"), "test:X", 1_700_000_000_000_000_000, Decimal("1.5"))
TEXT = "test:X price 1.5 (price > 1)"


class Server:
    """A webhook's server: what it was sent, and what it answers, in turn; the last for ever."""

    def __init__(self, *answers: int | None, headers: dict[str, str] | None = None) -> None:
        self.bodies: list[dict[str, object]] = []
        self.kinds: list[str] = []
        self._answers, self._headers = list(answers), headers
        self.let_go = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        self.bodies.append(json.loads(await request.read()))
        self.kinds.append(request.content_type)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer is None:
            await self.let_go.wait()
        return web.Response(status=answer or 200, headers=self._headers)


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[str]:
    """Its address."""
    app = web.Application()
    app.router.add_post("/hook/{secret}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.05)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook/s3cret"
    finally:
        server.let_go.set()
        await runner.cleanup()


class Naps:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    def now(self) -> int:
        return round(sum(self.slept) * 1e9)


async def posted(url: str, bodies: int = 1, answer: float = 5.0) -> tuple[Webhook, list[str], Naps]:
    """What came of posting so many bodies."""
    said, naps, network = list[str](), Naps(), Network()
    hook = Webhook(url, network, said.append, answer=answer, clock=naps.now, sleep=naps.sleep)
    for number in range(bodies):
        hook.post(json.dumps({"number": number}).encode())
    running = asyncio.ensure_future(hook.run())
    try:
        await hook.drained()
    finally:
        running.cancel()
        await network.close()
    return hook, said, naps


def test_the_bytes_of_a_notification_are_those_of_the_terminals() -> None:
    assert osc9(TEXT) == "\x1b]9;tapetop: test:X price 1.5 (price > 1)\x07"
    assert osc777(TEXT) == "\x1b]777;notify;tapetop;test:X price 1.5 (price > 1)\x07"
    assert through_tmux("\x1b]9;a\x07") == "\x1bPtmux;\x1b\x1b]9;a\x07\x1b\\"


@pytest.mark.parametrize("make", [osc9, osc777])
def test_nothing_hostile_gets_out_of_a_notification(make: Callable[[str], str]) -> None:
    hostile = "a\x1b]0;owned\x07b\x9c\x00\r\n;4;3;\u202e" + "x" * 500
    sequence = make(hostile)
    inside = sequence.removeprefix("\x1b]").removesuffix("\x07")
    assert inside.isprintable()
    assert len(inside) < 250
    assert make is osc9 or inside.count(";") == 3


@pytest.mark.parametrize("tmux", [False, True])
def test_signals_go_to_the_terminal_bell_first(tmux: bool) -> None:
    wrote: list[str] = []
    Notifier(Ways(("bell", "osc9", "osc777")), wrote.append, tmux=tmux).tell(FIRING)
    expected = [osc9(TEXT), osc777(TEXT)]
    assert wrote == ["\x07", *(map(through_tmux, expected) if tmux else expected)]


def test_without_a_terminal_nothing_is_written(capfd: pytest.CaptureFixture[str]) -> None:
    Notifier(Ways(("bell", "osc9", "osc777")), None).tell(FIRING)
    assert capfd.readouterr() == ("", "")


def test_a_burst_rings_once_a_second_and_shows_a_few() -> None:
    wrote, times = list[str](), [n / 10 for n in range(300)]
    clock = iter(times)
    notifier = Notifier(Ways(("bell", "osc9")), wrote.append, clock=lambda: next(clock))
    for _ in times:
        notifier.tell(FIRING)
    assert wrote.count("\x07") == 30 / QUIET
    assert wrote.count(osc9(TEXT)) == A_BURST * 30 / BURST_SECONDS


def test_the_row_is_exact_and_has_the_words() -> None:
    assert row(FIRING) == {
        "type": "alert",
        "rule": "test:X price > 1",
        "instrument": "test:X",
        "ts_event": 1_700_000_000_000_000_000,
        "value": "1.5",
        "note": "",
        "text": TEXT,
    }


@in_loop
async def test_a_webhook_is_sent_the_row_as_json() -> None:
    server = Server(204)
    async with serving(server) as url:
        notifier = Notifier(parse_ways([url]), None)
        running = asyncio.ensure_future(notifier.run())
        notifier.tell(FIRING)
        await notifier.drained(10)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert server.bodies == [row(FIRING)]
    assert server.kinds == ["application/json"]
    assert notifier.complaint == ""


@in_loop
async def test_what_may_go_better_later_is_tried_again() -> None:
    server = Server(500, 429, 200)
    async with serving(server) as url:
        hook, said, naps = await posted(url)
    assert (hook.delivered, hook.lost, len(server.bodies)) == (1, 0, 3)
    assert naps.slept == list(PAUSES[:2])
    assert said == [""]


@in_loop
async def test_a_server_that_asks_for_a_pause_gets_it() -> None:
    async with serving(Server(429, 200, headers={"Retry-After": "7"})) as url:
        _, _, naps = await posted(url)
    assert naps.slept == [7.0, PAUSES[0]]


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (301, 1), (500, 4)])
@in_loop
async def test_what_stays_refused_is_given_up_and_said_without_the_secret(
    status: int, tries: int
) -> None:
    server = Server(status)
    async with serving(server) as url:
        hook, said, _ = await posted(url)
        host = url.split("/")[2]
    assert len(server.bodies) == tries
    assert said == [f"webhook: {host} answers HTTP {status} (1 not delivered)"]
    assert hook.lost == 1


@in_loop
async def test_a_slow_answer_is_none_and_the_next_alert_goes_on() -> None:
    server = Server(None, None, None, None, 200)
    async with serving(server) as url:
        hook, said, _ = await posted(url, bodies=2, answer=0.05)
    assert (hook.delivered, hook.lost) == (1, 1)
    assert [body["number"] for body in server.bodies] == [0, 0, 0, 0, 1]
    assert "does not answer within 0.05 s (1 not delivered)" in said[0]
    assert said[1] == ""


@in_loop
async def test_a_server_that_is_gone_is_said_in_plain_words() -> None:
    async with serving(Server(200)) as url:
        pass
    hook, said, _ = await posted(url)
    assert hook.lost == 1
    assert said[0].startswith("webhook: cannot reach 127.0.0.1:")
    assert "connection refused" in said[0]
    assert "s3cret" not in said[0]


@in_loop
async def test_no_more_than_so_many_a_minute_and_so_many_waiting() -> None:
    url = "http://h/x"
    transport = FakeTransport((), answers={url: [Response(200, {}, b"")]})
    said, naps = list[str](), Naps()
    hook = Webhook(url, transport, said.append, clock=naps.now, sleep=naps.sleep)
    for _ in range(WAITING + 5):
        hook.post(b"{}")
    assert hook.lost == 5
    assert said[-1] == "webhook: too many at a time (5 not delivered)"
    running = asyncio.ensure_future(hook.run())
    await hook.drained()
    running.cancel()
    assert len(transport.posted) == WAITING
    # The first ones go at once, each of the others when its turn has come.
    assert sum(naps.slept) == pytest.approx((WAITING - A_MINUTE) * 60 / A_MINUTE)


@in_loop
async def test_a_complaint_of_one_way_outlives_the_success_of_another(tmp_path: Path) -> None:
    said = list[str]()
    transport = FakeTransport((), answers={"http://h/x": [Response(200, {}, b"")]})
    ways = parse_ways(["http://h/x"], player=str(tmp_path / "missing"))
    notifier = Notifier(ways, None, transport=transport, say=said.append)
    running = asyncio.ensure_future(notifier.run())
    for _ in range(2):
        notifier.tell(FIRING)
        await notifier.drained(10)
    running.cancel()
    assert notifier.complaint == said[0]
    assert len(said) == 1
    assert "missing: no such file or directory" in said[0]


async def played(words: Sequence[str], texts: Sequence[str], longest: float = 20) -> list[str]:
    """What a player had to say."""
    said = list[str]()
    player = Player(words, said.append, longest)
    running = asyncio.ensure_future(player.run())
    for text in texts:
        player.play(text)
        await player.drained()
    running.cancel()
    return said


@in_loop
async def test_a_player_is_started_with_its_words_and_no_shell(tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = "import sys; open(sys.argv[1], 'a').write('|'.join(sys.argv[2:]) + '\\n')"
    words = [sys.executable, "-c", script, str(out), "{text}", "$(touch x)"]
    assert await played(words, ["one; rm -rf two", "--three\x1b[31m"]) == []
    assert out.read_text() == "one; rm -rf two|$(touch x)\nthree?[31m|$(touch x)\n"


@in_loop
async def test_what_a_player_fails_in_is_said_once() -> None:
    words = [sys.executable, "-c", "raise SystemExit(3)"]
    assert await played(words, ["a", "b", "c"]) == [f"player {sys.executable}: ended with code 3"]
    slow = [sys.executable, "-c", "import time; time.sleep(60)"]
    assert await played(slow, ["a"], 0.2) == [f"player {sys.executable}: ran longer than 0.2 s"]


def test_the_words_of_a_player_are_split_as_a_shell_does() -> None:
    assert parse_player("paplay {file}", "/a b.wav") == ("paplay", "/a b.wav")
    assert parse_player("say 'an alert' {text}") == ("say", "an alert", "{text}")
    for wrong in ("", "   ", "say 'x", "paplay {file}"):
        with pytest.raises(ConfigError, match="player"):
            parse_player(wrong)


def test_ways_are_signals_and_one_address() -> None:
    url = "https://hooks.example.org/a?b=c"
    assert parse_ways(["bell", "osc9", "bell", url]) == Ways(("bell", "osc9"), url)
    assert parse_ways(["none"]) == Ways()
    for wrong, complaint in (
        ("bel", '"bel" is no way of telling: bell, osc9, osc777, none'),
        ("ftp://x/secret", "a webhook is http://HOST/PATH"),
        ("https:///secret", "a webhook is http://HOST/PATH"),
        ("http://h:99999/secret", "a webhook is http://HOST/PATH"),
        ("http://h/secret\n", "a webhook is http://HOST/PATH"),
    ):
        with pytest.raises(ConfigError) as error:
            parse_ways([wrong])
        assert complaint in str(error.value)
        assert "secret" not in str(error.value)
    with pytest.raises(ConfigError, match="one webhook"):
        parse_ways([url, url])
