"""Recordings, read and written."""

import gzip
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import ConfigError, DamagedRecording
from feeds.recording import Record, Recorder, records
from tests.captures import CAPTURES, needs_captures

SECOND = 1_000_000_000
SESSIONS = sorted(
    path
    for path in CAPTURES.rglob("*.jsonl*")
    if not path.name.startswith(("samples", "expected", "instruments"))
)
SPOT = CAPTURES / "binance_spot" / "cf_20211012.jsonl.gz"

texts = st.text(st.characters(codec="utf-8"), max_size=200)
traffic = st.lists(
    st.tuples(
        st.none() | st.integers(0, 8_999_999_999 * SECOND),
        st.sampled_from(["in", "out"]),
        st.sampled_from(["http", "ws1", "ws2"]),
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
        texts | st.binary(max_size=200).map(lambda body: body + b"\xff"),
    ),
    min_size=1,
    max_size=20,
)


@given(traffic, st.sampled_from([".jsonl", ".jsonl.gz"]))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    passed: list[tuple[int | None, str, str, str, str | bytes]],
    suffix: str,
) -> None:
    path = tmp_path_factory.mktemp("recording") / f"session{suffix}"
    with Recorder(path) as recorder:
        for frame in passed:
            recorder(*frame)
        assert recorder.records == len(passed)
    assert list(records(path)) == [Record(line, *frame) for line, frame in enumerate(passed, 1)]


def test_a_body_of_a_request_is_written_as_text(tmp_path: Path) -> None:
    with Recorder(tmp_path / "a.jsonl") as recorder:
        recorder(1, "in", "http", "https://host/depth", b'{"a":1}')
    line = json.loads((tmp_path / "a.jsonl").read_text())
    assert line["raw"] == '{"a":1}'


def test_the_format_is_that_of_the_captures(tmp_path: Path) -> None:
    with Recorder(tmp_path / "a.jsonl") as recorder:
        recorder(1_723_161_255_030_315_001, "in", "ws1", "wss://host", '{"x":1}')
        recorder(None, "out", "ws1", "wss://host", b"\x00\xff")
    first, second = (tmp_path / "a.jsonl").read_text().splitlines()
    assert first == (
        '{"ts": 1723161255.030315001, "dir": "in", "conn": "ws1", "url": "wss://host", '
        '"raw": "{\\"x\\":1}"}'
    )
    assert json.loads(second) == {
        "ts": None,
        "dir": "out",
        "conn": "ws1",
        "url": "wss://host",
        "b64": "AP8=",
    }


def test_a_time_keeps_every_digit_that_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"ts": 1723161255.030315, "dir": "in", "conn": "ws1", "url": "", "raw": ""}\n'
        '{"ts": 1617647597.5963788, "dir": "in", "conn": "ws1", "url": "", "raw": ""}\n'
        '{"ts": 1723161255, "dir": "in", "conn": "ws1", "url": "", "raw": ""}\n'
    )
    assert [record.ts_recv for record in records(path)] == [
        1_723_161_255_030_315_000,
        1_617_647_597_596_378_800,
        1_723_161_255_000_000_000,
    ]


@needs_captures
@pytest.mark.slow
@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_captured_session_is_read_whole(path: Path) -> None:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        count = sum(1 for _ in lines)
    last = None
    for last in records(path):
        assert last.payload or last.direction == "in"
    assert last is not None
    assert last.line == count


@needs_captures
def test_a_capture_written_again_is_the_same_traffic(tmp_path: Path) -> None:
    again = tmp_path / "again.jsonl.gz"
    with Recorder(again) as recorder:
        for record in records(SPOT):
            recorder(*record[1:])
    assert list(records(again)) == list(records(SPOT))


@needs_captures
def test_a_file_cut_anywhere_gives_all_before_the_cut_and_says_the_line(tmp_path: Path) -> None:
    whole, content, chance = list(records(SPOT)), SPOT.read_bytes(), random.Random(1)
    path = tmp_path / "cut.jsonl.gz"
    for _ in range(30):
        path.write_bytes(content[: chance.randrange(2, len(content))])
        read, damage = _read(path)
        assert read == whole[: len(read)]
        assert damage is not None
        assert damage.line == len(read) + 1
        assert str(path) in str(damage)


@needs_captures
def test_a_spoilt_byte_is_damage_and_never_another_record(tmp_path: Path) -> None:
    whole, content, chance = list(records(SPOT)), SPOT.read_bytes(), random.Random(2)
    path = tmp_path / "spoilt.jsonl.gz"
    for _ in range(30):
        spoilt = bytearray(content)
        spoilt[chance.randrange(20, len(content))] ^= 0x55
        path.write_bytes(spoilt)
        with pytest.raises(DamagedRecording):
            assert list(records(path)) == whole


def test_a_plain_file_cut_in_a_line_gives_the_lines_before(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with Recorder(path) as recorder:
        for number in range(3):
            recorder(number, "in", "ws1", "wss://host", str(number))
    path.write_bytes(path.read_bytes()[:-9])
    read = records(path)
    assert [next(read).payload, next(read).payload] == ["0", "1"]
    with pytest.raises(DamagedRecording, match="line 3"):
        next(read)


@pytest.mark.parametrize(
    "line",
    [
        "hello",
        "[]",
        '{"dir": "in", "conn": "ws1", "ts": "yesterday", "raw": ""}',
        '{"dir": "in", "conn": "ws1", "ts": -1, "raw": ""}',
        '{"dir": "in", "conn": "ws1", "ts": 1e999999, "raw": ""}',
        '{"dir": "in", "conn": "ws1", "ts": "NaN", "raw": ""}',
        '{"dir": "in", "conn": "ws1", "ts": "sNaN", "raw": ""}',
        '{"dir": "in", "conn": "ws1", "ts": "-Infinity", "raw": ""}',
        '{"dir": "sideways", "conn": "ws1", "raw": ""}',
        '{"dir": "in", "conn": "ws1"}',
        '{"dir": "in", "conn": "ws1", "b64": "*"}',
    ],
)
def test_a_line_that_is_no_record_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"dir": "in", "conn": "ws1", "raw": ""}}\n{line}\n')
    read = records(path)
    next(read)
    with pytest.raises(DamagedRecording, match=r"a\.jsonl: line 2: ."):
        next(read)


def test_an_empty_file_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.touch()
    with pytest.raises(DamagedRecording, match="empty"):
        next(records(path))


def test_a_missing_file_and_a_directory_are_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        next(records(tmp_path / "a.jsonl"))
    with pytest.raises(ConfigError, match="is a directory"):
        next(records(tmp_path))


def test_a_file_that_exists_is_replaced_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("precious")
    with pytest.raises(ConfigError, match="--force"):
        Recorder(path)
    assert path.read_text() == "precious"
    with Recorder(path, overwrite=True):
        pass
    assert path.read_text() == ""


def test_a_folder_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file or directory"):
        Recorder(tmp_path / "missing" / "a.jsonl")


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_a_second_of_traffic_is_on_the_disk_before_the_next(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    with Recorder(path) as recorder:
        for number in range(25):
            recorder(number * SECOND // 10, "in", "ws1", "wss://host", "frame")
        read, damage = _read(path)
        assert len(read) >= 20
        assert damage is None or suffix == ".jsonl.gz"  # its end is still to be written


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's full disk")
@pytest.mark.parametrize("size", [10, 100_000])
def test_a_full_disk_stops_the_recording_and_nothing_else(size: int) -> None:
    with Recorder("/dev/full", overwrite=True) as recorder:
        for number in range(5):
            recorder(number * SECOND, "in", "ws1", "wss://host", "x" * size)
    assert recorder.failure is not None
    assert recorder.failure.strerror == "No space left on device"


def _read(path: Path) -> tuple[list[Record], DamagedRecording | None]:
    read: list[Record] = []
    try:
        for record in records(path):
            read.append(record)  # noqa: PERF402  # what came before the damage is looked at
    except DamagedRecording as damage:
        return read, damage
    return read, None
