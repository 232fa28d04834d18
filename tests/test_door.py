"""The door: sockets whose address is asked for first, each time anew."""

import asyncio

import pytest

from feeds.door import Door, Post, moved, rerouted
from feeds.errors import MalformedFrame, Rejected
from feeds.registry import VENUES
from feeds.timing import Timing
from feeds.transport import Response, Unreachable
from tests.fakes import FakeTransport, Silence, Step
from tests.running import in_loop
from tests.supervised import QUICK, Rig

ASKED = "http://host/token"
LOST = Unreachable("host cut the connection")
WAITING: list[Step] = ["trade 1", Silence()]


class Plain:
    """A door whose answers are addresses, in words what is wrong with them."""

    request = Post("/token", b"{}", 1)

    def enter(self, body: bytes, now: int) -> str:
        match body.decode():
            case "no":
                raise Rejected("binance", "you may not enter")
            case "?":
                raise MalformedFrame("binance", "not an address", body)
            case url:
                return url


def rig(
    *scripts: list[Step], answers: list[str], place: str = "", timing: Timing = QUICK
) -> tuple[Rig, FakeTransport]:
    replies = [Response(200, {}, answer.encode()) for answer in answers]
    transport = FakeTransport(*scripts, answers={ASKED: replies})
    return Rig(transport, timing, door=Plain(), place=place), transport


@in_loop
async def test_an_address_is_asked_for_before_each_connection() -> None:
    first: list[Step] = ["trade 1", LOST]
    made, transport = rig(first, ["trade 2", Silence()], answers=["wss://a/?t=1", "wss://b/?t=2"])
    async with made.running():
        await made.until(lambda: made.trades == ["1", "2"])
    assert transport.posted == [(ASKED, b"{}")] * 2
    assert transport.dialled == ["wss://a/?t=1", "wss://b/?t=2"]
    assert {url for _, _, url, _ in made.taps} == {"wss://real/stream"}


@in_loop
async def test_an_endpoint_moves_the_address_that_was_handed_out() -> None:
    made, transport = rig(WAITING, answers=["wss://far/x?token=y"], place="ws://127.0.0.1:1")
    async with made.running():
        await made.until(lambda: made.trades == ["1"])
    assert transport.dialled == ["ws://127.0.0.1:1/x?token=y"]


@in_loop
async def test_an_answer_that_is_no_address_is_counted_told_and_asked_for_again() -> None:
    made, transport = rig(WAITING, answers=["?", "wss://a"])
    async with made.running():
        await made.until(lambda: made.trades == ["1"])
    assert made.outlet.counts.malformed == 1
    assert "unreadable answer: not an address" in made.reasons
    assert transport.dialled == ["wss://a"]


@in_loop
async def test_a_door_that_stays_shut_is_told_and_not_tried_again_unless_somebody_asks() -> None:
    made, transport = rig(WAITING, answers=["no", "wss://a"])
    async with made.running():
        await made.until(lambda: "you may not enter" in made.reasons)
        for _ in range(200):
            await asyncio.sleep(0)
        assert (len(transport.posted), transport.dialled) == (1, [])
        made.supervisor.hurry()
        await made.until(lambda: made.trades == ["1"])
    assert made.outlet.counts.rejected == 1


@in_loop
async def test_a_host_that_asks_for_patience_at_the_door_is_given_it() -> None:
    replies = [Response(429, {"retry-after": "0.01"}, b""), Response(200, {}, b"wss://a")]
    made = Rig(FakeTransport(WAITING, answers={ASKED: replies}), door=Plain())
    async with made.running():
        await made.until(lambda: made.trades == ["1"])
    assert any("fewer requests" in reason for reason in made.reasons)


@pytest.mark.parametrize("url", ["wss://[x", "wss://x:y/", "wss://\u2100.com/", "nothing"])
@in_loop
async def test_what_is_handed_out_and_is_no_address_is_an_unreadable_answer(url: str) -> None:
    made, transport = rig(WAITING, answers=[url, "wss://a"], place="ws://near:1")
    async with made.running():
        await made.until(lambda: made.trades == ["1"])
    assert made.outlet.counts.malformed == 1
    assert any("unreadable answer: not an address" in reason for reason in made.reasons)
    assert transport.dialled == ["ws://near:1"]


def test_a_path_is_changed_of_nothing_but_an_address() -> None:
    assert rerouted("x", "wss://far:1/a?b=c", "/d") == "wss://far:1/d"
    with pytest.raises(MalformedFrame, match="x: not an address"):
        rerouted("x", "wss://[far", "/d")


@pytest.mark.parametrize("name", VENUES)
def test_every_venue_has_a_door_that_can_be_asked_or_none(name: str) -> None:
    door: Door | None = VENUES[name].way_in()
    assert (door is None) == (VENUES[name].door == "")
    assert door is None or door.request.path.startswith("/")


def test_an_address_keeps_its_path_and_query_wherever_it_is_moved() -> None:
    assert (
        moved("x", "wss://far:8443/a/b?token=c&d=e", "ws://near:1") == "ws://near:1/a/b?token=c&d=e"
    )
    assert moved("x", "wss://far", "ws://near:1") == "ws://near:1"
