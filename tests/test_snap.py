"""`tapetop snap` as scripts use it: what is on stdout, what on stderr, and the exit code."""

import gzip
import json
import socket
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from feeds.errors import ConfigError
from tests.captures import CAPTURES, needs_captures
from tests.scenes import SECOND, START
from tui.main import run
from tui.pane import Size
from tui.registry import PANES
from tui.snap import parse_size

CAPTURE = CAPTURES / "binance_usdm" / "btcusdt_20240808.jsonl.gz"


class Snap:
    """One run of the command."""

    def __init__(self, capture: pytest.CaptureFixture[bytes], *words: str) -> None:
        self.code = run(["snap", *words])
        out, err = capture.readouterr()
        self.out, self.err = out, err.decode()

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def json(self) -> dict[str, list[dict[str, str]]]:
        found = json.loads(self.out, parse_float=_no_float)
        assert isinstance(found, dict)
        return found


def _no_float(word: str) -> float:
    raise AssertionError(f"{word} is a float")


def refused(snap: Snap, code: int, says: str) -> None:
    """Nothing on stdout, one line on stderr."""
    assert (snap.code, snap.out) == (code, b"")
    assert snap.err.startswith("tapetop: ")
    assert snap.err.count("\n") == 1
    assert says in snap.err


@pytest.mark.parametrize("pane", PANES)
def test_every_pane_is_printed_as_text_of_the_size_asked_for(
    pane: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    snap = Snap(capsysbinary, pane, "sim:7", "--size", "90x20", "--duration", "20s")
    assert (snap.code, snap.err) == (0, "")
    shown = snap.text.splitlines()
    assert len(shown) == 20
    assert max(map(len, shown)) <= 90
    assert "\x1b" not in snap.text


@pytest.mark.parametrize("pane", PANES)
def test_every_pane_prints_its_numbers(
    pane: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    snap = Snap(capsysbinary, pane, "sim:7", "--format", "json", "--duration", "20s")
    least = {
        "candles": {"bars"},
        "comparison": {"lines", "pairs"},
        "flow": {"intervals", "now", "measures"},
        "footprint": {"bars"},
        "heatmap": {"columns", "prices", "bid", "ask"},
        "ladder": {"bids", "asks", "spread"},
        "tape": {"trades"},
        "tickers": {"instruments"},
    }
    assert snap.json
    assert least.get(pane, set()) <= set(snap.json)


def test_pictures_are_what_their_format_says(
    capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    words = ("tape", "sim:7", "--duration", "5s", "--size", "40x10", "--format")
    assert b"\x1b[" in Snap(capsysbinary, *words, "ansi").out
    assert Snap(capsysbinary, *words, "svg").out.startswith(b"<svg ")
    assert Snap(capsysbinary, *words, "png").out.startswith(b"\x89PNG")
    target = tmp_path / "tape.svg"
    assert Snap(capsysbinary, *words, "svg", "-o", str(target)).out == b""
    assert target.read_bytes().startswith(b"<svg ")


def test_colours_follow_the_depth_asked_for(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    words = ("tape", "sim:7", "--duration", "5s", "--format", "ansi", "--depth")
    assert b"38;2;" in Snap(capsysbinary, *words, "truecolor").out
    assert b"38;5;" in Snap(capsysbinary, *words, "256").out
    mono = Snap(capsysbinary, *words, "mono").out
    assert b"38;" not in mono
    assert b"\x1b[31m" not in mono


def test_the_simulated_market_stops_at_the_time_asked_for(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    whole = Snap(capsysbinary, "tape", "sim:7", "--format", "json").json["trades"]
    words = ("tape", "sim:7", "--format", "json", "--at")
    for at, end in (("+90.05s", 90.05), ("14:02", 120), ("2024-01-02T14:00:30Z", 30)):
        until = START + round(end * SECOND)
        expected = [trade for trade in whole if int(trade["ts_event"]) <= until]
        assert Snap(capsysbinary, *words, at).json["trades"] == expected


def test_settings_reach_the_pane(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    words = ("footprint", "sim:7", "--duration", "90s", "--format", "json")
    snap = Snap(capsysbinary, *words, "--set", "timeframe=15s", "--set", "grouping=10")
    bars = snap.json["bars"]
    assert len(bars) == 6
    assert {int(bar["start"]) % (15 * SECOND) for bar in bars} == {0}
    cells = [cell for bar in bars for cell in bar["cells"]]
    assert all(Decimal(cell["price"]) % 5 == 0 for cell in cells)  # type: ignore[index]  # nested


@needs_captures
@pytest.mark.slow
def test_numbers_of_a_recording_are_those_of_its_frames(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    """Every trade and level is compared with a reading of the file that shares no code."""
    until = 1_723_161_400_000
    snap = Snap(capsysbinary, "tape", str(CAPTURE), "--format", "json", "--at", "1723161400")
    trades, book = _frames(until)
    assert [
        (int(t["ts_event"]) // 10**6, Decimal(t["price"]), Decimal(t["size"]), t["side"])
        for t in reversed(snap.json["trades"])
    ] == trades
    snap = Snap(capsysbinary, "ladder", str(CAPTURE), "--format", "json", "--at", "1723161400")
    for side, word in (("b", "bids"), ("a", "asks")):
        levels = {Decimal(price): Decimal(size) for price, size in snap.json[word]}
        assert levels == book[side]
    assert Decimal(str(snap.json["spread"])) == min(book["a"]) - max(book["b"])


def _frames(
    until: int,
) -> tuple[list[tuple[int, Decimal, Decimal, str]], dict[str, dict[Decimal, Decimal]]]:
    """Trades and book of the capture up to a time in ms, from the exchange's own fields."""
    trades: list[tuple[int, Decimal, Decimal, str]] = []
    book: dict[str, dict[Decimal, Decimal]] = {"b": {}, "a": {}}
    diffs, snapshot = [], 0
    with gzip.open(CAPTURE, "rt") as file:
        for line in file:
            record = json.loads(line)
            if record["dir"] != "in":
                continue
            frame = json.loads(record["raw"])
            if "lastUpdateId" in frame:
                snapshot = frame["lastUpdateId"]
                for side, word in (("b", "bids"), ("a", "asks")):
                    book[side] = {Decimal(p): Decimal(q) for p, q in frame[word]}
            match frame.get("data"):
                case {"e": "trade", "X": "MARKET", "T": time} as data if time <= until:
                    side = "sell" if data["m"] else "buy"
                    trades.append((time, Decimal(data["p"]), Decimal(data["q"]), side))
                case {"e": "depthUpdate", "E": time} as data if time <= until:
                    diffs.append(data)
    for diff in diffs:
        for side in "ba" if diff["u"] >= snapshot else "":
            book[side].update((Decimal(p), Decimal(q)) for p, q in diff[side])
    kept = {side: {p: q for p, q in levels.items() if q} for side, levels in book.items()}
    return trades, kept


@needs_captures
@pytest.mark.parametrize("pane", PANES)
def test_a_damaged_recording_is_drawn_as_far_as_it_goes_and_then_told(
    pane: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    short = tmp_path / "short.jsonl.gz"
    short.write_bytes(CAPTURE.read_bytes()[:200_000])
    snap = Snap(capsysbinary, pane, str(short))
    assert snap.code == 4
    assert len(snap.text.splitlines()) == 24
    assert "gzip data is damaged" in snap.err
    early = Snap(capsysbinary, pane, str(short), "--at", "+1s")
    assert (early.code, early.err) == (0, "")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("tapes sim:7", 'unknown pane "tapes" (did you mean "tape"?)'),
        ("tape sim:seven", "expected sim:SEED, such as sim:7"),
        ("tape nothing.jsonl.gz", "nothing.jsonl.gz: no such file"),
        ("tape .", "is a directory"),
        ("tape binanse:BTCUSDT", 'unknown venue "binanse": did you mean "binance"?'),
        ("tape binance:btcusdt", 'did you mean "binance:BTCUSDT"?'),
        ("tape sim:7 --size 80", '"80" is not a size: expected WIDTHxHEIGHT'),
        ("tape sim:7 --set merg=off", 'unknown setting "merg" (did you mean "merge"?)'),
        ("tape sim:7 --theme darc", 'unknown theme "darc" (did you mean "dark"?)'),
        ("tape sim:7 --at noon", '"noon" is not a time'),
        ("tape sim:7 --at 2023-01-01", "begins 2024-01-02T14:00:00"),
        ("tape sim:7 --duration long", '"long" is not a duration'),
        ("tape sim:7 --duration 48h", "a day at most"),
        ("tape sim:7 --format gif", "'gif' is not one of"),
        ("tape sim:7 --duration 1s --instrument sim:8", "instruments: sim:7"),
        ("tape binance:BTCUSDT --at 14:00", "is live: use --duration"),
        ("tape binance:BTCUSDT --endpoint binance", "is not VENUE=URL"),
        ("tape sim:7 --duration 1s -o nowhere/a.txt", "nowhere/a.txt: no such file"),
        ("tape", "missing argument 'SOURCE...'"),
    ],
)
def test_wrong_use_is_one_line_and_code_2(
    words: str, says: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    refused(Snap(capsysbinary, *words.split()), 2, says)


def test_what_is_no_recording_is_damaged_data(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    for content in (b"", b"hello\n", b"\x1f\x8b\x08"):
        path = tmp_path / "file.jsonl"
        path.write_bytes(content)
        refused(Snap(capsysbinary, "tape", str(path)), 4, "file.jsonl: line 1: ")


def test_a_dead_endpoint_is_a_network_error(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"binance=http://127.0.0.1:{closed.getsockname()[1]}"
        words = ("tape", "binance:BTCUSDT", "--duration", "300ms", "--endpoint", endpoint)
        refused(Snap(capsysbinary, *words), 3, "binance: ")


def test_sizes_are_read_and_bounded() -> None:
    assert parse_size("120x40") == Size(120, 40)
    assert parse_size("1X1") == Size(1, 1)
    for text in ("0x5", "5x0", "1001x5", "120 x 40", "x", "-1x5", "120x40x2", "１２x４"):
        with pytest.raises(ConfigError):
            parse_size(text)


def test_snapping_needs_no_screen_library_and_no_socket_library() -> None:
    script = (
        "import sys; from tui.main import run; run(['snap', 'tape', 'sim:7', '--duration', '1s']);"
        "sys.exit(sorted(sys.modules.keys() & {'textual', 'rich', 'aiohttp', 'PIL'}) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_several_simulated_markets_are_told_of_beside_one_another(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    rest = ("--duration", "20s", "--format", "json")
    both = json.loads(Snap(capsysbinary, "comparison", "sim:7", "sim:8", *rest).out)
    alone = json.loads(Snap(capsysbinary, "comparison", "sim:8", *rest).out)
    assert set(both["lines"]) == {"sim:7", "sim:8"}
    assert both["lines"]["sim:8"] == alone["lines"]["sim:8"], "each is as it is alone"
    last = both["pairs"]["sim:7"]["sim:8"][-1]
    one, two = (Decimal(both["lines"][name][-1]["close"]) for name in ("sim:7", "sim:8"))
    assert Decimal(last["spread"]) == one - two
    assert alone["pairs"] == {}


def test_sources_of_different_kinds_are_refused(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    snap = Snap(capsysbinary, "comparison", "sim:7", "binance:BTCUSDT")
    refused(snap, 2, "all simulated or all VENUE:SYMBOL")
