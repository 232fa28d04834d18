"""A recording followed while another process writes it."""

import asyncio
import gzip
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import ConfigError, DamagedRecording
from feeds.follow import POLL, SILENT, Follow, Growing, newest, probe
from feeds.recording import Record, Recorder, records
from feeds.replay import events
from market.events import Event, FeedState, FeedStatus
from tests.captures import CAPTURES, needs_captures
from tests.wall import Wall

USDM = CAPTURES / "binance_usdm" / "btcusdt_20240808.jsonl.gz"

texts = st.lists(st.text(st.characters(blacklist_categories=["Cs"]), max_size=8), min_size=1)


def _written(path: Path, slice_: Sequence[Record]) -> None:
    with Recorder(path, overwrite=True) as recorder:
        for record in slice_:
            recorder(*record[1:])


def _pieces(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


@given(texts, st.lists(st.integers(0, 10_000), max_size=6), st.sampled_from([1, 2, 3]))
def test_lines_are_the_same_however_a_file_grows(
    tmp_path_factory: pytest.TempPathFactory, said: list[str], cuts: list[int], members: int
) -> None:
    lines = [f'{{"n": {text!r}}}'.replace("\n", " ").encode() for text in said]
    share = -(-len(lines) // members)
    parts = [
        b"".join(each + b"\n" for each in lines[at : at + share])
        for at in range(0, len(lines), share)
    ]
    folder = tmp_path_factory.mktemp("growing")
    for name, data in (
        ("a.jsonl", b"".join(parts)),
        ("a.jsonl.gz", b"".join(map(gzip.compress, parts))),
    ):
        path = folder / name
        path.write_bytes(b"")
        growing = Growing(path)
        found: list[bytes] = []
        for piece in _pieces(data, cuts):
            with path.open("ab") as file:
                file.write(piece)
            found += growing.lines()
        found += growing.lines()
        assert found == lines
        assert growing.number == len(lines)


class Over(Exception):
    """Everything that was to happen did."""


class Following:
    """A source that follows a place, in a world where things happen as time goes by."""

    def __init__(self, place: Path) -> None:
        self.wall = Wall()
        self.source = Follow(place, clock=self.wall, sleep=self._sleep)
        self.happens: list[Callable[[], object]] = []
        self.events: list[Event] = []
        self._looks = 3

    async def _sleep(self, seconds: float) -> None:
        await self.wall.sleep(seconds)
        if seconds and self.happens:
            self.happens.pop(0)()
        elif seconds:
            self._looks -= 1
            if not self._looks:
                raise Over

    def until_nothing_happens(self) -> None:
        """Follow until everything that is to happen did, and a few looks more."""

        async def listen() -> None:
            async with aclosing(self.source.batches()) as batches:
                async for batch in batches:
                    self.events += batch

        with suppress(Over):
            asyncio.run(listen())

    def pass_time(self, seconds: float) -> None:
        """Let nothing happen for a while."""
        self.happens += [lambda: None] * round(seconds / POLL)

    @property
    def states(self) -> list[FeedState]:
        return [event.state for event in self.events if isinstance(event, FeedStatus)]


@pytest.fixture(scope="module")
def beginning() -> list[Record]:
    """The first 1500 records, some 5 s, of a real session."""
    read = records(USDM)
    return [next(read) for _ in range(1_500)]


def _facts(found: Sequence[Event]) -> list[Event]:
    return [event for event in found if not isinstance(event, FeedStatus)]


@needs_captures
@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_what_is_followed_is_what_would_be_replayed(
    tmp_path: Path, beginning: list[Record], name: str
) -> None:
    whole, path = tmp_path / name, tmp_path / f"growing-{name}"
    _written(whole, beginning)
    data = whole.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    following = Following(path)

    def grow(begin: int, end: int) -> None:
        with path.open("ab") as file:
            file.write(data[begin:end])

    edges = [len(data) // 2, len(data) // 2 + 7, 3 * len(data) // 4, len(data)]
    following.happens = [
        lambda a=a, b=b: grow(a, b)  # type: ignore[misc]  # defaults bind the loop's values
        for a, b in pairwise(edges)
    ]
    following.until_nothing_happens()
    replayed = list(events(whole))
    assert _facts(following.events) == _facts(replayed)
    assert len(_facts(replayed)) > 1_000
    assert following.states[-1] is FeedState.LIVE
    assert FeedState.REPLAY in following.states
    assert following.source.state is FeedState.LIVE


@needs_captures
def test_silence_makes_the_picture_stale_and_the_next_line_makes_it_live_again(
    tmp_path: Path, beginning: list[Record]
) -> None:
    path = tmp_path / "a.jsonl"
    _written(path, beginning[:1000])
    _written(tmp_path / "rest.jsonl", beginning[1000:])
    rest = (tmp_path / "rest.jsonl").read_bytes()
    following = Following(path)
    following.pass_time(SILENT + 1)

    def go_on() -> None:
        with path.open("ab") as file:
            file.write(rest)

    following.happens.append(go_on)
    following.until_nothing_happens()
    states = following.states
    at = states.index(FeedState.STALE)
    assert states[at - 1] is FeedState.LIVE
    assert states[at + 1] is FeedState.LIVE
    assert states.count(FeedState.STALE) == 1
    told = [each for each in following.events if isinstance(each, FeedStatus)][at]
    assert told.reason == "nothing was added to a.jsonl for 5 s"


@needs_captures
def test_of_a_folder_the_newest_is_followed_and_a_newer_one_after_it(
    tmp_path: Path, beginning: list[Record]
) -> None:
    first = tmp_path / "one.jsonl"
    _written(first, beginning[:1000])
    following = Following(tmp_path)
    following.pass_time(SILENT + 1)
    following.happens.append(lambda: _written(tmp_path / "two.jsonl", beginning))
    following.pass_time(1)
    following.until_nothing_happens()
    gaps = [
        event
        for event in following.events
        if isinstance(event, FeedStatus) and event.state is FeedState.GAP
    ]
    assert [gap.reason for gap in gaps] == ["the recording goes on in two.jsonl"]
    assert following.source.label == "following two.jsonl"
    assert following.states[-1] is FeedState.LIVE


@needs_captures
@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_a_recording_begun_anew_in_the_same_file_is_followed(
    tmp_path: Path, beginning: list[Record], name: str
) -> None:
    path = tmp_path / name
    _written(path, beginning)
    following = Following(path)
    following.pass_time(1)
    following.happens.append(lambda: path.write_bytes(b""))
    following.pass_time(1)
    following.happens.append(lambda: _written(path, beginning[:900]))
    following.until_nothing_happens()
    told = [each for each in following.events if isinstance(each, FeedStatus)]
    assert f"the recording goes on in {name}" in [each.reason for each in told]
    assert following.states[-1] is FeedState.LIVE
    assert following.source.label == f"following {name}"


def test_a_place_with_nothing_to_follow_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds no recording \(.jsonl, .jsonl.gz\)"):
        newest(tmp_path)
    with pytest.raises(ConfigError, match=r"gone\.jsonl: no such file"):
        Follow(tmp_path / "gone.jsonl")


def test_damage_is_said_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"ts": 1, "dir": "in"\n')
    with pytest.raises(DamagedRecording, match="1"):
        Following(path).until_nothing_happens()
    with pytest.raises(DamagedRecording, match="line 1"):
        probe(path)
    broken = tmp_path / "b.jsonl.gz"
    broken.write_bytes(gzip.compress(b"{}\n")[:-8] + bytes(8))
    with pytest.raises(DamagedRecording, match="the gzip data is damaged"):
        list(Growing(broken).lines())
