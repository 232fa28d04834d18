"""The trace tells when each picture was taken and at which byte it was written."""

from pathlib import Path

import pytest

from tui.terminal.trace import FLUSHED, Trace, read_trace


def test_what_is_traced_can_be_read_back(tmp_path: Path) -> None:
    trace = Trace(tmp_path / "trace")
    trace.bytes, trace.events = 120, 7
    trace.add("frame", drawn=5)
    trace.add("key", key="tab")
    trace.add("skip", why="link")
    trace.close()
    lines = read_trace(tmp_path / "trace")
    assert [(line.kind, line.bytes, line.events) for line in lines] == [
        ("frame", 120, 7),
        ("key", 120, 7),
        ("skip", 120, 7),
    ]
    assert (lines[0].drawn, lines[1].key, lines[2].why) == (5, "tab", "link")
    assert lines[0].t <= lines[1].t <= lines[2].t


def test_a_trace_is_written_as_it_grows_and_a_cut_off_line_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    trace = Trace(path)
    while path.stat().st_size < FLUSHED:
        trace.add("same")
    trace.close()
    with path.open("ab") as file:
        file.write(b'{"t":1,"ki')
    assert {line.kind for line in read_trace(path)} == {"same"}


def test_nothing_is_traced_without_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    trace = Trace(None)
    trace.add("frame")
    trace.close()
    assert [*tmp_path.iterdir()] == []
    assert capfd.readouterr() == ("", "")
