"""Reads: which frame was read when, by a protocol that parses letters."""

import asyncio
from collections import deque
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from feeds.reads import FULL, Reads


class Letters(asyncio.Protocol):
    """Every letter is a frame; `-` is half of one. Beyond `most` it parses when there is room."""

    def __init__(self, most: int = 1000) -> None:
        self.frames: deque[str] = deque()
        self.tail = ""
        self.said: list[str] = []
        self._most = most

    def data_received(self, data: bytes) -> None:
        self.tail += data.decode().replace("-", "")
        while self.tail and len(self.frames) < self._most:
            self.frames.append(self.tail[0])
            self.tail = self.tail[1:]

    def eof_received(self) -> bool:
        self.said.append("eof")
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.said.append("lost")

    def pause_writing(self) -> None:
        self.said.append("pause")

    def resume_writing(self) -> None:
        self.said.append("resume")


class Line(asyncio.Transport):
    """A transport that has nothing but its protocol."""

    def __init__(self, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self.protocol: asyncio.BaseProtocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self.protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol


def rig(letters: Letters, clock: Callable[[], int]) -> tuple[Reads, asyncio.Protocol]:
    reads, line = Reads(letters.frames, clock), Line(letters)
    reads.listen(line)
    assert isinstance(line.protocol, asyncio.Protocol)
    return reads, line.protocol


def take(reads: Reads, letters: Letters) -> tuple[int, str]:
    """What one call of a connection's `receive` hands over."""
    at, count = reads.oldest()
    taken = ""
    while letters.frames and len(taken) < count:
        taken += letters.frames.popleft()
        letters.data_received(b"")
    reads.took(len(taken))
    return at, taken


@given(st.lists(st.text("abc-", max_size=5), max_size=8))
def test_every_frame_has_the_time_of_the_read_that_completed_it(chunks: list[str]) -> None:
    now, letters = 0, Letters()
    reads, protocol = rig(letters, lambda: now)
    for now, chunk in enumerate(chunks, 1):  # noqa: B007  # the clock reads it
        protocol.data_received(chunk.encode())
    expected = [(at, chunk.replace("-", "")) for at, chunk in enumerate(chunks, 1)]
    taken = []
    while letters.frames:
        taken.append(take(reads, letters))
    assert taken == [(at, frames) for at, frames in expected if frames]


def test_what_is_parsed_late_belongs_to_the_last_read() -> None:
    now, letters = 1, Letters(most=3)
    reads, protocol = rig(letters, lambda: now)
    protocol.data_received(b"a")
    now = 2
    protocol.data_received(b"bcdefg")
    assert take(reads, letters) == (1, "a")
    assert take(reads, letters) == (2, "bcdefg")
    reads.forget()
    now = 3
    protocol.data_received(b"h")
    assert take(reads, letters) == (3, "h")


def test_frames_from_before_are_of_the_time_the_listening_began() -> None:
    letters = Letters()
    letters.data_received(b"ab")
    reads, _ = rig(letters, lambda: 7)
    assert take(reads, letters) == (7, "ab")


def test_a_read_that_took_as_much_as_it_could_is_full_until_the_next() -> None:
    letters = Letters()
    reads, protocol = rig(letters, lambda: 7)
    assert not reads.full
    protocol.data_received(b"-" * FULL)
    assert reads.full
    protocol.data_received(b"ab")
    assert not reads.full


def test_the_protocol_hears_everything_else_too() -> None:
    letters = Letters()
    _, protocol = rig(letters, lambda: 0)
    protocol.pause_writing()
    protocol.resume_writing()
    assert protocol.eof_received() is True
    protocol.connection_lost(None)
    assert letters.said == ["pause", "resume", "eof", "lost"]
