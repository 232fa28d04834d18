"""Recordings: raw traffic, one JSON object a line, read and written in one format.

`{"ts": 1723161255.030315, "dir": "in", "conn": "ws1", "url": "wss://...", "raw": "..."}`: `ts` is
the time of receipt in unix seconds or null, `dir` is `in` from or `out` to the venue, `conn` is
`http` or a websocket's name, and a binary frame has `b64` in place of `raw`. A recording is a
test file, and the other way round.
"""

import base64
import gzip
import zlib
from collections.abc import Generator
from contextlib import suppress
from decimal import Decimal
from io import BufferedReader
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, NamedTuple, Self

import msgspec

from feeds.errors import ConfigError, DamagedRecording, system_reason

SECOND = 1_000_000_000
FLUSHED = 100_000_000
"""ns of traffic after which what was written is handed to the system."""
_LATEST = Decimal(9_000_000_000)
"""Unix seconds that still fit into 64 bits of nanoseconds."""


class Record(NamedTuple):
    """One frame or REST body as it passed."""

    line: int
    """Its line in the file, from 1."""
    ts_recv: int | None
    """When it was received or sent, ns; None where the recorder kept no time."""
    direction: str
    connection: str
    """`http`, or a websocket's name."""
    url: str
    """The websocket's address or the request's; empty where it was not kept."""
    payload: bytes | str
    """Text, or the bytes of a binary frame."""

    @property
    def binary(self) -> bool:
        """Whether this was a binary frame."""
        return isinstance(self.payload, bytes)


class _Line(msgspec.Struct, gc=False):
    dir: Literal["in", "out"]
    conn: str
    ts: Decimal | None = None
    url: str | None = None
    raw: str | None = None
    b64: bytes | None = None


_decode = msgspec.json.Decoder(_Line).decode
_encode = msgspec.json.Encoder().encode


def require_another(source: str, output: Path) -> None:
    """Refuse to write what is read from a recording over that recording, by whatever name."""
    with suppress(OSError):
        if Path(source).samefile(output):
            raise ConfigError(f"{output}: is what is read: name another file to write to")


def records(path: Path | str) -> Generator[Record, None, None]:
    """Every record of a `.jsonl` or gzip file, in order.

    A file that is cut short or spoilt gives all it holds up to there, and then raises
    DamagedRecording with the line.
    """
    number = 0
    try:
        with _open(path) as lines:
            for number, line in enumerate(lines, 1):
                if not line.isspace():
                    yield parse_record(path, number, line)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DamagedRecording(
            str(path), number + 1, f"the gzip data is damaged: {error}"
        ) from error
    except OSError as error:
        raise ConfigError(f"{path}: {system_reason(error)}") from error
    if not number:
        raise DamagedRecording(str(path), 1, "the file is empty")


def _open(path: Path | str) -> BufferedReader | gzip.GzipFile:
    """Open for reading; gzip is known by its first bytes, not by the name."""
    file = open(path, "rb")  # noqa: SIM115  # handed on open
    if file.peek(2)[:2] == b"\x1f\x8b":
        file.close()
        return gzip.open(path, "rb")
    return file


def parse_record(path: Path | str, number: int, text: bytes) -> Record:
    """One line of a recording; raises DamagedRecording where it is none."""
    try:
        line = _decode(text)
    except msgspec.MsgspecError as error:
        raise DamagedRecording(str(path), number, str(error)) from error
    payload = line.raw if line.raw is not None else line.b64
    if payload is None:
        raise DamagedRecording(str(path), number, "neither `raw` nor `b64` is there")
    ts = None
    if line.ts is not None:
        if not line.ts.is_finite() or not 0 <= line.ts < _LATEST:
            raise DamagedRecording(str(path), number, f"`ts` {line.ts} is no time in unix seconds")
        ts = int(line.ts * SECOND)
    return Record(number, ts, line.dir, line.conn, line.url or "", payload)


class Recorder:
    """Writes a recording; gzip where the name ends in `.gz`. Callable as a tap on the traffic.

    What was written is handed to the system ten times a second of traffic, so that a crash costs
    no more than that, and those who follow the file are no later. When the disk refuses, `failure`
    says so, nothing more is written, and the traffic goes on.
    """

    def __init__(self, path: Path | str, *, overwrite: bool = False) -> None:
        self.path = Path(path)
        self.records = 0
        self.bytes = 0
        """Written so far, before compression."""
        self.failure: OSError | None = None
        self._flushed = 0
        mode = "wb" if overwrite else "xb"
        try:
            file: IO[bytes] = open(path, mode)  # noqa: SIM115  # closed by close()
        except FileExistsError as error:
            raise ConfigError(f"{path}: exists already; --force replaces it") from error
        except OSError as error:
            raise ConfigError(f"{path}: {system_reason(error)}") from error
        self._raw = file
        self._file: IO[bytes] | gzip.GzipFile = file
        if self.path.suffix == ".gz":
            self._file = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=5)

    def __call__(
        self, ts_recv: int | None, direction: str, connection: str, url: str, payload: bytes | str
    ) -> None:
        """Write one frame or body."""
        if self.failure is not None:
            return
        text = _text(ts_recv, direction, connection, url, payload)
        try:
            self._file.write(text)
            self.records += 1
            self.bytes += len(text)
        except OSError as error:
            self.failure = error
        if ts_recv is not None and ts_recv - self._flushed >= FLUSHED:
            self._flushed = ts_recv
            self.flush()

    def flush(self) -> None:
        """Hand everything written so far to the system; a refusal becomes `failure`."""
        try:
            self._file.flush()
            self._raw.flush()
        except OSError as error:
            self.failure = error

    def close(self) -> None:
        """Finish the file; once is enough, twice does no harm."""
        try:
            self._file.close()
            self._raw.close()
        except OSError as error:
            self.failure = error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _text(
    ts_recv: int | None, direction: str, connection: str, url: str, payload: bytes | str
) -> bytes:
    """One line. The time keeps every digit: a float would lose the last hundred nanoseconds."""
    if isinstance(payload, bytes) and connection == "http":
        with suppress(UnicodeDecodeError):
            payload = payload.decode()
    time = "null" if ts_recv is None else f"{ts_recv // SECOND}.{ts_recv % SECOND:09d}"
    if isinstance(payload, str):
        name, content = "raw", _encode(payload)
    else:
        name, content = "b64", _encode(base64.b64encode(payload).decode())
    head = f'{{"ts": {time}, "dir": "{direction}", "conn": '
    return b'%s%s, "url": %s, "%s": %s}\n' % (
        head.encode(),
        _encode(connection),
        _encode(url),
        name.encode(),
        content,
    )
