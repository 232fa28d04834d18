"""What is read is never written over, whatever name it has as an output."""

import gzip
from pathlib import Path

import pytest

from tests.test_wrong_input import record
from tui.main import run


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "btc.jsonl.gz"
    path.write_bytes(gzip.compress("".join(map(record, range(3))).encode()))
    (tmp_path / "link.jsonl.gz").symlink_to(path)
    (tmp_path / "hard.jsonl.gz").hardlink_to(path)
    return path


@pytest.mark.parametrize("name", ["btc.jsonl.gz", "link.jsonl.gz", "hard.jsonl.gz"])
@pytest.mark.parametrize("words", [["export", "--force"], ["snap", "tape"]], ids=["export", "snap"])
def test_a_recording_is_not_replaced_by_what_is_made_of_it(
    recording: Path, words: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before, output = recording.read_bytes(), recording.with_name(name)
    assert run([*words, str(recording), "-o", str(output)]) == 2
    *_, told = capsys.readouterr().err.splitlines()
    assert told == f"tapetop: {output}: is what is read: name another file to write to"
    assert (recording.read_bytes(), output.read_bytes()) == (before, before)


def test_drawings_are_not_replaced_by_a_picture_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('["sim:7"]\nlevels = [{ price = 60000 }]\n', "utf-8")
    before = path.read_bytes()
    assert run(["snap", "ladder", "sim:7", "--drawings", str(path), "-o", str(path)]) == 2
    assert "is what is read" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_what_is_no_file_is_never_replaced_by_one(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", str(recording), "-o", "/dev/null", "--format", "csv", "--force"]) == 2
    assert "/dev/null: is no file that could be replaced" in capsys.readouterr().err
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("command", ["replay", "attach"])
@pytest.mark.parametrize("option", ["--stats", "--trace"])
def test_a_recording_that_is_watched_is_not_replaced_by_what_a_run_cost(
    recording: Path, command: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = recording.read_bytes()
    assert run([command, str(recording), option, str(recording)]) == 2
    assert "is what is read" in capsys.readouterr().err
    assert recording.read_bytes() == before
