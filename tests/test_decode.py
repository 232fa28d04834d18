"""`tapetop decode`: exact JSON lines for everything readable, a status for the rest."""

import gzip
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from click.testing import CliRunner

from feeds.errors import ConfigError, DamagedRecording
from market.instrument import plain
from service.capture import messages
from service.decode import command
from tests.captures import CAPTURES, needs_captures

ROOT = Path(__file__).resolve().parents[1]
NS = 1_000_000

# Any: a line of JSON.
Row: TypeAlias = dict[str, Any]

TRADE = (
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161256322,"T":1723161256321,'
    '"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}'
)


def depth(previous: int, last: int) -> str:
    levels = f'"b":[["10.0","{last}"]],"a":[["11.0","2"],["12.5","0.000001"]]'
    numbers = f'"U":{previous + 1},"u":{last},"pu":{previous}'
    return f'{{"e":"depthUpdate","E":{last},"T":{last},"s":"BTCUSDT",{numbers},{levels}}}'


BODY = '{"lastUpdateId":5,"E":5,"T":5,"bids":[["10.0","1"]],"asks":[["11.0","1"],["12.0","3"]]}'
BODY_URL = "https://fapi.binance.com/fapi/v1/depth?symbol=BTCUSDT&limit=1000"


def record(raw: str, ts: str = "1723161255.030315", **other: object) -> str:
    line = {"dir": "in", "conn": "ws1", "url": "wss://fstream.binance.com/ws", "raw": raw} | other
    return f'{{"ts": {ts}, {json.dumps(line)[1:]}'


def decode(tmp_path: Path, *lines: str, venue: str = "binance-usdm", book: int = 0) -> list[Row]:
    path = tmp_path / "capture.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines))
    return rows_of(path, venue, book)


def rows_of(path: Path, venue: str, book: int = 0) -> list[Row]:
    options = ["--book", str(book)] if book else []
    done = CliRunner().invoke(
        command, [venue, str(path), *options], standalone_mode=False, catch_exceptions=False
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    damaged = any(row.get("state") == "ERROR" for row in rows)
    assert done.return_value == (4 if damaged else 0)
    assert not done.stderr
    return rows


def test_a_trade_is_one_line_of_exact_strings(tmp_path: Path) -> None:
    assert decode(tmp_path, record(TRADE)) == [
        {
            "type": "trade",
            "instrument": "binance-usdm:BTCUSDT",
            "ts_event": 1723161256321 * NS,
            "ts_recv": 1723161255030315000,
            "id": "5266583935",
            "price": "61800.3",
            "size": "0.006",
            "side": "buy",
        }
    ]


def test_a_book_is_followed_and_its_top_printed_after_each_message(tmp_path: Path) -> None:
    rows = decode(
        tmp_path,
        record(depth(4, 5)),
        record(BODY, conn="http", url=BODY_URL),
        record(depth(5, 6)),
        record(depth(7, 8)),
        record(depth(8, 9)),
        book=2,
    )
    kinds = [row.get("state", row["type"]) for row in rows]
    assert kinds == [
        "book_delta",
        "SYNCING",
        "book_snapshot",
        "LIVE",
        "book",
        "book_delta",
        "book",
        "book_delta",
        "GAP",
        "book_delta",
    ]
    assert rows[0]["bids"] == [["10", "5"]]
    assert rows[0]["asks"] == [["11", "2"], ["12.5", "0.000001"]]
    assert (rows[0]["sequence"], rows[0]["prev_sequence"]) == (5, 4)
    book = rows[6]
    assert (book["instrument"], book["sequence"]) == ("binance-usdm:BTCUSDT", 6)
    assert (book["ts_event"], book["ts_recv"]) == (6 * NS, 1723161255030315000)
    assert [[Decimal(n) for n in level] for level in book["asks"]] == [[11, 2], [12, 3]]
    assert "between 6 and 7" in rows[8]["reason"]


def test_without_a_book_asked_for_none_is_printed(tmp_path: Path) -> None:
    rows = decode(tmp_path, record(depth(4, 5)), record(BODY, conn="http", url=BODY_URL))
    assert not [row for row in rows if row["type"] == "book"]


def test_what_cannot_be_read_is_named_by_its_line_and_stops_nothing(tmp_path: Path) -> None:
    rows = decode(
        tmp_path, record(TRADE), record("garbage"), '{"raw": 5}', "garbage", "", record(TRADE)
    )
    errors = [row for row in rows if row["type"] == "status"]
    assert [row["line"] for row in errors] == [2, 3, 4]
    assert all(row["state"] == "ERROR" and row["reason"] for row in errors)
    assert [row["type"] for row in rows].count("trade") == 2


def test_acks_refusals_and_endpoints_without_events_are_said(tmp_path: Path) -> None:
    clock = "https://fapi.binance.com/fapi/v1/time"
    rows = decode(
        tmp_path,
        record('{"result":null,"id":1}'),
        record('{"code":2,"msg":"Invalid request"}'),
        record('{"serverTime":1}', conn="http", url=clock),
        record('{"method":"SUBSCRIBE"}', dir="out"),
        record(TRADE, url="wss://stream.binance.com:9443/stream"),
    )
    assert [(row["state"], row["reason"]) for row in rows] == [
        ("IGNORED", "acknowledgement"),
        ("REJECTED", "Invalid request (code 2)"),
        ("IGNORED", "time: states nothing that is used"),
        ("IGNORED", "sent to the venue"),
        ("IGNORED", "traffic of binance"),
    ]
    assert {row["instrument"] for row in rows} == {"binance-usdm:?"}


def test_bare_frames_and_bare_bodies_are_read_by_their_shape(tmp_path: Path) -> None:
    interest = '{"symbol":"BTCUSDT","openInterest":"84617.188","time":1654336844754}'
    klines = '[[0,"1","2","1","2","5",59999,"9.50",3,"2","4","0"]]'
    rows = decode(tmp_path, TRADE, interest, BODY, klines)
    assert [row["type"] for row in rows] == ["trade", "open_interest", "book_snapshot", "kline"]
    assert [row["instrument"].partition(":")[2] for row in rows] == ["BTCUSDT", "BTCUSDT", "?", "?"]
    assert rows[1]["size"] == "84617.188"
    assert rows[3]["quote_volume"] == "9.50"
    assert {row["ts_recv"] for row in rows} == {None}


def test_samples_are_read_one_by_one_and_not_as_a_session(tmp_path: Path) -> None:
    sample = record(depth(4, 5), ts="null", name="ws_depth")
    rows = decode(tmp_path, sample, record(depth(8, 9), ts="null", name="ws_depth_2"))
    assert [row["type"] for row in rows] == ["book_delta", "book_delta"]


def test_several_messages_on_one_line_are_all_read(tmp_path: Path) -> None:
    line = json.dumps({"test": "t", "local_ts": "2019-09-01T00:00:01.275Z", "raws": [TRADE, TRADE]})
    rows = decode(tmp_path, line)
    assert [row["ts_recv"] for row in rows] == [1567296001275 * NS] * 2


def test_a_binary_frame_is_read_too() -> None:
    (message,) = messages(b'{"ts": 1.5, "dir": "in", "conn": "ws1", "b64": "eyJhIjoxfQ=="}')
    assert (message.payload, message.ts_recv) == (b'{"a":1}', 1_500_000_000)


def test_a_frame_kept_beside_its_decoded_form_is_read_in_its_place() -> None:
    (message,) = messages(b'{"test": "t", "raw": "{\\"channel\\":1}", "pb_b64": "CgJocQ=="}')
    assert message.payload == b"\n\x02hq"
    with pytest.raises(ValueError, match="pb_b64"):
        messages(b'{"pb_b64": 1}')


@pytest.mark.parametrize("ts", ['"NaN"', "1e999999", "-1", '"x"'])
def test_a_time_that_is_none_is_an_error_of_its_line(tmp_path: Path, ts: str) -> None:
    (row,) = decode(tmp_path, record(TRADE, ts=ts))
    assert (row["state"], row["line"]) == ("ERROR", 1)


def test_gzip_is_known_by_its_bytes_and_a_cut_one_is_read_to_the_cut(tmp_path: Path) -> None:
    data = gzip.compress("".join(f"{record(TRADE)}\n" for _ in range(2000)).encode())
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.write_bytes(data)
    cut.write_bytes(data[:-100])
    assert len(rows_of(whole, "binance-usdm")) == 2000
    with pytest.raises(DamagedRecording, match=r"line \d+: the gzip data is damaged"):
        rows_of(cut, "binance-usdm")


def test_wrong_words_are_told_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='unknown venue "binanse"'):
        rows_of(tmp_path / "x", "binanse")
    with pytest.raises(ConfigError, match="no such file"):
        rows_of(tmp_path / "x", "binance")
    with pytest.raises(ConfigError, match="is a directory"):
        rows_of(tmp_path, "binance")


def run(*arguments: str, feed: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    program = "import sys; from tui.main import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", program, "decode", *arguments],
        cwd=ROOT,
        input=feed,
        capture_output=True,
        check=False,
    )


def test_a_pipe_is_read_gzip_or_not_and_damage_is_the_exit_code() -> None:
    line = f"{record(TRADE)}\n".encode()
    for feed in (line, gzip.compress(line)):
        done = run("binance-usdm", "-", feed=feed)
        assert json.loads(done.stdout)["type"] == "trade"
        assert done.returncode == 0
    cut = run("binance-usdm", "-", feed=gzip.compress(line * 3000)[:-50])
    assert cut.returncode == 4
    assert cut.stderr.decode().count("\n") == 1
    assert cut.stdout.endswith(b"}\n")
    assert run("binance-usdm", "-", feed=line + b"garbage\n").returncode == 4


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_text(f"{record(TRADE)}\n" * 20_000)
    program = "import sys; from tui.main import main; sys.exit(main())"
    with subprocess.Popen(
        [sys.executable, "-c", program, "decode", "binance-usdm", str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@needs_captures
@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "venue"),
    [
        ("binance_spot/cf_20210405_120s.jsonl.gz", "binance"),
        ("binance_usdm/cf_20210405_120s.jsonl.gz", "binance-usdm"),
    ],
)
def test_every_number_printed_is_the_wires_own(path: str, venue: str) -> None:
    rows = [row for row in rows_of(CAPTURES / path, venue) if row["type"] != "status"]
    with gzip.open(CAPTURES / path) as file:
        lines = [json.loads(line) for line in file]
    for row, line in zip(rows, lines, strict=True):
        wire = json.loads(line["raw"])
        wire = wire.get("data", wire)
        match row["type"]:
            case "trade":
                assert exact(row["price"], row["size"]) == exact(wire["p"], wire["q"])
            case "book_ticker":
                names = ("bid", "bid_size", "ask", "ask_size")
                assert exact(*(row[name] for name in names)) == exact(*(wire[n] for n in "bBaA"))
            case "book_delta" | "book_snapshot":
                for side in ("bids", "asks"):
                    levels = wire[side if side in wire else side[0]]
                    assert [exact(*level) for level in row[side]] == [
                        exact(*level) for level in levels
                    ]


def exact(*numbers: str) -> list[Decimal]:
    assert all(number == plain(Decimal(number)) for number in numbers)
    return [Decimal(number) for number in numbers]
