"""Place: where an export goes, a file that is there whole or not at all, or standard output."""

import gzip
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from feeds.errors import ConfigError, system_reason


@contextmanager
def opened(path: Path | None, force: bool, compress: bool) -> Iterator[IO[bytes]]:
    """Something to write to; None is standard output.

    A file is written beside its place under a name of its own and takes it at the end. Where
    that is not reached nothing is left behind, and what was there stays.
    """
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if path.exists() and not force:
        raise ConfigError(f"{path}: exists already; --force replaces it")
    if path.exists() and not path.is_file():
        raise ConfigError(f"{path}: is no file that could be replaced")
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        file = draft.open("xb")
    except OSError as error:
        raise ConfigError(f"{path}: {system_reason(error)}") from error
    try:
        with file:
            yield from _through(file, compress)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _through(file: IO[bytes], compress: bool) -> Iterator[IO[bytes]]:
    """The file, or what compresses into it; the same rows give the same bytes."""
    if not compress:
        yield file
        return
    with gzip.GzipFile("", "wb", compresslevel=5, fileobj=file, mtime=0) as packed:
        # A GzipFile is one in all but the eyes of typeshed.
        yield cast("IO[bytes]", packed)
