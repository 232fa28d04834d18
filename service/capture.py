"""Captured traffic line by line: sessions, samples, expected values, or bare frames."""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BufferedReader
from typing import NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.json import Decoder

from feeds.errors import ConfigError, DamagedRecording, system_reason


class Message(NamedTuple):
    """One frame or REST body of a capture."""

    payload: bytes | str
    path: str | None = None
    """Path and query of a body, "" where unknown; None for a frame."""
    ts_recv: int | None = None
    url: str = ""
    sent: bool = False
    """Whether it went to the venue."""
    connection: str = ""
    """`http`, or the name of a websocket; "" where unknown."""
    session: str | None = ""
    """Messages of one session follow one another; None for a sample, which stands alone."""


class _Line(Struct):
    """A line of a session, of samples or of expected values; other keys are left unread."""

    ts: Decimal | None = None
    dir: str = "in"
    conn: str = ""
    url: str | None = None
    raw: str | None = None
    raws: list[str] | None = None
    b64: bytes | None = None
    pb_b64: bytes | None = None
    """What `raw` shows decoded, as the venue would have sent it."""
    name: str | None = None
    test: str = ""
    local_ts: datetime | None = None


_decode = Decoder(_Line).decode


@contextmanager
def open_capture(file: str) -> Iterator[BufferedReader | gzip.GzipFile]:
    """A file, or stdin for "-", open for reading; gzip is known by its first bytes."""
    try:
        source = open(0 if file == "-" else file, "rb", closefd=file != "-")  # noqa: SIM115  # below
    except OSError as error:
        raise ConfigError(f"{file}: {system_reason(error)}") from error
    with source:
        yield gzip.GzipFile(fileobj=source) if source.peek(2)[:2] == b"\x1f\x8b" else source


def numbered(file: str, lines: BufferedReader | gzip.GzipFile) -> Iterator[tuple[int, bytes]]:
    """The lines from 1; DamagedRecording after all that a damaged gzip file gives."""
    number = 0
    try:
        for number, line in enumerate(lines, 1):
            yield number, line
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DamagedRecording(file, number + 1, f"the gzip data is damaged: {error}") from error
    except OSError as error:
        raise ConfigError(f"{file}: {system_reason(error)}") from error
    if not number and file != "-":
        # A pipe may well bring nothing; a file that holds nothing was cut short.
        raise DamagedRecording(file, 1, "the file is empty")


def messages(line: bytes) -> list[Message]:
    """The messages of one line: a record's, or the line itself where it is a bare frame.

    ValueError says what is wrong with a record.
    """
    try:
        record = _decode(line)
    except ValueError:
        if b'"raw' in line or b'b64"' in line:
            raise
        return [Message(line.strip())]
    singles = (record.pb_b64, record.raw, record.b64)
    single = next((payload for payload in singles if payload is not None), None)
    payloads: Sequence[str | bytes] = [single] if single is not None else record.raws or []
    if not payloads:
        return [Message(line.strip())]
    path, ts_recv, sent = _path(record), _received(record), record.dir == "out"
    session = record.test if record.name is None else None
    return [
        Message(payload, path, ts_recv, record.url or "", sent, record.conn, session)
        for payload in payloads
    ]


def _path(record: _Line) -> str | None:
    """The path and query of a body's request; None for a frame."""
    url = record.url or ""
    if record.conn != "http" and not url.startswith("http"):
        return None
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _received(record: _Line) -> int | None:
    """When a message was received, in ns, without the noise of a float."""
    if record.local_ts is not None:
        moment = record.local_ts.replace(tzinfo=record.local_ts.tzinfo or UTC)
        return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
    if record.ts is None:
        return None
    if not record.ts.is_finite() or not 0 <= record.ts < 9_000_000_000:
        raise ValueError(f"`ts` {record.ts} is no time in unix seconds")
    return int(record.ts * 1_000_000_000)
